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
    raise NotImplementedError


def combined_margin(theta, m1, m2, m3):
    """Task 11.2 (6 points): ψ = cos(m1 θ + m2) - m3, and ρ = -dψ/dθ.

    theta : array of any shape, the angles, float64 or float32
    m1, m2, m3 : floats

    Returns the tuple (psi, rho), two arrays of the shape and dtype of theta. About 2
    lines; runs in microseconds.
    """
    raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError
