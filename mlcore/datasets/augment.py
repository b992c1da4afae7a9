"""Small changes to training images that do not change what they show."""

from dataclasses import dataclass

import numpy as np

from mlcore.validation import check_integer


def generator(seed: int, epoch: int, step: int = 0) -> np.random.Generator:
    """The generator that belongs to one epoch, or to one step of it.

    It depends on these numbers and on nothing that happened before, so a run that
    resumes in the middle draws what it would have drawn. Its stream is not that of
    ``default_rng(seed)``.

    Parameters
    ----------
    seed, epoch, step : int >= 0

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If one of them is no integer, or negative.
    """
    for name, value in (("seed", seed), ("epoch", epoch), ("step", step)):
        check_integer(name, value, 0)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(epoch, step)))


@dataclass(frozen=True)
class Augment:
    """Mirror half of the images, and move each by up to `pad` pixels.

    The move is the usual crop with padding: `pad` black pixels are put on every side,
    and a window of the old size is cut out where chance will have it.

    Parameters
    ----------
    mirror : bool
        Left and right are exchanged with probability 1/2. (A mirrored cat is a cat; a
        mirrored digit is none.)
    pad : int >= 0

    Raises
    ------
    TypeError, ValueError
        If `mirror` is no bool or `pad` no integer >= 0.

    Examples
    --------
    >>> image = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1)
    >>> moved = Augment(mirror=False, pad=1)(image, generator(seed=0, epoch=1))
    >>> moved[0, :, :, 0]
    array([[2, 3, 0],
           [5, 6, 0],
           [8, 9, 0]], dtype=uint8)
    """

    mirror: bool = True
    pad: int = 4

    def __post_init__(self):
        if not isinstance(self.mirror, bool):
            raise TypeError(f"mirror must be True or False, got {self.mirror!r}")
        check_integer("pad", self.pad, 0)

    def __call__(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Changed copies of `images`.

        Parameters
        ----------
        images : numpy.ndarray, shape (N, H, W, C)
            Of any type; 0 is black.
        rng : numpy.random.Generator
            See `generator`.

        Returns
        -------
        numpy.ndarray
            Of the same shape and type; `images` stay as they are.

        Raises
        ------
        ValueError
            If `images` are no NumPy array with four axes.
        """
        if not isinstance(images, np.ndarray) or images.ndim != 4:
            shape = getattr(images, "shape", type(images).__name__)
            raise ValueError(
                f"images must be an array of shape (N, H, W, C), got {shape}"
            )
        n, height, width, _ = images.shape
        down, right = rng.integers(0, 2 * self.pad + 1, size=(2, n))
        sides = (self.pad, self.pad)
        padded = np.pad(images, ((0, 0), sides, sides, (0, 0)))
        # A view with all windows of the old size; indexing copies one for each image.
        windows = np.lib.stride_tricks.sliding_window_view(
            padded, (height, width), axis=(1, 2)
        )
        moved = windows[np.arange(n), down, right].transpose(0, 2, 3, 1)
        if not self.mirror:
            return np.ascontiguousarray(moved)
        mirrored = rng.random((n, 1, 1, 1)) < 0.5
        return np.where(mirrored, moved[:, :, ::-1], moved)
