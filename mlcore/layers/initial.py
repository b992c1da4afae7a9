"""Initial values, drawn on the host: so a seed means the same numbers on every
device."""

import math

import numpy as np


def he_normal(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int
) -> np.ndarray:
    """Weights of variance 2 / fan_in: behind a ReLU the next inputs are as large.

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
    deviation = np.float32(math.sqrt(2 / fan_in))
    return rng.standard_normal(shape, dtype=np.float32) * deviation


def constant(value: float, length: int) -> np.ndarray:
    """A float32 vector that holds `value` everywhere."""
    return np.full(length, value, dtype=np.float32)
