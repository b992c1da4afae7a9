"""Starts programs in a browser's Python: Pyodide from a folder, under Node."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

NODE = Path(__file__).with_name("python.mjs")


def run(
    pyodide: Path,
    program: Path,
    arguments: Sequence[str] = (),
    *,
    folders: dict[str, Path],
    path: Sequence[str],
    packages: Sequence[str] = ("numpy",),
) -> int:
    """Run a program, and return its exit status; what it prints is shown.

    Parameters
    ----------
    pyodide : Path
        A folder with Pyodide and the packages asked for.
    program : Path
    arguments : list of str
    folders : dict
        From the names under which the program sees folders to the folders.
    path : list of str
        Where it looks for modules.
    packages : list of str
        Of Pyodide, to be loaded first.

    Raises
    ------
    FileNotFoundError
        If there is no Node, or no Pyodide in the folder.
    """
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("there is no Node to run a browser's Python with")
    if not (pyodide / "pyodide.mjs").exists():
        raise FileNotFoundError(
            f"{pyodide} holds no pyodide.mjs; PYODIDE must name a folder with Pyodide"
        )
    asked = {
        "pyodide": str(pyodide.resolve()),
        "packages": [*packages],
        "folders": {name: str(folder) for name, folder in folders.items()},
        "path": [*path],
        "program": str(program),
        "arguments": [*arguments],
    }
    return subprocess.run([node, NODE, json.dumps(asked)], check=False).returncode
