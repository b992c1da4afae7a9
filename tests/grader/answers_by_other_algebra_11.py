"""Right answers of chapter 11 by another algebra."""

import numpy as np


def _unit(a):
    return a / np.sqrt(np.einsum("id,id->i", a, a))[:, None]


def radial_and_tangential(d, v):
    """With the matrix 1 - v v'/|v|²."""
    square = np.einsum("id,id->i", v, v)[:, None, None]
    across = np.eye(v.shape[1], dtype=v.dtype) - v[:, :, None] * v[:, None, :] / square
    inner = np.einsum("id,id->i", d, v)
    return inner / np.sqrt(square[:, 0, 0]), np.einsum("iab,ib->ia", across, d)


def combined_margin(theta, m1, m2, m3):
    turned = np.exp(1j * (m1 * theta.astype(np.float64) + m2))
    return (turned.real - m3).astype(theta.dtype), (m1 * turned.imag).astype(
        theta.dtype
    )


def margin_gradient(x, w, psi, rho, s, keeps_x, keeps_w):
    """Gram-Schmidt in the plane of x and w: both tangents from one orthonormal pair."""
    wide_x, wide_w = x.astype(np.float64), w.astype(np.float64)
    a, b = _unit(wide_x), _unit(wide_w)
    c = np.einsum("id,id->i", a, b)[:, None]
    second = b - c * a
    sine = np.sqrt(np.einsum("id,id->i", second, second))[:, None]
    known = sine > 4 * np.finfo(x.dtype).eps
    second = np.where(known, second / np.where(known, sine, 1), 0)
    t_w = np.where(known, sine * a - c * second, 0)
    f = np.ones_like(c)
    f = f * (np.linalg.norm(wide_x, axis=1)[:, None] if keeps_x else s)
    f = f * (np.linalg.norm(wide_w, axis=1)[:, None] if keeps_w else 1)
    value, slope = psi[:, None], rho[:, None]
    dx = (
        f
        * ((value if keeps_x else 0) * a + slope * second)
        * (wide_x * a).sum(1)[:, None] ** -1
    )
    dw = (
        f
        * ((value if keeps_w else 0) * b + slope * t_w)
        * (wide_w * b).sum(1)[:, None] ** -1
    )
    return dx.astype(x.dtype), dw.astype(w.dtype)


def target_angle(x, w, y):
    """Kahan's: twice the arc tangent of chord and diagonal."""
    a, b = _unit(x), _unit(w)[y]
    return np.mean(
        2 * np.arctan2(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
    )


def fisher_score(x, y):
    member = (y[:, None] == np.unique(y)).astype(float)
    sums, a = member.T @ x, _unit(x)
    own = member @ _unit(sums)
    whole = _unit(sums.sum(axis=0)[None, :])
    return np.square(a - own).sum() / np.square(own - whole).sum()
