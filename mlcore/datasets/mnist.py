"""MNIST and Fashion-MNIST: 70,000 grey images of 28 x 28, as four IDX files."""

from collections.abc import Sequence
from functools import partial

from mlcore.datasets.base import Split
from mlcore.datasets.files import Download, File, Form
from mlcore.datasets.formats import checked_labels, read_idx
from mlcore.datasets.published import Published

_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def form(
    digests: Sequence[str],
    downloads: tuple[Download, ...],
    train: int = 60_000,
    test: int = 10_000,
) -> Form:
    """The four files: the sums of their bytes unpacked, and the gzipped downloads."""
    shapes = (train, 28, 28), (train,), (test, 28, 28), (test,)
    files = tuple(
        File(
            name,
            16 + 28 * 28 * shape[0],
            digest,
            partial(_parse, shape=shape),
            _aliases(name),
        )
        for name, digest, shape in zip(_NAMES, digests, shapes, strict=True)
    )
    return Form(files, downloads, _assemble)


def _aliases(name):
    """With a dot, as the gzip headers have it; in a folder of its own, as on Kaggle."""
    dotted = name.replace("-idx", ".idx")
    return dotted, f"{name}/{name}", f"{dotted}/{dotted}"


def _parse(data, shape):
    numbers = read_idx(data, shape)
    return checked_labels(numbers, 10) if len(shape) == 1 else numbers[..., None]


def _assemble(train_images, train_labels, test_images, test_labels):
    return Split(train_images, train_labels), Split(test_images, test_labels)


def _downloads(sizes, digests, mirrors):
    return tuple(
        Download(
            f"{name}.gz",
            size,
            digest,
            tuple(f"{mirror}/{name}.gz" for mirror in mirrors),
        )
        for name, size, digest in zip(_NAMES, sizes, digests, strict=True)
    )


MNIST = Published(
    name="mnist",
    forms=(
        form(
            digests=(
                "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
            downloads=_downloads(
                sizes=(9_912_422, 28_881, 1_648_877, 4_542),
                digests=(
                    "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                ),
                mirrors=(
                    "https://ossci-datasets.s3.amazonaws.com/mnist",
                    "https://storage.googleapis.com/cvdf-datasets/mnist",
                    "http://yann.lecun.com/exdb/mnist",
                ),
            ),
        ),
    ),
    classes=tuple("0123456789"),
    licence="none stated by its authors; cite LeCun et al., 1998",
    source="http://yann.lecun.com/exdb/mnist/ (Y. LeCun, C. Cortes, C. Burges)",
)

FASHION_MNIST = Published(
    name="fashion-mnist",
    forms=(
        form(
            digests=(
                "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
                "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
                "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
                "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
            downloads=_downloads(
                sizes=(26_421_880, 29_515, 4_422_102, 5_148),
                digests=(
                    "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                ),
                mirrors=(
                    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
                    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
                ),
            ),
        ),
    ),
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    licence="MIT (Zalando SE, 2017)",
    source=(
        "https://github.com/zalandoresearch/fashion-mnist (H. Xiao, K. Rasul, R."
        " Vollgraf)"
    ),
)
