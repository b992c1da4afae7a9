"""What a margin head makes of each sample and of its own class."""

from typing import Any, NamedTuple

from mlcore.arrays import Array
from mlcore.linalg import Angle
from mlcore.validation import check_finite

#: Entries of a block of logits, by their rows and their columns: the samples' own.
Entries = tuple[Any, Any]


class Seen(NamedTuple):
    """What a loss with a state sees of a batch.

    Attributes
    ----------
    norm : array, shape (N,)
        The lengths of the features.
    cos : array, shape (N,)
        The cosines of their angles to their own classes, without a margin.
    """

    norm: Array
    cos: Array


class ByLength(NamedTuple):
    """How the loss of a sample depends on the length a of its feature: (N,) all three.

    Attributes
    ----------
    logit_slope : array
        d(target logit) / da.
    penalty, penalty_slope : array
        What is added to the loss, and its derivative.
    """

    logit_slope: Array
    penalty: Array
    penalty_slope: Array

    def along(self, x_hat: Array, at_target: Array, each: Array) -> Array:
        """The part of dx along the directions `x_hat` (N, D).

        `at_target` (N,) is the gradient of the target logit, `each` (N,) of the loss.
        """
        push = at_target * self.logit_slope + each * self.penalty_slope
        return push[:, None] * x_hat


class Target(NamedTuple):
    """What a head makes of each sample and the weights of its own class, (N, D) both.

    Attributes
    ----------
    x : array, shape (N, D)
        The features; they count as x_factor x.
    x_factor, w_factor : array, shape (N, 1), or 1
    x_slope, w_slope : array, shape (N, 1), or float
        d(target logit) / dx = x_slope (psi x_hat + rho t_x), and by w as well.
    x_hat, w_hat : array, shape (N, D)
    theta : Angle
    radial, tangential : array, shape (N, 1)
        psi - cos and rho - sin: what the margin adds to those of the plain logit.
    psi : array, shape (N, 1)
    added : array, shape (N,)
        What it so adds to the target logit.
    x_scale : array, shape (N, 1), or None
        What x was divided by.
    seen : Seen
    by_length : ByLength, or None
        None where the length of x does not count, or as a factor of the logits alone.
    """

    x: Array
    x_factor: Any
    w_factor: Any
    x_slope: Any
    w_slope: Any
    x_hat: Array
    w_hat: Array
    theta: Angle
    radial: Array
    tangential: Array
    psi: Array
    added: Array
    x_scale: Array | None
    seen: Seen
    by_length: ByLength | None

    def check_finite(self) -> None:
        """Refuse slopes that are too large for the dtype.

        Raises
        ------
        FloatingPointError
            If one is; the message names the row.
        """
        for slope in (self.x_slope, self.w_slope):
            check_finite("the slope of the margin at x", slope * self.radial)
            check_finite("the slope of the margin at x", slope * self.tangential)
