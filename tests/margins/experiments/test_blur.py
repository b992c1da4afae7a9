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


def test_what_the_page_says_of_its_results():
    """The sentences under the tables of chapter 17, of the book's own runs."""

    def mean(name, measure):
        runs = results.runs(f"blur-{name}")
        assert len(runs) == 5
        return np.mean([measure(run) for run in runs])

    def length(run):
        return run["lengths"][-1]

    margins = ["arcface", "am-softmax", "adaface", "adaface-free", "magface"]
    margins.append("magface-no-g")
    # Every length knows the blur, normalised softmax's the least.
    knows = {
        name: mean(name, lambda run: run["spearman"])
        for name in ("softmax", "plain", *margins)
    }
    assert max(knows, key=knows.get) == "plain"
    assert knows.pop("plain") < -0.2
    assert all(value < -0.5 for value in knows.values())
    assert abs(knows["softmax"] - knows["magface"]) < 0.05
    # What slides.
    assert mean("adaface-free", length) < mean("adaface", length) / 3
    assert 2 < mean("magface-no-g", length) < 2.6
    fifth = blur.REFUSED.index(0.2)
    for name in ("softmax", "plain", *margins):
        all_of_them = mean(name, lambda run: run["by_gap"][0])
        by_length = mean(name, lambda run: run["by_length"][fifth])
        assert mean(name, lambda run: run["by_gap"][fifth]) < 0.32 * all_of_them
        if name == "plain":
            assert 1 < all_of_them - by_length < 2
        else:
            assert 2.9 < all_of_them - by_length < 4.1
    errors = [mean(name, lambda run: run["by_gap"][0]) for name in margins]
    assert max(errors) - min(errors) < 0.6
    assert 10.3 - max(errors) > 0.5
    # Digits that were not trained on.
    for name in ("softmax", "arcface", "adaface", "magface"):

        def gain(key, share, name=name):
            k = blur.REFUSED.index(share)
            return mean(f"unseen-{name}", lambda run: run[key][0] - run[key][k])

        assert 1.5 < gain("by_length", 0.2) / gain("by_gap", 0.2) < 3
        ahead = gain("by_gap", 0.4) - gain("by_length", 0.4)
        assert (ahead > 1) == (name in ("arcface", "adaface"))
        assert ahead > -1.5
