"""What must hold on one page: functions from an open page to problems in words."""

import contextlib

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as TookTooLong

WIDTHS = (360, 768, 1440)
# How long a figure may take to appear, on a machine that does other things as well.
PATIENCE_MS = 30_000

UNTYPESET = """() => {
  const unseen = c => getComputedStyle(c, '::before').content === 'none';
  return [...document.querySelectorAll('.math')]
    .filter(e => { const box = e.querySelector('mjx-math')?.getBoundingClientRect();
      return !box || (e.checkVisibility() && !(box.width && box.height)) ||
        [...e.querySelectorAll('mjx-c')].some(unseen); })
    .map(e => e.textContent.trim().slice(0, 60));
}"""

# The page itself must fit; the box of a formula may scroll.
OVERFLOW = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const boxes = ['auto', 'scroll', 'hidden', 'clip'];
  const boxed = e => { for (let p = e.parentElement; p; p = p.parentElement) {
    if (boxes.includes(getComputedStyle(p).overflowX)) return true; }
    return false; };
  return [...document.querySelectorAll('main *')]
    .filter(e => e.getBoundingClientRect().right > page.clientWidth + 1 && !boxed(e))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 90))
    .concat([`page ${page.scrollWidth}px`]);
}"""

# The colours that each figure is drawn in; of a moving one also those that plotly was
# given.
COLOURS = """() => [...document.querySelectorAll('.margins-figure')].map(figure => {
  const ink = new Set(), parts =
    '.margins-still svg *, .margins-planes svg *, :scope > * > svg *';
  for (const part of figure.querySelectorAll(parts)) {
    const style = getComputedStyle(part);
    ink.add(style.fill).add(style.stroke);
  }
  const plot = figure.querySelector('.margins-plot');
  const moving = plot?._fullLayout?.font.color ?? null;
  return { still: [...ink].sort().join(), moving };
})"""


def formulas(page):
    """Formulas that the page does not show typeset as it came, without a script."""
    return [f"not typeset: {text}" for text in page.evaluate(UNTYPESET)]


def moving_figures(page):
    """Sliders that do not move their figure, by the mouse or by the keyboard."""
    problems = []
    for number, figure in enumerate(
        page.query_selector_all(".margins-movable"), start=1
    ):
        name = f"movable figure {number}"
        if not drawn(page, figure):
            problems.append(f"{name}: plotly did not draw")
            continue
        sliders = figure.query_selector_all("input[type=range]")
        choices = figure.query_selector_all("fieldset")
        if not sliders and not choices:
            problems.append(f"{name}: it has no slider")
        problems += [f"{name}: {what}" for c in choices for what in _choose(page, c)]
        for slider in sliders:
            problems += [
                f"{name}: {problem}" for problem in _move(page, figure, slider)
            ]
    return problems


def drawn(page, figure):
    """Whether plotly draws the figure once it comes into view."""
    figure.scroll_into_view_if_needed()
    with contextlib.suppress(TookTooLong):
        return page.wait_for_function(
            "f => f.querySelector('.margins-plot')?._fullLayout",
            arg=figure,
            timeout=PATIENCE_MS,
        )


def _move(page, figure, slider):
    plot = figure.query_selector(".margins-plot, .margins-planes")

    def state():
        _drawn_again(page)
        return slider.get_attribute("aria-valuetext"), plot.screenshot()

    label = slider.evaluate("s => s.labels[0]?.innerText.trim() ?? ''")
    if not label:
        return ["a slider has no label"]
    slider.focus()
    page.keyboard.press("Home")
    first_text, first_picture = state()
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    last_text, last_picture = state()
    page.keyboard.press("ArrowLeft")
    problems = []
    if last_text == first_text:
        problems.append(f"the mouse does not move the slider {label!r}")
    if last_picture == first_picture:
        problems.append(f"the picture is the same at both ends of the slider {label!r}")
    if state()[0] == last_text:
        problems.append(f"the keyboard does not move the slider {label!r}")
    return problems


CHOSEN = "c => [...c.querySelectorAll('label')].findIndex((l) => l.control?.checked)"


def _choose(page, choice):
    """Whether the first and the last of some buttons show different pictures."""
    figure = choice.evaluate_handle("f => f.closest('figure')").as_element()
    box = figure.query_selector(".margins-figure-box")
    pictures = []
    labels = choice.query_selector_all("label")
    before = choice.evaluate(CHOSEN)
    for label in (labels[0], labels[-1]):
        label.click()
        _drawn_again(page)
        pictures.append(box.screenshot())
    # What one group of buttons chooses may have nothing to do with another's.
    if before >= 0:
        labels[before].click()
    first = labels[0].inner_text().strip()
    if pictures[0] == pictures[1]:
        return [f"the picture is the same for {first!r} and the last"]
    return []


def _drawn_again(page):
    # Two frames: the script draws in the next one.
    page.evaluate(
        "() => new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))"
    )


def draggable_figures(page):
    """Points that cannot be dragged by the mouse or moved by the keyboard."""
    problems = []
    for number, figure in enumerate(
        page.query_selector_all(".margins-draggable"), start=1
    ):
        figure.scroll_into_view_if_needed()
        name = f"draggable figure {number}"
        grips = figure.query_selector_all(".margins-grip[role=slider]")
        if not grips and not figure.query_selector("input[type=range], fieldset"):
            problems.append(f"{name}: it has nothing to move")
        for grip in grips:
            problems += [f"{name}: {what}" for what in _drag(page, grip)]
        for choice in figure.query_selector_all("fieldset"):
            problems += [f"{name}: {what}" for what in _choose(page, choice)]
        for slider in figure.query_selector_all("input[type=range]"):
            problems += [f"{name}: {what}" for what in _move(page, figure, slider)]
    return problems


def _drag(page, grip):
    label = grip.get_attribute("aria-label")
    if not label:
        return ["a point has no label"]

    def said():
        _drawn_again(page)
        return grip.get_attribute("aria-valuetext")

    before = said()
    grip.focus()
    # It may stand at either end.
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        if said() != before:
            break
    problems = []
    if said() == before:
        problems.append(f"the keyboard does not move {label!r}")
    ends, places = [], []
    for key in ("End", "Home"):
        page.keyboard.press(key)
        ends.append(said())
        places.append(page.evaluate("() => scrollY"))
    if ends[0] == ends[1] or places[0] != places[1]:
        problems.append(f"Home and End do not lead to the ends of {label!r}")
    before = said()
    grip.scroll_into_view_if_needed()
    for step in ((60, 0), (-60, 0), (0, 60), (0, -60)):
        box = grip.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + step[0], y + step[1], steps=4)
        page.mouse.up()
        if said() != before:
            return problems
    return [*problems, f"the mouse does not drag {label!r}"]


def dark_figures(page):
    """Figures that keep the light page's ink in the dark; leaves the page there."""
    page.emulate_media(color_scheme="light")
    light = page.evaluate(COLOURS)
    page.emulate_media(color_scheme="dark")
    with contextlib.suppress(TookTooLong):
        page.wait_for_function(
            "() => document.documentElement.dataset.theme === 'dark'", timeout=5_000
        )
    page.wait_for_timeout(300)
    problems = []
    for number, (before, after) in enumerate(
        zip(light, page.evaluate(COLOURS), strict=True), start=1
    ):
        for kind in ("still", "moving"):
            if before[kind] is not None and before[kind] == after[kind]:
                problems.append(
                    f"figure {number}: its {kind} picture is the same in the dark"
                )
    return problems


def widths(page):
    """Parts that make the whole page scroll sideways."""
    problems = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(200)
        problems += [
            f"wider than {width}px: {what}" for what in page.evaluate(OVERFLOW)
        ]
    return problems


def accessibility(page, scheme):
    """Serious and critical violations of WCAG that axe finds."""
    # Without its own fetching of style sheets, which looks for imports in the wrong
    # folder.
    options = {"resultTypes": ["violations"], "preload": False}
    problems = []
    for rule in Axe().run(page, options=options).response["violations"]:
        if rule["impact"] in ("serious", "critical"):
            first = rule["nodes"][0]
            reasons = [reason["message"] for reason in (*first["any"], *first["all"])]
            problems.append(
                f"axe ({scheme}): {rule['id']}, {len(rule['nodes'])} times, "
                f"first at {first['html'][:120]}: {' '.join(reasons) or rule['help']}"
            )
    return problems
