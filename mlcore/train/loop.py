"""The training loop."""

import math
from contextlib import nullcontext

import numpy as np

from mlcore.arrays import array_namespace, like, overflow_to_infinity
from mlcore.layers.initial import he_normal
from mlcore.losses import CenterLoss
from mlcore.train.arguments import (
    check_data,
    check_functions,
    check_head,
    check_parts,
    heads,
)
from mlcore.train.breakdown import check_sound, explained
from mlcore.train.epochs import run_epochs
from mlcore.train.evaluation import evaluate
from mlcore.train.history import History
from mlcore.train.identity import check_frozen, fingerprint, identity
from mlcore.train.inputs import (
    check_augmented,
    check_images,
    check_last_batch,
    to_network,
)
from mlcore.train.settings import default_optimiser, describe, identified
from mlcore.train.state import CheckpointFile, State, check_state
from mlcore.train.stretches import this_stretch
from mlcore.validation import check_integer, check_number, check_positive


def fit(
    net,
    head,
    data,
    *,
    epochs,
    batch=64,
    optimiser=None,
    seed=0,
    center_loss=None,
    center_weight=0.003,
    augment=None,
    checkpoint=None,
    checkpoint_seconds=60.0,
    provenance=None,
    on_epoch=None,
    progress=True,
):
    """Train a network and the weights of the loss on top of it.

    Parameters
    ----------
    net : layers.Sequential
        Maps images to features (N, D). Trained in place.
    head : loss, or function step -> loss
        A loss of the form ``forward(x, w, y)``, ``backward(saved) -> (dx, dw)``. Losses
        do not change, so a schedule is a function that returns the loss of a step,
        counted from 1; `annealed` makes one.
    data : datasets.Dataset
        Anything with ``train`` and ``test``, each with ``images`` and ``labels``, NumPy
        arrays. Images of integers are divided by 255. With a ``validation`` split too
        (`datasets.hold_out`), the accuracy on it is measured behind every epoch. The
        test set is looked at once, at the end.
    epochs : int >= 1
    batch : int >= 1
        Samples a step. The last batch of an epoch takes what is left over.
    optimiser : optim.SGD, optional
        `default_optimiser` of the number of steps if not given.
    seed : int
        For the first `w`, the order of the samples, augmentation and dropout.
    center_loss : losses.CenterLoss, optional
        Added to the head's loss with the weight `center_weight`, the paper's λ (0.003
        is what it takes for faces). The centers begin at 0 and move by the paper's
        rule.
    augment : function (images, rng) -> images, optional
        Applied to each batch of training images; `datasets.Augment` makes one.
    checkpoint : str or Path, optional
        File to keep the state of the training in. If it is there already, the training
        goes on from it, with the same `net` as it was before the first step, and ends
        with the same bits on the same machine as if it had never been cut off. Then
        head and optimiser must be frozen dataclasses, and the augmentation one or a
        function with a name of its own. What makes it the same training must be as it
        was, every step of a schedule included. Other code, another NumPy, machine or
        device may go on with it: the file notes each stretch of steps with what it was
        made by (`stretches.this_stretch`). One process at a time;
        ``checkpoint + ".lock"`` says which.
    checkpoint_seconds : float > 0
        How often it is written; always behind an epoch. Never with anything in it that
        is not finite: of a training that breaks down the last good state is kept.
    provenance : dict, optional
        What you know of this stretch and the file should note: a commit, say.
    on_epoch : callable, optional
        Called as ``on_epoch(epoch, net, w)`` behind each epoch (`epoch` an `Epoch`), to
        keep features for a film, say. Not called again for the epochs of a checkpoint.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    History

    Raises
    ------
    FloatingPointError
        If an image is not finite, or the loss, a gradient or a weight stops being so;
        the message says which, when, and what to try.
    ValueError, TypeError
        For a checkpoint that is damaged or belongs to another training, and for a last
        batch of a single image that the network cannot be trained on, among others.
        Labels are looked at before the first step, those of the test set too.
    locks.InUse, OSError
        If another process trains into the checkpoint, or it cannot be written.
    """
    check_integer("epochs", epochs, 1)
    check_integer("batch", batch, 1)
    check_integer("seed", seed, 0)
    check_number("center_weight", center_weight, 0, math.inf, high_open=True)
    check_positive("checkpoint_seconds", checkpoint_seconds)
    if not isinstance(center_loss, CenterLoss | None):
        raise TypeError(
            f"center_loss must be a CenterLoss or None, got {center_loss!r}"
        )
    if center_loss is not None:
        check_head("center_loss", center_loss)
    check_functions(augment=augment, on_epoch=on_epoch)
    check_data(data)
    head_at = heads(head)
    n = len(data.train.labels)
    steps = epochs * math.ceil(n / batch)
    optimiser = default_optimiser(steps) if optimiser is None else optimiser
    check_parts(
        net=(net, ("forward", "infer", "params")),
        optimiser=(optimiser, ("init", "step")),
    )

    rng = np.random.default_rng(seed)  # the first w, then the order of each epoch
    check_images("data.train.images", data.train.images, net.dtype)
    w = _first_weights(net, data, rng)
    check_last_batch(net, data.train.images, batch)
    centers = None if center_loss is None else array_namespace(w).zeros_like(w)
    center = (center_loss, center_weight)
    state = State(w, centers, optimiser.init([*net.params, (w,)]))
    keep = None
    if checkpoint is not None:
        check_frozen(head=head_at(1), optimiser=optimiser)
        settings = {
            "epochs": epochs,
            "batch": batch,
            "seed": seed,
            "center_loss": [identity("center_loss", center_loss), center_weight],
            "augment": identity("augment", augment),
            "training set": _fingerprint_of(data.train),
            "validation set": _fingerprint_of(getattr(data, "validation", None)),
            **describe(net, head_at, optimiser, steps),
            **identified(net, head_at, optimiser, steps),
        }
        stretch = this_stretch(w, provenance)
        keep = CheckpointFile(checkpoint, checkpoint_seconds, settings, stretch)

    def take_step(step, chosen):
        # its own: nothing else to keep for it
        rng_of_step = np.random.default_rng((seed, step))
        images = data.train.images[chosen]
        if augment is not None:
            images = augment(images, rng_of_step)
            check_augmented(images, chosen)
        x, y = to_network(net, images), like(data.train.labels[chosen], w)
        try:
            return _step(
                state, net, head_at(step), center, x, y, optimiser, rng_of_step
            )
        except FloatingPointError as error:

            def pull(features):
                head = head_at(step)
                return head.backward(head.forward(features, state.w, y)[1])

            raise explained(error, state, net, x, rng_of_step, chosen, pull) from error

    def check():
        if keep is None:
            return check_state(state, net)
        x, y = (
            to_network(net, data.train.images[:batch]),
            like(data.train.labels[:batch], w),
        )
        return check_sound(state, net, head_at(state.step), x, y)

    with nullcontext() if keep is None else keep:
        if keep is not None:
            keep.resume(state, net)
        run_epochs(
            state,
            net,
            take_step,
            n,
            epochs=epochs,
            batch=batch,
            rng=rng,
            rate=optimiser.rate,
            check=check,
            keep=keep,
            validate=lambda: _validation(net, head_at, state, data),
            on_epoch=(
                None if on_epoch is None else lambda done: on_epoch(done, net, state.w)
            ),
            progress=progress,
        )
    last = head_at(steps)
    return History(
        tuple(state.epochs),
        train_accuracy=evaluate(net, last, state.w, data.train),
        test_accuracy=_test_accuracy(net, last, state.w, data.test),
        w=state.w,
        centers=state.centers,
        stretches=() if keep is None else tuple(keep.stretches(state)),
    )


# [train-step]
@overflow_to_infinity()  # It is refused: as a loss, or a weight, by name.
def _step(state, net, head, center, x, y, optimiser, rng):
    """Forward, backward, and one step of the optimiser and of the centers. Returns the
    loss."""
    features, saved = net.forward(x, rng)
    loss, saved_by_head = head.forward(features, state.w, y)
    dfeatures, dw = head.backward(saved_by_head)
    if state.centers is not None:
        center_loss, weight = center
        near, saved_by_center = center_loss.forward(features, state.centers, y)
        loss = loss + weight * near
        dfeatures = dfeatures + center_loss.backward(saved_by_center, dloss=weight)[0]
        state.centers = center_loss.update(state.centers, saved_by_center)
    if not math.isfinite(loss):
        raise FloatingPointError(f"the loss must be finite, but is {float(loss)}")
    grads = net.backward_params(saved, dfeatures)
    (*net.params, (state.w,)), state.descent = optimiser.step(
        [*net.params, (state.w,)], [*grads, (dw,)], state.descent
    )
    net.update_running(saved)
    return float(loss)


# [/train-step]


def _first_weights(net, data, rng):
    """Initial w (C, D): C from the labels, D from what the network makes of one
    image."""
    out = net.infer(to_network(net, data.train.images[:1]))
    if out.ndim != 2:
        raise ValueError(
            f"net must return features (N, D), got shape {tuple(out.shape)}"
        )
    classes = int(data.train.labels.max()) + 1
    w = he_normal(rng, (classes, out.shape[1]), out.shape[1]).astype(net.dtype)
    return like(w, out)


def _fingerprint_of(split):
    return None if split is None else fingerprint([split.images, split.labels])


def _validation(net, head_at, state, data):
    """Accuracy on the validation split; None without one."""
    split = getattr(data, "validation", None)
    return None if split is None else evaluate(net, head_at(state.step), state.w, split)


def _test_accuracy(net, head, w, test):
    """None where the test set has classes that training has not seen: w has no rows for
    them."""
    return evaluate(net, head, w, test) if int(test.labels.max()) < w.shape[0] else None
