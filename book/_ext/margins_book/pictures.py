"""The pictures inside a page's figures as files beside it, so that the text comes
first.

In base64, inside the SVG that a cell returns, they were up to three quarters of a page.
"""

import base64
import hashlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

PICTURE = re.compile(r'href="data:image/png;base64,([^"]+)"')
NAME = "picture-{}.png"


class PicturesBeside(SphinxPostTransform):
    """Write the pictures of a page, and their addresses into its figures."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        if self.app.builder.name != "html":
            return
        page = self.app.builder.get_target_uri(self.env.docname)
        folder = Path(self.app.outdir, "_images")

        def beside(found):
            picture = base64.b64decode(found[1])
            name = NAME.format(hashlib.sha256(picture).hexdigest()[:16])
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(picture)
            return f'href="{relative_uri(page, f"_images/{name}")}"'

        for figure in self.document.findall(nodes.raw):
            text = figure.astext()
            if "html" in figure["format"] and PICTURE.search(text):
                figure[:] = [nodes.Text(PICTURE.sub(beside, text))]


def forget(folder: str | Path, pages: list[str]) -> None:
    """Take away from `folder` the pictures that no page names any more."""
    everything = "".join(pages)
    for path in Path(folder, "_images").glob(NAME.format("*")):
        if path.name not in everything:
            path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(PicturesBeside)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
