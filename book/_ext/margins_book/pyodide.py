"""Where the pages' Python comes from: a content network, or a folder beside them.

By default the first click on a page takes the Pyodide of ``pyodide.json``, pinned by
its path and, file by file, by the sums of npm's package of that version, which the
address serves unchanged (``python -m tools.pin_pyodide`` reads them again). Its
packages have their sums in its lock, which is one of these files.

``make book PYODIDE=DIR`` copies what the pages need of a distribution unpacked in
``DIR`` to ``_static/pyodide``, and they work without a network. Any version since
0.27 will do. The checks take 0.27.7, the latest that wheels alone can bring, and the
two differ in this:

============== ================== ======================= ===========================
\\              314.0.7            0.27.7                  what the book does about it
============== ================== ======================= ===========================
Python         3.14.2             3.12.7                  nothing newer than 3.12
NumPy          2.4.6, the book's  2.0.2                   no ``cumulative_sum``, no
                                                          method on a NumPy scalar
SciPy          1.18.0             1.14.1, and OpenBLAS    intervals only
matplotlib     3.10.8             3.8.4                   same pictures, other ids
its program    ``asm.mjs``        ``asm.js``, classic     ``pyodide.js`` takes both
its options    lock as an object  lock by address only    the copied lock is cut here
============== ================== ======================= ===========================
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

from margins_book import lite

PINNED = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""What the pages are told by default: addresses, and what must lie there."""

# A page imports no other package that has to be compiled.
USED = ("numpy", "matplotlib", "scipy")
# Matplotlib asks for them to write PDF, for dates, and to draw into a page by itself.
UNNEEDED = PINNED["unneeded"]

LOCK = "pyodide-lock.json"
PROGRAM = ("pyodide.mjs", "pyodide.asm.wasm", "python_stdlib.zip")


def copied(source, target, used=USED, program=PROGRAM):
    """Copy a distribution, and return what the pages are told of it.

    Parameters
    ----------
    source : Path
        The folder into which a release of Pyodide was unpacked.
    target : Path
        The folder beside the pages; what was in it is removed.
    used : sequence of str
        Packages, which come with those that they need in their turn.
    program : sequence of str
        Pyodide's own files.

    Returns
    -------
    dict
        As `PINNED`: addresses as seen from ``_static/live``, and no sums, since who
        changes these files can change the pages. A lock need not say its version.

    Raises
    ------
    ValueError
        If there is no Pyodide in `source`, or a package is missing or not the one in
        its lock.
    """
    if missing := [name for name in (LOCK, *program) if not (source / name).is_file()]:
        raise ValueError(f"PYODIDE={source} holds no Pyodide: no {missing[0]} in it")
    lock = json.loads((source / LOCK).read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package["depends"] = [n for n in package["depends"] if n not in UNNEEDED]
    names = closure(lock["packages"], used)
    files = [*program, *(p.name for p in source.glob("pyodide.asm.*js"))]
    files += [_checked(source, lock["packages"][name]) for name in names]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in files:
        shutil.copyfile(source / file, target / file)
    (target / LOCK).write_text(json.dumps(lock, sort_keys=True), encoding="utf-8")
    return {
        "version": lock["info"].get("version"),
        "runtime": f"../{target.name}/",
        "packages": f"../{target.name}/",
        "integrity": {},
        "unneeded": [],
    }


def closure(packages, names):
    """`names` and all that they depend on, each once, in the lock's own spelling.

    >>> closure({"a": {"depends": ["b"]}, "b": {"depends": []}}, ["a"])
    ['a', 'b']
    """
    found, waiting = {}, list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = True
            waiting += [
                key.lower().replace("_", "-") for key in packages[name]["depends"]
            ]
    return list(found)


def _checked(source, package):
    path = source / package["file_name"]
    if not path.is_file():
        raise ValueError(f"PYODIDE={source} lacks {path.name}, which the pages use")
    if hashlib.sha256(path.read_bytes()).hexdigest() != package["sha256"]:
        raise ValueError(f"{path} is not the file that Pyodide's lock names")
    return path.name


def write(app, error):
    """Tell the pages, in ``_static/live/pyodide.json``, where their Python is."""
    if error is not None or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    target = static / "pyodide"
    if folder := os.environ.get("PYODIDE"):
        source = Path(folder).expanduser().resolve()
        if lite.wanted():
            used, program = USED + lite.PACKAGES, PROGRAM + lite.PROGRAM
            facts = copied(source, target, used, program)
        else:
            facts = copied(source, target)
    else:
        shutil.rmtree(target, ignore_errors=True)
        facts = PINNED
    (static / "live").mkdir(exist_ok=True)
    (static / "live" / "pyodide.json").write_text(json.dumps(facts), encoding="utf-8")
