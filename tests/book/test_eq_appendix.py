"""The equations of the appendix on Chebyshev polynomials.

The polynomials come from `numpy.polynomial`, by their coefficients; the angles from cos
and sin. Neither knows of the other, nor of the library.
"""

from math import comb

import numpy as np
import pytest
from equations import equation
from numpy.polynomial import Polynomial
from numpy.polynomial.chebyshev import cheb2poly
from numpy.testing import assert_allclose

from mlcore.losses.l_softmax import chebyshev

DEGREES = range(1, 9)
THETA = np.random.default_rng(0).uniform(0.05, np.pi - 0.05, 50)
COS, SIN = np.cos(THETA), np.sin(THETA)


def first_kind(m):
    return Polynomial(cheb2poly([0] * m + [1]))


def second_kind(m):
    """U_m = 2 (T_m + T_{m-2} + ...), less 1 where that ends with T_0."""
    total = sum((2 * first_kind(i) for i in range(m, -1, -2)), Polynomial([0.0]))
    return total - 1 if m % 2 == 0 else total


@equation("chebyshev-angle")
@pytest.mark.parametrize("m", DEGREES)
def test_both_kinds_by_the_angle(m):
    assert_allclose(first_kind(m)(COS), np.cos(m * THETA), atol=1e-12)
    assert_allclose(second_kind(m - 1)(COS) * SIN, np.sin(m * THETA), atol=1e-12)
    library_first, library_second = chebyshev(m, COS)
    assert_allclose(library_first, np.cos(m * THETA), atol=1e-12)
    assert_allclose(library_second * SIN, np.sin(m * THETA), atol=1e-12)


@equation("chebyshev-addition")
@pytest.mark.parametrize("m", DEGREES)
def test_sums_of_neighbours(m):
    assert_allclose(
        np.cos((m + 1) * THETA) + np.cos((m - 1) * THETA),
        2 * COS * np.cos(m * THETA),
        atol=1e-13,
    )
    assert_allclose(
        np.sin((m + 1) * THETA) + np.sin((m - 1) * THETA),
        2 * COS * np.sin(m * THETA),
        atol=1e-13,
    )


def test_the_table_of_the_first_six():
    """Not a numbered equation, but a table that a reader will copy from."""
    table = {
        1: ([0, 1], [1]),
        2: ([-1, 0, 2], [0, 2]),
        3: ([0, -3, 0, 4], [-1, 0, 4]),
        4: ([1, 0, -8, 0, 8], [0, -4, 0, 8]),
        5: ([0, 5, 0, -20, 0, 16], [1, 0, -12, 0, 16]),
        6: ([-1, 0, 18, 0, -48, 0, 32], [0, 6, 0, -32, 0, 32]),
    }
    for m, (first, second) in table.items():
        assert_allclose(Polynomial(first)(COS), np.cos(m * THETA), atol=1e-12)
        assert_allclose(Polynomial(second)(COS) * SIN, np.sin(m * THETA), atol=1e-12)


@equation("chebyshev-de-moivre")
@pytest.mark.parametrize("m", DEGREES)
def test_de_moivre(m):
    power = (COS + 1j * SIN) ** m
    assert_allclose(power, np.cos(m * THETA) + 1j * np.sin(m * THETA), atol=1e-13)
    assert_allclose(
        power, first_kind(m)(COS) + 1j * SIN * second_kind(m - 1)(COS), atol=1e-12
    )


@equation("chebyshev-expansion-second")
@pytest.mark.parametrize("m", DEGREES)
def test_the_expansion_of_the_second_kind(m):
    total = sum(
        (-1) ** n * comb(m, 2 * n + 1) * COS ** (m - 1 - 2 * n) * (1 - COS**2) ** n
        for n in range((m - 1) // 2 + 1)
    )
    assert_allclose(total, np.sin(m * THETA) / SIN, atol=1e-11)


@equation("chebyshev-derivative")
@pytest.mark.parametrize("m", DEGREES)
def test_the_derivative_of_the_first_is_m_times_the_second(m):
    assert_allclose(first_kind(m).deriv()(COS), m * np.sin(m * THETA) / SIN, atol=1e-10)


@equation("chebyshev-bound", "chebyshev-ends")
@pytest.mark.parametrize("m", DEGREES)
def test_bounds_and_where_they_are_reached(m):
    c = np.linspace(-1, 1, 2001)
    second, slope = second_kind(m - 1), first_kind(m).deriv()
    assert np.abs(second(c)).max() == pytest.approx(m)
    assert np.abs(slope(c)).max() == pytest.approx(m**2)
    for end in 1, -1:
        assert first_kind(m)(end) == pytest.approx(end**m)
        assert second(end) == pytest.approx(end ** (m - 1) * m)
        assert slope(end) == pytest.approx(end ** (m - 1) * m**2)
    if m > 1:
        assert np.abs(second(c[1:-1])).max() < m


@equation("chebyshev-zeros")
@pytest.mark.parametrize("m", DEGREES)
def test_zeros(m):
    named = [np.cos((2 * i - 1) * np.pi / (2 * m)) for i in range(1, m + 1)]
    assert_allclose(sorted(named), sorted(first_kind(m).roots().real), atol=1e-9)


@equation("chebyshev-knots")
@pytest.mark.parametrize("m", DEGREES)
def test_knots(m):
    for i in range(m + 1):
        assert first_kind(m)(np.cos(i * np.pi / m)) == pytest.approx((-1) ** i)
    inner = [np.cos(i * np.pi / m) for i in range(1, m)]
    assert_allclose(sorted(inner), sorted(second_kind(m - 1).roots().real), atol=1e-9)


@equation("chebyshev-error")
@pytest.mark.parametrize("m", [2, 3, 7])
def test_errors_travel_as_the_second_kind(m):
    rng = np.random.default_rng(m)
    c, errors = 0.3, {n: rng.normal() for n in range(2, m + 1)}
    before, now = 1.0, c
    for n in range(2, m + 1):
        before, now = now, 2 * c * now - before + errors[n]
    predicted = sum(second_kind(m - n)(c) * errors[n] for n in range(2, m + 1))
    assert now - first_kind(m)(c) == pytest.approx(predicted)


@equation("chebyshev-cancellation")
@pytest.mark.parametrize("m", DEGREES)
def test_the_sizes_of_the_terms_of_the_expansion(m):
    total = sum(
        comb(m, 2 * n) * np.abs(COS) ** (m - 2 * n) * SIN ** (2 * n)
        for n in range(m // 2 + 1)
    )
    closed = ((np.abs(COS) + SIN) ** m + (np.abs(COS) - SIN) ** m) / 2
    assert_allclose(total, closed, rtol=1e-12)
    if m >= 2:
        bound = 2 ** (m / 2 - 1)
        assert np.all(closed <= bound * (1 + 1e-12))
        # Reached at |c| = s, so no smaller bound would do.
        c = s = np.sqrt(0.5)
        met = sum(
            comb(m, 2 * n) * c ** (m - 2 * n) * s ** (2 * n) for n in range(m // 2 + 1)
        )
        assert met == pytest.approx(bound, rel=1e-12)
