"""To the very ends of the floating-point numbers: right, infinite where right is, or
refused.

Powers of two scale without rounding, so what must not change is compared to the last
digits. pytest turns warnings into errors: a path whose value is right warns of nothing.
"""

import contextlib
import dataclasses
import math
import re

import numpy as np
import pytest

from mlcore import metrics
from mlcore.arrays import to_numpy
from mlcore.linalg import norms, unit_rows
from mlcore.losses import (
    AdaFaceLoss,
    AngularSoftmaxLoss,
    BatchTripletLoss,
    CenterLoss,
    CircleLoss,
    CLIPLoss,
    FocalLoss,
    LargeMarginSoftmaxLoss,
    MagFaceLoss,
    MVSoftmaxLoss,
    NTXentLoss,
    ProxyAnchorLoss,
    ProxyNCALoss,
    SigLIPLoss,
    SoftmaxCrossEntropy,
    SoftmaxFocalLoss,
    SoftmaxLoss,
    SphereFace2Loss,
    SupConLoss,
    TripletLoss,
    VectorScalingLoss,
)
from mlcore.losses.registry import REGISTRY

from . import truth
from .cases import (
    arguments,
    assert_close,
    cast,
    changed,
    differentiable,
    every_entry,
    every_loss,
    floating,
    lengths,
    run,
)

# Smallest subnormal 2^-149 and 2^-1074; entries below are up to 2 in eighths.
ENDS = {
    "float32": (-140, -127, -120, -64, 64, 120, 126),
    "float64": (-1060, -1021, 600, 1022),
}
EXTREME = [(dtype, k) for dtype, exponents in ENDS.items() for k in exponents]
every_extreme = pytest.mark.parametrize(("dtype", "k"), EXTREME)


def eighths(a):
    """Numbers of few digits, so that they keep all of them as subnormal numbers."""
    return np.clip(np.round(8 * a) / 8, -2, 2)


def powers(k, n, dtype, which=None):
    """A column of 2^k, or of 1 outside the rows `which`."""
    chosen = range(n) if which is None else which
    exponents = np.where(np.isin(np.arange(n), chosen), k, 0)
    return np.ldexp(np.ones((n, 1), dtype), exponents[:, None]).astype(dtype)


def divided(gradient, factors, dtype):
    """What a gradient becomes if its argument is multiplied; saturated where it must
    be."""
    largest = float(np.finfo(dtype).max)
    with np.errstate(over="ignore"):
        return np.clip(gradient.astype(dtype) / factors, -largest, largest)


def assert_alike(actual, expected, eps, what):
    """Row by row: rows of different magnitude must not hide each other's errors."""
    for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
        smallest = float(np.finfo(a.dtype).smallest_subnormal)
        scale = float(np.max(np.abs(e)))
        with np.errstate(over="ignore"):
            error = np.max(np.abs(a.astype(float) / 2 - e.astype(float) / 2)) * 2
        assert error <= 64 * eps * scale + 2 * smallest, (
            f"row {i} of {what}: {a} is not {e}"
        )


# Their margins look at the lengths of the features.
SEE_LENGTHS = (AdaFaceLoss, MagFaceLoss)
NORMALISED = [
    (loss, ("w",) if entry.loss in SEE_LENGTHS else ("x", "w"))
    for entry in REGISTRY
    for loss in entry.variants
    if getattr(loss, "normalised_features", False)
]
NORMALISED += [(AngularSoftmaxLoss(m=4), ("w",)), (CircleLoss(gamma=16.0), ("x",))]
NORMALISED += [
    (BatchTripletLoss(mining=word, distance="cosine"), ("x",))
    for word in ("all", "hard")
]
NORMALISED += [(TripletLoss(distance="cosine"), ("anchor", "positive", "negative"))]
NORMALISED += [(NTXentLoss(), ("x1", "x2")), (SupConLoss(temperature=0.5), ("x",))]
NORMALISED += [(CLIPLoss(), ("x", "v")), (SigLIPLoss(), ("x", "v"))]
NORMALISED += [
    (loss, ("x", "w"))
    for loss in (SphereFace2Loss(r=8.0), ProxyNCALoss(), ProxyAnchorLoss(alpha=8.0))
]


@pytest.mark.parametrize(("loss", "names"), NORMALISED, ids=lambda v: type(v).__name__)
@every_extreme
def test_what_is_normalised_has_the_loss_of_the_same_row_scaled(loss, names, dtype, k):
    """A row near 3e38 or 1e-45 has a direction, and the loss sees nothing else; its
    gradient is that of the ordinary row divided by the factor."""
    (entry,) = [entry for entry in REGISTRY if entry.loss is type(loss)]
    args = {
        n: eighths(a) if a.dtype.kind == "f" else a
        for n, a in arguments(entry, 4).items()
    }
    args = cast(args, dtype)
    eps = float(np.finfo(dtype).eps)
    loss = dataclasses.replace(loss, reduction="sum")
    expected, wanted = run(loss, args)
    for which in (None, [0, 2]):  # all rows, or some beside ordinary ones
        factors = {
            name: np.expand_dims(
                powers(k, len(args[name]), dtype, which),
                tuple(range(2, args[name].ndim)),
            )
            for name in names
        }
        large = changed(args, **{name: args[name] * factors[name] for name in names})
        value, gradients = run(loss, large)
        assert_close(value, expected, 32 * eps)
        for name, actual, ordinary in zip(
            differentiable(args), gradients, wanted, strict=True
        ):
            exact = divided(ordinary, factors.get(name, 1), dtype)
            actual, exact = np.atleast_1d(actual), np.atleast_1d(exact)
            assert_alike(actual, exact, eps, f"d{name} at 2^{k}")


@pytest.mark.parametrize(
    "loss", [LargeMarginSoftmaxLoss(m=3), AngularSoftmaxLoss(m=3), SoftmaxLoss()]
)
@pytest.mark.parametrize("factor", [1e-38, 1e-40, 1e-44])
def test_features_that_almost_vanish_agree_with_fifty_digits(loss, factor):
    """Not normalised: the logits vanish, the direction and the gradient of w's row do
    not."""
    (entry,) = [entry for entry in REGISTRY if entry.loss is type(loss)]
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=(4, 3)) * factor, rng.normal(size=(3, 3))
    args = {
        "x": x.astype(np.float32),
        "w": w.astype(np.float32),
        "y": np.asarray([0, 1, 2, 0]),
    }
    value, gradients = run(loss, args)
    reference = truth.REFERENCES[entry.name]
    assert_close(value, truth.exact_value(reference, loss, args), 1e-6)
    with truth.MP.workdps(150):
        exact = truth.exact_gradient(reference, loss, args, ["x", "w"])
    for actual, wanted in zip(gradients, exact, strict=True):
        error = np.abs(actual.astype(float) - wanted)
        # The terms of a sum are rounded to subnormal numbers, 1.4e-45 apart, each on
        # its own.
        assert np.all(error <= 2e-5 * np.max(np.abs(wanted)) + 6e-45)


@pytest.mark.parametrize(
    ("loss", "names"), [(LargeMarginSoftmaxLoss(m=2), "xw"), (SoftmaxLoss(), "xw")]
)
@pytest.mark.parametrize(("dtype", "k"), [("float32", 120), ("float64", 1000)])
def test_a_huge_feature_under_a_tiny_weight_has_an_ordinary_logit(
    loss, names, dtype, k
):
    """A factor moved from one to the other changes nothing, as far as both are
    floats."""
    args = cast(
        {n: eighths(a) if n in "xw" else a for n, a in _classified().items()}, dtype
    )
    expected, wanted = run(loss, args)
    up, down = (np.ldexp(np.ones((), dtype), e).astype(dtype) for e in (k, -k))
    for x_factor, w_factor in ((up, down), (down, up)):
        moved = changed(args, x=args["x"] * x_factor, w=args["w"] * w_factor)
        value, (dx, dw) = run(loss, moved)
        eps = float(np.finfo(dtype).eps)
        assert_close(value, expected, 32 * eps)
        assert_alike(dx, wanted[0] / x_factor, eps, "dx")
        assert_alike(dw, wanted[1] / w_factor, eps, "dw")


def _classified():
    rng = np.random.default_rng(0)
    return {
        "x": rng.normal(size=(5, 4)),
        "w": rng.normal(size=(3, 4)),
        "y": np.arange(5) % 3,
    }


@pytest.mark.parametrize(
    "loss", [SoftmaxLoss(), LargeMarginSoftmaxLoss(m=1), LargeMarginSoftmaxLoss(m=4)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_product_that_overflows_is_refused_with_its_row(loss, sign, xp):
    """x and w are finite, their product is not: 1e25 * 1e25 in float32. An infinite
    logit of another class would leave the loss finite and wrong."""
    x, w = np.ones((4, 3), np.float32), np.ones((3, 3), np.float32)
    x[2:] = 1e25
    for row in range(3):
        huge = w.copy()
        huge[row] = sign * np.float32(1e25)
        with pytest.raises(
            FloatingPointError, match=r"x @ w\.T.* must be finite, but row 2"
        ):
            loss.forward(xp.asarray(x), xp.asarray(huge), xp.asarray(np.zeros(4, int)))


def test_a_sum_that_overflows_only_on_its_way_is_refused_too(xp):
    """-inf + inf in one logit: NaN for a machine that adds in this order."""
    x = np.asarray([[1.0, 1.0, 1.0, 1.0]], np.float32)
    w = np.asarray([[3e38, 3e38, -3e38, -3e38], [0, 0, 0, 0]], np.float32)
    with pytest.raises(FloatingPointError, match=r"x @ w\.T .* row 0"):
        SoftmaxLoss().forward(
            xp.asarray(x), xp.asarray(w), xp.asarray(np.zeros(1, int))
        )


def test_a_bias_that_overflows_the_logit_is_refused(xp):
    x, w = np.ones((2, 1), np.float32), np.full((2, 1), 3e38, np.float32)
    y, b = np.zeros(2, int), np.full(2, 3e38, np.float32)
    args = (xp.asarray(a) for a in (x, w, y, b))
    with pytest.raises(FloatingPointError, match="row 0"):
        SoftmaxLoss().forward(*args)


FROM_LOGITS = [
    SoftmaxCrossEntropy(),
    SoftmaxCrossEntropy(label_smoothing=0.1),
    SoftmaxCrossEntropy(class_weights=(2.0, 0.5, 0.0)),
    SoftmaxCrossEntropy(0.1, (2.0, 0.5, 0.0), ignore_index=2),
    SoftmaxFocalLoss(),
    SoftmaxFocalLoss(gamma=0.5, class_weights=(2.0, 0.5, 0.0), ignore_index=1),
    VectorScalingLoss(counts=(9.0, 3.0, 1.0)),
]
MOST = {np.float32: 3.4e38, np.float64: 1.7e308}


@pytest.mark.parametrize("loss", FROM_LOGITS)
@pytest.mark.parametrize("dtype", MOST)
@pytest.mark.parametrize("share", [1.0, 0.5, 0.25])
def test_logits_whose_spread_exceeds_the_largest_float(loss, dtype, share, xp):
    """The rounded loss: a difference of logits, or infinity. Gradients are
    probabilities."""
    top = MOST[dtype] * share
    rows = [[top, -top, 0.0], [-top, top, top], [0.0, -top, -top], [-top, -top, -top]]
    logits = np.asarray(rows * 3, dtype)
    y = np.repeat(np.arange(3), 4)
    each = dataclasses.replace(loss, reduction="none")
    entry = next(entry for entry in REGISTRY if entry.loss is type(loss))
    args = {"logits": logits, "y": y}
    exact = truth.exact_value(truth.REFERENCES[entry.name], each, args)
    with np.errstate(over="ignore"):
        exact = exact.astype(dtype)
    value, (g,) = run(
        each, {name: xp.asarray(a) for name, a in args.items()}, xp.ones(12)
    )
    assert not np.any(np.isnan(value))
    np.testing.assert_array_equal(np.isinf(value), np.isinf(exact))
    finite = np.isfinite(exact)
    np.testing.assert_allclose(
        value[finite], exact[finite], rtol=8 * float(np.finfo(dtype).eps)
    )
    assert np.all(np.isfinite(g))
    assert np.all(np.abs(g) <= 2)
    for reduction in ("mean", "sum"):
        whole, (g,) = run(dataclasses.replace(loss, reduction=reduction), args)
        assert not np.isnan(whole)
        assert np.all(np.isfinite(g))


@pytest.mark.parametrize(
    "loss", [SoftmaxCrossEntropy(ignore_index=-1), SoftmaxFocalLoss(ignore_index=-1)]
)
def test_an_ignored_row_may_have_any_finite_logits(loss, xp):
    """0 * inf is no number."""
    logits = np.asarray([[3e38, -3e38], [1.0, 2.0]], np.float32)
    value, (g,) = run(
        loss, {"logits": xp.asarray(logits), "y": xp.asarray(np.asarray([-1, 0]))}
    )
    alone, (wanted,) = run(loss, {"logits": logits[1:], "y": np.asarray([0])})
    assert value == alone
    np.testing.assert_array_equal(g, [[0, 0], wanted[0]])


def test_soft_targets_of_logits_far_apart(xp):
    """A class with probability 0 may be any distance behind."""
    logits = np.asarray([[3e38, -3e38, 3e38]] * 2, np.float32)
    y = np.asarray([[0.5, 0, 0.5], [0, 1, 0]], np.float32)
    loss = SoftmaxCrossEntropy(reduction="none")
    value, (g,) = run(loss, {"logits": xp.asarray(logits), "y": xp.asarray(y)})
    np.testing.assert_allclose(value, [math.log(2), math.inf], rtol=1e-6)
    np.testing.assert_allclose(g, [[0, 0, 0], [0.5, -1, 0.5]], atol=1e-7)


@pytest.mark.parametrize(
    "loss",
    [
        FocalLoss(),
        FocalLoss(alpha=0.0),
        FocalLoss(0.0, None, 1e30),
        FocalLoss(0.5, 1.0, (9.0, 1.0)),
    ],
)
@pytest.mark.parametrize("dtype", MOST)
def test_the_focal_loss_of_the_largest_logits(loss, dtype, xp):
    top = MOST[dtype]
    logits = np.asarray([[top, -top]] * 3, dtype)
    targets = np.asarray([[0, 1], [1, 0], [0.5, 0.25]])
    each = dataclasses.replace(loss, reduction="none")
    args = {"logits": xp.asarray(logits), "targets": xp.asarray(targets)}
    value, (g,) = run(each, args)
    assert not np.any(np.isnan(value))
    assert np.all(np.isfinite(g))
    assert value[1].tolist() == [0, 0]
    assert (value[0, 0] > 1e30) == (loss.alpha != 1.0)


def test_the_mean_of_losses_whose_sum_overflows(xp):
    """Each is 3e38; so is their mean."""
    logits = np.asarray([[3e38, 0.0]] * 5, np.float32)
    value, _ = run(
        SoftmaxCrossEntropy(),
        {"logits": xp.asarray(logits), "y": xp.asarray(np.ones(5, int))},
    )
    np.testing.assert_allclose(value, 3e38, rtol=1e-6)


@pytest.mark.parametrize("kind", ["euclidean", "squared"])
@pytest.mark.parametrize("far", [True, False])
def test_distances_that_overflow_are_refused_with_their_row(kind, far, xp):
    """Two infinite distances would make a bracket of NaN."""
    a = np.zeros((3, 2), np.float32)
    b = np.full((3, 2), 1e-3, np.float32)
    b[1] = 3e38 if far else 2.9e38
    b[1, 0] *= -1
    triplet = [xp.asarray(v) for v in (a, b, b)]
    with pytest.raises(FloatingPointError, match=r"d\(anchor, positive\).* row 1"):
        TripletLoss(distance=kind).forward(*triplet)
    for mining in ("all", "hard", "semi-hard"):
        loss = BatchTripletLoss(mining=mining, distance=kind)
        with pytest.raises(FloatingPointError, match=r"the distances to x .* row 0"):
            loss.forward(xp.asarray(b), xp.asarray(np.asarray([0, 0, 1])))


@pytest.mark.parametrize(
    "factor", [2.0**-140, 2.0**-126, 2.0**-100, 2.0**100, 2.0**120]
)
def test_euclidean_distances_of_every_magnitude(factor, xp):
    """The distance scales with the points, its gradient is a unit vector whatever they
    are."""
    rng = np.random.default_rng(0)
    names, kind = ("anchor", "positive", "negative"), np.float32
    args = {name: eighths(rng.normal(size=(6, 3))).astype(kind) for name in names}
    loss = TripletLoss(margin=0.0, reduction="sum")
    expected, wanted = run(loss, args)
    scaled = {name: xp.asarray((a * factor).astype(kind)) for name, a in args.items()}
    value, gradients = run(loss, scaled)
    np.testing.assert_allclose(value, expected * factor, rtol=1e-5, atol=1e-44)
    for actual, g in zip(gradients, wanted, strict=True):
        np.testing.assert_allclose(actual, g, atol=1e-6)
    x, y = args["anchor"], np.asarray([0, 0, 0, 1, 1, 1])
    for mining in ("all", "hard", "semi-hard"):
        batch = BatchTripletLoss(margin=0.0, mining=mining, reduction="sum")
        _, (g,) = run(batch, {"x": x, "y": y})
        _, (actual,) = run(
            batch, {"x": xp.asarray((x * factor).astype(kind)), "y": xp.asarray(y)}
        )
        np.testing.assert_allclose(actual, g, atol=1e-5)


def test_a_center_too_far_away_costs_infinity_or_is_refused(xp):
    """The loss is a square, and infinite; the gradient is a difference, and finite or
    refused."""
    x, y = np.asarray([[1e30, 1.0], [0.0, 1.0]], np.float32), np.zeros(2, int)
    centers = np.zeros((1, 2), np.float32)
    args = {"x": xp.asarray(x), "centers": xp.asarray(centers), "y": xp.asarray(y)}
    value, (g,) = run(CenterLoss(reduction="none"), args)
    assert value.tolist() == [math.inf, 0.5]
    np.testing.assert_array_equal(g, x)
    opposite = xp.asarray(np.full((1, 2), -3e38, np.float32))
    far = xp.asarray(np.full((2, 2), 3e38, np.float32))
    with pytest.raises(
        FloatingPointError, match=r"x - centers\[y\] must be finite, but row 0"
    ):
        CenterLoss().forward(far, opposite, xp.asarray(y))
    # The sum of the differences is past float32, the move of the center is not; of
    # float64 it is.
    _, saved = CenterLoss().forward(far, far, xp.asarray(y))
    moved = CenterLoss().update(xp.asarray(np.full((2, 2), -3e38, np.float32)), saved)
    np.testing.assert_allclose(
        to_numpy(moved), [[-1e38, -1e38], [-3e38, -3e38]], rtol=1e-6
    )
    far = xp.asarray(np.full((2, 2), 1.7e308))
    _, saved = CenterLoss().forward(far, far, xp.asarray(y))
    with pytest.raises(FloatingPointError, match=r"centers\[y\] - x"):
        CenterLoss().update(xp.asarray(np.full((2, 2), -1.7e308)), saved)


@every_entry
def test_a_hyper_parameter_beyond_the_dtype_is_refused_by_name(entry):
    """1e39 is a number in float64 and infinity in float32, where it would make 0 *
    inf."""
    factors = {"s", "m1", "margin", "tau", "pos_weight", "scale", "r", "delta"}
    exponents = {"gamma", "gamma_pos", "gamma_neg"}
    fields = {field.name for field in dataclasses.fields(entry.loss)}
    for name in (factors | exponents) & fields:
        loss = dataclasses.replace(entry.variants[0], **{name: 1e39})
        loss.forward(*arguments(entry).values())
        with pytest.raises(ValueError, match=f"{name}.* must fit into float32"):
            loss.forward(*cast(arguments(entry), np.float32).values())


MAGNITUDES = (5e-324, 1e-300, 1e-160, 1e-45, 1e-40, 1e-20, 1e20, 1e39, 1e160, 1e300)


def of_every_magnitude(loss, name):
    """The loss with a number of every magnitude that `name` may have."""
    given = getattr(loss, name)
    for number in MAGNITUDES if isinstance(given, float | tuple) else ():
        new = (number, *given[1:]) if isinstance(given, tuple) else number
        with contextlib.suppress(ValueError):  # its range: `test_hyper_parameters`
            yield dataclasses.replace(loss, **{name: new})


def refusal(loss, args):
    """What a loss says that refuses a hyper-parameter at these arguments, or ""."""
    try:
        value, gradients = run(loss, args)
    except ValueError as error:
        return str(error)
    assert all(np.all(np.isfinite(array)) for array in (value, *gradients)), loss
    return ""


@every_entry
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_hyper_parameter_of_any_magnitude_is_served_or_refused_by_name(entry, dtype):
    """Never NaN, infinity or a warning. 1e-45 is a number in float64, and 0 in
    float32."""
    args = cast(arguments(entry), dtype)
    for name in (field.name for field in dataclasses.fields(entry.loss)):
        for variant in entry.variants:
            for loss in of_every_magnitude(variant, name):
                said = refusal(loss, args)
                assert not said or re.search(rf"\b{name}\b.* must fit into", said)


def test_the_control_of_magnitudes():
    """A loss that does not ask is seen."""
    entry = next(e for e in REGISTRY if e.name == "mv-softmax")
    args = cast(arguments(entry), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlcore.losses.hard_negatives.check_fits", lambda *a: None)
        with pytest.raises((AssertionError, RuntimeWarning)):
            refusal(MVSoftmaxLoss(t=1e39), args)
    assert refusal(MVSoftmaxLoss(t=1e39), args)
    assert not refusal(MVSoftmaxLoss(t=2.0), args)


@every_extreme
def test_lengths_and_directions_to_the_ends(dtype, k, xp):
    """A norm that exceeds the dtype is infinite, a direction never."""
    rows = eighths(np.random.default_rng(1).normal(size=(5, 3))).astype(dtype)
    rows[3] = 0
    given = xp.asarray(rows * powers(k, 5, dtype))
    exact = np.asarray([math.hypot(*row.tolist()) for row in rows])
    with np.errstate(over="ignore"):
        wanted = np.ldexp(exact, k).astype(dtype)
    eps = float(np.finfo(dtype).eps)
    smallest = float(np.finfo(dtype).smallest_subnormal)
    got = to_numpy(norms(given))
    np.testing.assert_allclose(got, wanted, rtol=8 * eps, atol=smallest)
    directions = to_numpy(unit_rows(given))
    np.testing.assert_allclose(
        directions, rows / np.where(exact > 0, exact, 1)[:, None], atol=4 * eps
    )


@every_extreme
def test_angles_in_the_metrics_see_directions_only(dtype, k):
    rows = eighths(np.random.default_rng(1).normal(size=(6, 3))).astype(dtype)
    y, large = np.arange(6) % 2, rows * powers(k, 6, dtype)
    tolerance = 100 * float(np.finfo(dtype).eps)
    for measure in (
        lambda x: metrics.cosines(x, x[::-1]),
        lambda x: metrics.within_between_angles(x, y),
        lambda x: metrics.mean_target_angle(x, x[:2], y),
        lambda x: metrics.recall_at_k(x, y),
    ):
        np.testing.assert_allclose(measure(large), measure(rows), atol=tolerance)


@every_entry
@pytest.mark.parametrize("factor", [6e-8, 1e-5, 1.0, 6e4])
def test_float16_to_its_ends(entry, factor):
    """Subnormal numbers, and the largest: all are ordinary in float32, where they are
    computed."""
    args = arguments(entry)
    rows = {n: np.clip(args[n] * factor, -65504, 65504) for n in lengths(args)}
    for loss in entry.variants:
        value, gradients = run(loss, cast(changed(args, **rows), np.float16))
        assert np.isfinite(value)
        assert all(np.all(np.isfinite(g)) for g in gradients)


@every_loss
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_magnitude_gives_nan_or_a_warning(entry, loss, dtype):
    """Entries, rows or whole arrays of any magnitude there is: a loss, infinity, or a
    refusal."""
    rng, info = np.random.default_rng(7), np.finfo(dtype)
    low, high = math.log2(float(info.smallest_subnormal)), math.log2(float(info.max))
    for _ in range(8):
        args = arguments(entry, int(rng.integers(1000)))
        for name in floating(args):
            a = args[name]
            shapes = [a.shape, (*a.shape[:1], *[1] * (a.ndim - 1)), (1,) * a.ndim]
            powers = rng.uniform(low, high, size=shapes[rng.integers(3)])
            with np.errstate(over="ignore", under="ignore"):
                a = np.nan_to_num(a * 2.0 ** np.clip(powers, -1070, 1020))
                args[name] = np.clip(a, -float(info.max), float(info.max)).astype(dtype)
        try:
            value, _ = dataclasses.replace(loss, reduction="none").forward(
                *args.values()
            )
        except FloatingPointError:  # refused; that the row is named is tested above
            continue
        assert not np.any(np.isnan(value))
