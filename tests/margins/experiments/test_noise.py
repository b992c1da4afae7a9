"""The experiment with wrong labels, in small."""

from dataclasses import replace

import numpy as np
import pytest
from test_run import run

from margins import results
from margins.experiments import catalogue, noise
from mlcore import datasets


@pytest.fixture
def small(monkeypatch):
    """A tenth of the digits, two numbers of rows, one and two epochs."""
    whole = datasets.load("mnist-5k")
    few = replace(
        whole,
        train=datasets.Split(whole.train.images[::8], whole.train.labels[::8]),
        test=datasets.Split(whole.test.images[::8], whole.test.labels[::8]),
    )
    monkeypatch.setattr(noise.datasets, "load", lambda name: few)
    for one in noise.FAMILY:
        tiny = replace(one, name=f"tiny-{one.name}", rows=(1, 3), lengths=(1, 2))
        monkeypatch.setitem(catalogue.EXPERIMENTS, tiny.name, tiny)
    return few


@pytest.mark.parametrize("kind", ["any other", "one other"])
def test_two_labels_in_five_are_wrong_and_the_images_stay(kind):
    data = datasets.load("mnist-5k")
    noisy, wrong = noise.mislabelled(data, kind, seed=3)
    true, given = data.train.labels, noisy.train.labels
    np.testing.assert_array_equal(given != true, wrong)
    assert abs(wrong.mean() - 0.4) < 0.03
    assert noisy.train.images is data.train.images
    assert noisy.test is data.test
    assert given.dtype == true.dtype
    others = [set(given[wrong & (true == j)]) for j in range(10)]
    if kind == "any other":
        assert all(len(found) == 9 for found in others)
    else:
        assert all(len(found) == 1 for found in others)
        assert len(set.union(*others)) == 10


def test_the_seed_draws_who_is_wrong():
    data = datasets.load("mnist-5k")
    first, second = (noise.mislabelled(data, "any other", s)[1] for s in (0, 1))
    assert not np.array_equal(first, second)


def test_more_rows_begin_as_fewer_do():
    assert noise.first_rows(0, 3).shape == (10, 3, 64)
    np.testing.assert_array_equal(noise.first_rows(0, 3)[:, :2], noise.first_rows(0, 2))


def test_every_training_is_measured(small, tmp_path, capsys):
    assert run("tiny-noise-*", "--seeds", "1", "--out", str(tmp_path)) == 0
    runs = results.runs("tiny-*", tmp_path)
    assert {one["kind"] for one in runs} == {"any other", "one other"}
    for one in runs:
        assert set(one["found"]) == {"1 1", "1 2", "3 1", "3 2"}
        right = len(small.train) - one["wrong"]
        for name, found in one["found"].items():
            assert 0 <= found["auc"] <= 1
            assert sum(found["angles"]["clean"]) == right
            assert sum(found["angles"]["wrong"]) == one["wrong"]
            for part in ("clean", "wrong"):
                # 75 is an edge of the bins.
                beyond = sum(found["angles"][part][75 // noise.BIN :])
                assert beyond == found["beyond"][part]
                assert found["beyond_own"][part] <= found["beyond"][part]
            if name.startswith("1 "):
                assert found["auc"] == found["auc_own"]
                assert found["dominant"] == found["all_rows"]
                assert found["beyond"] == found["beyond_own"]
                assert found["at_first"] == {"clean": right, "wrong": one["wrong"]}
            assert found["retrained"] is None or 0 <= found["retrained"] <= 100
    assert "AUC" in capsys.readouterr().out


def test_nothing_is_held_out():
    with pytest.raises(ValueError, match="no use for held-out images"):
        noise.FAMILY[0].settings(held_out=100)
