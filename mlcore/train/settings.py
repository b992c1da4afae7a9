"""What a training is given: an optimiser, a head with a schedule; and in words."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from mlcore.layers import Sequential
from mlcore.optim import SGD, StepSchedule, Warmup


def default_optimiser(steps: int, rate: float = 0.05) -> SGD:
    """SGD as the small networks of this book need it, for a training of `steps` steps.

    Learning rate `rate`, reached in a twelfth of the steps and divided by 10 after two
    thirds and again after five sixths; momentum 0.9, weight decay 5e-4, gradient norm
    at most 5. Without the warm-up and the bound L-Softmax with m = 4 overflows within a
    dozen steps on MNIST; either of them is enough. Without the decay the test accuracy
    stays several points lower, since a BatchNorm's running averages trail behind
    weights that still move.
    """
    falls = (max(1, 2 * steps // 3), max(1, 5 * steps // 6))
    schedule = Warmup(StepSchedule(rate, falls, factor=0.1), steps=max(1, steps // 12))
    return SGD(lr=schedule, momentum=0.9, weight_decay=5e-4, clip_norm=5.0)


def annealed(loss: Any, schedule: Callable[[int], float]) -> Callable[[int], Any]:
    """The head step -> loss for `fit`: `loss` with ``lam=schedule(step)``.

    Examples
    --------
    >>> from mlcore.losses import LargeMarginSoftmaxLoss
    >>> from mlcore.optim import Annealing
    >>> lam = Annealing(base=1000, gamma=0.005, power=5)
    >>> head = annealed(LargeMarginSoftmaxLoss(m=4), lam)
    >>> round(head(1).lam, 1), round(head(756).lam, 2)
    (975.4, 0.4)
    """
    return lambda step: replace(loss, lam=schedule(step))


def describe(
    net: Sequential, head_at: Callable[[int], Any], optimiser: SGD, steps: int
) -> dict[str, Any]:
    """Network, head and optimiser of a training of `steps` steps, in words and numbers.

    Schedules are functions and cannot be compared or printed; their values at three
    steps can.

    Parameters
    ----------
    net : layers.Sequential
    head_at : function step -> loss
    optimiser : optim.SGD
    steps : int

    Returns
    -------
    dict
        Strings, numbers, lists and dicts only.
    """
    some_steps = sorted({1, (steps + 1) // 2, steps})
    constants = asdict(replace(optimiser, lr=0.0))
    del constants["lr"]
    return {
        "network": [repr(layer) for layer in net.layers],
        "dtype": net.dtype,
        "head": {str(step): repr(head_at(step)) for step in some_steps},
        "optimiser": {
            "name": type(optimiser).__name__,
            "rate": {str(step): float(optimiser.rate(step)) for step in some_steps},
            **constants,
        },
    }
