"""MV-Softmax and CurricularFace: wrong classes that are too near have another logit.

A wrong class is hard where its cosine is above the target logit, margin included. The
logits of hard classes are changed, those of the others left alone; which are hard is a
constant of the gradient.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

from mlcore.arrays import Array, array_namespace
from mlcore.losses.margin import turned
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.stateful import StatefulHead, as_state
from mlcore.losses.target import Entries, Seen, Target
from mlcore.validation import check_choice, check_fits, check_number, check_positive


@dataclass(frozen=True)
class HardNegatives(MarginHead):
    """A margin head with normalised features and weights that changes hard negatives.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    normalised_features = True
    normalised_weights = True

    def hard(self, cos: Array, t: Any) -> tuple[Array, Array]:
        """phi(cos) of hard negatives and its slope, at strength `t`."""
        raise NotImplementedError

    def strength(self, seen: Seen, state: Any) -> Any:
        """t, a constant of the gradient."""
        raise NotImplementedError

    # [hard-negatives]
    def reshape_negatives(
        self, cos: Array, threshold: Array, t: Any
    ) -> tuple[Array, Array]:
        """phi of the wrong classes' cosines (N, C) and its slope d phi / d cos.

        Hard are those above the `threshold` psi, (N, 1).
        """
        xp = array_namespace(cos)
        is_hard = cos > threshold
        phi, slope = self.hard(cos, t)
        return xp.where(is_hard, phi, cos), xp.where(is_hard, slope, 1.0)

    def negatives(
        self, z: Array, own: Entries, target: Target, state: Any
    ) -> tuple[Array, Array]:
        """s phi(cos) of the logits z = s cos, and the slope of phi."""
        check_fits("1 / s", 1 / self.s, z)
        t = self.strength(target.seen, state)
        phi, slope = self.reshape_negatives(z / self.s, target.psi, t)
        return self.s * phi, slope

    # [/hard-negatives]


@dataclass(frozen=True)
class MVSoftmaxLoss(HardNegatives):
    """MV-Softmax (Wang et al., AAAI 2020): hard negatives weigh more.

    arXiv 1912.00833. A wrong class with cos(theta_j) > psi counts as

        cos(theta_j) + t            ("fixed"), or
        (1 + t) cos(theta_j) + t    ("adaptive").

    Parameters
    ----------
    t : float >= 0
        How much they are raised; 0.2 in the released code. 0 is the margin alone.
    m : float
        The margin: in [0, 2) where it is additive, in [0, pi) where it is angular.
    s : float > 0
        The scale.
    base : {"additive", "angular"}
        psi = cos(theta) - m as in AM-Softmax, or cos(theta + m) as in ArcFace.
    form : {"adaptive", "fixed"}
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([0])
    >>> head = MVSoftmaxLoss(t=0.25, m=0.1, s=1.0)
    >>> loss, saved = head.forward(x, w, y)
    >>> round(float(np.log(np.exp(loss) - 1)), 4)  # 1.25 * .8 + .25 - (.6 - .1)
    0.75
    """

    t: float = 0.2
    m: float = 0.35
    s: float = 32.0
    base: Literal["additive", "angular"] = "additive"
    form: Literal["adaptive", "fixed"] = "adaptive"

    def __post_init__(self):
        super().__post_init__()
        check_number("t", self.t, 0, math.inf, high_open=True)
        check_choice("base", self.base, ("additive", "angular"))
        most = 2 if self.base == "additive" else math.pi
        check_number("m", self.m, 0, most, high_open=True)
        check_positive("s", self.s)
        check_choice("form", self.form, ("adaptive", "fixed"))

    # [mv-softmax]
    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """That of AM-Softmax or of ArcFace."""
        if self.base == "additive":
            return cos - self.m, sin
        return turned(cos, sin, self.m)

    def hard(self, cos: Array, t: float) -> tuple[Array, Array]:
        """cos + t, or (1 + t) cos + t."""
        check_fits("s (1 + 2 t)", self.s * (1 + 2 * t), cos)
        factor = 1 + t if self.form == "adaptive" else 1.0
        return factor * cos + t, array_namespace(cos).full_like(cos, factor)

    def strength(self, seen: Seen, state: Any) -> float:
        """t, a hyper-parameter here."""
        return self.t

    # [/mv-softmax]


@dataclass(frozen=True)
class CurricularFaceLoss(HardNegatives, StatefulHead):
    """CurricularFace (Huang et al., CVPR 2020): hard negatives, easy ones first.

    arXiv 2004.00288. The target logit is ArcFace's. A wrong class with a cosine above
    it counts as cos(theta_j) (t + cos(theta_j)), where t is the running mean of the
    samples' own cosines: early in training, where t is small, hard classes count less
    than without it, later more.

    Parameters
    ----------
    m : float in [0, pi)
        The margin in radians; 0.5 in the released code.
    s : float > 0
        The scale; 64 there.
    weight : float in [0, 1]
        Of a new batch in the running mean; 0.01 there.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    The state is an array (1,) of t; at the start, without one, t is 0.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([0])
    >>> head = CurricularFaceLoss(m=0.0, s=1.0, weight=0.5)
    >>> state = np.array([0.4])
    >>> loss, saved = head.forward(x, w, y, state)
    >>> round(float(np.log(np.exp(loss) - 1)), 4)  # .8 (.5 + .8) - .6
    0.44
    >>> head.update(state, saved)  # half-way from .4 to .6
    array([0.5])
    """

    m: float = 0.5
    s: float = 64.0
    weight: float = 0.01

    def __post_init__(self):
        super().__post_init__()
        check_number("m", self.m, 0, math.pi, high_open=True)
        check_positive("s", self.s)
        check_number("weight", self.weight, 0, 1)

    # [curricularface]
    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi = cos(theta + m) and rho = sin(theta + m)."""
        return turned(cos, sin, self.m)

    def hard(self, cos: Array, t: Array) -> tuple[Array, Array]:
        """cos (t + cos), whose slope t + 2 cos is below 0 for cos < -t / 2."""
        return cos * (t + cos), t + 2 * cos

    def moved(self, state: Any, seen: Seen) -> Array:
        """t (1,) with the mean cosine of this batch in it.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            For a state that is not (1,), not finite, or too large for the dtype.
        """
        mean = array_namespace(seen.cos).mean(seen.cos, keepdims=True)
        t = 0 * mean if state is None else as_state(state, 1, mean)
        most = self.s * (1 + abs(float(t[0])))
        check_fits("s times the state", most, mean)
        return (1 - self.weight) * t + self.weight * mean

    def strength(self, seen: Seen, state: Any) -> Array:
        """t (1,), this batch in it."""
        return self.moved(state, seen)

    # [/curricularface]
