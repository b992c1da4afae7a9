"""What the check of gradients says where a plain comparison would be wrong: kinks,
chance, size.

Each kind has its control: a wrong backward at the same place must still be called
wrong.
"""

import math
import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest

from mlcore.gradcheck import (
    central_difference,
    default_step,
    gradcheck,
    miss_probability,
)
from mlcore.layers import BatchNorm, Dropout, ReLU
from mlcore.losses import SoftmaxLoss


@dataclass
class Function:
    """sum(weights * f(x)) with the gradient weights * slope(x)."""

    f: object
    slope: object
    weights: object = 1.0

    def forward(self, x):
        return np.sum(self.weights * self.f(x)), x

    def backward(self, x):
        return (self.weights * self.slope(x),)


def step(x):
    """The step that gradcheck takes for the smallest entries of x."""
    return default_step(x).min()


RELU = Function(lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0))
# Of the kink, in steps; the second step is a sixteenth long.
DISTANCES = [0.0, 1e-4, 0.03, 0.05, 0.0588, 0.06249, 0.1, 0.5, 0.9]


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("distance", DISTANCES)
def test_a_kink_within_a_step_is_neither_an_error_nor_a_pass(distance, sign):
    x = np.array([1.0, 0.0, -1.0])
    x[1] = sign * distance * step(x)
    report = gradcheck(RELU, (x,))
    assert [entry.index for entry in report.kinks] == [(1,)]
    assert math.isnan(report.max_relative_error)
    assert report.worst.relative_error < 1e-9  # of the entries that are known
    assert "at a kink (x (1,))" in str(report)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("factor", [-1.0, 2.0, 1.1])
def test_a_wrong_gradient_beside_a_kink_is_still_wrong(distance, sign, factor):
    """The slopes of a·max(x, 0) + x are 1 and 3; `factor` puts the answer outside
    both."""
    bent = Function(
        lambda x: 2 * np.maximum(x, 0) + x,
        lambda x: (
            np.where(x > 0, 3.0, 1.0) * (factor if factor < 0 else 1.0)
            + np.where(x > 0, 3.0, -1.0) * max(factor - 1, 0)
        ),
    )
    x = np.array([sign * distance * step(np.ones(1)), 1.0])
    x = np.array([sign * distance * step(x), 1.0])
    report = gradcheck(bent, (x,))
    assert report.kinks == []
    assert report.worst.argument == "x"
    assert report.max_relative_error > 0.05
    wrong_there = report.entries["x"][0]
    assert wrong_there.relative_error > 0.05


@pytest.mark.parametrize("distance", [0.1, 0.5, 0.9])
def test_a_kink_that_a_shorter_step_clears_excuses_no_gradient_near_the_right_one(
    distance,
):
    """Between the two slopes, but the shorter step sees one slope only, and it is
    another."""
    x = np.array([0.0, 1.0])
    x[0] = distance * step(x)
    near = Function(RELU.f, lambda x: np.where(x > 0, 0.98, 0.0))
    report = gradcheck(near, (x,))
    assert report.kinks == []
    assert 0.0199 < report.entries["x"][0].relative_error < 0.05


def test_the_mean_of_both_slopes_at_a_kink_is_no_pass():
    """A central difference at 0 says that |x| has the slope 0 there."""
    report = gradcheck(Function(np.abs, np.sign), (np.array([0.0, 1.0]),))
    assert [entry.index for entry in report.kinks] == [(0,)]
    assert math.isnan(report.max_relative_error)


def test_an_error_elsewhere_is_not_hidden_by_a_kink():
    wrong = Function(RELU.f, lambda x: 2 * RELU.slope(x))
    report = gradcheck(wrong, (np.array([0.0, 1.0, -1.0]),))
    assert report.max_relative_error == pytest.approx(0.5)
    assert report.worst.index == (1,)


@pytest.mark.parametrize("h", [None, 1e-4, 1e-2])
def test_a_bent_function_is_no_kink(h):
    """Truncation grows with the step, and is an error of the difference."""
    smooth = Function(
        lambda x: np.sin(np.exp(x)) + 1e3 * x**2,
        lambda x: np.exp(x) * np.cos(np.exp(x)) + 2e3 * x,
    )
    x = np.linspace(-1.5, 2.5, 201)
    report = gradcheck(smooth, (x,), h=h)
    assert report.kinks == []
    report = gradcheck(Function(smooth.f, lambda x: 1.01 * smooth.slope(x)), (x,), h=h)
    assert report.kinks == []
    assert report.max_relative_error == pytest.approx(0.01 / 1.01, rel=0.1)


def test_a_step_too_long_for_the_function_is_shortened():
    """Millionths of 10,000 are long for a sine; a wrong gradient stays wrong."""
    x = 1e4 + np.linspace(0.0, 6.0, 41)
    report = gradcheck(Function(np.sin, np.cos), (x,))
    assert report.max_relative_error < 1e-6
    assert report.kinks == []
    report = gradcheck(Function(np.sin, lambda x: 1.001 * np.cos(x)), (x,))
    assert report.max_relative_error > 0.99e-3
    assert report.kinks == []


@pytest.mark.parametrize("seed", range(5))
def test_a_batch_norm_of_large_values_with_small_differences_is_right(seed):
    """To the digits that differences of numbers near 10,000 have."""
    rng = np.random.default_rng(seed)
    x = rng.normal(1e4, 1.0, size=(9, 3))
    report = gradcheck(BatchNorm(3), (x, rng.normal(size=3), rng.normal(size=3)))
    assert report.max_relative_error < 1e-5


def test_a_layer_at_its_own_kink(xp):
    x = np.array([[0.0, 1.0, -2.0]])
    report = gradcheck(ReLU(), (xp.asarray(x),))
    assert [entry.index for entry in report.kinks] == [(0, 0)]


class FreshMask(Dropout):
    """Backward with a mask of its own, another one in each call."""

    def backward(self, saved, dout, masks=np.random.default_rng(0)):  # noqa: B008
        return super().backward(self.forward(saved.x, masks)[1], dout)


def test_a_backward_that_changes_from_call_to_call_is_not_called_wrong():
    x = np.random.default_rng(1).standard_normal((4, 5))
    report = gradcheck(FreshMask(0.3), (x, 7))
    assert report.nondeterministic == ["x"]
    assert math.isnan(report.max_relative_error)
    assert "backward's gradient of x is nondeterministic" in str(report)


def test_a_forward_that_changes_from_call_to_call_is_named():
    class Noisy(Function):
        def forward(self, x, noise=np.random.default_rng(0)):  # noqa: B008
            return super().forward(x)[0] + noise.standard_normal(), x

    report = gradcheck(Noisy(np.square, lambda x: 2 * x), (np.array([1.0, 2.0]),))
    assert "forward" in report.nondeterministic
    assert math.isnan(report.max_relative_error)
    assert "forward is nondeterministic" in str(report)


@dataclass
class LastDigits:
    """x² with a backward that is off by chance in its last digits, and by `factor`
    besides."""

    factor: float
    rng: object

    def forward(self, x):
        return np.sum(x * x), x

    def backward(self, x):
        return (self.factor * 2 * x * (1 + 1e-13 * self.rng.standard_normal(x.shape)),)


def test_an_order_of_summation_that_changes_excuses_no_error():
    x = np.array([1.0, 2.0, 3.0])
    right = gradcheck(LastDigits(1.0, np.random.default_rng(0)), (x,))
    assert right.nondeterministic == ["x"]
    assert 0 < right.spread["x"] < 1e-11
    assert right.max_relative_error < 1e-9
    wrong = gradcheck(LastDigits(2.0, np.random.default_rng(0)), (x,))
    assert wrong.max_relative_error == pytest.approx(0.5)


@dataclass
class Cubes:
    """sum(x³), whose gradient may be spoilt; counts how often forward runs."""

    spoil: object = staticmethod(lambda dx: dx)
    calls: int = 0

    def forward(self, x):
        self.calls += 1
        return np.sum(x**3), x

    def backward(self, x):
        dx = 3 * x * x
        self.spoil(dx)
        return (dx,)


def large(seed=0, size=100_000):
    return np.random.default_rng(seed).uniform(0.5, 2.0, size)


def test_a_direction_costs_two_forward_passes_whatever_the_size():
    cubes = Cubes()
    report = gradcheck(cubes, (large(),), directions=2)
    assert report.max_relative_error < 1e-7
    assert cubes.calls <= 3 + 2 * 2
    assert [entry.index for entry in report.entries["x"]] == [1, 2]


def one_entry(dx):
    dx[1234] *= 1.1


def swapped(dx):
    dx[[10, 20_000]] = dx[[20_000, 10]]


def halved(dx):
    dx /= 2


def flipped(dx):
    dx *= -1


def nothing(dx):
    dx *= 0


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("spoil", [one_entry, swapped, halved, flipped, nothing])
def test_a_wrong_gradient_is_seen_along_a_direction(spoil, seed):
    report = gradcheck(Cubes(spoil), (large(),), directions=2, seed=seed)
    assert report.max_relative_error > 1e-6, report
    assert report.worst.index in (1, 2)


@pytest.mark.parametrize("directions", [1, 2])
def test_mistakes_are_missed_as_seldom_as_promised(directions):
    """A tolerance so wide that a third slips through: the bound holds, and is close."""
    wrong, tolerance, trials = 1 / math.sqrt(50), 0.05, 400

    def spoil(dx):
        dx[7] += wrong * np.linalg.norm(dx)

    x = large(size=50)
    missed = np.mean(
        [
            gradcheck(
                Cubes(spoil), (x,), directions=directions, seed=s
            ).max_relative_error
            < tolerance
            for s in range(trials)
        ]
    )
    # The error is measured against the norm of the wrong gradient, a little longer.
    bound = miss_probability(wrong / 1.03, directions, tolerance)
    assert missed <= bound + 3 * math.sqrt(bound / trials)
    assert missed >= bound / 2


def test_the_report_says_what_a_direction_may_miss():
    text = str(gradcheck(Cubes(), (large(),), directions=2))
    assert "direction 1" in text
    assert "10 % off in one entry of average size" in " ".join(text.split())
    bound = (math.sqrt(2 / math.pi) * 1e-6 * math.sqrt(1e5) / 0.1) ** 2
    assert f"at most {bound:.0e}" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 88


def test_kinks_on_the_way_are_no_error_along_a_direction():
    """Of 100,000 ReLUs a few lie within a step of their kink."""
    x = np.random.default_rng(0).standard_normal(100_000)
    weights = np.random.default_rng(1).standard_normal(x.shape)
    for seed in range(5):
        right = gradcheck(
            Function(RELU.f, RELU.slope, weights), (x,), directions=1, seed=seed
        )
        assert right.kinks or right.max_relative_error < 1e-6
        wrong = Function(RELU.f, lambda x: 1.1 * RELU.slope(x), weights)
        assert gradcheck(wrong, (x,), directions=1, seed=seed).max_relative_error > 1e-3


def test_directions_and_entries_exclude_each_other():
    with pytest.raises(
        ValueError, match="max_entries and directions exclude each other"
    ):
        gradcheck(Cubes(), (np.ones(3),), directions=1, max_entries=1)
    with pytest.raises(ValueError, match="directions must be an integer >= 1, got 0"):
        gradcheck(Cubes(), (np.ones(3),), directions=0)


def test_a_sample_is_measured_against_the_largest_entry_of_all():
    """Rows of classes that are far from every sample have gradients of 1e-12."""
    rng = np.random.default_rng(0)
    x, w = 3 * rng.standard_normal((8, 64)), rng.standard_normal((1000, 64))
    for seed in range(5):
        report = gradcheck(
            SoftmaxLoss(), (x, w, np.arange(8)), max_entries=5, seed=seed
        )
        assert report.max_relative_error < 1e-6, report


@pytest.mark.parametrize("value", [1e9, math.nan, math.inf])
def test_a_single_wrong_entry_larger_than_all_is_always_in_the_sample(value):
    """It sets the floor, so it must be seen, or it would hide every other."""

    def spoil(dx):
        dx[77] = value

    report = gradcheck(Cubes(spoil), (large(),), max_entries=3)
    assert report.worst.index == (77,)
    assert report.max_relative_error > 0.9


def test_a_sample_of_a_large_array_lists_no_indices():
    """A list of 2 million tuples takes 250 MB; the array itself has 16 MB."""
    x = np.ones(2_000_000)
    tracemalloc.start()
    try:
        gradcheck(Cubes(), (x,), max_entries=2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * x.nbytes


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int64", "float16", "float32", "float64"]
)
def test_central_difference_computes_in_float64_whatever_it_is_given(dtype):
    x = np.array([3, 5], dtype)
    slopes = central_difference(lambda x: x[0] ** 2 * x[1], x)
    assert slopes.dtype == np.float64
    np.testing.assert_allclose(slopes, [30, 9], rtol=1e-9)
    np.testing.assert_allclose(
        central_difference(lambda x: x @ x, x, h=1e-6), [6, 10], rtol=1e-8
    )
    assert x.dtype == dtype


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda f: central_difference(f, [1.0]),
            TypeError,
            "x must be a NumPy array, got list",
        ),
        (lambda f: central_difference(f, np.ma.ones(2)), TypeError, "got MaskedArray"),
        (
            lambda f: central_difference(f, np.ones(2) * 1j),
            TypeError,
            "real numbers, got complex",
        ),
        (
            lambda f: central_difference(f, np.ones(2, bool)),
            TypeError,
            "real numbers, got bool",
        ),
        (lambda f: central_difference(f, np.ones(2), h=0), ValueError, "h must move x"),
        (
            lambda f: central_difference(f, np.ones(2), h=-1),
            ValueError,
            "h must move x",
        ),
        (
            lambda f: central_difference(f, np.full(2, 1e11), h=1e-6),
            ValueError,
            "h must move x",
        ),
        (
            lambda f: central_difference(lambda x: np.float32(f(x)), np.ones(2)),
            TypeError,
            "f must compute in float64 where x is float64, but returned float32",
        ),
    ],
)
def test_what_no_difference_can_serve_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(np.sum)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_arguments_of_any_size_have_a_step(size):
    """Squares of 1e160 overflow; a step of infinity gave NaN."""
    x = size * np.array([1.0, 2.0, 0.0])
    np.testing.assert_allclose(
        default_step(x) / size, default_step(x / size), rtol=1e-12
    )
    np.testing.assert_allclose(
        central_difference(lambda x: np.sum(x / size), x) * size, 1.0
    )
    report = gradcheck(
        Function(lambda x: np.sin(x / size), lambda x: np.cos(x / size) / size), (x,)
    )
    assert report.max_relative_error < 1e-8


def test_a_forward_in_float32_is_refused_and_not_called_wrong(xp):
    """Its differences are multiples of 1e-7 / h."""

    class Narrow(Cubes):
        def forward(self, x):
            return xp.sum(xp.astype(x, xp.float32)), x

    with pytest.raises(
        TypeError, match=r"forward must compute in float64.*returned .*float32"
    ):
        gradcheck(Narrow(), (xp.ones(3, dtype=xp.float64),))


@pytest.mark.parametrize("way", [{}, {"directions": 1}, {"max_entries": 1}])
def test_a_step_that_changes_nothing_is_refused(way):
    with pytest.raises(
        ValueError, match="h must move x, but 1e-30 is too short a step"
    ):
        gradcheck(Cubes(), (np.ones(3),), h=1e-30, **way)
    # The second step would change nothing: then the first has the last word.
    assert gradcheck(RELU, (np.ones(3),), h=2e-16, **way).kinks == []


def test_numbers_of_no_axis_are_differentiated_too():
    assert central_difference(lambda x: x**2, np.array(3.0)) == pytest.approx(6)
    assert central_difference(lambda x: x**2, np.float32(3.0)) == pytest.approx(6)
    report = gradcheck(Cubes(), (np.array(2.0),))
    assert report.worst.index == ()
    assert report.max_relative_error < 1e-8
    assert "()" in str(report)
