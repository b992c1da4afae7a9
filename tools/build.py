"""Build the book: execute what changed, and believe nothing that is left over.

    python -m tools.build

Run by ``make book``. Three things can make a second build lie about the first, and each
is handled here, before Sphinx starts:

* A build that failed or was killed. Sphinx does not read unchanged pages again, so a
  repeated ``-W`` build would pass in silence. A mark says that a build is under way;
  where the mark is still there, the pages' state is thrown away (executed cells stay
  cached).
* A library that changed. The cache recognises a chapter by its cells alone; a
  fingerprint of everything else they run on decides whether their outputs are still
  true.
* A damaged cache. Its files are compared with the checksums of the last good build.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from mlcore.checkpoints import write_whole
from tools import BUILD, ROOT, SITE
from tools.contents import docnames

CACHE = BUILD / ".jupyter_cache"
# Beside the outputs in the cache, and gone with them: what slow cells have made.
KEPT = CACHE / "live"
# The settings of the kernels, and nothing of the user's own.
IPYTHON = BUILD / "ipython"
UNFINISHED = BUILD / ".unfinished"
GOOD = BUILD / ".last-good.json"

# What the outputs of a chapter depend on besides its own cells.
RUNS_ON = (
    "mlcore/**/*.py",
    "margins/**/*.py",
    "margins/**/*.js",
    "margins/**/*.jsonl",
    "grader/**/*.py",
    "exercises/**/*.py",
    "requirements.lock",
)


def main():
    BUILD.mkdir(exist_ok=True)
    last = read_last_good()
    if UNFINISHED.exists():
        print("The last build did not finish: reading every page again.")
        forget(BUILD / ".doctrees", SITE)
    if last.get("runs_on") != fingerprint():
        if CACHE.exists():
            print("The library or its needs changed: executing every chapter again.")
        forget(BUILD / ".doctrees", CACHE)
    elif not CACHE.exists():
        # pages in there have outputs that no notebook could be given
        forget(BUILD / ".doctrees")
    elif damage := cache_damage(last.get("cache", {})):
        print(
            f"The execution cache is damaged ({damage}): executing every chapter again."
        )
        forget(BUILD / ".doctrees", CACHE)
    UNFINISHED.write_text("A build is under way, or did not finish.\n")
    # The fingerprint is of the sources as they were before: an edit made meanwhile
    # counts as new.
    runs_on = fingerprint()

    leftovers = (BUILD / ".doctrees").exists()
    status, warnings = jupyter_book()
    if status and not warnings and leftovers:
        # Sphinx itself broke, and on nothing in the sources: on the files of an earlier
        # build.
        print("Sphinx stopped without a word on the sources: reading every page again.")
        forget(BUILD / ".doctrees")
        status, warnings = jupyter_book()
    problems = warnings if status else missing_from_pages()
    if status or problems:
        print(*problems, sep="\n", file=sys.stderr)
        sys.exit("The book was not built: see above.")

    good = {"runs_on": runs_on, "cache": cache_checksums()}
    write_whole(GOOD, json.dumps(good).encode())
    UNFINISHED.unlink()
    print(
        "\nThe book is built. Open it with a browser:\n\n"
        f"    {(SITE / 'index.html').as_uri()}\n"
    )


def jupyter_book():
    """Run Jupyter Book; its exit status, and its warnings once more, since it buries
    them."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT]
    write_settings_of_kernels()
    process = subprocess.Popen(
        [*command, "-n", "-W", "--keep-going", *sys.argv[1:]],
        cwd=ROOT,
        # Packages of the user's own must not decide what a page shows.
        env=os.environ
        | {
            "PYTHONNOUSERSITE": "1",
            "MPLBACKEND": "agg",
            "IPYTHONDIR": str(IPYTHON),
            # Small products gain nothing from a second BLAS thread, and on a busy
            # machine the threads wait for each other: an epoch of 0.7 s took 6 s.
            "OPENBLAS_NUM_THREADS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    warnings = []
    for line in process.stdout:
        if "copying images" not in line and "Kernel is running over TCP" not in line:
            print(line, end="", flush=True)
        if re.search(
            r": (WARNING|ERROR|CRITICAL|SEVERE): |\[mystnb\.(exec|stderr)\]", line
        ):
            warnings.append(line.strip())
    return process.wait(), warnings


def write_settings_of_kernels():
    """Have each kernel keep what slow cells make, for readers' browsers."""
    begin = IPYTHON / "profile_default" / "startup" / "keep.py"
    begin.parent.mkdir(parents=True, exist_ok=True)
    begin.write_text(
        "from margins.live import keeping as _keeping\n"
        f"_keeping.keep(get_ipython(), {str(KEPT)!r})\n",
        encoding="utf-8",
    )


def read_last_good():
    try:
        return json.loads(GOOD.read_text())
    except (OSError, ValueError):
        return {}


def forget(*folders):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def fingerprint():
    """A checksum of the library, the data beside it and the pinned requirements."""
    digest = hashlib.sha256(sys.version.encode())
    for pattern in RUNS_ON:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                digest.update(f"{path.relative_to(ROOT)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def cache_checksums():
    return {
        path.relative_to(CACHE).as_posix(): checksum(path)
        for pattern in ("executed/*/base.ipynb", "live/*")
        for path in sorted(CACHE.glob(pattern))
    }


def cache_damage(known):
    """What is wrong with the execution cache, in words; empty if nothing is."""
    for path in CACHE.glob("executed/*/base.ipynb"):
        name = path.relative_to(CACHE).as_posix()
        if name in known and known[name] != checksum(path):
            return f"{name} is not what was written"
        try:
            # a file newer than the last good build: at least whole
            json.loads(path.read_bytes())
        except ValueError:
            return f"{name} is cut short"
    for name, sum_of_it in known.items():
        # a page's slow cells would have to run in the reader's browser
        if name.startswith("live/"):
            path = CACHE / name
            if not path.exists() or checksum(path) != sum_of_it:
                return f"{name}, of a slow cell, is not what was written"
    database = CACHE / "global.db"
    try:
        connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
        with contextlib.closing(connection):
            if connection.execute("pragma integrity_check").fetchone() != ("ok",):
                return "its database is inconsistent"
            hashes = [
                row[0] for row in connection.execute("select hashkey from nbcache")
            ]
    except sqlite3.Error as error:
        return f"its database: {error}"
    for key in hashes:
        if not (CACHE / "executed" / key / "base.ipynb").exists():
            return f"an executed notebook is missing, {key}"
    return ""


def missing_from_pages():
    """What a page of the contents lacks: itself, its notebook, or its outputs."""
    problems = []
    for docname in docnames():
        source = (ROOT / f"{docname}.md").read_text(encoding="utf-8")
        page = SITE / f"{docname}.html"
        if not page.exists():
            problems.append(f"{page.relative_to(ROOT)} was not written")
            continue
        text = page.read_text(encoding="utf-8")
        if (
            'class="output traceback' in text
            or "Traceback (most recent call last)" in text
        ):
            problems.append(f"{page.relative_to(ROOT)} shows a traceback")
        if "{code-cell}" not in source:
            continue
        notebook = SITE / "_sources" / f"{docname}.ipynb"
        if not notebook.exists():
            problems.append(f"{notebook.relative_to(ROOT)} was not published")
            continue
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"][1:]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        if not any(cell["outputs"] for cell in code):
            problems.append(f"{notebook.relative_to(ROOT)} has no outputs")
    return problems


if __name__ == "__main__":
    main()
