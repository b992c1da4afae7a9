"""Right answers of chapter 18 as plain loops over Python numbers."""

import math

import numpy as np


def _cosine(a, b):
    a, b = [float(v) for v in a], [float(v) for v in b]
    lengths = math.hypot(*a), math.hypot(*b)
    if not all(lengths):
        return 0.0
    return math.fsum(
        (u / lengths[0]) * (v / lengths[1]) for u, v in zip(a, b, strict=True)
    )


def _nearest(a, rows):
    """The largest cosine, and the first row that has it."""
    best, at = -2.0, 0
    for k, row in enumerate(rows):
        c = _cosine(a, row)
        if c > best:
            best, at = c, k
    return best, at


def class_cosines(x, w):
    c = np.zeros((len(x), len(w)), x.dtype)
    k = np.zeros((len(x), len(w)), int)
    for i in range(len(x)):
        for j in range(len(w)):
            c[i, j], k[i, j] = _nearest(x[i], w[j])
    return c, k


def sub_center_logits(x, w, y, m, s):
    z = np.zeros((len(x), len(w)), x.dtype)
    for i in range(len(x)):
        for j in range(len(w)):
            c, _ = _nearest(x[i], w[j])
            z[i, j] = s * (math.cos(math.acos(c) + m) if j == y[i] else c)
    return z


def sub_center_backward(x, w, y, m, s, g):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i in range(len(x)):
        a = math.hypot(*map(float, x[i]))
        for j in range(len(w)):
            c, k = _nearest(x[i], w[j])
            b = math.hypot(*map(float, w[j, k]))
            slope = s * float(g[i, j])
            if j == y[i]:
                theta = math.acos(c)
                slope *= math.sin(theta + m) / math.sin(theta)
            for d in range(x.shape[1]):
                u, v = float(x[i, d]) / a, float(w[j, k, d]) / b
                dx[i, d] += slope * (v - c * u) / a
                dw[j, k, d] += slope * (u - c * v) / b
    return dx.astype(x.dtype), dw.astype(w.dtype)


def dominant_rows(x, w, y):
    found = []
    for j in range(len(w)):
        wins = [0] * w.shape[1]
        for a, label in zip(x, y, strict=True):
            if label == j:
                wins[_nearest(a, w[j])[1]] += 1
        found.append(wins.index(max(wins)))
    return np.array(found)


def far_away(x, w, y, degrees):
    rows = dominant_rows(x, w, y)
    return np.array(
        [
            math.degrees(math.acos(max(-1.0, min(1.0, _cosine(a, w[j, rows[j]])))))
            > degrees
            for a, j in zip(x, y.tolist(), strict=True)
        ]
    )
