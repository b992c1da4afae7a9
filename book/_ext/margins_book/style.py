"""One style sheet for ten; of the theme's rules those that the pages can use, and of
its 2,000 icons those that they show.

A phone shows nothing before it has every style sheet, and the theme sends every icon
there is: 1.5 MB of script and the fonts besides. The theme has no setting for either,
so its style sheet is rewritten here, after the pages, which decide on rules and icons.
"""

import posixpath
import re
import shutil
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset

from margins_book import formulas, rules
from margins_book.pyproject import ROOT

NAME = "style.css"
# What the theme's layout names beside Sphinx's list of style sheets.
THEME_SHEETS = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
FONTS = Path("vendor/fontawesome/webfonts")
# Where the fonts come from whole: a warm build does not copy them again.
THEME = (
    Path(pydata_sphinx_theme.__file__).parent
    / "theme"
    / "pydata_sphinx_theme"
    / "static"
)

# A rule of Font Awesome's sheet: the class names of an icon, and its place in the font.
ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
ICON_VARIABLE = re.compile(r'--pst-icon-[\w-]+:"(.)"')
ICON_CLASS = re.compile(r"\bfa-[\w-]+")
FONT_SOURCES = re.compile(
    r'src:url\("([^"]+)\.woff2"\) format\("woff2"\),'
    r'url\("\1\.ttf"\) format\("truetype"\)'
)
IMPORT = re.compile(r'@import "([^"]+)";')
ADDRESS = re.compile(r"""url\((["']?)(?!data:|[a-z]+:|#)([^)"']+)\1\)""")


def write(static: Path, sheets: list[str], pages: list[str]) -> None:
    """Write the style sheet and its fonts into `static`.

    Parameters
    ----------
    static : Path
        The site's ``_static``.
    sheets : list of str
        Paths of the style sheets from there, in their order.
    pages : list of str
        The HTML of the whole site.
    """
    for path in {*static.rglob("*.map"), *static.glob("scripts/fontawesome.js*")}:
        path.unlink()
    formulas.write_style(static, pages)
    whole = "\n".join(with_imports(static, name) for name in sheets)
    sheet, signs = only_icons(whole, named_icons(static, pages))
    scripts = (path.read_text("utf-8") for path in (*writers(), *all_scripts(static)))
    sheet = rules.only_possible(sheet, rules.Words(pages, scripts))
    (static / NAME).write_text(sheet, encoding="utf-8")
    shutil.rmtree(static / FONTS)
    (static / FONTS).mkdir()
    for font in (THEME / FONTS).glob("*.ttf"):
        shrink(font, static / FONTS / font.name, signs)


def writers() -> list[Path]:
    """The Python that, in a reader's browser, writes parts of a page."""
    folders = (ROOT / "margins", ROOT / "grader")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def all_scripts(static: Path) -> list[Path]:
    """The scripts in `static`, without Python itself, which shows nothing."""
    paths = sorted(static.rglob("*.js"))
    return [path for path in paths if static / "pyodide" not in path.parents]


def with_imports(static: Path, name: str) -> str:
    """The sheet `name` with what it imports, and its addresses as from `static`."""
    place = posixpath.dirname(name)

    def moved(address):
        return posixpath.normpath(posixpath.join(place, address))

    sheet = (static / name).read_text(encoding="utf-8").replace('@charset "UTF-8";', "")
    imported = map(moved, IMPORT.findall(sheet))
    sheet = ADDRESS.sub(
        lambda found: f'url("{moved(found[2])}")', IMPORT.sub("", sheet)
    )
    return "\n".join([*(with_imports(static, path) for path in imported), sheet])


def named_icons(static: Path, pages: list[str]) -> set[str]:
    """The class names of the icons that pages and scripts ask for."""
    scripts = [
        path.read_text(encoding="utf-8")
        for path in [*static.glob("*.js"), *static.glob("scripts/*theme.js")]
        if path.name != "plotly.min.js"
    ]
    return {name for text in (*pages, *scripts) for name in ICON_CLASS.findall(text)}


def only_icons(sheet: str, named: set[str]) -> tuple[str, set[int]]:
    """The sheet without the rules of other icons, and the signs of those it keeps."""
    signs = {ord(sign) for sign in ICON_VARIABLE.findall(sheet)}

    def keep(rule):
        if named.isdisjoint(ICON_CLASS.findall(rule[1])):
            return ""
        signs.add(int(rule[2], 16))
        return rule[0]

    sheet = ICON_RULE.sub(keep, sheet)
    return FONT_SOURCES.sub(r'src:url("\1.ttf") format("truetype")', sheet), signs


def shrink(source: Path, target: Path, signs: set[int]) -> None:
    """Write to `target` the font `source` with no glyphs but those of `signs`."""
    options = subset.Options(notdef_outline=True)
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=signs)
    subsetter.subset(font)
    subset.save_font(font, target, options)
