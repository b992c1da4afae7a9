"""Print the built pages into one PDF, with page numbers, outline and working links.

    python -m tools.print_pdf

Run by ``make pdf``, after ``make book``, in the environment that holds playwright. The
pages are put together in the browser (one_document.js) and printed once, so that the
numbers run through and a link from one chapter to another leads to its place.
"""

import logging
import sys
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from tools import BUILD, SITE
from tools.browser.site_browser import chromium, serve, watched_page
from tools.contents import docnames
from tools.pdf_structure import without_wrappers

TARGET = BUILD / "margins.pdf"
TOOLS = Path(__file__).parent
NUMBER = """numbers => document.querySelectorAll(".margins-contents li > span")
    .forEach((entry, i) => { entry.textContent = numbers[i]; })"""
AFRESH = """() => {
    const book = document.body.firstChild;
    book.remove();
    document.body.offsetHeight;
    document.body.append(book);
}"""
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
        if problems:
            sys.exit("\n".join(problems))
        pages: list[int] = []
        for _ in range(4):  # mostly the third is as the second
            before, pages = pages, printed(page, new, state["headings"])
            if pages == before:
                break
            page.evaluate(NUMBER, [pages[place] for place in state["listed"]])
        else:
            print("the contents have no numbers: each print moves what they number")
            page.evaluate(NUMBER, [""] * len(state["listed"]))
            printed(page, new, state["headings"])
    if problems:
        sys.exit("\n".join(problems))
    reader = PdfReader(new)
    without_wrappers(reader.trailer["/Root"])
    document = PdfWriter(clone_from=reader)
    document.add_metadata({"/Title": "Margins", "/Author": "The Margins authors"})
    entries = list(outline(document.root_object["/Outlines"]))
    # Chromium joins the pieces of a heading without spaces, and some of them twice.
    for entry, title in zip(entries, state["headings"], strict=True):
        entry[NameObject("/Title")] = TextStringObject(title)
    document.write(new)
    new.replace(TARGET)
    print(
        f"{TARGET}: {len(document.pages)} pages, {TARGET.stat().st_size / 1e6:.1f} MB"
    )


def printed(page, path, headings):
    """Print the page; the numbers of the printed pages where the headings stand."""
    # Laid out from nothing: what one print leaves behind moves a line in the next.
    page.evaluate(AFRESH)
    page.pdf(
        path=path,
        prefer_css_page_size=True,
        print_background=True,
        outline=True,
        tagged=True,
    )
    reader = PdfReader(path)
    entries = list(outline(reader.trailer["/Root"]["/Outlines"]))
    if len(entries) != len(headings):
        sys.exit(f"{len(headings)} headings, but {len(entries)} entries in the outline")
    number = {
        leaf.indirect_reference.idnum: n for n, leaf in enumerate(reader.pages, 1)
    }
    return [number[place(reader, entry).idnum] for entry in entries]


def place(reader, entry):
    """The page to which an entry of the outline leads."""
    to = entry.get("/Dest") or entry["/A"].get_object()["/D"]
    if isinstance(to, str):
        return reader.named_destinations[to].raw_get("/Page")
    return to.get_object()[0] if not hasattr(to, "raw_get") else to.raw_get(0)


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
