"""Whether CuPy would take a call, asked of CuPy itself, on a machine without a GPU.

Its wheel imports without a driver, so every function, ufunc and method is there to ask:
most by `inspect.signature`; methods written in Cython by the first line of their
docstrings; a ufunc by calling it on Python's numbers with the keyword in question,
which it refuses before it looks for a device.
"""

import collections
import functools
import inspect
import re

import cupy
import numpy as np

#: How often each call was bound, by name; and the calls that nothing is known of.
BOUND: collections.Counter = collections.Counter()
UNKNOWN: collections.Counter = collections.Counter()


def bind(name, theirs, args, kwargs):
    """Bind a call of CuPy's function, ufunc or method `theirs` to its signature.

    Raises
    ------
    TypeError
        If CuPy would not take these arguments.
    """
    if isinstance(theirs, cupy.ufunc):
        _bind_ufunc(name, theirs, args, kwargs)
    elif (signature := signature_of(theirs)) is None:
        UNKNOWN[name] += 1
        return
    else:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"cupy.{name}{signature}: {error}") from None
    BOUND[name] += 1


def _bind_ufunc(name, theirs, args, kwargs):
    if not theirs.nin <= len(args) <= theirs.nargs:
        raise TypeError(
            f"cupy.{name} takes {theirs.nin} arrays, and at most {theirs.nout} more to"
            f" write into; got {len(args)}"
        )
    for keyword in kwargs:
        if not takes_keyword(theirs, keyword):
            raise TypeError(f"the ufunc cupy.{name} has no keyword {keyword!r}")


@functools.cache
def takes_keyword(ufunc, keyword):
    """Whether a ufunc of CuPy has a keyword."""
    numbers = (1,) * ufunc.nin
    try:
        ufunc(*numbers, **{keyword: None})
    except TypeError as error:
        return not str(error).startswith("Wrong arguments")
    except Exception:  # it has looked for a device: the arguments were right
        return True
    return True


def result_dtype(ufunc, dtypes):
    """The dtype that a ufunc of CuPy returns for arrays of `dtypes`, or None.

    The first of its loops to which all of them can be cast, which is CuPy's own rule.
    """
    for loop in ufunc.types:
        if "E" in loop:  # bfloat16, for which NumPy has no letter
            continue
        taken, given = loop.split("->")
        if all(map(np.can_cast, dtypes, taken)):
            return np.dtype(given[0])
    return None


@functools.cache
def signature_of(function):
    """The signature of a function or method of CuPy; None if it does not tell."""
    if isinstance(function, functools.partial) and function.keywords.keys() == {"xp"}:
        function = function.func  # not that of the compatibility layer itself
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return _from_docstring(inspect.getdoc(function) or "")


def _from_docstring(text):
    """Of the line that Cython writes: ``_ndarray_base.max(self, int axis=None)``."""
    line = text.partition("\n")[0]
    match = re.fullmatch(r"[\w.]*\w\((.*)\)(?: -> .*)?", line)
    if not match:
        return None
    kind, parameters = inspect.Parameter.POSITIONAL_OR_KEYWORD, []
    for word in match[1].split(", "):
        # Without a default, and without the type in C that stands before the name.
        plain, _, default = word.partition("=")
        name = plain.split(" ")[-1]
        if name == "*":
            kind = inspect.Parameter.KEYWORD_ONLY
            continue
        own = kind
        if name.startswith("**"):
            own = inspect.Parameter.VAR_KEYWORD
        elif name.startswith("*"):
            own, kind = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.KEYWORD_ONLY
        parameters.append(
            inspect.Parameter(
                name.lstrip("*"), own, default=default or inspect.Parameter.empty
            )
        )
    return inspect.Signature(parameters)


def summary():
    """What was bound, and what could not be, in a sentence or two."""
    methods = [name for name in BOUND if name.startswith("ndarray.")]
    text = (
        f"CuPy {cupy.__version__} without a device: {sum(BOUND.values())} calls of"
        f" {len(BOUND) - len(methods)} functions and {len(methods)} methods and"
        " attributes bound to its signatures"
    )
    if UNKNOWN:
        text += f"; not bound, written in C: {', '.join(sorted(UNKNOWN))}"
    return text
