"""Under each piece of source that a page quotes: which file it is from, and which
lines of it.

A chapter quotes the library between markers, so the lines are looked up when the page
is written.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from margins_book.pyproject import repository


def place(source: Path, text: str) -> tuple[int, int]:
    """The numbers of the first and the last line of a text in a file.

    Parameters
    ----------
    source : Path
    text : str
        Whole lines of the file, which may have lost a common indentation.

    Raises
    ------
    ValueError
        If the text is not in the file.
    """
    lines = [line.strip() for line in source.read_text(encoding="utf-8").splitlines()]
    wanted = [line.strip() for line in text.strip("\n").splitlines()]
    for first in range(len(lines) - len(wanted) + 1):
        if lines[first : first + len(wanted)] == wanted:
            return first + 1, first + len(wanted)
    raise ValueError(f"{source} does not hold the text that is quoted from it")


class SayWhence(SphinxPostTransform):
    """Write the file's path and the lines under each ``literalinclude``."""

    default_priority = 100
    formats = ("html",)

    def run(self, **kwargs):
        root, address = Path(self.app.srcdir).resolve(), repository()
        for block in list(self.document.findall(nodes.literal_block)):
            if "source" in block:  # as Sphinx's directive leaves it
                source = Path(block["source"]).resolve()
                lines = place(source, block.astext())
                path = source.relative_to(root).as_posix()
                # The markers' blank lines would stand in the box.
                kept = block.astext().strip("\n")
                block.rawsource, block[:] = kept, [nodes.Text(kept)]
                at = block.parent.index(block) + 1
                block.parent.insert(at, whence(path, *lines, address))


def whence(path: str, first: int, last: int, address: str | None) -> nodes.paragraph:
    """The line under a quotation, linked where the repository's `address` is known."""
    name = nodes.literal("", path)
    if address:
        target = f"{address}/blob/main/{path}#L{first}-L{last}"
        name = nodes.reference("", "", name, refuri=target, internal=False)
    span = nodes.Text(f", {in_words(first, last)}")
    return nodes.paragraph("", "", name, span, classes=["margins-source"])


def in_words(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first} to {last}"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(SayWhence)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
