"""Blurred digits, and what is measured of the length of their features."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from test_run import run

from margins import results
from margins.experiments import blur, catalogue
from mlcore import datasets, losses


def test_a_blur_of_no_width_is_the_image_at_half_its_size():
    images = datasets.load("mnist-5k").test.images[:5]
    small = blur.blurred(images, np.zeros(5))
    mean = images.reshape(5, 14, 2, 14, 2).astype(float).mean(axis=(2, 4))
    assert np.abs(small[..., 0] - mean).max() <= 0.5
    assert small.dtype == np.uint8


def test_a_wider_blur_leaves_less_contrast_and_as_much_ink():
    images = np.repeat(datasets.load("mnist-5k").test.images[:1], 4, axis=0)
    soft = blur.blurred(images, np.array([0.0, 1.0, 2.0, 5.0])).astype(float)
    assert (np.diff(soft.std(axis=(1, 2, 3))) < 0).all()
    assert_allclose(soft.mean(axis=(1, 2, 3))[1:3], soft[0].mean(), rtol=0.03)


def test_half_of_the_training_images_are_blurred_and_the_widths_tell_it():
    data, widths = blur.blurred_digits()
    assert data.train.images.shape[1:] == (14, 14, 1)
    assert len(widths) == len(data.test)
    assert 0 <= widths.min() < 0.1
    assert 4.9 < widths.max() <= blur.WIDEST
    contrast = data.test.images.reshape(len(widths), -1).std(axis=1)
    assert np.corrcoef(contrast, widths)[0, 1] < -0.8


def test_digits_held_out_are_in_no_training():
    data, judged, widths = blur.digits_seen()
    assert set(np.unique(data.train.labels)) == set(range(7))
    assert set(np.unique(data.test.labels)) == set(range(7))
    assert len(data.classes) == 7
    assert len(np.unique(judged.labels)) == 3
    assert len(widths) == len(judged)
    assert len(judged) + len(data.test) == 1000


def test_ranks_and_their_correlation():
    rng = np.random.default_rng(0)
    widths = rng.uniform(0, blur.WIDEST, 400)
    x = np.eye(3)[rng.integers(0, 3, 400)]
    found = blur.quality(x * (1 / (1 + widths))[:, None], widths)
    assert found["spearman"] == -1
    assert (np.diff(found["by_width"]) < 0).all()
    assert abs(blur.quality(x * rng.uniform(1, 2, (400, 1)), widths)["spearman"]) < 0.2


def test_refusing_the_worst_of_three():
    w = np.eye(2)
    # Wrong and short, wrong and with a small gap, right; each seven times.
    x = np.array([[1.0, 0.1], [3.0, 2.9], [2.0, 0.1]] * 7)
    y = np.array([1, 1, 0] * 7)
    found = blur.refusals(x, w, y, unseen=False)
    assert found["by_length"][0] == found["by_gap"][0] == 66.667
    # The shortest go first, which are a half of the wrong ones.
    assert found["by_length"][6] < found["by_length"][0]
    assert found["by_gap"][6] < found["by_gap"][0]
    by_hand = np.argsort(-np.hypot(*x.T), kind="stable")[: round(0.7 * 21)]
    wrong = (x.argmax(axis=1) != y)[by_hand].mean()
    assert found["by_length"][6] == pytest.approx(100 * wrong, abs=1e-3)


def test_the_quality_that_is_not_stopped_has_the_slope_of_the_loss():
    """Along x, with mean and deviation held; and it is not below 0."""
    rng = np.random.default_rng(1)
    w, y = rng.normal(size=(5, 4)), rng.integers(0, 5, 12)
    x = (w[y] + 0.3 * rng.normal(size=(12, 4))) * rng.uniform(1, 4, (12, 1))
    loss = blur.NotStopped(m=0.4, s=12.0)
    state = np.array([np.linalg.norm(x, axis=1).mean(), 1.5])
    value, saved = loss.forward(x, w, y, state)
    dx, dw = loss.backward(saved)
    plain = losses.AdaFaceLoss(m=0.4, s=12.0)
    assert value == plain.forward(x, w, y, state)[0]
    stopped = plain.backward(plain.forward(x, w, y, state)[1])
    assert_allclose(dw, stopped[1])
    used = loss.update(state, saved)
    assert_allclose(used, plain.update(state, plain.forward(x, w, y, state)[1]))
    radial = (dx * x).sum(axis=1)
    assert (radial >= 0).all()
    assert (radial > 1e-6).any()

    # weight 1e-12: the batch does not move what it is measured by
    held = losses.AdaFaceLoss(m=0.4, s=12.0, weight=1e-12)
    for i in range(12):
        longer, shorter = x.copy(), x.copy()
        longer[i] *= 1 + 1e-6
        shorter[i] *= 1 - 1e-6
        slope = (
            held.forward(longer, w, y, used)[0] - held.forward(shorter, w, y, used)[0]
        )
        assert radial[i] == pytest.approx(float(slope) / 2e-6, abs=1e-7, rel=1e-5)


def test_every_loss_trains_and_is_measured(monkeypatch, tmp_path, capsys):
    for one in blur.FAMILY:
        small = replace(one, name=f"tiny-{one.name}", epochs=1, batch=500)
        monkeypatch.setitem(catalogue.EXPERIMENTS, small.name, small)
    assert run("tiny-blur-*", "--seeds", "1", "--out", str(tmp_path)) == 0
    runs = results.runs("tiny-*", tmp_path)
    assert len(runs) == len(blur.FAMILY)
    for one in runs:
        assert len(one["lengths"]) == 1
        assert len(one["by_length"]) == len(one["by_gap"]) == len(blur.REFUSED)
        assert one["by_length"][0] == one["by_gap"][0]
        assert len(one["by_width"]) == blur.BINS
        assert -1 <= one["spearman"] <= 1
    assert "rank correlation" in capsys.readouterr().out
