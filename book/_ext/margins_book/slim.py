"""Take out of the built pages what the theme sends and no reader needs.

As it comes, the theme sends every icon there is (1.5 MB of script and the fonts
besides), the search index on every page, and scripts that hold up the first paint. Here
the icons become a font of the few that the pages use, the scripts wait until the text
is there, and files that no page asks for go. Everything may run again on what it has
already treated: a warm build keeps the pages it did not change.
"""

import re
import shutil
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset

from margins_book import formulas, gather

# Where the style sheet and the fonts come from whole: a warm build does not copy them
# again.
THEME = (
    Path(pydata_sphinx_theme.__file__).parent
    / "theme"
    / "pydata_sphinx_theme"
    / "static"
)
SHEET = Path("styles/pydata-sphinx-theme.css")
FONTS = Path("vendor/fontawesome/webfonts")

# A rule of Font Awesome's sheet: the class names of an icon, and its place in the font.
ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
ICON_VARIABLE = re.compile(r'--pst-icon-[\w-]+:"(.)"')
ICON_CLASS = re.compile(r"\bfa-[\w-]+")
FONT_SOURCES = re.compile(
    r'src:url\(([^)]+)\.woff2\) format\("woff2"\),url\(\1\.ttf\) format\("truetype"\)'
)


def slim(folder):
    """Slim the site in `folder`, pages and static files."""
    folder = Path(folder)
    static = folder / "_static"
    pages = [path for path in folder.rglob("*.html") if static not in path.parents]
    options = (static / "documentation_options.js").read_text(encoding="utf-8").strip()
    texts = []
    for page in pages:
        before = page.read_text(encoding="utf-8")
        after = slim_page(before, options, is_search=page.name == "search.html")
        if after != before:
            page.write_text(after, encoding="utf-8")
        texts.append(after)
    slim_icons(static, texts)
    formulas.write_style(static, texts)
    gather.gather(folder, pages)
    for path in {*static.rglob("*.map"), *static.glob("scripts/fontawesome.js*")}:
        path.unlink()


def slim_page(text, options, is_search):
    """One page: `options` is the script that the inline scripts after it need."""
    text = re.sub(r"\s*<script[^>]*fontawesome\.js[^>]*></script>", "", text)
    text = re.sub(r'\s*<link rel="preload" as="script"[^>]*>', "", text)
    # A script makes light or dark of it; without scripts there would be no colours at
    # all.
    text = text.replace(' data-theme="auto">', ' data-theme="light">', 1)
    # Sphinx, the theme and the author's metadata say this each for themselves.
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
    text = re.sub(r'<meta name="viewport"[^>]*>', "", text)
    text = text.replace(
        '<meta charset="utf-8" />', f'<meta charset="utf-8" />{viewport}', 1
    )
    # docutils calls the bibliography a list, of entries whose role ARIA has given up
    # since.
    text = re.sub(r' role="(?:list|doc-biblioentry)"', "", text)
    # A few lines that inline scripts read at once: cheaper in the page than as a
    # request.
    text = re.sub(
        r'<script src="[^"]*documentation_options\.js[^"]*"></script>',
        lambda _: f"<script>{options}</script>",
        text,
    )
    if not is_search:
        text = re.sub(
            r"\s*<script"
            r' src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>',
            "",
            text,
        )
    # Deferred scripts keep their order and still run before DOMContentLoaded, which all
    # wait for.
    return re.sub(r"<script (?![^>]*\bdefer\b)(?=[^>]*\bsrc=)", "<script defer ", text)


def slim_icons(static, texts):
    """Leave in the style sheet and in the fonts the icons that pages and scripts
    name."""
    css = (THEME / SHEET).read_text(encoding="utf-8")
    scripts = [
        path.read_text(encoding="utf-8")
        for path in [*static.glob("*.js"), *static.glob("scripts/*theme.js")]
        if path.name != "plotly.min.js"
    ]
    named = {name for text in (*texts, *scripts) for name in ICON_CLASS.findall(text)}
    used = {ord(sign) for sign in ICON_VARIABLE.findall(css)}

    def keep(rule):
        if named.isdisjoint(ICON_CLASS.findall(rule[1])):
            return ""
        used.add(int(rule[2], 16))
        return rule[0]

    css = ICON_RULE.sub(keep, css)
    css = FONT_SOURCES.sub(r'src:url(\1.ttf) format("truetype")', css)
    (static / SHEET).write_text(css, encoding="utf-8")
    shutil.rmtree(static / FONTS)
    (static / FONTS).mkdir()
    for font in (THEME / FONTS).glob("*.ttf"):
        shrink(font, static / FONTS / font.name, used)


def shrink(source, target, unicodes):
    """Write to `target` the font `source` with no glyphs but those of `unicodes`."""
    options = subset.Options(notdef_outline=True)
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    subset.save_font(font, target, options)
