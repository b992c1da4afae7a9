"""Training a detector, and what it has learnt."""

import math
from contextlib import nullcontext

import numpy as np

from mlcore.arrays import array_namespace, like, overflow_to_infinity, to_numpy
from mlcore.metrics import precision_recall
from mlcore.train.breakdown import explained
from mlcore.train.epochs import run_epochs
from mlcore.train.identity import check_frozen, fingerprint
from mlcore.train.inputs import check_images, check_last_batch, to_network
from mlcore.train.settings import default_optimiser, describe, identified
from mlcore.train.state import CheckpointFile, State, check_state
from mlcore.train.stretches import this_stretch
from mlcore.validation import check_integer, check_positive

#: At which recalls `measure` keeps the precision: 0.01, 0.02, ..., 1.
RECALLS = np.arange(1, 101) / 100


class Epochs(tuple):
    """The `train.Epoch`s of a training, with its `stretches`, as in `train.History`."""

    stretches = ()


def fit(
    net,
    loss,
    scenes,
    *,
    epochs,
    batch=8,
    optimiser=None,
    seed=0,
    checkpoint=None,
    checkpoint_seconds=60.0,
    provenance=None,
    on_step=None,
    progress=True,
):
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
    steps = epochs * math.ceil(len(pictures) / batch)
    optimiser = default_optimiser(steps) if optimiser is None else optimiser
    check_images("scenes.pictures", pictures, net.dtype)
    check_last_batch(net, pictures, batch)
    state, keep = State(None, None, optimiser.init(net.params)), None
    if checkpoint is not None:
        check_frozen(loss=loss, optimiser=optimiser)
        settings = {
            "epochs": epochs,
            "batch": batch,
            "seed": seed,
            "training set": fingerprint(scenes),
            **describe(net, lambda step: loss, optimiser, steps),
            **identified(net, lambda step: loss, optimiser, steps),
        }
        stretch = this_stretch(to_network(net, pictures[:1]), provenance)
        keep = CheckpointFile(checkpoint, checkpoint_seconds, settings, stretch)

    def take_step(step, chosen):
        x = to_network(net, pictures[chosen])
        t = like(targets[chosen].reshape(-1, 1), x)
        try:
            # It is refused: by the loss, or as a weight, by name.
            with overflow_to_infinity():
                return _step(state, net, loss, x, t, optimiser, on_step)
        except FloatingPointError as error:
            raise explained(error, state, net, x, None, chosen) from error

    with nullcontext() if keep is None else keep:
        if keep is not None:
            keep.resume(state, net)
        run_epochs(
            state,
            net,
            take_step,
            len(pictures),
            epochs=epochs,
            batch=batch,
            rng=np.random.default_rng(seed),
            rate=optimiser.rate,
            check=lambda: check_state(state, net),
            keep=keep,
            progress=progress,
        )
    done = Epochs(state.epochs)
    if keep is not None:
        done.stretches = tuple(keep.stretches(state))
    return done


# [step]
def _step(state, net, loss, x, t, optimiser, on_step):
    """One step on pictures `x` with targets `t` (B·G·G, 1); returns the loss."""
    xp = array_namespace(x)
    logits, saved = net.forward(x)
    z = xp.reshape(logits, (-1, 1))
    each, saved_by_loss = loss.forward(z, t == 1)
    positives = max(1, int(xp.count_nonzero(t == 1)))
    # nothing for what is neither right nor wrong
    weight = xp.astype(t >= 0, z.dtype) / positives
    (dz,) = loss.backward(saved_by_loss, weight)
    if on_step is not None:
        on_step(z, t, dz)
    grads = net.backward_params(saved, xp.reshape(dz, logits.shape))
    net.params, state.descent = optimiser.step(net.params, grads, state.descent)
    net.update_running(saved)
    return float(xp.sum(each * weight))


# [/step]


def shares(pull, z, positive):
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


def scores(net, scenes, batch=50):
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
    z = [to_numpy(net.infer(to_network(net, pictures[i : i + batch]))) for i in starts]
    z, targets = np.concatenate(z).ravel().astype(float), targets.ravel()
    return z[targets >= 0], targets[targets >= 0] == 1


def measure(net, scenes):
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


def check_scenes(net, scenes):
    """Pictures and targets must belong together, and the net must answer at each
    target's place."""
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
