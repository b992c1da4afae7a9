"""What layers take and refuse: dtypes that do not drift, errors that name the
argument."""

import array_api_strict as strict
import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.layers import (
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    PReLU,
    ReLU,
    Sequential,
    digit_network,
)
from mlcore.layers.norm import Running


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_scalars_as_hyperparameters_lift_nothing(xp, kind, dtype):
    x = xp.ones((4, 2), dtype=getattr(xp, dtype))
    norm, plain = (
        BatchNorm(np.int64(2), momentum=kind(0.5), eps=kind(0.25)),
        BatchNorm(2, 0.5, 0.25),
    )
    assert norm == plain
    assert repr(norm) == repr(plain)
    ones = xp.ones(2, dtype=x.dtype)
    out, saved = norm.forward(x, ones, ones)
    running = norm.update(Running(ones, ones), saved)
    dropped, mask = Dropout(kind(0.5)).forward(x, rng=0)
    for array in (
        out,
        *running,
        *norm.backward(saved, out),
        norm.infer(x, ones, ones, running),
        dropped,
        *Dropout(kind(0.5)).backward(mask, dropped),
    ):
        assert array.dtype == x.dtype
    np.testing.assert_array_equal(
        to_numpy(out), to_numpy(plain.forward(x, ones, ones)[0])
    )


def test_numpy_integers_make_the_same_layers():
    n = np.int64
    assert Linear(n(2), n(3)) == Linear(2, 3)
    assert Conv2d(n(1), n(2), kernel=(n(3), 3), stride=n(2)) == Conv2d(
        1, 2, kernel=3, stride=2
    )
    for layer in (
        Linear(n(2), n(3)),
        Conv2d(n(1), n(2), n(3)),
        MaxPool2d(n(2)),
        PReLU(n(2)),
    ):
        assert "np." not in repr(layer)
        assert all(
            type(length) is int
            for shape in layer.param_shapes.values()
            for length in shape
        )


@pytest.mark.parametrize("bias", ["no", 1, None, 0.0])
def test_a_bias_that_is_neither_true_nor_false_is_refused(bias):
    for make in (lambda: Linear(2, 2, bias=bias), lambda: Conv2d(1, 1, 3, bias=bias)):
        with pytest.raises(TypeError, match="bias must be True or False"):
            make()


LAYERS = {
    "linear": (Linear(3, 2), (4, 3), (4, 2)),
    "conv": (Conv2d(1, 2, 3), (2, 4, 4, 1), (2, 2, 2, 2)),
    "norm": (BatchNorm(3), (4, 3), (4, 3)),
    "prelu": (PReLU(3), (4, 3), (4, 3)),
    "relu": (ReLU(), (4, 3), (4, 3)),
    "pool": (MaxPool2d(2), (2, 4, 4, 1), (2, 2, 2, 1)),
    "flatten": (Flatten(), (2, 4, 4, 1), (2, 16)),
    "dropout": (Dropout(0.5), (4, 3), (4, 3)),
}
each = pytest.mark.parametrize(
    ("layer", "shape", "shape_out"), LAYERS.values(), ids=LAYERS.keys()
)


def forward(layer, x, dtype=np.float64):
    params = tuple(np.ones(s, dtype) for s in layer.param_shapes.values())
    return layer.forward(x, *params, **({"rng": 0} if layer.stochastic else {}))


@each
def test_what_comes_back_to_backward_must_be_like_the_output(layer, shape, shape_out):
    _, saved = forward(layer, np.ones(shape))
    for dout, error, message in [
        (np.ones((1, *shape_out[1:])), ValueError, "dout must have shape"),
        (np.ones(shape_out)[..., :1, None], ValueError, "dout must have shape"),
        (np.ones(()), ValueError, "dout must have shape"),
        (1.0, TypeError, "dout must be an array, got float"),
        (np.ones(shape_out).tolist(), TypeError, "dout must be an array, got list"),
        (
            np.ones(shape_out, np.int64),
            TypeError,
            "dout must have a real floating dtype, got int64",
        ),
        (
            strict.ones(shape_out),
            TypeError,
            "dout must come from the same array library as x",
        ),
    ]:
        with pytest.raises(error, match=message):
            layer.backward(saved, dout)


@each
def test_the_output_has_the_dtype_of_x_and_each_gradient_that_of_its_argument(
    layer, shape, shape_out
):
    for of_x, of_params in [
        ("float32", "float64"),
        ("float64", "float32"),
        ("float16", "float32"),
    ]:
        out, saved = forward(layer, np.ones(shape, of_x), of_params)
        assert out.dtype == of_x
        dx, *dparams = layer.backward(saved, np.ones(shape_out))
        assert dx.dtype == of_x
        assert all(dparam.dtype == of_params for dparam in dparams)


@pytest.mark.parametrize("name", ["linear", "conv", "norm", "prelu"])
def test_integer_parameters_and_those_of_another_library_are_refused_by_name(name):
    layer, shape, _ = LAYERS[name]
    first = next(iter(layer.param_shapes))
    with pytest.raises(
        TypeError, match=f"{first} must have a real floating dtype, got int64"
    ):
        forward(layer, np.ones(shape), np.int64)
    params = [strict.ones(s) for s in layer.param_shapes.values()]
    with pytest.raises(
        TypeError, match=f"{first} must come from the same array library as x"
    ):
        layer.forward(np.ones(shape), *params)


def test_a_parameter_with_an_axis_too_many_is_refused():
    """A wanted shape was once taken for the beginning of one: (2,) let (2, 5) pass."""
    with pytest.raises(ValueError, match=r"b must have shape \(2,\), got \(2, 2\)"):
        Linear(3, 2).forward(np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 2)))
    with pytest.raises(
        ValueError, match=r"x must have shape \(N, 3\), got \(4, 3, 1\)"
    ):
        Linear(3, 2, bias=False).forward(np.ones((4, 3, 1)), np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"x must have shape \(N, \.\.\., 3\), got \(3,\)"
    ):
        PReLU(3).forward(np.ones(3), np.ones(3))


@pytest.mark.parametrize(
    ("running", "error", "message"),
    [
        ((), TypeError, "running must be a Running"),
        ((np.zeros(2), np.ones(2)), TypeError, "running must be a Running"),
        (
            Running(np.zeros(1), np.ones(2)),
            ValueError,
            r"running.mean must have shape \(2,\)",
        ),
        (
            Running(np.zeros(2), np.ones((1, 2))),
            ValueError,
            r"running.var must have shape \(2,\)",
        ),
        (
            Running(np.zeros(2), strict.ones(2)),
            TypeError,
            "var must come from the same array",
        ),
        (
            Running(np.zeros(2, int), np.ones(2)),
            TypeError,
            "running.mean must have a real float",
        ),
    ],
)
def test_running_statistics_that_do_not_fit_are_refused(running, error, message):
    """They would broadcast into the right shape without a word."""
    norm, ones = BatchNorm(2), np.ones(2)
    _, saved = norm.forward(np.ones((3, 2)), ones, ones)
    with pytest.raises(error, match=message):
        norm.update(running, saved)
    with pytest.raises(error, match=message):
        norm.infer(np.ones((3, 2)), ones, ones, running)


@pytest.mark.parametrize("dtype", ["int32", "bool", "complex128", None])
def test_a_network_has_floating_parameters(dtype):
    with pytest.raises(TypeError, match="dtype must be float16, float32 or float64"):
        Sequential([Linear(2, 2)], dtype=dtype)


def test_a_last_batch_of_one_sample_is_refused_with_the_remedy_and_foreseen():
    """After a flat BatchNorm of one sample there is nothing left to learn from, and no
    variance."""
    dense = Sequential([Flatten(), Linear(4, 3), BatchNorm(3)], input_shape=(2, 2, 1))
    message = (
        r"layer 2 .*at least 2 values a channel.*batch size that leaves no single"
        r" sample over"
    )
    with pytest.raises(ValueError, match=message):
        dense.forward(np.ones((1, 2, 2, 1), np.float32))
    assert dense.least_batch((2, 2, 1)) == 2
    assert np.all(np.isfinite(dense.infer(np.ones((1, 2, 2, 1), np.float32))))
    images = digit_network()
    assert images.least_batch((28, 28, 1)) == 1
    out, _ = images.forward(np.ones((1, 28, 28, 1), np.float32))
    assert np.all(np.isfinite(out))
    assert BatchNorm(3).least_batch((1, 1, 3)) == 2
    assert BatchNorm(3).least_batch((1, 2, 3)) == 1
    assert Sequential([ReLU()]).least_batch((5,)) == 1


def test_prediction_asks_for_an_array():
    with pytest.raises(TypeError, match="x must be an array, got list"):
        digit_network().predict([[1.0]])
