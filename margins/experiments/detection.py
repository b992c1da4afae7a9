"""Focal loss where it comes from: digits of MNIST looked for in clutter, under several
losses.

The losses are those of RetinaNet's table 1b (Lin et al. 2017, arXiv 1708.02002), each
gamma with the alpha that was best for it there, and cross-entropy without any weight. A
learning rate that suits one loss may not suit another, whose gradients have another
size. So each has its own, chosen by the average precision on digits held out of the
training set, seed 0, with ``python -m margins.experiments.detection``.
"""

import argparse
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from margins import detection, device, results
from margins.detection import Layout
from margins.experiments import experiment
from mlcore import losses, train

#: The page's scenes, for digits of 20 x 20 pixels instead of 8 x 8.
LAYOUT = Layout(size=128, stride=4, pieces=(20, 34), piece=(8, 13))
HELD_OUT = 5000
#: Tried upwards, until one is worse than the one before.
RATES = (0.05, 0.1, 0.2, 0.4)


@dataclass(frozen=True)
class Detection:
    """One row of the table: everything but the seed.

    Attributes
    ----------
    name, paper, small
        As of an `experiment.Experiment`; `paper` is a key of
        `papers.AVERAGE_PRECISION`.
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
    widths: tuple = (8, 16, 16, 16)
    strides: tuple = (2, 2, 1, 1)
    epochs: int = 4
    batch: int = 8

    def train(self, seed, checkpoint, on, held_out, progress, provenance=None):
        """Train one seed; returns settings, epochs, stretches and what was measured,
        for the results file."""
        data = experiment.with_held_out(self.data, held_out)
        optimiser = train.default_optimiser(self.steps, self.rate)
        net = detection.detector(
            self.widths, self.strides, seed=seed, like=device.reference(on)
        )
        epochs = detection.fit(
            net,
            self.loss,
            self._drawn(self.scenes, "train", held_out, seed=1),
            epochs=self.epochs,
            batch=self.batch,
            optimiser=optimiser,
            seed=seed,
            checkpoint=checkpoint,
            provenance=provenance,
            progress=progress,
        )
        looked_at = "validation" if held_out else "test"
        others = self._drawn(self.looked_at, looked_at, held_out, seed=2)
        settings = {
            "data": (
                f"{self.scenes} scenes to train on and {self.looked_at} others, of"
                f" {data!r}"
            ),
            "layout": repr(self.layout),
            **train.describe(net, lambda step: self.loss, optimiser, self.steps),
        }
        return (
            settings,
            epochs,
            epochs.stretches,
            {looked_at: detection.measure(net, others)},
        )

    @property
    def steps(self):
        """How many steps a training has."""
        return self.epochs * math.ceil(self.scenes / self.batch)

    def in_short(self, measured):
        """One line about what was measured on a split."""
        return (
            f"average precision {measured['average_precision']:.2f} %,"
            f" {measured['positives']} digits among {measured['negatives']:,} other"
            " places"
        )

    def _drawn(self, count, split, held_out, seed):
        return drawn_scenes(
            count, self.data, split, held_out, self.border, self.layout, seed
        )


@lru_cache(maxsize=2)
def drawn_scenes(count, data, split, held_out, border, layout, seed):
    """Scenes of a split's digits; those of one experiment serve all its seeds and
    neighbours."""
    images = getattr(experiment.with_held_out(data, held_out), split).images
    inner = slice(border, images.shape[1] - border)
    return detection.draw_scenes(count, images[:, inner, inner], layout, seed)


def focal(gamma, alpha):
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


def main():
    """Choose each loss's rate on held-out digits; what has been tried already is
    read."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument(
        "--out", type=Path, default=Path("_runs"), help="folder (default: _runs)"
    )
    out = options.parse_args().out
    for one in FAMILY:
        best = 0.0
        for rate in RATES:
            found = tried(one, rate, out)
            print(
                f"{one.name:26} rate {rate:<5g} average precision {found:.2f} %",
                flush=True,
            )
            if found < best:
                break
            best = found


def tried(one, rate, out):
    """Average precision on held-out digits of a row with another learning rate, in
    percent."""
    one = replace(one, name=f"{one.name}-rate{rate:g}-hold-out-{HELD_OUT}", rate=rate)
    path, command = (
        experiment.path(one, 0, out),
        "python -m margins.experiments.detection",
    )
    if not path.exists():
        experiment.run(one, 0, path, command=command, held_out=HELD_OUT)
    (run,) = results.runs(one.name, out)
    return run["validation"]["average_precision"]


if __name__ == "__main__":
    main()
