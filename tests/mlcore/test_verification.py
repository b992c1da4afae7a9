"""Decisions on pairs, against loops over plain numbers and against scikit-learn."""

import dataclasses
import itertools
import math
from collections import Counter
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammainccinv, gammaincinv

from mlcore import metrics
from mlcore.arrays import to_numpy
from mlcore.metrics.folds import best_threshold
from mlcore.metrics.intervals import resampled


def pairs(seed=0, n=60, levels=12):
    """Scores with many ties, genuine ones higher in the mean."""
    rng = np.random.default_rng(seed)
    same = np.r_[True, False, rng.random(n - 2) < 0.4]
    return np.round(levels * (rng.random(n) + 0.3 * same)) / levels, same


def shares(scores, same, threshold):
    """(FAR, TAR) of one threshold, as fractions."""
    kinds = [
        [s >= threshold for s, k in zip(scores, same, strict=True) if k == kind]
        for kind in (0, 1)
    ]
    return tuple(Fraction(sum(kind), len(kind)) for kind in kinds)


def moved(xp, *arrays):
    return tuple(xp.asarray(a) for a in arrays)


def listed(array):
    return to_numpy(array).tolist()


# The curve and its points
# ------------------------------------------------------------------------


def test_roc_is_every_threshold_tried(xp):
    scores, same = pairs()
    roc = metrics.verification(*moved(xp, scores, same)).roc()
    cuts = [math.inf, *sorted(set(scores.tolist()), reverse=True)]
    assert listed(roc.thresholds) == cuts
    expected = [shares(scores, same, cut) for cut in cuts]
    assert listed(roc.far) == [float(far) for far, _ in expected]
    assert listed(roc.tar) == [float(tar) for _, tar in expected]


def test_roc_is_that_of_scikit_learn():
    scores, same = pairs(1, n=500, levels=40)
    far, tar, thresholds = metrics.verification(scores, same).roc()
    expected = sklearn.metrics.roc_curve(same, scores, drop_intermediate=False)
    for ours, theirs in zip((far, tar, thresholds), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-15)


@pytest.mark.parametrize("far", [0, 0.05, 0.1, 1 / 3, 0.5, 1])
def test_tar_at_far_is_the_best_of_the_thresholds_allowed(xp, far):
    scores, same = pairs(2)
    allowed = [
        (tar, reached)
        for cut in [math.inf, *scores.tolist()]
        for reached, tar in [shares(scores, same, cut)]
        if float(reached) <= far
    ]
    tar, reached = max(allowed)
    v = metrics.verification(*moved(xp, scores, same))
    assert v.tar_at_far(far) == float(tar)
    point = v.at_far(far)
    assert (point.far, point.tar) == (float(reached), float(tar))
    assert shares(scores, same, point.threshold) == (reached, tar)


@pytest.mark.parametrize("impostors", range(1, 60))
def test_a_far_of_whole_pairs_is_reached_exactly(impostors):
    """k/n asked for must allow k pairs for every k and n: no rounding may take one
    away."""
    scores = np.arange(impostors + 1, dtype=np.float64)
    same = np.r_[True, np.zeros(impostors, dtype=bool)]
    v = metrics.verification(scores, same)
    for k in range(impostors + 1):
        assert v.at_far(k / impostors).far == k / impostors


def test_a_far_by_subtraction_is_the_far_that_is_meant():
    """1 - 0.9 is 0.09999999999999998, and 0.3 - 0.2 too: no pair is lost by a rounding
    error."""
    scores = np.arange(22, dtype=np.float64)
    v = metrics.verification(scores, np.r_[np.tile([False, True], 10), False, True])
    v10 = metrics.verification(scores[:20], np.tile([False, True], 10))
    for k in range(1, 10):
        asked = [
            k / 10,
            1 - (10 - k) / 10,
            sum([0.1] * k),
            0.1 * k,
            1 - sum([0.1] * (10 - k)),
        ]
        assert {v10.at_far(far).far for far in asked} == {k / 10}
        assert {v10.tar_at_far(far) for far in asked} == {v10.tar_at_far(k / 10)}
    # 11 impostor pairs: a tenth of them is one pair and a bit.
    assert v.at_far(1 - 0.9).far == 1 / 11
    n = 10_000
    v = metrics.verification(np.arange(n + 1.0), np.arange(n + 1) == 0)
    for far in (0.001, 1 - 0.999, 1 - 0.9999, 1e-4):
        assert v.at_far(far).far == round(far * n) / n


def test_equal_scores_are_accepted_together():
    """A genuine and an impostor pair at 0.8: there is no threshold between them."""
    v = metrics.verification(
        np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, True, False, False])
    )
    assert v.tar_at_far(0) == 0.5
    assert v.tar_at_far(0.5) == 1.0
    collapsed = metrics.verification(np.zeros(10), np.arange(10) < 3)
    assert collapsed.tar_at_far(0.9) == 0
    assert collapsed.eer() == 0.5


def test_the_order_of_tied_pairs_does_not_matter():
    scores, same = pairs(3)
    answers = set()
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(same))
        v = metrics.verification(scores[order], same[order])
        answers.add((v.eer(), v.tar_at_far(0.1), *v.roc().tar.tolist()))
    assert len(answers) == 1


# Equal error rate
# ------------------------------------------------------------------------


def test_eer_is_where_the_drawn_curve_crosses_the_diagonal(xp):
    for seed in range(10):
        scores, same = pairs(seed)
        v = metrics.verification(*moved(xp, scores, same))
        far, tar = listed(v.roc().far), listed(v.roc().tar)
        # Walk along the drawn curve, by arc, until it is on the other side.
        low, high = 0.0, len(far) - 1.0
        for _ in range(60):
            middle = (low + high) / 2
            x, y = (np.interp(middle, range(len(far)), v) for v in (far, tar))
            low, high = (middle, high) if x < 1 - y else (low, middle)
        assert v.eer() == pytest.approx(np.interp(low, range(len(far)), far), abs=1e-12)


def test_eer_by_hand():
    """3 genuine, 2 impostor: FAR 1/2 and FRR 1/3 at 0.5, FAR 0 and FRR 1/3 above: the
    crossing is on the horizontal piece at FRR 1/3."""
    v = metrics.verification(
        np.array([0.9, 0.7, 0.5, 0.4, 0.1]), np.array([True, True, False, True, False])
    )
    assert v.eer() == pytest.approx(1 / 3, abs=1e-15)


@given(st.integers(0, 10_000))
def test_nothing_but_the_order_of_scores_matters(seed):
    scores, same = pairs(seed)
    v, w = (metrics.verification(f, same) for f in (scores, np.exp(3 * scores) - 7))
    assert v.eer() == w.eer()
    assert v.tar_at_far(0.2) == w.tar_at_far(0.2)
    assert v.kfold_accuracy(2) == pytest.approx(w.kfold_accuracy(2), abs=0.1)


@given(st.integers(0, 10_000))
def test_eer_does_not_see_which_kind_is_called_genuine(seed):
    scores, same = pairs(seed)
    mirrored = metrics.verification(-scores, ~same).eer()
    assert metrics.verification(scores, same).eer() == pytest.approx(
        mirrored, abs=1e-14
    )


def test_perfect_and_worthless_scores():
    same = np.arange(40) < 20
    perfect = metrics.verification(np.where(same, 0.9, 0.1), same)
    assert (perfect.eer(), perfect.tar_at_far(0), perfect.kfold_accuracy(10)) == (
        0,
        1,
        1,
    )
    reversed_ = metrics.verification(np.where(same, 0.1, 0.9), same)
    assert (reversed_.eer(), reversed_.tar_at_far(0)) == (1, 0)


# Area under the curve
# ------------------------------------------------------------------------


def area_by_loops(scores, same):
    """Of all pairs of a genuine and an impostor pair, the share in the right order;
    ties are half. Also the variance of DeLong, DeLong and Clarke-Pearson, as their
    paper writes it."""
    genuine, impostor = scores[same].tolist(), scores[~same].tolist()
    psi = [[Fraction(2 * (g > i) + (g == i), 2) for i in impostor] for g in genuine]
    m, n = len(genuine), len(impostor)
    theta = sum(map(sum, psi)) / (m * n)
    v10 = [sum(row) / n for row in psi]
    v01 = [sum(row[j] for row in psi) / m for j in range(n)]
    s10 = sum((v - theta) ** 2 for v in v10) / (m - 1)
    s01 = sum((v - theta) ** 2 for v in v01) / (n - 1)
    return theta, s10 / m + s01 / n


@pytest.mark.parametrize("levels", [1, 3, 12, 1000])
def test_auc_is_the_share_of_comparisons_won(xp, levels):
    for seed in range(5):
        scores, same = pairs(seed, levels=levels)
        v = metrics.verification(*moved(xp, scores, same))
        theta, variance = area_by_loops(scores, same)
        assert v.auc() == float(theta)
        assert v.auc() == pytest.approx(
            sklearn.metrics.roc_auc_score(same, scores), abs=1e-14
        )
        # the normal distribution's 95 %
        half = 1.6448536269514722 * math.sqrt(variance)
        expected = max(0, theta - half), min(1, theta + half)
        assert v.auc_interval(level=0.9) == pytest.approx(expected, abs=1e-13)


def test_auc_is_the_area_under_the_drawn_curve(xp):
    roc = metrics.verification(*moved(xp, *pairs(4))).roc()
    assert metrics.verification(*moved(xp, *pairs(4))).auc() == pytest.approx(
        np.trapezoid(listed(roc.tar), listed(roc.far)), abs=1e-14
    )


def test_auc_by_hand():
    """Genuine 3 and 1, impostor 2, 1 and 0: of 6 comparisons 4 are won and one is a
    tie."""
    v = metrics.verification(np.array([3.0, 1, 2, 1, 0]), np.array([1, 1, 0, 0, 0]))
    assert v.auc() == 4.5 / 6
    same = np.array([True, True, False, False])
    assert metrics.verification(np.array([4.0, 3, 2, 1]), same).auc() == 1
    assert metrics.verification(np.array([1.0, 2, 3, 4]), same).auc() == 0
    assert metrics.verification(np.ones(4), same).auc() == 0.5


@given(st.integers(0, 10_000))
def test_auc_sees_the_order_of_scores_only_and_turns_over_with_them(seed):
    scores, same = pairs(seed)
    auc = metrics.verification(scores, same).auc()
    assert metrics.verification(np.exp(3 * scores) - 7, same).auc() == auc
    assert metrics.verification(-scores, same).auc() == pytest.approx(
        1 - auc, abs=1e-15
    )
    assert metrics.verification(scores, ~same).auc() == pytest.approx(
        1 - auc, abs=1e-15
    )


def test_auc_interval_holds_the_true_area_as_often_as_it_says():
    """Normal scores one standard deviation and a half apart: the area is Φ(1.5 /
    sqrt(2)). In 400 experiments the share has a standard error of 1.1 % (2 % at 80 %).
    By the normal approximation it is a little less than promised, here by about 1 %."""
    truth = 0.5 * (1 + math.erf(1.5 / 2))
    rng = np.random.default_rng(0)
    same = np.arange(110) < 50
    held = {0.95: 0, 0.8: 0}
    for _ in range(400):
        v = metrics.verification(rng.standard_normal(110) + 1.5 * same, same)
        for level in held:
            low, high = v.auc_interval(level)
            held[level] += low <= truth <= high
    assert held[0.95] / 400 == pytest.approx(0.94, abs=0.033)
    assert held[0.8] / 400 == pytest.approx(0.79, abs=0.06)


def test_auc_of_identities_is_resampled_by_identities():
    sample = identities_and_scores(identities=8)
    v = metrics.verification(*sample[:3])
    low, high = v.interval(metrics.Verification.auc, samples=100)
    assert low < v.auc() < high
    order = np.argsort(-sample.scores, kind="stable")
    scores, same, identities = (a[order] for a in sample[:3])
    for weights in resampled(same, identities, samples=3, seed=0):
        repeated = np.repeat(np.arange(len(same)), weights.astype(int))
        copies = metrics.verification(scores[repeated], same[repeated])
        weighted = dataclasses.replace(v, weights=weights)
        assert weighted.auc() == copies.auc()
        assert weighted.auc_interval() == pytest.approx(
            copies.auc_interval(), abs=1e-14
        )


# Folds
# ------------------------------------------------------------------------


def choose(scores, same):
    """The strictest threshold with the most right decisions, in the middle of its
    gap."""
    cuts = sorted(set(scores), reverse=True)
    places = [math.inf, *((a + b) / 2 for a, b in itertools.pairwise(cuts)), -math.inf]

    def right(place):
        return sum((s >= place) == k for s, k in zip(scores, same, strict=True))

    return max(places, key=right)  # of equals the first, which is the strictest


@pytest.mark.parametrize("seed", range(6))
def test_each_fold_is_judged_by_a_threshold_from_the_others(xp, seed):
    scores, same = pairs(seed)
    folds = np.random.default_rng(seed).integers(0, 4, len(same)) + 3
    expected = []
    for fold in sorted(set(folds.tolist())):
        held = folds == fold
        threshold = choose(scores[~held].tolist(), same[~held].tolist())
        expected.append(float(np.mean((scores[held] >= threshold) == same[held])))
    v = metrics.verification(*moved(xp, scores, same))
    found = v.fold_accuracies(xp.asarray(folds))
    assert found == pytest.approx(expected, abs=1e-15)
    assert v.kfold_accuracy(xp.asarray(folds)) == pytest.approx(
        np.mean(expected), abs=1e-15
    )


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.intp, int])
def test_a_number_of_folds_of_any_kind_of_integer(kind):
    v = metrics.verification(*pairs())
    assert v.fold_accuracies(kind(5), seed=kind(3)) == v.fold_accuracies(5, seed=3)
    assert v.kfold_accuracy(kind(5)) == v.kfold_accuracy(5)


@pytest.mark.parametrize("size", [1e308, 1.7e308, 5e-324])
def test_scores_at_the_ends_of_the_floats_have_a_middle(size):
    """high - low exceeds the largest float; half of the smallest is 0."""
    found = best_threshold(np.array([size, -size]), np.array([True, False]), np.ones(2))
    assert -size < found <= size


def test_the_threshold_does_not_see_the_fold_that_is_held_out():
    """The others leave the gap from 0.4 to 0.8; a held-out pair in it must not move its
    middle."""
    same = np.array([True, False, True, False, True])
    folds = np.array([0, 0, 0, 1, 1])
    for held_out in 0.59, 0.61:
        scores = np.array([0.8, 0.4, 0.9, 0.3, held_out])
        accuracies = metrics.verification(scores, same).fold_accuracies(folds)
        assert accuracies[1] == (0.5 if held_out < 0.6 else 1.0)


def test_random_folds_have_pairs_of_both_kinds_and_come_again_with_the_seed():
    scores, same = pairs(4, n=203)
    v = metrics.verification(scores, same)
    assert v.fold_accuracies(10, seed=1) == v.fold_accuracies(10, seed=1)
    assert v.fold_accuracies(10, seed=1) != v.fold_accuracies(10, seed=2)
    assert len(v.fold_accuracies(7)) == 7


def test_choosing_on_the_test_pairs_flatters_and_folds_do_not():
    """Worthless scores are right half of the time, whoever chooses the threshold
    honestly."""
    rng = np.random.default_rng(0)
    same = np.arange(200) < 100
    best, honest = [], []
    for _ in range(200):
        v = metrics.verification(rng.random(200), same)
        best.append(float(np.max(v.roc().tar - v.roc().far)) / 2 + 0.5)
        honest.append(v.kfold_accuracy(10))
    # 0.5 + 0.627/sqrt(200) by Kolmogorov and Smirnov; the means are known to 0.003 or
    # better.
    assert np.mean(best) == pytest.approx(0.5 + math.sqrt(math.pi / 8 / 200), abs=0.01)
    assert np.mean(honest) == pytest.approx(0.5, abs=0.01)


def test_a_held_out_score_at_the_threshold_is_accepted():
    """The others leave the gap from 0.25 to 0.75, whose middle is a number."""
    scores = np.array([0.75, 0.25, 0.9, 0.1, 0.5])
    same = np.array([True, False, True, False, True])
    folds = np.array([0, 0, 0, 1, 1])
    assert metrics.verification(scores, same).fold_accuracies(folds)[1] == 1.0


@pytest.mark.parametrize(
    ("same", "threshold"),
    [
        # one right gained and one lost: better nobody
        ([False, True, False], math.inf),
        ([False, False, True], math.inf),
        ([True, False, False], 0.7),
        ([False, True, True], -math.inf),
        ([True, True, True], -math.inf),
    ],
)
def test_the_ends_of_the_choice(same, threshold):
    found = best_threshold(np.array([0.8, 0.6, 0.4]), np.array(same), np.ones(3))
    assert found == pytest.approx(threshold)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_threshold_between_neighbouring_floats_is_the_upper_one(dtype):
    low = dtype(0.7)
    high = np.nextafter(low, dtype(1))
    found = best_threshold(np.array([high, low]), np.array([True, False]), np.ones(2))
    assert found == high


# Intervals
# ------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (1, 300), (150, 300)])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_clopper_pearson_leaves_half_of_the_rest_at_each_end(k, n, level):
    low, high = metrics.clopper_pearson(k, n, level)

    def at_most(k, p):
        return math.fsum(
            math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1)
        )

    tail = (1 - level) / 2
    assert (
        low == 0 if k == 0 else 1 - at_most(k - 1, low) == pytest.approx(tail, rel=1e-9)
    )
    assert high == 1 if k == n else at_most(k, high) == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize(
    ("k", "n"),
    [
        (10**16, 10**17),
        (9 * 10**16, 10**17),
        (5 * 10**17, 10**18),
        (10**9, 10**12),
        (10**5, 10**6),
    ],
)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_clopper_pearson_of_many_is_normal(k, n, level):
    """The binomial distribution is, but for its skewness, of the order of one
    success."""
    low, high = metrics.clopper_pearson(k, n, level)
    sigma = math.sqrt(k * (n - k) / n) / n
    half = NormalDist().inv_cdf((1 + level) / 2) * sigma
    assert low == pytest.approx(k / n - half, abs=5 / n + 1e-15)
    assert high == pytest.approx(k / n + half, abs=5 / n + 1e-15)


@pytest.mark.parametrize(("k", "level"), [(0, 0.95), (1, 0.95), (3, 0.5), (1000, 0.95)])
@pytest.mark.parametrize("exponent", [9, 12, 18])
def test_clopper_pearson_of_the_rare_is_that_of_poisson(k, level, exponent):
    """n times the probability is a mean of Poisson's, whose ends are quantiles of a
    gamma distribution. Of 1000 in 10^9, SciPy's betaincinv gives twice the right lower
    end.
    """
    low, high = metrics.clopper_pearson(k, 10**exponent, level)
    tail = (1 - level) / 2
    wanted = gammaincinv(k, tail) if k else 0, gammainccinv(k + 1, tail)
    found = low * 10**exponent, high * 10**exponent
    assert found == pytest.approx(wanted, rel=2e-6 if exponent == 9 else 1e-7)
    mirrored = metrics.clopper_pearson(10**exponent - k, 10**exponent, level)
    assert mirrored == (1 - high, 1 - low)


@given(st.integers(0, 18), st.floats(0, 1), st.floats(0.01, 0.9999))
def test_clopper_pearson_holds_what_was_seen(exponent, share, level):
    n = 10**exponent
    k = min(n, round(share * n))
    low, high = metrics.clopper_pearson(k, n, level)
    assert 0 <= low <= k / n <= high <= 1
    assert low < high


def test_counts_in_small_integers_do_not_wrap():
    assert metrics.clopper_pearson(
        np.uint8(0), np.uint8(255)
    ) == metrics.clopper_pearson(0, 255)


def identities_and_scores(seed=0, identities=6, images=3):
    """Pairs of identities some of which are hard throughout, so that their pairs fail
    together."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(identities), images)
    spread = rng.uniform(0.2, 2.0, identities)[y][:, None]
    centers = rng.normal(size=(identities, 8))
    return metrics.all_pairs(centers[y] + spread * rng.normal(size=(len(y), 8)), y)


def test_a_resample_counts_the_pairs_of_the_identities_drawn():
    """Against the list of identities drawn, written out with all its copies."""
    pairs = identities_and_scores()
    rng = np.random.default_rng(5)
    for weights in resampled(pairs.same, pairs.identities, samples=20, seed=5):
        drawn = rng.integers(0, 6, size=6)
        count = Counter()
        for i, a in enumerate(drawn):
            for j, b in enumerate(drawn):
                if i == j or (a != b and i < j):
                    count[frozenset((int(a), int(b)))] += 1
        expected = [count[frozenset(pair)] for pair in pairs.identities.tolist()]
        assert weights.tolist() == expected


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_interval_is_the_quantiles_of_the_statistic(xp, level):
    pairs = identities_and_scores()
    v = metrics.verification(*(xp.asarray(a) for a in pairs[:3]))

    def mean_score(v):
        return float(np.average(to_numpy(v.scores), weights=to_numpy(v.weights)))

    # By repeating each pair as often as it was drawn, with no notion of a weight.
    # the draws go to the pairs in this order
    order = np.argsort(-pairs.scores, kind="stable")
    scores, same, identities = (a[order] for a in pairs[:3])
    errors, means = [], []
    for weights in resampled(same, identities, samples=30, seed=0):
        repeated = np.repeat(np.arange(len(same)), weights.astype(int))
        errors.append(metrics.verification(scores[repeated], same[repeated]).eer())
        means.append(scores[repeated].mean())
    ends = [(1 - level) / 2, 1 - (1 - level) / 2]
    for statistic, values in (metrics.Verification.eer, errors), (mean_score, means):
        found = v.interval(statistic, samples=30, level=level)
        assert found == pytest.approx(np.quantile(values, ends), abs=1e-12)


def test_identities_vary_more_than_pairs_do():
    pairs = identities_and_scores(identities=10, images=8)
    by_identities = metrics.verification(*pairs[:3]).interval(
        metrics.Verification.eer, samples=200
    )
    by_pairs = metrics.verification(*pairs[:2]).interval(
        metrics.Verification.eer, samples=200
    )
    assert by_identities[1] - by_identities[0] > 2 * (by_pairs[1] - by_pairs[0])


def test_a_far_that_the_pairs_allow_is_allowed_in_every_resample():
    pairs = identities_and_scores(identities=3)
    v = metrics.verification(*pairs[:3])
    low, high = v.interval(lambda v: v.tar_at_far(1 / 27), samples=50)
    assert 0 <= low <= high <= 1
    low, high = v.interval(lambda v: v.kfold_accuracy(2), samples=50)
    assert 0 <= low <= high <= 1


# Pairs
# ------------------------------------------------------------------------


def test_all_pairs_is_two_loops(xp):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), np.array([5, 5, -2, 0, 0, 0, -2])
    x[3] = 0  # no direction: the cosine is 0
    found = metrics.all_pairs(*moved(xp, x, y))
    expected = [(i, j) for i in range(7) for j in range(i + 1, 7)]
    assert to_numpy(found.indices).tolist() == [list(pair) for pair in expected]
    assert to_numpy(found.identities).tolist() == [[y[i], y[j]] for i, j in expected]
    assert to_numpy(found.same).tolist() == [y[i] == y[j] for i, j in expected]
    for score, (i, j) in zip(listed(found.scores), expected, strict=True):
        length = np.linalg.norm(x[i]) * np.linalg.norm(x[j])
        assert score == pytest.approx(x[i] @ x[j] / length if length else 0, abs=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_rows_have_equal_scores(dtype, xp):
    """To the last digit, so that no threshold comes to stand between them by an
    accident."""
    rng = np.random.default_rng(0)
    few = rng.normal(size=(3, 50)).astype(dtype)
    which = rng.integers(0, 3, 200)
    found = metrics.all_pairs(xp.asarray(few[which]), xp.asarray(which % 2))
    by_pair = {}
    for score, (i, j) in zip(listed(found.scores), listed(found.indices), strict=True):
        by_pair.setdefault(frozenset((which[i], which[j])), set()).add(score)
    assert [len(scores) for scores in by_pair.values()] == [1] * len(by_pair)
    v = metrics.verification(
        *metrics.all_pairs(np.ones((30, 7)) / 3, np.arange(30) // 5)[:2]
    )
    assert (v.eer(), v.auc(), v.tar_at_far(0.1)) == (0.5, 0.5, 0)


def test_cosines_of_rows_do_not_see_lengths(xp):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 5, 4))
    lengths = 10.0 ** rng.uniform(-100, 100, (2, 5, 1))
    found = metrics.cosines(*moved(xp, lengths[0] * a, lengths[1] * b))
    expected = [u @ v / math.sqrt((u @ u) * (v @ v)) for u, v in zip(a, b, strict=True)]
    assert listed(found) == pytest.approx(expected, abs=1e-14)


def test_small_dtypes_are_taken():
    x, y = (
        np.random.default_rng(2).normal(size=(12, 4)),
        np.repeat(np.arange(4, dtype=np.uint8), 3),
    )
    half = metrics.all_pairs(x.astype(np.float16), y)
    full = metrics.all_pairs(x, y)
    assert half.scores.dtype == np.float32
    np.testing.assert_allclose(half.scores, full.scores, atol=5e-3)
    same = full.same.astype(np.int8)
    assert metrics.verification(
        full.scores.astype(np.float16), same
    ).eer() == pytest.approx(
        metrics.verification(full.scores, full.same).eer(), abs=0.1
    )


def test_inputs_stay_as_they_are():
    scores, same = pairs()
    before = scores.copy(), same.copy()
    v = metrics.verification(scores, same)
    v.kfold_accuracy(3), v.interval(metrics.Verification.eer, samples=3)
    assert (scores == before[0]).all()
    assert (same == before[1]).all()


# Bad input
# ------------------------------------------------------------------------

TWO, BOTH = np.array([0.5, 0.2]), np.array([True, False])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: metrics.verification([0.1], BOTH),
            TypeError,
            "scores must be an array",
        ),
        (
            lambda: metrics.verification(TWO, [True, False]),
            TypeError,
            "same must be an array",
        ),
        (
            lambda: metrics.verification(TWO[:, None], BOTH),
            ValueError,
            "scores must have 1 dim",
        ),
        (
            lambda: metrics.verification(TWO[:0], BOTH[:0]),
            ValueError,
            "scores must not be empty",
        ),
        (
            lambda: metrics.verification(np.array([0.1, np.nan]), BOTH),
            FloatingPointError,
            "scores must be finite, but row 1",
        ),
        (
            lambda: metrics.verification(TWO, BOTH[:1]),
            ValueError,
            "same must hold one entry a",
        ),
        (lambda: metrics.verification(TWO, TWO), TypeError, "same must hold booleans"),
        (
            lambda: metrics.verification(TWO, np.array([0, 2])),
            ValueError,
            "same must hold bool",
        ),
        (
            lambda: metrics.verification(TWO, BOTH & False),
            ValueError,
            "there are no genuine",
        ),
        (
            lambda: metrics.verification(TWO, BOTH | True),
            ValueError,
            "there are no impostor",
        ),
        (
            lambda: metrics.verification(TWO, BOTH, np.array([0, 1])),
            ValueError,
            r"identities must have shape \(2, 2\)",
        ),
        (
            lambda: metrics.verification(TWO, BOTH, np.array([[0, 0], [1, 1]])),
            ValueError,
            r"identities must agree with same, but .*\[1\] is one identity twice",
        ),
        (
            lambda: metrics.verification(TWO, BOTH, np.ones((2, 2))),
            TypeError,
            "identities must have an integer dtype",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).tar_at_far(0.5),
            ValueError,
            "far = 0.5 is finer than these pairs can show: with 1 impostor",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).tar_at_far(1.5),
            ValueError,
            r"far must be .*1\]",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).tar_at_far("x"),
            TypeError,
            "far must be a num",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).kfold_accuracy(1),
            ValueError,
            "folds must be an",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).kfold_accuracy(2),
            ValueError,
            "folds must be at most 1",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).kfold_accuracy(np.array([0, 1])),
            ValueError,
            "outside fold 0 one kind is missing",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).kfold_accuracy(np.array([0])),
            ValueError,
            "folds must hold one label a sample: 2 expected",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).interval(
                metrics.Verification.eer, samples=1
            ),
            ValueError,
            "samples must be an integer >= 2",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).interval(
                metrics.Verification.eer, level=95
            ),
            ValueError,
            r"level must be a number in \(0, 1\)",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).interval("eer"),
            TypeError,
            "statistic must be a function of a Verification, got 'eer'",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).kfold_accuracy(2, seed=-1),
            ValueError,
            "seed must be an integer >= 0",
        ),
        (
            lambda: metrics.clopper_pearson(3, 2),
            ValueError,
            "successes must be at most trials",
        ),
        (
            lambda: metrics.clopper_pearson(0, 0),
            ValueError,
            "trials must be an integer >= 1",
        ),
        (
            lambda: metrics.clopper_pearson(0, 10**19),
            ValueError,
            r"trials must be at most 10\^18",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).auc_interval(),
            ValueError,
            "an interval needs at least 2 genuine and 2 impostor pairs, got 1 and 1",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).auc_interval(1),
            ValueError,
            r"level must be a number in \(0, 1\)",
        ),
        (
            lambda: metrics.verification(TWO, BOTH).kfold_accuracy(np.array(2)),
            TypeError,
            "folds must be an integer >= 2",
        ),
        (
            lambda: metrics.all_pairs(np.ones((1, 2)), np.array([0])),
            ValueError,
            "x must hold at least 2 samples",
        ),
        (
            lambda: metrics.all_pairs(np.ones((3, 2)), BOTH),
            TypeError,
            "y must have an integer",
        ),
        (
            lambda: metrics.cosines(np.ones((2, 2)), np.ones((3, 2))),
            ValueError,
            "b must agree with a: axis 0",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_far_too_fine_says_how_fine_one_may_ask():
    v = metrics.verification(*pairs())
    with pytest.raises(ValueError, match=r"smallest FAR above 0 is 1/(\d+)") as told:
        v.tar_at_far(1e-3)
    impostors = int(told.value.args[0].split("1/")[1].split()[0])
    assert v.at_far(1 / impostors).far <= 1 / impostors
