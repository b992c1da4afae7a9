"""The data sets of the book: `load` by name."""

from mlcore.datasets.att_faces import ATT_FACES
from mlcore.datasets.augment import Augment
from mlcore.datasets.base import Dataset, Split, scaled
from mlcore.datasets.cifar import CIFAR10, CIFAR100
from mlcore.datasets.embedded import DIGITS, MNIST_5K, Embedded
from mlcore.datasets.files import DamagedFile
from mlcore.datasets.glyphs import Recipe
from mlcore.datasets.han_glyphs import HAN_GLYPHS
from mlcore.datasets.lfw import lfw_pairs
from mlcore.datasets.mnist import FASHION_MNIST, MNIST
from mlcore.datasets.published import Published
from mlcore.datasets.splits import by_person, hold_out, open_set

__all__ = [
    "DRAWN",
    "EMBEDDED",
    "PUBLISHED",
    "Augment",
    "DamagedFile",
    "Dataset",
    "Split",
    "by_person",
    "hold_out",
    "lfw_pairs",
    "load",
    "open_set",
    "scaled",
]

#: Data sets that travel inside the wheels of other packages.
EMBEDDED = {ds.name: ds for ds in (DIGITS, MNIST_5K)}
#: Data sets that are looked for in folders, and downloaded where they are not.
PUBLISHED = {ds.name: ds for ds in (MNIST, FASHION_MNIST, CIFAR10, CIFAR100, ATT_FACES)}
#: Data sets that are drawn on the reader's machine, from fonts.
DRAWN = {ds.name: ds for ds in (HAN_GLYPHS,)}


def load(name: str) -> Dataset:
    """Load a data set by name.

    Parameters
    ----------
    name : str
        "digits" and "mnist-5k" come inside other packages: nothing is downloaded.
        "mnist", "fashion-mnist", "cifar10", "cifar100" and "att-faces" are looked for
        in ``$MLCORE_DATA/<name>`` and in the cache folder, and else downloaded there,
        once, with a progress bar. Their files may be gzipped, unpacked, or in the
        publisher's archive. "han-glyphs" is drawn from fonts by ``python -m
        mlcore.datasets fetch han-glyphs``, and then looked for in the same folders.

    Returns
    -------
    Dataset
        The same arrays in the same order each time. The images and their order are the
        publisher's; of "att-faces" the first five photographs of each identity are the
        training set. (For identities that training has not seen, see `by_person`.)
        Of "han-glyphs" the test set shows each character in faces that training does
        not use.

    Raises
    ------
    ValueError
        If there is no data set of that name (the message lists them).
    DamagedFile
        If a file is truncated, corrupt, or another than its name says; a `ValueError`.
    FileNotFoundError
        If the files are not here and cannot be downloaded; the message says which file
        to put where. Also if MLCORE_DATA names no folder.

    Examples
    --------
    >>> load("digits")
    digits: 1400 images to train on and 397 to test on, 8 x 8 x 1, 10 classes
    """
    known: dict[str, Embedded | Published | Recipe] = {
        **EMBEDDED,
        **PUBLISHED,
        **DRAWN,
    }
    if not isinstance(name, str) or name not in known:
        names = ", ".join(repr(one) for one in sorted(known))
        raise ValueError(f"name must be one of {names}, got {name!r}")
    return known[name].load()
