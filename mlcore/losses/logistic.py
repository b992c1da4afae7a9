"""The logistic function of a logit, and the logarithms that go with it."""

from typing import NamedTuple

from mlcore.arrays import Array, array_namespace


class Logistic(NamedTuple):
    """p = 1 / (1 + e^-z) of logits z, what is left of 1, and -log of both.

    softplus(-z) = -log p and softplus(z) = -log(1 - p), where
    softplus(v) = log(1 + e^v).
    """

    p: Array
    not_p: Array
    minus_log_p: Array
    minus_log_not_p: Array


# [logistic]
def logistic(z: Array) -> Logistic:
    """p and 1 - p of logits `z`, and -log of both, all from one exponential.

    It is of -|z|, so at most 1, and all four are exact for every logit: p itself rounds
    to 1 long before -log p rounds to 0.

    Examples
    --------
    >>> import numpy as np
    >>> logistic(np.array([800.0, -1.0])).minus_log_not_p.round(4)
    array([8.000e+02, 3.133e-01])
    """
    xp = array_namespace(z)
    e, zero = xp.exp(-xp.abs(z)), xp.zeros_like(z)
    larger = 1 / (1 + e)
    smaller = e * larger
    p, not_p = xp.where(z > 0, larger, smaller), xp.where(z > 0, smaller, larger)
    near_0 = xp.log1p(e)
    return Logistic(
        p, not_p, xp.maximum(-z, zero) + near_0, xp.maximum(z, zero) + near_0
    )


# [/logistic]


# [decisions]
def decisions(u: Array, own: Array) -> tuple[Array, Array]:
    """Logistic losses of yes/no decisions, and their slopes by the logits.

    Parameters
    ----------
    u : array
        Logits.
    own : array of bool, shaped like `u`
        Where the right answer is yes.

    Returns
    -------
    losses, slope : array, shaped like `u`
        softplus(-u) and -sigma(-u) for yes, softplus(u) and sigma(u) for no.
    """
    xp = array_namespace(u)
    p, not_p, minus_log_p, minus_log_not_p = logistic(u)
    return xp.where(own, minus_log_p, minus_log_not_p), xp.where(own, -not_p, p)


# [/decisions]
