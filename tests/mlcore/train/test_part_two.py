"""Training with what the second part brought: a state, and several rows a class."""

import numpy as np
import pytest
import resumable
from test_resume import cut_before

from mlcore import train
from mlcore.losses import (
    AdaFaceLoss,
    ArcFaceLoss,
    CurricularFaceLoss,
    SubCenterArcFaceLoss,
)
from mlcore.losses.registry import REGISTRY
from mlcore.many import Chunked
from mlcore.train.inputs import check_takes_classes

OPTIONS = {"epochs": 1, "batch": 240}
HEADS = [AdaFaceLoss(s=16.0), CurricularFaceLoss(s=16.0)]


@pytest.mark.parametrize("head", HEADS, ids=lambda head: type(head).__name__)
def test_the_state_of_a_loss_is_carried_and_kept(tmp_path, monkeypatch, head):
    """Cut off in the middle, it ends with the same bits, the state among them."""
    _, whole = resumable.fit(None, head=head, **OPTIONS)
    assert whole.state is not None
    cut_before(4, tmp_path / "a.npz", monkeypatch, head=head, **OPTIONS)
    _, resumed = resumable.fit(tmp_path / "a.npz", head=head, **OPTIONS)
    np.testing.assert_array_equal(resumed.state, whole.state)
    np.testing.assert_array_equal(resumed.w, whole.w)


def test_the_state_is_the_running_mean_over_the_steps():
    """One step with weight 1: the state is that of this batch."""
    head = CurricularFaceLoss(s=16.0, weight=1.0)
    _, done = resumable.fit(None, head=head, **{**OPTIONS, "center_loss": None})
    assert done.state.shape == (1,)
    assert -1 <= done.state[0] <= 1


@pytest.mark.parametrize("head", HEADS, ids=lambda head: type(head).__name__)
def test_a_head_over_many_classes_carries_it_too(head):
    options = {**OPTIONS, "center_loss": None}
    _, dense = resumable.fit(None, head=head, **options)
    _, blocks = resumable.fit(None, head=Chunked(head, block=3), **options)
    np.testing.assert_allclose(blocks.state, dense.state, rtol=1e-4)


def test_the_first_weights_may_be_given_with_several_rows_a_class():
    w = np.random.default_rng(0).normal(size=(10, 3, 16)).astype(np.float32)
    options = {**OPTIONS, "center_loss": None, "w": w}
    net, done = resumable.fit(None, head=SubCenterArcFaceLoss(s=16.0), **options)
    assert done.w.shape == w.shape
    assert not np.array_equal(done.w, w)
    assert 0 <= done.test_accuracy <= 1
    x = train.features(net, resumable.data().test.images)
    rows = done.w / np.linalg.norm(done.w, axis=2, keepdims=True)
    nearest = np.einsum("nd,ckd->nck", x, rows).max(axis=2).argmax(axis=1)
    assert done.test_accuracy == (nearest == resumable.data().test.labels).mean()


@pytest.mark.parametrize("shape", [(9, 16), (10, 15), (10, 3, 15), (10,)])
def test_first_weights_of_another_shape_are_refused_by_name(shape):
    with pytest.raises(ValueError, match=r"^w must have"):
        resumable.fit(None, head=ArcFaceLoss(), w=np.ones(shape, np.float32), **OPTIONS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_first_weights_that_are_not_finite_in_the_networks_dtype_are_refused(bad):
    w = np.ones((10, 16))
    w[7, 2] = bad
    with pytest.raises(FloatingPointError, match=r"^w must be finite, but row 7 "):
        resumable.fit(None, head=ArcFaceLoss(), w=w, **OPTIONS)


def test_a_checkpoint_remembers_that_first_weights_were_given(tmp_path, monkeypatch):
    """To leave them out makes another training, as to give others does."""
    w = np.random.default_rng(0).normal(size=(10, 3, 16)).astype(np.float32)
    options = {**OPTIONS, "center_loss": None, "head": SubCenterArcFaceLoss(s=16.0)}
    cut_before(4, tmp_path / "a.npz", monkeypatch, w=w, **options)
    for other in (None, 2 * w):
        with pytest.raises(ValueError, match="belongs to another training"):
            resumable.fit(tmp_path / "a.npz", w=other, **options)
    _, whole = resumable.fit(None, w=w, **options)
    _, resumed = resumable.fit(tmp_path / "a.npz", w=w, **options)  # the control
    np.testing.assert_array_equal(resumed.w, whole.w)


TAKES_CLASSES = [
    "softmax l-softmax a-softmax am-softmax arcface combined adaface magface",
    "curricularface mv-softmax sub-center-arcface proxy-nca proxy-anchor ldam",
]


@pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.name)
def test_a_loss_that_takes_no_class_weights_is_refused_as_a_head(entry):
    """Before the first step, whatever of its arguments might fit by accident."""
    head = entry.variants[0]
    if entry.name in " ".join(TAKES_CLASSES).split():
        check_takes_classes("head", head)
        return
    wanted = rf"^head must be a loss with forward\(x, w, y\), but {type(head).__name__}"
    with pytest.raises(TypeError, match=wanted):
        resumable.fit(None, head=head, **OPTIONS)
    with pytest.raises(TypeError, match=r"^head\(1\) must be a loss with forward"):
        resumable.fit(None, head=lambda step: head, **OPTIONS)
