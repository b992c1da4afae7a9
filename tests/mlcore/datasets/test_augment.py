"""Augmentation: what may change, what may not, and that a resumed run draws the
same."""

import numpy as np
import pytest

from mlcore.datasets import Augment
from mlcore.datasets.augment import generator


def images_of(n=200, height=5, width=6, channels=3):
    rng = np.random.default_rng(0)
    return rng.integers(1, 256, size=(n, height, width, channels), dtype=np.uint8)


def all_versions(image, pad, mirror):
    """Every image that `Augment` may make of one: the slow way."""
    height, width, _ = image.shape
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)))
    for down in range(2 * pad + 1):
        for right in range(2 * pad + 1):
            window = padded[down : down + height, right : right + width]
            yield window.tobytes()
            if mirror:
                yield np.ascontiguousarray(window[:, ::-1]).tobytes()


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("pad", [0, 1, 2])
def test_every_version_occurs_and_no_other(pad, mirror):
    image = images_of(n=1)
    many = np.repeat(image, 2000, axis=0)
    found = Augment(mirror, pad)(many, np.random.default_rng(1))
    assert found.shape == many.shape
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    assert {one.tobytes() for one in found} == set(all_versions(image[0], pad, mirror))


def test_each_version_is_equally_likely():
    many = np.repeat(images_of(n=1), 18_000, axis=0)
    found = Augment(pad=1)(many, np.random.default_rng(1))
    _, counts = np.unique(found.reshape(len(found), -1), axis=0, return_counts=True)
    assert len(counts) == 18
    # 1000 of each expected; five standard deviations of a binomial.
    assert np.all(np.abs(counts - 1000) < 5 * np.sqrt(1000))


def test_each_image_has_its_own_move_and_stays_itself():
    images = images_of()
    found = Augment(pad=2)(images, np.random.default_rng(1))
    for image, one in zip(images, found, strict=True):
        assert one.tobytes() in set(all_versions(image, 2, mirror=True))


def test_nothing_to_do_is_a_copy():
    images = images_of()
    before = images.copy()
    same = Augment(mirror=False, pad=0)(images, np.random.default_rng(0))
    np.testing.assert_array_equal(same, images)
    assert not np.shares_memory(same, images)
    Augment()(images, np.random.default_rng(0))
    np.testing.assert_array_equal(images, before)


def test_floats_stay_floats_and_an_empty_batch_is_one():
    floats = images_of().astype(np.float32)
    assert Augment()(floats, np.random.default_rng(0)).dtype == np.float32
    assert Augment()(images_of(n=0), np.random.default_rng(0)).shape == (0, 5, 6, 3)


def test_generators_repeat_themselves_and_nothing_else():
    draw = {
        key: generator(*key).integers(0, 2**62)
        for key in [(s, e, t) for s in range(3) for e in range(4) for t in range(4)]
    }
    assert len(set(draw.values())) == len(draw)
    for key, value in draw.items():
        assert generator(*key).integers(0, 2**62) == value
    # Not the stream that shuffles the samples or draws the weights of the same run.
    for seed in range(3):
        assert np.random.default_rng(seed).integers(0, 2**62) not in draw.values()
        assert np.random.default_rng([seed, 1]).integers(0, 2**62) not in draw.values()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Augment(pad=-1), ValueError, "pad must be an integer >= 0, got -1"),
        (lambda: Augment(pad=1.5), TypeError, "pad must be an integer >= 0, got 1.5"),
        (lambda: Augment(mirror=1), TypeError, "mirror must be True or False, got 1"),
        (lambda: generator(0, -1), ValueError, "epoch must be an integer >= 0, got -1"),
        (
            lambda: Augment()(np.zeros((5, 5, 3)), generator(0, 1)),
            ValueError,
            r"images must be an array of shape \(N, H, W, C\), got \(5, 5, 3\)",
        ),
        (lambda: Augment()([1], generator(0, 1)), ValueError, "got list"),
    ],
)
def test_what_is_wrong_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()
