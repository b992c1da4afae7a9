"""Scenes: whole digits to be found, and pieces of digits that are not."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlcore.validation import check_integer


class Scenes(NamedTuple):
    """Pictures, and what is true at each of their places.

    Attributes
    ----------
    pictures : numpy.ndarray, shape (N, S, S, 1), float32
        0 is black, 1 white; a little noise goes beyond either end.
    targets : numpy.ndarray, shape (N, G, G), int8
        1 where the middle of a digit lies, −1 beside it, where an answer is neither
        right nor wrong, and 0 elsewhere.
    """

    pictures: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Layout:
    """What a scene is made of, in pixels; pairs are a smallest and a largest number.

    Parameters
    ----------
    size : int
        Side S of the picture.
    stride : int
        Side of a place: a scene has G × G places with G = size / stride.
    pieces : pair of int
        How many pieces of digits lie about.
    piece : pair of int
        Sides of a piece.
    digits : pair of int
        How many whole digits there are to be found.

    Raises
    ------
    ValueError, TypeError
        For bad input; the message names the argument.
    """

    size: int = 64
    stride: int = 2
    pieces: tuple[int, int] = (30, 49)
    piece: tuple[int, int] = (3, 5)
    digits: tuple[int, int] = (1, 2)

    def __post_init__(self):
        for name in ("size", "stride"):
            check_integer(name, getattr(self, name), 1)
        if self.size % self.stride:
            raise ValueError(
                f"size must be a multiple of stride, got size {self.size} and stride"
                f" {self.stride}"
            )
        for name, low in (("pieces", 0), ("piece", 1), ("digits", 1)):
            pair = getattr(self, name)
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"{name} must be a pair of integers, got {pair!r}")
            check_integer(f"{name}[0]", pair[0], low)
            check_integer(f"{name}[1]", pair[1], pair[0])

    @property
    def grid(self) -> int:
        """How many places G a row has."""
        return self.size // self.stride


def draw_scenes(
    count: int, images: np.ndarray, layout: Layout | None = None, seed: int = 0
) -> Scenes:
    """Draw `count` scenes of a layout.

    Parameters
    ----------
    count : int >= 1
    images : numpy.ndarray, shape (N, H, H, 1), uint8
        Digits, for the whole ones and for the pieces.
    layout : Layout, optional
        The page's, for digits of 8 × 8 pixels, if not given.
    seed : int >= 0

    Returns
    -------
    Scenes

    Raises
    ------
    ValueError, TypeError
        For bad input; the message names the argument.

    Examples
    --------
    >>> from mlcore import datasets
    >>> pictures, targets = draw_scenes(3, datasets.load("digits").train.images, seed=1)
    >>> pictures.shape, targets.shape, (targets == 1).sum()
    ((3, 64, 64, 1), (3, 32, 32), np.int64(4))
    """
    layout = Layout() if layout is None else layout
    check_integer("count", count, 1)
    check_integer("seed", seed, 0)
    _check_images(images, layout)
    rng = np.random.default_rng(seed)
    pictures = np.empty((count, layout.size, layout.size, 1), dtype=np.float32)
    targets = np.empty((count, layout.grid, layout.grid), dtype=np.int8)
    for k in range(count):
        pictures[k, :, :, 0], targets[k] = _scene(rng, images[..., 0], layout)
    return Scenes(pictures, targets)


# [scene]
def _scene(rng, images, layout):
    """One picture and its targets."""
    picture = np.zeros((layout.size, layout.size), dtype=np.float32)
    for _ in range(rng.integers(*layout.pieces, endpoint=True)):  # the clutter
        piece = _piece(rng, images, layout)
        r, c = rng.integers(0, layout.size - layout.piece[1], size=2)
        place = picture[r : r + piece.shape[0], c : c + piece.shape[1]]
        np.maximum(place, rng.uniform(0.5, 1) * piece, out=place)

    targets = np.zeros((layout.grid, layout.grid), dtype=np.int8)
    side = images.shape[1]
    for _ in range(rng.integers(*layout.digits, endpoint=True)):  # over it, the digits
        r, c = rng.integers(0, layout.size - side, size=2)
        place = picture[r : r + side, c : c + side]
        digit = _grey(images[rng.integers(len(images))])
        place[:] = np.maximum(0.3 * place, digit)
        i, j = (r + side // 2) // layout.stride, (c + side // 2) // layout.stride
        beside = targets[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
        beside[beside == 0] = -1
        targets[i, j] = 1
    noise = rng.normal(0, 0.1, picture.shape)
    return picture + noise.astype(np.float32), targets


def _piece(rng, images, layout):
    """A rectangle out of a digit, every other one on its side."""
    h, w = rng.integers(*layout.piece, size=2, endpoint=True)
    i = rng.integers(0, images.shape[1] - h + 1)
    j = rng.integers(0, images.shape[2] - w + 1)
    piece = _grey(images[rng.integers(len(images)), i : i + h, j : j + w])
    return piece.T if rng.random() < 0.5 else piece


# [/scene]


def _grey(bytes_):
    return bytes_ / np.float32(255)


def _check_images(images, layout):
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        raise TypeError(
            "images must be a NumPy array of uint8, got"
            f" {getattr(images, 'dtype', type(images))}"
        )
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 1:
        raise ValueError(f"images must have shape (N, H, H, 1), got {images.shape}")
    if 0 in images.shape:
        raise ValueError(f"images must not be empty, got shape {images.shape}")
    side = images.shape[1]
    if side >= layout.size:
        raise ValueError(
            f"images must be smaller than the scene ({layout.size}), got {side} pixels"
        )
    if layout.piece[1] > side:
        raise ValueError(
            f"layout.piece must be at most the images' side {side}, got {layout.piece}"
        )
