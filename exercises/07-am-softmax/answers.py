"""Exercises of chapter 7, AM-Softmax.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/07-am-softmax

N samples, D features, C classes; x̂ = x/|x| and ŵ = w/|w| have length 1. Every task may
use the functions of the tasks before it. Arrays are float64 or float32, and a result
has the dtype of its input; inputs are as they were when you return. Up to 12 digits of
a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def cosine_margin_logits(x, w, y, m, s):
    """Task 07.1 (7 points): the logits s (cos θ_ij - m [j = y_i]).

    θ_ij is the angle of x_i and w_j; the lengths of both do not matter. A row of zeros
    has no angle, and its cosines are 0.

    x : array (N, D), the features, float64 or float32
    w : array (C, D), one row a class, of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels
    m : float, the margin
    s : float, the scale, above 0

    Returns an array (N, C) of the dtype of x. About 7 lines; runs in microseconds.
    """
    raise NotImplementedError


def cosine_backward(x, w, g, s):
    """Task 07.2 (9 points, demanding): from the logits' gradient to x's and w's.

    g is the gradient of a loss with respect to the logits of task 07.1. Neither the
    labels nor m are needed: m is a constant, and what is left is s x̂·ŵ_j in every
    class. By x̂ and ŵ that is one matrix product each. Then both vectors are
    normalised, so each gradient loses its part along its vector and is divided by its
    length:

        dx_i = (d_i - (d_i·x̂_i) x̂_i) / |x_i|,        and dw_j likewise.

    No row of x or w is zero here.

    x, w : as in `cosine_margin_logits`
    g : array (N, C), of the dtype of x
    s : float, the scale, above 0

    Returns the tuple (dx, dw), arrays (N, D) and (C, D) of the dtype of x. About 7
    lines; runs in microseconds.
    """
    raise NotImplementedError


def scale_gradient(c, y, m, s):
    """Task 07.3 (6 points): the derivative of the loss with respect to the scale s.

    The loss is the mean over the batch of the softmax cross-entropies of the logits
    s (c_ij - m [j = y_i]). Some code learns s by this derivative. s is 64 in practice,
    so form the softmax without overflow.

    c : array (N, C), the cosines, float64 or float32
    y : array (N,) of integers (int64, int32 or uint8), the labels
    m : float, the margin
    s : float, the scale, above 0

    Returns one number. About 6 lines; runs in microseconds.
    """
    raise NotImplementedError


def smallest_scale(classes, p):
    """Task 07.4 (4 points): the scale below which a probability cannot be reached.

    Suppose everything is at its best: each feature lies on its class vector, and the C
    class vectors are as far from each other as they can be, each pair at the cosine
    -1/(C - 1). Without a margin, which scale s makes the softmax probability of the
    target equal to p?

    classes : int, C, at least 2
    p : float or array of any shape, float64, above 1/C and below 1

    Returns s, a float or an array of the shape of p, float64. About 1 line; runs in
    microseconds.
    """
    raise NotImplementedError


def largest_margin(classes, dimension):
    """Task 07.5 (5 points): the largest m that a feature on its class vector can meet.

    A feature on its own class vector, at cos θ = 1, wins with the margin m if 1 - m is
    at least its largest cosine to another class. The C class vectors are as far apart
    as they can be: in the plane (dimension 2) at equal angles round the circle; in
    C - 1 or more dimensions each pair at the cosine -1/(C - 1). What lies between these
    two has no simple formula and is not asked.

    classes : int, C, at least 2
    dimension : int, either 2 or at least C - 1

    Returns the largest m, a float. About 3 lines; runs in microseconds.
    """
    raise NotImplementedError
