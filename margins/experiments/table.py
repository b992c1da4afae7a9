"""The papers' tables, measured again."""

from collections.abc import Callable
from textwrap import fill
from typing import NamedTuple

from margins import papers, results
from margins.experiments import catalogue


class Column(NamedTuple):
    """A heading, and what stands below it for the runs of one experiment."""

    title: str
    cell: Callable[[list], str]


def over_seeds(decimals, measure):
    """A cell with mean ± standard deviation of ``measure(run["test"])``."""
    return lambda runs: results.over_seeds(runs, lambda run: measure(run["test"])).text(
        decimals
    )


def published(figures):
    """A cell with the paper's own figure, where it has one."""
    return lambda runs: str(figures.get(runs[0]["paper"], ""))


#: The columns between name and epochs, by what such runs have measured.
KINDS = {
    "accuracy": [
        Column("test error %", over_seeds(2, lambda test: 100 - test["accuracy"])),
        Column("paper", published(papers.FIGURES)),
        Column("Fisher score", over_seeds(3, lambda test: test["fisher"])),
        Column("own angle °", over_seeds(1, lambda test: test["own_angle"])),
    ],
    "average_precision": [
        Column(
            "average precision %", over_seeds(2, lambda test: test["average_precision"])
        ),
        Column("paper, on COCO", published(papers.AVERAGE_PRECISION)),
    ],
}
SEEDS = Column("seeds", lambda runs: str(len(runs)))
EPOCHS = Column("epochs", lambda runs: str(len(runs[0]["history"])))


def table(pattern, folder):
    """Mean ± standard deviation over the seeds in `folder`, a row for each experiment.

    Never the best epoch: all is measured after the last. Runs on held-out images are
    for choosing and have no row. Experiments without a run are named below the table.

    Returns
    -------
    str
    """
    runs = {
        name: [run for run in results.runs(name, folder) if "test" in run]
        for name in catalogue.names(pattern, others=results.names(folder))
    }
    lines = []
    for kind, columns in KINDS.items():
        measured = {
            name: some
            for name, some in runs.items()
            if some and kind in some[0]["test"]
        }
        if measured:
            lines += aligned([SEEDS, *columns, EPOCHS], measured)
            lines += [wrapped(note) for note in remarks(measured)]
    missing = [name for name in runs if not runs[name]]
    if missing:
        lines.append(wrapped(f"not measured: {', '.join(missing)}"))
    return "\n".join(lines)


def aligned(columns, runs):
    """The lines of one table, names to the left and all else to the right."""
    rows = [("experiment", *(column.title for column in columns))]
    rows += [
        (name, *(column.cell(some) for column in columns))
        for name, some in runs.items()
    ]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]
        ).rstrip()
        for row in rows
    ]


def wrapped(note):
    """A remark in lines of the table's width; names stay whole."""
    return fill(note, 100, subsequent_indent="  ", break_on_hyphens=False)


def remarks(runs):
    """What a reader of the table has to know: which rows are not the papers' trainings.

    And which were not trained in one piece by one version of everything.
    """
    small = {}
    for name, some in runs.items():
        small.setdefault(some[0]["small"], []).append(name)
    mixed = [name for name, some in runs.items() if any(map(results.mixed, some))]
    return [
        *(
            f"smaller than the paper's ({why}): {', '.join(found)}"
            for why, found in small.items()
            if why
        ),
        *(
            [f"trained by more than one code, library or machine: {', '.join(mixed)}"]
            if mixed
            else []
        ),
    ]
