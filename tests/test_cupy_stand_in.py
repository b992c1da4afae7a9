"""What the audit of CuPy's calls would find: it fails where CuPy would.

Run where CuPy's wheel is installed and no GPU is (`make audit`).
"""

import re
import subprocess
import sys
from pathlib import Path

import cupy_signatures
import cupy_stand_in
import numpy as np
import pytest

from margins import device as devices
from margins import results
from margins.benchmarks import conv, heads, roofline
from margins.experiments import __main__ as experiments
from mlcore import arrays, losses

ROOT = Path(__file__).parents[1]
xp = sys.modules["array_api_compat.cupy"]


def test_the_library_takes_the_double_for_cupys_arrays():
    x = xp.asarray(np.ones((2, 3)))
    assert arrays.array_namespace(x) is xp
    assert type(x).__module__ == "cupy"
    # So the lines for CuPy alone are run: this one calls cupyx.scatter_add.
    before = cupy_signatures.BOUND["cupyx.scatter_add"]
    arrays.add_rows(x, xp.asarray(np.array([0, 0])), xp.asarray(np.ones((2, 3))))
    assert cupy_signatures.BOUND["cupyx.scatter_add"] == before + 1
    np.testing.assert_array_equal(x.get(), [[3.0] * 3, [1.0] * 3])


def a():
    return xp.asarray(np.array([[1.0, 2.0], [3.0, 4.0]]))


MISTAKES = {
    "a function that CuPy does not have": lambda: xp.spacing(a()),
    "a method that it does not have": lambda: a().resize((4,)),
    "a keyword that its ufuncs do not have": lambda: xp.add(a(), a(), where=a() > 2),
    "a keyword that its function does not have": lambda: xp.sum(a(), where=a() > 2),
    "a keyword that its method does not have": lambda: a().max(where=a() > 2),
    "an argument too many": lambda: xp.exp(a(), a(), a()),
    "an array of NumPy": lambda: a() + np.ones(2),
    "an array of NumPy in a function": lambda: xp.where(np.ones(2) > 0, a(), 0.0),
    "NumPy on CuPy's arrays": lambda: np.linalg.norm(a()),
    "conversion unasked": lambda: np.asarray(a()),
    "a place as an array": lambda: [1, 2][xp.asarray(np.array(1))],
    "a dtype without a loop": lambda: xp.bitwise_and(a(), a()),
    "an operator without a loop": lambda: ~a(),
    "atomic addition of int64": lambda: arrays.add_rows(
        xp.asarray(np.zeros((2, 2), dtype=np.int64)),
        xp.asarray(np.array([0])),
        xp.asarray(np.ones((1, 2), dtype=np.int64)),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_what_cupy_refuses_is_refused(mistake):
    with pytest.raises((TypeError, AttributeError)):
        mistake()


def test_a_slip_in_a_loss_fails_its_test(monkeypatch):
    """NumPy's own keyword, put where a formula of the library sums."""
    x, y = a(), xp.asarray(np.array([0, 1]))
    losses.SoftmaxLoss().forward(x, x, y)
    real = xp.log1p
    monkeypatch.setattr(xp, "log1p", lambda z: real(z, where=True))
    with pytest.raises(
        TypeError, match=r"the ufunc cupy\.log1p has no keyword 'where'"
    ):
        losses.SoftmaxLoss().forward(x, x, y)


def test_another_dtype_than_numpys_is_named(monkeypatch):
    monkeypatch.setattr(
        cupy_stand_in, "result_dtype", lambda ufunc, dtypes: np.dtype("float32")
    )
    for call in (xp.exp, lambda x: x + x, lambda x: 1.0 - x):
        with pytest.raises(TypeError, match="gives float32, NumPy gives float64"):
            call(a())


def test_signatures_written_in_cython_are_read_too():
    signature = cupy_signatures.signature_of(cupy_stand_in.NDARRAY.sort)
    assert list(signature.parameters) == ["self", "axis", "kind"]
    everything = [
        name
        for name in dir(cupy_stand_in.NDARRAY)
        if not name.startswith("_") and callable(getattr(cupy_stand_in.NDARRAY, name))
    ]
    assert len(everything) > 40
    for name in everything:
        method = getattr(cupy_stand_in.NDARRAY, name)
        assert cupy_signatures.signature_of(method) is not None, name


def test_the_benchmarks_run_on_cupys_arrays(monkeypatch, capsys):
    """What `make gpu` measures on a GPU, in small; the double counts no memory."""
    device = devices.find("gpu")
    monkeypatch.setattr(heads, "has_torch", lambda device: False)
    monkeypatch.setattr(conv, "has_torch", lambda device: False)
    rows = [*heads.measure((8, 2, 5), 1, 1, device)]
    assert [row["head"] for row in rows] == list(heads.HEADS)

    monkeypatch.setattr(conv, "TURNS", 1)
    for make, cases in (
        (conv.convolution, [((2, 6, 6, 1), {"out_channels": 2, "kernel": 3})]),
        (conv.pooling, [((2, 6, 6, 2), {"kernel": 2})]),
    ):
        for case in cases:
            assert conv.measure(device, *make(*case, device))["milliseconds"]

    monkeypatch.setattr(roofline, "LARGE", {"gpu": (2**10, 16)})
    shape = (2, 5, 5, 3), {"out_channels": 2, "kernel": 3}
    monkeypatch.setattr(roofline, "CONVOLUTION", shape)
    assert roofline.limits(device, 0.01)["matrix_float16"]
    assert roofline.transfers(device, 0.01)["to_host"]
    assert roofline.head(device, (8, 4, 5), 0.01)["seconds"]
    assert roofline.convolution(device, 0.01)["products"]
    capsys.readouterr()


def test_a_training_runs_on_cupys_arrays(tmp_path):
    """The command line with ``--device gpu``, checkpoints and measurement included."""
    arguments = "run mnist-5k-l-softmax-m4-small --seeds 1 --epochs 1 --device gpu"
    assert experiments.main([*arguments.split(), "--out", str(tmp_path)]) == 0
    (run,) = results.runs("mnist-5k-l-softmax-m4-small-1-epochs", tmp_path)
    assert run["device"] == "a double of CuPy, on NumPy"
    assert run["versions"]["cupy"]


@pytest.mark.parametrize("double", ["Device", "MemoryPool"])
def test_doubles_written_by_hand_have_nothing_that_cupy_lacks(double):
    true = getattr(cupy_stand_in.cupy.cuda, double)
    own = [n for n in vars(getattr(cupy_stand_in, double)) if not n.startswith("__")]
    assert own
    assert [name for name in own if not hasattr(true, name)] == []


def test_cupy_without_a_driver_gives_a_sentence():
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "experiments", "run", "mnist-5k-softmax-small"),
            *("--device", "gpu"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert ran.returncode == 1
    assert "--device gpu: CuPy finds no GPU that it can use (cuda" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_there_is_no_kernel_of_our_own_to_compile():
    """Whoever writes one has to compile it here too, with NVRTC from its wheel."""
    words = re.compile(
        r"RawKernel|RawModule|ElementwiseKernel|ReductionKernel|\.fuse\("
    )
    files = [
        file for room in ("mlcore", "margins") for file in (ROOT / room).rglob("*")
    ]
    texts = [file.read_text("utf-8") for file in files if file.suffix == ".py"]
    assert texts
    assert not any(words.search(text) for text in texts)
