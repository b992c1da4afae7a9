"""CIFAR-10 and CIFAR-100: 60,000 colour images of 32 x 32, in binary form or as
pickles."""

from functools import partial
from importlib.resources import files

import numpy as np

from mlcore.datasets import plain_pickle
from mlcore.datasets.base import Split
from mlcore.datasets.files import Download, File, Form
from mlcore.datasets.labels import checked_labels
from mlcore.datasets.published import Published

_PIXELS = 3 * 32 * 32
_MIRRORS = ("https://www.cs.toronto.edu/~kriz", "https://cave.cs.toronto.edu/kriz")


def parse_binary(data, count, classes, label_bytes=1):
    """Split of `count` images from records of `label_bytes` labels and 3072 pixels.

    The pixels are three planes, red, green and blue. Of CIFAR-100's two labels the
    second is the class, the first the superclass.

    Raises
    ------
    ValueError
        If `data` has another length, or holds a label that is not in [0, `classes`).
    """
    record = label_bytes + _PIXELS
    if len(data) != count * record:
        raise ValueError(
            f"it has {len(data):,} bytes, expected {count:,} records of {record:,}; it"
            f" is truncated or {'not' if len(data) % record else 'another'} part of"
            " CIFAR"
        )
    table = np.frombuffer(data, np.uint8).reshape(count, record)
    return _split(table[:, label_bytes:], table[:, label_bytes - 1], classes)


def parse_pickle(data, count, classes, labels_name):
    """Split of `count` images from the pickle of a dictionary; nothing in it is
    executed.

    Raises
    ------
    ValueError
        If `data` is not such a pickle.
    """
    batch = plain_pickle.read(data)
    for key in ("data", labels_name):
        if key not in batch:
            raise ValueError(
                f"it is a pickle without {key!r}; it may be another part of CIFAR"
            )
    pixels, labels = batch["data"], batch[labels_name]
    if not isinstance(pixels, np.ndarray) or pixels.shape != (count, _PIXELS):
        found = getattr(pixels, "shape", type(pixels).__name__)
        raise ValueError(
            f"its 'data' are {found}, expected an array of shape {(count, _PIXELS)}; "
            "two files may be swapped"
        )
    if not isinstance(labels, list) or any(type(label) is not int for label in labels):
        raise ValueError(f"its {labels_name!r} must be a list of integers")
    if len(labels) != count:
        raise ValueError(f"it holds {len(labels):,} labels for {count:,} images")
    return _split(pixels, labels, classes)


def _split(planes, labels, classes):
    images = planes.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Split(np.ascontiguousarray(images), checked_labels(labels, classes))


def assemble(*parts):
    """The splits (train, test) from the parts of the training set and, last, the test
    set."""
    *train, test = parts
    if len(train) == 1:
        return train[0], test
    images = np.concatenate([part.images for part in train])
    return Split(images, np.concatenate([part.labels for part in train])), test


def _form(folder, digests, parse, limit, download, counts=None):
    """`digests` maps file names to sums; the last is the test set. `counts`: images in
    each."""
    counts = counts or [10_000] * len(digests)
    parts = tuple(
        File(
            f"{folder}/{name}",
            limit,
            digest,
            partial(parse, count=count),
            aliases=(name,),
        )
        for (name, digest), count in zip(digests.items(), counts, strict=True)
    )
    name, size, digest = download
    urls = tuple(f"{mirror}/{name}" for mirror in _MIRRORS)
    return Form(parts, (Download(name, size, digest, urls),), assemble)


CIFAR10 = Published(
    name="cifar10",
    forms=(
        _form(
            "cifar-10-batches-bin",
            {
                "data_batch_1.bin": (
                    "sha256:cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"
                ),
                "data_batch_2.bin": (
                    "sha256:a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"
                ),
                "data_batch_3.bin": (
                    "sha256:bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"
                ),
                "data_batch_4.bin": (
                    "sha256:014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"
                ),
                "data_batch_5.bin": (
                    "sha256:755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"
                ),
                "test_batch.bin": (
                    "sha256:8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"
                ),
            },
            partial(parse_binary, classes=10),
            limit=10_000 * (1 + _PIXELS),
            download=(
                "cifar-10-binary.tar.gz",
                170_052_171,
                "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            ),
        ),
        _form(
            "cifar-10-batches-py",
            {
                "data_batch_1": "md5:c99cafc152244af753f735de768cd75f",
                "data_batch_2": "md5:d4bba439e000b95fd0a9bffe97cbabec",
                "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
                "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
                "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
                "test_batch": "md5:40351d587109b95175f43aff81a1287e",
            },
            partial(parse_pickle, classes=10, labels_name="labels"),
            limit=40_000_000,
            download=(
                "cifar-10-python.tar.gz",
                170_498_071,
                "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            ),
        ),
    ),
    classes=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    licence="none stated by its author; cite Krizhevsky, 2009",
    source="https://www.cs.toronto.edu/~kriz/cifar.html (A. Krizhevsky)",
)

CIFAR100 = Published(
    name="cifar100",
    forms=(
        _form(
            "cifar-100-binary",
            {
                "train.bin": (
                    "sha256:f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"
                ),
                "test.bin": (
                    "sha256:d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"
                ),
            },
            partial(parse_binary, classes=100, label_bytes=2),
            limit=50_000 * (2 + _PIXELS),
            download=(
                "cifar-100-binary.tar.gz",
                168_513_733,
                "sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            ),
            counts=(50_000, 10_000),
        ),
        _form(
            "cifar-100-python",
            {
                "train": "md5:16019d7e3df5f24257cddd939b257f8d",
                "test": "md5:f0ef6b0ae62326f3e7ffdfab6717acfc",
            },
            partial(parse_pickle, classes=100, labels_name="fine_labels"),
            limit=200_000_000,
            download=(
                "cifar-100-python.tar.gz",
                169_001_437,
                "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
            ),
            counts=(50_000, 10_000),
        ),
    ),
    classes=tuple(
        files("mlcore.datasets").joinpath("cifar100.classes").read_text().split()
    ),
    licence="none stated by its author; cite Krizhevsky, 2009",
    source="https://www.cs.toronto.edu/~kriz/cifar.html (A. Krizhevsky)",
)
