"""The papers' tables, measured again."""

import statistics
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from margins import papers, results
from margins.experiments import catalogue, views
from margins.tables import Table


class Column(NamedTuple):
    """A heading, how numbers are written, and what there is of an experiment's runs."""

    title: str
    spec: str
    cell: Callable[[list[dict]], Any]


def over_seeds(measure: Callable[[dict], float]) -> Callable:
    """A cell with mean ± standard deviation of `measure` of what a run looked at."""
    return lambda runs: results.over_seeds(runs, lambda run: measure(looked_at(run)))


def of_runs(name: str) -> Callable[[list[dict]], Any]:
    """A cell with mean ± standard deviation of what the runs have under `name`."""
    return lambda runs: results.over_seeds(runs, lambda run: run[name])


def over_splits(measure: Callable[[dict], float]) -> Callable[[dict], float]:
    """The mean of `measure` over the splits of a run of verification."""
    return lambda run: statistics.fmean(map(measure, run["splits"]))


def by_neighbours(count: str, test: dict) -> float:
    """The share of right answers with so many labelled images, in percent."""
    return test["by_neighbours"][count]


def looked_at(run: dict) -> dict:
    """What a run has measured on test images, or on held-out ones to choose by."""
    return run.get("test") or run.get("validation") or run


def published(figures: Mapping[str, object]) -> Callable[[list[dict]], str]:
    """A cell with the paper's own figure, where it has one."""
    return lambda runs: str(figures.get(runs[0].get("paper") or "", ""))


def epochs(runs: list[dict]) -> int:
    """How often each training set was gone through."""
    return runs[0]["settings"]["epochs"]


#: The columns between name and epochs, by what such runs have measured: the first that
#: they have.
KINDS = {
    "by_gap": [
        Column("wrong or EER (%)", ".2f", over_seeds(lambda run: run["by_gap"][0])),
        Column("length with blur", "+.2f", of_runs("spearman")),
    ],
    "recall": [
        Column("rank-1 (%)", ".2f", of_runs("recall")),
        Column("TAR at FAR 1e-4 (%)", ".2f", of_runs("tar")),
        Column("EER (%)", ".2f", of_runs("eer")),
    ],
    "accuracy": [
        Column(
            "test error (%)", ".2f", over_seeds(lambda test: 100 - test["accuracy"])
        ),
        Column("paper", "", published(papers.FIGURES)),
        Column("Fisher score", ".3f", over_seeds(lambda test: test["fisher"])),
        Column("own angle (°)", ".1f", over_seeds(lambda test: test["own_angle"])),
    ],
    "average_precision": [
        Column(
            "average precision (%)",
            ".2f",
            over_seeds(lambda test: test["average_precision"]),
        ),
        Column("paper, on COCO", "", published(papers.AVERAGE_PRECISION)),
    ],
    "splits": [
        Column("EER (%)", ".2f", over_seeds(over_splits(lambda split: split["eer"]))),
        Column(
            "TAR at FAR 0.01 (%)",
            ".2f",
            over_seeds(over_splits(lambda split: split["tar"][1])),
        ),
    ],
    "by_neighbours": [
        Column(
            f"right, {count} labels (%)",
            ".1f",
            over_seeds(partial(by_neighbours, str(count))),
        )
        for count in views.LABELLED
    ],
}
SEEDS = Column("seeds", "", len)
EPOCHS = Column("epochs", "", epochs)


def table(pattern: str, folder: str | Path | None = None) -> str:
    """Mean ± standard deviation over the seeds in `folder`, a row for each experiment.

    Never the best epoch: all is measured after the last. Runs on held-out images have
    a table of their own: they are for choosing. Experiments without a run are named
    below the tables.

    Raises
    ------
    ValueError
        If nothing has such a name.
    """
    runs = {
        name: results.runs(name, folder)
        for name in catalogue.names(pattern, others=results.names(folder))
    }
    lines = []
    for title, held_out in (("experiment", False), ("on held-out images", True)):
        for kind, columns in KINDS.items():
            measured = {
                name: some
                for name, some in runs.items()
                if some
                and kind_of(some[0]) == kind
                and ("validation" in some[0]) is held_out
            }
            if measured:
                made = _table(title, [SEEDS, *columns, EPOCHS], measured)
                lines += str(made).splitlines()
                lines += [wrapped(note) for note in remarks(measured)]
    missing = [name for name in runs if not runs[name]]
    if missing:
        lines.append(wrapped(f"not measured: {', '.join(missing)}"))
    return "\n".join(lines)


def kind_of(run: dict) -> str | None:
    """Which of `KINDS` a run is; None where it has measured none of these."""
    return next((kind for kind in KINDS if kind in run | looked_at(run)), None)


def _table(title, columns, runs):
    made = Table({title: ""} | {column.title: column.spec for column in columns})
    for name, some in runs.items():
        made.add(name, *(column.cell(some) for column in columns))
    return made


def wrapped(note: str) -> str:
    """A remark in lines of the table's width; names stay whole."""
    return fill(note, 100, subsequent_indent="  ", break_on_hyphens=False)


def remarks(runs: dict[str, list[dict]]) -> list[str]:
    """What a reader of the table has to know: which rows are not the papers' trainings.

    And which were not trained in one piece by one version of everything.
    """
    small: dict[str, list[str]] = {}
    for name, some in runs.items():
        small.setdefault(some[0].get("small") or "", []).append(name)
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
