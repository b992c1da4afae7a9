"""The equations of chapter 22, the family, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import unit
from chapters import BOOK
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.registry import REGISTRY

RNG = np.random.default_rng(0)
N, C, D = 7, 4, 5
X, W, Y = RNG.normal(size=(N, D)), RNG.normal(size=(C, D)), np.arange(N) % C


def cosines(x, w):
    return np.array([[unit(a) @ unit(b) for b in w] for a in x])


def formula(phi, psi, y, kappa, iota, omega=1.0):
    """As it stands on the page, for one sample."""
    others = [
        math.exp(kappa[j] * phi[j] + iota[j] - kappa[y] * psi - iota[y])
        for j in range(len(phi))
        if j != y
    ]
    return omega * math.log(1 + sum(others))


@equation("family-loss")
def test_a_margin_head_is_the_formula():
    head = losses.ArcFaceLoss(m=0.4, s=6.0, reduction="none")
    each, _ = head.forward(X, W, Y)
    cos = cosines(X, W)
    for i, y in enumerate(Y):
        psi = math.cos(math.acos(cos[i, y]) + 0.4)
        assert_allclose(
            formula(cos[i], psi, y, [6.0] * C, [0.0] * C), each[i], rtol=1e-12
        )


@equation("family-loss")
def test_a_changed_negative_an_offset_and_a_weight_are_in_the_formula():
    z, counts = 3 * RNG.normal(size=(N, C)), (40.0, 3.0, 11.0, 1.0)
    weights = (1.0, 0.5, 2.0, 0.25)
    head = losses.VectorScalingLoss(counts, 1.0, 0.3, weights, reduction="none")
    kappa = [(n / 40.0) ** 0.3 for n in counts]
    iota = [math.log(n / sum(counts)) for n in counts]
    each, _ = head.forward(z, Y)
    for i, y in enumerate(Y):
        wanted = formula(z[i], z[i, y], y, kappa, iota, weights[y])
        assert_allclose(each[i], wanted, rtol=1e-12)
    head = losses.MVSoftmaxLoss(t=0.3, m=0.35, s=6.0, reduction="none")
    each, _ = head.forward(X, W, Y)
    cos = cosines(X, W)
    for i, y in enumerate(Y):
        psi = cos[i, y] - 0.35
        phi = [1.3 * c + 0.3 if c > psi else c for c in cos[i]]
        wanted = formula(phi, psi, y, [6.0] * C, [0.0] * C)
        assert_allclose(each[i], wanted, rtol=1e-12)


@equation("family-slopes")
def test_the_slopes_are_three_factors_each():
    """By theta_y and by the cosines of the wrong classes, of any psi and phi."""
    kappa, iota, y, omega = [3.0, 2.0, 4.0, 5.0], [0.2, -0.5, 0.1, 0.0], 1, 0.7
    theta, cos = 1.1, np.array([0.3, 0.0, -0.4, 0.7])

    def psi(t):
        return math.cos(1.2 * t + 0.3) - 0.1

    def value(v):
        phi = [c * (0.4 + c) if c > 0 else c for c in v[1:]]
        return formula(phi, psi(v[0]), y, kappa, iota, omega)

    at = np.concatenate([[theta], cos])
    slopes = gradient(value, at)
    phi = np.where(cos > 0, cos * (0.4 + cos), cos)
    logits = np.array(kappa) * phi + iota
    logits[y] = kappa[y] * psi(theta) + iota[y]
    p = np.exp(logits) / np.exp(logits).sum()
    rho = 1.2 * math.sin(1.2 * theta + 0.3)
    assert_allclose(slopes[0], omega * kappa[y] * (1 - p[y]) * rho, rtol=1e-7)
    for j in (0, 2, 3):
        own = 0.4 + 2 * cos[j] if cos[j] > 0 else 1.0
        assert_allclose(slopes[1 + j], omega * kappa[j] * p[j] * own, rtol=1e-7)


def test_two_losses_whose_slopes_need_a_word_more():
    """Focal loss has F(p) for omega, and Proxy-NCA 1 for 1 - p."""
    z, y, gamma = np.array([0.3, -0.5, 1.1, 0.2]), 2, 2.0
    head = losses.SoftmaxFocalLoss(gamma=gamma)
    (dz,) = head.backward(head.forward(z[None], np.array([y]))[1])
    p = np.exp(z) / np.exp(z).sum()
    factor = (1 - p[y]) ** gamma - gamma * (1 - p[y]) ** (gamma - 1) * p[y] * math.log(
        p[y]
    )
    assert_allclose(dz[0], factor * (p - (np.arange(4) == y)), rtol=1e-12)

    def proxy(c):
        return math.log(sum(math.exp(2 * c[j]) for j in (0, 1, 3))) - 2 * c[y]

    slopes = gradient(proxy, z)
    assert_allclose(slopes[y], -2, rtol=1e-7)
    others = np.where(np.arange(4) == y, 0, np.exp(2 * z))
    assert_allclose(np.delete(slopes, y), np.delete(2 * others / others.sum(), y), 1e-7)


@equation("family-radial")
def test_what_depends_on_the_length_has_a_part_along_the_feature():
    """MagFace without its penalty, and with it."""
    for lam in (0.0, 2.0):
        head = losses.MagFaceLoss(0.5, 6.0, 0.1, 0.7, lam, 4.0, reduction="none")
        dx, _ = head.backward(head.forward(X, W, Y)[1])
        plain = losses.MagFaceLoss(0.5, 6.0, 0.1, 0.7, 0.0, 4.0, reduction="none")
        not_p = -np.expm1(-plain.forward(X, W, Y)[0])
        cos = cosines(X, W)
        for i, y in enumerate(Y):
            a, theta = np.linalg.norm(X[i]), math.acos(cos[i, y])
            assert 0.5 < a < 6.0
            m = 0.1 + 0.6 * (a - 0.5) / 5.5
            slope = -0.6 / 5.5 * math.sin(theta + m)  # of psi by a
            wanted = -4.0 * not_p[i] * slope + lam * (1 / 36 - 1 / a**2)
            assert_allclose(dx[i] @ unit(X[i]), wanted, rtol=1e-11, atol=1e-13)


@equation("family-batch")
def test_a_row_of_nt_xent_is_a_classifier_made_of_the_batch():
    x1, x2, tau = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3)), 0.3
    each, _ = losses.NTXentLoss(tau, reduction="none").forward(x1, x2)
    x = np.concatenate([x1, x2])
    cos = cosines(x, x)
    rows = []
    for i in range(10):
        other = (i + 5) % 10
        gaps = [
            (cos[i, k] - cos[i, other]) / tau for k in range(10) if k not in (i, other)
        ]
        rows.append(math.log(1 + sum(math.exp(g) for g in gaps)))
    assert_allclose(each, (np.array(rows[:5]) + rows[5:]) / 2, rtol=1e-12)


@equation("family-spread")
def test_a_target_that_is_spread():
    z, positives = 2 * RNG.normal(size=6), [1, 4, 5]

    def value(z):
        total = 0.0
        for q in positives:
            others = sum(math.exp(z[k] - z[q]) for k in range(6) if k != q)
            total += math.log(1 + others)
        return total / len(positives)

    p = np.exp(z) / np.exp(z).sum()
    wanted = p - np.isin(np.arange(6), positives) / 3
    assert_allclose(gradient(value, z), wanted, rtol=1e-6, atol=1e-9)
    x, y, tau = RNG.normal(size=(6, 3)), np.array([0, 0, 0, 1, 1, 2]), 0.4
    each, _ = losses.SupConLoss(tau, reduction="none").forward(x, y)
    z = cosines(x, x)[0, 1:] / tau
    positives[:] = [0, 1]

    def of_five(z):
        return np.mean(
            [math.log(sum(math.exp(z[k] - z[q]) for k in range(5))) for q in (0, 1)]
        )

    assert_allclose(each[0], of_five(z), rtol=1e-12)


def test_the_numbers_in_the_text():
    """Thirty losses, ten without a softmax, eleven under the margin head."""
    assert len(REGISTRY) == 30
    text = (BOOK / "22-the-family.md").read_text("utf-8")
    assert "Thirty losses" in text
    assert "Ten losses have no row" in text
    assert sum(issubclass(entry.loss, MarginHead) for entry in REGISTRY) == 11


@pytest.mark.parametrize("degrees", [0, 10, 18])
def test_what_the_figure_is_asked_for_is_there(degrees):
    """A loss that pushes away from its class, and one that pulls to a wrong one."""
    theta = np.radians([degrees])
    _, rho = losses.AdaFaceLoss(m=0.4).margin(np.cos(theta), np.sin(theta), np.ones(1))
    assert rho[0] < 0
    theta = np.radians([180 - degrees])
    psi, rho = losses.ArcFaceLoss(m=0.5).margin(np.cos(theta), np.sin(theta))
    assert rho[0] < 0
    cos = np.cos(np.radians(60) - theta)
    _, slope = losses.CurricularFaceLoss(m=0.5).reshape_negatives(cos, psi, 0.3)
    assert cos[0] > psi[0]
    assert slope[0] < 0
