"""What was behind a breakdown: the parameter, or image, that was not finite first."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from mlcore.arrays import Array, to_numpy
from mlcore.layers import Sequential
from mlcore.train.inputs import bad_rows
from mlcore.train.state import Batch, State, check_state, in_words, largest


@contextmanager
def says_when(epoch: int, step: int) -> Iterator[None]:
    """Let a breakdown say when it was, and what to try.

    Raises
    ------
    FloatingPointError
        In place of one that the block raises.
    """
    try:
        yield
    except FloatingPointError as error:
        raise FloatingPointError(
            f"training broke down in epoch {epoch}, step {step}: {error}. Try a lower"
            " learning rate, a longer warm-up, SGD(clip_norm=...) if it is off, or"
            " annealing a margin from a large lam"
        ) from error


def explained(
    error: FloatingPointError,
    state: State,
    net: Sequential,
    batch: Batch,
    chosen: np.ndarray,
) -> FloatingPointError:
    """The `error` that a step on the images numbered `chosen` ended with, explained.

    Asked once, when all is lost: it computes the features again, and a step that goes
    well pays nothing for it.

    Parameters
    ----------
    error : FloatingPointError
    state : State
    net : layers.Sequential
    batch : Batch
        What the step was given.
    chosen : numpy.ndarray, shape (B,)

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
            features, saved = net.forward(batch.x, batch.rng)
    except FloatingPointError:  # A layer has named a row.
        return _with_image(error, chosen)
    bad = bad_rows(features)
    if not bad.any():
        error = _with_image(error, chosen)
        if batch.shared:  # Not all processes need come here.
            return error
        return _with_gradient(error, state, net, saved, features, batch.criterion)
    if bad.all():  # Large weights do this; and a BatchNorm, which mixes the rows.
        pixels = abs(to_numpy(batch.x)).reshape(len(chosen), -1).max(axis=1)
        which = (
            "those of the whole batch are not; the largest weight is"
            f" {largest(state, net)}, the largest pixel {pixels.max():.3g}, in image"
            f" {chosen[pixels.argmax()]}"
        )
    else:
        which = f"those of image {chosen[bad.argmax()]} are not"
    return FloatingPointError(f"{error}; the features must be finite, but {which}")


def _with_image(error, chosen):
    """The `error`, with the image behind the row of features or logits it names."""
    found = re.search(r"\b(?:x|logits)\b.*\brow (\d+)\b", str(error))
    if found is None or int(found[1]) >= len(chosen):
        return error
    row = int(found[1])
    return FloatingPointError(
        f"{error}; row {row} of this batch is image {chosen[row]}"
    )


def _with_gradient(error, state, net, saved, features, criterion):
    """The `error`, with the first gradient not finite, from the head to the image."""
    try:
        with np.errstate(all="ignore"):
            _, dfeatures, dw, _ = criterion(state, features)
            grads = net.backward_params(saved, dfeatures)
    except FloatingPointError:  # The loss has refused them itself.
        return error
    named = ({} if dw is None else {"w": dw}) | {
        f"params.{i}.{j}": grads[i][j]
        for i in reversed(range(len(grads)))
        for j in range(len(grads[i]))
    }
    for name, grad in named.items():
        if bad_rows(grad).any():
            which = in_words(name, net)
            return FloatingPointError(f"{error}; the gradient of {which} is not finite")
    return error


def check_sound(
    state: State, net: Sequential, x: Array, loss_of: Callable[[Array], Any]
) -> None:
    """Refuse a state of no use to the next step: not finite, or too large to compute.

    Parameters
    ----------
    state : State
    net : layers.Sequential
    x : array
        Some images, as the network takes them.
    loss_of : function features -> loss

    Raises
    ------
    FloatingPointError
    """
    check_state(state, net)
    with np.errstate(all="ignore"):
        try:
            # as the next step will, not as at test time
            features, _ = net.forward(x, rng=0)
            loss = loss_of(features)
        except FloatingPointError as error:
            loss, why = math.nan, str(error)
        else:
            why = f"the loss is {float(loss)}"
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"after the step {why}; the largest weight is {largest(state, net)}"
        )
