"""Print the built pages into one PDF, with page numbers, outline and working links.

    python -m tools.print_pdf

Run by ``make pdf``, after ``make book``, in the environment that holds playwright. The
pages are put together in the browser (one_document.js) and printed once, so that the
numbers run through and a link from one chapter to another leads to its place.
"""

import logging
import sys
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import NameObject, TextStringObject

from tools import BUILD, SITE
from tools.browser.site_browser import chromium, serve, watched_page
from tools.contents import docnames

TARGET = BUILD / "margins.pdf"
TOOLS = Path(__file__).parent
PAPER = 658  # pixels: the 174 mm between the margins of tools/print.css

# Chromium counts the objects of its own file wrongly, which harms nobody.
logging.getLogger("pypdf").setLevel(logging.ERROR)


def main() -> None:
    names = docnames()
    missing = [name for name in names if not (SITE / f"{name}.html").exists()]
    if missing:
        sys.exit(f"not built yet: {', '.join(missing)}; run `make book` first")
    problems: list[str] = []
    new = TARGET.with_suffix(".new.pdf")
    with (
        serve(SITE) as home,
        chromium() as browser,
        watched_page(browser, home, problems, color_scheme="light") as page,
    ):
        page.set_default_timeout(300_000)
        page.goto(home + names[0] + ".html", wait_until="load")
        state = page.evaluate(
            (TOOLS / "one_document.js").read_text(encoding="utf-8"),
            [f"{Path(name).name}.html" for name in names],
        )
        page.add_style_tag(path=TOOLS / "print.css")
        problems += too_wide(page)
        problems += [f"a link leads nowhere: {link}" for link in state["lost"]]
        if state["untypeset"]:
            problems.append(f"{state['untypeset']} formulas are not typeset")
        page.pdf(
            path=new,
            prefer_css_page_size=True,
            print_background=True,
            outline=True,
            tagged=True,
        )
    if problems:
        sys.exit("\n".join(problems))
    document = PdfWriter(clone_from=new)
    document.add_metadata({"/Title": "Margins", "/Author": "The Margins authors"})
    entries = list(outline(document.root_object["/Outlines"]))
    if len(entries) != len(state["headings"]):
        sys.exit(
            f"{len(state['headings'])} headings, but {len(entries)} entries in the"
            " outline"
        )
    # Chromium joins the pieces of a heading without spaces, and some of them twice.
    for entry, title in zip(entries, state["headings"], strict=True):
        entry[NameObject("/Title")] = TextStringObject(title)
    document.write(new)
    new.replace(TARGET)
    print(
        f"{TARGET}: {len(document.pages)} pages, {TARGET.stat().st_size / 1e6:.1f} MB"
    )


def too_wide(page):
    """Chromium would print everything smaller if anything were wider than the paper."""
    page.set_viewport_size({"width": PAPER, "height": 930})
    page.emulate_media(media="print")
    width = page.evaluate("() => document.documentElement.scrollWidth")
    return [f"wider than the paper: {width} px of {PAPER}"] if width > PAPER else []


def outline(parent):
    """The entries below `parent`, in the order of the book."""
    entry = parent.get("/First")
    while entry is not None:
        entry = entry.get_object()
        yield entry
        yield from outline(entry)
        entry = entry.get("/Next")


if __name__ == "__main__":
    main()
