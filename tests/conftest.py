"""One suite, every array library.

A test that takes the fixture `xp` runs once with each library that can run here: NumPy,
array-api-strict (which refuses everything that the array API standard does not promise,
so it stands in for the libraries we do not have), CuPy where a GPU is visible, a double
of CuPy where only its wheel is installed (see `cupy_stand_in`), and PyTorch on the CPU
where it is installed, which is in the environment of `make guests` and not in the
book's. The runs of a library that is not here are not collected at all,
and the head and the foot of the report say so by name: nobody can mistake "not run" for
"passed".
"""

import importlib
import importlib.util
import os
import sys
from importlib.metadata import version
from pathlib import Path

import array_api_compat
import array_api_strict
import hypothesis
import numpy as np
import pytest

from grader import sandbox
from mlcore import arrays, locks
from mlcore.datasets import DRAWN, PUBLISHED

# Scripts that need a browser and a built book; --doctest-modules would import them.
collect_ignore = []

# The cores are shared and the first call of everything is slow, so no deadline. The
# examples are the same in every run: a red build must be red again when it is repeated.
hypothesis.settings.register_profile("mlcore", deadline=None, derandomize=True)
hypothesis.settings.load_profile("mlcore")


def _cupy():
    """The name of CuPy's backend, its namespace, and a sentence for the report.

    Where its wheel is and no GPU, it is a double, whose calls are bound to CuPy's
    signatures; the namespace is None without the wheel.
    """
    try:
        import cupy
    except ImportError:
        return "", None, "CuPy: not installed, GPU tests not run (see `make audit`)"
    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        devices = 0
    if devices == 0:
        double = importlib.import_module("cupy_stand_in")
        return "cupy-signatures", double.install(), "CuPy: no device, GPU tests not run"
    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return (
        "cupy",
        array_api_compat.array_namespace(cupy.zeros(1)),
        f"CuPy {cupy.__version__}: GPU tests run on {name}",
    )


def _torch_where_it_is_installed():
    """The namespace of PyTorch and a sentence for the report; the namespace is None
    without it."""
    if importlib.util.find_spec("torch") is None:
        return (
            None,
            "PyTorch: not installed, tests of guests not run (`make guests` runs them)",
        )
    torch = importlib.import_module("torch")
    return (
        array_api_compat.array_namespace(torch.zeros(1)),
        f"PyTorch {torch.__version__}: tests of guests run on the CPU",
    )


def _mpi_report():
    """A sentence for the report; why the tests on processes are not run begins with
    "MPI: not"."""
    if importlib.util.find_spec("mpi4py") is None:
        return "MPI: not tested on processes (mpi4py is not installed)"
    if not Path(sys.executable).with_name("mpiexec").exists():
        return "MPI: not tested on processes (there is no mpiexec beside Python)"
    return f"MPI: mpi4py {version('mpi4py')}, tests on processes run"


_CUPY_NAME, _CUPY, _CUPY_REPORT = _cupy()
_TORCH, _TORCH_REPORT = _torch_where_it_is_installed()
if _TORCH is None:
    collect_ignore.append("mlcore/losses/test_guests.py")
if _CUPY_NAME != "cupy-signatures":
    for _name in ("cupy_signatures.py", "cupy_stand_in.py", "test_cupy_stand_in.py"):
        collect_ignore.append(_name)
_MPI_REPORT = _mpi_report()
if _MPI_REPORT.startswith("MPI: not"):
    collect_ignore.append("mlcore/many/test_mpi.py")
BACKENDS = {
    # What `mlcore.arrays.array_namespace` returns for these libraries' arrays.
    "numpy": array_api_compat.array_namespace(np.zeros(1)),
    "array-api-strict": array_api_strict,
    **({_CUPY_NAME: _CUPY} if _CUPY is not None else {}),
    **({"torch": _TORCH} if _TORCH is not None else {}),
}


# The scope of a session: an array library has no state to reset, and Hypothesis wants
# it so.
@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS.keys(), scope="session")
def xp(request):
    """The namespace of an array library; ``xp.asarray(numpy_array)`` moves test data
    there."""
    return request.param


@pytest.fixture
def int32_places(monkeypatch):
    """NumPy as on a platform of 32 bits, say in a browser: a function that switches to
    it.

    There it counts the places of an array in int32: what finds or lists places returns
    them so, and what takes places refuses int64. Labels forced to int64 so fail on
    every machine.
    """
    # Functions that cast their argument of places "safely", and which argument that is.
    taking = {"take": 1, "bincount": 0, "repeat": 1}
    finding = "argmax", "argmin", "argsort", "nonzero", "arange", "searchsorted"

    def refusing(function, which):
        def call(*args, **kwargs):
            dtype = np.asarray(args[which]).dtype
            if not np.can_cast(dtype, np.int32, "safe") and not isinstance(
                args[which], int
            ):
                raise TypeError(f"Cannot cast array data from {dtype} to int32")
            return function(*args, **kwargs)

        return call

    def in_32_bits(function):
        def call(*args, **kwargs):
            found = function(*args, **kwargs)
            if isinstance(found, tuple):
                return tuple(places.astype(np.int32) for places in found)
            return found.astype(np.int32) if found.dtype == np.int64 else found

        return call

    def switch():
        for namespace in {np, arrays.array_namespace(np.zeros(1))}:
            for name, which in taking.items():
                old = getattr(namespace, name, getattr(np, name))
                monkeypatch.setattr(
                    namespace, name, refusing(old, which), raising=False
                )
            for name in finding:
                monkeypatch.setattr(
                    namespace, name, in_32_bits(getattr(namespace, name))
                )
        monkeypatch.setattr(arrays, "INDEX_DTYPE", "int32")

    return switch


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Makes a file that is dear once for all workers: a function that returns its path.

    ``once(name, make)`` calls ``make(path)`` where nobody has yet, and waits where
    another worker is about it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def path_of(name, make):
        path = folder / name
        with locks.held(path, on_wait=lambda _: None):
            if not path.exists():
                make(path)
        return path

    return path_of


def _data_report():
    """Which of the real data sets are not here, so that the tests of their files are
    skipped."""
    try:
        missing = [
            name for name, published in PUBLISHED.items() if published.find()[0] is None
        ]
        missing += [name for name, drawn in DRAWN.items() if drawn.find() is None]
    except FileNotFoundError as error:
        return f"data: {error}"
    if not missing:
        return "data: the real files of all published sets are tested"
    return f"data: real files not tested, since they are not here: {', '.join(missing)}"


def _isolation_report():
    """Which protections from hostile answers work here, so that the others are not
    tested."""
    why_not = {name: sandbox.why_not(name) for name in sandbox.PROTECTIONS}
    usable = ", ".join(name for name, reason in why_not.items() if not reason)
    missing = [
        f"{name} not tested: {reason}" for name, reason in why_not.items() if reason
    ]
    return "; ".join([f"isolation: hostile answers tried under {usable}", *missing])


def _reports():
    if _CUPY_NAME == "cupy-signatures":
        return [_CUPY_REPORT, sys.modules["cupy_signatures"].summary(), *_others()]
    return [_CUPY_REPORT, *_others()]


def _others():
    return [_TORCH_REPORT, _MPI_REPORT, _data_report(), _isolation_report()]


def pytest_report_header():
    return _reports()


def pytest_terminal_summary(terminalreporter):
    # Again at the end: -q leaves the header out.
    for line in _reports():
        terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Add what a worker of xdist has bound to what is reported."""
    for name, counts in getattr(node, "workeroutput", {}).get("cupy", {}).items():
        getattr(sys.modules["cupy_signatures"], name).update(counts)


def pytest_sessionfinish(session):
    if _CUPY_NAME == "cupy-signatures" and hasattr(session.config, "workeroutput"):
        counted = sys.modules["cupy_signatures"]
        session.config.workeroutput["cupy"] = {
            name: dict(getattr(counted, name)) for name in ("BOUND", "UNKNOWN")
        }
