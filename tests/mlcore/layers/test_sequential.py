"""A network as one thing: its gradient, its randomness and statistics, and errors by
layer."""

from dataclasses import dataclass

import numpy as np
import pytest

from mlcore.arrays import is_array, to_numpy
from mlcore.gradcheck import gradcheck
from mlcore.layers import (
    BatchNorm,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    PReLU,
    ReLU,
    Sequential,
    digit_network,
)


@dataclass
class AsFunctionOfItsParameters:
    """A network as a layer: its parameters as arguments, for a gradient check of the
    whole."""

    net: Sequential

    def forward(self, x, *flat):
        flat = iter(flat)
        self.net.params = [
            tuple(next(flat) for _ in params) for params in self.net.params
        ]
        return self.net.forward(x)

    def backward(self, saved, dout):
        dx, grads = self.net.backward(saved, dout)
        return dx, *(g for group in grads for g in group)


def test_network_backward_is_the_gradient_in_every_parameter(xp):
    """A whole small network, to the image and to every parameter of every layer."""
    net = Sequential(
        [
            Conv2d(1, 2, kernel=3, stride=2, padding=1, bias=False),
            BatchNorm(2),
            PReLU(2),
            MaxPool2d(2),
            Flatten(),
            Linear(8, 3),
        ],
        dtype="float64",
        like=xp.zeros(1),
        input_shape=(8, 8, 1),
    )
    x = xp.asarray(np.random.default_rng(3).standard_normal((3, 8, 8, 1)))
    flat = [p for params in net.params for p in params]
    report = gradcheck(AsFunctionOfItsParameters(net), (x, *flat), max_entries=40)
    assert len(report.shapes) == 1 + len(flat)
    assert report.max_relative_error < 1e-7, report


def test_network_is_the_same_for_every_library_and_seed_decides(xp):
    one, two = digit_network(seed=5), digit_network(seed=5, like=xp.zeros(1))
    other = digit_network(seed=6)
    x = np.random.default_rng(0).random((2, 28, 28, 1), dtype=np.float32)
    out, out_xp = one.infer(x), two.infer(xp.asarray(x))
    assert out.shape == (2, 2)
    assert is_array(out_xp)
    np.testing.assert_allclose(to_numpy(out_xp), out, rtol=1e-4, atol=1e-5)
    assert not np.array_equal(one.params[0][0], other.params[0][0])


def test_forward_changes_no_running_statistics_until_told():
    net = digit_network()
    x = np.random.default_rng(0).random((4, 28, 28, 1), dtype=np.float32)
    before = net.running
    _, saved = net.forward(x)
    assert net.running is before
    net.update_running(saved)
    np.testing.assert_allclose(net.running[1].mean, 0.1 * saved[1].mean, rtol=1e-6)
    np.testing.assert_array_equal(before[1].mean, 0)


def test_prediction_does_not_depend_on_the_batch_size():
    net = digit_network()
    x = np.random.default_rng(0).random((7, 28, 28, 1), dtype=np.float32)
    np.testing.assert_allclose(
        net.predict(x, batch=3), net.infer(x), rtol=1e-4, atol=1e-5
    )


def test_errors_name_the_layer():
    net = Sequential([Flatten(), Linear(4, 2)])
    with pytest.raises(
        ValueError, match=r"layer 1 \(Linear\(.*x must have shape \(N, 4\)"
    ):
        net.forward(np.ones((2, 5)))
    with pytest.raises(
        ValueError, match=r"layer 1 \(Linear\(.*x must have shape \(N, 4\)"
    ):
        Sequential([Flatten(), Linear(4, 2)], input_shape=(5,))
    with pytest.raises(TypeError, match=r"layers\[0\] must be a Layer, got type"):
        Sequential([ReLU])


def test_table_counts_every_parameter():
    net = digit_network(features=2)
    counted = sum(p.size for params in net.params for p in params)
    assert str(net).splitlines()[-1].split() == [str(counted), "total"]
    assert "(14, 14, 16)" in str(net)


def test_parameter_gradients_alone_are_those_of_backward():
    """What training asks for, with and without layers in front of the first
    parameter."""
    flat = Sequential([Flatten(), Linear(784, 2), ReLU()])
    for net in (digit_network(), flat):
        x = np.random.default_rng(0).random((3, 28, 28, 1), dtype=np.float32)
        out, saved = net.forward(x)
        _, grads = net.backward(saved, out)
        alone = net.backward_params(saved, out)
        assert [len(g) for g in alone] == [len(p) for p in net.params]
        for one, two in zip(grads, alone, strict=True):
            for a, b in zip(one, two, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"layers": Linear(3, 2)},
            TypeError,
            "layers must be a sequence of Layers, got Linear",
        ),
        (
            {"layers": None},
            TypeError,
            "layers must be a sequence of Layers, got NoneType",
        ),
        ({"seed": None}, TypeError, "seed must be an integer >= 0, got None"),
        ({"seed": -1}, ValueError, "seed must be an integer >= 0, got -1"),
        (
            {"input_shape": 3},
            TypeError,
            "input_shape must be a tuple of integers, got 3",
        ),
    ],
)
def test_what_no_network_can_be_made_of_is_refused_by_name(options, error, message):
    with pytest.raises(error, match=f"^{message}"):
        Sequential(**{"layers": [Linear(3, 2)]} | options)
