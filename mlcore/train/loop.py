"""Training, from top to bottom: what is checked, the loop, one step."""

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mlcore.arrays import Array, array_namespace, like, overflow_to_infinity, to_numpy
from mlcore.datasets import Dataset
from mlcore.layers import Sequential
from mlcore.losses import CenterLoss
from mlcore.many.communicators import together
from mlcore.optim import SGD, SGDState
from mlcore.train.breakdown import check_sound, explained, says_when
from mlcore.train.checkpoint import CheckpointFile, Passes
from mlcore.train.criterion import check_shared, criterion, has_state
from mlcore.train.evaluation import evaluate
from mlcore.train.first import first_weights
from mlcore.train.identity import check_frozen, fingerprint, identity
from mlcore.train.inputs import (
    check_augmented,
    check_center_loss,
    check_data,
    check_functions,
    check_images,
    check_last_batch,
    check_parts,
    heads,
    to_network,
)
from mlcore.train.settings import default_optimiser
from mlcore.train.state import Batch, Carried, Epoch, History, State, check_state
from mlcore.validation import (
    check_integer,
    check_number,
    check_positive,
)


def fit(
    net: Sequential,
    head: Any,
    data: Dataset,
    *,
    epochs: int,
    batch: int = 64,
    optimiser: SGD | None = None,
    seed: int = 0,
    w: Array | None = None,
    center_loss: CenterLoss | None = None,
    center_weight: float = 0.003,
    augment: Callable[[Any, np.random.Generator], Any] | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_seconds: float = 60.0,
    provenance: dict[str, Any] | None = None,
    on_epoch: Callable[[Epoch, Sequential, Array], Any] | None = None,
    progress: bool = True,
) -> History:
    """Train a network and the weights of the loss on top of it.

    Parameters
    ----------
    net : layers.Sequential
        Maps images to features (N, D). Trained in place.
    head : loss, or function step -> loss
        A loss of the form ``forward(x, w, y)``, ``backward(saved) -> (dx, dw)``; the
        state of a loss that has one is carried along. Losses do not change, so a
        schedule is a function that returns the loss of a step,
        counted from 1; `annealed` makes one. A head of `mlcore.many` takes the step of
        an optimiser without ``clip_norm`` in w itself, block by block; of a `Parallel`
        one, w and the result's are the `share` of this process.
    data : datasets.Dataset
        Anything with ``train`` and ``test``, each with ``images`` and ``labels``, NumPy
        arrays. Images of integers are divided by 255. With a ``validation`` split too
        (`datasets.hold_out`), the accuracy on it is measured after every epoch. The
        test set is looked at once, at the end.
    epochs : int >= 1
    batch : int >= 1
        Samples a step. The last batch of an epoch takes what is left over.
    optimiser : optim.SGD, optional
        `default_optimiser` of the number of steps if not given.
    seed : int
        For the first `w`, the order of the samples, augmentation and dropout.
    w : array, shape (C, D), optional
        The head's weights to begin with, drawn if not given; (C, K, D) for a loss with
        K rows a class.
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
        made by (`checkpoint.this_stretch`). One process at a time;
        ``checkpoint + ".lock"`` says which.
    checkpoint_seconds : float > 0
        How often it is written; always after an epoch. Never with anything in it that
        is not finite: of a training that breaks down the last good state is kept.
    provenance : dict, optional
        What you know of this stretch and the file should note: a commit, say.
    on_epoch : callable, optional
        Called as ``on_epoch(epoch, net, w)`` after each epoch (`epoch` an `Epoch`), to
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
    check_center_loss(center_loss)
    check_functions(augment=augment, on_epoch=on_epoch)
    check_data(data)
    images, labels = data.train.images, data.train.labels
    head_at = lru_cache(maxsize=1)(heads(head))  # asked once a step
    passes = Passes(len(labels), epochs, batch)
    optimiser = default_optimiser(passes.steps) if optimiser is None else optimiser
    check_parts(
        net=(net, ("forward", "infer", "params")),
        optimiser=(optimiser, ("init", "step")),
    )
    check_images("data.train.images", images, net.dtype)

    rng = np.random.default_rng(seed)  # the first w, then the order of each epoch
    comm = check_shared(head_at(1), optimiser, checkpoint, center_loss)
    first, w = w, first_weights(net, data, rng, comm, w)
    check_last_batch(net, images, batch)
    centers = None if center_loss is None else array_namespace(w).zeros_like(w)
    carried = Carried(centers=centers)
    state = State(w, carried, optimiser.init([*net.params, (w,)]))
    keep = None
    if checkpoint is not None:
        check_frozen(head=head_at(1), optimiser=optimiser)
        settings = {
            "seed": seed,
            "center_loss": [identity("center_loss", center_loss), center_weight],
            "augment": identity("augment", augment),
            "training set": _fingerprint_of(data.train),
            "validation set": _fingerprint_of(getattr(data, "validation", None)),
            **({} if first is None else {"w": fingerprint([to_numpy(first)])}),
        }
        keep = CheckpointFile(
            checkpoint,
            checkpoint_seconds,
            net,
            head_at,
            optimiser,
            passes,
            settings,
            provenance,
        )

    def batch_at(step, chosen):
        """The images numbered `chosen`, and what is asked of their features."""
        # its own: nothing else to keep for it
        rng_of_step = np.random.default_rng((seed, step))
        some = images[chosen]
        if augment is not None:
            some = augment(some, rng_of_step)
            check_augmented(some, chosen)
        x, y = to_network(net, some), like(labels[chosen], w)
        parts = head_at(step), y, center_loss, center_weight, optimiser
        return Batch(x, partial(criterion, *parts), rng_of_step, comm.size > 1)

    def check():
        if keep is None:
            return together(comm, lambda: check_state(state, net))
        x, y = to_network(net, images[:batch]), like(labels[:batch], w)
        head = head_at(state.step)
        more = {"state": state.carried.of_head} if has_state(head) else {}
        return check_sound(
            state, net, x, lambda x: head.forward(x, state.w, y, **more)[0]
        )

    run(
        state,
        net,
        batch_at,
        passes,
        optimiser,
        rng,
        check=check,
        keep=keep,
        validate=lambda: _validation(net, head_at, state, data),
        on_epoch=lambda done: on_epoch and on_epoch(done, net, state.w),
        progress=progress and comm.rank == 0,
    )
    last = head_at(passes.steps)
    return History(
        tuple(state.epochs),
        train_accuracy=evaluate(net, last, state.w, data.train),
        test_accuracy=_test_accuracy(net, last, state.w, data),
        w=state.w,
        centers=state.carried.centers,
        state=state.carried.of_head,
        stretches=() if keep is None else tuple(keep.stretches(state)),
    )


def run(
    state: State,
    net: Sequential,
    batch_at: Callable[[int, np.ndarray], Batch],
    passes: Passes,
    optimiser: SGD,
    rng: np.random.Generator,
    *,
    check: Callable[[], None],
    keep: CheckpointFile | None = None,
    validate: Callable[[], float | None] = lambda: None,
    on_epoch: Callable[[Epoch], Any] = lambda epoch: None,
    progress: bool = True,
) -> None:
    """Take the steps of a training that `state`, or its checkpoint, has not taken yet.

    Parameters
    ----------
    state : State
        Each epoch that ends is added to ``state.epochs``.
    net : layers.Sequential
    batch_at : function (step, chosen) -> Batch
        What the step is given; `chosen` is an array of the samples' numbers. Steps are
        counted from 1.
    passes : Passes
    optimiser : optim.SGD
    rng : numpy.random.Generator
        Draws the order of each epoch, and nothing else: those of a checkpoint are drawn
        again.
    check : function ()
        Raises a FloatingPointError if the state is not fit to go on with. Asked after
        each epoch, and before anything is kept.
    keep : CheckpointFile, optional
    validate : function () -> float or None
        What is measured after each epoch.
    on_epoch : function (epoch)
        Called after each epoch.
    progress : bool

    Raises
    ------
    FloatingPointError
        If a step meets a number that is not finite, or leaves one; the message says
        when and what to try. What `keep` has on the disk is from before.
    """
    n, batch = passes.samples, passes.batch
    with ExitStack() as held:
        if keep is not None:
            held.enter_context(keep).resume(state, net)
        total, done = passes.steps, state.step
        bar = tqdm(total=total, initial=done, disable=not progress, unit="step")
        held.enter_context(bar)
        for epoch in range(1, passes.epochs + 1):
            order = rng.permutation(n)
            if epoch <= len(state.epochs):
                continue  # a checkpoint has it; only its random numbers had to be drawn
            begin = time.perf_counter() - state.seconds
            for start in range(batch * (state.step % passes.steps_per_epoch), n, batch):
                chosen, step = order[start : start + batch], state.step + 1
                with says_when(epoch, step):
                    given = batch_at(step, chosen)
                    try:
                        loss = _step(state, net, given, optimiser)
                    except FloatingPointError as error:
                        raise explained(error, state, net, given, chosen) from error
                state.total += loss * len(chosen)
                state.seconds = time.perf_counter() - begin
                bar.update()
                if keep is not None and keep.due and start + batch < n:
                    with says_when(epoch, step):
                        check()
                    keep.save(state, net)
            with says_when(epoch, state.step):
                check()
            mean, rate = state.total / n, optimiser.rate(state.step)
            state.epochs.append(Epoch(epoch, mean, rate, state.seconds, validate()))
            state.total = state.seconds = 0.0
            on_epoch(state.epochs[-1])
            if keep is not None:
                keep.save(state, net)
            bar.set_postfix(epoch=epoch, loss=f"{mean:.4f}")


@overflow_to_infinity()  # It is refused: as a loss, or a weight, by name.
def _step(state, net, batch, optimiser):
    """Forward, backward, and one step of the optimiser. Returns the loss."""
    features, saved = net.forward(batch.x, batch.rng)
    loss, dfeatures, dw, carried = batch.criterion(state, features)
    if not math.isfinite(loss):
        raise FloatingPointError(f"the loss must be finite, but is {float(loss)}")
    params, grads = net.params, net.backward_params(saved, dfeatures)
    if dw is not None:
        params, grads = [*params, (state.w,)], [*grads, (dw,)]
    # A w that has moved already, block by block, keeps the velocity that it has.
    known = state.descent._replace(velocity=state.descent.velocity[: len(params)])
    others = state.descent.velocity[len(params) :]
    moved, (steps, velocity) = optimiser.step(params, grads, known)
    state.descent = SGDState(steps, [*velocity, *others])
    if dw is not None:
        *moved, (state.w,) = moved
    net.params, state.carried = moved, carried
    net.update_running(saved)
    return float(loss)


def _fingerprint_of(split):
    return None if split is None else fingerprint([split.images, split.labels])


def _validation(net, head_at, state, data):
    """Accuracy on the validation split; None without one."""
    split = getattr(data, "validation", None)
    return None if split is None else evaluate(net, head_at(state.step), state.w, split)


def _test_accuracy(net, head, w, data):
    """None where the test set has classes not trained on: w has no rows for them."""
    known = int(data.test.labels.max()) <= int(data.train.labels.max())
    return evaluate(net, head, w, data.test) if known else None
