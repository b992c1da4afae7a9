"""A training that was cut off, anywhere, ends with the bits of one that was not."""

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import resumable
from resumable import STEPS, STEPS_PER_EPOCH, Shifted

from mlcore import checkpoints, datasets
from mlcore.arrays import to_numpy
from mlcore.layers import Dropout, Flatten, Linear, Sequential
from mlcore.losses import CenterLoss, LargeMarginSoftmaxLoss, SoftmaxLoss
from mlcore.optim import SGD
from mlcore.train import loop


@pytest.fixture(scope="module")
def uninterrupted():
    return resumable.outcome(*resumable.fit(None))


class Cut(Exception):
    """What an interruption is inside one process."""


def cut_before(step, path, monkeypatch, **options):
    """Train with a checkpoint behind every step, and stop before `step`."""
    real = loop._step

    def until(state, *arguments):
        if state.step == step - 1:
            raise Cut
        return real(state, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "_step", until)
        with pytest.raises(Cut):
            resumable.fit(path, checkpoint_seconds=1e-9, **options)


@pytest.mark.parametrize(
    "step", [2, STEPS_PER_EPOCH, STEPS_PER_EPOCH + 1, STEPS_PER_EPOCH + 2, STEPS]
)
def test_a_training_cut_off_at_a_seam_ends_with_the_same_bits(
    tmp_path, monkeypatch, uninterrupted, step
):
    """Within the first epoch, before and behind the end of one, before the very last
    step."""
    cut_before(step, tmp_path / "a.npz", monkeypatch)
    assert resumable.outcome(*resumable.fit(tmp_path / "a.npz")) == uninterrupted


def test_every_library_goes_on_where_it_was(tmp_path, monkeypatch, xp):
    """Arrays go into the file by way of NumPy and come back to their own library and
    device."""
    options = {"epochs": 1, "batch": 240}

    def network():
        return resumable.network(like=xp.zeros(1))

    _, whole = resumable.fit(None, net=network(), **options)
    cut_before(4, tmp_path / "a.npz", monkeypatch, net=network(), **options)
    net, resumed = resumable.fit(tmp_path / "a.npz", net=network(), **options)
    assert type(resumed.w) is type(net.params[0][0]) is type(xp.zeros(1))
    # Not to the bit: on a GPU sums are added up in no fixed order.
    np.testing.assert_allclose(
        to_numpy(resumed.w), to_numpy(whole.w), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        to_numpy(resumed.centers), to_numpy(whole.centers), rtol=1e-4, atol=1e-6
    )


def test_a_training_killed_three_times_at_random_ends_with_the_same_bits(
    tmp_path, uninterrupted
):
    """SIGKILL, as a power cut: no handler runs, a write may stop half-way.

    The moments are random twice over: a random step, and a random time behind its
    beginning.
    """
    chance = random.Random(0)
    program = [sys.executable, str(Path(resumable.__file__)), "a.npz", "out.json"]
    targets = sorted(chance.sample(range(10, STEPS - 10), 3))
    resumed_at = []
    for target in targets:
        with subprocess.Popen(
            program, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as process:
            step = int(next(process.stdout))
            resumed_at.append(step)
            while step < target:
                step = int(next(process.stdout))
            time.sleep(chance.uniform(0, 0.01))
            process.kill()
        # it died of the kill, not of its end or an error
        assert process.returncode not in (0, 1)
    subprocess.run(program, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert json.loads((tmp_path / "out.json").read_text()) == uninterrupted
    assert resumed_at[0] == 1
    assert min(resumed_at[1:]) > 1  # it did go on from a checkpoint


def test_a_finished_training_is_not_trained_again(tmp_path, monkeypatch, uninterrupted):
    resumable.fit(tmp_path / "a.npz")
    monkeypatch.setattr(loop, "_step", None)
    assert resumable.outcome(*resumable.fit(tmp_path / "a.npz")) == uninterrupted


def test_a_checkpoint_changes_nothing(tmp_path, uninterrupted):
    net, history = resumable.fit(tmp_path / "a.npz", checkpoint_seconds=1e-9)
    assert resumable.outcome(net, history) == uninterrupted


def fewer_images():
    data = resumable.data()
    return replace(
        data, train=datasets.Split(data.train.images[1:], data.train.labels[1:])
    )


@pytest.mark.parametrize(
    ("setting", "options"),
    {
        "epochs": {"epochs": 5},
        "batch": {"batch": 48},
        "seed": {"seed": 1},
        "head": {"head": LargeMarginSoftmaxLoss(m=2)},
        "optimiser": {"optimiser": SGD(lr=0.01)},
        "center_loss": {"center_weight": 0.02},
        "center_loss alpha": {"center_loss": CenterLoss(alpha=0.4)},
        "augment": {"augment": Shifted(2)},
        "first weights": {"net": lambda: resumable.network(seed=1)},
        "network": {
            "net": lambda: Sequential([Flatten(), Dropout(0.2), Linear(64, 16)])
        },
        "training set": {"data": fewer_images},
    }.items(),
)
def test_the_checkpoint_of_another_training_is_refused_by_name(
    tmp_path, monkeypatch, setting, options
):
    path = tmp_path / "a.npz"
    cut_before(3, path, monkeypatch)
    before = path.read_bytes()
    options = {k: v() if k in ("net", "data") else v for k, v in options.items()}
    setting = setting.split()[0] if setting.startswith("center") else setting
    with pytest.raises(
        ValueError, match=rf"a\.npz belongs to another training: (its )?{setting} was"
    ):
        resumable.fit(path, **options)
    assert path.read_bytes() == before


def test_a_truncated_checkpoint_is_refused_and_the_network_left_alone(
    tmp_path, monkeypatch
):
    path = tmp_path / "a.npz"
    cut_before(3, path, monkeypatch)
    path.write_bytes(path.read_bytes()[:-1000])
    net, fresh = resumable.network(), resumable.network()
    with pytest.raises(
        ValueError, match=r"a\.npz is not a checkpoint, or only the beginning"
    ):
        resumable.fit(path, net=net)
    np.testing.assert_array_equal(net.params[0][0], fresh.params[0][0])


class WithMemory:
    """A head that learns something of its own."""

    def forward(self, x, w, y):
        return SoftmaxLoss().forward(x, w, y)

    def backward(self, saved):
        return SoftmaxLoss().backward(saved)


@dataclass
class NotFrozen:
    def __call__(self, images, rng):
        return images


@pytest.mark.parametrize(
    ("name", "value"), [("head", WithMemory()), ("augment", NotFrozen())]
)
def test_what_a_checkpoint_cannot_hold_is_refused_before_training(
    tmp_path, name, value
):
    with pytest.raises(TypeError, match=f"{name} must be a frozen dataclass"):
        resumable.fit(tmp_path / "a.npz", **{name: value})
    assert not list(tmp_path.iterdir())


def test_the_file_is_written_behind_every_epoch(tmp_path):
    """However long ago the last time was."""
    written = []

    def look(epoch, net, w):
        if epoch.number > 1:
            written.append(checkpoints.load(tmp_path / "a.npz")[1]["step"])

    resumable.fit(tmp_path / "a.npz", checkpoint_seconds=1e9, on_epoch=look)
    assert written == [STEPS_PER_EPOCH * done for done in (1, 2, 3)]
    assert checkpoints.load(tmp_path / "a.npz")[1]["step"] == STEPS
