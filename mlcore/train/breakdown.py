"""What was behind a breakdown: the parameter, or the image, that was not finite
first."""

import math
import re

import numpy as np

from mlcore.arrays import to_numpy
from mlcore.train.inputs import bad_rows
from mlcore.train.state import check_state, in_words, largest


def explained(error, state, net, x, rng, chosen, pull=None):
    """The `error` that a step on the images numbered `chosen` ended with, and what was
    behind it.

    Asked once, when all is lost: it computes the features again, and a step that goes
    well pays nothing for it.

    Parameters
    ----------
    error : FloatingPointError
    state : State
    net : layers.Sequential
    x : array, shape (B, ...)
        What the network was given.
    rng : numpy.random.Generator
        For the layers that draw.
    chosen : numpy.ndarray, shape (B,)
    pull : function features -> (dfeatures, dw), optional
        The head's backward pass.

    Returns
    -------
    FloatingPointError
    """
    try:
        check_state(state, net)
    except FloatingPointError as found:
        return FloatingPointError(f"{error}; {found}")
    try:
        with np.errstate(all="ignore"):  # They overflow: that is what is looked for.
            features, saved = net.forward(x, rng)
    except FloatingPointError:  # A layer has named a row.
        return _with_image(error, chosen)
    bad = bad_rows(features)
    if not bad.any():
        error = _with_image(error, chosen)
        return (
            error if pull is None else _with_gradient(error, net, saved, features, pull)
        )
    if bad.all():  # Large weights do this; and a BatchNorm, which mixes the rows.
        pixels = abs(to_numpy(x)).reshape(len(chosen), -1).max(axis=1)
        which = (
            "those of the whole batch are not; the largest weight is"
            f" {largest(state, net)}, the largest pixel {pixels.max():.3g}, in image"
            f" {chosen[pixels.argmax()]}"
        )
    else:
        which = f"those of image {chosen[bad.argmax()]} are not"
    return FloatingPointError(f"{error}; the features must be finite, but {which}")


def _with_image(error, chosen):
    """The `error`, with the image that is behind the row of features or logits that it
    names."""
    found = re.search(r"\b(?:x|logits)\b.*\brow (\d+)\b", str(error))
    if found is None or int(found[1]) >= len(chosen):
        return error
    row = int(found[1])
    return FloatingPointError(
        f"{error}; row {row} of this batch is image {chosen[row]}"
    )


def _with_gradient(error, net, saved, features, pull):
    """The `error`, with the first gradient that is not finite, from the head down to
    the image."""
    try:
        with np.errstate(all="ignore"):
            dfeatures, dw = pull(features)
            grads = net.backward_params(saved, dfeatures)
    except FloatingPointError:  # The head has refused them itself.
        return error
    named = {"w": dw} | {
        f"params.{i}.{j}": grads[i][j]
        for i in reversed(range(len(grads)))
        for j in range(len(grads[i]))
    }
    for name, grad in named.items():
        if bad_rows(grad).any():
            which = in_words(name, net)
            return FloatingPointError(f"{error}; the gradient of {which} is not finite")
    return error


def check_sound(state, net, head, x, y):
    """Refuse a state that is of no use to the next step: not finite, or too large to
    compute with.

    Parameters
    ----------
    state : State
    net : layers.Sequential
    head : loss
        Of features, weights and labels.
    x, y : array, array
        Some images, as the network takes them, and their labels.

    Raises
    ------
    FloatingPointError
    """
    check_state(state, net)
    with np.errstate(all="ignore"):
        try:
            # as the next step will, not as at test time
            features, _ = net.forward(x, rng=0)
            loss, _ = head.forward(features, state.w, y)
        except FloatingPointError as error:
            loss, why = math.nan, error
        else:
            why = f"the loss is {float(loss)}"
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"behind the step {why}; the largest weight is {largest(state, net)}"
        )
