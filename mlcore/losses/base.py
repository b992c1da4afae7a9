"""What all losses have in common: fixed hyper-parameters and a reduction."""

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from mlcore.arrays import (
    Array,
    all_true,
    array_namespace,
    cast,
    is_array,
    overflow_to_infinity,
)
from mlcore.validation import (
    check_choice,
    check_fits,
    check_same_library,
    plain_numbers,
    python_number,
)

Reduction = Literal["mean", "sum", "none"]


@dataclass(frozen=True)
class Loss:
    """A loss: hyper-parameters and a pair of formulas.

    ``loss, saved = self.forward(...)`` evaluates it,
    ``self.backward(saved, dloss=1.0)`` returns a tuple with the gradient for each
    differentiable argument of `forward`, in that order. Whatever backward needs travels
    in `saved`, so one object may serve many calls and threads, and backward may be
    called again. `saved` holds the arguments themselves, not copies: change them
    between the two calls and the gradient is that of neither.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, keyword only
        How the losses of the samples become the loss of the batch.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    forward: ClassVar[Callable[..., tuple[Array, Any]]]
    backward: ClassVar[Callable[..., tuple[Array, ...]]]

    reduction: Reduction = field(default="mean", kw_only=True)

    def __post_init__(self):
        plain_numbers(self)
        check_choice("reduction", self.reduction, ("mean", "sum", "none"))


def reduce(losses: Array, reduction: Reduction, count: Any = None) -> Array:
    """Reduce `losses`; "mean" divides the sum by `count`, or by how many there are."""
    xp = array_namespace(losses)
    if reduction == "none":
        return losses
    total = xp.sum(losses)
    if reduction == "sum":
        return total
    count = math.prod(losses.shape) if count is None else count
    # A sum may leave the dtype where the mean does not.
    return total / count if math.isfinite(total) else xp.sum(losses / count)


def upstream(
    dloss: Any, losses: Array, reduction: Reduction, count: Any = None
) -> Array:
    """The gradient that reaches each sample's loss: `reduce` backwards.

    Parameters
    ----------
    dloss : float or array
        Gradient with respect to the reduced loss: a number, or for "none" also one a
        sample.
    losses : array
        The losses before reduction (only shape, dtype and device are used).
    reduction, count
        As in `reduce`.

    Returns
    -------
    array, shaped like `losses`

    Raises
    ------
    TypeError
        If `dloss` is neither a real number nor an array of them of the library of
        `losses`.
    ValueError
        If it has another shape, or is too large for the dtype of `losses`.
    FloatingPointError
        If it is NaN or infinite.
    """
    xp = array_namespace(losses)
    if isinstance(dloss, numbers.Real):
        dloss = python_number(dloss)
        if dloss != dloss or dloss in (math.inf, -math.inf):
            raise FloatingPointError(f"dloss must be finite, got {dloss}")
        check_fits("dloss", abs(dloss), losses)
    elif is_array(dloss):
        check_same_library(losses=losses, dloss=dloss)
        allowed = ((), tuple(losses.shape)) if reduction == "none" else ((),)
        if tuple(dloss.shape) not in allowed:
            wanted = " or ".join(str(shape) for shape in allowed)
            raise ValueError(
                f"dloss must have shape {wanted}, got {tuple(dloss.shape)}"
            )
        if not xp.isdtype(dloss.dtype, ("bool", "integral", "real floating")):
            raise TypeError(f"dloss must have a real dtype, got {dloss.dtype}")
        with overflow_to_infinity():
            dloss = cast(dloss, losses.dtype)
        if not all_true(xp.isfinite(dloss)):
            raise FloatingPointError(
                f"dloss must be finite in {losses.dtype}, but holds NaN or infinity"
            )
    else:
        raise TypeError(f"dloss must be a number or an array, got {dloss!r}")
    if reduction == "mean":
        dloss = dloss / (math.prod(losses.shape) if count is None else count)
    return xp.ones_like(losses) * dloss
