"""The optimiser and the schedules, against their formulas by hand."""

import math
from dataclasses import FrozenInstanceError

import array_api_strict as strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcore.arrays import to_numpy
from mlcore.optim import SGD, Annealing, StepSchedule, Warmup, clip_scale


def run(sgd, params, gradient, steps):
    state = sgd.init(params)
    for _ in range(steps):
        grads = [tuple(gradient(p) for p in group) for group in params]
        params, state = sgd.step(params, grads, state)
    return params, state


def test_steps_are_the_formula(xp):
    """v = mu v + g + wd p and p = p - lr(t) v, by loops over plain numbers."""
    start, weights = [[0.5, -1.0], [2.0, 3.0]], [[1.0, 2.0], [3.0, -4.0]]
    sgd = SGD(lr=lambda t: 0.1 / t, momentum=0.8, weight_decay=0.01)
    gradient = xp.asarray(np.array(weights))
    params, state = run(
        sgd, [(xp.asarray(np.array(start)),)], lambda p: p * gradient, 3
    )
    for i in range(2):
        for j in range(2):
            p, v = start[i][j], 0.0
            for t in (1, 2, 3):
                v = 0.8 * v + weights[i][j] * p + 0.01 * p
                p -= 0.1 / t * v
            assert float(params[0][0][i, j]) == pytest.approx(p, rel=1e-12)
    assert state.steps == 3


def test_without_momentum_it_is_plain_gradient_descent():
    params, _ = run(SGD(lr=0.5, momentum=0.0), [(np.array([8.0]),)], lambda p: p, 3)
    assert params[0][0].tolist() == [1.0]


def test_it_finds_the_minimum_of_a_bowl():
    scales = np.array([1.0, 10.0])
    params, _ = run(SGD(lr=0.05), [(np.array([3.0, -2.0]),)], lambda p: scales * p, 400)
    np.testing.assert_allclose(params[0][0], 0, atol=1e-6)


def test_weight_decay_spares_biases_and_slopes():
    params = [(np.ones((1, 2)), np.ones(2))]
    (group,), _ = run(SGD(lr=0.1, weight_decay=0.5), params, np.zeros_like, 1)
    np.testing.assert_allclose(group[0], 0.95)
    np.testing.assert_array_equal(group[1], 1)


def test_nothing_is_changed_in_place(xp):
    params, grads = [(xp.ones(2),)], [(xp.full((2,), 100.0),)]
    sgd = SGD(lr=0.1, weight_decay=0.1, clip_norm=1.0)
    state = sgd.init(params)
    sgd.step(params, grads, state)
    assert to_numpy(params[0][0]).tolist() == [1, 1]
    assert to_numpy(grads[0][0]).tolist() == [100, 100]
    assert to_numpy(state.velocity[0][0]).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_stay(dtype):
    params = [(np.ones((2, 2), dtype),)]
    ((p,),), _ = run(SGD(lr=0.1, clip_norm=1.0), params, lambda p: p, 2)
    assert p.dtype == dtype


def test_float16_velocity_is_kept_in_float32():
    """In float16 a velocity of 1e-8 would be 0 and never grow."""
    state = SGD(lr=0.1).init([(np.ones(1, np.float16),)])
    assert state.velocity[0][0].dtype == np.float32


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5),
    st.floats(1e-3, 1e3, allow_nan=False),
)
def test_clipping_bounds_the_norm_and_keeps_the_direction(values, bound):
    grads = [(np.array(values[:1]),), (np.array(values[1:]),)]
    scale = clip_scale(grads, bound)
    norm = math.sqrt(sum(v * v for v in values))
    assert 0 < scale <= 1
    assert scale * norm <= bound * (1 + 1e-12)
    if norm <= bound:
        assert scale == 1


def test_clipping_survives_gradients_whose_squares_overflow():
    huge = [(np.full(4, 1e30, np.float32),)]
    assert clip_scale(huge, 1.0) == pytest.approx(1 / 2e30)


def test_clipping_refuses_a_gradient_that_is_not_finite(xp):
    with pytest.raises(
        FloatingPointError, match="norm of the gradients must be finite"
    ):
        clip_scale([(xp.asarray(np.array([1.0, np.nan])),)], 1.0)


def test_clipping_survives_float64_gradients_whose_squares_overflow_or_vanish(xp):
    for size in (1e200, 1e-200):
        grads = [
            (
                xp.asarray(np.array([3.0, 0.0]) * size),
                xp.asarray(np.array([[4.0]]) * size),
            )
        ]
        assert clip_scale(grads, size) == pytest.approx(0.2)
        assert clip_scale(grads, 5.1 * size) == 1
    assert clip_scale([(xp.zeros(2, dtype=xp.float64),)], 1.0) == 1
    params = [(xp.zeros(2, dtype=xp.float32),)]
    grads = [(xp.asarray(np.array([3e200, 4e200])),)]
    sgd = SGD(lr=1.0, momentum=0.0, clip_norm=5.0)
    (group,), _ = sgd.step(params, grads, sgd.init(params))
    np.testing.assert_allclose(to_numpy(group[0]), [-3, -4], rtol=1e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("clip_norm", [None, 1.0])
def test_a_gradient_that_is_not_finite_is_named(xp, value, dtype, clip_norm):
    good, bad = np.ones(2, dtype), np.array([1.0, value], dtype)
    params = [(xp.asarray(good),), (), (xp.asarray(good), xp.asarray(good))]
    grads = [(xp.asarray(good),), (), (xp.asarray(good), xp.asarray(bad))]
    sgd = SGD(lr=0.1, clip_norm=clip_norm)
    with pytest.raises(
        FloatingPointError, match=r"finite, but grads\[2\]\[1\] of shape \(2,\)"
    ):
        sgd.step(params, grads, sgd.init(params))


def test_a_gradient_too_large_for_its_parameter_is_named_without_a_warning(xp):
    params, grads = (
        [(xp.zeros(1, dtype=xp.float32),)],
        [(xp.asarray(np.array([1e200])),)],
    )
    sgd = SGD(lr=0.1)
    with pytest.raises(
        FloatingPointError, match=r"grads\[0\]\[0\].*too large for .*float32"
    ):
        sgd.step(params, grads, sgd.init(params))


HYPER = [np.float64(0.5), np.float32(0.5)]


@pytest.mark.parametrize("half", HYPER, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_scalars_as_hyperparameters_lift_nothing(xp, half, dtype):
    """An np.float64 times a float32 array is float64, and the strict library refuses
    it."""
    p = xp.ones((2, 2), dtype=getattr(xp, dtype))
    plain = SGD(lr=0.5, momentum=0.5, weight_decay=0.5, clip_norm=0.5)
    for lr in (
        half,
        lambda step: half,
        Warmup(half, steps=np.int64(1)),
        Warmup(lambda t: half, 1),
        StepSchedule(half, steps=np.array([10]), factor=half),
        Annealing(half, np.float64(0), half),
    ):
        sgd = SGD(lr=lr, momentum=half, weight_decay=half, clip_norm=half)
        params, state = run(sgd, [(p,)], lambda p: p, 2)
        expected, _ = run(plain, [(p,)], lambda p: p, 2)
        assert params[0][0].dtype == state.velocity[0][0].dtype == p.dtype
        np.testing.assert_array_equal(to_numpy(params[0][0]), to_numpy(expected[0][0]))
        assert type(sgd.rate(1)) is float
    assert SGD(lr=half, momentum=half) == SGD(lr=0.5, momentum=0.5)
    assert "np." not in repr([sgd, StepSchedule(half, np.array([10]))])


@pytest.mark.parametrize(
    "value", [-0.1, math.nan, math.inf, "fast", None, True, np.ones(1)]
)
def test_a_schedule_that_returns_no_rate_is_named_with_its_step(value):
    params = [(np.ones(1),)]
    sgd = SGD(lr=lambda step: 0.1 if step < 2 else value)
    params, state = sgd.step(params, params, sgd.init(params))
    with pytest.raises(
        (TypeError, ValueError), match=r"lr\(2\) must be a number in \[0, inf\)"
    ):
        sgd.step(params, params, state)


@pytest.mark.parametrize(
    "value", [-0.1, math.nan, math.inf, "fast", None, True, np.ones(1)]
)
def test_a_schedule_under_a_warmup_is_named_with_its_step(value):
    rate = Warmup(lambda step: 0.1 if step < 2 else value, steps=4)
    assert rate(1) == 0.025
    with pytest.raises(
        (TypeError, ValueError), match=r"^schedule\(2\) must be a number in \[0, inf"
    ):
        rate(2)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_gradients_of_another_precision_do_not_change_that_of_the_parameters(dtype):
    params, grads = [(np.ones((2, 2), np.float32),)], [(np.ones((2, 2), dtype),)]
    sgd = SGD(lr=0.5, momentum=0.5, clip_norm=1.0)
    state = sgd.init(params)
    for _ in range(2):
        params, state = sgd.step(params, grads, state)
        assert params[0][0].dtype == state.velocity[0][0].dtype == np.float32


def two():
    return [(np.ones((2, 3)), np.ones(3)), (np.ones((3, 3)),)]


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (
            lambda g: g[0].__setitem__(0, np.ones((1, 3))),
            ValueError,
            "grads[0][0] must have shape (2, 3), got (1, 3)",
        ),
        (
            lambda g: g[0].__setitem__(1, np.ones(())),
            ValueError,
            "grads[0][1] must have shape (3,), got ()",
        ),
        (
            lambda g: g[0].__setitem__(0, np.ones((3, 2))),
            ValueError,
            "must have shape (2, 3)",
        ),
        (
            lambda g: g[0].__setitem__(1, np.ones(3, int)),
            TypeError,
            "grads[0][1] must have a real floating dtype, got int64",
        ),
        (
            lambda g: g[0].__setitem__(1, [1.0, 1.0, 1.0]),
            TypeError,
            "grads[0][1] must be an array, got list",
        ),
        (
            lambda g: g[0].__setitem__(1, None),
            TypeError,
            "grads[0][1] must be an array",
        ),
        (
            lambda g: g[0].__setitem__(1, strict.ones(3)),
            TypeError,
            "grads[0][1] must come from the same array library as params[0][1]",
        ),
        (
            lambda g: g[0].pop(),
            ValueError,
            (
                "grads must have as many arrays in each tuple as params: [2, 1], got"
                " [1, 1]"
            ),
        ),
        (lambda g: g.pop(), ValueError, "as params: [2, 1], got [2]"),
        (
            lambda g: g.__setitem__(1, np.ones((1, 3, 3))),
            TypeError,
            "grads must be a list of tuples of arrays, but grads[1] is ndarray",
        ),
    ],
)
def test_gradients_that_do_not_fit_are_refused_by_name_and_place(spoil, error, message):
    grads = [list(group) for group in two()]
    spoil(grads)
    sgd = SGD(lr=0.1)
    with pytest.raises(error) as caught:
        sgd.step(two(), grads, sgd.init(two()))
    assert message in str(caught.value)
    assert "zip()" not in str(caught.value)


def test_parameters_and_states_that_do_not_fit_are_refused_by_name():
    sgd = SGD(lr=0.1)
    with pytest.raises(
        TypeError, match=r"params\[0\]\[0\] must have a real floating dtype, got int"
    ):
        sgd.init([(np.ones(2, int),)])
    with pytest.raises(
        TypeError, match=r"params must be a list of tuples of arrays, but params\[0\]"
    ):
        sgd.init([np.ones((2, 2))])
    with pytest.raises(
        TypeError, match="params must be a list of tuples of arrays, got ndarray"
    ):
        sgd.init(np.ones((2, 2)))
    with pytest.raises(
        ValueError, match=r"state.velocity\[0\]\[0\] must have shape \(2,\), got \(1,\)"
    ):
        sgd.step([(np.ones(2),)], [(np.ones(2),)], sgd.init([(np.ones(1),)]))
    with pytest.raises(
        TypeError, match="state must be what init or step returned, got NoneType"
    ):
        sgd.step([(np.ones(2),)], [(np.ones(2),)], None)
    with pytest.raises(TypeError, match="steps must be a sequence of integers, got 5"):
        StepSchedule(0.1, steps=5)


def test_a_network_without_parameters_takes_its_steps():
    sgd = SGD(lr=0.1, clip_norm=1.0)
    for params in ([], [(), ()]):
        assert sgd.step(params, params, sgd.init(params))[0] == params


def test_warmup_is_a_straight_line_into_its_schedule():
    rate = Warmup(StepSchedule(1.0, steps=(15,), factor=0.1), steps=10)
    assert [rate(t) for t in (1, 5, 10, 15)] == [0.1, 0.5, 1.0, 1.0]
    assert rate(16) == pytest.approx(0.1)


def test_published_annealing_schedules():
    """MNIST m = 4 and the face schedule of the authors' files, by hand."""
    mnist = Annealing(base=1000, gamma=2.5e-5, power=35)
    assert mnist(1) == pytest.approx(1000 * 1.000025**-35)
    assert mnist(10_000) == pytest.approx(1000 * 1.25**-35)
    face = Annealing(base=1000, gamma=0.12, power=1, lam_min=5)
    assert face(1658) > 5
    assert face(1659) == face(10**6) == 5


@given(st.floats(0.1, 1e4), st.floats(0, 1), st.floats(0, 50), st.floats(0, 10))
def test_annealing_never_rises_and_never_leaves_its_floor(base, gamma, power, lam_min):
    schedule = Annealing(base, gamma, power, lam_min)
    values = [schedule(t) for t in (1, 2, 10, 1000)]
    assert values == sorted(values, reverse=True)
    assert min(values) >= lam_min


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SGD(lr=-1), "lr must be a number in"),
        (lambda: SGD(lr=0.1, momentum=1), "momentum must be a number in"),
        (lambda: SGD(lr=0.1, weight_decay=-1), "weight_decay must be a number in"),
        (lambda: SGD(lr=0.1, clip_norm=0), "clip_norm must be a number in"),
        (lambda: StepSchedule(0.1, steps=(2, 1)), "steps must increase"),
        (lambda: StepSchedule(0.1, steps=(0,)), "steps must be an integer >= 1"),
        (lambda: Warmup(0.1, steps=0), "steps must be an integer >= 1"),
        (lambda: Annealing(0, 1, 1), "base must be a number in"),
        (lambda: Annealing(1, -1, 1), "gamma must be a number in"),
    ],
)
def test_bad_hyperparameters_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_optimiser_and_schedules_are_values():
    assert SGD(lr=0.1) == SGD(lr=0.1)
    assert StepSchedule(0.1, [1, 2]) == StepSchedule(0.1, (1, 2))
    with pytest.raises(FrozenInstanceError):
        SGD(lr=0.1).lr = 1
