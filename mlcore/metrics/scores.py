"""Scores of pairs, checked and put in order."""

from mlcore.arrays import Array, array_namespace, device, promote
from mlcore.metrics.thresholds import Verification
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_not_empty,
    check_same_library,
)


def verification(
    scores: Array, same: Array, identities: Array | None = None
) -> Verification:
    """Prepare scores of pairs for the questions one asks of a verifier.

    Parameters
    ----------
    scores : array, shape (P,)
        Real floating; large means alike. Of distances, pass the negative.
    same : array, shape (P,), of booleans or of 0 and 1
        Whether both are one identity; there must be pairs of both kinds.
    identities : array of integers, shape (P, 2), optional
        Which were compared, for `Verification.interval`.

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
    >>> same = np.array([True, False, True, False])
    >>> v = verification(np.array([0.9, 0.8, 0.7, 0.6]), same)
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
    if identities is not None:
        identities = check_identities(identities, same, scores)
    (scores,) = promote(scores)
    xp = array_namespace(scores)
    order = xp.argsort(-scores, stable=True)
    return Verification(
        scores=xp.take(scores, order),
        same=xp.take(same, order),
        identities=None if identities is None else xp.take(identities, order, axis=0),
        order=order,
        weights=xp.ones(scores.shape[0], dtype=xp.float64, device=device(scores)),
    )


def check_same(same: Array, scores: Array) -> Array:
    """Return `same` as booleans (P,) after checking it against `scores`.

    Raises
    ------
    ValueError, TypeError
        If it is not one boolean a score, or one kind of pair is missing.
    """
    xp = array_namespace(scores)
    if same.dtype != xp.bool:
        if not xp.isdtype(same.dtype, "integral"):
            raise TypeError(
                f"same must hold booleans, or 0 and 1, got dtype {same.dtype}"
            )
        if bool(xp.any((same != 0) & (same != 1))):
            raise ValueError(
                "same must hold booleans, or 0 and 1, but holds another number"
            )
        same = xp.astype(same, xp.bool)
    if tuple(same.shape) != tuple(scores.shape):
        raise ValueError(
            f"same must hold one entry a score: shape {tuple(scores.shape)} expected, "
            f"got {tuple(same.shape)}"
        )
    for kind, name in (
        (same, "genuine pairs (True)"),
        (~same, "impostor pairs (False)"),
    ):
        if not bool(xp.any(kind)):
            raise ValueError(
                f"same must hold pairs of both kinds, but there are no {name}"
            )
    return same


def check_identities(identities: Array, same: Array, scores: Array) -> Array:
    """Return `identities` (P, 2) as int64 after checking them against `same`.

    Raises
    ------
    ValueError, TypeError
        If they are not two integers a pair, or equal in an impostor pair.
    """
    xp = check_same_library(scores=scores, identities=identities)
    if not xp.isdtype(identities.dtype, "integral"):
        raise TypeError(
            f"identities must have an integer dtype, got {identities.dtype}"
        )
    if tuple(identities.shape) != (scores.shape[0], 2):
        raise ValueError(
            f"identities must have shape ({scores.shape[0]}, 2), two a pair, got"
            f" {tuple(identities.shape)}"
        )
    identities = xp.astype(identities, xp.int64)
    # The other way round is allowed: with the indices of samples for their identities,
    # each is drawn by itself.
    bad = (identities[:, 0] == identities[:, 1]) & ~same
    if bool(xp.any(bad)):
        i = int(xp.argmax(xp.astype(bad, xp.int8)))
        raise ValueError(
            "identities must agree with same, but"
            f" identities[{i}] is one identity twice"
        )
    return identities
