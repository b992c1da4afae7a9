"""The equations of chapter 9, focal loss, as they stand on the page."""

import math

import numpy as np
import pytest
from equations import equation
from mpmath import mp, mpf
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)
LOGITS = 3 * np.random.default_rng(0).normal(size=20)


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


def focal(z, y, gamma, alpha=None):
    """-alpha_t (1 - p_t)^gamma log p_t."""
    p = sigmoid(y * z)
    alpha_t = 1.0 if alpha is None else (alpha if y == 1 else 1 - alpha)
    return -alpha_t * (1 - p) ** gamma * math.log(p)


def slope(z, y, gamma):
    """y (1 - p_t)^gamma (gamma p_t log p_t + p_t - 1)."""
    p = sigmoid(y * z)
    return y * (1 - p) ** gamma * (gamma * p * math.log(p) + p - 1)


def factor(p, gamma):
    return (1 - p) ** gamma * (1 - gamma * p * math.log(p) / (1 - p))


def softmax(z):
    return np.exp(z) / np.exp(z).sum()


@equation("focal-pt")
def test_the_probability_of_the_right_answer():
    for z in LOGITS:
        assert sigmoid(1 * z) == pytest.approx(1 / (1 + math.exp(-z)))
        assert sigmoid(-1 * z) == pytest.approx(1 - sigmoid(z), rel=1e-12)
        # "the softmax loss of two classes whose logits differ by z"
        assert softmax(np.array([z, 0.0]))[0] == pytest.approx(sigmoid(z), rel=1e-12)


@equation("focal-loss", "focal-alpha")
def test_the_loss():
    """Against the library, and the numbers worked by hand in the text."""
    for gamma in GAMMAS:
        for alpha in None, 0.25, 0.9:
            loss = losses.FocalLoss(gamma=gamma, alpha=alpha, reduction="none")
            for y in 1, -1:
                found = loss.forward(LOGITS[:, None], np.full((20, 1), y == 1))[0][:, 0]
                assert_allclose(
                    found, [focal(z, y, gamma, alpha) for z in LOGITS], rtol=1e-9
                )
    assert [round((1 - p) ** 2, 4) for p in (0.9, 0.5, 0.1)] == [0.01, 0.25, 0.81]
    positive, negatives = -math.log(0.2), -1000 * math.log(0.98)
    assert round(positive, 2) == 1.61
    assert round(negatives, 1) == 20.2
    assert round(negatives / (positive + negatives), 2) == 0.93
    assert round(0.8**2 * positive, 2) == 1.03
    assert round(0.02**2 * negatives, 3) == 0.008


@equation("focal-normaliser")
def test_divided_by_the_positives():
    """The library's sum, divided by the caller; empty places change it only by their
    own loss."""
    rng = np.random.default_rng(1)
    z, target = rng.normal(size=(30, 1)), rng.random((30, 1)) < 0.2
    loss = losses.FocalLoss(gamma=2.0, alpha=0.25, reduction="sum").forward(z, target)[
        0
    ]
    each = [
        focal(zi, 1 if t else -1, 2.0, 0.25)
        for zi, t in zip(z[:, 0], target[:, 0], strict=True)
    ]
    page = sum(each) / target.sum()
    assert loss / target.sum() == pytest.approx(page, rel=1e-12)
    more_z = np.vstack([z, np.full((1000, 1), -30.0)])
    more = np.vstack([target, np.zeros((1000, 1), bool)])
    again = losses.FocalLoss(gamma=2.0, alpha=0.25, reduction="sum").forward(
        more_z, more
    )[0]
    assert again / more.sum() == pytest.approx(page, rel=1e-12)


@equation("focal-logs", "focal-softplus")
def test_both_logarithms_from_the_logit():
    """At ordinary logits against the plain form, at extreme ones against 50 digits."""

    def softplus(t):
        return max(t, 0) + math.log1p(math.exp(-abs(t)))

    for z in LOGITS:
        assert softplus(z) == pytest.approx(math.log(1 + math.exp(z)), rel=1e-12)
        for y in 1, -1:
            p = sigmoid(y * z)
            assert -softplus(-y * z) == pytest.approx(math.log(p), rel=1e-9)
            assert -softplus(y * z) == pytest.approx(math.log(1 - p), rel=1e-9)
    with mp.workdps(400):
        for z in -800.0, -40.0, 40.0, 700.0, 800.0:
            exact = mp.log(1 + mp.exp(mpf(z)))
            assert softplus(z) == pytest.approx(float(exact), rel=1e-14)


@equation("focal-dp")
def test_how_the_probability_moves():
    for z in LOGITS:
        for y in 1, -1:
            p = sigmoid(y * z)
            found = float(gradient(lambda z, y=y: sigmoid(y * z), z))
            assert y * p * (1 - p) == pytest.approx(found, rel=1e-6, abs=1e-10)


@equation("focal-naive", "focal-dz")
def test_the_slope_in_both_forms():
    for gamma in GAMMAS:
        for alpha in 0.25, 0.9:
            for y in 1, -1:
                alpha_t = alpha if y == 1 else 1 - alpha
                for z in LOGITS:
                    p = sigmoid(y * z)
                    bracket = (
                        gamma * (1 - p) ** (gamma - 1) * math.log(p)
                        - (1 - p) ** gamma / p
                    )
                    naive = alpha_t * bracket * y * p * (1 - p)
                    page = alpha_t * slope(z, y, gamma)
                    found = float(
                        gradient(lambda z, g=gamma, y=y, a=alpha: focal(z, y, g, a), z)
                    )
                    assert naive == pytest.approx(page, rel=1e-9)
                    assert page == pytest.approx(found, rel=1e-6, abs=1e-9)


@equation("focal-factor")
def test_cross_entropy_times_a_weight():
    for gamma in GAMMAS:
        for y in 1, -1:
            for z in LOGITS:
                p = sigmoid(y * z)
                page = factor(p, gamma) * y * (p - 1)
                assert page == pytest.approx(slope(z, y, gamma), rel=1e-9)


@equation("focal-easy-limit")
def test_the_weight_of_an_easy_sample():
    """The quotient approaches 1 + gamma with an error of the order of 1 - p."""
    for gamma in GAMMAS:
        for rest in 1e-3, 1e-5:
            quotient = factor(1 - rest, gamma) / rest**gamma
            assert quotient == pytest.approx(1 + gamma, abs=2 * gamma * rest + 1e-9)


@equation("focal-softmax", "focal-softmax-dz")
def test_one_choice_among_many():
    rng = np.random.default_rng(2)
    for gamma in GAMMAS:

        def loss(z, y, gamma=gamma):
            p = softmax(z)[y]
            return -((1 - p) ** gamma) * math.log(p)

        for z in 2 * rng.normal(size=(10, 4)):
            for y in range(4):
                p = softmax(z)
                page = [factor(p[y], gamma) * (p[k] - (k == y)) for k in range(4)]
                found = gradient(lambda z, y=y: loss(z, y), z)
                assert_allclose(page, found, rtol=1e-6, atol=1e-9)
                library = losses.SoftmaxFocalLoss(gamma=gamma)
                value, saved = library.forward(z[None], np.array([y]))
                assert value == pytest.approx(loss(z, y), rel=1e-9)
                assert_allclose(
                    library.backward(saved)[0][0], page, rtol=1e-8, atol=1e-14
                )


@equation("focal-share")
def test_whose_gradient_it_is():
    """One positive and 700 negatives, all at the same probability: the numbers of the
    table."""

    def share_of_negatives(prior, gamma, negatives=700):
        b = -math.log((1 - prior) / prior)
        pulls = [abs(slope(b, 1, gamma))] + negatives * [abs(slope(b, -1, gamma))]
        return sum(pulls[1:]) / sum(pulls)

    assert share_of_negatives(0.5, 0) == pytest.approx(700 / 701)
    assert share_of_negatives(0.01, 0) == pytest.approx(7 / 7.99)
    assert share_of_negatives(0.5, 2) == pytest.approx(700 / 701)
    assert round(share_of_negatives(0.01, 2), 3) == 0.002


@equation("focal-prior", "focal-first-loss")
def test_where_the_last_bias_starts():
    for prior in 0.5, 0.1, 0.01:
        b = -math.log((1 - prior) / prior)
        assert sigmoid(b) == pytest.approx(prior, rel=1e-12)
        for nu in 1, 700:
            first = focal(b, 1, 0) + nu * focal(b, -1, 0)
            assert -math.log(prior) - nu * math.log(1 - prior) == pytest.approx(
                first, rel=1e-12
            )


@equation("focal-average-precision")
def test_average_precision_is_the_area_under_the_steps():
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(3)
    for _ in range(5):
        z, positive = rng.normal(size=200), rng.random(200) < 0.1
        z[positive] += 1
        ranked = positive[np.argsort(-z)]
        terms = [ranked[: r + 1].sum() / (r + 1) for r in range(200) if ranked[r]]
        page = sum(terms) / positive.sum()
        assert page == pytest.approx(average_precision_score(positive, z), rel=1e-12)


@equation("focal-balance")
def test_at_the_best_bias_both_classes_pull_alike():
    """The slope in a common bias is the sum of the slopes; where it vanishes, halves
    are equal."""
    rng = np.random.default_rng(4)
    z, y = rng.normal(size=60), np.where(np.arange(60) < 3, 1, -1)
    for gamma in 0.0, 2.0:

        def total(b, gamma=gamma):
            return sum(focal(zi + b, yi, gamma) for zi, yi in zip(z, y, strict=True))

        def sum_of_slopes(b, gamma=gamma):
            return sum(slope(zi + b, yi, gamma) for zi, yi in zip(z, y, strict=True))

        assert sum_of_slopes(0.3) == pytest.approx(
            float(gradient(total, 0.3)), rel=1e-7
        )
        low, high = -12.0, 2.0
        assert sum_of_slopes(low) < 0 < sum_of_slopes(high)
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if sum_of_slopes(middle) < 0 else (low, middle)
        pull = [abs(slope(zi + low, yi, gamma)) for zi, yi in zip(z, y, strict=True)]
        assert sum(pull[:3]) == pytest.approx(sum(pull[3:]), rel=1e-9)


@equation("focal-detached")
def test_the_loss_that_a_detached_weight_minimises():
    """Its slope is (1 - p_t)^gamma (p_t - 1); the integral by a fine midpoint rule."""

    def closed(p):
        return -math.log(p) - 1.5 + 2 * p - 0.5 * p**2

    for p in 0.05, 0.4, 0.9:
        u = p + (1 - p) * (np.arange(20_000) + 0.5) / 20_000
        integral = ((1 - u) ** 2 / u).mean() * (1 - p)
        assert closed(p) == pytest.approx(integral, rel=1e-6)
    for z in LOGITS:
        for y in 1, -1:
            p = sigmoid(y * z)
            found = float(gradient(lambda z, y=y: closed(sigmoid(y * z)), z))
            assert y * (1 - p) ** 2 * (p - 1) == pytest.approx(
                found, rel=1e-5, abs=1e-9
            )


@equation("focal-batch-mean")
def test_focal_on_the_mean_is_cross_entropy_at_another_rate():
    rng = np.random.default_rng(5)
    z, y = 2 * rng.normal(size=(6, 4)), rng.integers(0, 4, size=6)

    def mean_loss(z):
        return (
            sum(-math.log(softmax(row)[yi]) for row, yi in zip(z, y, strict=True)) / 6
        )

    for gamma in GAMMAS:
        found = gradient(
            lambda z, g=gamma: (1 - math.exp(-mean_loss(z))) ** g * mean_loss(z), z
        )
        page = factor(math.exp(-mean_loss(z)), gamma) * gradient(mean_loss, z)
        assert_allclose(page, found, rtol=1e-6, atol=1e-9)


@equation("focal-asymmetric", "focal-asymmetric-dz")
@pytest.mark.parametrize("m", [0.0, 0.05, 0.2])
def test_the_asymmetric_loss_and_its_slope(m):
    def no(z, gamma_neg):
        p_m = max(sigmoid(z) - m, 0)
        return -(p_m**gamma_neg) * math.log(1 - p_m)

    for gamma_pos, gamma_neg in (1.0, 4.0), (0.0, 2.0), (2.0, 1.0):
        head = losses.AsymmetricLoss(gamma_pos, gamma_neg, m, reduction="none")
        for z in LOGITS:
            for yes in 0, 1:
                page = focal(z, 1, gamma_pos) if yes else no(z, gamma_neg)
                pull = slope(z, 1, gamma_pos)
                if not yes:
                    p = sigmoid(z)
                    p_m = max(p - m, 0)
                    pull = 0.0
                    if p_m > 0:
                        bracket = 1 / (1 - p_m) - gamma_neg * math.log(1 - p_m) / p_m
                        pull = p * (1 - p) * p_m**gamma_neg * bracket
                        h = 1e-6
                        numeric = (no(z + h, gamma_neg) - no(z - h, gamma_neg)) / 2 / h
                        assert pull == pytest.approx(numeric, abs=1e-8)
                found, saved = head.forward(np.array([[z]]), np.array([[yes]]))
                assert found[0, 0] == pytest.approx(page, rel=1e-10, abs=1e-14)
                (dz,) = head.backward(saved)
                assert dz[0, 0] == pytest.approx(pull, rel=1e-10, abs=1e-14)


@equation("focal-asymmetric-dz")
def test_a_sure_negative_is_not_believed_with_a_shift_and_is_without():
    z = np.array([[40.0]])
    for m, wanted in (0.05, 0.0), (0.0, 1.0):
        head = losses.AsymmetricLoss(m=m)
        (dz,) = head.backward(head.forward(z, np.array([[0]]))[1])
        assert dz[0, 0] == pytest.approx(wanted, abs=1e-12)
