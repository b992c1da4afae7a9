"""Right answers of chapter 12 as plain loops over Python numbers."""

import math

import numpy as np


def error_rates(scores, same, threshold):
    accepted, total = {True: 0, False: 0}, {True: 0, False: 0}
    for score, kind in zip(scores.tolist(), same.tolist(), strict=True):
        total[kind] += 1
        if not score < threshold:
            accepted[kind] += 1
    return accepted[False] / total[False], accepted[True] / total[True]


def tar_at_far(scores, same, far):
    best = 0.0
    for threshold in scores.tolist():
        reached, tar = error_rates(scores, same, threshold)
        if reached <= far and tar > best:
            best = tar
    return best


def equal_error_rate(scores, same):
    far, missed = 0.0, 1.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        next_far, tar = error_rates(scores, same, threshold)
        next_missed = 1 - tar
        if next_far >= next_missed:
            behind, ahead = missed - far, next_far - next_missed
            return far + (next_far - far) * behind / (behind + ahead)
        far, missed = next_far, next_missed
    raise AssertionError


def fold_accuracies(scores, same, fold):
    answers = []
    for number in sorted(set(fold.tolist())):
        most, threshold = -1, math.nan
        for tried in sorted(scores[fold != number].tolist(), reverse=True):
            right = 0
            for i in range(len(scores)):
                if fold[i] != number and (scores[i] >= tried) == same[i]:
                    right += 1
            if right > most:
                most, threshold = right, tried
        inside = [i for i in range(len(scores)) if fold[i] == number]
        right = sum((scores[i] >= threshold) == same[i] for i in inside)
        answers.append(right / len(inside))
    return np.array(answers)


def resampled_counts(identities, drawn):
    counts = []
    for one, other in identities.tolist():
        a, b = drawn.tolist().count(one), drawn.tolist().count(other)
        counts.append(a if one == other else a * b)
    return np.array(counts)
