"""How well one threshold on a score tells pairs of the same person from pairs of two.

A pair is *accepted*, that is taken for one person, if its score is at least the
threshold. Two shares describe a threshold: TAR, of the genuine pairs (one person) that
it accepts, and FAR, of the impostor pairs (two people) that it accepts. Pairs with
equal scores can only be accepted together, and every number here is computed so.
"""

import sys
from dataclasses import dataclass, replace
from statistics import fmean
from typing import NamedTuple

from mlcore.arrays import array_namespace, count_true, device, is_array, promote
from mlcore.metrics.area import area, delong
from mlcore.metrics.folds import best_threshold, check_folds, deal, last_of_equals
from mlcore.metrics.intervals import quantiles, resampled
from mlcore.metrics.pairs import check_people, check_same
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_integer,
    check_labels,
    check_not_empty,
    check_number,
    check_same_library,
)


class Roc(NamedTuple):
    """What every threshold does, from the strictest to the most lenient; arrays of
    shape (K + 1,).

    There is one threshold for each of the K different scores, and before them ``inf``,
    which accepts nobody. Both shares grow from 0 to 1.
    """

    far: object
    tar: object
    thresholds: object


class OperatingPoint(NamedTuple):
    """One threshold and what it does."""

    threshold: float
    far: float
    tar: float


def verification(scores, same, people=None):
    """Prepare scores of pairs for the questions one asks of a verifier.

    Parameters
    ----------
    scores : array, shape (P,)
        Real floating; large means alike. Of distances, pass the negative.
    same : array, shape (P,), of booleans or of 0 and 1
        Whether both are one person; there must be pairs of both kinds.
    people : array of integers, shape (P, 2), optional
        Who was compared, for `Verification.interval`.

    Returns
    -------
    Verification

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For wrong shapes and dtypes, if one kind of pair is missing, if a score is not
        finite; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> v = verification(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
    >>> v
    Verification of 2 genuine and 2 impostor pairs
    >>> v.tar_at_far(0.5), v.eer()
    (1.0, 0.5)
    """
    check_float_array("scores", scores, 1)
    check_not_empty("scores", scores)
    check_finite("scores", scores)
    check_same_library(scores=scores, same=same)
    same = check_same(same, scores)
    if people is not None:
        people = check_people(people, same, scores)
    (scores,) = promote(scores)
    xp = array_namespace(scores)
    order = xp.argsort(-scores, stable=True)
    return Verification(
        scores=xp.take(scores, order),
        same=xp.take(same, order),
        people=None if people is None else xp.take(people, order, axis=0),
        order=order,
        times=xp.ones(scores.shape[0], dtype=xp.float64, device=device(scores)),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """Pairs in the order of their scores, the highest first; made by `verification`.

    Attributes
    ----------
    scores, same, people : arrays
        As given to `verification`, in the new order.
    order : array of int, shape (P,)
        Where each pair stood.
    times : array of float64, shape (P,)
        How often each pair counts: once, and in a bootstrap sample as often as it was
        drawn.
    """

    scores: object
    same: object
    people: object
    order: object
    times: object

    def __repr__(self):
        kinds = (
            f"{count_true(self.same)} genuine and {count_true(~self.same)} impostor"
            " pairs"
        )
        if self.people is None:
            return f"Verification of {kinds}"
        people = array_namespace(self.people).unique_values(self.people).shape[0]
        return f"Verification of {kinds} of {people} people"

    # [roc]
    def roc(self):
        """FAR and TAR of every threshold at which something changes.

        Returns
        -------
        Roc
            Between two neighbouring points there is no threshold: the curve is a
            staircase, and where pairs of both kinds have one score, a slope.
        """
        xp = array_namespace(self.scores)
        last = last_of_equals(self.scores)
        far, tar = (
            xp.concat([xp.zeros_like(counts[:1]), counts / counts[-1]])
            for kind in (~self.same, self.same)
            for counts in [xp.cumulative_sum(xp.where(kind, self.times, 0.0))[last]]
        )
        cuts = xp.concat([xp.full_like(self.scores[:1], xp.inf), self.scores[last]])
        return Roc(far, tar, cuts)

    # [/roc]

    # [at-far]
    def at_far(self, far):
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
            If `far` is above 0 and below one pair in all impostor pairs: nobody can
            measure it.
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
        return OperatingPoint(
            float(roc.thresholds[k]), float(roc.far[k]), float(roc.tar[k])
        )

    def tar_at_far(self, far):
        """TAR of the most lenient threshold whose FAR is at most `far`; see
        `at_far`."""
        return self.at_far(far).tar

    # [/at-far]

    # [eer]
    def eer(self):
        """Equal error rate: FAR where it is as large as the share of genuine pairs
        rejected.

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

    # [auc-of-pairs]
    def auc(self):
        """Area under the ROC: how often a genuine pair scores higher than an impostor
        pair.

        Of all pairs of one genuine and one impostor pair; where both have one score, ½
        counts. It is the area under the straight lines between the points of `roc`.
        """
        return area(*self._counts())[0]

    def auc_interval(self, level=0.95):
        """Confidence interval of `auc` where the pairs are *independent*.

        The area is a mean over both kinds of pairs, and its variance the sum of two:
        that of the genuine pairs' shares of impostor pairs below them, and that of the
        impostor pairs' shares of genuine pairs above, each divided by their number
        (DeLong, DeLong and Clarke-Pearson, Biometrics 44, 1988). With the normal
        distribution's quantile, cut off at 0 and 1.

        Returns
        -------
        (float, float)
            Too narrow where the pairs share people: there
            ``interval(Verification.auc)`` is the better answer. Where all genuine pairs
            score higher than all impostor pairs it has width 0, which says nothing.

        Raises
        ------
        ValueError
            With only one pair of a kind, which says nothing about how much such pairs
            differ.
        """
        check_number("level", level, 0, 1, low_open=True, high_open=True)
        genuine, impostors = self._sum(self.same), self._sum(~self.same)
        if min(genuine, impostors) < 2:
            raise ValueError(
                "an interval needs at least 2 genuine and 2 impostor pairs, "
                f"got {genuine:g} and {impostors:g}"
            )
        return delong(*self._counts(), level)

    def _counts(self):
        """How many genuine and impostor pairs have each of the different scores."""
        xp = array_namespace(self.scores)
        last = last_of_equals(self.scores)
        totals = (
            xp.cumulative_sum(xp.where(kind, self.times, 0.0))[last]
            for kind in (self.same, ~self.same)
        )
        return tuple(
            total - xp.concat([xp.zeros_like(total[:1]), total[:-1]])
            for total in totals
        )

    # [/auc-of-pairs]

    # [kfold]
    def kfold_accuracy(self, folds=10, seed=0):
        """Mean of `fold_accuracies`."""
        return fmean(self.fold_accuracies(folds, seed))

    def fold_accuracies(self, folds=10, seed=0):
        """Share of right decisions in each fold, with the threshold chosen on all the
        others.

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
            pairs are many more than genuine ones, to reject everybody has a high
            accuracy.
        """
        xp = array_namespace(self.scores)
        number = self._fold_of_each(folds, seed)
        accuracies = []
        for fold in xp.sort(xp.unique_values(number)):
            held = number == fold
            # in a bootstrap sample, nobody of this fold was drawn
            if self._sum(held) == 0:
                continue
            used = ~held & (self.times > 0)
            threshold = best_threshold(
                self.scores[used], self.same[used], self.times[used]
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
        return float(xp.sum(xp.where(chosen, self.times, 0.0)))

    # [/kfold]

    # [interval]
    def interval(self, statistic, samples=1000, level=0.95, seed=0):
        """Bootstrap interval of `statistic`, by drawing people with replacement.

        Ten photographs of one person make 45 genuine pairs, but not 45 independent
        ones: if he grew a beard, many fail together. So people are drawn, and the pairs
        follow. Where a person was drawn a times and another b times, the pairs of the
        first count a times, those of both a·b times; nobody is compared with his own
        copy. Without ``people``, pairs are drawn.

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
            samples. Too narrow with few people; and of a system that made no error it
            has width 0, which says nothing: there, `clopper_pearson` of the people is
            the better answer.
        """
        if not callable(statistic):
            raise TypeError(
                f"statistic must be a function of a Verification, got {statistic!r}"
            )
        check_integer("samples", samples, 2)
        check_integer("seed", seed, 0)
        check_number("level", level, 0, 1, low_open=True, high_open=True)
        draws = resampled(self.same, self.people, samples, seed)
        values = [statistic(replace(self, times=times)) for times in draws]
        return quantiles(values, level)

    # [/interval]
