"""Measure every loss's errors in units in the last place: python -m tools.judged.errors

Ours, and PyTorch's for the same formula written plainly and written stably; without
PyTorch ours alone, and nothing is written. Writes ``margins/judge/errors.json``, with
versions and the commit, in some ten minutes.
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from margins import device, provenance
from margins.judge import errors, golden, ours
from margins.judge.settings import PARAMETERS
from mlcore.checkpoints import write_whole


def main():
    pairs = list(product(PARAMETERS, reversed(golden.DTYPES)))
    rows = []
    with ProcessPoolExecutor(2) as workers:
        for found in workers.map(measured, *zip(*pairs, strict=True)):
            rows += found
            for row in found:
                print(
                    f"{row['loss']:14}{row['dtype']:9}{row['by']:15}{row['result']:10}"
                    f" median {row['median']}, worst {row['worst']},"
                    f" {row['worst_times_rounding']} times rounding,"
                    f" {row['not_finite']} of {row['cases']} not finite",
                    flush=True,
                )
    if any(row["by"] != "mlcore" for row in rows):
        write(rows)
        return 0
    print("not written: PyTorch is not installed", file=sys.stderr)
    return 1


def measured(loss, dtype):
    """The rows of a loss in a dtype."""
    functions = {"mlcore": ours.function(loss)}
    try:
        from tools.judged import written, written_since
    except ImportError:
        return errors.measure(loss, dtype, functions)
    inputs = errors.draw(loss, dtype, 0, 0)
    differentiable = golden.differentiable(loss, inputs)
    names = [i for i, name in enumerate(inputs) if name in differentiable]
    for by, family in (
        ("torch, plain", written.PLAIN | written_since.PLAIN),
        ("torch, stable", written.STABLE | written_since.STABLE),
    ):
        functions[by] = written.judged(family[loss], names)
    return errors.measure(loss, dtype, functions)


def write(rows):
    """Write the rows, a line each, and how they were made."""
    head = provenance.of_this_run(
        "python -m tools.judged.errors", device.find("cpu"), ("torch", "mpmath")
    )
    lines = ",\n ".join(json.dumps(row, separators=(",", ":")) for row in rows)
    text = json.dumps(head, ensure_ascii=False)[:-1] + f', "rows": [\n {lines}\n]}}\n'
    write_whole(errors.FILE, text.encode())


if __name__ == "__main__":
    sys.exit(main())
