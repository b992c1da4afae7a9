"""What the build keeps of slow cells."""

import json
import pickle
import types

import numpy as np
import pytest

from margins.live import keeping, kept
from mlcore import datasets


class Shell:
    """As much of IPython's shell as notes are taken of."""

    def __init__(self):
        self.user_ns = {"In": []}
        self.user_ns_hidden = {}
        self.events = types.SimpleNamespace(register=self.register)
        self.calls = {}

    def register(self, event, call):
        self.calls[event] = call

    def run(self, source, success=True):
        self.calls["pre_run_cell"](types.SimpleNamespace(raw_cell=source))
        exec(source, self.user_ns)
        self.calls["post_run_cell"](types.SimpleNamespace(success=success))


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "FROM", 0.0)
    shell = Shell()
    keeping.keep(shell, tmp_path)
    return shell


def made(folder, *sources):
    names, again = kept.unpacked((folder / f"{kept.key(sources)}.bin").read_bytes())
    return {name: pickle.loads(value) for name, value in names.items()}, again


def test_a_cell_keeps_what_it_made_and_what_it_changed(shell, tmp_path):
    first = "import numpy\na, b = [1], [2]\ndef f(): pass\n"
    shell.run(first)
    shell.run("b.append(3)\nc = numpy.ones(2)")
    assert made(tmp_path, first)[0] == {"a": [1], "b": [2]}
    assert made(tmp_path, first)[1] == ["f", "numpy"]
    names, again = made(tmp_path, first, "b.append(3)\nc = numpy.ones(2)")
    assert names["b"] == [2, 3]
    assert np.array_equal(names["c"], [1, 1])
    assert set(names) == {"b", "c"}
    assert again == []


def test_data_and_figures_are_had_again(shell, tmp_path):
    shell.user_ns["load"] = datasets.load
    source = (
        "data = load('digits')\npair = [data]\n"
        "from matplotlib.figure import Figure\nfig = Figure()\nax = fig.subplots()"
    )
    shell.run(source)
    names, again = made(tmp_path, source)
    assert names == {}
    assert {"data", "pair", "fig", "ax"} <= set(again)


def test_a_quick_cell_and_a_failed_one_keep_nothing(shell, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "FROM", 10.0)
    shell.run("a = 1")
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    assert json.loads(next(tmp_path.iterdir()).read_text())["seconds"] >= 0
    shell.run("b = 1", success=False)
    assert len(list(tmp_path.iterdir())) == 1


def test_heavy_values_that_no_cell_mentions_are_left_out():
    noise = np.random.default_rng(0).normal(size=200_000)
    values = {"x": noise, "y": noise, "z": 1}
    packed = kept.packed({n: pickle.dumps(v) for n, v in values.items()}, ["f"])
    names, again = kept.unpacked(kept.lighter(packed, "print(y.sum(), xs)"))
    assert set(names) == {"y", "z"}
    assert again == ["f"]


def test_other_cells_above_are_another_cell():
    assert kept.key(["a", "b"]) != kept.key(["ab"]) != kept.key(["a\n", "b"])
