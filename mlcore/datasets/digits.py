"""1,797 tiny digits, from scikit-learn's wheel: for what must take a second."""

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.base import Dataset
from mlcore.datasets.embedded import file_in_package, read_bytes_csv
from mlcore.datasets.splits import stratified_split

SHA256 = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


def path():
    """Where the file lies in the installed wheel."""
    return file_in_package("sklearn", "datasets", "data", "digits.csv.gz")


def load():
    """About 180 digits of each class, 8 x 8; 1,400 to train on and 397 to test on.

    The file's 17 grey levels 0..16 are spread over 0..255 (rounded), to be bytes like
    all others.
    """
    table = read_bytes_csv(path(), SHA256, columns=8 * 8 + 1)
    images = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    labels = table[:, -1].astype(index_dtype(np))
    train, test = stratified_split(images, labels, test_size=397, seed=0)
    return Dataset(
        name="digits",
        train=train,
        test=test,
        classes=tuple("0123456789"),
        licence="CC BY 4.0 (E. Alpaydin, C. Kaynak)",
        source=(
            "UCI Optical Recognition of Handwritten Digits (its test set), "
            "as packed in scikit-learn (BSD-3-Clause)"
        ),
    )
