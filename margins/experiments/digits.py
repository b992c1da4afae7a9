"""MNIST and Fashion-MNIST: every loss, on a small network and on the paper's.

And the 5,000 digits that come with the package, on the small network: no download
needed.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from margins.experiments.experiment import Experiment
from margins.experiments.heads import HEADS, PUBLISHED, Head
from margins.experiments.schedules import L_SOFTMAX, short
from margins.papers import FIGURES
from mlcore import layers
from mlcore.losses import CenterLoss

PAPER: dict[str, Any] = dict(network=layers.l_softmax_mnist_network, **L_SOFTMAX)
#: A minute of one core. The schedule of the rate was chosen with softmax, that of lam
#: with L-Softmax and m = 4, by the accuracy on 5,000 held-out digits, seed 0.
SMALL: dict[str, Any] = dict(
    network=partial(layers.digit_network, features=64),
    optimiser=short,
    epochs=5,
    small=(
        "two strided 5 x 5 convolutions and FC 64 instead of ten convolutions and FC"
        " 256; not 77 epochs"
    ),
)
CENTER: dict[str, Any] = dict(
    head=HEADS["softmax"], center_loss=CenterLoss(alpha=0.5), center_weight=0.01
)


def family(
    data: str, suffix: str, training: dict[str, Any], heads: dict[str, Head] = HEADS
) -> Iterator[Experiment]:
    """Every one of `heads`, and softmax beside center loss."""
    for name, head in heads.items():
        paper = f"{data}-{name}" if f"{data}-{name}" in FIGURES else None
        yield Experiment(
            f"{data}-{name}{suffix}", data, head=head, paper=paper, **training
        )
    yield Experiment(f"{data}-center{suffix}", data, **CENTER, **training)


FAMILY = [
    *family("mnist", "-small", SMALL),
    *family("mnist", "", PAPER, HEADS | PUBLISHED["mnist"]),
    *family("fashion-mnist", "-small", SMALL),
    *family("fashion-mnist", "", PAPER, HEADS | PUBLISHED["mnist"]),
    *family("mnist-5k", "-small", SMALL),
]
