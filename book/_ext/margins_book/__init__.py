"""The book's own Sphinx extension: what the theme or Jupyter Book does wrongly or not
at all.

``theme`` and the templates in ``book/_templates`` shape a page before it is written,
``formulas``, ``openings``, ``pictures`` and ``quoted`` parts of its text. Of what is
written, nothing is changed afterwards but the style sheet and its fonts (``style``) and
a few words of the theme's script (``boxes``).
"""

import hashlib
from pathlib import Path

from docutils import nodes
from markupsafe import Markup

from margins_book import (
    boxes,
    formulas,
    launch,
    lite,
    meta,
    pictures,
    publish,
    pyodide,
    style,
)
from margins_book.pyproject import ROOT, project, repository


def look():
    """A checksum of what shapes the pages beside their text."""
    digest = hashlib.sha256(b"with JupyterLite" if lite.wanted() else b"")
    for folder in ("_static", "_templates", "_ext"):
        for path in sorted((ROOT / "book" / folder).rglob("*.*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    return digest.hexdigest()


def configure(app, config):
    config.version = config.release = project()["version"]
    config.margins_look = look()
    config.templates_path.append(str(ROOT / "book" / "_templates"))
    # Servers show it where there is nothing.
    config.html_additional_pages["404"] = "404.html"
    # Known: Sphinx writes the canonical link of each page.
    config.html_baseurl = meta.site(project().get("urls", {})) or ""
    if address := repository():
        # No button without an address: a button that leads nowhere is worse than none.
        config.html_theme_options.update(
            repository_url=address,
            path_to_docs="",
            repository_branch="main",
            use_repository_button=True,
            use_issues_button=True,
        )


def add_page_facts(app, pagename, templatename, context, doctree):
    context["margins_repository"] = repository()
    if publish.is_notebook(app, pagename):
        # The theme's download button takes it from _sources, where `publish` writes it.
        context["ipynb_source"] = f"{pagename}.ipynb"


def add_card(app, pagename, templatename, context, doctree):
    home = app.config.html_baseurl
    told = {} if doctree is None else descriptions(doctree)
    if home and "description" in told:
        title = Markup(context["title"]).striptags()
        card = meta.tags(home, context["pageurl"], title, told["description"])
        context["metatags"] += f"\n{card}\n"


def add_questions(app, pagename, templatename, context, doctree):
    """What the pages before and after this one ask, for the links to them."""
    _, before, after = app.builder.relations.get(pagename, (None, None, None))
    context["margins_questions"] = {
        side: app.env.metadata.get(page, {}).get("subtitle", "")
        for side, page in (("left", before), ("right", after))
    }


def descriptions(doctree):
    """What a page's metadata say, by name."""
    return {
        node["name"]: node["content"]
        for node in doctree.findall(nodes.meta)
        if "name" in node
    }


def add_launch_button(app, pagename, templatename, context, doctree):
    button = (
        launch.button(repository(), pagename) if context.get("ipynb_source") else None
    )
    if button:
        context["header_buttons"].insert(0, button)


def write_scripts(app, error):
    """Put the script of the movable figures, and plotly itself, beside the pages."""
    if error is not None or app.builder.name != "html":
        return
    import plotly.offline

    static = Path(app.outdir) / "_static"
    folder = ROOT / "margins" / "figures"
    parts = [(folder / f"{n}.js").read_text("utf-8") for n in ("movable", "dragging")]
    (static / "margins-figures.js").write_text("\n".join(parts), encoding="utf-8")
    target = static / "plotly.min.js"
    script = plotly.offline.get_plotlyjs().encode()
    if not target.exists() or target.stat().st_size != len(script):
        target.write_bytes(script)


def publish_notebooks(app, error):
    if error is None and app.builder.name == "html":
        publish.all_notebooks(app, project()["version"], repository())


def write_style(app, error):
    """Write the style sheet that the pages ask for, where pages were written."""
    sheets = getattr(app, "margins_sheets", None)
    if error is not None or app.builder.name != "html" or not sheets:
        return
    folder = Path(app.outdir)
    pages = [
        path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
        if folder / "_static" not in path.parents
    ]
    style.write(folder / "_static", sheets, pages)
    boxes.write(folder / "_static")
    pictures.forget(folder, pages)


def setup(app):
    # The theme reads these two, whose owners (sphinx_thebe, sphinx_comments) are
    # switched off.
    app.add_config_value("thebe_config", {}, "html")
    app.add_config_value("comments_config", {}, "html")
    # Sphinx writes every page again where this changed; or an edit of a style would not
    # be seen.
    app.add_config_value("margins_look", "", "html")
    app.add_js_file("margins-figures.js", loading_method="defer")
    app.add_js_file("orientation.js", loading_method="defer")
    app.add_css_file(formulas.SHEET)  # written by `write_style`
    parts = (
        *("code", "figures", "formulas", "live", "openings", "pictures", "quoted"),
        *("search", "tasks", "theme"),
    )
    for part in parts:
        app.setup_extension(f"margins_book.{part}")
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_page_facts, priority=100)
    app.connect("html-page-context", add_card)
    app.connect("html-page-context", add_questions)
    # Behind the theme, which begins the list of buttons at 500.
    app.connect("html-page-context", add_launch_button, priority=600)
    app.connect("build-finished", write_scripts)
    app.connect("build-finished", publish_notebooks)
    app.connect("build-finished", pyodide.write)
    app.connect("build-finished", lite.write, priority=600)  # of what these wrote
    # After Sphinx's own copying of static files, in its list of things to finish.
    app.connect("build-finished", write_style, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
