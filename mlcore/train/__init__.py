"""Training: a loop to be read from top to bottom, and resumed where it was cut off."""

from mlcore.train.evaluation import evaluate, features, scores
from mlcore.train.loop import fit
from mlcore.train.settings import annealed, default_optimiser, describe
from mlcore.train.state import Epoch, History

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
