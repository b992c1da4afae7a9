"""Wrong labels: sub-centers, how long one trains, and who is then found out.

Of the 4,000 digits two in five are given a wrong label, either any other one or always
the same other one. Each number of rows a class is trained for each length on its own,
with its own schedule. Then the angle of each sample to the dominant row of its label
says how well the wrong labels can be told; those beyond 75° are dropped, and a plain
ArcFace is trained anew on the rest, for as long.

The rate is a fifth of `train.default_optimiser`'s: with that, one row a class turns all
features to the far side of their rows, past θ = π − m, where the loss falls again.
"""

import math
import time
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from margins.device import CPU, GPU
from margins.experiments.experiment import Outcome
from mlcore import datasets, losses, metrics, train
from mlcore.arrays import Array, like, to_numpy
from mlcore.layers import BatchNorm, Flatten, Linear, PReLU, Sequential

Kind = Literal["any other", "one other"]
SHARE, DEGREES, BIN = 0.4, 75.0, 5
FEATURES, CLASSES, RATE = 64, 10, 0.01


# [noise]
def mislabelled(
    data: datasets.Dataset, kind: Kind, seed: int
) -> tuple[datasets.Dataset, np.ndarray]:
    """The data with `SHARE` of its training labels wrong, and which ones are (N,).

    "any other": each wrong label is drawn from the nine others. "one other": all wrong
    labels of a class are the same, and no two classes have the same one.
    """
    rng = np.random.default_rng((18, seed))
    true = data.train.labels
    wrong = rng.random(len(true)) < SHARE
    by = rng.integers(1, CLASSES, len(true))
    place = rng.permutation(CLASSES)
    if kind == "any other":
        other = (true + by) % CLASSES
    else:
        other = place[(np.argsort(place)[true] + 1) % CLASSES]
    split = datasets.Split(data.train.images, np.where(wrong, other, true))
    return replace(data, train=split), wrong


def network(seed: int = 0, *, like: Array | None = None) -> Sequential:
    """Two hidden layers and 64 features: enough to learn 4,000 labels by heart."""
    return Sequential(
        [
            Flatten(),
            *(Linear(784, 256, bias=False), BatchNorm(256), PReLU(256)),
            *(Linear(256, 128, bias=False), BatchNorm(128), PReLU(128)),
            *(Linear(128, FEATURES, bias=False), BatchNorm(FEATURES)),
        ],
        seed=seed,
        like=like,
        dtype="float32",
        input_shape=(28, 28, 1),
    )


def first_rows(seed: int, k: int) -> np.ndarray:
    """`k` rows for each class, drawn; the first ones are the same for every k."""
    rng = np.random.default_rng((81, seed))
    return rng.standard_normal((k, CLASSES, FEATURES), np.float32).swapaxes(0, 1)


# [/noise]


@dataclass(frozen=True)
class Noise:
    """One kind of wrong labels, for every number of rows and every length of training.

    Attributes
    ----------
    name : str
    kind : "any other" or "one other"
    rows, lengths : tuple of int
        K, and the epochs.
    batch : int
    """

    name: str
    kind: Kind
    rows: tuple[int, ...] = (1, 2, 3, 5)
    lengths: tuple[int, ...] = (4, 12, 40)
    batch: int = 64
    data = "mnist-5k"
    paper = None
    small = ""
    seeded = True

    @property
    def epochs(self) -> int:
        """Of the longest training."""
        return max(self.lengths)

    def loss(self) -> losses.SubCenterArcFaceLoss:
        """Of every training; with one row a class it is ArcFace."""
        return losses.SubCenterArcFaceLoss(m=0.3, s=16.0)

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, network, loss and training, in words and numbers.

        Raises
        ------
        ValueError
            If images are to be held out: nothing is chosen here.
        """
        if held_out:
            raise ValueError(f"{self.name} has no use for held-out images")
        return {
            "data": repr(datasets.load(self.data)),
            "wrong labels": f"{SHARE:.0%}, {self.kind}",
            "network": repr(network()),
            "head": repr(self.loss()),
            "optimiser": f"train.default_optimiser, rate {RATE:g}",
            "rows": list(self.rows),
            "lengths": list(self.lengths),
            "batch": self.batch,
            "beyond": DEGREES,
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train all of them; a run takes a minute or two, so it begins again."""
        begin = time.process_time()
        clean = datasets.load(self.data)
        data, wrong = mislabelled(clean, self.kind, seed)
        found: dict[str, Any] = {}
        for k in self.rows:
            for epochs in self.lengths:
                net, w = self._fitted(data, k, epochs, seed, device)
                found[f"{k} {epochs}"] = self._measured(net, w, data, wrong) | {
                    "retrained": self._retrained(net, w, data, epochs, seed, device)
                }
        measured = {
            "kind": self.kind,
            "wrong": int(wrong.sum()),
            "found": found,
            "cpu_seconds": round(time.process_time() - begin, 1),
        }
        return Outcome((), (), measured)

    def _fitted(self, data, k, epochs, seed, device):
        """The network, and its rows (C, K, D)."""
        net = network(seed=seed, like=device.reference)
        history = train.fit(
            net,
            self.loss(),
            data,
            epochs=epochs,
            batch=self.batch,
            optimiser=train.default_optimiser(
                epochs * math.ceil(len(data.train) / self.batch), rate=RATE
            ),
            seed=seed,
            w=like(first_rows(seed, k), net.params[1][0]),
            progress=False,
        )
        return net, history.w

    def _retrained(self, net, w, data, epochs, seed, device):
        """Accuracy of a plain ArcFace on what lies within 75° of the dominant row.

        None if of a class nothing does.
        """
        x, y = train.features(net, data.train.images), data.train.labels
        kept = ~to_numpy(self.loss().outliers(x, w, like(y, x), DEGREES))
        if len(np.unique(y[kept])) < CLASSES:
            return None
        rest = datasets.Split(data.train.images[kept], y[kept])
        fitted = self._fitted(replace(data, train=rest), 1, epochs, seed, device)
        return _accuracy(*fitted, np.zeros(CLASSES, int), data.test)

    def _measured(self, net, w, data, wrong):
        x, y = train.features(net, data.train.images), data.train.labels
        first = to_numpy(self.loss().dominant(x, w, like(y, x)))
        angle = _angles(to_numpy(x), to_numpy(w))[np.arange(len(y)), y]  # (N, K)
        to_first, own = angle[np.arange(len(y)), first[y]], angle.min(axis=1)
        bins = np.arange(0, 181, BIN)
        parts = {"clean": ~wrong, "wrong": wrong}
        return {
            "auc": round(metrics.verification(-to_first, ~wrong).auc(), 4),
            "auc_own": round(metrics.verification(-own, ~wrong).auc(), 4),
            "angles": {
                name: np.histogram(to_first[part], bins)[0].tolist()
                for name, part in parts.items()
            },
            "beyond": {
                name: int((to_first[part] > DEGREES).sum())
                for name, part in parts.items()
            },
            "beyond_own": {
                name: int((own[part] > DEGREES).sum()) for name, part in parts.items()
            },
            "at_first": {
                name: int((to_first <= own)[part].sum()) for name, part in parts.items()
            },
            "dominant": _accuracy(net, w, first, data.test),
            "all_rows": _accuracy(net, w, None, data.test),
        }

    def in_short(self, run: dict[str, Any]) -> str:
        """How well the shortest and the longest training of one row tell them."""
        ends = min(self.lengths), max(self.lengths)
        return (
            ", ".join(
                f"K = {k}: AUC "
                + " and ".join(
                    f"{run['found'][f'{k} {epochs}']['auc']:.3f}" for epochs in ends
                )
                for k in (min(self.rows), max(self.rows))
            )
            + f" after {ends[0]} and {ends[1]} epochs"
        )


def _angles(x, w):
    """Angles in degrees of the features (N, D) to all rows (C, K, D): (N, C, K)."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    w = w / np.linalg.norm(w, axis=2, keepdims=True)
    cos = np.einsum("nd,ckd->nck", x.astype(np.float64), w.astype(np.float64))
    return np.degrees(np.arccos(np.clip(cos, -1, 1)))


def _accuracy(net, w, first, split):
    """In per cent, by the rows `first` of each class, or by all of them if None."""
    angle = _angles(to_numpy(train.features(net, split.images)), to_numpy(w))
    if first is None:
        nearest = angle.min(axis=2)
    else:
        nearest = angle[:, np.arange(len(first)), first]
    return round(100 * float((nearest.argmin(axis=1) == split.labels).mean()), 2)


FAMILY = [Noise("noise-any-other", "any other"), Noise("noise-one-other", "one other")]
