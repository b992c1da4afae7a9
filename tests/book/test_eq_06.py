"""The equations of chapter 6, A-Softmax, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import angle, length, tangent, unit
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

MARGINS = (1, 2, 3, 4)
N, D, C = 6, 3, 4


def psi(theta, m):
    k = min(int(m * theta / math.pi), m - 1)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def rho(theta, m):
    k = min(int(m * theta / math.pi), m - 1)
    return (-1) ** k * m * math.sin(m * theta)


def logits(x, w, label, m, lam=0.0):
    """The page's logits of one feature, from angles."""
    theta = [angle(x, row) for row in w]
    return np.array(
        [
            (
                length(x) * (lam * math.cos(t) + psi(t, m)) / (1 + lam)
                if j == label
                else length(x) * math.cos(t)
            )
            for j, t in enumerate(theta)
        ]
    )


def loss_of_batch(x, w, y, m, lam=0.0):
    total = 0.0
    for xi, yi in zip(x, y, strict=True):
        f = logits(xi, w, yi, m, lam)
        total -= math.log(math.exp(f[yi]) / sum(math.exp(fj) for fj in f))
    return total / len(y)


def logit_gradients(x, w, y, m):
    """g_ij = (p_ij - [j = y_i]) / N."""
    g = []
    for xi, yi in zip(x, y, strict=True):
        e = np.exp(logits(xi, w, yi, m))
        g.append([(e[j] / e.sum() - (j == yi)) / len(y) for j in range(len(w))])
    return np.array(g)


@pytest.fixture
def batch():
    """Rows of unequal lengths: with unit rows half of this chapter's mistakes would not
    show."""
    rng = np.random.default_rng(6)
    w = rng.normal(size=(C, D)) * rng.uniform(0.5, 3, size=(C, 1))
    return rng.normal(size=(N, D)), w, np.array([0, 3, 1, 1, 2, 0])


def pairs():
    rng = np.random.default_rng(7)
    for x, w in rng.normal(size=(20, 2, D)):
        theta = angle(x, w)
        if all(
            abs(theta - i * math.pi / m) > 1e-3 for m in MARGINS for i in range(m + 1)
        ):
            yield 1.7 * x, 0.6 * w


@equation("asoftmax-logit-plain")
def test_the_plain_logit_knows_no_length_of_a_row(batch):
    x, w, _ = batch
    for xi in x:
        for wj in w:
            z = (wj / length(wj)) @ xi
            assert z == pytest.approx(length(xi) * math.cos(angle(xi, wj)))
            assert (10 * wj / length(10 * wj)) @ xi == pytest.approx(z)


@equation("asoftmax-logit", "asoftmax-loss")
@pytest.mark.parametrize("m", MARGINS)
def test_the_loss(batch, m):
    x, w, y = batch
    library, _ = losses.AngularSoftmaxLoss(m=m).forward(x, w, y)
    assert_allclose(library, loss_of_batch(x, w, y, m), rtol=1e-11)
    by_page = 0.0
    for xi, yi in zip(x, y, strict=True):
        theta = [angle(xi, wj) for wj in w]
        own = math.exp(length(xi) * psi(theta[yi], m))
        others = sum(
            math.exp(length(xi) * math.cos(t)) for j, t in enumerate(theta) if j != yi
        )
        by_page -= math.log(own / (own + others)) / N
    assert_allclose(library, by_page, rtol=1e-11)


@equation("asoftmax-loss")
def test_the_example_by_hand():
    x, w = np.array([3.0, 4.0]), np.array([[2.0, 0.0], [0.0, 5.0]])
    assert logits(x, w, 1, 2) == pytest.approx([3.0, 1.4])
    assert round(loss_of_batch([x], w, [1], 2), 3) == 1.784


@equation("asoftmax-annealed")
@pytest.mark.parametrize("lam", [0.0, 0.3, 5.0, 1000.0])
def test_annealing(batch, lam):
    x, w, y = batch
    library, _ = losses.AngularSoftmaxLoss(m=4, lam=lam).forward(x, w, y)
    assert_allclose(library, loss_of_batch(x, w, y, 4, lam), rtol=1e-11)


@equation("asoftmax-jacobian")
def test_the_jacobian_of_a_direction():
    for _, w in pairs():
        page = (np.eye(D) - np.outer(unit(w), unit(w))) / length(w)
        for i in range(D):
            assert_allclose(
                page[i], gradient(lambda w, i=i: unit(w)[i], w), rtol=1e-7, atol=1e-9
            )


@equation("asoftmax-h", "asoftmax-projection", "asoftmax-orthogonal")
@pytest.mark.parametrize("m", MARGINS)
def test_the_gradient_of_the_rows(batch, m):
    """h by the page, then the projection, against differences; and nothing of it lies
    along w."""
    x, w, y = batch
    g = logit_gradients(x, w, y, m)
    kappa = np.ones((N, C))
    for i in range(N):
        theta = angle(x[i], w[y[i]])
        kappa[i, y[i]] = rho(theta, m) / math.sin(theta)
    numeric = gradient(lambda w: loss_of_batch(x, w, y, m), w)
    for j in range(C):
        h = sum(g[i, j] * kappa[i, j] * x[i] for i in range(N))
        dw = (h - (h @ unit(w[j])) * unit(w[j])) / length(w[j])
        assert_allclose(dw, numeric[j], rtol=1e-6, atol=1e-9)
        assert w[j] @ dw == pytest.approx(0, abs=1e-14)
    library = losses.AngularSoftmaxLoss(m=m)
    assert_allclose(
        (library.backward(library.forward(x, w, y)[1])[1] * w).sum(axis=1),
        0,
        atol=1e-14,
    )


@equation("asoftmax-h")
def test_h_is_the_gradient_in_the_directions():
    """At unit rows, psi read as a function of the scalar product with a row that may
    leave length 1."""
    for x, w in pairs():
        w_hat = unit(w)

        def logit(v, x=x):
            return length(x) * psi(math.acos(unit(x) @ v), 4)

        theta = angle(x, w_hat)
        page = rho(theta, 4) / math.sin(theta) * x
        assert_allclose(page, gradient(logit, w_hat, h=1e-6), rtol=1e-5, atol=1e-5)


@equation("asoftmax-dw-target", "asoftmax-dx-target", "asoftmax-coefficients")
@pytest.mark.parametrize("m", MARGINS)
def test_gradients_of_the_target_logit(m):
    for x, w in pairs():
        theta = angle(x, w)

        def target(x, w):
            return length(x) * psi(angle(x, w), m)

        in_w = length(x) / length(w) * rho(theta, m) * tangent(w, x)
        in_x = psi(theta, m) * unit(x) + rho(theta, m) * tangent(x, w)
        a = rho(theta, m) / math.sin(theta)
        b = (psi(theta, m) - math.cos(theta) * a) / length(x)
        numeric = gradient(lambda x, w=w: target(x, w), x)
        assert_allclose(
            in_w, gradient(lambda w, x=x: target(x, w), w), rtol=1e-6, atol=1e-7
        )
        assert_allclose(in_x, numeric, rtol=1e-6, atol=1e-7)
        assert_allclose(a * unit(w) + b * x, numeric, rtol=1e-6, atol=1e-7)


@equation("asoftmax-dx")
@pytest.mark.parametrize("m", MARGINS)
def test_the_gradient_of_the_features(batch, m):
    x, w, y = batch
    g = logit_gradients(x, w, y, m)
    numeric = gradient(lambda x: loss_of_batch(x, w, y, m), x)
    for i in range(N):
        theta = angle(x[i], w[y[i]])
        dx = sum(g[i, j] * unit(w[j]) for j in range(C))
        dx = dx + g[i, y[i]] * (
            (psi(theta, m) - math.cos(theta)) * unit(x[i])
            + (rho(theta, m) - math.sin(theta)) * tangent(x[i], w[y[i]])
        )
        assert_allclose(dx, numeric[i], rtol=1e-6, atol=1e-9)


@equation("asoftmax-growth")
def test_a_step_makes_a_row_longer(batch):
    x, w, y = batch
    head = losses.AngularSoftmaxLoss(m=3)
    _, dw = head.backward(head.forward(x, w, y)[1])
    for eta in 0.1, 1.0:
        for row, step in zip(w, dw, strict=True):
            assert length(row - eta * step) ** 2 == pytest.approx(
                length(row) ** 2 + eta**2 * length(step) ** 2, rel=1e-12
            )
            assert length(row - eta * step) > length(row)


def edge(m, other):
    """The largest theta with m theta < other(theta), by halving."""
    low, high = 0.0, math.pi / m
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if m * middle < other(middle) else (low, middle)
    return low


@equation("asoftmax-edges", "asoftmax-demand")
@pytest.mark.parametrize("m", [2, 3, 3.5, 4, 5])
def test_the_edges_of_a_class_between_two_rows(m):
    apart = math.radians(50)
    inner = edge(m, lambda theta: apart - theta)
    outer = edge(m, lambda theta: apart + theta)
    assert inner == pytest.approx(apart / (m + 1))
    assert outer == pytest.approx(apart / (m - 1))
    satisfied = apart / (m - 1) + apart / (m + 1) <= apart - 2 * apart / (m + 1)
    assert satisfied == (outer + inner <= apart - 2 * inner)


@equation("asoftmax-demand", "asoftmax-m-two")
def test_how_large_m_must_be_for_two_classes():
    for m in np.linspace(1.1, 8, 200):
        demand = 1 / (m - 1) + 1 / (m + 1) <= 1 - 2 / (m + 1)
        assert demand == (m**2 - 4 * m + 1 >= 0) == (m >= 2 + math.sqrt(3))
    assert round(2 + math.sqrt(3), 2) == 3.73


@equation("asoftmax-m-many")
def test_how_large_m_must_be_for_many_classes():
    for m in np.linspace(1.1, 8, 201):
        if abs(m - 3) > 1e-6:
            assert (2 / (m + 1) <= 1 - 2 / (m + 1)) == (m >= 3)


@equation("asoftmax-published")
@pytest.mark.parametrize("m", [2, 3, 4])
def test_the_released_gradient_keeps_the_direction_and_loses_the_size(m):
    """The polynomials are those of the released layer, written out there for each m."""
    for x, w in pairs():
        c = math.cos(angle(x, w))
        s0 = math.copysign(1, c)
        s1 = math.copysign(1, abs(c) - 0.5)
        s3 = s0 * math.copysign(1, 2 * c * c - 1)
        s2, s4 = s0 * (1 + s1) - 2, 2 * s0 + s3 - 3
        a, b = {
            2: (4 * s0 * c, -(2 * s0 * c**2 + 1) / length(x)),
            3: (s1 * (12 * c**2 - 3), -(8 * s1 * c**3 - s2) / length(x)),
            4: (
                s3 * (32 * c**3 - 16 * c),
                -(s3 * (24 * c**4 - 8 * c**2 - 1) - s4) / length(x),
            ),
        }[m]
        theta = angle(x, w)
        exact = psi(theta, m) * unit(x) + rho(theta, m) * tangent(x, w)
        assert_allclose(a * unit(w) + b * x, exact, atol=1e-9)
        published = (a * unit(w) + b * x) / math.hypot(a, b)
        assert_allclose(unit(published), unit(exact), atol=1e-9)
        page_a = rho(theta, m) / math.sin(theta)
        page_b = (psi(theta, m) - c * page_a) / length(x)
        assert_allclose(
            published,
            (page_a * unit(w) + page_b * x) / math.hypot(page_a, page_b),
            atol=1e-9,
        )
        # For a long feature the tangential pull is softmax's sine.
        far = 1e6 * x
        b_far = (psi(theta, m) - c * page_a) / length(far)
        pull = (
            (page_a * unit(w) + b_far * far) / math.hypot(page_a, b_far) @ tangent(x, w)
        )
        assert abs(pull) == pytest.approx(math.sin(theta), rel=1e-4)
