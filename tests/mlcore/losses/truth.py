"""Values and gradients of the formulas: in floats, and to fifty digits with mpmath."""

import math

from margins.judge.exact import FORMULAS as REFERENCES
from margins.judge.exact import MP, is_frozen, reduced
from margins.judge.exact import digits as exact
from margins.judge.exact import gradients as exact_gradient
from margins.judge.exact import value as exact_value

__all__ = [
    "MP",
    "REFERENCES",
    "exact",
    "exact_gradient",
    "exact_value",
    "is_frozen",
    "value",
]


def value(reference, loss, args):
    """The reduced loss of NumPy arguments (a dict by name) in Python floats."""
    losses, count = reference(loss, *(a.tolist() for a in args.values()), math=math)
    return reduced(loss, losses, count)
