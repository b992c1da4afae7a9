"""What an experiment is, and how one seed of it becomes a results file."""

import json
import math
from collections.abc import Callable
from dataclasses import KW_ONLY, asdict, dataclass
from functools import lru_cache

from margins import comparison, device, provenance
from mlcore import checkpoints, datasets, locks, losses, metrics, train
from mlcore.arrays import like, to_numpy
from mlcore.layers import Sequential


@dataclass(frozen=True)
class Experiment:
    """One row of a table: everything but the seed.

    Attributes
    ----------
    name : str
        On the command line, and of the folder of its results.
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
    paper : str, optional
        The key of the paper's own figure in `papers.FIGURES`, where it has one.
    small : str
        Why this is not the paper's training: a smaller network, fewer epochs. Empty
        where it is.
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
    optimiser: Callable[[int], object] = train.default_optimiser
    center_loss: losses.CenterLoss | None = None
    center_weight: float = 0.0
    augment: object = None
    paper: str | None = None
    small: str = ""
    features: int = 0

    def train(self, seed, checkpoint, on, held_out, progress, provenance=None):
        """Train one seed; returns settings, epochs, stretches and what was measured,
        for the results file."""
        data = with_held_out(self.data, held_out)
        net = self.network(seed=seed, like=device.reference(on))
        steps = self.epochs * math.ceil(len(data.train) / self.batch)
        head, optimiser = self.head(steps), self.optimiser(steps)
        history = train.fit(
            net,
            head,
            data,
            epochs=self.epochs,
            batch=self.batch,
            optimiser=optimiser,
            seed=seed,
            center_loss=self.center_loss,
            center_weight=self.center_weight,
            augment=self.augment,
            checkpoint=checkpoint,
            provenance=provenance,
            progress=progress,
        )
        head_at = head if callable(head) else lambda step: head
        head_at_end, count = head_at(steps), self.features
        looked_at = "validation" if held_out else "test"
        on_train = {"accuracy": 100 * history.train_accuracy}
        if count:
            on_train = _measured(net, head_at_end, history.w, data.train, count)
        settings = {
            "data": repr(data),
            **train.describe(net, head_at, optimiser, steps),
            "center_loss": None if self.center_loss is None else repr(self.center_loss),
            "center_weight": self.center_weight,
            "augment": None if self.augment is None else repr(self.augment),
        }
        on_others = _measured(
            net, head_at_end, history.w, getattr(data, looked_at), count
        )
        measured = {"train": on_train, looked_at: on_others}
        return settings, history.epochs, history.stretches, measured

    def in_short(self, measured):
        """One line about what was measured on a split."""
        return (
            f"accuracy {measured['accuracy']:.2f} %, Fisher score"
            f" {measured['fisher']:.3f}, angle to the own row"
            f" {measured['own_angle']:.1f}°"
        )


def path(experiment, seed, out):
    """Where the results of a seed lie in the folder `out`."""
    return out / experiment.name / f"seed-{seed}.json"


def run(experiment, seed, path, *, command, on="cpu", held_out=0, progress=True):
    """Train one seed and write its results; go on where a run before was cut off.

    Parameters
    ----------
    experiment : Experiment, or detection.Detection
    seed : int
        Of the network, the classifier, the order of the samples, augmentation and
        dropout.
    path : Path
        Of the results, a JSON file; the checkpoint stands beside it until they are
        written.
    command : str
        What a reader types to repeat it; goes into the file.
    on : {"cpu", "gpu"}
    held_out : int
        How many training images to set aside. If there are any, the file has what was
        measured on them and nothing of the test set: such a run is for choosing.
    progress : bool

    Returns
    -------
    dict
        What the file holds: commit, versions and machine of the last stretch, by which
        the results were measured, and under ``stretches`` those of each, with the steps
        that it trained.

    Raises
    ------
    locks.InUse
        If another process is at it.
    """
    with locks.held(path):
        if path.exists():  # Another process has done it since the caller looked.
            return json.loads(path.read_text(encoding="utf-8"))
        checkpoints.sweep(path)
        return _run(experiment, seed, path, command, on, held_out, progress)


def _run(experiment, seed, path, command, on, held_out, progress):
    checkpoint = path.with_suffix(".npz")
    report = provenance.of_this_run(command, on)
    settings, epochs, stretches, measured = experiment.train(
        seed, checkpoint, on, held_out, progress, provenance=report
    )
    report |= {
        "experiment": experiment.name,
        "seed": seed,
        "seconds": round(sum(epoch.seconds for epoch in epochs), 1),
        "paper": experiment.paper,
        "small": experiment.small,
        "stretches": stretches,
        "settings": settings | {"epochs": experiment.epochs, "batch": experiment.batch},
        "history": [_without_none(asdict(epoch)) for epoch in epochs],
        **measured,
    }
    checkpoints.write_whole(path, in_lines(report).encode())
    checkpoint.unlink(missing_ok=True)
    return report


def in_lines(report):
    """A dictionary as JSON with a line for each key: short files, and changes that can
    be read."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in report.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@lru_cache(maxsize=1)
def with_held_out(name, held_out):
    """The data set `name`, with `held_out` of its training images set aside for
    validation."""
    data = datasets.load(name)
    return datasets.hold_out(data, held_out) if held_out else data


def _measured(net, head, w, split, count):
    """Accuracy and geometry on a split, and the first `count` features for a figure."""
    x = train.features(net, split.images)
    y = like(split.labels, x)
    measured = {"accuracy": 100 * metrics.accuracy(train.scores(head, x, w), y)}
    measured |= comparison.geometry(x, w, y)
    if count:
        measured["features"] = [
            [float(f"{number:.4g}") for number in row]
            for row in to_numpy(x[:count, ...]).tolist()
        ]
        measured["labels"] = split.labels[:count].tolist()
        measured["w"] = to_numpy(w).tolist()
    return measured


def _without_none(row):
    return {name: value for name, value in row.items() if value is not None}
