"""Right answers of chapter 10 by another algebra."""

import numpy as np


def _direction(a, b):
    length = np.sqrt(np.einsum("id,id->i", a - b, a - b))[:, None]
    return length, np.divide(a - b, length, out=np.zeros_like(a), where=length > 0)


def triplet_gradients(a, p, n, m):
    """The anchor's gradient as the opposite of its partners' together."""
    (d_p, u_p), (d_n, u_n) = _direction(p, a), _direction(a, n)
    off = d_n >= d_p + np.asarray(m, dtype=a.dtype)
    dp, dn = np.where(off, 0, u_p), np.where(off, 0, u_n)
    return -(dp + dn), dp.astype(a.dtype), dn.astype(a.dtype)


def semi_hard(d, y):
    """Without loops: nearer negatives come after all others, the nearest last."""
    same = y[:, None] == y
    to_k, last = d[:, None, :], 3 * (d.max() + 1)
    rank = np.where(to_k > d[:, :, None], to_k, last - to_k)
    rank = np.where(same[:, None, :], np.inf, rank)
    positive = same & ~np.eye(len(y), dtype=bool)
    return np.where(positive, rank.argmin(axis=2), -1)


def circle_slopes(s_p, s_n, m, gamma):
    """With the square completed: a_n (s_n − m) is s_n² − m², or 0 where clipped."""
    a_p, a_n = np.clip(1 + m - s_p, 0, None), np.clip(s_n + m, 0, None)
    z_p = gamma * ((1 - s_p) ** 2 - m * m)
    z_n = gamma * np.where(s_n > -m, s_n * s_n - m * m, 0)
    pairs = z_p[:, None] + z_n
    loss = np.logaddexp(0, np.logaddexp.reduce(pairs, axis=None))
    share = np.exp(pairs - loss)  # Z π_p π_n, of each pair
    return loss, -gamma * a_p * share.sum(axis=1), gamma * a_n * share.sum(axis=0)


def unified_loss(s_p, s_n, m, gamma):
    """By the product of two sums."""
    t = gamma * m + np.logaddexp.reduce(gamma * s_n) + np.logaddexp.reduce(-gamma * s_p)
    return np.logaddexp(0, t)


def am_softmax_by_pairs(c, y, m, s):
    """As the cross-entropy that it is."""
    z = s * (c - m * np.eye(c.shape[1])[y])
    return np.logaddexp.reduce(z, axis=1) - (z * np.eye(c.shape[1])[y]).sum(axis=1)


def sharp_gamma(positives, negatives, error):
    return -np.log(1 / (1 + positives * negatives)) / error
