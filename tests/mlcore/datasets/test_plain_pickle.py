"""CIFAR's pickles: what they hold is read, what a hostile one asks for is refused,
nothing is run."""

import builtins
import os
import pickle
import pickletools
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import Python2Pickle, cifar_pickle, evil_pickle, random_images

from mlcore.datasets import cifar, plain_pickle


def test_a_batch_as_python_2_wrote_it():
    rng = np.random.default_rng(0)
    images, labels = random_images(rng, 300, 32, 32, 3), rng.integers(0, 10, 300)
    data = cifar_pickle(images, labels)
    # The made pickle is a true one: Python's own unpickler reads the same from it.
    theirs = pickle.loads(data, encoding="latin1")
    ours = plain_pickle.read(data)
    assert ours.keys() == theirs.keys()
    assert ours["labels"] == theirs["labels"]
    assert ours["filenames"] == theirs["filenames"]
    np.testing.assert_array_equal(ours["data"], theirs["data"])
    split = cifar.parse_pickle(data, count=300, classes=10, labels_name="labels")
    np.testing.assert_array_equal(split.images, images)
    np.testing.assert_array_equal(split.labels, labels)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_python_3_writes_is_read_too(protocol):
    """Some mirrors hold repacked files; their arrays are in the same few
    instructions."""
    whole = {
        "data": np.arange(12, dtype=np.uint8).reshape(3, 4),
        "fine_labels": [5, 600, -7],
        "t": (1, 2),
    }
    if protocol == 2:
        # Bytes are a call of codecs.encode there.
        with pytest.raises(
            ValueError, match=r"asks for _codecs\.encode; nothing was run"
        ):
            plain_pickle.read(pickle.dumps(whole, protocol=2))
        return
    if protocol == 5:
        # Its arrays are a call of another function.
        with pytest.raises(
            ValueError, match=r"asks for numpy.*_frombuffer; nothing was run"
        ):
            plain_pickle.read(pickle.dumps(whole, protocol=5))
        return
    found = plain_pickle.read(pickle.dumps(whole, protocol=protocol))
    np.testing.assert_array_equal(found.pop("data"), whole.pop("data"))
    assert found == whole


def test_column_major_arrays_are_not_transposed():
    array = np.asfortranarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    found = plain_pickle.read(pickle.dumps({"data": array}, protocol=3))["data"]
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_nothing_is_executed(tmp_path, protocol):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    data = pickle.dumps({"data": Evil()}, protocol)
    with pytest.raises(ValueError, match=r"nothing was run|no data needs"):
        plain_pickle.read(data)
    assert not list(tmp_path.iterdir())
    pickle.loads(data)  # It was harmful.
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "function",
    [eval, builtins.open, os.system, np.load, np.frombuffer, np.zeros, getattr],
)
def test_no_function_is_reached(function):
    with pytest.raises(
        ValueError, match=r"it is a pickle that asks for .*; nothing was run"
    ):
        plain_pickle.read(evil_pickle(function, "1"))


def test_names_are_words_and_cannot_be_used_in_another_way():
    """The three names that CIFAR's files need, called with other things than theirs."""
    for name, argument in (
        (b"cnumpy\nndarray\n", b"J\x00\x00\x00\x7f\x85"),
        (b"cnumpy\ndtype\n", b"U\x01O\x85"),
        (b"cnumpy.core.multiarray\n_reconstruct\n", b"cnumpy\ndtype\n\x85"),
    ):
        with pytest.raises(ValueError, match="to make no array; nothing was run"):
            plain_pickle.read(b"\x80\x02}U\x01a" + name + argument + b"Rs.")


def test_a_claim_of_a_huge_array_costs_nothing():
    writer = Python2Pickle()
    data = writer.dumps({"data": np.zeros((2, 3), np.uint8)})
    assert plain_pickle.read(data)["data"].shape == (2, 3)
    claimed = data.replace(
        b"(K\x01K\x02K\x03\x86", b"(K\x01" + 2 * b"J\xff\xff\xff\x7f" + b"\x86"
    )
    assert claimed != data
    _refused_cheaply(claimed, r"array of shape \(2147483647, 2147483647\) in 6 bytes")
    claimed = data.replace(b"(K\x01K\x02K\x03\x86", b"(K\x01(" + 99 * b"K\x02" + b"t")
    _refused_cheaply(claimed, "impossible shape")
    claimed = data.replace(
        b"(K\x01K\x02K\x03\x86", b"(K\x01" + 2 * b"J\xff\xff\xff\xff" + b"\x86"
    )
    _refused_cheaply(claimed, "impossible shape")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        # A list that takes a byte to write and 56 to hold.
        (b"\x80\x02" + b"]" * 600_000, "more than 500,000 instructions"),
        # The memo's slot number four billion, for which Python's unpickler makes room.
        (b"\x80\x02]r\xff\xff\xff\xff.", "pickle of a list, expected a dictionary"),
        # Eight exabytes announced, eight bytes sent.
        (b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f" + b"12345678.", "malformed pickle"),
        (b"\x80\x02T\xff\xff\xff\x7fabc.", "malformed pickle"),
        # Tuples that share their parts: 2^60 entries to hash, or to show in a message.
        (b"\x80\x02})" + b"2\x86" * 60 + b"K\x01s.", "DUP"),
        (
            b"\x80\x02}q\x00)q\x01" + b"h\x01h\x01\x86q\x01" * 60 + b"K\x01s.",
            "a tuple as a key",
        ),
        (
            b"\x80\x02)q\x01"
            + b"h\x01h\x01\x86q\x01" * 60
            + b"cnumpy\ndtype\nh\x01\x85R.",
            "to make no array",
        ),
    ],
    ids=["lists", "memo", "bytearray", "string", "dup", "key", "message"],
)
def test_bombs_do_not_go_off(data, message):
    _refused_cheaply(data, message)


def _refused_cheaply(data, message):
    """Within seconds and a few hundred megabytes, where the bomb would take minutes or
    all there is."""
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises(ValueError, match=message):
        plain_pickle.read(data)
    seconds, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 30
    assert peak < 300e6


def test_nesting_without_end_is_no_crash():
    data = b"\x80\x02}U\x01a" + b"(" * 100_000 + b"t" * 100_000 + b"s."
    assert isinstance(plain_pickle.read(data)["a"], tuple)


def test_every_truncation_is_refused():
    data = cifar_pickle(np.zeros((2, 32, 32, 3), np.uint8), [1, 2])
    for end in [*range(200), *range(len(data) - 200, len(data))]:
        with pytest.raises(ValueError, match="pickle"):
            plain_pickle.read(data[:end])


@given(st.data())
def test_any_damage_is_a_value_error_or_harmless(data):
    whole = bytearray(cifar_pickle(np.zeros((1, 32, 32, 3), np.uint8), [3]))
    header = [i for i in range(len(whole)) if whole[i]]
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.sampled_from(header))] = data.draw(st.integers(0, 255))
    try:
        found = plain_pickle.read(bytes(whole))
    except ValueError:
        return
    assert isinstance(found, dict)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_error_or_a_dictionary(data):
    try:
        found = plain_pickle.read(b"\x80\x02" + data)
    except ValueError:
        return
    assert isinstance(found, dict)


def test_instructions_we_know_are_instructions():
    """A misspelt one would be dead code."""
    known = {opcode.name for opcode in pickletools.opcodes}
    assert known >= plain_pickle._VALUES | plain_pickle._CONSTANTS.keys()


def test_labels_of_more_than_64_bits_are_named():
    batch = {"data": np.zeros((1, 3072), np.uint8), "labels": [2**70]}
    with pytest.raises(ValueError, match="beyond 10 classes, and beyond 64 bits"):
        cifar.parse_pickle(
            pickle.dumps(batch, 3), count=1, classes=10, labels_name="labels"
        )


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (
            {"data": "x", "labels": [1]},
            r"'data' are str, expected an array of shape \(1, 3072\)",
        ),
        (
            {"data": np.zeros((2, 3072), np.uint8), "labels": [1]},
            "files may be swapped",
        ),
        ({"labels": [1]}, "pickle without 'data'"),
        (
            {"data": np.zeros((1, 3072), np.uint8), "fine_labels": [1]},
            "pickle without 'labels'",
        ),
        (
            {"data": np.zeros((1, 3072), np.uint8), "labels": [1, 2]},
            "2 labels for 1 images",
        ),
        ({"data": np.zeros((1, 3072), np.uint8), "labels": ["1"]}, "list of integers"),
        (
            {"data": np.zeros((1, 3072), np.uint8), "labels": [10]},
            "labels beyond 10 classes",
        ),
        (
            {"data": np.zeros((1, 3072), np.uint8), "labels": [-1]},
            "labels beyond 10 classes",
        ),
    ],
)
def test_a_batch_of_another_kind_is_named(batch, message):
    data = Python2Pickle().dumps(batch)
    with pytest.raises(ValueError, match=message):
        cifar.parse_pickle(data, count=1, classes=10, labels_name="labels")


def test_the_largest_real_file_stays_below_the_limit_of_instructions():
    """CIFAR-100's training set has 50,000 file names and two lists of 50,000 labels."""
    few, many = (
        sum(1 for _ in pickletools.genops(_cifar100_like(count)))
        for count in (100, 1100)
    )
    each = (many - few) / 1000
    assert 50_000 * each < plain_pickle._MOST_INSTRUCTIONS / 2


def _cifar100_like(count):
    return Python2Pickle().dumps(
        {
            "filenames": [f"{i}.png" for i in range(count)],
            "fine_labels": [0] * count,
            "coarse_labels": [0] * count,
        }
    )
