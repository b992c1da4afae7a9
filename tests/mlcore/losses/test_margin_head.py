"""The head that the margin losses share: features and weights normalised or not, each
way.

The losses test it too, but each in one way only, and behind its margin.
"""

import dataclasses
import math

import numpy as np
import pytest

from margins.judge import formulas as references
from mlcore.losses import (
    AdaFaceLoss,
    LargeMarginSoftmaxLoss,
    MagFaceLoss,
    SubCenterArcFaceLoss,
)
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.registry import REGISTRY

from . import truth
from .cases import (
    arguments,
    assert_close,
    every_loss_if,
    run,
    takes,
    with_classes,
)

TOLERANCE = 1e-12


@dataclasses.dataclass(frozen=True)
class _Normalised(MarginHead):
    """An additive angle on lengths of each kind: psi = cos(theta + 0.5)."""

    normalised_features = True
    normalised_weights = True
    s: float = 6.0

    def margin(self, cos, sin):
        c, s = math.cos(0.5), math.sin(0.5)
        return cos * c - sin * s, sin * c + cos * s


@dataclasses.dataclass(frozen=True)
class _NormalisedWeights(_Normalised):
    normalised_features = False


@dataclasses.dataclass(frozen=True)
class _NormalisedFeatures(_Normalised):
    normalised_weights = False


HEADS = [
    (LargeMarginSoftmaxLoss(m=3), {}),
    (_Normalised(), {"x_norm": 6.0, "w_norm": 1}),
    (_NormalisedWeights(), {"w_norm": 1}),
    (_NormalisedFeatures(), {"x_norm": 6.0}),
]


def _head_truth(head, norms, args):
    def reference(loss, x, w, y, math):
        def psi(theta):
            return math.cos(theta + 0.5)

        if isinstance(loss, LargeMarginSoftmaxLoss):
            psi = references.multiplied_angle(loss.m, loss.lam, math)
        return references.margin_head(x, w, y, psi, math, **norms)

    return truth.exact_gradient(reference, head, args, ["x", "w"])


def _head_arguments():
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(6, 5)), 2.0 + rng.normal(size=(4, 5))
    return {"x": x, "w": w, "y": rng.integers(0, 4, size=6)}


@pytest.mark.parametrize(("head", "norms"), HEADS)
def test_margin_head_normalised_either_way(head, norms):
    """The four ways to normalise, each with its projection, against exact
    differences."""
    args = _head_arguments()
    expected = _head_truth(head, norms, args)
    for actual, exact in zip(run(head, args)[1], expected, strict=True):
        assert_close(actual, exact, TOLERANCE, str(head))


MARGIN = ("radial", "tangential")
DROPPED = [
    (MARGIN, 0, HEADS[0]),
    *((MARGIN, 1, head) for head in HEADS),
    (("x_hat",), 0, HEADS[1]),
    (("x_hat",), 0, HEADS[3]),
]


@pytest.mark.parametrize(("terms", "which", "head"), DROPPED)
def test_control_a_dropped_term_of_the_head_is_seen(terms, which, head):
    """Without what the margin adds, or without the projection, the gradient is far off:
    over 1%."""
    head, norms = head
    args = _head_arguments()
    _, saved = head.forward(*args.values())
    nothing = {term: 0 * getattr(saved.target, term) for term in terms}
    saved = saved._replace(target=saved.target._replace(**nothing))
    wrong = head.backward(saved)[which]
    with pytest.raises(AssertionError, match="off by"):
        assert_close(wrong, _head_truth(head, norms, args)[which], 1e-2)


NORMALISED = [
    *(head for head, _ in HEADS),
    *(
        v
        for entry in REGISTRY
        if issubclass(entry.loss, MarginHead)
        for v in entry.variants
    ),
]
FLAGS = {"x": "normalised_features", "w": "normalised_weights"}
# Their margins look at the lengths of the features.
SEE_LENGTHS = (AdaFaceLoss, MagFaceLoss)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (h, n)
        for h in NORMALISED
        for n, flag in FLAGS.items()
        if getattr(h, flag) and not (n == "x" and isinstance(h, SEE_LENGTHS))
    ],
)
def test_a_normalised_argument_has_its_gradient_across_it(head, name):
    """Where a length does not count, x·dL/dx = 0 and w·dL/dw = 0, also at multiples of
    x, where the loss stays and the gradient is divided by the multiple."""
    args = _head_arguments()
    if isinstance(head, SubCenterArcFaceLoss):
        args["w"] = args["w"][:, None, :]
    value, gradients = run(head, args)
    i = ["x", "w"].index(name)
    for factor in (3.0, 2.0**-30, 2.0**30):
        longer = {**args, name: factor * args[name]}
        again, scaled = run(head, longer)
        assert_close(again, value, TOLERANCE)
        assert_close(factor * scaled[i], gradients[i], TOLERANCE)
        along = np.sum(scaled[i] * longer[name], axis=-1)
        lengths = np.linalg.norm(scaled[i]) * np.linalg.norm(longer[name])
        assert np.max(np.abs(along)) <= 1e-14 * lengths


@every_loss_if(takes("w"))
@pytest.mark.parametrize("pole", [0.0, math.pi])
def test_every_head_near_the_poles(entry, loss, pole):
    """From 0.1 down to 1e-12 of being parallel or opposite, against fifty digits.

    The value is right to the last digits. The direction of the tangent is known to
    about eps/theta and no better, as x and w are normalised in floating point; it shows
    where rho does not vanish with theta, as in ArcFace. (At L-Softmax's poles it does:
    see test_margins.)
    """
    reference, loss = truth.REFERENCES[entry.name], with_classes(loss, 2)
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.normal(size=(5, 2)))
    w = np.stack([1.7 * q[:, 0], rng.normal(size=5)])
    for small in (1e-1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12):
        theta = abs(pole - small)
        x = 2.3 * (math.cos(theta) * q[:, 0] + math.sin(theta) * q[:, 1])
        args = {"x": x[None], "w": w, "y": np.asarray([0])}
        if arguments(entry)["w"].ndim == 3:  # several rows a class
            args["w"] = w[:, None, :]
        args |= {n: a for n, a in arguments(entry).items() if n == "b" and not a.ndim}
        value, gradients = run(loss, args)
        # Logits of up to 30 make exponents, which carry their rounding into the loss.
        assert_close(value, truth.exact_value(reference, loss, args), 1e-13)
        wanted = truth.exact_gradient(reference, loss, args, ["x", "w"])
        for actual, exact in zip(gradients[:2], wanted, strict=True):
            tolerance = 1e-12 + 5 * np.finfo(float).eps / small
            assert_close(actual, exact, tolerance, f"{loss}, {small} from {pole}")
