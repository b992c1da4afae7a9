"""How the papers train, as arguments of `Experiment`."""

from dataclasses import dataclass
from typing import Any

from mlcore.optim import SGD, StepSchedule, Warmup


def l_softmax(steps: int) -> SGD:
    """SGD of the L-Softmax paper: rate 0.1, momentum 0.9, weight decay 5e-4.

    The rate is divided by 10 after 12,000 and 15,000 of 18,000 steps; in a training of
    another length at the same shares of the way. The warm-up over the first thirtieth
    and the bound on the gradient are ours.
    """
    falls = (max(1, 2 * steps // 3), max(1, 5 * steps // 6))
    rate = Warmup(StepSchedule(0.1, falls, factor=0.1), steps=max(1, steps // 30))
    return SGD(lr=rate, momentum=0.9, weight_decay=5e-4, clip_norm=5.0)


#: 77 epochs of 60,000 images are 18,095 steps of 256.
L_SOFTMAX: dict[str, Any] = dict(optimiser=l_softmax, epochs=77, batch=256)


@dataclass(frozen=True)
class LinearDecay:
    """From `base` in the first step straight down to 0 after the last of `steps`.

    Examples
    --------
    >>> rate = LinearDecay(0.1, steps=4)
    >>> [round(rate(step), 3) for step in (1, 2, 3, 4)]
    [0.1, 0.075, 0.05, 0.025]
    """

    base: float
    steps: int

    def __call__(self, step: int) -> float:
        return self.base * (1 - (step - 1) / self.steps)


def short(steps: int) -> SGD:
    """For a few epochs: a high rate that falls at once, all else as in the paper."""
    rate = Warmup(LinearDecay(0.1, steps), steps=max(1, steps // 12))
    return SGD(lr=rate, momentum=0.9, weight_decay=5e-4, clip_norm=5.0)
