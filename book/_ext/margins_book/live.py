"""What a page needs to run its cells: the book's own code and data, packed.

One version names every file, so that a browser never mixes those of two builds and
never asks again for what it has.
"""

import hashlib
import io
import re
import zipfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from grader.teacher import handout
from margins_book import publish
from margins_book.pyproject import ROOT
from mlcore.datasets import embedded

# The two packages of the handout; the rest of it is for a student's own folder.
OF_HANDOUT = ("exercises", "grader")
DOORS = ("exercises/__main__.py", "grader/__main__.py")
OF_CHECKOUT = ("mlcore", "margins")
# Packages that Pyodide has not, and what of them a browser has no use for.
PACKAGES = {
    "array_api_compat": ("torch", "dask", "cupy", "tests", "vendor_tests"),
    "tqdm": ("contrib", "notebook.py", "tk.py", "gui.py"),
    "platformdirs": ("windows.py", "macos.py", "android.py"),
}
# Of the book's own code, what comes only to a page that asks for results.
WITH_RESULTS = re.compile(
    r"margins/(experiments|judge|benchmarks|results/\w+\.jsonl)\b"
)
DISPLAY = "margins/live/display.py"
DATA = {"mnist-5k": embedded.MNIST_5K, "digits": embedded.DIGITS}


def code_version() -> str:
    """A checksum of all that goes into the files, before they are made."""
    digest = hashlib.sha256()
    for package in PACKAGES:
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

    Grader and exercises are those of the handout: no solution, no wrong answer.
    """
    packed = {
        name: contents
        for name, contents in handout.contents().items()
        if name.partition("/")[0] in OF_HANDOUT
    }
    packed |= {name: (ROOT / name).read_bytes() for name in DOORS}
    packed |= {
        name: contents
        for name, contents in _own().items()
        if not WITH_RESULTS.match(name)
    }
    for package, without in PACKAGES.items():
        packed |= _installed(package, without)
    packed["IPython/__init__.py"] = b""
    packed["IPython/display.py"] = (ROOT / DISPLAY).read_bytes()
    return packed


def results() -> dict[str, bytes]:
    """The files of ``results.zip``."""
    return {
        name: contents for name, contents in _own().items() if WITH_RESULTS.match(name)
    }


def _own():
    """The library and the book's own code, by name."""
    paths = (path for room in OF_CHECKOUT for path in (ROOT / room).rglob("*.*"))
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and path.suffix != ".pyc"
    }


def _installed(package, without):
    folder = Path(str(files(package)))
    return {
        path.relative_to(folder.parent).as_posix(): path.read_bytes()
        for path in folder.rglob("*.py")
        if not set(path.relative_to(folder).parts) & set(without)
    }


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


def set_version(app):
    app.margins_live = code_version()


def add_to_page(app, pagename, templatename, context, doctree):
    context["margins_live"] = app.margins_live
    if 'class="cell ' in context.get("body", ""):
        app.add_js_file("live/live.js", loading_method="defer")


def write_files(app, error):
    if error is not None or app.builder.name != "html":
        return
    if any(publish.is_notebook(app, docname) for docname in app.env.found_docs):
        write(Path(app.outdir) / "_static" / "live", app.margins_live)


def setup(app):
    app.add_css_file("live/live.css")
    app.connect("builder-inited", set_version)
    app.connect("html-page-context", add_to_page)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
