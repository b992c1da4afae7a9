"""ArcFace (Deng, Guo, Xue and Zafeiriou, CVPR 2019): a margin added to the angle."""

import math
from dataclasses import dataclass
from typing import Literal

from mlcore.arrays import Array, array_namespace
from mlcore.losses.margin import turned
from mlcore.losses.margin_head import MarginHead
from mlcore.validation import check_choice, check_number, check_positive


@dataclass(frozen=True)
class ArcFaceLoss(MarginHead):
    """ArcFace: cross-entropy with the target logit s cos(theta + m).

    The other logits are s cos(theta_j): arXiv 1801.07698, eq. 3. Beyond theta = pi - m
    the target logit rises again with the angle. The paper leaves it so; public code
    does one of two other things there.

    Parameters
    ----------
    m : float in [0, pi)
        The margin in radians; 0.5 in the paper.
    s : float > 0
        The scale; 64 in the paper.
    fallback : {"none", "linear", "easy"}
        "none": the paper. "linear": s (cos(theta) - m sin(m)) where theta + m > pi,
        which falls on, but jumps at that place. "easy": the margin only where
        cos(theta) > 0, which jumps up at the right angle.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    theta = 0 and theta = pi are kinks: the slope there is sin(m) in every direction.
    The gradient is taken as 0 there, the mean over all directions.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> loss, saved = ArcFaceLoss(m=0.5, s=1.0).forward(x, w, y)
    >>> round(float(np.log(np.exp(loss) - 1)), 4)  # .6 - cos(theta + .5)
    0.1856
    """

    normalised_features = True
    normalised_weights = True

    m: float = 0.5
    s: float = 64.0
    fallback: Literal["none", "linear", "easy"] = "none"

    def __post_init__(self):
        super().__post_init__()
        check_number("m", self.m, 0, math.pi, high_open=True)
        check_positive("s", self.s)
        check_choice("fallback", self.fallback, ("none", "linear", "easy"))

    # [arcface-margin]
    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi = cos(theta + m) and rho = sin(theta + m), but for the fallback."""
        xp = array_namespace(cos)
        psi, rho = turned(cos, sin, self.m)
        if self.fallback == "linear":
            past_pi = cos < -math.cos(self.m)  # theta > pi - m
            psi = xp.where(past_pi, cos - self.m * math.sin(self.m), psi)
            rho = xp.where(past_pi, sin, rho)
        elif self.fallback == "easy":
            acute = cos > 0
            psi, rho = xp.where(acute, psi, cos), xp.where(acute, rho, sin)
        return psi, rho

    # [/arcface-margin]
