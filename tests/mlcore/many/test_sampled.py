"""A head over a sample of the classes: which sample, and what it changes."""

import dataclasses
import itertools
import math

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import (
    AdditiveMarginSoftmaxLoss,
    ArcFaceLoss,
    LDAMLoss,
    SoftmaxLoss,
    SubCenterArcFaceLoss,
)
from mlcore.many import Chunked, Sampled

from .cases import C, assert_equal, each_reduction, every_loss, inputs, takes_bias


def sampled(loss, block=3, **parameters):
    return Sampled(Chunked(loss, block=block), **{"rate": 0.3, "seed": 5} | parameters)


def run(head, args, dloss=1.0, step=0):
    value, saved = head.forward(*args, step=step)
    return [to_numpy(a) for a in (value, *head.backward(saved, dloss))]


def without_smoothing(loss):
    """Nor an ignored label, which a sample would count by another number."""
    if not takes_bias(loss):
        return loss
    return dataclasses.replace(loss, label_smoothing=0.0, ignore_index=None)


@every_loss
def test_is_the_dense_head_on_the_rows_that_take_part(loss, xp):
    """All reductions; the rows that do not take part have gradient 0."""
    loss = without_smoothing(loss)
    x, w, y, *b = inputs(loss)
    for each, dloss in each_reduction(loss):
        head = sampled(each)
        (rows, _) = head.choice(y, 0, C, 2)
        counted = dataclasses.replace(each, **few_weights(each, rows))
        some = [x, w[rows], np.searchsorted(rows, y), *(bias[rows] for bias in b)]
        value, saved = counted.forward(*some)
        dx, *others = counted.backward(saved, dloss)
        expected = [value, dx]
        for dense, given in zip(others, [w, *b], strict=True):
            whole = np.zeros_like(given)
            whole[rows] = dense
            expected.append(whole)
        dloss = dloss if isinstance(dloss, float) else xp.asarray(dloss)
        args = [xp.asarray(a) for a in (x, w, y, *b)]
        assert_equal(run(head, args, dloss, step=2), expected, 1e-12)


def few_weights(loss, rows):
    few = {}
    if getattr(loss, "class_weights", None) is not None:
        few["class_weights"] = tuple(loss.class_weights[k] for k in rows)
    if isinstance(loss, LDAMLoss):  # the margins are those among all classes
        few["counts"] = tuple(loss.counts[k] for k in rows)
        few["max_m"] = max(loss.margins[k] for k in rows)
    return few


def test_the_sink_gets_classes_and_all_of_their_sub_centers():
    loss = SubCenterArcFaceLoss()
    args = inputs(loss)
    _, _, dw = run(sampled(loss), args, step=2)
    rows, _ = sampled(loss).choice(args[2], 0, C, 2)
    got = np.zeros_like(dw)
    _, saved = sampled(loss).forward(*args, step=2)
    told = []

    def sink(some, gradient):
        told.extend(some.tolist())
        got[some] = gradient

    sampled(loss).backward(saved, sink=sink)
    assert told == rows.tolist()
    assert np.any(dw)
    assert np.array_equal(got, dw)


def test_a_row_that_takes_no_part_is_not_looked_at_and_one_that_does_is_named():
    loss = SubCenterArcFaceLoss()
    x, w, y = inputs(loss)
    rows, _ = sampled(loss).choice(y, 0, C, 2)
    (left, *_) = np.setdiff1d(np.arange(C), rows)
    w[left] = np.nan
    assert np.isfinite(run(sampled(loss), [x, w, y], step=2)[0])
    w[rows[2], 1] = np.nan
    with pytest.raises(
        FloatingPointError, match=f"w must be finite, but row {rows[2]}"
    ):
        run(sampled(loss), [x, w, y], step=2)


def test_all_classes_at_rate_1():
    loss = ArcFaceLoss()
    args = inputs(loss)
    value, saved = loss.forward(*args)
    expected = [value, *loss.backward(saved)]
    for corrected in (True, False):
        head = sampled(loss, rate=1.0, corrected=corrected)
        assert_equal(run(head, args), expected, 1e-12)


def test_an_ignored_label_counts_for_nothing():
    """Also where it is no class, and the class in its place does not take part."""
    loss = SoftmaxLoss(ignore_index=-1)
    x, w, y = inputs(loss, bias=False)
    y[:] = np.maximum(y, 1)
    head = sampled(loss, rate=0.05)
    expected = run(head, [x[1:], w, y[1:]])
    y[0] = -1
    value, dx, dw = run(head, [x, w, y])
    assert np.all(dx[0] == 0)
    chosen, _ = head.choice(y, 0, C, 0)
    assert 0 not in chosen
    assert_equal([value, dx[1:], dw], expected, 1e-12)


def test_the_sample_does_not_depend_on_how_classes_are_shared_out():
    head, y = sampled(ArcFaceLoss(), corrected=True), np.asarray([3, 900, 41])
    rows, lift = head.choice(y, 0, 1000, 7)
    for size in (2, 3, 4, 7):
        edges = [round(k * 1000 / size) for k in range(size + 1)]
        parts = [
            (start + some, some_lift)
            for start, stop in itertools.pairwise(edges)
            for some, some_lift in [head.choice(y, start, stop - start, 7)]
        ]
        np.testing.assert_array_equal(np.concatenate([p for p, _ in parts]), rows)
        np.testing.assert_array_equal(np.concatenate([q for _, q in parts]), lift)


def test_the_sample_is_another_one_for_each_step_and_seed():
    y = np.asarray([3, 900])
    head = sampled(ArcFaceLoss(), rate=0.1)
    first = head.choice(y, 0, 10_000, 0)[0]
    assert {3, 900} <= set(first.tolist())
    np.testing.assert_array_equal(first, head.choice(y, 0, 10_000, 0)[0])
    other = dataclasses.replace(head, seed=6)
    for another in (head.choice(y, 0, 10_000, 1)[0], other.choice(y, 0, 10_000, 0)[0]):
        common = np.intersect1d(first, another).size
        # 1,000 in a sample and 100 in two, give or take four standard deviations.
        assert abs(another.size - 1000) < 120
        assert abs(common - 100) < 40


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01])
def test_a_sample_is_a_smaller_margin(rate):
    """By log(1 / r) / s; exactly, for the rate that came about, where all classes are
    alike."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5, 8)), np.tile(rng.normal(size=8), (4000, 1))
    y, m, s = np.arange(5), 0.9, 16.0
    head = sampled(AdditiveMarginSoftmaxLoss(m=m, s=s), block=512, rate=rate)
    others = head.choice(y, 0, len(w), 0)[0].size - 1
    came_about = others / (len(w) - 1)
    smaller = AdditiveMarginSoftmaxLoss(m=m - math.log(1 / came_about) / s, s=s)
    value = head.forward(x, w, y, step=0)[0]
    np.testing.assert_allclose(value, smaller.forward(x, w, y)[0], rtol=1e-12)
    assert abs(math.log(came_about / rate)) < 0.3


def mean_of_samples(head, args, count=100):
    """Of loss and dx."""
    results = [run(head, args, step=step)[:2] for step in range(count)]
    return [np.mean([r[k] for r in results], axis=0) for k in range(2)]


@pytest.mark.parametrize("corrected", [False, True])
def test_the_mean_of_many_samples(corrected):
    """Random classes, s = 8: loss and length of dx to 2 %, its direction to 3 degrees;
    of all classes where it is corrected, and of a smaller margin where not."""
    rng = np.random.default_rng(1)
    args = rng.normal(size=(8, 32)), rng.normal(size=(4000, 32)), np.arange(8)
    m, s, rate = 0.4, 8.0, 0.1
    loss = AdditiveMarginSoftmaxLoss(m=m, s=s)
    head = sampled(loss, block=4000, rate=rate, corrected=corrected)
    mean, dx = mean_of_samples(head, args)
    smaller = dataclasses.replace(loss, m=m - math.log(1 / rate) / s)
    right, wrong = (loss, smaller) if corrected else (smaller, loss)
    value, saved = right.forward(*args)
    exact, _ = right.backward(saved)
    np.testing.assert_allclose(mean, value, rtol=0.02)
    assert cosine(dx, exact) > math.cos(math.radians(3))
    np.testing.assert_allclose(np.linalg.norm(dx), np.linalg.norm(exact), rtol=0.02)
    assert abs(mean - wrong.forward(*args)[0]) > 1


def cosine(a, b):
    return np.sum(a * b) / (np.linalg.norm(a) * np.linalg.norm(b))


def test_the_sink_gets_the_rows_that_take_part():
    loss = ArcFaceLoss()
    args = inputs(loss)
    head = sampled(loss)
    _, dx, dw = run(head, args)
    _, saved = head.forward(*args, step=0)
    got = np.zeros_like(dw)

    def sink(rows, gradient):
        assert not np.any(got[rows])
        got[rows] = gradient

    actual, nothing = head.backward(saved, sink=sink)
    assert nothing is None
    assert_equal([dx, actual, got], [dx, dx, dw], 1e-15)


def test_a_bad_row_is_named_by_its_number_among_all():
    x, w, y = inputs(ArcFaceLoss())
    head = sampled(ArcFaceLoss())
    w[y[3]] = math.nan
    with pytest.raises(FloatingPointError, match=rf"w must .* row {y[3]} contains"):
        head.forward(x, w, y, step=0)


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (ValueError, r"rate must be a number in \(0, 1\], got 0", {"rate": 0}),
        (ValueError, r"rate must be", {"rate": 1.5}),
        (TypeError, r"seed must be an integer >= 0, got None", {"seed": None}),
        (ValueError, r"seed must be", {"seed": 2**64}),
        (TypeError, r"corrected must be True or False", {"corrected": "no"}),
        (TypeError, r"corrected must be True or False", {"corrected": None}),
        (TypeError, r"head must be Chunked or Parallel", {"head": ArcFaceLoss()}),
        (
            ValueError,
            r"label_smoothing must be 0",
            {"head": Chunked(SoftmaxLoss(label_smoothing=0.1))},
        ),
    ],
)
def test_bad_parameters_are_named(error, message, arguments):
    with pytest.raises(error, match=message):
        Sampled(**{"head": Chunked(ArcFaceLoss()), **arguments})


@pytest.mark.parametrize(("error", "step"), [(ValueError, -1), (TypeError, 0.5)])
def test_bad_steps_are_named(error, step):
    with pytest.raises(error, match=r"step must be an integer >= 0"):
        sampled(ArcFaceLoss()).forward(*inputs(ArcFaceLoss()), step=step)
