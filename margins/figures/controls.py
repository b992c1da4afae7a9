"""What moves a figure: sliders, and buttons for what is chosen and not measured."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from margins.figures.stills import escape

# A page's buttons need names of their own, or they would switch one another off.
_made = itertools.count(1)


@dataclass(frozen=True)
class Slider:
    """One slider.

    Parameters
    ----------
    name : str
        Of the parameter it moves; a short word.
    values : sequence
        Its positions, in order.
    start : optional
        The value it begins with, one of `values`; by default the first.
    label : str, optional
        What stands beside it; by default `name`.
    format : str or callable
        How a value is written: a format string such as ``"{:.2f}"`` or a function.

    Raises
    ------
    ValueError
        If there are fewer than two values, or `start` is none of them.
    """

    name: str
    values: Sequence[Any]
    start: object = None
    label: str = ""
    format: str | Callable[[Any], str] = "{}"

    def __post_init__(self):
        if len(self.values) < 2:
            raise ValueError(
                f"slider {self.name}: values must hold at least two, got"
                f" {self.values!r}"
            )
        if self.start is not None and self.start not in list(self.values):
            raise ValueError(
                f"slider {self.name}: start {self.start!r} is not one of its values"
            )

    @property
    def position(self) -> int:
        """The index of `start`."""
        return 0 if self.start is None else list(self.values).index(self.start)

    def text(self, value: Any) -> str:
        """`value` as the page shows it."""
        if callable(self.format):
            return self.format(value)
        return self.format.format(value)

    def html(self, index: int) -> str:
        """The control as a page shows it; `index` is its place among the figure's."""
        now = escape(self.text(self.values[self.position]))
        return (
            '<label style="display:flex;gap:.8em;align-items:center;margin:.3em 0">'
            f"<span>{escape(self.label or self.name)}</span>"
            f'<input type="range" min="0" max="{len(self.values) - 1}" step="1" '
            f'value="{self.position}" data-slider="{index}"'
            f' data-name="{escape(self.name)}" '
            f'aria-valuetext="{now}"'
            ' style="flex:1;min-width:6em;touch-action:manipulation">'
            f"<output>{now}</output></label>"
        )


@dataclass(frozen=True)
class Choice(Slider):
    """Buttons, for values that have no order: a loss, a way of doing something.

    It takes what `Slider` takes, and `draw` gets the value that is chosen.
    """

    def html(self, index: int) -> str:
        """The control as a page shows it; `index` is its place among the figure's."""
        group = f"choice-{next(_made)}"
        buttons = "".join(
            '<label style="display:inline-flex;gap:.35em;align-items:center">'
            f'<input type="radio" name="{group}" value="{position}"'
            f"{' checked' if position == self.position else ''}>"
            f"<span>{escape(self.text(value))}</span></label>"
            for position, value in enumerate(self.values)
        )
        return (
            f'<fieldset class="margins-choice" data-slider="{index}"'
            f' data-name="{escape(self.name)}"'
            ' style="border:0;margin:.3em 0;padding:0;min-width:0">'
            # A legend that floats stands in one line with what follows.
            '<legend style="float:left;width:auto;padding:0 .8em 0 0;margin:0;'
            f'font-size:inherit">{escape(self.label or self.name)}</legend>'
            f'<div style="display:flex;flex-wrap:wrap;gap:.3em 1em">{buttons}</div>'
            "</fieldset>"
        )
