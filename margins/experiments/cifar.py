"""CIFAR-10, plain and augmented, and CIFAR-100: the tables of the L-Softmax paper."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from margins.experiments.experiment import Experiment
from margins.experiments.heads import HEADS, PUBLISHED
from margins.experiments.schedules import L_SOFTMAX, short
from mlcore import datasets, layers

#: The "+": mirrored at random, and cut at random out of the image with a border of 4
#: zeros.
AUGMENT = datasets.Augment(mirror=True, pad=4)
#: The paper's 18,000 steps of 256 images.
PAPER = L_SOFTMAX | dict(epochs=92)
SMALL: dict[str, Any] = dict(
    network=partial(layers.small_cifar_network, features=64),
    optimiser=short,
    epochs=10,
    small=(
        "three strided 3 x 3 convolutions and FC 64 instead of thirteen convolutions"
        " and FC 256; not 92 epochs"
    ),
)


def family() -> Iterator[Experiment]:
    """Small and as in the paper; CIFAR-100, hard to come by, only as in the paper."""
    ten, hundred = layers.l_softmax_cifar10_network, layers.l_softmax_cifar100_network
    for name in PUBLISHED["cifar10"]:
        for data, augment in (("cifar10", None), ("cifar10+", AUGMENT)):
            row: dict[str, Any] = dict(
                data="cifar10", augment=augment, paper=f"{data}-{name}"
            )
            yield Experiment(f"{data}-{name}-small", head=HEADS[name], **row, **SMALL)
            head = PUBLISHED[data][name]
            yield Experiment(f"{data}-{name}", head=head, network=ten, **row, **PAPER)
        head, paper = PUBLISHED["cifar100"][name], f"cifar100-{name}"
        yield Experiment(
            paper, "cifar100", head=head, network=hundred, paper=paper, **PAPER
        )


FAMILY = list(family())
