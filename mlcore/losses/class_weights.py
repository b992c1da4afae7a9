"""What class weights and an ignored label do to a batch, by PyTorch's rule."""

import math
from typing import Any

from mlcore.arrays import Array, array_namespace, device
from mlcore.validation import check_class_weights, check_fits, check_integer


def check_rules(loss: Any) -> None:
    """Check `class_weights` and `ignore_index` of a loss that is being built.

    Raises
    ------
    ValueError, TypeError
        If one of them is not what `SoftmaxCrossEntropy` takes.
    """
    if loss.ignore_index is not None:
        check_integer("ignore_index", loss.ignore_index, None)
    if loss.class_weights is not None:
        # A tuple, so that the loss stays immutable and comparable.
        weights = check_class_weights("class_weights", loss.class_weights)
        object.__setattr__(loss, "class_weights", weights)


def weigh_labels(
    loss: Any, z: Array, y: Array
) -> tuple[Array, Array | None, Array | None]:
    """Turn the labels `y` (N,) of logits `z` (N, C) into targets and weights.

    Returns
    -------
    target : array, shape (N,)
        The labels, and 0 in place of an ignored one.
    weight : array, shape (N,), or None
        ``class_weights[y]``, and 0 for an ignored label. None: every sample weighs 1.
    count : 0-d array or None
        What "mean" divides by, the sum of the weights. None: the number of samples.

    Raises
    ------
    ValueError
        As `as_array`.
    """
    if loss.class_weights is None and loss.ignore_index is None:
        return y, None, None
    xp = array_namespace(z)
    weight = xp.ones_like(z[:, 0])
    if loss.ignore_index is not None:
        ignored = y == loss.ignore_index
        y = xp.where(ignored, xp.zeros_like(y), y)
        weight = xp.where(ignored, xp.zeros_like(weight), weight)
    if loss.class_weights is not None:
        weight = weight * xp.take(as_array(loss, z, of_labels=True), y, axis=0)
    count = xp.sum(weight)
    # Nothing to weigh a mean with: it is 0, and so is its gradient. With smoothing the
    # sum need not be 0, as the other classes have weights of their own.
    return y, weight, xp.where(count > 0, count, xp.full_like(count, xp.inf))


def as_array(loss: Any, z: Array, *, of_labels: bool) -> Array:
    """The class weights (C,) beside logits `z` (N, C).

    The mean over labels does not change if all weights are multiplied by one number.
    There they are by a power of two, exactly, so that no sum of large or tiny weights
    leaves the dtype.

    Raises
    ------
    ValueError
        If there are more or fewer weights than classes, or one does not fit the dtype.
    """
    xp, classes, weights = array_namespace(z), z.shape[1], loss.class_weights
    if len(weights) != classes:
        raise ValueError(
            f"class_weights must hold one weight a class: the logits have {classes}"
            f" classes, class_weights {len(weights)}"
        )
    if of_labels and loss.reduction == "mean":
        _, exponent = math.frexp(max(weights))
        weights = tuple(math.ldexp(weight, -exponent) for weight in weights)
    for k, weight in enumerate(weights):
        check_fits(f"class_weights[{k}]", weight, z)
    return xp.asarray(weights, dtype=z.dtype, device=device(z))


def weighted(weight: Array, losses: Array) -> Array:
    """`losses` times their weights; without weight, an infinite loss too is 0."""
    xp = array_namespace(losses)
    return weight * xp.where(weight > 0, losses, xp.zeros_like(losses))
