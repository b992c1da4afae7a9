"""What an experiment is, and how one seed of it becomes a run among the results."""

import json
import math
from collections.abc import Callable
from dataclasses import KW_ONLY, asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

from margins import comparison, provenance, results
from margins import device as devices
from margins.device import CPU, GPU
from margins.results.packed import rounded
from mlcore import datasets, locks, losses, metrics, train
from mlcore.arrays import like, to_numpy
from mlcore.layers import Sequential
from mlcore.optim import SGD


class Repeatable(Protocol):
    """What the command line asks of every kind of experiment, a frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """On the command line, and of its runs."""

    @property
    def data(self) -> str:
        """Name of the data set."""

    @property
    def epochs(self) -> int:
        """How often a training goes through it."""

    @property
    def paper(self) -> str | None:
        """The key of the paper's own figure in `margins.papers`, where it has one."""

    @property
    def small(self) -> str:
        """Why this is not the paper's training; empty where it is."""

    @property
    def seeded(self) -> bool:
        """Whether another seed makes another run."""

    def settings(self, held_out: int) -> dict[str, Any]:
        """Everything but the seed, in words and numbers: two runs of it are alike."""

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> "Outcome":
        """Train one seed; `how` is handed on to `train.fit`: checkpoint, progress."""

    def in_short(self, run: dict[str, Any]) -> str:
        """One line about what a run has measured."""


@dataclass(frozen=True)
class Outcome:
    """What a training leaves for its run: its epochs, its stretches, its numbers."""

    epochs: tuple[train.Epoch, ...]
    stretches: tuple[dict[str, Any], ...]
    measured: dict[str, Any]


@dataclass(frozen=True)
class Experiment:
    """Training a classifier: one row of a table, everything but the seed.

    Attributes
    ----------
    name, paper, small
        As of every experiment, see `Repeatable`.
    data : str
        For `datasets.load`.
    network : callable
        ``network(seed=..., like=...)`` returns the network.
    head : callable
        ``head(steps)`` returns the head that `train.fit` takes, for a training of so
        many steps.
    epochs, batch : int
    optimiser : callable
        ``optimiser(steps)``.
    center_loss, center_weight, augment
        As in `train.fit`.
    features : int
        Of how many images of each split the features themselves go into the file, for a
        figure; then the geometry is measured on the training set too.
    """

    name: str
    data: str
    _: KW_ONLY
    network: Callable[..., Sequential]
    head: Callable[[int], object]
    epochs: int
    batch: int = 64
    optimiser: Callable[[int], SGD] = train.default_optimiser
    center_loss: losses.CenterLoss | None = None
    center_weight: float = 0.0
    augment: Callable | None = None
    paper: str | None = None
    small: str = ""
    features: int = 0
    seeded = True

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, network, losses and training, in words and numbers."""
        data, steps = self._data_and_steps(held_out)
        head = self.head(steps)
        head_at = head if callable(head) else lambda step: head
        return {
            "data": repr(data),
            **train.describe(
                self.network(seed=0), head_at, self.optimiser(steps), steps
            ),
            "center_loss": None if self.center_loss is None else repr(self.center_loss),
            "center_weight": self.center_weight,
            "augment": None if self.augment is None else repr(self.augment),
            "epochs": self.epochs,
            "batch": self.batch,
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train one seed and measure it on the training and on the test images."""
        data, steps = self._data_and_steps(held_out)
        net = self.network(seed=seed, like=device.reference)
        head = self.head(steps)
        history = train.fit(
            net,
            head,
            data,
            epochs=self.epochs,
            batch=self.batch,
            optimiser=self.optimiser(steps),
            seed=seed,
            center_loss=self.center_loss,
            center_weight=self.center_weight,
            augment=self.augment,
            **how,
        )
        last, count = head(steps) if callable(head) else head, self.features
        on_train = {"accuracy": 100 * history.train_accuracy}
        if count:
            on_train = _measured(net, last, history.w, data.train, count)
        looked_at = "validation" if held_out else "test"
        others = getattr(data, looked_at)
        on_others = _measured(net, last, history.w, others, count)
        measured = {"train": on_train, looked_at: on_others}
        return Outcome(history.epochs, history.stretches, measured)

    def _data_and_steps(self, held_out):
        data = with_held_out(self.data, held_out)
        return data, self.epochs * math.ceil(len(data.train) / self.batch)

    def in_short(self, run: dict[str, Any]) -> str:
        """Accuracy, Fisher score and angle."""
        split = "test" if "test" in run else "validation"
        measured = run[split]
        return (
            f"{split} accuracy {measured['accuracy']:.2f} %, Fisher score"
            f" {measured['fisher']:.3f}, angle to the own row"
            f" {measured['own_angle']:.1f}°"
        )


def found(
    experiment: Repeatable, seed: int, folder: str | Path, held_out: int = 0
) -> dict[str, Any] | None:
    """The run of a seed that is in a folder already, or None.

    Raises
    ------
    ValueError
        If it is one of other settings; the message says which.
    """
    there = results.runs(experiment.name, folder)
    run = next((run for run in there if run["seed"] == seed), None)
    if run is None:
        return None
    # As a file gives them back; an older run may not name all of them.
    now, then = json.loads(json.dumps(experiment.settings(held_out))), run["settings"]
    changed = [key for key in now if then.get(key, now[key]) != now[key]]
    if changed:
        raise ValueError(
            f"{Path(folder) / results.RUNS} holds {experiment.name}, seed {seed}, of"
            f" other settings: {', '.join(changed)} changed. Give another folder, or"
            " take its line out to train it again"
        )
    return run


def run(
    experiment: Repeatable,
    seed: int,
    folder: str | Path,
    *,
    command: str,
    on: str = "cpu",
    held_out: int = 0,
    progress: bool = True,
) -> dict[str, Any]:
    """Train one seed and write its run; go on where a training before was cut off.

    Parameters
    ----------
    experiment : Repeatable
    seed : int
        Of the network, the classifier, the order of the samples, augmentation and
        dropout.
    folder : str or Path
        Of the results; the checkpoint stands beside them until the run is written.
    command : str
        What a reader types to repeat it; goes into the file.
    on : {"cpu", "gpu"}
    held_out : int
        How many training images to set aside. If there are any, the run has what was
        measured on them and nothing of the test set: such a run is for choosing.
    progress : bool

    Returns
    -------
    dict
        The run: commit, versions and machine of the last stretch, by which the results
        were measured, and under ``stretches`` those of each, with the steps that it
        trained.

    Raises
    ------
    locks.InUse
        If another process is at it.
    ValueError
        If there is a run of that name and seed with other settings, or a checkpoint.
    """
    path = Path(folder) / f"{experiment.name}-seed-{seed}"
    with locks.held(path):
        # Another process may have done it since the caller looked.
        there = found(experiment, seed, folder, held_out)
        return there or _run(
            experiment, seed, path, command, devices.find(on), held_out, progress
        )


def _run(experiment, seed, path, command, device, held_out, progress):
    checkpoint = path.with_name(f"{path.name}.npz")
    head = provenance.of_this_run(command, device)
    outcome = experiment.train(
        seed,
        held_out,
        device,
        checkpoint=checkpoint,
        provenance=head,
        progress=progress,
    )
    report = {
        "experiment": experiment.name,
        "seed": seed,
        **head,
        "seconds": round(sum(epoch.seconds for epoch in outcome.epochs), 1),
        "paper": experiment.paper,
        "small": experiment.small,
        "stretches": outcome.stretches,
        "settings": experiment.settings(held_out),
        "history": [_without_none(asdict(epoch)) for epoch in outcome.epochs],
        **outcome.measured,
    }
    results.write(report, path.parent / results.RUNS)
    checkpoint.unlink(missing_ok=True)
    return json.loads(json.dumps(report))


@lru_cache(maxsize=1)
def with_held_out(name: str, held_out: int) -> datasets.Dataset:
    """The data set `name`, `held_out` of its training images aside to validate on."""
    data = datasets.load(name)
    return datasets.hold_out(data, held_out) if held_out else data


def _measured(net, head, w, split, count):
    """Accuracy and geometry on a split, and the first `count` features for a figure."""
    x = train.features(net, split.images)
    y = like(split.labels, x)
    measured = {"accuracy": 100 * metrics.accuracy(train.scores(head, x, w), y)}
    measured |= comparison.geometry(x, w, y)
    if count:
        measured["features"] = rounded(to_numpy(x[:count, ...]))
        measured["labels"] = split.labels[:count].tolist()
        measured["w"] = to_numpy(w).tolist()
    return measured


def _without_none(row):
    return {name: value for name, value in row.items() if value is not None}
