"""Focal loss where it comes from: digits of MNIST looked for in clutter.

The losses are those of RetinaNet's table 1b (Lin et al. 2017, arXiv 1708.02002), each
gamma with the alpha that was best for it there, and cross-entropy without any weight. A
learning rate that suits one loss may not suit another, whose gradients have another
size. So each has its own, chosen by the average precision on digits held out of the
training set, seed 0, with

    python -m experiments run 'search-detection-*' --hold-out 5000 --seeds 1
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from margins import detection
from margins.detection import Layout
from margins.device import CPU, GPU
from margins.experiments import experiment
from mlcore import losses, train

#: The page's scenes, for digits of 20 x 20 pixels instead of 8 x 8.
LAYOUT = Layout(size=128, stride=4, pieces=(20, 34), piece=(8, 13))
#: Among which a row's learning rate was chosen.
RATES = (0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True)
class Detection:
    """One row of the table: everything but the seed.

    Attributes
    ----------
    name, paper, small
        As of every experiment; `paper` is a key of `papers.AVERAGE_PRECISION`.
    loss : losses.FocalLoss
    rate : float
        Learning rate.
    data : str
        Whose digits, for `datasets.load`.
    layout : Layout
    border : int
        How many pixels are cut off at each edge of a digit's image: MNIST's digits lie
        in the inner 20 x 20 of 28 x 28.
    scenes : int
        How many scenes to train on, drawn from training images, the same ones for every
        seed.
    looked_at : int
        How many scenes, drawn from images never trained on, to measure on.
    widths, strides : tuple of int
        Of `detection.detector`.
    epochs, batch : int
    """

    name: str
    loss: losses.FocalLoss
    rate: float
    paper: str | None = None
    small: str = ""
    data: str = "mnist"
    layout: Layout = LAYOUT
    border: int = 4
    scenes: int = 2000
    looked_at: int = 1000
    widths: tuple[int, ...] = (8, 16, 16, 16)
    strides: tuple[int, ...] = (2, 2, 1, 1)
    epochs: int = 4
    batch: int = 8
    seeded = True

    def settings(self, held_out: int = 0) -> dict[str, Any]:
        """Scenes, network, loss and training, in words and numbers."""
        data = experiment.with_held_out(self.data, held_out)
        net, optimiser = self._net(0, None), self._optimiser()
        return {
            "data": (
                f"{self.scenes} scenes to train on and {self.looked_at} others, of"
                f" {data!r}"
            ),
            "layout": repr(self.layout),
            **train.describe(net, lambda step: self.loss, optimiser, self.steps),
            "epochs": self.epochs,
            "batch": self.batch,
        }

    def train(
        self, seed: int, held_out: int, device: CPU | GPU, **how
    ) -> experiment.Outcome:
        """Train one seed and look for the digits of scenes not trained on."""
        net = self._net(seed, device.reference)
        epochs = detection.fit(
            net,
            self.loss,
            self._drawn(self.scenes, "train", held_out, seed=1),
            epochs=self.epochs,
            batch=self.batch,
            optimiser=self._optimiser(),
            seed=seed,
            **how,
        )
        looked_at = "validation" if held_out else "test"
        others = self._drawn(self.looked_at, looked_at, held_out, seed=2)
        measured = {looked_at: detection.measure(net, others)}
        return experiment.Outcome(epochs, epochs.stretches, measured)

    def in_short(self, run: dict[str, Any]) -> str:
        """Average precision, and of how many places."""
        split = "test" if "test" in run else "validation"
        measured = run[split]
        return (
            f"{split} average precision {measured['average_precision']:.2f} %,"
            f" {measured['positives']} digits among {measured['negatives']:,} other"
            " places"
        )

    @property
    def steps(self) -> int:
        """How many steps a training has."""
        return self.epochs * math.ceil(self.scenes / self.batch)

    def _net(self, seed, like):
        return detection.detector(self.widths, self.strides, seed=seed, like=like)

    def _optimiser(self):
        return train.default_optimiser(self.steps, self.rate)

    def _drawn(self, count, split, held_out, seed):
        return drawn_scenes(
            count, self.data, split, held_out, self.border, self.layout, seed
        )


@lru_cache(maxsize=2)
def drawn_scenes(
    count: int,
    data: str,
    split: str,
    held_out: int,
    border: int,
    layout: Layout,
    seed: int,
) -> detection.Scenes:
    """Scenes of a split's digits; those of one experiment serve all its seeds."""
    images = getattr(experiment.with_held_out(data, held_out), split).images
    inner = slice(border, images.shape[1] - border)
    return detection.draw_scenes(count, images[:, inner, inner], layout, seed)


def focal(gamma: float, alpha: float | None) -> losses.FocalLoss:
    """The loss of a row."""
    return losses.FocalLoss(gamma=gamma, alpha=alpha, reduction="none")


FAMILY = [
    Detection("detection-cross-entropy", focal(0.0, None), rate=0.05),
    Detection("detection-weighted", focal(0.0, 0.75), rate=0.05, paper="coco-gamma0"),
    Detection(
        "detection-focal-gamma0.5", focal(0.5, 0.5), rate=0.05, paper="coco-gamma0.5"
    ),
    Detection(
        "detection-focal-gamma1", focal(1.0, 0.25), rate=0.1, paper="coco-gamma1"
    ),
    Detection(
        "detection-focal-gamma2", focal(2.0, 0.25), rate=0.1, paper="coco-gamma2"
    ),
    Detection(
        "detection-focal-gamma5", focal(5.0, 0.25), rate=0.2, paper="coco-gamma5"
    ),
]

#: To choose the rates above: each row with each of `RATES`, by the average precision on
#: digits held out of the training set.
SEARCH = [
    replace(one, name=f"search-{one.name}-rate{rate:g}", rate=rate)
    for one in FAMILY
    for rate in RATES
]
