"""Results of trainings that take longer than a page may, each with how it was made.

A folder of results holds one file, `RUNS`, with a line for each run, a dictionary in
JSON; what is long in it is packed (see `margins.results.packed`). The book's own lies
in the package and not beside the pages, because a page is also a notebook, and a
notebook on another machine has the installed package and nothing else. Beside it lies
`BENCHMARKS`, with what the benchmarks have measured.
"""

import json
import statistics
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from margins.results.packed import pack, unpack
from mlcore import checkpoints, locks

RUNS, BENCHMARKS = "results.jsonl", "benchmarks.jsonl"
BOOK = Path(__file__).parent


def runs(name: str, folder: str | Path | None = None) -> list[dict]:
    """The runs of one experiment, a dictionary for each, smallest seed first.

    Each has ``experiment``, ``seed``, ``command``, ``commit``, ``date``, ``machine``,
    ``versions``, ``settings``, and what was measured after the last epoch: under
    ``train`` and ``test`` the ``accuracy`` in percent, ``fisher``, and the angles
    ``own_angle``, ``within`` and ``nearest`` in degrees (see
    `margins.comparison.geometry`). A detection experiment has no ``train``, and in
    ``test`` what `margins.detection.measure` returns; verification has ``splits``, a
    list with what `margins.open_set.measure` returns and more, for each choice of
    identities. Most have ``history`` (a row an epoch), ``device``, ``seconds``,
    ``paper``, ``small``, and ``stretches`` (see the function); older ones lack some.

    Parameters
    ----------
    name : str
        Of an experiment: ``python -m experiments list``. With ``*`` in it, the runs of
        all whose names match, in the order of the file.
    folder : str or Path, optional
        Where runs of your own are; the book's come with the package.

    Returns
    -------
    list of dict
        Empty if nothing has been measured: a table says so in that row.

    Raises
    ------
    ValueError
        If a line is no whole run; the message names it.
    """
    lines = _lines(_path(folder))
    found = [line for own, line in lines if fnmatchcase(own, name)]
    whole = (json.loads(line, object_hook=unpack) for line in found)
    return sorted(whole, key=lambda run: run["seed"])


def names(folder: str | Path | None = None) -> list[str]:
    """Names of all experiments of which there are runs."""
    return sorted({name for name, _ in _lines(_path(folder))})


def benchmark(name: str) -> dict | None:
    """What a benchmark has measured last, or None.

    It has ``command``, ``commit``, ``date``, ``machine`` and ``versions``, and what the
    module in `margins.benchmarks` says.

    Parameters
    ----------
    name : str
        Of the module and the device: "heads-cpu".
    """
    lines = _lines(BOOK / BENCHMARKS)
    return next((json.loads(line) for own, line in lines if own == name), None)


def write(run: dict, path: str | Path) -> None:
    """Put a run into a file of them, in the place of one with its name and seed.

    The whole file is written in one step, and by one process at a time: whoever reads
    it, or is cut off, finds whole lines.

    Raises
    ------
    OSError
        If it cannot be written; what was there still is.
    """
    path = Path(path)
    with locks.held(path, on_wait=lambda sentence: None):
        checkpoints.sweep(path)
        others = [line for _, line in _lines(path) if not _same(json.loads(line), run)]
        line = json.dumps(_short(run), separators=(",", ":"))
        text = "".join(f"{one}\n" for one in [*others, line])
        checkpoints.write_whole(path, text.encode())


def _short(run):
    """The run with its features packed."""
    splits = (name for name in ("train", "test") if "features" in run.get(name, {}))
    return run | {
        name: run[name] | {"features": pack(run[name]["features"])} for name in splits
    }


def _same(one, other):
    return all(one.get(key) == other.get(key) for key in ("experiment", "seed"))


def _path(folder):
    return BOOK / RUNS if folder is None else Path(folder) / RUNS


def _lines(path):
    """Pairs of name and line of a file, none where there is no file."""
    if not path.is_file():
        return ()
    status = path.stat()
    return _read(path, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=4)
def _read(path, version):
    """Parsed once for each `version` of the file, to know the names."""
    found = []
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            found.append((json.loads(line)["experiment"], line))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"line {number} of {path} is not a whole run: {error!r}"
            ) from error
    return tuple(found)


def stretches(run: dict) -> list[dict]:
    """Where and with what a run was trained, one dictionary a stretch.

    A stretch lies between two interruptions. Each has ``steps``, the first and the
    last, and the ``commit``, ``date``, ``machine``, ``device`` and ``versions`` of that
    stretch. Runs from before stretches were kept name one of each for the whole; they
    have one stretch here, without ``steps``.
    """
    known = ("commit", "date", "machine", "device", "versions")
    return run.get("stretches") or [{key: run[key] for key in known if key in run}]


def mixed(run: dict) -> bool:
    """Whether the stretches of a run differ in anything but their steps and dates.

    Examples
    --------
    >>> first = {"steps": [1, 60], "commit": "a"}
    >>> second = {"steps": [61, 90], "commit": "b"}
    >>> mixed({"stretches": [first, second]}), mixed({"stretches": [first]})
    (True, False)
    """
    own = {"steps", "date", "command"}
    kinds = [{k: v for k, v in one.items() if k not in own} for one in stretches(run)]
    return any(kind != kinds[0] for kind in kinds)


class MeanAndDeviation(NamedTuple):
    """Over seeds; the deviation is of a sample (n − 1), and None of a single run."""

    mean: float
    deviation: float | None
    seeds: int

    def text(self, decimals: int, sign: str = "") -> str:
        """As in ``0.86 ± 0.04``; with `sign` "+" also numbers above 0 show theirs."""
        spread = "" if self.deviation is None else f" ± {self.deviation:.{decimals}f}"
        return f"{self.mean:{sign}.{decimals}f}{spread}"


def over_seeds(runs: list[dict], measure: Callable[[dict], float]) -> MeanAndDeviation:
    """Mean and standard deviation of ``measure(run)`` over `runs`.

    Raises
    ------
    ValueError
        If there is no run.

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
