"""What stands beside a benchmark's numbers, and where both are written to."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from margins import device as devices
from margins import provenance
from margins.device import CPU, GPU

#: What is compared with; noted where it was loaded.
PEERS = {"torch": "torch", "pytorch-metric-learning": "pytorch_metric_learning"}


def written(
    name: str, device: CPU | GPU, measured: dict[str, Any], out: Path | None
) -> Path:
    """Write what a benchmark has measured, in the place of what it had before.

    Parameters
    ----------
    name : str
        Of its module.
    device : device.CPU or device.GPU
    measured : dict
        Anything that JSON can hold.
    out : Path, optional
        A file of lines; the book's if not given.

    Returns
    -------
    Path
        Of that file.
    """
    from margins import results  # NumPy is loaded by now, see `fair_environment`.

    line = " ".join(["python -m", f"margins.benchmarks.{name}", *sys.argv[1:]])
    peers = tuple(peer for peer, module in PEERS.items() if module in sys.modules)
    about = provenance.of_this_run(line, device, peers) | device.about()
    if "torch" in sys.modules and device.name == "cpu":
        capability = sys.modules["torch"].backends.cpu.get_cpu_capability()
        about["torch_instructions"] = capability
    out = out or results.BOOK / results.BENCHMARKS
    results.write({"experiment": f"{name}-{device.name}", **about, **measured}, out)
    return out


def command(
    name: str,
    about: str,
    measure: Callable[[CPU | GPU, bool], Iterator[dict[str, Any]]],
    small: str,
) -> None:
    """A benchmark's command line: measure, and write after each row.

    Parameters
    ----------
    name : str
        Of its module.
    about : str
        What it measures; the first line is shown.
    measure : callable
        ``measure(device, small)`` gives the rows.
    small : str
        What ``--small`` is good for.
    """
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=sorted({1, os.cpu_count()})
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--small", action="store_true", help=small)
    arguments = parser.parse_args()
    devices.fair_environment()
    counts = arguments.threads if arguments.device == "cpu" else [1]
    found = [devices.find(arguments.device, threads) for threads in counts]
    rows: list[dict[str, Any]] = []
    for one in found:
        for row in measure(one, arguments.small):
            rows.append(row)
            out = written(name, found[0], {"rows": rows}, arguments.out)
    print(f"written to {out}")
