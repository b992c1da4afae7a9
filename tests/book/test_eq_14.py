"""The equations of chapter 14, the papers' tables re-measured, as they stand on the
page."""

import math

import numpy as np
import pytest
from equations import equation
from scipy import stats


@equation("table-standard-error")
@pytest.mark.parametrize(("e", "n"), [(0.004, 10_000), (0.3, 50), (0.5, 1)])
def test_the_deviation_of_an_error_rate_is_that_of_a_binomial(e, n):
    """Summed over all numbers of wrong images."""
    wrong = np.arange(n + 1)
    weight = stats.binom.pmf(wrong, n, e)
    mean = (weight * wrong / n).sum()
    deviation = math.sqrt((weight * (wrong / n - mean) ** 2).sum())
    assert deviation == pytest.approx(math.sqrt(e * (1 - e) / n), rel=1e-6)


@equation("table-mcnemar")
@pytest.mark.parametrize("differing", [1, 10, 71])
def test_mcnemars_z_has_deviation_one_for_equals(differing):
    b = np.arange(differing + 1)
    weight = stats.binom.pmf(b, differing, 0.5)
    z = (b - (differing - b)) / math.sqrt(differing)
    assert (weight * z).sum() == pytest.approx(0, abs=1e-12)
    assert (weight * z**2).sum() == pytest.approx(1)


@equation("table-mean")
@pytest.mark.parametrize(("k", "t"), [(3, 4.30), (5, 2.78), (10, 2.26)])
def test_the_interval_covers_the_mean_19_times_in_20(k, t):
    assert t == pytest.approx(stats.t.ppf(0.975, k - 1), abs=0.005)
    runs = np.random.default_rng(0).normal(3.0, 0.7, size=(40_000, k))
    half = t * runs.std(axis=1, ddof=1) / math.sqrt(k)
    assert np.mean(np.abs(runs.mean(axis=1) - 3.0) <= half) == pytest.approx(
        0.95, abs=0.005
    )


@equation("table-maximum")
@pytest.mark.parametrize("k", [2, 3, 10, 100, 10_000])
def test_the_expected_best_of_k_looks_is_bounded(k):
    """E max by integrating x d(Phi^k); without the 2 under the root it is wrong from 10
    on."""
    x = np.linspace(-10, 10, 200_001)
    best = np.trapezoid(x * k * stats.norm.cdf(x) ** (k - 1) * stats.norm.pdf(x), x)
    assert best <= math.sqrt(2 * math.log(k))
    assert k < 10 or best > math.sqrt(math.log(k))
