"""Right answers of chapter 10 as plain loops over Python numbers."""

import math

import numpy as np


def triplet_gradients(a, p, n, m):
    out = [np.zeros_like(a) for _ in range(3)]
    for i in range(len(a)):
        to_p = [float(u) - float(v) for u, v in zip(a[i], p[i], strict=True)]
        to_n = [float(u) - float(v) for u, v in zip(a[i], n[i], strict=True)]
        d_p, d_n = math.hypot(*to_p), math.hypot(*to_n)
        if d_p - d_n + m <= 0:
            continue
        for k in range(a.shape[1]):
            u_p = to_p[k] / d_p if d_p else 0.0
            u_n = to_n[k] / d_n if d_n else 0.0
            out[0][i, k], out[1][i, k], out[2][i, k] = u_p - u_n, -u_p, u_n
    return tuple(out)


def semi_hard(d, y):
    chosen = [[-1] * len(y) for _ in y]
    for i in range(len(y)):
        for j in range(len(y)):
            if i == j or y[i] != y[j]:
                continue
            best = farthest = None
            for k in range(len(y)):
                if y[k] == y[i]:
                    continue
                if d[i, k] > d[i, j] and (best is None or d[i, k] < d[i, best]):
                    best = k
                if farthest is None or d[i, k] > d[i, farthest]:
                    farthest = k
            chosen[i][j] = farthest if best is None else best
    return np.array(chosen)


def _lse(z):
    return max(z) + math.log(math.fsum(math.exp(v - max(z)) for v in z))


def circle_slopes(s_p, s_n, m, gamma):
    s_p, s_n = s_p.tolist(), s_n.tolist()
    a_p, a_n = [max(0, 1 + m - s) for s in s_p], [max(0, s + m) for s in s_n]
    z_p = [-gamma * a * (s - 1 + m) for a, s in zip(a_p, s_p, strict=True)]
    z_n = [gamma * a * (s - m) for a, s in zip(a_n, s_n, strict=True)]
    lse_p, lse_n = _lse(z_p), _lse(z_n)
    t = lse_p + lse_n
    loss = max(0, t) + math.log1p(math.exp(-abs(t)))
    z = math.exp(t - loss)
    by_p = [-z * gamma * a * math.exp(v - lse_p) for v, a in zip(z_p, a_p, strict=True)]
    by_n = [z * gamma * a * math.exp(v - lse_n) for v, a in zip(z_n, a_n, strict=True)]
    return loss, np.array(by_p), np.array(by_n)


def unified_loss(s_p, s_n, m, gamma):
    z = [gamma * (n - p + m) for p in s_p.tolist() for n in s_n.tolist()]
    t = _lse(z)
    return max(0, t) + math.log1p(math.exp(-abs(t)))


def am_softmax_by_pairs(c, y, m, s):
    losses = []
    for row, label in zip(c.tolist(), y.tolist(), strict=True):
        z = [s * (v - row[label] + m) for j, v in enumerate(row) if j != label]
        losses.append(math.log1p(math.fsum(map(math.exp, z))))
    return np.array(losses)


def sharp_gamma(positives, negatives, error):
    excess = math.log1p(sum(1 for _ in range(positives) for _ in range(negatives)))
    if np.ndim(error) == 0:
        return excess / error
    return np.array([excess / e for e in error.ravel()]).reshape(error.shape)
