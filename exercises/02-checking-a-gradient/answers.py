"""Exercises of chapter 2, checking a gradient.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/02-checking-a-gradient

Every task may use the functions of the tasks before it. Inputs are as they were when
you return. Up to 12 digits of a result are compared.
"""

import numpy as np


def central_difference(f, x, h):
    """Task 02.1 (5 points): the gradient of f at x by central differences.

    Entry j of the answer is (f(x + h e_j) - f(x - h e_j)) / (2h), where e_j is 1 at
    entry j and 0 elsewhere. Compute in float64 whatever the dtype of x is: at h = 1e-6
    a float32 entry of size 100 would not move at all. `x` is as it was when you return.

    f : takes a float64 array of the shape of x, returns a number
    x : array of any shape; float64, but also float32 or of an integer type
    h : float, the step

    Returns an array of the shape of x, float64. About 9 lines; runs in milliseconds.
    """
    raise NotImplementedError


def relative_error(a, b):
    """Task 02.2 (5 points): how far two gradients are apart, as one number.

    The largest of |a_j - b_j| / max(|a_j|, |b_j|, floor) over all entries j. The floor
    is a thousandth of the largest |a_j| or |b_j| of all, so an entry that should be 0
    and is 1e-17 does not cry wolf. Two gradients of nothing but zeros are equal: 0. If
    there is a NaN in a or b, the answer is NaN or inf, never a small number.

    a, b : arrays of the same shape, float64, at least one entry

    Returns a number (Python float or float64). About 5 lines; runs in microseconds.
    """
    raise NotImplementedError


def complex_step(f, x, h=1e-30):
    """Task 02.3 (4 points): the gradient of f at x by complex steps.

    Entry j is the imaginary part of f(x + i h e_j), divided by h. There is no
    subtraction, so nothing cancels and h may be as small as 1e-30: the answer is
    right to the last digits.

    f : takes a complex128 array of the shape of x, returns a complex number
    x : array of any shape, float64
    h : float, the step

    Returns an array of the shape of x, float64. About 6 lines; runs in milliseconds.
    """
    raise NotImplementedError


def best_exponent(f, derivative, x):
    """Task 02.4 (4 points): the power of ten that is the best step h.

    For h = 1e-1, 1e-2, ... 1e-15, take the central difference
    (f(x + h) - f(x - h)) / (2h) at every entry of x, and its largest distance from the
    true derivative. Where h is large the formula is wrong; where h is small, rounding
    is. Find the h between them.

    f, derivative : take a float64 array, return one of its shape, entry by entry
    x : array (n,), float64

    Returns the exponent of the best h, an integer from -15 to -1. About 6 lines;
    milliseconds.
    """
    raise NotImplementedError


def check_gradient(forward, backward, x):
    """Task 02.5 (8 points): is this backward the gradient of this forward?

    Compare backward(x) with central differences of forward at x, with h = 1e-6, and say
    True where the relative error of task 02.2 is below 1e-6. A check that cannot say
    False proves nothing: yours will be shown wrong gradients of many kinds, some of
    them very small, some of the wrong shape, some NaN.

    forward : takes an array of the shape of x, returns a number
    backward : takes an array of the shape of x; should return an array of that shape
    x : array of any shape, float64

    Returns True or False. About 5 lines; runs in milliseconds.
    """
    raise NotImplementedError
