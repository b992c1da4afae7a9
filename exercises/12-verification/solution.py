"""Exercises of chapter 12, verification.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/12-verification

P pairs; a pair is accepted if its score is at least the threshold, and its two samples
are of one identity (genuine) or of two (impostor). Every task may use the functions of
the tasks before it. Scores are float64; inputs are as they were when you return. Up to
12 digits of a result are compared.
"""

import numpy as np


def error_rates(scores, same, threshold):
    """Task 12.1 (5 points): what one threshold does.

    FAR is the share of the impostor pairs that is accepted, TAR the share of the
    genuine pairs. There are pairs of both kinds.

    scores : array (P,), float64
    same : array (P,) of bools, whether both samples of the pair are of one identity
    threshold : float

    Returns the tuple (far, tar), two numbers. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    accepted = scores >= threshold
    return np.mean(accepted[~same]), np.mean(accepted[same])
    # END SOLUTION


def tar_at_far(scores, same, far):
    """Task 12.2 (7 points): the largest TAR of thresholds whose FAR is at most `far`.

    It is the chapter's TAR@f, with f = far. A threshold above all scores is allowed: it
    accepts nobody, and its TAR is 0. Pairs of equal scores can only be accepted
    together. There are pairs of both kinds.

    scores : array (P,), float64
    same : array (P,) of bools, whether both samples of the pair are of one identity
    far : float, from 0 to 1

    Returns one number. About 2 lines; runs in milliseconds.
    """
    # BEGIN SOLUTION
    rates = [error_rates(scores, same, t) for t in np.append(scores, np.inf)]
    return max(tar for reached, tar in rates if reached <= far)
    # END SOLUTION


def equal_error_rate(scores, same):
    """Task 12.3 (7 points): where FAR is as large as 1 - TAR.

    The points (FAR, 1 - TAR) of all thresholds, from one above all scores, (0, 1), to
    the lowest score, (1, 0), are joined by straight lines in the order of the
    thresholds. Return the FAR at which this line crosses FAR = 1 - TAR. There are pairs
    of both kinds.

    scores : array (P,), float64, in any order, some of them perhaps equal
    same : array (P,) of bools, whether both samples of the pair are of one identity

    Returns one number. About 6 lines; runs in milliseconds.
    """
    # BEGIN SOLUTION
    thresholds = np.append(np.inf, np.unique(scores)[::-1])
    far, tar = np.transpose([error_rates(scores, same, t) for t in thresholds])
    gap = far - (1 - tar)
    k = np.argmax(gap >= 0)
    part = -gap[k - 1] / (gap[k] - gap[k - 1])
    return far[k - 1] + part * (far[k] - far[k - 1])
    # END SOLUTION


def fold_accuracies(scores, same, fold):
    """Task 12.4 (8 points, demanding): each fold by a threshold chosen on the others.

    For each fold, try as thresholds the scores of the pairs outside it, and choose the
    one with the most right decisions on those pairs; of several, the largest. Then
    count, with this threshold, the right decisions in the fold.

    scores : array (P,), float64
    same : array (P,) of bools, whether both samples of the pair are of one identity
    fold : array (P,) of integers, which fold each pair is in; at least two different
        ones

    Returns an array (K,) of float64, the share of right decisions in each of the K
    folds, in the order of their numbers. About 7 lines; runs in milliseconds.
    """
    # BEGIN SOLUTION
    accuracies = []
    for number in np.unique(fold):
        held, rest = fold == number, fold != number
        tried = np.sort(scores[rest])[::-1]
        right = [np.sum((scores[rest] >= t) == same[rest]) for t in tried]
        threshold = tried[np.argmax(right)]
        accuracies.append(np.mean((scores[held] >= threshold) == same[held]))
    return np.array(accuracies)
    # END SOLUTION


def resampled_counts(identities, drawn):
    """Task 12.5 (5 points): how often each pair counts when identities are redrawn.

    The identities are drawn with replacement. If one was drawn a times, a pair of two
    of its own samples counts a times. If another was drawn b times, a pair of a sample
    of the one and a sample of the other counts a times b times. An identity that was
    not drawn counts 0 times.

    identities : array (P, 2) of integers, those of the two samples of each pair
    drawn : array (n,) of integers, the identities that were drawn, in any order, each
        as often as it was drawn

    Returns an array (P,) of integers in any dtype. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    first, second = np.sum(identities[:, :, None] == drawn, axis=2).T
    own = identities[:, 0] == identities[:, 1]
    return np.where(own, first, first * second)
    # END SOLUTION
