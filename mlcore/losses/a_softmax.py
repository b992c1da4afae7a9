"""A-Softmax, the loss of SphereFace (Liu, Wen, Yu, Li, Raj and Song, CVPR 2017).

L-Softmax with class weights of length 1: the target logit is |x| psi(theta), the others
|x| cos(theta_j), and a decision depends on angles alone.
"""

from dataclasses import dataclass

from mlcore.losses.l_softmax import LargeMarginSoftmaxLoss


@dataclass(frozen=True)
class AngularSoftmaxLoss(LargeMarginSoftmaxLoss):
    """A-Softmax: L-Softmax on normalised class weights.

    Target logit |x| (lam cos(theta) + psi(theta)) / (1 + lam), other logits |x|
    cos(theta_j), then softmax cross-entropy (Liu et al. 2017, arXiv 1704.08063). `w`
    need not be normalised: forward divides by the lengths of its rows, and backward is
    the gradient through that division, at right angles to `w`.

    Parameters
    ----------
    m : int >= 1
        The margin; the paper uses 4. m = 1 is the paper's "modified softmax".
    lam : float in [0, inf]
        Weight of the plain logit, annealed in training; the released recipe ends at 5.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.diag([2.0, 5.0]), np.array([1])
    >>> for m in 1, 2, 4:
    ...     print(m, round(float(AngularSoftmaxLoss(m=m).forward(x, w, y)[0]), 4))
    1 0.3133
    2 1.7839
    4 7.2167
    """

    normalised_weights = True
