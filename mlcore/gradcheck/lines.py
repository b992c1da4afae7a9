"""A function along lines through one point: its slopes, and what disturbs them.

A central difference is the mean of two slopes, one to each side. Where they differ by
more than a smooth function's would, the point lies at a kink, and their mean is not the
gradient.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

#: Relative error that the right gradient of a smooth function stays below; a wrong one
#: seldom does.
TOLERANCE = 1e-6

# How many times shorter the second step is.
_SHORTER = 16.0
# To the left and right of a point, slopes of a smooth function differ by a few
# millionths.
_BENT = 1e-3
# How many times the change of f in its last digits counts as rounding.
_ROUNDING = 8.0


def scale(x: np.ndarray) -> np.ndarray:
    """How far each entry may move: its own size, or the root mean square of all."""
    return np.maximum(np.abs(x), root_mean_square(x) or 1.0)


def root_mean_square(x: np.ndarray) -> float:
    """Of numbers of any size; those near 1e160 have squares that overflow."""
    largest = np.max(np.abs(x), initial=0.0)
    return largest * np.sqrt(np.mean(np.square(x / largest))) if largest > 0 else 0.0


class Slopes(NamedTuple):
    """Slopes along one line: what backward says, and what steps both ways measure."""

    analytic: float
    left: float
    right: float

    @property
    def numeric(self) -> float:
        """The central difference."""
        return (self.left + self.right) / 2

    @property
    def error(self) -> float:
        return abs(self.analytic - self.numeric)

    @property
    def bend(self) -> float:
        """How far the slopes to the two sides differ."""
        return abs(self.right - self.left)


@dataclass(frozen=True, eq=False)
class Lines:
    """The number ``sum(upstream * f)`` along lines through `x`, and its gradient.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a number or an array.
    x : numpy.ndarray of float64
    gradient : numpy.ndarray like x
        What backward says.
    upstream : float or array like ``f(x)``
    at_x : sequence of numbers or arrays
        Values of ``f(x)``, all the same unless `f` draws random numbers. Differences
        start from the first.
    """

    f: Callable[[np.ndarray], Any]
    x: np.ndarray
    gradient: np.ndarray
    upstream: float | np.ndarray
    at_x: Sequence[Any]

    @cached_property
    def chance(self) -> float:
        """How far the number moves when nothing does."""
        return max(abs(self.rise(again)) for again in self.at_x)

    @cached_property
    def rounding(self) -> float:
        """How far the number moves when every entry of `x` moves in its last digits."""
        rng = np.random.default_rng(0)
        digits = np.finfo(np.float64).eps * scale(self.x)
        signs = (rng.choice([-1.0, 1.0], size=self.x.shape) for _ in range(3))
        rises = [self.rise(self.f(self.x + sign * digits)) for sign in signs]
        return max(map(abs, [self.chance, *rises]))

    def rise(self, value: Any) -> float:
        """The rise from ``f(x)`` to `value`, weighted behind the subtraction."""
        with np.errstate(invalid="ignore", over="ignore"):  # an infinite error
            return float(np.sum(self.upstream * (value - self.at_x[0])))

    def slopes(self, where: Any, v: float | np.ndarray, h: float) -> Slopes:
        """`Slopes` for the step `h` along `v`, at the entries `where` of x.

        ``...`` is all of them.

        Raises
        ------
        ValueError
            If `h` is too short to move any.
        """
        up, down = self.x.copy(), self.x.copy()
        up[where] += h * v
        down[where] -= h * v
        # Divide by the step that was really made: x + h is rounded. All of many are so
        # on average.
        moved = up[where] - down[where]
        if not np.any(moved):
            raise ValueError(f"h must move x, but {h} is too short a step for it")
        step = h if np.ndim(v) else moved / 2
        analytic = np.sum(self.gradient[where] * moved) / (2 * step)
        rises = -self.rise(self.f(down)), self.rise(self.f(up))
        return Slopes(float(analytic), *(float(rise / step) for rise in rises))

    def second_look(
        self,
        first: Slopes,
        where: Any,
        v: float | np.ndarray,
        h: float,
        size: float,
    ) -> tuple[Slopes, str]:
        """Find out why `first`, the slopes for the step `h`, do not agree.

        Parameters
        ----------
        first : Slopes
        where, v, h
            As for `slopes`.
        size : float
            What an error is measured against.

        Returns
        -------
        slopes : Slopes
            `first`; or those of a shorter step, where `f` is smooth and the first was
            too long for it, or where it clears a kink that the first one met and they
            still disagree.
        doubt : str
            Empty if what is left is the error of the gradient; ``"kink"`` or
            ``"chance"`` if that explains it, so that it says nothing about the
            gradient.
        """
        suspect = first.error > TOLERANCE * size
        # Along a direction in which all entries move, the bend of a smooth function is
        # large.
        bent = np.ndim(v) == 0 and first.bend > _BENT * size
        if not np.isfinite(first.error) or not (suspect or bent):
            return first, ""
        if suspect and first.error <= _ROUNDING * self.chance / h:
            return first, "chance"
        noise = _ROUNDING * self.rounding / h
        if suspect and first.error <= noise:
            return first, ""
        if np.all(self.x[where] + v * h / _SHORTER == self.x[where]):
            return first, ""
        noise *= _SHORTER
        second = self.slopes(where, v, h / _SHORTER)
        # At a kink any slope between those to both sides will do.
        slack = (4 if np.ndim(v) else 0.01) * second.bend + TOLERANCE * size
        low, high = sorted((second.left, second.right))
        explained = "kink" if low - slack <= second.analytic <= high + slack else ""
        if second.bend > max(first.bend / 2, TOLERANCE * size, noise):
            return first, explained  # the slopes differ however short the step
        # Of a smooth function the bend shrinks like the step, and the truncation like
        # its square.
        smooth = abs(second.bend - first.bend / _SHORTER) <= first.bend / 80 + noise
        if second.error > first.error / 2:
            return first, ""
        if smooth and second.error <= first.error / 64 + noise:
            # The step was too long: millionths of 10,000 are, for a BatchNorm. The next
            # may be too.
            if not suspect:
                return first, ""
            return self.second_look(second, where, v, h / _SHORTER, size)
        if second.bend > _BENT * size + noise:
            return first, explained
        # The shorter step clears the kink, but for `bend`: what disagrees is not its
        # fault.
        wrong = suspect and second.error > TOLERANCE * size + noise + second.bend
        return (second, "") if wrong else (first, "kink")
