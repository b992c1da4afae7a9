"""Whole chapters as notebooks of a reader's own, in JupyterLite beside the pages.

``make lite PYODIDE=DIR`` names the program that builds it in ``LITE``; without, no page
has a link to it. It takes the Python that lies beside the pages, and the book's code
from a wheel that lies beside it too, by its address: a package called mlcore on PyPI
would not be ours. The wheel holds what the pages' own Python is sent, which is what a
student gets.

JupyterLite's kernel fits some versions of Pyodide and no others. That of
``requirements-lite.lock`` is the last one for 0.27; the first for 314, 0.8.6, does not
start on 0.27.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import nbformat

from margins.live import needs
from margins_book import live, publish
from margins_book.pyproject import project

FOLDER = "lite"
FITS = "0.27."
# The kernel's own needs, beside what the pages have: of Pyodide, and one that it lacks.
PACKAGES = ("ipython", "jedi", "micropip", "sqlite3", "ssl")
PROGRAM = ("pyodide.js",)
LACKING = "comm"

SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "Margins",
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "pyodideUrl": "./../_static/pyodide/pyodide.js",
                "disablePyPIFallback": True,
            }
        },
    },
}
# Or cells out of sight are not in the page, and the browser cannot search for them.
OVERRIDES = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
# JupyterLite 0.5 asks for these and does not bring them.
ICONS = ("file", "notebook", "terminal", "console", "busy-1", "busy-2", "busy-3")

INSTALL = """\
    import piplite
    import pyodide_js
    from js import location

    await pyodide_js.loadPackage({packages})
    place = location.href.partition("/extensions/")[0]
    await piplite.install(f"{{place}}/pypi/{wheel}", deps=False)

    from margins.live import page

    page.quiet()"""

TRAINS = """\
> In a browser the next cell takes about {minutes} min; what it shows is what the
> book's own run showed. The page of the chapter offers the results of that run instead.
"""
TERMINAL = "> The next cell asks for a terminal, which a browser has not.\n"


def wanted() -> str:
    """The program that builds it, or nothing."""
    return os.environ.get("LITE", "")


def address(docname: str) -> str:
    """Where the notebook of a page opens, as seen from that page.

    Examples
    --------
    >>> address("book/04-l-softmax")
    '../lite/notebooks/index.html?path=04-l-softmax.ipynb'
    """
    *folders, name = docname.split("/")
    up = "../" * len(folders)
    return f"{up}{FOLDER}/notebooks/index.html?path={name}.ipynb"


def wheel(name: str, number: str, contents: dict[str, bytes]) -> tuple[str, bytes]:
    """Name and bytes of a wheel of these files, which asks for no other package."""
    info = f"{name}-{number}.dist-info"
    packed = contents | {
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n".encode()
        ),
        f"{info}/WHEEL": (
            b"Wheel-Version: 1.0\nGenerator: margins\nRoot-Is-Purelib: true\n"
            b"Tag: py3-none-any\n"
        ),
    }
    record = f"{info}/RECORD"
    lines = [f"{file},{_sum(packed[file])}" for file in sorted(packed)]
    packed[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    return f"{name}-{number}-py3-none-any.whl", live.zipped(packed)


def _sum(content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')},{len(content)}"


def contents() -> dict[str, bytes]:
    """All that the pages' Python is sent, with data; Jupyter has its own IPython."""
    packed = live.code() | live.results()
    for number in live.numbers():
        packed |= live.exercises(number)
    packed |= {
        "/".join(known.file): known.path().read_bytes() for known in live.DATA.values()
    }
    return {
        name: content
        for name, content in packed.items()
        if not name.startswith("IPython/") and not name.endswith("/")
    }


def notebook(published, install: str, known: dict[int, dict]):
    """The published notebook as it opens here.

    Parameters
    ----------
    published : NotebookNode
        Its first cell installs.
    install : str
        File name of the wheel.
    known : dict
        As of `live.facts`.
    """
    code = [cell for cell in published.cells if cell.cell_type == "code"]
    packages = needs.of("\n".join(cell.source for cell in code))
    code[0].source = publish.FIRST_CELL.format(
        version=project()["version"],
        install=INSTALL.format(
            packages=json.dumps(["numpy", *(p for p in packages if "." not in p)]),
            wheel=install,
        ),
    )
    for number, cell in enumerate(code[1:], start=1):
        cell.metadata["trusted"] = True  # or pictures that are HTML are not shown
        told = known.get(number, {})
        if "kept" in told:
            note = TRAINS.format(minutes=told["minutes"])
        elif "elsewhere" in told:
            note = TERMINAL
        else:
            continue
        place = published.cells.index(cell)
        said = nbformat.v4.new_markdown_cell(note, id=f"note-{number}")
        published.cells.insert(place, said)
    published.metadata["kernelspec"] = {
        "display_name": "Python (Pyodide)",
        "language": "python",
        "name": "python",
    }
    return published


def write(app, error):
    """Build it into ``lite``, of what was published; or have none."""
    if error is not None or app.builder.name != "html":
        return
    target = Path(app.outdir) / FOLDER
    shutil.rmtree(target, ignore_errors=True)
    if not wanted():
        return
    facts = json.loads((Path(app.outdir) / "_static/live/pyodide.json").read_bytes())
    if not str(facts["version"]).startswith(FITS):
        raise ValueError(
            f"JupyterLite's kernel, as locked, fits Pyodide {FITS}*, and beside the"
            f" pages is {facts['version']}: make lite needs the folder of such a one"
        )
    number = f"{project()['version']}+{app.margins_live}"
    wheels = [
        wheel("mlcore", number, contents()),
        wheel(LACKING, version(LACKING), live.installed({LACKING: ()})),
    ]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, content in wheels:
            (folder / name).write_bytes(content)
        (folder / "contents").mkdir()
        for docname in sorted(app.env.found_docs):
            path = Path(app.outdir) / "_sources" / f"{docname}.ipynb"
            if publish.is_notebook(app, docname) and path.exists():
                cells = live.cells_of(app, docname)
                known = live.facts(cells, live.notes_of(app))
                opened = notebook(nbformat.read(path, 4), wheels[0][0], known)
                # Not by nbformat: JupyterLite does not join what that cuts into lines.
                text = json.dumps(opened, ensure_ascii=False)
                (folder / "contents" / path.name).write_text(text, encoding="utf-8")
        build(folder, [name for name, _ in wheels], target)
    finish(target)


def build(folder: Path, wheels: list[str], target: Path) -> None:
    """Run JupyterLite's builder on a folder with wheels and ``contents``."""
    for name, settings in {
        "jupyter-lite.json": SETTINGS,
        "overrides.json": OVERRIDES,
    }.items():
        (folder / name).write_text(json.dumps(settings), encoding="utf-8")
    command = [wanted(), "build", "--output-dir", str(target), "--contents", "contents"]
    command += ["--apps", "notebooks", "--apps", "tree"]
    command += ["--no-sourcemaps", "--no-unused-shared-packages"]
    for name in wheels:
        command += ["--piplite-wheels", name]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"JupyterLite was not built:\n{done.stderr[-2000:]}")


def finish(target: Path) -> None:
    """What the builder leaves out: a list of the notebooks, and icons."""
    listed = target / "api" / "contents" / "all.json"
    listed.parent.mkdir(parents=True, exist_ok=True)
    notebooks = sorted((target / "files").glob("*.ipynb"))
    listed.write_text(
        json.dumps(
            _listed("", "directory", [_listed(p.name, "notebook") for p in notebooks])
        ),
        encoding="utf-8",
    )
    icons = target / "static" / "favicons"
    icons.mkdir(parents=True)
    for name in ICONS:
        shutil.copyfile(
            target / "notebooks" / "favicon.ico", icons / f"favicon-{name}.ico"
        )


def _listed(name, kind, content=None):
    """What a Jupyter server would say of a file or a folder, made right now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "name": name,
        "path": name,
        "type": kind,
        "format": content and "json",
        "mimetype": None,
        "content": content,
        "created": now,
        "last_modified": now,
        "writable": True,
        "size": None,
    }
