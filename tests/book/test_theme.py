"""What the pages say otherwise than the theme, on a book of two pages; and that the
theme is still the one which our templates were written for."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pydata_sphinx_theme
import pytest
import soupsieve
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from margins_book import boxes, code, quoted, rules, style
from myst_nb.sphinx_ import HideCodeCellNode

from tools import ROOT

PAGE = """\
# A page

By $x^2$, and {cite}`liu2016`.

```{literalinclude} ../quoted.py
:language: python
:start-after: "# [part]"
:end-before: "# [/part]"
:dedent: 4
```

```python
def a_line_that_may_wrap(where_a_window_is_narrow):
    return 1
```

<img src="still.svg" href="data:image/png;base64,aGVsbG8=">

```{bibliography}
```
"""
SHOWING = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Figures

See {numref}`fig-pair`, {numref}`fig-pair-2` and {numref}`the last (%s) <fig-last>`.

```{code-cell} python
from IPython.display import HTML, display

from margins.figures import stills

display(HTML(stills.figure_html("<b>none</b>", None)))
```

(fig-pair)=
```{code-cell} python
for caption in ("One.", "Two."):
    display(HTML(stills.figure_html("<b>two</b>", caption)))
```

(fig-last)=
```{code-cell} python
display(HTML(stills.figure_html("<b>last</b>", "Three.")))
```
"""
QUOTED = 'if True:\n    # [part]\n    b = 2\n    c = "3"\n    # [/part]\n'
FACES = ROOT / "book" / "_static" / "fonts"
LAYOUT = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built pages of a book with the real settings."""
    home = tmp_path_factory.mktemp("home")
    (home / "book").mkdir()
    for name in ("_ext", "_static", "_templates", "references.bib"):
        (home / "book" / name).symlink_to(ROOT / "book" / name)
    (home / "_config.yml").write_bytes((ROOT / "_config.yml").read_bytes())
    (home / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\noptions: {numbered: true}\nchapters:\n"
        "  - file: book/errata\n  - file: book/showing\n"
    )
    (home / "quoted.py").write_text(QUOTED)
    (home / "book" / "index.md").write_text(PAGE)
    (home / "book" / "errata.md").write_text(
        "---\nsubtitle: What was wrong?\n---\n\n# Errata\n\nNone.\n"
    )
    (home / "book" / "showing.md").write_text(SHOWING)
    command = "from jupyter_book.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "build", home, "-n", "-W", "--keep-going"],
        cwd=home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return home / "_build" / "html"


@pytest.fixture(scope="module")
def page(site):
    return (site / "book" / "index.html").read_text(encoding="utf-8")


def test_there_is_one_style_sheet_with_all_that_it_names(site, page):
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"?]+)\?v=', page)
    sheet = (site / "book" / address).resolve()
    text = sheet.read_text(encoding="utf-8")
    assert "@import" not in text
    for name in re.findall(r'url\("([^"#?]+)', text):
        if not name.startswith("data:"):
            assert (sheet.parent / name).exists(), name
    # a line of each: the two themes, Sphinx, ours, a formula's sign, highlighted code
    for part in (
        "--pst-color",
        "--sbt-",
        ".margins-source",
        "mjx-c1D465",
        ".highlight",
    ):
        assert part in text


SMALL = """
/* a comment; with } signs */ /*! a licence, of example.org */:root,.unused{--a:b}
@charset "UTF-8";
.used{content:"}{"} .unused{color:red}
.used .unused,p,.bs-tooltip-top:hover{margin:0}
.used:not(.unused)>a{color:blue} .used:is(.unused,.other){color:blue}
:is(.used,.unused) p{top:0} #place[data-a=".no"]{left:0} .sm\\:row{right:0}
.unused::-moz-thing,.used{bottom:0}
@media print{.unused{color:red} @supports (a:b){.unused{color:red}}}
@media screen{.used.used{color:url(a;b)} .unused{color:red}}
@font-face{font-family:"unused"}
@keyframes unused{from{top:0}to{top:1px}}
"""


def test_rules_stay_that_a_page_or_a_script_may_match():
    pages = ['<p class="used" id="place">prose</p>']
    words = rules.Words(pages, ['tip.className = "bs-tooltip-" + where;'])
    assert rules.only_possible(SMALL, words).splitlines() == [
        "/*! a licence, of example.org */",
        ":root{--a:b}",
        '@charset "UTF-8";',
        '.used{content:"}{"}',
        "p,.bs-tooltip-top:hover{margin:0}",
        ".used:not(.unused)>a{color:blue}",
        ":is(.used,.unused) p{top:0}",
        '#place[data-a=".no"]{left:0}',
        ".sm\\:row{right:0}",
        ".unused::-moz-thing,.used{bottom:0}",
        "@media screen{.used.used{color:url(a;b)}}",
        '@font-face{font-family:"unused"}',
        "@keyframes unused{from{top:0}to{top:1px}}",
    ]
    with pytest.raises(ValueError, match="ends within a rule"):
        rules.only_possible("p{color:red", words)


def test_no_rule_is_gone_that_matches_a_page(site):
    """By another way than `rules` goes: a selector engine, on the pages themselves."""
    static = site / "_static"
    whole = "\n".join(style.with_imports(static, path) for path in style.THEME_SHEETS)
    kept = (static / style.NAME).read_text("utf-8")
    assert len(kept) < 300_000 < len(whole)
    selectors = {
        selector
        for prelude in re.findall(r"([^{}]+)\{", rules.COMMENT.sub("", whole))
        if "@" not in prelude
        for selector in rules.split(prelude.strip())
    }
    gone = sorted(selector for selector in selectors if selector not in kept)
    assert len(gone) > 2000
    pages = [
        BeautifulSoup((site / name).read_text("utf-8"), "html.parser")
        for name in ("book/index.html", "book/showing.html", "search.html")
    ]
    asked = 0
    gone = gone[::3]  # all take half a minute
    for selector in gone:
        # What a mouse or the keyboard changes is no matter of classes.
        plain = re.sub(r"::?(?!not|is|where|has)[a-z-]+(\([^)]*\))?", "", selector)
        try:
            pattern = soupsieve.compile(plain)
        except soupsieve.SelectorSyntaxError:
            continue
        asked += 1
        assert not any(pattern.select(page, limit=1) for page in pages), selector
    assert asked > 0.8 * len(gone)


def test_scripts_wait_for_the_text(site):
    for name in ("book/index.html", "search.html", "genindex.html"):
        text = (site / name).read_text(encoding="utf-8")
        scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", text)
        assert len(scripts) > 5
        assert all("defer" in script for script in scripts), name
        assert "const DOCUMENTATION_OPTIONS" in text
        assert "fontawesome" not in text


def test_the_search_page_alone_asks_for_the_index(site, page):
    search = (site / "search.html").read_text(encoding="utf-8")
    for name in ("ranking.js", "search-index.js", "search.js"):
        assert f"/{name}" not in page
        assert search.count(f"_static/{name}?v=") == 1
    index = (site / "_static" / "search-index.js").read_text(encoding="utf-8")
    assert "book/errata.html" in index
    assert "<noscript>" in search


def test_figures_have_numbers_and_places_that_the_text_refers_to(site):
    text = (site / "book" / "showing.html").read_text(encoding="utf-8")
    assert re.findall(r'<figure id="([^"]+)"', text) == [
        *("figure-1", "fig-pair", "fig-pair-2", "fig-last")
    ]
    numbers = re.findall(r'<span class="margins-number">(.*?)</span>(.*?)<', text)
    assert numbers == [
        *(("Figure 2.1.", ""), ("Figure 2.2.", " One."), ("Figure 2.3.", " Two.")),
        ("Figure 2.4.", " Three."),
    ]
    referred = re.findall(
        r'href="#(fig-[\w-]+)"><span class="std std-numref">(.*?)</', text
    )
    assert referred == [
        *(("fig-pair", "Figure 2.2"), ("fig-pair-2", "Figure 2.3")),
        ("fig-last", "the last (2.4)"),
    ]


def test_the_notebook_names_the_same_numbers(site):
    path = site / "_sources" / "book" / "showing.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "".join(c["source"] for c in map(joined, cells) if c["kind"] == "markdown")
    assert "See Figure 2.2, Figure 2.3 and the last (2.4)." in prose
    shown = re.findall(
        r"Figure \d\.\d\.", json.dumps([c["outputs"] for c in map(joined, cells)])
    )
    assert shown == ["Figure 2.1.", "Figure 2.2.", "Figure 2.3.", "Figure 2.4."]


def joined(cell):
    source = "".join(cell["source"])
    outputs = cell.get("outputs", [])
    return {"kind": cell["cell_type"], "source": source, "outputs": outputs}


def test_the_link_to_the_next_page_says_what_it_asks(page):
    assert re.search(
        r'class="right-next"[^>]*rel="next".*?Errata.*?What was wrong\?', page, re.S
    )
    assert 'class="page-toc margins-contents"' in page or "page-toc" not in page


def test_a_page_without_scripts_is_light(page):
    assert 'data-theme="light">' in page
    assert '<body data-default-mode="auto" data-live="' in page
    assert 'localStorage.getItem("mode") || "auto"' in page


def test_a_page_is_light_or_dark_before_its_text_comes(page):
    """The theme's script says "light" or "dark" at the end; another word here would
    have a browser compute every style anew."""
    head, _, _ = page.partition('rel="stylesheet"')
    assert 'matchMedia("(prefers-color-scheme: dark)")' in head
    assert '"auto"' not in head.partition("dataset.theme = ")[2].partition(";")[0]


def test_no_rule_is_for_whatever_is_in_a_thing_that_has_another():
    """With it all that a script adds would cost the style of all that is beside it."""
    sheets = ROOT.glob("book/_static/**/*.css")
    text = "\n".join(path.read_text("utf-8") for path in sheets)
    assert not re.findall(r":has\([^{},]*\)\s*[ >+~]\s*\*", text)


def test_the_themes_script_asks_all_boxes_before_it_changes_one(site):
    path = site / "_static" / boxes.SCRIPT
    text = path.read_text(encoding="utf-8")
    assert all(new in text for new in boxes.OTHERWISE.values())
    boxes.write(site / "_static")  # as a warm build does
    assert path.read_text(encoding="utf-8") == text


def test_another_script_of_the_theme_is_noticed(tmp_path):
    (tmp_path / boxes.SCRIPT).parent.mkdir()
    (tmp_path / boxes.SCRIPT).write_text("e.tabIndex=0")
    with pytest.raises(ValueError, match="does not say"):
        boxes.write(tmp_path)


def test_the_head_says_each_thing_once(page):
    for name in ("viewport", "description", "docsearch:version"):
        assert page.count(f'name="{name}"') == 1


def test_the_bibliography_has_no_role_that_aria_gave_up(page):
    assert '<div class="citation-list">' in page
    assert 'role="list"' not in page
    assert "doc-biblioentry" not in page


def test_icons_are_those_of_the_pages(site):
    text = (site / "_static" / style.NAME).read_text(encoding="utf-8")
    assert ".fa-magnifying-glass:before" in text
    assert ".fa-wine-glass:before" not in text
    fonts = list((site / "_static" / style.FONTS).glob("*"))
    assert {font.suffix for font in fonts} == {".ttf"}
    assert all(font.stat().st_size < 20_000 for font in fonts)
    assert not list((site / "_static").rglob("*.map"))


def test_a_line_that_may_wrap_knows_its_indentation():
    lines = ["    if a_long_condition_that_may_wrap(&quot;a&quot;):\n", "short\n"]
    marked = [line for _, line in code.LongLines().marked((1, x) for x in lines)]
    assert marked[0].startswith('<span class="margins-long" style="--i:4">    if')
    assert marked[0].endswith("\n</span>")
    assert marked[1] == "short\n"


def test_pages_mark_the_lines_that_may_wrap(page):
    assert page.count('class="margins-long"') == 1
    assert re.search(r'class="margins-long" style="--i:0">.*a_line_that_may', page)


def cell(*shown):
    """A cell with its code hidden, as myst-nb leaves it, and what it shows."""
    hidden = HideCodeCellNode(prompt_show="Show", prompt_hide="Hide")
    hidden["classes"] = ["above-input"]
    made = nodes.container()
    made += [hidden, *(nodes.raw("", html, format="html") for html in shown)]
    return made, hidden


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<figure class="margins-figure">', "figure"),
        ("<div><table>", "table"),
        ("<p>12</p>", "result"),
    ],
)
def test_hidden_code_is_folded_under_what_it_makes(html, name):
    made, hidden = cell(html)
    document = new_document("page")
    document += made
    code.FoldedUnder(document).run()
    assert made[-1] is hidden
    assert made["classes"] == ["margins-folds"]
    assert hidden["prompt_show"] == f"Code for this {name}"
    assert "above-input" not in hidden["classes"]


def test_hidden_code_that_shows_nothing_stays():
    made, hidden = cell()
    document = new_document("page")
    document += made
    code.FoldedUnder(document).run()
    assert hidden["prompt_show"] == "Show"


def test_the_faces_are_there_and_light(site):
    faces = list((site / "_static" / "fonts").glob("*.woff2"))
    ours = [path for path in faces if (FACES / path.name).exists()]
    assert {path.stem for path in ours} == {"text", "text-italic", "text-bold", "code"}
    assert sum(path.stat().st_size for path in ours) <= 120_000
    assert (FACES / "licences.txt").read_text("utf-8").count("OPEN FONT LICENSE") >= 1


def test_an_address_that_leads_nowhere_finds_the_book(site):
    text = (site / "404.html").read_text(encoding="utf-8")
    assert text.index("document.head.prepend(base)") < text.index('rel="stylesheet"')
    assert 'href="book/index.html"' in text


def test_pictures_lie_beside_the_page(site, page):
    (name,) = re.findall(r'href="\.\./(_images/picture-[0-9a-f]+\.png)"', page)
    assert (site / name).read_bytes() == b"hello"
    assert "base64" not in page


def test_a_quotation_says_its_file_and_lines(page):
    assert not re.search(r"\n\s*\n</pre>", page)
    assert re.search(r'class="margins-source">.*quoted\.py.*, lines 3 to 4</p>', page)


def test_the_line_of_a_quotation_leads_to_the_repository():
    said = quoted.whence("mlcore/linalg.py", 3, 4, "https://example.org/a")
    assert said.astext() == "mlcore/linalg.py, lines 3 to 4"
    (link,) = said.findall(lambda node: "refuri" in getattr(node, "attributes", {}))
    assert link["refuri"] == ("https://example.org/a/blob/main/mlcore/linalg.py#L3-L4")


def test_what_is_not_in_the_file_is_not_said_to_be():
    with pytest.raises(ValueError, match="does not hold"):
        quoted.place(ROOT / "mlcore" / "arrays.py", "no such line")


# The theme itself. A failure below asks for a look at the new block and at a page in a
# browser, and then for the new checksum.


def block(name):
    layout = (LAYOUT / "layout.html").read_text(encoding="utf-8")
    return re.search(rf"block {name} -?%\}}(.*?)\{{%-? *endblock", layout, re.S)[1]


@pytest.mark.parametrize(
    ("name", "known"),
    [("css", "dd6db245"), ("extrahead", "cd87119b"), ("body_tag", "d4c61c14")],
)
def test_the_blocks_that_we_replace_are_the_ones_we_know(name, known):
    said = " ".join(block(name).split())
    theme = f"pydata-sphinx-theme {version('pydata-sphinx-theme')}"
    checksum = sha256(said.encode()).hexdigest()[:8]
    assert checksum == known, f"{theme} has another {name}:\n{said}"


def test_the_theme_names_the_sheets_that_we_gather():
    macros = (LAYOUT / "static/webpack-macros.html").read_text(encoding="utf-8")
    assert tuple(re.findall(r"_static/([\w./-]+\.css)", macros)) == style.THEME_SHEETS
