"""Do the checks of the live book fail where they must?

    python -m tools.browser.live_controls [SITE]

Three faults are made, one at a time, and each has to be reported: a button that cannot
be reached, a label of 64 bits where an index has 32, and a line of a solution in a file
that a browser is sent.
"""

import sys
import tempfile
from pathlib import Path

from tools import SITE
from tools.browser import live_cells, live_leaks

CHAPTER = "04-l-softmax"
LABELS = "import numpy as np\nprint(np.bincount(np.array([0, 1, 1], dtype=np.int64)))"


def main(site=SITE):
    site = Path(site).resolve()
    said = live_cells.check(site, CHAPTER, cover)[0]
    missed = [] if any("cannot be pressed" in p for p in said) else ["a covered button"]
    said = live_cells.check(site, CHAPTER, long_label)[0]
    if not any("Cannot cast" in problem for problem in said):
        missed.append(f"a label of 64 bits: {said[:1]}")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "_static", "live")
        place.mkdir(parents=True)
        line = min(live_leaks.wanted())
        (place / "live.js").write_text(f"const answer = `{line}`;\n")
        if not any(
            "s answers: " in problem for problem in live_leaks.leaks(Path(folder))
        ):
            missed.append("a line of a solution")
    if missed:
        sys.exit("\n".join(["not seen, of the live book's faults:", *missed]))
    print("the checks see a covered button, a long label and a leaked line")


def cover(page):
    """Put something over the first button: it is seen, and takes no click."""
    page.add_style_tag(content=".live-bar { pointer-events: none; }")


def long_label(page):
    """Give the first cell another text before it is first run."""
    page.locator("div.cell .cell_input pre").first.evaluate(
        "(pre, text) => { pre.textContent = text; }", LABELS
    )


if __name__ == "__main__":
    main(*sys.argv[1:2])
