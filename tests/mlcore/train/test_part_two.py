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
from mlcore.many import Chunked

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
