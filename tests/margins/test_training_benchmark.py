"""The benchmark of a training, on a short one."""

import pytest

from margins.benchmarks import training
from margins.device import CPU


def test_a_row_says_what_was_measured(monkeypatch, capsys):
    monkeypatch.setattr(training, "has_torch", lambda device: False)
    row = training.measure("digit_network", 64, 32, 1, CPU(threads=1))
    assert (row["network"], row["images"], row["threads"]) == (
        "digit_network",
        [64, 32],
        1,
    )
    assert row["seconds"]["mlcore"] > 0
    assert row["loss"]["mlcore"] > 0
    assert 0 <= row["test_accuracy"]["mlcore"] <= 1
    assert "64 images, threads: 1" in capsys.readouterr().out


def test_another_training_is_not_measured():
    """The control: a loss a tenth away is that of another network, batch or head."""
    training.check_agreement({"mlcore": (10.0, 0.5), "torch": (10.2, 0.1)})
    with pytest.raises(RuntimeError, match=r"torch: loss 11\.0, ours 10\.0"):
        training.check_agreement({"mlcore": (10.0, 0.5), "torch": (11.0, 0.5)})


def test_pytorchs_network_is_ours():
    """The same features from the same weights, in training: its layout is another."""
    torch = pytest.importorskip("torch")
    import numpy as np

    from margins.benchmarks.peers_training import model_of
    from mlcore.layers import digit_network

    net = digit_network()
    x = np.random.default_rng(0).random((8, 28, 28, 1), dtype=np.float32)
    theirs = model_of(net)(torch.from_numpy(x).permute(0, 3, 1, 2))
    np.testing.assert_allclose(
        net.forward(x)[0], theirs.detach().numpy(), atol=1e-4, rtol=1e-4
    )
