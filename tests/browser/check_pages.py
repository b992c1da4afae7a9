"""Open every built page in Chromium with the network cut, and report what a reader would meet.

    python tests/browser/check_pages.py SCREENSHOTS [PAGE ...]

Needs ``pip install playwright`` and a Chromium (``playwright install chromium``, or Debian's,
found at /usr/bin/chromium). Not part of ``make test``: it needs a browser, and looks at the result
of ``make book``. Reports console errors, failed and outside requests, mathematics that was not
typeset, pages that scroll sideways, and movable figures that do not move; writes a screenshot of
each page in light, in dark and on a phone. Exits with 1 where it reports anything.
"""

import contextlib
import functools
import http.server
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
WIDTHS = (360, 390, 768, 1440)
DEBIAN = Path("/usr/bin/chromium")

UNTYPESET = """() => [...document.querySelectorAll('.math')]
    .filter(e => !e.querySelector('mjx-container') || e.querySelector('mjx-merror'))
    .map(e => e.textContent.trim().slice(0, 60))"""

# The page itself must fit; the box of a formula may scroll.
OVERFLOW = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const boxed = e => { for (let p = e.parentElement; p; p = p.parentElement) {
    if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true; }
    return false; };
  return [...document.querySelectorAll('main *')]
    .filter(e => e.getBoundingClientRect().right > page.clientWidth + 1 && !boxed(e))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 90)).concat([`page ${page.scrollWidth}px`]);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def main(folder, *names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}/"
    pages = sorted(p.relative_to(SITE).as_posix() for p in SITE.glob("book/*.html"))
    if names:
        pages = [page for page in pages if any(name in page for name in names)]
    if not pages:
        sys.exit(f"no pages in {SITE}: run `make book` first")
    problems = []
    options = {"executable_path": str(DEBIAN)} if DEBIAN.exists() else {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(args=["--no-sandbox"], **options)
        for page in pages:
            for scheme in ("light", "dark"):
                problems += [
                    f"{page} ({scheme}): {p}" for p in look(browser, home, page, scheme, folder)
                ]
        browser.close()
    server.shutdown()
    print("\n".join(problems) or f"{len(pages)} pages: nothing to report")
    sys.exit(bool(problems))


def look(browser, home, name, scheme, folder):
    """What is wrong with one page, in words."""
    problems = []
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})

    def only_ours(route):
        if route.request.url.startswith((home, "data:", "blob:")):
            route.continue_()
        else:
            problems.append(f"asks the network for {route.request.url}")
            route.abort()

    context.route("**/*", only_ours)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on(
        "console",
        # Of warnings, not the browser's advice on the speed of software-rendered 3-D figures.
        lambda m: (
            (m.type == "error" or (m.type == "warning" and "GL Driver" not in m.text and "readback" not in m.text))
            and problems.append(f"console: {m.text}")
        ),
    )
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
    page.on("response", lambda r: r.status >= 400 and problems.append(f"{r.status}: {r.url}"))
    page.goto(home + name, wait_until="load")
    with contextlib.suppress(Exception):  # what is missing is reported below, with the formulas
        page.wait_for_function(f"() => !({UNTYPESET})().length", timeout=20_000)
    problems += [f"not typeset: {text}" for text in page.evaluate(UNTYPESET)]
    problems += try_movable_figures(page)
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    shot = folder / Path(name).stem
    if scheme == "light":
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(150)
            problems += [f"wider than {width}px: {what}" for what in page.evaluate(OVERFLOW)]
            if width == 390:
                page.screenshot(path=f"{shot}-phone.png", full_page=True)
    page.screenshot(path=f"{shot}-{scheme}.png", full_page=True)
    context.close()
    return problems


def try_movable_figures(page):
    """Move each slider with the keyboard, as a reader without a mouse would."""
    problems = []
    for number, figure in enumerate(page.query_selector_all(".margins-movable"), start=1):
        figure.scroll_into_view_if_needed()
        try:
            page.wait_for_function(
                "f => f.querySelector('.main-svg, canvas')", arg=figure, timeout=15_000
            )
        except Exception:
            problems.append(f"movable figure {number}: plotly did not draw")
            continue
        for slider in figure.query_selector_all("input[type=range]"):
            before = slider.get_attribute("aria-valuetext")
            slider.focus()
            last = slider.evaluate("s => s.value === s.max")
            page.keyboard.press("ArrowLeft" if last else "ArrowRight")
            page.wait_for_timeout(60)
            if slider.get_attribute("aria-valuetext") == before:
                problems.append(f"movable figure {number}: the slider at {before} does not move")
    return problems


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
