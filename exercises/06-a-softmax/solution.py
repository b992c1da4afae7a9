"""Exercises of chapter 6, A-Softmax.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/06-a-softmax

N samples, D features, C classes. ŵ_j = w_j/|w_j| is a class vector of length 1, where
|w| is the length of w. Every task may use the functions of the tasks before it. Arrays
are float64 or float32, and a result has the dtype of its input; inputs are as they were
when you return. Up to 12 digits of a float64 result are compared, and 5 of a float32
one.
"""

import numpy as np


def angular_logits(x, w):
    """Task 06.1 (6 points): the logits |x_i| cos θ_ij, θ_ij the angle of x_i and w_j.

    The rows of w have any length, and the logits do not depend on it. A row of zeros
    has no angle, and its logits are 0.

    x : array (N, D), the features, float64 or float32
    w : array (C, D), one row a class, of the dtype of x

    Returns an array (N, C) of the dtype of x. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    lengths = np.linalg.norm(w, axis=1)
    return x @ w.T / np.where(lengths == 0, 1, lengths)
    # END SOLUTION


def through_the_length(d, w):
    """Task 06.2 (7 points): from the gradient by ŵ to the gradient by w.

    Row j of d is the gradient of some loss with respect to ŵ_j = w_j/|w_j|. Only its
    part at right angles to w_j can turn w_j, and a long w_j turns less than a short
    one:

        (d_j - (d_j·ŵ_j) ŵ_j) / |w_j|

    A row of zeros has no direction, and its gradient is 0.

    d : array (C, D), float64 or float32
    w : array (C, D), of the dtype of d

    Returns an array (C, D) of the dtype of d. About 4 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    lengths = np.linalg.norm(w, axis=1, keepdims=True)
    inverse = np.where(lengths == 0, 0, 1 / np.where(lengths == 0, 1, lengths))
    unit = w * inverse
    return (d - np.sum(d * unit, axis=1, keepdims=True) * unit) * inverse
    # END SOLUTION


def margin_logits(x, w, y, m):
    """Task 06.3 (7 points): the logits of A-Softmax.

    Those of task 06.1, but for the target: entry (i, y_i) is |x_i| ψ(θ_i), where θ_i is
    the angle of x_i and w_{y_i}, ψ(θ) = (-1)^k cos mθ - 2k, and k is the interval
    [kπ/m, (k+1)π/m] that holds θ, from 0 to m - 1. Rounding can make a cosine
    1.0000000000000002. A row of zeros in x has the logits 0.

    x : array (N, D), the features, float64 or float32
    w : array (C, D), one row a class, of the dtype of x
    y : array (N,) of integers, the labels
    m : int, at least 1

    Returns an array (N, C) of the dtype of x. About 8 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    z = angular_logits(x, w)
    rows, lengths = np.arange(len(y)), np.linalg.norm(x, axis=1)
    c = z[rows, y] / np.where(lengths == 0, 1, lengths)
    theta = np.arccos(np.clip(c, -1, 1))
    k = np.minimum(np.floor(m * theta / np.pi), m - 1)
    z[rows, y] = lengths * ((1 - 2 * (k % 2)) * np.cos(m * theta) - 2 * k)
    return z
    # END SOLUTION


def margin_backward(x, w, y, m, g):
    """Task 06.4 (12 points, demanding): from the logits' gradient to x's and w's.

    g is the gradient of a loss with respect to the logits of task 06.3. With c = cos θ,
    ρ = -dψ/dθ = (-1)^k m sin mθ, and the unit tangents t_x = (ŵ - c x̂)/|ŵ - c x̂| and
    t_w = (x̂ - c ŵ)/|x̂ - c ŵ|, a target logit |x| ψ has the gradients

        by x: ψ x̂ + ρ t_x        by ŵ: |x| (ψ ŵ + ρ t_w)

    and the last one leads on to w through task 06.2. The other logits are x·ŵ_j. The
    length |ŵ - c x̂| is sin θ, exact also for small angles; where it is 0, take the
    tangent as 0. A class may be the label of several samples, and all of them add to
    its row. No row of x or w is zero here.

    x, w, y, m : as in `margin_logits`
    g : array (N, C), of the dtype of x

    Returns the tuple (dx, dw), arrays (N, D) and (C, D) of the dtype of x. About 18
    lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    w_hat = w / np.linalg.norm(w, axis=1, keepdims=True)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    x_hat, own = x / lengths, w_hat[y]
    c = np.sum(x_hat * own, axis=1, keepdims=True)
    across_x, across_w = own - c * x_hat, x_hat - c * own
    sine = np.linalg.norm(across_x, axis=1, keepdims=True)
    theta = np.arctan2(sine, c)
    k = np.minimum(np.floor(m * theta / np.pi), m - 1)
    sign = 1 - 2 * (k % 2)
    psi, rho = sign * np.cos(m * theta) - 2 * k, sign * m * np.sin(m * theta)
    slope = rho / np.where(sine == 0, 1, sine)

    others = g.copy()
    others[rows, y] = 0
    at_target = g[rows, y][:, None]
    dx = others @ w_hat + at_target * (psi * x_hat + slope * across_x)
    dw = others.T @ x
    np.add.at(dw, y, at_target * lengths * (psi * own + slope * across_w))
    return dx, through_the_length(dw, w)
    # END SOLUTION


def within_and_between(gap, m):
    """Task 06.5 (5 points): how wide a class is, and how far from the other.

    Two class vectors lie in the plane, at an angle `gap`. A feature belongs to the
    first class, with the margin, where m θ1 < θ2, and to the second where m θ2 < θ1; θ1
    and θ2 are its angles to the two class vectors, and an angle is never above π. So
    each class is a sector round its vector, and not the same on both sides: find its
    two edges. On the side away from the other class θ2 is θ1 + gap at first, and
    2π - θ1 - gap once that is smaller.

    gap : array of any shape, float64, above 0 and up to π
    m : float, above 1

    Returns the tuple (within, between), two arrays of the shape of gap, float64: the
    largest angle of two features of one class, and the smallest angle of features of
    different classes. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    near = gap / (m + 1)
    far = np.minimum(gap / (m - 1), (2 * np.pi - gap) / (m + 1))
    return near + far, gap - 2 * near
    # END SOLUTION


def smallest_margin(gap, neighbours):
    """Task 06.6 (4 points): the m from which on `within` is not above `between`.

    With one neighbour, the two classes of task 06.5. With two, many classes in a ring,
    each with a neighbour at the angle `gap` on either side. The answer need not be an
    integer.

    gap : float, above 0 and up to π
    neighbours : 1 or 2

    Returns a float. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    if neighbours == 2:
        return 3.0
    return min(2 + np.sqrt(3.0), 1 + 2 * np.pi / gap)
    # END SOLUTION
