"""What a reader meets with a finger and with the eye, on one page: functions from an
open page to problems in words.

The pages must be opened with `ASKING` as their first script.
"""

import itertools
from pathlib import Path

from tools.browser import page_checks

ASKING = Path(__file__).with_name("reading.js")
PHONE = {
    "viewport": {"width": 390, "height": 800},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
DESK = {"width": 1280, "height": 800}
SWIPE = 240  # pixels; a finger's first few decide that it is a swipe, and move nothing
STEPS = 8  # of a finger on its way
AS_MUCH = 0.7  # of what a swipe on the text scrolls
LATEST = 1.5  # windows, from the top to the first figure to move
# Of what is seen, what moves and how far, as browsers sum it up: what they call good.
# On a loaded machine faces come late, and a line or two breaks anew.
MOST_SHIFT = 0.1
SMALLEST = 9.9  # pixels, of letters on a phone, where ten are asked for
LONG = 4  # windows; a shorter page needs no button that leads back


def swipes(page):
    """Figures on which a finger is caught: a swipe there scrolls less than one on text.

    The page must be one of a phone (`PHONE`).
    """
    figures = page.query_selector_all(".margins-figure")
    text = page.query_selector("article p, main p")
    if not figures or text is None:
        return []
    finger = page.context.new_cdp_session(page)
    box = text.bounding_box()
    expected = _swipe(page, finger, box["x"] + 40, min(box["y"] + 8, 700))
    problems = []
    if expected < SWIPE / 2:
        problems.append(f"a swipe on the text scrolls {expected:.0f} px of {SWIPE}")
    for number, figure in enumerate(figures, start=1):
        if "margins-movable" in figure.get_attribute("class"):
            page_checks.drawn(page, figure)
        begin = page.evaluate("f => marginsReading.begin(f)", figure)
        if begin is None:
            problems.append(f"figure {number}: there is no place for a finger on it")
            continue
        scrolled = _swipe(page, finger, begin["x"], begin["y"])
        if scrolled < AS_MUCH * expected:
            problems.append(
                f"figure {number}: a swipe begun on it scrolls {scrolled:.0f} px, one"
                f" on the text {expected:.0f}"
            )
    for number, grip in enumerate(page.query_selector_all(".margins-grip"), start=1):
        if not _held(page, finger, grip):
            problems.append(f"point {number}: a finger does not drag it")
    return problems


def _held(page, finger, grip):
    """Whether a finger drags a point, in one direction or another."""
    said = "g => g.getAttribute('aria-valuetext')"
    before = grip.evaluate(said)
    grip.evaluate("g => g.scrollIntoView({ block: 'center', behavior: 'instant' })")
    for across, down in ((70, 0), (-70, 0), (0, 70), (0, -70)):
        box = grip.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        _touch(finger, "touchStart", (x, y))
        for step in range(1, STEPS + 1):
            share = step / STEPS
            _touch(finger, "touchMove", (x + share * across, y + share * down))
        _touch(finger, "touchEnd")
        if grip.evaluate(said) != before:
            return True
    return False


def _touch(finger, kind, *places):
    points = [{"x": x, "y": y} for x, y in places]
    finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _swipe(page, finger, x, y):
    """How far the page scrolls under a finger that moves up from there."""
    before = page.evaluate("() => scrollY")
    _touch(finger, "touchStart", (x, y))
    for step in range(1, STEPS + 1):
        _touch(finger, "touchMove", (x, y - SWIPE * step / STEPS))
    page.wait_for_timeout(80)  # it rests before it is lifted, or the page would fly on
    _touch(finger, "touchMove", (x, y - SWIPE))
    _touch(finger, "touchEnd")
    return page.evaluate("() => scrollY") - before


def overlaps(page, width):
    """Texts of one figure that lie on each other."""
    problems = []
    found = page.evaluate("() => marginsReading.texts()")
    for number, texts in enumerate(found, start=1):
        pairs = [
            f"{a['text'][:30]!r} and {b['text'][:30]!r}"
            for a, b in itertools.combinations(texts, 2)
            if _on_each_other(a["box"], b["box"])
        ]
        if pairs:
            problems.append(
                f"figure {number} at {width} px: {len(pairs)} texts lie on others,"
                f" {'; '.join(pairs[:3])}"
            )
    return problems


def _on_each_other(a, b):
    """Whether two boxes overlap by more than the air above and below letters."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    lower = min(a[3] - a[1], b[3] - b[1])
    return across > 1.5 and down > max(1.5, 0.3 * lower)


def cut_lines(page, width):
    """Boxes of code and of printed text that are narrower than what is in them."""
    cut = page.evaluate("() => marginsReading.cut()")
    return [f"at {width} px {len(cut)} boxes cut lines: {cut[0]}"] if cut else []


def letters(page, width):
    """Letters in figures that are too small to be read."""
    return [
        f"figure {number} at {width} px: letters of {size:.1f} px, {text[:20]!r}"
        for number, size, text in page.evaluate("() => marginsReading.letters()")
        if size < SMALLEST
    ]


def scrolling_tables(page, width):
    """Tables that go on to the right without a sign, or without the names of rows."""
    return [
        f"table {number} at {width} px scrolls, and {what}"
        for number, what in page.evaluate("() => marginsReading.tables()")
    ]


def numbers(page):
    """Figures without a number, and numbers that two figures have."""
    found = page.evaluate("() => marginsReading.numbers()")
    problems = [
        f"figure {place} has no number" for place, n in enumerate(found, 1) if not n
    ]
    twice = {number for number in found if number and found.count(number) > 1}
    return problems + [f"two figures are called {number}" for number in sorted(twice)]


def first_movable(page):
    """A first figure to move that comes late, on a window of `DESK`."""
    top = page.evaluate("() => marginsReading.firstMovable()")
    if top is None:
        return ["it has no figure to move"]
    windows = top / DESK["height"]
    if windows <= LATEST:
        return []
    return [f"its first figure to move comes after {windows:.1f} windows"]


def shifts(page):
    """What moved by itself while the page loaded and was scrolled."""
    found = page.evaluate("() => marginsReading.shifts")
    total = sum(shift["value"] for shift in found)
    if total <= MOST_SHIFT:
        return []
    most = max(found, key=lambda shift: shift["value"])
    return [f"parts of it move by themselves, {total:.2f}, most {most['name']}"]


def jump(page):
    """A jump to the last section that ends elsewhere, or before all is laid out."""
    last = page.evaluate("() => marginsReading.jump()")
    if not last:
        return []
    page.wait_for_timeout(300)
    problems = []
    if page.evaluate("() => Boolean(document.querySelector('.margins-arriving'))"):
        problems.append("after a jump, parts of it are still not laid out")
    if not page.evaluate("last => marginsReading.seen(last)", last):
        problems.append(f"a jump to {last!r} ends elsewhere")
    return problems


def contents(page):
    """A section that the contents list marks wrongly after a jump."""
    height = page.evaluate("() => document.documentElement.scrollHeight")
    problems = []
    for share in (0.9, 0.2, 0.6):
        marked, passed = page.evaluate(
            "y => marginsReading.contents(y)", share * height
        )
        if marked != passed:
            problems.append(
                f"the contents mark {marked!r} where {passed!r} is being read"
            )
    button = page.query_selector("#pst-back-to-top")
    if height > LONG * DESK["height"] and not (button and button.is_visible()):
        problems.append("nothing leads back to its top")
    return problems
