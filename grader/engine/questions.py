"""A question to an answer: in a few words, and as a script that repeats it."""

import itertools
from collections.abc import Iterable

import numpy as np

from grader.sandbox.inside.wire import Given

MOST_NAMED = 3  # rows of one kind that are counted out; of more, how many there are


def question(function: str, names: Iterable[str], arguments: tuple) -> str:
    """The call, as the student would write it, and what is special in its arrays."""
    named = dict(zip(names, arguments, strict=False))
    shown, told = [], []
    for name, value in named.items():
        short = _short(value)
        shown.append(f"{name}={short}" if short else name)
        if isinstance(value, np.ndarray) and (about := _about(value, short)):
            told.append(f"{name} {about}")
    told += _about_pairs(named)
    call = f"{function}({', '.join(shown)})"
    return f"{call}, with {'; '.join(told)}" if told else call


def script(function: str, arguments: dict, why: str) -> str:
    """A Python file that repeats a call, to lie beside answers.py.

    Parameters
    ----------
    function : str
    arguments : dict
        By name.
    why : str
        What the file is, in a sentence.
    """
    given = sorted({v.name for v in arguments.values() if isinstance(v, Given)})
    lines = [
        f'"""{why}"""',
        "",
        "import numpy as np",
        f"from answers import {function}",
    ]
    lines += [f"from given import {', '.join(given)}"] if given else []
    lines += ["from numpy import inf, nan", ""]
    lines += [f"{name} = {_code(value)}" for name, value in arguments.items()]
    return "\n".join([*lines, "", f"print({function}({', '.join(arguments)}))", ""])


def _code(value):
    if isinstance(value, Given):
        parameters = (
            f"{name}={_code(part)}" for name, part in value.parameters.items()
        )
        return f"{value.name}({', '.join(parameters)})"
    if isinstance(value, np.ndarray):
        shape = f".reshape({value.shape})" if value.size == 0 else ""
        return f"np.array({value.tolist()}, dtype=np.{value.dtype.name}){shape}"
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({value.item()!r})"
    return repr(value)


def _short(value):
    if isinstance(value, np.ndarray):
        numbers = (
            [_short(v) for v in value.tolist()]
            if value.ndim == 1 and value.size <= 4
            else ()
        )
        return f"[{', '.join(numbers)}]" if numbers else ""
    if isinstance(value, Given):
        return ""
    if isinstance(value, float):
        short = f"{value:.6g}"  # but 1.000000000000001 is not 1
        return (
            repr(value) if 0 < abs(float(short) - value) < 1e-9 * abs(value) else short
        )
    return repr(value) if isinstance(value, str) else str(value)


def _about(array, short):
    """What the call does not show: shape, dtype, and numbers out of the ordinary."""
    about = [] if short else [str(array.shape)]
    if array.dtype not in (np.float64, np.int64, np.intp):
        about.append(f"in {array.dtype.name}")
    if array.dtype.kind != "f" or short or not array.size:
        return ", ".join(about)
    if array.ndim == 2 and (rows := _rows(~array.any(axis=1))):
        about.append(f"zero in {rows}")
    if np.isnan(array).any():
        about.append("NaN in it")
    if np.isinf(array).any():
        about.append("infinities in it")
    largest = np.abs(array[np.isfinite(array)]).max(initial=0)
    if largest > 1e3 or 0 < largest < 1e-3:
        about.append(f"entries up to {largest:.1g}")
    return ", ".join(about)


def _about_pairs(named):
    """Which rows of two arrays of vectors are parallel or opposite, in words."""
    vectors = [
        (name, value.astype(np.float64))
        for name, value in named.items()
        if isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind == "f"
    ]
    for (first, a), (second, b) in itertools.pairwise(vectors):
        if a.shape != b.shape or a.shape[1] < 2:
            continue
        inner, lengths = (
            (a * b).sum(axis=1),
            np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1)),
        )
        for what, along in (("parallel", inner), ("opposite", -inner)):
            if rows := _rows((lengths > 0) & (along > (1 - 1e-9) * lengths)):
                yield f"{first} and {second} {what} in {rows}"


def _rows(which):
    numbers = np.flatnonzero(which)
    if len(numbers) == len(which) > 1:
        return "every row"
    if len(numbers) > MOST_NAMED:
        return f"{len(numbers)} rows"
    if not len(numbers):
        return ""
    *first, last = map(str, numbers)
    return f"rows {', '.join(first)} and {last}" if first else f"row {last}"
