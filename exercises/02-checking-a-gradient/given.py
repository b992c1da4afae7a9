"""The functions that the checks of this chapter hand to an answer."""

import numpy as np


def quadratic(a, b):
    """x -> x'Ax/2 + b'x, whose central difference is exact but for rounding."""
    return lambda x: 0.5 * x @ a @ x + b @ x


def waves(weights, phase):
    """x -> the sum of weights * sin(x + phase), x of any shape, real or complex."""
    return lambda x: np.sum(weights * np.sin(x + phase))


def growth(weights):
    """x -> the sum of weights * exp(x), real and complex."""
    return lambda x: np.sum(weights * np.exp(x))


def sine(scale):
    """x -> sin(scale x), entry by entry."""
    return lambda x: np.sin(scale * x)


def sine_slope(scale):
    return lambda x: scale * np.cos(scale * x)


def softened(weights):
    """x -> the sum of weights * x^2 / (1 + x^2), smooth and as small as the weights."""
    return lambda x: np.sum(weights * x * x / (1 + x * x))


def softened_slope(weights, axes):
    """The gradient of `softened`, as an array of the shape `axes`.

    A wrong gradient is the right one of other weights, or of another shape: one code
    for both, so neither the name nor the code of the function tells which it is.
    """
    return lambda x: np.reshape(weights * 2 * x / (1 + x * x) ** 2, axes)
