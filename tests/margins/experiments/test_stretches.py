"""A results file names the code and the machine of every stretch, and two runs share no
file."""

import json
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
from margins.experiments import catalogue, detection, experiment, verification
from mlcore import locks, train


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
    save = train.state.CheckpointFile.save

    def once(self, state, net):
        save(self, state, net)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(train.state.CheckpointFile, "save", once)
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
        shutil.rmtree(tmp_path / "tiny", ignore_errors=True)
        return real(*arguments)

    monkeypatch.setattr(*measured, remove_and_measure)
    assert run("tiny", "--seeds", "1", "--out", str(tmp_path)) == 0
    (report,) = results.runs("tiny", tmp_path)
    assert len(results.stretches(report)) == 1
    assert [file.name for file in (tmp_path / "tiny").iterdir()] == ["seed-0.json"]


def test_the_books_own_files_are_read_as_one_stretch():
    """They are from before stretches were kept."""
    for name in results.names():
        for one in results.runs(name):
            for stretch in results.stretches(one):
                assert re.fullmatch("[0-9a-f]{40}", stretch["commit"])
                assert {"date", "machine", "versions"} <= stretch.keys()
    assert results.stretches(results.load("verification-faces"))[0]["versions"]["numpy"]


HOLD = """
import sys, time
from mlcore import locks
with locks.held(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_that_another_process_is_at_is_left_to_it(tiny, tmp_path, capsys):
    """And the next seed is taken: two terminals may share the work of one command."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "tiny" / "seed-0.json")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdout.readline() == "held\n"
        assert run("tiny", "--seeds", "2", "--out", str(tmp_path)) == 1
        other.kill()
    assert f"seed-0.json is in use by process {other.pid}" in capsys.readouterr().err
    assert [report["seed"] for report in results.runs("tiny", tmp_path)] == [1]


def test_what_another_process_has_done_meanwhile_is_not_done_again(
    tiny, tmp_path, monkeypatch
):
    run("tiny", "--seeds", "1", "--out", str(tmp_path))
    (before,) = results.runs("tiny", tmp_path)
    monkeypatch.setattr(train, "fit", None)
    path = experiment.path(tiny, 0, tmp_path)
    assert experiment.run(tiny, 0, path, command="") == before


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
    assert [file.name for file in (tmp_path / f"{NAME}-1-epochs").iterdir()] == [
        "seed-0.json"
    ]
    for process, error in zip(both, errors, strict=True):
        assert process.returncode == 0 or "is in use by process" in error
    assert any(process.returncode == 0 for process in both)


@pytest.fixture
def small_verification(tmp_path, monkeypatch):
    """`margins.experiments.verification` with two runs instead of hundreds; and what it
    wrote."""
    monkeypatch.setattr(verification, "FOLDER", tmp_path)
    setting = replace(verification.FASHION, unseen=((0,),), epochs=1)
    monkeypatch.setitem(
        verification.SETTINGS,
        "fashion",
        (setting, lambda unseen: "some data", verification.fashion_network),
    )
    losses = ("pixels", "untrained")
    monkeypatch.setattr(verification.open_set, "objectives", lambda steps, s=1.0: {})
    done = []

    def measure(loss, data, net, setting, seed):
        done.append(loss)
        return {"recall": 1.0}

    monkeypatch.setattr(verification, "run", measure)
    path = tmp_path / "verification-fashion.json"
    return losses, done, lambda: json.loads(path.read_text()), path


def test_runs_added_to_a_file_of_another_commit_keep_its_commit_and_theirs(
    small_verification, monkeypatch
):
    losses, done, written, path = small_verification
    verification.main("fashion")
    old = written()
    del old["stretches"]  # as the book's own files, which are older
    path.write_text(json.dumps(old | {"commit": "0" * 40, "runs": old["runs"][:1]}))
    verification.main("fashion")
    assert done == [*losses, losses[1]]
    first, second = results.stretches(written())
    assert (first["runs"], second["runs"]) == ([1, 1], [2, 2])
    assert (first["commit"], second["commit"]) == ("0" * 40, provenance.commit())
    before = path.read_bytes()
    verification.main("fashion")  # All is there: not a byte changes.
    assert path.read_bytes() == before


def test_a_file_of_other_settings_is_not_overwritten(small_verification, monkeypatch):
    path = small_verification[-1]
    verification.main("fashion")
    before = path.read_bytes()
    setting, load, net = verification.SETTINGS["fashion"]
    monkeypatch.setitem(
        verification.SETTINGS, "fashion", (replace(setting, epochs=2), load, net)
    )
    with pytest.raises(
        ValueError, match=r"holds runs of other settings: epochs changed. Move it"
    ):
        verification.main("fashion")
    with locks.held(path), pytest.raises(locks.InUse):
        verification.main("fashion")
    assert path.read_bytes() == before
