"""What training looks at, and when; center loss beside a head; augmentation."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from mlcore import datasets, losses, train
from mlcore.datasets import Split
from mlcore.layers import BatchNorm, Flatten, Linear, PReLU, Sequential
from mlcore.train import loop


def network(seed=0, features=8):
    return Sequential(
        [
            Flatten(),
            Linear(64, 32, bias=False),
            BatchNorm(32),
            PReLU(32),
            Linear(32, features),
        ],
        seed=seed,
        input_shape=(8, 8, 1),
    )


@pytest.fixture(scope="module")
def digits():
    return datasets.hold_out(datasets.load("digits"), 200)


def fit(data, head=None, net=None, **options):
    net = network() if net is None else net
    head = losses.SoftmaxLoss() if head is None else head
    return net, train.fit(net, head, data, **{"epochs": 2, "progress": False} | options)


class Watched:
    """A split that keeps a diary of who looks at its images."""

    def __init__(self, split, name, diary):
        self.split, self.name, self.diary = split, name, diary
        self.labels = split.labels

    @property
    def images(self):
        self.diary.append(self.name)
        return self.split.images


def test_the_test_set_is_looked_at_once_and_last(digits, monkeypatch):
    diary = []
    names = ("validation", "test")
    watched = {name: Watched(getattr(digits, name), name, diary) for name in names}
    real = loop._step
    monkeypatch.setattr(loop, "_step", lambda *a: (diary.append("step"), real(*a))[1])
    fit(replace(digits, **watched), epochs=3)
    looks = [entry for entry in diary if entry != "step"]
    assert looks == ["validation", "validation", "validation", "test"]
    assert diary[-2:] == ["validation", "test"]


def test_validation_accuracy_is_that_behind_the_epoch(digits):
    seen = []

    def look(epoch, net, w):
        seen.append(train.evaluate(net, losses.SoftmaxLoss(), w, digits.validation))

    _, history = fit(digits, on_epoch=look)
    assert [epoch.validation for epoch in history.epochs] == seen
    assert 0.5 < seen[-1] < 1
    head, *rows = repr(history).splitlines()
    assert head.split()[-1] == "validation"
    assert rows[1].split()[-1] == f"{seen[1]:.4f}"


def test_without_a_validation_split_there_is_no_such_number(digits):
    _, history = fit(replace(digits, validation=None))
    assert [epoch.validation for epoch in history.epochs] == [None, None]
    assert "validation" not in repr(history)


def test_classes_that_training_has_not_seen_have_no_accuracy():
    """w has no rows for them; they are for verification."""
    data = datasets.open_set(datasets.load("digits"), unseen=(7, 8, 9))
    _, history = fit(data)
    assert history.test_accuracy is None
    assert history.w.shape == (7, 8)
    assert "not seen in training" in repr(history)


def test_center_loss_beside_a_head_follows_algorithm_1(digits):
    """The centers move by the paper's rule, from the features before the network
    moves."""
    rule, weight = losses.CenterLoss(alpha=0.5), 0.1
    few = replace(
        digits, train=Split(digits.train.images[:64], digits.train.labels[:64])
    )
    x, _ = network().forward(few.train.images / np.float32(255))
    near, saved_by_rule = rule.forward(
        x, np.zeros((10, 8), np.float32), few.train.labels
    )

    _, plain = fit(few, epochs=1)
    net, both = fit(few, epochs=1, center_loss=rule, center_weight=weight)
    expected = rule.update(np.zeros((10, 8), np.float32), saved_by_rule)
    # The batch is the same but in another order, so the sums round otherwise.
    np.testing.assert_allclose(both.centers, expected, rtol=1e-4, atol=1e-5)
    assert both.epochs[0].loss == pytest.approx(
        plain.epochs[0].loss + weight * near, rel=1e-5
    )
    assert plain.centers is None

    # One step of plain descent moves w by the head's gradient alone, and the network by
    # both.
    assert not np.array_equal(net.params[1][0], network().params[1][0])
    np.testing.assert_array_equal(both.w, plain.w)


def test_center_loss_narrows_the_classes(digits):
    def spread(history, net):
        x, y = train.features(net, digits.train.images), digits.train.labels
        own = history.w.shape[0]
        means = np.stack([x[y == j].mean(axis=0) for j in range(own)])
        return np.mean(np.sum((x - means[y]) ** 2, axis=1)) / np.mean(
            np.sum(means**2, axis=1)
        )

    net, plain = fit(digits, epochs=6)
    net2, both = fit(
        digits, epochs=6, center_loss=losses.CenterLoss(), center_weight=0.1
    )
    assert spread(both, net2) < 0.7 * spread(plain, net)


@dataclass(frozen=True)
class Blackened:
    """Paints a random share of each batch black."""

    share: float

    def __call__(self, images, rng):
        return np.where(
            rng.random(len(images))[:, None, None, None] < self.share, 0, images
        )


def test_augmentation_is_seeded_and_leaves_evaluation_alone(digits):
    (_, one), (_, two) = (fit(digits, augment=Blackened(0.5)) for _ in range(2))
    np.testing.assert_array_equal(one.w, two.w)
    _, plain = fit(digits, augment=Blackened(0.0))
    _, without = fit(digits)
    np.testing.assert_array_equal(plain.w, without.w)
    assert not np.array_equal(one.w, plain.w)
    assert one.test_accuracy > 0.7  # black test images would score 0.1


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", -1), ("center_weight", -0.1), ("center_weight", float("inf")),
     ("checkpoint_seconds", 0)],
)  # fmt: skip
def test_bad_settings_are_refused_by_name(digits, name, value):
    with pytest.raises(ValueError, match=name):
        fit(digits, **{name: value})


def test_a_center_loss_that_is_none_is_refused_by_name(digits):
    with pytest.raises(
        TypeError, match=r"center_loss must be a CenterLoss or None, got 0\.003"
    ):
        fit(digits, center_loss=0.003)
