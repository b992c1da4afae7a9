"""The figures of the book: one look for all of them, light, readable in light and dark.

A still figure::

    fig, axes = figures.panel(columns=2)
    axes[0].plot(theta, psi, **figures.style("l-softmax"))
    figures.show(fig, alt="What a reader who cannot see it should know.", caption="...")

A figure whose points are dragged is made of marks in planes, drawn for each position of
its sliders when the page is built: see `draggable`. One that is turned in space is made
of a still picture and of plotly traces: see `movable`. Colours and line styles belong
to the losses, not to the figures: see `style`.

matplotlib and plotly are imported when a figure is drawn, and not before.
"""

from margins.figures.controls import Choice, Slider
from margins.figures.dragging import draggable
from margins.figures.errors import error_dots
from margins.figures.marks import area, arrow, curve, dots, grip, words
from margins.figures.moving import movable
from margins.figures.planes import Plane
from margins.figures.spheres import (
    sphere_camera,
    sphere_layout,
    sphere_map,
    sphere_traces,
)
from margins.figures.stills import hint, panel, save, show, svg
from margins.figures.styles import (
    accent,
    class_colors,
    class_markers,
    plotly_line,
    steps,
    style,
)

__all__ = [
    "Choice",
    "Plane",
    "Slider",
    "accent",
    "area",
    "arrow",
    "class_colors",
    "class_markers",
    "curve",
    "dots",
    "draggable",
    "error_dots",
    "grip",
    "hint",
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
    "words",
]
