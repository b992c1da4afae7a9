"""A-Softmax, the loss of SphereFace (Liu, Wen, Yu, Li, Raj and Song, CVPR 2017).

L-Softmax with class weights of length 1: the target logit is |x| psi(theta), the others
|x| cos(theta_j), and a decision depends on angles alone.
"""

import math
from dataclasses import dataclass

from mlcore.losses.l_softmax import annealed, psi_and_rho
from mlcore.losses.margin_head import MarginHead
from mlcore.validation import check_integer, check_number


@dataclass(frozen=True)
class AngularSoftmaxLoss(MarginHead):
    """A-Softmax: L-Softmax on normalised class weights.

    Target logit |x| (lam cos(theta) + psi(theta)) / (1 + lam), other logits |x| cos(theta_j), then
    softmax cross-entropy (Liu et al. 2017, arXiv 1704.08063). `w` need not be normalised: forward
    divides by the lengths of its rows, and backward is the gradient through that division, at
    right angles to `w`.

    Parameters
    ----------
    m : int >= 1
        The margin; the paper uses 4. m = 1 is the paper's "modified softmax".
    lam : float in [0, inf]
        Weight of the plain logit, annealed in training; the released recipe ends at 5.
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.array([[2.0, 0.0], [0.0, 5.0]]), np.array([1])
    >>> for m in 1, 2, 4:
    ...     print(m, round(float(AngularSoftmaxLoss(m=m).forward(x, w, y)[0]), 4))
    1 0.3133
    2 1.7839
    4 7.2167
    """

    normalised_features = False
    normalised_weights = True

    m: int = 4
    lam: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        check_integer("m", self.m, 1)
        check_number("lam", self.lam, 0, math.inf)

    # [a-softmax-margin]
    def margin(self, cos, sin):
        """psi and rho of L-Softmax, mixed with the plain cos and sin by lam."""
        psi, rho = psi_and_rho(self.m, cos, sin)
        return annealed(self.lam, cos, psi), annealed(self.lam, sin, rho)

    # [/a-softmax-margin]
