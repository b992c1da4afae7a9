"""The experiment with ten thousand classes, on ten."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from test_run import run

from margins import results
from margins.experiments import catalogue, characters
from margins.experiments.__main__ import main as command_line
from mlcore import datasets


@lru_cache(maxsize=1)
def glyphs():
    """Some digits in the place of all characters."""
    ds = datasets.load("mnist-5k")
    few = datasets.Split(ds.train.images[::10], ds.train.labels[::10])
    return replace(ds, name="han-glyphs", train=few)


@pytest.fixture
def ten(monkeypatch):
    monkeypatch.setattr(characters, "SEEN", 7)
    monkeypatch.setattr(characters, "STYLES", 10_000)
    given = glyphs()
    monkeypatch.setattr(characters.datasets, "load", lambda name: given)
    characters.characters.cache_clear()
    for one in characters.FAMILY:
        small = replace(one, name=f"tiny-{one.name}", batch=64)
        monkeypatch.setitem(catalogue.EXPERIMENTS, small.name, small)
    yield
    characters.characters.cache_clear()


def test_seen_and_unseen_characters(ten):
    data, others = characters.characters()
    assert len(data.classes) == 7
    assert set(np.unique(data.train.labels)) == set(np.unique(data.test.labels))
    assert set(np.unique(data.test.labels)) == set(range(7))
    assert len(np.unique(others.labels)) == 3
    assert len(data.test) + len(others) == len(glyphs().test)
    # A label names the same character in all three.
    for split, name in ((data.train, "train"), (data.test, "test")):
        whole = getattr(glyphs(), name)
        for label in range(7):
            old = glyphs().classes.index(data.classes[label])
            np.testing.assert_array_equal(
                split.images[split.labels == label], whole.images[whole.labels == old]
            )


def test_no_character_is_trained_on_in_more_styles_than_it_may(ten, monkeypatch):
    monkeypatch.setattr(characters, "STYLES", 3)
    characters.characters.cache_clear()
    data, _ = characters.characters()
    assert np.bincount(data.train.labels).tolist() == [3] * 7


def test_the_first_of_each_class_are_found_in_any_order():
    labels = np.asarray([2, 0, 2, 2, 1, 0, 0])
    assert characters.first_of_each(labels, 2).tolist() == [0, 1, 2, 4, 5]
    assert characters.first_of_each(labels, 9).tolist() == list(range(7))


def test_every_head_trains_and_is_judged(ten, tmp_path, capsys):
    assert run("tiny-glyphs-*", "--seeds", "1", "--out", str(tmp_path)) == 0
    runs = {one["experiment"]: one for one in results.runs("tiny-*", tmp_path)}
    assert len(runs) == len(characters.FAMILY)
    for name, one in runs.items():
        assert 0 < one["recall"] <= 100
        assert 0 <= one["eer"] <= 100
        if name != "tiny-glyphs-pixels":
            assert 0 < one["test"]["accuracy"] <= 100
            assert one["cpu_seconds"] >= 0
    long, short = (runs[f"tiny-glyphs-tenth{kind}"] for kind in ("-long", ""))
    assert len(long["history"]) == 2 * len(short["history"])
    assert "at FAR 0.0001" in capsys.readouterr().out
    assert command_line(["table", "tiny-*", "--out", str(tmp_path)]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert "rank-1 %" in head
    assert "test error" not in head
    assert len(rows) >= len(characters.FAMILY)


def test_the_seed_draws_the_sample():
    sampled = characters.FAMILY[3]
    one, two = (sampled.head(seed)(1).sampled for seed in (0, 1))
    y = np.zeros(1, int)
    assert not np.array_equal(
        one.choice(y, 0, 1000, step=1)[0], two.choice(y, 0, 1000, step=1)[0]
    )
