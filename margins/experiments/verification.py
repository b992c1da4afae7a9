"""Open-set verification: all losses, judged on people and clothes never trained on.

The faces of AT&T are split four times into 30 identities to train on and 10 others, so
that each of the 40 is judged once by every loss and seed; the classes of Fashion-MNIST
five times into seven and three. The settings were fixed when every loss had reached
accuracy 1 on the identities trained on; nothing was chosen by what came out for the
others.

How many identities must training see? The same faces, with the first 5, 10, 20 or 30 of
the 30. The ten judged are the same, and so is the number of steps, about: fewer
photographs are seen more often.
"""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Literal

import numpy as np

from margins import open_set
from margins.device import CPU, GPU
from margins.experiments.experiment import Outcome
from mlcore import datasets, layers, metrics, train
from mlcore.arrays import Array, to_numpy
from mlcore.layers import BatchNorm, Conv2d, Flatten, Linear, PReLU, Sequential

CURVE = [float(f"{far:.3g}") for far in np.logspace(-3, 0, 31)]


# [faces]
@lru_cache(maxsize=8)
def faces(unseen: tuple[int, ...]) -> datasets.Dataset:
    """The photographs of all others to train on, of `unseen` to judge, 28 x 23."""
    ds = datasets.load("att-faces")
    images = np.concatenate([ds.train.images, ds.test.images])
    labels = np.concatenate([ds.train.labels, ds.test.labels])
    # Means of 4 x 4 pixels: the network trains in seconds, and faces stay faces.
    small = images.reshape(len(images), 28, 4, 23, 4, 1).mean(axis=(2, 4))
    everybody = datasets.Split(np.rint(small).astype(np.uint8), labels)
    return datasets.open_set(replace(ds, train=everybody, test=everybody), unseen)


def face_network(seed: int = 0, *, like: Array | None = None) -> Sequential:
    """`layers.digit_network` for images of 28 x 23, with 64 features."""
    return Sequential(
        [
            Conv2d(1, 16, kernel=5, stride=2, padding=2, bias=False),
            BatchNorm(16),
            PReLU(16),
            Conv2d(16, 32, kernel=5, stride=2, padding=2, bias=False),
            BatchNorm(32),
            PReLU(32),
            Flatten(),
            Linear(7 * 6 * 32, 64),
        ],
        seed=seed,
        like=like,
        input_shape=(28, 23, 1),
    )


# [/faces]


@lru_cache(maxsize=8)
def fashion(unseen: tuple[int, ...]) -> datasets.Dataset:
    """500 images of each seen class to train on, 100 of each of `unseen` to judge."""
    ds = datasets.open_set(datasets.load("fashion-mnist"), unseen)
    return replace(
        ds, train=first_of_each(ds.train, 500), test=first_of_each(ds.test, 100)
    )


def first_of_each(split: datasets.Split, count: int) -> datasets.Split:
    """The first `count` images of each class, in the order of the file."""
    of_class = [
        np.flatnonzero(split.labels == label)[:count]
        for label in np.unique(split.labels)
    ]
    kept = np.sort(np.concatenate(of_class))
    return datasets.Split(split.images[kept], split.labels[kept])


@dataclass(frozen=True)
class Verification:
    """One loss on every split of the identities: everything but the seed.

    Attributes
    ----------
    name : str
    loss : str
        Of `open_set.objectives`; or "pixels", which are compared as they are, or
        "untrained", the network before its first step.
    data : str
    split : callable
        ``split(unseen)`` returns the data set that is judged on those labels.
    network : callable
        ``network(seed=..., like=...)``.
    unseen : tuple of tuple of int
        The labels judged, for each split.
    epochs, batch : int
    s : float
        Scale of the normalised losses.
    samples : int
        Of the bootstrap; 0 where only what `open_set.measure` returns is wanted.
    people : int or None
        Train on the first so many identities only.
    """

    name: str
    loss: str
    data: str
    split: Callable[[tuple[int, ...]], datasets.Dataset]
    network: Callable[..., Sequential]
    unseen: tuple[tuple[int, ...], ...]
    epochs: int
    samples: int
    batch: int = 64
    s: float = 16.0
    people: int | None = None
    paper = None
    small = ""

    @property
    def seeded(self) -> bool:
        """Pixels have no seed."""
        return self.loss != "pixels"

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, network, losses and training, in words and numbers.

        Raises
        ------
        ValueError
            If images are to be held out: nothing is chosen here.
        """
        if held_out:
            raise ValueError(f"{self.name} has no use for held-out images")
        return {
            "data": repr(self.chosen(self.unseen[0])),
            "network": repr(self.network(seed=0)),
            "head": self._head_in_words(),
            "optimiser": "train.default_optimiser",
            "epochs": self.epochs,
            "batch": self.batch,
            "s": self.s,
            "people": self.people,
            "unseen": self.unseen,
            "fars": open_set.FARS,
            "curve_fars": CURVE,
            "bootstrap": f"{drawn(len(self.unseen[0]))}, {self.samples} samples",
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train on each split anew, and judge the identities left out.

        A split takes seconds: a run that was cut off begins again.
        """
        begin = time.perf_counter()
        splits = [self._judged(unseen, seed, device, how) for unseen in self.unseen]
        measured: dict[str, Any] = {"loss": self.loss, "splits": splits}
        if self.people is not None:
            measured["people"] = self.people
        seconds = round(time.perf_counter() - begin, 1)
        return Outcome((), (), measured | {"seconds": seconds})

    def in_short(self, run: dict[str, Any]) -> str:
        """The equal error rate."""
        eers = [split["eer"] for split in run["splits"]]
        return f"EER {statistics.fmean(eers):.2f} % over {len(eers)} splits"

    def chosen(self, unseen: tuple[int, ...]) -> datasets.Dataset:
        """The data: `unseen` to judge, the first `people` others to train on."""
        data = self.split(unseen)
        if self.people is None:
            return data
        known = data.train.labels < self.people
        images, labels = data.train.images[known], data.train.labels[known]
        return replace(data, train=datasets.Split(images, labels))

    def _head_in_words(self):
        objective = open_set.objectives(100, self.s).get(self.loss)
        if objective is None:
            return self.loss
        head = objective["head"]
        return repr(head(1) if callable(head) else head)

    def _judged(self, unseen, seed, device, how):
        """What is measured on one split."""
        data = self.chosen(unseen)
        if self.loss == "pixels":
            seen, others = (centred(split.images) for split in (data.train, data.test))
        else:
            net = self._trained(data, seed, device, how)
            seen, others = (
                to_numpy(train.features(net, split.images))
                for split in (data.train, data.test)
            )
        measured = open_set.measure(others, data.test.labels)
        if self.samples:
            some = first_of_each(replace(data.train, images=seen), 20)
            measured |= {"seen": open_set.measure(some.images, some.labels)}
            measured |= curve_and_intervals(others, data.test.labels, self.samples)
        return rounded(measured)

    def _trained(self, data, seed, device, how):
        net = self.network(seed=seed, like=device.reference)
        if self.loss != "untrained":
            steps = self.epochs * math.ceil(len(data.train) / self.batch)
            train.fit(
                net,
                data=data,
                **open_set.objectives(steps, self.s)[self.loss],
                epochs=self.epochs,
                batch=self.batch,
                seed=seed,
                progress=how.get("progress", False),
            )
        return net


def curve_and_intervals(x: np.ndarray, y: np.ndarray, samples: int) -> dict[str, Any]:
    """TAR at the FARs of `CURVE`, and the intervals of EER and TAR, in percent.

    Parameters
    ----------
    x : numpy.ndarray, shape (N, D)
        Features.
    y : numpy.ndarray, shape (N,)
        Labels.
    samples : int
        Of the bootstrap, which draws what `drawn` says.
    """
    pairs = metrics.all_pairs(x, y)
    people = drawn(len(set(y.tolist()))) == "people"
    of = pairs.identities if people else pairs.indices
    v = metrics.verification(pairs.scores, pairs.same, of)

    def interval(measure):
        return list(v.interval(measure, samples))

    return {
        "curve": [100 * v.tar_at_far(far) for far in CURVE],
        "interval": {
            "eer": interval(lambda v: 100 * v.eer()),
            "tar": [
                interval(lambda v, far=far: 100 * v.tar_at_far(far))
                for far in open_set.FARS
            ],
        },
    }


def drawn(identities: int) -> Literal["people", "images"]:
    """What the bootstrap draws: people; but images where there are only three."""
    return "people" if identities >= 10 else "images"


def centred(images: np.ndarray) -> np.ndarray:
    """The pixels as features: without their mean, or every cosine would be near 1."""
    pixels = datasets.scaled(images).reshape(images.shape[0], -1)
    return pixels - pixels.mean(axis=1, keepdims=True)


def rounded(value: Any) -> Any:
    """Numbers in percent with three decimals: the file is part of the package."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return round(value, 3)


FACES: dict[str, Any] = dict(
    data="att-faces",
    split=faces,
    network=face_network,
    unseen=tuple(tuple(range(k, 40, 4)) for k in range(4)),
)
CLOTHES: dict[str, Any] = dict(
    data="fashion-mnist",
    split=fashion,
    network=partial(layers.digit_network, features=64),
    unseen=tuple(tuple((2 * k + i) % 10 for i in range(3)) for k in range(5)),
)
LOSSES = ("pixels", "untrained", *open_set.objectives(steps=1))

FAMILY = [
    *(
        Verification(f"faces-{loss}", loss, epochs=40, samples=400, **FACES)
        for loss in LOSSES
    ),
    *(
        Verification(f"clothes-{loss}", loss, epochs=5, samples=100, **CLOTHES)
        for loss in LOSSES
    ),
    *(
        Verification(
            f"people-{people}-{loss}",
            loss,
            epochs=40 * 30 // people,
            samples=0,
            people=people,
            **FACES,
        )
        for people in (5, 10, 20, 30)
        for loss in ("softmax", "l-softmax", "arcface")
    ),
]
