"""Gather the published notebooks, and try them in a new environment.

    python -m tools.notebooks gather    writes _build/notebooks
    python -m tools.notebooks try       runs each in an empty folder

Run by ``make notebooks`` and ``make check-notebooks``, which say where ``margins_book``
is. The folder is what the publishing job pushes to the branch that Colab and Binder
read.
"""

import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import nbformat
from margins_book import publish
from margins_book.pyproject import project, repository

from tools import BUILD, ROOT, SITE

PUBLISHED = SITE / "_sources" / "book"
OUT = BUILD / "notebooks"

# It grades with the solutions, which the package leaves out.
WANTS_A_COPY = "for-teachers.ipynb"

README = """\
The chapters of *Margins* as notebooks, with their outputs, as the last build published
them. The first cell of each installs what is missing. Made by `make notebooks`; do not
edit here.
"""


def gather() -> None:
    """Copy the notebooks beside what Binder needs to run them; all or nothing."""
    notebooks = sorted(PUBLISHED.glob("*.ipynb"))
    if not notebooks:
        sys.exit(
            f"no notebooks in {PUBLISHED.relative_to(ROOT)}: run `make book` first"
        )
    new = OUT.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for path in notebooks:
        shutil.copyfile(path, new / path.name)
    (new / "README.md").write_text(README, encoding="utf-8")
    if address := repository():
        needs = publish.requirement(project()["version"], address)
        (new / "requirements.txt").write_text(needs + "\n", encoding="utf-8")
    shutil.rmtree(OUT, ignore_errors=True)
    new.rename(OUT)
    print(f"{len(notebooks)} notebooks in {OUT.relative_to(ROOT)}")


def try_all() -> None:
    """Run each notebook as on a machine that has Jupyter, this version of the package,
    no more."""
    notebooks = sorted(set(OUT.glob("*.ipynb")) - {OUT / WANTS_A_COPY})
    if not notebooks:
        sys.exit("no notebooks: run `make notebooks` first")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        python = environment(folder)

        def timed(path):
            begin = time.monotonic()
            error = run(python, path, folder)
            seconds = f"({time.monotonic() - begin:.0f} s)"
            print("failed" if error else "ran", path.name, seconds, flush=True)
            return error

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            errors = [error for error in pool.map(timed, notebooks) if error]
    if errors:
        sys.exit("\n" + "\n\n".join(errors))


def environment(folder: Path) -> Path:
    """What a notebook server has, and what the first cell adds: the newest versions.

    The published cell installs a tag of the repository; the one that is run here is the
    same but for the place, which is this tree.
    """
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    if subprocess.run(
        [*pip, "install", "ipykernel", "nbclient"], check=False
    ).returncode:
        sys.exit("pip could not install Jupyter: see above")
    source = publish.first_cell(
        project()["version"], f"mlcore[notebook] @ {ROOT.as_uri()}"
    )
    source += "\nimport mlcore"  # where %pip fails, it only prints
    path = folder / "install.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path
    )
    if error := run(python, path, folder):
        sys.exit(f"The first cell did not install the package.\n\n{error}")
    return python


def run(python: Path, path: Path, folder: Path) -> str:
    """Execute one notebook in an empty folder; the end of its error, or nothing."""
    empty = Path(tempfile.mkdtemp(dir=folder))
    copy = shutil.copyfile(path, empty / path.name)
    command = [
        str(python),
        "-m",
        "jupyter",
        "execute",
        "--inplace",
        "--timeout=300",
        copy.name,
    ]
    # Neither data that were fetched before, nor modules and kernels of ours, may help.
    env = os.environ | {"HOME": str(folder / "home"), "OPENBLAS_NUM_THREADS": "1"}
    for name in "MLCORE_DATA", "PYTHONPATH", "JUPYTER_PATH", "XDG_CACHE_HOME":
        env.pop(name, None)
    done = subprocess.run(
        command, cwd=empty, env=env, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else f"{path.name}\n{done.stderr[-2000:]}"


if __name__ == "__main__":
    {"gather": gather, "try": try_all}[sys.argv[1]]()
