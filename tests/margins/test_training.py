"""What a departure does to a training: the command, and what it has found."""

import json
import re
from statistics import fmean, stdev

import numpy as np
import pytest

from margins.judge import departures, training
from mlcore.losses import ArcFaceLoss
from mlcore.train import fit


def test_without_a_slip_it_trains_as_the_library_does():
    own = training.trained(ArcFaceLoss(m=0.5, s=8.0), seed=0, epochs=2)
    paper = training.trained(training.HEADS[0], seed=0, epochs=2)
    assert paper["test_accuracy"] == pytest.approx(own["test_accuracy"], abs=0.5)
    assert paper["own_angle"] == pytest.approx(own["own_angle"], abs=0.5)


def test_a_head_with_slips_is_one_that_a_training_takes(tmp_path):
    """It has what evaluation asks of it, and can be kept in a checkpoint."""
    head = training.Departing("l-softmax", (("m", 4), ("lam", 1.0)))
    assert not head.normalised_weights
    assert training.HEADS[0].normalised_weights
    data = training.datasets.load("digits")
    how = {"epochs": 1, "checkpoint": tmp_path / "it.npz", "progress": False}
    first = fit(training.network(0), head, data, **how)
    again = fit(training.network(0), head, data, **how)  # read, not trained again
    np.testing.assert_array_equal(first.w, again.w)


def test_every_head_makes_slips_that_are_known():
    for head in training.HEADS:
        assert set(head.slips) <= set(departures.SLIPS[head.loss])
    paper, *departing = (bool(head.slips) for head in training.HEADS)
    assert not paper
    assert any(departing)


def test_the_command_prints_means_and_writes_rows(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(training, "HEADS", training.HEADS[:2])
    monkeypatch.setattr(
        training,
        "trained",
        lambda head, seed: {"test_accuracy": 98 + seed, "own_angle": 1, "nearest": 2},
    )
    out = tmp_path / "trained.json"
    assert training.main(["--seeds", "2", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "test accuracy" in printed
    paper = next(line for line in printed.splitlines() if "the paper's" in line)
    assert re.findall(r"\S+ ± \S+", paper) == ["98.5 ± 0.7", "1.0 ± 0.0", "2.0 ± 0.0"]
    assert "margin without gradient" in printed
    written = json.loads(out.read_text())
    assert written["command"] == "python -m margins.judge.training --seeds 2"
    assert [row["seed"] for row in written["rows"]] == [0, 1, 0, 1]


# The committed file.


def of(slips, measure, s=8.0):
    return [
        row[measure]
        for row in training.read()["rows"]
        if row["s"] == s and row["slips"] == slips
    ]


def test_every_head_was_trained_with_every_seed():
    assert re.fullmatch("[0-9a-f]{40}", training.read()["commit"])
    for head in training.HEADS:
        seeds = of(list(head.slips), "seed", dict(head.parameters)["s"])
        assert seeds == list(range(training.SEEDS))
    assert sum(len(rows) for _, rows in training.table().groups) == len(training.HEADS)


def test_a_straight_through_margin_costs_a_part_of_the_angle_and_no_accuracy():
    paper, slip = (of(s, "own_angle") for s in ([], ["margin without gradient"]))
    assert fmean(slip) - fmean(paper) > 2 * max(stdev(paper), stdev(slip))
    paper, slip = (of(s, "test_accuracy") for s in ([], ["margin without gradient"]))
    assert abs(fmean(slip) - fmean(paper)) < max(stdev(paper), stdev(slip))


def test_lengths_without_gradient_bring_the_classes_together():
    slip = ["features' norms without gradient"]
    assert fmean(of(slip, "nearest")) < fmean(of([], "nearest")) / 2


def test_a_clamped_probability_stops_the_training_at_the_papers_scale():
    slip = ["probability clamped at 1e-7"]
    assert (
        max(of(slip, "test_accuracy", 64.0)) < min(of([], "test_accuracy", 64.0)) - 30
    )
