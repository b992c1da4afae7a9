"""Passes over a training set that can be cut off anywhere and go on: the loop around
the step."""

import math
import time
from contextlib import contextmanager

from tqdm import tqdm

from mlcore.train.history import Epoch


def run_epochs(
    state,
    net,
    take_step,
    n,
    *,
    epochs,
    batch,
    rng,
    rate,
    check,
    keep=None,
    validate=None,
    on_epoch=None,
    progress=True,
):
    """Take the steps of `epochs` passes over `n` samples that `state` has not taken
    yet.

    Parameters
    ----------
    state : State
        Each epoch that ends is added to ``state.epochs``.
    net : layers.Sequential
    take_step : function (step, chosen) -> float
        Trains on the samples `chosen`, an array of their numbers, moves `state` and
        `net`, and returns the mean loss. Steps are counted from 1.
    n, epochs, batch : int
    rng : numpy.random.Generator
        Draws the order of each epoch, and nothing else: those of a checkpoint are drawn
        again.
    rate : function step -> float
        The learning rate, for the history.
    check : function ()
        Raises a FloatingPointError if the state is not fit to go on with. Asked behind
        each epoch, and before anything is kept.
    keep : CheckpointFile, optional
    validate : function () -> float, optional
        What is measured behind each epoch.
    on_epoch : function (epoch), optional
        Called behind each epoch.
    progress : bool

    Raises
    ------
    FloatingPointError
        If a step meets a number that is not finite, or leaves one; the message says
        when and what to try. What `keep` has on the disk is from before.
    """
    steps_per_epoch = math.ceil(n / batch)
    total = epochs * steps_per_epoch
    with tqdm(
        total=total, initial=state.step, disable=not progress, unit="step"
    ) as bar:
        for epoch in range(1, epochs + 1):
            order = rng.permutation(n)
            if epoch <= len(state.epochs):
                continue  # a checkpoint has it; only its random numbers had to be drawn
            begin = time.perf_counter() - state.seconds
            for start in range(batch * (state.step % steps_per_epoch), n, batch):
                chosen, step = order[start : start + batch], state.step + 1
                with _says_when(epoch, step):
                    loss = take_step(step, chosen)
                state.total += loss * len(chosen)
                state.seconds = time.perf_counter() - begin
                bar.update()
                if (
                    keep is not None
                    and keep.due
                    and state.step < epoch * steps_per_epoch
                ):
                    with _says_when(epoch, step):
                        check()
                    keep.save(state, net)
            with _says_when(epoch, state.step):
                check()
            done = Epoch(
                epoch,
                loss=state.total / n,
                rate=rate(state.step),
                seconds=state.seconds,
                validation=None if validate is None else validate(),
            )
            state.epochs.append(done)
            state.total = state.seconds = 0.0
            if on_epoch is not None:
                on_epoch(done)
            if keep is not None:
                keep.save(state, net)
            bar.set_postfix(epoch=epoch, loss=f"{done.loss:.4f}")


@contextmanager
def _says_when(epoch, step):
    """Let a breakdown say when it was, and what to try."""
    try:
        yield
    except FloatingPointError as error:
        raise FloatingPointError(
            f"training broke down in epoch {epoch}, step {step}: {error}. Try a lower"
            " learning rate, a longer warm-up, SGD(clip_norm=...) if it is off, or"
            " annealing a margin from a large lam"
        ) from error
