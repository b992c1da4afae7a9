"""Labeled Faces in the Wild: the official pairs, and the images that they name.

The images are not downloaded: there is no terms-of-use that we could accept for the
reader.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.files import DamagedFile
from mlcore.datasets.formats import read_pgm

#: Of the list of 6,000 pairs in ten folds, "View 2", as published.
OFFICIAL_MD5 = "9f1ba174e4e1c508ff7cdf10ac338a7d"

# A name is the name of a folder, and never leads out of the folder above.
_NAME = re.compile(r"[^\W_][^/\\\s]*")


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of photographs, in folds, for `metrics.verification`.

    Attributes
    ----------
    paths : tuple of pathlib.Path
        The M photographs that occur in pairs, each once, in the order of their first
        pair.
    first, second : numpy.ndarray, shape (P,), of integers
        Each pair's photographs, as indices into `paths`.
    same : numpy.ndarray, shape (P,), bool
        Whether both show one identity.
    fold : numpy.ndarray, shape (P,), of integers
        Counted from 0. No identity is in two folds of the official list.
    official : bool
        Whether the list is the published one, byte for byte.
    """

    paths: tuple[Path, ...] = field(repr=False)
    first: np.ndarray = field(repr=False)
    second: np.ndarray = field(repr=False)
    same: np.ndarray = field(repr=False)
    fold: np.ndarray = field(repr=False)
    official: bool

    def __len__(self) -> int:
        return len(self.same)

    def batches(self, size: int = 256) -> Iterator[np.ndarray]:
        """Arrays of up to `size` photographs, (n, H, W, C) uint8, as `paths` has them.

        All of LFW at once would fill more than a gigabyte. Features of each batch, put
        together, give the scores: ``(f[pairs.first] * f[pairs.second]).sum(axis=1)``
        for unit rows `f`.

        Raises
        ------
        DamagedFile
            If a photograph cannot be read, or has another shape than the first.
        """
        shape = None
        for begin in range(0, len(self.paths), size):
            images = []
            for path in self.paths[begin : begin + size]:
                images.append(read_image(path))
                shape = shape or images[-1].shape
                if images[-1].shape != shape:
                    raise DamagedFile(
                        path,
                        f"its shape is {images[-1].shape}, that of the first {shape}",
                    )
            yield np.stack(images)


def lfw_pairs(images: str | Path, pairs: str | Path) -> Pairs:
    """Read the list `pairs`, and find its photographs in the folder `images`.

    Parameters
    ----------
    images : path
        With one folder an identity: ``Name/Name_0001.jpg`` (or ``.pgm``).
    pairs : path
        The official ``pairs.txt``: a line with the number of folds and of pairs of each
        kind in one, then for each fold its pairs of one identity (``name i j``) and its
        pairs of two (``name i other j``).

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError
        If a line of `pairs` is not as it should be; the message gives its number.
    FileNotFoundError
        If a photograph, or either argument, does not exist.
    """
    images, pairs = Path(images), Path(pairs)
    if not images.is_dir():
        raise FileNotFoundError(f"images must be a folder, got {str(images)!r}")
    text = pairs.read_bytes()
    rows, folds = _rows(text, pairs)
    # A photograph's place in `paths`, by (name, number).
    index: dict[tuple[str, int], int] = {}
    ends = [[index.setdefault(end, len(index)) for end in row] for row in rows]
    first, second = np.array(ends, dtype=index_dtype(np)).T
    fold = np.repeat(np.arange(folds, dtype=index_dtype(np)), len(rows) // folds)
    return Pairs(
        paths=tuple(_photograph(images, *photograph) for photograph in index),
        first=first,
        second=second,
        same=np.array([a[0] == b[0] for a, b in rows]),
        fold=fold,
        official=hashlib.md5(text, usedforsecurity=False).hexdigest() == OFFICIAL_MD5,
    )


def _rows(text, path):
    """All pairs as ((name, number), (name, number)), and the number of folds."""
    lines = text.decode("utf-8", errors="replace").splitlines()
    header = lines[0].split() if lines else []
    if len(header) != 2 or not all(
        re.fullmatch("[1-9][0-9]{0,5}", word) for word in header
    ):
        raise ValueError(
            f"{path}: line 1 must hold the number of folds and of pairs of each kind in"
            " a fold"
        )
    folds, each = map(int, header)
    if len(lines) != 1 + 2 * folds * each:
        raise ValueError(
            f"{path}: {folds} folds of {each} + {each} pairs need"
            f" {1 + 2 * folds * each} lines, got {len(lines)}: is it truncated?"
        )
    return [
        _row(line.split(), number % (2 * each) < each, f"{path}: line {number + 2}")
        for number, line in enumerate(lines[1:])
    ], folds


def _row(words, same, where):
    """A pair from the words of its line."""
    if len(words) == 3 and same:
        ends = (words[0], words[1]), (words[0], words[2])
    elif len(words) == 4 and not same and words[0] != words[2]:
        ends = (words[0], words[1]), (words[2], words[3])
    else:
        raise ValueError(
            f"{where} must be a pair of"
            f" {'one person: name i j' if same else 'two people: name i other j'}, got"
            f" {' '.join(words)[:80]!r}"
        )
    for name, number in ends:
        if not _NAME.fullmatch(name) or not re.fullmatch("[0-9]{1,4}", number):
            raise ValueError(
                f"{where} must hold names and numbers, got {' '.join(words)[:80]!r}"
            )
    return tuple((name, int(number)) for name, number in ends)


def _photograph(images, name, number):
    stem = images / name / f"{name}_{number:04d}"
    for suffix in (".jpg", ".pgm"):
        # Not with_suffix: names may hold a dot.
        if (path := Path(f"{stem}{suffix}")).is_file():
            return path
    raise FileNotFoundError(
        f"{stem}.jpg (or .pgm) does not exist; is images the right folder?"
    )


def read_image(path: str | Path) -> np.ndarray:
    """The image (H, W, C), uint8, in a JPEG or PGM file: C is 3 in colour, 1 in grey.

    Raises
    ------
    DamagedFile
        If it is truncated, or no such file.
    """
    path = Path(path)
    if path.suffix == ".pgm":
        try:
            return read_pgm(path.read_bytes())[..., None]
        except ValueError as error:
            raise DamagedFile(path, error) from error
    from PIL import Image  # Only LFW needs it.

    try:
        with Image.open(path, formats=["JPEG"]) as image:
            pixels = np.asarray(image.convert("L" if image.mode == "L" else "RGB"))
    except (OSError, Image.DecompressionBombError, SyntaxError) as error:
        raise DamagedFile(path, f"it is no whole JPEG image ({error})") from error
    return pixels.reshape(*pixels.shape[:2], -1)
