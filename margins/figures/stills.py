"""Still figures: matplotlib in the house style, shown as inline SVG."""

import hashlib
import html
import io
import itertools
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from margins.figures import letters

PAGE_WIDTH = 7.2  # inches; the text column of the page

# Stand-ins while matplotlib draws; the SVG gets the page's own colour in their place.
_INK = "#010203"
_FAINT = "#040506"
_INK_CSS = "var(--pst-color-text-base, currentColor)"
_FAINT_CSS = "rgba(128, 128, 128, 0.35)"

_MANY_MARKERS = 2000
_RASTER_DPI = 220

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.edgecolor": "none",
    "figure.facecolor": "none",
    "font.size": 9.5,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "legend.labelcolor": _INK,
    "lines.linewidth": 2,
    "lines.markersize": 4,
    "mathtext.fontset": "cm",
    "patch.edgecolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "xtick.labelcolor": _INK,
    "ytick.color": _INK,
    "ytick.labelcolor": _INK,
}

# A process shows the figures of one page; the number keeps their ids apart.
_shown = itertools.count(1)


def panel(
    rows: int = 1, columns: int = 1, height: float = 2.8, **subplots: Any
) -> tuple[Any, Any]:
    """A figure as wide as the page, and the house style for the whole session.

    Parameters
    ----------
    rows, columns : int
        How many axes.
    height : float
        Inches for each row.
    **subplots
        Passed to ``Figure.subplots``: ``sharex``, ``sharey``, ``width_ratios``,
        ``subplot_kw`` …

    Returns
    -------
    fig : matplotlib.figure.Figure
        Not known to pyplot, so a notebook shows it when `show` does and never a second
        time.
    axes : matplotlib.axes.Axes or array of them
        One alone, or an array shaped like the panel without its dimensions of size 1.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # For the session and not for this call: legends and texts are made after it.
    mpl.rcParams.update(_STYLE | {"font.family": letters.faces()})
    fig = Figure(figsize=(PAGE_WIDTH, height * rows))
    return fig, fig.subplots(rows, columns, **subplots)


def show(fig: Any, alt: str, caption: str | None = None) -> None:
    """Display `fig` as inline SVG with its description and caption.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        From `panel`.
    alt : str
        What the figure shows, for a reader who cannot see it. Written by hand, never
        empty.
    caption : str, optional
        The text below, plain or with simple HTML such as ``<i>θ</i>``.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    from IPython.display import HTML, display

    display(HTML(figure_html(svg(fig, alt), caption)))


def save(fig: Any, path: str | Path, alt: str) -> None:
    """Write `fig` as an SVG file on paper of its own, for use outside the book.

    A file shown by ``<img>`` does not see the colours of the page around it, so it
    brings both its ink and its paper, and follows the reader's system between light and
    dark.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    text = svg(fig, alt, prefix="f")
    paper = (
        "<style>svg{color:#1f2328;background:#fff}"
        "@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#14181e}}</style>"
    )
    head, rest = text.split(">", 1)
    head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    page = f"{head}>{paper}{rest}\n".replace(_INK_CSS, "currentColor")
    Path(path).write_text(page, encoding="utf-8")


def svg(fig: Any, alt: str, prefix: str | None = None) -> str:
    """The figure as one ``<svg>`` element, the same text for the same figure.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        As in `show`.
    prefix : str, optional
        What the element's ids begin with; by default what no other figure of the page
        has.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            "alt must say what the figure shows, for a reader who cannot see it; got"
            f" {alt!r}"
        )
    text = _draw(fig)
    if prefix is None:
        prefix = f"f{hashlib.sha256(text.encode()).hexdigest()[:6]}{next(_shown)}"
    return _slim(text, " ".join(alt.split()), f"{prefix}-")


def hint(words: str) -> str:
    """A part of a caption that is for the screen and left out on paper."""
    return f'<span class="margins-hint">{words}</span>'


def figure_html(
    inner: str,
    caption: str | None,
    classes: str = "margins-figure",
    below: str = "",
    scrolls: bool = True,
) -> str:
    """A ``<figure>`` around `inner`, whose box scrolls where the page is narrow."""
    box = "overflow-x:auto" if scrolls else "overflow:visible"
    words = (
        f'<figcaption style="margin-top:.4em">{caption}</figcaption>' if caption else ""
    )
    return (
        f'<figure class="{classes}" style="margin:1em 0">'
        f'<div class="margins-figure-box" style="{box}">{inner}</div>'
        f"{below}{words}</figure>"
    )


def _draw(fig):
    import matplotlib as mpl

    _rasterise_clouds(fig)
    target = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "margins", "svg.fonttype": "path"}):
        fig.savefig(
            target,
            format="svg",
            dpi=_RASTER_DPI,
            metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
        )
    return target.getvalue()


def _rasterise_clouds(fig):
    """Turn scatter points into pixels where so many weigh more as shapes."""
    from matplotlib.collections import PathCollection

    clouds = []
    for axes in fig.axes:
        clouds += [
            (c, len(c.get_offsets()))
            for c in axes.collections
            if isinstance(c, PathCollection)
        ]
        for line in axes.lines:
            if line.get_marker() not in (None, "None", "none", "", " "):
                clouds.append((line, len(line.get_xdata())))
    if sum(count for _, count in clouds) > _MANY_MARKERS:
        for cloud, _ in clouds:
            cloud.set_rasterized(True)


# What matplotlib says of all lines at once, in a style sheet of its own.
_LINES = "stroke-linejoin: round; stroke-linecap: butt"
_NUMBER = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"


def _slim(text, alt, prefix):
    """Keep what is drawn: short numbers, the ids that are used, the page's own ink."""
    root = ElementTree.fromstring(text.encode())
    for metadata in root.findall(f"{_SVG}metadata"):
        root.remove(metadata)
    # A style sheet within a page is one for the whole page, whose every style a browser
    # would compute anew for each figure.
    for parent in list(root.iter()):
        for sheet in parent.findall(f"{_SVG}style"):
            if sheet.text.strip() != f"*{{{_LINES}}}":
                raise ValueError(f"matplotlib draws with another style: {sheet.text}")
            parent.remove(sheet)
    serialised = ElementTree.tostring(root, encoding="unicode")
    used = set(re.findall(r"url\(#([^)]+)\)", serialised))
    used |= {
        e.get(_HREF)[1:] for e in root.iter() if (e.get(_HREF) or "").startswith("#")
    }
    for element in root.iter():
        element.tag = element.tag.replace(_SVG, "")
        element.tail = None
        if element.tag != "style" and element.tag != "text":
            element.text = None
        if "id" in element.attrib:
            if element.get("id") in used:
                element.set("id", prefix + element.get("id"))
            else:
                del element.attrib["id"]
        if _HREF in element.attrib:
            link = element.attrib.pop(_HREF)
            element.set(
                "href", f"#{prefix}{link[1:]}" if link.startswith("#") else link
            )
        for key in ("d", "x", "y", "points"):
            if key in element.attrib:
                short = _NUMBER.sub(_round, element.get(key))
                element.set(key, re.sub(r"\s+", " ", short).strip())
        if "transform" in element.attrib:
            element.set(
                "transform",
                re.sub(r"translate\([^)]*\)", _round_all, element.get("transform")),
            )
        for key, value in element.attrib.items():
            value = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}\1)", value)
            if key == "style":
                value = value.replace("; ", ";").replace(": ", ":")
            element.set(key, value.replace(_INK, _INK_CSS).replace(_FAINT, _FAINT_CSS))
    _drop_empty(root)
    width = float(root.get("viewBox").split()[2])
    root.attrib = {
        "viewBox": root.get("viewBox"),
        "role": "img",
        "aria-label": alt,
        # As wide as the column, but on a phone never too small for reading.
        "style": (
            f"display:block;width:100%;min-width:{min(width, 460):.0f}px;"
            f"max-width:{width * 1.5:.0f}px;height:auto;margin:auto;"
            + _LINES.replace(" ", "")
        ),
    }
    out = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return out.replace(" />", "/>")


def _drop_empty(element):
    """Remove what draws nothing: empty groups, and matplotlib's ``fill:none`` page."""
    for child in list(element):
        _drop_empty(child)
        empty_group = child.tag in ("g", "defs") and not len(child)
        no_ink = child.tag == "path" and child.get("style", "") in (
            "fill:none",
            "fill:none;stroke:none",
        )
        if empty_group or (no_ink and "id" not in child.attrib):
            element.remove(child)


def _round(match):
    value = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if value == "-0" else value


def _round_all(match):
    return _NUMBER.sub(_round, match[0])


def escape(text: str) -> str:
    """Text for an HTML attribute or element."""
    return html.escape(text, quote=True)
