"""Do the checks fail where they must? Each fault of ``broken/`` has to be reported.

python -m tools.browser.check_checks
"""

import sys
from pathlib import Path

from tools.browser import (
    check_links,
    check_pages,
    code_checks,
    finding_checks,
    page_checks,
)

BROKEN = Path(__file__).parent / "broken"

# A piece of the report on each fault.
PAGE = (
    "console: a script complains",
    "undefinedFunction is not defined",
    "asks the network for https://example.org/elsewhere.png",
    "404: ",
    r"not typeset: \(x^2\)",
    r"(no scripts): not typeset: \(x^2\)",
    "movable figure 1: the mouse does not move the slider 'stuck'",
    "movable figure 1: the keyboard does not move the slider 'stuck'",
    "movable figure 1: the picture is the same at both ends",
    "movable figure 2: plotly did not draw",
    "figure 1: its still picture is the same in the dark",
    "figure 1: its moving picture is the same in the dark",
    "draggable figure 1: the mouse does not drag 'glued'",
    "draggable figure 1: the keyboard does not move 'glued'",
    "draggable figure 1: Home and End do not lead to the ends of 'glued'",
    "draggable figure 1: the picture is the same for 'one' and the last",
    *(f"wider than {width}px" for width in page_checks.WIDTHS),
    f"code cut at {code_checks.WHOLE_AT}px: 'a line that goes on",
    "axe (light): color-contrast",
    "axe (dark): color-contrast",
    "(file): console: a script complains",
    "02-late.html: parts of it move by themselves",
    "02-late.html (touch): figure 1: a swipe begun on it scrolls 0 px",
    "index.html: figure 1 has no number",
    "index.html: two figures are called Figure 7.",
    *(f"figure 3 at {w} px: 2 texts lie on others, 'one text'" for w in (390, 1280)),
    *(f"at {width} px 1 boxes cut lines" for width in (390, 1280)),
    "02-late.html (touch): after a jump, parts of it are still not laid out",
    "02-late.html (touch): point 1: a finger does not drag it",
    "(touch): table 1 at 390 px scrolls, and nothing says so",
    "(touch): table 1 at 390 px scrolls, and its rows lose their names",
    "(touch): figure 2 at 390 px: letters of 6.0 px, 'small'",
    "02-late.html: its first figure to move comes after",
    "02-late.html: the contents mark 'The first' where 'The second' is being read",
    "02-late.html: nothing leads back to its top",
    "search: does not find Chebyshev",
    "search: the magnifier covers the first letter",
    "search: marks 1 times more than a word of the text, first 'pi'",
    "search: NaN leads to '9.9 A wrong place' first",
    "search: '9.9 A wrong place' does not open where it stands",
)
LINKS = (
    "two places have the id twice",
    "missing.html leads to no file",
    "missing.png leads to no file",
    "#nowhere leads to no place on that page",
)


def main():
    page_checks.PATIENCE_MS = 1_500  # nothing here gets better by waiting
    pages = ["book/index.html", "book/02-late.html"]
    report = check_pages.check_share(BROKEN, pages, None)
    report += finding_checks.search(BROKEN)
    missed = [fault for fault in PAGE if not any(fault in line for line in report)]
    links = check_links.check(BROKEN.resolve())
    missed += [fault for fault in LINKS if not any(fault in line for line in links)]
    if missed:
        sys.exit("\n".join(["not seen, of the broken page's faults:", *missed]))
    print(f"the checks see all {len(PAGE) + len(LINKS)} faults of a broken page")


if __name__ == "__main__":
    main()
