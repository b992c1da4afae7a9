"""The grader's own derivative, plainly: it grades without the library's gradcheck."""

import numpy as np


def gradient(function, x, h=1e-6, rng=None):
    """Central differences in float64 of a scalar `function`, entry by entry of `x`.

    With `rng` the function is asked in a random order: a student's forward that plays
    back what it once returned, in the old order, has then no longer the old gradient.
    """
    x = np.array(x, dtype=np.float64)
    points = [(index, side) for index in np.ndindex(x.shape) for side in (0, 1)]
    values = np.zeros((*x.shape, 2))  # to the left and to the right
    for n in (
        range(len(points)) if rng is None else rng.permutation(len(points)).tolist()
    ):
        index, side = points[n]
        moved = x.copy()
        moved[index] += (-h, h)[side]
        values[(*index, side)] = float(function(moved))
    return (values[..., 1] - values[..., 0]) / (2 * h)
