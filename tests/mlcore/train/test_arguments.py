"""What `fit` refuses before the first step, so that no training ends in it."""

from types import SimpleNamespace

import numpy as np
import pytest

from mlcore import losses, train
from mlcore.layers import Linear, Sequential
from mlcore.optim import SGD
from mlcore.train import loop

N = 12
IMAGES = np.random.default_rng(0).normal(size=(N, 5)).astype(np.float32)
LABELS = np.arange(N) % 3


class Series:
    """As those of pandas: numbers in brackets are looked up in an index of its own."""

    def __init__(self, array):
        self.array, self.dtype, self.ndim, self.shape = (
            array,
            array.dtype,
            1,
            array.shape,
        )

    def __len__(self):
        return len(self.array)

    def __getitem__(self, wanted):
        return self.array[::-1][wanted]

    def max(self):
        return self.array.max()


def split(images=IMAGES, labels=LABELS):
    return SimpleNamespace(images=images, labels=labels)


def fit(data=None, head=None, net=None, **options):
    net = Sequential([Linear(5, 4)], seed=0) if net is None else net
    head = losses.SoftmaxLoss() if head is None else head
    data = SimpleNamespace(train=split(), test=split()) if data is None else data
    return train.fit(
        net, head, data, **{"epochs": 1, "batch": 4, "progress": False} | options
    )


@pytest.fixture
def steps(monkeypatch):
    """How many steps have been taken."""
    taken, real = [], loop._step
    monkeypatch.setattr(loop, "_step", lambda *a: (taken.append(1), real(*a))[1])
    return taken


LABELS_REFUSED = [
    (LABELS.tolist(), TypeError, "must be a plain array, got list"),
    (Series(LABELS), TypeError, "must be a plain array, got Series"),
    (
        np.ma.array(LABELS, mask=LABELS == 0),
        TypeError,
        "must be a plain array, got MaskedArray",
    ),
    (None, TypeError, "must be a plain array, got NoneType"),
    (LABELS.astype(float), TypeError, "must have an integer dtype, got float64"),
    (LABELS.astype(str), TypeError, "must have an integer dtype, got <U"),
    (LABELS > 0, TypeError, "must have an integer dtype, got bool"),
    (
        np.eye(3, dtype=int)[LABELS],
        ValueError,
        r"must have 1 dimension, got shape \(12, 3\)",
    ),
    (np.array(2), ValueError, r"must have 1 dimension, got shape \(\)"),
    (LABELS[:0], ValueError, "must not be empty"),
    (
        LABELS - 1,
        ValueError,
        "must be 0, 1, ... for the classes, but some are negative",
    ),
]


@pytest.mark.parametrize("name", ["train", "validation", "test"])
@pytest.mark.parametrize(("labels", "error", "message"), LABELS_REFUSED)
def test_labels_of_every_split_are_refused_by_name_before_the_first_step(
    name, labels, error, message, steps
):
    data = SimpleNamespace(train=split(), test=split())
    setattr(data, name, split(labels=labels))
    with pytest.raises(error, match=rf"^data\.{name}\.labels {message}"):
        fit(data)
    assert steps == []


@pytest.mark.parametrize("count", [N - 3, N + 3, 1])
def test_images_and_labels_of_another_number_are_refused_before_the_first_step(
    count, steps
):
    labels = np.zeros(count, int)
    message = (
        f"^data.train must hold one label an image, got 12 images and {count} labels"
    )
    with pytest.raises(ValueError, match=message):
        fit(SimpleNamespace(train=split(labels=labels), test=split()))
    assert steps == []


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES.tolist(), "must be a plain array, got list"),
        (np.ma.array(IMAGES), "must be a plain array, got MaskedArray"),
        (IMAGES.view(np.matrix), "must be a plain array, got matrix"),
        (
            IMAGES.astype(object),
            "must hold integers or real floating numbers, got object",
        ),
        (IMAGES > 0, "must hold integers or real floating numbers, got bool"),
        (
            IMAGES.astype(complex),
            "must hold integers or real floating numbers, got complex128",
        ),
    ],
)
def test_images_that_are_no_array_of_numbers_are_refused_by_name(
    images, message, steps
):
    """Booleans and objects were divided by 255."""
    with pytest.raises(TypeError, match=rf"^data\.train\.images {message}"):
        fit(SimpleNamespace(train=split(images), test=split()))
    assert steps == []


@pytest.mark.parametrize("images", [IMAGES > 0, IMAGES.astype(object)])
def test_features_are_not_made_of_booleans_or_objects(images):
    with pytest.raises(
        TypeError, match=r"^images must hold integers or real floating numbers"
    ):
        train.features(Sequential([Linear(5, 4)], seed=0), images)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"data": (IMAGES, LABELS)},
            TypeError,
            "data must be an object with train, test, got tup",
        ),
        (
            {"data": SimpleNamespace(train=split(), test=None)},
            TypeError,
            "data.test must be a split with images and labels, got NoneType",
        ),
        (
            {"net": Linear(5, 4)},
            TypeError,
            "net must be an object with forward, infer, params",
        ),
        ({"net": Sequential}, TypeError, "net must be .*, got the class Sequential"),
        (
            {"optimiser": 0.1},
            TypeError,
            "optimiser must be an object with init, step, got float",
        ),
        ({"optimiser": SGD}, TypeError, "optimiser must be .*, got the class SGD"),
        (
            {"head": "softmax"},
            TypeError,
            "head must be an object with forward, backward, got str",
        ),
        (
            {"head": losses.SoftmaxLoss},
            TypeError,
            "head must be a loss, .* the class SoftmaxLoss",
        ),
        (
            {"head": losses.SoftmaxLoss(reduction="none")},
            ValueError,
            "head must return one number a batch, got reduction='none'",
        ),
        (
            {"center_loss": losses.CenterLoss(reduction="none")},
            ValueError,
            "center_loss must return one number a batch, got reduction='none'",
        ),
        ({"augment": 1}, TypeError, "augment must be a function or None, got 1"),
        (
            {"on_epoch": "print"},
            TypeError,
            "on_epoch must be a function or None, got 'print'",
        ),
    ],
)
def test_what_is_no_part_of_a_training_is_refused_by_name(
    options, error, message, steps
):
    with pytest.raises(error, match=f"^{message}"):
        fit(**options)
    assert steps == []


def test_a_schedule_that_returns_no_head_is_named_with_its_step():
    with pytest.raises(
        TypeError, match=r"^head\(2\) must be an object with forward, backward"
    ):
        fit(head=lambda step: losses.SoftmaxLoss() if step < 2 else None)


@pytest.mark.parametrize(
    ("augment", "error", "message"),
    [
        (
            lambda images, rng: None,
            ValueError,
            r"as it is given, 4, but returned shape \(\)",
        ),
        (
            lambda images, rng: images[:3],
            ValueError,
            r"given, 4, but returned shape \(3, 5\)",
        ),
        (
            lambda images, rng: images > 0,
            TypeError,
            "augment returns must hold .*, got bool",
        ),
    ],
)
def test_an_augmentation_that_returns_something_else_is_named(augment, error, message):
    with pytest.raises(error, match=message):
        fit(augment=augment)
