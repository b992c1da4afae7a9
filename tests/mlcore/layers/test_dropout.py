"""Dropout: its gradient, its expectation, and randomness that can be repeated."""

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.gradcheck import gradcheck
from mlcore.layers import Dropout, Flatten, Linear, Sequential


def test_backward_is_the_gradient(xp):
    """With a seed for `rng` forward is a function of x, and a difference means
    something."""
    x = xp.asarray(np.random.default_rng(1).standard_normal((4, 5)))
    report = gradcheck(Dropout(0.3), (x, 7))
    assert report.max_relative_error < 1e-7, report


def test_check_notices_a_mask_drawn_again():
    """The commonest wrong dropout: backward with a mask of its own."""

    class DrawsAgain(Dropout):
        def backward(self, saved, dout):
            return super().backward(self.forward(saved.x, 8)[1], dout)

    x = np.random.default_rng(1).standard_normal((4, 5))
    assert gradcheck(DrawsAgain(0.3), (x, 7)).max_relative_error > 0.5


def test_share_and_expectation_are_those_promised():
    """Of 100,000 numbers 0.3 are dropped, within four standard deviations; the mean
    stays."""
    out, _ = Dropout(0.3).forward(np.ones((1000, 100)), rng=0)
    assert np.mean(out == 0) == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 1e5))
    assert set(np.unique(out)) == {0.0, 1 / 0.7}
    assert out.mean() == pytest.approx(1.0, abs=0.01)


def test_a_rate_of_0_changes_nothing():
    x = np.random.default_rng(0).standard_normal((3, 4))
    np.testing.assert_array_equal(Dropout(0.0).forward(x, rng=0)[0], x)


def test_at_test_time_it_does_nothing():
    x = np.random.default_rng(0).standard_normal((3, 4))
    np.testing.assert_array_equal(Dropout(0.9).infer(x), x)


def test_a_seed_means_one_mask_for_every_library_and_dtype(xp):
    x = np.ones((8, 8))
    expected = Dropout(0.5).forward(x, rng=3)[0] == 0
    for dtype in ("float32", "float64"):
        out, _ = Dropout(0.5).forward(xp.asarray(x.astype(dtype)), rng=3)
        assert out.dtype == getattr(xp, dtype)
        np.testing.assert_array_equal(to_numpy(out) == 0, expected)
    half, saved = Dropout(0.5).forward(x.astype(np.float16), rng=3)
    assert half.dtype == Dropout(0.5).backward(saved, half)[0].dtype == np.float16
    np.testing.assert_array_equal(half == 0, expected)


def test_infinity_that_is_dropped_is_gone():
    """0 times infinity would be NaN."""
    out, _ = Dropout(0.5).forward(np.full((4, 4), np.inf), rng=0)
    assert set(np.unique(out)) == {0.0, np.inf}


def network(**options):
    layers = [Dropout(0.2), Linear(6, 5), Dropout(0.5), Flatten(), Linear(5, 2)]
    return Sequential(layers, input_shape=(6,), **options)


def test_a_seed_repeats_a_networks_step_and_its_layers_differ():
    net, x = network(), np.ones((50, 6), np.float32)
    one, saved = net.forward(x, rng=(5, 17))
    two, _ = net.forward(x, rng=(5, 17))
    other, _ = net.forward(x, rng=(5, 18))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
    assert not np.array_equal(saved[0].keep[:, :5], saved[2].keep)


def test_a_generator_is_used_up_across_steps():
    """Its state is then what a resumed training must restore."""
    net, x = network(), np.ones((50, 6), np.float32)
    rng = np.random.default_rng(3)
    state = rng.bit_generator.state
    first, second = net.forward(x, rng=rng)[0], net.forward(x, rng=rng)[0]
    assert not np.array_equal(first, second)
    rng.bit_generator.state = state
    np.testing.assert_array_equal(net.forward(x, rng=rng)[0], first)


def test_prediction_asks_for_no_randomness():
    net, x = network(), np.ones((3, 6), np.float32)
    np.testing.assert_array_equal(net.predict(x), net.infer(x))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Dropout(1.0), ValueError, "rate must be a number in [0, 1), got 1.0"),
        (
            lambda: Dropout("half"),
            TypeError,
            "rate must be a number in [0, 1), got 'half'",
        ),
        (
            lambda: network().forward(np.ones((2, 6))),
            TypeError,
            (
                "layer 0 (Dropout(rate=0.2)): rng must be a numpy.random.Generator or a"
                " seed"
            ),
        ),
        (
            lambda: network().forward(np.ones((2, 6)), rng=-1),
            ValueError,
            (
                "rng must be a numpy.random.Generator or a seed (an integer or"
                " several), got -1"
            ),
        ),
        (
            lambda: Dropout(0.5).forward(np.ones((2, 6)), rng="x"),
            TypeError,
            "rng must be",
        ),
        (
            lambda: Dropout(0.5).forward([1.0], rng=0),
            TypeError,
            "x must be an array, got list",
        ),
        (
            lambda: Dropout(0.5).backward(
                Dropout(0.5).forward(np.ones((2, 6)), 0)[1], np.ones((6, 2))
            ),
            ValueError,
            "dout must have shape (2, 6), got (6, 2)",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)


def test_it_is_a_value():
    assert eval(repr(Dropout(0.5))) == Dropout(0.5)
    assert hash(Dropout(0.5)) == hash(Dropout(0.5))
