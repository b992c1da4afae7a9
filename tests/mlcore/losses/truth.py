"""Values and gradients of the references: in floats, and to fifty digits with
mpmath."""

import inspect
import math

import mpmath
import numpy as np

from . import references, references_pairs

# A loss of the registry without a row here fails
# `test_value.test_every_loss_has_a_reference`.
REFERENCES = {
    "cross-entropy": references.cross_entropy,
    "softmax": references.softmax,
    "l-softmax": references.l_softmax,
    "a-softmax": references.a_softmax,
    "am-softmax": references.am_softmax,
    "arcface": references.arcface,
    "combined": references.combined,
    "center": references.center,
    "focal": references.focal,
    "softmax-focal": references.softmax_focal,
    "triplet": references_pairs.triplet,
    "batch-triplet": references_pairs.batch_triplet,
    "circle": references_pairs.circle,
}

# A context of our own: raising the precision of mpmath.mp would reach into other tests.
MP = mpmath.mp.clone()
MP.dps = 60
STEP = MP.mpf(10) ** -20  # error of a central difference: STEP**2, and 1e-60 / STEP


def flat(losses):
    for each in losses:
        yield from each if isinstance(each, list) else [each]


def reduced(loss, losses, count):
    """Reduce the nested list `losses` by the loss's own rule; the mean of nothing is
    0."""
    if loss.reduction == "none":
        return losses
    total = sum(flat(losses))
    if loss.reduction == "sum":
        return total
    return total / count if count else 0


def value(reference, loss, args):
    """The reduced loss of NumPy arguments (a dict by name) in Python floats."""
    losses, count = reference(loss, *(a.tolist() for a in args.values()), math=math)
    return reduced(loss, losses, count)


def exact(array):
    """Floats as the numbers of fifty digits that they are; labels as they are."""
    if array.dtype.kind != "f":
        return array.tolist()
    if array.ndim == 1:
        return [MP.mpf(float(v)) for v in array]
    return [exact(row) for row in array]


def is_frozen(reference):
    """Whether weights, which the value moves with x, stay at `weights_at` in the
    gradient."""
    return "weights_at" in inspect.signature(reference).parameters


def exact_value(reference, loss, args):
    """The reduced loss to fifty digits, rounded to float64 at the end."""
    losses, count = reference(loss, *(exact(a) for a in args.values()), math=MP)
    result = reduced(loss, losses, count)
    return np.array(result, dtype=float) if loss.reduction == "none" else float(result)


def exact_gradient(reference, loss, args, names, dloss=None):
    """Gradient with respect to the arguments `names`, by central differences of fifty
    digits.

    `dloss` (nested list like the losses) contracts the losses for ``reduction="none"``.
    """
    lists = {name: exact(a) for name, a in args.items()}
    frozen = {}
    if is_frozen(reference):
        frozen["weights_at"] = exact(args["x"])

    def scalar():
        losses, count = reference(loss, *lists.values(), math=MP, **frozen)
        if loss.reduction == "none":
            return sum(
                MP.mpf(g) * v for g, v in zip(flat(dloss), flat(losses), strict=True)
            )
        return reduced(loss, losses, count)

    gradients = []
    for name in names:
        gradient = np.zeros(args[name].shape)
        for index in np.ndindex(gradient.shape):
            row = lists[name]
            for i in index[:-1]:
                row = row[i]
            centre = row[index[-1]]
            # In proportion to the row: 1e-20 is a big step at 1e-140.
            h = STEP * (max(abs(v) for v in row) or 1)
            row[index[-1]] = centre + h
            above = scalar()
            row[index[-1]] = centre - h
            below = scalar()
            row[index[-1]] = centre
            gradient[index] = float((above - below) / (2 * h))
        gradients.append(gradient)
    return gradients
