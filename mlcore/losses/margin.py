"""What a margin loss says of itself: what is normalised, with which s, psi and rho.

What all of them share is in `margin_head`, and asks for these.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from mlcore.arrays import Array, array_namespace, is_array
from mlcore.losses.base import Loss
from mlcore.losses.target import ByLength, Entries, Seen, Target


# [turned]
def turned(cos: Array, sin: Array, m: float | Array) -> tuple[Array, Array]:
    """cos(theta + m) and sin(theta + m), by the addition theorems.

    `m` is a number, or an array of one for each angle.
    """
    functions = array_namespace(cos) if is_array(m) else math
    cos_m, sin_m = functions.cos(m), functions.sin(m)
    return cos * cos_m - sin * sin_m, sin * cos_m + cos * sin_m


# [/turned]


@dataclass(frozen=True)
class Margin(Loss):
    """What a subclass of `MarginHead` says of itself.

    It says whether features and weights are normalised, defines `margin`, and with
    normalised features has the hyper-parameter `s`. The methods after these are for
    margins that differ from sample to sample, or do more; here they do nothing.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    normalised_features: ClassVar[bool]
    normalised_weights: ClassVar[bool]
    #: ``margin(cos, sin, *of_samples)``: psi and rho = -d psi / d theta at angles with
    #: these cosines and sines (N,), and with what `of_samples` returns.
    margin: ClassVar[Callable[..., tuple[Array, Array]]]

    @property
    def s(self) -> float:
        """The length of normalised features, a field of the losses that have them.

        Raises
        ------
        AttributeError
            If this loss has none.
        """
        raise AttributeError(f"{type(self).__name__} has no s")

    def of_samples(self, seen: Seen, y: Array, state: Any) -> tuple[Array, ...]:
        """What `margin` depends on besides the angle, an array (N,) each.

        It is a constant of the gradient, but for what `by_length` says of it.

        Parameters
        ----------
        seen : Seen
            Of the samples.
        y : array, shape (N,)
            Labels.
        state
            What the loss is given besides features, weights and labels.
        """
        return ()

    def by_length(self, norm: Array, rho: Array) -> ByLength | None:
        """How the loss depends on the lengths (N,) of features that are normalised."""
        return None

    def negatives(
        self, z: Array, own: Entries, target: Target, state: Any
    ) -> tuple[Array, Array | None]:
        """What becomes of the other classes' logits, and the slope of that.

        Parameters
        ----------
        z : array, shape (N, B)
            The logits of some classes, without a margin. May be written into.
        own : tuple of arrays
            Which of the entries are the samples' own classes. What is returned for them
            does not count.
        target, state
            Of these samples.

        Returns
        -------
        z, slope : array, shape (N, B)
            The slope is None where it is 1.
        """
        return z, None

    def weigh(self, z: Array, y: Array) -> tuple[Array | None, Array | None]:
        """The weights of the samples (N,), and what "mean" divides by."""
        return None, None

    def check_classes(self, count: int) -> None:
        """Refuse another number of classes than the loss was made for.

        Raises
        ------
        ValueError
            If it was not made for `count` of them.
        """
