"""Right answers of chapter 17 as plain loops over Python numbers."""

import math

import numpy as np


def _length(v):
    return math.sqrt(math.fsum(float(a) ** 2 for a in v))


def _unit(v):
    length = _length(v)
    return np.array([float(a) / length for a in v])


def quality(a, mean, std, h, weight):
    kind, a = a.dtype, [float(v) for v in a]
    own = math.fsum(a) / len(a)
    mean += weight * (own - mean)
    if len(a) > 1:
        squares = math.fsum((v - own) ** 2 for v in a)
        std += weight * (math.sqrt(squares / (len(a) - 1)) - std)
    q = [max(-1.0, min(1.0, h * (v - mean) / (std + 0.001))) for v in a]
    return np.array(q, dtype=kind), mean, std


def ada_margin(c, sine, q, m):
    rows = []
    for cos, sin, turn in zip(c.tolist(), sine.tolist(), (m * q).tolist(), strict=True):
        cos_turn, sin_turn = math.cos(turn), math.sin(turn)
        psi = cos * cos_turn + sin * sin_turn - m - turn
        rows.append((psi, sin * cos_turn - cos * sin_turn))
    return tuple(np.array(column, dtype=c.dtype) for column in zip(*rows, strict=True))


def _others(x_hat, w, yi, s, psi):
    """The cosines of one sample, and its probabilities with s psi at the target."""
    cosines = [math.fsum(x_hat * _unit(row)) for row in w]
    z = [s * (psi if j == yi else c) for j, c in enumerate(cosines)]
    e = [math.exp(v - max(z)) for v in z]
    return cosines, [v / math.fsum(e) for v in e], z


def _slope(x_hat, w, yi, s, turn, below):
    """By x̂ on the sphere: Σ g_j s (ŵ_j − c_j x̂), with ρ t_x at the target."""
    own = _unit(w[yi])
    c = math.fsum(x_hat * own)
    sine = _length(own - c * x_hat)
    psi = math.cos(math.atan2(sine, c) + turn) - below
    rho = math.sin(math.atan2(sine, c) + turn)
    cosines, p, _ = _others(x_hat, w, yi, s, psi)
    total = np.zeros(len(x_hat))
    for j, row in enumerate(w):
        across = _unit(row) - cosines[j] * x_hat
        if j == yi:
            total += (p[j] - 1) * s * rho / sine * across
        else:
            total += p[j] * s * across
    return total, p[yi], rho


def ada_backward_x(x, w, y, mean, std, m, h, s):
    dx = np.zeros(x.shape)
    for i in range(len(y)):
        a = _length(x[i])
        q = max(-1.0, min(1.0, h * (a - mean) / (std + 0.001)))
        total = _slope(_unit(x[i]), w, int(y[i]), s, -m * q, m * (1 + q))[0]
        dx[i] = total / a / len(y)
    return dx.astype(x.dtype)


def held_difference(x, w, y, mean, std, m, h, s, v, step):
    total = []
    for i in range(len(y)):
        q = max(-1.0, min(1.0, h * (_length(x[i]) - mean) / (std + 0.001)))
        for sign in (1, -1):
            x_hat, own = _unit(x[i] + sign * step * v[i]), _unit(w[y[i]])
            c = math.fsum(x_hat * own)
            theta = math.atan2(_length(own - c * x_hat), c)
            psi = math.cos(theta - m * q) - m * (1 + q)
            z = _others(x_hat, w, y[i], s, psi)[2]
            peak = max(z)
            each = math.log(math.fsum(math.exp(u - peak) for u in z)) + peak - z[y[i]]
            total.append(sign * each)
    return math.fsum(total) / len(y) / (2 * step)


def length_terms(a, l_a, u_a, l_m, u_m):
    rows = []
    for v in map(float, a):
        if v <= l_a:
            rows.append((l_m, 0.0, 1 / l_a + l_a / u_a**2, 0.0))
        elif v >= u_a:
            rows.append((u_m, 0.0, 2 / u_a, 0.0))
        else:
            k = (u_m - l_m) / (u_a - l_a)
            rows.append(
                (u_m - k * (u_a - v), k, 1 / v + v / u_a**2, 1 / u_a**2 - 1 / v**2)
            )
    return tuple(np.array(column, dtype=a.dtype) for column in zip(*rows, strict=True))


def mag_backward_x(x, w, y, l_a, u_a, l_m, u_m, lam, s):
    dx = np.zeros(x.shape)
    for i in range(len(y)):
        a, x_hat = _length(x[i]), _unit(x[i])
        m, dm, _, dg = (
            float(v[0]) for v in length_terms(np.array([a]), l_a, u_a, l_m, u_m)
        )
        total, p, rho = _slope(x_hat, w, int(y[i]), s, m, 0.0)
        along = (1 - p) * s * dm * rho + lam * dg
        dx[i] = (total / a + along * x_hat) / len(y)
    return dx.astype(x.dtype)
