"""Is the code of a page as wide as its box? Functions from an open page to problems."""

# The window in which lines of code, 88 columns at most, have to be whole.
WHOLE_AT = 1280
WIDTHS = (390, 768, WHOLE_AT)

# What is folded is unfolded for the look; `hidden` is what only a script shows.
UNFOLD = """() => document.querySelectorAll('main details')
  .forEach(box => { box.open = true; })"""

WIDER = """() => [...document.querySelectorAll('main pre')]
  .filter(pre => pre.checkVisibility() && pre.scrollWidth > pre.clientWidth + 1)
  .map(pre => pre.textContent.trim().slice(0, 50))"""

# More rows than lines: at least one of them goes on in the next row.
CUT = """() => [...document.querySelectorAll('main pre')].filter(pre => {
  if (!pre.checkVisibility()) return false;
  const style = getComputedStyle(pre);
  const inside = pre.clientHeight - parseFloat(style.paddingTop)
    - parseFloat(style.paddingBottom);
  const lines = pre.textContent.replace(/\\n$/, '').split('\\n');
  if (lines.some(line => line.length > 88)) return false; // what a program said
  return Math.round(inside / parseFloat(style.lineHeight)) > lines.length;
}).map(pre => pre.textContent.trim().slice(0, 50))"""


def code(page):
    """Code wider than its box at any width, and code that is not whole at `WHOLE_AT`;
    leaves the page at that width."""
    page.evaluate(UNFOLD)
    problems = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(200)
        problems += [
            f"code wider than its box at {width}px: {text!r}"
            for text in page.evaluate(WIDER)
        ]
    return problems + [
        f"code cut at {WHOLE_AT}px: {text!r}" for text in page.evaluate(CUT)
    ]
