"""Where a result comes from: commit, date, machine, versions."""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from margins.device import CPU, GPU

ROOT = Path(__file__).parent.parent


def of_this_run(
    command: str, device: CPU | GPU, libraries: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The head of a result: what is noted beside the numbers.

    Parameters
    ----------
    command : str
        What a reader types to repeat it.
    device : device.CPU or device.GPU
        What it was computed on.
    libraries : tuple of str
        Distributions that the numbers depend on beside `mlcore` and the device's own.
    """
    own = ("mlcore", device.xp.__name__, "numpy", *libraries)
    return {
        "command": command,
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "device": device.model,
        "versions": versions(own),
    }


def versions(libraries: tuple[str, ...]) -> dict[str, str]:
    """Of Python and of `libraries`, names of distributions or of modules."""
    found = {"python": platform.python_version()}
    for name in libraries:
        module = sys.modules.get(name)
        found[name] = getattr(module, "__version__", None) or version(name)
    return found


def commit() -> str:
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


def machine() -> str:
    """Processor, number of cores, and how many of them the matrix products use."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        named = re.search(r"^model name\s*:\s*(.*\S)", text, re.MULTILINE)
        model = named[1] if named else model
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    return (
        f"{platform.system()} {platform.machine()}, {model}, {os.cpu_count()} cores,"
        f" {threads} for BLAS"
    )
