"""The figures of the book: one look for all of them, light, readable in light and dark.

A still figure::

    fig, axes = figures.panel(columns=2)
    axes[0].plot(theta, psi, **figures.style("l-softmax"))
    figures.show(fig, alt="What a reader who cannot see it should know.", caption="...")

A figure to move is made of the same still picture and of plotly traces, one set for
each position of its sliders, computed when the page is built: see `movable`. Colours
and line styles belong to the losses, not to the figures: see `style`.

matplotlib and plotly are imported when a figure is drawn, and not before.
"""

from margins.figures.errors import error_dots
from margins.figures.moving import Slider, movable
from margins.figures.spheres import (
    sphere_camera,
    sphere_layout,
    sphere_map,
    sphere_traces,
)
from margins.figures.stills import panel, save, show, svg
from margins.figures.styles import (
    accent,
    class_colors,
    class_markers,
    plotly_line,
    steps,
    style,
)

__all__ = [
    "Slider",
    "accent",
    "class_colors",
    "class_markers",
    "error_dots",
    "movable",
    "panel",
    "plotly_line",
    "save",
    "show",
    "sphere_camera",
    "sphere_layout",
    "sphere_map",
    "sphere_traces",
    "steps",
    "style",
    "svg",
]
