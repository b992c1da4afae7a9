"""What a data set is, and the checks that every source of one needs."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes
    ----------
    images : numpy.ndarray, shape (N, H, W, C), uint8
        0 is the background's end of the grey scale, 255 the other.
    labels : numpy.ndarray, shape (N,), int64
    """

    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)

    def __len__(self):
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
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    licence: str
    source: str

    def __repr__(self):
        height, width, channels = self.train.images.shape[1:]
        return (
            f"{self.name}: {len(self.train)} images to train on and {len(self.test)} to test on, "
            f"{height} x {width} x {channels}, {len(self.classes)} classes"
        )


def scaled(images):
    """`images` of bytes 0..255 as float32 numbers from 0 to 1; floating images stay as they are."""
    if np.issubdtype(images.dtype, np.floating):
        return images
    return images * np.float32(1 / 255)


def file_in_package(package, *parts):
    """Path of a data file inside an installed package, without importing the package.

    Importing scikit-learn takes longer than reading its digits.
    """
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"{package} is not installed; it carries {parts[-1]}")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


def read_bytes_csv(path, sha256, columns):
    """Read a gzipped CSV table of integers from 0 to 255 whose text has this SHA-256.

    The hash is of the text, not of the compressed file: a wheel may be packed anew.

    Returns
    -------
    numpy.ndarray, shape (rows, columns), uint8

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is truncated or is not the file we know; the message names it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; is its package installed whole?")
    try:
        text = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is truncated or corrupt ({error})") from error
    found = hashlib.sha256(text).hexdigest()
    if found != sha256:
        raise ValueError(f"{path} is not the file we know: SHA-256 {found}, expected {sha256}")
    # np.fromstring with one separator is ten times faster than a reader of general CSV files.
    numbers = np.fromstring(text.decode("ascii").strip().replace("\n", ","), np.uint8, sep=",")
    return numbers.reshape(-1, columns)


def stratified_split(images, labels, test_size, seed):
    """Split into train and test so that every class keeps its share of both.

    The samples are put into a random order; then class j gives its first
    ``test_size·n_j / N`` samples to the test set (rounded so that they add up, largest remainder
    first), and both sets stay in that order. The order sorts raw output of PCG64, a stream that
    NumPy promises never to change, so the split is the same in every version.
    """
    order = np.argsort(np.random.PCG64(seed).random_raw(len(labels)), kind="stable")
    counts = np.bincount(labels)
    shares = test_size * counts / len(labels)
    quota = np.floor(shares).astype(np.int64)
    largest_remainder_first = np.argsort(quota - shares, kind="stable")
    quota[largest_remainder_first[: test_size - quota.sum()]] += 1
    # How many of its own class stand before each sample.
    rank = np.empty(len(labels), dtype=np.int64)
    shuffled = labels[order]
    for label in range(len(counts)):
        rank[shuffled == label] = np.arange(counts[label])
    in_test = rank < quota[shuffled]
    train, test = order[~in_test], order[in_test]
    return Split(images[train], labels[train]), Split(images[test], labels[test])
