"""Is a gradient right? Compare it with differences of the function itself."""

from mlcore.gradcheck.check import gradcheck
from mlcore.gradcheck.differences import (
    central_difference,
    complex_step,
    default_step,
    relative_error,
)
from mlcore.gradcheck.report import Entry, Report, miss_probability

__all__ = [
    "Entry",
    "Report",
    "central_difference",
    "complex_step",
    "default_step",
    "gradcheck",
    "miss_probability",
    "relative_error",
]
