"""The equations of chapter 20, long tails, as they stand on the page."""

import math

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from margins import results
from margins.experiments import long_tails
from mlcore import losses

RNG = np.random.default_rng(0)
COUNTS = np.array([400, 60, 20, 4])
PI = COUNTS / COUNTS.sum()
Z = 2 * RNG.normal(size=(30, 4))
Y = RNG.integers(0, 4, size=30)
ROWS = np.arange(30)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def each(loss, *args):
    """The losses of the samples."""
    return type(loss)(**{**vars(loss), "reduction": "none"}).forward(*args)[0]


@equation("tails-profile")
def test_the_counts_fall_by_one_factor():
    for most, ratio in ((400, 100), (5000, 10)):
        exact = [most * ratio ** (-k / 9) for k in range(10)]
        assert long_tails.counts(10, most, ratio) == [round(n) for n in exact]
    assert long_tails.counts()[0] / long_tails.counts()[-1] == 100


def density(x, middle):
    """Of a normal distribution with spread 1, in the plane."""
    return math.exp(-((x - middle) ** 2).sum() / 2) / (2 * math.pi)


@equation("tails-bayes", "tails-balanced", "tails-posthoc")
def test_what_is_left_of_a_posterior_without_its_prior_is_the_likelihood():
    """On classes whose densities are known, and whose exact logits are log p(y | x)
    up to a constant."""
    middles = RNG.normal(size=(4, 2))
    differs = 0
    for x in 2 * RNG.normal(size=(50, 2)):
        likelihood = np.array([density(x, middle) for middle in middles])
        posterior = PI * likelihood / np.sum(PI * likelihood)
        # drawn from the joint distribution, it is a share of cases
        assert posterior.sum() == pytest.approx(1)
        assert np.argmax(posterior / PI) == np.argmax(likelihood)
        z = np.log(posterior) + 3.7
        adjusted = losses.adjust(z[None, :], COUNTS)
        assert np.argmax(adjusted) == np.argmax(likelihood)
        assert_allclose(adjusted[0], z - np.log(PI), rtol=1e-13)
        half = losses.adjust(z[None, :], COUNTS, tau=0.5)
        assert_allclose(half[0], z - 0.5 * np.log(PI), rtol=1e-13)
        differs += np.argmax(z) != np.argmax(likelihood)
    assert differs > 5, "the control: without the prior taken out it is another answer"


@equation("tails-adjusted", "tails-pairs", "tails-balanced-softmax")
def test_the_prior_in_the_loss():
    for tau in (0.0, 0.5, 1.0, 2.0):
        wanted = -np.log(softmax(Z + tau * np.log(PI))[ROWS, Y])
        found = each(losses.VectorScalingLoss(COUNTS, tau), Z, Y)
        assert_allclose(found, wanted, rtol=1e-12)
        for i, y in enumerate(Y):
            pairs = sum(
                (PI[j] / PI[y]) ** tau * math.exp(Z[i, j] - Z[i, y])
                for j in range(4)
                if j != y
            )
            assert found[i] == pytest.approx(math.log1p(pairs), rel=1e-12)
        if tau == 1:
            balanced = COUNTS * np.exp(Z)
            shares = balanced[ROWS, Y] / balanced.sum(axis=1)
            assert_allclose(found, -np.log(shares), rtol=1e-12)


def test_the_example_worked_by_hand():
    """Counts 90, 9, 1; logits 2, 1, 0.5: subtracted they are 2.11, 3.41 and 5.11."""
    found = losses.adjust(np.array([[2.0, 1.0, 0.5]]), (90, 9, 1))
    assert_allclose(found, [[2.11, 3.41, 5.11]], atol=0.005)
    assert_allclose(np.log([0.9, 0.09, 0.01]), [-0.11, -2.41, -4.61], atol=0.005)
    # "With 400 images against 4 and tau = 1 that is 4.6 logits"
    assert math.log(400 / 4) == pytest.approx(4.6, abs=0.01)


@equation("tails-effective")
def test_the_effective_number_is_a_geometric_series():
    for beta in (0.0, 0.5, 0.99):
        e = 0.0
        for n in range(1, 60):
            e = 1 + beta * e
            assert e == pytest.approx((1 - beta**n) / (1 - beta), rel=1e-12)


def test_the_effective_number_is_a_mean_of_draws():
    """As it is told: 1 / (1 - beta) different images, each as likely as the others."""
    different, n = 20, 30
    beta = 1 - 1 / different
    rng = np.random.default_rng(0)
    seen = [len(set(rng.integers(0, different, n))) for _ in range(4000)]
    assert np.mean(seen) == pytest.approx((1 - beta**n) / (1 - beta), abs=0.1)


@equation("tails-weights")
def test_the_weights_are_one_over_it_and_their_mean_is_1():
    for beta in (0.0, 0.9, 0.999):
        one_over = [(1 - beta) / (1 - beta**n) for n in COUNTS.tolist()]
        wanted = [4 * v / sum(one_over) for v in one_over]
        found = losses.effective_number_weights(COUNTS, beta)
        assert_allclose(found, wanted, rtol=1e-12)
        assert np.mean(found) == pytest.approx(1)


@equation("tails-weighted-mean")
def test_the_mean_divides_by_the_weights_of_the_batch():
    omega = np.array(losses.effective_number_weights(COUNTS, 0.99))
    found = losses.SoftmaxCrossEntropy(class_weights=omega).forward(Z, Y)[0]
    wanted = -np.log(softmax(Z)[ROWS, Y])
    total = np.sum(omega[Y] * wanted) / np.sum(omega[Y])
    assert found == pytest.approx(total, rel=1e-12)


def features():
    return RNG.normal(size=(12, 5)), RNG.normal(size=(4, 5)), np.arange(12) % 4


@equation("tails-ldam")
def test_ldam_is_am_softmax_with_a_margin_for_each_class():
    x, w, y = features()
    margins = 0.5 * (COUNTS / COUNTS.min()) ** -0.25
    cos = (x @ w.T) / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(w, axis=1)
    for s in (10.0, 30.0):
        z = s * (cos - margins * np.eye(4)[y])
        wanted = -np.log(softmax(z)[np.arange(12), y])
        found = each(losses.LDAMLoss(COUNTS, max_m=0.5, s=s), x, w, y)
        assert_allclose(found, wanted, rtol=1e-11)
    assert margins.max() == margins[3] == 0.5
    assert np.all(np.diff(margins) > 0), "more data, smaller margin"


@equation("tails-optimum")
def test_the_fourth_root_shares_the_margins_out_best():
    def bound(delta):
        return np.sum(1 / (delta * np.sqrt(COUNTS)))

    best = COUNTS**-0.25
    best /= best.sum()
    slopes = gradient(bound, best, h=1e-7)
    assert_allclose(slopes, slopes[0], rtol=1e-5)
    for _ in range(200):
        other = np.abs(best + 0.05 * RNG.normal(size=4))
        assert bound(other / other.sum()) >= bound(best)
    upside_down = COUNTS**0.25 / np.sum(COUNTS**0.25)
    assert bound(upside_down) > 1.5 * bound(best), "the control"


OMEGA = np.array([0.2, 0.8, 1.0, 2.0])


@equation("tails-vector", "tails-vector-dz", "tails-vector-sum")
def test_vector_scaling_its_slopes_and_their_sum():
    for tau, gamma in ((1.0, 0.0), (1.0, 0.3), (0.0, 0.15)):
        delta = (COUNTS / COUNTS.max()) ** gamma

        def value(z, y, tau=tau, delta=delta):
            return -OMEGA[y] * math.log(softmax(delta * z + tau * np.log(PI))[y])

        loss = losses.VectorScalingLoss(
            COUNTS, tau, gamma, class_weights=OMEGA, reduction="none"
        )
        found, saved = loss.forward(Z, Y)
        (dz,) = loss.backward(saved)
        for i in range(8):
            y, p = Y[i], softmax(delta * Z[i] + tau * np.log(PI))
            assert found[i] == pytest.approx(value(Z[i], y), rel=1e-12)
            wanted = OMEGA[y] * delta * (p - np.eye(4)[y])
            assert_allclose(dz[i], wanted, atol=1e-14)
            assert_allclose(
                gradient(lambda z, y=y: value(z, y), Z[i]), wanted, atol=1e-8
            )
            assert abs(np.sum(wanted / delta)) < 1e-14
            if gamma:
                assert abs(np.sum(wanted)) > 1e-8, "the control: divided it must be"


def test_with_the_prior_the_first_step_has_nothing_to_learn_of_it():
    """At logits 0 the slopes of a batch with these counts cancel."""
    y = np.repeat(np.arange(4), COUNTS)
    zero = np.zeros((len(y), 4))
    for loss, cancels in (
        (losses.VectorScalingLoss(COUNTS), True),
        (losses.SoftmaxCrossEntropy(), False),
    ):
        (dz,) = loss.backward(loss.forward(zero, y)[1])
        assert bool(np.max(np.abs(dz.sum(axis=0))) < 1e-14) is cancels


def test_two_classes_cancel_a_scale_on_their_logits():
    """Rows that start at 0 under slopes that sum to 0 when divided by Delta end where
    w_j / Delta_j sums to 0: then both differences have one direction."""
    delta = np.array([1.0, 0.4])
    v = RNG.normal(size=3)
    w = np.array([-delta[0] * v, delta[1] * v])
    assert_allclose(np.sum(w / delta[:, None], axis=0), 0, atol=1e-15)
    trained = delta[1] * w[1] - delta[0] * w[0]
    test = w[1] - w[0]
    assert_allclose(np.cross(trained, test), 0, atol=1e-14)
    assert trained @ test > 0


# What the page says of the results in the package.


def accuracies(name, tau=0.0):
    at = long_tails.ROWS[name].taus.index(tau)
    runs = results.runs("long-tail")
    return np.array([run["by_class"][name][at] for run in runs])


def apart(one, other):
    return accuracies(*one).mean(axis=1) - accuracies(*other).mean(axis=1)


PLAIN, AFTER = ("cross-entropy", 0.0), ("cross-entropy", 1.0)
PRIOR, SCALED = ("logit-adjusted", 0.0), ("vector scaling", 0.0)
BASE, LDAM, AM = (("normalised", 0.0), ("LDAM", 0.0), ("AM", 0.0))
COMMON, RARE = slice(0, 3), slice(7, 10)


def lost(one, other, part):
    """Points of some classes by which `one` is behind `other`."""
    return (accuracies(*other) - accuracies(*one))[:, part].mean()


def test_seven_points_for_one_line():
    """ "It is there in each of the seeds"; the loss does as much."""
    gain = apart(AFTER, PLAIN)
    assert len(gain) == 5
    assert round(gain.mean()) == 7
    assert gain.min() > 5
    assert -1 < apart(PRIOR, AFTER).mean() < 0
    assert abs(apart(PRIOR, AFTER).mean()) < apart(PRIOR, AFTER).std(ddof=1)
    assert round(lost(AFTER, PLAIN, COMMON)) == round(lost(PRIOR, PLAIN, COMMON)) == 1


def test_weights_and_scales_bring_two():
    assert round(apart(("weights", 0.0), PLAIN).mean()) == 2
    assert round(apart(("deferred weights", 0.0), PLAIN).mean()) == 2
    scale = apart(SCALED, PRIOR)
    assert round(scale.mean()) == 2 == round(scale.std(ddof=1))
    assert 5 <= lost(SCALED, PLAIN, COMMON) < 6
    assert all(
        accuracies(*SCALED)[:, RARE].mean() > accuracies(name)[:, RARE].mean()
        for name in long_tails.ROWS
        if name != "vector scaling"
    )


def test_on_cosines():
    assert abs(apart(BASE, PLAIN).mean()) < apart(BASE, PLAIN).std(ddof=1)
    assert round(apart(LDAM, BASE).mean()) == 4
    assert np.sum(apart(LDAM, AM) > 0) == 4
    assert abs(apart(("LDAM, deferred weights", 0.0), LDAM)).max() < 0.5
    assert apart(("normalised", 1.0), LDAM).mean() > 1


def test_the_best_tau_lies_beyond_one():
    means = [accuracies("cross-entropy", tau).mean() for tau in long_tails.TAUS]
    best = int(np.argmax(means))
    assert long_tails.TAUS[best] == 1.75
    assert 1 < means[best] - means[long_tails.TAUS.index(1.0)] < 1.5
    for part in (slice(None), COMMON, RARE):
        there = accuracies("cross-entropy", 1.75)[:, part].mean()
        assert abs(there - accuracies(*SCALED)[:, part].mean()) < 1.5


def test_doing_both():
    both = apart(("logit-adjusted", 1.0), PRIOR)
    assert round(both.mean()) == 2 == round(both.std(ddof=1))
    assert round(lost(("logit-adjusted", 1.0), PRIOR, COMMON)) == 5


def test_on_a_test_like_the_training_the_seven_points_are_not_there():
    n = np.array(long_tails.counts())
    rows = [accuracies(*row) @ n / n.sum() for row in (PLAIN, AFTER, PRIOR)]
    assert max(row.mean() for row in rows) - min(row.mean() for row in rows) < 0.5
    both = accuracies("logit-adjusted", 1.0) @ n / n.sum()
    assert round(rows[0].mean() - both.mean()) == 4
