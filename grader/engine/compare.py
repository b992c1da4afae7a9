"""Comparing what was given with what was expected, and saying where they part."""

from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from grader.engine.fingerprint import RTOL, Fingerprint
from grader.engine.wording import lost_digits, numbers, relation

# relative error up to which a wrong value has lost digits, and is not another value
NEARLY = 1e-6
_takes_nearly = ContextVar("_takes_nearly", default=False)


class Wrong(Exception):
    """A check failed.

    `message` is a sentence; `output` names the result it is about ("dw"), `index` is
    the first index where it shows, `expected` and `given` are the two values there, and
    `remark` is what else there is to say of them. `finite` is False where an infinity
    or a NaN was given for a number.

    `kind` is "value", or tells of something else than a wrong value: "digits" (right
    but for the last ones), "results" (too many or few), "shape", "dtype", "changed" (an
    input was), or a failure of the call ("empty", "missing", "error", "timeout",
    "needs").
    """

    def __init__(
        self,
        message,
        *,
        output="",
        index=None,
        expected="",
        given="",
        kind="value",
        remark="",
        finite=True,
    ):
        super().__init__(message)
        self.message = message
        self.output = output
        self.index = index
        self.expected = expected
        self.given = given
        self.kind = kind
        self.remark = remark
        self.finite = finite


@contextmanager
def digits_aside():
    """In here `close` lets missing digits pass, to see what else is wrong."""
    token = _takes_nearly.set(True)
    try:
        yield
    finally:
        _takes_nearly.reset(token)


def parts(value, names):
    """The result of an answer: a tuple for several names, and else one thing."""
    if len(names) == 1:
        if isinstance(value, tuple):
            raise Wrong(_several(len(value)), kind="results")
    elif not isinstance(value, tuple) or len(value) != len(names):
        count = f"{len(value)} results" if isinstance(value, tuple) else "One result"
        count = "Nothing (is a `return` missing?)" if value is None else count
        raise Wrong(
            f"{count} came back where {len(names)} were expected, as a tuple: "
            f"({', '.join(names)}).",
            kind="results",
        )
    return value


def _several(count):
    """Where one result was expected; a list of arrays counts as a tuple."""
    if count == 1:
        return (
            "The result came back in a tuple or a list of one. A comma after it makes a"
            " tuple."
        )
    return (
        f"{count} results came back, in a tuple or a list, where one was expected. If"
        " they are the rows of one array, np.stack makes it of them."
    )


def close(given, expected, output, rtol=1e-9, elementwise=False, dtype=None):
    """`given` is `expected` up to rounding.

    The tolerance is `rtol` times the largest expected entry, or with `elementwise`
    times the entry itself, which tiny entries beside large ones need. With `dtype`,
    arrays must have it; a Python number has none and is let through, and so is its
    twin, NumPy's float64 scalar.

    What is wrong by more than the tolerance and nowhere by more than `NEARLY` has lost
    digits: a `Wrong` of the kind "digits", which costs one check of a task at most.
    """
    expected = np.asarray(expected)
    array = shaped(given, expected.shape, output)
    # infinities have no neighbours
    size = np.abs(np.where(np.isfinite(expected), expected, 0.0))
    if not (elementwise or size.size == 0):
        size = np.full(size.shape, size.max())
    with np.errstate(all="ignore"):
        error = np.abs(array.astype(np.float64) - expected)
        right = (error <= rtol * size) | (array == expected)  # infinities of one sign
        nearly = right | (error <= NEARLY * size)
    lost = bool(rtol and nearly.all())
    if not right.all() and not (lost and _takes_nearly.get()):
        index = _first(~right)
        with np.errstate(all="ignore"):
            more = (
                lost_digits(array, error, size, rtol)
                if lost
                else relation(array, expected)
            )
        unlike = {} if elementwise else {"scale": float(size[index])}
        shown = numbers(expected[index], array[index], **unlike)
        raise Wrong(
            (
                f"The first wrong entry is {output}{_subscript(index)}"
                if index
                else f"`{output}` is wrong"
            ),
            output=output,
            index=index,
            expected=shown[0],
            given=shown[1],
            kind="digits" if lost else "value",
            remark=more,
            finite=bool(np.isfinite(array[np.isfinite(expected)]).all()),
        )
    is_array = isinstance(given, np.ndarray) and (
        given.ndim or given.dtype != np.float64
    )
    if dtype is not None and is_array and given.dtype != dtype:
        raise Wrong(
            f"The values of `{output}` are right, but its dtype is not that of the"
            " input.",
            output=output,
            expected=str(np.dtype(dtype)),
            given=str(given.dtype),
            kind="dtype",
        )


def exact(given, expected, output, rtol=1e-12):
    """`given` is `expected` to nearly all digits, each entry measured against itself.

    For the check of a task that is about digits: an epsilon in a logarithm or beside a
    length, a float32 on the way, the difference of two large numbers. Write
    ``about="digits"`` at that check, and a loss of digits is charged there and in no
    other check of the task.
    """
    close(given, expected, output, rtol, elementwise=True)


def agrees(given, own, output, function_name, rtol=1e-9):
    """`given` is what follows from another function of the same student.

    Zeros or infinities would follow from an answer that does nothing, and show nothing.
    """
    if not (np.isfinite(own).all() and np.any(own)):
        raise Wrong(
            f"This check needs your `{function_name}` too, and what follows from it is"
            " 0 everywhere, or not finite.",
            output=output,
            kind="needs",
        )
    close(given, own, output, rtol)


def shaped(given, shape, output):
    """`given` as an array of real numbers, of exactly this shape."""
    if given is None:
        raise Wrong(
            f"`{output}` is None. Is a `return` missing?", output=output, kind="shape"
        )
    array = _array(given)
    if array is None:
        raise Wrong(
            f"`{output}` is {len(given)} results, of different shapes or kinds, where"
            " one array is expected.",
            output=output,
            kind="shape",
        )
    if array.shape != shape:
        raise Wrong(
            f"`{output}` has another shape.{_how_shapes_differ(array.shape, shape)}",
            output=output,
            expected=f"shape {shape}",
            given=f"shape {array.shape}",
            kind="shape",
        )
    if array.dtype.kind == "c":
        raise Wrong(
            f"`{output}` is complex.",
            output=output,
            expected="real numbers",
            given=str(array.dtype),
            kind="dtype",
        )
    return array


def _array(value):
    """The plain result of an answer as one array of numbers, or None: a tuple may hold
    rows, but also things of which no array can be made."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biufc" else None


def _how_shapes_differ(given, expected):
    if len(given) > 1 and given[::-1] == expected:
        return " It looks transposed."
    if given == tuple(length for length in expected if length != 1):
        return (
            " Axes of length 1 are missing: a batch of one is a batch (np.squeeze takes"
            " them away)."
        )
    return ""


def same(first, second, part=None, entrywise=False):
    """Whether two outcomes agree: the same exception, or the same values and shapes.

    With `part`, a tuple's other results are left aside. Dtypes are, too: a mistake is
    the same mistake in another dtype. The tolerance is relative to the largest entry,
    or with `entrywise` to each.
    """
    if first.failure or second.failure:
        return (first.failure, _exception(first)) == (
            second.failure,
            _exception(second),
        )
    return _same_value(_part(first.value, part), _part(second.value, part), entrywise)


def _part(value, part):
    several = isinstance(value, tuple) and part is not None and part < len(value)
    return value[part] if several else value


def _same_value(first, second, entrywise):
    if isinstance(first, tuple) or isinstance(second, tuple):
        return (
            isinstance(first, tuple)
            and isinstance(second, tuple)
            and len(first) == len(second)
            and all(
                _same_value(a, b, entrywise) for a, b in zip(first, second, strict=True)
            )
        )
    if first is None or second is None:
        return first is second
    if isinstance(first, Fingerprint):
        return first.same(second, entrywise)
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape:
        return False
    rtol = RTOL[np.float32 in (a.dtype, b.dtype)]
    if entrywise:
        return bool(np.allclose(a, b, rtol=rtol, atol=0.0, equal_nan=True))
    finite = np.abs(b[np.isfinite(b)])
    scale = float(finite.max()) if finite.size else 0.0
    return bool(np.allclose(a, b, rtol=0.0, atol=rtol * scale, equal_nan=True))


def _exception(outcome):
    """The type of exception that the message of a failed call tells of."""
    return outcome.message.partition(" with ")[2].partition(":")[0].rstrip(".")


def _first(wrong):
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))


def _subscript(index):
    return "[" + ", ".join(str(i) for i in index) + "]"
