"""The detection experiments: their files, their resumption, and what is chosen without
the test set."""

import math
from dataclasses import replace

import numpy as np
import pytest
from test_run import run, timeless

from margins import detection as task
from margins import papers, results
from margins.detection import training
from margins.experiments import __main__ as command_line
from margins.experiments import catalogue, detection
from mlcore import datasets
from mlcore.train import loop
from mlcore.train.identity import identity


@pytest.fixture
def tiny(monkeypatch):
    """An experiment of a second, on the small digits, in the catalogue."""
    one = replace(
        detection.FAMILY[0],
        name="tiny",
        data="digits",
        layout=replace(detection.LAYOUT, size=32, piece=(3, 5), pieces=(2, 6)),
        border=0,
        scenes=30,
        looked_at=20,
        epochs=2,
    )
    monkeypatch.setitem(catalogue.EXPERIMENTS, "tiny", one)
    return one


def test_a_run_ends_with_a_line_for_each_seed(tiny, tmp_path, capsys):
    assert run("tiny", "--seeds", "2", "--out", str(tmp_path)) == 0
    first, second = results.runs("tiny", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["results.jsonl"]
    for report in first, second:
        assert report["command"] == "python -m experiments run tiny --seeds 2"
        assert [row["number"] for row in report["history"]] == [1, 2]
        assert report["settings"]["head"]["1"] == repr(tiny.loss)
        assert 0 < report["test"]["average_precision"] <= 100
        assert len(report["test"]["precision"]) == len(training.RECALLS) == 100
        assert 20 <= report["test"]["positives"] <= 40  # one or two in each scene
    assert first["test"]["negatives"] == second["test"]["negatives"]  # the same scenes
    assert first["test"]["average_precision"] != second["test"]["average_precision"]
    assert "test average precision" in capsys.readouterr().out


def test_a_run_that_stopped_in_the_middle_of_an_epoch_goes_on(
    tiny, tmp_path, monkeypatch
):
    """Ctrl-C at the sixth of eight steps, with a checkpoint behind each; then the same
    command."""
    run("tiny", "--seeds", "1", "--out", str(tmp_path / "whole"))

    fit, step = training.fit, loop._step

    def stopped(state, *arguments):
        if state.step == 5:
            raise KeyboardInterrupt
        return step(state, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "_step", stopped)
        patched.setattr(
            task, "fit", lambda *a, **o: fit(*a, **o, checkpoint_seconds=1e-9)
        )
        assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 130
    assert (tmp_path / "tiny-seed-0.npz").exists()
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    (whole,), (resumed,) = (
        results.runs("tiny", f) for f in (tmp_path / "whole", tmp_path)
    )
    assert timeless(resumed) == timeless(whole)


def test_a_checkpoint_of_another_loss_is_refused(tiny, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patched:
        patched.setattr(training, "scores", None)  # breaks down behind the training
        assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 1
    other = replace(tiny, loss=detection.focal(2.0, 0.25))
    monkeypatch.setitem(catalogue.EXPERIMENTS, "tiny", other)
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 1
    assert (
        "belongs to another training: its head was another" in capsys.readouterr().err
    )


def test_with_held_out_digits_the_test_set_is_not_looked_at(
    tiny, tmp_path, monkeypatch, capsys
):
    drawn = []
    real = training.measure
    monkeypatch.setattr(
        task,
        "measure",
        lambda net, scenes: drawn.append(scenes) or real(net, scenes),
    )
    assert run("tiny", "--seeds", "1", "--hold-out", "200", "--out", str(tmp_path)) == 0
    (report,) = results.runs("tiny-hold-out-200", tmp_path)
    assert "test" not in report
    assert "validation average precision" in capsys.readouterr().out
    validation = datasets.hold_out(datasets.load("digits"), 200).validation
    expected = task.draw_scenes(20, validation.images, tiny.layout, seed=2)
    np.testing.assert_array_equal(drawn[0].pictures, expected.pictures)


def test_on_another_device_everything_stays_there(tiny, tmp_path, strict_gpu):
    assert (
        run("tiny", "--seeds", "1", "--device", "gpu", "--out", str(tmp_path / "gpu"))
        == 0
    )
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path / "cpu")) == 0
    (there,), (here,) = (
        results.runs("tiny", tmp_path / where) for where in ("gpu", "cpu")
    )
    # Both compute with NumPy in the end, but sum in another order here and there.
    losses = [[row["loss"] for row in report["history"]] for report in (there, here)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_the_table_has_its_own_columns(tmp_path, capsys):
    for name, precisions in (
        ("detection-focal-gamma2", (90, 91)),
        ("detection-weighted", (92,)),
    ):
        for seed, precision in enumerate(precisions):
            report = {
                "experiment": name,
                "seed": seed,
                "paper": catalogue.EXPERIMENTS[name].paper,
                "small": "",
                "settings": {"epochs": 1},
                "test": {"average_precision": precision},
            }
            results.write(report, tmp_path / "results.jsonl")
    assert command_line.main(["table", "detection-*", "--out", str(tmp_path)]) == 0
    header, _, *rows = capsys.readouterr().out.splitlines()
    assert header.split("  ")[0] == "experiment"
    assert "average precision (%)" in header
    assert "test error" not in header
    assert rows[0].split() == ["detection-weighted", "1", "92.00", "31.1", "1"]
    assert rows[1].split() == [
        "detection-focal-gamma2",
        "2",
        "90.50",
        "±",
        "0.71",
        "34.0",
        "1",
    ]
    assert rows[4].startswith(
        "not measured: detection-cross-entropy, detection-focal-gamma0.5"
    )


@pytest.mark.parametrize("one", detection.FAMILY, ids=lambda one: one.name)
def test_every_row_can_be_trained_and_kept_in_a_checkpoint(one):
    assert identity("loss", one.loss)
    assert one.loss.reduction == "none"
    assert one.rate in detection.RATES
    assert math.prod(one.strides) == one.layout.stride
    assert one.paper is None or one.paper in papers.AVERAGE_PRECISION


def test_every_rate_is_tried_on_every_row_and_the_chosen_ones_are_among_them():
    tried = {(one.loss, one.rate) for one in detection.SEARCH}
    assert len(tried) == len(detection.FAMILY) * len(detection.RATES)
    assert {(one.loss, one.rate) for one in detection.FAMILY} <= tried


def test_rates_are_compared_on_held_out_digits(tiny, tmp_path, monkeypatch, capsys):
    """In a table of their own, beside which nothing of the test set stands."""
    for rate in (0.05, 10.0):
        one = replace(tiny, name=f"search-tiny-rate{rate:g}", rate=rate)
        monkeypatch.setitem(catalogue.EXPERIMENTS, one.name, one)
    words = ["--seeds", "1", "--hold-out", "200", "--out", str(tmp_path)]
    assert run("search-tiny-*", *words) == 0
    for rate in ("0.05", "10"):
        (report,) = results.runs(f"search-tiny-rate{rate}-hold-out-200", tmp_path)
        assert "test" not in report
        assert report["settings"]["optimiser"]["rate"]["1"] == float(rate)
    capsys.readouterr()
    command_line.main(["table", "search-tiny-*", "--out", str(tmp_path)])
    header, _, first, second, _ = capsys.readouterr().out.splitlines()
    assert header.startswith("on held-out images")
    assert float(first.split()[2]) > float(second.split()[2])
