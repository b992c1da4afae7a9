"""Classes that are not equally common: the prior in the logits, weights by the counts,
and the asymmetric loss of many rare labels."""

import dataclasses
import math
from collections import Counter

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import (
    AsymmetricLoss,
    FocalLoss,
    SoftmaxCrossEntropy,
    VectorScalingLoss,
    adjust,
    effective_number_weights,
)

from . import truth
from .cases import assert_close, run

COUNTS = (400, 60, 20, 4)
PI = np.array(COUNTS) / sum(COUNTS)


def some(n=30, seed=0):
    rng = np.random.default_rng(seed)
    return {"logits": 3 * rng.normal(size=(n, 4)), "y": rng.integers(0, 4, size=n)}


def minus_log_p(z):
    return np.log(np.sum(np.exp(z), axis=1, keepdims=True)) - z


def test_it_is_the_cross_entropy_of_the_logits_and_the_log_prior():
    """The sign is a plus: log 4/484 makes the rare class look unlikely in training."""
    args = some()
    value, _ = run(VectorScalingLoss(COUNTS, tau=1.5), args)
    moved = args["logits"] + 1.5 * np.log(PI)
    wanted = np.mean(minus_log_p(moved)[np.arange(30), args["y"]])
    np.testing.assert_allclose(value, wanted, rtol=1e-14)
    wrong = minus_log_p(args["logits"] - 1.5 * np.log(PI))[np.arange(30), args["y"]]
    assert abs(np.mean(wrong) - wanted) > 0.1, "the control"


def test_tau_1_is_balanced_softmax():
    """log n_j for log pi_j: n_j exp(z_j) / sum_k n_k exp(z_k)."""
    args = some()
    weighed = np.array(COUNTS) * np.exp(args["logits"])
    p = weighed / weighed.sum(axis=1, keepdims=True)
    value, (dz,) = run(VectorScalingLoss(COUNTS), args)
    rows = np.arange(30)
    np.testing.assert_allclose(value, -np.mean(np.log(p[rows, args["y"]])), rtol=1e-14)
    p[rows, args["y"]] -= 1
    assert_close(dz, p / 30, 1e-14)


@pytest.mark.parametrize("tau", [0.5, 1.0, 3.0])
def test_a_uniform_prior_is_plain_cross_entropy(tau, xp):
    args = {name: xp.asarray(a) for name, a in some().items()}
    value, (dz,) = run(VectorScalingLoss((7.0,) * 4, tau, gamma=0.3), args)
    expected, (plain,) = run(SoftmaxCrossEntropy(), args)
    assert value == expected
    assert_close(dz, plain, 1e-15)


def test_neither_prior_nor_scale_is_plain_cross_entropy():
    args = some()
    value, (dz,) = run(VectorScalingLoss(COUNTS, tau=0.0), args)
    expected, (plain,) = run(SoftmaxCrossEntropy(), args)
    assert value == expected
    assert_close(dz, plain, 1e-15)


@pytest.mark.parametrize("factor", [1e-290, 0.25, 3.0, 1e290])
def test_only_the_ratios_of_the_counts_matter(factor):
    """A constant added to every log pi changes nothing."""
    args = some()
    value, (dz,) = run(VectorScalingLoss(COUNTS, gamma=0.2), args)
    scaled = tuple(factor * n for n in COUNTS)
    again, (same,) = run(VectorScalingLoss(scaled, gamma=0.2), args)
    assert_close(again, value, 1e-13)
    assert_close(same, dz, 1e-12)
    moved, unmoved = (adjust(args["logits"], n) for n in (scaled, COUNTS))
    assert_close(moved, unmoved, 1e-13)


def test_gradients_divided_by_their_scale_sum_to_0():
    """sum_j dz_j / Delta_j = omega_y sum_j (p_j - [j = y]): no shift moves the loss."""
    args, gamma = some(), 0.3
    loss = VectorScalingLoss(COUNTS, 1.0, gamma, class_weights=(1.0, 2.0, 0.5, 4.0))
    _, (dz,) = run(loss, args)
    delta = (np.array(COUNTS) / 400) ** gamma
    np.testing.assert_allclose(np.sum(dz / delta, axis=1), 0, atol=1e-15)
    assert np.max(np.abs(np.sum(dz, axis=1))) > 1e-3, "the control"


def test_the_weighted_mean_divides_by_the_weights_of_the_batch():
    args, weights = some(), (0.1, 0.4, 1.0, 2.5)
    each, _ = run(VectorScalingLoss(COUNTS, reduction="none"), args, np.ones(30))
    omega = np.array(weights)[args["y"]]
    value, _ = run(VectorScalingLoss(COUNTS, class_weights=weights), args)
    np.testing.assert_allclose(value, np.sum(omega * each) / np.sum(omega), rtol=1e-14)
    assert abs(value - np.mean(omega * each)) > 0.01, "the control"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_prior_is_not_rounded_away_beside_large_logits(dtype, xp):
    """At 1e30 a float has no digit left for log 100: the loss sees differences only."""
    logits = np.array([[1e30, 1e30, -1e30, -1e30]] * 2, dtype)
    args = {"logits": xp.asarray(logits), "y": xp.asarray(np.array([0, 1]))}
    value, (dz,) = run(VectorScalingLoss(COUNTS, reduction="none"), args, xp.ones(2))
    np.testing.assert_allclose(value, [math.log(460 / 400), math.log(460 / 60)], 1e-6)
    np.testing.assert_allclose(dz[0], [400 / 460 - 1, 60 / 460, 0, 0], atol=1e-7)


def test_adjusting_is_the_loss_s_prior_with_the_other_sign(xp):
    """p(y | x) is in proportion to pi_y p(x | y): what training puts in, a test takes
    out."""
    z = some()["logits"]
    found = to_numpy(adjust(xp.asarray(z), COUNTS, 0.7))
    np.testing.assert_allclose(found, z - 0.7 * np.log(PI), rtol=1e-13)
    posterior = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    likelihood = posterior / PI
    assert np.all(np.argmax(adjust(z, COUNTS), 1) == np.argmax(likelihood, 1))
    assert np.any(np.argmax(z + np.log(PI), 1) != np.argmax(likelihood, 1)), "control"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_adjusted_logits_keep_their_dtype(dtype):
    z = some()["logits"].astype(dtype)
    given = z.copy()
    found = adjust(z, COUNTS)
    assert found.dtype == dtype
    np.testing.assert_array_equal(z, given)
    wanted = given.astype(float) - np.log(PI)
    np.testing.assert_allclose(found, wanted, atol=20 * float(np.finfo(dtype).eps))
    largest = np.full((1, 4), np.finfo(np.float16).max, np.float16)
    assert np.all(adjust(largest, COUNTS) == largest), "saturated"


@pytest.mark.parametrize(
    ("counts", "tau", "words"),
    [
        ((400, 0, 20, 4), 1.0, r"counts\[1\] must be a number in \(0, inf\), got 0"),
        ((400, 60, 20), 1.0, "counts must hold one number a class: .* 4 .* counts 3"),
        (Counter({0: 3, 2: 1}), 1.0, "label 1 is not"),
        (COUNTS, -1.0, "tau must be"),
    ],
)
def test_what_does_not_fit_the_logits_is_refused_by_name(counts, tau, words):
    """A class that was never seen has log 0, and would always win the test."""
    z, y = some()["logits"], some()["y"]
    for call in (
        lambda: adjust(z, counts, tau),
        lambda: VectorScalingLoss(counts, tau).forward(z, y),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_adjust_names_a_bad_logit():
    z = some()["logits"]
    z[3, 1] = math.nan
    with pytest.raises(FloatingPointError, match="logits must be finite, but row 3"):
        adjust(z, COUNTS)
    with pytest.raises(TypeError, match="logits must be an array"):
        adjust(z.tolist(), COUNTS)
    with pytest.raises(ValueError, match="logits must have 2 dimensions"):
        adjust(z[0], COUNTS)


def test_class_weights_of_another_length_are_refused_by_name():
    loss = VectorScalingLoss(COUNTS, class_weights=(1.0, 2.0))
    with pytest.raises(ValueError, match="class_weights must hold one weight a class"):
        loss.forward(*some().values())


def test_counts_may_be_a_counter_of_labels():
    """As they come: Counter(y), and np.bincount(y)."""
    y = np.array([0, 0, 0, 1, 2, 2])
    loss = VectorScalingLoss(Counter(y.tolist()))
    assert loss == VectorScalingLoss(np.bincount(y))
    assert loss.counts == (3.0, 1.0, 2.0)
    assert hash(loss) == hash(VectorScalingLoss((3, 1, 2)))


# Weights of the effective number.


@pytest.mark.parametrize("beta", [0.9, 0.99, 0.999, 0.9999])
def test_weights_are_one_over_the_effective_number(beta):
    effective = np.array([(1 - beta**n) / (1 - beta) for n in COUNTS])
    wanted = 4 / effective / np.sum(1 / effective)
    np.testing.assert_allclose(effective_number_weights(COUNTS, beta), wanted, 1e-11)


def test_the_ends_of_beta():
    """0: a class counts once, and all weigh 1. Near 1: each sample counts, 1 / n."""
    assert effective_number_weights(COUNTS, 0) == (1.0,) * 4
    inverse = 4 / np.array(COUNTS) / np.sum(1 / np.array(COUNTS))
    almost = effective_number_weights(COUNTS, 1 - 1e-12)
    np.testing.assert_allclose(almost, inverse, rtol=1e-9)


def exact_weights(beta):
    one_over = [1 / (1 - truth.MP.mpf(beta) ** n) for n in COUNTS]
    return [float(4 * v / sum(one_over)) for v in one_over]


@pytest.mark.parametrize("beta", [0.9, 1 - 3e-7, 1 - 2.3e-8, 1 - 1e-12])
def test_the_effective_number_does_not_cancel(beta):
    """beta^n is rounded beside 1: of 1 - beta^n seven digits may be lost, and more with
    a beta of float32, where 1 - 1e-8 is 1 and the weights are 0 / 0."""
    exact = exact_weights(beta)
    np.testing.assert_allclose(effective_number_weights(COUNTS, beta), exact, 4e-15)


def test_the_control_of_cancelling():
    naive = np.array([1 / (1 - (1 - 2.3e-8) ** n) for n in COUNTS])
    naive *= 4 / np.sum(naive)
    off = np.max(np.abs(naive / exact_weights(1 - 2.3e-8) - 1))
    assert 1e-10 < off < 1e-8


def test_the_weights_are_a_loss_s_class_weights():
    weights = effective_number_weights(np.array(COUNTS), 0.99)
    assert all(type(weight) is float for weight in weights)
    assert math.fsum(weights) == pytest.approx(4, rel=1e-15)
    assert SoftmaxCrossEntropy(class_weights=weights).class_weights == weights


@pytest.mark.parametrize(
    ("counts", "beta", "words"),
    [
        ((3, 0), 0.9, r"counts\[1\] must be a number in \(0"),
        ((0.75, 0.25), 0.9, r"counts\[0\] must be a number in \[1"),
        ((), 0.9, "counts must hold at least one"),
        ((3, 1), 1.0, "beta must be"),
        ((3, 1), -0.1, "beta must be"),
    ],
)
def test_what_has_no_effective_number_is_refused_by_name(counts, beta, words):
    with pytest.raises(ValueError, match=words):
        effective_number_weights(counts, beta)


# The asymmetric loss.


def decisions(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "logits": 4 * rng.normal(size=(20, 6)),
        "targets": rng.integers(0, 2, size=(20, 6)),
    }


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_equal_exponents_and_no_shift_are_focal_loss(gamma):
    args = decisions()
    found = run(AsymmetricLoss(gamma, gamma, 0.0), args)
    value, (dz,) = run(FocalLoss(gamma, alpha=None), args)
    assert_close(found[0], value, 1e-14)
    assert_close(found[1][0], dz, 1e-14)


def test_nothing_of_it_is_binary_cross_entropy():
    args = decisions()
    value, (dz,) = run(AsymmetricLoss(0.0, 0.0, 0.0, reduction="sum"), args)
    z, t = args["logits"], args["targets"]
    np.testing.assert_allclose(value, np.sum(np.logaddexp(0, z) - t * z), rtol=1e-14)
    assert_close(dz, 1 / (1 + np.exp(-z)) - t, 1e-14)


def negative_slopes(loss, p):
    z = np.log(p / (1 - p))[None, :]
    return run(
        dataclasses.replace(loss, reduction="sum"),
        {"logits": z, "targets": np.zeros(z.shape, int)},
    )[1][0][0]


def test_a_sure_negative_is_believed_to_be_labelled_wrongly():
    """With a shift the gradient has a peak and falls to 0; without, it stays at 1."""
    p = np.linspace(0.001, 0.9995, 2000)
    slopes = negative_slopes(AsymmetricLoss(), p)
    top = int(np.argmax(slopes))
    assert 0.85 < p[top] < 0.95
    assert 0.7 < slopes[top] < 0.75
    assert negative_slopes(AsymmetricLoss(), np.array([0.999]))[0] < 0.03
    assert np.all(np.diff(slopes[top:]) < 0)
    rising = negative_slopes(AsymmetricLoss(m=0.0), p)
    assert np.argmax(rising) > top, "the control"
    assert rising[-1] > 0.99


def test_a_negative_below_the_shift_has_no_loss_and_no_gradient():
    z = np.array([[math.log(0.049 / 0.951), -10.0, -1e30]])
    args = {"logits": z, "targets": np.zeros((1, 3), int)}
    for gamma_neg in (0.0, 4.0):
        loss = AsymmetricLoss(gamma_neg=gamma_neg, reduction="none")
        value, (dz,) = run(loss, args, np.ones((1, 3)))
        np.testing.assert_array_equal(value, 0)
        np.testing.assert_array_equal(dz, 0)


def test_the_loss_is_linear_in_the_target():
    args = decisions()
    ends = [
        run(AsymmetricLoss(), args | {"targets": np.full((20, 6), t)}) for t in (0, 1)
    ]
    value, (dz,) = run(AsymmetricLoss(), args | {"targets": np.full((20, 6), 0.25)})
    assert_close(value, 0.75 * ends[0][0] + 0.25 * ends[1][0], 1e-14)
    assert_close(dz, 0.75 * ends[0][1][0] + 0.25 * ends[1][1][0], 1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("m", [0.0, 1e-50, 0.05, 1 - 1e-12])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 4.0])
def test_logits_of_800_have_a_loss_and_a_gradient(dtype, m, gamma, xp):
    """A clamp would take the gradient of a hard positive away: it is -1."""
    if dtype == np.float16 and not hasattr(xp, "float16"):
        pytest.skip("this library has no float16")
    z = np.array([[800.0, -800, 30, -30]], dtype)
    loss = AsymmetricLoss(gamma, gamma, m, reduction="none")
    for target in (0, 1):
        args = {"logits": xp.asarray(z), "targets": xp.asarray(np.full((1, 4), target))}
        value, (dz,) = run(loss, args, xp.ones((1, 4)))
        assert np.all(np.isfinite(value))
        assert np.all(value >= 0)
        assert np.all(np.isfinite(dz))
        if target:
            np.testing.assert_allclose(dz[0, [1, 3]], -1, rtol=1e-3)
        elif m == 0:
            np.testing.assert_allclose(dz[0, [0, 2]], 1, rtol=1e-3)
            np.testing.assert_allclose(value[0, [0, 2]], [800, 30], rtol=1e-3)
