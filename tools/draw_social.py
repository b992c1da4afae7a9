"""Draw the picture that stands beside a link to the book: python -m tools.draw_social

1200 x 630 pixels, as networks that preview a link want them: the name, what the book
is, and its sign, two classes with the boundary of each and the margin between the two.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from margins.figures import letters
from tools import ROOT

TARGET = ROOT / "book" / "_static" / "social.png"
WIDTH, HEIGHT, DPI = 1200, 630, 100
PAPER, WHITE, PALE = "#131c2b", "#ffffff", "#c3cfdf"
GOLD, BLUE, RED = "#f0b429", "#6aa9ff", "#ff8a7a"
SUBTITLE = "The loss functions of\ndeep recognition,\nderived by hand"
# The foot of the margin, and the angles of its two sides from the upright.
FOOT, LEAN, LONG = np.array([890.0, 60.0]), np.radians(17), 520.0


def main() -> None:
    import matplotlib as mpl

    with mpl.rc_context({"font.family": letters.faces()}):
        picture().savefig(TARGET)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1000:.0f} kB")


def picture() -> Figure:
    fig = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
    ax = fig.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.axis("off")
    ax.text(80, 395, "Margins", size=70, weight="bold", color=WHITE, va="baseline")
    ax.text(84, 345, SUBTITLE, size=27, color=PALE, va="top", linespacing=1.35)
    sides = [FOOT + LONG * np.array([np.sin(a), np.cos(a)]) for a in (-LEAN, LEAN)]
    ax.add_patch(Polygon([FOOT, *sides], color=GOLD, alpha=0.3, lw=0))
    for side, color, dashes in zip(sides, (BLUE, RED), ("-", (0, (3, 2))), strict=True):
        ax.plot(*np.transpose([FOOT, side]), color=color, lw=5, linestyle=dashes)
    for points, color, marker in zip(classes(), (BLUE, RED), "os", strict=True):
        ax.plot(*points.T, marker, color=color, ms=10, alpha=0.9, mew=0)
    return fig


def classes() -> list[np.ndarray]:
    """Points beyond the margin, the two classes as in a mirror but for their noise."""
    rng = np.random.default_rng(8)
    made = []
    for sign in (-1, 1):
        angle = sign * (LEAN + rng.uniform(0.09, 0.38, 26))
        length = rng.uniform(150, 500, 26)
        away = np.stack([np.sin(angle), np.cos(angle)], axis=1) * length[:, None]
        made.append(FOOT + away)
    return made


if __name__ == "__main__":
    main()
