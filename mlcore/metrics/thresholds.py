"""How well one threshold on a score tells pairs of one identity from pairs of two.

A pair is *accepted*, that is taken for one identity, if its score is at least the
threshold. Two shares describe a threshold: TAR, of the genuine pairs (one identity)
that it accepts, and FAR, of the impostor pairs (two) that it accepts. Pairs with equal
scores can only be accepted together, and every number here is computed so.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    count_true,
    is_array,
)
from mlcore.metrics.folds import best_threshold, check_folds, deal, last_of_equals
from mlcore.metrics.intervals import quantiles, resampled
from mlcore.metrics.ranking import area, delong
from mlcore.validation import (
    check_integer,
    check_labels,
    check_number,
    check_same_library,
)


class Roc(NamedTuple):
    """What every threshold does, from the strictest to the most lenient.

    Arrays of shape (K + 1,): one threshold for each of the K different scores, and
    before them ``inf``, which accepts no pair. Both shares grow from 0 to 1.
    """

    far: Any
    tar: Any
    thresholds: Any


class OperatingPoint(NamedTuple):
    """One threshold and what it does."""

    threshold: float
    far: float
    tar: float


@dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """Pairs in the order of their scores, highest first; `verification` makes it.

    Attributes
    ----------
    scores, same, identities : arrays
        As given to `verification`, in the new order.
    order : array of int, shape (P,)
        Where each pair stood.
    weights : array of float64, shape (P,)
        How often each pair counts: once, and in a bootstrap sample as often as it was
        drawn.

    Raises
    ------
    ValueError, TypeError
        By a measure that has no answer for these pairs; the message says why.
    """

    scores: Any
    same: Any
    identities: Any
    order: Any
    weights: Any

    def __repr__(self) -> str:
        genuine, impostors = count_true(self.same), count_true(~self.same)
        text = f"Verification of {genuine} genuine and {impostors} impostor pairs"
        if self.identities is None:
            return text
        different = array_namespace(self.identities).unique_values(self.identities)
        return f"{text} of {different.shape[0]} identities"

    # [roc]
    def roc(self) -> Roc:
        """FAR and TAR of every threshold at which something changes.

        Returns
        -------
        Roc
            Between two neighbouring points there is no threshold: the curve is a
            staircase, and where pairs of both kinds have one score, a slope.
        """
        xp = array_namespace(self.scores)
        far, tar = (
            xp.concat([xp.zeros_like(counts[:1]), counts / counts[-1]])
            for counts in (self._accepted(~self.same), self._accepted(self.same))
        )
        cuts = self.scores[last_of_equals(self.scores)]
        return Roc(far, tar, xp.concat([xp.full_like(cuts[:1], xp.inf), cuts]))

    def _accepted(self, kind):
        """How many pairs of a kind each of the different scores accepts (K,)."""
        xp = array_namespace(self.scores)
        counts = xp.cumulative_sum(xp.where(kind, self.weights, 0.0))
        return counts[last_of_equals(self.scores)]

    # [/roc]

    # [at-far]
    def at_far(self, far: float) -> OperatingPoint:
        """The most lenient threshold whose FAR is at most `far`.

        Parameters
        ----------
        far : float in [0, 1]
            0 asks for a threshold above every impostor pair.

        Returns
        -------
        OperatingPoint
            With the FAR that was reached, which may be lower than the one asked for.

        Raises
        ------
        ValueError
            If `far` is not in [0, 1]; or above 0 and below one pair in all impostor
            pairs: nobody can measure it.
        """
        check_number("far", far, 0, 1)
        impostors = count_true(~self.same)
        # 1 - 0.9 is less than 0.1 by a rounding error, and no pair must be lost by one.
        at_most = far + 4 * sys.float_info.epsilon
        if far > 0 and at_most < 1 / impostors:
            raise ValueError(
                f"far = {far:g} is finer than these pairs can show: with {impostors}"
                f" impostor pairs the smallest FAR above 0 is 1/{impostors} ="
                f" {1 / impostors:.2g}. Compare more pairs, or ask for far = 0"
            )
        roc = self.roc()
        k = count_true(roc.far <= at_most) - 1
        threshold, far, tar = roc.thresholds[k], roc.far[k], roc.tar[k]
        return OperatingPoint(float(threshold), float(far), float(tar))

    def tar_at_far(self, far: float) -> float:
        """TAR of the most lenient threshold whose FAR is at most `far`."""
        return self.at_far(far).tar

    # [/at-far]

    # [eer]
    def eer(self) -> float:
        """Equal error rate: FAR where as large a share of genuine pairs is rejected.

        A staircase need not have such a point. The answer is where the straight lines
        between the points of `roc` cross FAR = 1 − TAR; it is the same for −scores and
        pairs with their kinds exchanged.
        """
        roc = self.roc()
        gap = roc.far - (1 - roc.tar)  # from −1 to 1, never falling
        k = count_true(gap < 0)
        part = -gap[k - 1] / (gap[k] - gap[k - 1])
        return float(roc.far[k - 1] + part * (roc.far[k] - roc.far[k - 1]))

    # [/eer]

    def auc(self) -> float:
        """Area under the ROC: how often a genuine pair outscores an impostor pair.

        Of all pairs of one genuine and one impostor pair; where both have one score, ½
        counts. It is the area under the straight lines between the points of `roc`.
        """
        value, *_ = area(*self._counts())
        return value

    def auc_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of `auc` where the pairs are *independent*.

        The area is a mean over both kinds of pairs, and its variance the sum of two:
        that of the genuine pairs' shares of impostor pairs below them, and that of the
        impostor pairs' shares of genuine pairs above, each divided by their number
        (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988). With the normal
        distribution's quantile, cut off at 0 and 1.

        Returns
        -------
        (float, float)
            Too narrow where the pairs share identities: there
            ``interval(Verification.auc)`` is the better answer. Where all genuine pairs
            score higher than all impostor pairs it has width 0, which says nothing.

        Raises
        ------
        ValueError
            With only one pair of a kind, which says nothing about how much such pairs
            differ; or if `level` is not between 0 and 1.
        """
        check_number("level", level, 0, 1, low_open=True, high_open=True)
        genuine, impostor = self._counts()
        n, m = self._sum(self.same), self._sum(~self.same)
        if min(n, m) < 2:
            raise ValueError(
                "an interval needs at least 2 genuine and 2 impostor pairs, "
                f"got {n:g} and {m:g}"
            )
        return delong(genuine, impostor, level)

    def _counts(self):
        """How many genuine and impostor pairs have each of the different scores."""
        xp = array_namespace(self.scores)
        return tuple(
            total - xp.concat([xp.zeros_like(total[:1]), total[:-1]])
            for total in (self._accepted(self.same), self._accepted(~self.same))
        )

    # [kfold]
    def kfold_accuracy(self, folds: int | Array = 10, seed: int = 0) -> float:
        """Mean of `fold_accuracies`."""
        return fmean(self.fold_accuracies(folds, seed))

    def fold_accuracies(
        self, folds: int | Array = 10, seed: int = 0
    ) -> tuple[float, ...]:
        """Share of right decisions in each fold, by the best threshold on all others.

        Parameters
        ----------
        folds : int >= 2, or array of integers, shape (P,)
            How many folds to deal the pairs of each kind into, at random; or the fold
            of each pair as passed to `verification`, such as that of an official list.
        seed : int
            For the random folds.

        Returns
        -------
        tuple of float
            In the order of the folds' numbers. Pairs count equally: where impostor
            pairs are many more than genuine ones, to reject all has a high accuracy.

        Raises
        ------
        ValueError, TypeError
            If `folds` fits these pairs in neither way, or outside a fold one kind of
            pair is missing.
        """
        xp = array_namespace(self.scores)
        number = self._fold_of_each(folds, seed)
        accuracies = []
        for fold in xp.sort(xp.unique_values(number)):
            held = number == fold
            if self._sum(held) == 0:  # A bootstrap sample may hold none of this fold.
                continue
            used = ~held & (self.weights > 0)
            threshold = best_threshold(
                self.scores[used], self.same[used], self.weights[used]
            )
            right = ((self.scores >= threshold) == self.same) & held
            accuracies.append(self._sum(right) / self._sum(held))
        return tuple(accuracies)

    def _fold_of_each(self, folds, seed):
        if is_array(folds) and folds.ndim > 0:
            check_same_library(scores=self.scores, folds=folds)
            folds = check_labels("folds", folds, self.scores.shape[0], None)
            folds = array_namespace(folds).take(folds, self.order)
            check_folds(folds, self.same)
            return folds
        return deal(self.same, folds, seed)

    def _sum(self, chosen):
        xp = array_namespace(self.scores)
        return float(xp.sum(xp.where(chosen, self.weights, 0.0)))

    # [/kfold]

    def interval(
        self,
        statistic: "Callable[[Verification], float]",
        samples: int = 1000,
        level: float = 0.95,
        seed: int = 0,
    ) -> tuple[float, float]:
        """Bootstrap interval of `statistic`, by drawing identities with replacement.

        Ten photographs of one person make 45 genuine pairs, but not 45 independent
        ones: if he grew a beard, many fail together. So identities are drawn, and the
        pairs follow. Where one was drawn a times and another b times, the pairs of the
        first count a times, those of both a·b times; none is compared with its own
        copy. Without ``identities``, pairs are drawn.

        Parameters
        ----------
        statistic : callable
            Of a `Verification`, such as ``Verification.eer`` or
            ``lambda v: v.tar_at_far(0.01)``.
        samples : int >= 2
        level : float in (0, 1)
        seed : int

        Returns
        -------
        (float, float)
            The quantiles (1 − level)/2 and (1 + level)/2 of the statistic of the
            samples. Too narrow with few identities; and of a system that made no error
            it has width 0, which says nothing: there, `clopper_pearson` of the
            identities is the better answer.

        Raises
        ------
        TypeError, ValueError
            For an argument that is not as above; the message names it.

        References
        ----------
        Efron, Annals of Statistics 7 (1979); Efron and Tibshirani, An Introduction to
        the Bootstrap (1993), section 13.3: the percentile interval.
        """
        if not callable(statistic):
            raise TypeError(
                f"statistic must be a function of a Verification, got {statistic!r}"
            )
        check_integer("samples", samples, 2)
        check_integer("seed", seed, 0)
        check_number("level", level, 0, 1, low_open=True, high_open=True)
        draws = resampled(self.same, self.identities, samples, seed)
        values = [statistic(replace(self, weights=weights)) for weights in draws]
        return quantiles(values, level)
