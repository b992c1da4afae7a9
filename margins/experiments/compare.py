"""The comparison of chapter 11 on mnist-5k: every loss that trains a classifier."""

from functools import partial
from typing import Any

from margins import comparison
from margins.experiments.experiment import Experiment
from mlcore import layers


def head(name: str, steps: int) -> Any:
    """The head of an objective, for a training of so many steps."""
    return comparison.objectives(steps)[name]["head"]


FAMILY = [
    Experiment(
        f"compare-{name}",
        "mnist-5k",
        network=partial(layers.digit_network, features=64),
        head=partial(head, name),
        epochs=8,
        center_loss=objective.get("center_loss"),
        center_weight=objective.get("center_weight", 0.0),
    )
    for name, objective in comparison.objectives(steps=1).items()
]
