"""Right answers as plain loops over Python numbers, unlike the solutions."""

import math

import numpy as np


def _like(x, values):
    return np.array(values, dtype=x.dtype)


# Chapter 2


def central_difference(f, x, h):
    x = np.asarray(x, dtype=float)
    flat = x.ravel().tolist()
    slopes = []
    for j in range(len(flat)):
        right = [*flat[:j], flat[j] + h, *flat[j + 1 :]]
        left = [*flat[:j], flat[j] - h, *flat[j + 1 :]]
        f_right = f(np.array(right).reshape(x.shape))
        f_left = f(np.array(left).reshape(x.shape))
        slopes.append(float(f_right - f_left) / h / 2)
    return np.array(slopes).reshape(x.shape)


def relative_error(a, b):
    a, b = a.ravel().tolist(), b.ravel().tolist()
    if not all(math.isfinite(v) for v in a + b):
        return math.inf
    largest = max(abs(v) for v in a + b)
    worst = 0.0
    for v, w in zip(a, b, strict=True):
        if v != w:
            worst = max(worst, abs(v - w) / max(abs(v), abs(w), largest / 1000))
    return worst


def complex_step(f, x, h=1e-30):
    slopes = []
    for j in range(x.size):
        z = [complex(v, h if i == j else 0) for i, v in enumerate(x.ravel().tolist())]
        slopes.append(complex(f(np.array(z).reshape(x.shape))).imag / h)
    return np.array(slopes).reshape(x.shape)


def best_exponent(f, derivative, x):
    best, least = 0, math.inf
    for exponent in range(-1, -16, -1):
        h = float(f"1e{exponent}")
        slopes = (f(x + h) - f(x - h)) / h / 2
        error = max(abs(s - d) for s, d in zip(slopes, derivative(x), strict=True))
        if error < least:
            best, least = exponent, error
    return best


def check_gradient(forward, backward, x):
    claimed = np.asarray(backward(x))
    if claimed.shape != np.shape(x):
        return False
    slopes = central_difference(forward, x, 1e-6)
    return relative_error(claimed, slopes) < 1e-6


# Chapter 3


def log_sum_exp(z):
    sums = []
    for row in z.tolist():
        top = max(row)
        sums.append(top + math.log(sum(math.exp(v - top) for v in row)))
    return _like(z, sums)


def cross_entropy(z, y):
    sums = log_sum_exp(z.astype(np.float64))
    return sum(float(sums[i]) - float(z[i, y[i]]) for i in range(len(y))) / len(y)


def cross_entropy_backward(z, y):
    dz = []
    for row, label in zip(z.tolist(), y.tolist(), strict=True):
        powers = [math.exp(v - max(row)) for v in row]
        slopes = [p / sum(powers) / len(y) for p in powers]
        slopes[label] -= 1 / len(y)
        dz.append(slopes)
    return _like(z, dz)


def head_backward(x, w, b, y):
    n, d, c = len(x), x.shape[1], len(w)
    N, D, C = range(n), range(d), range(c)
    z = [[sum(x[i, a] * w[j, a] for a in D) + b[j] for j in C] for i in N]
    g = cross_entropy_backward(np.array(z), y)
    dx = [[sum(g[i, j] * w[j, a] for j in C) for a in D] for i in N]
    dw = [[sum(g[i, j] * x[i, a] for i in N) for a in D] for j in C]
    return _like(x, dx), _like(w, dw), _like(b, [sum(column) for column in g.T])


def boundary(w1, w2, b1, b2):
    length = math.hypot(*(w1 - w2))
    n = [(float(u) - float(v)) / length for u, v in zip(w1, w2, strict=True)]
    return n, (b2 - b1) / length


def exact_losses(z, y):
    losses = []
    for row, label in zip(z.tolist(), y.tolist(), strict=True):
        others = [v - row[label] for j, v in enumerate(row) if j != label]
        top = max(others)
        rest = top + math.log(math.fsum(math.exp(v - top) for v in others))
        losses.append(max(rest, 0) + math.log1p(math.exp(-abs(rest))))
    return np.array(losses)


def backward_from_above(x, w, b, y, reduction, dloss):
    n = len(y)
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(b))
    for i in range(n):
        above = float(dloss[i]) if reduction == "none" else dloss
        above = above / n if reduction == "mean" else above
        z = [sum(u * v for u, v in zip(x[i], w_j, strict=True)) for w_j in w] + b
        g = above * cross_entropy_backward(z[None].astype(float), y[i : i + 1])[0]
        for j, slope in enumerate(g):
            dx[i] += slope * w[j]
            dw[j] += slope * x[i]
            db[j] += slope
    return _like(x, dx), _like(w, dw), _like(b, db)


# Chapter 4


def chebyshev(m, c):
    t, u = [], []
    even, odd = range(0, m + 1, 2), range(1, m + 1, 2)
    for v in c.ravel().tolist():
        # cos mθ as the paper expands it, and the same for sin mθ / sin θ
        s = v * v - 1
        t.append(sum(math.comb(m, n) * v ** (m - n) * s ** (n // 2) for n in even))
        u.append(sum(math.comb(m, n) * v ** (m - n) * s ** (n // 2) for n in odd))
    return _like(c, t).reshape(c.shape), _like(c, u).reshape(c.shape)


def interval(c, m):
    knots = [math.cos(i * math.pi / m) for i in range(1, m)]
    k = [sum(v < knot for knot in knots) for v in c.ravel().tolist()]
    return np.array(k, dtype=np.int32).reshape(c.shape)


def psi(c, m):
    t, _ = chebyshev(m, c.astype(np.float64))
    k = interval(c, m).ravel().tolist()
    values = [(-1) ** i * v - 2 * i for i, v in zip(k, t.ravel(), strict=True)]
    return _like(c, values).reshape(c.shape)


def target_logit(x, w, m, lam):
    logits = []
    for a, b in zip(x.tolist(), w.tolist(), strict=True):
        inner = sum(u * v for u, v in zip(a, b, strict=True))
        norms = math.hypot(*a) * math.hypot(*b)
        if math.isinf(lam) or norms == 0:
            logits.append(inner)
        else:
            margin = norms * float(psi(np.array(inner / norms), m))
            logits.append((lam * inner + margin) / (1 + lam))
    return _like(x, logits)


def target_backward(x, w, m, lam):
    dx, dw = [], []
    for a, b in zip(x.astype(np.float64), w.astype(np.float64), strict=True):
        a_norm, b_norm = math.hypot(*a), math.hypot(*b)
        if math.isinf(lam) or a_norm * b_norm == 0:
            dx.append(b if math.isinf(lam) else 0 * b)
            dw.append(a if math.isinf(lam) else 0 * a)
            continue
        a_hat, b_hat = a / a_norm, b / b_norm
        c = np.array(float(a_hat @ b_hat))
        value, k = psi(c, m), int(interval(c, m))
        slope = (-1) ** k * m * chebyshev(m, c)[1]
        by_a = b_norm * (value * a_hat + slope * (b_hat - c * a_hat))
        dx.append((lam * b + by_a) / (1 + lam))
        by_b = a_norm * (value * b_hat + slope * (a_hat - c * b_hat))
        dw.append((lam * a + by_b) / (1 + lam))
    return _like(x, dx), _like(w, dw)


def annealing(t, base, gamma, power, minimum):
    decay = (base / (1 + gamma * step) ** power for step in t.ravel().tolist())
    values = [max(minimum, value) for value in decay]
    return np.array(values, dtype=float).reshape(t.shape)
