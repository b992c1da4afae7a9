"""The equations of chapter 12, verification, as they stand on the page."""

import itertools
import math

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose

from mlcore import metrics


def unit(a):
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


def scored(seed=0, n=200):
    rng = np.random.default_rng(seed)
    same = np.arange(n) < n // 2
    return np.round(rng.normal(size=n) + 1.5 * same, 1), same


def rates(scores, same, t):
    far = sum(s >= t for s, k in zip(scores, same, strict=True) if not k) / sum(~same)
    tar = sum(s >= t for s, k in zip(scores, same, strict=True) if k) / sum(same)
    return far, tar


@equation("ver-cosine", "ver-chord")
def test_the_score_is_a_cosine_and_the_chord_says_the_same():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 50, 8))
    score = np.array(
        [u @ v / math.sqrt(u @ u) / math.sqrt(v @ v) for u, v in zip(a, b, strict=True)]
    )
    assert_allclose(metrics.cosines(a, b), score, atol=1e-14)
    chord = np.linalg.norm(unit(a) - unit(b), axis=1)
    assert_allclose(chord**2, 2 - 2 * score, atol=1e-14)


@equation("ver-rates", "ver-tar-at-far")
def test_rates_and_the_best_threshold_within_a_far():
    scores, same = scored()
    v = metrics.verification(scores, same)
    roc = v.roc()
    for far, tar, t in zip(*roc, strict=True):
        assert (far, tar) == rates(scores, same, t)
    for alpha in 0.01, 0.1, 0.25:
        best = max(
            tar for far, tar in (rates(scores, same, t) for t in scores) if far <= alpha
        )
        assert v.tar_at_far(alpha) == best


@equation("ver-eer")
def test_at_the_equal_error_rate_both_errors_are_equal():
    """On scores so many that the staircase is fine, a threshold of equal errors exists
    nearly."""
    scores, same = scored(n=100_000)
    scores = scores + 1e-3 * np.random.default_rng(1).random(len(scores))
    v = metrics.verification(scores, same)
    roc = v.roc()
    at = int(np.argmin(np.abs(roc.far - (1 - roc.tar))))
    assert roc.far[at] == pytest.approx(1 - roc.tar[at], abs=1e-4)
    assert v.eer() == pytest.approx(roc.far[at], abs=1e-4)
    # Two bells 1.5 apart, and the threshold in the middle.
    assert v.eer() == pytest.approx(0.5 * math.erfc(0.75 / math.sqrt(2)), abs=0.005)


@equation("ver-accuracy")
def test_accuracy_from_the_two_rates():
    scores, same = scored()
    same[:30] = False
    share = same.mean()
    for t in -1.0, 0.3, 0.75, 2.0:
        far, tar = rates(scores, same, t)
        right = np.mean((scores >= t) == same)
        assert share * tar + (1 - share) * (1 - far) == pytest.approx(right, abs=1e-12)


@equation("ver-flattery")
@pytest.mark.parametrize("p", [400, 2000])
def test_the_best_threshold_on_worthless_scores(p):
    """The approximation is of the order 1/P too small: the staircase has its steps."""
    rng = np.random.default_rng(0)
    same = np.arange(p) < p // 2
    best = []
    for _ in range(1000):
        walk = np.cumsum(np.where(rng.permutation(same), 1, -1))
        best.append(0.5 + max(0, walk.max()) / p)
    assert np.mean(best) == pytest.approx(0.5 + math.sqrt(math.pi / (8 * p)), abs=1 / p)


def at_most(k, n, q):
    return math.fsum(math.comb(n, i) * q**i * (1 - q) ** (n - i) for i in range(k + 1))


@equation("ver-clopper")
@pytest.mark.parametrize(("k", "n"), [(3, 20), (19, 20), (30, 60)])
def test_the_ends_of_the_interval_are_where_the_count_becomes_unlikely(k, n):
    low, high = metrics.clopper_pearson(k, n)
    assert 1 - at_most(k - 1, n, low) == pytest.approx(0.025, rel=1e-9)
    assert at_most(k, n, high) == pytest.approx(0.025, rel=1e-9)


@equation("ver-three")
def test_the_rule_for_an_error_never_seen():
    for n in 50, 300, 6000:
        _, high = metrics.clopper_pearson(0, n)
        assert high == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-9)
        assert high == pytest.approx(3.69 / n, rel=3 / n + 1e-3)


@equation("ver-design")
@pytest.mark.parametrize(("n", "k"), [(1, 3), (2, 2), (3, 2)])
def test_the_variance_of_a_share_of_dependent_pairs(n, k):
    """Exactly, by all outcomes: a person is easy or hard, and given that his pairs are
    coin tosses."""
    # how many are so, how often their pairs are accepted
    kinds = [(0.7, 0.95), (0.3, 0.4)]
    p = sum(weight * q for weight, q in kinds)
    r = sum(weight * (q - p) ** 2 for weight, q in kinds) / (p * (1 - p))
    moments = [0.0, 0.0]
    one_person = {
        accepted: sum(
            w * math.comb(k, accepted) * q**accepted * (1 - q) ** (k - accepted)
            for w, q in kinds
        )
        for accepted in range(k + 1)
    }
    for accepted in itertools.product(range(k + 1), repeat=n):
        probability = math.prod(one_person[a] for a in accepted)
        share = sum(accepted) / (n * k)
        moments[0] += probability * share
        moments[1] += probability * share**2
    page = p * (1 - p) / (n * k) * (1 + (k - 1) * r)
    assert moments[0] == pytest.approx(p)
    assert moments[1] - moments[0] ** 2 == pytest.approx(page)


@equation("ver-strangers")
@pytest.mark.parametrize("d", [2, 5, 64])
def test_the_cosine_of_two_random_directions(d):
    rng = np.random.default_rng(0)
    s = metrics.cosines(*rng.normal(size=(2, 200_000, d)))
    assert s.mean() == pytest.approx(0, abs=4 / math.sqrt(200_000 * d))
    assert (s**2).mean() == pytest.approx(1 / d, rel=0.02)


@equation("ver-genuine", "ver-impostor")
def test_mean_scores_are_products_of_class_means():
    rng = np.random.default_rng(0)
    n, d = 9, 5
    x = unit(rng.normal(size=(2, n, d)) + 2 * rng.normal(size=(2, 1, d)))
    m = x.mean(axis=1)
    pairs = metrics.all_pairs(x.reshape(-1, d), np.repeat([0, 1], n))
    impostor = pairs.scores[~pairs.same].mean()
    beta = math.acos(unit(m)[0] @ unit(m)[1])
    assert impostor == pytest.approx(m[0] @ m[1])
    assert impostor == pytest.approx(
        np.linalg.norm(m[0]) * np.linalg.norm(m[1]) * math.cos(beta)
    )
    for j in 0, 1:
        own = pairs.scores[(pairs.identities == j).all(axis=1)]
        assert own.mean() == pytest.approx((n * (m[j] @ m[j]) - 1) / (n - 1))
        # The length is the mean cosine to the direction of the class.
        assert np.linalg.norm(m[j]) == pytest.approx((x[j] @ unit(m[j])).mean())


@equation("ver-gallery")
def test_a_search_through_a_list():
    rng = np.random.default_rng(0)
    for far, n in [(1e-3, 100), (1e-2, 30), (1e-3, 10_000)]:
        page = 1 - (1 - far) ** n
        assert (rng.binomial(n, far, size=100_000) > 0).mean() == pytest.approx(
            page, abs=0.006
        )
        assert page <= n * far
    page = 1 - (1 - 1e-6) ** 1000
    assert page == pytest.approx(1000 * 1e-6, rel=1e-3)
