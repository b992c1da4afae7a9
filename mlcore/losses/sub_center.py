"""Sub-center ArcFace (Deng et al., ECCV 2020): several weight rows for each class.

A sample goes to the row of its class that is nearest. Where labels are wrong, the wrong
ones may gather at a row of their own, and the others need not move to them.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    device,
    promote,
    set_entries,
)
from mlcore.linalg import angle, unit_rows
from mlcore.losses.margin import turned
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.target import Entries, Target
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_labels,
    check_not_empty,
    check_number,
    check_positive,
    check_same_library,
    check_same_size,
)


class _Saved(NamedTuple):
    head: Any
    shape: tuple[int, ...]  # of w


@dataclass(frozen=True)
class SubCenterArcFaceLoss(MarginHead):
    """Sub-center ArcFace: the cosine of a class is the largest of its K rows'.

    ``w`` is (C, K, D). The largest is taken of the cosines, of every class, before the
    margin; the gradient of a sample goes to the row that has it, the first one where
    several do. K = 1 is ArcFace.

    Parameters
    ----------
    m : float in [0, pi)
        The margin in radians.
    s : float > 0
        The scale.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[3.0, 4.0]]), np.array([0])
    >>> w = np.array([[[1.0, 0.0], [0.0, 1.0]], [[-1.0, 0.0], [0.0, -1.0]]])
    >>> head = SubCenterArcFaceLoss(m=0.0, s=1.0)
    >>> loss, saved = head.forward(x, w, y)
    >>> round(float(np.log(np.exp(loss) - 1)), 4)  # the larger of -.6, -.8; of .6, .8
    -1.4
    >>> head.backward(saved)[1].any(axis=2)  # which rows have a gradient
    array([[False,  True],
           [ True, False]])
    """

    normalised_features = True
    normalised_weights = True

    m: float = 0.5
    s: float = 64.0

    def __post_init__(self):
        super().__post_init__()
        check_number("m", self.m, 0, math.pi, high_open=True)
        check_positive("s", self.s)

    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi = cos(theta + m) and rho = sin(theta + m)."""
        return turned(cos, sin, self.m)

    # [sub-center]
    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, Any]:
        """Loss of features `x` (N, D), class weights `w` (C, K, D), labels `y` (N,).

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
            If `x` or `w` holds NaN or infinity, or a product is too large for the
            dtype; the message names the row.
        """
        rows, y, k = self._finite(x, w, y)
        xp = array_namespace(x)
        # All rows are classes, and the nearest of the own class is the target.
        label = y * k + nearest(x, rows, y, k)
        loss, saved = self.forward_at(k, x, rows, xp.astype(label, y.dtype))
        return loss, _Saved(saved, tuple(w.shape))

    def negatives(
        self, z: Array, own: Entries, target: Target, state: int
    ) -> tuple[Array, None]:
        """Of each class the largest logit; the other rows are out of the softmax.

        `state` is K.
        """
        xp, (samples, columns) = array_namespace(z), own
        grouped = xp.reshape(z, (z.shape[0], -1, state))
        winner = xp.argmax(grouped, axis=2)
        # Rounding must not choose twice: the own class has its target.
        places = xp.astype(columns % state, winner.dtype)
        winner = set_entries(winner, samples, columns // state, places)
        k = xp.arange(state, device=device(z))
        left = xp.where(winner[:, :, None] == k, grouped, -math.inf)
        return xp.reshape(left, z.shape), None

    def backward(self, saved: Any, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        dx, dw = super().backward(saved.head, dloss)
        return dx, array_namespace(dw).reshape(dw, saved.shape)

    # [/sub-center]

    # [dominant]
    def dominant(self, x: Array, w: Array, y: Array) -> Array:
        """Of each class the row that is nearest to most of its samples (C,).

        The first one where several are; 0 for a class without samples.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            As `forward`.
        """
        rows, y, k = self._finite(x, w, y)
        xp = array_namespace(x)
        own = y * k + nearest(x, rows, y, k)
        every = xp.arange(rows.shape[0], device=device(x))
        wins = xp.sum(xp.astype(own[:, None] == every, y.dtype), axis=0)
        return xp.argmax(xp.reshape(wins, w.shape[:2]), axis=1)

    def outliers(self, x: Array, w: Array, y: Array, degrees: float = 75.0) -> Array:
        """Which samples (N,) are further than `degrees` from their class's `dominant`.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            As `forward`, and for `degrees` outside (0, 180].
        """
        check_number("degrees", degrees, 0, 180, low_open=True)
        xp = array_namespace(x)
        row = xp.astype(self.dominant(x, w, y), xp.int64)
        rows, y, k = self._finite(x, w, y)
        own = xp.take(rows, xp.take(xp.astype(row, y.dtype), y) + y * k, axis=0)
        x, own = promote(x, own)
        theta = angle(unit_rows(x, "x"), unit_rows(own, "w"))
        return xp.atan2(theta.sin, theta.cos) > math.radians(degrees)

    # [/dominant]

    def checked(self, x: Array, w: Array, y: Array) -> tuple[Array, Array, int]:
        """The rows of `w` (C K, D), the labels of the classes, and K.

        Raises
        ------
        ValueError, TypeError
            As `forward`.
        """
        check_float_array("x", x, 2)
        check_float_array("w", w, 3)
        check_same_library(x=x, w=w, y=y)
        check_not_empty("x", x)
        check_not_empty("w", w)
        check_same_size("w", w, 2, "x", x, 1)
        classes, k, d = w.shape
        y = check_labels("y", y, x.shape[0], classes)
        return array_namespace(w).reshape(w, (classes * k, d)), y, k

    def _finite(self, x, w, y):
        """As `checked`; NaN and infinity are refused."""
        checked = self.checked(x, w, y)
        check_finite("x", x)
        check_finite("w", w)
        return checked


def nearest(x: Array, rows: Array, y: Array, k: int) -> Array:
    """Which of the `k` rows of each sample's class has the largest cosine (N,).

    The rows (C k, D) are in the order of the classes; of equal ones the first counts.
    """
    xp = array_namespace(x)
    x, rows = promote(x, rows)
    places = y[:, None] * k + xp.arange(k, dtype=y.dtype, device=device(x))
    own = unit_rows(xp.take(rows, xp.reshape(places, (-1,)), axis=0), "w")
    cos = xp.vecdot(xp.reshape(own, (x.shape[0], k, -1)), unit_rows(x, "x")[:, None, :])
    return xp.astype(xp.argmax(cos, axis=1), y.dtype)
