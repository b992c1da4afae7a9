"""Characters as classes, and the fonts of the reader's machine as their styles.

Nobody may pass the images on, but everybody may make them: the fonts are free, and the
recipe is a table of their packages, with versions and sums. `render` draws them;
this file finds what was drawn.
"""

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.base import Dataset, Split
from mlcore.datasets.files import DamagedFile
from mlcore.datasets.published import roots


@dataclass(frozen=True)
class Face:
    """A face of a font file, one style.

    Attributes
    ----------
    package, version : str
        Debian's package, or npm's where it begins with "@", that holds the file.
    file : str
        Its name, without a folder.
    index : int
        Which of the faces of a collection (.ttc).
    sha256 : str
        The first sixteen digits of the file's SHA-256.
    held_out : bool
        Whether only test images are drawn with it.
    licence : str
        As the package's own copyright file names it.
    """

    package: str
    version: str
    file: str
    index: int
    sha256: str
    held_out: bool
    licence: str


@dataclass(frozen=True)
class Recipe:
    """A data set of glyphs: which characters, in which faces.

    Attributes
    ----------
    name : str
    faces : tuple of Face
    characters : range
        Code points that may become classes.
    least : int
        A character with fewer styles than this is left out.
    most : int
        With more training styles than this, `most` of them are drawn at random, so that
        no class has many times another's images.
    sha256 : str
        Of the drawn images and their labels, with every face at hand.
    """

    name: str
    faces: tuple[Face, ...]
    characters: range
    least: int
    most: int
    sha256: str

    @property
    def file(self) -> str:
        """The name of the one file that holds all images."""
        return f"{self.name}.npz"

    def find(self) -> Path | None:
        """The drawn file, if it is in ``$MLCORE_DATA/NAME`` or in the cache folder."""
        places = (root / self.name / self.file for root in roots())
        return next((path for path in places if path.is_file()), None)

    def load(self) -> Dataset:
        """The `Dataset`: of each class, the styles to train on, and those held out.

        Returns
        -------
        Dataset
            Each image is 28 x 28 x 1. A file that was not drawn with every face, or
            with another FreeType, is another data set, and its name says so.

        Raises
        ------
        FileNotFoundError
            If it was not drawn yet; the message says how to.
        DamagedFile
            If the file cannot be read whole.
        """
        path = self.find()
        if path is None:
            raise FileNotFoundError(
                f"{self.name} is not here. It is drawn on your machine, from free"
                f" fonts: `python -m mlcore.datasets fetch {self.name}` draws it, or"
                " says which packages of fonts are missing"
            )
        drawn = read(path)
        labels = drawn["labels"].astype(index_dtype(np))
        images, first_test = drawn["images"][..., None], int(drawn["first_test"])
        name = self.name
        if fingerprint(drawn["images"], drawn["labels"]) != self.sha256:
            name += (
                f" (own drawing: {len(drawn['faces'])} of {len(self.faces)} faces,"
                f" {drawn['made']})"
            )
        return Dataset(
            name,
            Split(images[:first_test], labels[:first_test]),
            Split(images[first_test:], labels[first_test:]),
            tuple(drawn["classes"].tolist()),
            "each font has its own (in han_glyphs.tsv); do not pass the images on",
            "free fonts of Debian and of @fontsource, drawn with Pillow",
        )


def fingerprint(images: np.ndarray, labels: np.ndarray) -> str:
    """SHA-256 of images (uint8) and labels: of what they show, not of a file."""
    digest = hashlib.sha256(np.ascontiguousarray(images).data)
    digest.update(labels.astype("<i4").tobytes())
    return digest.hexdigest()


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a drawn file.

    Raises
    ------
    DamagedFile
        If it is cut short or corrupt, or holds something else.
    """
    wanted = ("images", "labels", "first_test", "classes", "faces", "made")
    try:
        # Opened here: np.load would leave what is no archive open.
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in wanted}
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, OSError) as error:
        raise DamagedFile(path, f"it cannot be read ({error})") from error


def face_table(text: str) -> Iterator[Face]:
    """The faces of a table with tabs between its columns, the first line their names.

    Raises
    ------
    TypeError
        If a column has an unknown name, or one is missing.
    ValueError
        If a line has more or fewer columns than the first.
    """
    head, *lines = text.splitlines()
    for line in lines:
        row: dict = dict(zip(head.split("\t"), line.split("\t"), strict=True))
        row["index"], row["held_out"] = int(row["index"]), row["held_out"] == "yes"
        yield Face(**row)


def missing(faces: Sequence[Face], found: Sequence[Face]) -> str:
    """What to install for the faces that were not found, in commands; empty if none."""
    lacking = [face for face in faces if face not in found]
    packages = dict.fromkeys((face.package, face.version) for face in lacking)
    debian = [name for name, _ in packages if not name.startswith("@")]
    npm = [f"{name}@{version}" for name, version in packages if name.startswith("@")]
    lines = []
    if debian:
        lines.append("apt-get install " + " ".join(debian))
    if npm:
        lines.append("npm install " + " ".join(npm))
    return "\n".join(lines)
