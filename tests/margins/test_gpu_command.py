"""`make gpu`: unattended, so nothing that goes wrong may stop it or be lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from margins import results
from margins.experiments import catalogue
from tools import gpu

ROOT = Path(__file__).parents[2]
NAMES = ["suite", "judge", "heads", "conv", "roofline", "trainings"]


def test_the_rehearsal_runs_from_end_to_end(tmp_path):
    """Every part by its own command, on the processor and in small."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "tools.gpu", "--device", "cpu"),
            *("--seconds", "150", "--out", str(tmp_path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written = json.loads((tmp_path / gpu.SUMMARY).read_text())
    assert written["commit"]
    status = {row["part"]: row["status"] for row in written["parts"]}
    assert list(status) == NAMES
    assert status["suite"] == status["judge"] == "passed"
    assert set(status.values()) <= {"passed", "out of time"}
    assert all(
        row["agrees"] for row in json.loads(read(tmp_path, "judge.json"))["rows"]
    )
    measured = read(tmp_path, results.BENCHMARKS).splitlines()
    assert "heads-cpu" in {json.loads(line)["experiment"] for line in measured}
    for name in NAMES:
        assert (tmp_path / f"{name}.log").stat().st_size
        assert name in ran.stdout


def read(folder, name):
    return (folder / name).read_text()


def python(text):
    return ("-c", text)


@pytest.fixture
def parts(monkeypatch):
    """Sets what the parts are."""

    def setter(*some):
        monkeypatch.setattr(gpu, "parts", lambda device, out: iter(some))

    return setter


def run(folder, seconds=60):
    return gpu.main(
        ["--device", "cpu", "--seconds", str(seconds), "--out", str(folder)]
    )


def rows(folder):
    return {r["part"]: r for r in json.loads(read(folder, gpu.SUMMARY))["parts"]}


def test_a_part_that_fails_is_reported_and_stops_nothing(parts, tmp_path, capsys):
    parts(
        gpu.Part("first", 0.5, (python("print(1); exit(3)"), python("print('on')"))),
        gpu.Part("second", 0.5, (python("print('fine')"),)),
    )
    assert run(tmp_path) == 1
    found = rows(tmp_path)
    assert found["first"]["status"] == "failed"
    assert "exit status 3" in found["first"]["failed"][0]
    assert read(tmp_path, "first.log").split() == ["1", "on"]
    assert found["second"]["status"] == "passed"
    assert "exit status 3" in capsys.readouterr().out


@pytest.mark.parametrize("whole", [True, False])
def test_running_out_of_time_fails_only_what_must_be_whole(parts, tmp_path, whole):
    parts(
        gpu.Part(
            "slow", 0.02, (python("print('a row'); import time; time.sleep(99)"),)
        )._replace(whole=whole),
        gpu.Part("next", 0.9, (python("print('fine')"),)),
    )
    assert run(tmp_path) == (1 if whole else 0)
    found = rows(tmp_path)
    assert found["slow"]["status"] == ("failed" if whole else "out of time")
    assert found["slow"]["seconds"] < 30
    # It was interrupted as from a keyboard: what it had to say is there.
    assert read(tmp_path, "slow.log").startswith("a row")
    assert found["next"]["status"] == "passed"


def test_time_that_is_left_goes_to_the_next_part(parts, tmp_path):
    parts(
        gpu.Part("quick", 0.5, (python(""),)),
        gpu.Part("next", 0.25, (python(""),)),
    )
    assert run(tmp_path, seconds=1000) == 0
    found = rows(tmp_path)
    left = found["quick"]["budget"] - found["quick"]["seconds"]
    assert found["next"]["budget"] == pytest.approx(250 + left, abs=0.2)


def test_what_has_passed_is_not_repeated_after_an_interruption(
    parts, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(gpu.provenance, "commit", lambda: "a" * 40)
    counting = python(
        f"open({str(tmp_path / 'count')!r}, 'a').write('x'); print('counted')"
    )
    failing = gpu.Part("second", 0.5, (python("exit(1)"),))
    parts(gpu.Part("first", 0.5, (counting,)), failing)
    assert run(tmp_path) == 1
    assert run(tmp_path) == 1
    assert read(tmp_path, "count") == "x"
    assert "first: passed before" in capsys.readouterr().out
    assert list(rows(tmp_path)) == ["first", "second"]
    # Another commit is another matter; so are changes that no commit has.
    for commit in ("b" * 40, "b" * 40 + " with local changes"):
        monkeypatch.setattr(gpu.provenance, "commit", lambda commit=commit: commit)
        run(tmp_path)
    run(tmp_path)
    assert read(tmp_path, "count") == "xxxx"


def test_killed_it_leaves_no_process_and_a_summary(tmp_path):
    """By the batch system's signal, in the middle of a training."""
    script = (
        "from tools import gpu\n"
        "slow = ('-c', 'import os, time; print(os.getpid(), flush=True);'"
        " 'time.sleep(99)')\n"
        "gpu.parts = lambda device, out: iter([gpu.Part('done', .1, (('-c', ''),)),"
        " gpu.Part('slow', .9, (slow,))])\n"
        f"raise SystemExit(gpu.main(['--device', 'cpu', '--out', {str(tmp_path)!r}]))"
    )
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    log = tmp_path / "slow.log"
    while not (log.exists() and log.read_text().strip()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int(log.read_text().split()[0]), 0)
    assert rows(tmp_path)["done"]["status"] == "passed"


def test_the_longest_gap_to_the_papers_table_is_trained_first(monkeypatch):
    monkeypatch.setattr(gpu, "is_here", lambda data: True)
    names = gpu.trainings("gpu")
    gaps = [gpu.gap(name) for name in names]
    assert gaps == sorted(gaps, reverse=True)
    assert names[0].startswith("cifar100")  # nothing has been measured there
    for name in names:
        one = catalogue.EXPERIMENTS[name]
        assert one.paper
        assert not one.small

    monkeypatch.setattr(gpu, "is_here", lambda data: data == "mnist")
    assert {catalogue.EXPERIMENTS[n].data for n in gpu.trainings("gpu")} == {"mnist"}
    monkeypatch.setattr(gpu, "is_here", lambda data: False)
    assert {catalogue.EXPERIMENTS[n].data for n in gpu.trainings("gpu")} == {"mnist-5k"}


def test_the_whole_cupy_suite_is_what_runs_on_a_gpu(tmp_path):
    first, *_ = gpu.parts("gpu", tmp_path)
    assert first.whole
    assert first.commands[0][-2:] == ("-k", "cupy")
    shares = [part.share for part in gpu.parts("gpu", tmp_path)]
    assert sum(shares) == pytest.approx(1)


def test_without_cupy_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(SystemExit, match="--device gpu needs CuPy"):
        gpu.main(["--out", str(tmp_path)])
