"""The comparison of chapter 12: every loss, judged on identities not trained on.

The page runs it on digits, `margins.experiments.verification` on faces and on clothes;
the losses and what is measured stand here, once. Results are in percent.
"""

from typing import Any

import numpy as np

from margins import comparison
from mlcore import losses, metrics
from mlcore.arrays import Array

FARS = (0.1, 0.01, 0.001)


def objectives(steps: int, s: float = 16.0) -> dict[str, dict[str, Any]]:
    """The losses of chapter 11 and the two on pairs, as arguments of `train.fit`."""
    triplet = losses.BatchTripletLoss(mining="semi-hard", distance="cosine")
    circle = losses.CircleLoss(m=0.25, gamma=64.0)
    return comparison.objectives(steps, s) | {
        "triplet": {"head": losses.PairHead(triplet)},
        "circle": {"head": losses.PairHead(circle)},
    }


# [measure]
def verifier(x: Array, y: Array) -> metrics.Verification:
    """All pairs of features `x` (N, D) with labels `y`, compared by cosine."""
    pairs = metrics.all_pairs(x, y)
    return metrics.verification(pairs.scores, pairs.same, pairs.identities)


def balanced(pairs: metrics.Pairs, seed: int = 0) -> metrics.Pairs:
    """A list as LFW's: all genuine pairs and as many impostor pairs, drawn at random.

    Parameters
    ----------
    pairs : metrics.Pairs
        Of NumPy arrays.
    seed : int

    Returns
    -------
    metrics.Pairs
    """
    genuine, impostor = np.flatnonzero(pairs.same), np.flatnonzero(~pairs.same)
    size = min(len(genuine), len(impostor))
    rng = np.random.default_rng(seed)
    kept = [rng.choice(kind, size, replace=False) for kind in (genuine, impostor)]
    return metrics.Pairs(*(array[np.sort(np.concatenate(kept))] for array in pairs))


def measure(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """What a verifier can do with features `x` (N, D) of the identities `y`.

    Returns
    -------
    dict
        ``recall`` at 1, ``ten_folds`` accuracy on a balanced list, ``eer``, and
        ``tar``, a list with one number for each of `FARS`; all in percent.
    """
    v = verifier(x, y)
    list_of_pairs = balanced(metrics.all_pairs(x, y))
    return {
        "recall": 100 * metrics.recall_at_k(x, y),
        "ten_folds": 100 * metrics.verification(*list_of_pairs[:2]).kfold_accuracy(10),
        "eer": 100 * v.eer(),
        "tar": [100 * v.tar_at_far(far) for far in FARS],
    }


# [/measure]
