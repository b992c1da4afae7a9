"""L-Softmax in particular: psi as the paper defines it, and as arithmetic has it near
its edges."""

import math
from itertools import pairwise

import numpy as np
import pytest

from margins.judge.formulas import multiplied_angle
from mlcore.linalg import angle
from mlcore.losses import LargeMarginSoftmaxLoss, SoftmaxLoss
from mlcore.losses.l_softmax import annealed, chebyshev, interval, psi_and_rho
from mlcore.losses.registry.entries import classification

from . import truth
from .cases import assert_close, run

MARGINS = (1, 2, 3, 4, 5, 8)
every_m = pytest.mark.parametrize("m", MARGINS)
EPS = np.finfo(np.float64).eps


def psi_at(m, theta):
    theta = np.asarray(theta, dtype=float)
    return psi_and_rho(m, np.cos(theta), np.sin(theta))


@every_m
def test_chebyshev_is_the_papers_binomial_expansion(m):
    """Eq. 7: cos(m theta) = sum_n (-1)^n C(m, 2n) c^(m-2n) (1 - c^2)^n."""
    c = np.linspace(-1, 1, 2001)
    paper = sum(
        (-1) ** n * math.comb(m, 2 * n) * c ** (m - 2 * n) * (1 - c**2) ** n
        for n in range(m // 2 + 1)
    )
    # The recurrence and the expansion each lose about m^2 roundings.
    np.testing.assert_allclose(chebyshev(m, c)[0], paper, rtol=0, atol=4 * m**2 * EPS)


@every_m
def test_chebyshev_is_the_cosine_of_m_times_the_angle(m):
    """Both kinds: T_m = cos(m theta), U_{m-1} sin(theta) = sin(m theta)."""
    theta = np.linspace(0, math.pi, 2001)
    t, u = chebyshev(m, np.cos(theta))
    # The slope of cos(m arccos c) is up to m^2, and so is the growth of c's own
    # rounding.
    np.testing.assert_allclose(t, np.cos(m * theta), rtol=0, atol=4 * m**2 * EPS)
    np.testing.assert_allclose(
        u * np.sin(theta), np.sin(m * theta), rtol=0, atol=4 * m**2 * EPS
    )
    # limit of sin m / sin
    np.testing.assert_array_equal(chebyshev(m, np.asarray([1.0]))[1], [m])


@every_m
def test_psi_is_the_papers(m):
    theta = np.linspace(0, math.pi, 501)
    expected = [multiplied_angle(m, 0.0, math)(t) for t in theta]
    np.testing.assert_allclose(
        psi_at(m, theta)[0], expected, rtol=0, atol=4 * m**2 * EPS
    )


@every_m
def test_psi_never_rises(m):
    """A margin that rises anywhere would reward a wider angle there."""
    psi, _ = psi_at(m, np.linspace(0, math.pi, 20001))
    assert np.all(np.diff(psi) <= 4 * m**2 * EPS)
    assert psi[0] == 1
    assert psi[-1] == 1 - 2 * m  # eq. 6 at pi: k = m - 1


@every_m
def test_psi_is_continuous_with_slope_0_at_its_knots(m):
    """On both sides of k pi/m, so the change of formula cannot be seen in value or
    gradient."""
    for k in range(1, m):
        knot = k * math.pi / m
        step = 1e-9
        psi, rho = psi_at(m, [knot - step, knot, knot + step])
        # Flat there: a move of `step` changes psi by m^2 step^2 / 2, below rounding.
        np.testing.assert_allclose(
            psi, (-1) ** k * math.cos(k * math.pi) - 2 * k, atol=1e-14
        )
        np.testing.assert_allclose(rho, 0, atol=1.1 * m**2 * step)


@pytest.mark.parametrize("m", MARGINS[1:])
def test_control_forgetting_2k_is_seen(m):
    """(-1)^k cos(m theta) alone rises again past its first knot: a wider angle would
    pay."""
    theta = np.linspace(0, math.pi, 20001)
    psi, _ = psi_at(m, theta)
    forgotten = psi + 2 * interval(m, np.cos(theta))
    assert np.max(np.diff(forgotten)) > 1.0


@every_m
def test_slope_in_cosine_lies_between_0_and_m_squared(m):
    """d psi / d cos = rho / sin; m^2 exactly at both ends, where the polynomial has its
    limit."""
    theta = np.linspace(1e-3, math.pi - 1e-3, 20001)
    slope = psi_at(m, theta)[1] / np.sin(theta)
    assert np.min(slope) >= -1e-9
    assert np.max(slope) <= m**2 * (1 + 1e-9)
    ends = psi_at(m, [1e-6, math.pi - 1e-6])[1] / math.sin(1e-6)
    np.testing.assert_allclose(ends, m**2, rtol=1e-9)


@every_m
def test_rho_is_minus_the_slope_of_psi(m):
    theta = np.linspace(0.01, math.pi - 0.01, 301)
    h = 1e-6
    # Away from the knots, where the second derivative jumps and a difference is off by
    # h.
    theta = theta[np.abs(np.sin(m * theta)) > 1e-4]
    slope = (psi_at(m, theta + h)[0] - psi_at(m, theta - h)[0]) / (2 * h)
    np.testing.assert_allclose(psi_at(m, theta)[1], -slope, rtol=0, atol=1e-8 * m**2)


@every_m
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_interval_stays_between_0_and_m_minus_1(m, dtype):
    """Also for cosines that rounding has pushed out of [-1, 1], where arccos is NaN."""
    eps = np.finfo(dtype).eps
    ends = [-1 - 4 * eps, -1 - eps, -1, -1 + eps, 1 - eps, 1, 1 + eps, 1 + 4 * eps]
    k = interval(m, np.asarray(ends, dtype))
    assert k.dtype == dtype
    np.testing.assert_array_equal(k[:4], m - 1)
    np.testing.assert_array_equal(k[4:], 0)
    # The textbook's floor(m theta / pi), with the pi of the field's code, leaves the
    # range at -1.
    assert math.floor(m * math.acos(-1.0) / 3.14159265) == m


@every_m
def test_interval_counts_the_knots_passed(m):
    theta = (np.arange(m) + 0.5) * math.pi / m
    np.testing.assert_array_equal(interval(m, np.cos(theta)), np.arange(m))


@pytest.mark.parametrize(
    "plain", [{"m": 1}, {"m": 4, "lam": math.inf}, {"m": 1, "lam": 3.0}]
)
def test_without_margin_it_is_the_softmax_loss_to_the_last_bit(plain, xp):
    """Including zero rows and opposite vectors, where psi and cos meet by definition
    only."""
    rng = np.random.default_rng(0)
    x, w, y = classification(rng, 9, 5, 4)
    x[0], w[3], x[1] = 0, 0, -2 * w[y[1]]
    args = {"x": xp.asarray(x), "w": xp.asarray(w), "y": xp.asarray(y)}
    value, gradients = run(LargeMarginSoftmaxLoss(**plain), args)
    expected, wanted = run(SoftmaxLoss(), args)
    assert value == expected
    for a, b in zip(gradients, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_annealing_leads_from_the_margin_to_softmax():
    """(lam plain + margin) / (1 + lam): the ends exactly, the middle by the formula."""
    plain, margin = np.asarray([0.25]), np.asarray([-3.5])
    assert annealed(0.0, plain, margin) == margin
    assert annealed(math.inf, plain, margin) == plain
    for lam in (1e-3, 1.0, 5.0, 1000.0, 1e300):
        np.testing.assert_allclose(
            annealed(lam, plain, margin),
            lam / (1 + lam) * plain + margin / (1 + lam),
            rtol=1e-15,
        )


def test_loss_falls_with_lam_and_rises_with_m():
    """A larger weight on the plain logit is a smaller margin; a larger m a larger
    one."""
    rng = np.random.default_rng(2)
    args = classification(rng, 50, 5, 4)
    by_lam = [
        LargeMarginSoftmaxLoss(m=4, lam=lam, reduction="none").forward(*args)[0]
        for lam in (0.0, 0.5, 5.0, 100.0, math.inf)
    ]
    by_m = [
        LargeMarginSoftmaxLoss(m=m, reduction="none").forward(*args)[0]
        for m in (1, 2, 3, 4)
    ]
    assert all(np.all(b <= a) for a, b in pairwise(by_lam))
    assert all(np.all(b >= a) for a, b in pairwise(by_m))


# Near the poles and at the knots.


def pair(theta, dtype=np.float64, seed=0):
    """A feature at the angle theta from its class's weights, in five dimensions, and
    one more row.

    The arguments are rounded to `dtype` before anyone computes with them: what the
    rounded vectors mean is known to fifty digits, so the tolerance is that of the loss
    alone.
    """
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(5, 2)))
    x = 2.3 * (math.cos(theta) * q[:, 0] + math.sin(theta) * q[:, 1])
    w = np.stack([1.7 * q[:, 0], rng.normal(size=5)])
    return {"x": x[None].astype(dtype), "w": w.astype(dtype), "y": np.asarray([0])}


ANGLES = [10.0**-e for e in range(1, 13)]
KNOTS = [(m, k * math.pi / m) for m in (2, 3, 5) for k in range(m + 1)]


@pytest.mark.parametrize("m", [2, 3, 4])
@pytest.mark.parametrize("pole", ["0", "pi"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_accuracy_near_the_poles(m, pole, dtype):
    """Value and gradient to 400 eps at every angle down to 1e-12: nothing is lost by
    cancellation.

    Logits of size 15 carry an error of 15 m^2 eps into the exponent. Code with sqrt(1 -
    cos^2) is off by 1e-8 to 1 here.
    """
    loss = LargeMarginSoftmaxLoss(m=m)
    tolerance = 400 * np.finfo(dtype).eps
    for small in ANGLES:
        args = pair(small if pole == "0" else math.pi - small, dtype)
        value, gradients = run(loss, args)
        reference = truth.REFERENCES["l-softmax"]
        exact = truth.exact_value(reference, loss, args)
        assert abs(value - exact) <= tolerance * exact
        wanted = truth.exact_gradient(reference, loss, args, ["x", "w"])
        for a, b in zip(gradients, wanted, strict=True):
            assert_close(a, b, tolerance, f"angle {small:g} from {pole}")


@pytest.mark.parametrize("offset", [0.0, 1e-15, -1e-15, 1e-9, -1e-9])
def test_accuracy_at_the_knots(offset):
    """Whichever interval rounding chooses at k pi/m, value and gradient are the
    same."""
    for m, theta in KNOTS:
        loss, args = LargeMarginSoftmaxLoss(m=m), pair(theta + offset)
        reference = truth.REFERENCES["l-softmax"]
        value, gradients = run(loss, args)
        assert_close(value, truth.exact_value(reference, loss, args), 1e-13)
        wanted = truth.exact_gradient(reference, loss, args, ["x", "w"])
        for a, b in zip(gradients, wanted, strict=True):
            # m^2 = 25 amplifies the cosine's rounding, logits of size 40 that of the
            # exponent.
            assert_close(a, b, 1e-12, f"m = {m}, angle {theta} + {offset}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sine_by_the_norm_is_good_where_the_root_is_useless(dtype):
    """|b - cos a| keeps the angle to about eps/theta, sqrt(1 - cos^2) not below
    sqrt(eps)."""
    eps = float(np.finfo(dtype).eps)
    for small in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-9):
        if small < 30 * eps:
            continue
        args = pair(small, dtype)
        a = args["x"] / np.linalg.norm(args["x"]).astype(dtype)
        b = args["w"][:1] / np.linalg.norm(args["w"][0]).astype(dtype)
        theta = angle(a, b)
        a64, b64 = a[0].astype(float), b[0].astype(float)
        true = float(truth.MP.norm([v for v in _across(a64, b64)]))
        assert abs(theta.sin[0] / true - 1) <= 10 * eps / small
        if small <= math.sqrt(eps) / 10:
            root = math.sqrt(max(0.0, float(1 - theta.cos[0] ** 2)))
            assert abs(root / true - 1) > 0.1, (
                "the control: the root should have failed here"
            )
        other = theta.sin[:, None] * a - theta.cos[:, None] * theta.tangent
        for tangent, at in ((theta.tangent, a), (other, b)):
            assert abs(np.linalg.norm(tangent) - 1) <= 8 * eps
            assert abs(np.sum(tangent * at)) <= 8 * eps


def _across(a, b):
    """The part of b orthogonal to a with fifty digits, both of length 1."""
    mp = truth.MP
    a, b = [mp.mpf(float(v)) for v in a], [mp.mpf(float(v)) for v in b]
    a, b = [v / mp.norm(a) for v in a], [v / mp.norm(b) for v in b]
    c = sum(p * q for p, q in zip(a, b, strict=True))
    return [q - c * p for p, q in zip(a, b, strict=True)]
