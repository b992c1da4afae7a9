"""The search: what is read of a page, and which section answers first."""

import json
from pathlib import Path

import pytest
from margins_book.readable import readable
from margins_book.search import index
from margins_book.sections import sections
from py_mini_racer import MiniRacer

from tools import ROOT

PAGE = """\
<main><article class="bd-article">
<section id="arcface">
<h1><span class="section-number">8. </span>ArcFace<a class="headerlink">#</a></h1>
<p class="margins-subtitle">What if the margin is an angle?</p>
<section id="forward"><h2><span class="section-number">8.1. </span>Past <span
 class="math"><span class="margins-tex">\\(\\pi\\)</span><mjx-container>p
</mjx-container></span> it turns<a class="headerlink">#</a></h2>
<p>A <strong>seam</strong> is where <em>one</em> rule ends, e.g. here. If</p>
<div class="math"><span class="eqno">(8.1)<a class="headerlink">#</a></span><span
 class="margins-tex">\\[\\frac{a}{b}\\]</span><mjx-container>x</mjx-container></div>
<p>then it jumps. The weight is <span class="math"><span class="margins-tex">\\(\\lambda
\\)</span><mjx-container>l</mjx-container></span>.</p>
<div class="cell"><details><summary><p class="admonition-title">Show code</p></summary>
<pre><span class="c1"># unfindable</span><span class="nf">fold_back</span></pre>
</details>
<figure class="margins-figure"><svg><text>unseen</text></svg>
<figcaption>Figure 8.1. Four branches.</figcaption></figure></div>
</section>
<section id="nan"><h2>Where the NaN comes from</h2>
<p>The root of zero. It is past all hope, and pi has no part in it.</p>
<table><tr><th>symbol</th><td><p>EER</p></td><td>rate</td></tr></table>
<details class="live-task"><summary>Answer it</summary></details></section>
</section></article></main>
<script>const hidden = 1;</script>
"""


def section(**parts):
    """A section for the ranking; what is not given is empty."""
    empty = dict.fromkeys(("anchor", "number", "title"), "")
    lists = {name: [] for name in ("words", "captions", "text", "names")}
    return empty | lists | parts


@pytest.fixture(scope="module")
def engine():
    with MiniRacer() as opened:
        ranking = ROOT / "book" / "_static" / "ranking.js"
        opened.eval(ranking.read_text(encoding="utf-8"))
        yield opened


def ranked(engine, sections, question, pages=None):
    """The titles of the sections found, the best first."""
    pages = pages or [{"url": "a.html", "title": "A", "sections": sections}]
    call = f"find(prepare({json.dumps(pages)}), {json.dumps(question)})"
    titles = f"marginsRanking.{call.replace('prepare', 'marginsRanking.prepare')}"
    return json.loads(
        engine.eval(f"JSON.stringify({titles}.map((found) => found.section.title))")
    )


def test_a_page_is_read_by_its_sections():
    top, forward, nan = sections(PAGE)
    assert (top.anchor, top.number, top.title) == ("", "8", "ArcFace")
    assert (forward.anchor, forward.number) == ("forward", "8.1")
    assert forward.title == "Past π it turns"
    assert nan.title == "Where the NaN comes from"
    assert [part.asks for part in (top, forward, nan)] == [False, False, True]


def test_excerpts_are_sentences_and_formulas_are_read_or_left_out():
    _, forward, nan = sections(PAGE)
    assert forward.text == [
        "A seam is where one rule ends, e.g. here.",
        "If … then it jumps.",
        "The weight is λ.",
    ]
    assert "symbol · EER · rate" in nan.text


def test_words_are_kept_by_where_they_stand():
    _, forward, nan = sections(PAGE)
    assert forward.words == ["seam"]
    assert forward.captions == ["Figure 8.1. Four branches."]
    assert forward.names == {"fold_back", "lambda", "pi"}
    assert nan.words == []  # the head of a table is no term


def test_what_nobody_reads_is_not_found():
    everything = json.dumps(index({"book/8": PAGE}))
    for word in ("unseen", "unfindable", "hidden", "#", "Show code", r"\\frac"):
        assert word not in everything


def test_a_page_without_an_article_has_no_sections():
    assert sections("<main><p>Only a form.</p></main>") == []


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"m\theta_1 \le \pi", "mθ₁ ≤ π"),
        (r"\cos(\theta+m) - 1", "cos (θ + m) − 1"),
        (r"\lVert \mathbf{x} \rVert^2", "‖x‖²"),
        (r"\frac{1}{2}", "…"),
        (r"\sum_{j} \exp z_j", "∑ⱼ exp zⱼ"),
    ],
)
def test_formulas_in_a_line_of_text(tex, text):
    assert readable(tex)[0] == text


def test_a_heading_counts_more_than_a_term_and_a_term_more_than_the_text(engine):
    found = ranked(
        engine,
        [
            section(title="text", text=["The margin, the margin and the margin."]),
            section(title="caption", captions=["A margin."]),
            section(title="term", words=["margin"]),
            section(title="The margin"),
        ],
        "margin",
    )
    assert found == ["The margin", "term", "caption", "text"]


def test_a_heading_that_is_the_question_comes_before_one_that_holds_it(engine):
    holds = section(title="In practice", words=["center loss"], text=["Center loss."])
    more = section(title="Center loss swept", words=["center loss"])
    whole = section(title="Center loss")
    assert ranked(engine, [holds, more, whole], "center loss")[0] == "Center loss"


def test_words_that_stand_together_count_more(engine):
    found = ranked(
        engine,
        [
            section(title="apart", text=["Past all hope, and no pi."]),
            section(title="together", text=["What is past π here?"]),
        ],
        "past pi",
    )
    assert found == ["together", "apart"]


@pytest.mark.parametrize("question", ["lambda", "λ", "Lambda", "LAMBDA"])
def test_a_greek_letter_is_its_name(engine, question):
    assert ranked(engine, [section(title="What λ does")], question) == ["What λ does"]
    assert ranked(engine, [section(title="Of lambda")], question) == ["Of lambda"]


def test_a_section_that_holds_all_words_comes_before_one_that_holds_some(engine):
    some = section(title="Center loss", words=["center loss"])
    every = section(title="other", text=["Under center loss all may collapse."])
    assert ranked(engine, [some, every], "center loss collapse") == ["other"]
    assert ranked(engine, [some], "center loss of everything") == ["Center loss"]


def test_plurals_beginnings_and_other_scripts_are_found(engine):
    one = [section(title="one", text=["The polynomial 大间隔."])]
    for question in ("polynomials", "polyn", "大间隔", "间隔", "POLYNOMIAL"):
        assert ranked(engine, one, question) == ["one"], question
    for question in ("", "  ", "?!", "nomial", "小"):
        assert ranked(engine, one, question) == [], question


def test_a_task_does_not_explain(engine):
    asking = section(title="asks", words=["annealing"], asks=True)
    explaining = section(title="explains", words=["annealing"])
    assert ranked(engine, [asking, explaining], "annealing")[0] == "explains"


def test_of_two_that_are_equal_the_first_in_the_book_comes_first(engine):
    pages = [
        {"url": f"{n}.html", "title": n, "sections": [section(title=f"{n} margin")]}
        for n in ("one", "two")
    ]
    assert ranked(engine, [], "margin", pages)[0] == "one margin"
    assert ranked(engine, [], "margin", pages[::-1])[0] == "two margin"


def test_the_index_is_a_script_and_the_ranking_needs_no_page():
    static = Path(ROOT / "book" / "_static")
    assert "document" not in (static / "ranking.js").read_text(encoding="utf-8")
    (page,) = index({"book/8": PAGE})
    assert page["url"] == "book/8.html"
    assert [part["title"] for part in page["sections"]][1] == "Past π it turns"
