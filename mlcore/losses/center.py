"""Center loss (Wen, Zhang, Li and Qiao, ECCV 2016): features stay near a center."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    add_rows,
    array_namespace,
    demote,
    overflow_to_infinity,
    promote,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.validation import (
    check_features_and_rows,
    check_finite,
    check_float_array,
    check_number,
    check_same_library,
)


class _Saved(NamedTuple):
    x: Array
    y: Array
    away: Array  # (N, D) x_i - c_{y_i}
    losses: Array
    dtype: Any
    centers_shape: tuple


@dataclass(frozen=True)
class CenterLoss(Loss):
    """Half the squared distance of each feature to the center of its class.

    Wen et al. 2016, eq. 2 (the paper's own sum over the batch is ``reduction="sum"``).
    Train it beside a classification loss: alone it is minimal where all features and
    centers coincide. The centers are no parameters of the network: `update` moves them
    by the paper's rule (eq. 4 and algorithm 1), which is not their gradient.

    Parameters
    ----------
    alpha : float in [0, 1]
        How far `update` moves the centers; 0.5 in the paper.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> center_loss = CenterLoss(alpha=1.0)
    >>> x, centers, y = np.array([[2.0, 0.0]]), np.zeros((2, 2)), np.array([1])
    >>> loss, saved = center_loss.forward(x, centers, y)
    >>> float(loss)
    2.0
    >>> center_loss.update(centers, saved)  # half-way: the old one counts as a sample
    array([[0., 0.],
           [1., 0.]])
    """

    alpha: float = 0.5

    def __post_init__(self):
        super().__post_init__()
        check_number("alpha", self.alpha, 0, 1)

    # [center-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, centers: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D) with labels `y` (N,) and `centers` (C, D).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward` and `update`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label; the message names the argument.
        FloatingPointError
            If `x` or `centers` or their difference holds NaN or infinity; the message
            names the row. The loss itself is infinite where its dtype cannot hold it.
        """
        y = check_features_and_rows(x, centers, y, name="centers")
        check_finite("x", x)
        check_finite("centers", centers)
        dtype = x.dtype
        x, centers = promote(x, centers)
        xp = array_namespace(x)
        away = x - xp.take(centers, y, axis=0)
        losses = xp.vecdot(0.5 * away, away)
        check_finite("x - centers[y]", away)
        saved = _Saved(x, y, away, losses, dtype, tuple(centers.shape))
        return reduce(losses, self.reduction), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to `x`, x_i - c_{y_i} a sample: one (N, D) array."""
        each = upstream(dloss, saved.losses, self.reduction)
        return (demote(each[:, None] * saved.away, saved.dtype),)

    # [/center-loss]

    # [center-update]
    @overflow_to_infinity()
    def update(self, centers: Array, saved: _Saved) -> Array:
        """Return `centers` (C, D) moved towards the features that `saved` comes from.

        c_j - alpha sum_{i: y_i = j} (c_j - x_i) / (1 + n_j), where n_j counts the
        samples of class j in the batch. A class without samples stays where it is. The
        rule knows nothing of the reduction, the weight of the loss or a learning rate.

        Raises
        ------
        ValueError, TypeError
            If `centers` has another shape than forward's, or comes from another
            library.
        FloatingPointError
            If it holds NaN or infinity, or a sum is too large; the message names the
            row.
        """
        check_float_array("centers", centers, 2)
        check_same_library(centers=centers, x=saved.x)
        if tuple(centers.shape) != saved.centers_shape:
            raise ValueError(
                f"centers must have the shape of forward's, {saved.centers_shape}, "
                f"got {tuple(centers.shape)}"
            )
        check_finite("centers", centers)
        dtype = centers.dtype
        centers, x = promote(centers, saved.x)
        xp = array_namespace(centers)
        # Summed in float64: a class may have very many samples.
        wide = xp.result_type(x.dtype, centers.dtype, xp.float64)
        own = xp.astype(xp.take(centers, saved.y, axis=0), wide)
        away = own - xp.astype(x, wide)
        delta = add_rows(xp.zeros_like(centers, dtype=wide), saved.y, away)
        check_finite("the sum of centers[y] - x", delta)
        n = add_rows(xp.zeros_like(delta[:, :1]), saved.y, xp.ones_like(away[:, :1]))
        move = xp.astype(self.alpha * delta / (1 + n), centers.dtype)
        return demote(centers - move, dtype)

    # [/center-update]
