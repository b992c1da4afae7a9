"""Right answers of chapter 21 as plain loops over Python numbers."""

import math

import numpy as np


def row_shares(c, tau):
    out = np.zeros_like(c)
    for i in range(len(c)):
        z = {k: float(c[i, k]) / tau for k in range(len(c)) if k != i}
        top = max(z.values())
        e = {k: math.exp(v - top) for k, v in z.items()}
        for k in e:
            out[i, k] = e[k] / math.fsum(e.values())
    return out


def _dot(a, b):
    return math.fsum(u * v for u, v in zip(a, b, strict=True))


def ntxent(x, tau):
    m, d = x.shape
    n = m // 2
    lengths = [math.hypot(*row) for row in x.tolist()]
    unit = [[v / r for v in row] for row, r in zip(x.tolist(), lengths, strict=True)]
    c = np.array([[_dot(a, b) for b in unit] for a in unit])
    p = row_shares(c, tau)
    loss, q = 0.0, [[0.0] * d for _ in range(m)]
    for i in range(m):
        partner = i + n if i < n else i - n
        loss -= math.log(p[i, partner]) / m
        for k in range(m):
            g = (p[i, k] - (1 if k == partner else 0)) / m / tau
            for j in range(d):
                q[i][j] += g * unit[k][j]
                q[k][j] += g * unit[i][j]
    dx = np.zeros((m, d))
    for i in range(m):
        along = _dot(q[i], unit[i])
        for j in range(d):
            dx[i, j] = (q[i][j] - along * unit[i][j]) / lengths[i]
    return loss, dx


def temperature_slopes(c, other, tau):
    p, terms = row_shares(c, tau), []
    for i, right in enumerate(other.tolist()):
        terms += [p[i, k] * c[i, k] / tau for k in range(len(c))]
        terms.append(-c[i, right] / tau)
    by_t = math.fsum(terms) / len(c)
    return -by_t / tau, by_t


def supcon(c, y, tau, form):
    p, losses, slopes = row_shares(c, tau), [], {}
    for i in range(len(y)):
        positives = [k for k in range(len(y)) if k != i and y[k] == y[i]]
        if not positives:
            continue
        total = math.fsum(p[i, k] for k in positives)
        if form == "in":
            losses.append(-math.log(total / len(positives)))
            target = {k: p[i, k] / total for k in positives}
        else:
            logs = [math.log(p[i, k]) for k in positives]
            losses.append(-math.fsum(logs) / len(logs))
            target = {k: 1 / len(positives) for k in positives}
        slopes[i] = [p[i, k] - target.get(k, 0) for k in range(len(y))]
    g = np.zeros(c.shape)
    for i, row in slopes.items():
        g[i] = [v / len(losses) for v in row]
    return math.fsum(losses) / len(losses), g


def siglip(c, t, b):
    n, scale = len(c), math.exp(t)
    losses, g = [], np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            y = 1 if i == j else -1
            u = scale * float(c[i, j]) + b
            losses.append(max(0.0, -y * u) + math.log1p(math.exp(-abs(u))))
            small = math.exp(-abs(u)) / (1 + math.exp(-abs(u)))
            g[i, j] = -y * (small if y * u > 0 else 1 - small) / n
    flat = [(v, float(k)) for v, k in zip(g.ravel(), c.ravel(), strict=True)]
    by_t = math.fsum(float(v) * scale * k for v, k in flat)
    return math.fsum(losses) / n, scale * g, by_t, math.fsum(v for v, _ in flat)


def starting_bias(n):
    b = -math.log(n - 1)
    return b, math.log(1 + (n - 1)) + (n - 1) * math.log1p(1 / (n - 1))
