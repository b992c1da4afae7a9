"""What a gradient check found, and how it is shown."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Entry(NamedTuple):
    """One entry of a gradient, computed twice."""

    argument: str
    index: tuple
    analytic: float
    numeric: float
    relative_error: float


@dataclass(frozen=True, eq=False)
class Report:
    """What a gradient check found; `print` shows it.

    Attributes
    ----------
    entries : dict of str to list of Entry
        For each argument checked, its entries in reading order.
    shapes : dict of str to tuple
    """

    entries: dict = field(repr=False)
    shapes: dict

    @property
    def worst(self):
        """The `Entry` with the largest relative error."""
        everything = [entry for entries in self.entries.values() for entry in entries]
        return max(everything, key=lambda entry: entry.relative_error)

    @property
    def max_relative_error(self):
        """The largest relative error of all entries; `relative_error` defines it."""
        return self.worst.relative_error

    def __str__(self):
        worst = self.worst
        lines = [f"{'argument':12} {'shape':16} {'checked':>8} {'max rel. error':>15}  at"]
        for name, entries in self.entries.items():
            largest = max(entries, key=lambda entry: entry.relative_error)
            lines.append(
                f"{name:12} {self.shapes[name]!s:16} {len(entries):8} "
                f"{largest.relative_error:15.1e}  {_text(largest.index)}"
            )
        lines.append("")
        lines.append(f"worst entry and its neighbours in {worst.argument}:")
        lines.append(f"  {'index':16} {'analytic':>20} {'numeric':>20} {'rel. error':>11}")
        entries = self.entries[worst.argument]
        place = entries.index(worst)
        for entry in entries[max(0, place - 2) : place + 3]:
            mark = ">" if entry is worst else " "
            lines.append(
                f"{mark} {_text(entry.index):16} {entry.analytic:20.12g} {entry.numeric:20.12g} "
                f"{entry.relative_error:11.1e}"
            )
        return "\n".join(lines)


def _text(index):
    return "(" + ", ".join(map(str, index)) + ")" if len(index) != 1 else f"({index[0]},)"
