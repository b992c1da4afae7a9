"""The equations of chapter 4, L-Softmax, as they stand on the page."""

import math
from math import comb

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses
from mlcore.losses.l_softmax import chebyshev, interval, psi_and_rho
from mlcore.optim import Annealing

MARGINS = (1, 2, 3, 4, 5)
ANGLES = np.random.default_rng(0).uniform(0.02, np.pi - 0.02, 60)


def interval_of(theta, m):
    """The k whose interval [k pi/m, (k+1) pi/m] holds theta."""
    return next(
        k for k in range(m) if k * math.pi / m <= theta <= (k + 1) * math.pi / m
    )


def psi(theta, m):
    k = interval_of(theta, m)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def rho(theta, m):
    return (-1) ** interval_of(theta, m) * m * math.sin(m * theta)


def angle(a, b):
    return math.acos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def length(a):
    return np.linalg.norm(a)


def target(x, w, m):
    """The target logit |w| |x| psi(theta)."""
    return length(w) * length(x) * psi(angle(x, w), m)


def pairs(count=20, d=4, seed=1):
    """Features and rows of random lengths, well away from the knots of every margin."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        x, w = rng.normal(size=(2, d)) * rng.uniform(0.5, 2, size=(2, 1))
        theta = angle(x, w)
        if all(
            abs(theta - i * math.pi / m) > 1e-3 for m in MARGINS for i in range(m + 1)
        ):
            found.append((x, w))
    return found


def unit(a):
    return a / length(a)


def tangent(a, b):
    """At a, towards b."""
    across = unit(b) - math.cos(angle(a, b)) * unit(a)
    return across / length(across)


def loss_of_batch(x, w, y, m):
    total = 0.0
    for xi, yi in zip(x, y, strict=True):
        f = [target(xi, wj, m) if j == yi else wj @ xi for j, wj in enumerate(w)]
        total -= math.log(math.exp(f[yi]) / sum(math.exp(fj) for fj in f))
    return total / len(y)


@pytest.fixture
def batch():
    rng = np.random.default_rng(2)
    return (
        rng.normal(size=(6, 3)),
        rng.normal(size=(4, 3)),
        np.array([0, 3, 1, 1, 2, 0]),
    )


@equation("lsoftmax-demand", "lsoftmax-demand-m")
def test_what_each_asks_of_the_angles():
    """With equally long rows: theta_1 < theta_2, and m theta_1 < theta_2 while m
    theta_1 < pi."""
    rng = np.random.default_rng(3)
    for length_w, length_x, first, second in rng.uniform(
        [0.1, 0.1, 0, 0], [3, 3, np.pi, np.pi], (200, 4)
    ):
        scale = length_w * length_x
        assert (scale * math.cos(first) > scale * math.cos(second)) == (first < second)
        for m in MARGINS:
            if m * first < math.pi:
                harder = scale * math.cos(m * first) > scale * math.cos(second)
                assert harder == (m * first < second)


@equation("lsoftmax-psi-conditions", "lsoftmax-psi")
@pytest.mark.parametrize("m", MARGINS)
def test_psi_is_what_the_conditions_ask_for(m):
    """cos m theta up to pi/m, then decreasing, from -1, without a jump anywhere."""
    for theta in np.linspace(0, math.pi / m, 50):
        assert psi(theta, m) == pytest.approx(math.cos(m * theta))
    assert psi(math.pi / m, m) == pytest.approx(-1)
    values = np.array([psi(theta, m) for theta in np.linspace(0, math.pi, 2001)])
    assert np.all(np.diff(values) < 0)
    # slope at most m: no jump
    assert np.abs(np.diff(values)).max() < 1.01 * m * math.pi / 2000
    for i in range(1, m):
        before, after = i * math.pi / m - 1e-9, i * math.pi / m + 1e-9
        assert psi(before, m) == pytest.approx(psi(after, m), abs=1e-7)


@equation("lsoftmax-psi", "lsoftmax-rho")
@pytest.mark.parametrize("m", MARGINS)
def test_the_library_computes_this_psi_and_this_rho(m):
    computed = psi_and_rho(m, np.cos(ANGLES), np.sin(ANGLES))
    assert_allclose(computed[0], [psi(theta, m) for theta in ANGLES], atol=1e-12)
    assert_allclose(computed[1], [rho(theta, m) for theta in ANGLES], atol=1e-12)


@equation("lsoftmax-logit", "lsoftmax-loss")
@pytest.mark.parametrize("m", MARGINS)
def test_the_loss(batch, m):
    x, w, y = batch
    assert_allclose(
        losses.LargeMarginSoftmaxLoss(m=m).forward(x, w, y)[0],
        loss_of_batch(x, w, y, m),
        rtol=1e-11,
    )


@equation("lsoftmax-logit", "lsoftmax-loss")
def test_the_example_by_hand():
    x, w = np.array([3.0, 4.0]), np.eye(2)
    assert target(x, w[1], 2) == pytest.approx(1.4)
    loss = loss_of_batch([x], w, [1], 2)
    assert loss == pytest.approx(math.log(1 + math.exp(1.6)))
    assert round(loss, 3) == 1.784


@equation("lsoftmax-arccos-slope")
@pytest.mark.parametrize("m", MARGINS)
def test_the_slope_through_the_arc_cosine(m):
    c = np.cos(ANGLES)
    page = m * np.sin(m * np.arccos(c)) / np.sqrt(1 - c**2)
    numeric = [
        float(gradient(lambda c: math.cos(m * math.acos(c)), ci, h=1e-6))
        for ci in c[np.abs(c) < 0.99]
    ]
    assert_allclose(page[np.abs(c) < 0.99], numeric, rtol=1e-6, atol=1e-6)
    near = 1 - 1e-8
    assert m * math.sin(m * math.acos(near)) / math.sqrt(1 - near**2) == pytest.approx(
        m**2, rel=1e-5
    )


@equation("lsoftmax-expansion")
@pytest.mark.parametrize("m", MARGINS)
def test_the_expansion_of_the_paper(m):
    c = np.cos(ANGLES)
    total = sum(
        (-1) ** n * comb(m, 2 * n) * c ** (m - 2 * n) * (1 - c**2) ** n
        for n in range(m // 2 + 1)
    )
    assert_allclose(total, np.cos(m * ANGLES), atol=1e-13)


@equation("chebyshev-recurrence", "chebyshev-second")
def test_the_recurrences():
    """Both, begun as the page says, and the same by the library."""
    c = np.cos(ANGLES)
    t, u = [np.ones_like(c), c], {-1: np.zeros_like(c), 0: np.ones_like(c)}
    for n in range(1, 8):
        t.append(2 * c * t[n] - t[n - 1])
    for n in range(8):
        u[n + 1] = 2 * c * u[n] - u[n - 1]
    for m in range(1, 8):
        assert_allclose(t[m], np.cos(m * ANGLES), atol=1e-12)
        assert_allclose(np.sin(ANGLES) * u[m - 1], np.sin(m * ANGLES), atol=1e-12)
        assert_allclose(chebyshev(m, c), (t[m], u[m - 1]), atol=1e-12)


@equation("lsoftmax-k")
@pytest.mark.parametrize("m", MARGINS)
def test_counting_knots(m):
    for theta in ANGLES:
        count = len(
            [i for i in range(1, m) if math.cos(theta) < math.cos(i * math.pi / m)]
        )
        assert count == interval_of(theta, m)
        assert count == interval(m, np.cos([theta]))[0]
    assert [interval(m, np.array([c]))[0] for c in (1.5, 1.0, -1.0, -1.5)] == [
        0,
        0,
        m - 1,
        m - 1,
    ]


@equation("lsoftmax-annealed")
def test_annealing_mixes_the_two_logits():
    """The page's logit, fed to a plain cross-entropy, is the loss of the library."""
    (x, w), other = pairs(1)[0], np.array([0.3, -0.2, 0.5, 0.1])
    theta = angle(x, w)
    for m in MARGINS:
        for lam in 0.0, 0.5, 5.0, 1000.0:
            f = (
                length(w)
                * length(x)
                * (lam * math.cos(theta) + psi(theta, m))
                / (1 + lam)
            )
            page = math.log(1 + math.exp(other @ x - f))
            head = losses.LargeMarginSoftmaxLoss(m=m, lam=lam)
            assert float(
                head.forward(x[None], np.array([w, other]), np.array([0]))[0]
            ) == pytest.approx(page)


@equation("lsoftmax-schedule")
def test_the_schedule():
    for start, gamma, power, least in [
        (1000, 2.5e-5, 35, 0),
        (1000, 0.12, 1, 5),
        (10, 0.5, 2, 1),
    ]:
        schedule = Annealing(start, gamma, power, least)
        for t in 1, 2, 10, 1000, 18_000:
            assert schedule(t) == pytest.approx(
                max(least, start * (1 + gamma * t) ** -power)
            )


@equation("lsoftmax-length-gradient")
def test_the_gradient_of_a_length():
    for x, _ in pairs():
        assert_allclose(x / length(x), gradient(length, x), rtol=1e-8, atol=1e-10)


@equation("lsoftmax-tangent")
def test_the_tangent_is_a_unit_vector_across_and_its_raw_length_the_sine():
    for x, w in pairs():
        theta = angle(x, w)
        assert length(unit(w) - math.cos(theta) * unit(x)) == pytest.approx(
            math.sin(theta)
        )
        t_x = tangent(x, w)
        assert length(t_x) == pytest.approx(1)
        assert t_x @ x == pytest.approx(0, abs=1e-12)
        assert t_x @ w > 0  # towards w


@equation("lsoftmax-angle-gradient")
def test_the_gradient_of_the_angle():
    for x, w in pairs():
        page = -tangent(x, w) / length(x)
        assert_allclose(
            page, gradient(lambda x, w=w: angle(x, w), x), rtol=1e-6, atol=1e-8
        )


@equation("lsoftmax-rho")
@pytest.mark.parametrize("m", MARGINS)
def test_rho_is_the_rate_of_fall(m):
    for x, w in pairs():
        theta = angle(x, w)
        k = interval_of(theta, m)
        second = math.sin(m * theta) / math.sin(theta)  # U_{m-1}
        falls = -float(gradient(lambda a: psi(a, m), theta))
        assert (-1) ** k * m * math.sin(m * theta) == pytest.approx(
            falls, rel=1e-6, abs=1e-8
        )
        assert (-1) ** k * m * math.sin(theta) * second == pytest.approx(
            falls, rel=1e-6, abs=1e-8
        )


@equation("lsoftmax-dx-target")
@pytest.mark.parametrize("m", MARGINS)
def test_gradient_of_the_target_logit_in_the_feature(m):
    for x, w in pairs():
        theta = angle(x, w)
        page = length(w) * (psi(theta, m) * unit(x) + rho(theta, m) * tangent(x, w))
        assert_allclose(
            page, gradient(lambda x, w=w: target(x, w, m), x), rtol=1e-6, atol=1e-7
        )


@equation("lsoftmax-dw-target")
@pytest.mark.parametrize("m", MARGINS)
def test_gradient_of_the_target_logit_in_the_row(m):
    for x, w in pairs():
        theta = angle(x, w)
        page = length(x) * (psi(theta, m) * unit(w) + rho(theta, m) * tangent(w, x))
        assert_allclose(
            page, gradient(lambda w, x=x: target(x, w, m), w), rtol=1e-6, atol=1e-7
        )


@equation("lsoftmax-plain-parts")
def test_cosine_and_sine_add_up_to_the_row():
    for x, w in pairs():
        theta = angle(x, w)
        assert_allclose(
            math.cos(theta) * unit(x) + math.sin(theta) * tangent(x, w),
            unit(w),
            atol=1e-12,
        )


@equation("lsoftmax-other-tangent")
def test_the_tangent_at_the_row_in_the_plane_of_the_other():
    for x, w in pairs():
        theta = angle(x, w)
        assert_allclose(
            math.sin(theta) * unit(x) - math.cos(theta) * tangent(x, w),
            tangent(w, x),
            atol=1e-12,
        )


@equation("lsoftmax-slope-c")
@pytest.mark.parametrize("m", MARGINS)
def test_the_slope_in_the_cosine_and_its_bounds(m):
    def psi_of_c(c):
        return psi(math.acos(c), m)

    for x, w in pairs():
        theta = angle(x, w)
        page = (-1) ** interval_of(theta, m) * m * math.sin(m * theta) / math.sin(theta)
        assert page == pytest.approx(
            float(gradient(psi_of_c, math.cos(theta))), rel=1e-5, abs=1e-6
        )
        assert page * math.sin(theta) == pytest.approx(rho(theta, m))
        # The paper's way to the same gradient.
        across = unit(w) - math.cos(theta) * unit(x)
        in_cosine = length(w) * (psi(theta, m) * unit(x) + page * across)
        assert_allclose(
            in_cosine, gradient(lambda x, w=w: target(x, w, m), x), rtol=1e-6, atol=1e-7
        )
    angles = np.linspace(1e-6, math.pi - 1e-6, 4001)
    slopes = np.array([rho(theta, m) / math.sin(theta) for theta in angles])
    assert slopes.min() >= -1e-9
    assert slopes.max() == pytest.approx(m**2)


@equation("lsoftmax-dx", "lsoftmax-dw")
@pytest.mark.parametrize("m", MARGINS)
def test_gradients_of_the_batch(batch, m):
    x, w, y = batch
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, yi in enumerate(y):
        f = np.array(
            [target(x[i], wj, m) if j == yi else wj @ x[i] for j, wj in enumerate(w)]
        )
        p = np.exp(f) / np.exp(f).sum()
        g = np.array([(p[j] - (j == yi)) / len(y) for j in range(len(w))])
        theta = angle(x[i], w[yi])
        radial, tangential = (
            psi(theta, m) - math.cos(theta),
            rho(theta, m) - math.sin(theta),
        )
        for j in range(len(w)):
            dx[i] += g[j] * w[j]
            dw[j] += g[j] * x[i]
        dx[i] += (
            g[yi]
            * length(w[yi])
            * (radial * unit(x[i]) + tangential * tangent(x[i], w[yi]))
        )
        dw[yi] += (
            g[yi]
            * length(x[i])
            * (radial * unit(w[yi]) + tangential * tangent(w[yi], x[i]))
        )
    assert_allclose(
        dx, gradient(lambda x: loss_of_batch(x, w, y, m), x), rtol=1e-6, atol=1e-8
    )
    assert_allclose(
        dw, gradient(lambda w: loss_of_batch(x, w, y, m), w), rtol=1e-6, atol=1e-8
    )


def plane(degrees):
    """The angle between two rows, and the angles of a feature between them to both."""
    theta_12 = math.radians(degrees)
    return theta_12, lambda theta_1: (theta_1, theta_12 - theta_1)


@equation("lsoftmax-boundary-equal", "lsoftmax-band")
@pytest.mark.parametrize("m", MARGINS)
@pytest.mark.parametrize("degrees", [20, 100, 170])
def test_the_boundary_of_equally_long_rows_and_the_band(m, degrees):
    theta_12, between = plane(degrees)
    edge = theta_12 / (m + 1)
    first, second = between(edge)
    assert psi(first, m) == pytest.approx(math.cos(second))  # they tie
    for step, wins in (-0.01, True), (0.01, False):
        first, second = between(edge + step)
        assert (psi(first, m) > math.cos(second)) is wins
    # From w_1 the band begins at `edge`, and from w_2 too.
    assert (theta_12 - edge) - edge == pytest.approx(theta_12 - 2 * theta_12 / (m + 1))
    assert (theta_12 - edge) - edge == pytest.approx((m - 1) / (m + 1) * theta_12)


@equation("lsoftmax-boundary-unequal")
@pytest.mark.parametrize("m", MARGINS)
@pytest.mark.parametrize("lengths", [(1.5, 1.0), (1.0, 1.5)])
def test_the_boundary_of_unequal_rows_is_a_tie_of_the_two_logits(m, lengths):
    """Found on the page's equation by halving; the logits of a feature put there are
    equal."""
    own, other = lengths
    theta_12, _ = plane(100)

    def sides(theta_1):
        return own * psi(theta_1, m), other * math.cos(theta_12 - theta_1)

    low, high = 0.0, theta_12
    assert sides(low)[0] > sides(low)[1]
    assert sides(high)[0] < sides(high)[1]
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if sides(middle)[0] > sides(middle)[1] else (low, middle)
        )
    w1, w2 = (
        np.array([own, 0.0]),
        other * np.array([math.cos(theta_12), math.sin(theta_12)]),
    )
    x = 1.7 * np.array([math.cos(low), math.sin(low)])
    assert target(x, w1, m) == pytest.approx(w2 @ x)
    falling, rising = np.array([sides(t) for t in np.linspace(0, theta_12, 200)]).T
    assert np.all(np.diff(falling) < 0)
    assert np.all(np.diff(rising) > 0)


@equation("lsoftmax-effective-m")
def test_the_effective_margin_is_m_itself_without_annealing_and_1_with_all_of_it():
    theta_12 = math.radians(80)

    def effective(m, lam):
        low, high = 0.0, theta_12
        for _ in range(60):
            middle = (low + high) / 2
            mixed = (lam * math.cos(middle) + psi(middle, m)) / (1 + lam)
            low, high = (
                (middle, high) if mixed > math.cos(theta_12 - middle) else (low, middle)
            )
        return (theta_12 - low) / low

    for m in MARGINS:
        assert effective(m, 0.0) == pytest.approx(m)
        assert effective(m, 1e12) == pytest.approx(1, abs=1e-6)
    # A pure margin of that size, whole or not, stops at the same angle.
    m_eff = effective(4, 5.0)
    theta_1 = theta_12 / (1 + m_eff)
    assert math.cos(m_eff * theta_1) == pytest.approx(math.cos(theta_12 - theta_1))
    assert (5 * math.cos(theta_1) + psi(theta_1, 4)) / 6 == pytest.approx(
        math.cos(theta_12 - theta_1)
    )
    assert 1 < m_eff < 4
