"""What travels between grader and worker: numbers, words and plain arrays, framed.

A frame is the length of its header and of its body, the header (JSON) and the body (the
bytes of the arrays). There is no pickle in either direction, and `Channel.receive`
believes nothing: what is not exactly of this form raises `Unreadable`.
"""

import json
import math
import struct
import time
from dataclasses import dataclass

import numpy as np

LIMIT = 16 * 2**20  # bytes of a frame's arrays
# a byte each on the way can be eight where it is computed with
ENTRIES_LIMIT = LIMIT // 8
HEADER_LIMIT = 2**20
_LENGTHS = struct.Struct("<IQ")
_TYPES = (
    *(
        np.bool_,
        np.int8,
        np.int16,
        np.int32,
        np.int64,
        np.uint8,
        np.uint16,
        np.uint32,
        np.uint64,
    ),
    *(np.float16, np.float32, np.float64, np.longdouble),
    *(np.complex64, np.complex128, np.clongdouble),
)
_DTYPES = {np.dtype(t).str: np.dtype(t) for t in _TYPES}


class Unreadable(Exception):
    """What arrived is no frame, or a frame of no use."""


@dataclass(frozen=True)
class Given:
    """A function handed to an answer, named rather than passed.

    ``Given("cubic", {"a": a})`` reaches the answer as what ``cubic(a)`` of the
    chapter's `given.py` returns. Only the name and plain arrays need to travel, so the
    answer may run in another process.
    """

    name: str
    parameters: dict


class Channel:
    """Frames over a connected socket.

    A value is None, a bool, an int, a float, a complex number, a string, an array or a
    scalar of NumPy, a `Given`, or a tuple, a list or a dict with words as keys of such
    values.
    """

    def __init__(self, connection):
        self.connection = connection

    def send(self, value: object, seconds: float | None = None) -> None:
        """Send one value; a `ValueError`, with nothing sent, if it is too large."""
        sent = frame(value)
        self.connection.settimeout(seconds)
        self.connection.sendall(sent)

    def receive(self, seconds: float | None = None) -> object:
        """The next value, within a time limit for all of it.

        Raises
        ------
        EOFError
            If the other side has closed the connection.
        TimeoutError
            If the frame is not complete in time.
        Unreadable
            If it is no frame.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        header_size, size = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if header_size > HEADER_LIMIT or size > LIMIT:
            raise Unreadable("it is too large")
        header = self._read(header_size, deadline)
        body = _Body(self._read(size, deadline))
        try:
            value = _decode(json.loads(header), body)
        except (ValueError, RecursionError) as error:
            raise Unreadable(str(error)) from None
        if body.left:
            raise Unreadable(f"{body.left} bytes belong to no array")
        return value

    def close(self) -> None:
        self.connection.close()

    def _read(self, size, deadline):
        data = bytearray(size)
        view = memoryview(data)
        while view:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:  # as a limit, 0 would mean: do not wait at all
                    raise TimeoutError
                self.connection.settimeout(left)
            count = self.connection.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return data


def frame(value: object) -> bytes:
    """The frame of one value; a `ValueError` if it is too large to be sent."""
    arrays: list[np.ndarray] = []
    header = json.dumps(_encode(value, arrays)).encode()
    size = sum(array.nbytes for array in arrays)
    if size > LIMIT or len(header) > HEADER_LIMIT:
        raise ValueError(
            f"{(size + len(header)) / 2**20:.0f} MB are more than can be sent"
        )
    if (entries := sum(array.size for array in arrays)) > ENTRIES_LIMIT:
        raise ValueError(f"{entries:,} entries are more than can be sent")
    body = b"".join(array.tobytes("A") for array in arrays)
    return _LENGTHS.pack(len(header), size) + header + body


def _encode(value, arrays):
    """The value as JSON knows it; its arrays are put aside."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is complex:
        return {"complex": [value.real, value.imag]}
    if type(value) is tuple:
        return [_encode(item, arrays) for item in value]
    if type(value) is list:
        return {"list": [_encode(item, arrays) for item in value]}
    if type(value) is dict:
        return {
            "dict": {str(key): _encode(item, arrays) for key, item in value.items()}
        }
    if type(value) is Given:
        return {"given": [value.name, _encode(value.parameters, arrays)]}
    if isinstance(value, np.generic | np.ndarray) and value.dtype.str in _DTYPES:
        in_columns = isinstance(value, np.ndarray) and value.flags.fnc
        arrays.append(value if in_columns else np.ascontiguousarray(value))
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: [value.dtype.str, list(value.shape), "F" if in_columns else "C"]}
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _decode(tree, body):
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    if isinstance(tree, list):
        return tuple(_decode(item, body) for item in tree)
    if len(tree) != 1:
        raise Unreadable("an object with several kinds")
    ((kind, inner),) = tree.items()
    match kind, inner:
        case "complex", [float() as real, float() as imaginary]:
            return complex(real, imaginary)
        case "list", list():
            return [_decode(item, body) for item in inner]
        case "dict", dict():
            return {key: _decode(item, body) for key, item in inner.items()}
        case "given", [str() as name, parameters]:
            return Given(name, _decode(parameters, body))
        case "array", [str() as dtype, list() as shape, "C" | "F" as order]:
            return body.array(dtype, shape, order)
        case "scalar", [str() as dtype, [], "C"]:
            return body.array(dtype, [], "C")[()]
    raise Unreadable(f"{kind!r} is of no known form")


class _Body:
    """The bytes of the arrays, taken from the front."""

    def __init__(self, data):
        self.data = data
        self.start = self.entries = 0

    @property
    def left(self):
        return len(self.data) - self.start

    def array(self, dtype, shape, order):
        if dtype not in _DTYPES:
            raise Unreadable(f"no numbers have the dtype {dtype!r}")
        if len(shape) > 32 or not all(
            type(n) is int and 0 <= n <= 2**40 for n in shape
        ):
            raise Unreadable("a shape is no shape")
        dtype, count = _DTYPES[dtype], math.prod(shape)
        size = count * dtype.itemsize
        self.entries += count
        if size > self.left or self.entries > ENTRIES_LIMIT:
            raise Unreadable(
                "an array has more entries than bytes came, or than are allowed"
            )
        array = np.frombuffer(self.data, dtype, count, self.start)
        self.start += size
        # a byte other than 0 and 1 would be neither true nor false
        if dtype == np.bool_:
            array = array.view(np.uint8) != 0
        return array.reshape(shape, order=order)
