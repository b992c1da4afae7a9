"""Right answers of chapter 11 as plain loops over Python numbers."""

import math

import numpy as np


def _dot(a, b):
    return math.fsum(float(u) * float(v) for u, v in zip(a, b, strict=True))


def radial_and_tangential(d, v):
    radial, tangent = np.zeros(len(d), dtype=d.dtype), np.zeros_like(d)
    for i in range(len(d)):
        length = math.hypot(*v[i].tolist())
        along = _dot(d[i], v[i]) / length
        radial[i] = along
        for a in range(d.shape[1]):
            tangent[i, a] = float(d[i, a]) - along * float(v[i, a]) / length
    return radial, tangent


def combined_margin(theta, m1, m2, m3):
    psi, rho = np.zeros_like(theta), np.zeros_like(theta)
    for n in np.ndindex(theta.shape):
        psi[n] = math.cos(m1 * float(theta[n]) + m2) - m3
        rho[n] = m1 * math.sin(m1 * float(theta[n]) + m2)
    return psi, rho


def margin_gradient(x, w, psi, rho, s, keeps_x, keeps_w):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for i in range(len(x)):
        x_length, w_length = math.hypot(*x[i].tolist()), math.hypot(*w[i].tolist())
        x_hat = x[i].astype(np.float64) / x_length
        w_hat = w[i].astype(np.float64) / w_length
        c = _dot(x_hat, w_hat)
        u, v = x_length if keeps_x else s, w_length if keeps_w else 1.0
        for own, toward, keeps, length, out in (
            (x_hat, w_hat, keeps_x, x_length, dx),
            (w_hat, x_hat, keeps_w, w_length, dw),
        ):
            across = toward - c * own
            sine = math.hypot(*across)
            tangent = across / sine if sine > 4 * np.finfo(x.dtype).eps else 0 * across
            part = float(rho[i]) * tangent
            if keeps:
                part = part + float(psi[i]) * own
            out[i] = u * v / length * part
    return dx.astype(x.dtype), dw.astype(w.dtype)


def target_angle(x, w, y):
    angles = []
    for row, label in zip(x, y, strict=True):
        a, b = row / math.hypot(*row), w[label] / math.hypot(*w[label])
        c = _dot(a, b)
        angles.append(math.atan2(math.hypot(*(a - c * b)), c))
    return math.fsum(angles) / len(angles)


def fisher_score(x, y):
    def apart(a, b):
        a, b = a / math.hypot(*a), b / math.hypot(*b)
        return sum((float(u) - float(v)) ** 2 for u, v in zip(a, b, strict=True)) / 2

    within = between = 0.0
    for label in sorted(set(y.tolist())):
        own = [x[i] for i in range(len(y)) if y[i] == label]
        middle = sum(own) / len(own)
        within += sum(apart(row, middle) for row in own)
        between += len(own) * apart(middle, sum(x) / len(x))
    return within / between
