"""What must hold on any communicator: threads and processes are held to the same.

Each check is called by all ranks at once with their communicator, and fails on one of
them if it fails. Nothing here is random but from seeds, so that all ranks draw alike.
"""

import dataclasses
import math
import time

import numpy as np

from mlcore.losses import (
    AdditiveMarginSoftmaxLoss,
    AngularSoftmaxLoss,
    ArcFaceLoss,
    CombinedMarginLoss,
    LargeMarginSoftmaxLoss,
    SoftmaxLoss,
    SubCenterArcFaceLoss,
)
from mlcore.many import Chunked, Parallel, Sampled, share

from .cases import (
    C,
    assert_equal,
    each_reduction,
    inputs,
    with_classes,
)
from .trainings import assert_same, fit, numbers

LOSSES = [
    SoftmaxLoss(),
    SoftmaxLoss(
        label_smoothing=0.2, class_weights=(1.0, 0.5, 2.0, 0.0), ignore_index=1
    ),
    LargeMarginSoftmaxLoss(m=3, lam=1.0),
    AngularSoftmaxLoss(m=4),
    AdditiveMarginSoftmaxLoss(),
    ArcFaceLoss(),
    CombinedMarginLoss(m1=1.2, m2=0.3, m3=0.1, s=16.0),
    SubCenterArcFaceLoss(),
]


def shares(size, count):
    """Ways to share `count` rows out over ranks, as edges: even, all on the last one,
    and with an empty one in the middle."""
    yield evenly(size, count)
    yield [0] * size + [count]
    if size > 2:
        first, second, *others = evenly(size - 1, count)
        yield [first, second, second, *others]


def evenly(size, count):
    return [round(k * count / size) for k in range(size + 1)]


def dense(loss, args, dloss):
    value, saved = loss.forward(*args)
    return [value, *loss.backward(saved, dloss)]


def own_rows(args, edges, rank):
    rows = slice(edges[rank], edges[rank + 1])
    x, w, y, *b = args
    return rows, [x, w[rows], y, *(bias[rows] for bias in b)]


def compare(comm, rows, actual, expected):
    """Loss and dx as dense, dw and db as their rows; dx the same bits on all ranks."""
    scale = max(np.max(np.abs(g)) for g in expected[1:])
    expected = [*expected[:2], *(g[rows] for g in expected[2:])]
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * scale)
    assert len(set(comm.gather(actual[1].tobytes()))) == 1


def check_equals_dense(comm):
    """Every loss and reduction, however the classes are shared out, kept or not."""
    for loss in LOSSES:
        loss = with_classes(loss, C)
        args = inputs(loss)
        for each, dloss in each_reduction(loss):
            expected = dense(each, args, dloss)
            for k, edges in enumerate(shares(comm.size, C)):
                rows, own = own_rows(args, edges, comm.rank)
                head = Parallel(each, comm, block=3, keep=400 * k)
                value, saved = head.forward(*own)
                actual = [value, *head.backward(saved, dloss)]
                compare(comm, rows, actual, expected)


def check_fewer_classes_than_ranks(comm):
    loss = ArcFaceLoss()
    args = inputs(loss, c=2)
    expected = dense(loss, args, 1.0)
    edges = [*(min(k, 2) for k in range(comm.size)), 2]
    rows, own = own_rows(args, edges, comm.rank)
    head = Parallel(loss, comm)
    value, saved = head.forward(*own)
    compare(comm, rows, [value, *head.backward(saved)], expected)


def check_all_targets_on_one_rank(comm):
    loss = ArcFaceLoss()
    args = inputs(loss)
    args[2][:] %= 2
    expected = dense(loss, args, 1.0)
    rows, own = own_rows(args, evenly(comm.size, C), comm.rank)
    head = Parallel(loss, comm, block=2)
    value, saved = head.forward(*own)
    compare(comm, rows, [value, *head.backward(saved)], expected)


def check_split_features(comm):
    """Unequal parts of the batch: rank 0 has no sample."""
    n = comm.size * (comm.size - 1) // 2
    ends = [k * (k + 1) // 2 for k in range(comm.size)]
    mine = slice(ends[comm.rank - 1] if comm.rank else 0, ends[comm.rank])
    rng = np.random.default_rng(0)
    for loss in (SoftmaxLoss(), ArcFaceLoss(), SubCenterArcFaceLoss()):
        x, w = (rng.normal(size=size) for size in ((n, 6), inputs(loss)[1].shape))
        y = rng.integers(0, C, size=n)
        rows, own = own_rows([x, w, y], evenly(comm.size, C), comm.rank)
        for each, dloss in each_reduction(loss):
            dloss = dloss if isinstance(dloss, float) else dloss[:1] * np.arange(n)
            value, dx, dw = dense(each, [x, w, y], dloss)
            head = Parallel(each, comm, features="split")
            some, saved = head.forward(x[mine], own[1], y[mine])
            if each.reduction == "none":
                value, dloss = value[mine], dloss[mine]
            actual = [some, *head.backward(saved, dloss)]
            for a, b in zip(actual, [value, dx[mine], dw[rows]], strict=True):
                np.testing.assert_allclose(
                    a, b, rtol=0, atol=1e-12 * np.max(np.abs(dx))
                )


def check_a_sink_gets_the_rows_of_its_rank(comm):
    for loss in (ArcFaceLoss(), SubCenterArcFaceLoss()):
        _sink_gets_the_rows(comm, loss)


def _sink_gets_the_rows(comm, loss):
    args = inputs(loss)
    _, dx, dw = dense(loss, args, 1.0)
    rows, own = own_rows(args, evenly(comm.size, C), comm.rank)
    head, got = Parallel(loss, comm, block=2), np.full_like(own[1], np.nan)
    _, saved = head.forward(*own)

    def sink(some, gradient):
        got[some] = gradient

    actual, nothing = head.backward(saved, sink=sink)
    assert nothing is None
    assert_equal([0 * dx, actual, got], [0 * dx, dx, dw[rows]], 1e-12)


def check_a_sample_is_that_of_one_process(comm):
    losses = SoftmaxLoss(), ArcFaceLoss(), SubCenterArcFaceLoss()
    for loss, corrected in zip(losses, (False, True, True), strict=True):
        args = inputs(loss)
        alone = Sampled(Chunked(loss), rate=0.3, corrected=corrected)
        value, saved = alone.forward(*args, step=3)
        expected = [value, *alone.backward(saved)]
        for edges in shares(comm.size, C):
            rows, own = own_rows(args, edges, comm.rank)
            head = dataclasses.replace(alone, head=Parallel(loss, comm, block=2))
            value, saved = head.forward(*own, step=3)
            compare(comm, rows, [value, *head.backward(saved)], expected)


def check_training_is_that_of_one_process(comm):
    """Losses, accuracies and the network after three epochs; w, each its own rows."""
    loss = ArcFaceLoss(s=8.0)
    *expected, w = numbers(*fit(Chunked(loss)))
    *actual, own = numbers(*fit(Parallel(loss, comm)))
    assert_same(actual, expected)
    assert_same([own], [w[share(C, comm)]])


def refusals(comm):
    """Bad arguments of one rank: a name, the arguments, and what all ranks must say."""
    loss, last = SoftmaxLoss(), comm.rank == comm.size - 1
    args = inputs(loss)
    edges = evenly(comm.size, C)

    def own(**changes):
        _, (x, w, y, b) = own_rows(args, edges, comm.rank)
        given = {"x": x.copy(), "w": w.copy(), "y": y.copy(), "b": b.copy()}
        for name, change in changes.items() if last else ():
            given[name] = change(given[name])
        return list(given.values())

    def put(value, at=-1):
        def change(a):
            a[at] = value
            return a

        return change

    yield "nan in w", own(w=put(math.nan)), f"w must be finite, but row {C - 1} "
    yield "inf in x", own(x=put(math.inf, 3)), "x must be finite, but row 3 "
    yield "nan in b", own(b=put(math.nan)), f"b must be finite, but row {C - 1} "
    yield "label", own(y=put(C, 5)), f"y must lie in [0, {C}), but y[5] is {C}"
    yield "other label", own(y=lambda y: (y + 1) % C), "the numbers in y must be the"
    yield "other x", own(x=lambda x: 2 * x), "the numbers in x must be the same"
    yield "samples", own(x=lambda x: x[1:], y=lambda y: y[1:]), "axis 0 of x must be"
    yield "features", own(x=lambda x: x[:, 1:], w=lambda w: w[:, 1:]), "axis 1 of x"
    yield "rows", own(w=lambda w: w[:, 1:]), "w must agree with x"
    yield "dtype", own(x=lambda x: x.astype("f")), "the dtype of x must be the same"
    yield "no array", own(w=lambda w: w.tolist()), "w must be an array, got list"
    yield "no bias", own(b=lambda b: None), "the dtype of b must be the same"


def refused(comm, call, wanted):
    """All ranks get one error, of one type and text, within five seconds."""
    begin = time.monotonic()
    try:
        call()
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    else:
        said = "nothing"
    assert time.monotonic() - begin < 5
    assert len(set(comm.gather(said))) == 1, said
    assert wanted in said, said


def check_what_one_rank_refuses_all_refuse(comm):
    head = Parallel(SoftmaxLoss(), comm, block=2)
    for name, args, wanted in refusals(comm):
        refused(comm, lambda args=args: head.forward(*args), wanted)
        assert len(set(comm.gather(name))) == 1


def check_sub_centers_that_differ_are_refused_by_all(comm):
    """Their number, and NaN in one of them: the class is named, not the row."""
    loss, last = SubCenterArcFaceLoss(), comm.rank == comm.size - 1
    head = Parallel(loss, comm, block=2)
    for name, wanted in (
        ("number", "axis 1 of w must be the same"),
        ("one row", "w must have 3 dimensions"),
        ("nan", f"w must be finite, but row {C - 1} "),
        ("none", "w must have rows for each class"),
    ):
        _, (x, w, y) = own_rows(inputs(loss), evenly(comm.size, C), comm.rank)
        if last:
            w = {"number": w[:, :2], "one row": w[:, 0], "none": w[:, :0]}.get(name, w)
        if last and name == "nan":
            w = w.copy()
            w[-1, 0, 0] = math.nan
        refused(comm, lambda x=x, w=w, y=y: head.forward(x, w, y), wanted)


def check_backward_is_refused_by_all(comm):
    """Another dloss on one rank, a wrong one, and a sink that fails."""
    loss, last = SoftmaxLoss(), comm.rank == comm.size - 1
    _, own = own_rows(inputs(loss), evenly(comm.size, C), comm.rank)
    head = Parallel(loss, comm, block=2)
    _, saved = head.forward(*own)
    refused(comm, lambda: head.backward(saved, 2.0 if last else 1.0), "dloss must be")
    wrong = np.ones(3) if last else 1.0
    refused(comm, lambda: head.backward(saved, wrong), "dloss must have shape ()")

    def sink(rows, *_):
        if last:
            raise OSError("disk full")

    refused(comm, lambda: head.backward(saved, sink=sink), "OSError: disk full")
    other = Parallel(ArcFaceLoss(m=0.3 if last else 0.5), comm)
    refused(comm, lambda: other.forward(*own[:3]), "the loss must be the same")


def check_accuracy_is_refused_by_all(comm):
    """As forward is: no rank waits for one that has met a bad argument."""
    loss, last = ArcFaceLoss(), comm.rank == comm.size - 1
    head = Parallel(loss, comm, block=2)
    _, own = own_rows(inputs(loss), evenly(comm.size, C), comm.rank)
    x, w, y = own

    def with_nan(a):
        a = a.copy()
        a[-1] = math.nan
        return a

    for wrong, wanted in (
        ((x.tolist(), w, y), "x must be an array"),
        ((x[0], w, y), "x must have 2 dimensions"),
        ((x[:0], w, y[:0]), "x must not be empty"),
        ((x[1:], w, y[1:]), "x must be the same in all processes"),
        ((x, w[0], y), "w must have 2 or 3 dimensions"),
        ((x, w[:, 1:], y), "w must agree with x"),
        ((x, with_nan(w), y), f"w must be finite, but row {C - 1} "),
        ((with_nan(x), w, y), f"x must be finite, but row {len(x) - 1} "),
        ((x, w, y[1:]), "y must hold one label a sample"),
        ((x, w, y + C), f"y must lie in [0, {C})"),
        ((x, w, y / 1), "y must have an integer dtype"),
    ):
        given = wrong if last else (x, w, y)
        refused(comm, lambda given=given: head.accuracy(*given), wanted)
    assert head.accuracy(x, w, y) == Chunked(loss).accuracy(*inputs(loss))


def check_samples_of_classes_that_differ_are_refused_by_all(comm):
    """Seed, rate, correction and step, and a sample beside all classes."""
    loss, last = ArcFaceLoss(), comm.rank == comm.size - 1
    _, own = own_rows(inputs(loss), evenly(comm.size, C), comm.rank)
    head = Parallel(loss, comm, block=2)
    good = {"rate": 0.5, "seed": 3, "corrected": False}
    for options, step in (
        ({"rate": 0.6}, 2),
        ({"seed": 4}, 2),
        ({"corrected": True}, 2),
        ({}, 1),
    ):
        sampled = Sampled(head, **(good | options if last else good))
        refused(
            comm,
            lambda s=sampled, k=step if last else 2: s.forward(*own, step=k),
            "the sample of the classes must be the same in all processes",
        )
    sampled = Sampled(head, **good)
    refused(
        comm,
        lambda: head.forward(*own) if last else sampled.forward(*own, step=2),
        "the sample of the classes must be the same",
    )
    # the control; numbers of NumPy's are the same numbers
    sampled = Sampled(head, rate=0.5, seed=np.int64(3) if last else 3)
    value, _ = sampled.forward(*own, step=np.int64(2) if last else 2)
    assert np.isfinite(value)


CHECKS = {
    name.removeprefix("check_"): check
    for name, check in list(globals().items())
    if name.startswith("check_")
}
