"""The comparison of chapter 11: every loss that trains a classifier, on one network.

The page runs it on the small digits, `margins.experiments.compare` on mnist-5k; the
losses, their hyper-parameters and what is measured stand here, once.
"""

import math
from typing import Any

from mlcore import losses, metrics, train
from mlcore.arrays import Array
from mlcore.datasets import Dataset
from mlcore.layers import Sequential
from mlcore.optim import Annealing


# [objectives]
def objectives(steps: int, s: float = 8.0) -> dict[str, dict[str, Any]]:
    """The losses compared, each as arguments of `train.fit`, by the figures' names.

    The margins are those of the papers. `s` is not: 30 and 64 belong to thousands of
    classes. The multiplied angles begin as softmax and have come to lam = 0.07 at the
    end of `steps` steps.
    """
    lam = Annealing(base=1000, gamma=10 / steps, power=4)
    softmax = losses.SoftmaxLoss()
    heads = {
        "softmax": softmax,
        "normalised-softmax": losses.CombinedMarginLoss(s=s),
        "l-softmax": train.annealed(losses.LargeMarginSoftmaxLoss(m=4), lam),
        "a-softmax": train.annealed(losses.AngularSoftmaxLoss(m=4), lam),
        "am-softmax": losses.AdditiveMarginSoftmaxLoss(m=0.35, s=s),
        "arcface": losses.ArcFaceLoss(m=0.5, s=s),
        "combined": losses.CombinedMarginLoss(m1=1.0, m2=0.3, m3=0.2, s=s),
        "focal": losses.LogitHead(losses.SoftmaxFocalLoss(gamma=2.0)),
    }
    center = {"center_loss": losses.CenterLoss(alpha=0.5), "center_weight": 0.01}
    return {name: {"head": head} for name, head in heads.items()} | {
        "center": {"head": softmax, **center}
    }


# [/objectives]


# [measure]
def measure(
    objective: dict[str, Any],
    net: Sequential,
    data: Dataset,
    epochs: int,
    batch: int = 64,
    seed: int = 0,
) -> dict[str, float]:
    """Train `net` under one of the `objectives` and measure its test features.

    Returns
    -------
    dict
        ``train_accuracy`` and ``test_accuracy`` in percent, ``fisher`` (the angular
        Fisher score, small is good), ``own_angle`` to the own row of w, ``within`` to
        the own class's mean direction and ``nearest`` between the two nearest classes,
        in degrees.
    """
    history = train.fit(
        net,
        data=data,
        **objective,
        epochs=epochs,
        batch=batch,
        seed=seed,
        progress=False,
    )
    x, y = train.features(net, data.test.images), data.test.labels
    return {
        "train_accuracy": 100 * history.train_accuracy,
        "test_accuracy": 100 * history.test_accuracy,
    } | geometry(x, history.w, y)


def geometry(x: Array, w: Array, y: Array) -> dict[str, float]:
    """How features `x` (N, D) with labels `y` lie to each other and to `w` (C, D)."""
    spread = metrics.within_between_angles(x, y)
    return {
        "fisher": metrics.angular_fisher_score(x, y),
        "own_angle": math.degrees(metrics.mean_target_angle(x, w, y)),
        "within": math.degrees(spread.within),
        "nearest": math.degrees(spread.nearest),
    }


# [/measure]
