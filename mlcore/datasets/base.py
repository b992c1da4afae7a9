"""What a data set is."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes
    ----------
    images : numpy.ndarray, shape (N, H, W, C), uint8
        Grey (C = 1) or red, green and blue (C = 3).
    labels : numpy.ndarray, shape (N,), of the platform's index integers
    """

    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set with its fixed split.

    Attributes
    ----------
    name : str
    train, test : Split
    classes : tuple of str
        What each label means.
    licence, source : str
        On what terms, and from where.
    validation : Split or None
        What choices are made on, where some of `train` was set aside for it
        (`hold_out`).
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    licence: str
    source: str
    validation: Split | None = None

    def __repr__(self) -> str:
        height, width, channels = self.train.images.shape[1:]
        validation = ""
        if self.validation is not None:
            validation = f", {len(self.validation)} to validate on"
        return (
            f"{self.name}: {len(self.train)} images to train on{validation} "
            f"and {len(self.test)} to test on, "
            f"{height} x {width} x {channels}, {len(self.classes)} classes"
        )


def scaled(images: np.ndarray) -> np.ndarray:
    """Bytes 0..255 as float32 numbers from 0 to 1; floating images stay as they are."""
    if np.issubdtype(images.dtype, np.floating):
        return images
    return images * np.float32(1 / 255)
