"""Guests: PyTorch's tensors in, PyTorch's tensors out, and held against PyTorch's own
losses.

Run by `make guests`, in an environment that has PyTorch; that every formula gives with
tensors what it gives with NumPy's arrays is shown by all tests that take the fixture
`xp`.
"""

import importlib

import numpy as np
import pytest

from mlcore import gradcheck, layers, losses, metrics
from mlcore.arrays import like, to_numpy
from mlcore.losses.registry import REGISTRY
from mlcore.optim import SGD

from .cases import (
    arguments,
    assert_close,
    changed,
    every_entry,
    every_loss,
    floating,
    run,
)


@pytest.fixture(scope="module")
def torch():
    return importlib.import_module("torch")


def tensors(torch, args, **attributes):
    """The arguments as tensors; those with a gradient may ask PyTorch to record it."""
    return {
        name: torch.tensor(array, requires_grad=array.dtype.kind == "f", **attributes)
        for name, array in args.items()
    }


@every_loss
def test_tensors_that_record_gradients_are_taken_and_nothing_is_recorded(
    entry, loss, torch
):
    """A layer's output and its weights do, in every program of PyTorch."""
    args = arguments(entry)
    given = tensors(torch, args)
    value, saved = loss.forward(*given.values())
    gradients = loss.backward(saved)
    expected, wanted = run(loss, args)
    assert_close(to_numpy(value), expected, 1e-13)
    for gradient, array in zip(gradients, wanted, strict=True):
        assert type(gradient) is torch.Tensor
        assert not gradient.requires_grad
        assert_close(to_numpy(gradient), array, 1e-12)
    assert not value.requires_grad


def own_losses(torch):
    """A loss of ours and PyTorch's own of the same arguments."""
    f = torch.nn.functional
    weights = [1.0, 0.5, 2.0, 0.25]
    yield (
        "cross-entropy",
        losses.SoftmaxCrossEntropy(0.1, weights, ignore_index=1),
        lambda z, y: f.cross_entropy(
            z,
            y,
            torch.tensor(weights, dtype=z.dtype),
            label_smoothing=0.1,
            ignore_index=1,
        ),
    )
    yield (
        "softmax",
        losses.SoftmaxLoss(),
        lambda x, w, y, b: f.cross_entropy(x @ w.T + b, y),
    )
    yield (
        "triplet",
        losses.TripletLoss(margin=0.5),
        lambda a, p, n: f.triplet_margin_loss(a, p, n, margin=0.5, eps=0.0),
    )
    yield (
        "am-softmax",
        losses.AdditiveMarginSoftmaxLoss(m=0.2, s=8.0),
        lambda x, w, y: f.cross_entropy(
            8
            * (
                f.normalize(x) @ f.normalize(w).T
                - 0.2 * f.one_hot(y, len(w)).to(x.dtype)
            ),
            y,
        ),
    )
    yield (
        "focal",
        losses.FocalLoss(gamma=0.0, alpha=None),
        lambda z, t: f.binary_cross_entropy_with_logits(z, t.to(z.dtype)),
    )


@pytest.mark.parametrize(
    "name", ["cross-entropy", "softmax", "triplet", "am-softmax", "focal"]
)
def test_autograd_finds_the_same_gradient_on_the_same_tensors(name, torch):
    ours, theirs = next(pair for known, *pair in own_losses(torch) if known == name)
    entry = next(e for e in REGISTRY if e.name == name)
    given = tensors(torch, arguments(entry))
    value, saved = ours.forward(*given.values())
    expected = theirs(*given.values())
    expected.backward()
    assert float(value) == pytest.approx(float(expected.detach()), rel=1e-12)
    recorded = [tensor.grad for tensor in given.values() if tensor.requires_grad]
    for gradient, wanted in zip(ours.backward(saved), recorded, strict=True):
        assert_close(to_numpy(gradient), to_numpy(wanted), 1e-12)


@every_entry
@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e5m2"])
def test_bfloat16_is_refused_by_argument(entry, dtype, torch):
    """Its 8 digits are no float16: ask for a cast instead of an answer nobody has
    tested."""
    args = tensors(torch, arguments(entry))
    for name in floating(args):
        narrow = changed(args, **{name: args[name].detach().to(getattr(torch, dtype))})
        for loss in entry.variants:
            with pytest.raises(
                TypeError, match=rf"^{name} must be cast .* torch.{dtype}"
            ):
                loss.forward(*narrow.values())


def test_bfloat16_is_refused_by_layers_metrics_and_optimisers(torch):
    narrow = torch.ones((3, 4), dtype=torch.bfloat16)
    linear, y = layers.Linear(4, 2), torch.tensor([0, 1, 1])
    for call, name in (
        (lambda: linear.forward(narrow, torch.ones((2, 4)), torch.ones(2)), "x"),
        (lambda: linear.forward(torch.ones((3, 4)), narrow[:2], torch.ones(2)), "w"),
        (lambda: metrics.recall_at_k(narrow, y), "x"),
        (lambda: metrics.accuracy(narrow, y), "logits"),
        (lambda: metrics.verification(narrow[:, 0], y), "scores"),
    ):
        with pytest.raises(TypeError, match=f"^{name} must be cast to float32 first"):
            call()


def test_a_library_of_each_argument_is_asked_for(torch):
    x, w, y = arguments(next(e for e in REGISTRY if e.name == "arcface")).values()
    with pytest.raises(TypeError, match="w must come from the same array library as x"):
        losses.ArcFaceLoss().forward(torch.tensor(x), w, torch.tensor(y))
    with pytest.raises(TypeError, match="y must come from the same array library as x"):
        losses.ArcFaceLoss().forward(torch.tensor(x), torch.tensor(w), y)


def test_parameters_of_a_module_can_be_trained_with_our_gradients(torch):
    """Forward, backward and a step of descent, on an nn.Linear's own parameters."""
    torch.manual_seed(0)
    module = torch.nn.Linear(5, 4, dtype=torch.float64)
    x, y = torch.randn(40, 5, dtype=torch.float64), torch.arange(40) % 4
    params = [(module.weight, module.bias)]
    optimiser, loss = SGD(0.5), losses.SoftmaxLoss()
    state = optimiser.init(params)
    values = []
    for _ in range(20):
        value, saved = loss.forward(x, params[0][0], y, params[0][1])
        _, *grads = loss.backward(saved)
        params, state = optimiser.step(params, [tuple(grads)], state)
        values.append(float(value))
    assert values[-1] < values[0] - 0.1
    assert all(type(p) is torch.Tensor and not p.requires_grad for p in params[0])


def test_gradcheck_takes_tensors(torch):
    given = tensors(torch, arguments(next(e for e in REGISTRY if e.name == "combined")))
    loss = losses.CombinedMarginLoss(s=16.0)
    assert gradcheck.gradcheck(loss, tuple(given.values())).max_relative_error < 1e-6


def test_arrays_come_and_go(torch):
    recorded = torch.ones(3, requires_grad=True)
    copy = to_numpy(recorded)
    copy[0] = 7
    assert recorded[0] == 1
    assert to_numpy(torch.tensor([True, False])).tolist() == [True, False]
    assert type(like(np.ones(2), recorded)) is torch.Tensor


def test_jax_is_refused_by_name():
    """Its arrays cannot be written into, and inside `jit` hold no numbers to check."""
    jnp = importlib.import_module("jax.numpy")
    x, y = jnp.ones((3, 4)), jnp.asarray([0, 1, 1])
    for call, name in (
        (lambda: losses.ArcFaceLoss().forward(x, x, y), "x"),
        (
            lambda: losses.ArcFaceLoss().forward(np.ones((3, 4)), x, np.zeros(3, int)),
            "w",
        ),
        (lambda: losses.SoftmaxCrossEntropy().forward(x, y), "logits"),
        (lambda: losses.SoftmaxCrossEntropy().forward(np.ones((3, 4)), y), "y"),
        (lambda: metrics.recall_at_k(x, y), "x"),
        (lambda: metrics.verification(x[:, 0], y), "scores"),
        (lambda: layers.ReLU().forward(x), "x"),
        (lambda: SGD(0.1).init([(x,)]), r"params\[0\]\[0\]"),
    ):
        with pytest.raises(TypeError, match=f"^{name} must be .* jax.*numpy.asarray"):
            call()
