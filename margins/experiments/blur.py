"""Blurred digits: is the length of a feature the quality of its image?

Half of the training images are blurred, and all test images, each by a width of its
own, so that the quality of every image is known. The same network is trained under
losses that read the length of a feature, train it, or let it be. Then the worst images
are refused, by the length or by the gap between the two best cosines, and what is left
is judged: on the digits that were trained on, or on three that training never saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from margins.device import CPU, GPU
from margins.experiments.experiment import Outcome
from mlcore import datasets, losses, metrics, train
from mlcore.arrays import Array, to_numpy
from mlcore.layers import BatchNorm, Flatten, Linear, PReLU, Sequential
from mlcore.losses.adaface import EPSILON

WIDEST = 5.0  # standard deviation of a blur, in pixels of the original image
UNSEEN = (7, 8, 9)
#: Shares of the test images that are refused.
REFUSED = tuple(round(0.05 * k, 2) for k in range(11))
BINS = 10  # of the widths
S, M = 16.0, 0.3


# [blur]
def blurred(images: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Images (N, 28, 28, 1) of bytes, each blurred by its own width, at half the size.

    A blur is a Gaussian along the rows and along the columns; two by two pixels then
    become one.
    """
    away = np.arange(28) - np.arange(28)[:, None]
    wide = np.maximum(widths, 1e-3)[:, None, None]
    blur = np.exp(-0.5 * (away / wide) ** 2)
    blur /= blur.sum(axis=2, keepdims=True)
    soft = blur @ images[..., 0] @ blur.transpose(0, 2, 1)
    small = soft.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    return np.rint(small).astype(np.uint8)[..., None]


# [/blur]


@lru_cache(maxsize=1)
def blurred_digits() -> tuple[datasets.Dataset, np.ndarray]:
    """The data, and the widths of the test images. The blurs are drawn once for all."""
    ds, rng = datasets.load("mnist-5k"), np.random.default_rng(17)
    count = len(ds.train)
    widths = np.where(rng.random(count) < 0.5, rng.uniform(0, WIDEST, count), 0)
    of_test = rng.uniform(0, WIDEST, len(ds.test))
    return (
        replace(
            ds,
            train=datasets.Split(blurred(ds.train.images, widths), ds.train.labels),
            test=datasets.Split(blurred(ds.test.images, of_test), ds.test.labels),
        ),
        of_test,
    )


@lru_cache(maxsize=1)
def digits_seen() -> tuple[datasets.Dataset, datasets.Split, np.ndarray]:
    """The data with three digits held out; these, and the widths of their images."""
    ds, widths = blurred_digits()
    opened = datasets.open_set(ds, UNSEEN)
    unseen = np.isin(ds.test.labels, UNSEEN)
    test = datasets.Split(ds.test.images[~unseen], ds.test.labels[~unseen])
    data = replace(opened, test=test, classes=opened.classes[: min(UNSEEN)])
    return data, opened.test, widths[unseen]


def network(seed: int = 0, *, like: Array | None = None) -> Sequential:
    """One hidden layer, and 64 features behind a BatchNorm."""
    return Sequential(
        [
            Flatten(),
            *(Linear(196, 128, bias=False), BatchNorm(128), PReLU(128)),
            *(Linear(128, 64, bias=False), BatchNorm(64)),
        ],
        seed=seed,
        like=like,
        dtype="float32",
        input_shape=(14, 14, 1),
    )


# [not-stopped]
@dataclass(frozen=True)
class NotStopped(losses.AdaFaceLoss):
    """AdaFace whose quality has a gradient too; its mean and deviation are held."""

    def forward(self, x, w, y, state=None):
        """The loss of AdaFace."""
        loss, saved = super().forward(x, w, y, state)
        return loss, (x, saved, super().update(state, saved))

    def update(self, state, saved):
        """As AdaFace's."""
        return saved[2]

    def backward(self, saved, dloss=1.0):
        """AdaFace's gradients, and the radial part that it leaves out."""
        x, saved, state = saved
        dx, dw = super().backward(saved, dloss)
        norm, cos = saved.seen
        q = self.quality(norm, state)
        rho = self.margin(cos, np.sqrt(np.maximum(1 - cos**2, 0)), q)[1]
        wrong = -np.expm1(-saved.losses)  # 1 - p of the right class
        radial = wrong * self.s * self.m * (1 - rho) * self.h / (state[1] + EPSILON)
        radial = np.where(np.abs(q) < 1, radial, 0) * dloss / len(norm)
        return dx + (radial / norm)[:, None] * x, dw


# [/not-stopped]


@dataclass(frozen=True)
class Blurred:
    """One loss: everything but the seed.

    Attributes
    ----------
    name : str
    title : str
        What the table calls it.
    loss : loss
    unseen : bool
        Whether it is judged on digits that were not trained on.
    """

    name: str
    title: str
    loss: Any
    unseen: bool = False
    epochs: int = 30
    batch: int = 64
    data = "mnist-5k"
    paper = None
    small = ""
    seeded = True

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Data, network, loss and training, in words and numbers.

        Raises
        ------
        ValueError
            If images are to be held out: nothing is chosen here.
        """
        if held_out:
            raise ValueError(f"{self.name} has no use for held-out images")
        data = digits_seen()[0] if self.unseen else blurred_digits()[0]
        return {
            "data": repr(data),
            "widest": WIDEST,
            "network": repr(network()),
            "head": repr(self.loss),
            "optimiser": "train.default_optimiser",
            "epochs": self.epochs,
            "batch": self.batch,
        }

    def train(self, seed: int, held_out: int, device: CPU | GPU, **how) -> Outcome:
        """Train, and measure; a run takes some seconds, so it begins again."""
        if self.unseen:
            data, judged, widths = digits_seen()
        else:
            data, widths = blurred_digits()
            judged = data.test
        net = network(seed=seed, like=device.reference)
        few = data.train.images[:500]
        lengths: list[float] = []
        history = train.fit(
            net,
            self.loss,
            data,
            epochs=self.epochs,
            batch=self.batch,
            seed=seed,
            on_epoch=lambda epoch, net, w: lengths.append(mean_length(net, few)),
            **how,
        )
        x = to_numpy(train.features(net, judged.images)).astype(np.float64)
        w = to_numpy(history.w).astype(np.float64)
        measured = {
            "lengths": [round(length, 3) for length in lengths],
            **quality(x, widths),
            **refusals(x, w, judged.labels, self.unseen),
        }
        # of the epochs the lengths are kept: thirty losses a run would weigh more
        return Outcome((), history.stretches, measured)

    def in_short(self, run: dict[str, Any]) -> str:
        """How well the length knows the blur."""
        return (
            f"rank correlation {run['spearman']:+.2f}, error {run['by_gap'][0]:.1f} %"
        )


def mean_length(net: Sequential, images: np.ndarray) -> float:
    """The mean length of the features of some images."""
    x = to_numpy(train.features(net, images))
    return float(np.mean(np.linalg.norm(x.astype(np.float64), axis=1)))


def ranks(values: np.ndarray) -> np.ndarray:
    """The place of each value among all of them."""
    return np.argsort(np.argsort(values))


def quality(x: np.ndarray, widths: np.ndarray) -> dict[str, Any]:
    """How the lengths of features `x` (N, D) go with the widths of the blurs (N,)."""
    length = np.linalg.norm(x, axis=1)
    of_width = np.minimum((widths / WIDEST * BINS).astype(int), BINS - 1)
    mean = [float(length[of_width == k].mean() / length.mean()) for k in range(BINS)]
    together = np.corrcoef(ranks(length), ranks(widths))[0, 1]
    return {
        "spearman": round(float(together), 3),
        "by_width": [round(value, 3) for value in mean],
    }


def refusals(
    x: np.ndarray, w: np.ndarray, y: np.ndarray, unseen: bool
) -> dict[str, Any]:
    """What is wrong of the rest when the worst images are refused, in percent.

    The worst are those with the shortest features, or with the smallest gap between the
    two best cosines. Of classes that were trained on that is the error, of others the
    equal error rate over all pairs.
    """
    length = np.linalg.norm(x, axis=1)
    x, w = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (x, w))
    cosine = x @ w.T
    best = np.sort(cosine, axis=1)
    wrong = 100.0 * (cosine.argmax(axis=1) != y)

    def judged(kept):
        if not unseen:
            return float(wrong[kept].mean())
        pairs = metrics.all_pairs(x[kept], y[kept])
        return 100 * metrics.verification(pairs.scores, pairs.same).eer()

    def over_shares(goodness):
        order = np.argsort(-goodness, kind="stable")
        kept = (order[: round((1 - share) * len(y))] for share in REFUSED)
        return [round(judged(some), 3) for some in kept]

    return {
        "by_length": over_shares(length),
        "by_gap": over_shares(best[:, -1] - best[:, -2]),
    }


def rivals() -> Sequence[tuple[str, str, Any]]:
    """Name, title and loss of each row; nothing in here was tuned."""
    length: dict[str, Any] = {"l_a": 2.0, "u_a": 16.0, "l_m": 0.1, "u_m": 0.5, "s": S}
    return (
        ("softmax", "softmax", losses.SoftmaxLoss()),
        ("plain", "normalised softmax", losses.ArcFaceLoss(m=0.0, s=S)),
        ("arcface", "ArcFace", losses.ArcFaceLoss(m=M, s=S)),
        ("am-softmax", "AM-Softmax", losses.AdditiveMarginSoftmaxLoss(m=M, s=S)),
        ("adaface", "AdaFace", losses.AdaFaceLoss(m=M, s=S)),
        ("adaface-free", "AdaFace, not stopped", NotStopped(m=M, s=S)),
        ("magface", "MagFace", losses.MagFaceLoss(lam=10.0, **length)),
        ("magface-no-g", "MagFace, λ = 0", losses.MagFaceLoss(lam=0.0, **length)),
    )


FAMILY = [
    *(Blurred(f"blur-{name}", title, loss) for name, title, loss in rivals()),
    *(
        Blurred(f"blur-unseen-{name}", title, loss, unseen=True)
        for name, title, loss in rivals()
        if name in ("softmax", "arcface", "adaface", "magface")
    ),
]
