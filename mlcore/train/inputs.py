"""Images on their way into a network: moved, scaled, and refused by their place in the
set."""

import numpy as np

from mlcore.arrays import (
    array_namespace,
    is_array,
    like,
    overflow_to_infinity,
    to_numpy,
)


def to_network(net, images):
    """NumPy `images` in the network's library, dtype and on its device; bytes become
    [0, 1].

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


def check_kind(name, images):
    """Refuse images that are neither bytes, or other integers, nor real floating
    numbers.

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


def check_images(name, images, dtype):
    """Refuse images that are no numbers, or not finite in a network's `dtype`, by their
    place.

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


def check_augmented(images, chosen):
    """Refuse what an augmentation has made of the images numbered `chosen`, if it is of
    no use.

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


def check_last_batch(net, images, batch):
    """Refuse a `batch` that leaves a single image for the last step, if the network
    takes none.

    A BatchNorm behind a dense layer has no statistics of one row. Better here than at
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


def bad_rows(array):
    """Whether each row of `array` (N, ...) holds something that is not finite, NumPy's
    (N,)."""
    xp = array_namespace(array)
    return ~to_numpy(
        xp.all(xp.isfinite(xp.reshape(array, (array.shape[0], -1))), axis=1)
    )
