"""LDAM (Cao et al., NeurIPS 2019): AM-Softmax with a margin for each class."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mlcore.arrays import Array, array_namespace, device
from mlcore.losses.class_weights import check_rules, weigh_labels
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.target import Seen
from mlcore.validation import check_counts, check_number, check_positive


@dataclass(frozen=True)
class LDAMLoss(MarginHead):
    """Label-distribution-aware margin: s (cos(theta_j) - Delta_j [j = y]).

    arXiv 1906.07413. The margin of a class falls with the fourth root of its number of
    samples, Delta_j = max_m (n_min / n_j)^(1/4): rare classes get more room. Equal
    counts make it AM-Softmax.

    Parameters
    ----------
    counts : sequence of C numbers > 0, array, or mapping from labels
        How common each class is in training; only their ratios count.
    max_m : float in [0, 2)
        The margin of the rarest class; 0.5 in the paper.
    s : float > 0
        The scale; 30 in the released code.
    class_weights : sequence of C numbers >= 0, or mapping from labels, optional
        As in `SoftmaxCrossEntropy`; the paper brings them in late in training.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> head = LDAMLoss(counts=(160, 10), max_m=0.2, s=1.0)
    >>> [round(delta, 4) for delta in head.margins]
    [0.1, 0.2]
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> loss, saved = head.forward(x, w, y)
    >>> round(float(loss), 4)  # the cosines .6 and .8 - .2 are equal: log 2
    0.6931
    """

    normalised_features = True
    normalised_weights = True

    counts: Sequence[float] | Mapping[int, float]
    max_m: float = 0.5
    s: float = 30.0
    class_weights: Sequence[float] | Mapping[int, float] | None = None
    ignore_index: ClassVar[None] = None  # for `class_weights`, which knows both

    def __post_init__(self):
        super().__post_init__()
        # A tuple, so that the loss stays immutable and comparable.
        object.__setattr__(self, "counts", check_counts("counts", self.counts))
        check_number("max_m", self.max_m, 0, 2, high_open=True)
        check_positive("s", self.s)
        check_rules(self)

    # [ldam-margin]
    @property
    def margins(self) -> tuple[float, ...]:
        """Delta of each class."""
        counts: Any = self.counts
        least = math.log(min(counts))
        return tuple(self.max_m * math.exp((least - math.log(n)) / 4) for n in counts)

    def margin(self, cos: Array, sin: Array, delta: Array) -> tuple[Array, Array]:
        """psi = cos(theta) - Delta_y falls as fast as the cosine."""
        return cos - delta, sin

    def of_samples(self, seen: Seen, y: Array, state: Any) -> tuple[Array]:
        """The margins of the samples' classes."""
        xp, norm = array_namespace(seen.norm), seen.norm
        margins = xp.asarray(self.margins, dtype=norm.dtype, device=device(norm))
        return (xp.take(margins, y),)

    # [/ldam-margin]

    def weigh(self, z: Array, y: Array) -> tuple[Array | None, Array | None]:
        """The class weights of the samples, and their sum."""
        _, weight, divisor = weigh_labels(self, z, y)
        return weight, divisor

    def check_classes(self, count: int) -> None:
        """Refuse another number of classes than there are counts.

        Raises
        ------
        ValueError
            If `count` is another.
        """
        if len(self.counts) != count:
            raise ValueError(
                f"counts must hold one number a class: w has {count} classes, counts"
                f" {len(self.counts)}"
            )
