"""What a value becomes in a table, and which value of a column is the best."""

import math
import numbers
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from margins.results import MeanAndDeviation

#: What is said of the values that are marked, or of there being none.
RULE = (
    "the best of its column, where it is ahead of every other by more than the two"
    " deviations together, each of three or more."
)
NO_BEST = (
    "No value is marked as the best: none is ahead of every other of its column by more"
    " than the two deviations together, each of three or more."
)
# The deviation of two says next to nothing: two accuracies are often the same.
ENOUGH = 3


WHOLE = re.compile(r"[-+]?[\d,]+")
# What is written as a number is set as one, with a mark behind it or without.
WRITTEN = re.compile(WHOLE.pattern + r"(\.\d+)?(e[-+]\d+)?([*?%°]| (ms|s|MB))?")


class Link(NamedTuple):
    """A value that leads somewhere: words, and an address that a page links to."""

    text: str
    address: str


class Cell(NamedTuple):
    """A value as it is written.

    Attributes
    ----------
    text : str
    spread : str
        The deviation without its sign, "" where there is none.
    number : bool
        Whether the text is a number, to be set under others.
    missing : bool
        Whether there is no value.
    address : str
        Where a page leads from it, "" if nowhere.
    """

    text: str
    spread: str = ""
    number: bool = False
    missing: bool = False
    address: str = ""

    @property
    def fraction(self) -> int:
        """Characters behind the whole part: decimals, a power of ten, a mark."""
        found = WHOLE.match(self.text)
        return len(self.text) - found.end() if found else 0

    def lacks(self, fraction: int) -> int:
        """How many fewer those are than `fraction`; nan and inf lack nothing."""
        return fraction - self.fraction if WHOLE.match(self.text) else 0


def cell(value: Any, spec: str, missing: str) -> Cell:
    """Write a value.

    Parameters
    ----------
    value : str, number, bool, MeanAndDeviation, Link or None
        None is a missing one. What is none of these is written as `str` writes it. A
        text such as "9.05?", "5*" or "8.4 ms" is a number with something behind it.
    spec : str
        How numbers are formatted, as in ``format(value, spec)``.
    missing : str
        What stands where there is no value.

    Examples
    --------
    >>> cell(0.125, ".2f", "not run").text, cell(None, ".2f", "not run").text
    ('0.12', 'not run')
    >>> cell(MeanAndDeviation(99.21, 0.04, 3), ".1f", "")[:2]
    ('99.2', '0.0')
    """
    if value is None:
        return Cell(missing, missing=True)
    if isinstance(value, MeanAndDeviation):
        spread = value.deviation
        plain = spec.lstrip("+")
        written = "" if spread is None else format(spread, plain)
        return Cell(format(value.mean, spec), written, number=True)
    if isinstance(value, Link):
        return Cell(value.text, address=value.address)
    if is_bool(value):
        return Cell("yes" if value else "no")
    if is_number(value):
        return Cell(format(value, spec), number=True)
    return Cell(str(value), number=WRITTEN.fullmatch(str(value)) is not None)


def is_bool(value: Any) -> bool:
    """Whether it is Python's or NumPy's."""
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def is_number(value: Any) -> bool:
    """Whether a value is one number: also an array without dimensions."""
    return isinstance(value, numbers.Number) or (
        getattr(value, "shape", None) == () and hasattr(value, "__float__")
    )


def best(values: Sequence[Any], choose: Callable) -> int | None:
    """The row of the best of a column, or None where the spread does not allow one.

    It is ahead of every other mean by more than its deviation and the other's together.
    Of numbers without a deviation, or with one of fewer than three, nobody knows
    whether they would come out so again: one that is not clearly behind leaves the
    column without a mark.

    Parameters
    ----------
    values : sequence
        A column; what is no `MeanAndDeviation` and no number does not take part.
    choose : callable
        ``min`` or ``max``.

    Examples
    --------
    >>> a, b = MeanAndDeviation(8.1, 0.2, 3), MeanAndDeviation(8.6, 0.2, 3)
    >>> best([a, b], min), best([a, MeanAndDeviation(8.6, 0.4, 3)], min)
    (0, None)
    >>> best([8.1, 8.6], min) is None
    True
    """
    means = {row: known for row, value in enumerate(values) if (known := _mean(value))}
    if len(means) < 2 or any(math.isnan(mean) for mean, _ in means.values()):
        return None
    first = choose(means, key=lambda row: means[row][0])
    ahead, spread = means[first]
    if spread is None:
        return None
    for row, (mean, other) in means.items():
        # Of a value without a deviation the best one's own has to be enough twice.
        both = spread + (spread if other is None else other)
        if row != first and not abs(mean - ahead) > both:
            return None
    return first


def _mean(value):
    if isinstance(value, MeanAndDeviation):
        return value.mean, value.deviation if value.seeds >= ENOUGH else None
    if is_number(value) and not is_bool(value) and not isinstance(value, complex):
        return float(value), None
    return None
