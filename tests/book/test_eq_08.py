"""The equations of chapter 8, ArcFace, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import angle, length, tangent, unit
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

MARGINS = (0.1, 0.5, 1.0)
ANGLES = np.random.default_rng(0).uniform(0.01, math.pi - 0.01, 200)


def rho(theta, m):
    return math.sin(theta + m)


def pairs(count=20, d=4, seed=1):
    rng = np.random.default_rng(seed)
    return [
        rng.normal(size=(2, d)) * rng.uniform(0.5, 2, size=(2, 1)) for _ in range(count)
    ]


def logits(x, w, y, m, s):
    theta = [angle(x, wj) for wj in w]
    return np.array([s * math.cos(t + m if j == y else t) for j, t in enumerate(theta)])


def loss_of_batch(x, w, y, m, s):
    z = [logits(xi, w, yi, m, s) for xi, yi in zip(x, y, strict=True)]
    return np.mean(
        [-math.log(math.exp(f[j]) / np.exp(f).sum()) for f, j in zip(z, y, strict=True)]
    )


def batch(seed=2):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(6, 3)),
        rng.normal(size=(4, 3)),
        np.array([0, 3, 1, 1, 2, 0]),
    )


def library_psi(theta, **options):
    loss = losses.ArcFaceLoss(**options)
    return loss.margin(np.cos(np.atleast_1d(theta)), np.sin(np.atleast_1d(theta)))


@equation("arcface-demand")
def test_the_demand_is_one_on_cosines_as_long_as_the_sum_stays_below_pi():
    rng = np.random.default_rng(3)
    for first, second in rng.uniform(0, math.pi, (300, 2)):
        for m in MARGINS:
            if first + m < math.pi:
                wins = math.cos(first + m) > math.cos(second)
                assert (first + m < second) == wins
    assert math.degrees(math.acos(1 - 0.35)) == pytest.approx(49.5, abs=0.05)
    assert math.degrees(math.acos(0.5 - 0.35)) - 60 == pytest.approx(21.4, abs=0.05)
    assert math.degrees(0.5) == pytest.approx(28.6, abs=0.05)


@equation("arcface-logits", "arcface-loss")
@pytest.mark.parametrize("m", MARGINS)
def test_the_loss(m):
    x, w, y = batch()
    page = loss_of_batch(x, w, y, m, s=7.0)
    assert losses.ArcFaceLoss(m=m, s=7.0).forward(x, w, y)[0] == pytest.approx(
        page, rel=1e-12
    )


@equation("arcface-addition")
def test_the_addition_theorem_and_the_example_by_hand():
    for theta in ANGLES:
        for m in MARGINS:
            page = math.cos(theta) * math.cos(m) - math.sin(theta) * math.sin(m)
            assert page == pytest.approx(math.cos(theta + m), abs=1e-14)
    target = 0.8 * math.cos(0.5) - 0.6 * math.sin(0.5)
    assert target == pytest.approx(0.414, abs=5e-4)
    assert math.log(1 + math.exp(0.6 - target)) == pytest.approx(0.790, abs=5e-4)
    assert loss_of_batch(
        np.array([[3.0, 4.0]]), np.eye(2), [1], 0.5, 1.0
    ) == pytest.approx(math.log(1 + math.exp(0.6 - target)))


@equation("arcface-linear", "arcface-easy")
@pytest.mark.parametrize("m", MARGINS)
def test_the_two_branches_are_the_library_s_and_their_jumps_the_page_s(m):
    for theta in ANGLES:
        linear = (
            math.cos(theta + m)
            if theta <= math.pi - m
            else math.cos(theta) - m * math.sin(m)
        )
        easy = math.cos(theta + m) if theta < math.pi / 2 else math.cos(theta)
        assert library_psi(theta, m=m, fallback="linear")[0] == pytest.approx(
            linear, abs=1e-13
        )
        assert library_psi(theta, m=m, fallback="easy")[0] == pytest.approx(
            easy, abs=1e-13
        )
    before, after = library_psi(
        math.pi - m + np.array([-1e-9, 1e-9]), m=m, fallback="linear"
    )[0]
    assert after - before == pytest.approx(1 - math.cos(m) - m * math.sin(m), abs=1e-7)
    assert after < before
    before, after = library_psi(
        math.pi / 2 + np.array([-1e-9, 1e-9]), m=m, fallback="easy"
    )[0]
    assert after - before == pytest.approx(math.sin(m), abs=1e-7)


@equation("arcface-linear", "arcface-easy")
def test_the_numbers_in_the_text():
    assert -math.cos(0.5) - 0.5 * math.sin(0.5) == pytest.approx(-1.117, abs=5e-4)
    assert 0.5 * math.sin(0.5) == pytest.approx(0.240, abs=5e-4)
    assert -math.sin(0.5) == pytest.approx(-0.479, abs=5e-4)


@equation("arcface-taylor")
def test_first_order_in_m_with_the_sine_of_the_seam():
    """cos(theta) - m sin(theta) is right to first order in m; at the seam the sine is
    sin m."""
    for theta in ANGLES:
        slope = float(gradient(lambda m, theta=theta: math.cos(theta + m), 0.0))
        assert slope == pytest.approx(-math.sin(theta), abs=1e-8)
    for m in MARGINS:
        seam = math.pi - m
        assert math.cos(seam) - m * math.sin(seam) == pytest.approx(
            math.cos(seam) - m * math.sin(m)
        )
        missing = math.cos(seam + m) - (math.cos(seam) - m * math.sin(m))
        assert 0 < missing < m**2  # second order: what the jump is made of


@equation("arcface-folded")
@pytest.mark.parametrize("m", MARGINS)
def test_the_folded_form_is_smooth_and_falls(m):
    def psi(theta):
        plain = math.cos(theta + m)
        return plain if theta <= math.pi - m else -plain - 2

    values = np.array([psi(theta) for theta in np.linspace(0, math.pi, 4001)])
    assert np.all(np.diff(values) < 0)
    seam = math.pi - m
    # slope 0 on both sides
    assert psi(seam - 1e-6) == pytest.approx(psi(seam + 1e-6), abs=1e-11)


@equation("arcface-rho")
@pytest.mark.parametrize("m", MARGINS)
def test_rho_is_the_rate_of_fall(m):
    for theta in ANGLES:
        falls = -float(gradient(lambda a: math.cos(a + m), theta))
        page = math.sin(theta) * math.cos(m) + math.cos(theta) * math.sin(m)
        assert page == pytest.approx(math.sin(theta + m))
        assert page == pytest.approx(falls, abs=1e-8)
        assert page == pytest.approx(library_psi(theta, m=m)[1][0])


@equation("arcface-slope-c")
def test_the_slope_in_the_cosine_has_no_bound():
    m = 0.5
    for theta in ANGLES[(ANGLES > 0.2) & (ANGLES < 2.9)]:
        page = math.cos(m) + math.cos(theta) / math.sin(theta) * math.sin(m)
        assert page == pytest.approx(rho(theta, m) / math.sin(theta))
        numeric = gradient(
            lambda c: math.cos(math.acos(c) + m), math.cos(theta), h=1e-6
        )
        assert page == pytest.approx(float(numeric), rel=1e-6, abs=1e-7)
    tiny = 1e-8
    page = math.cos(m) + math.cos(tiny) / math.sin(tiny) * math.sin(m)
    assert page * tiny == pytest.approx(math.sin(m), rel=1e-6)


@equation("arcface-dx-target", "arcface-dw-target")
@pytest.mark.parametrize("m", MARGINS)
def test_gradients_of_the_target_logit(m):
    s = 5.0
    for x, w in pairs():
        pull = s * rho(angle(x, w), m)

        def target(x, w):
            return s * math.cos(angle(x, w) + m)

        assert_allclose(
            pull / length(x) * tangent(x, w),
            gradient(lambda x, w=w: target(x, w), x),
            rtol=1e-6,
            atol=1e-7,
        )
        assert_allclose(
            pull / length(w) * tangent(w, x),
            gradient(lambda w, x=x: target(x, w), w),
            rtol=1e-6,
            atol=1e-7,
        )


@equation("arcface-other")
def test_gradient_of_the_other_logits():
    s = 5.0
    for x, w in pairs(seed=4):
        page = s / length(x) * (unit(w) - math.cos(angle(x, w)) * unit(x))
        assert_allclose(
            page, gradient(lambda x, w=w: s * unit(w) @ unit(x), x), rtol=1e-6
        )
        also = s / length(x) * math.sin(angle(x, w)) * tangent(x, w)
        assert_allclose(page, also, rtol=1e-9, atol=1e-12)


@equation("arcface-dx", "arcface-dw")
@pytest.mark.parametrize("m", MARGINS)
def test_gradients_of_the_batch(m):
    s = 7.0
    x, w, y = batch()
    in_x, in_w = np.zeros_like(x), np.zeros_like(w)
    for i, yi in enumerate(y):
        z = logits(x[i], w, yi, m, s)
        p = np.exp(z) / np.exp(z).sum()
        theta = angle(x[i], w[yi])
        for j in range(len(w)):
            g = (p[j] - (j == yi)) / len(y)
            in_x[i] += g * unit(w[j])
            in_w[j] += g * unit(x[i])
            if j == yi:
                in_x[i] += g * (rho(theta, m) - math.sin(theta)) * tangent(x[i], w[j])
                in_w[j] += g * (rho(theta, m) - math.sin(theta)) * tangent(w[j], x[i])

    def project(inner, a):
        rows = [
            s / length(v) * (np.eye(len(v)) - np.outer(unit(v), unit(v))) @ row
            for row, v in zip(inner, a, strict=True)
        ]
        return np.array(rows)

    assert_allclose(
        project(in_x, x),
        gradient(lambda x: loss_of_batch(x, w, y, m, s), x),
        rtol=1e-6,
        atol=1e-8,
    )
    assert_allclose(
        project(in_w, w),
        gradient(lambda w: loss_of_batch(x, w, y, m, s), w),
        rtol=1e-6,
        atol=1e-8,
    )


@equation("arcface-floor")
@pytest.mark.parametrize("classes", [2, 4, 10])
def test_the_best_loss_is_that_of_a_regular_simplex(classes):
    """Rows of a regular simplex, features on them: the loss of the page; nudged rows do
    no better."""
    s, m = 4.0, 0.5
    rows = np.eye(classes) - 1 / classes
    y = np.arange(classes)
    page = math.log(
        1 + (classes - 1) * math.exp(-s * (math.cos(m) + 1 / (classes - 1)))
    )
    loss = losses.ArcFaceLoss(m=m, s=s)
    assert loss.forward(rows, rows, y)[0] == pytest.approx(page)
    rng = np.random.default_rng(5)
    for _ in range(20):
        nudged = rows + 0.05 * rng.normal(size=rows.shape)
        assert loss.forward(nudged, nudged, y)[0] > page - 1e-12


@equation("arcface-straight", "arcface-straight-margin")
@pytest.mark.parametrize("m", MARGINS)
def test_the_detached_margin_is_am_softmax_with_a_margin_of_each_sample(m):
    """Forward with the margin, backward with the plain sine: AM-Softmax at m_i, held
    still."""
    s = 12.0
    x, w, y = batch()
    for xi, yi in zip(x, y, strict=True):
        theta = angle(xi, w[yi])
        own = math.cos(theta) - math.cos(theta + m)
        if not 0 <= own < 2:
            continue
        am = losses.AdditiveMarginSoftmaxLoss(m=own, s=s)
        loss, saved = am.forward(xi[None], w, np.array([yi]))
        assert float(loss) == pytest.approx(loss_of_batch([xi], w, [yi], m, s))
        z = logits(xi, w, yi, m, s)
        p = np.exp(z) / np.exp(z).sum()
        page = sum(
            (p[j] - (j == yi))
            * s
            / length(xi)
            * math.sin(angle(xi, wj))
            * tangent(xi, wj)
            for j, wj in enumerate(w)
        )
        assert_allclose(page, am.backward(saved)[0][0], rtol=1e-9, atol=1e-12)
        # And it is not the gradient of the loss.
        true = gradient(lambda v, yi=yi: loss_of_batch([v], w, [yi], m, s), xi)
        assert length(page - true) > 1e-3 * length(true)
