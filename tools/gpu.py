"""All that a GPU is wanted for, in one command: python -m tools.gpu

Unattended, with nothing to download: the tests that run on CuPy, the judge on CuPy's
arrays, heads and convolutions beside PyTorch, the roofline, and in the time that is
left the papers' trainings, the one with the longest gap between our table and the
paper's first. Each part has its share of ``--seconds``, and what the parts before it
have left; one that fails does not stop the rest.

Everything is written into ``--out`` as it comes: a log of each part, the benchmarks'
rows, the runs and checkpoints of the trainings, and ``summary.json``. After an
interruption the same command goes on: parts that have passed at this commit are not
repeated. The exit status is 0 if no part failed. Benchmarks and trainings may run out
of time: what they have measured stays. Tests and judge may not.

``--device cpu`` is the rehearsal: the same parts, with NumPy and in small.
"""

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from margins import device as devices
from margins import papers, provenance, results
from margins.experiments import catalogue
from mlcore.checkpoints import write_whole
from mlcore.datasets import PUBLISHED

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 14 * 60
GRACE = 10  # seconds to write a checkpoint in, once the time is up
SUMMARY = "summary.json"


class Part(NamedTuple):
    """A part of the whole.

    Attributes
    ----------
    name : str
    share : float
        Of the seconds.
    commands : tuple of tuples
        Arguments of Python, one command after the other.
    whole : bool
        Whether running out of time is a failure.
    """

    name: str
    share: float
    commands: tuple[tuple[str, ...], ...]
    whole: bool = False


def parts(device: str, out: Path) -> Iterator[Part]:
    """The parts, in their order."""
    on: tuple[str, ...] = ("--device", device)
    suite: tuple[str, ...] = ("tests/mlcore", "tests/margins", "-k", "cupy")
    if device == "cpu":
        suite = "tests/mlcore/losses/test_value.py", "-k", "numpy"
    yield Part("suite", 0.4, (("-m", "pytest", "-q", *suite),), whole=True)
    judge = "-m", "margins.judge.ours", *on, "--json", str(out / "judge.json")
    yield Part("judge", 0.1, (judge,), whole=True)
    rows = "--out", str(out / results.BENCHMARKS)
    for name, share, small in (
        ("heads", 0.15, ("--small", "--threads", "1")),
        ("conv", 0.1, ("--small", "--threads", "1")),
        ("roofline", 0.1, ("--seconds", "0.05")),
    ):
        measure = "-m", f"margins.benchmarks.{name}", *on, *rows
        if device == "cpu":
            measure += small
        yield Part(name, share, (measure,))
    if device == "cpu":
        on += ("--epochs", "1")
    train = "-m", "experiments", "run", *on, "--out", str(out)
    runs = tuple(
        (*train, name, "--seeds", str(seeds))
        for seeds in ((1,) if device == "cpu" else (1, 2, 3))
        for name in trainings(device)
    )
    yield Part("trainings", 0.15, runs)


def trainings(device: str) -> list[str]:
    """Names of the trainings, the one with the longest gap first.

    The papers', as far as their data are here; without any of them, and in the
    rehearsal, small ones on the digits that come with the package.
    """
    names = [
        name
        for name, one in catalogue.EXPERIMENTS.items()
        if one.paper in papers.FIGURES and not one.small and is_here(one.data)
    ]
    if names and device == "gpu":
        return sorted(names, key=gap, reverse=True)
    return ["mnist-5k-softmax-small", "mnist-5k-l-softmax-m4-small"]


def is_here(data: str) -> bool:
    """Whether a data set can be read without the network."""
    return data not in PUBLISHED or PUBLISHED[data].find()[0] is not None


def gap(name: str) -> float:
    """Points of test error between our table and the paper's, infinite if it is empty.

    Ours is that of the small network where the paper's own has not been trained.
    """
    runs = results.runs(name) or results.runs(f"{name}-small")
    if not runs:
        return math.inf
    ours = statistics.fmean(100 - run["test"]["accuracy"] for run in runs)
    published = papers.FIGURES[catalogue.EXPERIMENTS[name].paper or ""]
    return abs(ours - published.value)


def main(arguments: list[str] | None = None) -> int:
    """Run all parts; the exit status is 0 if none failed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run_all(_parser().parse_args(arguments))
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)


def run_all(options: argparse.Namespace) -> int:
    """Run the parts that have not passed before, and say what became of all."""
    device = devices.find(options.device)
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    command = f"python -m tools.gpu --device {options.device}"
    head = provenance.of_this_run(command, device) | device.about()
    rows = earlier(out / SUMMARY, head)
    done = {row["part"] for row in rows}
    spare = 0.0
    for part in parts(options.device, out):
        if part.name in done:
            print(f"{part.name}: passed before", flush=True)
            continue
        budget = part.share * options.seconds + spare
        print(f"{part.name}: at most {budget:.0f} s", flush=True)
        row = attempt(part, budget, out / f"{part.name}.log")
        spare = max(0.0, budget - row["seconds"])
        rows.append(row)
        text = json.dumps({**head, "parts": rows}, indent=1)
        write_whole(out / SUMMARY, f"{text}\n".encode())
    print(summary(rows, out))
    return 1 if any(row["status"] == "failed" for row in rows) else 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m tools.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--device", choices=("cpu", "gpu"), default="gpu")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="in all (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, default=Path("_runs/gpu"), metavar="FOLDER")
    return parser


def earlier(path: Path, head: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts that passed before, with this commit on this device."""
    if not path.exists():
        return []
    before = json.loads(path.read_text(encoding="utf-8"))
    same = all(before.get(key) == head[key] for key in ("commit", "device", "versions"))
    if not same or "local changes" in head["commit"]:
        return []
    return [row for row in before["parts"] if row["status"] == "passed"]


def attempt(part: Part, budget: float, log: Path) -> dict[str, Any]:
    """Run a part for so many seconds at most; what became of it."""
    begin = time.monotonic()
    status, failed, last = "passed", [], "its time was up; what it had is kept"
    with log.open("w", encoding="utf-8") as file:
        for command in part.commands:
            left = budget - (time.monotonic() - begin)
            code = run(command, left, file) if left > 0 else None
            if code is None:
                status = "out of time"
                if part.whole:
                    failed.append(f"its time was up: python {' '.join(command)}")
                break
            if code:
                failed.append(f"exit status {code}: python {' '.join(command)}")
    return {
        "part": part.name,
        "status": "failed" if failed else status,
        "seconds": round(time.monotonic() - begin, 1),
        "budget": round(budget, 1),
        "failed": failed,
        "last": last if status == "out of time" else last_line(log),
    }


def run(command: tuple[str, ...], seconds: float, log: Any) -> int | None:
    """The exit status of a command of Python's; None if its time was up.

    It is interrupted as from a keyboard, so that it can write what it has, and some
    seconds later killed with all that it started.
    """
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            _stop(process)


def _stop(process):
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def last_line(log: Path) -> str:
    """The last line that says something."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def summary(rows: list[dict[str, Any]], out: Path) -> str:
    """What became of each part, in a table."""
    lines = ["", f"{'part':12}{'status':13}{'seconds':>8}  last line"]
    for row in rows:
        lines.append(
            f"{row['part']:12}{row['status']:13}{row['seconds']:8.1f}  {row['last']}"
        )
        lines += [f"{'':12}{why}" for why in row["failed"]]
    return "\n".join([*lines, f"logs, rows, runs and {SUMMARY}: {out}"])


if __name__ == "__main__":
    sys.exit(main())
