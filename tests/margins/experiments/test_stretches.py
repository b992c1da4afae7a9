"""A run names the code and machine of each of its stretches; no line is lost."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from test_run import NAME, ROOT, network, run, timeless

from margins import detection as task
from margins import provenance, results
from margins.experiments import __main__ as command_line
from margins.experiments import catalogue, detection, experiment
from mlcore import train


@pytest.fixture
def tiny(monkeypatch):
    """An experiment of a second, on the small digits, in the catalogue."""
    one = replace(
        catalogue.EXPERIMENTS[NAME],
        name="tiny",
        data="digits",
        network=network,
        epochs=2,
    )
    monkeypatch.setitem(catalogue.EXPERIMENTS, "tiny", one)
    return one


@pytest.fixture
def tiny_detection(monkeypatch):
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


def interrupted_behind_the_first_epoch(monkeypatch, tmp_path):
    """Run "tiny" with the checkpoint of its first epoch, as if of an older commit and
    NumPy."""
    save = train.checkpoint.CheckpointFile.save

    def once(self, state, net):
        save(self, state, net)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(train.checkpoint.CheckpointFile, "save", once)
        patched.setattr(provenance, "commit", lambda: "0" * 40)
        patched.setattr(np, "__version__", "2.1.0")
        assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 130


@pytest.mark.parametrize("kind", ["tiny", "tiny_detection"])
def test_a_resumed_run_names_what_made_each_of_its_stretches(
    kind, request, tmp_path, monkeypatch, capsys
):
    one = request.getfixturevalue(kind)
    run("tiny", "--seeds", "1", "--out", str(tmp_path / "whole"))
    interrupted_behind_the_first_epoch(monkeypatch, tmp_path)
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    (whole,), (resumed,) = (
        results.runs("tiny", f) for f in (tmp_path / "whole", tmp_path)
    )
    first, second = results.stretches(resumed)
    steps = second["steps"][1]
    assert (first["steps"], second["steps"]) == (
        [1, steps // 2],
        [steps // 2 + 1, steps],
    )
    assert (first["commit"], second["commit"]) == ("0" * 40, provenance.commit())
    assert (first["versions"]["numpy"], second["versions"]["numpy"]) == (
        "2.1.0",
        np.__version__,
    )
    assert {"date", "machine", "device"} <= first.keys() & second.keys()
    # At the top stands what measured the result, as it always did.
    assert resumed["commit"] == second["commit"]
    assert timeless(resumed) == timeless(whole)
    assert [one["steps"] for one in results.stretches(whole)] == [[1, steps]]
    assert results.mixed(resumed)
    assert not results.mixed(whole)
    assert one.epochs == len(resumed["history"])

    capsys.readouterr()
    for folder, said in ((tmp_path, True), (tmp_path / "whole", False)):
        command_line.main(["table", "tiny", "--out", str(folder)])
        note = "trained by more than one code, library or machine: tiny"
        assert (note in capsys.readouterr().out) is said


@pytest.mark.parametrize("kind", ["tiny", "tiny_detection"])
def test_a_folder_removed_behind_the_last_step_costs_nothing(
    kind, request, tmp_path, monkeypatch
):
    """Checkpoint and lock are gone while the results are measured, and the results are
    written."""
    request.getfixturevalue(kind)
    measured = {"tiny": (experiment, "_measured"), "tiny_detection": (task, "measure")}[
        kind
    ]
    real = getattr(*measured)

    def remove_and_measure(*arguments):
        shutil.rmtree(tmp_path, ignore_errors=True)
        return real(*arguments)

    monkeypatch.setattr(*measured, remove_and_measure)
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    (report,) = results.runs("tiny", tmp_path)
    assert len(results.stretches(report)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["results.jsonl"]


def test_the_books_own_files_are_read_as_one_stretch():
    """They are from before stretches were kept."""
    for name in results.names():
        for one in results.runs(name):
            for stretch in results.stretches(one):
                assert re.fullmatch("[0-9a-f]{40}", stretch["commit"])
                assert {"date", "machine", "versions"} <= stretch.keys()


HOLD = """
import sys, time
from mlcore import locks
with locks.held(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_that_another_process_is_at_is_left_to_it(tiny, tmp_path, capsys):
    """And the next seed is taken: two terminals may share the work of one command."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "tiny-seed-0")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdout.readline() == "held\n"
        assert run("tiny", "--seeds", "2", "--out", str(tmp_path)) == 1
        other.kill()
    assert f"tiny-seed-0 is in use by process {other.pid}" in capsys.readouterr().err
    assert [report["seed"] for report in results.runs("tiny", tmp_path)] == [1]


def test_what_another_process_has_done_meanwhile_is_not_done_again(
    tiny, tmp_path, monkeypatch
):
    run("tiny", "--seeds", "1", "--out", str(tmp_path))
    (before,) = results.runs("tiny", tmp_path)
    monkeypatch.setattr(train, "fit", None)
    assert experiment.run(tiny, 0, tmp_path, command="") == before


def test_two_real_commands_at_once_end_with_the_results_of_one(tmp_path):
    program = [
        sys.executable,
        "-m",
        "experiments",
        "run",
        NAME,
        "--seeds",
        "1",
        "--epochs",
        "1",
    ]
    program += ["--out", str(tmp_path)]
    both = [
        subprocess.Popen(
            program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    errors = [process.communicate()[1].decode() for process in both]
    (report,) = results.runs(f"{NAME}-1-epochs", tmp_path)
    assert len(report["history"]) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["results.jsonl"]
    for process, error in zip(both, errors, strict=True):
        assert process.returncode == 0 or "is in use by process" in error
    assert any(process.returncode == 0 for process in both)


def test_a_run_of_other_settings_is_refused_by_name(
    tiny, tmp_path, monkeypatch, capsys
):
    """It would be taken for the one that was asked for."""
    run("tiny", "--seeds", "1", "--out", str(tmp_path))
    before = (tmp_path / "results.jsonl").read_bytes()
    monkeypatch.setitem(catalogue.EXPERIMENTS, "tiny", replace(tiny, batch=32))
    capsys.readouterr()
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 1
    error = capsys.readouterr().err
    assert "holds tiny, seed 0, of other settings:" in error
    assert "batch changed. Give another folder" in error
    assert (tmp_path / "results.jsonl").read_bytes() == before


def test_an_older_run_that_lacks_a_setting_is_still_there(tiny, tmp_path, monkeypatch):
    run("tiny", "--seeds", "1", "--out", str(tmp_path))
    (old,) = results.runs("tiny", tmp_path)
    del old["settings"]["augment"], old["stretches"]
    results.write(old, tmp_path / "results.jsonl")
    monkeypatch.setattr(train, "fit", None)
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    assert results.runs("tiny", tmp_path) == [old]


WRITE = """
import sys
from margins import results
for seed in range(20):
    run = {"experiment": sys.argv[1], "seed": seed, "text": "x" * 1000}
    results.write(run, sys.argv[2])
"""


def test_two_processes_that_write_at_once_lose_no_line(tmp_path):
    path = tmp_path / "results.jsonl"
    both = [
        subprocess.Popen([sys.executable, "-c", WRITE, name, str(path)], cwd=ROOT)
        for name in ("one", "other")
    ]
    assert [process.wait() for process in both] == [0, 0]
    for name in ("one", "other"):
        found = results.runs(name, tmp_path)
        assert [run["seed"] for run in found] == list(range(20))
    assert [file.name for file in tmp_path.iterdir()] == ["results.jsonl"]


def test_a_write_that_is_cut_off_leaves_the_lines_that_were_there(
    tmp_path, monkeypatch
):
    path = tmp_path / "results.jsonl"
    results.write({"experiment": "a", "seed": 0}, path)

    def stop(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", stop)
        with pytest.raises(KeyboardInterrupt):
            results.write({"experiment": "a", "seed": 1}, path)
    assert results.runs("a", tmp_path) == [{"experiment": "a", "seed": 0}]
    results.write({"experiment": "a", "seed": 1}, path)
    results.write({"experiment": "a", "seed": 0, "again": True}, path)
    assert results.runs("a", tmp_path) == [
        {"experiment": "a", "seed": 0, "again": True},
        {"experiment": "a", "seed": 1},
    ]
