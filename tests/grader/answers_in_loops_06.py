"""Right answers of chapter 6 as plain loops over Python numbers."""

import math

import numpy as np


def _dot(a, b):
    return math.fsum(float(u) * float(v) for u, v in zip(a, b, strict=True))


def _psi(theta, m):
    k = 0
    while k < m - 1 and theta > (k + 1) * math.pi / m:
        k += 1
    return (-1) ** k * math.cos(m * theta) - 2 * k, (-1) ** k * m * math.sin(m * theta)


def angular_logits(x, w):
    z = np.zeros((len(x), len(w)), dtype=x.dtype)
    for i in range(len(x)):
        for j in range(len(w)):
            length = math.hypot(*w[j].tolist())
            z[i, j] = _dot(x[i], w[j]) / length if length > 0 else 0
    return z


def through_the_length(d, w):
    dw = np.zeros_like(d)
    for j in range(len(w)):
        square = _dot(w[j], w[j])
        for a in range(w.shape[1]):
            if square > 0:
                along = _dot(d[j], w[j]) * float(w[j, a]) / square
                dw[j, a] = (float(d[j, a]) - along) / math.sqrt(square)
    return dw


def margin_logits(x, w, y, m):
    z = angular_logits(x, w)
    for i, label in enumerate(y):
        length = math.hypot(*x[i].tolist())
        c = float(z[i, label]) / length if length > 0 else 0.0
        z[i, label] = length * _psi(math.acos(min(1.0, max(-1.0, c))), m)[0]
    return z


def margin_backward(x, w, y, m, g):
    wide_x, wide_w = x.astype(np.float64), w.astype(np.float64)
    dx, by_unit_w = np.zeros_like(wide_x), np.zeros_like(wide_w)
    for i, label in enumerate(y):
        x_hat = wide_x[i] / math.hypot(*wide_x[i])
        for j in range(len(w)):
            w_hat = wide_w[j] / math.hypot(*wide_w[j])
            if j != label:
                dx[i] += g[i, j] * w_hat
                by_unit_w[j] += g[i, j] * wide_x[i]
                continue
            c = _dot(x_hat, w_hat)
            sine = math.hypot(*(w_hat - c * x_hat))
            psi, rho = _psi(math.atan2(sine, c), m)
            slope = rho / sine if sine > 0 else 0.0
            dx[i] += g[i, j] * (psi * x_hat + slope * (w_hat - c * x_hat))
            length = math.hypot(*wide_x[i])
            by_unit_w[j] += g[i, j] * length * slope * (x_hat - c * w_hat)
    return dx.astype(x.dtype), through_the_length(by_unit_w, wide_w).astype(w.dtype)


def within_and_between(gap, m):
    within, between = np.zeros(gap.size), np.zeros(gap.size)
    for n, angle in enumerate(gap.ravel().tolist()):
        far = angle / (m - 1)
        if far + angle > math.pi:
            far = (2 * math.pi - angle) / (m + 1)
        within[n] = angle / (m + 1) + far
        between[n] = angle * (m - 1) / (m + 1)
    return within.reshape(gap.shape), between.reshape(gap.shape)


def smallest_margin(gap, neighbours):
    low, high = 1.01, 20.0
    while high - low > 1e-13 * high:
        m = (low + high) / 2
        within, between = within_and_between(np.array(gap), m)
        within = 2 * gap / (m + 1) if neighbours == 2 else within
        low, high = (m, high) if within > between else (low, m)
    return high
