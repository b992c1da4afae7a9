"""The rooms of CONTRIBUTING.md: who may import whom, and that every signpost leads
somewhere."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Which of the project's own packages each room may import.
MAY_IMPORT = {
    "mlcore": {"mlcore"},
    "margins": {"mlcore", "margins"},
    # Copied beside answers where nothing else of this is, so each by itself.
    "grader/sandbox/inside": {"grader.sandbox.inside"},
    "grader/sandbox": {"grader.sandbox"},
    "grader/engine": {"grader.engine", "grader.sandbox"},
    "grader": {"grader"},
    "exercises": {"grader", "exercises"},
    "book/_ext": {"margins_book", "mlcore", "margins", "grader"},
    "tools": {"margins_book", "tools", "mlcore", "margins"},
}
OWN = ("mlcore", "margins", "grader", "exercises", "margins_book", "tools", "tests")
SIGNPOSTS = (
    *("README.md", "CONTRIBUTING.md", "Makefile", ".pre-commit-config.yaml"),
    *(".ci/run", ".github/workflows/book.yml"),
)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_what_it_may(room):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for file in files:
        for name in imported(file):
            if name.partition(".")[0] in OWN:
                assert any(
                    f"{name}.".startswith(f"{allowed}.") for allowed in MAY_IMPORT[room]
                ), f"{file.relative_to(ROOT)} imports {name}"


def imported(file):
    """The absolute names of all modules that a file imports, wherever in it."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join((*above, *filter(None, [node.module])))
            # A name of a package can be a module of it: both are looked at where it is.
            inner = [f"{base}.{alias.name}" for alias in node.names]
            yield from ([i for i in inner if is_module(i)] or [base])


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_the_library_names_no_chapter():
    """It serves any book, and this one's chapters may move."""
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted((ROOT / "mlcore").rglob("*.py"))
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if re.search(r"\bchapters?\b|\bappendix [A-Z\d]", line, re.IGNORECASE)
    ]
    assert not found


@pytest.mark.parametrize("name", SIGNPOSTS)
def test_every_path_and_every_module_that_is_named_exists(name):
    text = (ROOT / name).read_text("utf-8")
    tops = "|".join(path.name for path in ROOT.iterdir() if path.name[0] not in "._")
    paths = re.findall(rf"(?<![\w/.$])((?:{tops}|\.ci|\.github)/[^\s`;:|\"')]*)", text)
    # In a sentence, what is set as code and ends like a folder is meant as one.
    paths += re.findall(r"`([a-z_]+(?:/[a-z_]+)*/)`", text) if name[-2:] == "md" else []
    # Not a pattern of make's or of a sentence, to be filled.
    plain = [path for path in paths if not re.search(r"[$<(]|_,", path)]
    missing = [path for path in plain if not list(ROOT.glob(path.rstrip("/.")))]
    modules = re.findall(r"python -m ([a-z][\w.]*\w)", text)
    missing += [module for module in modules if not find_spec(module)]
    assert not missing
    assert plain or modules
