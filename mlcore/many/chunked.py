"""A head over many classes in one process: block by block, without the logits."""

from dataclasses import dataclass
from typing import Any

from mlcore.arrays import Array, promote
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.softmax import SoftmaxLoss
from mlcore.losses.stateful import StatefulHead
from mlcore.losses.sub_center import SubCenterArcFaceLoss
from mlcore.many import head
from mlcore.many.base import ManyClasses
from mlcore.many.classes import Choose, Classes
from mlcore.many.communicators import Alone, Communicator
from mlcore.validation import (
    check_bias,
    check_features_and_rows,
    check_integer,
    check_number,
)


def check_loss(loss: Any) -> None:
    """A loss that is softmax cross-entropy, with a margin or without.

    Raises
    ------
    TypeError
        If it is another.
    """
    if not isinstance(loss, (MarginHead, SoftmaxLoss)):
        raise TypeError(
            "loss must be a margin loss or a SoftmaxLoss: what others make of a row of"
            f" logits is not known block by block; got {loss!r}"
        )


def check_blocks(block: Any, keep: Any) -> None:
    """The numbers that say how to go through the classes.

    Raises
    ------
    ValueError, TypeError
        If `block` is no integer >= 1, or `keep` no number >= 0.
    """
    check_integer("block", block, 1)
    check_number("keep", keep, 0, float("inf"))


@dataclass(frozen=True)
class Chunked(ManyClasses):
    """A classification loss that goes through the classes block by block.

    The same numbers as `loss` alone gives, without its N x C logits: `saved` holds O(N
    D + N + C) numbers, and what `keep` allows.

    Parameters
    ----------
    loss : Loss
        A margin loss, or `SoftmaxLoss`.
    block : int >= 1
        Classes in a block. On a processor anything from 256 to 8192 takes about the
        same time; on a GPU the blocks should be larger.
    keep : float >= 0
        Bytes of exponentials that forward may keep for backward: without them backward
        computes the logits again, which makes four matrix products of three. inf keeps
        all.

    Raises
    ------
    ValueError, TypeError
        For a parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.losses import ArcFaceLoss
    >>> rng = np.random.default_rng(0)
    >>> x, w, y = rng.normal(size=(3, 4)), rng.normal(size=(10, 4)), np.array([1, 9, 1])
    >>> head = Chunked(ArcFaceLoss(), block=4)
    >>> loss, saved = head.forward(x, w, y)
    >>> np.isclose(loss, ArcFaceLoss().forward(x, w, y)[0])
    np.True_
    >>> dx, _ = head.backward(saved, sink=lambda rows, dw: print(rows, dw.shape))
    slice(0, 4, None) (4, 4)
    slice(4, 8, None) (4, 4)
    slice(8, 10, None) (2, 4)
    """

    loss: Any
    block: int = 1024
    keep: float = 0

    def __post_init__(self):
        check_loss(self.loss)
        check_blocks(self.block, self.keep)

    @property
    def comm(self) -> Communicator:
        """One process is `Alone`."""
        return Alone()

    def forward(
        self, x: Array, w: Array, y: Array, b: Array | None = None, state: Any = None
    ) -> tuple[Array, head.Saved]:
        """Loss of features `x` (N, D), class weights `w` (C, D) and labels `y` (N,).

        A bias `b` (C,) is for `SoftmaxLoss`, and `state` for a loss that has one; `w`
        is (C, K, D) where the loss has sub-centers.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label; the message names the argument.
        FloatingPointError
            If `x`, `w` or `b` holds NaN or infinity, or if a logit is too large for the
            dtype; the message names the row.
        """
        return self.forward_over(None, x, w, y, b, state)

    def forward_over(
        self,
        choose: Choose | None,
        x: Array,
        w: Array,
        y: Array,
        b: Array | None,
        state: Any,
    ) -> tuple[Array, head.Saved]:
        """As `forward`, over the classes that `choose` chooses.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            As `forward`.
        """
        ignored = getattr(self.loss, "ignore_index", None)
        if isinstance(self.loss, SubCenterArcFaceLoss):
            _, y, _ = self.loss.checked(x, w, y)
        else:
            y = check_features_and_rows(x, w, y, ignore_index=ignored)
        check_takes(self.loss, b, state)
        if b is not None:
            check_bias(b, x, w)
        classes = Classes(w, b, dtype_of(x, w, b), self.block)
        if choose is not None:
            classes.choose(choose, y)
        return head.forward(self.loss, x, y, classes, self.comm, self.keep, state)

    def backward(
        self, saved: head.Saved, dloss: Any = 1.0, sink: head.Sink | None = None
    ) -> tuple[Any, ...]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`; with a bias also db.

        With a `sink`, ``sink(rows, dw)`` is called with each block of dw once, and None
        stands in the place of dw: it is never held. The sink may change those rows of
        `w`, as a fused optimiser does. So such a backward is the last of its forward,
        and clipping by the norm of all of dw is impossible.

        Raises
        ------
        ValueError, TypeError
            For a `dloss` that the reduction does not take.
        RuntimeError
            If backward had a sink before.
        """
        return head.backward(self.loss, saved, dloss, sink, self.comm)


def check_takes(loss: Any, b: Array | None, state: Any) -> None:
    """Refuse a bias beside a margin, and a state where the loss has none.

    Raises
    ------
    TypeError
        If there is one.
    """
    if b is not None and not isinstance(loss, SoftmaxLoss):
        raise TypeError(f"b must be None: {type(loss).__name__} takes no bias")
    if state is not None and not isinstance(loss, StatefulHead):
        raise TypeError(f"state must be None: {type(loss).__name__} has none")


def dtype_of(x: Array, w: Array, b: Array | None) -> Any:
    """The dtype in which they compute together, at least float32."""
    none_of = [a[:0, ...] for a in (x, w, b) if a is not None]
    return promote(*none_of)[0].dtype
