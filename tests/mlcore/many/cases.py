"""What the tests of the heads over many classes share: losses, inputs, comparisons."""

import dataclasses

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import SoftmaxLoss, SubCenterArcFaceLoss
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.registry import REGISTRY


def with_classes(loss, c):
    """The loss for `c` classes: class weights and counts have a length."""
    lengths = {
        name: tuple(np.resize(numbers, c).tolist())
        for name in ("class_weights", "counts")
        if (numbers := getattr(loss, name, None)) is not None
    }
    return dataclasses.replace(loss, **lengths)


# The classes: a block of 5 does not divide them, 13 is one block, 14 more than there
# are.
C = 13
BLOCKS = (1, 5, 13, 14)
LOSSES = [
    pytest.param(with_classes(loss, C), id=f"{entry.name}-{i}")
    for entry in REGISTRY
    if issubclass(entry.loss, (MarginHead, SoftmaxLoss))
    for i, loss in enumerate(entry.variants)
]
every_loss = pytest.mark.parametrize("loss", LOSSES)


def takes_bias(loss):
    return isinstance(loss, SoftmaxLoss)


def inputs(loss, seed=0, n=9, d=6, c=C, bias=True):
    """NumPy arguments of forward: a label that repeats, a zero row of each, a long and
    a short row."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(n, d)), rng.normal(size=(c, d))
    y = rng.integers(0, c, size=n)
    y[1] = y[0]
    x[2], x[3], w[y[0] - 1] = 0, 30 * x[3], 0
    w[y[4]] *= 1e-3
    if isinstance(loss, SubCenterArcFaceLoss):
        w = np.stack([w, rng.normal(size=(c, d)), -w], axis=1)
    args = [x, w, y]
    if bias and takes_bias(loss):
        args.append(rng.normal(size=c))
    return args


def results(head, args, dloss=1.0):
    """The loss and all gradients, as NumPy arrays."""
    value, saved = head.forward(*args)
    return [to_numpy(a) for a in (value, *head.backward(saved, dloss))]


def assert_equal(actual, expected, tolerance, what=""):
    """Relative to the largest entry of each array."""
    assert len(actual) == len(expected), what
    for name, a, b in zip(("loss", "dx", "dw", "db"), actual, expected, strict=False):
        assert a.shape == b.shape, f"{what}: {name}"
        scale = np.max(np.abs(b), initial=0.0)
        error = np.max(np.abs(a - b), initial=0.0)
        assert error <= tolerance * scale, f"{what}: {name} off by {error / scale:.2g}"


def each_reduction(loss):
    """The loss with every reduction, and a gradient to send back through it."""
    yield dataclasses.replace(loss, reduction="mean"), 1.0
    yield dataclasses.replace(loss, reduction="sum"), -0.5
    yield dataclasses.replace(loss, reduction="none"), np.linspace(-1, 2, 9)
