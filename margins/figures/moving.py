"""Figures to move without a kernel: all positions are computed with the page."""

import itertools
import json
import math
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from margins.figures.controls import Slider
from margins.figures.stills import escape, figure_html, svg

_MOST_BYTES = 2_000_000
_DIGITS = 4


def movable(
    draw: Callable[..., Any],
    sliders: Sequence[Slider],
    still: Any,
    alt: str,
    caption: str | None = None,
    layout: dict[str, Any] | None = None,
    height: int = 420,
) -> None:
    """Display a figure whose sliders work in the built page.

    Parameters
    ----------
    draw : callable
        ``draw(value, ...)``, one argument for each slider, returns the plotly traces at
        these values: a list of dictionaries, or such a list and a dictionary of changes
        to `layout`.
    sliders : sequence of Slider or Choice
        `draw` is called for every combination of their values: keep the product small
        (at most a few hundred).
    still : matplotlib.figure.Figure
        The same picture at the start values; it is what is printed, what a reader
        without scripts sees, and what stands there until plotly is loaded.
    alt, caption : str
        As in `show`.
    layout : dict, optional
        The plotly layout all frames share. Colours of text and axes come from the page.
        In traces and layout the colour ``"currentColor"`` means the page's ink.
    height : int
        Height of the moving picture in CSS pixels.

    Raises
    ------
    ValueError
        If `alt` is empty, or the frames are too heavy for a page.
    """
    from IPython.display import HTML, display

    display(HTML(movable_html(draw, sliders, still, alt, caption, layout, height)))


def movable_html(
    draw: Callable[..., Any],
    sliders: Sequence[Slider],
    still: Any,
    alt: str,
    caption: str | None = None,
    layout: dict[str, Any] | None = None,
    height: int = 420,
) -> str:
    """What `movable` displays, as text; it raises the same errors."""
    picture = svg(still, alt)
    frames = [
        _frame(draw(*values))
        for values in itertools.product(*(s.values for s in sliders))
    ]
    first = frames[0]["traces"]
    data = {
        "height": height,
        "layout": _plain(layout or {}),
        "base": first,
        "frames": _shared([_changes(frame, first) for frame in frames]),
        "texts": [[s.text(value) for value in s.values] for s in sliders],
        "plotly": _plotly_version(),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if len(text) > _MOST_BYTES:
        raise ValueError(
            f"the frames take {len(text):,} bytes, more than {_MOST_BYTES:,}: "
            "use fewer slider positions or fewer points"
        )
    text = text.replace("</", "<\\/")  # or it would end the script element
    inner = (
        # The page keeps the height free: the moving picture pushes no text down.
        f'<div class="margins-still" style="--height:{height}px">{picture}</div>'
        f'<div class="margins-plot" role="img" aria-label="{escape(alt)}" hidden></div>'
    )
    controls = "".join(slider.html(index) for index, slider in enumerate(sliders))
    below = (
        f'<div class="margins-controls" hidden>{controls}</div>'
        f'<script type="application/json" class="margins-data">{text}</script>'
    )
    figure = figure_html(inner, caption, "margins-figure margins-movable", below)
    return f"{figure}\n<script>{_loader()}</script>"


def _loader():
    """The page's script, for notebooks. It steps back where the page brings its own."""
    return (files("margins.figures") / "movable.js").read_text(encoding="utf-8")


def _plotly_version():
    try:
        from plotly.offline import get_plotlyjs_version
    except ImportError:  # in a browser, whose page has the script already
        return ""
    return get_plotlyjs_version()


def _frame(drawn):
    traces, layout = drawn if isinstance(drawn, tuple) else (drawn, {})
    return {"traces": [_plain(trace) for trace in traces], "layout": _plain(layout)}


def _changes(frame, first):
    """A frame as what differs from the first: very little, for a moving point."""
    traces = frame["traces"]
    if len(traces) != len(first) or any(
        set(a) != set(b) for a, b in zip(traces, first, strict=True)
    ):
        changes = {"all": traces}
    else:
        changes = {
            "t": [
                {key: value for key, value in trace.items() if value != base[key]}
                for trace, base in zip(traces, first, strict=True)
            ]
        }
    if frame["layout"]:
        changes["layout"] = frame["layout"]
    return changes


def _shared(frames):
    """Frames in which traces that an earlier frame has too are named by its number.

    A slider that only turns a figure in space would otherwise repeat every point at
    each position.
    """
    seen = {}
    out = []
    for number, frame in enumerate(frames):
        traces = json.dumps({key: frame[key] for key in ("t", "all") if key in frame})
        first = seen.setdefault(traces, number)
        if first == number:
            out.append(frame)
        else:
            layout = {"layout": frame["layout"]} if "layout" in frame else {}
            out.append({"as": first} | layout)
    return out


def _plain(value):
    """Numbers, lists and dictionaries for JSON, with the digits that an eye can see."""
    if hasattr(value, "to_plotly_json"):
        value = value.to_plotly_json()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        # Since version 3 plotly shows no title that is a bare string.
        return {
            key: (
                {"text": item}
                if key == "title" and isinstance(item, str)
                else _plain(item)
            )
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None  # a gap in the line
        short = float(f"{value:.{_DIGITS}g}")
        return int(short) if short == int(short) and abs(short) < 1e6 else short
    return value
