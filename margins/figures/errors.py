"""The errors of all losses in one figure: a row of dots for each."""

import math
from typing import Any

from margins.figures.stills import panel

#: Marker, colour and label of each implementation.
LOOKS = {
    "torch, plain": ("s", "#808080", "PyTorch, written plainly"),
    "torch, stable": ("^", "#1665df", "PyTorch, written stably"),
    "mlcore": ("o", "#d90f23", "mlcore"),
}
#: Where a result that is not finite stands, to the right of all others.
NOT_FINITE = 1e36


def error_dots(rows: list[dict[str, Any]], measure: str = "worst") -> Any:
    """The worst error of each loss, of all its results, beside PyTorch's.

    Parameters
    ----------
    rows : list of dict
        As `margins.judge.errors.measure` makes them.
    measure : {"worst", "worst_times_rounding"}

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each dtype; a cross to the right where a result was not finite.
    """
    dtypes = list(dict.fromkeys(row["dtype"] for row in rows))
    losses = list(dict.fromkeys(row["loss"] for row in rows))
    height = 0.9 + 0.23 * len(losses)
    fig, axes = panel(columns=len(dtypes), height=height, sharey=True, squeeze=False)
    for ax, dtype in zip(axes[0], dtypes, strict=True):
        for by, (marker, color, label) in LOOKS.items():
            own = [r for r in rows if (r["dtype"], r["by"]) == (dtype, by)]
            dots = [_worst([r for r in own if r["loss"] == s], measure) for s in losses]
            # Below a hundredth of a unit, and where no digit is right, it says no more.
            shown = [min(max(d, 1e-2), 1e30) for d in dots]
            ax.plot(
                shown, range(len(losses)), marker, color=color, label=label, alpha=0.85
            )
            lost = [i for i, s in enumerate(losses) if _is_lost(own, s)]
            ax.plot([NOT_FINITE] * len(lost), lost, "x", color=color)
        ax.set(xscale="log", title=dtype, xlim=(1e-3, 1e38))
        ax.set_xticks([1, 1e10, 1e20, NOT_FINITE], ["1", "10¹⁰", "10²⁰", "∞"])
        ax.minorticks_off()
    axes[0][0].set_yticks(range(len(losses)), losses)
    axes[0][0].invert_yaxis()
    unit = "ulp" if measure == "worst" else "times rounding"
    fig.supxlabel(f"worst error, {unit}", fontsize=9.5)
    fig.legend(
        *axes[0][0].get_legend_handles_labels(), loc="outside upper left", ncols=3
    )
    return fig


def _worst(rows, measure):
    numbers = [row[measure] for row in rows if row[measure] is not None]
    return max(numbers, default=math.nan)


def _is_lost(rows, loss):
    return any(row["not_finite"] for row in rows if row["loss"] == loss)
