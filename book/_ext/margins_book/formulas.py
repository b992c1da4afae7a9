"""Typeset the formulas when the book is built: a page needs no script for them.

MathJax itself does it, in V8 (mini-racer: one wheel of 15 to 22 MB for every Python and
system, where Node would be 60), so its fonts and spacing look alike in every browser,
which MathML does not, and it takes all TeX that the notebooks' own MathJax takes, which
KaTeX and the converters written in Python do not. A chapter's formulas add 10 kB
compressed, MathML for screen readers and TeX for copying included.
"""

import atexit
import functools
import re
import shutil
from html import escape
from importlib.resources import files
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from margins_book import accents

logger = logging.getLogger(__name__)

# a package whose name no import statement can spell
MATHJAX = Path(str(files("sphinx-mathjax-offline"))) / "static" / "mathjax"
PARTS = (
    "startup.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-full.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)
SHEET = "margins-formulas.css"
FONTS = MATHJAX / "output/chtml/fonts/woff-v2"

# A rule for one sign of one font, and how a page names the two.
SIGN_RULE = re.compile(
    r"^mjx-c\.(mjx-c[0-9A-F]+(?:\.TEX-[\w-]+)?)::before \{.*?^\}\s*", re.M | re.S
)
SIGN = re.compile(r'<mjx-c class="([^"]+)"')
PUNCTUATION = re.compile(r"[.,;:!?)\]’”]+")


class TeXError(ValueError):
    """TeX that MathJax does not understand."""


@functools.cache
def mathjax() -> MiniRacer:
    engine = MiniRacer()
    atexit.register(engine.close)  # Python would wait for V8 for ever
    engine.eval("var MathJax = { startup: { typeset: false } };")
    for part in PARTS:
        engine.eval((MATHJAX / part).read_text(encoding="utf-8"))
    engine.eval(Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))
    return engine


@functools.cache
def typeset(form: str, *formula: str | bool) -> str:
    """What MathJax makes of a formula.

    Parameters
    ----------
    form : {"html", "mathml", "sheet"}
        The formula as HTML with MathML hidden in it, as MathML alone; or the style
        sheet of the former, which needs no formula.
    formula : str, bool
        The TeX, and whether it is displayed.

    Raises
    ------
    TeXError
        With MathJax's own words.
    """
    answer, error = mathjax().call("typeset", form, *formula)
    if error:
        raise TeXError(error)
    return answer


def html(tex: str, display: bool, chapter: str = "") -> str:
    """A formula for a page; whoever copies the text around it copies its TeX."""
    delimited = rf"\[{tex}\]" if display else rf"\({tex}\)"
    hidden = f'<span class="margins-tex" aria-hidden="true">{escape(delimited)}</span>'
    return hidden + typeset("html", accents.coloured(tex, chapter), display)


def mathml(tex: str, display: bool, chapter: str = "") -> str:
    """A formula for the EPUB, without MathJax's notes to itself."""
    tree = re.sub(
        r' (?:data-[\w-]+="[^"]*"|class="(?!margins-)[^"]*")',
        "",
        typeset("mathml", accents.coloured(tex, chapter), display),
    )
    alternative = escape(" ".join(tex.split()))
    return tree.replace("<math", f'<math alttext="{alternative}"', 1)


def rendered(translator, node, tex, display):
    form = mathml if translator.builder.name == "epub" else html
    page = translator.builder.current_docname
    try:
        return form(tex, display, page.rpartition("/")[2][:2])
    except TeXError as error:
        logger.warning(
            "%s in the formula %s", error, " ".join(tex.split()), location=node
        )
        return escape(tex)


def visit_math(translator, node):
    formula = rendered(translator, node, node.astext(), False)
    opening = translator.starttag(
        node, "span", "", CLASS="math notranslate nohighlight"
    )
    translator.body.append(f"{opening}{formula}</span>")
    raise nodes.SkipNode


def visit_displayed_math(translator, node):
    translator.body.append(
        translator.starttag(node, "div", CLASS="math notranslate nohighlight")
    )
    if node["number"]:
        translator.body.append(
            f'<span class="eqno">({get_node_equation_number(translator, node)})'
        )
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    tex = node.astext() if node["nowrap"] else aligned(node.astext())
    translator.body.append(rendered(translator, node, tex, True) + "</div>\n")
    raise nodes.SkipNode


def aligned(tex: str) -> str:
    """Several lines or paragraphs, in the environments that Sphinx promises."""
    parts = [
        rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part
        for part in tex.split("\n\n")
        if part.strip()
    ]
    if len(parts) == 1:
        return parts[0]
    return (
        r"\begin{align}\begin{aligned}"
        + r"\\".join(parts)
        + r"\end{aligned}\end{align}"
    )


def write_style(static: Path, pages: list[str]) -> None:
    """Put MathJax's fonts and style sheet into `static`, of its signs those that
    `pages` show.

    Parameters
    ----------
    static : Path
        Folder of the style sheets.
    pages : list of str
        The HTML of the whole site.
    """
    named = {name.replace(" ", ".") for page in pages for name in SIGN.findall(page)}
    sheet = SIGN_RULE.sub(
        lambda rule: rule[0] if rule[1] in named else "", typeset("sheet")
    )
    (static / SHEET).write_text(sheet, encoding="utf-8")
    shutil.copytree(FONTS, static / "fonts", dirs_exist_ok=True)


class KeepPunctuation(SphinxPostTransform):
    """Keep a comma on the line of its formula: a browser may break before it."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs):
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            sign = isinstance(after, nodes.Text) and PUNCTUATION.match(after)
            if sign:
                place, parent = formula.parent.index(formula), formula.parent
                kept = nodes.inline("", "", formula.deepcopy(), nodes.Text(sign[0]))
                kept["classes"].append("margins-together")
                parent[place : place + 2] = [kept, nodes.Text(after[sign.end() :])]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(KeepPunctuation)
    app.add_html_math_renderer(
        "margins", (visit_math, None), (visit_displayed_math, None)
    )
    # V8 survives no fork
    return {"parallel_read_safe": True, "parallel_write_safe": False}
