"""The equations of chapter 11, one picture for all margins, as they stand on the
page."""

import math

import numpy as np
import pytest
from angles import angle, length, tangent, unit
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

ANGLES = np.random.default_rng(0).uniform(0.01, math.pi - 0.01, 100)
# (psi, rho) of every row of the page's table, and which lengths the loss keeps.
MARGINS = {
    "softmax": (lambda t: math.cos(t), lambda t: math.sin(t)),
    "folded": (
        lambda t: (
            (-1) ** int(3 * t / math.pi) * math.cos(3 * t) - 2 * int(3 * t / math.pi)
        ),
        lambda t: (-1) ** int(3 * t / math.pi) * 3 * math.sin(3 * t),
    ),
    "am-softmax": (lambda t: math.cos(t) - 0.35, lambda t: math.sin(t)),
    "arcface": (lambda t: math.cos(t + 0.5), lambda t: math.sin(t + 0.5)),
    "combined": (
        lambda t: math.cos(1.2 * t + 0.3) - 0.2,
        lambda t: 1.2 * math.sin(1.2 * t + 0.3),
    ),
}
KEEPS = [(True, True), (True, False), (False, True), (False, False)]


def tie(psi, between):
    """Where psi(theta) = cos(between - theta), by halving."""
    low, high = 0.0, between
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high)
            if psi(middle) > math.cos(between - middle)
            else (low, middle)
        )
    return low


@equation("one-target", "one-dx", "one-dw")
@pytest.mark.parametrize("keeps", KEEPS)
@pytest.mark.parametrize("name", MARGINS)
def test_gradient_of_any_target_logit(name, keeps):
    psi, rho = MARGINS[name]
    keeps_x, keeps_w = keeps
    s = 5.0
    rng = np.random.default_rng(1)

    def target(x, w):
        return (
            (length(x) if keeps_x else s)
            * (length(w) if keeps_w else 1.0)
            * psi(angle(x, w))
        )

    for x, w in rng.normal(size=(12, 2, 4)):
        theta = angle(x, w)
        if abs(math.sin(3 * theta)) < 1e-3:
            continue
        uv = (length(x) if keeps_x else s) * (length(w) if keeps_w else 1.0)
        in_x = (
            uv
            / length(x)
            * (keeps_x * psi(theta) * unit(x) + rho(theta) * tangent(x, w))
        )
        in_w = (
            uv
            / length(w)
            * (keeps_w * psi(theta) * unit(w) + rho(theta) * tangent(w, x))
        )
        slope_x = gradient(lambda x, w=w: target(x, w), x)
        slope_w = gradient(lambda w, x=x: target(x, w), w)
        assert_allclose(in_x, slope_x, rtol=1e-6, atol=1e-7)
        assert_allclose(in_w, slope_w, rtol=1e-6, atol=1e-7)


@equation("one-combined", "one-ellipse")
def test_the_combined_margin_runs_on_an_ellipse():
    for m1, m2, m3 in [
        (1.0, 0.0, 0.0),
        (1.0, 0.3, 0.2),
        (1.3, 0.4, 0.15),
        (4.0, 0.0, 2.0),
    ]:
        for theta in ANGLES:
            psi = math.cos(m1 * theta + m2) - m3
            rho = -float(
                gradient(
                    lambda t, a=(m1, m2, m3): math.cos(a[0] * t + a[1]) - a[2], theta
                )
            )
            assert (psi + m3) ** 2 + (rho / m1) ** 2 == pytest.approx(1, abs=1e-7)
            if m3 < 2:
                head = losses.CombinedMarginLoss(m1=m1, m2=m2, m3=m3)
                found = head.margin(np.cos([theta]), np.sin([theta]))
                assert_allclose(np.ravel(found), [psi, rho], atol=1e-7)


@equation("one-fold")
@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_the_fold_is_a_combined_margin_on_each_interval(m):
    for theta in ANGLES:
        k = int(m * theta / math.pi)
        page = math.cos(m * theta + k * math.pi) - 2 * k
        assert page == pytest.approx((-1) ** k * math.cos(m * theta) - 2 * k, abs=1e-12)
        head = losses.AngularSoftmaxLoss(m=m)
        assert page == pytest.approx(
            head.margin(np.cos([theta]), np.sin([theta]))[0][0], abs=1e-12
        )


@equation("one-band", "one-band-am")
@pytest.mark.parametrize("between", [1.0, 1.5, 2.5, 3.1])
def test_the_width_of_the_band(between):
    for m2, m3 in [(0.5, 0.0), (0.0, 0.35), (0.3, 0.2), (0.1, 0.1)]:
        found = between - 2 * tie(
            lambda t, a=(m2, m3): math.cos(t + a[0]) - a[1], between
        )
        page = m2 + 2 * math.asin(m3 / (2 * math.sin((between + m2) / 2)))
        assert page == pytest.approx(found, abs=1e-9)
        if m2 == 0:
            assert 2 * math.asin(m3 / (2 * math.sin(between / 2))) == pytest.approx(
                found, abs=1e-9
            )


@equation("one-band-am")
def test_the_examples_by_hand():
    for degrees, width in (90, 28.7), (60, 41.0):
        page = 2 * math.asin(0.35 / (2 * math.sin(math.radians(degrees) / 2)))
        assert math.degrees(page) == pytest.approx(width, abs=0.05)


@equation("one-room")
def test_the_room_a_margin_needs():
    """A feature on its own row passes exactly if the margin is no larger than the page
    says."""
    for between in np.linspace(0.1, 3.0, 40):
        arc, am = between, 1 - math.cos(between)
        for factor, fits in (0.999, True), (1.001, False):
            if arc * factor < math.pi:
                assert (math.cos(0 + factor * arc) > math.cos(between)) is fits
            assert (1 - factor * am > math.cos(between)) is fits
        if am < 2:
            assert 2 * math.asin(am / (2 * math.sin(between / 2))) == pytest.approx(
                between
            )


@equation("one-focal-detached", "one-focal-ratio")
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_the_focal_gradient_and_what_is_left_of_it_when_the_weight_is_held_still(gamma):
    rng = np.random.default_rng(2)
    for z in 2 * rng.normal(size=(20, 4)):

        def probability(a, z=z):
            moved = np.r_[a, z[1:]]
            return math.exp(a) / np.exp(moved).sum()

        p = probability(z[0])
        held = (1 - p) ** gamma
        true = -held * (1 - p - gamma * p * math.log(p))
        detached = -((1 - p) ** (gamma + 1))
        numeric = gradient(
            lambda a: -((1 - probability(a)) ** gamma) * math.log(probability(a)), z[0]
        )
        frozen = gradient(lambda a, held=held: -held * math.log(probability(a)), z[0])
        assert true == pytest.approx(float(numeric), rel=1e-6)
        assert detached == pytest.approx(float(frozen), rel=1e-6)
        assert true / detached == pytest.approx(1 + gamma * -p * math.log(p) / (1 - p))
        library = losses.SoftmaxFocalLoss(gamma=gamma)
        (dz,) = library.backward(library.forward(z[None], np.array([0]))[1])
        assert dz[0, 0] == pytest.approx(true)
    for p, limit in (1e-12, 1.0), (1 - 1e-9, 1 + gamma):
        assert 1 + gamma * -p * math.log(p) / (1 - p) == pytest.approx(limit, rel=1e-6)
