"""Open every built page in Chromium with the network cut, as a reader would meet it.

    python -m tools.browser.check_pages [SITE] [PAGE ...] [--pictures FOLDER]

Run by ``make check``; looks at what ``make book`` wrote. With ``--pictures`` a
screenshot of each page in light, in dark and on a phone. Exits with 1 where it reports
anything.
"""

import argparse
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools import SITE
from tools.browser import code_checks, finding_checks, page_checks, reading_checks
from tools.browser.site_browser import arrive, chromium, serve, watched_page

WORKERS = 2
FRONT_DOOR, LANDING = "index.html", "book/index.html"
# These begin with a figure to move. The first says how to use the book.
OPEN_WITH_A_FIGURE = re.compile(r"book/(?!01)\d\d-")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "site", nargs="?", type=Path, default=SITE, help="the built folder"
    )
    parser.add_argument(
        "pages", nargs="*", help="only pages whose name holds one of these"
    )
    parser.add_argument(
        "--pictures", type=Path, help="write screenshots into this folder"
    )
    arguments = parser.parse_args()
    site, pictures = arguments.site.resolve(), arguments.pictures
    # Long pages first, so that no worker is left with one at the end.
    pages = sorted(site.glob("**/*.html"), key=lambda path: -path.stat().st_size)
    pages = [
        path.relative_to(site).as_posix()
        for path in pages
        if "_static" not in path.parts
    ]
    pages = [page for page in pages if page != FRONT_DOOR]
    if arguments.pages:
        pages = [
            page for page in pages if any(name in page for name in arguments.pages)
        ]
    if not pages:
        sys.exit(f"no pages in {site}: run `make book` first")
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    problems = check(site, pages, pictures)
    if not arguments.pages:
        problems += front_door(site) + finding_checks.search(site)
    if problems:
        sys.exit(
            "\n".join([*problems, f"{len(problems)} problems on {len(pages)} pages"])
        )
    print(f"{len(pages)} pages, in {time.monotonic() - start:.0f} s: nothing to report")


def check(site, pages, pictures=None):
    """What is wrong with these pages of the folder `site`, in words."""
    shares = [pages[worker::WORKERS] for worker in range(WORKERS)]
    with ProcessPoolExecutor(WORKERS) as pool:
        found = pool.map(check_share, [site] * WORKERS, shares, [pictures] * WORKERS)
    return [problem for share in found for problem in share]


def check_share(site, pages, pictures):
    problems = []
    with serve(site) as home, chromium() as browser:
        for name in pages:
            problems += [
                f"{name}: {what}" for what in served(browser, home, name, pictures)
            ]
            problems += [
                f"{name} (touch): {what}" for what in by_touch(browser, home, name)
            ]
            problems += [
                f"{name} (file): {what}" for what in from_disk(browser, site, name)
            ]
            problems += [
                f"{name} (no scripts): {what}" for what in bare(browser, site, name)
            ]
    return problems


def served(browser, home, name, pictures):
    problems = []
    options = {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}}
    with watched_page(browser, home, problems, **options) as page:
        page.add_init_script(path=reading_checks.ASKING)
        page.goto(home + name, wait_until="load")
        arrive(page)
        problems += page_checks.formulas(page)
        problems += page_checks.moving_figures(page)
        problems += page_checks.draggable_figures(page)
        problems += reading_checks.shifts(page)
        problems += reading_checks.numbers(page)
        page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
        problems += page_checks.accessibility(page, "light")
        picture(page, pictures, name, "light")
        problems += page_checks.dark_figures(page)
        problems += page_checks.accessibility(page, "dark")
        picture(page, pictures, name, "dark")
        problems += page_checks.widths(page)
        problems += at_a_desk(page, name)
        problems += code_checks.code(page)
        page.set_viewport_size({"width": 390, "height": 800})
        picture(page, pictures, name, "phone")
    return problems


def at_a_desk(page, name):
    """What has to hold in a window of the width that most readers have."""
    page.set_viewport_size(reading_checks.DESK)
    page.wait_for_timeout(300)
    problems = reading_checks.contents(page)
    if OPEN_WITH_A_FIGURE.match(name):
        problems += reading_checks.first_movable(page)
    width = reading_checks.DESK["width"]
    problems += reading_checks.overlaps(page, width)
    return problems + reading_checks.cut_lines(page, width)


def by_touch(browser, home, name):
    """A page on a phone."""
    problems = []
    with watched_page(browser, home, problems, **reading_checks.PHONE) as page:
        page.add_init_script(path=reading_checks.ASKING)
        page.goto(home + name, wait_until="load")
        arrive(page)
        problems += reading_checks.swipes(page)
        problems += reading_checks.shifts(page)
        width = reading_checks.PHONE["viewport"]["width"]
        problems += reading_checks.letters(page, width)
        problems += reading_checks.scrolling_tables(page, width)
        problems += reading_checks.overlaps(page, width)
        problems += reading_checks.cut_lines(page, width)
        page.goto("about:blank")  # to come anew, and not to reload
        page.goto(home + name, wait_until="load")
        problems += reading_checks.jump(page)
    return problems


def from_disk(browser, site, name):
    """A page opened as a file. The search alone needs a server, for its summaries."""
    problems = []
    with watched_page(browser, site.as_uri() + "/", problems) as page:
        page.goto((site / name).as_uri(), wait_until="load")
        problems += page_checks.formulas(page)
        for figure in page.query_selector_all(".margins-movable")[:1]:
            if not page_checks.drawn(page, figure):
                problems.append("plotly did not draw")
    return problems


def bare(browser, site, name):
    """A page opened as a file by somebody who has switched scripts off."""
    problems = []
    options = {"java_script_enabled": False}
    with watched_page(browser, site.as_uri() + "/", problems, **options) as page:
        page.goto((site / name).as_uri(), wait_until="load")
        problems += page_checks.formulas(page)
        if page.evaluate(
            "() => [...document.fonts].some(font => font.status === 'error')"
        ):
            problems.append("a font is missing")
    return problems


def front_door(site):
    """The address of the site alone leads to the landing page."""
    problems = []
    with (
        chromium() as browser,
        watched_page(browser, site.as_uri() + "/", problems) as page,
    ):
        page.goto((site / FRONT_DOOR).as_uri())
        try:
            page.wait_for_url(f"**/{LANDING}", timeout=10_000)
        except page_checks.TookTooLong:
            problems.append(f"does not lead to {LANDING}")
    return [f"{FRONT_DOOR}: {problem}" for problem in problems]


def picture(page, folder, name, look):
    if folder:
        page.wait_for_timeout(200)
        page.screenshot(path=folder / f"{Path(name).stem}-{look}.png", full_page=True)


if __name__ == "__main__":
    main()
