"""Pickles that hold only numbers, strings, lists, dictionaries and arrays of bytes.

A pickle is a program, and Python's unpickler runs it: a file from the network can do
whatever its author liked. CIFAR is published as pickles all the same. This is no
unpickler with some doors locked; it is a machine that knows fewer than forty of the 68
instructions, and where a pickle calls something it calls nothing. An array of bytes is
what one pattern of instructions means: the machine recognises the pattern and builds
the array by itself.
"""

import math
import pickletools

import numpy as np

# Of the published files, CIFAR-100's training set has the most: about 200,000.
_MOST_INSTRUCTIONS = 500_000

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES", "BINBYTES"),
    *("SHORT_BINUNICODE", "BINUNICODE"),
}
_RECONSTRUCT = (
    "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray _reconstruct",
)
_NAMES = {*_RECONSTRUCT, "numpy ndarray", "numpy dtype"}


class _Name(str):
    """A global name in a pickle: a word to be recognised, never looked up."""


class _Unbuilt:
    """An array or the type of one before its state is known."""

    def __init__(self, kind):
        self.kind, self.value = kind, None


def read(data):
    """The dictionary that the pickle `data` describes.

    Strings of Python 2 come out as `str`, decoded as Latin-1.

    Parameters
    ----------
    data : bytes-like

    Returns
    -------
    dict
        With numbers, strings, bytes, lists, tuples, dictionaries, and as values of the
        outermost dictionary also uint8 arrays.

    Raises
    ------
    ValueError
        If the pickle is truncated or malformed, holds anything else, or asks for a
        call.
    """
    try:
        result = _run(bytes(data))
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"it is a malformed pickle ({type(error).__name__}: {error})"
        ) from error
    if not isinstance(result, dict):
        raise ValueError(
            f"it is a pickle of a {type(result).__name__}, expected a dictionary"
        )
    return {
        key: value.value if isinstance(value, _Unbuilt) else value
        for key, value in result.items()
    }


def _run(data):
    stack, marks, memo = [], [], {}

    def above_mark():
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    def put(target, items):
        for key, value in zip(items[::2], items[1::2], strict=True):
            # No tuples: one whose parts are shared many times over takes for ever to
            # hash.
            if type(key) not in (str, bytes, int):
                raise TypeError(f"a {type(key).__name__} as a key")
            target[key] = value

    for count, (opcode, argument, _) in enumerate(_instructions(data)):
        if count == _MOST_INSTRUCTIONS:
            raise ValueError(
                f"it is a pickle of more than {_MOST_INSTRUCTIONS:,} instructions"
            )
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case name if name in _VALUES:
                stack.append(argument)
            case name if name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "MARK":
                marks.append(len(stack))
            case "EMPTY_LIST":
                stack.append([])
            case "APPEND":
                item = stack.pop()
                stack[-1].append(item)
            case "APPENDS":
                items = above_mark()
                stack[-1].extend(items)
            case "EMPTY_DICT":
                stack.append({})
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                put(stack[-1], [key, value])
            case "SETITEMS":
                items = above_mark()
                put(stack[-1], items)
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE":
                stack.append(tuple(above_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name:
                size = int(name[-1])
                stack[-size:] = [tuple(stack[-size:])]
            case "GLOBAL":
                stack.append(_known(argument))
            case "STACK_GLOBAL":
                stack[-2:] = [_known(" ".join(stack[-2:]))]
            case "REDUCE":
                arguments, name = stack.pop(), stack.pop()
                stack.append(_unbuilt(name, arguments))
            case "BUILD":
                state = stack.pop()
                _build(stack[-1], state)
            case "STOP":
                return stack.pop()
            case name:
                raise ValueError(
                    f"it is a pickle with the instruction {name}, which no data needs"
                )
    raise ValueError("it is a truncated pickle")


def _instructions(data):
    """`pickletools.genops`, with its complaints about what is no pickle in our
    words."""
    try:
        yield from pickletools.genops(data)
    except ValueError as error:
        raise ValueError(f"it is a truncated or malformed pickle ({error})") from error


def _known(name):
    if name not in _NAMES:
        shown = name.replace(" ", ".", 1)[:80]
        raise ValueError(f"it is a pickle that asks for {shown}; nothing was run")
    return _Name(name)


def _unbuilt(name, arguments):
    """What NumPy pickles as a call: an empty array of bytes, or the type of its
    entries."""
    if not isinstance(name, _Name):
        raise ValueError(
            "it is a pickle that calls something that is no name; nothing was run"
        )
    if name in _RECONSTRUCT and arguments[0] == "numpy ndarray":
        return _Unbuilt("array")
    if name == "numpy dtype" and arguments[0] in ("u1", b"u1"):
        return _Unbuilt("dtype")
    raise ValueError(
        f"it is a pickle that calls {name} to make no array; nothing was run"
    )


def _build(unbuilt, state):
    """Fill in an array from (version, shape, dtype, column-major?, its bytes)."""
    if not isinstance(unbuilt, _Unbuilt):
        raise ValueError(
            "it is a pickle that sets the state of something that is no array"
        )
    if unbuilt.kind == "dtype":
        return  # Bytes have no byte order.
    _, shape, dtype, column_major, raw = state
    if not isinstance(dtype, _Unbuilt) or dtype.kind != "dtype":
        raise ValueError("it is a pickle of an array that does not hold bytes")
    if isinstance(raw, str):
        raw = raw.encode("latin-1")
    if len(shape) > 4 or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise ValueError("it is a pickle of an array of impossible shape")
    if math.prod(shape) != len(raw):
        raise ValueError(
            f"it is a pickle of an array of shape {shape} in {len(raw):,} bytes"
        )
    array = np.frombuffer(raw, np.uint8)
    unbuilt.value = array.reshape(shape, order="F" if column_major else "C")
