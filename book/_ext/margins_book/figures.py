"""Number the figures that cells show, and let the text refer to them.

A cell shows a figure as HTML, in which Sphinx sees nothing to count. Here each stands
in a node that it does count, so that ``{numref}`` and ``{ref}`` work as for any other
figure, and the page, the EPUB and the notebook name the same number. A figure is called
by the label before its cell::

    (fig-psi)=
    ```{code-cell} python

The second figure of one cell is ``fig-psi-2``. Without a label it has a number, too,
and nobody can refer to it.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

FIGURE = re.compile(r'<figure class="margins-figure\b[^"]*"')
CAPTION = re.compile(r"<figcaption[^>]*>")
LABEL = "fig-"


class ShownFigure(nodes.General, nodes.Element):
    """A figure in the output of a cell."""


def title(node: nodes.Element) -> str:
    """What `{ref}` writes without a text of its own: Sphinx wants one of each label."""
    return "figure"


def numbered(html: str, number: str, name: str = "") -> str:
    """A figure with its number before its caption, and its place by name.

    Parameters
    ----------
    html : str
        What the cell displays.
    number : str
        Such as "4.3".
    name : str, optional
        Its id on the page.

    Examples
    --------
    >>> bare = '<figure class="margins-figure"><figcaption>Two.</figcaption></figure>'
    >>> written = numbered(bare, "4.3", "fig-two")
    >>> print(written.replace("><", ">\\n<"))
    <figure id="fig-two" class="margins-figure">
    <figcaption>
    <span class="margins-number">Figure 4.3.</span> Two.</figcaption>
    </figure>
    """
    mark = f'<span class="margins-number">Figure {number}.</span>'
    found = FIGURE.search(html)
    if found is None:
        return html
    place = f'<figure id="{name}" ' if name else "<figure "
    start = found[0].replace("<figure ", place, 1)
    before, after = html[: found.start()], html[found.end() :]
    if CAPTION.search(after):
        after = CAPTION.sub(lambda opening: f"{opening[0]}{mark} ", after, count=1)
    else:
        caption = f"<figcaption>{mark}</figcaption></figure>"
        after = after.replace("</figure>", caption, 1)
    return before + start + after


def html_of(node: nodes.Node) -> list[nodes.raw]:
    """The raw nodes in `node` that are figures."""
    return [
        raw
        for raw in node.findall(nodes.raw)
        if "html" in raw["format"] and FIGURE.search(raw.astext())
    ]


class CountFigures(SphinxTransform):
    """Put each figure into a node that is counted, and its label on that."""

    # Behind docutils' own, which moves a label to what follows it, and before the
    # labels are gathered.
    default_priority = 800

    def apply(self, **kwargs: Any) -> None:
        number = 0
        for cell in list(self.document.findall(_is_cell)):
            labels = [name for name in cell["names"] if name.startswith(LABEL)]
            for place, bundle in enumerate(
                [b for b in cell.findall(_is_bundle) if html_of(b)], start=1
            ):
                number += 1
                figure = ShownFigure()
                figure.source, figure.line = cell.source, cell.line
                bundle.replace_self(figure)
                figure += bundle
                if not labels:
                    figure["ids"].append(f"figure-{number}")
                elif place == 1:
                    self._move(cell, figure, labels)
                else:
                    self._name(figure, f"{labels[0]}-{place}")

    def _move(self, cell, figure, labels):
        for name in labels:
            identity = self.document.nameids[name]
            cell["names"].remove(name)
            cell["ids"].remove(identity)
            figure["names"].append(name)
            figure["ids"].append(identity)
            self.document.ids[identity] = figure

    def _name(self, figure, name):
        figure["names"].append(name)
        self.document.note_explicit_target(figure)


def _is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _is_bundle(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def number_of(env: BuildEnvironment, docname: str, identity: str) -> str:
    """The number of a figure, such as "4.3"; empty if it has none."""
    numbers = env.toc_fignumbers.get(docname, {}).get("figure", {})
    return ".".join(map(str, numbers.get(identity, ())))


class WriteNumbers(SphinxPostTransform):
    """Write the numbers into the figures."""

    default_priority = 890  # what the builder shows has been chosen
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for figure in list(self.document.findall(ShownFigure)):
            identity = figure["ids"][0]
            number = number_of(self.env, self.env.docname, identity)
            for raw in html_of(figure):
                raw[:] = [nodes.Text(numbered(raw.astext(), number, identity))]
            # `replace_self` would give the id to what stands around the figure, too
            figure.parent.replace(figure, figure.children)


def number_outputs(env: BuildEnvironment, docname: str, cells: list[Any]) -> None:
    """Write the numbers into the outputs of a notebook's cells, which come in order."""
    known = env.toc_fignumbers.get(docname, {}).get("figure", {})
    numbers = iter(known.values())
    for cell in cells:
        for output in cell.get("outputs", ()):
            shown = output.get("data", {})
            text = shown.get("text/html", "")
            if FIGURE.search(text):
                number = ".".join(map(str, next(numbers)))
                shown["text/html"] = numbered(text, number)


def setup(app: Sphinx) -> dict[str, bool]:
    nothing = (lambda translator, node: None,) * 2
    app.add_enumerable_node(ShownFigure, "figure", title, html=nothing)
    app.add_transform(CountFigures)
    app.add_post_transform(WriteNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
