"""Right answers of chapter 21 by another algebra."""

import numpy as np


def _without_diagonal(a):
    """The rows of a square without their diagonal, (M, M - 1)."""
    m = len(a)
    return a[~np.eye(m, dtype=bool)].reshape(m, m - 1)


def row_shares(c, tau):
    """From a matrix with one column fewer, put back beside the diagonal."""
    z = _without_diagonal(c) / np.asarray(tau, c.dtype)
    lse = np.logaddexp.reduce(z, axis=1, keepdims=True)
    out = np.zeros(c.shape, c.dtype)
    out[~np.eye(len(c), dtype=bool)] = np.exp(z - lse).ravel()
    return out


def ntxent(x, tau):
    """The gradient through the Jacobian of each unit row, as a tensor."""
    n = len(x) // 2
    squared = np.einsum("id,id->i", x, x)
    unit = x / np.sqrt(squared)[:, None]
    s = unit @ unit.T / tau
    lse = np.logaddexp.reduce(_without_diagonal(s), axis=1)
    swapped = np.roll(np.eye(2 * n), n, axis=1)
    loss = np.mean(lse - np.sum(s * swapped, axis=1))
    p = np.exp(s - lse[:, None]) * (1 - np.eye(2 * n))
    # The target is symmetric, so only P has to be transposed.
    pull = (p + p.T - 2 * swapped) @ unit / (2 * n * tau)
    outer = np.einsum("id,ie->ide", unit, unit)
    jacobian = (np.eye(x.shape[1]) - outer) / np.sqrt(squared)[:, None, None]
    return loss, np.einsum("ide,ie->id", jacobian, pull)


def temperature_slopes(c, other, tau):
    """The mean logit of each row minus its right one."""
    z = _without_diagonal(c) / tau
    p = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
    right = c[np.arange(len(c)), other] / tau
    by_t = np.mean(np.sum(p * z, axis=1) - right)
    return -by_t / tau, by_t


def supcon(c, y, tau, form):
    """In logarithms: "in" is the difference of two log-sum-exps."""
    s = c / tau
    mine = np.eye(len(y), dtype=bool)
    positive = (y[:, None] == y) & ~mine
    anchors = positive.any(axis=1)
    lse = np.logaddexp.reduce(np.where(mine, -np.inf, s), axis=1)
    p = np.exp(np.where(mine, -np.inf, s) - lse[:, None])
    counts = positive.sum(axis=1)[anchors]
    rows = np.where(positive, s, -np.inf)[anchors]
    lse_p = np.logaddexp.reduce(rows, axis=1)
    g = np.zeros(c.shape)
    if form == "in":
        losses = lse[anchors] - lse_p + np.log(counts)
        target = np.exp(rows - lse_p[:, None])
    else:
        target = positive[anchors] / counts[:, None]
        losses = lse[anchors] - np.sum(target * s[anchors], axis=1)
    g[anchors] = (p[anchors] - target) / len(losses)
    return losses.mean(), g


def siglip(c, t, b):
    """What belongs together and what does not, by the hyperbolic tangent."""
    n = len(c)
    u = np.exp(t) * c + b
    match = np.eye(n, dtype=bool)
    sigma = (1 + np.tanh(u / 2)) / 2
    # softplus(u) of all, and of the matches softplus(-u) = softplus(u) - u
    loss = (np.logaddexp(0, u).sum() - np.trace(u)) / n
    g = np.where(match, sigma - 1, sigma) / n
    return loss, np.exp(t) * g, np.sum(g * (u - b)), g.sum()


def starting_bias(n):
    """One yes in N answers has the entropy of a biased coin."""
    p = 1 / n
    return np.log(p / (1 - p)), -n * (p * np.log(p) + (1 - p) * np.log1p(-p))
