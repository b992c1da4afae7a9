"""Schedules: functions of the step, for a learning rate or for lam."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mlcore.validation import (
    check_integer,
    check_number,
    check_positive,
    plain_numbers,
    python_number,
)


@dataclass(frozen=True)
class StepSchedule:
    """`base`, multiplied by `factor` once each of `steps` has been done.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> rate = StepSchedule(0.1, steps=(12_000, 15_000), factor=0.1)
    >>> [round(rate(step), 4) for step in (1, 12_000, 12_001, 15_001)]
    [0.1, 0.1, 0.01, 0.001]
    """

    base: float
    steps: tuple[int, ...]
    factor: float = 0.1

    def __post_init__(self):
        plain_numbers(self)
        check_positive("base", self.base)
        check_positive("factor", self.factor)
        if not isinstance(self.steps, Iterable) or isinstance(self.steps, str | bytes):
            raise TypeError(f"steps must be a sequence of integers, got {self.steps!r}")
        object.__setattr__(
            self, "steps", tuple(python_number(step) for step in self.steps)
        )
        for step in self.steps:
            check_integer("steps", step, 1)
        if list(self.steps) != sorted(self.steps):
            raise ValueError(f"steps must increase, got {self.steps}")

    def __call__(self, step: int) -> float:
        return self.base * self.factor ** bisect_left(self.steps, step)


@dataclass(frozen=True)
class Warmup:
    """Grow linearly to `schedule`, a number or a function, in the first `steps`.

    The first gradients of a random network are the largest it will ever have; a full
    step along them is what throws a margin loss off.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> rate = Warmup(0.1, steps=4)
    >>> [rate(step) for step in (1, 2, 4, 100)]
    [0.025, 0.05, 0.1, 0.1]
    """

    schedule: float | Callable[[int], float]
    steps: int

    def __post_init__(self):
        plain_numbers(self)
        check_integer("steps", self.steps, 1)
        if not callable(self.schedule):
            check_positive("schedule", self.schedule)

    def __call__(self, step: int) -> float:
        full = self.schedule
        if callable(full):
            full = python_number(full(step))
            check_number(f"schedule({step})", full, 0, math.inf, high_open=True)
        return full * min(1.0, step / self.steps)


@dataclass(frozen=True)
class Annealing:
    """lam(t) = max(lam_min, base·(1 + gamma·t)^−power), t counting steps from 1.

    The schedule of the L-Softmax and A-Softmax authors' released code. With it a margin
    loss starts as the plain softmax loss and becomes itself.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> lam = Annealing(base=1000, gamma=0.12, power=1, lam_min=5)  # theirs for faces
    >>> [round(lam(t), 1) for t in (1, 100, 1658, 1659)]
    [892.9, 76.9, 5.0, 5.0]
    """

    base: float
    gamma: float
    power: float
    lam_min: float = 0.0

    def __post_init__(self):
        plain_numbers(self)
        check_positive("base", self.base)
        for name in ("gamma", "power", "lam_min"):
            check_number(name, getattr(self, name), 0, math.inf, high_open=True)

    def __call__(self, step: int) -> float:
        return max(
            float(self.lam_min), self.base * (1 + self.gamma * step) ** -self.power
        )
