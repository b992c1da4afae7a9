"""Every link, picture and script of the built pages leads to a file, or to a place.

    python -m tools.browser.check_links [SITE]

Static: reads the HTML and asks nothing of the network; what lies outside is not
checked.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools import SITE

ADDRESSES = {"href", "xlink:href", "src", "poster", "data"}


class Page(HTMLParser):
    """The ids of a page, and the addresses that it names."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.ids, self.links, self.twice = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id" or (name == "name" and tag == "a"):
                if name == "id" and value in self.ids:
                    self.twice.append(value)
                self.ids.add(value)
            elif name in ADDRESSES and value is not None:
                self.links.append(value)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)


def main(site=SITE):
    problems = check(Path(site).resolve())
    if problems:
        sys.exit("\n".join([*problems, f"{len(problems)} broken links"]))
    print("every link leads somewhere")


def check(site):
    """Broken links of the folder `site`, in words."""
    paths = [
        path
        for path in site.rglob("*.html")
        if "_static" not in path.relative_to(site).parts
    ]
    if not paths:
        return [f"no pages in {site}: run `make book` first"]
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in paths}
    problems = []
    for path, page in pages.items():
        name = path.relative_to(site)
        problems += [f"{name}: two places have the id {twice}" for twice in page.twice]
        for link in dict.fromkeys(page.links):
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = path.parent / unquote(address.path) if address.path else path
            target = target.resolve()
            if not target.exists() or site not in (target, *target.parents):
                problems.append(f"{name}: {link} leads to no file")
            elif (
                address.fragment
                and target in pages
                and unquote(address.fragment) not in pages[target].ids
            ):
                problems.append(f"{name}: {link} leads to no place on that page")
    return problems


if __name__ == "__main__":
    main(*sys.argv[1:2])
