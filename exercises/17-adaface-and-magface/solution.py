"""Exercises of chapter 17, AdaFace and MagFace.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/17-adaface-and-magface

N samples, D features, C classes; a = |x| is the length of a feature, x̂ = x/|x| and ŵ =
w/|w| have length 1, and no row of x or w is zero. Every task may use the functions of
the tasks before it. Arrays are float64 or float32, and a result has the dtype of its
input; inputs are as they were when you return. Up to 12 digits of a float64 result are
compared, and 5 of a float32 one.
"""

import numpy as np


def quality(a, mean, std, h, weight):
    """Task 17.1 (8 points): AdaFace's quality, and the running values that it reads.

    First the batch enters the running mean and the running standard deviation,

        mean ← (1 - weight) mean + weight · (mean of a),

    and std likewise with the batch's standard deviation, whose sum of squares is
    divided by N - 1. A batch of one sample has none and leaves std as it was. Then, by
    these new values,

        q = h (a - mean) / (std + 0.001), kept between -1 and 1.

    a : array (N,), the lengths, float64 or float32
    mean, std : floats, the running values so far
    h : float, above 0
    weight : float, above 0 and up to 1

    Returns the tuple (q, mean, std): an array (N,) of the dtype of a, and the two new
    running values, each a number. About 6 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    mean = (1 - weight) * mean + weight * a.mean()
    if len(a) > 1:
        std = (1 - weight) * std + weight * a.std(ddof=1)
    q = np.clip(h * (a - mean) / (std + 1e-3), -1, 1)
    return q, mean, std
    # END SOLUTION


def ada_margin(c, sine, q, m):
    """Task 17.2 (7 points): AdaFace's ψ, and ρ = -dψ/dθ, by the addition theorems.

    ψ = cos(θ - m q) - m (1 + q), where each angle has a quality of its own.

    c, sine, q : arrays (N,), cos θ, sin θ and the quality, float64 or float32
    m : float, the margin, from 0 up to, but not including, π/2

    Returns the tuple (psi, rho), two arrays (N,) of the dtype of c. About 4 lines; runs
    in microseconds.
    """
    # BEGIN SOLUTION
    turn = -m * q
    psi = c * np.cos(turn) - sine * np.sin(turn) - m * (1 + q)
    rho = sine * np.cos(turn) + c * np.sin(turn)
    return psi, rho
    # END SOLUTION


def ada_backward_x(x, w, y, mean, std, m, h, s):
    """Task 17.3 (11 points): the gradient of AdaFace, to x.

    The logits are s ψ(θ_i) for the right class, with the q of task 17.1 from the length
    of x_i, and s cos θ_ij for the others; the loss is the mean over the batch of the
    softmax cross-entropy. mean and std have the batch in them already: they are used as
    they are. The quality is a constant of the gradient, as in the paper's code, and is
    not differentiated.

    x : array (N, D), the features, float64 or float32
    w : array (C, D), one row a class, of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels
    mean, std : floats
    m, h, s : floats, margin, h and scale

    s may be 5000: exp of a logit is then infinite, exp of a difference to the largest
    is not. No angle to a row of w is below 0.05 or above π - 0.05.

    Returns dx, an array (N, D) of the dtype of x. About 19 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    length = np.linalg.norm(x, axis=1)
    x_hat = x / length[:, None]
    w_hat = w / np.linalg.norm(w, axis=1, keepdims=True)
    z = x_hat @ w_hat.T
    c = z[rows, y]
    across = w_hat[y] - c[:, None] * x_hat
    sine = np.linalg.norm(across, axis=1)
    q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)
    z[rows, y], rho = ada_margin(c, sine, q, m)

    e = np.exp(s * (z - z.max(axis=1, keepdims=True)))
    g = e / e.sum(axis=1, keepdims=True)
    g[rows, y] -= 1
    g /= len(y)
    t_x = across / sine[:, None]
    dx = g @ w_hat + (g[rows, y] * (rho - sine))[:, None] * t_x
    dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat
    return s * dx / length[:, None]
    # END SOLUTION


def held_difference(x, w, y, mean, std, m, h, s, v, step):
    """Task 17.4 (7 points): the difference that task 17.3 is to be checked by.

    With L the loss of task 17.3,

        (L(x + step v) - L(x - step v)) / (2 step).

    It has to hold what the gradient holds: the qualities are those of x itself in both
    losses. Computed anew at x ± step v they would move with the lengths. s may be 5000
    here too, and all arrays are float64.

    x, w, y, mean, std, m, h, s : as in `ada_backward_x`
    v : array (N, D), a direction, float64
    step : float, above 0

    Returns a number. About 16 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    w_hat = w / np.linalg.norm(w, axis=1, keepdims=True)
    length = np.linalg.norm(x, axis=1)
    q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)

    def loss(moved):
        x_hat = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        z = x_hat @ w_hat.T
        c = z[rows, y]
        sine = np.linalg.norm(w_hat[y] - c[:, None] * x_hat, axis=1)
        z[rows, y] = ada_margin(c, sine, q, m)[0]
        z = s * (z - z.max(axis=1, keepdims=True))
        return np.mean(np.log(np.exp(z).sum(axis=1)) - z[rows, y])

    return (loss(x + step * v) - loss(x - step * v)) / (2 * step)
    # END SOLUTION


def length_terms(a, l_a, u_a, l_m, u_m):
    """Task 17.5 (9 points): what MagFace makes of a length, and the two slopes.

    Between l_a and u_a the margin is the straight line m(a) from l_m to u_m, and g(a) =
    1/a + a/u_a². Elsewhere both are what they are at the nearer end. Their slopes by a
    are 0 there, and at the two ends themselves.

    a : array (N,), lengths above 0, float64 or float32
    l_a, u_a : floats, 0 < l_a < u_a
    l_m, u_m : floats, 0 <= l_m <= u_m

    Returns the tuple (m, dm, g, dg), four arrays (N,) of the dtype of a. About 8 lines;
    runs in microseconds.
    """
    # BEGIN SOLUTION
    inside = (a > l_a) & (a < u_a)
    k = (u_m - l_m) / (u_a - l_a)
    b = np.clip(a, l_a, u_a)
    m = l_m + k * (b - l_a)
    dm = np.where(inside, k, np.zeros_like(a))
    g = 1 / b + b / u_a**2
    dg = np.where(inside, 1 / u_a**2 - 1 / b**2, 0)
    return m, dm, g, dg
    # END SOLUTION


def mag_backward_x(x, w, y, l_a, u_a, l_m, u_m, lam, s):
    """Task 17.6 (13 points, demanding): the gradient of MagFace, to x.

    The logits are s cos(θ_i + m(a_i)) for the right class, also past θ + m = π, and
    s cos θ_ij for the others; the loss is the mean over the batch of the softmax
    cross-entropy plus lam g(a_i). Here the length is differentiated too: the slope of
    the loss by a_i goes along x̂_i. s may be 5000 here too.

    x, w, y, s : as in `ada_backward_x`
    l_a, u_a, l_m, u_m : as in `length_terms`
    lam : float, at least 0

    Returns dx, an array (N, D) of the dtype of x. About 21 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    length = np.linalg.norm(x, axis=1)
    x_hat = x / length[:, None]
    w_hat = w / np.linalg.norm(w, axis=1, keepdims=True)
    z = x_hat @ w_hat.T
    c = z[rows, y]
    across = w_hat[y] - c[:, None] * x_hat
    sine = np.linalg.norm(across, axis=1)
    m, dm, _, dg = length_terms(length, l_a, u_a, l_m, u_m)
    z[rows, y] = c * np.cos(m) - sine * np.sin(m)
    rho = sine * np.cos(m) + c * np.sin(m)

    e = np.exp(s * (z - z.max(axis=1, keepdims=True)))
    g = e / e.sum(axis=1, keepdims=True)
    g[rows, y] -= 1
    g /= len(y)
    t_x = across / sine[:, None]
    dx = g @ w_hat + (g[rows, y] * (rho - sine))[:, None] * t_x
    dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat
    radial = -g[rows, y] * s * dm * rho + lam * dg / len(y)
    return s * dx / length[:, None] + radial[:, None] * x_hat
    # END SOLUTION
