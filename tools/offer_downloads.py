"""Put the PDF and the EPUB into the site, and offer them on its landing page.

    python -m tools.offer_downloads

Run by the publishing workflow, after ``make pdf epub``: both are made of the finished
pages, so the pages cannot know of them before. May run again; the next ``make book``
that writes the landing page takes the links away, and never leaves one that is broken.
"""

import re
import shutil
import sys
from pathlib import Path

from mlcore.checkpoints import write_whole
from tools import BUILD

PLACE = re.compile(r'<p class="margins-downloads"[^>]*>.*?</p>', re.S)
OFFERED = {"PDF": "margins.pdf", "EPUB": "margins.epub"}


def main(build: Path = BUILD) -> None:
    """Put the files of `build`, the folder that ``make book`` fills, into its site."""
    site = build / "html"
    landing = site / "book" / "index.html"
    for path in (landing, *(build / name for name in OFFERED.values())):
        if not path.exists():
            sys.exit(f"{path} is missing: run `make book pdf epub` first")
    text = landing.read_text(encoding="utf-8")
    if not PLACE.search(text):
        sys.exit(f"{landing} has no place for the links: see book/index.md")
    links = []
    for kind, name in OFFERED.items():
        shutil.copyfile(build / name, site / name)
        links.append(
            f'<a href="../{name}">{kind}, {(site / name).stat().st_size / 1e6:.0f}'
            " MB</a>"
        )
    offer = (
        '<p class="margins-downloads">The whole book in one file:'
        f" {' · '.join(links)}</p>"
    )
    write_whole(landing, PLACE.sub(lambda _: offer, text).encode())


if __name__ == "__main__":
    main()
