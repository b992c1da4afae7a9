"""Do the checks fail where they must? Each fault of ``broken/`` has to be reported.

python -m tools.browser.check_checks
"""

import sys
from pathlib import Path

from tools.browser import check_links, check_pages, code_checks, page_checks

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
    *(f"wider than {width}px" for width in page_checks.WIDTHS),
    *(f"code wider than its box at {width}px" for width in code_checks.WIDTHS),
    f"code cut at {code_checks.WHOLE_AT}px: 'a line that goes on",
    "axe (light): color-contrast",
    "axe (dark): color-contrast",
    "(file): console: a script complains",
    "search: does not find Chebyshev",
)
LINKS = (
    "two places have the id twice",
    "missing.html leads to no file",
    "missing.png leads to no file",
    "#nowhere leads to no place on that page",
)


def main():
    page_checks.PATIENCE_MS = 1_500  # nothing here gets better by waiting
    report = check_pages.check_share(BROKEN, ["book/index.html"], None)
    report += check_pages.search(BROKEN)
    missed = [fault for fault in PAGE if not any(fault in line for line in report)]
    links = check_links.check(BROKEN.resolve())
    missed += [fault for fault in LINKS if not any(fault in line for line in links)]
    if missed:
        sys.exit("\n".join(["not seen, of the broken page's faults:", *missed]))
    print(f"the checks see all {len(PAGE) + len(LINKS)} faults of a broken page")


if __name__ == "__main__":
    main()
