"""L-Softmax: the large-margin softmax loss of Liu, Wen, Yu and Yang (ICML 2016).

The target logit |w| |x| cos(theta) becomes |w| |x| psi(theta): as if the angle were m
times wider.
"""

import math
from dataclasses import dataclass

from mlcore.arrays import Array, array_namespace
from mlcore.losses.margin_head import MarginHead
from mlcore.validation import check_integer, check_number


# [chebyshev]
def chebyshev(m: int, c: Array) -> tuple[Array, Array]:
    """T_m(c) = cos(m theta) and U_{m-1}(c) = sin(m theta) / sin(theta), c = cos(theta).

    Both obey P_{n+1} = 2 c P_n - P_{n-1}. m is an integer >= 1; `c` an array of any
    shape.
    """
    xp = array_namespace(c)
    t_before, t = xp.ones_like(c), c  # T_0, T_1
    u_before, u = xp.zeros_like(c), xp.ones_like(c)  # U_{-1}, U_0
    for _ in range(m - 1):
        t_before, t = t, 2 * c * t - t_before
        u_before, u = u, 2 * c * u - u_before
    return t, u


# [/chebyshev]


# [psi]
def interval(m: int, c: Array) -> Array:
    """The k of [k pi/m, (k+1) pi/m]: how many inner knots the angle has passed."""
    xp = array_namespace(c)
    k = xp.zeros_like(c)
    for i in range(1, m):
        k = k + xp.astype(c < math.cos(i * math.pi / m), c.dtype)
    return k


def psi_and_rho(m: int, cos: Array, sin: Array) -> tuple[Array, Array]:
    """psi = (-1)^k cos(m theta) - 2k (the paper's eq. 6) and rho = -d psi / d theta."""
    t, u = chebyshev(m, cos)
    k = interval(m, cos)
    sign = 1 - 2 * (k % 2)
    return sign * t - 2 * k, sign * m * sin * u


# [/psi]


def annealed(lam: float, plain: Array, margin: Array) -> Array:
    """(lam plain + margin) / (1 + lam), also at lam = inf."""
    weight = 1 / (1 + lam)
    return (1 - weight) * plain + weight * margin


@dataclass(frozen=True)
class LargeMarginSoftmaxLoss(MarginHead):
    """L-Softmax: the right class must win even if its angle is multiplied by m.

    Target logit |w_y| |x| (lam cos(theta) + psi(theta)) / (1 + lam), other logits
    w_j·x, then softmax cross-entropy (Liu et al. 2016, arXiv 1612.02295, eqs. 4 to 6
    and section 4.2). m = 1 and lam = inf are the plain softmax loss without bias. At
    test time use the plain logits.

    Parameters
    ----------
    m : int >= 1
        The margin. The paper uses 2, 3 and 4.
    lam : float in [0, inf]
        Weight of the plain logit, annealed towards 0 in training.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> for m in 1, 2, 4:
    ...     loss, saved = LargeMarginSoftmaxLoss(m=m).forward(x, w, y)
    ...     print(m, round(float(loss), 4))
    1 0.3133
    2 1.7839
    4 7.2167
    """

    normalised_features = False
    normalised_weights = False

    m: int = 4
    lam: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        check_integer("m", self.m, 1)
        check_number("lam", self.lam, 0, math.inf)

    # [l-softmax-margin]
    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi and rho of the paper, mixed with the plain cos and sin by lam."""
        psi, rho = psi_and_rho(self.m, cos, sin)
        return annealed(self.lam, cos, psi), annealed(self.lam, sin, rho)

    # [/l-softmax-margin]
