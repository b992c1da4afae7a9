"""Verification as an experiment: its run, and who is trained on."""

import numpy as np
import pytest
from test_run import network, run

from margins import open_set, results
from margins.experiments import catalogue, verification
from mlcore import datasets


def split(unseen):
    return datasets.open_set(datasets.load("digits"), unseen)


def tiny(loss, **changes):
    options = dict(epochs=1, samples=5, unseen=((0, 1, 2), (3, 4, 5))) | changes
    return verification.Verification(
        f"tiny-{loss}", loss, "digits", split, network, **options
    )


@pytest.fixture
def declared(monkeypatch):
    for loss in ("pixels", "untrained", "softmax"):
        monkeypatch.setitem(catalogue.EXPERIMENTS, f"tiny-{loss}", tiny(loss))


def test_a_run_has_every_split_and_pixels_have_one_seed(declared, tmp_path, capsys):
    assert run("tiny-*", "--seeds", "2", "--out", str(tmp_path)) == 0
    runs = results.runs("tiny-*", tmp_path)
    assert [(one["loss"], one["seed"]) for one in runs] == [
        ("pixels", 0),
        ("untrained", 0),
        ("softmax", 0),
        ("untrained", 1),
        ("softmax", 1),
    ]
    for one in runs:
        assert len(one["splits"]) == 2
        for judged in one["splits"]:
            assert len(judged["curve"]) == len(verification.CURVE)
            assert judged["seen"].keys() == {"recall", "ten_folds", "eer", "tar"}
            assert judged["interval"]["eer"][0] <= judged["eer"]
        assert one["settings"]["bootstrap"] == "images, 5 samples"
        assert one["seconds"] >= 0
    assert runs[1]["splits"] != runs[3]["splits"]
    assert "EER" in capsys.readouterr().out
    assert run("tiny-*", "--seeds", "2", "--out", str(tmp_path)) == 0
    assert capsys.readouterr().out.count("there already") == 5


def test_pixels_are_judged_as_they_are(declared, tmp_path):
    run("tiny-pixels", "--out", str(tmp_path))
    (one,) = results.runs("tiny-pixels", tmp_path)
    data = split((0, 1, 2))
    x = data.test.images.reshape(len(data.test.images), -1) / 255
    measured = open_set.measure(x - x.mean(axis=1, keepdims=True), data.test.labels)
    assert one["splits"][0]["eer"] == pytest.approx(measured["eer"], abs=0.02)


def test_training_may_see_the_first_few_identities_only():
    few, all_seven = tiny("softmax", people=3), tiny("softmax")
    labels = few.chosen((0, 1, 2)).train.labels
    assert set(np.unique(labels)) == {0, 1, 2}
    everybody = all_seven.chosen((0, 1, 2)).train.labels
    assert set(np.unique(everybody)) == set(range(7))
    assert (labels == everybody[everybody < 3]).all()


def test_images_cannot_be_held_out(declared, tmp_path, capsys):
    words = ["--hold-out", "100", "--out", str(tmp_path)]
    assert run("tiny-softmax", *words) == 1
    assert "tiny-softmax-hold-out-100 has no use for" in capsys.readouterr().err


def test_on_another_device_everything_stays_there(declared, tmp_path, strict_gpu):
    found = []
    for where in ("gpu", "cpu"):
        words = ["--seeds", "1", "--device", where, "--out", str(tmp_path / where)]
        assert run("tiny-softmax", *words) == 0
        found += results.runs("tiny-softmax", tmp_path / where)
    assert found[0]["device"] == "a strict one"
    eers = [[judged["eer"] for judged in one["splits"]] for one in found]
    assert eers[0] == pytest.approx(eers[1], abs=0.5)  # they sum in another order
