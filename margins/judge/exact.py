"""Values and gradients of the formulas to fifty digits, with mpmath."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import mpmath
import numpy as np

from margins.judge import (
    formulas,
    formulas_margins,
    formulas_pairs,
    formulas_since,
    formulas_views,
)

#: The formula of every loss, by its name in the registry.
FORMULAS: dict[str, Callable] = {
    "cross-entropy": formulas.cross_entropy,
    "softmax": formulas.softmax,
    "l-softmax": formulas.l_softmax,
    "a-softmax": formulas.a_softmax,
    "am-softmax": formulas.am_softmax,
    "arcface": formulas.arcface,
    "combined": formulas.combined,
    "center": formulas.center,
    "focal": formulas.focal,
    "softmax-focal": formulas.softmax_focal,
    "triplet": formulas_pairs.triplet,
    "batch-triplet": formulas_pairs.batch_triplet,
    "circle": formulas_pairs.circle,
    "ldam": formulas_margins.ldam,
    "vector-scaling": formulas_since.vector_scaling,
    "asymmetric": formulas_since.asymmetric,
    "adaface": formulas_margins.adaface,
    "magface": formulas_margins.magface,
    "curricularface": formulas_margins.curricularface,
    "mv-softmax": formulas_margins.mv_softmax,
    "sub-center-arcface": formulas_margins.sub_center,
    "sphereface2": formulas_views.sphereface2,
    "contrastive": formulas_views.contrastive,
    "n-pair": formulas_views.n_pair,
    "nt-xent": formulas_views.nt_xent,
    "supcon": formulas_views.supcon,
    "clip": formulas_views.clip,
    "siglip": formulas_views.siglip,
    "proxy-nca": formulas_views.proxy_nca,
    "proxy-anchor": formulas_views.proxy_anchor,
}

# A context of our own: raising the precision of mpmath.mp would reach into other code.
MP = mpmath.mp.clone()
MP.dps = 150
# In a central difference: its error is STEP**2 / angle**2, and 1e-150 / STEP. Angles go
# down to 1e-12, so forty digits are left.
STEP = MP.mpf(10) ** -40
NOISE = MP.mpf(10) ** -90


def flat(losses: Iterable) -> Iterator:
    """The numbers of a list, or of a list of lists."""
    for each in losses:
        yield from each if isinstance(each, list) else [each]


def reduced(loss: Any, losses: list, count: Any) -> Any:
    """Reduce `losses` by ``loss.reduction``; the mean of nothing is 0."""
    if loss.reduction == "none":
        return losses
    total = sum(flat(losses))
    if loss.reduction == "sum":
        return total
    return total / count if count else 0


def digits(array: np.ndarray) -> Any:
    """Floats as the numbers of fifty digits that they are; labels as they are."""
    if array.dtype.kind != "f":
        return array.tolist()
    if array.ndim == 0:
        return MP.mpf(float(array))
    if array.ndim == 1:
        return [MP.mpf(float(v)) for v in array]
    return [digits(row) for row in array]


def is_frozen(formula: Callable) -> bool:
    """Whether something that the value moves with stays put in the gradient."""
    return "held" in inspect.signature(formula).parameters


def value(formula: Callable, loss: Any, inputs: dict[str, np.ndarray]) -> Any:
    """The reduced loss to fifty digits, rounded to float64 at the end."""
    result = all_digits(formula, loss, inputs)
    return np.array(result, dtype=float) if loss.reduction == "none" else float(result)


def all_digits(formula: Callable, loss: Any, inputs: dict[str, np.ndarray]) -> Any:
    """The reduced loss as a number of mpmath's, or a list of them."""
    losses, count = formula(loss, *(digits(a) for a in inputs.values()), math=MP)
    return reduced(loss, losses, count)


def gradients(
    formula: Callable,
    loss: Any,
    inputs: dict[str, np.ndarray],
    names: Iterable[str],
    dloss: Any = None,
) -> list[np.ndarray]:
    """Gradients with respect to `names` to fifty digits, rounded to float64."""
    found = gradients_in_all_digits(formula, loss, inputs, names, dloss)
    return [gradient.astype(float) for gradient in found]


def gradients_in_all_digits(
    formula: Callable,
    loss: Any,
    inputs: dict[str, np.ndarray],
    names: Iterable[str],
    dloss: Any = None,
) -> list[np.ndarray]:
    """Gradients with respect to `names`, by central differences of fifty digits.

    Arrays of mpmath's numbers. `dloss` (nested list like the losses) contracts the
    losses where they are not reduced. What a formula holds stays as it is at `inputs`.
    """
    lists = {name: digits(a) for name, a in inputs.items()}
    frozen = {}
    if is_frozen(formula):
        frozen["held"] = [digits(a) for a in inputs.values()]

    def losses():
        found, count = formula(loss, *lists.values(), math=MP, **frozen)
        return list(flat(found)), count

    found, count = losses()
    if loss.reduction == "none":
        shares = [MP.mpf(g) for g in flat(dloss)]
    else:
        share = 1 if loss.reduction == "sum" else 1 / MP.mpf(count or 1)
        shares = [share] * len(found)
    return [
        _differences(lambda: losses()[0], shares, lists, name, inputs[name].shape)
        for name in names
    ]


def _differences(losses, shares, lists, name, shape):
    gradient = np.zeros(shape, dtype=object)
    for index in np.ndindex(shape):
        row, last = lists, name
        for i in index:
            row, last = row[last], i
        centre = row[last]
        # In proportion to the row: a step for 1 is a big one at 1e-140.
        h = STEP * (max(abs(v) for v in (row if index else [centre])) or 1)
        row[last] = centre + h
        above = losses()
        row[last] = centre - h
        below = losses()
        row[last] = centre
        # Loss by loss: a small change beside a large loss would be rounded away.
        changes = zip(shares, above, below, strict=True)
        gradient[index] = sum(g * _change(a, b) for g, a, b in changes) / (2 * h)
    return gradient


def _change(above, below):
    """Their difference, without what rounding alone has left of it."""
    change = above - below
    return change if abs(change) > NOISE * max(abs(above), abs(below)) else 0
