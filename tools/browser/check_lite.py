"""Chapters in JupyterLite, opened from the page's menu and run in Chromium.

    python -m tools.browser.check_lite [SITE] [CHAPTER ...]

Run by ``make check-lite`` on pages that were built with it: every other host is out of
reach. The cells of a chapter run one by one, up to the first that trains.
"""

import json
import sys
import time

from tools.browser import live_leaks
from tools.browser.check_live import arguments
from tools.browser.page_checks import TookTooLong
from tools.browser.site_browser import chromium, serve, watched_page

# One up to its training, and two to their end.
CHAPTERS = "04-l-softmax", "02-checking-a-gradient", "appendix-chebyshev"
START_MS = 180_000
CELL_MS = 120_000

# A key that is pressed before the kernel is there does nothing.
READY = """() =>
  document.querySelector('.jp-KernelName')?.textContent.includes('Python')
  && document.querySelector('.jp-NotebookKernelStatus')?.textContent === ''
  && document.querySelector('[data-status=idle]') !== null"""

# What JupyterLite says of itself, however it is built, and why it can be let be.
HARMLESS = (
    "Language pack 'en' not installed!",  # English is what it speaks without
    "is duplicated.",  # two of its own plugins add one entry of a menu
    "(reading 'last_modified')",  # it asks when a notebook was saved that never was
)

# The selected cell: whether it is code, its number of execution, and what it shows.
SELECTED = """() => {
  const cell = document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active');
  const all = (what) => [...cell.querySelectorAll('.jp-OutputArea-output' + what)];
  return {
    code: cell.matches('.jp-CodeCell'),
    place: [...cell.parentElement.children].indexOf(cell),
    wrong: all('[data-mime-type*=stderr], [data-mime-type*=error]')
      .map((one) => one.textContent.slice(-300)),
    pictures: cell.querySelectorAll('.jp-OutputArea-output :is(svg, img)').length,
  };
}"""
ENDED = """place => {
  const cell = document.querySelectorAll('.jp-Notebook .jp-Cell')[place];
  return /\\d/.test(cell.querySelector('.jp-InputPrompt').textContent);
}"""


def main():
    site, chapters = arguments(sys.argv[1:])
    if not (site / "lite").exists():
        sys.exit("there is no JupyterLite beside the pages: make lite PYODIDE=DIR")
    problems = live_leaks.leaks(site)
    print(f"{'in JupyterLite':24}  cells  pictures  first, s  all, s")
    for name in chapters or CHAPTERS:
        said, found = check(site, name)
        problems += [f"{name}: {problem}" for problem in said]
        print(f"{name:24}{found['cells']:7}{found['pictures']:10}", end="")
        print(f"{found['first']:10.1f}{found['all']:8.1f}", flush=True)
    if problems:
        sys.exit("\n".join([*problems, f"{len(problems)} problems in JupyterLite"]))


def check(site, name):
    """Problems with one chapter, in words, and what was run and how long it took."""
    problems, found = [], {"cells": 0, "pictures": 0, "first": 0.0, "all": 0.0}
    begin = time.monotonic()
    with (
        serve(site) as home,
        chromium() as browser,
        watched_page(browser, home, problems) as page,
    ):
        page.goto(f"{home}book/{name}.html", wait_until="load")
        wanted = before_training(page)
        tab = opened(page, problems)
        try:
            tab.wait_for_function(READY, timeout=START_MS)
            tab.locator(".jp-Notebook .jp-Cell").first.click()
            while found["cells"] < wanted:
                at = tab.evaluate(SELECTED)
                tab.keyboard.press("Shift+Enter")
                if not at["code"]:
                    continue
                tab.wait_for_function(ENDED, arg=at["place"], timeout=CELL_MS)
                shown = showing(tab, at["place"])
                found["cells"] += 1
                found["pictures"] += shown["pictures"]
                found["first"] = found["first"] or time.monotonic() - begin
                if shown["wrong"]:
                    what = " ".join(shown["wrong"])
                    problems.append(f"cell {found['cells'] - 1} says {what}")
                    break
        except TookTooLong as late:
            problems.append(f"after {found['cells']} cells: {str(late)[:200]}")
        found["all"] = time.monotonic() - begin
    return [p for p in problems if not any(h in p for h in HARMLESS)], found


def opened(page, problems):
    """The tab that the menu of a page opens, and what goes wrong there."""
    page.locator("button[aria-label='Run this chapter']").click()
    with page.context.expect_page() as waiting:
        page.locator(".dropdown-menu a", has_text="JupyterLite").click()
    tab = waiting.value
    tab.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    return tab


def before_training(page):
    """How many cells to run: the first, which installs, and those before a training."""
    known = json.loads(page.locator("#margins-live").text_content())["cells"]
    slow = [int(number) for number, told in known.items() if "kept" in told]
    return min(slow, default=page.locator("div.cell").count() + 1)


def showing(tab, place):
    """What a cell shows, by its place."""
    return tab.evaluate(
        SELECTED.replace(
            "document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active')",
            f"document.querySelectorAll('.jp-Notebook .jp-Cell')[{place}]",
        )
    )


if __name__ == "__main__":
    main()
