"""Reads a student's file and calls a function of it: the result is an `Outcome`."""

import ast
import io
import re
import sys
import traceback
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from .wire import Given

LIBRARY = ("mlcore", "margins", "grader", "exercises")
ONLY_NUMPY = (
    "Write it from NumPy: the library holds the answer that this exercise asks you to"
    " find."
)
NOT_HERE = (
    "is not there where answers are run: only NumPy and Python's own modules are."
)
NOT_ANSWERED = "Not answered yet."
TOO_MUCH = "returned too much"
NO_NUMBERS = "returned something that is not an array of numbers"
# Whole numbers reach an answer in a type that indexes arrays. In a 32-bit Python, such
# as a browser's, int64 is none: `np.bincount(y)` would refuse the labels.
_ON_32_BITS = {np.dtype(np.int64): np.dtype(np.intp)} if np.intp(0).itemsize < 8 else {}


@dataclass(frozen=True)
class Outcome:
    """What came of one call: a `value`, or a `failure` with the sentence `message`.

    The value is a NumPy array, a Python number, None, or a tuple of those. A failure is
    one of "empty" (the stub), "needs" (the stub of another task), "missing" (no such
    function), "error", "value" (a result of no use), "timeout" and "died" (the process
    that ran it). `changed` holds the positions of the arguments that the call modified
    (the grader fills it in), and `printed` what it printed first.
    """

    value: object = None
    failure: str | None = None
    message: str = ""
    changed: tuple[int, ...] = ()
    printed: str = ""


class Printed(io.TextIOBase):
    """The standard output during a call: keeps the beginning of what is printed."""

    LIMIT = 300

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += str(text)[: self.LIMIT - len(self.text)]
        return len(text)


class Unread(Exception):
    """A student's file that defines nothing, and the sentence that says why."""


class TimeIsUp(BaseException):
    """No `Exception`: an answer's own `except Exception` must not swallow it."""


def read(
    source: bytes | str, file: str = "answers.py", before: bytes | str = ""
) -> dict[str, object]:
    """What a student's file defines, by name.

    Parameters
    ----------
    source : bytes or str
        The text of the file.
    file : str
        Its name, for messages.
    before : bytes or str
        What is run first, in the same namespace.

    Raises
    ------
    Unread
        If it is not Python, imports the library, or stops while it is imported.
    """
    module = ModuleType("answers")
    sys.modules["answers"] = module  # where dataclasses, for one, look for it
    try:
        with _quiet():
            for text, name in ((before, "before"), (source, file)):
                tree = ast.parse(text, name)
                refuse_the_library(tree, name)
                exec(compile(tree, name, "exec"), vars(module))
    except (Unread, TimeIsUp, KeyboardInterrupt):
        raise
    except SyntaxError as error:
        raise Unread(not_python(error, file)) from None
    except BaseException as error:
        raise Unread(
            f"{file} cannot be imported: it {_stopped(error, file)}."
        ) from None
    return vars(module)


def not_python(error: SyntaxError, file: str) -> str:
    """The sentence on a file that cannot be compiled."""
    line = f" in line {error.lineno}" if error.lineno else ""
    return f"{file} is not Python yet: {error.msg}{line}."


def refuse_the_library(tree: ast.AST, file: str) -> None:
    """Raise `Unread` if the parsed file imports the answers instead of giving them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.partition(".")[0] in LIBRARY:
                raise Unread(
                    f"{file} imports `{name}` in line {node.lineno}. {ONLY_NUMPY}"
                )


class NoLibrary:
    """The first of `sys.meta_path` in a worker: the library cannot be imported.

    What else there is to import is no question of names, which NumPy and Python's own
    modules have more of than any list: a worker finds nothing but these, since no other
    folder is in its path.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in LIBRARY:
            raise ImportError(f"`{name}` cannot be imported here. {ONLY_NUMPY}")


def call(
    functions: dict,
    name: str,
    arguments: tuple,
    given: ModuleType | dict | None = None,
    file: str = "answers.py",
) -> tuple[Outcome, tuple]:
    """Call one function of a student with copies of the arguments.

    Parameters
    ----------
    functions : dict
        What the student's file (or notebook) defines, by name.
    name : str
        Of the function.
    arguments : tuple
        Numbers, words, arrays and `Given` functions.
    given : module or dict or None
        What the chapter's `given.py` defines.
    file : str
        The student's file, to find the line of an error in a traceback.

    Returns
    -------
    Outcome
    after : tuple
        The arrays among the arguments as they are after the call, in their order; empty
        where it failed. Whether they changed is for the grader to see, not for the
        process that ran it.
    """
    function = functions.get(name)
    if not callable(function):
        return Outcome(failure="missing", message=_missing(name)), ()
    copies = [_hand_over(argument, given) for argument in arguments]
    printed = Printed()
    try:
        with _quiet(), redirect_stdout(printed):
            result = function(*copies)
    except (TimeIsUp, KeyboardInterrupt):
        raise
    except NotImplementedError as error:
        return _unanswered(error, name, functions), ()
    # sys.exit and pytest.skip are answers too: wrong ones
    except BaseException as error:
        message = f"`{name}` {_stopped(error, file)}."
        return Outcome(failure="error", message=message, printed=printed.text), ()
    after = tuple(
        _handed_back(copy, argument.dtype)
        for argument, copy in zip(arguments, copies, strict=True)
        if isinstance(argument, np.ndarray)
    )
    try:
        return Outcome(value=plain(result), printed=printed.text), after
    except (TimeIsUp, KeyboardInterrupt):
        raise
    except BaseException as error:
        message = f"`{name}` {NO_NUMBERS}: {error}"
        return Outcome(failure="value", message=message, printed=printed.text), ()


def speaks_for_itself(failure: str | None, message: str, name: str) -> bool:
    """Whether a failure is told as `call` tells it: a student's words come second.

    A worker that a student's code has got hold of may send any text, and no report may
    take that for what the grader has to say.
    """
    told = re.escape(f"`{name}` ")
    match failure:
        case None:
            return message == ""
        case "missing":
            return message == _missing(name)
        case "empty":
            return message == NOT_ANSWERED
        case "needs":
            return bool(
                re.fullmatch(
                    rf"{told}calls your `\w+`, which is not answered yet\.", message
                )
            )
        case "error":
            return bool(re.match(rf"{told}stopped( in line \d+)? with \w+\b", message))
        case "value":
            return bool(re.match(rf"{told}({TOO_MUCH}|{NO_NUMBERS}): ", message))
    return False


def tells_why_unread(sentence: str, file: str) -> bool:
    """Whether a sentence is one of `read`'s: again, a student's words come second."""
    ways = (
        r"is not Python yet: ",
        r"cannot be imported: it stopped( in line \d+)? with \w+",
        r"imports `[\w.]+` in line \d+\. ",
    )
    return bool(re.match(rf"({re.escape(file)}|before) ({'|'.join(ways)})", sentence))


def plain(result: object) -> object:
    """The result as an array or a Python number, or as a tuple of those.

    Raises
    ------
    Exception
        If it is something else.
    """
    if isinstance(result, tuple) or (
        isinstance(result, list) and any(isinstance(i, np.ndarray) for i in result)
    ):
        return tuple(_plain_item(item) for item in result)
    return _plain_item(result)


def _plain_item(result):
    if result is None or type(result) in (bool, float, complex):
        return result
    if type(result) is int and -(2**63) <= result < 2**64:
        return result
    array = np.array(result)  # a copy, of exactly this type
    if array.dtype.kind not in "biufc":
        raise TypeError(
            "a whole number that no array can hold"
            if isinstance(result, int)
            else f"an object of type {type(result).__name__}"
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _hand_over(argument, given):
    if isinstance(argument, Given):
        functions = given if isinstance(given, dict) else vars(given)
        return functions[argument.name](**argument.parameters)
    if isinstance(argument, np.ndarray):
        return argument.astype(_ON_32_BITS.get(argument.dtype, argument.dtype))
    return argument


def _handed_back(copy, dtype):
    """An argument after the call, in the dtype in which it came."""
    narrow = _ON_32_BITS.get(dtype)
    return copy if narrow is None or copy.dtype != narrow else copy.astype(dtype)


def too_much(name: str, error: ValueError) -> str:
    """The sentence on a result that is too large to be handed back."""
    return f"`{name}` {TOO_MUCH}: {error}."


def _missing(name):
    return f"There is no function `{name}` in your answers. Was it renamed or deleted?"


def _unanswered(error, name, functions):
    raised_by = traceback.extract_tb(error.__traceback__)[-1].name
    if raised_by == name or raised_by not in functions:
        return Outcome(failure="empty", message=NOT_ANSWERED)
    return Outcome(
        failure="needs",
        message=f"`{name}` calls your `{raised_by}`, which is not answered yet.",
    )


def _stopped(error, file):
    """ "stopped in line 3 with TypeError: ...", without a full stop."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(file)
    ]
    where = f" in line {lines[-1]}" if lines else ""
    try:
        text = str(error)
        if isinstance(error, ModuleNotFoundError) and error.name:
            text = f"`{error.name}` {NOT_HERE}"
    except BaseException:  # an exception of the student's own that cannot be printed
        text = ""
    text = f": {text}" if text else ""
    return f"stopped{where} with {type(error).__name__}{text}".rstrip(".")


@contextmanager
def _quiet():
    """NumPy's warnings tell nothing that the values, which are checked, do not."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
