"""The equations of chapter 19, hard negatives, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import unit
from equations import equation
from slopes import gradient

from mlcore import losses

X = np.random.default_rng(0).normal(size=(6, 4))
W = np.random.default_rng(1).normal(size=(5, 4))
Y = np.array([0, 3, 1, 1, 4, 2])
HEADS = {
    "fixed": losses.MVSoftmaxLoss(s=6.0, form="fixed"),
    "adaptive": losses.MVSoftmaxLoss(s=6.0, form="adaptive"),
    "angular": losses.MVSoftmaxLoss(s=6.0, base="angular"),
    "curricular": losses.CurricularFaceLoss(s=6.0, weight=0.0),
}
T = 0.3


def phi(name, c):
    """What a hard class counts as, and the slope of that, as the page has them."""
    t = T if name == "curricular" else 0.2
    if name == "fixed":
        return c + t, 1.0
    if name == "curricular":
        return c * (t + c), t + 2 * c
    return (1 + t) * c + t, 1 + t


def target(name, theta):
    if name == "curricular":
        return math.cos(theta + 0.5)
    if name == "angular":
        return math.cos(theta + 0.35)
    return math.cos(theta) - 0.35


def hard_set(name, x, w, label):
    c = [float(unit(x) @ unit(row)) for row in w]
    line = target(name, math.acos(c[label]))
    return {j for j in range(len(w)) if j != label and c[j] > line}


def loss_of_batch(name, x, w, held=None):
    """The page's loss; which classes are hard is seen at `held`."""
    x_0, w_0 = held or (x, w)
    losses_ = []
    for i, label in enumerate(Y):
        c = [float(unit(x[i]) @ unit(row)) for row in w]
        hard = hard_set(name, x_0[i], w_0, label)
        z = [6 * (phi(name, cj)[0] if j in hard else cj) for j, cj in enumerate(c)]
        z[label] = 6 * target(name, math.acos(c[label]))
        losses_.append(math.log(sum(math.exp(v - z[label]) for v in z)))
    return sum(losses_) / len(losses_)


def forward(name, x, w):
    state = [np.array([T])] if name == "curricular" else []
    return HEADS[name].forward(x, w, Y, *state)


@equation("hard-set", "hard-mv", "hard-curricular", "hard-loss")
@pytest.mark.parametrize("name", HEADS)
def test_the_loss_is_the_page_s(name):
    assert forward(name, X, W)[0] == pytest.approx(loss_of_batch(name, X, W), rel=1e-12)
    assert any(hard_set(name, x, W, label) for x, label in zip(X, Y, strict=True))


@equation("hard-set")
def test_the_example_by_hand():
    x, rows = np.array([3.0, 4.0]), np.eye(2)
    margin = losses.MVSoftmaxLoss(m=0.1)
    for label, is_hard in (0, True), (1, False):
        own, other = (unit(x) @ rows[k] for k in (label, 1 - label))
        (line,), _ = margin.margin(np.array([own]), np.array([math.sqrt(1 - own**2)]))
        assert (other > line) == is_hard
    assert math.exp(64 * 0.1) == pytest.approx(600, rel=0.01)


@equation("hard-state")
def test_t_is_a_running_mean_that_begins_at_0():
    head, state, by_hand = losses.CurricularFaceLoss(weight=0.1), None, 0.0
    for seed in range(4):
        x = np.random.default_rng(seed).normal(size=(6, 4))
        _, saved = head.forward(x, W, Y, state)
        state = head.update(state, saved)
        cosines = [unit(a) @ unit(W[k]) for a, k in zip(x, Y, strict=True)]
        by_hand = 0.9 * by_hand + 0.1 / len(x) * sum(cosines)
        assert state[0] == pytest.approx(by_hand, rel=1e-12)


@equation("hard-jump")
def test_the_jump_and_which_way_it_goes():
    for t in (0.0, 0.2, 0.9):
        for c in np.linspace(-0.95, 0.95, 39):
            (after,), _ = losses.CurricularFaceLoss().hard(np.array([c]), t)
            assert after - c == pytest.approx(c * (t + c - 1), abs=1e-15)
            if 1e-9 < c < 1 - t - 1e-9:
                assert after < c
            elif c < -1e-9 or c > 1 - t + 1e-9:
                assert after > c
            (fixed,), _ = losses.MVSoftmaxLoss(form="fixed").hard(np.array([c]), t)
            (adaptive,), _ = losses.MVSoftmaxLoss().hard(np.array([c]), t)
            assert fixed - c == pytest.approx(t, abs=1e-15)
            assert adaptive - c == pytest.approx(t * (1 + c), abs=1e-15)
            assert min(fixed, adaptive) >= c


@equation("hard-slope", "hard-dx")
@pytest.mark.parametrize("name", HEADS)
def test_the_gradient_with_the_slopes(name):
    """The page's sum, and central differences with the hard classes held."""
    p_of = []
    dx = np.zeros_like(X)
    for i, label in enumerate(Y):
        c = np.array([unit(X[i]) @ unit(row) for row in W])
        hard = hard_set(name, X[i], W, label)
        theta = math.acos(c[label])
        z = np.array([phi(name, v)[0] if j in hard else v for j, v in enumerate(c)])
        z[label] = target(name, theta)
        p = np.exp(6 * z) / np.exp(6 * z).sum()
        p_of.append(p)
        inner = np.zeros(X.shape[1])
        for j, row in enumerate(W):
            if j != label:
                slope = phi(name, c[j])[1] if j in hard else 1.0
                inner += p[j] / len(X) * slope * unit(row)
        m = {"curricular": 0.5, "angular": 0.35}.get(name)
        rho = math.sin(theta) if m is None else math.sin(theta + m)
        t_x = (unit(W[label]) - c[label] * unit(X[i])) / math.sin(theta)
        inner += (p[label] - 1) / len(X) * (z[label] * unit(X[i]) + rho * t_x)
        across = inner - (inner @ unit(X[i])) * unit(X[i])
        dx[i] = 6 / np.linalg.norm(X[i]) * across
    library = HEADS[name].backward(forward(name, X, W)[1])[0]
    np.testing.assert_allclose(library, dx, rtol=1e-10, atol=1e-13)
    held = gradient(lambda x: loss_of_batch(name, x, W, held=(X, W)), X)
    np.testing.assert_allclose(library, held, atol=1e-8)


@equation("hard-turn")
def test_where_the_slope_is_negative():
    head = losses.CurricularFaceLoss()
    for t in (0.0, 0.3, 0.8):
        c = np.linspace(-1, 1, 401)
        _, slope = head.hard(c, t)
        np.testing.assert_array_equal(slope < -1e-12, c < -t / 2 - 1e-12)
    assert math.cos(math.pi / 2 + 0.5) == pytest.approx(-0.48, abs=5e-3)
