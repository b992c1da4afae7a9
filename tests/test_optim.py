"""The optimiser and the schedules, against their formulas by hand."""

import math
from dataclasses import FrozenInstanceError

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
    params, state = run(sgd, [(xp.asarray(np.array(start)),)], lambda p: p * gradient, 3)
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
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), st.floats(1e-3, 1e3, allow_nan=False)
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
    with pytest.raises(FloatingPointError, match="norm of the gradients must be finite"):
        clip_scale([(xp.asarray(np.array([1.0, np.nan])),)], 1.0)


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
