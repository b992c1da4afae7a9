"""The cells of one page: one namespace, and each cell a file of its own to Python."""

import ast
import linecache
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from margins.live import kept, outputs

Post = Callable[[dict], None]


def run(cell: int, source: str, post: Post) -> dict:
    """Run a cell and show what it prints, displays and ends with.

    Parameters
    ----------
    cell : int
        Its number on the page, from 1; tracebacks name it.
    source : str
    post : callable
        Takes the messages ``stream``, ``text``, ``html`` and ``error``.

    Returns
    -------
    dict
        ``{"ok": whether it ended without an error}``.
    """
    name = file_name(cell)
    with outputs.shown(post):
        try:
            remember(name, source)
            _execute(ast.parse(source, name), name)
            outputs.open_figures()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = failure(error, name)
            short = traceback.format_exception_only(error)[-1].strip()
            outputs._post({"kind": "error", "text": text, "short": short})
            return {"ok": False}
    return {"ok": True}


def restore(cell: int, source: str, path: str, post: Post) -> dict:
    """Put what a cell made when the book was built in the place of running it.

    Its imports, functions and classes are defined anew; what it computed is read from
    `path`, see `margins.live.kept`.

    Returns
    -------
    dict
        As of `run`.
    """
    name = file_name(cell)
    remember(name, source)
    names, again = kept.unpacked(Path(path).read_bytes())
    definitions, assignments = quick(ast.parse(source, name), again)
    with outputs.shown(lambda message: None):
        # A kept value may be of a class of the cell, and data be cut by a kept value.
        _execute(definitions, name)
        for word, value in names.items():
            namespace()[word] = pickle.loads(value)
        _execute(assignments, name)
    return {"ok": True}


def quick(tree: ast.Module, again: list[str]) -> tuple[ast.Module, ast.Module]:
    """The definitions of a cell, and what gives a value to a name that was not kept."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    definitions = [node for node in tree.body if isinstance(node, kinds)]
    assignments = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign) and set(again) & set(assigned(node))
    ]
    return ast.Module([*definitions], []), ast.Module([*assignments], [])


def assigned(node: ast.AST) -> list[str]:
    """The plain names that a statement gives a value to.

    Examples
    --------
    >>> assigned(ast.parse("a, b = 1, 2").body[0])
    ['a', 'b']
    """
    return [
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    ]


def namespace() -> dict:
    """Where the cells live: the names of ``__main__``."""
    return vars(sys.modules["__main__"])


def file_name(cell: int) -> str:
    """What Python calls the file of a cell.

    Examples
    --------
    >>> file_name(3)
    '<cell 3>'
    """
    return f"<cell {cell}>"


def remember(name: str, source: str) -> None:
    """Let tracebacks, and the grader, read a cell's lines."""
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = len(source), None, lines, name


def _execute(tree, name):
    """Run the statements; a last one that is an expression is displayed."""
    last = (
        tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    )
    exec(compile(tree, name, "exec"), namespace())
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), namespace())
        if value is not None:
            outputs.display(value)


def failure(error: BaseException, name: str) -> str:
    """A traceback that begins in the cell `name`, without what called it."""
    place = error.__traceback__
    while place and place.tb_frame.f_code.co_filename != name:
        place = place.tb_next
    return "".join(traceback.format_exception(type(error), error, place))
