"""One colour and one line style per loss, through the whole book.

The colours of the first part were found by a random search that kept the smallest
distance between any two of them large, for full colour vision and for the three kinds
of dichromacy, among colours with a contrast of at least 3 : 1 on white and on the dark
page. So many colours cannot all be far apart under that rule, so no figure may rely on
colour alone: each loss has its own dash pattern, each class its own marker.
"""

from typing import Any

# name: (colour, dash pattern in units of the line width, label); () is a solid line.
_LOSSES = {
    "softmax": ("#808080", (), "softmax"),
    "normalised-softmax": ("#994c5c", (1, 1.2), "normalised softmax"),
    "l-softmax": ("#1665df", (5, 2), "L-Softmax"),
    "center": ("#b176ff", (1, 3), "center loss"),
    "a-softmax": ("#3993d6", (5, 1.5, 1, 1.5), "A-Softmax"),
    "am-softmax": ("#4a7213", (9, 2), "AM-Softmax"),
    "arcface": ("#d90f23", (3, 1), "ArcFace"),
    "combined": ("#b88709", (9, 1.5, 1, 1.5, 1, 1.5), "combined margin"),
    "focal": ("#9e56b5", (2, 2), "focal loss"),
    "triplet": ("#bd0089", (9, 2, 3, 2), "triplet loss"),
    "circle": ("#f950b5", (5, 1.5, 1, 1.5, 1, 1.5, 1, 1.5), "circle loss"),
    "adaface": ("#6a5acd", (4, 1.2, 2, 1.2), "AdaFace"),
    "magface": ("#2a9d4a", (8, 1.5, 3, 1.5), "MagFace"),
    "curricularface": ("#a0522d", (5, 1, 1, 1, 1, 1), "CurricularFace"),
    "mv-softmax": ("#c2410c", (7, 2, 2, 2), "MV-Softmax"),
    "sub-center-arcface": ("#b04070", (3, 1, 1, 1), "sub-center ArcFace"),
    "ldam": ("#4c7f95", (9, 3), "LDAM"),
    "sphereface2": ("#6f7d1c", (6, 1, 2, 1), "SphereFace2"),
    "contrastive": ("#7a6a58", (2, 1), "contrastive loss"),
    "n-pair": ("#2f7fa8", (4, 1, 1, 1), "N-pair loss"),
    "nt-xent": ("#0a8f5b", (8, 1.5, 2, 1.5), "NT-Xent"),
    "supcon": ("#6a63d8", (4, 2, 1, 2, 1, 2), "SupCon"),
    "clip": ("#c4561c", (6, 3), "CLIP"),
    "siglip": ("#d1457b", (3, 2, 1, 2), "SigLIP"),
    "proxy-nca": ("#8a5fb0", (10, 1, 1, 1), "Proxy-NCA"),
    "proxy-anchor": ("#5f8a3a", (1, 2), "Proxy-Anchor"),
    "vector-scaling": ("#0c8a80", (7, 1.5), "vector scaling"),
    "asymmetric": ("#a8683a", (2, 1, 5, 1), "asymmetric loss"),
}

#: Ten colours for ten classes; use each with the marker of the same index.
class_colors = (
    *("#cb1e0f", "#5854d9", "#11a96f", "#bd7827", "#ec44fe"),
    *("#5e6931", "#926a8a", "#fd16b0", "#887ad7", "#b509ae"),
)

#: Ten matplotlib markers that stay apart when small.
class_markers = ("o", "s", "^", "D", "v", "P", "X", "<", "*", ">")

# For one loss at growing values of a parameter: from plain and grey to strong and red.
_STEPS = (
    ("#808080", ()),
    ("#3993d6", (1, 1.2)),
    ("#1665df", (5, 1.5)),
    ("#9e56b5", (5, 1.5, 1, 1.5)),
    ("#bd0089", (9, 2)),
    ("#d90f23", (3, 1)),
)

# The symbols that have a colour in formulas, too. The page says it for light and dark;
# the second is for a page that does not.
_ACCENTS = {
    "margin": "var(--margins-margin, #9b6c00)",
    "target": "var(--margins-target, #2571e4)",
    "angle": "var(--margins-angle, #d52b8e)",
}


def accent(symbol: str) -> str:
    """The CSS colour of a symbol in a figure's marks, as in the page's formulas.

    Parameters
    ----------
    symbol : {"margin", "target", "angle"}

    Raises
    ------
    ValueError
        If it is another one.

    Examples
    --------
    >>> accent("angle")
    'var(--margins-angle, #d52b8e)'
    """
    if symbol not in _ACCENTS:
        raise ValueError(f"symbol must be one of {', '.join(_ACCENTS)}; got {symbol!r}")
    return _ACCENTS[symbol]


def _entry(loss):
    if loss not in _LOSSES:
        raise ValueError(f"loss must be one of {', '.join(_LOSSES)}; got {loss!r}")
    return _LOSSES[loss]


def _linestyle(dashes):
    return (0, dashes) if dashes else "-"


def style(loss: str) -> dict[str, Any]:
    """Colour, line style and label of a loss, as keyword arguments of ``axes.plot``.

    Examples
    --------
    >>> style("softmax")
    {'color': '#808080', 'linestyle': '-', 'label': 'softmax'}

    Raises
    ------
    ValueError
        If the book has no loss of this name.
    """
    color, dashes, label = _entry(loss)
    return {"color": color, "linestyle": _linestyle(dashes), "label": label}


def plotly_line(loss: str, width: float = 2.5) -> dict[str, Any]:
    """The same colour and dashes as the ``line`` of a plotly trace.

    Examples
    --------
    >>> plotly_line("l-softmax")
    {'color': '#1665df', 'dash': '12.5px,5px', 'width': 2.5}

    Raises
    ------
    ValueError
        If the book has no loss of this name.
    """
    color, dashes, _ = _entry(loss)
    pattern = ",".join(f"{dash * width:g}px" for dash in dashes) or "solid"
    return {"color": color, "dash": pattern, "width": width}


def steps(count: int) -> list[dict[str, Any]]:
    """Colours and line styles for one loss at growing values of a parameter.

    The first, grey and solid, is for the value that gives plain softmax.

    Parameters
    ----------
    count : int
        How many values, at most 6.

    Raises
    ------
    ValueError
        If `count` is less than 1 or more than 6.
    """
    if not 1 <= count <= len(_STEPS):
        raise ValueError(f"count must be between 1 and {len(_STEPS)}, got {count}")
    # Spread over the whole range, so that few steps are far apart.
    last = len(_STEPS) - 1
    chosen = [round(i * last / (count - 1)) if count > 1 else 0 for i in range(count)]
    return [
        {"color": _STEPS[i][0], "linestyle": _linestyle(_STEPS[i][1])} for i in chosen
    ]
