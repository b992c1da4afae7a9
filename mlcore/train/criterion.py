"""What a step asks of the features of a batch: a loss, and its gradients."""

import math
from typing import Any

from mlcore.arrays import Array
from mlcore.losses import CenterLoss
from mlcore.losses.stateful import StatefulHead
from mlcore.many import Communicator, ManyClasses, fused
from mlcore.many.communicators import Alone
from mlcore.optim import SGD
from mlcore.train.state import Carried, State


def criterion(
    head: Any,
    y: Array,
    center_loss: CenterLoss | None,
    center_weight: float,
    optimiser: SGD,
    state: State,
    features: Array,
) -> tuple[Any, Array, Array | None, Carried]:
    """The loss of a batch, as `Batch` has it: the head's, and center loss beside it.

    A head over many classes takes the optimiser's step in ``state.w`` itself, block by
    block, where the gradient has no bound; its gradient is then None.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        Where the losses do.
    """
    of_head, centers = state.carried
    dw: Array | None
    if has_state(head):
        loss, saved = head.forward(features, state.w, y, state=of_head)
        of_head = getattr(head, "loss", head).update(of_head, saved)
    else:
        loss, saved = head.forward(features, state.w, y)
    if is_fused(head, optimiser):
        if not math.isfinite(loss):
            # before w moves, not after
            raise FloatingPointError(f"the loss must be finite, but is {float(loss)}")
        velocity = state.descent.velocity[-1][0]
        sink = fused(optimiser, state.w, velocity, state.step)
        dfeatures, dw = head.backward(saved, sink=sink)
    else:
        dfeatures, dw = head.backward(saved)
    if center_loss is None or centers is None:
        return loss, dfeatures, dw, Carried(of_head, None)
    near, saved = center_loss.forward(features, centers, y)
    loss = loss + center_weight * near
    dfeatures = dfeatures + center_loss.backward(saved, dloss=center_weight)[0]
    carried = Carried(of_head, center_loss.update(centers, saved))
    return loss, dfeatures, dw, carried


def has_state(head: Any) -> bool:
    """Whether the head's loss, or the head itself, has running values."""
    return isinstance(getattr(head, "loss", head), StatefulHead)


def is_fused(head: Any, optimiser: SGD) -> bool:
    """Whether the head's gradient goes block by block into the optimiser's step."""
    return isinstance(head, ManyClasses) and optimiser.clip_norm is None


def check_shared(
    head: Any, optimiser: SGD, checkpoint: Any, center_loss: CenterLoss | None
) -> Communicator:
    """The communicator of a head; refuses what a head whose classes are shared out over
    processes cannot be trained with.

    Raises
    ------
    ValueError
        For a bound on the gradient, whose norm no process knows; for a checkpoint,
        which each would write; for centers, which are not shared out; and for features
        that are split, as each process has all of a batch.
    """
    if not isinstance(head, ManyClasses) or head.comm.size == 1:
        return Alone()
    if optimiser.clip_norm is not None:
        raise ValueError(
            "optimiser must have clip_norm=None where processes share the classes: none"
            f" of them knows the norm of the whole gradient; got {optimiser!r}"
        )
    if checkpoint is not None:
        raise ValueError(
            "checkpoint must be None where processes share the classes: each would"
            " write it. many.save_rows keeps their rows"
        )
    if center_loss is not None:
        raise ValueError(
            "center_loss must be None where processes share the classes, got"
            f" {center_loss!r}"
        )
    if getattr(head, "features", "same") != "same":
        raise ValueError(
            "head must have features='same' in fit, where each process has all of a"
            f" batch, got {head!r}"
        )
    return head.comm
