"""The students' file in pieces: a head, and for each task what it is answered in.

A page has one editor for each piece. Cutting loses nothing: the pieces, one after the
other, are the file, byte by byte.
"""

import ast
import re
from typing import Any

from grader.engine import chapters
from grader.sandbox.inside.calls import not_python

FILE = "answers.py"
# What Python counts as a line; `str.splitlines` knows more ends than it does.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DEFINES = re.compile(r"(?:async\s+)?def\s+(\w+)")
# In the place of a piece that is no Python: what calls it hears that it is not there.
_MENDED = "def {}(*_, **__): raise NotImplementedError"


def stub(chapter: str) -> dict[str, Any]:
    """A chapter's file with nothing answered, cut, and what a page shows beside it.

    Parameters
    ----------
    chapter : str
        Its number, such as "04".

    Returns
    -------
    dict
        What `parts` gives, with the chapter's ``number`` and ``title``; each piece has
        its task's ``title``, ``points`` and ``section`` (the heading to read again)
        too.

    Raises
    ------
    LookupError
        If there is no such chapter.
    """
    folder = chapters.folder(chapter)
    found = chapters.chapter(folder)
    cut = parts(chapter, chapters.stub(folder))
    for piece in cut["pieces"]:
        task = found.task(piece["task"])
        piece |= {
            "title": task.title,
            "points": task.points,
            "section": task.section,
        }
    return {"number": found.number, "title": found.title, **cut}


def parts(chapter: str, text: str) -> dict[str, Any]:
    """Cut a students' file into its head and one piece a task.

    A piece begins with the task's function, its decorators, and the comment lines right
    above; it ends where the next one begins, so that blank lines and helpers go with
    the piece above them. A file that is not Python is cut where a line begins with the
    ``def`` of a task.

    Parameters
    ----------
    chapter : str
        Its number, such as "04".
    text : str
        The file.

    Returns
    -------
    dict
        ``head`` is a text, ``pieces`` a list of dicts in the order of the file: the
        ``task`` ("04.2"), its ``function``, the ``text``, and the number of its first
        ``line`` in the file, from 1. ``missing`` lists the tasks without a piece.

    Raises
    ------
    LookupError
        If there is no such chapter.
    """
    tasks = {
        task.function: task.id
        for task in chapters.chapter(chapters.folder(chapter)).tasks
    }
    lines = _LINE.findall(text)
    starts: dict[str, int] = {}
    for name, line in _definitions(text, lines):
        if name in tasks and name not in starts:
            while line > 0 and lines[line - 1].startswith("#"):
                line -= 1
            starts[name] = line
    ends = [*starts.values(), len(lines)]
    pieces = [
        {
            "task": tasks[name],
            "function": name,
            "text": "".join(lines[start:end]),
            "line": start + 1,
        }
        for (name, start), end in zip(starts.items(), ends[1:], strict=True)
    ]
    missing = [task for name, task in tasks.items() if name not in starts]
    return {"head": "".join(lines[: ends[0]]), "pieces": pieces, "missing": missing}


def join(cut: dict[str, Any]) -> str:
    """The file of a head and pieces; a line that was left open is ended.

    Parameters
    ----------
    cut : dict
        As `parts` gives it; of each piece the ``text`` is used.
    """
    texts = [cut["head"], *(piece["text"] for piece in cut["pieces"])]
    ended = [t if not t or t[-1] in "\r\n" else f"{t}\n" for t in texts[:-1]]
    return "".join([*ended, texts[-1]])


def mended(cut: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The file with empty answers in the place of pieces that are not Python.

    A syntax error in one editor must not take the points of the others.

    Returns
    -------
    text : str
        With every other line at its number.
    broken : dict
        From the task of each such piece to the sentence on it. Empty if the file is
        Python as it is, or would not be with any pieces left out.
    """
    whole = join(cut)
    if not _error(whole):
        return whole, {}
    broken, pieces, line = {}, [], 1 + len(_LINE.findall(join(cut | {"pieces": []})))
    for piece in cut["pieces"]:
        text = piece["text"]
        count = len(_LINE.findall(text))
        if error := _error("\n" * (line - 1) + text):
            broken[piece["task"]] = not_python(error, FILE)
            text = _MENDED.format(piece["function"]) + "\n" * max(count, 1)
        pieces.append({"text": text})
        line += count
    text = join(cut | {"pieces": pieces})
    return (whole, {}) if _error(text) else (text, broken)


def _definitions(text, lines):
    """The names that the file defines as functions, each with the index of its line."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = enumerate(map(_DEFINES.match, lines))
        yield from ((match[1], line) for line, match in found if match)
        return
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min(n.lineno for n in (node, *node.decorator_list))
            yield node.name, first - 1


def _error(text):
    """The `SyntaxError` of a text, or None."""
    try:
        compile(text, FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return None  # no matter of one piece: whoever imports the file will say so
    return None
