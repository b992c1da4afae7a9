"""The plane that marks are drawn in: its box, its axes, its grid, as SVG."""

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FAINT = "rgba(128,128,128,.35)"
_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 5  # about how many


@dataclass(frozen=True)
class Plane:
    """A part of the plane, seen in a box of its own.

    A figure sets its planes side by side where there is room and stacks them on a
    phone, each as large as it was: what is written in them stays readable.

    Parameters
    ----------
    x, y : pair of float
        The ends of what is seen; the second number may be the smaller one.
    xlabel, ylabel, title : str, optional
        Plain text; what stands between two asterisks is set in italics. The label of
        the vertical axis stands above it and is read without turning one's head.
    xticks, yticks : sequence of float, or mapping from float to str, optional
        Where the grid stands and what is written there; by default round numbers.
    equal : bool
        Give both axes the same scale. The height then follows from the ranges.
    axes : bool
        Draw axes and grid.
    width, height : int
        Of the box in pixels where the page is wide enough.

    Raises
    ------
    ValueError
        If a range is empty or not finite.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    xlabel: str = ""
    ylabel: str = ""
    title: str = ""
    xticks: Sequence[float] | Mapping[float, str] | None = None
    yticks: Sequence[float] | Mapping[float, str] | None = None
    equal: bool = False
    axes: bool = True
    width: int = 350
    height: int = 290

    def __post_init__(self):
        for name in ("x", "y"):
            ends = getattr(self, name)
            if (
                len(ends) != 2
                or not all(map(math.isfinite, ends))
                or ends[0] == ends[1]
            ):
                raise ValueError(
                    f"{name} must be two different finite numbers, got {ends!r}"
                )

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the part inside the axes, in pixels."""
        named = self.axes and (self.yticks is None or len(self.yticks) > 0)
        left = 40 if named else 6
        below = (20 if self.axes else 6) + (20 if self.xlabel else 0)
        above = 8 + (21 if self.title else 0) + (20 if self.ylabel else 0)
        width = self.width - left - 12
        if self.equal:
            height = width * abs((self.y[1] - self.y[0]) / (self.x[1] - self.x[0]))
        else:
            height = self.height - above - below
        return left, above, width, height

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole picture in pixels."""
        _, above, _, height = self.box
        below = (20 if self.axes else 6) + (20 if self.xlabel else 0)
        return self.width, math.ceil(above + height + below)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies in the picture; what is far outside stays near it."""
        left, top, width, height = self.box
        across = (float(x) - self.x[0]) / (self.x[1] - self.x[0])
        up = (float(y) - self.y[0]) / (self.y[1] - self.y[0])
        across, up = (min(max(value, -4.0), 5.0) for value in (across, up))
        return left + across * width, top + (1 - up) * height

    def background(self) -> str:
        """Grid, axes and their labels."""
        left, top, width, height = self.box
        lines, words = [], []
        if self.axes:
            for value, name in _ticks(self.xticks, self.x):
                x, _ = self.at(value, self.y[0])
                lines.append(f"M{short(x)} {short(top)}v{short(height)}")
                words.append(written(x, top + height + 15, name, "middle", 12))
            for value, name in _ticks(self.yticks, self.y):
                _, y = self.at(self.x[0], value)
                lines.append(f"M{short(left)} {short(y)}h{short(width)}")
                words.append(written(left - 6, y + 4, name, "end", 12))
        if self.xlabel:
            down = top + height + (36 if self.axes else 22)
            words.append(written(left + width / 2, down, self.xlabel, "middle", 13))
        start = min(left, 6)
        if self.title:
            size = 14 if self.width >= 300 else 17  # a small one is shown smaller yet
            words.append(written(start, 17, self.title, "start", size, bold=True))
        if self.ylabel:
            words.append(written(start, top - 9, self.ylabel, "start", 13))
        grid = f'<path d="{"".join(lines)}" stroke="{FAINT}" fill="none"/>'
        return (grid if lines else "") + "".join(words)


def _ticks(wanted, ends):
    if isinstance(wanted, Mapping):
        return [(value, str(name)) for value, name in wanted.items()]
    if wanted is None:
        wanted = _round_numbers(min(ends), max(ends))
    return [(value, f"{value:.6g}".replace("-", "\N{MINUS SIGN}")) for value in wanted]


def _round_numbers(low, high):
    size = 10.0 ** math.floor(math.log10((high - low) / _TICKS))
    step = next(s * size for s in _STEPS if (high - low) / (s * size) <= _TICKS + 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [step * i for i in range(first, last + 1)]


def written(
    x: float, y: float, words: str, anchor: str, size: float, bold: bool = False
) -> str:
    """One line of text as an SVG element."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{short(x)}" y="{short(y)}" font-size="{size:g}"'
        f' text-anchor="{anchor}"{weight}>{marked(words)}</text>'
    )


def marked(words: str) -> str:
    """Text for an SVG element; ``*x*`` is set in italics."""
    return re.sub(
        r"\*([^*]+)\*",
        r'<tspan font-style="italic">\1</tspan>',
        html.escape(words, quote=False),
    )


def short(value: float) -> str:
    """A length in pixels, with the digit that an eye can see."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")
