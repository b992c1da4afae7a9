"""Judge the public implementations that are installed: python -m tools.judged

Writes ``margins/judge/public.json``: a row for each, with the versions of the libraries
and the departures. Rows of libraries that are not installed here stay as they are.
"""

import importlib
import json
import warnings
from importlib.metadata import PackageNotFoundError, version

from margins import device, provenance
from margins.judge import judging, report
from margins.judge.__main__ import vectors
from margins.judge.public import FILE
from mlcore.checkpoints import write_whole

MODULES = (
    "torch_itself",
    "metric_learning",
    "with_jax",
    "two_views",
    "restated",
    "restated_since",
)


def main():
    rows = {}
    if FILE.exists():
        kept = json.loads(FILE.read_text(encoding="utf-8"))["rows"]
        rows = {(row["library"], row["name"], row["loss"]): row for row in kept}
    for name in MODULES:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module = importlib.import_module(f"tools.judged.{name}")
        except ImportError as error:
            print(f"not tried: {name} ({error})")
            continue
        for library, what, loss, function, given, *link in module.TABLE:
            row = tried(library, what, loss, function, given, link)
            rows[library, what, loss] = row
            print(f"{library}, {what}: {row['said']}")
    write(rows.values(), FILE)


def write(rows, path):
    """Write the rows, a line each, and how they were made."""
    head = provenance.of_this_run("python -m tools.judged", device.find("cpu"))
    lines = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = json.dumps(head, ensure_ascii=False)[:-1] + f', "rows": [\n {lines}\n]}}\n'
    write_whole(path, text.encode())


def tried(library, what, loss, function, given, link):
    """One row of the table."""
    cases = judging.chosen(function, vectors(loss, given), given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict = judging.judge(function, loss, cases, ["float64", "float32"])
    smallest = verdict.smallest and {
        "case": verdict.smallest.case.name,
        "parameters": verdict.smallest.case.parameters,
        "inputs": {k: a.tolist() for k, a in verdict.smallest.case.inputs.items()},
    }
    return {
        "library": library,
        "version": link[0] if link else found(library),
        "name": what,
        "loss": loss,
        "agrees": verdict.agrees,
        "departures": None if verdict.slips is None else sorted(verdict.slips),
        "said": report.sentence(verdict),
        "smallest": smallest,
        "edges": sorted({f"{o.case.name}, {o.dtype}" for o in verdict.edges}),
    }


def found(library):
    """Its version."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "unknown"


if __name__ == "__main__":
    main()
