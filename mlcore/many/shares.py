"""Class weights, label smoothing and an ignored label, where no logits are held.

`SoftmaxLoss` gives class k of a sample the weight

    a_k = weight (1 - epsilon) [k = y] + c_k,    c_k = class_weights[k] epsilon / C,

and the loss sum_k a_k (log sum_j e^(z_j) - z_k). With L the loss of the label alone, t
its logit, A = sum_k c_k and V = sum_k c_k v_k, that is

    (weight (1 - epsilon) + A) L + (A t - u·V),

so that smoothing over a million classes needs two sums over their weights and no pass
over the logits.
"""

from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace, device
from mlcore.losses.class_weights import as_array, weigh_labels, weighted
from mlcore.losses.margin_head import MarginHead
from mlcore.many.classes import Block, Classes
from mlcore.many.communicators import Communicator


class Weights(NamedTuple):
    """Of the samples, as `weigh_labels` returns them."""

    label: Array  # (N,)
    weight: Array | None  # (N,)
    divisor: Array | None


def weigh(loss: Any, x: Array, y: Array, classes: int) -> Weights:
    """The weights of samples with features `x` (N, D) and labels `y` (N,).

    Raises
    ------
    ValueError
        If the loss has more or fewer class weights than there are classes.
    """
    in_place_of_logits = _in_place_of_logits(x, classes)
    if isinstance(loss, MarginHead):
        return Weights(y, *loss.weigh(in_place_of_logits, y))
    return Weights(*weigh_labels(loss, in_place_of_logits, y))


def _in_place_of_logits(x, classes):
    """An array with their shape, dtype and device, which are all that is asked for; it
    takes no memory."""
    return array_namespace(x).broadcast_to(x[:, :1], (x.shape[0], classes))


class Shares:
    """How the loss of a batch is shared out among samples and classes.

    Parameters
    ----------
    loss : Loss
    weights : Weights
    u : array, shape (N, D)
        The features.
    y : array, shape (N,)
        The labels as they came.
    classes : Classes
    comm : Communicator
    """

    def __init__(
        self,
        loss: Any,
        weights: Weights,
        u: Array,
        y: Array,
        classes: Classes,
        comm: Communicator,
    ):
        self.divisor, self._mass = weights.divisor, weights.weight
        self._of_class: Array | None = None
        epsilon = getattr(loss, "label_smoothing", 0.0)
        if epsilon == 0:
            return
        xp, d = array_namespace(u), u.shape[1]
        c = xp.full((classes.w.shape[0],), epsilon / classes.total, dtype=u.dtype)
        c = xp.asarray(c, device=device(u))
        if loss.class_weights is not None:
            z = _in_place_of_logits(u, classes.total)
            every = as_array(loss, z, of_labels=True)
            c = c * every[classes.start : classes.start + classes.w.shape[0]]
        zero = xp.sum(xp.zeros_like(u[0, :]))
        mean_v, mean_b = xp.zeros_like(u[0, :]), zero
        for block in classes:
            some = c[block.places]
            mean_v = mean_v + some @ classes.weights(block)
            if classes.b is not None:
                mean_b = mean_b + xp.vecdot(some, classes.part(classes.b, block.places))
        self._of_class, self._mean = c, mean_v
        own = xp.concat([mean_v, xp.stack([mean_b, xp.sum(c)])])
        every = comm.sum(own)
        self._every_mean, self._bias, self._sum = every[:d], every[d], every[d + 1]
        counted = xp.ones_like(u[:, 0])
        if loss.ignore_index is not None:
            counted = xp.where(y == loss.ignore_index, xp.zeros_like(counted), counted)
        self._counted = counted
        weight = counted if weights.weight is None else weights.weight
        self._mass = (1 - epsilon) * weight + self._sum * counted
        self._u = u

    def weighted(self, losses: Array, target: Array) -> Array:
        """The losses of the samples, from those of their labels alone and the target
        logits (N,)."""
        if self._mass is None:
            return losses
        losses = weighted(self._mass, losses)
        if self._of_class is None:
            return losses
        away = self._sum * target - self._u @ self._every_mean - self._bias
        return losses + self._counted * away

    def mass_of(self, each: Array) -> Array:
        """The gradient of each label's own loss, for gradients `each` of the losses."""
        return each if self._mass is None else self._mass * each

    def at_target(self, each: Array) -> Array:
        """What smoothing adds to the gradient of the target logit: each A."""
        xp = array_namespace(each)
        if self._of_class is None:
            return xp.zeros_like(each)
        return self._sum * self._counted * each

    def less(self, g: Array, block: Block, each: Array, u: Array) -> Array:
        """A block's gradient `g` (B, ...) less what smoothing takes: c_k each u."""
        if self._of_class is None:
            return g
        c = self._of_class[block.places]
        return g - c[:, None] * ((self._counted * each) @ u)[None, :]

    def less_mean(self, du: Array, each: Array) -> Array:
        """The features' gradient `du` (N, D) less what smoothing takes: each V."""
        if self._of_class is None:
            return du
        return du - (self._counted * each)[:, None] * self._mean[None, :]
