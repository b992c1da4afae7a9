"""A table, row by row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from margins.results import MeanAndDeviation
from margins.tables import markup, plain
from margins.tables.cells import NO_BEST, RULE, Cell, best, cell


class Table:
    """Rows under heads, shown as HTML where there is some, and as text elsewhere.

    Parameters
    ----------
    heads : mapping of str to str, or sequence of str
        The head of each column and how its numbers are formatted, as in
        ``format(value, ".2f")``. The last brackets of a head hold the unit. What
        neighbours have in common stands before " / ", and once above them, as in
        "accuracy (%) / train" and "accuracy (%) / test". The first column names the
        rows; its head may be "".
    rows : iterable of sequences, optional
        See `add`.
    caption : str, optional
        What the table shows, on what data, in one line.
    note : str, optional
        What a reader of the table has to know, below it.
    best : mapping of str to callable, optional
        Heads of columns whose best value is marked, with ``min`` or ``max``. It is
        marked where it is ahead by more than chance, see `margins.tables.cells.best`;
        the note says so.
    missing : str, default "not run"
        What is written for None.
    over : str, default "runs"
        What the means are taken over, for the note.

    Raises
    ------
    ValueError
        If there is no column, or `best` names one that is not there.

    Examples
    --------
    >>> from margins.results import MeanAndDeviation
    >>> table = Table({"": "", "wrong (%)": ".1f"}, best={"wrong (%)": min})
    >>> table.add("softmax", MeanAndDeviation(0.82, 0.08, 3))
    >>> table.add("m = 2", MeanAndDeviation(0.56, 0.01, 3))
    >>> table.add("m = 3", None)
    >>> print(table)
               wrong (%)
    --------------------
    softmax  0.8 ± 0.1
    m = 2    0.6 ± 0.0 *
    m = 3        not run
    <BLANKLINE>
    Mean ± standard deviation over 3 runs. *: the best of its column, where it is ahead
    of every other by more than the two deviations together, each of three or more.
    """

    def __init__(
        self,
        heads: Mapping[str, str] | Sequence[str],
        rows: Iterable[Sequence[Any]] = (),
        *,
        caption: str = "",
        note: str = "",
        best: Mapping[str, Callable] | None = None,
        missing: str = "not run",
        over: str = "runs",
    ) -> None:
        specs = heads if isinstance(heads, Mapping) else dict.fromkeys(heads, "")
        self.heads, self.specs = list(heads), list(specs.values())
        if not self.heads:
            raise ValueError("heads must name at least one column, got none")
        self.caption, self.note = caption, note
        self.missing, self.over = missing, over
        self.best = dict(best or {})
        for head in self.best:
            if head not in self.heads:
                raise ValueError(f"best names {head!r}, which is none of {self.heads}")
            if self.best[head] not in (min, max):
                raise ValueError(f"best must name min or max, got {self.best[head]!r}")
        self.groups: list[tuple[str, list[tuple]]] = [("", [])]
        for row in rows:
            self.add(*row)

    def add(self, *values: Any) -> None:
        """Add a row: a value for each column, None where there is none.

        Raises
        ------
        ValueError
            If it has not a value for each column, or one cannot be formatted.
        """
        if len(values) != len(self.heads):
            raise ValueError(
                f"a row must have {len(self.heads)} values, one for each of"
                f" {self.heads}, got {len(values)}"
            )
        for head, spec, value in zip(self.heads, self.specs, values, strict=True):
            try:
                cell(value, spec, self.missing)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"{head!r} is formatted with {spec!r}, which {value!r} cannot be:"
                    f" {error}"
                ) from error
        self.groups[-1][1].append(values)

    def group(self, title: str) -> None:
        """Begin a group of rows under a line of its own; each has its own best."""
        if not self.groups[-1][1]:
            self.groups.pop()
        self.groups.append((title, []))

    def show(self) -> None:
        """Show the table below the cell, or print it where there is no page."""
        from IPython.display import display

        display(self)

    def written(self) -> list[tuple[str, list[list[Cell]]]]:
        """The groups with the cells of their rows."""
        return [(title, [*map(self._row, rows)]) for title, rows in self.groups]

    def marked(self) -> set[tuple[int, int, int]]:
        """Group, row and column of every value that is the best of its column."""
        found = set()
        for g, (_, rows) in enumerate(self.groups):
            for head, choose in self.best.items():
                column = self.heads.index(head)
                row = best([values[column] for values in rows], choose)
                if row is not None:
                    found.add((g, row, column))
        return found

    def notes(self, mark: str) -> str:
        """What stands below the table, where `mark` is the sign of a best value."""
        said = [self.note] if self.note else []
        rows = [row for _, group in self.groups for row in group]
        seeds = {
            value.seeds
            for row in rows
            for value in row
            if isinstance(value, MeanAndDeviation) and value.deviation is not None
        }
        if seeds:
            between = " or " if len(seeds) == 2 else " to "
            some = between.join(map(str, sorted({min(seeds), max(seeds)})))
            said.append(f"Mean ± standard deviation over {some} {self.over}.")
        if self.best:
            said.append(f"{mark}: {RULE}" if self.marked() else NO_BEST)
        return " ".join(said)

    def _row(self, values):
        pairs = zip(values, self.specs, strict=True)
        return [cell(value, spec, self.missing) for value, spec in pairs]

    def __repr__(self) -> str:
        return plain.text(self)

    def _repr_html_(self) -> str:
        return markup.html(self)
