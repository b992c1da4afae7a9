"""The experiment without labels: its views, its judge, and a run of a second."""

import math
from dataclasses import replace

import numpy as np
import pytest
from test_run import run

from margins import results
from margins.experiments import catalogue, views
from margins.experiments.__main__ import main as command_line
from mlcore import datasets


def looked_up(image, row, column):
    """The image at a place between its pixels, 0 outside; by hand."""
    total = 0.0
    for i in (math.floor(row), math.floor(row) + 1):
        for j in (math.floor(column), math.floor(column) + 1):
            if 0 <= i < image.shape[0] and 0 <= j < image.shape[1]:
                share = (1 - abs(row - i)) * (1 - abs(column - j))
                total += share * image[i, j]
    return total


def test_a_view_is_the_image_looked_up_where_each_pixel_comes_from():
    images = np.random.default_rng(1).random((3, 6, 5))
    made = views.view(images, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    turns = np.radians(rng.uniform(-20, 20, 3))
    sizes = rng.uniform(0.8, 1.2, 3)
    moves = rng.uniform(-3, 3, (2, 3))
    for n in range(3):
        for r in range(6):
            for c in range(5):
                at = complex(c - 2 - moves[1, n], r - 2.5 - moves[0, n])
                at *= complex(math.cos(turns[n]), -math.sin(turns[n])) / sizes[n]
                expected = looked_up(images[n], at.imag + 2.5, at.real + 2)
                assert made[n, r, c] == pytest.approx(expected, abs=1e-12)


def test_a_view_without_any_change_is_the_image():
    images = np.random.default_rng(1).random((4, 7, 7)).astype(np.float32)
    same = views.view(images, np.random.default_rng(0), 0.0, 0.0, (1.0, 1.0))
    np.testing.assert_allclose(same, images, rtol=0, atol=1e-6)
    assert same.dtype == np.float32


def test_neighbours_vote_and_the_nearest_decides_a_tie():
    angles = np.radians([10, 20, 30, 40, 50])
    x, y = np.stack([np.cos(angles), np.sin(angles)], 1), np.array([1, 0, 0, 1, 0])
    asked = np.array([[1.0, 0.0]])

    def right(k, answer):
        return views.by_neighbours(x, y, asked, np.array([answer]), 3, k, seed=0)

    assert [right(k, 1) for k in (1, 2, 3, 4, 5)] == [1, 1, 0, 1, 0]
    assert right(5, 0) == 1


def test_the_labelled_images_are_drawn_for_each_class_and_by_the_seed():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)), np.repeat([0, 1, 2], 20)
    found = [views.by_neighbours(x, y, x, y, 2, 1, seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert 1 / 3 < found[0] < 1
    assert views.by_neighbours(x, y, x, y, 20, 1, seed=0) == 1


@pytest.fixture
def tiny(monkeypatch):
    ds = datasets.load("mnist-5k")
    few = replace(
        ds,
        train=datasets.Split(ds.train.images[::10], ds.train.labels[::10]),
        test=datasets.Split(ds.test.images[::10], ds.test.labels[::10]),
    )
    monkeypatch.setattr(views.experiment, "with_held_out", lambda *given: few)
    for one in (*views.FAMILY[:3], views.FAMILY[-1]):
        small = replace(one, name=f"tiny-{one.name}", epochs=2, batch=64)
        monkeypatch.setitem(catalogue.EXPERIMENTS, small.name, small)
    return few


def test_a_run_is_judged_with_few_and_with_many_labels(tiny, tmp_path, capsys):
    assert run("tiny-*", "--seeds", "2", "--out", str(tmp_path)) == 0
    assert "400 labels" in capsys.readouterr().out
    runs = results.runs("tiny-*", tmp_path)
    assert len(runs) == 8
    for one in runs:
        right = one["test"]["by_neighbours"]
        assert right.keys() == {"1", "10", "400"}
        assert all(0 < share <= 100 for share in right.values())
        assert len(one.get("losses", ())) == one["settings"]["epochs"]
    for kind in ("untrained", "nt-xent-tau0.05"):
        first, second = results.runs(f"tiny-views-{kind}", tmp_path)
        assert first["test"] != second["test"]
    assert command_line(["table", "tiny-*", "--out", str(tmp_path)]) == 0
    assert "right, 10 labels (%)" in capsys.readouterr().out


def test_the_loss_of_a_seed_is_the_same_again_and_falls(tiny, tmp_path):
    one = replace(views.FAMILY[-1], name="tiny-again", epochs=3, batch=64)
    logs = [one.train(0, 0, views.CPU()).measured["losses"] for _ in range(2)]
    assert logs[0] == logs[1]
    assert logs[0][-1] < logs[0][0]


def in_the_book(name, what="by_neighbours"):
    found = results.runs(f"views-{name}")
    return [
        np.mean([run["test"][what][count] for run in found])
        for count in ("1", "10", "400")
    ]


@pytest.mark.parametrize("tau", ["0.5", "0.1"])
def test_what_the_page_says_of_the_books_runs(tau):
    few, some, many = in_the_book(f"nt-xent-tau{tau}")
    pixels, untrained = in_the_book("pixels"), in_the_book("untrained")
    assert few > pixels[0] + 5
    assert some > pixels[1] + 2
    assert many < pixels[2] - 0.5
    assert all(b < a for a, b in zip((few, some, many), untrained, strict=True))
    best = [max(pair) for pair in zip((few, some, many), pixels, strict=True)]
    assert all(a > b for a, b in zip(in_the_book("supcon"), best, strict=True))


def test_what_the_page_says_of_the_projection():
    before, behind = (
        in_the_book("nt-xent-tau0.5", what) for what in ("by_neighbours", "projected")
    )
    assert behind[0] > before[0] + 2
    assert abs(behind[1] - before[1]) < 2
    assert abs(behind[2] - before[2]) < 2
