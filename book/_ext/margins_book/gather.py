"""Let a page's text come first: one style sheet for ten, and the pictures beside the
page.

A phone shows nothing before it has the whole page and every style sheet: ten requests,
and up to three quarters of a page were pictures inside its figures, in base64. May run
again on the same folder; what no page names any more is taken away.
"""

import base64
import hashlib
import posixpath
import re

SHEET_LINK = re.compile(
    r'\s*<link(?=[^>]*rel="stylesheet")[^>]*href="((?:\.\./)*_static/[^"?]+)[^"]*"[^>]*>'
)
IMPORT = re.compile(r'@import "([^"]+)";')
ADDRESS = re.compile(r"""url\((["']?)(?!data:|[a-z]+:|#)([^)"']+)\1\)""")
PICTURE = re.compile(r'href="data:image/png;base64,([^"]+)"')


def gather(folder, pages):
    """Write style sheets and pictures into `folder`, and into `pages` where they are.

    Parameters
    ----------
    folder : Path
        The site.
    pages : list of Path
    """
    texts = []
    for page in pages:
        before = page.read_text(encoding="utf-8")
        home = "../" * (len(page.relative_to(folder).parts) - 1)
        after = one_sheet(folder, home, pictures_beside(folder, home, before))
        if after != before:
            page.write_text(after, encoding="utf-8")
        texts.append(after)
    everything = "".join(texts)
    for path in (
        *folder.glob("_static/style-*.css"),
        *folder.glob("_images/picture-*.png"),
    ):
        if path.name not in everything:
            path.unlink()


def one_sheet(folder, home, text):
    """The page `text` with one style sheet; `home` leads from the page to `folder`."""
    names = [link.removeprefix(home) for link in SHEET_LINK.findall(text)]
    if len(names) < 2:  # gathered before
        return text
    sheet = "\n".join(with_imports(folder, name) for name in names)
    digest = hashlib.sha256(sheet.encode()).hexdigest()[:16]
    (folder / "_static" / f"style-{digest}.css").write_text(sheet, encoding="utf-8")
    link = f'\n<link rel="stylesheet" href="{home}_static/style-{digest}.css" />'
    first = SHEET_LINK.search(text).start()
    return text[:first] + link + SHEET_LINK.sub("", text[first:])


def with_imports(folder, name):
    """The sheet `name` with what it imports, and its addresses as from ``_static``."""
    place = posixpath.dirname(name)

    def moved(address):
        return posixpath.relpath(posixpath.join(place, address), "_static")

    sheet = (folder / name).read_text(encoding="utf-8").replace('@charset "UTF-8";', "")
    imported = [
        posixpath.normpath(posixpath.join(place, path))
        for path in IMPORT.findall(sheet)
    ]
    sheet = ADDRESS.sub(
        lambda found: f'url("{moved(found[2])}")', IMPORT.sub("", sheet)
    )
    return "\n".join([*(with_imports(folder, path) for path in imported), sheet])


def pictures_beside(folder, home, text):
    """The page `text` with the pictures inside its SVG figures as files."""

    def beside(found):
        picture = base64.b64decode(found[1])
        name = f"picture-{hashlib.sha256(picture).hexdigest()[:16]}.png"
        (folder / "_images").mkdir(exist_ok=True)
        (folder / "_images" / name).write_bytes(picture)
        return f'href="{home}_images/{name}"'

    return PICTURE.sub(beside, text)
