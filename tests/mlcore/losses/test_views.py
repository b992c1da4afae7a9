"""Losses of pairs, views, proxies and decisions: what each of them is a case of, and
where it ends."""

import dataclasses
import math

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.gradcheck import gradcheck
from mlcore.linalg import unit_rows
from mlcore.losses import (
    AdditiveMarginSoftmaxLoss,
    CLIPLoss,
    ContrastiveLoss,
    FocalLoss,
    NPairLoss,
    NTXentLoss,
    ProxyAnchorLoss,
    ProxyNCALoss,
    SigLIPLoss,
    SoftmaxLoss,
    SphereFace2Loss,
    SupConLoss,
)
from mlcore.losses.logistic import decisions

from .cases import assert_close, run

TOLERANCE = 1e-12


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def two_views(n=6, d=4):
    return {"x1": normal(1, n, d), "x2": normal(2, n, d)}


def classified(n=7, d=5, c=4):
    return {"x": normal(3, n, d), "w": normal(4, c, d), "y": np.arange(n) % c}


# One into another.


def test_n_pair_is_a_sum_over_the_other_positives():
    f, f_plus = normal(1, 5, 3), normal(2, 5, 3)
    value, _ = run(NPairLoss(reduction="none"), {"f": f, "f_plus": f_plus})
    s = f @ f_plus.T
    for i in range(5):
        others = sum(math.exp(s[i, j] - s[i, i]) for j in range(5) if j != i)
        assert value[i] == pytest.approx(math.log1p(others), rel=1e-13)


def test_n_pair_is_the_softmax_loss_in_which_the_batch_is_the_classifier():
    f, f_plus = normal(1, 5, 3), normal(2, 5, 3)
    value, gradients = run(NPairLoss(), {"f": f, "f_plus": f_plus})
    head = {"x": f, "w": f_plus, "y": np.arange(5)}
    expected, wanted = run(SoftmaxLoss(), head)
    assert_close(value, expected, 1e-14)
    for gradient, exact in zip(gradients, wanted, strict=True):
        assert_close(gradient, exact, 1e-13)


def test_nt_xent_is_the_normalised_softmax_of_each_view_against_all_others():
    """w is all other views, s = 1 / temperature, and there is no margin."""
    args, tau = two_views(), 0.3
    n, x = len(args["x1"]), np.concatenate(list(args.values()))
    head = AdditiveMarginSoftmaxLoss(m=0.0, s=1 / tau, reduction="none")
    rows = []
    for i in range(2 * n):
        others = [k for k in range(2 * n) if k != i]
        own = np.asarray([others.index((i + n) % (2 * n))])
        value, _ = head.forward(x[i : i + 1], x[others], own)
        rows.append(float(value[0]))
    value, _ = run(NTXentLoss(tau, reduction="none"), args)
    assert_close(value, (np.asarray(rows[:n]) + rows[n:]) / 2, TOLERANCE)


def test_nt_xent_has_the_negatives_of_n_pair_and_those_of_its_own_view():
    """On unit rows and at temperature 1, each softmax has N - 1 terms more."""
    one, two = (np.asarray(unit_rows(x)) for x in two_views().values())
    value, _ = run(NTXentLoss(1.0, reduction="none"), {"x1": one, "x2": two})
    rows = []
    for f, f_plus in ((one, two), (two, one)):
        pair, _ = run(NPairLoss(reduction="none"), {"f": f, "f_plus": f_plus})
        within = np.where(np.eye(6, dtype=bool), 0, np.exp(f @ f.T))
        more = np.sum(within, axis=1) / np.exp(np.sum(f * f_plus, axis=1))
        rows.append(np.log(np.exp(pair) + more))
    assert_close(value, (rows[0] + rows[1]) / 2, 1e-13)


@pytest.mark.parametrize("form", ["out", "in"])
@pytest.mark.parametrize("tau", [1.0, 0.1, 0.005])
def test_supcon_with_one_positive_is_nt_xent_in_both_forms(form, tau):
    args = two_views()
    n, x = len(args["x1"]), np.concatenate(list(args.values()))
    value, (dx1, dx2) = run(NTXentLoss(tau), args)
    labels = np.tile(np.arange(n), 2)
    again, (dx,) = run(SupConLoss(tau, form), {"x": x, "y": labels})
    assert_close(again, value, 1e-14)
    assert_close(dx, np.concatenate([dx1, dx2]), 1e-13)


def test_the_mean_inside_is_never_larger_and_equal_where_positives_are_equally_near():
    """Jensen's inequality, for each anchor."""
    strict = 0
    for seed in range(50):
        args = {"x": normal(seed, 9, 4), "y": np.arange(9) % 3}
        out, inside = (
            run(SupConLoss(0.2, form, reduction="none"), args)[0]
            for form in ("out", "in")
        )
        assert np.all(inside <= out * (1 + 1e-14))
        strict += int(np.sum(inside < out - 1e-6))
    assert strict > 400
    x = np.asarray([[1.0, 0], [0.6, 0.8], [0.6, -0.8], [-1.0, 0.1]])
    args = {"x": x, "y": np.asarray([0, 0, 0, 1])}
    out, inside = (
        run(SupConLoss(0.5, form, reduction="none"), args)[0] for form in ("out", "in")
    )
    assert out[0] == pytest.approx(inside[0], rel=1e-14)  # both at cosine 0.6
    assert out[1] > inside[1] + 0.1


def test_clip_does_not_know_which_side_is_which():
    x, v, log_t = normal(1, 6, 4), normal(2, 6, 4), np.asarray(1.3)
    value, (dx, dv, dt) = run(CLIPLoss(), {"x": x, "v": v, "log_t": log_t})
    again, (dv2, dx2, dt2) = run(CLIPLoss(), {"x": v, "v": x, "log_t": log_t})
    assert_close(again, value, 1e-14)
    for a, b in ((dx2, dx), (dv2, dv), (dt2, dt)):
        assert_close(a, b, 1e-13)


def test_clip_is_the_normalised_softmax_of_rows_and_of_columns():
    x, v, log_t = normal(1, 6, 4), normal(2, 6, 4), np.asarray(1.3)
    head = AdditiveMarginSoftmaxLoss(m=0.0, s=math.exp(1.3))
    parts = [head.forward(a, b, np.arange(6))[0] for a, b in ((x, v), (v, x))]
    value, _ = CLIPLoss().forward(x, v, log_t)
    assert_close(value, sum(parts) / 2, 1e-14)


def test_proxy_nca_with_its_positive_is_the_normalised_softmax():
    args = classified()
    value, gradients = run(ProxyNCALoss(scale=3.0, positive=True), args)
    expected, wanted = run(AdditiveMarginSoftmaxLoss(m=0.0, s=6.0), args)
    assert_close(value, expected, 1e-14)
    for gradient, exact in zip(gradients, wanted, strict=True):
        assert_close(gradient, exact, TOLERANCE)


def test_proxy_nca_is_made_of_squared_distances():
    """And may be negative: log(C - 1) - 2 on a sample's own one of orthogonal
    proxies."""
    args = classified()
    x, w = (np.asarray(unit_rows(args[name])) for name in "xw")
    d = np.sum((x[:, None] - w) ** 2, axis=2)
    own = np.arange(4) == args["y"][:, None]
    expected = np.log(np.sum(np.where(own, 0, np.exp(-d)), axis=1)) + d[own]
    value, _ = run(ProxyNCALoss(reduction="none"), args)
    assert_close(value, expected, 1e-13)
    value, _ = ProxyNCALoss().forward(np.eye(5), np.eye(5), np.arange(5))
    assert value == pytest.approx(math.log(4) - 2, rel=1e-14)


def test_proxy_anchor_at_a_large_scale_is_its_hardest_samples():
    args, delta = classified(12), 0.1
    x, w = (np.asarray(unit_rows(args[name])) for name in "xw")
    c, own = x @ w.T, np.arange(4) == args["y"][:, None]
    pull = np.maximum(delta - np.min(np.where(own, c, np.inf), axis=0), 0)
    push = np.maximum(np.max(np.where(own, -np.inf, c), axis=0) + delta, 0)
    for alpha, tolerance in ((1e3, 1e-2), (1e6, 1e-5)):
        value, _ = run(ProxyAnchorLoss(alpha=alpha, delta=delta), args)
        assert value / alpha == pytest.approx(
            np.mean(pull) + np.mean(push), rel=tolerance
        )


def test_a_proxy_whose_class_is_absent_counts_in_the_second_mean_only():
    args = classified(6, c=3)
    more = {**args, "w": np.concatenate([args["w"], normal(9, 1, 5)])}
    each = ProxyAnchorLoss(alpha=4.0, reduction="none")
    three, four = (run(each, a)[0] for a in (args, more))
    c = unit_rows(more["x"]) @ unit_rows(more["w"])[3]
    assert four[3] == pytest.approx(math.log1p(np.sum(np.exp(4 * (c + 0.1)))))
    push = np.asarray([three[j] - _pull(args, j) for j in range(3)])
    wanted = [_pull(args, j) * 4 / 3 + push[j] for j in range(3)]
    np.testing.assert_allclose(four[:3], wanted, rtol=1e-13)


def _pull(args, j, alpha=4.0, delta=0.1):
    c = unit_rows(args["x"]) @ unit_rows(args["w"])[j]
    return math.log1p(np.sum(np.exp(-alpha * (c[args["y"] == j] - delta))))


def test_sphereface2_without_its_margin_is_one_logistic_regression_a_class():
    """Weighed, on the cosines: t = 1 leaves them, m = 0 the threshold."""
    args = classified() | {"b": np.asarray(0.4)}
    loss = SphereFace2Loss(lam=0.7, r=5.0, m=0.0, t=1.0, reduction="sum")
    value, _ = run(loss, args)
    u = 5 * np.asarray(unit_rows(args["x"]) @ unit_rows(args["w"]).T) + 0.4
    targets = (np.arange(4) == args["y"][:, None]).astype(np.int64)
    weighed = FocalLoss(gamma=0.0, alpha=0.7, reduction="sum")
    expected, _ = weighed.forward(u, targets)
    assert_close(value, expected / 5, 1e-13)


def test_sphereface2_decides_each_class_alone():
    """Another row of w leaves every other gradient as it is, to the last bit. A softmax
    does not."""
    args = classified() | {"b": np.asarray(1.0)}
    moved = {**args, "w": args["w"].copy()}
    moved["w"][2] = normal(8, 5)
    others = [0, 1, 3]
    loss = SphereFace2Loss(r=8.0)
    before, after = (run(loss, a)[1][1][others] for a in (args, moved))
    np.testing.assert_array_equal(after, before)
    head = AdditiveMarginSoftmaxLoss(m=0.0, s=8.0)
    del args["b"], moved["b"]
    before, after = (run(head, a)[1][1][others] for a in (args, moved))
    assert np.max(np.abs(after - before)) > 1e-3


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
@pytest.mark.parametrize(
    "loss",
    [SphereFace2Loss(), SphereFace2Loss(lam=0.99, r=2.0, m=0.0, t=1.0)],
    ids=repr,
)
def test_sphereface2s_first_bias_is_the_best_where_all_cosines_are_0(loss, classes):
    x, w = np.asarray([[1.0, 0.0]]), np.tile([[0.0, 1.0]], (classes, 1))
    args = {"x": x, "w": w, "y": np.asarray([0])}
    best = loss.initial_bias(classes)
    at = [run(loss, args | {"b": np.asarray(best + off)}) for off in (0.0, -0.1, 0.1)]
    assert abs(at[0][1][2]) < 1e-15
    assert at[0][0] < min(at[1][0], at[2][0])


def test_sphereface2s_first_bias_is_that_of_the_published_settings():
    """As computed from the formula in two other ways."""
    loss = SphereFace2Loss()
    for classes, wanted in ((10, 12.95), (1000, 7.94), (85742, 3.49)):
        assert loss.initial_bias(classes) == pytest.approx(wanted, abs=5e-3)


def test_siglips_first_bias_is_the_best_where_all_cosines_are_0():
    for n in (2, 16, 300):
        rows = {"x": np.tile([[1.0, 0]], (n, 1)), "v": np.tile([[0, 1.0]], (n, 1))}
        args = rows | {"log_t": np.asarray(2.0)}
        best = SigLIPLoss.initial_bias(n)
        assert best == -math.log(n - 1)
        at = [
            run(SigLIPLoss(), args | {"b": np.asarray(best + off)})
            for off in (0.0, -0.1, 0.1)
        ]
        assert abs(at[0][1][3]) < 1e-13
        assert at[0][0] < min(at[1][0], at[2][0])


def test_a_bias_for_one_class_or_pair_is_refused():
    for refused in (1, 0, 2.0, True, None):
        with pytest.raises((ValueError, TypeError), match="classes must be an integer"):
            SphereFace2Loss().initial_bias(refused)
        with pytest.raises((ValueError, TypeError), match="n must be an integer"):
            SigLIPLoss.initial_bias(refused)


@pytest.mark.parametrize("cuts", [(), (3,), (1, 2, 6), (4, 5)])
def test_siglip_is_a_sum_over_blocks_of_columns(cuts):
    """So each device may hold some of the columns; a softmax needs all of a row."""
    x, v, log_t, b = normal(1, 7, 4), normal(2, 7, 4), np.asarray(1.0), np.asarray(-1.0)
    value, (_, _, _, db) = run(SigLIPLoss(), dict(x=x, v=v, log_t=log_t, b=b))
    u = math.e * unit_rows(x) @ unit_rows(v).T - 1.0
    own = np.eye(7, dtype=bool)
    blocks = np.split(np.arange(7), cuts)
    parts = [decisions(u[:, block], own[:, block]) for block in blocks]
    assert_close(value, sum(np.sum(part[0]) for part in parts) / 7, 1e-14)
    assert_close(db, sum(np.sum(part[1]) for part in parts) / 7, 1e-13)


# Collapse, and the ends of the temperature.


@pytest.mark.parametrize("n", [2, 5])
def test_features_that_are_all_equal_stay_so(n):
    """A stationary point: log(2N - 1), and no way to go."""
    x = np.tile(normal(0, 1, 4), (n, 1))
    value, gradients = run(NTXentLoss(0.2), {"x1": x, "x2": x.copy()})
    assert value == pytest.approx(math.log(2 * n - 1), rel=1e-14)
    for gradient in gradients:
        assert np.max(np.abs(gradient)) < 1e-14
    _, gradients = run(NTXentLoss(0.2), {"x1": x, "x2": x + normal(1, n, 4)})
    assert max(np.max(np.abs(g)) for g in gradients) > 0.05


def test_nt_xent_has_a_floor():
    """Whatever the features: all negatives opposite to both views."""
    for seed in range(20):
        for tau in (0.1, 0.5, 2.0):
            args = {"x1": normal(seed, 3, 2)}
            args["x2"] = args["x1"] + 0.01 * normal(seed + 50, 3, 2)
            value, _ = run(NTXentLoss(tau), args)
            assert value >= math.log1p(4 * math.exp(-2 / tau)) - 1e-15
    x = np.asarray([[1.0, 0.0], [-1.0, 0.0]])
    value, _ = run(NTXentLoss(0.5), {"x1": x, "x2": x.copy()})
    assert value == pytest.approx(math.log1p(2 * math.exp(-4)), rel=1e-14)


@pytest.mark.parametrize("tau", [0.5, 0.05, 0.01, 0.005, 1e-4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_small_temperature_is_finite_and_right(tau, dtype):
    """The anchor itself is at cosine 1: with it in the maximum, all exponentials of
    independent features would be 0 in float32."""
    args = {n: a.astype(dtype) for n, a in two_views(8, 64).items()}
    x, y = np.concatenate(list(args.values())), np.tile(np.arange(8), 2)
    value, gradients = run(NTXentLoss(tau), args)
    expected, wanted = run(
        NTXentLoss(tau), {n: a.astype(float) for n, a in args.items()}
    )
    # Cosines are rounded by eps, and divided by tau.
    tolerance = 20 * float(np.finfo(dtype).eps) / tau
    assert_close(value, expected, tolerance)
    for gradient, exact in zip(gradients, wanted, strict=True):
        assert_close(gradient, exact, tolerance)
    for form in ("out", "in"):
        value, (dx,) = run(SupConLoss(tau, form), {"x": x, "y": y % 3})
        assert np.isfinite(value)
        assert np.all(np.isfinite(dx))


def test_a_temperature_too_small_for_the_dtype_is_refused_by_name():
    args = {n: a.astype(np.float32) for n, a in two_views().items()}
    with pytest.raises(ValueError, match="temperature must fit into float32"):
        NTXentLoss(1e-39).forward(*args.values())
    with pytest.raises(ValueError, match="temperature must fit into float32"):
        SupConLoss(1e-39).forward(args["x1"], np.arange(6) % 2)


@pytest.mark.parametrize("loss", [CLIPLoss(), SigLIPLoss()], ids=repr)
def test_a_scale_too_large_for_the_dtype_is_refused_by_name(loss):
    x, v = normal(1, 3, 2).astype(np.float32), normal(2, 3, 2).astype(np.float32)
    scalars = [np.asarray(0.0, np.float32)] * isinstance(loss, SigLIPLoss)
    for log_t in (88.0, 1e4, 3e38):
        with pytest.raises(FloatingPointError, match=r"exp\(log_t\) must fit"):
            loss.forward(x, v, np.asarray(log_t, np.float32), *scalars)
    value, _ = loss.forward(x, v, np.asarray(-1e4, np.float32), *scalars)
    assert np.isfinite(value)


def test_very_small_losses_keep_their_digits():
    """log(1 + 2 e^-80) is 4e-35: a difference of two log-sum-exps would be 0."""
    x = np.asarray([[1.0, 0.0], [-1.0, 0.0]])
    wanted = math.log1p(2 * math.exp(-80))
    value, _ = run(NTXentLoss(1 / 40), {"x1": x, "x2": x.copy()})
    assert value == pytest.approx(wanted, rel=1e-12)
    for form in ("out", "in"):
        args = {"x": np.repeat(x, 2, axis=0), "y": np.asarray([0, 0, 1, 1])}
        value, _ = run(SupConLoss(1 / 40, form), args)
        assert value == pytest.approx(wanted, rel=1e-12)


# Nothing to compare.


def test_one_sample_has_nothing_to_be_told_apart_from(xp):
    x, v = xp.asarray(normal(1, 1, 3)), xp.asarray(normal(2, 1, 3))
    zero = xp.asarray(0.0)
    for loss, args in (
        (NTXentLoss(), (x, v)),
        (NPairLoss(), (x, v)),
        (CLIPLoss(), (x, v, zero)),
        (SupConLoss(), (x, xp.asarray([3]))),
    ):
        value, saved = loss.forward(*args)
        assert value == 0
        for gradient in loss.backward(saved):
            np.testing.assert_array_equal(to_numpy(gradient), 0)


@pytest.mark.parametrize("form", ["out", "in"])
def test_an_anchor_without_positive_is_no_anchor_and_still_a_negative(form):
    args = {"x": normal(0, 6, 4), "y": np.asarray([0, 1, 0, 2, 1, 0])}
    value, _ = run(SupConLoss(0.5, form, reduction="none"), args)
    assert value[3] == 0
    mean, (dx,) = run(SupConLoss(0.5, form), args)
    assert mean == pytest.approx(np.sum(value) / 5, rel=1e-14)
    assert np.any(dx[3] != 0)


@pytest.mark.parametrize("y", [[0, 1, 2, 3], [5, 5, 5, 5]])
@pytest.mark.parametrize("form", ["out", "in"])
def test_no_positive_at_all_is_0_and_no_negative_at_all_is_not(y, form, xp):
    x = xp.asarray(normal(0, 4, 3))
    loss = SupConLoss(0.5, form)
    value, (dx,) = run(loss, {"x": x, "y": xp.asarray(np.asarray(y))})
    if y[0] != y[1]:
        assert value == 0
        np.testing.assert_array_equal(dx, 0)
    elif form == "in":  # the mean of probabilities that sum to 1
        assert value == pytest.approx(math.log(3), rel=1e-14)
        np.testing.assert_array_equal(dx, 0)
    else:
        assert value > math.log(3)


@pytest.mark.parametrize("positive", [True, False])
def test_a_single_proxy_leaves_proxy_nca_at_0(positive):
    args = classified(c=1)
    value, gradients = run(ProxyNCALoss(positive=positive), args)
    assert value == 0
    for gradient in gradients:
        np.testing.assert_array_equal(gradient, 0)


def test_proxy_anchor_with_two_classes_and_with_one():
    """The published code broadcasts silently for two: here they are as any others."""
    for classes in (1, 2):
        args = classified(6, c=classes)
        value, _ = run(ProxyAnchorLoss(alpha=4.0), args)
        c = np.asarray(unit_rows(args["x"]) @ unit_rows(args["w"]).T)
        own = np.arange(classes) == args["y"][:, None]
        near = np.sum(np.where(own, np.exp(-4 * (c - 0.1)), 0), axis=0)
        far = np.sum(np.where(own, 0, np.exp(4 * (c + 0.1))), axis=0)
        expected = np.mean(np.log1p(near)) + np.mean(np.log1p(far))
        assert value == pytest.approx(expected, rel=1e-13)


def test_two_points_in_one_place_that_ought_to_be_apart_have_no_way_to_go():
    x = normal(0, 3, 4)
    args = {"x1": x, "x2": x.copy(), "same": np.asarray([0, 1, 0])}
    value, (dx1, dx2) = run(ContrastiveLoss(margin=2.0, reduction="none"), args)
    np.testing.assert_array_equal(value, [2.0, 0.0, 2.0])
    np.testing.assert_array_equal(dx1, 0)
    np.testing.assert_array_equal(dx2, 0)


def test_which_pairs_belong_together_is_said_with_1_and_0(xp):
    args = {n: xp.asarray(a) for n, a in two_views(4).items()}
    numbers = np.asarray([1, 0, 0, 1])
    loss = ContrastiveLoss(margin=3.0)
    expected, _ = loss.forward(*args.values(), xp.asarray(numbers))
    same, _ = loss.forward(*args.values(), xp.asarray(numbers == 1))
    assert same == expected
    with pytest.raises(
        ValueError, match=r"same must lie in \[0, 2\), but same\[1\] is 2"
    ):
        loss.forward(*args.values(), xp.asarray(np.asarray([1, 2, 0, 1])))
    with pytest.raises(TypeError, match="same must have an integer dtype"):
        loss.forward(*args.values(), xp.asarray(numbers.astype(float)))


@pytest.mark.parametrize("wrong", [np.zeros(1), np.zeros((1, 1)), np.zeros(6)])
def test_a_learned_number_has_no_axis(wrong):
    x, v, zero = normal(1, 6, 4), normal(2, 6, 4), np.asarray(0.0)
    w, y = normal(3, 4, 4), np.arange(6) % 4
    with pytest.raises(ValueError, match="log_t must have 0 dimensions"):
        CLIPLoss().forward(x, v, wrong)
    with pytest.raises(ValueError, match="log_t must have 0 dimensions"):
        SigLIPLoss().forward(x, v, wrong, zero)
    with pytest.raises(ValueError, match="b must have 0 dimensions"):
        SigLIPLoss().forward(x, v, zero, wrong)
    with pytest.raises(ValueError, match="b must have 0 dimensions"):
        SphereFace2Loss().forward(x, w, y, wrong)
    with pytest.raises(TypeError, match="log_t must be an array, got float"):
        CLIPLoss().forward(x, v, 0.0)


# SphereFace2's two gradients.


def arguments_of_sphereface2():
    return tuple((classified() | {"b": np.asarray(1.0)}).values())


def test_the_true_gradient_is_the_derivative_and_the_detached_one_is_not():
    args = arguments_of_sphereface2()
    true = SphereFace2Loss(r=8.0)
    assert gradcheck(true, args).max_relative_error < 1e-6
    detached = dataclasses.replace(true, gradient="detached")
    assert detached.forward(*args)[0] == true.forward(*args)[0]
    assert gradcheck(detached, args).max_relative_error > 0.1
    plain = [dataclasses.replace(loss, t=1.0) for loss in (true, detached)]
    first, second = (loss.backward(loss.forward(*args)[1]) for loss in plain)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_cosine_beyond_minus_1_by_rounding_has_a_power():
    """((c + 1) / 2)^t of a negative number is none, where t is no integer."""
    rows = normal(0, 200, 3)
    args = {"x": rows, "w": -rows, "y": np.arange(200), "b": np.asarray(0.0)}
    value, gradients = run(SphereFace2Loss(t=1.5), args)
    assert np.isfinite(value)
    assert all(np.all(np.isfinite(g)) for g in gradients)


# Controls: what goes wrong most often is seen by the reader's own check.


class NoColumns(NTXentLoss):
    """Each sample as an anchor alone: G without its transpose."""

    def backward(self, saved, dloss=1.0):
        n, (first, second) = len(saved.losses), saved.views
        g = saved.g / (2 * n * self.temperature)
        d_hat = g @ np.concatenate([first.hat, second.hat])
        return first.project(d_hat[:n]), second.project(d_hat[n:])


class DividedTwice(SigLIPLoss):
    """The mean over all N^2 decisions."""

    def backward(self, saved, dloss=1.0):
        return tuple(g / len(saved.losses) for g in super().backward(saved, dloss))


class TargetOfTheOtherForm(SupConLoss):
    """The gradient of "in" under the value of "out"."""

    def forward(self, x, y):
        value, _ = super().forward(x, y)
        return value, SupConLoss(self.temperature, "in").forward(x, y)[1]


class WrongSignOfTheScale(CLIPLoss):
    """d / d log tau in the place of d / d log t."""

    def backward(self, saved, dloss=1.0):
        dx, dv, dt = super().backward(saved, dloss)
        return dx, dv, -dt


@pytest.mark.parametrize(
    ("right", "wrong", "args"),
    [
        (NTXentLoss(), NoColumns(), tuple(two_views().values())),
        (
            SigLIPLoss(),
            DividedTwice(),
            (*two_views().values(), np.asarray(1.0), np.asarray(-1.0)),
        ),
        (
            SupConLoss(0.5),
            TargetOfTheOtherForm(0.5),
            (normal(5, 9, 4), np.arange(9) % 3),
        ),
        (
            CLIPLoss(),
            WrongSignOfTheScale(),
            (*two_views().values(), np.asarray(1.0)),
        ),
    ],
    ids=lambda v: type(v).__name__,
)
def test_control_the_common_slips_are_seen(right, wrong, args):
    assert gradcheck(right, args).max_relative_error < 1e-6
    assert gradcheck(wrong, args).max_relative_error > 0.1
