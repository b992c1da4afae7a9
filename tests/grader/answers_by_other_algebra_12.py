"""Right answers of chapter 12 by another algebra."""

import numpy as np


def error_rates(scores, same, threshold):
    """By sorting each kind and looking the threshold up."""
    kinds = np.sort(scores[~same]), np.sort(scores[same])
    return tuple(1 - np.searchsorted(kind, threshold) / len(kind) for kind in kinds)


def _curve(scores, same):
    """Counts of impostor and genuine pairs before each step of the sorted scores."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    return np.cumsum(~same[order])[last], np.cumsum(same[order])[last]


def tar_at_far(scores, same, far):
    impostors, genuine = _curve(scores, same)
    k = np.searchsorted(impostors / impostors[-1], far, side="right")
    return genuine[k - 1] / genuine[-1] if k else 0.0


def equal_error_rate(scores, same):
    """The line through two points of the curve, solved for far = 1 - tar."""
    impostors, genuine = _curve(scores, same)
    far = np.append(0, impostors / impostors[-1])
    missed = np.append(1, 1 - genuine / genuine[-1])
    return float(np.interp(0, far - missed, far))


def fold_accuracies(scores, same, fold):
    """All thresholds against all pairs at once."""
    answers = []
    for number in np.unique(fold):
        inside, tried = fold == number, np.unique(scores[fold != number])
        right = (scores[None, :] >= tried[:, None]) == same[None, :]
        outside = right[:, ~inside].sum(axis=1)
        best = len(tried) - 1 - np.argmax(outside[::-1])
        answers.append(right[best, inside].mean())
    return np.array(answers)


def resampled_counts(identities, drawn):
    """With one row of an indicator matrix for each identity."""
    who, place = np.unique(identities, return_inverse=True)
    times = (who[:, None] == drawn[None, :]).sum(axis=1)
    first, second = times[place.reshape(identities.shape)].T
    return np.where(identities[:, 0] - identities[:, 1] == 0, first, first * second)
