"""Exercises of chapter 11, all margins in one picture.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/11-one-picture

N samples, D features, C classes; x̂ = x/|x| and ŵ = w/|w| have length 1. Every task may
use the functions of the tasks before it. Arrays are float64 or float32, and a result
has the dtype of its input; inputs are as they were when you return. Up to 12 digits of
a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def radial_and_tangential(d, v):
    """Task 11.1 (6 points): the two parts of a gradient, along its vector and across.

    Write each row as d_i = r_i v̂_i + t_i, with v̂_i = v_i/|v_i| and t_i at right
    angles to v_i. The radial part r has a sign: it is below 0 where d points against v.
    No row of v is zero.

    d : array (N, D), float64 or float32
    v : array (N, D), of any lengths, of the dtype of d

    Returns the tuple (radial, tangent), arrays (N,) and (N, D) of the dtype of d. About
    3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    unit = v / np.linalg.norm(v, axis=1, keepdims=True)
    radial = np.sum(d * unit, axis=1)
    return radial, d - radial[:, None] * unit
    # END SOLUTION


def combined_margin(theta, m1, m2, m3):
    """Task 11.2 (6 points): ψ = cos(m1 θ + m2) - m3, and ρ = -dψ/dθ.

    theta : array of any shape, the angles, float64 or float32
    m1, m2, m3 : floats

    Returns the tuple (psi, rho), two arrays of the shape and dtype of theta. About 2
    lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    widened = m1 * theta + m2
    return np.cos(widened) - m3, m1 * np.sin(widened)
    # END SOLUTION


def margin_gradient(x, w, psi, rho, s, keeps_x, keeps_w):
    """Task 11.3 (9 points, demanding): the target logit's gradient, for any margin.

    For each row the target logit is f = u v ψ(θ), with u = |x| if the loss keeps the
    length of x and u = s if it normalises it, v = |w| if it keeps the length of w and
    v = 1 if not. Given ψ and ρ = -dψ/dθ at the angle of each row, its gradient by x is

        (u v / |x|) ([x keeps its length] ψ x̂ + ρ t_x),
        t_x = (ŵ - c x̂) / |ŵ - c x̂|

    where c = cos θ and a bracket is 1 if it is true and else 0; likewise by w. Where
    |ŵ - c x̂| is at most 4 eps, eps being np.finfo(x.dtype).eps, take the tangents
    as 0. No row is zero.

    x : array (N, D), the features, float64 or float32
    w : array (N, D), in row i the weights of sample i's own class, of the dtype of x
    psi, rho : arrays (N,), of the dtype of x
    s : float, the scale of losses that normalise x
    keeps_x, keeps_w : bools

    Returns the tuple (dx, dw), two arrays (N, D) of the dtype of x. About 13 lines;
    runs in microseconds.
    """
    # BEGIN SOLUTION
    x_length = np.linalg.norm(x, axis=1, keepdims=True)
    w_length = np.linalg.norm(w, axis=1, keepdims=True)
    x_hat, w_hat = x / x_length, w / w_length
    product = (x_length if keeps_x else s) * (w_length if keeps_w else 1)

    c = np.sum(x_hat * w_hat, axis=1, keepdims=True)
    across_x, across_w = w_hat - c * x_hat, x_hat - c * w_hat
    sine = np.linalg.norm(across_x, axis=1, keepdims=True)
    known = sine > 4 * np.finfo(x.dtype).eps
    slope = np.where(known, rho[:, None] / np.where(known, sine, 1), 0)

    dx = product / x_length * (keeps_x * psi[:, None] * x_hat + slope * across_x)
    dw = product / w_length * (keeps_w * psi[:, None] * w_hat + slope * across_w)
    return dx, dw
    # END SOLUTION


def target_angle(x, w, y):
    """Task 11.4 (5 points): the mean angle between features and their class vectors.

    In radians, and right for angles of 1e-9 too: arccos knows nothing below 1e-8, and
    has no value where rounding pushes a cosine past 1. np.arctan2(sine, cosine) is
    exact everywhere; task 11.1 knows a sine that is.

    x : array (N, D), the features, float64
    w : array (C, D), one row a class, float64
    y : array (N,) of integers, the labels

    Returns one number. About 5 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    x_hat = x / np.linalg.norm(x, axis=1, keepdims=True)
    w_hat = w / np.linalg.norm(w, axis=1, keepdims=True)
    cosine, across = radial_and_tangential(x_hat, w_hat[y])
    theta = np.arctan2(np.linalg.norm(across, axis=1), cosine)
    return np.mean(theta)
    # END SOLUTION


def fisher_score(x, y):
    """Task 11.5 (6 points): the angular Fisher score of features; small is good.

    With m_j the mean of the n_j features of class j, m the mean of all N features, both
    of the features as they are, and cos(a, b) the cosine of the angle between a and b,

        (Σ_i 1 - cos(x_i, m_{y_i})) / (Σ_j n_j (1 - cos(m_j, m)))

    where j runs over the labels that occur. For classes that are very tight, 1 - cos
    loses its digits; for unit vectors it is |a - b|²/2, which does not.

    x : array (N, D), the features, float64
    y : array (N,) of integers, the labels, at least two different ones

    Returns one number. About 9 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    labels, place, n = np.unique(y, return_inverse=True, return_counts=True)
    means = np.array([x[y == label].mean(axis=0) for label in labels])
    mean = x.mean(axis=0)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    mean /= np.linalg.norm(mean)
    units = x / np.linalg.norm(x, axis=1, keepdims=True)
    within = np.sum((units - means[place]) ** 2) / 2
    between = np.sum(n[:, None] * (means - mean) ** 2) / 2
    return within / between
    # END SOLUTION
