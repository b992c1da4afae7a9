"""Ten thousand classes: full and sampled heads, judged on styles and characters unseen.

The Han glyphs have 11,289 classes. 10,000 are trained on; of the others, which training
never sees, the features are compared as chapter 12 compares faces. The test images show
all characters in styles that training does not see either.

A head over a sample of a tenth of the classes takes less time for a step. So it is
tried twice: with as many steps as the full head, and with about as much time.
"""

import math
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from margins.device import CPU, GPU
from margins.experiments.experiment import Outcome
from mlcore import datasets, losses, many, metrics, train
from mlcore.arrays import Array, to_numpy
from mlcore.layers import BatchNorm, Flatten, Linear, PReLU, Sequential

# Classes to train on, and how many styles of each: with all forty a training takes
# twice as long, and the comparison is the same.
SEEN, STYLES = 10_000, 20
S, RATE, FAR = 32.0, 0.3, 1e-4


@lru_cache(maxsize=1)
def characters() -> tuple[datasets.Dataset, datasets.Split]:
    """The data to train on, with the test images of these characters; and those of the
    characters that are held out, drawn at random once and for all."""
    ds = datasets.load("han-glyphs")
    order = np.argsort(np.random.PCG64(0).random_raw(len(ds.classes)), kind="stable")
    opened = datasets.open_set(ds, np.sort(order[SEEN:]).tolist())
    label = np.full(len(ds.classes), -1)
    label[np.sort(order[:SEEN])] = np.arange(SEEN)
    kept = np.flatnonzero(label[ds.test.labels] >= 0)
    test = datasets.Split(ds.test.images[kept], label[ds.test.labels[kept]])
    few = first_of_each(opened.train.labels, STYLES)
    train = datasets.Split(opened.train.images[few], opened.train.labels[few])
    classes = opened.classes[:SEEN]
    return replace(opened, train=train, test=test, classes=classes), opened.test


def first_of_each(labels: np.ndarray, count: int) -> np.ndarray:
    """Where the first `count` samples of each class stand, fewer if there are fewer."""
    order = np.argsort(labels, kind="stable")
    ranked = labels[order]
    place = np.arange(len(labels)) - np.searchsorted(ranked, ranked)
    return np.sort(order[place < count])


def network(seed: int = 0, *, like: Array | None = None) -> Sequential:
    """One hidden layer, 128 features.

    Without the second BatchNorm all features turn into one direction within a few dozen
    steps, at every rate that was tried from 0.02 to 1, and nothing is learnt any more.
    """
    return Sequential(
        [
            Flatten(),
            *(Linear(784, 512, bias=False), BatchNorm(512), PReLU(512)),
            *(Linear(512, 128, bias=False), BatchNorm(128)),
        ],
        seed=seed,
        like=like,
        dtype="float32",
        input_shape=(28, 28, 1),
    )


@dataclass(frozen=True)
class Characters:
    """One head: everything but the seed.

    Attributes
    ----------
    name : str
    m : float
        The margin, on the cosine.
    rate : float
        The share of the classes in a step; 1 is the full head.
    epochs : int
    loss : str
        What the table calls it; or "pixels", which are compared as they are.
    """

    name: str
    loss: str
    m: float = 0.2
    rate: float = 1.0
    epochs: int = 1
    batch: int = 256
    data = "han-glyphs"
    paper = None
    small = ""

    @property
    def seeded(self) -> bool:
        """Pixels have no seed."""
        return self.loss != "pixels"

    def head(self, seed: int) -> Any:
        """As `train.fit` takes it."""
        loss = losses.AdditiveMarginSoftmaxLoss(m=self.m, s=S)
        if self.rate == 1:
            return loss
        return many.Sampled(many.Chunked(loss, keep=math.inf), self.rate, seed).at

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, network, loss and training, in words and numbers.

        Raises
        ------
        ValueError
            If images are to be held out: nothing is chosen here.
        """
        if held_out:
            raise ValueError(f"{self.name} has no use for held-out images")
        data, others = characters()
        head = self.head(0)
        return {
            "data": repr(data),
            "unseen": len(np.unique(others.labels)),
            "network": repr(network()),
            "head": repr(head(1) if callable(head) else head),
            "optimiser": f"train.default_optimiser, rate {RATE:g}",
            "epochs": self.epochs,
            "batch": self.batch,
            "far": FAR,
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train, and measure; a run takes a minute or two, so it begins again."""
        data, others = characters()
        if self.loss == "pixels":
            x = datasets.scaled(others.images).reshape(len(others), -1)
            centred = x - x.mean(axis=1, keepdims=True)
            return Outcome((), (), self._measured(centred, others.labels))
        net = network(seed=seed, like=device.reference)
        begin = time.process_time()
        marks: list[float] = []
        history = train.fit(
            net,
            self.head(seed),
            data,
            epochs=self.epochs,
            batch=self.batch,
            optimiser=self._optimiser(len(data.train)),
            seed=seed,
            on_epoch=lambda *_: marks.append(time.process_time() - begin),
            **how,
        )
        x = to_numpy(train.features(net, others.images))
        measured = self._measured(x, others.labels) | {
            "cpu_seconds": round(marks[-1], 1),
            "train": {"accuracy": round(history.train_accuracy * 100, 2)},
            "test": {"accuracy": round(history.test_accuracy * 100, 2)},
        }
        return Outcome(history.epochs, history.stretches, measured)

    def _optimiser(self, samples):
        steps = self.epochs * math.ceil(samples / self.batch)
        # Chosen on 4,000 training images that were left out: after 400 steps the full
        # head is right of 36 % of them.
        return train.default_optimiser(steps, rate=RATE)

    def _measured(self, x, y):
        pairs = metrics.all_pairs(x, y)
        verified = metrics.verification(pairs.scores, pairs.same)
        return {
            "loss": self.loss,
            "rate": self.rate,
            "recall": round(100 * metrics.recall_at_k(x, y), 2),
            "tar": round(100 * verified.tar_at_far(FAR), 2),
            "eer": round(100 * verified.eer(), 3),
        }

    def in_short(self, run: dict[str, Any]) -> str:
        """What the held-out characters say."""
        return f"rank-1 {run['recall']:.2f} %, TAR {run['tar']:.2f} % at FAR {FAR:g}"


# m - log(1 / rate) / s is the margin that a sample has in truth.
SHIFT = math.log(10) / S

FAMILY = [
    Characters("glyphs-pixels", "pixels"),
    Characters("glyphs-full-0", "full", m=0.0),
    Characters("glyphs-full", "full"),
    Characters("glyphs-tenth", "a tenth", rate=0.1),
    Characters("glyphs-tenth-shifted", "a tenth, shifted", m=0.2 + SHIFT, rate=0.1),
    Characters("glyphs-tenth-long", "a tenth", rate=0.1, epochs=2),
    Characters(
        "glyphs-tenth-shifted-long",
        "a tenth, shifted",
        m=0.2 + SHIFT,
        rate=0.1,
        epochs=2,
    ),
    Characters("glyphs-third", "three tenths", rate=0.3),
]
