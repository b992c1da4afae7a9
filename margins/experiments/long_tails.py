"""Ten digits that are not equally common: 400 images of one, 4 of another (chapter 20).

Which digit is common and which is rare, a seed draws; the test has 100 images of each.
One run trains every loss on the same images in the same order. What is done after a
training, with the logits that it left, is measured in the same run.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from margins.device import CPU, GPU
from margins.experiments.experiment import Outcome
from mlcore import datasets, losses, train
from mlcore.arrays import Array, to_numpy
from mlcore.layers import Flatten, Linear, PReLU, Sequential

MOST, RATIO, EPOCHS, BATCH, S, BETA = 400, 100, 40, 64, 16.0, 0.9999
#: By how much of the log prior the plain logits are moved for the curve.
TAUS = tuple(k / 4 for k in range(13))


# [long-tail]
def counts(classes: int = 10, most: int = MOST, ratio: float = RATIO) -> list[int]:
    """How many images of each class, commonest first: from `most` to most / ratio."""
    falls = ratio ** (-1 / (classes - 1))
    return [round(most * falls**k) for k in range(classes)]


def long_tailed(ds: datasets.Dataset, seed: int) -> datasets.Dataset:
    """`ds` with label 0 for its commonest class in training, and so on.

    The seed draws which class that is, and which of its images are kept.
    """
    draws = np.random.PCG64(seed)
    order = np.argsort(draws.random_raw(len(ds.classes)), kind="stable")
    mixed = np.argsort(draws.random_raw(len(ds.train)), kind="stable")
    kept = [
        mixed[ds.train.labels[mixed] == old][:n]
        for old, n in zip(order, counts(len(order)), strict=True)
    ]
    new = np.argsort(order)

    def part(split, rows):
        return datasets.Split(split.images[rows], new[split.labels[rows]])

    return replace(
        ds,
        train=part(ds.train, np.concatenate(kept)),
        test=part(ds.test, np.arange(len(ds.test))),
        classes=tuple(ds.classes[old] for old in order),
    )


# [/long-tail]


def network(seed: int = 0, *, like: Array | None = None) -> Sequential:
    """Two hidden layers, 64 features."""
    return Sequential(
        [
            Flatten(),
            *(Linear(784, 256), PReLU(256), Linear(256, 128), PReLU(128)),
            Linear(128, 64),
        ],
        seed=seed,
        like=like,
        dtype="float32",
        input_shape=(28, 28, 1),
    )


class Row(NamedTuple):
    """A loss to train with, and what is done with its logits at the test.

    Attributes
    ----------
    head : callable
        ``head(n, steps)`` is what `train.fit` takes, for counts n.
    taus : tuple of float
        By how much of the log prior the logits are adjusted after training, each for a
        result of its own; 0 is not at all.
    """

    head: Callable[[list[int], int], Any]
    taus: tuple[float, ...] = (0.0,)


def weights(n: list[int]) -> tuple[float, ...]:
    """One over the effective number."""
    return losses.effective_number_weights(n, BETA)


def deferred(plain: Any, n: list[int], steps: int) -> Callable[[int], Any]:
    """`plain`, and with class weights in the last fifth of the steps."""
    weighed = replace(plain, class_weights=weights(n))
    return lambda step: weighed if step > 4 * steps // 5 else plain


def vector_scaling(n: list[int], gamma: float) -> losses.LogitHead:
    """The logit-adjusted loss, and with a scale besides."""
    return losses.LogitHead(losses.VectorScalingLoss(n, gamma=gamma))


#: None of these numbers was tuned: .3, .5 and 16 are usual, .15 was tried beforehand.
ROWS = {
    "cross-entropy": Row(lambda n, steps: losses.SoftmaxLoss(), TAUS),
    "weights": Row(lambda n, steps: losses.SoftmaxLoss(class_weights=weights(n))),
    "deferred weights": Row(lambda n, steps: deferred(losses.SoftmaxLoss(), n, steps)),
    "logit-adjusted": Row(lambda n, steps: vector_scaling(n, 0.0), (0.0, 1.0)),
    "vector scaling": Row(lambda n, steps: vector_scaling(n, 0.15)),
    "normalised": Row(
        lambda n, steps: losses.AdditiveMarginSoftmaxLoss(m=0.0, s=S), (0.0, 1.0)
    ),
    "AM": Row(lambda n, steps: losses.AdditiveMarginSoftmaxLoss(m=0.3, s=S)),
    "LDAM": Row(lambda n, steps: losses.LDAMLoss(n, max_m=0.5, s=S)),
    "LDAM, deferred weights": Row(
        lambda n, steps: deferred(losses.LDAMLoss(n, max_m=0.5, s=S), n, steps)
    ),
}


def logits(head: Any, x: np.ndarray, w: np.ndarray) -> Any:
    """Test-time logits as large as in training: with s, where cosines are scaled."""
    if getattr(head, "normalised_features", False):
        x = head.s * x / np.linalg.norm(x, axis=1, keepdims=True)
    return train.scores(head, x, w)


@dataclass(frozen=True)
class LongTail:
    """All rows of the table, everything but the seed.

    Attributes
    ----------
    name, paper, small
        As of every experiment.
    epochs, batch : int
    """

    name: str
    epochs: int = EPOCHS
    batch: int = BATCH
    data = "mnist-5k"
    paper = None
    small = ""
    seeded = True

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, network, losses and training, in words and numbers.

        Raises
        ------
        ValueError
            If images are to be held out: nothing is chosen here.
        """
        if held_out:
            raise ValueError(f"{self.name} has no use for held-out images")
        n = counts()
        last = {
            name: head(2) if callable(head) else head
            for name, head in ((name, row.head(n, 2)) for name, row in ROWS.items())
        }
        return {
            "data": repr(datasets.load(self.data)),
            "counts": n,
            "network": repr(network()),
            "heads": {name: repr(head) for name, head in last.items()},
            "deferred to": "the last fifth of the steps",
            "optimiser": "train.default_optimiser",
            "epochs": self.epochs,
            "batch": self.batch,
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train all rows; it takes half a minute, so it begins again when cut off."""
        data = long_tailed(datasets.load(self.data), seed)
        steps = self.epochs * math.ceil(len(data.train) / self.batch)
        test = data.test
        found, on_train = {}, {}
        for name, row in ROWS.items():
            net, head = network(seed, like=device.reference), row.head(counts(), steps)
            history = train.fit(
                net,
                head,
                data,
                epochs=self.epochs,
                batch=self.batch,
                optimiser=train.default_optimiser(steps),
                seed=seed,
                progress=how.get("progress", False),
            )
            last = head(steps) if callable(head) else head
            x, w = to_numpy(train.features(net, test.images)), to_numpy(history.w)
            z = logits(last, x, w)
            on_train[name] = round(100 * history.train_accuracy, 1)
            found[name] = [
                by_class(losses.adjust(z, counts(), tau) if tau else z, test.labels)
                for tau in row.taus
            ]
        return Outcome((), (), {"by_class": found, "train_accuracy": on_train})

    def in_short(self, run: dict[str, Any]) -> str:
        """The balanced accuracy of the first row, as it is and adjusted."""
        plain = run["by_class"]["cross-entropy"]
        one, two = (float(np.mean(plain[TAUS.index(tau)])) for tau in (0, 1))
        return f"cross-entropy {one:.1f} %, adjusted after training {two:.1f} %"


def by_class(z: Any, y: np.ndarray) -> list[float]:
    """Accuracy of each class in per cent, commonest first."""
    right = np.argmax(z, axis=1) == y
    return [round(100 * float(np.mean(right[y == j])), 2) for j in range(z.shape[1])]


FAMILY = [LongTail("long-tail")]
