"""What is given to a training: refused by name before the first step, or moved.

A training should not end in what could have been seen at its beginning.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from mlcore.arrays import (
    Array,
    array_namespace,
    is_array,
    like,
    overflow_to_infinity,
    to_numpy,
)
from mlcore.layers import Sequential
from mlcore.losses import CenterLoss
from mlcore.losses.base import Loss
from mlcore.validation import check_labels


def to_network(net: Sequential, images: Array) -> Array:
    """NumPy `images` in the network's library, dtype and device; bytes become [0, 1].

    Bytes are moved as bytes, a quarter of the way's cost, and divided by 255 where they
    arrive.
    """
    reference = next(
        (p for params in net.params for p in params if is_array(p)), images
    )
    images = like(images, reference)
    xp = array_namespace(images)
    if not xp.isdtype(images.dtype, "real floating"):
        images = xp.astype(images, xp.float32) * (1 / 255)
    return xp.astype(images, getattr(xp, net.dtype), copy=False)


def check_parts(**parts: tuple[Any, tuple[str, ...]]) -> None:
    """Refuse objects that lack what a training asks of them.

    Parameters
    ----------
    parts : pairs of the object and the names of what it must have

    Raises
    ------
    TypeError
    """
    for name, (value, wanted) in parts.items():
        missing = [one for one in wanted if not hasattr(value, one)]
        if missing or isinstance(value, type):
            got = (
                f"the class {value.__name__}"
                if isinstance(value, type)
                else type(value).__name__
            )
            raise TypeError(
                f"{name} must be an object with {', '.join(wanted)}, got {got}"
            )


def check_functions(**functions: Any) -> None:
    """Refuse what is neither None nor a function.

    Raises
    ------
    TypeError
    """
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function or None, got {function!r}")


def heads(head: Any) -> Callable[[int], Any]:
    """The function step -> loss of a training, from a loss or such a function.

    That function refuses, by its step, a head that is no loss, or whose loss is not one
    number.

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(head, type):
        kind = head.__name__
        raise TypeError(
            f"head must be a loss, or a function step -> loss, got the class {kind}"
        )
    if not callable(head):
        check_head("head", head)
        check_takes_classes("head", head)
        return lambda step: head

    def head_at(step):
        loss = head(step)
        check_head(f"head({step})", loss)
        check_takes_classes(f"head({step})", loss)
        return loss

    return head_at


def check_head(name: str, head: Any) -> None:
    """Refuse a `head` that is no loss of one number a batch.

    Raises
    ------
    TypeError, ValueError
    """
    check_parts(**{name: (head, ("forward", "backward"))})
    if getattr(head, "reduction", "mean") == "none":
        raise ValueError(f"{name} must return one number a batch, got reduction='none'")


def check_takes_classes(name: str, head: Any) -> None:
    """Refuse one of our losses of logits, pairs or views: called with something else,
    it names arguments that nobody gave it, or finds some that will do.

    Raises
    ------
    TypeError
    """
    if not isinstance(head, Loss):
        return
    first, *others = signature(head.forward).parameters.values()
    names = [first.name, *(one.name for one in others if one.default is one.empty)]
    if names != ["x", "w", "y"]:
        raise TypeError(
            f"{name} must be a loss with forward(x, w, y), but {type(head).__name__}"
            f" has forward({', '.join(names)}): losses.LogitHead and losses.PairHead"
            " make one of a loss of logits or of labelled pairs"
        )


def check_center_loss(center_loss: Any) -> None:
    """Refuse what is neither None nor a center loss of one number a batch.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(center_loss, CenterLoss | None):
        raise TypeError(
            f"center_loss must be a CenterLoss or None, got {center_loss!r}"
        )
    if center_loss is not None:
        check_head("center_loss", center_loss)


def check_data(data: Any) -> None:
    """Refuse splits that a training would fail on, those it looks at last included.

    Of the validation and the test split only the labels are looked at: the turn of
    their images comes after an epoch and at the end.

    Raises
    ------
    TypeError, ValueError
    """
    check_parts(data=(data, ("train", "test")))
    for name in "train", "validation", "test":
        split: Any = getattr(data, name, None)
        if split is None and name == "validation":
            continue
        if not hasattr(split, "labels"):
            kind = type(split).__name__
            raise TypeError(
                f"data.{name} must be a split with images and labels, got {kind}"
            )
        _check_labels(f"data.{name}.labels", split.labels)
    images, labels = data.train.images, data.train.labels
    check_array("data.train.images", images)
    check_kind("data.train.images", images)
    if len(images) != len(labels):
        raise ValueError(
            f"data.train must hold one label an image, got {len(images):,} images "
            f"and {len(labels):,} labels"
        )


def check_array(name: str, array: Any) -> None:
    """Refuse what is indexed otherwise than an array, as a pandas Series is.

    Raises
    ------
    TypeError
    """
    if not is_array(array):
        raise TypeError(f"{name} must be a plain array, got {type(array).__name__}")


def _check_labels(name, labels):
    check_array(name, labels)
    labels = check_labels(name, labels, len(labels) if labels.ndim else 1, None)
    if labels.shape[0] == 0:
        raise ValueError(f"{name} must not be empty")
    if bool(array_namespace(labels).any(labels < 0)):
        raise ValueError(
            f"{name} must be 0, 1, ... for the classes, but some are negative"
        )


def check_kind(name: str, images: Array) -> None:
    """Refuse images that are neither integers, bytes say, nor real floating numbers.

    Booleans would be divided by 255, and what objects hold nobody knows.

    Raises
    ------
    TypeError
    """
    xp = array_namespace(images)
    if not xp.isdtype(images.dtype, ("integral", "real floating")):
        raise TypeError(
            f"{name} must hold integers or real floating numbers, got {images.dtype}"
        )


def check_images(name: str, images: Any, dtype: str) -> None:
    """Refuse images that are no numbers, or not finite in `dtype`, by their place.

    Raises
    ------
    FloatingPointError, TypeError
    """
    check_kind(name, images if is_array(images) else np.asarray(images))
    row = _first_bad_row(images, dtype)
    if row is not None:
        raise FloatingPointError(
            f"{name} must be finite, but image {row} contains NaN or infinity, "
            f"or a number too large for {dtype}"
        )


def check_augmented(images: Any, chosen: np.ndarray) -> None:
    """Refuse what an augmentation has made of the images numbered `chosen`.

    Raises
    ------
    ValueError, TypeError
        If it is not finite, if it is no numbers, or if there are more images, or fewer.
    """
    images = images if is_array(images) else np.asarray(images)
    if images.shape[:1] != (len(chosen),):
        raise ValueError(
            f"augment must return as many images as it is given, {len(chosen)}, "
            f"but returned shape {tuple(images.shape)}"
        )
    check_kind("what augment returns", images)
    row = _first_bad_row(images)
    if row is not None:
        raise ValueError(
            "augment must return finite images, but made NaN or infinity of image"
            f" {chosen[row]}"
        )


def check_last_batch(net: Sequential, images: Any, batch: int) -> None:
    """Refuse a `batch` whose last step is a single image that the network cannot take.

    A BatchNorm after a dense layer has no statistics of one row. Better here than at
    the end of the first epoch. Leaving the image out, or putting it into the step
    before, would change what the caller has counted: the steps of a schedule.

    Raises
    ------
    ValueError
        With the batch nearest to it that leaves none.
    """
    n = len(images)
    if (n % batch or batch) > 1:
        return
    try:
        net.forward(to_network(net, images[:1]), rng=0)
    except ValueError as error:
        fits = [b for b in range(2, n + 1) if n % b != 1]  # n itself is one of them
        near = min(fits, key=lambda b: abs(b - batch), default=None)
        remedy = f"take batch={near}" if near else "take more images"
        raise ValueError(
            f"batch={batch} leaves a single image of {n:,} for the last step of an"
            f" epoch, and the network cannot be trained on one: {error}; {remedy}"
        ) from error


def _first_bad_row(images, dtype=None):
    images = images if is_array(images) else np.asarray(images)
    xp = array_namespace(images)
    if not xp.isdtype(images.dtype, "real floating"):
        return None
    dtype = images.dtype if dtype is None else getattr(xp, dtype)
    wider = xp.finfo(images.dtype).max > xp.finfo(dtype).max
    # In blocks: of a large set that lies on a disk no copy is made, and none of its
    # size.
    for begin in range(0, images.shape[0], 1024):
        block = images[begin : min(begin + 1024, images.shape[0]), ...]
        with overflow_to_infinity():
            bad = bad_rows(xp.astype(block, dtype) if wider else block)
        if bad.any():
            return begin + int(bad.argmax())
    return None


def bad_rows(array: Array) -> np.ndarray:
    """Whether each row of (N, ...) holds what is not finite, a NumPy array (N,)."""
    xp = array_namespace(array)
    return ~to_numpy(
        xp.all(xp.isfinite(xp.reshape(array, (array.shape[0], -1))), axis=1)
    )
