"""Right answers of chapter 8 as plain loops over Python numbers."""

import math

import numpy as np


def _unit(v):
    length = math.hypot(*v)
    return [a / length for a in v] if length else [0.0] * len(v)


def _pair(a, b):
    """Cosine and sine of two rows, the sine as the length of a part at right angles."""
    a, b = _unit([float(v) for v in a]), _unit([float(v) for v in b])
    if not any(a) or not any(b):
        return 0.0, 1.0
    c = math.fsum(u * v for u, v in zip(a, b, strict=True))
    return c, math.hypot(*(v - c * u for u, v in zip(a, b, strict=True)))


def cos_and_sine(x, w):
    both = [_pair(a, b) for a, b in zip(x, w, strict=True)]
    c, sine = zip(*both, strict=True)
    return np.array(c, dtype=x.dtype), np.array(sine, dtype=x.dtype)


def _margin(theta, m, fallback):
    if fallback == "linear" and theta > math.pi - m:
        return math.cos(theta) - m * math.sin(m), math.sin(theta)
    if fallback == "easy" and theta >= math.pi / 2:
        return math.cos(theta), math.sin(theta)
    return math.cos(theta + m), math.sin(theta + m)


def arc_margin(c, sine, m, fallback):
    psi, rho = np.zeros_like(c), np.zeros_like(c)
    for n in np.ndindex(c.shape):
        theta = math.atan2(float(sine[n]), float(c[n]))
        psi[n], rho[n] = _margin(theta, m, fallback)
    return psi, rho


def arc_logits(x, w, y, m, s):
    z = np.zeros((len(x), len(w)), dtype=x.dtype)
    for i in range(len(x)):
        for j in range(len(w)):
            c, sine = _pair(x[i], w[j])
            z[i, j] = s * math.cos(math.atan2(sine, c) + m * (j == y[i]))
    return z


def arc_backward_x(x, w, y, m, s, g):
    dx = np.zeros(x.shape)
    for i in range(len(x)):
        x_hat = np.array(_unit(x[i].tolist()))
        for j in range(len(w)):
            w_hat = np.array(_unit(w[j].tolist()))
            c, sine = _pair(x[i], w[j])
            across = w_hat - c * x_hat
            if j == y[i]:
                rho = math.sin(math.atan2(sine, c) + m)
                across = across * rho / sine if sine > 4 * np.finfo(x.dtype).eps else 0
            dx[i] += float(g[i, j]) * s * across / math.hypot(*x[i].tolist())
    return dx.astype(x.dtype)
