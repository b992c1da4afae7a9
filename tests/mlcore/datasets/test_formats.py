"""The formats of the published files: what is one is read, what is none is refused.

Of pickles nothing is run: those whose sum is not the published one are not unpickled,
and the others find no name but those of which an array is made.
"""

import builtins
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import (
    cifar_binary,
    cifar_pickle,
    python2_pickle,
    random_images,
    sum_of,
)

from mlcore import datasets
from mlcore.datasets.files import DamagedFile, File
from mlcore.datasets.formats import (
    read_cifar_binary,
    read_cifar_pickle,
    read_idx,
    read_pgm,
)

# IDX


def test_a_claim_of_many_images_costs_nothing():
    claim = b"\0\0\x08\x03" + 3 * b"\xff\xff\xff\xff"
    with pytest.raises(ValueError, match="4294967295"):
        read_idx(claim, (60_000, 28, 28))


@given(st.binary(max_size=60))
def test_any_bytes_as_idx_are_labels_or_a_value_error(data):
    for shape in ((3,), (1, 2, 2)):
        try:
            array = read_idx(data, shape)
        except ValueError:
            continue
        assert array.shape == shape


# PGM


@pytest.mark.parametrize(
    "header",
    [b"P5 3 2 255\n", b"P5\n3 2\n255\n", b"P5\n# by hand\n3\t2 # wide, high\n255 "],
)
def test_pgm_headers(header):
    assert read_pgm(header + b"abcdef").tolist() == [
        [97, 98, 99],
        [100, 101, 102],
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"P2 3 2 255\n1 2 3 4 5 6", "no binary PGM image"),
        (b"\xff\xd8\xff\xe0", "no binary PGM image"),
        (b"", "no binary PGM image"),
        (b"P5 3 2 255\nabcde", "promises 3 x 2 pixels, and 5 bytes follow"),
        (b"P5 3 2 255\nabcdefg", "promises 3 x 2 pixels, and 7 bytes follow"),
        (b"P5 0 2 255\n", "promises 0 x 2 pixels"),
        (
            b"P5 999999 999999 255\nx",
            "promises 999999 x 999999 pixels, and 1 bytes follow",
        ),
        (
            b"P5 3 2 65535\nabcdefabcdef",
            "largest grey value must be from 1 to 255, got 65535",
        ),
        (b"P5 3 2 0\nabcdef", "largest grey value"),
        (b"P5 3 2 99999999999999999999\nabcdef", "no binary PGM image"),
    ],
)
def test_what_is_no_pgm_is_named(data, message):
    with pytest.raises(ValueError, match=message):
        read_pgm(data)


@given(st.binary(max_size=40))
def test_any_bytes_as_pgm_are_an_image_or_a_value_error(data):
    try:
        image = read_pgm(b"P5 " + data)
    except ValueError:
        return
    assert image.ndim == 2


# CIFAR


def test_of_two_labels_the_second_is_the_class():
    images = random_images(np.random.default_rng(0), 3, 32, 32, 3)
    data = cifar_binary(images, [19, 0, 1], [99, 5, 7])
    split = read_cifar_binary(data, count=3, classes=100, label_bytes=2)
    assert split.labels.tolist() == [99, 5, 7]
    np.testing.assert_array_equal(split.images, images)


def test_a_batch_as_python_2_wrote_it():
    rng = np.random.default_rng(0)
    images, labels = random_images(rng, 300, 32, 32, 3), rng.integers(0, 10, 300)
    data = cifar_pickle(images, labels)
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in data
    assert b"codecs" not in data  # as Python 3 would have written it
    split = read_cifar_pickle(data, classes=10, labels_name="labels")
    np.testing.assert_array_equal(split.images, images)
    np.testing.assert_array_equal(split.labels, labels)


@pytest.mark.parametrize("label", [10, -1])
def test_labels_in_a_pickle_are_checked(label):
    batch = {"data": np.zeros((1, 3072), np.uint8), "labels": [label]}
    with pytest.raises(ValueError, match=f"beyond 10 classes: the first is {label}"):
        read_cifar_pickle(python2_pickle(batch), classes=10, labels_name="labels")


def harmful(folder, protocol=2):
    """A pickle that makes a folder, and stands for one that does worse."""

    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(folder),)

    return pickle.dumps({"data": Harm()}, protocol)


def test_a_pickle_with_another_sum_is_not_unpickled(tmp_path):
    """Not even to say what is wrong with it."""
    data = harmful(tmp_path / "harm")
    file = File("test_batch", 10_000, sum_of(b"", "md5"), pickle.loads, is_program=True)
    with pytest.raises(DamagedFile, match=r"here: .* and was not unpickled: md5:"):
        file.read(data, "here")
    assert not list(tmp_path.iterdir())
    pickle.loads(data)  # It was harmful.
    assert list(tmp_path.iterdir())


def test_every_published_pickle_is_known_to_be_a_program():
    files = [
        file
        for ds in datasets.PUBLISHED.values()
        for form in ds.forms
        for file in form.files
    ]
    pickles = [f for f in files if getattr(f.parse, "func", None) is read_cifar_pickle]
    assert len(pickles) == 6 + 2
    assert [file for file in files if file.is_program] == pickles


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_finds_no_function(tmp_path, protocol):
    """Even where its sum is taken for the published one."""
    data = harmful(tmp_path / "harm", protocol)
    with pytest.raises(ValueError, match=r"it is a pickle that asks for \w+\.mkdir"):
        read_cifar_pickle(data, classes=10, labels_name="labels")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "function",
    [eval, builtins.open, os.system, np.load, np.frombuffer, np.zeros, getattr],
)
def test_no_other_name_is_found(function):
    data = pickle.dumps({"data": function}, protocol=2)
    with pytest.raises(ValueError, match=r"it is a pickle that asks for .*; refused"):
        read_cifar_pickle(data, classes=10, labels_name="labels")
