"""Wrong answers of chapter 12, each with the sentence for whoever gave it."""

import warnings
from collections import Counter

import numpy as np

from grader.engine.task import Misconception


def _rates(scores, same, threshold):
    accepted = scores >= threshold
    return np.mean(accepted[~same]), np.mean(accepted[same])


# 12.1


def threshold_left_out(scores, same, threshold):
    accepted = scores > threshold
    return np.mean(accepted[~same]), np.mean(accepted[same])


def of_all_pairs(scores, same, threshold):
    accepted = scores >= threshold
    return np.mean(accepted & ~same), np.mean(accepted & same)


def of_the_accepted(scores, same, threshold):
    accepted = scores >= threshold
    return np.mean(~same[accepted]), np.mean(same[accepted])


def rejected_genuine_for_far(scores, same, threshold):
    _, tar = _rates(scores, same, threshold)
    return 1 - tar, tar


def rejected_impostors_for_far(scores, same, threshold):
    far, tar = _rates(scores, same, threshold)
    return 1 - far, tar


def exchanged(scores, same, threshold):
    return _rates(scores, same, threshold)[::-1]


def distances(scores, same, threshold):
    accepted = scores <= threshold
    return np.mean(accepted[~same]), np.mean(accepted[same])


def false_rejects_for_tar(scores, same, threshold):
    far, tar = _rates(scores, same, threshold)
    return far, 1 - tar


def counts_for_shares(scores, same, threshold):
    accepted = scores >= threshold
    return np.sum(accepted[~same]), np.sum(accepted[same])


def whole_number_division(scores, same, threshold):
    accepted = scores >= threshold
    return np.sum(accepted[~same]) // np.sum(~same), np.sum(accepted[same]) // np.sum(
        same
    )


# 12.2


def _curve(scores, same):
    thresholds = np.append(np.inf, np.unique(scores)[::-1])
    return np.transpose([_rates(scores, same, t) for t in thresholds])


def _on_a_grid(scores, same):
    tried = np.append(np.inf, np.linspace(scores.max(), scores.min(), 1000))
    return (np.mean(scores[kind] >= tried[:, None], axis=1) for kind in (~same, same))


def one_impostor_too_many(scores, same, far):
    impostors = np.sort(scores[~same])[::-1]
    return np.mean(
        scores[same] >= impostors[min(int(far * len(impostors)), len(impostors) - 1)]
    )


def threshold_on_the_last_impostor(scores, same, far):
    """Stricter than needed: genuine pairs below the last impostor allowed are left
    out."""
    impostors = np.sort(scores[~same])[::-1]
    allowed = int(np.floor(far * len(impostors) + 1e-9))
    return np.mean(scores[same] >= impostors[allowed - 1]) if allowed else 0.0


def quantile_of_the_impostors(scores, same, far):
    return np.mean(scores[same] >= np.quantile(scores[~same], 1 - far))


def above_a_quantile(scores, same, far):
    return np.mean(scores[same] > np.quantile(scores[~same], 1 - far))


def strictest_score_for_nobody(scores, same, far):
    reached, tar = _curve(scores, same)
    return np.max(tar[1:][reached[1:] <= far], initial=tar[1])


def thresholds_on_a_grid(scores, same, far):
    reached, tar = _on_a_grid(scores, same)
    return np.max(tar[reached <= far])


def interpolated(scores, same, far):
    reached, tar = _curve(scores, same)
    # The last point of each FAR, or a vertical piece would be read from its foot.
    last = np.append(reached[1:] != reached[:-1], True)
    return np.interp(far, reached[last], tar[last])


def nearest_far(scores, same, far):
    reached, tar = _curve(scores, same)
    nearest = np.min(np.abs(reached - far))
    return np.max(tar[np.abs(reached - far) <= nearest + 1e-12])


def pairs_one_by_one(scores, same, far):
    reached, tar = _walk(same, np.argsort(-scores))
    return np.max(tar[reached <= far], initial=0.0)


def _walk(same, order):
    """Pair by pair; in a tie the order is that of `np.argsort`, as students take it."""
    kind = same[order]
    return np.cumsum(~kind) / np.sum(~kind), np.cumsum(kind) / np.sum(kind)


def pairs_one_by_one_from_behind(scores, same, far):
    reached, tar = _walk(same, np.argsort(scores)[::-1])
    return np.max(tar[reached <= far], initial=0.0)


def far_of_all_pairs(scores, same, far):
    reached, tar = _curve(scores, same)
    return np.max(tar[reached * np.mean(~same) <= far])


def strictly_below(scores, same, far):
    reached, tar = _curve(scores, same)
    return np.max(tar[reached < far], initial=0.0)


# 12.3


def nearest_point(scores, same):
    far, tar = _curve(scores, same)
    return far[np.argmin(np.abs(far - (1 - tar)))]


def mean_at_the_nearest_point(scores, same):
    far, tar = _curve(scores, same)
    k = np.argmin(np.abs(far - (1 - tar)))
    return (far[k] + 1 - tar[k]) / 2


def first_point_past(scores, same):
    far, tar = _curve(scores, same)
    return far[np.argmax(far >= 1 - tar)]


def last_point_before(scores, same):
    far, tar = _curve(scores, same)
    return far[np.argmax(far >= 1 - tar) - 1]


def right_decisions(scores, same):
    return 1 - _crossing(*_curve(scores, same))


def middle_of_the_step(scores, same):
    far, tar = _curve(scores, same)
    k = np.argmax(far >= 1 - tar)
    return (far[k] + far[k - 1]) / 2


def one_point_a_pair(scores, same):
    """Equal scores as steps of their own, the genuine ones first."""
    kind = same[np.lexsort((~same, -scores))]
    far = np.append(0, np.cumsum(~kind) / np.sum(~kind))
    return _crossing(far, np.append(0, np.cumsum(kind) / np.sum(kind)))


def one_point_a_pair_as_they_come(scores, same):
    far, tar = _walk(same, np.argsort(-scores))
    return _crossing(np.append(0, far), np.append(0, tar))


def without_the_strictest_point(scores, same):
    far, tar = _curve(scores, same)
    return _crossing(far[1:], tar[1:])


def points_on_a_grid(scores, same):
    return _crossing(*_on_a_grid(scores, same))


def _crossing(far, tar):
    gap = far - (1 - tar)
    k = np.argmax(gap >= 0)
    part = -gap[k - 1] / (gap[k] - gap[k - 1])
    return far[k - 1] + part * (far[k] - far[k - 1])


# 12.4


def _folds(
    scores, same, fold, choose_on, order=-1, judge_on=None, numbers=None, also=()
):
    accuracies = []
    for number in np.unique(fold) if numbers is None else numbers:
        chosen = choose_on(fold, number)
        tried = np.append(np.sort(scores[chosen]), also)[::order]
        right = [np.sum((scores[chosen] >= t) == same[chosen]) for t in tried]
        threshold = tried[np.argmax(right)]
        judged = fold == number if judge_on is None else judge_on(fold, number)
        accuracies.append(np.mean((scores[judged] >= threshold) == same[judged]))
    return np.array(accuracies)


def _outside(fold, number):
    return fold != number


def chosen_on_the_fold(scores, same, fold):
    return _folds(scores, same, fold, lambda fold, number: fold == number)


def chosen_on_all_pairs(scores, same, fold):
    return _folds(scores, same, fold, lambda fold, number: fold == fold)


def judged_on_the_others(scores, same, fold):
    return _folds(scores, same, fold, _outside, judge_on=_outside)


def parts_exchanged(scores, same, fold):
    return _folds(
        scores, same, fold, lambda fold, number: fold == number, judge_on=_outside
    )


def smallest_of_the_best(scores, same, fold):
    return _folds(scores, same, fold, _outside, order=1)


def middle_of_the_gap(scores, same, fold):
    accuracies = []
    for number in np.unique(fold):
        held = fold == number
        tried = np.unique(scores[~held])[::-1]
        middles = np.append((tried[:-1] + tried[1:]) / 2, tried[-1])
        right = [np.sum((scores[~held] >= t) == same[~held]) for t in middles]
        accuracies.append(
            np.mean((scores[held] >= middles[np.argmax(right)]) == same[held])
        )
    return np.array(accuracies)


def everybody_rejected_as_well(scores, same, fold):
    return _folds(scores, same, fold, _outside, also=[np.inf])


def numbers_from_zero(scores, same, fold):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean of no pair
        return _folds(scores, same, fold, _outside, numbers=range(len(np.unique(fold))))


def in_order_of_appearance(scores, same, fold):
    return _folds(scores, same, fold, _outside, numbers=dict.fromkeys(fold.tolist()))


# 12.5


def _times(people, drawn):
    count = Counter(drawn.tolist())
    return np.array([[count[person] for person in pair] for pair in people.tolist()])


def own_copies_compared(people, drawn):
    return _times(people, drawn).prod(axis=1)


def sum_of_the_two(people, drawn):
    times = _times(people, drawn)
    return np.where(people[:, 0] == people[:, 1], times[:, 0], times.sum(axis=1))


def drawn_or_not(people, drawn):
    return (_times(people, drawn) > 0).all(axis=1).astype(np.int64)


def the_smaller_of_the_two(people, drawn):
    return _times(people, drawn).min(axis=1)


def the_first_of_the_two(people, drawn):
    return _times(people, drawn)[:, 0]


MISCONCEPTIONS = (
    Misconception(
        "12.1",
        "threshold left out",
        "You accept scores above the threshold. A score that equals it is accepted,"
        " too: >=.",
        threshold_left_out,
    ),
    Misconception(
        "12.1",
        "shares of all pairs",
        "You divide by the number of all pairs. Each rate is a share of its own kind.",
        of_all_pairs,
    ),
    Misconception(
        "12.1",
        "shares of the accepted",
        "You divide by the number of accepted pairs. Those are a precision and its"
        " rest; FAR and TAR are shares of the impostor and of the genuine pairs.",
        of_the_accepted,
    ),
    Misconception(
        "12.1",
        "rejected genuine pairs for FAR",
        "Your FAR is 1 − TAR, the share of genuine pairs rejected. FAR speaks of"
        " impostor pairs.",
        rejected_genuine_for_far,
    ),
    Misconception(
        "12.1",
        "rejected impostor pairs for FAR",
        "Your first number is 1 − FAR, the share of impostor pairs rejected. FAR is the"
        " share of them that is accepted.",
        rejected_impostors_for_far,
    ),
    Misconception(
        "12.1",
        "FAR and TAR exchanged",
        "You return (tar, far). Asked is (far, tar).",
        exchanged,
    ),
    Misconception(
        "12.1",
        "scores taken for distances",
        "You accept small scores. These are similarities: a large one means alike.",
        distances,
    ),
    Misconception(
        "12.1",
        "false rejects for TAR",
        "Your second number is the share of genuine pairs rejected, FRR. TAR is 1 −"
        " FRR.",
        false_rejects_for_tar,
    ),
    Misconception(
        "12.1",
        "counts for shares",
        "You count the accepted pairs. A rate is their share of all pairs of their"
        " kind: divide.",
        counts_for_shares,
    ),
    Misconception(
        "12.1",
        "whole-number division",
        "You divide with //, which rounds down to a whole number: a share below 1"
        " becomes 0.",
        whole_number_division,
    ),
    Misconception(
        "12.2",
        "quantile of the impostors",
        "You take a quantile of the impostors' scores for the threshold. It lies"
        " between two of them at a place that has nothing to do with the FAR asked for,"
        " and may accept one too many. Try the scores themselves.",
        quantile_of_the_impostors,
    ),
    Misconception(
        "12.2",
        "above a quantile",
        "You accept what is above a quantile of the impostors' scores. It lies between"
        " two of them at a place that has nothing to do with the FAR asked for: genuine"
        " pairs that could come in stay out, or an impostor comes in. Try the scores"
        " themselves.",
        above_a_quantile,
    ),
    Misconception(
        "12.2",
        "no threshold above all scores",
        "Where not even the highest score is allowed as a threshold you return its TAR"
        " all the same. A threshold above all scores accepts nobody: the TAR is 0.",
        strictest_score_for_nobody,
    ),
    Misconception(
        "12.2",
        "scores passed over",
        "You try thresholds in equal steps, or add a small number to a score, and so"
        " pass over scores that lie near to each other. The scores themselves are all"
        " the thresholds there are.",
        thresholds_on_a_grid,
    ),
    Misconception(
        "12.2",
        "pairs one by one, from behind",
        "You walk along the sorted pairs and stop between equal scores. No threshold"
        " can.",
        pairs_one_by_one_from_behind,
    ),
    Misconception(
        "12.2",
        "one impostor too many",
        "Your threshold is the score of the first impostor that is not allowed, and >="
        " lets him in: it must lie above him. (Or you walk along the sorted pairs, of"
        " equal scores the genuine ones first, and stop within a tie, which no"
        " threshold can.)",
        one_impostor_too_many,
    ),
    Misconception(
        "12.2",
        "threshold on the last impostor allowed",
        "Your threshold is the score of the last impostor allowed. It may go lower,"
        " until just above the next one, and genuine pairs come in on the way.",
        threshold_on_the_last_impostor,
    ),
    Misconception(
        "12.2",
        "interpolated",
        "You interpolate TAR between two points of the curve. There is no threshold"
        " that does that; the point whose FAR is not above the one asked for counts.",
        interpolated,
    ),
    Misconception(
        "12.2",
        "nearest FAR",
        "You take the point with the nearest FAR, which may be above the one asked"
        " for.",
        nearest_far,
    ),
    Misconception(
        "12.2",
        "pairs one by one",
        "You walk along the sorted pairs and stop between equal scores. No threshold"
        " can.",
        pairs_one_by_one,
    ),
    Misconception(
        "12.2",
        "FAR of all pairs",
        "You divide the accepted impostors by the number of all pairs. FAR is a share"
        " of the impostor pairs.",
        far_of_all_pairs,
    ),
    Misconception(
        "12.2",
        "strictly below",
        "You ask for a FAR below far. A FAR of exactly far is allowed.",
        strictly_below,
    ),
    Misconception(
        "12.3",
        "FAR of the nearest point",
        "You take the threshold at which both errors are most alike, and its FAR."
        " Between two thresholds the line has to be followed to where they are equal.",
        nearest_point,
    ),
    Misconception(
        "12.3",
        "mean at the nearest point",
        "You average FAR and 1 − TAR of one threshold. That is no point of the line,"
        " unless both are equal there.",
        mean_at_the_nearest_point,
    ),
    Misconception(
        "12.3",
        "first point past the crossing",
        "You take the first threshold at which FAR is the larger. The crossing lies"
        " before it.",
        first_point_past,
    ),
    Misconception(
        "12.3",
        "last point before the crossing",
        "You take the last threshold at which FAR is the smaller. The crossing lies"
        " behind it.",
        last_point_before,
    ),
    Misconception(
        "12.3",
        "right decisions for errors",
        "You return 1 − EER, the share of right decisions.",
        right_decisions,
    ),
    Misconception(
        "12.3",
        "middle of the step",
        "You take the middle of the two points around the crossing. How far along the"
        " line it lies is in proportion to the two gaps.",
        middle_of_the_step,
    ),
    Misconception(
        "12.3",
        "a point for each pair",
        "You make a step for each pair, also within equal scores. A tie is one step.",
        one_point_a_pair,
    ),
    Misconception(
        "12.3",
        "a point for each pair, as they come",
        "You make a step for each pair, also within equal scores. A tie is one step.",
        one_point_a_pair_as_they_come,
    ),
    Misconception(
        "12.3",
        "without the strictest point",
        "Your line begins at the highest score. It begins at (0, 1), with a threshold"
        " above all scores; where many pairs share the highest one, the crossing lies"
        " on that first piece.",
        without_the_strictest_point,
    ),
    Misconception(
        "12.3",
        "points on a grid",
        "You try thresholds in equal steps, which pass over scores that lie near to"
        " each other. The scores themselves are all the thresholds there are.",
        points_on_a_grid,
    ),
    Misconception(
        "12.4",
        "middle of the gap",
        "Your threshold lies in the middle between two scores, as the library's does."
        " Here it is one of the scores: the lowest that is accepted.",
        middle_of_the_gap,
    ),
    Misconception(
        "12.4",
        "everybody rejected as well",
        "You also try a threshold that rejects everybody. The thresholds are the scores"
        " of the pairs outside the fold.",
        everybody_rejected_as_well,
    ),
    Misconception(
        "12.4",
        "fold numbers from 0",
        "You count the folds from 0. Their numbers may be any: np.unique(fold).",
        numbers_from_zero,
    ),
    Misconception(
        "12.4",
        "in order of appearance",
        "You take the folds as they first appear. Asked is the order of their numbers.",
        in_order_of_appearance,
    ),
    Misconception(
        "12.4",
        "chosen on the fold itself",
        "You choose the threshold on the very pairs that it judges. That flatters.",
        chosen_on_the_fold,
    ),
    Misconception(
        "12.4",
        "chosen on all pairs",
        "You choose one threshold on all pairs, those of the fold included. They must"
        " have no say.",
        chosen_on_all_pairs,
    ),
    Misconception(
        "12.4",
        "judged on the others",
        "You judge on the pairs on which you have chosen. The accuracy is that of the"
        " fold.",
        judged_on_the_others,
    ),
    Misconception(
        "12.4",
        "parts exchanged",
        "You choose on one fold and judge on all the others. It is the other way"
        " round.",
        parts_exchanged,
    ),
    Misconception(
        "12.4",
        "smallest of the best thresholds",
        "Of several thresholds with the most right decisions you keep the smallest."
        " Asked is the largest: go downwards.",
        smallest_of_the_best,
    ),
    Misconception(
        "12.5",
        "own copies compared",
        "You count a pair of one person a·a times, and so compare her with her own"
        " copies. Each copy brings its pairs along once: a times.",
        own_copies_compared,
    ),
    Misconception(
        "12.5",
        "sum for product",
        "You add the two counts. Each of a copies meets each of b copies: a times b.",
        sum_of_the_two,
    ),
    Misconception(
        "12.5",
        "drawn or not",
        "You only ask whether both were drawn. Who was drawn three times counts three"
        " times.",
        drawn_or_not,
    ),
    Misconception(
        "12.5",
        "the smaller count",
        "You take the smaller of the two counts. There are a times b meetings.",
        the_smaller_of_the_two,
    ),
    Misconception(
        "12.5",
        "the first count",
        "You count the first person of the pair and forget the second.",
        the_first_of_the_two,
    ),
)
