"""Digits without labels: two views of every image, and which belong together.

A network is trained on pairs of views alone. Its features are then judged by nearest
neighbours, with 1, 10 or 400 labelled images of each digit, on the test set. Pixels and
the untrained network stand beside it, and supervised contrastive learning, which knows
all labels.

The learning rate was chosen with the NT-Xent loss at temperature 0.5, by the accuracy
with 10 labels on 1,000 training images that were left out:

    python -m experiments run 'views-rate-*' --hold-out 1000 --seeds 1

The two largest were alike, within the error of so many images, and the smaller of them
was taken.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from margins.device import CPU, GPU
from margins.experiments import experiment
from margins.experiments.experiment import Outcome
from mlcore import layers, losses, train
from mlcore.arrays import array_namespace, like, to_numpy
from mlcore.datasets.augment import generator
from mlcore.datasets.base import scaled
from mlcore.layers import BatchNorm, Linear, PReLU, Sequential

RATES = (0.1, 0.2, 0.4, 0.8)
#: Labelled images of each digit, and how many neighbours are asked.
LABELLED = {1: 1, 10: 5, 400: 5}
#: How often they are drawn, where not all of them are taken.
DRAWS = 20


# [view]
def view(
    images: np.ndarray,
    rng: np.random.Generator,
    degrees: float = 20.0,
    pixels: float = 3.0,
    sizes: tuple[float, float] = (0.8, 1.2),
) -> np.ndarray:
    """Each image turned, moved and made larger or smaller, by chance; (N, H, W) floats.

    What lies between four pixels is weighted by its distance from them; outside of the
    image all is 0.
    """
    n, height, width = images.shape
    turn = np.radians(rng.uniform(-degrees, degrees, (n, 1, 1)))
    size = rng.uniform(sizes[0], sizes[1], (n, 1, 1))
    down, right = rng.uniform(-pixels, pixels, (2, n, 1, 1))
    # From a pixel of the view back to where it lies in the image.
    v = np.arange(height)[:, None] - (height - 1) / 2 - down
    u = np.arange(width) - (width - 1) / 2 - right
    row = (np.cos(turn) * v - np.sin(turn) * u) / size + (height - 1) / 2
    column = (np.sin(turn) * v + np.cos(turn) * u) / size + (width - 1) / 2
    # A frame of zeros: what lies beyond it is moved to it.
    framed = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    row, column = np.clip(row + 1, 0, height + 1), np.clip(column + 1, 0, width + 1)
    i, j = row.astype(int), column.astype(int)
    of, below, beside = np.arange(n)[:, None, None], row - i, column - j
    above = (1 - beside) * framed[of, i, j] + beside * framed[of, i, j + 1]
    under = (1 - beside) * framed[of, i + 1, j] + beside * framed[of, i + 1, j + 1]
    return ((1 - below) * above + below * under).astype(images.dtype)


# [/view]


def networks(seed: int, like=None) -> tuple[Sequential, Sequential]:
    """The network whose features are kept, and the projection that is thrown away."""
    trunk = layers.digit_network(features=64, seed=seed, like=like)
    projection = Sequential(
        [BatchNorm(64), PReLU(64), Linear(64, 32)],
        seed=seed + 1000,
        like=like,
        input_shape=(64,),
    )
    return trunk, projection


@dataclass(frozen=True)
class Views:
    """One loss on views: everything but the seed.

    Attributes
    ----------
    name : str
    kind : str
        "nt-xent", "supcon"; or "pixels", or "untrained".
    temperature : float
    rate : float
        Learning rate.
    epochs, batch : int
        `batch` images are two times as many views.
    """

    name: str
    kind: str
    temperature: float = 0.5
    rate: float = 0.4
    epochs: int = 20
    batch: int = 256
    data = "mnist-5k"
    paper = None
    small = ""

    @property
    def seeded(self) -> bool:
        """Of pixels, the seed draws the labelled images only."""
        return True

    @property
    def trains(self) -> bool:
        """Whether there is a loss."""
        return self.kind not in ("pixels", "untrained")

    def loss(self) -> Any:
        """From the library."""
        made = {"nt-xent": losses.NTXentLoss, "supcon": losses.SupConLoss}
        return made[self.kind](temperature=self.temperature)

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, networks, loss and training, in words and numbers."""
        trunk, projection = networks(0)
        said = {
            "data": repr(experiment.with_held_out(self.data, held_out)),
            "views": "20 degrees, 3 pixels, 0.8 to 1.2",
            "network": [repr(layer) for layer in trunk.layers],
            "projection": [repr(layer) for layer in projection.layers],
            "labelled": {str(count): k for count, k in LABELLED.items()},
            "draws": DRAWS,
        }
        if not self.trains:
            return said | {"loss": self.kind, "epochs": 0}
        return said | {
            "loss": repr(self.loss()),
            "optimiser": f"train.default_optimiser, rate {self.rate:g}",
            "epochs": self.epochs,
            "batch": self.batch,
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train, and judge; a run takes a minute, so one cut off begins again."""
        data = experiment.with_held_out(self.data, held_out)
        others = getattr(data, "validation" if held_out else "test")
        begin = time.perf_counter()
        trunk, projection = networks(seed, device.reference)
        measured: dict[str, Any] = {"kind": self.kind}
        if self.trains:
            log = self._fit(trunk, projection, data.train, seed)
            measured |= {"temperature": self.temperature, "losses": log}
        known, asked = (self._features(trunk, s.images) for s in (data.train, others))
        y, answers = data.train.labels, others.labels
        right = {"by_neighbours": by_all_neighbours(known, y, asked, answers, seed)}
        if self.trains:
            known, asked = (
                to_numpy(projection.predict(like(x, trunk.params[0][0])))
                for x in (known, asked)
            )
            right["projected"] = by_all_neighbours(known, y, asked, answers, seed)
        measured["validation" if held_out else "test"] = right
        seconds = round(time.perf_counter() - begin, 1)
        return Outcome((), (), measured | {"seconds": seconds})

    def in_short(self, run: dict[str, Any]) -> str:
        """Accuracy by nearest neighbours."""
        right = (run.get("test") or run["validation"])["by_neighbours"]
        return ", ".join(f"{n} labels {right[n]:.1f} %" for n in right)

    def _features(self, trunk, images):
        if self.kind == "pixels":
            return scaled(images).reshape(len(images), -1)
        return to_numpy(train.features(trunk, images))

    def _fit(self, trunk, projection, split, seed):
        """The loss of each epoch, its mean; both networks are trained in place."""
        images, labels = scaled(split.images)[..., 0], split.labels
        n, loss = len(images), self.loss()
        steps = self.epochs * (n // self.batch)
        optimiser = train.default_optimiser(steps, rate=self.rate)
        nets = trunk, projection
        states = [optimiser.init(net.params) for net in nets]
        log = []
        for epoch in range(1, self.epochs + 1):
            values = []
            rng = generator(seed, epoch)
            for chosen in _batches(rng, n, self.batch):
                pair = np.concatenate([view(images[chosen], rng) for _ in range(2)])
                pair = like(pair[..., None], trunk.params[0][0])
                x, from_trunk = trunk.forward(pair)
                z, from_projection = projection.forward(x)
                value, dz = self._slope(loss, z, labels[chosen])
                dx, of_projection = projection.backward(from_projection, dz)
                of_trunk = trunk.backward_params(from_trunk, dx)
                values.append(float(value))
                saved = from_trunk, from_projection
                grads = of_trunk, of_projection
                for i, net in enumerate(nets):
                    net.params, states[i] = optimiser.step(
                        net.params, grads[i], states[i]
                    )
                    net.update_running(saved[i])
            log.append(round(math.fsum(values) / len(values), 4))
        return log

    def _slope(self, loss, z, y):
        """The loss of the views `z`, the two halves of a batch, and its gradient."""
        if self.kind == "supcon":
            value, saved = loss.forward(z, like(np.concatenate([y, y]), z))
            return value, loss.backward(saved)[0]
        half = z.shape[0] // 2
        value, saved = loss.forward(z[:half, ...], z[half:, ...])
        return value, array_namespace(z).concat(loss.backward(saved), axis=0)


def _batches(rng: np.random.Generator, n: int, batch: int) -> Iterator[np.ndarray]:
    """The images of an epoch; those that fill no batch are left for another one."""
    order = rng.permutation(n)
    return (order[i : i + batch] for i in range(0, n - batch + 1, batch))


def by_all_neighbours(
    x: np.ndarray, y: np.ndarray, others: np.ndarray, answers: np.ndarray, seed: int
) -> dict[str, float]:
    """For each number of labelled images, `by_neighbours` in percent."""
    return {
        str(count): round(100 * by_neighbours(x, y, others, answers, count, k, seed), 2)
        for count, k in LABELLED.items()
    }


def by_neighbours(
    x: np.ndarray,
    y: np.ndarray,
    others: np.ndarray,
    answers: np.ndarray,
    count: int,
    k: int,
    seed: int,
) -> float:
    """The share of `others` that their `k` nearest labelled images name right.

    Near is what has a large cosine. `count` images of each class are labelled. Where a
    class has more of them, they are drawn `DRAWS` times, and the mean is returned. A
    tie goes to the nearest of those that tie.
    """
    classes = np.unique(y)
    members = [np.flatnonzero(y == c) for c in classes]
    x, others = _directions(x), _directions(others)
    cosines = others @ x.T
    rng = np.random.default_rng((seed, count))
    all_of_them = all(len(m) <= count for m in members)
    shares = []
    for _ in range(1 if all_of_them else DRAWS):
        labelled = np.concatenate(
            [m if len(m) <= count else rng.choice(m, count, False) for m in members]
        )
        nearest = np.argsort(-cosines[:, labelled], axis=1, kind="stable")[:, :k]
        named = y[labelled][nearest]
        votes = (named[:, :, None] == classes).sum(axis=1, dtype=float)
        # The nearest has half a vote more, the next a quarter, and so on: no two ties.
        halves = 0.5 ** np.arange(1, k + 1)
        votes += ((named[:, :, None] == classes) * halves[:, None]).sum(axis=1)
        shares.append((classes[votes.argmax(axis=1)] == answers).mean())
    return float(np.mean(shares))


def _directions(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


TEMPERATURES = (0.05, 0.1, 0.2, 0.5, 1.0)
FAMILY = [
    Views("views-pixels", "pixels"),
    Views("views-untrained", "untrained"),
    *(Views(f"views-nt-xent-tau{t:g}", "nt-xent", t) for t in TEMPERATURES),
    Views("views-supcon", "supcon", 0.1),
]
#: To choose the rate.
SEARCH = [Views(f"views-rate-{rate:g}", "nt-xent", rate=rate) for rate in RATES]
