"""Gradient descent with momentum, and the schedules of its learning rate and of lam.

Parameters travel as a list of tuples of arrays, one tuple a layer, as in `layers.Sequential`; a
loss's weight matrix is one more tuple.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote, promote
from mlcore.validation import check_integer, check_number, check_positive


class SGDState(NamedTuple):
    """What SGD remembers: how many steps it has taken, and each parameter's velocity."""

    steps: int
    velocity: list


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with momentum, weight decay and a bound on the gradient.

    v ← momentum·v + g + weight_decay·p,  p ← p − lr(t)·v

    Weight decay acts on weights (arrays of two axes or more), not on biases, slopes and the scales
    of a BatchNorm, which do not overfit and which decay would push towards a dead network.

    Parameters
    ----------
    lr : float >= 0, or a function step -> float
        Learning rate; steps are counted from 1.
    momentum : float in [0, 1)
    weight_decay : float >= 0
    clip_norm : float > 0, optional
        If the Euclidean norm of all gradients together is larger, they are all scaled down to it.

    Examples
    --------
    >>> import numpy as np
    >>> sgd = SGD(lr=0.1, momentum=0.5)
    >>> params = [(np.array([1.0]),)]
    >>> state = sgd.init(params)
    >>> for _ in range(2):  # minimise p**2 / 2, whose gradient is p
    ...     params, state = sgd.step(params, params, state)
    >>> print(params[0][0])  # 1 - 0.1 = 0.9, then v = 0.5 + 0.9 = 1.4
    [0.76]
    """

    lr: float | Callable[[int], float]
    momentum: float = 0.9
    weight_decay: float = 0.0
    clip_norm: float | None = None

    def __post_init__(self):
        if not callable(self.lr):
            check_number("lr", self.lr, 0, math.inf, high_open=True)
        check_number("momentum", self.momentum, 0, 1, high_open=True)
        check_number("weight_decay", self.weight_decay, 0, math.inf, high_open=True)
        if self.clip_norm is not None:
            check_positive("clip_norm", self.clip_norm)

    def init(self, params):
        """Return the state before the first step."""
        return SGDState(0, [tuple(0 * promote(p)[0] for p in group) for group in params])

    def rate(self, step):
        """The learning rate of step number `step`, counted from 1."""
        return self.lr(step) if callable(self.lr) else self.lr

    # [sgd]
    def step(self, params, grads, state):
        """Return new parameters and the new state; the old ones stay as they are.

        Raises
        ------
        FloatingPointError
            With `clip_norm`, if a gradient is not finite: no scaling would help.
        """
        steps = state.steps + 1
        lr = self.rate(steps)
        scale = 1.0 if self.clip_norm is None else clip_scale(grads, self.clip_norm)
        new_params, velocity = [], []
        for group, grads_of_group, old in zip(params, grads, state.velocity, strict=True):
            moved = [
                self._step_one(p, g, v, lr, scale)
                for p, g, v in zip(group, grads_of_group, old, strict=True)
            ]
            new_params.append(tuple(p for p, _ in moved))
            velocity.append(tuple(v for _, v in moved))
        return new_params, SGDState(steps, velocity)

    def _step_one(self, p, g, v, lr, scale):
        dtype = p.dtype
        p, g, v = promote(p, g, v)
        g = scale * g
        if p.ndim >= 2:
            g = g + self.weight_decay * p
        v = self.momentum * v + g
        return demote(p - lr * v, dtype), v

    # [/sgd]


# [clip]
def clip_scale(grads, clip_norm):
    """The factor of at most 1 that brings the norm of all gradients together to `clip_norm`.

    Squares are summed in float64, where those of float32 can neither overflow nor vanish.
    """
    squares = 0.0
    for group in grads:
        for g in group:
            xp = array_namespace(g)
            squares += float(xp.sum(xp.square(xp.astype(g, xp.float64, copy=False))))
    norm = math.sqrt(squares)
    if not math.isfinite(norm):
        raise FloatingPointError(f"the norm of the gradients must be finite, but is {norm}")
    return min(1.0, clip_norm / norm) if norm > 0 else 1.0


# [/clip]


@dataclass(frozen=True)
class StepSchedule:
    """`base`, multiplied by `factor` once each of `steps` has been done.

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
        check_positive("base", self.base)
        check_positive("factor", self.factor)
        object.__setattr__(self, "steps", tuple(self.steps))
        for step in self.steps:
            check_integer("steps", step, 1)
        if list(self.steps) != sorted(self.steps):
            raise ValueError(f"steps must increase, got {self.steps}")

    def __call__(self, step):
        return self.base * self.factor ** bisect_left(self.steps, step)


@dataclass(frozen=True)
class Warmup:
    """Grow linearly to `schedule` (a number or a function step -> number) in the first `steps`.

    The first gradients of a random network are the largest it will ever have; a full step along
    them is what throws a margin loss off.

    Examples
    --------
    >>> rate = Warmup(0.1, steps=4)
    >>> [rate(step) for step in (1, 2, 4, 100)]
    [0.025, 0.05, 0.1, 0.1]
    """

    schedule: float | Callable[[int], float]
    steps: int

    def __post_init__(self):
        check_integer("steps", self.steps, 1)
        if not callable(self.schedule):
            check_positive("schedule", self.schedule)

    def __call__(self, step):
        full = self.schedule(step) if callable(self.schedule) else self.schedule
        return full * min(1.0, step / self.steps)


# [annealing]
@dataclass(frozen=True)
class Annealing:
    """lam(t) = max(lam_min, base·(1 + gamma·t)^−power), t counting training forwards from 1.

    The schedule of the L-Softmax and A-Softmax authors' released code. With it a margin loss
    starts as the plain softmax loss and becomes itself.

    Examples
    --------
    >>> lam = Annealing(base=1000, gamma=0.12, power=1, lam_min=5)  # the authors', for faces
    >>> [round(lam(t), 1) for t in (1, 100, 1658, 1659)]
    [892.9, 76.9, 5.0, 5.0]
    """

    base: float
    gamma: float
    power: float
    lam_min: float = 0.0

    def __post_init__(self):
        check_positive("base", self.base)
        for name in ("gamma", "power", "lam_min"):
            check_number(name, getattr(self, name), 0, math.inf, high_open=True)

    def __call__(self, step):
        return max(float(self.lam_min), self.base * (1 + self.gamma * step) ** -self.power)


# [/annealing]
