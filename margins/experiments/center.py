"""Center loss on MNIST, its weight and alpha swept as in the paper's figures."""

from typing import Any

from margins.experiments.digits import SMALL
from margins.experiments.experiment import Experiment
from margins.experiments.heads import HEADS
from mlcore.losses import CenterLoss

WEIGHTS = (0.0, 0.0001, 0.001, 0.01, 0.1, 1.0)
ALPHAS = (0.01, 0.1, 0.25, 0.5, 0.75, 1.0)
SWEEP: dict[str, Any] = dict(data="mnist", head=HEADS["softmax"], **SMALL)

FAMILY = [
    *(
        Experiment(
            f"mnist-center-lambda{weight:g}-small",
            center_loss=CenterLoss(alpha=0.5),
            center_weight=weight,
            **SWEEP,
        )
        for weight in WEIGHTS
    ),
    *(
        Experiment(
            f"mnist-center-alpha{alpha:g}-small",
            center_loss=CenterLoss(alpha=alpha),
            center_weight=0.01,
            **SWEEP,
        )
        for alpha in ALPHAS
    ),
]
