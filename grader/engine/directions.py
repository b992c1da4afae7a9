"""Vectors at angles that a check chooses, for all chapters that grade margins."""

import numpy as np


def unit(rows: np.ndarray) -> np.ndarray:
    """The rows, each with length 1."""
    return rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))


def any_lengths(rng: np.random.Generator, n: int) -> np.ndarray:
    """Lengths (n, 1), in turn well above 1 and well below it, in a random order."""
    return rng.uniform(1.5, 3, (n, 1)) ** rng.permutation([-1, 1] * n)[:n, None]


def lengths_of_any_order(rng: np.random.Generator, n: int) -> np.ndarray:
    """Lengths (n, 1) from 1e-20 to 1e20: no epsilon is small beside them all."""
    exponents = np.linspace(-20, 20, n) if n > 1 else rng.choice([-20.0, 20.0], size=n)
    return rng.uniform(1, 2, size=(n, 1)) * 10 ** rng.permutation(exponents)[:, None]


def at_angle(rng, a, theta):
    """Unit rows, each at the angle theta[i] from a[i], in a random direction."""
    theta = np.asarray(theta, dtype=np.float64)[:, None]
    across = rng.normal(size=a.shape)
    across = unit(across - (a * across).sum(axis=1, keepdims=True) * a)
    return np.cos(theta) * a + np.sin(theta) * across


def pairs(rng, theta, d=4):
    """Random unit rows a and b, (N, d) each, with the angle theta[i] between them."""
    a = unit(rng.normal(size=(len(theta), d)))
    return a, at_angle(rng, a, theta)
