"""Losses for classes that are not equally common: a prior and a scale in the logits.

Logit adjustment (Menon et al., ICLR 2021), balanced softmax (Ren et al., NeurIPS 2020)
and the vector-scaling loss (Kini et al., NeurIPS 2021) are one cross-entropy, of logits
that a number a class has moved and another has stretched. With them stand what goes
with the counts of the classes: the weights of the effective number, and the adjustment
after training.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    demote,
    device,
    overflow_to_infinity,
    promote,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.class_weights import check_rules, weigh_labels, weighted
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.validation import (
    check_counts,
    check_fits,
    check_logits,
    check_logits_and_labels,
    check_number,
)

Counts = Sequence[float] | Mapping[int, float]


# [effective-number]
def effective_number_weights(counts: Counts, beta: float) -> tuple[float, ...]:
    """Class weights 1 / E_n with E_n = (1 - beta^n) / (1 - beta), scaled to sum to C.

    E_n is the effective number of n samples (Cui et al. 2019, arXiv 1901.05555). With
    beta = 0 each class weighs 1, with beta near 1 it weighs nearly 1 / n.

    Parameters
    ----------
    counts : sequence of C numbers >= 1, array, or mapping from labels
        How many samples of each class there are. As E_n is not in proportion to n,
        shares will not do.
    beta : float in [0, 1)

    Returns
    -------
    tuple of C floats
        For `class_weights` of a loss.

    Raises
    ------
    ValueError, TypeError
        For a number outside its range; the message names it.

    Examples
    --------
    >>> [round(weight, 3) for weight in effective_number_weights((400, 40, 4), 0.999)]
    [0.03, 0.269, 2.7]
    """
    counts = check_counts("counts", counts)
    for k, n in enumerate(counts):
        check_number(f"counts[{k}]", n, 1, math.inf, high_open=True)
    check_number("beta", beta, 0, 1, high_open=True)
    # 1 - beta**n would cancel where beta is close to 1. The factor 1 - beta is the same
    # for all classes.
    effective = [-math.expm1(n * math.log(beta)) if beta > 0 else 1.0 for n in counts]
    shares = [min(effective) / e for e in effective]
    total = math.fsum(shares)
    return tuple(len(shares) * share / total for share in shares)


# [/effective-number]


# [adjust]
@overflow_to_infinity()
def adjust(logits: Array, counts: Counts, tau: float = 1.0) -> Array:
    """Logits after training, for a test in which all classes count alike.

    Returns ``logits[i, j] - tau * log(pi_j)`` with pi_j = counts[j] / sum(counts): the
    post-hoc form of logit adjustment (Menon et al. 2021, arXiv 2007.07314). It is for a
    network that was trained plainly. One that was trained with `VectorScalingLoss` has
    the prior out of its logits already, and would be corrected twice.

    Parameters
    ----------
    logits : array, shape (N, C)
    counts : sequence of C numbers > 0, array, or mapping from labels
        How common each class was in training; only their ratios count.
    tau : float >= 0

    Returns
    -------
    array, shape (N, C)

    Raises
    ------
    ValueError, TypeError
        For a wrong rank or dtype, or a number outside its range; the message names the
        argument.
    FloatingPointError
        If a logit is NaN or infinite; the message names the row.

    Examples
    --------
    >>> import numpy as np
    >>> adjust(np.array([[2.0, 1.0]]), (90, 10)).round(4)
    array([[2.1054, 3.3026]])
    """
    check_logits(logits, logits)
    counts = check_counts("counts", counts)
    _check_length(counts, logits)
    check_number("tau", tau, 0, math.inf, high_open=True)
    (z,) = promote(logits)
    log_total = math.log(math.fsum(n / max(counts) for n in counts))
    log_pi = [ratio - log_total for ratio in _log_ratios(counts)]
    return demote(z - _a_class(z, [tau * v for v in log_pi], "tau"), logits.dtype)


# [/adjust]


class _Saved(NamedTuple):
    # (N, C) gradient of each sample's loss with respect to its logits
    slope: Array
    losses: Array  # (N,)
    divisor: Array | None  # of "mean"; None for N
    dtype: Any


@dataclass(frozen=True)
class VectorScalingLoss(Loss):
    """Cross-entropy of logits with a scale and a prior for each class.

    With pi_j = counts[j] / sum(counts), the loss of a sample is

        omega_y * (-log softmax(z')_y),
        z'_j = Delta_j z_j + tau log(pi_j),    Delta_j = (counts[j] / max(counts))^gamma

    (Kini et al. 2021, arXiv 2103.01550), and its gradient by z_j is omega_y Delta_j
    (softmax(z')_j - [j = y]). With gamma = 0 it is the logit-adjusted loss (Menon et
    al. 2021, arXiv 2007.07314), with tau = 1 besides balanced softmax (Ren et al. 2020,
    arXiv 2007.10740), and with tau = 0 as well plain cross-entropy. Predict with the
    plain logits z: the prior is for training only.

    Parameters
    ----------
    counts : sequence of C numbers > 0, array, or mapping from labels
        How common each class is in training; only their ratios count. A class without
        a sample has no log(pi) and is refused.
    tau : float >= 0
        How much of the prior goes into the loss; 1 for a balanced test.
    gamma : float >= 0
        How much smaller the logits of rare classes are made.
    class_weights : sequence of C numbers >= 0, or mapping from labels, optional
        The omega: as in `SoftmaxCrossEntropy`, "mean" divides by the sum of those of
        the batch.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> balanced = VectorScalingLoss(counts=(90, 10))
    >>> loss, saved = balanced.forward(np.array([[0.0, 0.0]]), np.array([1]))
    >>> round(float(loss), 4)  # -log(0.1)
    2.3026
    >>> balanced.backward(saved)[0].round(4)
    array([[ 0.9, -0.9]])
    """

    counts: Counts
    tau: float = 1.0
    gamma: float = 0.0
    class_weights: Sequence[float] | Mapping[int, float] | None = None
    ignore_index: ClassVar[None] = None  # for `class_weights`, which knows both

    def __post_init__(self):
        super().__post_init__()
        # A tuple, so that the loss stays immutable and comparable.
        object.__setattr__(self, "counts", check_counts("counts", self.counts))
        check_number("tau", self.tau, 0, math.inf, high_open=True)
        check_number("gamma", self.gamma, 0, math.inf, high_open=True)
        check_rules(self)

    # [vector-scaling]
    @overflow_to_infinity()
    def forward(self, logits: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of `logits` (N, C) against labels `y` (N,).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, dtype, length or label; the message names the argument.
        FloatingPointError
            If a logit is NaN or infinite; the message names the row.
        """
        y = check_logits_and_labels(logits, y)
        _check_length(self.counts, logits)
        (z,) = promote(logits)
        # log(n_j / n_max) for log(pi_j): a constant in all logits changes no softmax.
        log_ratios = _log_ratios(self.counts)
        check_fits("gamma", self.gamma, z)
        delta = _a_class(z, [math.exp(self.gamma * v) for v in log_ratios], "gamma")
        iota = _a_class(z, [self.tau * v for v in log_ratios], "tau")

        # Beside a large logit a prior would be rounded away; beside 0 it is not.
        z = delta * z
        z = z - array_namespace(z).max(z, axis=1)[:, None] + iota
        losses, q, total = cross_entropy_rows(z, y)
        slope = q / total[:, None] * delta
        _, weight, divisor = weigh_labels(self, z, y)
        if weight is not None:
            losses, slope = weighted(weight, losses), weight[:, None] * slope
        loss = reduce(losses, self.reduction, divisor)
        return loss, _Saved(slope, losses, divisor, logits.dtype)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to the logits: a tuple of one (N, C) array."""
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        return (demote(each[:, None] * saved.slope, saved.dtype),)

    # [/vector-scaling]


def _log_ratios(counts):
    """log(n_j / n_max), exactly 0 for the commonest class and all that equal it."""
    largest = math.log(max(counts))
    return [math.log(n) - largest for n in counts]


def _a_class(z, values, name):
    """A number a class beside logits `z` (N, C); `name` is what makes it large."""
    for value in values:
        check_fits(name, abs(value), z)
    return array_namespace(z).asarray(values, dtype=z.dtype, device=device(z))


def _check_length(counts, logits):
    if len(counts) != logits.shape[1]:
        raise ValueError(
            f"counts must hold one number a class: the logits have {logits.shape[1]}"
            f" classes, counts {len(counts)}"
        )
