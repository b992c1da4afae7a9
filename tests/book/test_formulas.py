"""Formulas are typeset when the book is built: by MathJax, with no script, or not at
all."""

import re

import pytest
from margins_book import accents, formulas
from sphinx.cmd.build import build_main


@pytest.fixture
def build(tmp_path, capfd):
    """Build a page of one reStructuredText source; the status, the page and what was
    said."""
    (tmp_path / "conf.py").write_text(
        "extensions = ['margins_book.formulas']\nhtml_theme = 'basic'\nversion = '1'\n"
        "project = copyright = author = 'Test'\nnumfig = math_numfig = True\n"
    )

    def run(text, builder="html"):
        (tmp_path / "index.rst").write_text(text)
        out = tmp_path / builder
        options = [
            "-q",
            "-W",
            "--keep-going",
            "-b",
            builder,
            "-d",
            str(tmp_path / "doctrees"),
        ]
        status = build_main([*options, str(tmp_path), str(out)])
        pages = [*out.glob("index.*html")]
        page = pages[0].read_text(encoding="utf-8") if pages else ""
        return status, page, capfd.readouterr().err

    return run


def test_a_page_needs_no_script_for_its_formulas(build):
    status, page, _ = build("Title\n=====\n\nBy :math:`x^2 < 1` so.\n")
    assert status == 0
    assert "<mjx-math" in page
    assert "mathjax" not in page.lower().replace('class="mathjax"', "")
    assert r'aria-hidden="true">\(x^2 &lt; 1\)</span>' in page  # what copying gives
    assert "<msup>" in page  # what a screen reader reads


def test_a_displayed_formula_keeps_its_number_and_its_place(build):
    text = "Title\n=====\n\n.. math:: a = b\n   :label: one\n\nBy :eq:`one`.\n"
    status, page, _ = build(text)
    assert status == 0
    assert 'id="equation-one"' in page
    assert 'href="#equation-one"' in page
    assert '<span class="eqno">(1)' in page
    assert 'display="true"' in page


def test_lines_are_aligned(build):
    status, page, _ = build("Title\n=====\n\n.. math::\n\n   a &= b \\\\\n   c &= d\n")
    assert status == 0
    assert page.count("<mjx-mtr") == 2


def test_an_epub_gets_mathml(build):
    status, page, _ = build("Title\n=====\n\nBy :math:`x^2 < 1`.\n", "epub")
    assert status == 0
    assert re.search(r'<math[^>]* alttext="x\^2 &lt; 1"', page)
    assert "mjx-" not in page
    assert "data-mjx" not in page


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\frac{a", "Missing close brace"),
        (r"\nonsense x", r"Undefined control sequence \nonsense"),
        (r"\begin{matrix} a", r"Missing \end{matrix}"),
    ],
)
def test_wrong_tex_fails_the_build_with_page_and_formula(build, tex, said):
    status, _, heard = build(f"Title\n=====\n\nBy\n:math:`{tex}`.\n")
    assert status != 0
    assert said in heard
    assert tex in heard
    assert "index.rst:4" in heard


def test_one_wrong_formula_does_not_spoil_the_next():
    with pytest.raises(formulas.TeXError, match="close brace"):
        formulas.typeset("html", "{", False)
    assert "<mjx-mi" in formulas.typeset("html", "x", False)


def test_the_style_sheet_has_the_signs_of_the_pages_and_no_others(tmp_path):
    formulas.write_style(tmp_path, [formulas.html(r"\int x", True)])
    sheet = (tmp_path / "margins-formulas.css").read_text(encoding="utf-8")
    assert "mjx-c.mjx-c222B.TEX-S2::before" in sheet
    assert "mjx-c.mjx-c2211.TEX-S2::before" not in sheet  # a sum
    # taken out whole: the rest is MathJax's own
    rule = re.compile(r"^\S.*?^\}", re.M | re.S)
    assert set(rule.findall(sheet)) < set(rule.findall(formulas.typeset("sheet")))
    assert re.sub(r'"[^"]*"', "", rule.sub("", sheet)).strip() == ""
    for font in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (tmp_path / font).is_file()


def test_a_comma_stays_on_the_line_of_its_formula(build):
    _, page, _ = build("Title\n=====\n\nWith :math:`x`, :math:`y` and *z*.\n")
    together = re.findall(
        r'<span class="margins-together">.*?</mjx-container></span>(.*?)</span>', page
    )
    assert together == [","]
    assert " and <em>z</em>." in page


FORMULA = r"z_{i y_i} = s\cos(\theta_{i y_i} + m)"
CLASSES = "|".join(sorted({kind for kind, _, _ in accents.SYMBOLS}))


def test_symbols_carry_their_colour_and_their_tex_does_not():
    for form, element in (formulas.html, "mjx-"), (formulas.mathml, "m"):
        page = form(FORMULA, True, "08")
        found = re.findall(rf'<{element}[^>]*class="[^">]*\b({CLASSES})"', page)
        assert sorted(found) == CLASSES.split("|")
        assert FORMULA in page
        assert r"\class" not in page
        assert not re.search(CLASSES, form(FORMULA, True, "13"))


def test_a_colour_does_not_move_a_formula():
    seen = formulas.html(FORMULA, True, "08")
    plain = re.sub(rf" ?(?:{CLASSES})", "", seen).replace(' class=""', "")
    assert plain == formulas.html(FORMULA, True)
    assert plain != seen


@pytest.mark.parametrize(
    ("tex", "symbols"),
    [
        (r"\max_j z_j \bmod 2 \text{ of m}", []),
        (r"\cos m\theta = T_m(c)", ["m", r"\theta", "m"]),
        (r"\theta_{12} > \frac m2 \theta_1", ["m", r"\theta_1"]),
        (r"(-1)^m \mathrm{m} + m_2^2", ["m", "m_2"]),
        (r"z_y - z_{y_i} + z_{ij} + z_{iy_i}", ["z_y", "z_{y_i}", "z_{iy_i}"]),
        (r"\sin\theta_{iy_i} f_{ij} f", [r"\theta_{iy_i}"]),
    ],
)
def test_a_symbol_is_told_from_its_like(tex, symbols):
    dressed = accents.coloured(tex, "08")
    found = re.findall(rf"\\class{{[\w-]+}}{{((?:[^{{}}]|{accents.GROUP})+)}}", dressed)
    assert found == symbols
    formulas.typeset("html", dressed, True)  # MathJax understands it


def test_a_page_takes_the_colours_of_its_chapter(tmp_path):
    (tmp_path / "conf.py").write_text(
        "extensions = ['margins_book.formulas']\nroot_doc = '08-a'\n"
        "html_theme = 'basic'\nproject = copyright = author = 'Test'\n"
    )
    (tmp_path / "08-a.rst").write_text("Title\n=====\n\nBy :math:`m`.\n")
    assert build_main(["-q", "-W", str(tmp_path), str(tmp_path / "out")]) == 0
    assert "margins-mg" in (tmp_path / "out" / "08-a.html").read_text("utf-8")
