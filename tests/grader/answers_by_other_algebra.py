"""Right answers by another algebra; float32 is computed in float64 and sent back."""

import numpy as np

# Chapter 2


def central_difference(f, x, h):
    x = np.asarray(x, dtype=np.float64)
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps]).reshape(x.shape)


def relative_error(a, b):
    floor = np.maximum(np.abs(a).max(), np.abs(b).max()) / 1000
    size = np.maximum(np.abs(a), np.maximum(np.abs(b), floor))
    quotient = np.divide(np.abs(a - b), size, out=np.zeros_like(a), where=size != 0)
    return quotient.max()


def complex_step(f, x, h=1e-30):
    steps = 1j * h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.reshape([np.imag(f(x + step)) for step in steps], x.shape) / h


def best_exponent(f, derivative, x):
    h = np.logspace(-15, -1, 15)[:, None]
    errors = np.abs((f(x + h) - f(x - h)) / (2 * h) - derivative(x))
    return np.argmin(errors.max(axis=1)) - 15


def check_gradient(forward, backward, x):
    slopes, claimed = central_difference(forward, x, 1e-6), np.asarray(backward(x))
    return claimed.shape == x.shape and relative_error(slopes, claimed) < 1e-6


# Chapter 3


def log_sum_exp(z):
    return np.logaddexp.reduce(z.astype(np.float64), axis=1).astype(z.dtype)


def cross_entropy(z, y):
    hot = np.eye(z.shape[1], dtype=z.dtype)[y]
    return (log_sum_exp(z) - (z * hot).sum(axis=1)).mean()


def cross_entropy_backward(z, y):
    wide = z.astype(np.float64)
    # The softmax as 1 / Σ_k exp(z_k - z_j)
    p = 1 / np.exp(np.clip(wide[:, None, :] - wide[:, :, None], None, 700)).sum(axis=2)
    return ((p - (y[:, None] == np.arange(z.shape[1]))) / len(y)).astype(z.dtype)


def head_backward(x, w, b, y):
    g = cross_entropy_backward(np.einsum("id,jd->ij", x, w) + b, y)
    ones = np.ones(len(y), dtype=x.dtype)
    return [np.einsum("ij,jd->id", g, w), np.einsum("ij,id->jd", g, x), ones @ g]


def boundary(w1, w2, b1, b2):
    line = np.append(w1 - w2, b2 - b1) / np.sqrt((w1 - w2) @ (w1 - w2))
    return line[:-1], line[-1]


def exact_losses(z, y):
    hot = np.arange(z.shape[1]) == y[:, None]
    others = np.where(hot, -np.inf, z - z[hot][:, None])
    return np.logaddexp(0, np.logaddexp.reduce(others, axis=1))


def backward_from_above(x, w, b, y, reduction, dloss):
    """Each sample as a batch of one, whose mean is its loss; then the sums."""
    share = {"mean": 1 / len(y)}.get(reduction, 1) * np.broadcast_to(dloss, len(y))
    parts = [head_backward(x[i : i + 1], w, b, y[i : i + 1]) for i in range(len(y))]
    dx, dw, db = (np.stack(part) for part in zip(*parts, strict=True))
    dw, db = np.tensordot(share, dw, 1), np.tensordot(share, db, 1)
    dx = share[:, None] * dx[:, 0]
    return tuple(slopes.astype(x.dtype) for slopes in (dx, dw, db))


# Chapter 4


def chebyshev(m, c):
    wide = c.astype(np.float64)
    first = np.polynomial.Chebyshev.basis(m)
    return first(wide).astype(c.dtype), (first.deriv()(wide) / m).astype(c.dtype)


def interval(c, m):
    knots = np.cos(np.arange(m - 1, 0, -1) * np.pi / m)
    return m - 1 - np.searchsorted(knots, c, side="right")


def psi(c, m):
    theta = np.arccos(np.clip(c, -1, 1).astype(np.float64))
    k = np.minimum(np.floor(m * theta / np.pi), m - 1)
    return (np.cos(np.pi * k) * np.cos(m * theta) - 2 * k).astype(c.dtype)


def target_logit(x, w, m, lam):
    inner = np.einsum("id,id->i", x, w).astype(np.float64)
    norms = np.sqrt(np.einsum("id,id->i", x, x) * np.einsum("id,id->i", w, w))
    c = np.divide(inner, norms, out=np.zeros_like(inner), where=norms > 0)
    share = 1 / (1 + lam)  # 0 for inf
    return ((1 - share) * inner + share * norms * psi(c, m)).astype(x.dtype)


def target_backward(x, w, m, lam):
    """By the chain rule through c, with dψ/dc = (-1)^k m U_{m-1}; no tangents."""
    wide_x, wide_w = x.astype(np.float64), w.astype(np.float64)
    x_norm, w_norm = np.linalg.norm(wide_x, axis=1), np.linalg.norm(wide_w, axis=1)
    full = x_norm * w_norm > 0
    norms = np.where(full, x_norm * w_norm, 1)
    c = (wide_x * wide_w).sum(axis=1) / norms
    slope = np.cos(np.pi * interval(c, m)) * m * chebyshev(m, c)[1]
    share = full / (1 + lam)
    # f = share norms psi(c) + (1 - share) x·w, and c norms = x·w
    by_norms = (share * (psi(c, m) - slope * c))[:, None]
    by_inner = np.where(full | np.isinf(lam), share * slope + (1 - share), 0)[:, None]
    x_unit = wide_x / np.where(x_norm > 0, x_norm, 1)[:, None]
    w_unit = wide_w / np.where(w_norm > 0, w_norm, 1)[:, None]
    dx = by_norms * w_norm[:, None] * x_unit + by_inner * wide_w
    dw = by_norms * x_norm[:, None] * w_unit + by_inner * wide_x
    return dx.astype(x.dtype), dw.astype(w.dtype)


def annealing(t, base, gamma, power, minimum):
    return np.clip(base * np.exp(-power * np.log1p(gamma * t)), minimum, None)
