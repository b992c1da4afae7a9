"""The papers' tables, measured again."""

from textwrap import fill

from experiments import catalogue
from mlcore import results
from mlcore.results import papers

HEADER = ("experiment", "seeds", "test error %", "paper", "Fisher score", "own angle °", "epochs")


def table(pattern, folder):
    """Mean ± standard deviation over the seeds in `folder`, a row for each experiment.

    Never the best epoch: all is measured after the last. Runs on held-out images are for choosing
    and have no row. Experiments without a run are named below the table.

    Returns
    -------
    str
    """
    runs = {
        name: [run for run in results.runs(name, folder) if "test" in run]
        for name in catalogue.names(pattern, others=results.names(folder))
    }
    measured = [name for name in runs if runs[name]]
    rows = [HEADER, *(row(name, runs[name]) for name in measured)]
    widths = [max(len(cells[k]) for cells in rows) for k in range(len(HEADER))]
    lines = [
        "  ".join(cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in aligned).rstrip()
        for cells in rows
        for aligned in [list(enumerate(zip(cells, widths, strict=True)))]
    ]
    notes = remarks(measured, runs)
    missing = [name for name in runs if not runs[name]]
    if missing:
        notes.append(f"not measured: {', '.join(missing)}")
    return "\n".join([*lines, *(wrapped(note) for note in notes)])


def wrapped(note):
    """A remark in lines of the table's width; names stay whole."""
    return fill(note, 100, subsequent_indent="  ", break_on_hyphens=False)


def row(name, runs):
    """The cells of one experiment."""
    paper = papers.FIGURES.get(runs[0]["paper"])
    return (
        name,
        str(len(runs)),
        results.over_seeds(runs, lambda run: 100 - run["test"]["accuracy"]).text(2),
        "" if paper is None else str(paper),
        results.over_seeds(runs, lambda run: run["test"]["fisher"]).text(3),
        results.over_seeds(runs, lambda run: run["test"]["own_angle"]).text(1),
        str(len(runs[0]["history"])),
    )


def remarks(names, runs):
    """What a reader of the table has to know: which rows are not the papers' trainings."""
    small = {}
    for name in names:
        small.setdefault(runs[name][0]["small"], []).append(name)
    return [
        f"smaller than the paper's ({why}): {', '.join(found)}"
        for why, found in small.items()
        if why
    ]
