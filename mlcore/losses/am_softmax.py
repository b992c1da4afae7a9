"""AM-Softmax (Wang, Cheng, Liu and Liu 2018), the loss that is CosFace as well.

Features and weights have length 1, and the margin is taken off the cosine itself.
"""

from dataclasses import dataclass

from mlcore.arrays import Array
from mlcore.losses.margin_head import MarginHead
from mlcore.validation import check_number, check_positive


@dataclass(frozen=True)
class AdditiveMarginSoftmaxLoss(MarginHead):
    """AM-Softmax / CosFace: cross-entropy of the logits s (cos(theta_j) - m [j = y]).

    AM-Softmax: arXiv 1801.05599, eq. 6; CosFace: arXiv 1801.09414, eq. 4. Neither
    features nor weights need be normalised; both gradients are at right angles to what
    they belong to.

    Parameters
    ----------
    m : float in [0, 2)
        The margin, a difference of cosines. Both papers settle on 0.35.
    s : float > 0
        The scale, the common length of all features: 30 in AM-Softmax, 64 in CosFace.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> loss, saved = AdditiveMarginSoftmaxLoss(m=0.2, s=1.0).forward(x, w, y)
    >>> round(float(loss), 4)  # the two cosines .6 and .8 - .2 are equal: log 2
    0.6931
    """

    normalised_features = True
    normalised_weights = True

    m: float = 0.35
    s: float = 30.0

    def __post_init__(self):
        super().__post_init__()
        check_number("m", self.m, 0, 2, high_open=True)
        check_positive("s", self.s)

    # [am-softmax-margin]
    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi = cos(theta) - m falls as fast as the cosine."""
        return cos - self.m, sin

    # [/am-softmax-margin]
