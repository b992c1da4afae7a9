"""Nothing that a browser is sent holds an answer.

    python -m tools.browser.live_leaks [SITE]

Looks into everything under ``_static/live`` and ``lite``, archives and packed checks
included, and into the exercises of the pages, for lines of a solution or of a wrong
answer that neither the students' file nor the library shows. The chapters themselves,
as pages or as notebooks, show what they show.
"""

import ast
import base64
import contextlib
import gzip
import io
import re
import sys
import zipfile
import zlib
from pathlib import Path

from tools import ROOT, SITE

BEGIN = "# BEGIN " + "SOLUTION"
THEIRS = re.compile(r"(solution|misconceptions|tasks)\.py$|grader/teacher/")
# A shorter line says little: the library has it as well.
LEAST = 35
TASK = re.compile(r'<details class="live-(?:task|answers).*?</details>', re.S)


def main(site=SITE):
    found = leaks(Path(site))
    if found:
        sys.exit("\n".join(found))
    print("no answer is in what a browser is sent")


def wanted():
    """Every line to look for, and the chapter whose answers it belongs to."""
    library = "".join(
        path.read_text(encoding="utf-8")
        for room in ("mlcore", "margins")
        for path in (ROOT / room).rglob("*.py")
    )
    return {
        line: folder.name
        for folder in sorted((ROOT / "exercises").glob("[0-9]*"))
        for line in answers(folder)
        if line not in library
    }


def leaks(site):
    """Places of the built folder `site` that hold a line of an answer, in words."""
    lines = wanted()
    problems = []
    for name, text in sent(site):
        if THEIRS.search(name):
            problems.append(f"{name}: a file of the teacher's")
        if BEGIN in text:
            problems.append(f"{name}: a solution's mark")
        problems += [
            f"{name}: a line of {chapter}'s answers: {line}"
            for line, chapter in lines.items()
            if line in text
        ]
    return problems


def answers(folder):
    """Long lines of code of a chapter's solution and wrong answers, without those that
    its students' file shows."""
    shown = "".join(
        (folder / name).read_text(encoding="utf-8")
        for name in ("answers.py", "given.py")
        if (folder / name).exists()
    )
    lines = set()
    for name in "solution.py", "misconceptions.py":
        lines |= code((folder / name).read_text(encoding="utf-8"))
    return {
        line
        for line in lines
        if len(line) >= LEAST
        and not line.startswith(("#", "for "))
        and line not in shown
    }


def code(source):
    """The lines inside of functions, without strings and comments."""
    inside, strings = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            inside.update(range(node.body[0].lineno, node.end_lineno + 1))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.update(range(node.lineno, node.end_lineno + 1))
    lines = source.splitlines()
    return {lines[n - 1].partition("  #")[0].strip() for n in inside - strings}


def sent(site):
    """Name and text of all that is sent, however it is packed."""
    for folder in site / "_static" / "live", site / "lite":
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(site).as_posix()
            if not name.startswith("lite/files/"):
                yield from unpacked(name, path.read_bytes())
    for path in sorted((site / "book").glob("*.html")):
        tasks = TASK.findall(path.read_text(encoding="utf-8"))
        yield path.relative_to(site).as_posix(), "\n".join(tasks)


def unpacked(name, content):
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from unpacked(f"{name}/{member}", archive.read(member))
        return
    yield name, content.decode(errors="replace")
    for pack in content, *(content.splitlines()[-2:] if b"packed" in content else ()):
        for undo in gzip.decompress, zlib.decompress, from_base85:
            with contextlib.suppress(OSError, EOFError, ValueError, zlib.error):
                yield name, undo(pack).decode(errors="replace")


def from_base85(content):
    return zlib.decompress(base64.b85decode(content))


if __name__ == "__main__":
    main(*sys.argv[1:2])
