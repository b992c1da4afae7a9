"""CIFAR-10 and CIFAR-100: 60,000 colour images of 32 x 32, in two published forms.

The binary form is data and nothing else, and comes first. Of the other, Python's
pickles, the archives have a published SHA-256 and the files in them an MD5. Two files
with one MD5 can be made, but none to match a sum that somebody else has published.
"""

from functools import partial
from importlib.resources import files

import numpy as np

from mlcore.datasets.base import Split
from mlcore.datasets.files import Download, File, Form
from mlcore.datasets.formats import read_cifar_binary, read_cifar_pickle
from mlcore.datasets.published import Published

_MIRRORS = ("https://www.cs.toronto.edu/~kriz", "https://cave.cs.toronto.edu/kriz")
_BATCHES = (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch")


def assemble(*parts: Split) -> tuple[Split, Split]:
    """The splits (train, test) from the parts of the training set and the test set."""
    *train, test = parts
    if len(train) == 1:
        return train[0], test
    images = np.concatenate([part.images for part in train])
    return Split(images, np.concatenate([part.labels for part in train])), test


def _form(parts, archive, size, digest):
    urls = tuple(f"{mirror}/{archive}" for mirror in _MIRRORS)
    return Form(tuple(parts), (Download(archive, size, digest, urls),), assemble)


def _binary(folder, names, counts, digests, classes, label_bytes=1):
    """The files in `folder`, of so many images each; the last is the test set."""
    for name, count, digest in zip(names, counts, digests, strict=True):
        limit = count * (label_bytes + 3 * 32 * 32)
        parse = partial(
            read_cifar_binary, count=count, classes=classes, label_bytes=label_bytes
        )
        yield File(f"{folder}/{name}", limit, digest, parse, aliases=(name,))


def _pickled(folder, names, limit, digests, classes, labels_name):
    """As `_binary`; none has more than `limit` bytes."""
    parse = partial(read_cifar_pickle, classes=classes, labels_name=labels_name)
    for name, digest in zip(names, digests, strict=True):
        yield File(
            f"{folder}/{name}", limit, digest, parse, aliases=(name,), is_program=True
        )


CIFAR10 = Published(
    name="cifar10",
    forms=(
        _form(
            _binary(
                "cifar-10-batches-bin",
                names=[f"{name}.bin" for name in _BATCHES],
                counts=[10_000] * 6,
                digests=(
                    "sha256:cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
                    "sha256:a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
                    "sha256:bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
                    "sha256:014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
                    "sha256:755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
                    "sha256:8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
                ),
                classes=10,
            ),
            archive="cifar-10-binary.tar.gz",
            size=170_052_171,
            digest="sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
        _form(
            _pickled(
                "cifar-10-batches-py",
                names=_BATCHES,
                limit=40_000_000,
                digests=(
                    "md5:c99cafc152244af753f735de768cd75f",
                    "md5:d4bba439e000b95fd0a9bffe97cbabec",
                    "md5:54ebc095f3ab1f0389bbae665268c751",
                    "md5:634d18415352ddfa80567beed471001a",
                    "md5:482c414d41f54cd18b22e5b47cb7c3cb",
                    "md5:40351d587109b95175f43aff81a1287e",
                ),
                classes=10,
                labels_name="labels",
            ),
            archive="cifar-10-python.tar.gz",
            size=170_498_071,
            digest="sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
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
            _binary(
                "cifar-100-binary",
                names=("train.bin", "test.bin"),
                counts=(50_000, 10_000),
                digests=(
                    "sha256:f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
                    "sha256:d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
                ),
                classes=100,
                label_bytes=2,
            ),
            archive="cifar-100-binary.tar.gz",
            size=168_513_733,
            digest="sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        ),
        _form(
            _pickled(
                "cifar-100-python",
                names=("train", "test"),
                limit=200_000_000,
                digests=(
                    "md5:16019d7e3df5f24257cddd939b257f8d",
                    "md5:f0ef6b0ae62326f3e7ffdfab6717acfc",
                ),
                classes=100,
                labels_name="fine_labels",
            ),
            archive="cifar-100-python.tar.gz",
            size=169_001_437,
            digest="sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        ),
    ),
    classes=tuple(
        files("mlcore.datasets").joinpath("cifar100.classes").read_text().split()
    ),
    licence="none stated by its author; cite Krizhevsky, 2009",
    source="https://www.cs.toronto.edu/~kriz/cifar.html (A. Krizhevsky)",
)
