"""Vectors at angles that a check chooses, for all chapters that grade margins."""

import numpy as np


def unit(rows):
    """The rows, each with length 1."""
    return rows / np.sqrt((rows**2).sum(axis=1, keepdims=True))


def any_lengths(rng, n):
    """Lengths (n, 1), in turn well above 1 and well below it, in a random order."""
    return rng.uniform(1.5, 3, (n, 1)) ** rng.permutation([-1, 1] * n)[:n, None]


def lengths_of_any_order(rng, n):
    """Lengths (n, 1) from 1e-20 to 1e20, in a random order: no epsilon is small beside
    them all."""
    exponents = np.linspace(-20, 20, n) if n > 1 else rng.choice([-20.0, 20.0], size=n)
    return rng.uniform(1, 2, size=(n, 1)) * 10 ** rng.permutation(exponents)[:, None]


def at_angle(rng, a, theta):
    """Unit rows, each at the angle theta[i] from the unit row a[i], in a random
    direction."""
    theta = np.asarray(theta, dtype=np.float64)[:, None]
    across = rng.normal(size=a.shape)
    across = unit(across - (a * across).sum(axis=1, keepdims=True) * a)
    return np.cos(theta) * a + np.sin(theta) * across


def pairs(rng, theta, d=4):
    """Random unit rows a and b, each (N, d), with the angle theta[i] between the rows
    i."""
    a = unit(rng.normal(size=(len(theta), d)))
    return a, at_angle(rng, a, theta)
