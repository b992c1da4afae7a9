"""The few operations that mlcore.arrays adds to the array API standard."""

import numpy as np
import pytest

from mlcore.arrays import add_rows, row_blocks, set_target_entries, target_entries, to_numpy


@pytest.mark.parametrize("width", [3, 200])
def test_add_rows_adds_every_repeat(xp, width):
    """Both of the ways in which NumPy adds rows, narrow and wide, and that of the others."""
    rng = np.random.default_rng(0)
    out, index = rng.normal(size=(5, width)), np.array([1, 4, 1, 1, 0, 4])
    rows = rng.normal(size=(6, width))
    expected = out.copy()
    for i, j in enumerate(index):
        expected[j] += rows[i]
    added = add_rows(xp.asarray(out.copy()), xp.asarray(index), xp.asarray(rows))
    np.testing.assert_allclose(to_numpy(added), expected, rtol=1e-14)


def test_target_entries_are_read_and_written_in_place_of_no_others(xp):
    z, y = np.arange(12.0).reshape(3, 4), np.array([2, 0, 3])
    np.testing.assert_array_equal(
        to_numpy(target_entries(xp.asarray(z), xp.asarray(y))), [2, 4, 11]
    )
    for values in np.array([-1.0, -2.0, -3.0]), -7.0:
        expected = z.copy()
        expected[np.arange(3), y] = values
        given = values if isinstance(values, float) else xp.asarray(values)
        written = set_target_entries(xp.asarray(z.copy()), xp.asarray(y), given)
        np.testing.assert_array_equal(to_numpy(written), expected)


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (3000, 100), (5, 300_000)])
def test_row_blocks_cover_every_row_once(xp, shape):
    a = xp.zeros(shape, dtype=xp.float32)
    rows = [i for block in row_blocks(a) for i in range(shape[0])[block]]
    assert rows == list(range(shape[0]))
