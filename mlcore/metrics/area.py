"""The area under a ROC, from counts of pairs, and how sure it is."""

import math
from statistics import NormalDist

from mlcore.arrays import array_namespace


# [auc]
def area(genuine, impostor):
    """Probability that a genuine pair scores higher than an impostor pair; equal scores
    count ½.

    Parameters
    ----------
    genuine, impostor : array of float64, shape (K,)
        How many pairs of each kind have the k-th of the different scores, the highest
        first.

    Returns
    -------
    area : float
    placement_g, placement_i : arrays, shape (K,)
        For a genuine pair with that score the share of the impostor pairs below it, for
        an impostor pair the share of the genuine ones above. The mean of either is the
        area.
    """
    xp = array_namespace(genuine, impostor)
    # Those above, and half of the equals: whole and half numbers, exact.
    g_above, i_above = (
        xp.cumulative_sum(counts) - counts / 2 for counts in (genuine, impostor)
    )
    g, i = float(xp.sum(genuine)), float(xp.sum(impostor))
    value = float(xp.sum(impostor * g_above)) / (g * i)
    return value, (i - i_above) / i, g_above / g


def delong(genuine, impostor, level):
    """Confidence interval of the area: see `Verification.auc_interval`."""
    xp = array_namespace(genuine, impostor)
    value, *placements = area(genuine, impostor)
    variance = 0.0
    for counts, placement in zip((genuine, impostor), placements, strict=True):
        n = float(xp.sum(counts))
        variance += float(xp.sum(counts * xp.square(placement - value))) / (n - 1) / n
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return max(0.0, value - half), min(1.0, value + half)


# [/auc]
