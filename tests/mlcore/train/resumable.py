"""A training with everything that has a state, as a program:
``python resumable.py FILE OUT``.

It says each step before it takes it, so that whoever wants to kill it knows where it
is.
"""

import json
import sys
from dataclasses import asdict, dataclass

import numpy as np

from mlcore import datasets, layers, train
from mlcore.arrays import to_numpy
from mlcore.losses import CenterLoss, LargeMarginSoftmaxLoss
from mlcore.optim import Annealing
from mlcore.train import loop

EPOCHS, BATCH, TRAINED_ON = 4, 32, 1200
STEPS_PER_EPOCH = -(-TRAINED_ON // BATCH)
STEPS = EPOCHS * STEPS_PER_EPOCH


@dataclass(frozen=True)
class Shifted:
    """An augmentation: each batch moves by up to `pixels`, wrapping round."""

    pixels: int = 1

    def __call__(self, images, rng):
        return np.roll(
            images, rng.integers(-self.pixels, self.pixels + 1, size=2), axis=(1, 2)
        )


def network(seed=0, like=None):
    """Batch norm has running statistics, dropout has chance."""
    return layers.Sequential(
        [
            layers.Conv2d(1, 8, kernel=3, stride=2, padding=1, bias=False),
            layers.BatchNorm(8),
            layers.PReLU(8),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Linear(4 * 4 * 8, 16),
        ],
        seed=seed,
        like=like,
        input_shape=(8, 8, 1),
    )


def data():
    """1,200 small digits to train on and 200 to validate on."""
    return datasets.hold_out(datasets.load("digits"), 200)


HEAD = train.annealed(
    LargeMarginSoftmaxLoss(m=3), Annealing(base=100, gamma=0.05, power=3)
)


def fit(checkpoint, *, head=HEAD, net=None, **options):
    """Train; returns the network and the history."""
    net = network() if net is None else net
    options = {
        "epochs": EPOCHS,
        "batch": BATCH,
        "center_loss": CenterLoss(),
        "center_weight": 0.01,
        "augment": Shifted(),
        "checkpoint": checkpoint,
        "progress": False,
    } | options
    return net, train.fit(net, head, options.pop("data", None) or data(), **options)


def outcome(net, history):
    """All that a training ends with, to the last bit; only its duration is left out."""
    arrays = [p for params in [*net.params, *net.running] for p in params]
    return {
        "arrays": [
            to_numpy(a).tobytes().hex() for a in [*arrays, history.w, history.centers]
        ],
        "epochs": [{**asdict(epoch), "seconds": None} for epoch in history.epochs],
        "accuracies": [history.train_accuracy, history.test_accuracy],
    }


def telling(state, *arguments):
    """A step of the training, with a line of output before it."""
    print(state.step + 1, flush=True)
    return step(state, *arguments)


if __name__ == "__main__":
    checkpoint, out = sys.argv[1:]
    step, loop._step = loop._step, telling
    result = outcome(*fit(checkpoint, checkpoint_seconds=0.02))
    with open(out, "w", encoding="utf-8") as file:
        json.dump(result, file)
