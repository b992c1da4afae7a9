"""Let Sphinx make an EPUB of the chapters, with the outputs that the build cached.

    python -m tools.epub_pages

Run by ``make epub`` after ``make book``. What comes out still holds scripts and HTML
that is not XML; `finish_epub.py` turns it into a book that a reading program accepts.
"""

import shutil
import sys
import tomllib

from jupyter_book.sphinx import build_sphinx

from tools import BUILD, ROOT

OUT = BUILD / "epub"

# The book theme, its buttons and the rest of our own extension are for pages with
# scripts.
EXTENSIONS = [
    "myst_nb",
    "jupyter_book",
    "sphinx_external_toc",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "margins_book.figures",
    "margins_book.formulas",
    "margins_book.openings",
    "margins_book.quoted",
    # owns a setting that Jupyter Book always makes; its script is taken out
    "sphinx_comments",
]


def main() -> None:
    if not (BUILD / ".jupyter_cache").exists() or (BUILD / ".unfinished").exists():
        sys.exit("the chapters are not executed: run `make book` first")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    shutil.rmtree(OUT, ignore_errors=True)
    failure = build_sphinx(
        str(ROOT),
        str(OUT),
        noconfig=True,
        path_config=ROOT / "_config.yml",
        doctreedir=str(BUILD / ".doctrees-epub"),
        builder="epub",
        warningiserror=True,
        keep_going=True,
        confoverrides={
            # Jupyter Book asks for it, whatever the builder
            "latex_individualpages": False,
            "extensions": EXTENSIONS,
            "html_theme": "basic",
            "html_theme_options": {},
            "html_css_files": [],
            "html_js_files": [],
            "html_static_path": [],
            "html_logo": None,
            "html_favicon": None,
            "html_title": "Margins",
            "nb_execution_mode": "cache",
            "nb_execution_cache_path": str(BUILD / ".jupyter_cache"),
            "version": project["version"],
            "release": project["version"],
            "epub_title": (
                "Margins: the loss functions of deep recognition, derived by hand"
            ),
            "epub_basename": "margins",
            "epub_author": "The Margins authors",
            "epub_language": "en",
            # The same book keeps the same name from build to build; Sphinx writes one
            # of these into each of its two tables of contents, and they must agree.
            "epub_identifier": "margins-the-loss-functions-of-deep-recognition",
            "epub_uid": "margins-the-loss-functions-of-deep-recognition",
            "epub_css_files": [],
            "epub_show_urls": "no",
            "epub_use_index": False,
            "epub_tocscope": "includehidden",
            "epub_tocdepth": 2,
            "epub_exclude_files": ["search.html", ".nojekyll"],
        },
    )
    if failure:
        sys.exit("Sphinx did not make the EPUB: see above")


if __name__ == "__main__":
    main()
