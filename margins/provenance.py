"""Where a result comes from: commit, date, machine, versions."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from margins import device

ROOT = Path(__file__).parent.parent


def of_this_run(command, on="cpu"):
    """The head of a results file, a dictionary.

    `command` is what a reader types to repeat it, `on` "cpu" or "gpu".
    """
    return {
        "command": command,
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "device": device.describe(on),
        "versions": versions(on),
    }


def versions(on):
    """Of Python and of the libraries that compute."""
    libraries = ("numpy",) if on == "cpu" else ("numpy", "cupy")
    modules = {name: import_module(name).__version__ for name in libraries}
    return {"python": platform.python_version(), "mlcore": version("mlcore"), **modules}


def commit():
    """The commit of the sources, with a mark if they have been changed since."""
    git = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.check_output(
            [*git, "rev-parse", "HEAD"], text=True, stderr=subprocess.PIPE
        )
        sources = ["mlcore/*.py", "margins/*.py"]  # git's * crosses folders
        changed = subprocess.check_output(
            [*git, "status", "--porcelain", "--", *sources], text=True
        )
    except OSError:
        return f"unknown (git is not installed), mlcore {version('mlcore')}"
    except subprocess.CalledProcessError:
        return f"unknown (not a git checkout), mlcore {version('mlcore')}"
    return f"{name.strip()} with local changes" if changed else name.strip()


def machine():
    """Processor, number of cores, and how many of them the matrix products use."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = (
            Path("/proc/cpuinfo")
            .read_text(encoding="utf-8", errors="replace")
            .splitlines()
        )
        names = [
            line.split(":", 1)[1].strip()
            for line in lines
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    return (
        f"{platform.system()} {platform.machine()}, {model}, {os.cpu_count()} cores,"
        f" {threads} for BLAS"
    )
