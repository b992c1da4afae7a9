"""What the losses of similarities share: rows of logits of which only some count.

The logits are cosines of samples with samples, or with a row a class. Each row has its
positives, which ought to be near, and its negatives, which ought not.
"""

import math
from typing import Any

from mlcore.arrays import Array, all_true, array_namespace, demote, device
from mlcore.losses.logistic import logistic


# [masked-softmax]
def masked_softmax(z: Array, mask: Array, rows: Any = None) -> tuple[Array, ...]:
    """Of each row's entries in `mask`: log-sum-exp, softmax, whether there are any.

    The maximum is taken of these entries alone: that of a whole row may be so far above
    them that all of their exponentials are 0.

    Parameters
    ----------
    z : array, shape (N, M)
    mask : array of bool, shape (N, M)
    rows : tuple of two int, optional
        A shape: `z` counts as an array of this shape.

    Returns
    -------
    lse : array, shape (N,)
        0 where there is no entry.
    softmax : array, shaped like `z`
    some : array of bool, shape (N,)
    """
    xp, shape = array_namespace(z), z.shape
    if rows is not None:
        z, mask = xp.reshape(z, rows), xp.reshape(mask, rows)
    some = xp.any(mask, axis=1)
    z = xp.where(mask, z, xp.full_like(z, -math.inf))
    top = xp.where(some, xp.max(z, axis=1), xp.zeros_like(z[:, 0]))[:, None]
    e = xp.exp(z - top)
    total = xp.where(some, xp.sum(e, axis=1), xp.ones_like(z[:, 0]))
    softmax = xp.reshape(e / total[:, None], shape)
    return xp.log(total) + top[:, 0], softmax, some


# [/masked-softmax]


# [contrast]
def contrast(
    z: Array, positive: Array, negative: Array, form: str = "out"
) -> tuple[Array, Array, Array]:
    """Softmax cross-entropy of each row against its positives: one target, or several.

    With p the softmax over positives and negatives together, "out" is the mean of -log
    p over the positives and "in" is -log of the mean of p. Both are softplus(lse_n -
    lse_p), which is -log of the positives' share, and a rest: lse_p - mean_p z, or the
    logarithm of how many positives there are. No term is negative, so none cancels.

    Parameters
    ----------
    z : array, shape (N, M)
        Logits.
    positive, negative : array of bool, shape (N, M)
    form : {"out", "in"}

    Returns
    -------
    losses : array, shape (N,)
        0 for a row without positives.
    g : array, shape (N, M)
        ``g[i, j]`` is the gradient of ``losses[i]`` by ``z[i, j]``: p minus the target,
        which is even over the positives ("out"), or their own softmax ("in").
    some : array of bool, shape (N,)
        Whether the row has a positive.
    """
    xp = array_namespace(z)
    lse_n, p_n, has_n = masked_softmax(z, negative)
    lse_p, p_p, some = masked_softmax(z, positive)
    counts = xp.astype(some, z.dtype)
    share, _, _, lost = logistic(lse_n - lse_p)  # of the negatives; -log of the rest
    against = counts * xp.astype(has_n, z.dtype)
    g = (against * share)[:, None] * (p_n - p_p)
    many = xp.sum(xp.astype(positive, z.dtype), axis=1) + (1 - counts)
    if form == "in":
        return against * lost + xp.log(many), g, some
    even = xp.astype(positive, z.dtype) / many[:, None]
    # Of differences, which are of one sign: a mean of logits would cancel against lse.
    nearest = xp.max(xp.where(positive, z, xp.full_like(z, -math.inf)), axis=1)
    nearest = xp.where(some, nearest, xp.zeros_like(nearest))
    behind = xp.where(positive, nearest[:, None] - z, xp.zeros_like(z))
    rest = (lse_p - nearest) + xp.sum(even * behind, axis=1)
    return against * lost + rest, g + (p_p - even), some


# [/contrast]


def partners(y: Array) -> tuple[Array, Array]:
    """Where another sample has the same label, and where another one: two (N, N)."""
    xp = array_namespace(y)
    index = xp.arange(y.shape[0], device=device(y))
    same = y[:, None] == y[None, :]
    return same & (index[:, None] != index[None, :]), ~same


def pairs_on_the_diagonal(z: Array) -> Array:
    """Where row i meets column i of `z` (N, N), as an array of bool."""
    xp = array_namespace(z)
    index = xp.arange(z.shape[0], device=device(z))
    return index[:, None] == index[None, :]


def learned_scale(log_t: Any, n: int) -> Array:
    """exp(log_t), by which the cosines of `n` pairs are multiplied.

    Raises
    ------
    FloatingPointError
        If a sum of `n` such numbers is too large for the dtype.
    """
    xp = array_namespace(log_t)
    t = xp.exp(log_t)
    if not all_true(xp.isfinite(n * t)):
        raise FloatingPointError(
            f"exp(log_t) must fit into {t.dtype} {n} times, got log_t = {float(log_t)}"
        )
    return t


def of_one_number(gradient: Any, dtype: Any) -> Any:
    """A sum as the 0-d array of `dtype` that is a scalar's gradient."""
    xp = array_namespace(gradient)
    return xp.asarray(demote(gradient, dtype))
