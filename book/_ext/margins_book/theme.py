"""What a page's head says otherwise than the theme's: scripts that wait, one style
sheet, one viewport.

The templates in ``book/_templates`` do what a template can do; here is what they are
given, through Sphinx's own events.
"""

import hashlib
import posixpath
from pathlib import Path

from docutils import nodes

from margins_book import style
from margins_book.pyproject import ROOT

OPTIONS = "_static/documentation_options.js"
# docutils writes it into every page's metadata; Sphinx's layout has one of its own.
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'


def lean_head(app, pagename, templatename, context, doctree):
    """Give the templates a tag for scripts that wait, and the one style sheet."""
    context["js_tag"] = waiting(context["js_tag"], Path(app.outdir))
    sheets = sorted(context["css_files"], key=lambda sheet: sheet.priority)
    app.margins_sheets = [
        *style.THEME_SHEETS,
        *(posixpath.relpath(str(sheet.filename), "_static") for sheet in sheets),
    ]
    address = context["pathto"](f"_static/{style.NAME}", resource=True)
    context["margins_sheet"] = f"{address}?v={version(app)}"
    context["metatags"] = (context.get("metatags") or "").replace(VIEWPORT, "")


def waiting(js_tag, folder):
    """Sphinx's `js_tag` for scripts that wait until the text is there.

    Deferred scripts keep their order and still run before DOMContentLoaded, which all
    wait for. The few lines that inline scripts read at once stand in the page.
    """

    def tag(script):
        if not script.filename:
            return js_tag(script)
        if str(script.filename) == OPTIONS:
            return f"<script>{(folder / OPTIONS).read_text('utf-8').strip()}</script>"
        written = js_tag(script)
        if "defer" in script.attributes:
            return written
        return written.replace("<script ", "<script defer ", 1)

    return tag


def version(app):
    """A checksum of all that decides on the style sheet, for browsers that keep it.

    That is the look, the packages that bring the other sheets, the pages' sources,
    which name icons and signs, and what writes parts of pages; the sheet itself is
    written after the pages.
    """
    if not hasattr(app, "margins_version"):
        digest = hashlib.sha256(app.config.margins_look.encode())
        sources = [app.env.doc2path(docname) for docname in sorted(app.env.found_docs)]
        for path in (ROOT / "requirements.lock", *style.writers(), *sources):
            digest.update(Path(path).read_bytes())
        app.margins_version = digest.hexdigest()[:16]
    return app.margins_version


# docutils calls the bibliography a list, of entries whose role ARIA has given up since.


def visit_citation(translator, node):
    if not isinstance(node.previous_sibling(), nodes.citation):
        translator.body.append('<div class="citation-list">\n')
    translator.body.append(translator.starttag(node, "div", classes=[node.tagname]))


def depart_citation(translator, node):
    translator.body.append("</div>\n")
    after = node.next_node(descend=False, siblings=True)
    if not isinstance(after, nodes.citation):
        translator.body.append("</div>\n")


def setup(app):
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    # Behind the theme and every extension, which add scripts and styles at 500.
    app.connect("html-page-context", lean_head, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
