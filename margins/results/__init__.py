"""Results of trainings that take longer than a page may, each with how it was made.

They lie in the package and not beside the pages, because a page is also a notebook, and
a notebook on another machine has the installed package and nothing else.
"""

import json
import statistics
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple


def load(name):
    """The results file `name` as a dictionary.

    Every file has ``command``, ``commit``, ``date``, ``machine``, ``versions``,
    ``settings`` and ``runs``.

    Raises
    ------
    ValueError
        If there is no such file; the message lists those there are.
    """
    folder = files(__name__)
    known = sorted(
        entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".json")
    )
    if name not in known:
        raise ValueError(f"name must be one of {', '.join(known)}; got {name!r}")
    return _read(folder / f"{name}.json")


def runs(name, folder=None):
    """The runs of one experiment, a dictionary for each seed, smallest seed first.

    Each has ``experiment``, ``seed``, ``command``, ``commit``, ``date``, ``machine``,
    ``device``, ``versions``, ``seconds``, ``paper``, ``small``, ``settings``,
    ``history`` (a row an epoch), ``stretches`` (see the function; not in older files:
    there was one, or it is not known), and under ``train`` and ``test`` what was
    measured after the last epoch: ``accuracy`` in percent, ``fisher``, and the angles
    ``own_angle``, ``within`` and ``nearest`` in degrees (see
    `margins.comparison.geometry`). A detection experiment has no ``train``, and in
    ``test`` what `margins.detection.measure` returns.

    Parameters
    ----------
    name : str
        Of an experiment: ``python -m experiments list``.
    folder : str or Path, optional
        Where runs of your own are; the book's come with the package.

    Returns
    -------
    list of dict
        Empty if nothing has been measured: a table says so in that row.
    """
    own = (files(__name__) if folder is None else Path(folder)) / name
    if not own.is_dir():
        return []
    found = [_read(file) for file in own.iterdir() if file.name.endswith(".json")]
    return sorted(found, key=lambda run: run["seed"])


def stretches(run):
    """Where and with what a run was trained: a dictionary for each stretch between
    interruptions.

    Each has ``steps``, the first and the last, and the ``commit``, ``date``,
    ``machine``, ``device`` and ``versions`` of that stretch. Files from before
    stretches were kept name one of each for the whole run; they have one stretch here,
    without ``steps``.
    """
    known = ("commit", "date", "machine", "device", "versions")
    return run.get("stretches") or [{key: run[key] for key in known if key in run}]


def mixed(run):
    """Whether the stretches of a run differ in anything but their steps and dates.

    Examples
    --------
    >>> first, second = {"steps": [1, 60], "commit": "a"}, {"steps": [61, 90], "commit": "b"}
    >>> mixed({"stretches": [first, second]}), mixed({"stretches": [first]}), mixed({"commit": "a"})
    (True, False, False)
    """
    own = {"steps", "date", "command"}
    kinds = [{k: v for k, v in one.items() if k not in own} for one in stretches(run)]
    return any(kind != kinds[0] for kind in kinds)


def names(folder=None):
    """Names of all experiments of which there are runs."""
    root = files(__name__) if folder is None else Path(folder)
    folders = root.iterdir() if root.is_dir() else []
    return sorted(f.name for f in folders if f.is_dir() and runs(f.name, folder))


class MeanAndDeviation(NamedTuple):
    """Over seeds; the deviation is that of a sample (n − 1), and None of a single
    run."""

    mean: float
    deviation: float | None
    count: int

    def text(self, decimals, sign=""):
        """As in ``0.86 ± 0.04``; with `sign` "+" also numbers above 0 show theirs."""
        spread = "" if self.deviation is None else f" ± {self.deviation:.{decimals}f}"
        return f"{self.mean:{sign}.{decimals}f}{spread}"


def over_seeds(runs, measure):
    """Mean and standard deviation of ``measure(run)`` over `runs`.

    Examples
    --------
    >>> runs = [{"test": {"accuracy": 99.0}}, {"test": {"accuracy": 99.2}}]
    >>> over_seeds(runs, lambda run: 100 - run["test"]["accuracy"]).text(2)
    '0.90 ± 0.14'
    """
    values = [measure(run) for run in runs]
    if not values:
        raise ValueError("runs must hold at least one run, got none")
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return MeanAndDeviation(statistics.fmean(values), deviation, len(values))


def _read(file):
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is not a whole results file: {error}") from error
