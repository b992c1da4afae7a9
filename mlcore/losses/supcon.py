"""Supervised contrastive loss (Khosla et al., NeurIPS 2020)."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from mlcore.arrays import Array, count_true, demote, overflow_to_infinity, promote
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.similarity import contrast, partners
from mlcore.validation import (
    check_choice,
    check_features_and_labels,
    check_fits,
    check_positive,
)


class _Saved(NamedTuple):
    x: Directions
    g: Array  # (N, N) d(loss of row i) / d(logit i j)
    losses: Array
    divisor: int  # of "mean": how many anchors have a positive
    dtype: Any


@dataclass(frozen=True)
class SupConLoss(Loss):
    """NT-Xent with labels: all other samples of a class are positives.

    With p the softmax of cosines / temperature over all other samples, "out" is the
    mean of -log p over the positives and "in" is -log of the mean of p: Khosla et al.
    2020, arXiv 2004.11362, eqs. 2 and 3, there summed over the anchors.

    Parameters
    ----------
    temperature : float > 0
    form : {"out", "in"}
    reduction : {"mean", "sum", "none"}
        "none" gives one loss an anchor. "mean" is over the anchors that have a
        positive; the others have loss 0.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]), np.array([0, 0, 1])
    >>> loss, saved = SupConLoss(temperature=1.0, reduction="none").forward(x, y)
    >>> loss.round(4)  # log(1 + exp(0 - 1)) twice; the third has no positive
    array([0.3133, 0.3133, 0.    ])
    """

    temperature: float = 0.1
    form: Literal["out", "in"] = "out"

    def __post_init__(self):
        super().__post_init__()
        check_positive("temperature", self.temperature)
        check_choice("form", self.form, ("out", "in"))

    # [supcon-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D), which it normalises, with labels `y` (N,).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, dtype or length; the message names the argument.
        FloatingPointError
            If `x` holds NaN or infinity; the message names the row.
        """
        y = check_features_and_labels(x, y)
        (z,) = promote(x)
        check_fits("temperature", self.temperature, z)
        check_fits("2 / temperature", 2 / self.temperature, z)
        of_x, (positive, negative) = directions(z, "x"), partners(y)
        s = of_x.hat @ of_x.hat.T / self.temperature
        losses, g, some = contrast(s, positive, negative, self.form)
        count = max(count_true(some), 1)
        saved = _Saved(of_x, g, losses, count, x.dtype)
        return reduce(losses, self.reduction, count), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to `x`: a tuple of one (N, D) array."""
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        g = each[:, None] * saved.g / self.temperature
        # Each sample is an anchor in its own row, and a candidate in its column.
        dx = saved.x.project((g + g.T) @ saved.x.hat)
        return (demote(dx, saved.dtype),)

    # [/supcon-loss]
