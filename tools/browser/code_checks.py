"""Is every line of code whole where the window has room for it? From an open page to
problems in words; that none is wider than its box is among the reading checks."""

# The window in which lines of code, 88 columns at most, have to be whole.
WHOLE_AT = 1280

# What is folded is unfolded for the look. More rows than lines: one of them is cut.
CUT = """() => {
  const folded = [...document.querySelectorAll('main details:not([open])')];
  for (const box of folded) box.open = true;
  const found = [...document.querySelectorAll('main pre')].filter(pre => {
    if (!pre.checkVisibility()) return false;
    const style = getComputedStyle(pre);
    const inside = pre.clientHeight - parseFloat(style.paddingTop)
      - parseFloat(style.paddingBottom);
    const lines = pre.textContent.replace(/\\n$/, '').split('\\n');
    if (lines.some(line => line.length > 88)) return false; // a program printed it
    return Math.round(inside / parseFloat(style.lineHeight)) > lines.length;
  }).map(pre => pre.textContent.trim().slice(0, 50));
  for (const box of folded) box.open = false;
  return found;
}"""


def code(page):
    """Code that goes on in the next row at `WHOLE_AT`; leaves the page there."""
    page.set_viewport_size({"width": WHOLE_AT, "height": 800})
    page.wait_for_timeout(200)
    return [f"code cut at {WHOLE_AT}px: {text!r}" for text in page.evaluate(CUT)]
