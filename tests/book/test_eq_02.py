"""The equations of chapter 2, checking a gradient.

Most are statements on errors. They are tested in two ways that a wrong factor cannot
pass: on polynomials, whose Taylor series ends, and by the ratio of what is claimed to
what is left over as the step shrinks.
"""

import math
from fractions import Fraction

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import gradcheck

U = 2.0**-53


def wave(x):
    return np.sin(np.exp(x))


def wave_derivatives(x):
    """The first three derivatives of `wave`, by hand."""
    v = np.exp(x)
    return (
        v * np.cos(v),
        v * np.cos(v) - v**2 * np.sin(v),
        v * np.cos(v) - 3 * v**2 * np.sin(v) - v**3 * np.cos(v),
    )


def forward_difference(f, x, h):
    return (f(x + h) - f(x)) / h


def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def complex_step(f, x, h):
    return f(x + 1j * h).imag / h


@equation("difference-forward", "difference-central")
def test_differences_of_a_cube_are_those_found_by_hand():
    """In exact fractions: 3 + 3h + h² and 3 + h² at x = 1, 3.31 and 3.01 for h =
    1/10."""
    h, cube = Fraction(1, 10), lambda x: x**3
    assert forward_difference(cube, Fraction(1), h) == Fraction(331, 100)
    assert central_difference(cube, Fraction(1), h) == Fraction(301, 100)


@equation("difference-central")
def test_the_library_takes_central_differences():
    x, h = np.array([0.3, 0.7]), 2.0**-12
    expected = [central_difference(wave, xi, h) for xi in x]
    assert_allclose(
        gradcheck.central_difference(lambda a: wave(a).sum(), x, h), expected, rtol=1e-9
    )


@equation("difference-taylor")
@pytest.mark.parametrize("sign", [1, -1])
def test_taylor_is_right_up_to_the_fourth_order(sign):
    x, (first, second, third) = 0.4, wave_derivatives(0.4)
    rest = []
    for h in 0.02, 0.01:
        series = (
            wave(x) + sign * h * first + h**2 / 2 * second + sign * h**3 / 6 * third
        )
        rest.append(wave(x + sign * h) - series)
    assert rest[0] / rest[1] == pytest.approx(16, rel=0.1)


@equation("difference-forward-error", "difference-central-error", "complex-step-error")
@pytest.mark.parametrize(
    ("difference", "error", "ratio"),
    [
        (forward_difference, lambda h, d: h / 2 * d[1], 4),
        (central_difference, lambda h, d: h**2 / 6 * d[2], 16),
        (complex_step, lambda h, d: -(h**2) / 6 * d[2], 16),
    ],
)
def test_truncation_errors_have_the_named_leading_term(difference, error, ratio):
    """What is left after the leading term is of the next order: halve h and it falls by
    `ratio`."""
    x, derivatives = 0.4, wave_derivatives(0.4)
    rest = [
        difference(wave, x, h) - derivatives[0] - error(h, derivatives)
        for h in (0.02, 0.01)
    ]
    assert rest[0] / rest[1] == pytest.approx(ratio, rel=0.1)


@equation("difference-rounding")
def test_the_rounding_error_is_at_most_delta_over_h():
    """Values moved by at most delta put the slope off by at most delta/h: all of it at
    worst."""
    rng = np.random.default_rng(0)
    delta, h, x = 1e-3, 0.1, 0.4
    exact = central_difference(wave, x, h)

    def disturbed(a, b):
        return (wave(x + h) + a - wave(x - h) - b) / (2 * h)

    off = [abs(disturbed(*rng.uniform(-delta, delta, 2)) - exact) for _ in range(1000)]
    assert max(off) <= delta / h
    assert abs(disturbed(delta, -delta) - exact) == pytest.approx(delta / h)


@equation("difference-rounding", "difference-total")
def test_the_error_measured_is_below_the_total():
    """At 129 points of exact steps, with the delta that the chapter derives for this
    function."""
    x = np.arange(512, 1537, 8) / 1024
    v = np.exp(x)
    # Twice the page's: sin and exp are not rounded perfectly.
    delta = 2 * U * (np.abs(np.sin(v)) + v * np.abs(np.cos(v)))
    first, _, third = wave_derivatives(x)
    for h in 2.0 ** -np.arange(8, 45, 3):
        total = h**2 / 6 * np.abs(third).max() + delta.max() / h
        worst = np.abs(central_difference(wave, x, h) - first).max()
        assert total / 50 < worst <= total


@equation("difference-total", "difference-best-step")
def test_the_best_step_is_where_the_total_is_smallest():
    rng = np.random.default_rng(1)
    for third, delta in 10.0 ** rng.uniform([-2, -18], [3, -8], size=(20, 2)):

        def total(h, third=third, delta=delta):
            return h**2 / 6 * third + delta / h

        best = (3 * delta / third) ** (1 / 3)
        assert total(best) == pytest.approx(1.5 * delta / best)
        assert total(best) < min(total(0.99 * best), total(1.01 * best))


@equation("difference-best-forward")
def test_the_best_forward_step_is_where_its_total_is_smallest():
    rng = np.random.default_rng(2)
    for second, delta in 10.0 ** rng.uniform([-2, -18], [3, -8], size=(20, 2)):

        def total(h, second=second, delta=delta):
            return h / 2 * second + 2 * delta / h

        best = 2 * (delta / second) ** 0.5
        assert total(best) < min(total(0.99 * best), total(1.01 * best))


@equation("complex-taylor")
def test_the_slope_is_alone_in_the_imaginary_part():
    x, (first, second, third) = 0.4, wave_derivatives(0.4)
    rest = []
    for h in 0.02, 0.01:
        value = wave(x + 1j * h)
        real = wave(x) - h**2 / 2 * second
        imaginary = h * first - h**3 / 6 * third
        rest.append((value.real - real, value.imag - imaginary))
    (real, imaginary), (real_half, imaginary_half) = rest
    assert real / real_half == pytest.approx(16, rel=0.1)
    assert imaginary / imaginary_half == pytest.approx(32, rel=0.1)


@equation("complex-step")
def test_the_complex_step_is_exact_to_the_last_digits():
    x = np.random.default_rng(3).uniform(-1, 1, 50)
    assert_allclose(complex_step(wave, x, 1e-30), wave_derivatives(x)[0], rtol=1e-14)
    assert_allclose(
        gradcheck.complex_step(lambda a: wave(a).sum(), x),
        complex_step(wave, x, 1e-30),
        rtol=1e-14,
    )


@equation("difference-gradient")
def test_the_gradient_is_one_difference_for_each_entry():
    rng = np.random.default_rng(4)
    a, x, h = rng.normal(size=(3, 3)), rng.normal(size=3), 1e-3
    slopes = []
    for j in range(3):
        e = np.eye(3)[j]
        slopes.append(
            ((x + h * e) @ a @ (x + h * e) - (x - h * e) @ a @ (x - h * e)) / (2 * h)
        )
    # exact for a quadratic but for rounding
    assert_allclose(slopes, (a + a.T) @ x, rtol=1e-10)
    assert_allclose(
        gradcheck.central_difference(lambda x: x @ a @ x, x, h), slopes, rtol=1e-9
    )


@equation("difference-lse")
def test_the_gradient_of_log_sum_exp():
    z = np.random.default_rng(5).normal(size=6)
    formula = np.exp(z) / np.exp(z).sum()
    assert_allclose(formula, gradient(lambda z: np.log(np.exp(z).sum()), z), rtol=1e-8)


@equation("difference-relative-error")
def test_the_relative_error_of_the_page_is_that_of_the_library():
    rng = np.random.default_rng(6)
    for _ in range(20):
        a = rng.normal(size=8) * 10.0 ** rng.uniform(-9, 3, size=8)
        n = a + 1e-4 * rng.normal(size=8)
        largest = max(max(abs(ai), abs(ni)) for ai, ni in zip(a, n, strict=True))
        page = [
            abs(ai - ni) / max(abs(ai), abs(ni), 1e-3 * largest)
            for ai, ni in zip(a, n, strict=True)
        ]
        assert_allclose(gradcheck.relative_error(a, n), page, rtol=1e-12)


@equation("difference-kink")
def test_a_difference_across_a_kink():
    rng = np.random.default_rng(7)
    for a, b, share in rng.uniform([-3, -3, -1], [3, 3, 1], size=(50, 3)):
        h = 0.01
        d = share * h  # |d| < h, on either side

        def bent(x, a=a, b=b):
            return b * x if x > 0 else a * x

        page = (a + b) / 2 + (b - a) / 2 * d / h
        assert central_difference(bent, d, h) == pytest.approx(
            page, rel=1e-9, abs=1e-12
        )


@equation("difference-quantum")
def test_slopes_in_float32_are_whole_multiples_of_the_quantum():
    rng = np.random.default_rng(8)
    h = 1e-6
    for x in rng.uniform(0.6, 0.9, size=20).astype(np.float32):
        up, down = np.float32(x + np.float32(h)), np.float32(x - np.float32(h))
        # all between .5 and 1: one spacing
        values = [np.float32(math.sqrt(v)) for v in (up, down)]
        slope = (float(values[0]) - float(values[1])) / (2 * h)
        quantum = float(np.spacing(np.float32(math.sqrt(x)))) / (2 * h)
        assert slope / quantum == pytest.approx(round(slope / quantum), abs=1e-6)
        assert quantum == pytest.approx(2**-24 / 2e-6)


@equation("difference-directional")
def test_the_slope_along_a_direction_is_its_product_with_the_gradient():
    rng = np.random.default_rng(9)
    x, v = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))

    def f(x):
        return np.log(np.exp(x).sum())

    numeric = (f(x + 1e-5 * v) - f(x - 1e-5 * v)) / 2e-5
    assert numeric == pytest.approx((v * np.exp(x)).sum() / np.exp(x).sum(), rel=1e-8)


@equation("difference-projection")
def test_a_random_direction_sees_the_length_of_the_error():
    """Mean over 200,000 draws, whose own spread is sqrt(2 / 200,000) = 0.3 %."""
    rng = np.random.default_rng(10)
    e = rng.normal(size=7) * np.array([1, 0, 0, 5, 0.1, 0, 1])
    seen = (rng.normal(size=(200_000, 7)) @ e) ** 2
    assert seen.mean() == pytest.approx((e**2).sum(), rel=0.015)


@equation("difference-layer", "difference-layer-gradient")
def test_the_gradient_of_the_layer():
    rng = np.random.default_rng(11)
    n, d, c = 5, 3, 4
    x, w, b, t = (rng.normal(size=shape) for shape in ((n, d), (c, d), (c,), (n, c)))

    def loss(x, w, b):
        total = 0.0
        for i in range(n):
            total += 0.5 * np.linalg.norm(np.tanh(w @ x[i] + b) - t[i]) ** 2
        return total / n

    o = np.tanh(x @ w.T + b)
    g = (o - t) * (1 - o**2) / n
    assert_allclose(g @ w, gradient(lambda a: loss(a, w, b), x), rtol=1e-7, atol=1e-10)
    assert_allclose(
        g.T @ x, gradient(lambda a: loss(x, a, b), w), rtol=1e-7, atol=1e-10
    )
    assert_allclose(
        g.sum(axis=0), gradient(lambda a: loss(x, w, a), b), rtol=1e-7, atol=1e-10
    )
