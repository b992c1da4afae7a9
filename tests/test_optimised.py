"""``python -O`` takes asserts away, and ``-OO`` docstrings too: nothing may rest on
either."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("mlcore", "margins", "grader", "exercises", "tools", "book")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_source_asserts_anything_or_asks_whether_it_may():
    """A test does; the test's own module is compiled by pytest, which keeps its
    asserts."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assert) or getattr(node, "id", None) == "__debug__":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert len(SOURCES) > 100
    assert not found


REFUSALS = """
import os, pkgutil, sys, tempfile
from importlib import import_module
from pathlib import Path

import numpy as np

import mlcore

for module in pkgutil.walk_packages(mlcore.__path__, "mlcore."):
    if not module.name.endswith("__main__") and "figures" not in module.name:
        import_module(module.name)

from mlcore import checkpoints, datasets, gradcheck, layers, losses, train
from mlcore.datasets.formats import read_idx

rng = np.random.default_rng(0)
x, w = rng.normal(size=(4, 3)), rng.normal(size=(2, 3))
loss = losses.SoftmaxLoss()
folder = Path(tempfile.mkdtemp())
damaged = folder / "a.npz"
damaged.write_bytes(b"PK")
(folder / "mnist").mkdir()
for part in "train", "t10k":
    for kind in "images-idx3", "labels-idx1":
        (folder / "mnist" / f"{part}-{kind}-ubyte").write_bytes(b"<html>")
os.environ["MLCORE_DATA"] = str(folder)
digits = datasets.load("digits")
net = layers.Sequential([layers.Flatten(), layers.Linear(64, 4)], input_shape=(8, 8, 1))
refused = {
    "a label": lambda: loss.forward(x, w, np.array([0, 1, 2, 0])),
    "a shape": lambda: loss.forward(x, w[:, :2], np.zeros(4, int)),
    "infinity": lambda: loss.forward(x * np.inf, w, np.zeros(4, int)),
    "a margin": lambda: losses.ArcFaceLoss(m=4.0),
    "a checkpoint": lambda: checkpoints.load(damaged),
    "a data file": lambda: read_idx(b"<html>", (3,)),
    "a data set": lambda: datasets.load("none"),
    "epochs": lambda: train.fit(net, loss, digits, epochs=0),
    "a layer": lambda: layers.Sequential([layers.Linear(3, 2)], input_shape=(4,)),
}
for name, call in refused.items():
    try:
        call()
    except (ValueError, TypeError, FloatingPointError):
        continue
    sys.exit(f"{name} was not refused")
history = train.fit(net, loss, digits, epochs=1, progress=False)
report = gradcheck.gradcheck(loss, (x, w, np.array([0, 1, 1, 0])))
alike = report.max_relative_error < 1e-6, history.train_accuracy
print(sys.flags.optimize, *map(repr, alike))
"""


def python(*words, cwd=ROOT):
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_library_refuses_and_computes_alike_with_and_without(tmp_path):
    said = []
    for level, flags in enumerate(([], ["-O"], ["-OO"])):
        done = python(*flags, "-c", REFUSALS, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        own_level, *rest = done.stdout.split()
        assert own_level == str(level)
        said.append(rest)
    assert said[0] == said[1] == said[2]
    assert said[0][0] == "True"


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "mlcore.datasets", "verify", "digits"),
        ("-m", "experiments", "list", "mnist-softmax*"),
        ("-m", "experiments", "table", "mnist-softmax*"),
        ("-m", "exercises", "--help"),
        ("-m", "margins.benchmarks.heads", "--help"),
        ("-m", "experiments", "run", "--help"),
    ],
)
def test_commands_say_the_same(words):
    """Help lacks what docstrings say, and nothing else."""
    plain, optimised = python(*words), python("-OO", *words)
    assert plain.returncode == optimised.returncode == 0, optimised.stderr
    if "--help" not in words:
        assert optimised.stdout == plain.stdout


def test_exercises_are_graded_alike(tmp_path):
    """All right but one, and the same table to the letter."""
    chapter = "02-checking-a-gradient"
    home = tmp_path / "exercises"
    shutil.copytree(
        ROOT / "exercises", home, ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    solution = (home / chapter / "solution.py").read_text(encoding="utf-8")
    wrong = "\n\ndef best_exponent(*arguments, **options):\n    return 0\n"
    (home / chapter / "answers.py").write_text(solution + wrong, encoding="utf-8")
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", f"exercises/{chapter}")
    tables = [
        re.findall(
            r"^.* \d+ / \d+.*$",
            python(*flags, *command, cwd=tmp_path).stdout,
            re.MULTILINE,
        )
        for flags in ([], ["-O"])
    ]
    assert tables[0] == tables[1]
    assert " total    22 / 26" in tables[0]
