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
    psi, rho = turned.real - m3, m1 * turned.imag
    return psi.astype(theta.dtype), rho.astype(theta.dtype)


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
    # |x| as x·x̂, and likewise |w|
    x_length = np.einsum("id,id->i", wide_x, a)[:, None]
    w_length = np.einsum("id,id->i", wide_w, b)[:, None]
    f = (x_length if keeps_x else s) * (w_length if keeps_w else 1)
    value, slope = psi[:, None], rho[:, None]
    dx = f / x_length * ((value if keeps_x else 0) * a + slope * second)
    dw = f / w_length * ((value if keeps_w else 0) * b + slope * t_w)
    return dx.astype(x.dtype), dw.astype(w.dtype)


def target_angle(x, w, y):
    """Kahan's: twice the arc tangent of chord and diagonal."""
    a, b = _unit(x), _unit(w)[y]
    chord, diagonal = np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1)
    return 2 * np.mean(np.arctan2(chord, diagonal))


def fisher_score(x, y):
    member = (y[:, None] == np.unique(y)).astype(float)
    sums, a = member.T @ x, _unit(x)
    own = member @ _unit(sums)
    whole = _unit(sums.sum(axis=0)[None, :])
    return np.square(a - own).sum() / np.square(own - whole).sum()
