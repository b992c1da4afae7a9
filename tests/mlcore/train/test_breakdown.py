"""What is not finite is named, image or parameter, and never reaches a checkpoint."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from margins import detection
from mlcore import checkpoints, datasets, losses, train
from mlcore.datasets import Split
from mlcore.layers import BatchNorm, Conv2d, Flatten, Linear, ReLU, Sequential
from mlcore.losses import SoftmaxLoss
from mlcore.optim import SGD
from mlcore.train.inputs import bad_rows

STEPS = 4  # an epoch


@pytest.fixture
def few():
    """128 digits as floats to train on, 60 to validate on, and to test on."""
    ds = datasets.load("digits")
    images = ds.train.images.astype(np.float32) / 255
    return replace(
        ds,
        train=Split(images[:128], ds.train.labels[:128]),
        validation=Split(images[128:188], ds.train.labels[128:188]),
        test=Split(images[188:248], ds.train.labels[188:248]),
    )


def network(norm=False):
    middle = [BatchNorm(16)] if norm else []
    return Sequential(
        [Flatten(), Linear(64, 16), *middle, ReLU(), Linear(16, 8)],
        input_shape=(8, 8, 1),
    )


def fit(data, net=None, **options):
    options = {
        "epochs": 3,
        "batch": 32,
        "optimiser": SGD(lr=0.05),
        "progress": False,
    } | options
    return train.fit(network() if net is None else net, SoftmaxLoss(), data, **options)


def exploding_at(at, rate=1e300):
    """A learning rate that throws the weights to infinity in one step."""
    return SGD(lr=lambda step: rate if step == at else 0.05, momentum=0.9)


@pytest.mark.parametrize("at", [STEPS + 2, 2 * STEPS, 3 * STEPS - 1, 3 * STEPS])
def test_infinite_weights_are_named_and_the_last_good_checkpoint_is_kept(
    few, tmp_path, at
):
    """Within an epoch, at the end of one, and in the very last step, behind which
    nobody looks."""
    path = tmp_path / "a.npz"
    with pytest.raises(FloatingPointError) as breakdown:
        fit(few, optimiser=exploding_at(at), checkpoint=path, checkpoint_seconds=1e-9)
    assert f"step {at}: " in str(breakdown.value)
    assert "the head's weights w must be finite, but holds" in str(breakdown.value)
    assert "Try a lower learning rate" in str(breakdown.value)
    arrays, facts = checkpoints.load(path)
    assert facts["step"] == at - 1
    assert all(np.isfinite(array).all() for array in arrays.values())


@pytest.mark.parametrize("at", [STEPS + 2, 2 * STEPS])
def test_weights_too_large_to_compute_with_do_not_reach_the_checkpoint_either(
    few, tmp_path, at
):
    """All of them are finite, and the next product is not."""
    path = tmp_path / "a.npz"
    with pytest.raises(FloatingPointError) as breakdown:
        fit(
            few,
            optimiser=exploding_at(at, 1e37),
            checkpoint=path,
            checkpoint_seconds=1e-9,
        )
    assert f"step {at}: after the step " in str(breakdown.value)
    assert re.search(
        r"the largest weight is \d\.?\d*e\+3\d, in w of layer", str(breakdown.value)
    )
    arrays, facts = checkpoints.load(path)
    assert facts["step"] == at - 1
    assert max(abs(array).max() for array in arrays.values()) < 100


def test_without_a_checkpoint_a_last_step_to_infinity_is_no_result(few):
    with pytest.raises(
        FloatingPointError, match="epoch 1, step 4: the head's weights w must"
    ):
        fit(few, epochs=1, optimiser=exploding_at(STEPS))


def test_a_step_that_meets_infinite_weights_names_them(few):
    """No checkpoint looks between the steps; the loss does, and then the weights are
    asked."""
    with pytest.raises(
        FloatingPointError, match=r"epoch 1, step 3: .*; the head's weights w must"
    ):
        fit(few, epochs=1, optimiser=exploding_at(2))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("norm", [False, True])
def test_an_image_that_is_not_finite_is_named_before_the_first_step(few, bad, norm):
    few.train.images[77, 3, 4] = bad
    with pytest.raises(
        FloatingPointError, match=r"data\.train\.images must .* but image 77 con"
    ):
        fit(few, network(norm))


def test_an_image_far_behind_in_a_large_set_is_named(few):
    images = np.zeros((5000, 8, 8, 1), np.float16)
    images[4999, 7, 7] = np.inf
    with pytest.raises(FloatingPointError, match="but image 4999 contains"):
        fit(replace(few, train=Split(images, np.zeros(5000, int))))


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_image_to_measure_on_that_is_not_finite_is_named(few, split):
    getattr(few, split).images[55, 0, 0] = np.nan
    with pytest.raises(
        FloatingPointError, match="images must be finite, but image 55 contains"
    ):
        fit(few)
    with pytest.raises(FloatingPointError, match="image 55"):
        train.features(network(), getattr(few, split).images, batch=16)


@dataclass(frozen=True)
class Dividing:
    """Divides by the brightness of the first corner, which is black but for one
    image."""

    def __call__(self, images, rng):
        with np.errstate(divide="ignore", invalid="ignore"):
            return images / images[:, :1, :1]


def test_an_augmentation_that_makes_infinity_is_blamed_with_the_image(few):
    few.train.images[:] = 1
    few.train.images[100, 0, 0] = 0
    with pytest.raises(
        ValueError, match=r"augment must return .* NaN or infinity of image 100"
    ):
        fit(few, augment=Dividing())


@dataclass(frozen=True)
class Particular(SoftmaxLoss):
    """Refuses the features of the brightest image, as a head does whose logits
    overflow."""

    def forward(self, x, w, y):
        row = int(np.argmax(abs(x).max(axis=1)))
        raise FloatingPointError(
            f"logits must be finite, but row {row} contains NaN or infinity"
        )


def test_the_row_that_a_head_refuses_is_named_as_the_image_that_it_is(few):
    few.train.images[111] = 1000
    with pytest.raises(
        FloatingPointError, match=r"row (\d+) con.*; row \1 of this .* image 111\."
    ):
        train.fit(network(), Particular(), few, epochs=1, batch=128, progress=False)


@dataclass(frozen=True)
class Steep(SoftmaxLoss):
    """Its gradient of the features, or of w, is so large that the next product
    overflows."""

    where: str = "features"

    def backward(self, saved, dloss=1.0):
        dx, dw = super().backward(saved, dloss)
        return (
            (dx * np.float32(3e38), dw)
            if self.where == "features"
            else (dx, dw * np.inf)
        )


@pytest.mark.parametrize(
    ("where", "name"),
    [("features", r"w of layer 3 \(Linear"), ("w", "the head's weights w")],
)
def test_a_gradient_that_overflows_is_named(few, where, name):
    """Weights, images, features and loss are finite; only the bound on the gradient
    objects."""
    options = {
        "epochs": 1,
        "batch": 64,
        "progress": False,
        "optimiser": SGD(0.05, clip_norm=5.0),
    }
    bright = replace(few, train=Split(few.train.images * 100, few.train.labels))
    with pytest.raises(
        FloatingPointError, match=f"gradients .*; the gradient of {name}.* is not"
    ):
        train.fit(network(), Steep(where=where), bright, **options)


@dataclass(frozen=True)
class Listing:
    """Returns what is no array yet."""

    bad: bool

    def __call__(self, images, rng):
        return [
            image if k != 7 or not self.bad else image * np.nan
            for k, image in enumerate(images)
        ]


def test_an_augmentation_may_return_whatever_becomes_an_array(few):
    fit(few, augment=Listing(bad=False), epochs=1)
    with pytest.raises(
        ValueError, match=r"augment must return .* NaN or infinity of image \d+$"
    ):
        fit(few, augment=Listing(bad=True), epochs=1)


@pytest.mark.parametrize("bad", [None, 6])
def test_images_of_every_library_are_looked_at(xp, bad):
    images = np.zeros((8, 3, 3, 1), np.float32)
    if bad is not None:
        images[bad, 1, 1] = np.inf
    expected = [k == bad for k in range(8)]
    assert bad_rows(xp.asarray(images)).tolist() == expected


def test_an_image_whose_features_overflow_is_named(few):
    """It is finite, and so are the weights; the product is not."""
    few.train.images[99] = 3e38
    with pytest.raises(
        FloatingPointError, match=r"step \d: .*; the features .* image 99 are not"
    ):
        fit(few)


def test_behind_a_batch_norm_all_rows_overflow_together_and_the_largest_image_is_named(
    few,
):
    few.train.images[99] = 3e38
    with pytest.raises(FloatingPointError) as breakdown:
        fit(few, network(norm=True))
    assert "those of the whole batch are not; the largest weight is 1.09, in" in str(
        breakdown.value
    )
    assert "the largest pixel 3e+38, in image 99" in str(breakdown.value)


def test_every_kind_of_parameter_has_a_name(few):
    """The head's rows, centers, velocities and running statistics among them."""
    net = Sequential(
        [Flatten(), Linear(64, 16), BatchNorm(16), Linear(16, 8)], input_shape=(8, 8, 1)
    )
    w = np.ones((10, 8), np.float32)
    params = [*net.params, (w,)]
    carried = train.state.Carried(np.zeros(2), w.copy())
    state = train.state.State(w, carried, SGD(lr=0.1).init(params))
    places = {
        r"w of layer 1 \(Linear": net.params[1][0],
        r"b of layer 1 \(Linear": net.params[1][1],
        r"gamma of layer 2 \(BatchNorm": net.params[2][0],
        r"the running statistics of var of layer 2 \(BatchNorm": net.running[2].var,
        r"the velocity of b of layer 3 \(Linear": state.descent.velocity[3][1],
        "the velocity of the head's weights w": state.descent.velocity[4][0],
        "the head's weights w": state.w,
        "the centers of the center loss": carried.centers,
        "the state of the head's loss": carried.of_head,
    }
    train.state.check_state(state, net)
    for name, array in places.items():
        before = array.ravel()[-1]
        array.ravel()[-1] = np.inf
        with pytest.raises(
            FloatingPointError, match=f"^{name}.* must be finite, but holds"
        ):
            train.state.check_state(state, net)
        array.ravel()[-1] = before


def test_a_detector_names_pictures_and_weights_too(tmp_path):
    digits = datasets.load("digits").train.images
    layout = detection.Layout(size=32, stride=4, pieces=(2, 6), piece=(3, 5))
    scenes = detection.draw_scenes(20, digits, layout, seed=0)
    loss = losses.FocalLoss(reduction="none")

    def train_on(pictures, **options):
        net = detection.detector((8, 8, 8, 8), (2, 2, 1, 1), seed=0)
        return detection.fit(
            net,
            loss,
            scenes._replace(pictures=pictures),
            epochs=2,
            progress=False,
            **options,
        )

    path = tmp_path / "a.npz"
    with pytest.raises(FloatingPointError, match=r"step 4: .* layer 0 \(Conv2d"):
        train_on(
            scenes.pictures,
            optimiser=exploding_at(4),
            checkpoint=path,
            checkpoint_seconds=1e-9,
        )
    assert checkpoints.load(path)[1]["step"] == 3
    pictures = scenes.pictures.copy()
    pictures[13, 5, 5] = np.nan
    with pytest.raises(
        FloatingPointError, match=r"scenes\.pictures must .* but image 13 "
    ):
        train_on(pictures)


@dataclass(frozen=True)
class SteepPlaces:
    """A finite loss at each place, whose gradient is not finite."""

    reduction: str = "none"

    def forward(self, z, positive):
        return 0 * z, z

    def backward(self, z, dloss):
        return (np.full_like(z, np.inf),)


def test_a_detector_names_the_gradient_that_overflows():
    """The first of them from the logits down, as `train.fit` does."""
    digits = datasets.load("digits").train.images
    scenes = detection.draw_scenes(8, digits, seed=0)
    with pytest.raises(
        FloatingPointError,
        match=r"step 1: .*; the gradient of w of layer 9 \(Conv2d.* is not finite",
    ):
        detection.fit(
            detection.detector(), SteepPlaces(), scenes, epochs=1, progress=False
        )


def test_a_last_batch_of_one_that_the_network_cannot_take_is_refused_at_once(few):
    steps = []
    sgd = SGD(lr=lambda step: steps.append(step) or 0.05)
    for size, remedy in ((127, "batch=126"), (1, "batch=2")):
        message = f"batch={size} leaves a single image of 128 for the last"
        with pytest.raises(ValueError, match=message) as refusal:
            fit(few, network(norm=True), batch=size, optimiser=sgd)
        assert "layer 2 (BatchNorm" in str(refusal.value)
        assert str(refusal.value).endswith(f"; take {remedy}")
    assert not steps
    fit(few, network(norm=True), batch=126, epochs=1)
    one = replace(few, train=Split(few.train.images[:1], few.train.labels[:1]))
    with pytest.raises(ValueError, match="take more images"):
        fit(one, network(norm=True))


def test_a_last_batch_of_one_is_trained_on_where_the_network_can(few):
    """As ever: without a BatchNorm, or with one over the places of an image."""
    fit(few, network(), batch=127, epochs=1)
    places = Sequential(
        [Conv2d(1, 4, kernel=3, bias=False), BatchNorm(4), Flatten(), Linear(144, 8)],
        input_shape=(8, 8, 1),
    )
    fit(few, places, batch=127, epochs=1)


@pytest.mark.parametrize(("dtype", "large"), [("float32", 1e39), ("float16", 1e5)])
def test_an_image_too_large_for_the_network_is_named_before_the_first_step(
    few, dtype, large
):
    images = few.train.images.astype(np.float64)
    images[37, 2, 3] = -large
    net = Sequential([Flatten(), Linear(64, 8)], dtype=dtype, input_shape=(8, 8, 1))
    message = (
        "images must be finite, but image 37 contains NaN or infinity, or .* for"
        f" {dtype}$"
    )
    with pytest.raises(FloatingPointError, match=rf"^data\.train\.{message}"):
        fit(replace(few, train=Split(images, few.train.labels)), net=net)
    with pytest.raises(FloatingPointError, match=f"^{message}"):
        train.features(net, images)
