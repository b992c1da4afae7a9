"""What looks like an array and means something else is refused at every boundary, by
name.

In np.matrix `*` is another product; a masked array leaves entries out of a sum and not
out of the number that divides it; a subclass of somebody else's may mean anything by
its operators. A silent wrong number would come out of each.
"""

import numpy as np
import pytest

from mlcore import layers, metrics
from mlcore.arrays import array_namespace, is_array
from mlcore.gradcheck import gradcheck
from mlcore.losses import SoftmaxLoss
from mlcore.losses.registry import REGISTRY


class Quantity(np.ndarray):
    """A subclass of somebody else's."""


def matrix(a):
    return np.atleast_2d(a).view(np.matrix)


ODD = {
    "matrix": matrix,
    "masked array": lambda a: np.ma.masked_array(a, np.zeros(np.shape(a), bool)),
    "subclass": lambda a: np.asarray(a).view(Quantity),
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(a.tolist()),
    "iterator": lambda a: iter(a.tolist()),
    "object array": lambda a: a.astype(object),
    "memoryview": memoryview,
    "set": lambda a: set(a.ravel().tolist()),
    "bytes": lambda a: a.tobytes(),
    "number": lambda a: a.ravel().tolist()[0],
}
RNG = np.random.default_rng(0)
X, Y, W = RNG.normal(size=(6, 4)), np.arange(6) % 3, RNG.normal(size=(3, 4))
SCORES, SAME = RNG.normal(size=6), Y == 0


def through_gradcheck(x, w, y):
    return gradcheck(SoftmaxLoss(), (x, w, y))


CALLS = {
    **{
        entry.name: (entry.variants[0].forward, entry.sample(np.random.default_rng(0)))
        for entry in REGISTRY
    },
    "accuracy": (metrics.accuracy, (X @ W.T, Y)),
    "cosines": (metrics.cosines, (X, X)),
    "angles": (metrics.angles, (X, X)),
    "all_pairs": (metrics.all_pairs, (X, Y)),
    "angular_fisher_score": (metrics.angular_fisher_score, (X, Y)),
    "within_between_angles": (metrics.within_between_angles, (X, Y)),
    "mean_target_angle": (metrics.mean_target_angle, (X, W, Y)),
    "recall_at_k": (metrics.recall_at_k, (X, Y)),
    "verification": (metrics.verification, (SCORES, SAME)),
    "precision_recall": (metrics.precision_recall, (SCORES, SAME)),
    "linear": (layers.Linear(4, 3).forward, (X, W, np.zeros(3))),
    "relu": (layers.ReLU().forward, (X,)),
    "gradcheck": (through_gradcheck, (X, W, Y)),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", CALLS)
def test_odd_containers_are_refused_by_every_public_function(name, odd):
    function, args = CALLS[name]
    function(*args)  # the control
    for k, array in enumerate(args):
        try:
            container = ODD[odd](array)
        except (TypeError, ValueError, BufferError):  # a matrix of one axis, say
            continue
        spoilt = [*args[:k], container, *args[k + 1 :]]
        with pytest.raises((TypeError, ValueError)) as caught:
            function(*spoilt)
        assert caught.type in (TypeError, ValueError)
        assert "mlcore" in caught.traceback[-1].path.parts, "an accident further inside"


@pytest.mark.parametrize("odd", ["matrix", "masked array", "subclass"])
def test_an_odd_subclass_is_no_array(odd):
    assert not is_array(ODD[odd](X))
    with pytest.raises(TypeError, match="is no plain array"):
        array_namespace(ODD[odd](X))
    with pytest.raises(TypeError, match="is no plain array"):
        array_namespace(X, ODD[odd](X))


def test_a_file_in_memory_is_an_array(tmp_path):
    """np.memmap, the one subclass of NumPy's that means what an array means."""
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert isinstance(mapped, np.memmap)
    assert is_array(mapped)
    assert metrics.accuracy(mapped, Y) == metrics.accuracy(X, Y)
