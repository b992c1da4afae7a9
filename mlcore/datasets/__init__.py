"""The data sets of the book: `load` by name."""

from mlcore.datasets import digits, mnist_5k
from mlcore.datasets.base import Dataset, Split, scaled
from mlcore.datasets.splits import by_person, hold_out, open_set

__all__ = ["Dataset", "Split", "by_person", "hold_out", "load", "open_set", "scaled"]

_LOADERS = {"digits": digits.load, "mnist-5k": mnist_5k.load}


def load(name):
    """Load a data set by name: "digits" or "mnist-5k".

    Both come inside the wheels of other packages: nothing is downloaded. Loading twice gives the
    same arrays in the same order.

    Raises
    ------
    ValueError
        If there is no data set of that name (the message lists them), or if its file is corrupt
        (the message names the file).

    Examples
    --------
    >>> load("digits")
    digits: 1400 images to train on and 397 to test on, 8 x 8 x 1, 10 classes
    """
    if name not in _LOADERS:
        names = ", ".join(repr(known) for known in sorted(_LOADERS))
        raise ValueError(f"name must be one of {names}, got {name!r}")
    return _LOADERS[name]()
