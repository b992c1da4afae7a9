"""Wrong answers of chapter 12, each with the sentence for whoever gave it."""

from functools import partial, update_wrapper

import numpy as np

from grader.engine import chapters

right = chapters.solution(__file__)


def _curve(scores, same):
    thresholds = np.append(np.inf, np.unique(scores)[::-1])
    return np.transpose([right.error_rates(scores, same, t) for t in thresholds])


def _on_a_grid(scores, same):
    tried = np.append(np.inf, np.linspace(scores.max(), scores.min(), 1000))
    return (np.mean(scores[kind] >= tried[:, None], axis=1) for kind in (~same, same))


def _walk(same, order):
    """Pair by pair; in a tie the order is that of `np.argsort`, as students take it."""
    kind = same[order]
    return np.cumsum(~kind) / np.sum(~kind), np.cumsum(kind) / np.sum(kind)


def _argsort(values):
    """The order that `np.argsort` gives where it has no vector instructions to sort by.

    Ties are left as quicksort leaves them: parts of more than 16 around the median of
    three, the rest by insertion.
    """
    order = [*range(len(values))]

    def swap(i, j):
        order[i], order[j] = order[j], order[i]

    def less(i, j):
        return values[order[i]] < values[order[j]]

    def sort(low, high):
        while high - low > 15:
            middle = (low + high) // 2
            for i, j in (middle, low), (high, middle), (middle, low):
                if less(i, j):
                    swap(i, j)
            pivot = values[order[middle]]
            swap(middle, high - 1)
            i, j = low, high - 1
            while True:
                i, j = i + 1, j - 1
                while values[order[i]] < pivot:
                    i += 1
                while pivot < values[order[j]]:
                    j -= 1
                if i >= j:
                    break
                swap(i, j)
            swap(i, high - 1)
            sort(i + 1, high)
            high = i - 1
        for i in range(low + 1, high + 1):
            for j in range(i, low, -1):
                if not less(j, j - 1):
                    break
                swap(j, j - 1)

    sort(0, len(values) - 1)
    return np.array(order)


def one_impostor_too_many(scores, same, far):
    impostors = np.sort(scores[~same])[::-1]
    allowed = min(int(far * len(impostors)), len(impostors) - 1)
    return np.mean(scores[same] >= impostors[allowed])


def threshold_on_the_last_impostor(scores, same, far):
    """Stricter than needed: it leaves out genuine pairs below the last impostor."""
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


def pairs_one_by_one(scores, same, far, argsort=np.argsort):
    reached, tar = _walk(same, argsort(-scores))
    return np.max(tar[reached <= far], initial=0.0)


def pairs_one_by_one_from_behind(scores, same, far, argsort=np.argsort):
    reached, tar = _walk(same, argsort(scores)[::-1])
    return np.max(tar[reached <= far], initial=0.0)


def _crossing(far, tar):
    gap = far - (1 - tar)
    k = np.argmax(gap >= 0)
    part = -gap[k - 1] / (gap[k] - gap[k - 1])
    return far[k - 1] + part * (far[k] - far[k - 1])


def one_point_a_pair(scores, same):
    """Equal scores as steps of their own, the genuine ones first."""
    far, tar = _walk(same, np.lexsort((~same, -scores)))
    return _crossing(np.append(0, far), np.append(0, tar))


def one_point_a_pair_as_they_come(scores, same, argsort=np.argsort):
    far, tar = _walk(same, argsort(-scores))
    return _crossing(np.append(0, far), np.append(0, tar))


def points_on_a_grid(scores, same):
    return _crossing(*_on_a_grid(scores, same))


def _here_and_elsewhere(wrong):
    return wrong, update_wrapper(partial(wrong, argsort=_argsort), wrong)


MISCONCEPTIONS = {
    "12.1": {
        "threshold left out": (
            {">=": ">"},
            "You accept scores above the threshold. A score that equals it is"
            " accepted, too: >=.",
        ),
        "shares of all pairs": (
            {
                "accepted[~same]": "accepted & ~same",
                "accepted[same]": "accepted & same",
            },
            "You divide by the number of all pairs. Each rate is a share of its own"
            " kind.",
        ),
        "shares of the accepted": (
            {"accepted[~same]": "~same[accepted]", "accepted[same]": "same[accepted]"},
            "You divide by the number of accepted pairs. Those are a precision and its"
            " rest; FAR and TAR are shares of the impostor and of the genuine pairs.",
        ),
        "rejected genuine pairs for FAR": (
            {"accepted[~same]": "~accepted[same]"},
            "Your FAR is 1 − TAR, the share of genuine pairs rejected. FAR speaks of"
            " impostor pairs.",
        ),
        "rejected impostor pairs for FAR": (
            {"accepted[~same]": "~accepted[~same]"},
            "Your first number is 1 − FAR, the share of impostor pairs rejected. FAR"
            " is the share of them that is accepted.",
        ),
        "FAR and TAR exchanged": (
            {"accepted = ": "same = ~same\n    accepted = "},
            "You return (tar, far). Asked is (far, tar).",
        ),
        "scores taken for distances": (
            {">=": "<="},
            "You accept small scores. These are similarities: a large one means alike.",
        ),
        "false rejects for TAR": (
            {"accepted[same]": "~accepted[same]"},
            "Your second number is the share of genuine pairs rejected, FRR. TAR is 1"
            " − FRR.",
        ),
        "counts for shares": (
            {
                "mean(accepted[~same])": "sum(accepted[~same])",
                "mean(accepted[same])": "sum(accepted[same])",
            },
            "You count the accepted pairs. A rate is their share of all pairs of their"
            " kind: divide.",
        ),
        "whole-number division": (
            {
                "np.mean(accepted[~same])": "np.sum(accepted[~same]) // np.sum(~same)",
                "np.mean(accepted[same])": "np.sum(accepted[same]) // np.sum(same)",
            },
            "You divide with //, which rounds down to a whole number: a share below 1"
            " becomes 0.",
        ),
    },
    "12.2": {
        "quantile of the impostors": (
            quantile_of_the_impostors,
            "You take a quantile of the impostors' scores for the threshold. It lies"
            " between two of them at a place that has nothing to do with the FAR asked"
            " for, and may accept one too many. Try the scores themselves.",
        ),
        "above a quantile": (
            above_a_quantile,
            "You accept what is above a quantile of the impostors' scores. It lies"
            " between two of them at a place that has nothing to do with the FAR asked"
            " for: genuine pairs that could come in stay out, or an impostor comes in."
            " Try the scores themselves.",
        ),
        "no threshold above all scores": (
            strictest_score_for_nobody,
            "Where not even the highest score is allowed as a threshold you return its"
            " TAR all the same. A threshold above all scores accepts nobody: the TAR"
            " is 0.",
        ),
        "scores passed over": (
            thresholds_on_a_grid,
            "You try thresholds in equal steps, or add a small number to a score, and"
            " so pass over scores that lie near to each other. The scores themselves"
            " are all the thresholds there are.",
        ),
        "pairs one by one, from behind": (
            _here_and_elsewhere(pairs_one_by_one_from_behind),
            "You walk along the sorted pairs and stop between equal scores. No"
            " threshold can.",
        ),
        "one impostor too many": (
            one_impostor_too_many,
            "Your threshold is the score of the first impostor pair that is not"
            " allowed, and >= lets it in: the threshold must lie above it. (Or you"
            " walk along the sorted pairs, of equal scores the genuine ones first, and"
            " stop within a tie, which no threshold can.)",
        ),
        "threshold on the last impostor allowed": (
            threshold_on_the_last_impostor,
            "Your threshold is the score of the last impostor allowed. It may go"
            " lower, until just above the next one, and genuine pairs come in on the"
            " way.",
        ),
        "interpolated": (
            interpolated,
            "You interpolate TAR between two points of the curve. There is no"
            " threshold that does that; the point whose FAR is not above the one asked"
            " for counts.",
        ),
        "nearest FAR": (
            nearest_far,
            "You take the point with the nearest FAR, which may be above the one asked"
            " for.",
        ),
        "pairs one by one": (
            _here_and_elsewhere(pairs_one_by_one),
            "You walk along the sorted pairs and stop between equal scores. No"
            " threshold can.",
        ),
        "FAR of all pairs": (
            {"reached <= far": "reached * np.mean(~same) <= far"},
            "You divide the accepted impostors by the number of all pairs. FAR is a"
            " share of the impostor pairs.",
        ),
        "strictly below": (
            {"max(tar": "max((tar", "<= far)": "< far), default=0.0)"},
            "You ask for a FAR below far. A FAR of exactly far is allowed.",
        ),
    },
    "12.3": {
        "FAR of the nearest point": (
            {
                "np.argmax(gap >= 0)": "np.argmin(np.abs(gap))",
                "far[k - 1] + part * (far[k] - far[k - 1])": "far[k]",
            },
            "You take the threshold at which both errors are most alike, and its FAR."
            " Between two thresholds the line has to be followed to where they are"
            " equal.",
        ),
        "mean at the nearest point": (
            {
                "np.argmax(gap >= 0)": "np.argmin(np.abs(gap))",
                "far[k - 1] + part * (far[k] - far[k - 1])": (
                    "(far[k] + 1 - tar[k]) / 2"
                ),
            },
            "You average FAR and 1 − TAR of one threshold. That is no point of the"
            " line, unless both are equal there.",
        ),
        "first point past the crossing": (
            {"far[k - 1] + part * (far[k] - far[k - 1])": "far[k]"},
            "You take the first threshold at which FAR is the larger. The crossing"
            " lies before it.",
        ),
        "last point before the crossing": (
            {"far[k - 1] + part * (far[k] - far[k - 1])": "far[k - 1]"},
            "You take the last threshold at which FAR is the smaller. The crossing"
            " lies behind it.",
        ),
        "right decisions for errors": (
            {"return far[k - 1] + part": "return 1 - far[k - 1] - part"},
            "You return 1 − EER, the share of right decisions.",
        ),
        "middle of the step": (
            {
                "far[k - 1] + part * (far[k] - far[k - 1])": (
                    "(far[k - 1] + far[k]) / 2"
                )
            },
            "You take the middle of the two points around the crossing. How far along"
            " the line it lies is in proportion to the two gaps.",
        ),
        "a point for each pair": (
            one_point_a_pair,
            "You make a step for each pair, also within equal scores. A tie is one"
            " step.",
        ),
        "a point for each pair, as they come": (
            _here_and_elsewhere(one_point_a_pair_as_they_come),
            "You make a step for each pair, also within equal scores. A tie is one"
            " step.",
        ),
        "without the strictest point": (
            {"np.append(np.inf, np.unique(scores)[::-1])": "np.unique(scores)[::-1]"},
            "Your line begins at the highest score. It begins at (0, 1), with a"
            " threshold above all scores; where many pairs share the highest one, the"
            " crossing lies on that first piece.",
        ),
        "points on a grid": (
            points_on_a_grid,
            "You try thresholds in equal steps, which pass over scores that lie near"
            " to each other. The scores themselves are all the thresholds there are.",
        ),
    },
    "12.4": {
        "middle of the gap": (
            {
                "np.sort(scores[rest])[::-1]": (
                    "np.unique(scores[rest])[::-1]\n"
                    "        tried = np.append((tried[:-1] + tried[1:]) / 2, tried[-1])"
                )
            },
            "Your threshold lies in the middle between two scores, as the library's"
            " does. Here it is one of the scores: the lowest that is accepted.",
        ),
        "everybody rejected as well": (
            {
                "np.sort(scores[rest])[::-1]": (
                    "np.append(np.inf, np.sort(scores[rest])[::-1])"
                )
            },
            "You also try a threshold that rejects everybody. The thresholds are the"
            " scores of the pairs outside the fold.",
        ),
        "fold numbers from 0": (
            {
                "np.unique(fold)": "range(len(np.unique(fold)))",
                "np.mean(": "np.sum(",
                "== same[held])": "== same[held]) / np.sum(held)",
            },
            "You count the folds from 0. Their numbers may be any: np.unique(fold).",
        ),
        "in order of appearance": (
            {"np.unique(fold)": "dict.fromkeys(fold.tolist())"},
            "You take the folds as they first appear. Asked is the order of their"
            " numbers.",
        ),
        "chosen on the fold itself": (
            {"fold != number": "fold == number"},
            "You choose the threshold on the very pairs that it judges. That flatters.",
        ),
        "chosen on all pairs": (
            {"fold != number": "fold == fold"},
            "You choose one threshold on all pairs, those of the fold included. They"
            " must have no say.",
        ),
        "judged on the others": (
            {"fold == number": "fold != number"},
            "You judge on the pairs on which you have chosen. The accuracy is that of"
            " the fold.",
        ),
        "parts exchanged": (
            {"held, rest": "rest, held"},
            "You choose on one fold and judge on all the others. It is the other way"
            " round.",
        ),
        "smallest of the best thresholds": (
            {"[::-1]": ""},
            "Of several thresholds with the most right decisions you keep the"
            " smallest. Asked is the largest: go downwards.",
        ),
    },
    "12.5": {
        "own copies compared": (
            {"np.where(own, first, first * second)": "first * second"},
            "You count a pair of one identity a·a times, and so compare it with its"
            " own copies. Each copy brings its pairs along once: a times.",
        ),
        "sum for product": (
            {"first * second": "first + second"},
            "You add the two counts. Each of a copies meets each of b copies: a times"
            " b.",
        ),
        "drawn or not": (
            {
                "np.where(own, first, first * second)": (
                    "((first > 0) & (second > 0)).astype(int)"
                )
            },
            "You only ask whether both were drawn. What was drawn three times counts"
            " three times.",
        ),
        "the smaller count": (
            {"np.where(own, first, first * second)": "np.minimum(first, second)"},
            "You take the smaller of the two counts. There are a times b meetings.",
        ),
        "the first count": (
            {"np.where(own, first, first * second)": "first"},
            "You count the first identity of the pair and forget the second.",
        ),
    },
}
