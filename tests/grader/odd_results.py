"""What an answer may return instead of a result: of every shape, nesting and kind.

`ODD` holds functions from a right result (an array, a number, or a tuple of those) to
an odd one, by a name that says what it is. Some are right as well; no check may fall
over any of them.
"""

import decimal
import fractions

import numpy as np


class Sub(np.ndarray):
    """An array of a type of its own, that takes over every function of NumPy."""

    def __array_function__(self, function, types, arguments, keywords):
        return "whatever you asked for"


class Lies:
    """An object that says it is an array, and is none."""

    shape = (2,)
    dtype = "float64"

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array after all")


def _first(result):
    return result[0] if isinstance(result, tuple) else result


def _each(change):
    """The change made to every part of a result."""

    def odd(result):
        return (
            tuple(map(change, result)) if isinstance(result, tuple) else change(result)
        )

    return odd


def _nested(depth):
    value = [1.0]
    for _ in range(depth):
        value = [value]
    return value


def _one_entry(value):
    def change(part):
        part = np.array(part, dtype=np.result_type(np.asarray(part).dtype, np.float32))
        if part.size:
            part.flat[-1] = value
        return part

    return change


def _as(dtype):
    return _each(lambda part: np.asarray(part).astype(dtype))


def _filled(value):
    return _each(lambda part: np.full(np.shape(part), value))


def _always(value):
    return lambda result: value


ODD = {
    # Tuples and lists of the wrong length or kind
    "with a cache": lambda r: (r, {"x": 1}),
    "with an array beside": lambda r: (_first(r), np.ones((3, 5))),
    "with None beside": lambda r: (_first(r), None),
    "a pair of itself": lambda r: (_first(r), _first(r)),
    "ragged": lambda r: (np.ones(2), np.ones(3)),
    "ragged, a list": lambda r: [np.ones(2), np.ones((3, 1))],
    "a list of itself and a number": lambda r: [np.asarray(_first(r)), 1.0],
    "one result of several": _first,
    "results in a list": lambda r: list(r) if isinstance(r, tuple) else [r],
    "results the wrong way round": lambda r: r[::-1] if isinstance(r, tuple) else r,
    "a tuple in a tuple": lambda r: (r, (r, r)),
    "an empty tuple": _always(()),
    "a tuple of one": lambda r: (r,),
    "a hundred results": lambda r: (_first(r),) * 100,
    "an empty list": _always([]),
    "a list of lists": _each(lambda part: np.asarray(part).tolist()),
    "nested deeply": _always(_nested(40)),
    "nested too deeply": _always(_nested(2000)),
    "a dict": lambda r: {"result": r},
    "a set": _always({1.0, 2.0}),
    "a generator": lambda r: (part for part in (1.0, 2.0)),
    "a range": _always(range(3)),
    # Shapes
    "a number": _always(1.0),
    "an array of one entry": _always(np.ones(1)),
    "an array of one entry and many axes": _always(np.ones((1,) * 30)),
    "no axis": _always(np.array(0.5)),
    "no entry": _always(np.empty((0,))),
    "no entry, of three axes": _always(np.empty((2, 0, 3))),
    "one axis more": _each(lambda part: np.asarray(part)[None]),
    "one axis more at the end": _each(lambda part: np.asarray(part)[..., None]),
    "flat": _each(np.ravel),
    "transposed": _each(np.transpose),
    "squeezed": _each(np.squeeze),
    "without the last row": _each(lambda part: np.atleast_1d(part)[:-1]),
    "twice as long": _each(lambda part: np.concatenate([np.atleast_1d(part)] * 2)),
    "for every sample another": _always(np.zeros((2**12, 1))),
    "broadcast": _each(lambda part: np.broadcast_to(part, (3, *np.shape(part)))),
    # Numbers
    "a large whole number": _always(2**70),
    "a whole number of ten thousand digits": _always(10**10_000),
    "the largest of uint64": _always(2**64 - 1),
    "large and negative whole numbers": _always([2**63, -1]),
    "True": _always(True),
    "all True": _filled(True),
    "complex": _as(np.complex128),
    "a complex number": _always(1 + 2j),
    "complex and infinite": _filled(complex(np.inf, np.nan)),
    "NaN": _filled(np.nan),
    "infinite": _filled(np.inf),
    "minus infinity": _filled(-np.inf),
    "one NaN": _each(_one_entry(np.nan)),
    "one infinity": _each(_one_entry(-np.inf)),
    "minus zero": _filled(-0.0),
    "as small as can be": _filled(5e-324),
    "as large as can be": _filled(np.finfo(np.float64).max),
    "larger than any float64": _filled(np.longdouble("1e4000")),
    "a little off": _each(lambda part: np.asarray(part) * (1 + 1e-11)),
    "off by float32": lambda r: _as(np.float64)(_as(np.float32)(r)),
    # Dtypes
    **{
        f"in {np.dtype(kind).name}": _as(kind)
        for kind in (
            np.float16,
            np.float32,
            np.float64,
            np.longdouble,
            np.int8,
            np.uint64,
            bool,
        )
    },
    "in the other order of bytes": _as(">f8"),
    "in columns": _each(lambda part: np.asfortranarray(part)),
    "objects": _as(object),
    "objects that are strange": _always(np.array([None, "a", 2.0, []], dtype=object)),
    "words": _as(str),
    "bytes": _as(bytes),
    "a word": _always("all of them right"),
    "a byte string": _always(b"\x00\xff"),
    "dates": _always(np.array(["2024-01-01", "NaT"], dtype="datetime64[D]")),
    "spans of time": _always(np.array([1, 2], dtype="timedelta64[s]")),
    "records": _always(np.zeros(3, dtype=[("x", float), ("y", "i4")])),
    "voids": _always(np.zeros(2, dtype="V8")),
    # Other types
    "None": _always(None),
    "a matrix": _each(lambda part: np.matrix(np.atleast_2d(part))),
    "masked": _each(
        lambda part: np.ma.masked_array(part, np.ones(np.shape(part), bool))
    ),
    "an array of its own type": _each(lambda part: np.asarray(part).view(Sub)),
    "no array after all": _each(lambda part: Lies()),
    "a function": _always(np.sin),
    "the type": _always(np.ndarray),
    "an ellipsis": _always(...),
    "a fraction": _always(fractions.Fraction(1, 3)),
    "a decimal": _always(decimal.Decimal("0.1")),
    "a memory view": _each(lambda part: memoryview(np.ascontiguousarray(part))),
    "scalars of NumPy": _each(lambda part: np.asarray(part)[()]),
}
