"""Training with heads over many classes: the losses of the dense head, step by step."""

import dataclasses

import numpy as np
import pytest

from mlcore import train
from mlcore.arrays import to_numpy
from mlcore.losses import (
    ArcFaceLoss,
    CenterLoss,
    SoftmaxLoss,
    SubCenterArcFaceLoss,
)
from mlcore.many import Chunked, InProcess, Parallel, Sampled, fused, share
from mlcore.metrics import accuracy
from mlcore.optim import SGD, SGDState

from .cases import C, inputs
from .test_parallel import on_threads
from .trainings import OPTIMISER, assert_same, fit, numbers


@pytest.mark.parametrize("loss", [SoftmaxLoss(), ArcFaceLoss(s=8.0)])
@pytest.mark.parametrize("clip_norm", [None, 1.0])
def test_chunked_is_the_dense_head(loss, clip_norm):
    """With the step taken in w itself, and with the bound, which needs all of dw."""
    optimiser = dataclasses.replace(OPTIMISER, clip_norm=clip_norm)
    expected = numbers(*fit(loss, optimiser))
    assert expected[0][-1] < expected[0][0]
    assert_same(numbers(*fit(Chunked(loss, block=5), optimiser)), expected)
    every = Sampled(Chunked(loss, block=5), rate=1.0)
    assert_same(numbers(*fit(every.at, optimiser)), expected)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_any_number_of_processes_is_one(size):
    loss = ArcFaceLoss(s=8.0)
    *expected, w = numbers(*fit(loss))
    parts = on_threads(size, lambda comm: numbers(*fit(Parallel(loss, comm, block=2))))
    for *actual, _ in parts:
        assert_same(actual, expected)
    assert_same([np.concatenate([part[-1] for part in parts])], [w])


@pytest.mark.parametrize("size", [1, 3])
def test_sub_centers_are_those_of_the_dense_head(size):
    """With first rows that are given, since nobody knows how many they are."""
    loss = SubCenterArcFaceLoss(s=8.0)
    first = np.random.default_rng(2).normal(size=(C, 3, 6))
    *expected, w = numbers(*fit(loss, w=first))

    def on_one(comm):
        head = Parallel(loss, comm, block=2)
        return numbers(*fit(head, w=first[share(C, comm)]))

    parts = on_threads(size, on_one)
    for *actual, _ in parts:
        assert_same(actual, expected)
    assert_same([np.concatenate([part[-1] for part in parts])], [w])
    assert_same(numbers(*fit(Chunked(loss, block=5), w=first)), [*expected, w])


def test_a_sample_is_that_of_one_process():
    loss = ArcFaceLoss(s=8.0)
    alone = Sampled(Chunked(loss), rate=0.3, seed=4)
    *expected, w = numbers(*fit(alone.at))

    def on_one(comm):
        return numbers(*fit(Sampled(Parallel(loss, comm), rate=0.3, seed=4).at))

    parts = on_threads(3, on_one)
    for *actual, _ in parts:
        assert_same(actual, expected)
    assert_same([np.concatenate([part[-1] for part in parts])], [w])


def test_it_goes_on_from_a_checkpoint(tmp_path):
    """The same bits; the velocity of w is kept though w moves block by block."""

    class Cut(Exception):
        pass

    def cut(epoch, net, w):
        raise Cut

    path, head = tmp_path / "a.npz", Chunked(ArcFaceLoss(s=8.0), block=5)
    with pytest.raises(Cut):
        fit(head, checkpoint=path, on_epoch=cut, checkpoint_seconds=1e-9)
    resumed = numbers(*fit(head, checkpoint=path))
    for a, b in zip(resumed, numbers(*fit(head)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_breaks_down_says_so_in_all_processes():
    """With the same words, and none of them left waiting."""
    too_fast = SGD(lr=1e200, momentum=0.0)

    def on_one(comm):
        with pytest.raises(FloatingPointError) as caught, np.errstate(all="ignore"):
            fit(Parallel(SoftmaxLoss(), comm), too_fast)
        return str(caught.value)

    said = on_threads(3, on_one, timeout=10.0)
    assert len(set(said)) == 1
    assert "training broke down in epoch 1, step" in said[0]


def test_the_fused_step_is_that_of_sgd(xp):
    rng = np.random.default_rng(0)
    w, v, dw = (rng.normal(size=(7, 3)) for _ in range(3))
    moved, state = OPTIMISER.step([(w,)], [(dw,)], SGDState(4, [(v,)]))
    mine = [xp.asarray(a, copy=True) for a in (w, v)]
    sink = fused(OPTIMISER, *mine, steps=4)
    for rows in (slice(0, 5), slice(5, 7)):
        sink(rows, xp.asarray(dw[rows]))
    np.testing.assert_allclose(to_numpy(mine[0]), moved[0][0], rtol=1e-15)
    np.testing.assert_allclose(to_numpy(mine[1]), state.velocity[0][0], rtol=1e-15)


def test_classes_left_out_of_a_sample_stay_as_they_are():
    """Their momentum and weight decay too."""
    x, w, y = inputs(ArcFaceLoss())
    head = Sampled(Chunked(ArcFaceLoss(), block=5), rate=0.2)
    velocity, before = np.ones_like(w), w.copy()
    _, saved = head.forward(x, w, y, step=0)
    head.backward(saved, sink=fused(OPTIMISER, w, velocity, 0))
    taken, _ = head.choice(y, 0, C, 0)
    left = np.setdiff1d(np.arange(C), taken)
    assert left.size
    np.testing.assert_array_equal(w[left], before[left])
    np.testing.assert_array_equal(velocity[left], 1)
    assert np.all(np.any(w[taken] != before[taken], axis=1))


@pytest.mark.parametrize("loss", [SoftmaxLoss(), ArcFaceLoss(), SubCenterArcFaceLoss()])
def test_accuracy_is_that_of_all_logits(loss, xp):
    x, w, y = inputs(loss, bias=False)
    w[7] = w[y[0]]  # equal logits: the first class counts
    expected = accuracy(*map(xp.asarray, (train.scores(loss, x, w), y)))
    for block in (1, 5, 13):
        head = Chunked(loss, block=block)
        assert head.accuracy(*map(xp.asarray, (x, w, y))) == expected
    parts = on_threads(
        3,
        lambda comm: Parallel(loss, comm, block=2).accuracy(
            x, w[5 * comm.rank : 5 * comm.rank + 5], y
        ),
    )
    assert parts == [expected] * 3


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("optimiser must have clip_norm=None", {"optimiser": SGD(lr=0.1, clip_norm=1)}),
        ("checkpoint must be None", {"checkpoint": "a.npz"}),
        ("center_loss must be None", {"center_loss": CenterLoss()}),
        ("head must have features='same'", {}),
    ],
)
def test_what_shared_classes_cannot_be_trained_with(message, options):
    features = "same" if options else "split"
    head = Parallel(ArcFaceLoss(), InProcess.of(2)[0], features=features)
    with pytest.raises(ValueError, match=message):
        fit(head, **options)


def test_the_fused_step_knows_no_bound():
    with pytest.raises(ValueError, match="clip_norm must be None"):
        fused(SGD(lr=0.1, clip_norm=1.0), np.ones((2, 2)), np.ones((2, 2)), 0)


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (TypeError, "optimiser must be an SGD, got None", {"optimiser": None}),
        (TypeError, "w must be an array, got list", {"w": [[1.0, 1.0]]}),
        (TypeError, "velocity must be an array", {"velocity": None}),
        (
            ValueError,
            r"velocity must have shape \(2, 2\)",
            {"velocity": np.ones((1, 2))},
        ),
        (ValueError, "w must be one that can be written into", {"w": "read-only"}),
        (ValueError, "steps must be an integer >= 0", {"steps": -1}),
        (TypeError, "steps must be an integer >= 0", {"steps": "0"}),
    ],
)
def test_what_a_fused_step_cannot_take_is_named_before_it_is_taken(
    error, message, arguments
):
    w = np.ones((2, 2))
    good = {"optimiser": SGD(lr=0.1), "w": w, "velocity": np.zeros((2, 2)), "steps": 0}
    if arguments.get("w") == "read-only":
        arguments = {"w": np.ones((2, 2))}
        arguments["w"].flags.writeable = False
    with pytest.raises(error, match=message):
        fused(**good | arguments)
    fused(**good)(slice(0, 1), np.ones((1, 2)))  # the control
    assert (w[0] < 1).all()
    assert (w[1] == 1).all()
