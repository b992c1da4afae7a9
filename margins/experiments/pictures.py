"""Features to be drawn: stars of MNIST in a plane, spheres of Fashion-MNIST."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from margins.experiments.experiment import Experiment
from margins.experiments.heads import HEADS, Head, a_softmax, am_softmax
from margins.experiments.networks import narrow_seven_layers
from margins.experiments.schedules import L_SOFTMAX, short
from mlcore import layers
from mlcore.losses import CenterLoss

STAR_HEADS: dict[str, Head] = {
    name: HEADS[name] for name in HEADS if name == "softmax" or name.startswith("l-")
}
SPHERE_HEADS: dict[str, Head] = {
    "softmax": HEADS["softmax"],
    **{f"a-softmax-m{m}": a_softmax(m) for m in (1, 2, 3, 4)},
    **{f"am-softmax-m{m}": am_softmax(m) for m in (0.0, 0.2, 0.35, 0.5)},
}
#: How many features of each split go into a run: enough for a figure.
DRAWN = 1000
SMALL_STAR: dict[str, Any] = dict(
    network=partial(layers.digit_network, features=2),
    optimiser=short,
    epochs=5,
    small="two strided convolutions instead of six with pooling; not 77 epochs",
)
SMALL_SPHERE: dict[str, Any] = dict(
    network=partial(narrow_seven_layers, features=3),
    optimiser=short,
    epochs=5,
    small="a quarter of the width of LeNets++, with BatchNorm; not 77 epochs",
)


def family() -> Iterator[Experiment]:
    """Each head, small and in the paper's size."""
    star: dict[str, Any] = dict(data="mnist", features=DRAWN)
    network = partial(layers.l_softmax_toy_network, features=2)
    for suffix, training in (
        ("-small", SMALL_STAR),
        ("", dict(network=network, **L_SOFTMAX)),
    ):
        for name, head in STAR_HEADS.items():
            yield Experiment(f"star-{name}{suffix}", head=head, **star, **training)
        for weight in (0.001, 0.01, 0.1, 1.0):
            yield Experiment(
                f"star-center-lambda{weight:g}{suffix}",
                head=HEADS["softmax"],
                center_loss=CenterLoss(alpha=0.5),
                center_weight=weight,
                **star,
                **training,
            )
    sphere: dict[str, Any] = dict(data="fashion-mnist", features=DRAWN)
    network = partial(layers.lenet_plus_plus, features=3)
    for suffix, training in (
        ("-small", SMALL_SPHERE),
        ("", dict(network=network, **L_SOFTMAX)),
    ):
        for name, head in SPHERE_HEADS.items():
            yield Experiment(f"sphere-{name}{suffix}", head=head, **sphere, **training)


FAMILY = list(family())
