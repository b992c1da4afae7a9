"""Right answers of chapter 7 as plain loops over Python numbers."""

import math

import numpy as np


def _dot(a, b):
    return math.fsum(float(u) * float(v) for u, v in zip(a, b, strict=True))


def cosine_margin_logits(x, w, y, m, s):
    z = np.zeros((len(x), len(w)), dtype=x.dtype)
    for i in range(len(x)):
        for j in range(len(w)):
            lengths = math.hypot(*x[i].tolist()) * math.hypot(*w[j].tolist())
            c = _dot(x[i], w[j]) / lengths if lengths else 0.0
            z[i, j] = s * (c - m if j == y[i] else c)
    return z


def cosine_backward(x, w, g, s):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i in range(len(x)):
        for j in range(len(w)):
            x_length, w_length = math.hypot(*x[i].tolist()), math.hypot(*w[j].tolist())
            c = _dot(x[i], w[j]) / x_length / w_length
            for a in range(x.shape[1]):
                x_hat, w_hat = float(x[i, a]) / x_length, float(w[j, a]) / w_length
                dx[i, a] += s * float(g[i, j]) * (w_hat - c * x_hat) / x_length
                dw[j, a] += s * float(g[i, j]) * (x_hat - c * w_hat) / w_length
    return dx.astype(x.dtype), dw.astype(w.dtype)


def scale_gradient(c, y, m, s):
    total = 0.0
    for row, label in zip(c.tolist(), y.tolist(), strict=True):
        slopes = [value - m if j == label else value for j, value in enumerate(row)]
        powers = [math.exp(s * (value - max(slopes))) for value in slopes]
        for j, value in enumerate(slopes):
            total += (powers[j] / sum(powers) - (j == label)) * value
    return total / len(y)


def smallest_scale(classes, p):
    odds = [math.log(v) - math.log1p(-v) for v in np.ravel(p).tolist()]
    scales = [(math.log(classes - 1) + v) * (1 - 1 / classes) for v in odds]
    return scales[0] if np.ndim(p) == 0 else np.array(scales).reshape(p.shape)


def largest_margin(classes, dimension):
    if dimension == 2 and classes > 3:
        return 2 * math.sin(math.pi / classes) ** 2
    return 1 + 1 / (classes - 1)
