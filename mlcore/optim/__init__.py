"""The optimiser, and the schedules of its learning rate and of lam."""

from mlcore.optim.schedules import Annealing, StepSchedule, Warmup
from mlcore.optim.sgd import SGD, Params, SGDState, clip_scale

__all__ = [
    "SGD",
    "Annealing",
    "Params",
    "SGDState",
    "StepSchedule",
    "Warmup",
    "clip_scale",
]
