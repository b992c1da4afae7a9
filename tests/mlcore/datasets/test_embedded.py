"""The embedded data sets: what is in them, that it stays the same, and that damage is
noticed."""

import gzip
import hashlib
import time

import numpy as np
import pytest

from mlcore import datasets
from mlcore.datasets import embedded

SIZES = {"mnist-5k": (4000, 1000, 28), "digits": (1400, 397, 8)}
each_dataset = pytest.mark.parametrize("name", SIZES)


@each_dataset
def test_shapes_and_types_are_the_contract(name):
    ds = datasets.load(name)
    train, test, side = SIZES[name]
    for split, size in ((ds.train, train), (ds.test, test)):
        assert split.images.shape == (size, side, side, 1)
        assert split.images.dtype == np.uint8
        assert split.images.max() == 255
        assert split.labels.shape == (size,)
        assert split.labels.dtype == np.int64
        assert len(split) == size
    assert ds.classes == tuple("0123456789")
    assert ds.licence
    assert ds.source


@each_dataset
def test_every_class_has_its_share_of_both_sets(name):
    ds = datasets.load(name)
    train, test = np.bincount(ds.train.labels), np.bincount(ds.test.labels)
    share = len(ds.test) * (train + test) / (len(ds.train) + len(ds.test))
    assert np.all(np.abs(test - share) < 1)


@each_dataset
def test_no_image_is_in_both_sets(name):
    """Equal images would be in both if the split drew with replacement."""
    ds = datasets.load(name)
    train = {image.tobytes() for image in ds.train.images}
    assert not any(image.tobytes() in train for image in ds.test.images)


@pytest.mark.parametrize(
    ("name", "digest"),
    [("mnist-5k", "344877dbee27b179"), ("digits", "7b2251bcd9d49008")],
)
def test_split_is_the_same_for_ever(name, digest):
    """Every number in the book depends on it: which samples, in which order."""
    ds = datasets.load(name)
    hashed = hashlib.sha256()
    for split in (ds.train, ds.test):
        hashed.update(split.images.tobytes())
        hashed.update(split.labels.astype("<i8").tobytes())
    assert hashed.hexdigest()[:16] == digest


@each_dataset
def test_loading_takes_less_than_a_second(name):
    """The best of three: the machine may be busy."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        datasets.load(name)
        times.append(time.perf_counter() - begin)
    assert min(times) < 1


@each_dataset
def test_our_fast_reader_agrees_with_a_general_one(name):
    """The same images with the same labels as NumPy's own CSV reader finds in the
    wheel."""
    ds = datasets.load(name)
    path = datasets.EMBEDDED[name].path()
    table = np.loadtxt(path, delimiter=",", dtype=np.int64)
    images, labels = table[:, :-1], table[:, -1]
    if name == "digits":
        images = np.rint(images * 255 / 16).astype(np.int64)
    expected = sorted(zip(images.tolist(), labels.tolist(), strict=True))
    found = [
        (image.ravel().tolist(), label)
        for split in (ds.train, ds.test)
        for image, label in zip(split.images, split.labels.tolist(), strict=True)
    ]
    assert sorted(found) == expected


def test_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"name must be one of .*'digits'.*'mnist-5k', got 'nope'"
    ):
        datasets.load("nope")
    with pytest.raises(ValueError, match=r"name must be one of .*, got \['mnist'\]"):
        datasets.load(["mnist"])


def test_a_damaged_file_is_refused_by_name(tmp_path):
    text = b"1,2,3\n4,5,6\n"
    digest = hashlib.sha256(text).hexdigest()
    path = tmp_path / "table.csv.gz"
    packed = gzip.compress(text)

    path.write_bytes(packed)
    assert embedded.read_bytes_csv(path, digest, 3).tolist() == [[1, 2, 3], [4, 5, 6]]

    path.write_bytes(packed[:-6])
    with pytest.raises(ValueError, match=r"table\.csv\.gz is truncated or corrupt"):
        embedded.read_bytes_csv(path, digest, 3)
    flipped = bytearray(packed)
    flipped[14] ^= 255
    path.write_bytes(bytes(flipped))
    with pytest.raises(ValueError, match=r"table\.csv\.gz is truncated or corrupt"):
        embedded.read_bytes_csv(path, digest, 3)
    path.write_bytes(b"<html>not here</html>")
    with pytest.raises(ValueError, match=r"table\.csv\.gz is truncated or corrupt"):
        embedded.read_bytes_csv(path, digest, 3)
    path.write_bytes(gzip.compress(b"1,2,3\n4,5,7\n"))
    with pytest.raises(
        ValueError, match=r"table\.csv\.gz is not the file we know: SHA-256"
    ):
        embedded.read_bytes_csv(path, digest, 3)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"table\.csv\.gz does not exist"):
        embedded.read_bytes_csv(path, digest, 3)


def test_a_missing_package_is_named():
    with pytest.raises(
        ModuleNotFoundError, match=r"no_such_package is not installed.*a\.csv"
    ):
        embedded.file_in_package("no_such_package", "a.csv")


def test_scaled_images_run_from_0_to_1():
    x = datasets.scaled(np.array([0, 51, 255], dtype=np.uint8))
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, [0, 0.2, 1], rtol=1e-6)
    floats = np.array([0.5])
    assert datasets.scaled(floats) is floats
