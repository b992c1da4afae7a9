"""What every loss has in common: hyper-parameters that do not change, and a
reduction."""

import math
import numbers
from dataclasses import dataclass, field, fields

from mlcore.arrays import array_namespace, cast, is_array
from mlcore.validation import check_choice, check_same_library, python_number


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
    """

    reduction: str = field(default="mean", kw_only=True)

    def __post_init__(self):
        for hyper in fields(self):
            object.__setattr__(
                self, hyper.name, python_number(getattr(self, hyper.name))
            )
        check_choice("reduction", self.reduction, ("mean", "sum", "none"))


def reduce(losses, reduction, count=None):
    """Reduce `losses`; the mean divides their sum by `count`, by default how many there
    are."""
    xp = array_namespace(losses)
    if reduction == "none":
        return losses
    total = xp.sum(losses)
    if reduction == "sum":
        return total
    count = math.prod(losses.shape) if count is None else count
    # A sum may leave the dtype where the mean does not.
    return total / count if math.isfinite(total) else xp.sum(losses / count)


def upstream(dloss, losses, reduction, count=None):
    """The gradient that reaches each sample's loss, shaped like `losses`: `reduce`
    backwards.

    Parameters
    ----------
    dloss : float or array
        Gradient with respect to the reduced loss: a number, or for "none" also one a
        sample.
    losses : array
        The losses before reduction (only shape, dtype and device are used).
    """
    xp = array_namespace(losses)
    if isinstance(dloss, numbers.Real):
        dloss = python_number(dloss)
    elif is_array(dloss):
        check_same_library(losses=losses, dloss=dloss)
        allowed = ((), tuple(losses.shape)) if reduction == "none" else ((),)
        if tuple(dloss.shape) not in allowed:
            wanted = " or ".join(str(shape) for shape in allowed)
            raise ValueError(
                f"dloss must have shape {wanted}, got {tuple(dloss.shape)}"
            )
        dloss = cast(dloss, losses.dtype)
    else:
        raise TypeError(f"dloss must be a number or an array, got {dloss!r}")
    if reduction == "mean":
        dloss = dloss / (math.prod(losses.shape) if count is None else count)
    return xp.ones_like(losses) * dloss
