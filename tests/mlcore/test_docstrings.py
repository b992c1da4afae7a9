"""What a public function says of itself: what it raises, and the types it takes.

Read from the source, so that nothing need be imported or called.
"""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

#: Packages and modules whose public functions are held to it.
AREAS = ("mlcore",)
#: It asks a check what is wrong, and returns what it hears.
CATCHES = {"breakdown.py: explained"}
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def modules(area):
    """The files of a module, or of a package and of what is in it."""
    spec = importlib.util.find_spec(area)
    if spec.submodule_search_locations is None:
        return [Path(spec.origin)]
    return sorted(Path(spec.origin).parent.rglob("*.py"))


def is_public(node):
    return not node.name.startswith("_")


def public_parts(tree):
    """Each public function, class and method: its name, node and the docstrings about
    it, its own and its class's."""
    for node in tree.body:
        if not isinstance(node, (*FUNCTION, ast.ClassDef)) or not is_public(node):
            continue
        own = ast.get_docstring(node) or ""
        yield node.name, node, own
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, FUNCTION) and is_public(method):
                    of_both = f"{own}\n{ast.get_docstring(method) or ''}"
                    yield f"{node.name}.{method.name}", method, of_both


def own_statements(node):
    """All that is written in a function; in a class, what its public methods do not
    answer for themselves."""
    if isinstance(node, FUNCTION):
        yield from ast.walk(node)
        return
    for part in node.body:
        if not isinstance(part, FUNCTION) or not is_public(part):
            yield from ast.walk(part)


def can_raise(node):
    """Whether it raises, or calls a check. An abstract method raises only until it is
    written."""
    for part in own_statements(node):
        if isinstance(part, ast.Raise):
            what = part.exc.func if isinstance(part.exc, ast.Call) else part.exc
            if getattr(what, "id", None) != "NotImplementedError":
                return True
        if isinstance(part, ast.Call):
            called = getattr(part.func, "id", getattr(part.func, "attr", ""))
            if called.startswith("check_"):
                return True
    return False


def unannotated(node):
    """The names of parameters without a type, and "return" where it has none."""
    everything = node.args
    names = [*everything.posonlyargs, *everything.args, *everything.kwonlyargs]
    names += [one for one in (everything.vararg, everything.kwarg) if one]
    missing = [p.arg for p in names if p.annotation is None]
    missing = [name for name in missing if name not in ("self", "cls")]
    return missing if node.returns else [*missing, "return"]


def without_raises(tree):
    heading = re.compile(r"^ *Raises\n *-{6}$", re.M)
    return [
        name
        for name, node, docstring in public_parts(tree)
        if can_raise(node) and not heading.search(docstring)
    ]


def without_types(tree):
    return [
        f"{name}({', '.join(missing)})"
        for name, node, _ in public_parts(tree)
        if isinstance(node, FUNCTION) and (missing := unannotated(node))
    ]


def found_in(area, looked_for):
    trees = {p: ast.parse(p.read_text(encoding="utf-8")) for p in modules(area)}
    return [
        f"{p.name}: {name}" for p, tree in trees.items() for name in looked_for(tree)
    ]


@pytest.mark.parametrize("area", AREAS)
def test_what_raises_says_so(area):
    """Whoever catches an error must not have to read the code to know which."""
    assert set(found_in(area, without_raises)) <= CATCHES


@pytest.mark.parametrize("area", AREAS)
def test_public_signatures_are_typed_in_full(area):
    assert not found_in(area, without_types)


SILENT = '''
def refuses(a: int) -> int:
    """Says nothing."""
    raise ValueError

def checks(a: int) -> None:
    """Says nothing."""
    validation.check_number("a", a, 0, 1)

def says(a: int) -> None:
    """Says it.

    Raises
    ------
    ValueError
    """
    check_number("a", a, 0, 1)

def abstract(a: int) -> None:
    """Not yet."""
    raise NotImplementedError

class Thing:
    """Says nothing."""

    def __post_init__(self):
        check_number("a", self.a, 0, 1)

    def method(self, a, *rest, b: int = 0):
        """Says nothing."""
        raise ValueError
'''


def test_control_silence_is_seen():
    tree = ast.parse(SILENT)
    assert without_raises(tree) == ["refuses", "checks", "Thing", "Thing.method"]
    assert without_types(tree) == ["Thing.method(a, rest, return)"]
