"""Numbers that say how good features, classifiers and decisions on pairs are.

All take arrays of any library. Numbers come back as Python's own, curves as arrays of
the library they were computed from.
"""

from mlcore.metrics.features import (
    Spread,
    accuracy,
    angles,
    angular_fisher_score,
    mean_target_angle,
    recall_at_k,
    within_between_angles,
)
from mlcore.metrics.intervals import clopper_pearson
from mlcore.metrics.pairs import Pairs, all_pairs, cosines
from mlcore.metrics.ranking import PrecisionRecall, precision_recall
from mlcore.metrics.scores import verification
from mlcore.metrics.thresholds import OperatingPoint, Roc, Verification

__all__ = [
    "OperatingPoint",
    "Pairs",
    "PrecisionRecall",
    "Roc",
    "Spread",
    "Verification",
    "accuracy",
    "all_pairs",
    "angles",
    "angular_fisher_score",
    "clopper_pearson",
    "cosines",
    "mean_target_angle",
    "precision_recall",
    "recall_at_k",
    "verification",
    "within_between_angles",
]
