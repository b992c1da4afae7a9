"""Tasks of chapter 12: what a right answer is, as properties on fresh numbers."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np

from grader.engine.compare import close
from grader.engine.task import Check, Task

TITLE = "12 (verification)"


def _pairs(trial, genuine=9, impostor=12, highest=True):
    """Different scores, in random order.

    The highest is genuine (or not), the next of the other kind, and the lowest two the
    same again, so that every threshold in between makes both mistakes.
    """
    kinds = trial.rng.permutation([True] * (genuine - 2) + [False] * (impostor - 2))
    same = np.concatenate([[highest, not highest], kinds, [highest, not highest]])
    scores = np.sort(trial.rng.uniform(-1, 1, len(same)))[::-1]
    order = trial.rng.permutation(len(same))
    return scores[order], same[order]


def _close_together(scores):
    """All but the two ends within 1e-7, in their order: no grid sees it."""
    ends = (scores == scores.min()) | (scores == scores.max())
    return np.where(ends, scores, 0.1 + 1e-7 * scores)


def _between(trial, scores):
    """A threshold between two neighbouring scores, not near the ends."""
    ordered = np.sort(scores)
    k = trial.rng.integers(3, len(ordered) - 3)
    return float(ordered[k - 1 : k + 1].mean())


def rates_of(scores, same, threshold):
    """FAR and TAR of a threshold, counted."""
    accepted, all_pairs = Counter(), Counter()
    for score, kind in zip(scores.tolist(), same.tolist(), strict=True):
        all_pairs[kind] += 1
        accepted[kind] += score >= threshold
    return tuple(Fraction(accepted[kind], all_pairs[kind]) for kind in (False, True))


# 12.1
# --------------------------------------------------------------------------------------


def _expect_rates(trial, scores, same, threshold):
    given = trial.call(scores, same, threshold)
    far, tar = rates_of(scores, same, threshold)
    close(given[0], float(far), "far", rtol=1e-12)
    close(given[1], float(tar), "tar", rtol=1e-12)


def rates_between_scores(trial):
    for kinds in ((9, 12), (7, 20), (20, 7)):
        scores, same = _pairs(trial, *kinds)
        _expect_rates(trial, scores, same, _between(trial, scores))
    trial.expect_inputs_unchanged()


def rates_at_a_score(trial):
    for kind in (True, False):
        scores, same = _pairs(trial)
        chosen, below = np.sort(scores[same == kind])[[-4, -5]]
        # nearly the threshold is below it
        scores[scores == below] = np.nextafter(chosen, -2)
        _expect_rates(trial, scores, same, float(chosen))


# 12.2
# --------------------------------------------------------------------------------------


def _expect_tars(trial, scores, same, asked):
    """All are asked before the first is judged: one number may be right by chance."""
    given = [trial.call(scores, same, far) for far in asked]
    rates = [rates_of(scores, same, t) for t in (*set(scores.tolist()), math.inf)]
    for value, far in zip(given, asked, strict=True):
        best = max(tar for reached, tar in rates if float(reached) <= far)
        close(value, float(best), "tar", rtol=1e-12)


def tar_at_whole_pairs(trial):
    """Of 16 impostors: 1 − (the share rejected) is exactly the share accepted."""
    scores, same = _pairs(trial, genuine=15, impostor=16)
    _expect_tars(trial, _close_together(scores), same, [k / 16 for k in range(17)])
    trial.expect_inputs_unchanged()


def tar_between_whole_pairs(trial):
    """Where the highest score is an impostor's, a FAR below 1/12 accepts nobody."""
    for highest in (True, False):
        asked = (np.arange(8) + trial.rng.uniform(0.2, 0.8, 8)) / 12
        _expect_tars(trial, *_pairs(trial, 16, 12, highest), asked.tolist())


def tar_of_tied_pairs(trial):
    """Few different scores, the kinds of a tie in random order; both in the highest."""
    scores, same = _pairs(trial, genuine=30, impostor=16)
    scores = np.round(3 * scores) / 3
    scores[np.flatnonzero(same)[:3]] = scores[np.flatnonzero(~same)[:3]] = 1.0
    _expect_tars(trial, scores, same, [k / 16 for k in range(0, 14, 2)])


# 12.3
# --------------------------------------------------------------------------------------


def crossing(scores, same):
    """Along the line in exact fractions, until FAR − (1 − TAR) has turned its sign."""
    before = (Fraction(0), Fraction(1))
    for threshold in sorted(set(scores.tolist()), reverse=True):
        far, tar = rates_of(scores, same, threshold)
        after = (far, 1 - tar)
        if after[0] >= after[1]:
            behind, ahead = before[1] - before[0], after[0] - after[1]
            return float(before[0] + (after[0] - before[0]) * behind / (behind + ahead))
        before = after
    raise AssertionError("FAR is 1 at the lowest score")


def _expect_crossings(trial, data):
    """All are asked before the first is judged, as in `_expect_tars`."""
    given = [trial.call(scores, same) for scores, same in data]
    for value, (scores, same) in zip(given, data, strict=True):
        close(value, crossing(scores, same), "eer", rtol=1e-12)


def eer_on_a_point(trial):
    """As many pairs of each kind: the staircase has a corner on the line.

    Of the last two data it is at an end: all genuine pairs score higher, or all lower.
    """
    data = [_pairs(trial, genuine=n, impostor=n) for n in (6, 9, 15)]
    scores, same = _pairs(trial)
    apart = [(scores + 3 * same, same), (scores - 3 * same, same)]
    _expect_crossings(trial, [*data, *apart])
    trial.expect_inputs_unchanged()


def eer_between_points(trial):
    kinds = ((9, 14), (15, 8), (7, 23), (11, 6))
    data = [_pairs(trial, *both) for both in kinds]
    few = trial.rng.permutation([[2.0, 1.0, 0.0], [False, True, False]], axis=1)
    data = [(_close_together(scores), same) for scores, same in data]
    # one genuine pair of three
    _expect_crossings(trial, [*data, (few[0], few[1].astype(bool))])


def eer_of_tied_pairs(trial):
    """Few different scores: the crossing is on a slope, in the last data the first."""
    kinds = ((9, 14), (15, 8), (10, 10), (21, 12), (7, 11))
    data = [_pairs(trial, *both) for both in kinds]
    data = [(np.round(1.5 * scores) / 1.5, same) for scores, same in data]
    scores, same = _pairs(trial, 14, 17)
    most = np.concatenate(
        [np.flatnonzero(kind)[: trial.rng.integers(9, 12)] for kind in (same, ~same)]
    )
    scores[most] = 1.0
    _expect_crossings(trial, [*data, (scores, same)])


# 12.4
# --------------------------------------------------------------------------------------


def judged(scores, same, fold):
    shares = []
    for number in sorted(set(fold.tolist())):
        pairs = list(zip(scores.tolist(), same.tolist(), fold.tolist(), strict=True))
        rest = [(score, kind) for score, kind, where in pairs if where != number]
        tried = sorted({score for score, _ in rest}, reverse=True)
        right = [sum((score >= t) == kind for score, kind in rest) for t in tried]
        best = tried[right.index(max(right))]
        held = [(score, kind) for score, kind, where in pairs if where == number]
        own = [(score >= best) == kind for score, kind in held]
        shares.append(sum(own) / len(own))
    return np.array(shares)


def _folded(trial, folds=4, each=7, first=0):
    n = folds * each
    scores, same = _pairs(trial, genuine=n // 2, impostor=n - n // 2)
    scores = scores + 0.5 * same
    return scores, same, trial.rng.permutation(np.arange(n) % folds) + first


def _expect_judged(trial, *data):
    close(trial.call(*data), judged(*data), "accuracies", rtol=1e-12)


def folds_of_equal_size(trial):
    for _ in range(4):
        _expect_judged(trial, *_folded(trial))
    trial.expect_inputs_unchanged()


def folds_of_any_size_and_number(trial):
    for _ in range(4):
        scores, same, fold = _folded(trial, folds=3, each=10)
        fold[trial.rng.permutation(30)[:6]] = 0
        _expect_judged(trial, scores, same, np.array([5, 2, 11])[fold])


def a_threshold_is_a_score_outside(trial):
    """Outside fold 1 an impostor scores highest: rejecting everybody would be best.

    Not so inside, where genuine pairs score higher still.
    """
    for _ in range(2):
        impostors = np.sort(trial.rng.uniform(0.5, 0.9, 9))[::-1]
        genuine = trial.rng.uniform(0.1, 0.4, 2)
        inside = trial.rng.uniform(0.91, 0.99, 5)
        scores = np.concatenate([impostors, genuine, inside])
        same = np.arange(16) >= 9
        _expect_judged(trial, scores, same, np.repeat([0, 1], [11, 5]))


def the_largest_of_equal_thresholds(trial):
    """Outside fold 1 every threshold from 0.6 down to 0.4 is as good as another.

    Inside, two pairs decide, in one way or the other. And one stands exactly at the
    threshold, which accepts it.
    """
    a_threshold_is_a_score_outside(trial)
    for genuine in trial.rng.permutation([True] * 8 + [False] * 8).tolist():
        low, high = trial.rng.uniform(0.41, 0.45, 2), trial.rng.uniform(0.55, 0.59, 2)
        outside, inside = [0.9, 0.6, 0.5, 0.4, 0.1], [0.6, *high, *low]
        kinds = [True, True, False, True, False], [True, genuine, genuine, False, True]
        scores, same = np.array([*outside, *inside]), np.concatenate(kinds)
        _expect_judged(trial, scores, same, np.repeat([0, 1], 5))


# 12.5
# --------------------------------------------------------------------------------------


def _identities(trial, n=5, each=2):
    """The identities of each pair of samples, and all there are, in random order."""
    first, second = np.triu_indices(n * each, 1)
    order = trial.rng.permutation(len(first))
    names = trial.rng.permutation(100)[:n]
    who = np.repeat(names, each)
    return np.stack([who[first], who[second]], axis=1)[order], names


def counted(pairs, drawn):
    """The pairs of all that were drawn, written out: copies of one never meet."""
    times = Counter()
    for i, one in enumerate(drawn.tolist()):
        later = [other for other in drawn.tolist()[i + 1 :] if other != one]
        for other in [one, *later]:
            times[frozenset((one, other))] += 1
    return np.array([times[frozenset(pair)] for pair in pairs.tolist()])


def _expect_counts(trial, pairs, drawn):
    close(trial.call(pairs, drawn), counted(pairs, drawn), "counts", rtol=1e-12)


def counts_of_all(trial):
    """Each drawn at least once: two thrice, then two too often for a byte."""
    pairs, names = _identities(trial)
    for often in ([3, 3, 1, 1, 1], [17, 16, 1, 1, 1]):
        _expect_counts(trial, pairs, trial.rng.permutation(np.repeat(names, often)))
    trial.expect_inputs_unchanged()


def counts_with_some_left_out(trial):
    for each in (2, 3):
        pairs, names = _identities(trial, each=each)
        names = np.append(trial.rng.permutation(np.sort(names)[:-1]), names.max())
        drawn = trial.rng.permutation(np.concatenate([names[:3], names[:2]]))
        _expect_counts(trial, pairs, drawn)


TASKS = (
    Task(
        id="12.1",
        title="Two kinds of error",
        function="error_rates",
        outputs=("far", "tar"),
        section="A question about strangers",
        next=(
            "Neither number knows how many pairs of the other kind there are. Accuracy"
            " does, which is why it can be had by rejecting everybody."
        ),
        hints=(
            (
                "Each share has one kind of pair below the line and the accepted ones"
                " of that kind above it. The other kind does not appear in it."
            ),
            (
                "Compare all scores with the threshold; at least means that equal is"
                " enough. Of a boolean array, picked by same or by its opposite, the"
                " mean is a share."
            ),
        ),
        checks=(
            Check(
                "a threshold between two scores",
                3,
                rates_between_scores,
                "FAR is accepted impostor pairs over all impostor pairs, TAR the same"
                " for genuine ones.",
            ),
            Check(
                "a threshold that is a score",
                2,
                rates_at_a_score,
                "A pair whose score is exactly the threshold is accepted.",
            ),
        ),
    ),
    Task(
        id="12.2",
        title="TAR at a FAR",
        function="tar_at_far",
        outputs=("tar",),
        section="A question about strangers",
        next=(
            "Yes, it can fall: an impostor pair that joins a tie pushes the whole tie"
            " out. The library refuses a FAR below one impostor pair; here such a FAR"
            " allows none."
        ),
        hints=(
            (
                "Nothing happens between two neighbouring scores. So the scores"
                " themselves are all the thresholds there are, and one above them."
            ),
            (
                "Ask task 12.1 for the rates of every threshold, keep those whose FAR"
                " is allowed, and take the largest TAR. Whoever tries thresholds and"
                " not pairs gets ties right for nothing."
            ),
        ),
        checks=(
            Check(
                "a FAR of k impostor pairs",
                3,
                tar_at_whole_pairs,
                "With far = k/n exactly k impostor pairs may be accepted, not one more"
                " or less.",
            ),
            Check(
                "a FAR between two of these",
                2,
                tar_between_whole_pairs,
                "There is no threshold between two points of the curve: the FAR may not"
                " be exceeded, so the lower point counts. The lowest is (0, 0), above"
                " all scores.",
            ),
            Check(
                "equal scores",
                2,
                tar_of_tied_pairs,
                "Pairs of equal scores come in together or stay out together.",
            ),
        ),
    ),
    Task(
        id="12.3",
        title="The equal error rate",
        function="equal_error_rate",
        outputs=("eer",),
        section="A question about strangers",
        next=(
            "It is the same for −scores with the two kinds exchanged. A number that"
            " depends on which kind is called genuine would not be an error rate of"
            " both."
        ),
        hints=(
            (
                "Watch FAR − (1 − TAR) along the thresholds, from the strictest on: it"
                " begins at −1, never falls, and ends at 1. The crossing lies between"
                " the last point below 0 and the first that is not."
            ),
            (
                "One rate for each different score, highest first, and (0, 0) in front."
                " Find the first gap that is at least 0. How far the line has gone"
                " there from the point before is the part of the gap that had to be"
                " closed; go the same part of the way in FAR."
            ),
        ),
        checks=(
            Check(
                "a corner on the line",
                2,
                eer_on_a_point,
                "Where a threshold makes both errors equally often, its FAR is the"
                " answer.",
            ),
            Check(
                "between two thresholds",
                3,
                eer_between_points,
                "The line between the two points around the crossing is straight:"
                " interpolate. Every score is a threshold, however near the next"
                " one is.",
            ),
            Check(
                "equal scores",
                2,
                eer_of_tied_pairs,
                "One point for each different score, and (0, 1) before them: a tie is"
                " one step in both directions.",
            ),
        ),
    ),
    Task(
        id="12.4",
        title="Folds",
        function="fold_accuracies",
        outputs=("accuracies",),
        section="Three ways to choose a threshold",
        next=(
            "The library puts the threshold in the middle of its gap, so that a"
            " held-out pair next to the last accepted score is not decided by a hair."
        ),
        hints=(
            (
                "For each fold the pairs fall into two parts, and each part has one"
                " job: outside, a threshold is chosen; inside, it is judged. Not one"
                " number of the inside may be used in the choice."
            ),
            (
                "Go over the fold numbers that occur. Sort the outside's scores"
                " downwards, count the right decisions outside for each of them as a"
                " threshold, and take the first with the most: argmax gives the first."
                " Then count inside, with the mean."
            ),
        ),
        checks=(
            Check(
                "folds of equal size",
                3,
                folds_of_equal_size,
                "The threshold that judges a fold comes from all other folds together.",
            ),
            Check(
                "folds of any size and number",
                3,
                folds_of_any_size_and_number,
                "Go over the fold numbers that occur, np.unique(fold), and divide by"
                " each fold's own size.",
            ),
            Check(
                "of equally good thresholds the largest",
                2,
                the_largest_of_equal_thresholds,
                "Try the scores of the outside, and no other number, from the largest"
                " down, and keep the first of the best.",
            ),
        ),
    ),
    Task(
        id="12.5",
        title="Drawing identities",
        function="resampled_counts",
        outputs=("counts",),
        section="How sure is a number?",
        next=(
            "Every measure that is a share of pairs can now be resampled by weighing"
            " the pairs: `Verification.interval` of the library does no more."
        ),
        hints=(
            (
                "Imagine the sample written out, with a copy of an identity for each"
                " time it was drawn. Between a copies of one and b of another there are"
                " a·b meetings. And each copy brings its own pairs along once."
            ),
            (
                "Count for both ends of each pair how often that identity was drawn."
                " Where both ends are one identity the answer is that count, elsewhere"
                " the product of the two."
            ),
        ),
        checks=(
            Check(
                "all drawn, some thrice",
                3,
                counts_of_all,
                "a for a pair of one identity that was drawn a times, a·b for a pair"
                " of two.",
            ),
            Check(
                "some left out",
                2,
                counts_with_some_left_out,
                "What was not drawn counts 0 times, and so does every pair with that"
                " identity.",
            ),
        ),
    ),
)
