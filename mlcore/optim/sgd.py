"""Gradient descent with momentum.

Parameters travel as a list of tuples of arrays, one tuple a layer, as in
`layers.Sequential`; a loss's weight matrix is one more tuple.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import Array, array_namespace, cast, compute_dtype, demote
from mlcore.validation import (
    check_float_array,
    check_number,
    check_positive,
    check_same_library,
    check_shape,
    plain_numbers,
    python_number,
)

#: A tuple of arrays for each layer.
Params = Sequence[tuple[Array, ...]]


class SGDState(NamedTuple):
    """What SGD remembers: how many steps it has taken, and every velocity."""

    steps: int
    velocity: list[tuple[Array, ...]]


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent: momentum, weight decay, a bound on the gradient.

    v ← momentum·v + g + weight_decay·p,  p ← p − lr(t)·v

    This is PyTorch's convention for the momentum. Sutskever et al. 2013, equations 1
    and 2, have the rate inside, v ← momentum·v − lr(t)·g and p ← p + v. With a constant
    rate both take the same steps. Where the rate changes, it applies here at once to
    all of the velocity, and there only to the gradients that are still to come.

    The decay is added to the gradient, as in PyTorch's SGD, and so takes part in the
    velocity. The bound is that of Pascanu et al. 2013, algorithm 1; it comes before the
    decay.

    Weight decay acts on weights (arrays of two axes or more), not on biases, slopes and
    the scales of a BatchNorm, which do not overfit and which decay would push towards a
    dead network.

    Parameters
    ----------
    lr : float >= 0, or a function step -> float
        Learning rate; steps are counted from 1.
    momentum : float in [0, 1)
    weight_decay : float >= 0
    clip_norm : float > 0, optional
        If the Euclidean norm of all gradients together is larger, they are all scaled
        down to it.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

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
        plain_numbers(self)
        if not callable(self.lr):
            check_number("lr", self.lr, 0, math.inf, high_open=True)
        check_number("momentum", self.momentum, 0, 1, high_open=True)
        check_number("weight_decay", self.weight_decay, 0, math.inf, high_open=True)
        if self.clip_norm is not None:
            check_positive("clip_norm", self.clip_norm)

    def init(self, params: Params) -> SGDState:
        """Return the state before the first step.

        Raises
        ------
        TypeError, ValueError
            If `params` is no list of tuples of real floating arrays.
        """
        return SGDState(
            0, [tuple(_at_rest(p) for p in group) for group in _checked(params)]
        )

    def rate(self, step: int) -> float:
        """The learning rate of step number `step`, counted from 1.

        Raises
        ------
        TypeError, ValueError
            If the function `lr` returns no finite number from 0 on.
        """
        if not callable(self.lr):
            return self.lr
        rate = python_number(self.lr(step))
        check_number(f"lr({step})", rate, 0, math.inf, high_open=True)
        return rate

    def step(
        self, params: Params, grads: Params, state: SGDState
    ) -> tuple[list[tuple[Array, ...]], SGDState]:
        """Return new parameters and the new state; the old ones stay as they are.

        Raises
        ------
        ValueError, TypeError
            If gradients or velocities do not have the structure, the shapes and the
            library of the parameters.
        FloatingPointError
            If a gradient is not finite, with its place: ``grads[3][0]`` is that of
            ``params[3][0]``.
        """
        if not isinstance(state, SGDState):
            raise TypeError(
                f"state must be what init or step returned, got {type(state).__name__}"
            )
        _check_alike(params, grads, state.velocity)
        steps = state.steps + 1
        lr = self.rate(steps)
        if self.clip_norm is None:
            _check_finite(grads, params)
        scale = 1.0 if self.clip_norm is None else clip_scale(grads, self.clip_norm)
        new_params, velocity = [], []
        for group, grads_of_group, old in zip(
            params, grads, state.velocity, strict=True
        ):
            moved = [
                self._step_one(p, g, v, lr, scale)
                for p, g, v in zip(group, grads_of_group, old, strict=True)
            ]
            new_params.append(tuple(p for p, _ in moved))
            velocity.append(tuple(v for _, v in moved))
        return new_params, SGDState(steps, velocity)

    def _step_one(self, p, g, v, lr, scale):
        dtype = compute_dtype(p)
        if scale != 1:
            g = scale * cast(g, compute_dtype(g))
        p_wide, g = cast(p, dtype), cast(g, dtype)
        if p.ndim >= 2 and self.weight_decay > 0:
            g = g + self.weight_decay * p_wide
        v = self.momentum * cast(v, dtype) + g
        return demote(p_wide - lr * v, p.dtype), v


def _at_rest(p):
    return array_namespace(p).zeros_like(p, dtype=compute_dtype(p))


def _checked(arrays, name="params"):
    """`arrays` as it is, once it is a list of tuples of real floating arrays."""
    if not isinstance(arrays, list | tuple):
        raise TypeError(
            f"{name} must be a list of tuples of arrays, got {type(arrays).__name__}"
        )
    for i, group in enumerate(arrays):
        if not isinstance(group, list | tuple):
            kind = type(group).__name__
            raise TypeError(
                f"{name} must be a list of tuples of arrays, but {name}[{i}] is {kind}"
            )
        for j, array in enumerate(group):
            check_float_array(f"{name}[{i}][{j}]", array, range(65))
    return arrays


def _check_alike(params, grads, velocity):
    """Gradients and velocities must be arrays like the parameters, one for each."""
    _checked(params)
    counts = _counts(params)
    for name, others in (("grads", grads), ("state.velocity", velocity)):
        if not isinstance(others, list | tuple) or _counts(others) != counts:
            found = _counts(_checked(others, name))
            raise ValueError(
                f"{name} must have as many arrays in each tuple as params: {counts},"
                f" got {found}"
            )
        for i, (group, group_of_params) in enumerate(zip(others, params, strict=True)):
            for j, (array, p) in enumerate(zip(group, group_of_params, strict=True)):
                if type(array) is type(p) and (array.shape, array.dtype) == (
                    p.shape,
                    p.dtype,
                ):
                    # as nearly always; the checks that name what is wrong take longer
                    continue
                place = f"[{i}][{j}]"
                check_shape(f"{name}{place}", array, tuple(p.shape))
                check_same_library(**{f"params{place}": p, f"{name}{place}": array})


def _counts(arrays):
    """How many arrays each tuple holds; -1 for what is none."""
    return [len(group) if isinstance(group, list | tuple) else -1 for group in arrays]


def _check_finite(grads, params):
    """Refuse what is not finite in its parameter's dtype; the device is asked once for
    all."""
    flags = [
        _is_finite(g, p)
        for group, group_of_params in zip(grads, params, strict=True)
        for g, p in zip(group, group_of_params, strict=True)
    ]
    if flags and not bool(
        array_namespace(*flags).all(array_namespace(*flags).stack(flags))
    ):
        raise FloatingPointError(
            f"gradients must be finite, but {_first_not_finite(grads, params)}"
        )


def _is_finite(g, p):
    xp, dtype = array_namespace(g), compute_dtype(p)
    if xp.finfo(g.dtype).max <= xp.finfo(dtype).max:
        return xp.all(xp.isfinite(g))
    return xp.all(xp.abs(g) <= float(xp.finfo(dtype).max))


def _first_not_finite(grads, params):
    for i, (group, group_of_params) in enumerate(zip(grads, params, strict=True)):
        for j, (g, p) in enumerate(zip(group, group_of_params, strict=True)):
            if not bool(_is_finite(g, p)):
                what = f"grads[{i}][{j}] of shape {tuple(g.shape)} holds NaN, infinity"
                return f"{what} or a number too large for {compute_dtype(p)}"
    return None


def clip_scale(grads: Params, clip_norm: float) -> float:
    """The factor of at most 1 that brings the norm of all gradients to `clip_norm`.

    Squares are summed in float64, where those of float32 can neither overflow nor
    vanish.

    Raises
    ------
    FloatingPointError
        If a gradient is not finite, with its place in `grads`: no scaling would help.
    """
    # Those of float64 can, so they are measured in units of the largest entry.
    wide = any(g.dtype == array_namespace(g).float64 for group in grads for g in group)
    unit = (
        max((_largest(g) for group in grads for g in group), default=0.0)
        if wide
        else 1.0
    )
    squares = 0.0
    if 0 < unit < math.inf:
        squares = sum(_sum_of_squares(g, unit) for group in grads for g in group)
    if not math.isfinite(unit) or not math.isfinite(squares):
        first = _first_not_finite(grads, grads)
        raise FloatingPointError(
            f"the norm of the gradients must be finite, but {first}"
        )
    return min(1.0, clip_norm / unit / math.sqrt(squares)) if squares > 0 else 1.0


def _sum_of_squares(g, unit):
    xp = array_namespace(g)
    wide = xp.astype(g, xp.float64, copy=False)
    return float(xp.sum(xp.square(wide if unit == 1 else wide / unit)))


def _largest(g):
    xp = array_namespace(g)
    return float(xp.max(xp.abs(g))) if math.prod(g.shape) else 0.0
