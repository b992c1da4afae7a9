"""The experiment with long tails, in two epochs."""

from dataclasses import replace

import numpy as np
import pytest
from test_run import run

from margins import results
from margins.experiments import catalogue, long_tails
from mlcore import datasets

DIGITS = datasets.load("mnist-5k")


def test_the_tail_has_its_counts_and_the_test_is_balanced():
    data = long_tails.long_tailed(DIGITS, seed=1)
    assert np.bincount(data.train.labels).tolist() == long_tails.counts()
    assert np.bincount(data.test.labels).tolist() == [100] * 10
    assert sorted(data.classes) == sorted(DIGITS.classes)


def test_labels_are_renamed_and_images_are_not():
    data = long_tails.long_tailed(DIGITS, seed=2)
    old = [DIGITS.classes.index(name) for name in data.classes]
    np.testing.assert_array_equal(np.array(old)[data.test.labels], DIGITS.test.labels)
    np.testing.assert_array_equal(data.test.images, DIGITS.test.images)
    whole = {
        (label, image.tobytes())
        for label, image in zip(DIGITS.train.labels, DIGITS.train.images, strict=True)
    }
    kept = [
        (old[label], image.tobytes())
        for label, image in zip(data.train.labels, data.train.images, strict=True)
    ]
    assert set(kept) <= whole
    assert len(set(kept)) == len(kept)


def test_a_seed_draws_the_rare_class_and_its_images():
    first, again, other = (long_tails.long_tailed(DIGITS, seed) for seed in (0, 0, 1))
    assert first.classes == again.classes != other.classes
    np.testing.assert_array_equal(first.train.images, again.train.images)


def test_weights_come_in_the_last_fifth():
    n = long_tails.counts()
    for name in ("deferred weights", "LDAM, deferred weights"):
        head = long_tails.ROWS[name].head(n, 100)
        assert head(80).class_weights is None
        assert head(81).class_weights == long_tails.weights(n)


@pytest.fixture
def tiny(monkeypatch):
    one = replace(long_tails.FAMILY[0], name="tiny-long-tail", epochs=2)
    monkeypatch.setitem(catalogue.EXPERIMENTS, one.name, one)


def test_all_rows_are_trained_and_measured(tiny, tmp_path, capsys):
    assert run("tiny-long-tail", "--seeds", "1", "--out", str(tmp_path)) == 0
    (one,) = results.runs("tiny-long-tail", tmp_path)
    assert list(one["by_class"]) == list(long_tails.ROWS)
    for name, row in long_tails.ROWS.items():
        found = np.array(one["by_class"][name])
        assert found.shape == (len(row.taus), 10)
        assert np.all((found >= 0) & (found <= 100))
        assert 0 < one["train_accuracy"][name] <= 100
    plain = np.array(one["by_class"]["cross-entropy"])
    # What is taken from the commonest the rarest may get, never the other way round.
    assert np.all(np.diff(plain[:, 0]) <= 0)
    assert np.all(np.diff(plain[:, -1]) >= 0)
    assert "adjusted after training" in capsys.readouterr().out


def test_nothing_is_chosen_on_held_out_images():
    with pytest.raises(ValueError, match="long-tail has no use for held-out images"):
        long_tails.FAMILY[0].settings(held_out=100)
