"""Sums over many samples or pixels that lose no digits in float32, and products."""

import math
import sys
from typing import Any

import numpy as np

from mlcore.arrays import Array, array_namespace, device

# So many rows are summed in the arrays' own dtype; what comes out, in float64 or a
# wider one.
_BLOCK = 128
_BLOCK_OF_PRODUCTS = 1024
_MOST_PRODUCTS = 2**24  # entries that the products of all blocks may hold together


_HAS_BLAS = sys.platform != "emscripten"


def matmul(a: Array, b: Array) -> Any:
    """The matrix product ``a @ b`` of large matrices, (..., N, K) and (..., K, M).

    A browser's NumPy has no BLAS, and its `@` takes numbers that lie far apart. Sums of
    products of two rows are two to four times as fast there.
    """
    if _HAS_BLAS or not isinstance(a, np.ndarray):
        return a @ b
    rows, columns = np.ascontiguousarray(a), np.ascontiguousarray(b.mT)
    return np.einsum("...nk,...mk->...nm", rows, columns)


def channel_sums(a: Array) -> Array:
    """Sum over all axes but the last.

    A running float32 sum of a million numbers has errors of a thousandth: each number
    is rounded to the digits that the sum so far leaves it. So the long axis is cut into
    blocks. Their sums are products with a row of ones, for tall arrays about 20 times
    faster than the library's sum over an axis that strides, and are added in float64.

    Parameters
    ----------
    a : array, shape (..., C)

    Returns
    -------
    array, shape (C,), of the same dtype

    References
    ----------
    Higham, Accuracy and Stability of Numerical Algorithms, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> tenths = np.full((1_000_000, 2), 0.1, np.float32)
    >>> channel_sums(tenths).round()  # number by number: 100958
    array([100000., 100000.], dtype=float32)
    """
    xp = array_namespace(a)
    return xp.astype(wide_sums(a), a.dtype, copy=False)


def wide_sums(a: Array) -> Any:
    """As `channel_sums`, in float64 or a wider dtype, to be added to others."""
    xp = array_namespace(a)
    wide = xp.result_type(a.dtype, xp.float64)
    rows = xp.reshape(a, (-1, a.shape[-1]))
    ones = xp.ones(min(rows.shape[0], _BLOCK), dtype=a.dtype, device=device(a))
    count, rest = divmod(rows.shape[0], _BLOCK)
    if count == 0:
        return xp.astype(ones @ rows, wide, copy=False)
    blocks = xp.reshape(rows[: count * _BLOCK, :], (count, _BLOCK, a.shape[-1]))
    total = xp.sum(xp.astype(ones @ blocks, wide), axis=0)
    if rest:
        total = total + ones[:rest] @ rows[count * _BLOCK :, :]
    return total


def row_products(a: Array, b: Array) -> Array:
    """aᵀ b, a sum over rows, which in one product would have errors of 1e-4 as well.

    Parameters
    ----------
    a : array, shape (N, P)
    b : array, shape (N, Q)

    Returns
    -------
    array, shape (P, Q), of the dtype of `a`
    """
    xp, n, shape = array_namespace(a, b), a.shape[0], (a.shape[1], b.shape[1])
    step = max(_BLOCK_OF_PRODUCTS, n * math.prod(shape) // _MOST_PRODUCTS)
    if n < 2 * step or a.dtype == xp.float64:
        return matmul(a.T, b)
    count = n // step
    blocks = (count, step, -1)
    first, second = (xp.reshape(m[: count * step, :], blocks) for m in (a, b))
    wide = xp.result_type(a.dtype, xp.float64)
    total = xp.sum(xp.astype(matmul(first.mT, second), wide), axis=0)
    if n > count * step:
        total = total + matmul(a[count * step :, :].T, b[count * step :, :])
    return xp.astype(total, a.dtype)
