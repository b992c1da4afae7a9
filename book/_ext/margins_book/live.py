"""What a page needs to run its cells: the book's own code and data, packed.

One version names every file, so that a browser never mixes those of two builds and
never asks again for what it has.
"""

import hashlib
import io
import json
import re
import shutil
import zipfile
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook

from grader.engine import chapters
from grader.teacher import handout
from margins.live import kept
from margins_book import publish
from margins_book.pyproject import ROOT
from mlcore.datasets import embedded

# Seconds of the build, and how many times as long a cell that trains takes in a
# browser, whose products of matrices are slow: an epoch of the digits' network took 7.1
# and 8.0 times the processor's seconds in Pyodide 0.27.7, with one thread on each side.
SLOW = 2.0
TIMES = 8
# The two packages of the handout; the rest of it is for a student's own folder.
OF_HANDOUT = ("exercises", "grader")
DOORS = ("exercises/__main__.py", "grader/__main__.py")
OF_CHECKOUT = ("mlcore", "margins")
# Packages that Pyodide has not, and what of them a browser has no use for.
PACKAGES = {
    "array_api_compat": ("torch", "dask", "cupy", "tests", "vendor_tests"),
    "tqdm": (
        *("contrib", "keras.py", "dask.py", "rich.py", "tk.py", "asyncio.py"),
        *("auto.py", "autonotebook.py", "notebook.py", "_tqdm_notebook.py"),
    ),
    "platformdirs": ("windows.py", "macos.py", "android.py"),
}
# What few cells ask for travels apart, with the results: see `margins.live.needs`.
SELDOM = re.compile(r"margins/(experiments|judge|benchmarks|results/\w+\.jsonl)\b")
SELDOM_PACKAGES = {"array_api_strict": ("tests",)}
# What the page on the judge holds implementations against; computing them takes mpmath.
VECTORS = ("tests/golden/arcface.json",)
WITHOUT_SCRIPTS = (
    '<noscript><p class="live-note">With scripts allowed, the cells of this page run'
    " and can be edited right here.</p></noscript>"
)
# A browser's Python has none, and tqdm starts one even for no bar at all.
NO_THREADS = b"\ntqdm.monitor_interval = 0\n"
# Matplotlib asks whether it runs in one.
NO_IPYTHON = b"version_info = 8, 24\n\n\ndef get_ipython():\n    return None\n"
# A figure drawn in the page has matplotlib's own letters.
FACES = "faces"
DISPLAY = "margins/live/display.py"
DATA = {"mnist-5k": embedded.MNIST_5K, "digits": embedded.DIGITS}


def code_version() -> str:
    """A checksum of all that goes into the files, before they are made."""
    digest = hashlib.sha256()
    for package in PACKAGES | SELDOM_PACKAGES:
        digest.update(f"{package} {version(package)}\0".encode())
    sources = [Path(__file__), *(ROOT / "book" / "_static" / "live").glob("*")]
    for room in ("mlcore", "margins", "grader", "exercises"):
        sources += (ROOT / room).rglob("*.*")
    for path in sorted(path for path in sources if path.is_file()):
        if path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def code() -> dict[str, bytes]:
    """The files of ``live.zip``: what a reader may have of the book's code, by name.

    The grader is that of the handout. A chapter's exercises travel apart; their folder
    is here, empty, and says that there are some.
    """
    packed = {
        name: contents
        for name, contents in _handed_out().items()
        if name.partition("/")[0] in OF_HANDOUT
    }
    for folder in chapters.folders():
        inside = f"exercises/{folder.name}/"
        packed = {n: c for n, c in packed.items() if not n.startswith(inside)}
        packed[inside] = b""
    packed |= {name: (ROOT / name).read_bytes() for name in DOORS}
    packed |= {
        name: contents for name, contents in _own().items() if not SELDOM.match(name)
    }
    packed |= installed(PACKAGES)
    packed["tqdm/__init__.py"] += NO_THREADS
    packed["IPython/__init__.py"] = NO_IPYTHON
    packed["IPython/display.py"] = (ROOT / DISPLAY).read_bytes()
    return packed


def numbers() -> list[str]:
    """The chapters that have exercises, such as "04"."""
    return [folder.name[:2] for folder in chapters.folders()]


def exercises(number: str) -> dict[str, bytes]:
    """The files of ``exercises-04.zip``, or another chapter's: no solution, no wrong
    answer."""
    of_chapter = f"exercises/{number}-"
    return {
        name: contents
        for name, contents in _handed_out().items()
        if name.startswith(of_chapter)
    }


@cache
def _handed_out():
    return handout.contents()  # runs every solution, which takes seconds


def results() -> dict[str, bytes]:
    """The files of ``results.zip``: results, and what few cells ask for."""
    own = {name: contents for name, contents in _own().items() if SELDOM.match(name)}
    own |= {name: (ROOT / name).read_bytes() for name in VECTORS}
    return own | installed(SELDOM_PACKAGES)


def _own():
    """The library and the book's own code, by name."""
    paths = (path for room in OF_CHECKOUT for path in (ROOT / room).rglob("*.*"))
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and path.suffix != ".pyc" and path.parent.name != FACES
    }


def installed(packages: dict[str, tuple[str, ...]]) -> dict[str, bytes]:
    """The modules of packages beside us, but for those that a browser cannot use."""
    found = {}
    for package, without in packages.items():
        folder = Path(str(files(package)))
        for path in folder.rglob("*.py"):
            if not set(path.relative_to(folder).parts) & set(without):
                name = path.relative_to(folder.parent).as_posix()
                found[name] = path.read_bytes()
    return found


def zipped(contents: dict[str, bytes]) -> bytes:
    """A zip of these files: the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name in sorted(contents):
            made.writestr(zipfile.ZipInfo(name), contents[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def write(folder: Path, name: str) -> None:
    """Write the packed files of version `name` into a folder, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        f"live-{name}.zip": lambda: zipped(code()),
        f"results-{name}.zip": lambda: zipped(results()),
        **{
            f"exercises-{number}-{name}.zip": (lambda n=number: zipped(exercises(n)))
            for number in numbers()
        },
        # Not .gz: some servers unpack what is called so on the way.
        **{
            f"{data}-{name}.bin": known.path().read_bytes
            for data, known in DATA.items()
        },
    }
    for old in (*folder.glob("*.zip"), *folder.glob("*.bin")):
        if old.name not in made:
            old.unlink()
    for file, make in made.items():
        if not (folder / file).exists():
            (folder / file).write_bytes(make())


def minutes(seconds: float) -> int:
    """How long a browser takes for what took so many seconds here.

    Examples
    --------
    >>> minutes(0.5), minutes(12)
    (1, 2)
    """
    return max(1, round(seconds * TIMES / 60))


def facts(cells: list, notes: Path) -> dict[int, dict]:
    """What the page has to know of some of its code cells, by their number from 1.

    Of one that is slow, or tagged so, how many ``minutes`` it takes in a browser and,
    under ``kept``, the name of what it made; of one that has it, the changes of its
    text that make it ``smaller``; of one tagged ``terminal``, that it runs
    ``elsewhere``.
    """
    found: dict[int, dict] = {}
    for number, cell in enumerate(cells, start=1):
        name = kept.key([cell.source for cell in cells[:number]])
        note = notes / f"{name}.json"
        seconds = json.loads(note.read_bytes())["seconds"] if note.exists() else 0
        tags = cell.metadata.get("tags", ())
        told = {}
        if "terminal" in tags:
            told["elsewhere"] = True
        elif (seconds >= SLOW or "slow" in tags) and (notes / f"{name}.bin").exists():
            told |= {"minutes": minutes(seconds), "kept": name}
        if smaller := cell.metadata.get("smaller"):
            told["smaller"] = smaller
        if told:
            found[number] = told
    return found


def notes_of(app):
    return publish.cache_folder(app) / "live"


def cells_of(app, docname):
    notebook = read_myst_markdown_notebook(
        Path(app.env.doc2path(docname)).read_text(encoding="utf-8"),
        config=app.env.myst_config,
        add_source_map=False,
    )
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def set_version(app):
    app.margins_live = code_version()


def add_to_page(app, pagename, templatename, context, doctree):
    """Give a page with cells the script and its facts; none is there without cells."""
    context["margins_live"] = app.margins_live
    if app.builder.name != "html" or 'class="cell ' not in context.get("body", ""):
        return
    app.add_js_file("live/live.js", loading_method="defer")
    known = facts(cells_of(app, pagename), notes_of(app))
    told = json.dumps({"cells": known}, ensure_ascii=False)
    told = told.replace("</", "<\\/")  # or it would end the script element
    first = context["body"].index('<div class="cell ')
    context["body"] = (
        f"{context['body'][:first]}{WITHOUT_SCRIPTS}{context['body'][first:]}"
        f'<script type="application/json" id="margins-live">{told}</script>'
    )


def write_files(app, error):
    if error is not None or app.builder.name != "html":
        return
    pages = [name for name in app.env.found_docs if publish.is_notebook(app, name)]
    if not pages:
        return
    folder = Path(app.outdir) / "_static" / "live"
    write(folder, app.margins_live)
    shutil.rmtree(folder / "kept", ignore_errors=True)
    (folder / "kept").mkdir()
    for page in pages:
        cells = cells_of(app, page)
        for number, told in facts(cells, notes_of(app)).items():
            if name := told.get("kept"):
                later = "\n".join(cell.source for cell in cells[number:])
                made = (notes_of(app) / f"{name}.bin").read_bytes()
                target = folder / "kept" / f"{name}-{app.margins_live}.bin"
                target.write_bytes(kept.lighter(made, later))


def setup(app):
    app.add_css_file("live/live.css")
    app.connect("builder-inited", set_version)
    app.connect("html-page-context", add_to_page)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
