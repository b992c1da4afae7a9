"""Features on the unit sphere: to be turned with plotly, or all on a map."""

import math
from typing import Any

import numpy as np

from margins.figures.styles import class_colors, class_markers
from mlcore.arrays import Array

#: The layout of a figure made of `sphere_traces`.
sphere_layout = {
    "scene": {
        **{f"{axis}axis": {"visible": False, "range": [-1.2, 1.2]} for axis in "xyz"},
        "aspectmode": "cube",
    },
    "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
    "showlegend": False,
}


def sphere_traces(x: Array, y: Array, w: Array) -> list[dict[str, Any]]:
    """Plotly traces of a globe with the directions of features on it.

    Parameters
    ----------
    x : array, shape (N, 3)
        Features; only their directions are drawn.
    y : array, shape (N,)
        Labels, at most ten classes.
    w : array, shape (C, 3)
        Class weights, drawn as numbered pins.

    Returns
    -------
    list of dict
        The globe, one cloud for each class, the pins.

    Raises
    ------
    ValueError
        If `x` or `w` has not three columns.
    """
    x, w = _unit(x), _unit(w)
    clouds = [
        {
            "type": "scatter3d",
            "mode": "markers",
            **_coordinates(x[y == j]),
            "name": str(j),
            "hoverinfo": "name",
            "marker": {"size": 2.6, "color": class_colors[j], "line": {"width": 0}},
        }
        for j in range(w.shape[0])
    ]
    stems = np.full((w.shape[0], 3, 3), np.nan)  # foot, head, and a gap before the next
    stems[:, 0], stems[:, 1] = w, 1.12 * w
    pins = {
        "type": "scatter3d",
        "mode": "lines",
        **_coordinates(stems.reshape(-1, 3)),
        "line": {"color": "currentColor", "width": 3},
        "hoverinfo": "skip",
    }
    numbers = {
        "type": "scatter3d",
        "mode": "text",
        **_coordinates(1.19 * w),
        "text": [str(j) for j in range(w.shape[0])],
        "textfont": {"color": "currentColor", "size": 14},
        "hoverinfo": "skip",
    }
    return [*_globe(), *clouds, pins, numbers]


def sphere_camera(degrees: float, height: float = 20.0) -> dict[str, Any]:
    """The change of layout that looks at the globe from a longitude and a latitude.

    Parameters
    ----------
    degrees, height : float
        Both in degrees.
    """
    longitude, latitude = math.radians(degrees), math.radians(height)
    eye = {
        "x": 1.45 * math.cos(latitude) * math.cos(longitude),
        "y": 1.45 * math.cos(latitude) * math.sin(longitude),
        "z": 1.45 * math.sin(latitude),
    }
    return {"scene": {"camera": {"eye": eye}}}


def sphere_map(axes: Any, x: Array, y: Array, w: Array) -> None:
    """Draw directions of features on a map of the whole sphere; equal areas stay equal.

    Parameters
    ----------
    axes : matplotlib axes with ``projection="mollweide"``
    x, y, w
        As for `sphere_traces`.

    Raises
    ------
    ValueError
        If `x` or `w` has not three columns.
    """
    x, w = _unit(x), _unit(w)
    for j in range(w.shape[0]):
        longitude, latitude = _angles(x[y == j])
        look = {"color": class_colors[j], "marker": class_markers[j]}
        axes.scatter(longitude, latitude, s=3, linewidths=0, **look)
    longitude, latitude = _angles(w)
    axes.scatter(longitude, latitude, s=45, marker="+", color="0.5", linewidths=1)
    for j in range(w.shape[0]):
        place = longitude[j], latitude[j]
        axes.annotate(str(j), place, xytext=(4, 4), textcoords="offset points")
    axes.set(xticklabels=[], yticklabels=[])


def _unit(a):
    a = np.asarray(a, dtype=np.float64)
    if a.ndim != 2 or a.shape[1] != 3:
        raise ValueError(
            f"directions in space have three coordinates, got shape {a.shape}"
        )
    length = np.linalg.norm(a, axis=1, keepdims=True)
    return a / np.where(length > 0, length, 1)


def _coordinates(points):
    # Three digits: a thousandth of the radius is less than a pixel.
    return dict(zip("xyz", np.round(points, 3).T, strict=True))


def _angles(unit):
    return np.arctan2(unit[:, 1], unit[:, 0]), np.arcsin(np.clip(unit[:, 2], -1, 1))


def _globe():
    """A ball with its graticule, a little smaller than 1: points lie above it.

    It is not to be seen through: what is behind it would be seen paler than it is.
    """
    longitude, height = np.meshgrid(
        np.linspace(0, 2 * np.pi, 49), np.linspace(-1, 1, 25)
    )
    latitude = height * np.pi / 2
    out = np.cos(latitude)  # from the axis
    ball = 0.98 * np.stack(
        [out * np.cos(longitude), out * np.sin(longitude), np.sin(latitude)]
    )
    surface = {
        "type": "surface",
        **{name: np.round(values, 3) for name, values in zip("xyz", ball, strict=True)},
        "surfacecolor": np.zeros_like(longitude),
        "colorscale": [[0, "surfaceColor"], [1, "surfaceColor"]],
        "showscale": False,
        "hoverinfo": "skip",
        # No light from a side: it would show the ball's flat pieces.
        "lighting": {"ambient": 1, "diffuse": 0, "specular": 0},
        "contours": {axis: {"highlight": False} for axis in "xyz"},
    }
    gap = np.full((3, 1), np.nan)
    circles = [ball[:, :, i] for i in range(0, 48, 4)] + [
        ball[:, i, :] for i in range(4, 24, 4)
    ]
    lines = np.concatenate(
        [part for circle in circles for part in (circle / 0.98, gap)], axis=1
    )
    graticule = {
        "type": "scatter3d",
        "mode": "lines",
        **_coordinates(lines.T),
        "line": {"color": "rgba(128,128,128,0.45)", "width": 1},
        "hoverinfo": "skip",
    }
    return surface, graticule
