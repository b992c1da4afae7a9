"""The grader's own derivative, written plainly: the library's gradcheck is not used to grade."""

import numpy as np


def gradient(function, x, h=1e-6):
    """Central differences in float64 of a scalar `function` at the array `x`, one entry a time."""
    x = np.array(x, dtype=np.float64)
    slopes = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[index] += h
        left[index] -= h
        slopes[index] = (float(function(right)) - float(function(left))) / (2 * h)
    return slopes
