"""Publish every chapter as a notebook that needs neither Sphinx nor this repository.

A notebook gets the outputs of the build (from the execution cache: on a cache hit
myst-nb itself writes notebooks without them), a first cell that installs what is
missing, and text in plain Markdown, because Jupyter and Colab show Sphinx's directives
as raw text.
"""

import re
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from sphinx.application import Sphinx

from margins_book import figures, openings
from margins_book.plain import PlainMarkdown

CANNOT_INSTALL = """\
    raise ModuleNotFoundError(
        "This notebook needs the book's package: run `pip install -e '.[notebook]'` in "
        "a copy of the book, then restart the kernel."
    )"""

FIRST_CELL = """\
# A chapter of the book Margins, version {version}. This cell installs what is missing.
import importlib.util

if importlib.util.find_spec("mlcore") is None:
{install}"""


def requirement(version: str, repository: str) -> str:
    """What to install for a notebook: this version, from the repository.

    Never by its name: a package called mlcore on PyPI would not be ours.
    """
    return f"mlcore[notebook] @ git+{repository}@v{version}"


def first_cell(version: str, needs: str | None) -> str:
    """The cell that installs `needs` where mlcore is missing, or says how."""
    install = f'    %pip install -q "{needs}"' if needs else CANNOT_INSTALL
    return FIRST_CELL.format(version=version, install=install)


def is_notebook(app: Sphinx, docname: str) -> bool:
    path = Path(app.env.doc2path(docname))
    return path.suffix == ".md" and is_myst_markdown_notebook(
        path.read_text(encoding="utf-8")
    )


def cache_folder(app: Sphinx) -> Path:
    """Where the executed cells are."""
    return Path(
        app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache"
    )


def all_notebooks(app: Sphinx, version: str, repository: str | None) -> None:
    """Write ``_sources/<chapter>.ipynb`` for each page that has code cells."""
    cache = get_cache(cache_folder(app))
    first = first_cell(
        version, requirement(version, repository) if repository else None
    )
    for docname in sorted(app.env.found_docs):
        if is_notebook(app, docname):
            notebook = chapter(app.env, docname, cache)
            notebook.cells.insert(0, nbformat.v4.new_code_cell(first, id="install"))
            target = Path(app.outdir) / "_sources" / f"{docname}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, target)


def chapter(env, docname, cache):
    """The chapter as a notebook with outputs and plain Markdown."""
    source = Path(env.doc2path(docname)).read_text(encoding="utf-8")
    notebook = read_myst_markdown_notebook(
        source, config=env.myst_config, add_source_map=False
    )
    if any(cell.cell_type == "code" for cell in notebook.cells):
        _, notebook = cache.merge_match_into_notebook(notebook)
    figures.number_outputs(env, docname, notebook.cells)
    plain = PlainMarkdown(env, docname)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # random ids would make every build differ
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source)
            if number == 0:
                cell.source = openings.in_markdown(cell.source, source, docname)
        else:
            cell.metadata.pop("execution", None)  # times of day
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
        "title": _title(notebook),
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _title(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (
            found := re.search(r"^# (.+)$", cell.source, re.M)
        ):
            return found[1]
    return "Margins"
