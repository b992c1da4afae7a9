"""The combined margin of the ArcFace paper: three margins in one formula."""

import math
from dataclasses import dataclass

from mlcore.arrays import Array, array_namespace
from mlcore.losses.margin_head import MarginHead
from mlcore.validation import check_fits, check_number, check_positive


@dataclass(frozen=True)
class CombinedMarginLoss(MarginHead):
    """Cross-entropy with the target logit s (cos(m1 theta + m2) - m3).

    The other logits are s cos(theta_j): arXiv 1801.07698, eq. 4. m1 = 1, m2 = m3 = 0 is
    the softmax loss on normalised features and weights; m2 alone is ArcFace, m3 alone
    AM-Softmax. m1 is a factor on the angle, without the continuation psi of SphereFace:
    the target logit rises again where m1 theta + m2 > pi.

    Parameters
    ----------
    m1 : float > 0
    m2 : float in [0, pi)
        In radians.
    m3 : float in [0, 2)
    s : float > 0
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> loss, saved = CombinedMarginLoss(m3=0.2, s=1.0).forward(x, w, y)
    >>> round(float(loss), 4)
    0.6931
    """

    normalised_features = True
    normalised_weights = True

    m1: float = 1.0
    m2: float = 0.0
    m3: float = 0.0
    s: float = 64.0

    def __post_init__(self):
        super().__post_init__()
        check_positive("m1", self.m1)
        check_number("m2", self.m2, 0, math.pi, high_open=True)
        check_number("m3", self.m3, 0, 2, high_open=True)
        check_positive("s", self.s)

    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi = cos(m1 theta + m2) - m3, theta by the arc tangent, good in all [0, pi].

        Raises
        ------
        ValueError
            If m1 pi is too large for the dtype.
        """
        xp = array_namespace(cos)
        check_fits("m1 * pi", self.m1 * math.pi, cos)
        widened = self.m1 * xp.atan2(sin, cos) + self.m2
        return xp.cos(widened) - self.m3, self.m1 * xp.sin(widened)
