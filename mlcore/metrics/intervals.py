"""How sure a number is that was measured on a sample."""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np

from mlcore.arrays import Array, index_dtype, like, to_numpy
from mlcore.validation import check_integer, check_number, python_number


# [clopper-pearson]
def clopper_pearson(
    successes: int, trials: int, level: float = 0.95
) -> tuple[float, float]:
    """Confidence interval of a probability, from *independent* trials.

    The lower end is the probability with which so many successes or more would happen
    in (1 − level)/2 of all experiments, the upper end the one with which so few or
    fewer would.

    Parameters
    ----------
    successes, trials : int
        0 <= successes <= trials, 1 <= trials <= 10^18.
    level : float in (0, 1)

    Returns
    -------
    (float, float)
        It holds the true probability in at least the share `level` of all experiments,
        whatever that probability is. Of dependent trials, such as pairs that share an
        identity, it is too narrow: see `Verification.interval`.

    Raises
    ------
    ValueError, TypeError
        For an argument that is not as above; the message names it.

    References
    ----------
    Clopper and Pearson, Biometrika 26 (1934).

    Examples
    --------
    >>> low, high = clopper_pearson(0, 300)  # never seen in 300: at most 3.69 / 300
    >>> low, round(high, 4)
    (0.0, 0.0122)
    """
    check_integer("trials", trials, 1)
    check_integer("successes", successes, 0)
    if successes > trials:
        raise ValueError(
            f"successes must be at most trials = {trials}, got {successes}"
        )
    check_number("level", level, 0, 1, low_open=True, high_open=True)
    successes, trials = python_number(successes), python_number(trials)
    if trials > 10**18:
        raise ValueError(f"trials must be at most 10^18, got {trials}")
    if 2 * successes > trials:  # floats are dense near 0, not near 1
        low, high = clopper_pearson(trials - successes, trials, level)
        return 1 - high, 1 - low
    tail, failures = (1 - level) / 2, trials - successes
    if successes > _MANY:
        return (
            _beta_quantile(successes, failures + 1, tail),
            _beta_quantile(successes + 1, failures, 1 - tail),
        )
    # SciPy is slow to import, and most who measure something need no interval.
    from scipy.special import betainc, betaincc

    def above(a, b, p):
        share = betaincc(a, b, p)
        # A browser's SciPy gives NaN in the place of a 1, and of what is nearly 0.
        return 1 - betainc(a, b, p) if math.isnan(share) else share

    low = 0.0
    if successes:
        low = _root(lambda p: betainc(successes, failures + 1, p) < tail)
    high = _root(lambda p: above(successes + 1, failures, p) > tail)
    return low, high


def _root(too_low):
    """The number in [0, 1] up to which `too_low` holds, bisected to the last digit.

    Not SciPy's betaincinv: for 1000 of 10^9 it gives twice the right answer, and beyond
    NaN.
    """
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return middle


_MANY = 10**8  # from here on the expansion below is better than what SciPy computes


def _beta_quantile(a, b, p):
    """Where the beta distribution with large `a` and `b` reaches `p`.

    Abramowitz and Stegun 26.5.22; for `a` of 10^8 wrong by a billionth of a standard
    deviation.
    """
    z = NormalDist().inv_cdf(1 - p)
    u, v = 1 / (2 * a - 1), 1 / (2 * b - 1)
    h, skew = 2 / (u + v), (z * z - 3) / 6
    w = z * math.sqrt(h + skew) / h - (v - u) * (skew + 5 / 6 - 2 / (3 * h))
    return a / (a + b * math.exp(2 * w))


# [/clopper-pearson]


# [resampled]
def resampled(
    same: Array, identities: Array | None, samples: int, seed: int
) -> Iterator[Array]:
    """Bootstrap: draw identities with replacement, and weigh each pair accordingly.

    Parameters
    ----------
    same : array of bool, shape (P,)
    identities : array of integers, shape (P, 2), or None
        With None, pairs are drawn.
    samples : int >= 2
    seed : int

    Yields
    ------
    array of float64, shape (P,)
        Pairs of one identity that was drawn a times count a times, those of two a·b
        times. None is compared with its own copy.

    References
    ----------
    Efron, Annals of Statistics 7 (1979), for the bootstrap. Where pairs share what they
    are made of, it is that which is drawn: Snijders and Borgatti, Connections 22
    (1999), for the vertices of a graph.
    """
    rng = np.random.default_rng(seed)
    kind = to_numpy(same)
    if identities is None:
        place = np.repeat(np.arange(len(kind))[:, None], 2, axis=1)
    else:
        place = np.unique(to_numpy(identities), return_inverse=True)[1].reshape(-1, 2)
    first, second = place.T
    n = int(place.max()) + 1
    done = 0
    while done < samples:
        drawn = rng.integers(0, n, size=n).astype(index_dtype(np))
        drawn = np.bincount(drawn, minlength=n).astype(np.float64)
        weights = np.where(first == second, drawn[first], drawn[first] * drawn[second])
        # One identity drawn again and again has no impostor pairs. That says nothing:
        # draw anew.
        if weights[kind].any() and weights[~kind].any():
            done += 1
            yield like(weights, same)


# [/resampled]


def quantiles(values: Sequence[float], level: float) -> tuple[float, float]:
    """The ends of the middle share `level` of `values`."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
