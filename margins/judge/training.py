"""What a departure does to a training, on the small digits that come with the package.

    python -m margins.judge.training [--seeds 5] [--out FILE]

The network, the data and the schedule are those of chapter 11's live table; the paper's
formula and each departure start from the same weights and see the same batches, once a
seed. All of it takes two minutes.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from margins import comparison, provenance, results
from margins import device as devices
from margins.judge import departures, heads
from margins.tables import Table
from mlcore import datasets, layers
from mlcore.arrays import Array
from mlcore.checkpoints import write_whole

FILE = Path(__file__).with_name("trained.json")
EPOCHS, SEEDS = 12, 5


@dataclass(frozen=True)
class Departing:
    """A margin head with slips, as `mlcore.train.fit` takes it.

    Attributes
    ----------
    loss : str
        Its name in the registry.
    parameters : tuple of pairs
        Names and values of its hyper-parameters.
    slips : tuple of str
        Of `departures.SLIPS`; without any it is the paper's.
    """

    loss: str
    parameters: tuple[tuple[str, Any], ...]
    slips: tuple[str, ...] = ()

    @property
    def normalised_weights(self) -> bool:
        """Whether class weights count by their directions alone."""
        return self.loss in heads.UNIT_W

    def forward(self, x: Array, w: Array, y: Array) -> tuple[Any, Any]:
        """The mean loss, and what `backward` needs."""
        inputs = {"x": np.asarray(x, float), "w": np.asarray(w, float)}
        inputs["y"] = np.asarray(y)
        found = departures.answer(
            self.loss, dict(self.parameters), inputs, frozenset(self.slips)
        )
        return found.loss, (found.gradients, x.dtype)

    def backward(self, saved: Any, dloss: float = 1.0) -> tuple[Any, ...]:
        """The gradients by features and class weights."""
        gradients, dtype = saved
        return tuple((dloss * gradient).astype(dtype) for gradient in gradients)


_MILD = (("m", 0.5), ("s", 8.0), ("fallback", "none"))
_SHARP = (("m", 0.5), ("s", 64.0), ("fallback", "none"))

#: What is trained: the paper's formula first, and behind it what departs from it. The
#: sum is a rate 64 times as high, held by the bound on the gradient's norm. That a
#: clamp stops the gradient shows at the paper's scale only: at 8 no probability is so
#: small.
HEADS = (
    Departing("arcface", _MILD),
    Departing("arcface", _MILD, ("margin without gradient",)),
    Departing("arcface", _MILD, ("features' norms without gradient",)),
    Departing("arcface", _MILD, ("sum for mean",)),
    Departing("arcface", _SHARP),
    Departing("arcface", _SHARP, ("probability clamped at 1e-7",)),
)


def network(seed: int) -> layers.Sequential:
    """One hidden layer and features in 16 dimensions, for 8 x 8 digits."""
    return layers.Sequential(
        [
            *(layers.Flatten(), layers.Linear(64, 64, bias=False)),
            *(layers.BatchNorm(64), layers.PReLU(64), layers.Linear(64, 16)),
        ],
        seed=seed,
        dtype="float32",
        input_shape=(8, 8, 1),
    )


def trained(head: Any, seed: int, epochs: int = EPOCHS) -> dict[str, float]:
    """What `margins.comparison.measure` measures after a training with this head."""
    data = datasets.load("digits")
    return comparison.measure({"head": head}, network(seed), data, epochs, seed=seed)


def run(seeds: int, out: Path) -> list[dict[str, Any]]:
    """Train all heads with so many seeds, and write a row for each training."""
    rows = []
    for head in tqdm(HEADS):
        for seed in range(seeds):
            measured = {k: round(v, 3) for k, v in trained(head, seed).items()}
            about = {"loss": head.loss, **dict(head.parameters)}
            rows.append({**about, "slips": list(head.slips), "seed": seed, **measured})
    command = f"python -m margins.judge.training --seeds {seeds}"
    text = json.dumps(provenance.of_this_run(command, devices.find("cpu")))[:-1]
    lines = ",\n ".join(json.dumps(row) for row in rows)
    write_whole(out, f'{text}, "rows": [\n {lines}\n]}}\n'.encode())
    return rows


@cache
def read() -> dict[str, Any]:
    """What was trained last: ``rows``, and how they were made."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def table(rows: list[dict[str, Any]] | None = None) -> Table:
    """Mean and deviation over the seeds, a row for each head.

    `rows` are the committed ones if not given.
    """
    found = Table(
        {"ArcFace": "", "s": "g"} | {head: ".1f" for head in COLUMNS},
        caption="ArcFace on the small digits, with one thing changed",
    )
    heads: dict[tuple, list[dict[str, Any]]] = {}
    for row in read()["rows"] if rows is None else rows:
        heads.setdefault((row["s"], *row["slips"]), []).append(row)
    for (s, *slips), some in heads.items():
        measured = (results.over_seeds(some, itemgetter(k)) for k in COLUMNS.values())
        found.add(", ".join(slips) or "the paper's formula", s, *measured)
    return found


#: What each column measures.
COLUMNS = {
    "test accuracy (%)": "test_accuracy",
    "angle to own weight (°)": "own_angle",
    "nearest classes (°)": "nearest",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m margins.judge.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    print(table(run(options.seeds, options.out)))
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
