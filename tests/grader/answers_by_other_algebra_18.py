"""Right answers of chapter 18 by another algebra."""

import numpy as np


def _unit(a):
    a = a.astype(np.float64)
    lengths = np.sqrt((a * a).sum(axis=-1))[..., None]
    return np.divide(a, lengths, out=np.zeros_like(a), where=lengths > 0)


def _flat(w):
    """All rows as classes (C·K, D)."""
    return _unit(w).reshape(-1, w.shape[2])


def class_cosines(x, w):
    """By distances: |x̂ − ŵ|² = 2 − 2c, the smallest of which is looked for."""
    x_hat, rows = _unit(x), _flat(w)
    c = x_hat @ rows.T
    distance = np.array([[2 - 2 * (a * b).sum() for b in rows] for a in x_hat])
    distance = distance.reshape(len(x), *w.shape[:2])
    k = distance.argmin(axis=2)
    c = np.take_along_axis(c.reshape(distance.shape), k[:, :, None], axis=2)[:, :, 0]
    return c.astype(x.dtype), k


def sub_center_logits(x, w, y, m, s):
    """The margin as a turn in the complex plane."""
    c = class_cosines(x, w)[0].astype(np.float64)
    turn = np.where(np.arange(len(w)) == y[:, None], np.exp(1j * m), 1)
    return (s * ((c + 1j * np.sqrt(1 - c * c)) * turn).real).astype(x.dtype)


def sub_center_backward(x, w, y, m, s, g):
    """Class by class, with tangents of length 1 and the slope by the angle."""
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    x_hat, w_hat, (_, k) = _unit(x), _unit(w), class_cosines(x, w)
    x_length = np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    for j in range(len(w)):
        row = w_hat[j, k[:, j]]
        length = np.linalg.norm(w[j].astype(np.float64), axis=1)[k[:, j], None]
        c = (x_hat * row).sum(axis=1, keepdims=True)
        t_x, t_w = row - c * x_hat, x_hat - c * row
        sine = np.linalg.norm(t_x, axis=1, keepdims=True)
        theta = np.arctan2(sine, c) + m * (y == j)[:, None]
        pull = s * g[:, [j]] * np.sin(theta) / sine
        dx += pull * t_x / x_length
        for i, at in enumerate(k[:, j]):
            dw[j, at] += (pull * t_w / length)[i]
    return dx.astype(x.dtype), dw.astype(w.dtype)


def dominant_rows(x, w, y):
    """Votes as a product of two tables of zeros and ones."""
    k = np.take_along_axis(class_cosines(x, w)[1], y.astype(int)[:, None], axis=1)
    of_class = (y[:, None] == np.arange(len(w))).astype(int)
    of_row = (k == np.arange(w.shape[1])).astype(int)
    return (of_class.T @ of_row).argmax(axis=1)


def far_away(x, w, y, degrees):
    """By the chord, which is 2 sin(θ/2)."""
    row = _unit(w)[y, dominant_rows(x, w, y)[y]]
    chord = np.linalg.norm(_unit(x) - row, axis=1)
    return chord > 2 * np.sin(np.radians(degrees) / 2)
