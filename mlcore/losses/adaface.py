"""AdaFace (Kim, Jain and Liu, CVPR 2022): a margin that reads the quality of a sample.

The length of a feature tells, roughly, how good its picture is. Good samples get
another margin than bad ones; the length itself is not trained by this.
"""

import math
from dataclasses import dataclass
from typing import Any

from mlcore.arrays import Array, array_namespace
from mlcore.losses.margin import turned
from mlcore.losses.stateful import StatefulHead, as_state
from mlcore.losses.target import Seen
from mlcore.validation import check_finite, check_fits, check_number, check_positive

# What keeps the quality finite where all lengths are equal: released with the paper.
EPSILON = 1e-3


@dataclass(frozen=True)
class AdaFaceLoss(StatefulHead):
    """AdaFace: cross-entropy with the target logit s (cos(theta - m q) - m (1 + q)).

    arXiv 2204.00964. The quality q of a sample, between -1 and 1, is how far the length
    of its feature is from the mean, in standard deviations times `h`. For q = -1 this
    is ArcFace, for 0 AM-Softmax, for 1 the angle turned the other way. The gradient
    takes q for a constant, as the paper does: otherwise all features would shrink.

    Parameters
    ----------
    m : float in [0, pi/2)
        The margin; 0.4 in the paper.
    h : float
        What a standard deviation of the length is worth; 0.333 in the paper. 0 makes it
        AM-Softmax, and a negative one turns the order of the qualities round.
    s : float > 0
        The scale; 64 in the paper's code.
    weight : float in (0, 1]
        Of a new batch in the running mean and standard deviation; 0.01 in the paper's
        configuration. 1: each batch stands for itself.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    The state is an array (2,), the running mean and standard deviation of the lengths;
    the standard deviation of a batch divides by N - 1. Without a state forward takes
    those of the batch alone. A batch of one sample leaves the standard deviation as it
    was.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> head = AdaFaceLoss(m=0.2, s=1.0)
    >>> state = np.array([5.0, 1.0])
    >>> loss, saved = head.forward(x, w, y, state)  # an average length: q = 0
    >>> round(float(loss), 4)  # the cosines .6 and .8 - .2 are equal: log 2
    0.6931
    >>> head.update(np.array([4.0, 1.0]), saved)
    array([4.01, 1.  ])
    """

    normalised_features = True
    normalised_weights = True

    m: float = 0.4
    h: float = 1 / 3
    s: float = 64.0
    weight: float = 0.01

    def __post_init__(self):
        super().__post_init__()
        check_number("m", self.m, 0, math.pi / 2, high_open=True)
        infinity = math.inf
        check_number("h", self.h, -infinity, infinity, low_open=True, high_open=True)
        check_positive("s", self.s)
        check_number("weight", self.weight, 0, 1, low_open=True)

    # [adaface-margin]
    def margin(self, cos: Array, sin: Array, q: Array) -> tuple[Array, Array]:
        """psi = cos(theta - m q) - m (1 + q) and rho = sin(theta - m q)."""
        psi, rho = turned(cos, sin, -self.m * q)
        return psi - self.m * (1 + q), rho

    def quality(self, norm: Array, state: Array) -> Array:
        """The qualities q of features of lengths `norm` (N,), at a `state` (2,)."""
        xp = array_namespace(norm)
        mean, std = state[0], state[1]
        check_fits("h", abs(self.h), norm)
        return xp.clip(self.h * ((norm - mean) / (std + EPSILON)), -1, 1)

    def of_samples(self, seen: Seen, y: Array, state: Any) -> tuple[Array]:
        """The qualities of the samples, a constant of the gradient."""
        return (self.quality(seen.norm, self.moved(state, seen)),)

    # [/adaface-margin]

    # [adaface-state]
    def moved(self, state: Any, seen: Seen) -> Array:
        """Running mean and standard deviation (2,) of the lengths, with this batch.

        Raises
        ------
        ValueError, TypeError
            For a state that is not (2,) or has a standard deviation below 0.
        FloatingPointError
            If one is not finite, or a length too large for the dtype.
        """
        xp, n = array_namespace(seen.norm), seen.norm.shape[0]
        if state is not None:
            state = as_state(state, 2, seen.norm)
            if float(state[1]) < 0:
                raise ValueError(
                    f"state must hold a standard deviation >= 0, got {float(state[1])}"
                )
        check_finite("the lengths of x", seen.norm)
        # Relative to the largest, whose square may be no number.
        largest = xp.max(seen.norm)
        largest = xp.where(largest > 0, largest, xp.ones_like(largest))
        relative = seen.norm / largest
        mean = xp.mean(relative)
        away = relative - mean
        std = largest * xp.sqrt(xp.sum(away * away) / max(n - 1, 1))
        if n == 1 and state is not None:
            std = state[1]  # of one length there is none
        batch = xp.stack([largest * mean, std])
        if state is None:
            return batch
        return (1 - self.weight) * state + self.weight * batch

    # [/adaface-state]
