"""Right answers of chapter 8 by another algebra."""

import numpy as np


def _unit(a):
    lengths = np.sqrt(np.einsum("id,id->i", a, a))[:, None]
    return np.divide(a, lengths, out=np.zeros_like(a), where=lengths > 0)


def _half_angles(x, w):
    """sin(θ/2) and cos(θ/2), as Kahan: from difference and sum of unit vectors."""
    x_hat, w_hat = _unit(x).astype(np.float64), _unit(w).astype(np.float64)
    x_hat /= np.maximum(np.linalg.norm(x_hat, axis=1, keepdims=True), 1e-300)
    w_hat /= np.maximum(np.linalg.norm(w_hat, axis=1, keepdims=True), 1e-300)
    return np.linalg.norm(x_hat - w_hat, axis=1), np.linalg.norm(x_hat + w_hat, axis=1)


def _theta(x, w):
    zero = np.all(x == 0, axis=1) | np.all(w == 0, axis=1)
    return np.where(zero, np.pi / 2, 2 * np.arctan2(*_half_angles(x, w)))


def cos_and_sine(x, w):
    theta = _theta(x, w)
    c = np.where(theta == np.pi / 2, 0, np.cos(theta))
    return c.astype(x.dtype), np.sin(theta).astype(x.dtype)


def arc_margin(c, sine, m, fallback):
    """As the real and the imaginary part of e^{iθ} e^{im}."""
    turned = (c.astype(np.float64) + 1j * sine) * np.exp(1j * m)
    plain = {"none": c > 2, "linear": turned.imag < 0, "easy": c <= 0}[fallback]
    below = m * np.sin(m) if fallback == "linear" else 0.0
    psi, rho = (
        np.where(plain, c - below, turned.real),
        np.where(plain, sine, turned.imag),
    )
    return psi.astype(c.dtype), rho.astype(c.dtype)


def arc_logits(x, w, y, m, s):
    z = np.einsum("id,jd->ij", _unit(x), _unit(w)).astype(np.float64)
    z[np.arange(len(y)), y] = np.cos(_theta(x, w[y]) + m)
    return (s * z).astype(x.dtype)


def arc_backward_x(x, w, y, m, s, g):
    """ρ = sin m cos θ + cos m sin θ: cos m of the plain gradient, and a unit vector."""
    rows, wide_x = np.arange(len(y)), x.astype(np.float64)
    length = np.linalg.norm(wide_x, axis=1, keepdims=True)
    x_hat, w_hat = wide_x / length, _unit(w.astype(np.float64))
    c = x_hat @ w_hat.T
    across = w_hat[None, :, :] - c[:, :, None] * x_hat[:, None, :]
    own = across[rows, y]
    size = np.linalg.norm(own, axis=1, keepdims=True)
    direction = np.where(
        size > 4 * np.finfo(x.dtype).eps, own / np.where(size > 0, size, 1), 0
    )
    turned = np.cos(m) * size * direction + np.sin(m) * c[rows, y][:, None] * direction
    dx = np.einsum("ij,ijd->id", g, across)
    dx += g[rows, y][:, None] * (turned - own)
    return (s * dx / length).astype(x.dtype)
