"""The source of a function of a notebook, with what it needs of the other cells.

A function cannot travel to another process; its source can, together with the functions
that it calls, `import` lines for the modules that it uses, and the numbers and words
that it reads. What else it needs is named: to leave it out silently would make a right
answer wrong.
"""

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import NamedTuple

import numpy as np

from grader.sandbox.inside.calls import LIBRARY, NOT_HERE, ONLY_NUMPY

LONGEST = 1000  # characters of a constant


def source(function: Callable, others: Iterable[Callable] = ()) -> tuple[str, str]:
    """The source of a function, and a text that defines what it needs.

    Parameters
    ----------
    function : function
        Written with ``def``, in a cell or a file.
    others : iterable of functions
        To be defined too, unless they need what cannot travel.

    Returns
    -------
    own : str
        Its source, at the lines where it stands in its cell.
    before : str
        Imports, constants, and the functions that it calls, with those that they call.

    Raises
    ------
    ValueError
        If it needs something that cannot travel, or its source is not known.
    """
    function = inspect.unwrap(function)
    found: dict[str, _Piece] = {}
    _collect(function, found)
    own = found[function.__name__].text
    for other in others:
        with_other = dict(found)
        try:
            _collect(inspect.unwrap(other), with_other)
        except ValueError:
            continue  # the check that needs it will say that it is missing
        found = with_other
    found.pop(function.__name__, None)
    # What was found last is needed by what was found first.
    pieces = sorted(reversed(found.values()), key=lambda piece: piece.rank)
    before = "\n".join(piece.text for piece in pieces)
    return "\n" * (function.__code__.co_firstlineno - 1) + own, before


class _Piece(NamedTuple):
    rank: int  # 0 an import or a constant, 1 a function, 2 another name for one
    text: str


def _collect(function, found):
    """Put a function into `found`, and what it needs of others, by name."""
    text = _text(function)
    found[function.__name__] = _Piece(1, text)
    variables = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    for name in _names(text):
        # What is no variable is local, or a mistake that will show when the function is
        # called.
        if name in found or name not in variables or _is_builtin(name, variables[name]):
            continue
        value = variables[name]
        if line := _import(name, value) or _constant(name, value):
            found[name] = _Piece(0, line)
            continue
        helper = inspect.unwrap(value) if callable(value) else value
        if not isinstance(helper, FunctionType):
            raise ValueError(
                f"`{function.__name__}` uses `{name}` of another cell, and what has the"
                f" type {type(value).__name__} does not travel to the process that runs"
                " the check. Make it inside the function."
            )
        if helper.__name__ not in found:
            _collect(helper, found)
        if helper.__name__ != name:
            found[name] = _Piece(2, f"{name} = {helper.__name__}")


def _text(function):
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>":
        raise ValueError(
            f"{function!r} has no source of its own; write it with `def`, in a cell"
        )
    try:
        return textwrap.dedent(inspect.getsource(function))
    except OSError:
        raise ValueError(
            f"the source of `{function.__name__}` is not known; define it in a cell"
            " without %% magic"
        ) from None


def _names(text):
    tree = ast.parse(text)
    return dict.fromkeys(
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
    )


def _is_builtin(name, value):
    return getattr(builtins, name, None) is value


def _import(name, value):
    """The line that imports a module, or a part of NumPy or of Python; or ""."""
    is_module = isinstance(value, ModuleType)
    if is_module:
        module, line = value.__name__, f"import {value.__name__} as {name}"
    else:
        # some of NumPy's own do not say
        module = getattr(value, "__module__", None) or "numpy"
        part = getattr(value, "__name__", name)
        line = f"from {module} import {part} as {name}"
        if getattr(sys.modules.get(module), part, None) is not value:
            return ""
    top = module.partition(".")[0]
    if top in LIBRARY:
        raise ValueError(f"`{name}` comes from `{module}`. {ONLY_NUMPY}")
    if top in (*sys.stdlib_module_names, "numpy"):
        return line
    if is_module:
        raise ValueError(f"`{name}`, the module `{module}`, {NOT_HERE}")
    return ""


def _constant(name, value):
    """The line that defines a number, a word or a short tuple of them; or ""."""
    literal = repr(value.item() if isinstance(value, np.generic) else value)
    if len(literal) > LONGEST or isinstance(value, list | dict | set):
        return ""
    try:
        return f"{name} = {literal}" if ast.literal_eval(literal) == value else ""
    except (ValueError, SyntaxError):
        return ""
