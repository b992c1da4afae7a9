"""Class-parallel heads on threads; `test_mpi` holds processes to the same checks."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mlcore.losses import ArcFaceLoss, SoftmaxLoss
from mlcore.many import InProcess, Parallel

from .cases import assert_equal, inputs, results
from .everywhere import CHECKS


def on_threads(size, check, timeout=60.0):
    """What `check` returns on every thread."""
    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(check, InProcess.of(size, timeout)))


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_on_threads(check, size):
    on_threads(size, check)


def test_on_one_thread():
    on_threads(1, CHECKS["equals_dense"])


def test_arrays_of_every_library(xp):
    loss = SoftmaxLoss()
    args = inputs(loss)
    expected = results(loss, args)

    def check(comm):
        rows = slice(0, 4) if comm.rank == 0 else slice(4, None)
        x, w, y, b = (xp.asarray(a) for a in args)
        return results(Parallel(loss, comm, block=3), [x, w[rows, :], y, b[rows]])

    parts = on_threads(2, check)
    joined = [np.concatenate(g) for g in zip(*(p[2:] for p in parts), strict=True)]
    assert_equal([*parts[0][:2], *joined], expected, 1e-12)


def test_a_thread_that_is_gone_does_not_leave_the_others_waiting():
    def check(comm):
        if comm.rank == 0:
            return "gone"
        with pytest.raises(threading.BrokenBarrierError):
            Parallel(ArcFaceLoss(), comm).forward(*inputs(ArcFaceLoss()))
        return "ended"

    assert on_threads(3, check, timeout=1.0) == ["gone", "ended", "ended"]


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (TypeError, "comm must be a communicator of mpi4py", {"comm": None}),
        (ValueError, "features must be one of 'same', 'split'", {"features": "all"}),
        (ValueError, "block must be an integer >= 1", {"block": 0}),
        (ValueError, "keep must be a number in", {"keep": -1}),
        (TypeError, "loss must be a margin loss", {"loss": None}),
    ],
)
def test_bad_parameters_are_named(error, message, arguments):
    good = {"loss": ArcFaceLoss(), "comm": InProcess.of(1)[0]}
    with pytest.raises(error, match=message):
        Parallel(**{**good, **arguments})


def test_nothing_at_all_is_refused():
    x, w, y = inputs(ArcFaceLoss())
    head = Parallel(ArcFaceLoss(), InProcess.of(1)[0])
    with pytest.raises(ValueError, match="there are 9 samples and 0 classes in all"):
        head.forward(x, w[:0], y)


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (ValueError, "size must be an integer >= 1, got 0", (0,)),
        (TypeError, "size must be an integer >= 1, got '2'", ("2",)),
        (ValueError, "timeout must be a number", (2, 0)),
        (ValueError, "timeout must be a number", (2, float("nan"))),
        (TypeError, "timeout must be a number", (2, None)),
    ],
)
def test_threads_without_number_or_end_are_refused(error, message, arguments):
    with pytest.raises(error, match=message):
        InProcess.of(*arguments)
