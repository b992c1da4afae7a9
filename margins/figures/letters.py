"""The letters of the figures: the text face of the pages, where it is."""

import functools
from pathlib import Path

# Cut for small sizes: tools/subset_fonts.py. Wheel and browser have no room for it.
FOLDER = Path(__file__).parent / "faces"
# What stands there instead, and for the signs that ours lacks, comes with matplotlib:
# the same figure on every machine.
ELSEWHERE = "DejaVu Sans"


@functools.cache
def faces() -> list[str]:
    """The families of the figures' letters, best first, made known to matplotlib."""
    from matplotlib.font_manager import fontManager

    found = sorted(FOLDER.glob("*.ttf"))
    for path in found:
        fontManager.addfont(path)
    return [*(["Margins Figures"] if found else []), ELSEWHERE]
