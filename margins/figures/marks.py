"""What is drawn in a plane: curves, areas, dots, arrows, words, and grips to drag.

Each function makes one mark from numbers in the plane's own coordinates. Nothing is
drawn here: `margins.figures.dragging` asks each mark for its place in a `Plane`.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from margins.figures.planes import FAINT, Plane, marked, short

INK = "currentColor"
_PAPER = "var(--pst-color-background, Canvas)"
_DASHES = {"-": (), "--": (4, 2), ":": (1, 1.5), "-.": (5, 1.5, 1, 1.5)}
# Steps between the corners of a marker of half-width 1; "o" and "s" are line ends.
_CORNERS = {
    "^": ((0, -1.15), (1.1, 1.9), (-2.2, 0)),
    "v": ((0, 1.15), (1.1, -1.9), (-2.2, 0)),
    "D": ((0, -1.3), (1.3, 1.3), (-1.3, 1.3), (-1.3, -1.3)),
}
_LINE = "M1 6h32"
_MARKERS = ("o", "s", *_CORNERS)


@dataclass(frozen=True)
class Mark:
    """One thing in a plane; made by the functions of this module."""

    tag: str
    place: Callable[[Plane], dict[str, str]]
    look: dict[str, str]
    plane: int = 0
    clipped: bool = False
    label: str = ""
    swatch: str = ""
    moves: tuple[str, ...] = field(default=())


def curve(
    x: Iterable[float],
    y: Iterable[float],
    *,
    color: str = "ink",
    linestyle: Any = "-",
    width: float = 2.2,
    label: str = "",
    plane: int = 0,
) -> Mark:
    """A line through points; a value that is not finite leaves a gap.

    `color` is any CSS colour, ``"ink"`` for the page's own or ``"faint"``; `color`,
    `linestyle` and `label` may come from `figures.style`. What has a label stands in
    the legend below the planes.

    Raises
    ------
    ValueError
        If `x` and `y` have different lengths, or `linestyle` is not known.
    """
    points = _points(x, y)
    look = _stroke(color, width, linestyle)

    def place(plane):
        return {"d": _path(plane, points)}

    return Mark("path", place, look, plane, True, label, _LINE)


def area(
    x: Iterable[float],
    y: Iterable[float],
    *,
    color: str = "ink",
    opacity: float = 0.22,
    label: str = "",
    plane: int = 0,
) -> Mark:
    """What is inside a closed line through points, shaded.

    Raises
    ------
    ValueError
        If `x` and `y` have different lengths.
    """
    points = _points(x, y)

    def place(plane):
        return {"d": _path(plane, points) + ("Z" if points else "")}

    look = {"fill": _color(color), "fill-opacity": f"{opacity:g}", "stroke": "none"}
    return Mark("path", place, look, plane, True, label, "M1 1h32v10h-32Z")


def dots(
    x: Iterable[float],
    y: Iterable[float],
    *,
    color: str = "ink",
    marker: str = "o",
    size: float = 6.0,
    opacity: float = 1.0,
    label: str = "",
    plane: int = 0,
) -> Mark:
    """Points, `size` pixels wide; `marker` is one of ``o s ^ v D``.

    Raises
    ------
    ValueError
        If `x` and `y` have different lengths, or `marker` is none of these.
    """
    if marker not in _MARKERS:
        raise ValueError(f"marker must be one of {_MARKERS}, got {marker!r}")
    points = [p for p in _points(x, y) if all(map(math.isfinite, p))]
    ink = _color(color)
    look = {"stroke": ink, "opacity": f"{opacity:g}"}
    if marker in _CORNERS:
        look |= {"fill": ink, "stroke-width": "0"}
        first, *steps = (
            (short(a * size / 2), short(b * size / 2)) for a, b in _CORNERS[marker]
        )
        shape = f"m{first[0]} {first[1]}" + "".join(f"l{a} {b}" for a, b in steps) + "z"
    else:  # lines of no length, of which only the ends are seen: eight bytes a point
        ends = "round" if marker == "o" else "square"
        look |= {"fill": "none", "stroke-width": f"{size:g}"}
        # As a style: matplotlib's drawings bring a rule for all of a page's line ends.
        look["style"] = f"stroke-linecap:{ends}"
        shape = "h0"

    def place(plane):
        at = (plane.at(*point) for point in points)
        return {"d": "".join(f"M{short(a)} {short(b)}{shape}" for a, b in at)}

    return Mark("path", place, look, plane, True, label, f"M17 6{shape}")


def arrow(
    start: Sequence[float],
    end: Sequence[float],
    *,
    color: str = "ink",
    linestyle: Any = "-",
    width: float = 2.4,
    gap: float = 0,
    label: str = "",
    plane: int = 0,
) -> Mark:
    """An arrow with a head; one shorter than its head is all head.

    `gap` is how many pixels before its end it stops, so that its head is seen where a
    grip stands at the end.
    """
    look = _stroke(color, width, linestyle) | {"fill": _color(color)}
    # Dashes are drawn one by one: as a property they would break the head as well.
    dashes = [float(part) for part in look.pop("stroke-dasharray", "").split()]

    def place(plane):
        return {"d": _arrow(plane.at(*start), plane.at(*end), width, gap, dashes)}

    swatch = "M1 6h8M13 6h8M25 6h8" if dashes else _LINE
    return Mark("path", place, look, plane, False, label, swatch)


def words(
    at: Sequence[float],
    text: str,
    *,
    color: str = "ink",
    anchor: str = "start",
    shift: tuple[float, float] = (0, 0),
    size: float = 14,
    plane: int = 0,
) -> Mark:
    """Text at a point, moved by `shift` pixels to the right and up.

    What stands between two asterisks is set in italics. `anchor` is the part of the
    text that stands at the point: ``start``, ``middle`` or ``end``.
    """
    look = {
        "fill": _color(color),
        "font-size": f"{size:g}",
        "text-anchor": anchor,
        # The page's colour around it, so that it can be read on a line.
        "stroke": _PAPER,
        "stroke-width": "4",
        "paint-order": "stroke",
    }

    def place(plane):
        x, y = plane.at(*at)
        return {
            "x": short(x + shift[0]),
            "y": short(y - shift[1]),
            "text": marked(text),
        }

    return Mark("text", place, look, plane)


def grip(
    at: Sequence[float],
    *moves: str,
    label: str,
    color: str = "var(--pst-color-primary, #1665df)",
    plane: int = 0,
) -> Mark:
    """A point that the reader drags: by mouse, by finger, or with the arrow keys.

    Parameters
    ----------
    at : pair of float
        Where it stands at the values that `draw` was called with.
    *moves : str
        The names of the one or two sliders that it moves. Dragged, it goes to the
        nearest place that it has at any of their values. The keys left and right move
        the first, up and down the second (or the first, where it is alone); Home and
        End go to the ends, and Escape back to the start.
    label : str
        What it is, for a reader who cannot see it: "the feature x".

    Raises
    ------
    ValueError
        If it moves no slider or more than two, or `label` is empty.
    """
    if not 1 <= len(moves) <= 2:
        raise ValueError(f"a grip moves one or two sliders, got {moves!r}")
    if not label.strip():
        raise ValueError("label must say what the grip is")

    def place(plane):
        x, y = plane.at(*at)
        return {"x": short(x), "y": short(y)}

    return Mark("grip", place, {"color": color}, plane, label=label, moves=moves)


def _color(color):
    return {"ink": INK, "faint": FAINT}.get(color, color)


def _stroke(color, width, linestyle):
    dashes = _DASHES.get(linestyle) if isinstance(linestyle, str) else linestyle[1]
    if dashes is None:
        raise ValueError(f"linestyle must be one of {tuple(_DASHES)} or (0, dashes)")
    look = {
        "stroke": _color(color),
        "stroke-width": f"{width:g}",
        "stroke-linejoin": "round",
        "fill": "none",
    }
    if dashes:
        look["stroke-dasharray"] = " ".join(f"{dash * width:g}" for dash in dashes)
    return look


def _points(x, y):
    x, y = [float(value) for value in x], [float(value) for value in y]
    if len(x) != len(y):
        raise ValueError(f"x and y must be equally long, got {len(x)} and {len(y)}")
    return list(zip(x, y, strict=True))


def _path(plane, points):
    parts, pen = [], "M"
    for point in points:
        if not all(map(math.isfinite, point)):
            pen = "M"
            continue
        x, y = plane.at(*point)
        parts.append(f"{pen}{short(x)} {short(y)}")
        pen = "L"
    return "".join(parts)


def _arrow(start, end, width, gap, dashes):
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    if length - gap < 0.5:
        return ""
    across, down = across / length, down / length
    length -= gap
    head = min(5 + 2.4 * width, length)

    def point(along, aside=0.0):
        x = start[0] + along * across - aside * down
        y = start[1] + along * down + aside * across
        return f"{short(x)} {short(y)}"

    shaft = length - head
    pieces, drawn = [], 0.0
    for number, dash in enumerate(itertools.cycle(dashes or [shaft])):
        if drawn >= shaft:
            break
        after = min(drawn + dash, shaft)
        if not number % 2:
            pieces.append(f"M{point(drawn)}L{point(after)}")
        drawn = after
    corners = (point(shaft, -0.42 * head), point(length), point(shaft, 0.42 * head))
    return f"{''.join(pieces)}M{'L'.join(corners)}Z"
