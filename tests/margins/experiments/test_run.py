"""Running an experiment: its file, its resumption, and what a user reads."""

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from margins import results
from margins.experiments import __main__ as command_line
from margins.experiments import catalogue
from mlcore import datasets, losses, train
from mlcore.layers import BatchNorm, Flatten, Linear, PReLU, Sequential
from mlcore.optim import SGD

ROOT = Path(__file__).parents[3]
NAME = "mnist-5k-softmax-small"


def network(seed, like=None):
    return Sequential(
        [
            Flatten(),
            Linear(64, 16, bias=False),
            BatchNorm(16),
            PReLU(16),
            Linear(16, 8),
        ],
        seed=seed,
        like=like,
        input_shape=(8, 8, 1),
    )


@pytest.fixture
def tiny(monkeypatch):
    """An experiment of a second, on the small digits, in the catalogue."""
    one = replace(
        catalogue.EXPERIMENTS[NAME],
        name="tiny",
        data="digits",
        network=network,
        epochs=2,
        features=5,
    )
    monkeypatch.setitem(catalogue.EXPERIMENTS, "tiny", one)
    return one


def run(*words):
    return command_line.main(["run", *words])


def timeless(report):
    """Without what differs when a run is repeated: when, how long it took, in how many
    pieces."""
    own = ("date", "seconds", "stretches")
    history = [
        {k: v for k, v in row.items() if k != "seconds"} for row in report["history"]
    ]
    return {k: v for k, v in report.items() if k not in own} | {"history": history}


def test_a_run_ends_with_a_line_for_each_seed(tiny, tmp_path, capsys):
    assert run("tiny", "--seeds", "2", "--out", str(tmp_path)) == 0
    reports = results.runs("tiny", tmp_path)
    assert [report["seed"] for report in reports] == [0, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["results.jsonl"]
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 2
    for report in reports:
        assert report["command"] == "python -m experiments run tiny --seeds 2"
        assert re.match(
            r"[0-9a-f]{40}|unknown \(git is not installed\)", report["commit"]
        )
        assert report["device"] == "cpu"
        assert report["settings"]["network"][0] == "Flatten()"
        assert report["settings"]["head"]["1"] == repr(losses.SoftmaxLoss())
        assert [row["number"] for row in report["history"]] == [1, 2]
        for split in ("train", "test"):
            measured = report[split]
            assert {
                "accuracy",
                "fisher",
                "own_angle",
                "within",
                "nearest",
            } <= measured.keys()
            assert len(measured["features"]) == len(measured["labels"]) == 5
    assert reports[0]["test"]["accuracy"] != reports[1]["test"]["accuracy"]
    assert "test accuracy" in capsys.readouterr().out


def test_the_figures_are_those_of_a_training_by_hand(tiny, tmp_path):
    run("tiny", "--seeds", "1", "--out", str(tmp_path))
    (report,) = results.runs("tiny", tmp_path)
    data = datasets.load("digits")
    net = network(0)
    descent = tiny.optimiser(2 * 22)
    history = train.fit(
        net, tiny.head(1), data, epochs=2, optimiser=descent, seed=0, progress=False
    )
    assert report["test"]["accuracy"] == 100 * history.test_accuracy
    assert report["train"]["accuracy"] == 100 * history.train_accuracy
    assert [row["loss"] for row in report["history"]] == [
        e.loss for e in history.epochs
    ]
    first = train.features(net, data.test.images[:5])
    # They are stored to the fourth digit of the largest.
    stored = np.array(report["test"]["features"])
    np.testing.assert_allclose(stored, first, rtol=0, atol=1e-3 * np.abs(stored).max())
    assert report["test"]["labels"] == data.test.labels[:5].tolist()


def test_what_is_there_is_not_trained_again(tiny, tmp_path, monkeypatch, capsys):
    run("tiny", "--seeds", "1", "--out", str(tmp_path))
    before = results.runs("tiny", tmp_path)
    monkeypatch.setattr(train, "fit", None)
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    assert results.runs("tiny", tmp_path) == before
    assert f"there already: {tmp_path / 'results.jsonl'}" in capsys.readouterr().out


def test_a_run_that_stopped_goes_on(tiny, tmp_path, monkeypatch, capsys):
    """Ctrl-C behind the first epoch; then the same command."""
    run("tiny", "--seeds", "1", "--out", str(tmp_path / "whole"))

    real = train.fit

    def stopped(*arguments, **options):
        def stop(epoch, net, w):
            if epoch.number == 2:
                raise KeyboardInterrupt

        return real(*arguments, **options, on_epoch=stop)

    with monkeypatch.context() as patched:
        patched.setattr(train, "fit", stopped)
        assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 130
    assert "the same command goes on from its last" in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "tiny-seed-0.npz",
        "whole",
    ]
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    (whole,), (resumed,) = (
        results.runs("tiny", f) for f in (tmp_path / "whole", tmp_path)
    )
    assert timeless(resumed) == timeless(whole)


def test_a_killed_program_goes_on(tmp_path):
    """The real command on real digits, killed once it has a checkpoint."""
    program = [sys.executable, "-m", "experiments", "run", NAME]
    program += ["--seeds", "1", "--epochs", "2"]

    def start(out):
        return subprocess.Popen(
            [*program, "--out", str(out)], cwd=ROOT, stdout=subprocess.DEVNULL
        )

    with start(tmp_path / "whole") as whole:
        assert whole.wait() == 0
    name, folder = f"{NAME}-2-epochs", tmp_path / "killed"
    with start(folder) as killed:
        while not (folder / f"{name}-seed-0.npz").exists():
            assert killed.poll() is None
            time.sleep(0.005)
        time.sleep(0.1)
        killed.kill()
    assert results.names(folder) == []
    with start(folder) as resumed:
        assert resumed.wait() == 0
    (one,), (two,) = (results.runs(name, f) for f in (tmp_path / "whole", folder))
    assert timeless(one) == timeless(two)


def test_with_held_out_images_the_test_set_is_not_mentioned(tiny, tmp_path, capsys):
    assert run("tiny", "--seeds", "1", "--hold-out", "200", "--out", str(tmp_path)) == 0
    (report,) = results.runs("tiny-hold-out-200", tmp_path)
    assert "test" not in report
    assert report["validation"]["accuracy"] == pytest.approx(
        100 * report["history"][-1]["validation"]
    )
    assert "validation accuracy" in capsys.readouterr().out


def test_other_epochs_are_another_experiment(tiny, tmp_path, capsys):
    run("tiny", "--seeds", "1", "--epochs", "1", "--out", str(tmp_path))
    assert results.names(tmp_path) == ["tiny-1-epochs"]
    assert command_line.main(["table", "tiny-1*", "--out", str(tmp_path)]) == 0
    assert "\ntiny-1-epochs  " in capsys.readouterr().out


def test_without_a_command_there_is_an_overview(capsys):
    assert command_line.main([]) == 0
    assert "python -m experiments run mnist-softmax-small" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["run", "nothing-like-it"],
            "no experiment 'nothing-like-it'; `python -m experiments list` names them",
        ),
        (["run", "mnist-softmax-smal"], "did you mean mnist-softmax-small"),
        (["table", "nothing-like-it"], "there is no experiment"),
        (["list", "nothing-like-it"], "there is no experiment"),
    ],
)
def test_a_wrong_name_is_answered_in_one_line(words, message, capsys):
    assert command_line.main(words) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["--seeds", "0"], ["--epochs", "x"], ["--hold-out", "-5"]]
)
def test_a_wrong_number_is_answered(words, capsys):
    with pytest.raises(SystemExit) as stop:
        run(NAME, *words)
    assert stop.value.code == 2
    assert (
        f"argument {words[0]}: must be a whole number from 1 on"
        in capsys.readouterr().err
    )


def test_a_damaged_checkpoint_is_answered_by_name(tiny, tmp_path, capsys):
    (tmp_path / "tiny-seed-0.npz").write_bytes(b"PK")
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 1
    assert "tiny-seed-0.npz is not a checkpoint" in capsys.readouterr().err


def test_one_that_fails_does_not_stop_the_others(tiny, tmp_path, monkeypatch, capsys):
    explodes = replace(tiny, name="explodes", optimiser=lambda steps: SGD(lr=1e20))
    monkeypatch.setitem(catalogue.EXPERIMENTS, "explodes", explodes)
    with np.errstate(all="ignore"):
        assert run("explodes", "tiny", "--seeds", "1", "--out", str(tmp_path)) == 1
    assert results.names(tmp_path) == ["tiny"]
    assert "error: training broke down in epoch 1" in capsys.readouterr().err


def test_a_damaged_results_file_is_answered_by_name(tmp_path):
    whole = json.dumps({"experiment": "tiny", "seed": 0})
    (tmp_path / "results.jsonl").write_text(f"{whole}\n{whole[:-5]}")
    with pytest.raises(
        ValueError, match=r"line 2 of .*results\.jsonl is not a whole run"
    ):
        results.runs("tiny", tmp_path)


def test_a_gpu_that_is_not_there_is_answered(tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)  # as where it is not installed
    with pytest.raises(SystemExit, match="--device gpu needs CuPy"):
        run("tiny", "--device", "gpu", "--out", str(tmp_path))


def test_on_another_device_everything_stays_there(tiny, tmp_path, strict_gpu):
    assert (
        run("tiny", "--seeds", "1", "--device", "gpu", "--out", str(tmp_path / "gpu"))
        == 0
    )
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path / "cpu")) == 0
    (there,), (here,) = (
        results.runs("tiny", tmp_path / where) for where in ("gpu", "cpu")
    )
    assert there["device"] == "a strict one"
    assert there["command"].endswith("--device gpu")
    # Both compute with NumPy in the end, but sum in another order here and there.
    losses = [[row["loss"] for row in report["history"]] for report in (there, here)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert there["test"]["accuracy"] == pytest.approx(here["test"]["accuracy"], abs=1)


def made_up(name, seed, error, paper=None, small=""):
    """A run as far as the table reads it."""
    return {
        "experiment": name,
        "seed": seed,
        "paper": paper,
        "small": small,
        "settings": {"epochs": 1},
        "test": {"accuracy": 100 - error, "fisher": 0.1 + seed, "own_angle": 10.0},
    }


def test_the_table_has_mean_deviation_paper_and_what_is_missing(tmp_path, capsys):
    name = "cifar10-softmax-small"
    for seed, error in enumerate((10.0, 11.0, 12.0)):
        report = made_up(
            name, seed, error, paper="cifar10-softmax", small="half as wide"
        )
        results.write(report, tmp_path / "results.jsonl")
    assert command_line.main(["table", "cifar10-softmax*", "--out", str(tmp_path)]) == 0
    _, _, row, *lines = capsys.readouterr().out.splitlines()
    assert row.split() == [
        name, "3", "11.00", "±", "1.00", "9.05", "(unchecked)", "1.100", "±", "1.000",
        "10.0", "±", "0.0", "1",
    ]  # fmt: skip
    assert lines == [
        "",
        "Mean ± standard deviation over 3 runs.",
        f"smaller than the paper's (half as wide): {name}",
        "not measured: cifar10-softmax",
    ]


def test_one_seed_has_no_deviation():
    runs = [made_up("a", 0, 1.0)]
    assert (
        results.over_seeds(runs, lambda run: 100 - run["test"]["accuracy"]).text(2)
        == "1.00"
    )
    with pytest.raises(ValueError, match="runs must hold at least one run"):
        results.over_seeds([], lambda run: 0)


def test_the_committed_results_are_those_of_declared_experiments_and_a_known_commit():
    for name in results.names():
        assert name in catalogue.EXPERIMENTS
        for report in results.runs(name):
            assert re.fullmatch("[0-9a-f]{40}", report["commit"])  # of a clean tree
            assert report["experiment"] == name
            # where several networks are trained in a run, each for its own time
            lengths = report["settings"].get("lengths", [])
            epochs = report["settings"].get("epochs", max(lengths, default=None))
            # 0 where nothing is trained: pixels, or a network as it was drawn
            assert epochs in (0, catalogue.EXPERIMENTS[name].epochs)
            if report.get("history"):  # of one training; of several, or of none, none
                assert len(report["history"]) == epochs
            measured = {"test", "splits", "recall", "found", "by_class", "by_length"}
            assert measured & set(report)
