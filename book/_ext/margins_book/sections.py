"""The sections of a built page as a reader sees them: what the search looks through.

Read from the written page, where numbers, references and outputs stand as they are
read, and not from the sources, where they do not.
"""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from margins_book.readable import readable

# Pictures, scripts and typeset formulas: the TeX beside each formula is what is read.
UNSEEN = re.compile(r"<(script|style|svg|mjx-container|button)\b.*?</\1>", re.S)
ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.S)

# Elements that are no part of the text.
SKIPPED = {
    *("headerlink", "eqno", "live-stub", "live-answers", "live-note", "margins-plot"),
    *("margins-controls", "admonition-title", "toctree-wrapper", "live-points"),
}
BLOCKS = {"p", "li", "dd", "dt", "tr", "figcaption", "summary", "div", "h4"}
CELLS = {"td", "th"}
TERMS = {"strong", "b", "dt"}
HEADINGS = {"h1", "h2", "h3"}
EMPTY = {"img", "br", "hr", "input", "meta", "link", "col", "wbr", "source"}
TEX = re.compile(r"\\[(\[](.*)\\[)\]]\Z", re.S)
# Pygments' classes for names, and not for words, strings and comments.
NAMES = {"n", "nc", "nf", "nn", "fm"}
# Not behind an abbreviation, an initial or a number such as that of a figure.
SENTENCE = re.compile(
    r"(?<=[.!?:])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bal\.)(?<!\bvs\.)(?<!\bcf\.)(?<!\bFig\.)"
    r"(?<!\b[A-Z]\.)[\"”’)]?\s+(?=[\"“‘(]?[A-ZΑ-Ωα-ω])"
)


@dataclass
class Section:
    """What stands below one heading, up to the next.

    `anchor` is the id of its place, empty at the top of a page; `words` are the bold
    terms and those that are defined, `captions` those of its
    figures, `text` its sentences, and `names` the names that its code and its formulas
    use. `asks` says that it holds tasks: who looks a word up wants what explains it.
    """

    anchor: str
    number: str = ""
    title: str = ""
    words: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    asks: bool = False


def sections(page: str) -> list[Section]:
    """The sections of a page, in order; none where it has no article.

    Parameters
    ----------
    page : str
        Its HTML.
    """
    article = ARTICLE.search(page)
    if article is None:
        return []
    reader = _Reader()
    reader.feed(UNSEEN.sub("", article[1]))
    reader.finish()
    return [section for section in reader.sections if section.title]


class _Reader(HTMLParser):
    """Goes through an article once, and keeps a stack of what is open."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.sections = []
        self.open = []  # (tag, what it is to us)
        self.ids = []  # of the open sections
        self.block = ""  # the text read since the last block ended
        self.heard = []  # for each open element that is wanted as a whole: its text

    @property
    def here(self):
        return self.sections[-1]

    def handle_starttag(self, tag, attributes):
        if tag in EMPTY:
            self.block += " " if tag == "br" else ""
            return
        attributes = dict(attributes)
        classes = set((attributes.get("class") or "").split())
        if "live-task" in classes and self.sections:
            self.here.asks = True
        kind = self._kind(tag, classes)
        if tag == "section":
            self.ids.append(attributes.get("id") or "")
        if kind in ("heading", "number", "term", "caption", "tex"):
            self.heard.append("")
        if self._breaks(tag, kind):
            self._end_block()
        if kind == "heading":
            self._end_block()
            # The first heading is the page's own: its hits open the top.
            anchor = self.ids[-1] if self.ids and self.sections else ""
            self.sections.append(Section(anchor))
        self.open.append((tag, kind))

    def _kind(self, tag, classes):
        kinds = {kind for _, kind in self.open}
        if "skipped" in kinds or classes & SKIPPED:
            return "skipped"
        if "margins-tex" in classes:
            return "tex"
        if tag in HEADINGS:
            return "heading"
        if "section-number" in classes:
            return "number"
        if tag == "pre":
            return "code"
        if "code" in kinds:
            return "name" if classes & NAMES else "other"
        if tag in TERMS and "caption" not in kinds:
            return "term"
        if tag == "figcaption":
            return "caption"
        return "display" if tag == "div" and "math" in classes else ""

    def handle_endtag(self, tag):
        if not any(tag == name for name, _ in self.open):
            return
        while self.open:
            name, kind = self.open.pop()
            self._close(name, kind)
            if name == tag:
                return

    def _close(self, tag, kind):
        if tag == "section":
            self.ids.pop()
        if kind in ("heading", "number", "term", "caption", "tex"):
            said = " ".join(self.heard.pop().split())
            if kind == "tex":
                self._formula(said)
            elif self.sections:
                self._keep(kind, said)
        if tag in CELLS:
            self.block += " · "
        if self._breaks(tag, kind):
            self._end_block()

    def _breaks(self, tag, kind):
        """Whether a block ends where such an element begins or ends."""
        in_cell = any(name in CELLS for name, _ in self.open)
        return tag in BLOCKS and not in_cell and kind not in ("skipped", "display")

    def _keep(self, kind, said):
        if kind == "heading":
            self.here.title = said
            self.block = ""
        elif kind == "number":
            self.here.number = said.rstrip(". ")
        elif kind == "caption":
            self.here.captions.append(said)
            self.block = ""  # a caption is looked through as one, and not twice
        elif said and said not in self.here.words:
            self.here.words.append(said)

    def _formula(self, tex):
        tex = TEX.match(tex)[1] if TEX.match(tex) else tex
        words, known = readable(tex)
        display = any(kind == "display" for _, kind in self.open)
        if self.sections:
            self.here.names |= known
            # A displayed formula belongs to the sentence before it.
            unfinished = self.here.text and self.here.text[-1][-1] not in ".!?"
            if display and unfinished and not self.block.strip():
                self.block = self.here.text.pop() + " "
        self.handle_data(words)

    def handle_data(self, data):
        kind = self.open[-1][1] if self.open else ""
        kinds = {kind for _, kind in self.open}
        if "skipped" in kinds or not (self.sections or "heading" in kinds):
            return
        if kind == "tex":
            self.heard[-1] += data
            return
        if "code" in kinds:
            if kind == "name" and len(data) > 2:
                self.here.names.add(data)
            return
        if kind == "number":
            self.heard[-1] += data
            return
        self.heard = [text + data for text in self.heard]
        self.block += data

    def _end_block(self):
        said = " ".join(self.block.split()).removesuffix(" ·")
        self.block = ""
        if said and self.sections:
            self.here.text.append(said)

    def finish(self):
        self._end_block()
        for section in self.sections:
            whole = _joined(section.text)
            section.text = [
                sentence for part in whole for sentence in SENTENCE.split(part)
            ]
            section.title = html.unescape(section.title)


def _joined(parts):
    """Blocks of text, where one that begins in the middle of a sentence goes on."""
    joined = []
    for part in parts:
        if joined and part[0].islower() and joined[-1].endswith(("…", ",", "=")):
            joined[-1] += " " + part
        else:
            joined.append(part)
    return joined
