"""Exercises of chapter 4, L-Softmax.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/04-l-softmax

N samples, D features. c is the cosine of the angle θ between a sample and the weights of its own
class, and m, an integer from 1 on, is the margin. Every task may use the functions of the tasks
before it. Arrays are float64 or float32, and a result has the dtype of its input; inputs are as
they were when you return. Up to 12 digits of a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def chebyshev(m, c):
    """Task 04.1 (6 points): cos mθ and sin mθ / sin θ as polynomials in c = cos θ.

    These are T_m(c) and U_{m-1}(c), and both obey P_{n+1} = 2 c P_n - P_{n-1}. T begins with
    T_0 = 1, T_1 = c, and U with U_0 = 1, U_1 = 2c (so U_{-1} = 0). No arccos: a cosine that
    rounding has pushed to 1.0000000000000002 has no angle, and the polynomials do not mind.

    m : int, at least 1
    c : array of any shape, float64 or float32

    Returns the tuple (T_m, U_{m-1}), two arrays of the shape and dtype of c. About 6 lines; runs
    in microseconds.
    """
    # BEGIN SOLUTION
    t_before, t = np.ones_like(c), c.copy()
    u_before, u = np.zeros_like(c), np.ones_like(c)
    for _ in range(m - 1):
        t_before, t = t, 2 * c * t - t_before
        u_before, u = u, 2 * c * u - u_before
    return t, u
    # END SOLUTION


def interval(c, m):
    """Task 04.2 (4 points): the k with θ in [kπ/m, (k+1)π/m], from c = cos θ without arccos.

    Count the knots that θ has passed: the i in 1, ..., m - 1 with c < cos(iπ/m). A count of m - 1
    things cannot leave 0, ..., m - 1, whatever rounding does to c. (Exactly at a knot both
    neighbours are right.)

    c : array of any shape, float64 or float32
    m : int, at least 1

    Returns an array of the shape of c, of integers in any dtype. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    k = np.zeros(c.shape, dtype=np.int64)
    for i in range(1, m):
        k += c < np.cos(i * np.pi / m)
    return k
    # END SOLUTION


def psi(c, m):
    """Task 04.3 (6 points): ψ = (-1)^k cos mθ - 2k, from c = cos θ.

    c : array of any shape, float64 or float32
    m : int, at least 1

    Returns an array of the shape and dtype of c. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    k = interval(c, m).astype(c.dtype)
    t, _ = chebyshev(m, c)
    return (1 - 2 * (k % 2)) * t - 2 * k
    # END SOLUTION


def target_logit(x, w, m, lam):
    """Task 04.4 (8 points): the logit of the target class, with annealing.

    For each row, f = (lam w·x + |w| |x| ψ(θ)) / (1 + lam), where |x| is the length of x.
    lam = inf stands for no margin, f = w·x. A row of zeros has no angle, and f is 0 there.

    x : array (N, D), the features, float64 or float32
    w : array (N, D), in row i the weights of sample i's own class, of the dtype of x
    m : int, at least 1
    lam : float, at least 0, or inf

    Returns an array (N,) of the dtype of x. About 6 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    inner = np.sum(w * x, axis=1)
    if lam == np.inf:
        return inner
    norms = np.linalg.norm(w, axis=1) * np.linalg.norm(x, axis=1)
    c = inner / np.where(norms == 0, 1, norms)
    return (lam * inner + norms * psi(c, m)) / (1 + lam)
    # END SOLUTION


def target_backward(x, w, m, lam):
    """Task 04.5 (12 points, demanding): the gradient of each target logit by its x and its w.

    With x̂ = x/|x| and ŵ = w/|w|, the part with the margin, |w| |x| ψ(θ), has the gradients

        by x: |w| (ψ x̂ + ρ t_x)        by w: |x| (ψ ŵ + ρ t_w)

    where ρ = -dψ/dθ = (-1)^k m sin θ U_{m-1}(c), and t_x = (ŵ - c x̂) / |ŵ - c x̂| is the unit
    vector at right angles to x̂ that leads toward ŵ; likewise t_w = (x̂ - c ŵ) / |x̂ - c ŵ|. Since
    |ŵ - c x̂| = sin θ, you need not divide at all: nothing is infinite where θ is 0 or π. Weigh
    with lam as in `target_logit`. A row where x or w is zero has no angle, and gets the gradient 0 by
    convention; but for lam = inf f is w·x, whose gradients are w and x in every row.

    x, w, m, lam : as in `target_logit`

    Returns the tuple (dx, dw), two arrays (N, D) of the dtype of x; row i is the gradient of
    f_i. About 20 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    if lam == np.inf:
        return w.copy(), x.copy()
    x_norm = np.linalg.norm(x, axis=1)[:, None]
    w_norm = np.linalg.norm(w, axis=1)[:, None]
    zero = (x_norm == 0) | (w_norm == 0)
    x_hat = x / np.where(zero, 1, x_norm)
    w_hat = w / np.where(zero, 1, w_norm)
    c = np.sum(x_hat * w_hat, axis=1)[:, None]

    k = interval(c, m).astype(c.dtype)
    _, u = chebyshev(m, c)
    radial = psi(c, m)
    # rho / sin(theta); the sine is the length of w_hat - c x_hat
    slope = (1 - 2 * (k % 2)) * m * u
    dx = w_norm * (radial * x_hat + slope * (w_hat - c * x_hat))
    dw = x_norm * (radial * w_hat + slope * (x_hat - c * w_hat))

    dx = (lam * w + dx) / (1 + lam)
    dw = (lam * x + dw) / (1 + lam)
    return np.where(zero, 0, dx), np.where(zero, 0, dw)
    # END SOLUTION


def annealing(t, base, gamma, power, minimum):
    """Task 04.6 (4 points): the schedule λ(t) = max(minimum, base (1 + gamma t)^-power).

    t : array of any shape of integers, the training steps, counted from 1
    base, gamma, power, minimum : floats

    Returns an array of the shape of t, float64. About 1 line; runs in microseconds.
    """
    # BEGIN SOLUTION
    return np.maximum(minimum, base * (1 + gamma * t) ** -power)
    # END SOLUTION
