"""What travels between the grader and a worker arrives as it was, and nothing else is
believed."""

import json
import math
import socket
import struct
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Channel, Given, Unreadable

WHOLE = st.integers(-(2**63), 2**64 - 1)
PLAIN = (
    st.none() | st.booleans() | WHOLE | st.floats() | st.complex_numbers() | st.text()
)
DTYPES = hnp.scalar_dtypes().filter(lambda dtype: dtype.str in wire._DTYPES)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_side=3))
VALUES = st.recursive(
    PLAIN | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.builds(Given, st.text(), st.dictionaries(st.text(), inner, max_size=2))
    ),
    max_leaves=6,
)


def sent(*frames):
    """What a channel receives after these bytes, and then the end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"".join(frames))
        theirs.shutdown(socket.SHUT_WR)
        return Channel(ours).receive(5.0)


def frame(tree, body=b""):
    header = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return struct.pack("<IQ", len(header), len(body)) + header + body


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, Given):
        return a.name == b.name and same(a.parameters, b.parameters)
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    return repr(a) == repr(b)  # NaN and the sign of zero too


@given(VALUES)
def test_a_value_arrives_as_it_was(value):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(theirs).send(value)
        assert same(Channel(ours).receive(5.0), value)


def test_arrays_in_columns_stay_in_columns_and_can_be_written_to():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        value = np.arange(6.0).reshape(2, 3).T
        Channel(theirs).send((value, value[::2, ::-1], np.float32(1.5)))
        columns, strided, scalar = Channel(ours).receive(5.0)
    assert columns.flags.f_contiguous
    assert np.array_equal(columns, value)
    assert np.array_equal(strided, value[::2, ::-1])
    assert type(scalar) is np.float32
    columns[0, 0] = 7.0


@given(st.binary(max_size=200))
def test_rubbish_is_refused(data):
    with pytest.raises((Unreadable, EOFError)):
        sent(data)


@given(st.binary(max_size=100), st.binary(max_size=50))
def test_a_frame_of_rubbish_is_refused_or_harmless(header, body):
    try:
        value = sent(frame(header, body))
    except Unreadable:
        return
    assert same(value, json.loads(header))  # numbers and words
    assert not body


@pytest.mark.parametrize(
    ("tree", "body", "says"),
    [
        ({"array": ["|O", [1], "C"]}, b"12345678", "dtype"),
        ({"array": ["<U2", [1], "C"]}, b"12345678", "dtype"),
        ({"array": [">f8", [1], "C"]}, b"12345678", "dtype"),
        ({"array": ["<f8", [2], "C"]}, b"12345678", "more entries"),
        ({"array": ["<f8", [-1], "C"]}, b"12345678", "no shape"),
        ({"array": ["<f8", [True], "C"]}, b"12345678", "no shape"),
        ({"array": ["<f8", [1.0], "C"]}, b"12345678", "no shape"),
        ({"array": ["<f8", [2**40] * 32, "C"]}, b"", "more entries"),
        ({"array": ["<f8", [2**40] * 31 + [0], "C"]}, b"", ""),
        ({"array": ["<f8", [1] * 33, "C"]}, b"12345678", "no shape"),
        ({"array": ["<f8", [1], "K"]}, b"12345678", "no known form"),
        ({"array": ["<f8", [0], "C"]}, b"12345678", "belong to no array"),
        ({"scalar": ["<f8", [1], "C"]}, b"12345678", "no known form"),
        ({"complex": ["1", 2.0]}, b"", "no known form"),
        ({"object": 1}, b"", "no known form"),
        ({"list": [], "dict": {}}, b"", "several kinds"),
        ({}, b"", "several kinds"),
        (b"[" * 10**5, b"", ""),
        (b'{"list":[' * 5000 + b"]}" * 5000, b"", ""),
        (b"9" * 5000, b"", "digits"),
        (b"\xff\xfe", b"", ""),
    ],
)
def test_what_is_not_of_the_form_is_refused(tree, body, says):
    with pytest.raises(Unreadable, match=says or None):
        sent(frame(tree, body))


def test_sizes_are_refused_before_anything_is_read():
    for lengths in (
        (wire.HEADER_LIMIT + 1, 0),
        (2, wire.LIMIT + 1),
        (2**32 - 1, 2**64 - 1),
    ):
        with pytest.raises(Unreadable, match="too large"):
            sent(struct.pack("<IQ", *lengths))


def test_true_is_one():
    """A byte of 255 in an array of truth values would be neither true nor false."""
    array = sent(frame({"array": ["|b1", [3], "C"]}, b"\x00\xff\x02"))
    assert array.sum() == 2
    assert (~array).tolist() == [True, False, False]


def test_what_is_no_plain_value_is_not_sent():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for value in (object(), np.array([object()]), {1, 2}, b"bytes", print):
            with pytest.raises(TypeError, match="cannot be sent"):
                Channel(ours).send(value)
        with pytest.raises(ValueError, match="16 MB are more"):
            Channel(ours).send(np.zeros(wire.LIMIT + 1, np.uint8))
        theirs.settimeout(0.01)
        with pytest.raises(TimeoutError):
            theirs.recv(1)


def test_the_time_limit_is_for_the_whole_frame():
    """One byte now and then does not begin it anew."""
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip():
        theirs.sendall(struct.pack("<IQ", 1000, 0))
        while not stop.wait(0.05):
            theirs.sendall(b" ")

    dripping = threading.Thread(target=drip)
    with ours, theirs:
        dripping.start()
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            Channel(ours).receive(0.3)
        assert math.isclose(time.monotonic() - started, 0.3, abs_tol=2.0)
        stop.set()
        dripping.join()


def test_nobody_reads():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        Channel(ours).send(np.zeros(2**21 - 1), 0.2)
