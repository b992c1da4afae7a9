"""What stands beside a benchmark's numbers, and where both are written to."""

import sys
from pathlib import Path
from typing import Any

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

    command = " ".join(["python -m", f"margins.benchmarks.{name}", *sys.argv[1:]])
    peers = tuple(peer for peer, module in PEERS.items() if module in sys.modules)
    about = provenance.of_this_run(command, device, peers) | device.about()
    if "torch" in sys.modules and device.name == "cpu":
        capability = sys.modules["torch"].backends.cpu.get_cpu_capability()
        about["torch_instructions"] = capability
    out = out or results.BOOK / results.BENCHMARKS
    results.write({"experiment": f"{name}-{device.name}", **about, **measured}, out)
    return out
