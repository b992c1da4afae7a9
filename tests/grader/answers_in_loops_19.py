"""Right answers of chapter 19 as plain loops over Python numbers."""

import math

import numpy as np


def hard_negatives(c, y, m):
    target, hard = [], np.zeros(c.shape, dtype=bool)
    for i, label in enumerate(y.tolist()):
        theta = math.acos(max(-1.0, min(1.0, float(c[i, label]))))
        target.append(math.cos(theta + m))
        for j in range(c.shape[1]):
            hard[i, j] = j != label and c[i, j] > target[i]
    return np.array(target), hard


def reshaped(c, target, t, form):
    phi, slope = c.copy(), np.ones_like(c)
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            v = float(c[i, j])
            if c[i, j] > target[i]:
                phi[i, j], slope[i, j] = {
                    "fixed": (v + t, 1),
                    "adaptive": (v + t * v + t, 1 + t),
                    "curricular": (v * t + v * v, t + v + v),
                }[form]
    return phi, slope


def curriculum(c, y, m, weight):
    used, harder = [], []
    for k in range(len(c)):
        own = [float(c[k, i, label]) for i, label in enumerate(y[k].tolist())]
        before = used[-1] if used else 0.0
        used.append(before + weight * (math.fsum(own) / len(own) - before))
        target, _ = hard_negatives(c[k], y[k], m)
        count = 0
        for i, label in enumerate(y[k].tolist()):
            for j, v in enumerate(c[k, i].tolist()):
                if j != label and v > target[i] and v * (used[k] + v) > v:
                    count += 1
        harder.append(count)
    return np.array(used), np.array(harder)


def _dot(a, b):
    return math.fsum(u * v for u, v in zip(a, b, strict=True))


def _unit(rows):
    lengths = [math.hypot(*row) for row in rows]
    return lengths, [[v / r for v in row] for row, r in zip(rows, lengths, strict=True)]


def curricularface(x, w, y, t, m, s, weight):
    x_lengths, x_hat = _unit(x.tolist())
    w_lengths, w_hat = _unit(w.tolist())
    y, n = y.tolist(), len(y)
    cosines = [[_dot(a, b) for b in w_hat] for a in x_hat]
    t += weight * (math.fsum(cosines[i][y[i]] for i in range(n)) / n - t)
    losses, dx, dw = [], np.zeros(x.shape), np.zeros(w.shape)
    for i in range(n):
        theta = math.acos(cosines[i][y[i]])
        z, slopes = [], []
        for j, v in enumerate(cosines[i]):
            if j == y[i]:
                value, slope = (
                    math.cos(theta + m),
                    math.sin(theta + m) / math.sin(theta),
                )
            elif v > math.cos(theta + m):
                value, slope = v * (t + v), t + 2 * v
            else:
                value, slope = v, 1.0
            z.append(s * value)
            slopes.append(slope)
        top = max(z)
        total = math.fsum(math.exp(v - top) for v in z)
        losses.append(math.log(total) + top - z[y[i]])
        for j, v in enumerate(cosines[i]):
            p = math.exp(z[j] - top) / total
            q = s * (p - (j == y[i])) * slopes[j] / n
            for k in range(x.shape[1]):
                dx[i, k] += q * (w_hat[j][k] - v * x_hat[i][k]) / x_lengths[i]
                dw[j, k] += q * (x_hat[i][k] - v * w_hat[j][k]) / w_lengths[j]
    return math.fsum(losses) / n, dx, dw
