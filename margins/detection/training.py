"""Training a detector, and what it has learnt."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from margins.detection.scenes import Scenes
from mlcore.arrays import Array, array_namespace, like, to_numpy
from mlcore.layers import Sequential
from mlcore.losses import FocalLoss
from mlcore.metrics import precision_recall
from mlcore.optim import SGD
from mlcore.train import default_optimiser
from mlcore.train.checkpoint import CheckpointFile, Passes
from mlcore.train.identity import check_frozen, fingerprint
from mlcore.train.inputs import check_images, check_last_batch, to_network
from mlcore.train.loop import run
from mlcore.train.state import Batch, Carried, State, check_state
from mlcore.validation import check_integer, check_positive

#: At which recalls `measure` keeps the precision: 0.01, 0.02, ..., 1.
RECALLS = np.arange(1, 101) / 100


class Epochs(tuple):
    """The `train.Epoch`s of a training, with its `stretches`, as in `train.History`."""

    stretches: tuple[dict[str, Any], ...] = ()


def fit(
    net: Sequential,
    loss: FocalLoss,
    scenes: Scenes,
    *,
    epochs: int,
    batch: int = 8,
    optimiser: SGD | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 60.0,
    provenance: dict[str, Any] | None = None,
    on_step: Callable[[Array, Array, Array], Any] | None = None,
    progress: bool = True,
) -> Epochs:
    """Train a detector.

    Parameters
    ----------
    net : layers.Sequential
        Maps pictures to logits, one at each place of the targets. Trained in place.
    loss : losses.FocalLoss
        With ``reduction="none"``.
    scenes : Scenes
        To train on.
    epochs, batch : int >= 1
        Passes over the scenes, and scenes a step.
    optimiser : optim.SGD, optional
        `train.default_optimiser` of the number of steps if not given.
    seed : int
        For the order of the scenes.
    checkpoint, checkpoint_seconds, provenance
        As in `train.fit`: a training that was cut off ends with the same bits.
    on_step : callable, optional
        Called as ``on_step(logits, targets, dlogits)`` in each step, arrays (B·G·G, 1),
        to watch who has the gradient.
    progress : bool

    Returns
    -------
    Epochs
        A tuple of `train.Epoch`.

    Raises
    ------
    ValueError, TypeError, FloatingPointError, OSError
        As `train.fit`.
    """
    check_integer("epochs", epochs, 1)
    check_integer("batch", batch, 1)
    check_integer("seed", seed, 0)
    check_positive("checkpoint_seconds", checkpoint_seconds)
    if getattr(loss, "reduction", None) != "none":
        raise ValueError(f'loss must have reduction="none", got {loss!r}')
    check_scenes(net, scenes)
    pictures, targets = scenes
    passes = Passes(len(pictures), epochs, batch)
    optimiser = default_optimiser(passes.steps) if optimiser is None else optimiser
    check_images("scenes.pictures", pictures, net.dtype)
    check_last_batch(net, pictures, batch)
    state, keep = State(None, Carried(), optimiser.init(net.params)), None
    if checkpoint is not None:
        check_frozen(loss=loss, optimiser=optimiser)
        keep = CheckpointFile(
            checkpoint,
            checkpoint_seconds,
            net,
            lambda step: loss,
            optimiser,
            passes,
            {"seed": seed, "training set": fingerprint(scenes)},
            provenance,
        )

    def batch_at(step, chosen):
        x = to_network(net, pictures[chosen])
        t = like(targets[chosen].reshape(-1, 1), x)
        return Batch(x, partial(_criterion, loss, t, on_step))

    run(
        state,
        net,
        batch_at,
        passes,
        optimiser,
        np.random.default_rng(seed),
        check=lambda: check_state(state, net),
        keep=keep,
        progress=progress,
    )
    done = Epochs(state.epochs)
    if keep is not None:
        done.stretches = tuple(keep.stretches(state))
    return done


# [step]
def _criterion(loss, t, on_step, state, logits):
    """The loss of `logits` (B, G, G, 1) under targets `t` (B·G·G, 1), and dlogits."""
    xp = array_namespace(logits)
    z = xp.reshape(logits, (-1, 1))
    each, saved = loss.forward(z, t == 1)
    positives = max(1, int(xp.count_nonzero(t == 1)))
    # nothing for what is neither right nor wrong
    weight = xp.astype(t >= 0, z.dtype) / positives
    (dz,) = loss.backward(saved, weight)
    if on_step is not None:
        on_step(z, t, dz)
    return xp.sum(each * weight), xp.reshape(dz, logits.shape), None, Carried()


# [/step]


def shares(pull: np.ndarray, z: np.ndarray, positive: np.ndarray) -> list[float]:
    """Whose gradient is it? Shares of the positives, the hard and the easy negatives.

    A negative is easy if its right answer has a probability above 0.9 already.

    Parameters
    ----------
    pull : numpy.ndarray
        Size of each place's gradient.
    z : numpy.ndarray, of the same shape
        Logits.
    positive : numpy.ndarray, of the same shape, of booleans

    Returns
    -------
    list of three floats
    """
    easy = ~positive & (z < -math.log(9))
    return [
        float(pull[kind].sum() / pull.sum())
        for kind in (positive, ~positive & ~easy, easy)
    ]


def scores(
    net: Sequential, scenes: Scenes, batch: int = 50
) -> tuple[np.ndarray, np.ndarray]:
    """Logits of all places that are right or wrong, and whether they hold a digit.

    Returns
    -------
    z : numpy.ndarray, shape (N,), float64
    positive : numpy.ndarray, shape (N,), of booleans
    """
    check_integer("batch", batch, 1)
    check_scenes(net, scenes)
    pictures, targets = scenes
    starts = range(0, len(pictures), batch)
    parts = [net.infer(to_network(net, pictures[i : i + batch])) for i in starts]
    z = np.concatenate([to_numpy(part) for part in parts]).ravel().astype(float)
    targets = targets.ravel()
    return z[targets >= 0], targets[targets >= 0] == 1


def measure(net: Sequential, scenes: Scenes) -> dict[str, Any]:
    """How well a detector finds the digits of scenes that it was not trained on.

    Returns
    -------
    dict
        ``average_precision`` in percent; ``precision`` in percent, a list with one
        number for each of `RECALLS`: that of the strictest threshold with at least that
        recall; ``positives`` and ``negatives``, how many places there were of each.
    """
    z, positive = scores(net, scenes)
    curve = precision_recall(z, positive)
    # A recall of 7/100 must not be missed for being 0.06999...
    at = np.searchsorted(curve.recall, RECALLS - 1e-12)
    return {
        "average_precision": 100 * curve.average_precision,
        "precision": [round(100 * float(p), 2) for p in curve.precision[at]],
        "positives": int(positive.sum()),
        "negatives": int((~positive).sum()),
    }


def check_scenes(net: Sequential, scenes: Scenes) -> None:
    """Refuse pictures without their targets, and a net that answers elsewhere.

    Raises
    ------
    ValueError
    """
    pictures, targets = scenes
    if pictures.ndim != 4 or targets.ndim != 3 or len(pictures) != len(targets):
        raise ValueError(
            "scenes must hold pictures (N, S, S, 1) and targets (N, G, G), "
            f"got shapes {pictures.shape} and {targets.shape}"
        )
    if len(pictures) == 0:
        raise ValueError("scenes must not be empty")
    shape = pictures.shape[1:]
    for layer in net.layers:
        shape = layer.output_shape(shape)
    if tuple(shape) != (*targets.shape[1:], 1):
        raise ValueError(
            f"net must answer once at each of the {targets.shape[1]} x"
            f" {targets.shape[2]} places, but makes {tuple(shape)} of a picture: stride"
            " of the layout and of the net must agree"
        )
