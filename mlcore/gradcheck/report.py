"""What a gradient check found, and how it is shown."""

import math
import textwrap
from dataclasses import dataclass, field

from mlcore.gradcheck.lines import TOLERANCE

COLUMNS = 72  # that the sentences fill, as wide as the output of a cell in the book


@dataclass(frozen=True)
class Entry:
    """One entry of a gradient, or its slope along one direction, computed twice.

    `index` is a tuple, or the number of the direction. `doubt` is empty where the error
    is that of the gradient; ``"kink"`` where the function has another slope on each
    side, ``"chance"`` where it changes from call to call: then the error says nothing
    about the gradient.
    """

    argument: str
    index: tuple[int, ...] | int
    analytic: float
    numeric: float
    relative_error: float
    doubt: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """What a gradient check found; `print` shows it.

    Attributes
    ----------
    entries : dict of str to list of Entry
        For each argument checked, its entries in reading order, or its directions.
    shapes : dict of str to tuple
    spread : dict of str to float
        How far apart, as a relative error, three calls came: of ``"forward"``, and for
        each argument of backward. 0 where all bits are the same.
    """

    entries: dict[str, list[Entry]] = field(repr=False)
    shapes: dict[str, tuple[int, ...]]
    spread: dict[str, float] = field(default_factory=dict)

    @property
    def worst(self) -> Entry:
        """The `Entry` with the largest relative error, of those that are known."""
        return max(self._everything(), key=_known_first)

    @property
    def max_relative_error(self) -> float:
        """The largest relative error of all entries; `relative_error` defines it.

        NaN, which passes no comparison, where an entry is in doubt and no other is
        wrong.
        """
        worst = self.worst
        doubts = any(entry.doubt for entry in self._everything())
        if worst.doubt or (doubts and worst.relative_error <= TOLERANCE):
            return math.nan
        return worst.relative_error

    @property
    def kinks(self) -> list[Entry]:
        """The entries that lie at a kink, where no gradient can be checked."""
        return [entry for entry in self._everything() if entry.doubt == "kink"]

    @property
    def nondeterministic(self) -> list[str]:
        """The names in `spread` of what differs from call to call."""
        return [name for name, apart in self.spread.items() if apart > 0]

    def _everything(self):
        return [entry for entries in self.entries.values() for entry in entries]

    def __str__(self) -> str:
        return "\n".join([*self._table(), "", *self._neighbours(), *self._remarks()])

    def _table(self):
        yield f"{'argument':12} {'shape':16} {'checked':>8} {'max rel. error':>15}  at"
        for name, entries in self.entries.items():
            largest = max(entries, key=_known_first)
            known = sum(not entry.doubt for entry in entries)
            yield (
                f"{name:12} {self.shapes[name]!s:16} {known:8} "
                f"{largest.relative_error:15.1e}  {_text(largest.index)}"
                f"{' ' + largest.doubt if largest.doubt else ''}"
            )

    def _neighbours(self):
        worst = self.worst
        yield f"worst entry and its neighbours in {worst.argument}:"
        yield f"  {'index':16} {'analytic':>20} {'numeric':>20} {'rel. error':>11}"
        entries = self.entries[worst.argument]
        place = entries.index(worst)
        for entry in entries[max(0, place - 2) : place + 3]:
            mark = ">" if entry is worst else " "
            yield (
                f"{mark} {_text(entry.index):16} {entry.analytic:20.12g}"
                f" {entry.numeric:20.12g}"
                f" {entry.doubt or format(entry.relative_error, '.1e'):>11}"
            )

    def _remarks(self):
        """What the numbers do not say by themselves."""
        remarks = []
        if self.kinks:
            places = [f"{entry.argument} {_text(entry.index)}" for entry in self.kinks]
            shown = ", ".join(places[:3]) + (", ..." if len(places) > 3 else "")
            remarks.append(
                f"{len(places)} at a kink ({shown}): the slopes to both sides differ,"
                " so this is neither right nor wrong. Move the point, or draw another."
            )
        for name in self.nondeterministic:
            remedy = " Fix its random numbers first."
            remedy = remedy if self.spread[name] > TOLERANCE else ""
            what = "forward" if name == "forward" else f"backward's gradient of {name}"
            remarks.append(
                f"{what} is nondeterministic: called again it differs by"
                f" {self.spread[name]:.1e}.{remedy}"
            )
        remarks += [
            self._missed(name) for name in self.entries if self._is_projected(name)
        ]
        if not remarks:
            return
        yield ""
        for remark in remarks:
            yield from textwrap.wrap(remark, COLUMNS)

    def _is_projected(self, name):
        return isinstance(self.entries[name][0].index, int)

    def _missed(self, name):
        directions, size = len(self.entries[name]), math.prod(self.shapes[name])
        missed = miss_probability(0.1 / math.sqrt(size), directions)
        return (
            f"{name}, {directions} of {size} directions: 10 % off in one entry of"
            f" average size, it would pass {TOLERANCE:.0e} with a probability of at"
            f" most {missed:.0e}."
        )


def miss_probability(
    error: float, directions: int, tolerance: float = TOLERANCE
) -> float:
    """Bound on the probability that a wrong gradient passes in all directions drawn.

    Along normal v a gradient that is wrong by e shows a difference v·e, normal with the
    standard deviation ‖e‖. The density of a normal variable is at most 1/sqrt(2π), so
    it lies in any given interval of half-width τ with a probability of at most
    τ·sqrt(2/π), wherever rounding shifts it.

    Parameters
    ----------
    error : float > 0
        ‖e‖ as a part of what the difference is measured against, the norm of the
        gradient.
    directions : int
    tolerance : float
        The relative error τ that is taken for a pass.
    """
    return min(1.0, math.sqrt(2 / math.pi) * tolerance / error) ** directions


def _known_first(entry):
    return not entry.doubt, entry.relative_error


def _text(index):
    return str(index) if isinstance(index, tuple) else f"direction {index}"
