"""The few operations that mlcore.arrays adds to the array API standard."""

import numpy as np
import pytest

from margins import open_set
from mlcore import datasets, metrics, sums
from mlcore.arrays import (
    add_rows,
    count_true,
    index_dtype,
    row_blocks,
    set_target_entries,
    target_entries,
    to_numpy,
)
from mlcore.validation import check_labels


@pytest.mark.parametrize("width", [3, 200])
def test_add_rows_adds_every_repeat(xp, width):
    """Both of the ways in which NumPy adds rows, narrow and wide, and that of the
    others."""
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


# Indices in 32 bits
# ------------------------------------------------------------------------------


def features(n=60):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, 5)), rng.integers(0, 4, n)


def pairs():
    return metrics.verification(*metrics.all_pairs(*features())[:3])


NEEDS_PLACES = {
    "accuracy": lambda: metrics.accuracy(*features()),
    "recall": lambda: metrics.recall_at_k(*features(), k=2),
    "mean target angle": lambda: metrics.mean_target_angle(
        features()[0], np.eye(5), features()[1]
    ),
    "fisher score": lambda: metrics.angular_fisher_score(*features()),
    "angles": lambda: metrics.within_between_angles(*features()),
    "roc": lambda: pairs().roc(),
    "auc": lambda: (pairs().auc(), pairs().auc_interval()),
    "folds": lambda: pairs().fold_accuracies(4),
    "given folds": lambda: pairs().fold_accuracies(np.arange(1770) % 3),
    "interval": lambda: pairs().interval(metrics.Verification.eer, samples=5),
    "precision": lambda: metrics.precision_recall(
        features()[0][:, 0], features()[1] == 0
    ),
    "hold out": (
        lambda: datasets.hold_out(datasets.load("digits"), 200).validation.labels
    ),
    "open set": lambda: datasets.open_set(datasets.load("digits"), (1, 2)).test.labels,
    "by person": lambda: datasets.by_person(datasets.load("digits"), 3).train.labels,
    "mnist-5k": lambda: np.bincount(datasets.load("mnist-5k").train.labels),
    "open-set comparison": lambda: open_set.measure(*features()),
}


@pytest.mark.parametrize("call", NEEDS_PLACES.values(), ids=NEEDS_PLACES.keys())
def test_what_counts_places_is_the_same_on_32_bits(call, int32_places):
    """Where NumPy takes no int64 for a place, as in a browser."""
    expected = call()
    int32_places()
    np.testing.assert_equal(call(), expected)


def test_the_platform_of_32_bits_refuses_what_a_browser_refuses(int32_places):
    """The stand-in must be able to fail."""
    y = np.array([0, 1, 1], dtype=np.int64)
    int32_places()
    for call in (lambda: np.take(np.eye(3), y, axis=0), lambda: np.bincount(y)):
        with pytest.raises(
            TypeError, match="Cannot cast array data from int64 to int32"
        ):
            call()
    assert np.argmax(np.eye(3), axis=1).dtype == np.int32
    assert check_labels("y", y, 3, 2).dtype == np.int32


def test_labels_are_of_the_type_that_this_platform_indexes_with(xp):
    labels = check_labels("y", xp.asarray(np.array([0, 1], dtype=np.uint8)), 2, 2)
    assert labels.dtype == index_dtype(xp)
    assert to_numpy(labels).dtype == np.intp
    for name in ("digits", "mnist-5k"):
        assert datasets.load(name).train.labels.dtype == np.intp


def test_identities_are_told_apart_by_64_bits_everywhere(int32_places):
    """Who only says which samples belong together may have a number beyond 32 bits."""
    int32_places()
    x = np.eye(4)[[0, 0, 1, 1]]
    for identities, share in ([0, 0, 1, 1], 1), ([0, 1, 0, 1], 0):
        y = 2**32 * np.array(identities, dtype=np.int64)
        assert metrics.recall_at_k(x, y) == share


def test_count_true_is_a_number(xp):
    found = count_true(xp.asarray(np.array([[True, False], [True, True]])))
    assert found == 3
    assert type(found) is int


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(40, 7, 3), (1, 1, 1), (5, 0, 2)])
def test_without_a_blas_the_matrix_product_is_the_same(monkeypatch, dtype, shape):
    n, k, m = shape
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(n, k)).astype(dtype), rng.normal(size=(k, m)).astype(dtype)
    several = np.stack([a, 2 * a]), np.stack([b, -b])
    monkeypatch.setattr(sums, "_HAS_BLAS", False)
    for first, second in ((a, b), (np.asfortranarray(a), b[::-1, ::-1]), several):
        product = sums.matmul(first, second)
        assert product.dtype == dtype
        rtol = 10 * np.finfo(dtype).eps
        np.testing.assert_allclose(product, first @ second, atol=k * rtol, rtol=rtol)
