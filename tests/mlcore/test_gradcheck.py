"""The check of the gradients, checked itself: it must pass what is right and fail what
is wrong."""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcore.arrays import array_namespace
from mlcore.gradcheck import (
    central_difference,
    complex_step,
    default_step,
    gradcheck,
    relative_error,
)
from mlcore.layers import BatchNorm, Linear
from mlcore.losses import SoftmaxLoss


@dataclass
class HalfSquares:
    """sum_ij a_j x_ij**2 / 2 of each sample, then reduced; `wrong` spoils the gradient
    of x."""

    reduction: str = "sum"
    wrong: float = 1.0

    def forward(self, x, y, a):
        xp = array_namespace(x, a)
        losses = xp.sum(a * x * x, axis=1) / 2
        return (losses if self.reduction == "none" else xp.sum(losses)), (x, a)

    def backward(self, saved, dloss=1.0):
        x, a = saved
        xp = array_namespace(x, a)
        each = dloss[:, None] if self.reduction == "none" else dloss
        return self.wrong * each * a * x, xp.sum(each * x * x / 2, axis=0)


def inputs(xp):
    rng = np.random.default_rng(1)
    x, a = rng.standard_normal((3, 4)), rng.standard_normal(4)
    return xp.asarray(x), xp.asarray(np.array([0, 1, 2])), xp.asarray(a)


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_right_gradient_passes(xp, reduction):
    report = gradcheck(HalfSquares(reduction), inputs(xp))
    assert report.max_relative_error < 1e-8
    assert list(report.shapes) == ["x", "a"]  # not y, which has no gradient
    assert report.shapes["x"] == (3, 4)


@pytest.mark.parametrize("reduction", ["sum", "none"])
@pytest.mark.parametrize("wrong", [-1.0, 0.0, 2.0, 1.01])
def test_wrong_gradient_fails_and_is_located(xp, reduction, wrong):
    report = gradcheck(HalfSquares(reduction, wrong), inputs(xp))
    assert report.max_relative_error > 5e-3
    assert report.worst.argument == "x"
    assert report.worst.analytic == pytest.approx(
        wrong * report.worst.numeric, rel=1e-6
    )


def test_not_a_number_never_passes():
    """max() over NaN depends on the order; an undefined gradient must not slip
    through."""
    report = gradcheck(HalfSquares(wrong=float("nan")), inputs(np))
    assert report.max_relative_error == float("inf")


def test_arguments_can_be_chosen_by_name_and_by_place():
    wrong = HalfSquares(wrong=2.0)
    assert gradcheck(wrong, inputs(np), wrt="a").max_relative_error < 1e-8
    assert gradcheck(wrong, inputs(np), wrt=1).max_relative_error < 1e-8
    assert list(gradcheck(wrong, inputs(np), wrt=["a", "x"]).shapes) == ["a", "x"]
    with pytest.raises(ValueError, match=r"wrt must choose from \['x', 'a'\].*got 'y'"):
        gradcheck(wrong, inputs(np), wrt="y")


def test_inputs_can_be_given_by_name():
    x, y, a = inputs(np)
    one = gradcheck(HalfSquares(), {"a": a, "x": x, "y": y})
    assert one.worst == gradcheck(HalfSquares(), (x, y, a)).worst
    with pytest.raises(
        ValueError, match="inputs must name arguments of forward, got 'z'"
    ):
        gradcheck(HalfSquares(), {"z": x})


def test_float32_inputs_are_checked_in_float64():
    x, y, a = inputs(np)
    before = x.astype(np.float32)
    report = gradcheck(HalfSquares(), (before, y, a.astype(np.float32)))
    assert report.max_relative_error < 1e-8
    assert before.dtype == np.float32


def test_seed_decides_everything():
    one, two, other = (
        gradcheck(
            Linear(3, 2), (np.ones((4, 3)), np.ones((2, 3)), np.ones(2)), seed=seed
        )
        for seed in (0, 0, 1)
    )
    assert one.worst == two.worst
    assert one.worst != other.worst


def test_many_entries_are_sampled():
    rng = np.random.default_rng(0)
    arguments = (
        rng.standard_normal((40, 30)),
        rng.standard_normal((20, 30)),
        np.zeros(20),
    )
    report = gradcheck(Linear(30, 20), arguments, max_entries=25)
    assert [len(entries) for entries in report.entries.values()] == [25, 25, 20]
    assert report.max_relative_error < 1e-7


def test_report_prints_both_sides_at_the_worst_entry():
    text = str(gradcheck(HalfSquares(wrong=2.0), inputs(np)))
    assert "argument" in text
    assert "analytic" in text
    assert "numeric" in text
    (line,) = [line for line in text.splitlines() if line.startswith(">")]
    analytic, numeric = (float(number) for number in line.split()[-3:-1])
    assert analytic == pytest.approx(2 * numeric)


@dataclass
class Badly:
    """A layer whose backward returns `grads`."""

    grads: object

    def forward(self, x):
        return x, None

    def backward(self, saved, dout):
        return self.grads


@pytest.mark.parametrize(
    ("grads", "message"),
    [
        ((), "backward must return a tuple of gradients"),
        (np.ones((2, 2)), "backward must return a tuple of gradients"),
        ((np.ones((2, 2)), np.ones(1)), r"for some of \['x'\], got 2 in a tuple"),
        ((np.ones((2, 3)),), r"gradient of shape \(2, 2\) for x, got \(2, 3\)"),
    ],
)
def test_backward_of_the_wrong_form_is_refused(grads, message):
    with pytest.raises(ValueError, match=message):
        gradcheck(Badly(grads), (np.ones((2, 2)),))


def test_error_is_what_its_docstring_says():
    analytic = np.array([1.0, 2.0, 0.0, 1e-9, 0.0])
    numeric = np.array([1.1, -2.0, 0.0, 0.0, 1e-9])
    floor = 2e-3
    expected = [0.1 / 1.1, 2.0, 0.0, 1e-9 / floor, 1e-9 / floor]
    np.testing.assert_allclose(relative_error(analytic, numeric), expected)
    assert relative_error(np.zeros(2), np.zeros(2)).tolist() == [0, 0]
    assert relative_error(np.array([np.inf]), np.array([np.inf])).tolist() == [np.inf]


def test_default_step_is_the_best_power_of_ten():
    """h a hundred times smaller or larger is worse: rounding on one side, Taylor on the
    other."""

    def f(x):
        return np.sum(np.sin(x) * np.exp(x))

    x = np.random.default_rng(0).uniform(-1, 1, 50)
    exact = np.exp(x) * (np.sin(x) + np.cos(x))

    def error(h):
        return np.max(np.abs(central_difference(f, x, h) - exact))

    best = error(None)
    assert best < 1e-8
    assert error(100 * default_step(x)) > 10 * best
    assert error(default_step(x) / 100) > 10 * best


def test_default_step_follows_the_scale_of_the_argument():
    x = np.array([[0.0, 3.0], [4.0, 0.0]])
    step = default_step(x)
    np.testing.assert_allclose(default_step(1e6 * x), 1e6 * step)
    assert step[0, 0] == pytest.approx(6.06e-6 * 2.5, rel=1e-3)
    assert default_step(np.zeros(2)).tolist() == pytest.approx([6.06e-6] * 2, rel=1e-3)


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=6))
def test_complex_step_is_exact_where_the_code_is_analytic(values):
    """To a few ulps: no subtraction takes place."""
    x = np.array(values)

    def f(x):
        return np.sum(np.exp(np.sin(x)) * x**3)

    exact = np.exp(np.sin(x)) * (np.cos(x) * x**3 + 3 * x**2)
    np.testing.assert_allclose(complex_step(f, x), exact, rtol=1e-14, atol=1e-28)


def test_complex_step_refuses_a_function_that_drops_the_imaginary_part():
    with pytest.raises(TypeError, match="f must return a complex number"):
        complex_step(lambda x: np.sum(np.abs(x)), np.ones(3))


def test_central_difference_leaves_its_input_and_fills_only_what_was_asked():
    x = np.array([1.0, 2.0])
    gradient = central_difference(lambda x: np.sum(x**2), x, entries=[(1,)])
    assert x.tolist() == [1, 2]
    assert np.isnan(gradient[0])
    assert gradient[1] == pytest.approx(4)


def test_array_valued_functions_are_weighted_behind_the_subtraction():
    """1e12 in an output that does not move would cost 12 digits if it were summed
    first."""
    x, weights = np.array([1.0]), np.array([1.0, 1.0])
    gradient = central_difference(
        lambda x: np.array([x[0] ** 2, 1e12]), x, upstream=weights
    )
    assert gradient[0] == pytest.approx(2, rel=1e-9)
    summed = central_difference(lambda x: x[0] ** 2 + 1e12, x)
    assert abs(summed[0] - 2) > 1e-3


def test_a_real_loss_and_a_real_layer_pass(xp):
    rng = np.random.default_rng(0)
    arrays = [
        xp.asarray(a)
        for a in (rng.standard_normal((4, 3)), rng.standard_normal((5, 3)))
    ]
    y = xp.asarray(np.array([0, 1, 2, 4]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for reduction in ("mean", "sum", "none"):
            report = gradcheck(SoftmaxLoss(reduction=reduction), (*arrays, y))
            assert report.max_relative_error < 1e-7, report
    gamma, beta = xp.asarray(np.ones(3)), xp.asarray(np.zeros(3))
    assert gradcheck(BatchNorm(3), (arrays[0], gamma, beta)).max_relative_error < 1e-7


def test_upstream_is_not_the_input_of_the_same_seed():
    """It once was: then BatchNorm's gradient is nearly 0, and the check measures
    noise."""
    x = np.random.default_rng(0).standard_normal((4, 3))
    report = gradcheck(BatchNorm(3), (x, np.ones(3), np.zeros(3)), seed=0)
    assert max(abs(entry.analytic) for entry in report.entries["x"]) > 0.1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"wrt": ()},
            ValueError,
            r"wrt must choose from \['x', 'w'\], got none of them",
        ),
        (
            {"wrt": []},
            ValueError,
            r"wrt must choose from \['x', 'w'\], got none of them",
        ),
        ({"seed": -1}, ValueError, "seed must be an integer >= 0, got -1"),
        ({"seed": None}, TypeError, "seed must be an integer >= 0, got None"),
        ({"seed": "1"}, TypeError, "seed must be an integer >= 0, got '1'"),
        (
            {"inputs": iter(())},
            TypeError,
            "inputs must be a sequence or a mapping of arrays, got t",
        ),
    ],
)
def test_settings_that_nothing_can_be_checked_with_are_named(options, error, message):
    arguments = {"inputs": (np.ones((1, 2)), np.eye(2), np.array([1]))} | options
    with pytest.raises(error, match=f"^{message}"):
        gradcheck(SoftmaxLoss(), **arguments)
