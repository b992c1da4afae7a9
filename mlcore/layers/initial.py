"""Initial values, drawn on the host: so a seed means the same numbers on every
device."""

import math

import numpy as np


def he_normal(rng, shape, fan_in):
    """Weights of variance 2 / fan_in: behind a ReLU the next layer sees inputs of the
    same size.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
    fan_in : int
        How many inputs each output sums.

    Returns
    -------
    numpy.ndarray of float32

    References
    ----------
    He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10.
    """
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(
        math.sqrt(2 / fan_in)
    )


def constant(value, length):
    """A float32 vector that holds `value` everywhere."""
    return np.full(length, value, dtype=np.float32)
