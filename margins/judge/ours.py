"""Hold the losses of `mlcore` against the golden vectors, on any device.

    python -m margins.judge.ours [--device cpu|gpu] [--json FILE]

The exit status is 0 if all of them agree. At the edges, where rounding decides, the
mathematical functions of a device may do otherwise than the processor's: these cases
are counted, and named in the file.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from margins import device as devices
from margins import provenance
from margins.judge import golden, judging, report
from margins.judge.__main__ import FOLDER
from margins.judge.settings import PARAMETERS
from mlcore.arrays import to_numpy
from mlcore.checkpoints import write_whole
from mlcore.losses.registry import REGISTRY

CLASSES = {entry.name: entry.loss for entry in REGISTRY}


def function(loss: str, array: Callable[[Any], Any] = lambda a: a) -> Callable:
    """The library's loss of that name, in the form that the judge calls.

    Parameters
    ----------
    loss : str
    array : callable, optional
        Brings an array of NumPy to where it is to be computed.
    """

    def judged(*inputs, **parameters):
        one = CLASSES[loss](**parameters)
        arrays = [array(a) for a in inputs]
        value, saved = one.forward(*arrays)
        gradients = tuple(to_numpy(g) for g in one.backward(saved))
        found = float(value), gradients
        if loss != "center":
            return found
        return *found, to_numpy(one.update(arrays[1], saved))

    return judged


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if all losses agree, 1 if not."""
    parser = argparse.ArgumentParser(
        prog="python -m margins.judge.ours",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it")
    options = parser.parse_args(arguments)
    device = devices.find(options.device)
    command = f"python -m margins.judge.ours --device {options.device}"
    head = provenance.of_this_run(command, device)
    rows: list[dict[str, Any]] = []
    for loss in PARAMETERS:
        cases = golden.read(FOLDER / f"{loss}.json")
        verdict = judging.judge(function(loss, device.array), loss, cases)
        worst = ", ".join(f"{part} {d:.1f}" for part, d in verdict.parts.items())
        print(
            f"{report.badge(verdict)}; fewest digits in float64: {worst}; other at"
            f" {len(verdict.edges)} edges",
            flush=True,
        )
        rows.append(report.as_dict(verdict, f"mlcore on {device.model}"))
        if options.json:
            text = json.dumps({**head, "rows": rows})
            write_whole(options.json, f"{text}\n".encode())
    return 0 if all(row["agrees"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
