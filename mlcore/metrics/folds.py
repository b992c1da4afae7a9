"""Choosing a threshold on some pairs, to judge it on others."""

import numpy as np

from mlcore.arrays import Array, array_namespace, index_dtype, like, to_numpy
from mlcore.validation import check_integer


def best_threshold(scores: Array, same: Array, weights: Array) -> float:
    """The threshold with the most right decisions; of several, the strictest.

    It stands in the middle between the last score that it accepts and the next one:
    what falls between two scores on which it was chosen should not be decided by a
    hair.

    Parameters
    ----------
    scores : array, shape (P,)
        Highest first.
    same : array of bool, shape (P,)
    weights : array, shape (P,)
        How often each pair counts.

    Returns
    -------
    float
        inf where it is best to accept no pair, or there are none to choose on; -inf
        where it is best to accept all.
    """
    xp = array_namespace(scores)
    if scores.shape[0] == 0:
        return float("inf")
    last = last_of_equals(scores)
    # Right decisions, beyond those of a threshold that accepts no pair.
    gained = xp.cumulative_sum(xp.where(same, weights, -weights))[last]
    cuts = scores[last]
    best = int(xp.argmax(gained))
    if float(gained[best]) <= 0:
        return float("inf")
    if best == cuts.shape[0] - 1:
        return float("-inf")
    high, low = cuts[best], cuts[best + 1]
    middle = low / 2 + high / 2  # high - low may exceed the largest float
    return float(middle if low < middle <= high else high)


def last_of_equals(scores: Array) -> Array:
    """Where sorted `scores` can be cut, as booleans: behind the last of equal ones."""
    xp = array_namespace(scores)
    return xp.concat([scores[1:] != scores[:-1], scores[-1:] == scores[-1:]])


def deal(same: Array, folds: int, seed: int) -> Array:
    """The fold of each pair, when those of each kind are dealt into `folds` at random.

    Raises
    ------
    ValueError, TypeError
        If `folds` is no integer from 2 to the number of pairs of the rarer kind, or
        `seed` none >= 0.
    """
    check_integer("folds", folds, 2)
    check_integer("seed", seed, 0)
    kind = to_numpy(same)
    fewer = min(kind.sum(), (~kind).sum())
    if folds > fewer:
        raise ValueError(
            f"folds must be at most {fewer}, the pairs of the rarer kind, got {folds}"
        )
    rng = np.random.default_rng(seed)
    number = np.empty(len(kind), dtype=index_dtype(np))
    for pairs in kind, ~kind:
        number[pairs] = rng.permutation(np.arange(pairs.sum()) % folds)
    return like(number, same)


def check_folds(folds: Array, same: Array) -> None:
    """Refuse folds that leave no pairs of both kinds to choose a threshold on.

    Raises
    ------
    ValueError
        If outside a fold one kind is missing; the message names it.
    """
    xp = array_namespace(folds)
    for fold in xp.sort(xp.unique_values(folds)):
        rest = folds != fold
        if not (bool(xp.any(rest & same)) and bool(xp.any(rest & ~same))):
            raise ValueError(
                "folds must leave pairs of both kinds outside each fold, but outside"
                f" fold {int(fold)} one kind is missing"
            )
