"""The functions that the checks of this chapter hand to an answer, made from plain arrays."""

import numpy as np


def quadratic(a, b):
    """x -> x'Ax/2 + b'x, whose central difference is exact but for rounding."""
    return lambda x: 0.5 * x @ a @ x + b @ x


def waves(weights, phase):
    """x -> the sum of weights * sin(x + phase), for x of any shape; real and complex."""
    return lambda x: np.sum(weights * np.sin(x + phase))


def growth(weights):
    """x -> the sum of weights * exp(x), real and complex."""
    return lambda x: np.sum(weights * np.exp(x))


def sine(scale):
    """x -> sin(scale x), entry by entry."""
    return lambda x: np.sin(scale * x)


def sine_slope(scale):
    return lambda x: scale * np.cos(scale * x)


def softened(weights, size):
    """x -> size * sum of weights * x^2 / (1 + x^2): smooth, and as small as `size` makes it."""
    return lambda x: size * np.sum(weights * x * x / (1 + x * x))


def softened_slope(weights, size, spoil=""):
    """The gradient of `softened`, or a wrong one: `spoil` says how it is wrong."""

    def right(x):
        return size * weights * 2 * x / (1 + x * x) ** 2

    def one_entry(x):
        slope = right(x)
        slope.flat[np.argmax(np.abs(slope))] *= 1.01
        return slope

    def swapped(x):
        slope = right(x).ravel()
        return np.roll(slope, 1).reshape(x.shape)

    def with_nan(x):
        slope = right(x)
        slope.flat[-1] = np.nan
        return slope

    return {
        "": right,
        "sign": lambda x: -right(x),
        "factor": lambda x: 2 * right(x),
        "slightly": lambda x: 1.0001 * right(x),
        "one entry": one_entry,
        "swapped": swapped,
        "nan": with_nan,
        "infinite": lambda x: right(x) / 0.0,
        "one axis more": lambda x: right(x)[None],
        "one axis less": lambda x: right(x)[0],
    }[spoil]


def constant():
    """x -> 3, whatever x is."""
    return lambda x: 3.0


def no_slope():
    return lambda x: np.zeros_like(x)
