"""Figures whose points are dragged: drawn whole when the page is built, light, plain
SVG.

The picture that a page without scripts shows is the moving one at its start; the script
only exchanges what the positions of the sliders change. It needs no plotly and no
matplotlib.
"""

import itertools
import json
import math
from collections.abc import Callable, Sequence
from importlib.resources import files

from margins.figures.controls import Slider
from margins.figures.marks import Mark
from margins.figures.planes import Plane, short
from margins.figures.stills import escape, figure_html

_MOST_FRAMES = 5_000
_MOST_BYTES = 700_000
_LARGE = 300  # px; planes as wide as this stand below each other on a phone
_HAND = 44  # px; how large a thing must be for a finger


def draggable(
    draw: Callable[..., Sequence[Mark]],
    sliders: Sequence[Slider],
    planes: Sequence[Plane],
    alt: str,
    caption: str | None = None,
) -> None:
    """Display a figure whose grips can be dragged in the built page.

    Parameters
    ----------
    draw : callable
        ``draw(value, ...)``, one argument for each slider, returns the marks at these
        values: `curve`, `area`, `dots`, `arrow`, `words` and `grip`. It is called for
        every combination of values and must return the same kinds of marks each time.
    sliders : sequence of Slider
        What moves. One that a `grip` names is moved by it and shows its value below;
        the others are sliders, or buttons if they are a `Choice`.
    planes : sequence of Plane
        Where the marks stand: each names its plane by number, the first one being 0.
    alt, caption : str
        As in `show`.

    Raises
    ------
    ValueError
        If `alt` is empty, a mark names a plane or a slider that is not there, the marks
        differ in kind, or the figure is too heavy for a page.
    """
    from IPython.display import HTML, display

    display(HTML(draggable_html(draw, sliders, planes, alt, caption)))


def draggable_html(
    draw: Callable[..., Sequence[Mark]],
    sliders: Sequence[Slider],
    planes: Sequence[Plane],
    alt: str,
    caption: str | None = None,
) -> str:
    """What `draggable` displays, as text; it raises the same errors."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            "alt must say what the figure shows, for a reader who cannot see it; got"
            f" {alt!r}"
        )
    sizes = [len(slider.values) for slider in sliders]
    if math.prod(sizes) > _MOST_FRAMES:
        raise ValueError(
            f"the sliders have {math.prod(sizes):,} combinations, more than"
            f" {_MOST_FRAMES:,}: use fewer positions"
        )
    frames = [
        _checked(list(draw(*values)), sliders, planes)
        for values in itertools.product(*(s.values for s in sliders))
    ]
    start = 0
    for slider in sliders:
        start = start * len(slider.values) + slider.position
    kinds = [(mark.tag, mark.plane, mark.clipped, mark.moves) for mark in frames[start]]
    for frame in frames:
        if [(m.tag, m.plane, m.clipped, m.moves) for m in frame] != kinds:
            raise ValueError("draw must return the same kinds of marks at all values")
    states = [[m.look | m.place(planes[m.plane]) for m in frame] for frame in frames]
    first = frames[start]
    entries = _entries(frames)
    data = {
        "start": [slider.position for slider in sliders],
        "texts": [[s.text(value) for value in s.values] for s in sliders],
        "names": [slider.label or slider.name for slider in sliders],
        "legend": [shown if 0 in shown else None for _, shown in entries.values()],
        "marks": [
            _moving([frame[number] for frame in states]) for number in range(len(first))
        ],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text) > _MOST_BYTES:
        raise ValueError(
            f"the figure takes {len(text):,} bytes, more than {_MOST_BYTES:,}: use"
            " fewer slider positions or fewer points"
        )
    text = text.replace("</", "<\\/")  # or it would end the script element
    index = {slider.name: number for number, slider in enumerate(sliders)}
    alone = len(planes) == 1
    mixed = any(plane.width >= _LARGE for plane in planes)
    pictures = "".join(
        _plane(plane, number, first, states[start], index, alt, alone, mixed)
        for number, plane in enumerate(planes)
    )
    held = {name for mark in first for name in mark.moves}
    controls = "".join(
        _held(slider, number) if slider.name in held else slider.html(number)
        for number, slider in enumerate(sliders)
    )
    inner = (
        '<div class="margins-planes" style="display:flex;flex-wrap:wrap;'
        "gap:.5rem min(1.5rem, 4vw);justify-content:center;align-items:center"
        f'">{pictures}</div>'
    )
    below = (
        f"{_legend(entries, start)}"
        f'<div class="margins-controls" hidden>{controls}</div>'
        f'<script type="application/json" class="margins-data">{text}</script>'
    )
    figure = figure_html(
        inner, caption, "margins-figure margins-draggable", below, scrolls=False
    )
    return f"{figure}\n<script>{_script()}</script>"


def _script():
    """The page's script, for notebooks. It steps back where the page brings its own."""
    return (files("margins.figures") / "dragging.js").read_text(encoding="utf-8")


def _checked(marks, sliders, planes):
    names = [slider.name for slider in sliders]
    for mark in marks:
        if not 0 <= mark.plane < len(planes):
            raise ValueError(
                f"a mark is in plane {mark.plane}, and there are {len(planes)}"
            )
        for name in mark.moves:
            if name not in names:
                raise ValueError(
                    f"the grip {mark.label!r} moves {name!r}; the sliders are {names}"
                )
    return marks


def _moving(states):
    """What of a mark changes: its different states, and which of them each frame has.

    None for a mark that always stays as it is.
    """
    first = states[0]
    changing = [
        key
        for key in dict.fromkeys(key for state in states for key in state)
        if any(state.get(key) != first.get(key) for state in states)
    ]
    if not changing:
        return None
    known = {}
    of = [
        known.setdefault(tuple(state.get(key) for key in changing), len(known))
        for state in states
    ]
    return {
        "states": [dict(zip(changing, values, strict=True)) for values in known],
        "of": of,
    }


def _plane(plane, number, marks, states, index, alt, alone, mixed):
    width, height = plane.size
    left, top, across, down = (short(value) for value in plane.box)
    inside, above, grips = [], [], []
    for place, (mark, state) in enumerate(zip(marks, states, strict=True)):
        if mark.plane != number:
            continue
        if mark.tag == "grip":
            grips.append(_grip(mark, state, place, plane, index))
            continue
        attributes = "".join(
            f' {key}="{escape(value)}"' for key, value in state.items() if key != "text"
        )
        (inside if mark.clipped else above).append(
            f'<{mark.tag} data-mark="{place}"{attributes}>{state.get("text", "")}'
            f"</{mark.tag}>"
        )
    share = _share(width, mixed)
    # One description for the whole figure.
    said = 'aria-hidden="true"' if number else f'role="img" aria-label="{escape(alt)}"'
    return (
        f'<div class="margins-plane" style="position:relative;flex:{share};'
        f'max-width:{(1.3 if alone else 1.08) * width:.0f}px">'
        f'<svg viewBox="0 0 {width} {height}" {said}'
        ' fill="currentColor" style="display:block;width:100%;height:auto;'
        'overflow:visible">'
        f"{plane.background()}"
        f'<svg x="{left}" y="{top}" width="{across}" height="{down}"'
        f' viewBox="{left} {top} {across} {down}">{"".join(inside)}</svg>'
        f"{''.join(above)}</svg>{''.join(grips)}</div>"
    )


def _share(width, mixed):
    """How a plane grows and shrinks; of small ones three stand in a row, on a phone
    two. Beside a large one a small one has a phone's row to itself, and fills it."""
    if width >= _LARGE:
        return "1 1 300px"
    return f"{int(mixed)} 1 max(160px,min({width}px,30%))"


def _grip(mark, state, place, plane, index):
    width, height = plane.size
    color, paper = state["color"], "var(--pst-color-background,Canvas)"
    moves = " ".join(str(index[name]) for name in mark.moves)
    return (
        f'<span class="margins-grip" data-mark="{place}" data-moves="{moves}"'
        f' data-label="{escape(mark.label)}" style="position:absolute;'
        f"left:{float(state['x']) / width:.2%};top:{float(state['y']) / height:.2%};"
        f"width:{_HAND}px;height:{_HAND}px;margin:-{_HAND / 2:g}px 0 0 "
        f"-{_HAND / 2:g}px;border-radius:50%;touch-action:none;background:"
        f"radial-gradient(circle,{escape(color)} 0 7px,{paper} 7.5px 9.5px,"
        f'{escape(color)} 10px 12px,transparent 12.5px)"></span>'
    )


def _held(slider, number):
    """The value of a slider that a grip moves."""
    now = escape(slider.text(slider.values[slider.position]))
    return (
        '<span class="margins-held" style="display:inline-block;margin:.2em 1.6em .2em'
        f' 0">{escape(slider.label or slider.name)}'
        f' <output data-held="{number}">{now}</output></span>'
    )


def _entries(frames):
    """For each label a mark that has it, and in which frames there is one (1 or 0)."""
    entries = {}
    for number, frame in enumerate(frames):
        for mark in frame:
            if mark.label and mark.tag != "grip":
                _, shown = entries.setdefault(mark.label, (mark, [0] * len(frames)))
                shown[number] = 1
    return entries


def _legend(entries, start):
    """What the labelled marks are, outside the planes, where it covers nothing."""
    if not entries:
        return ""
    rows = "".join(
        f'<span style="white-space:nowrap;'
        f'display:{"inline" if shown[start] else "none"}">'
        f"{_swatch(mark)} {escape(label)}</span>"
        for label, (mark, shown) in entries.items()
    )
    return (
        '<div class="margins-legend" style="display:flex;flex-wrap:wrap;'
        f'gap:.2em 1.4em;justify-content:center;margin:.3em 0">{rows}</div>'
    )


def _swatch(mark):
    attributes = "".join(f' {key}="{escape(v)}"' for key, v in mark.look.items())
    return (
        '<svg width="34" height="12" aria-hidden="true"'
        ' style="vertical-align:middle;display:inline-block">'
        f'<path d="{mark.swatch}"{attributes}/></svg>'
    )
