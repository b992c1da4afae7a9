"""A changed setting is refused by name, wherever it hides; changed code is noted, not
refused."""

import errno
import functools
import os
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import resumable
from resumable import STEPS

from mlcore import checkpoints, datasets, layers
from mlcore.losses import LargeMarginSoftmaxLoss, SoftmaxLoss
from mlcore.optim import SGD
from mlcore.train import checkpoint, loop
from mlcore.train.identity import fingerprint, identity


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


def bump(step, at, value, other):
    """A schedule that differs from the constant `value` in one step."""
    return other if step == at else value


@dataclass(frozen=True)
class Hiding:
    """Prints itself as if it had no settings."""

    shift: int = field(default=1, repr=False)
    table: object = None

    def __call__(self, images, rng):
        return np.roll(images, self.shift, axis=1)


@dataclass(frozen=True)
class HidingLayer(layers.PReLU):
    slope: float = field(default=0.1, repr=False)


def named_one(images):
    return images


def named_two(images):
    return images


def network_with(layer):
    return layers.Sequential(
        [layers.Flatten(), layers.Linear(64, 8), layer, layers.Linear(8, 4)],
        input_shape=(8, 8, 1),
    )


def table(middle):
    """So long that NumPy prints dots in the place of its middle."""
    long = np.zeros(5000)
    long[2500] = middle
    return long


def other_validation():
    data = resumable.data()
    labels = np.roll(data.validation.labels, 1)
    return replace(data, validation=datasets.Split(data.validation.images, labels))


SGD_AT = functools.partial(SGD, momentum=0.9)
L2, L3 = LargeMarginSoftmaxLoss(m=3, lam=1.0), LargeMarginSoftmaxLoss(m=3, lam=2.0)
#: What is named, and a pair of options that differ in it alone.
CHANGES = {
    "a step of the rate": (
        "schedule of the rate",
        {"optimiser": SGD_AT(lr=lambda step: bump(step, 17, 0.01, 0.02))},
        {"optimiser": SGD_AT(lr=lambda step: bump(step, 18, 0.01, 0.02))},
    ),
    "a step of the head": (
        "schedule of the head",
        {"head": lambda step: bump(step, 17, L2, L3)},
        {"head": lambda step: bump(step, 18, L2, L3)},
    ),
    "a field without repr": ("augment", {"augment": Hiding(1)}, {"augment": Hiding(2)}),
    "the middle of an array": (
        "augment",
        {"augment": Hiding(table=table(0.0))},
        {"augment": Hiding(table=table(1.0))},
    ),
    "a function": (
        "augment",
        {"augment": Hiding(table=named_one)},
        {"augment": Hiding(table=functools.partial(named_one, rng=1))},
    ),
    "a layer's field": (
        "layers",
        {"net": lambda: network_with(HidingLayer(8))},
        {"net": lambda: network_with(HidingLayer(8, slope=0.2))},
    ),
    "the validation set": ("validation set", {}, {"data": other_validation}),
}


def opened(options):
    return {k: v() if k in ("net", "data") else v for k, v in options.items()}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_no_print_shows_is_refused_by_name(tmp_path, monkeypatch, change):
    setting, before, after = CHANGES[change]
    path = tmp_path / "a.npz"
    cut_before(3, path, monkeypatch, **opened(before))
    kept = path.read_bytes()
    with pytest.raises(ValueError, match=rf"another training: (its )?{setting} was"):
        resumable.fit(path, **opened(after))
    assert path.read_bytes() == kept
    cut_before(4, path, monkeypatch, **opened(before))  # What has not changed goes on.


@dataclass(frozen=True)
class Holding:
    what: object

    def __call__(self, images, rng):
        return images


class Undeclared(SoftmaxLoss):
    """Derives from a frozen dataclass, and remembers something beside its fields."""

    def __init__(self):
        super().__init__()
        object.__setattr__(self, "seen", 0)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "augment",
            Holding([1, 2]),
            r"augment\.what must be a frozen dataclass .* got list",
        ),
        (
            "augment",
            Holding(np.random.default_rng(0)),
            r"augment\.what .* got Generator",
        ),
        ("augment", Holding((1, {})), r"augment\.what\[1\] .* got dict"),
        ("augment", Holding(lambda x: x), "must be a function with a name of its own"),
        ("head", Undeclared(), "head must be a frozen dataclass .* got Undeclared"),
        (
            "head",
            lambda step: Undeclared() if step == STEPS - 1 else L2,
            "got Undeclared",
        ),
    ],
)
def test_what_could_change_or_cannot_be_compared_is_refused(
    tmp_path, name, value, message
):
    with pytest.raises(TypeError, match=message):
        resumable.fit(tmp_path / "a.npz", **{name: value})
    assert not list(tmp_path.iterdir())


def test_an_identity_tells_apart_what_prints_alike():
    """And what is equal has the same one, in this process and in any other."""
    alike = [
        (1, 1.0), (1, True), (0.0, -0.0), ("1", 1), (b"1", "1"), ((1, 2), (1, (2,))),
        (np.float32(1), np.float64(1)), (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2, np.int32), np.zeros(1, np.int64)), (named_one, named_two),
        (Holding(1), Holding(None)), (frozenset({1}), (1,)),
        (np.dtype("f4"), "float32"), (Holding(L2.forward), Holding(L3.forward)),
        (SoftmaxLoss, SoftmaxLoss()),
    ]  # fmt: skip
    for one, other in alike:
        assert identity("it", one) != identity("it", other)
    assert identity("it", Holding(frozenset("abc"))) == identity(
        "it", Holding(frozenset("cba"))
    )
    assert identity("it", table(1.0)) == identity("it", table(1.0))
    assert "0x" not in identity(
        "it", Holding(functools.partial(named_one, L2.backward))
    )
    assert fingerprint([np.zeros(4)]) != fingerprint([np.zeros(2), np.zeros(2)])


def test_every_stretch_is_noted_with_its_steps_and_what_it_was_made_by(
    tmp_path, monkeypatch
):
    """Other code and another NumPy may go on; a training that is over adds nothing."""
    path = tmp_path / "a.npz"
    cut_before(4, path, monkeypatch, provenance={"commit": "first"})
    with monkeypatch.context() as patched:
        patched.setattr(np, "__version__", "9.9")
        patched.setattr(checkpoint, "_sum_of_sources", lambda: "sha256 other")
        cut_before(9, path, monkeypatch, provenance={"commit": "second"})
    resumable.fit(path, provenance={"commit": "third", "machine": "better known"})
    resumable.fit(path, provenance={"commit": "nothing to do"})
    noted = checkpoints.load(path)[1]["stretches"]
    assert [one["steps"] for one in noted] == [[1, 3], [4, 8], [9, STEPS]]
    assert [one["commit"] for one in noted] == ["first", "second", "third"]
    assert [one["versions"]["numpy"] for one in noted] == [
        np.__version__,
        "9.9",
        np.__version__,
    ]
    assert noted[0]["code"] == noted[2]["code"] != noted[1]["code"] == "sha256 other"
    assert noted[2]["machine"] == "better known"
    assert all({"date", "machine", "device"} <= one.keys() for one in noted)


def test_a_second_training_on_the_same_checkpoint_is_refused_while_the_first_goes_on(
    tmp_path,
):
    path, refusals = tmp_path / "a.npz", []

    def second(epoch, net, w):
        with pytest.raises(
            OSError, match=r"a\.npz is in use by process \d+ on"
        ) as refusal:
            resumable.fit(path)
        refusals.append(refusal)

    resumable.fit(path, epochs=2, on_epoch=second)
    assert len(refusals) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_a_folder_removed_in_the_middle_is_made_again_and_nothing_is_lost(tmp_path):
    path = tmp_path / "folder" / "a.npz"

    def remove(epoch, net, w):
        if epoch.number == 2:
            for file in path.parent.iterdir():
                file.unlink()
            path.parent.rmdir()

    _, history = resumable.fit(path, on_epoch=remove)
    assert len(history.epochs) == 4
    assert checkpoints.load(path)[1]["step"] == STEPS


def test_numpy_scalars_are_numbers_in_a_checkpoint_too(tmp_path, monkeypatch):
    """And the same ones: 3 is np.int64(3)."""
    path = tmp_path / "a.npz"
    numbers = {
        "seed": np.int64(3),
        "epochs": np.int32(2),
        "center_weight": np.float64(0.01),
    }
    cut_before(3, path, monkeypatch, **numbers)
    resumable.fit(path, seed=3, epochs=2, center_weight=0.01)


@pytest.mark.parametrize(
    ("provenance", "message"),
    [
        ("a commit", "provenance must be a dict or None, got str"),
        ({"a": {1}}, "JSON can hold"),
    ],
)
def test_what_is_known_of_a_stretch_is_checked_before_training(
    tmp_path, provenance, message
):
    with pytest.raises(TypeError, match=message):
        resumable.fit(tmp_path / "a.npz", provenance=provenance)
    assert not list(tmp_path.iterdir())


def test_what_is_known_of_a_stretch_cannot_change_its_steps(tmp_path):
    _, history = resumable.fit(
        tmp_path / "a.npz", epochs=1, provenance={"steps": "all"}
    )
    assert [one["steps"] for one in history.stretches] == [[1, STEPS // 4]]


def test_an_optimiser_that_is_no_dataclass_is_refused_by_name(tmp_path):
    class Own:
        init, rate, step = SGD(lr=0.1).init, SGD(lr=0.1).rate, SGD(lr=0.1).step

    with pytest.raises(
        TypeError, match=r"optimiser must be a frozen dataclass .* got Own"
    ):
        resumable.fit(tmp_path / "a.npz", optimiser=Own())


def test_a_path_is_meant_from_where_the_training_began(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    resumable.fit(
        "a.npz", epochs=2, on_epoch=lambda *seen: os.chdir(tmp_path / "elsewhere")
    )
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["a.npz", "elsewhere"]
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_finished_training_can_be_read_where_nothing_can_be_written(
    tmp_path, monkeypatch
):
    """One that would go on says what it cannot write, when it has to."""
    path = tmp_path / "a.npz"
    resumable.fit(path, epochs=1)

    def read_only(*arguments):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", read_only)
    _, history = resumable.fit(path, epochs=1)
    assert len(history.epochs) == 1
    with pytest.raises(OSError, match="make its folder writable, or give another path"):
        resumable.fit(tmp_path / "b.npz", epochs=1)
