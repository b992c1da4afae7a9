"""Training: a loop that can be read from top to bottom, and resumed wherever it was cut
off."""

from mlcore.train.evaluation import evaluate, features, scores
from mlcore.train.history import Epoch, History
from mlcore.train.loop import fit
from mlcore.train.settings import annealed, default_optimiser, describe

__all__ = [
    "Epoch",
    "History",
    "annealed",
    "default_optimiser",
    "describe",
    "evaluate",
    "features",
    "fit",
    "scores",
]
