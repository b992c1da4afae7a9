"""Gather the published notebooks, and try them: ``make notebooks``, ``make check-notebooks``.

    python book/_tools/notebooks.py gather     writes _build/notebooks
    python book/_tools/notebooks.py try        runs each in an environment of its own, elsewhere

The folder is what the publishing job pushes to the branch that Colab and Binder read.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "_build" / "html" / "_sources" / "book"
OUT = ROOT / "_build" / "notebooks"
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from margins_book import project, publish, repository  # noqa: E402

README = """\
The chapters of *Margins* as notebooks, with their outputs, as the last build published them. The
first cell of each installs what is missing. Made by `make notebooks`; do not edit here.
"""


def gather():
    """Copy the notebooks beside what Binder needs to run them; all or nothing."""
    notebooks = sorted(PUBLISHED.glob("*.ipynb"))
    if not notebooks:
        sys.exit(f"no notebooks in {PUBLISHED.relative_to(ROOT)}: run `make book` first")
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


def try_all():
    """Run each notebook where nothing is but the package, as it would be installed elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        python = environment(folder)
        work = [(python, path, folder) for path in sorted(OUT.glob("*.ipynb"))]
        if not work:
            sys.exit("no notebooks: run `make notebooks` first")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            failed = [failure for failure in pool.map(lambda job: run(*job), work) if failure]
    if failed:
        sys.exit("\n\n".join(failed))
    print(f"{len(work)} notebooks run from an empty folder with only the package installed")


def environment(folder):
    """An environment with this version's wheel, and the locked versions of what it needs."""
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("mlcore-*.whl")
    # Versions without their checksums, which pip would then ask of the wheel, too.
    pins = re.findall(r"^[\w.-]+==.*?(?= \\$|$)", (ROOT / "requirements.lock").read_text(), re.M)
    (folder / "pins.txt").write_text("\n".join(pins))
    needs = [f"{wheel}[notebook]", "ipykernel", "nbclient"]
    subprocess.run([*pip, "install", "-c", folder / "pins.txt", *needs], check=True)
    return python


def run(python, path, folder):
    """Execute one notebook in an empty folder; the end of its error, or nothing."""
    empty = Path(tempfile.mkdtemp(dir=folder))
    copy = shutil.copyfile(path, empty / path.name)
    command = [python, "-m", "jupyter", "execute", "--inplace", "--timeout=300", copy.name]
    # Only what a fresh machine has: no path of ours, and one thread for each of the workers.
    clean = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    done = subprocess.run(
        command,
        cwd=empty,
        env=clean | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else f"{path.name}\n{done.stderr[-2000:]}"


if __name__ == "__main__":
    {"gather": gather, "try": try_all}[sys.argv[1]]()
