"""A head that trains on a sample of the classes in each step: Partial FC."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcore.arrays import Array, as_index, like, to_numpy
from mlcore.many.base import ManyClasses
from mlcore.many.chunked import Chunked
from mlcore.many.communicators import Communicator
from mlcore.many.head import Sink
from mlcore.many.parallel import Parallel
from mlcore.validation import (
    check_flag,
    check_integer,
    check_number,
    plain_numbers,
)

# What a key of the generator holds.
MOST = 2**64 - 1


@dataclass(frozen=True)
class Sampled(ManyClasses):
    """A head over a sample of the classes, another one in each step.

    The classes of the batch always take part, each other one with probability `rate`
    (Partial FC: An et al. 2021, arXiv 2010.05222, and 2022, arXiv 2203.15565). Rows of
    w that do not take part have no gradient. Which do depends on `seed` and step alone:
    the number of each class is the counter of the generator, so it does not matter how
    many processes share the classes.

    Parameters
    ----------
    head : Chunked or Parallel
        Of any loss without label smoothing, which is over all classes.
    rate : float in (0, 1]
    seed : int >= 0
    corrected : bool
        Raise the logits of sampled classes by log(1 / rate), so that they stand for
        those left out, and the expected sum of exponentials is that over all classes.

    Raises
    ------
    ValueError, TypeError
        For a parameter outside its range; the message names it.

    Notes
    -----
    Uncorrected, as it is used, a sample changes the loss as a smaller margin does. With
    O the sum over all other classes of e^z, the sum over a sample is r O in the mean,
    and its loss about

        log(1 + r O e^(-t)) = log(1 + O e^(-(t + log(1 / r)))):

    that of all classes with the target logit raised by log(1 / r). Where t is
    s (cos(theta) - m) that is the margin

        m - log(1 / r) / s,

    and to train with margin m on a sample one gives the loss m + log(1 / r) / s. The
    correction removes this, but not the noise: where s is large a few classes make up
    O, and a sample has them or has not.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.losses import ArcFaceLoss
    >>> rng = np.random.default_rng(0)
    >>> x, w, y = rng.normal(size=(3, 4)), rng.normal(size=(50, 4)), np.array([1, 9, 1])
    >>> head = Sampled(Chunked(ArcFaceLoss()), rate=0.1, seed=0)
    >>> loss, saved = head.forward(x, w, y, step=0)
    >>> dx, dw = head.backward(saved)
    >>> np.flatnonzero(np.any(dw != 0, axis=1)).tolist()
    [0, 1, 9, 21, 38, 43]
    """

    head: Chunked | Parallel
    rate: float = 0.1
    seed: int = 0
    corrected: bool = False

    def __post_init__(self):
        if not isinstance(self.head, (Chunked, Parallel)):
            raise TypeError(f"head must be Chunked or Parallel, got {self.head!r}")
        check_number("rate", self.rate, 0, 1, low_open=True)
        plain_numbers(self)
        check_flag("corrected", self.corrected)
        check_integer("seed", self.seed, 0)
        check_number("seed", self.seed, 0, MOST)
        if getattr(self.head.loss, "label_smoothing", 0) > 0:
            raise ValueError(
                "label_smoothing must be 0: it is over all classes, not over a sample;"
                f" got {self.head.loss!r}"
            )

    @property
    def loss(self) -> Any:
        """That of the head."""
        return self.head.loss

    @property
    def block(self) -> int:
        """That of the head."""
        return self.head.block

    @property
    def comm(self) -> Communicator:
        """That of the head."""
        return self.head.comm

    def at(self, step: int) -> "SampledAt":
        """The head of one step, as a training loop calls it: ``fit(net, sampled.at,
        ...)``."""
        return SampledAt(self, step)

    def forward(
        self,
        x: Array,
        w: Array,
        y: Array,
        b: Array | None = None,
        state: Any = None,
        *,
        step: int,
    ) -> tuple[Array, Any]:
        """Loss of features `x` (N, D), class weights `w` (C, D) and labels `y` (N,).

        `step` is the number of the training step, and chooses the sample; all else is
        as the head takes it.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            As the head, and for a `step` that is no integer >= 0. Rows of w that do not
            take part are not looked at.
        """
        check_integer("step", step, 0)
        check_number("step", step, 0, MOST)
        return self.head.forward_over(self._choice(step), x, w, y, b, state)

    def backward(
        self, saved: Any, dloss: Any = 1.0, sink: Sink | None = None
    ) -> tuple[Any, ...]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`; with a bias also db.

        dw is 0 in the rows that did not take part. The rows that a `sink` gets are
        arrays of indices, of the others none.

        Raises
        ------
        ValueError, TypeError, RuntimeError
            As the head.
        """
        return self.head.backward(saved, dloss, sink)

    def choice(
        self, y: Array, start: int, count: int, step: int
    ) -> tuple[Array, Array | None]:
        """Which classes of `start` to `start` + `count` take part, counted from `start`
        (S,), and what is added to their logits (S,), or None."""
        return self._choice(step)(y, start, count)

    def _choice(self, step):
        return Choice(self.rate, self.seed, self.corrected, int(step))


@dataclass(frozen=True)
class Choice:
    """Which classes take part in a step. All that it depends on, for processes to
    compare."""

    rate: float
    seed: int
    corrected: bool
    step: int

    def __call__(self, y: Array, start: int, count: int) -> tuple[Array, Array | None]:
        """As `Sampled.choice`."""
        taken = uniform(self.seed, self.step, start, count) < self.rate
        own = to_numpy(y) - start
        own = own[(own >= 0) & (own < count)]
        taken[own] = True
        (chosen,) = np.nonzero(taken)
        lift = None
        if self.corrected:
            is_own = np.zeros(count, bool)
            is_own[own] = True
            lift = like(np.where(is_own[chosen], 0.0, -math.log(self.rate)), y)
        return as_index(like(chosen, y)), lift


@dataclass(frozen=True)
class SampledAt(ManyClasses):
    """`Sampled` at one step: its forward takes no `step`."""

    sampled: Sampled
    step: int

    @property
    def loss(self) -> Any:
        """That of the head."""
        return self.sampled.loss

    @property
    def block(self) -> int:
        """That of the head."""
        return self.sampled.block

    @property
    def comm(self) -> Communicator:
        """That of the head."""
        return self.sampled.comm

    def forward(
        self, x: Array, w: Array, y: Array, b: Array | None = None, state: Any = None
    ) -> tuple[Array, Any]:
        """As `Sampled.forward` at this step."""
        return self.sampled.forward(x, w, y, b, state, step=self.step)

    def backward(
        self, saved: Any, dloss: Any = 1.0, sink: Sink | None = None
    ) -> tuple[Any, ...]:
        """As `Sampled.backward`."""
        return self.sampled.backward(saved, dloss, sink)


def uniform(seed: int, step: int, start: int, count: int) -> np.ndarray:
    """The numbers in [0, 1) of the classes from `start` on (count,).

    Philox computes any of its numbers without those before it, four at a time (Salmon
    et al. 2011, doi:10.1145/2063384.2063405).
    """
    generator = np.random.Philox(key=np.asarray([seed, step], dtype=np.uint64))
    generator.advance(start // 4)
    return np.random.Generator(generator).random(start % 4 + count)[start % 4 :]
