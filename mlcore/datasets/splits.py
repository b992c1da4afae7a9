"""Other ways to divide a data set: for validation, and into seen and unseen classes.

Every order here sorts raw output of PCG64, a stream that NumPy promises never to
change: the same seed gives the same split in every version.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.base import Dataset, Split
from mlcore.validation import check_integer


def hold_out(ds: Dataset, size: int, seed: int = 0) -> Dataset:
    """Set `size` training images aside for validation, of every class its share.

    What is chosen (a learning rate, a margin, when to stop) is chosen on them; the test
    set is for one look at the end.

    Parameters
    ----------
    ds : Dataset
    size : int
        From 1 to ``len(ds.train) - 1``.
    seed : int >= 0

    Returns
    -------
    Dataset
        As `ds`, with a smaller ``train`` and with ``validation``.

    Raises
    ------
    ValueError
        If `ds` has a ``validation`` already, or `size` leaves nothing to train on.
    TypeError
        If `size` or `seed` is no integer.

    Examples
    --------
    >>> from mlcore import datasets
    >>> ds = datasets.hold_out(datasets.load("digits"), 200)
    >>> len(ds.train), len(ds.validation), len(ds.test)
    (1200, 200, 397)
    """
    if ds.validation is not None:
        raise ValueError(
            f"ds must have no validation split yet, got one of {len(ds.validation)}"
        )
    check_integer("size", size, 1)
    check_integer("seed", seed, 0)
    if size >= len(ds.train):
        raise ValueError(
            f"size must leave some of the {len(ds.train)} training images, got {size}"
        )
    train, validation = stratified_split(ds.train.images, ds.train.labels, size, seed)
    return replace(ds, train=train, validation=validation)


def open_set(ds: Dataset, unseen: Iterable[int]) -> Dataset:
    """Train on some classes, test on others: the setting of verification.

    Parameters
    ----------
    ds : Dataset
    unseen : sequence of int
        Labels of the classes that training does not see: one at least, and not all.

    Returns
    -------
    Dataset
        ``train`` holds the training images of the other classes, labelled anew 0, 1,
        ... in their old order; ``test`` holds the test images of `unseen`, whose labels
        follow on. So ``classes[label]`` names the class in both, and no label is in
        both.

    Raises
    ------
    ValueError
        If `ds` has a ``validation``, or `unseen` holds a label that does not exist, one
        twice, none, or all.
    TypeError
        If `unseen` is no sequence of integers.

    Examples
    --------
    >>> from mlcore import datasets
    >>> ds = open_set(datasets.load("digits"), unseen=(0, 8, 9))
    >>> ds.classes
    ('1', '2', '3', '4', '5', '6', '7', '0', '8', '9')
    >>> sorted(set(ds.train.labels.tolist())), sorted(set(ds.test.labels.tolist()))
    ([0, 1, 2, 3, 4, 5, 6], [7, 8, 9])
    """
    if ds.validation is not None:
        raise ValueError(
            "ds must have no validation split: call open_set first, then hold_out"
        )
    count = len(ds.classes)
    if isinstance(unseen, str) or not isinstance(unseen, Iterable):
        raise TypeError(f"unseen must be a sequence of labels, got {unseen!r}")
    unseen = list(unseen)
    for k, label in enumerate(unseen):
        check_integer(f"unseen[{k}]", label, 0)
        if label >= count:
            raise ValueError(
                f"unseen must hold labels in [0, {count}), but unseen[{k}] is {label}"
            )
    if len(set(unseen)) != len(unseen) or not 0 < len(unseen) < count:
        raise ValueError(
            f"unseen must hold from 1 to {count - 1} different labels, got {unseen}"
        )
    order = [label for label in range(count) if label not in unseen] + unseen
    renamed = np.empty(count, dtype=index_dtype(np))
    renamed[order] = np.arange(count)
    seen = count - len(unseen)

    def part(split, keep):
        labels = renamed[split.labels]
        return Split(split.images[keep(labels)], labels[keep(labels)])

    return replace(
        ds,
        train=part(ds.train, lambda label: label < seen),
        test=part(ds.test, lambda label: label >= seen),
        classes=tuple(ds.classes[label] for label in order),
    )


def by_person(ds: Dataset, test_people: int, seed: int = 0) -> Dataset:
    """Train on some identities, test on `test_people` others, drawn at random.

    As `open_set`, but with all images of each identity: the split into training and
    test images that `ds` came with is given up.

    Parameters
    ----------
    ds : Dataset
        ``load("att-faces")``, say. Each class is an identity.
    test_people : int
        How many identities to test on: from 1 to all but one.
    seed : int >= 0
        Another seed draws other identities; a table over several seeds shows how much
        they matter.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If `test_people` leaves nobody to train on, or as in `open_set`.
    TypeError
        If `test_people` or `seed` is no integer.
    """
    check_integer("test_people", test_people, 1)
    check_integer("seed", seed, 0)
    if test_people >= len(ds.classes):
        raise ValueError(
            f"test_people must leave some of the {len(ds.classes)} people, got"
            f" {test_people}"
        )
    both = Split(
        np.concatenate([ds.train.images, ds.test.images]),
        np.concatenate([ds.train.labels, ds.test.labels]),
    )
    drawn = _shuffled(len(ds.classes), seed)[:test_people]
    return open_set(replace(ds, train=both, test=both), sorted(drawn.tolist()))


def stratified_split(
    images: np.ndarray, labels: np.ndarray, test_size: int, seed: int
) -> tuple[Split, Split]:
    """Split into train and test so that every class keeps its share of both.

    The samples are put into a random order; then class j gives its first
    ``test_size·n_j / N`` samples to the test set (rounded so that they add up, largest
    remainder first), and both sets stay in that order.
    """
    order = _shuffled(len(labels), seed)
    counts = np.bincount(labels)
    shares = test_size * counts / len(labels)
    quota = np.floor(shares).astype(index_dtype(np))
    largest_remainder_first = np.argsort(quota - shares, kind="stable")
    quota[largest_remainder_first[: test_size - quota.sum()]] += 1
    # How many of its own class stand before each sample.
    rank = np.empty(len(labels), dtype=index_dtype(np))
    shuffled = labels[order]
    for label in range(len(counts)):
        rank[shuffled == label] = np.arange(counts[label])
    in_test = rank < quota[shuffled]
    train, test = order[~in_test], order[in_test]
    return Split(images[train], labels[train]), Split(images[test], labels[test])


def _shuffled(n, seed):
    """The numbers from 0 to n − 1 in a random order."""
    return np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")
