"""The detection problem: what lies in a scene, what is asked of a detector, and who is
heard."""

from dataclasses import replace

import numpy as np
import pytest

from margins import detection
from mlcore import datasets, losses
from mlcore.layers import ReLU

DIGITS = datasets.load("digits").train.images
LAYOUT = detection.Layout()
CROSS_ENTROPY = losses.FocalLoss(gamma=0, alpha=None, reduction="none")


def marked(side, value=255):
    """Images without a doubt: full squares."""
    return np.full((2, side, side, 1), value, dtype=np.uint8)


def test_scenes_are_those_of_their_seed():
    first, again = (detection.draw_scenes(3, DIGITS, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.pictures, again.pictures)
    np.testing.assert_array_equal(first.targets, again.targets)
    assert (first.pictures != detection.draw_scenes(3, DIGITS, seed=5).pictures).any()


def test_a_scene_has_one_or_two_digits_among_a_thousand_places():
    """Few positives, and nothing but the eight places beside them is left out."""
    pictures, targets = detection.draw_scenes(300, DIGITS, seed=1)
    assert pictures.shape == (300, 64, 64, 1)
    assert targets.shape == (300, 32, 32)
    positives = (targets == 1).sum(axis=(1, 2))
    assert set(positives) == {1, 2}
    left_out = (targets == -1).sum(axis=(1, 2))
    assert (left_out <= 8 * positives).all()
    assert (left_out >= 3 * positives).all()  # in a corner there are three
    assert 600 < (targets == 0).sum() / (targets == 1).sum() < 750


def test_a_positive_place_holds_the_middle_of_a_digit():
    """Full squares on black, nothing else: the square's middle is where the target
    says."""
    layout = replace(LAYOUT, pieces=(0, 0), digits=(1, 1))
    pictures, targets = detection.draw_scenes(50, marked(8), layout, seed=2)
    for picture, target in zip(pictures[..., 0], targets, strict=True):
        rows, columns = np.nonzero(picture > 0.6)  # six deviations from either side
        (place,) = np.argwhere(target == 1)
        middle = (rows.min() + 4) // 2, (columns.min() + 4) // 2
        assert len(rows) == 64
        assert tuple(place) == middle
        beside = np.abs(np.argwhere(target == -1) - place).max(axis=1)
        assert (beside == 1).all()


def test_pieces_are_no_targets():
    """Without clutter a scene is mostly black; with it there are as many targets as
    before."""
    empty = replace(LAYOUT, pieces=(0, 0))
    pictures, _ = detection.draw_scenes(50, DIGITS, empty, seed=3)
    cluttered, targets = detection.draw_scenes(50, DIGITS, seed=3)
    assert (pictures > 0.6).mean() < 0.5 * (cluttered > 0.6).mean()
    assert set((targets == 1).sum(axis=(1, 2))) == {1, 2}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (dict(size=63), ValueError, "size must be a multiple of stride"),
        (dict(stride=0), ValueError, "stride must be an integer >= 1"),
        (
            dict(pieces=(5, 3)),
            ValueError,
            r"pieces\[1\] must be an integer >= 5, got 3",
        ),
        (
            dict(digits=(0, 2)),
            ValueError,
            r"digits\[0\] must be an integer >= 1, got 0",
        ),
        (dict(piece=4), TypeError, "piece must be a pair of integers"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        detection.Layout(**settings)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (DIGITS / 255, TypeError, "images must be a NumPy array of uint8, got float64"),
        (DIGITS[..., 0], ValueError, r"images must have shape \(N, H, H, 1\)"),
        (DIGITS[:0], ValueError, "images must not be empty"),
        (marked(64), ValueError, "images must be smaller than the scene"),
        (
            marked(4),
            ValueError,
            r"layout.piece must be at most the images' side 4, got \(3, 5\)",
        ),
    ],
)
def test_images_that_do_not_fit_are_refused(images, error, message):
    with pytest.raises(error, match=message):
        detection.draw_scenes(1, images)


@pytest.mark.parametrize("prior", [0.01, 0.3])
def test_an_untrained_detector_sees_the_prior_nearly_everywhere(prior):
    pictures, targets = detection.draw_scenes(4, DIGITS, seed=0)
    net = detection.detector(prior=prior)
    logits, _ = net.forward(pictures)
    assert logits.shape == (*targets.shape, 1)
    assert np.median(1 / (1 + np.exp(-logits))) == pytest.approx(prior, rel=0.3)


def test_the_activation_can_be_another():
    net = detection.detector(activation=lambda channels: ReLU())
    assert net.layers[2] == ReLU()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(widths=(8, 8)), "widths must hold a number for each of the strides"),
        (dict(prior=0.0), "prior must be a number in"),
        (dict(strides=(0, 1, 1)), r"strides\[0\] must be an integer >= 1"),
    ],
)
def test_a_detector_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        detection.detector(**settings)


def trained(loss=CROSS_ENTROPY, scenes=None, **options):
    scenes = detection.draw_scenes(8, DIGITS, seed=1) if scenes is None else scenes
    net = detection.detector()
    options = dict(epochs=1, batch=4, progress=False) | options
    return net, detection.fit(net, loss, scenes, **options)


def test_the_loss_is_divided_by_the_positives_and_leaves_their_neighbours_out():
    """The first step, against the formula of the page at every place."""
    scenes = detection.draw_scenes(4, DIGITS, seed=1)
    seen = []
    _, (epoch,) = trained(scenes=scenes, on_step=lambda *arrays: seen.append(arrays))
    ((z, t, dz),) = seen
    positives = (scenes.targets == 1).sum()
    assert (t == 1).sum() == positives
    assert (dz[t == -1] == 0).all()
    right = np.where(t == 1, 1.0, -1.0) * z.astype(float)
    cross_entropy = np.logaddexp(0, -right)[t >= 0].sum() / positives
    assert epoch.loss == pytest.approx(cross_entropy, rel=1e-5)  # float32
    slope = np.where(t == 1, -1.0, 1.0) / (1 + np.exp(right)) / positives
    np.testing.assert_allclose(dz[t >= 0], slope[t >= 0], rtol=1e-4, atol=1e-9)


def test_a_batch_without_a_digit_divides_by_one():
    pictures, targets = detection.draw_scenes(4, DIGITS, seed=1)
    _, (epoch,) = trained(scenes=detection.Scenes(pictures, np.minimum(targets, 0)))
    assert 0 < epoch.loss < np.inf


def test_training_finds_the_digits():
    """Far better than chance, which has the share of the positives, one in 640."""
    scenes = detection.draw_scenes(100, DIGITS, seed=1)
    others = detection.draw_scenes(50, datasets.load("digits").test.images, seed=2)
    net, epochs = trained(scenes=scenes, epochs=3, batch=8)
    before, after = (
        detection.measure(one, others) for one in (detection.detector(), net)
    )
    assert epochs[-1].loss < epochs[0].loss
    assert after["average_precision"] > 50 > before["average_precision"]
    assert after["positives"] + after["negatives"] == (others.targets >= 0).sum()


def test_what_is_kept_of_the_curve_is_the_precision_at_its_recalls():
    """Against a list that is sorted by hand."""
    net, _ = trained()
    others = detection.draw_scenes(10, DIGITS, seed=2)
    measured = detection.measure(net, others)
    z, positive = detection.scores(net, others)
    hits = np.cumsum(positive[np.argsort(-z)])
    for percent, precision in zip(range(1, 101), measured["precision"], strict=True):
        found = np.argmax(100 * hits >= percent * hits[-1]) + 1
        assert precision == pytest.approx(100 * hits[found - 1] / found, abs=0.006)


def test_shares_add_up_and_easy_is_above_nine_tenths():
    z = np.array([2.0, -1.0, -2.1, -2.3, -5.0])
    positive = np.array([True, False, False, False, False])
    pull = np.array([4.0, 3.0, 1.0, 1.0, 1.0])
    assert detection.shares(pull, z, positive) == pytest.approx([0.4, 0.4, 0.2])


def test_every_library_trains_alike(xp):
    scenes = detection.draw_scenes(4, DIGITS, seed=1)
    net = detection.detector(like=xp.zeros(1))
    (there,) = detection.fit(
        net, CROSS_ENTROPY, scenes, epochs=1, batch=2, progress=False
    )
    (here,) = detection.fit(
        detection.detector(), CROSS_ENTROPY, scenes, epochs=1, batch=2, progress=False
    )
    assert there.loss == pytest.approx(here.loss, rel=1e-4)  # sums in another order


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(loss=losses.FocalLoss()), ValueError, 'loss must have reduction="none"'),
        (dict(epochs=0), ValueError, "epochs must be an integer >= 1"),
        (dict(batch=0), ValueError, "batch must be an integer >= 1"),
        (
            dict(scenes=detection.draw_scenes(2, DIGITS, replace(LAYOUT, stride=4))),
            ValueError,
            "net must answer once at each of the 16 x 16 places",
        ),
        (
            dict(
                scenes=(
                    np.zeros((2, 64, 64, 1), np.float32),
                    np.zeros((1, 32, 32), np.int8),
                )
            ),
            ValueError,
            "scenes must hold pictures",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        trained(**options)
