r"""The colours of symbols: the margin, the target logit and the angle have one each.

A chapter's formulas are coloured when its page is written: ``m`` becomes
``\class{margins-mg}{m}``, and the style sheet says what that looks like, in the light
and in the dark. The sources stay plain TeX, and so do what is copied from a page, what
a screen reader reads and what stands in a notebook. Figures take the same colours from
`margins.figures.accent`. Nothing depends on them: each symbol is a letter of its own.
"""

import re

GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
WORDS = rf"\\(?:text|mathrm|operatorname|begin|end)\*?{GROUP}"
LETTER = r"(?<![A-Za-z\\])"
# A class, the chapters in which a symbol means this from end to end, and the symbol.
# (In others m may be a maximum, and f any function.) The angle between two class
# weights is not the one that a margin is put on.
SYMBOLS = (
    (
        "margins-mg",
        ("04", "06", "07", "08", "10", "11", "17", "18", "22"),
        rf"{LETTER}m(?![A-Za-z])(?:_\d)?",
    ),
    (
        "margins-tg",
        ("03", "04", "06", "07", "08", "11", "15"),
        rf"{LETTER}[zf]_(?:y(?![A-Za-z])|\{{(?:i ?)?y_i\}})",
    ),
    ("margins-tg", ("04", "11"), rf"{LETTER}f(?![A-Za-z_(])"),
    (
        "margins-an",
        ("03", "04", "06", "07", "08", "11", "17", "18", "22"),
        rf"\\theta(?![A-Za-z]|_\{{12\}})(?:_(?:{GROUP}|\w))?",
    ),
)
# What a comment calls them; m where it is added to something or taken from it.
NAMES = (
    ("margins-mg", r"\bmargins?\b|(?<=[-+] )m\b|(?<=margin )m\b"),
    ("margins-tg", r"\btarget logits?\b|\bz_y\b"),
    ("margins-an", r"\bangles?\b|\btheta\b|θ"),
)
COMMENT = re.compile(r'(?<=<span class="c1">)[^<]+')
# After these a symbol of several signs needs braces.
NEEDS_BRACES = re.compile(r"(?:[_^]|\\(?:[td]?frac|sqrt|hat|bar)) *$")


def coloured(tex: str, chapter: str) -> str:
    r"""TeX in which the symbols of a chapter carry their class.

    Parameters
    ----------
    tex : str
    chapter : str
        Its number, such as "08".

    Examples
    --------
    >>> coloured(r"\cos(\theta_y + m)", "08")
    '\\cos(\\class{margins-an}{\\theta_y} + \\class{margins-mg}{m})'
    >>> coloured(r"\cos(\theta_y + m)", "13")
    '\\cos(\\theta_y + m)'
    """
    here = [(kind, symbol) for kind, where, symbol in SYMBOLS if chapter in where]

    def dressed(found):
        if not found.lastindex:
            return found[0]
        symbol = rf"\class{{{here[found.lastindex - 1][0]}}}{{{found[0]}}}"
        before = tex[: found.start()]
        return f"{{{symbol}}}" if NEEDS_BRACES.search(before) else symbol

    symbols = (f"({symbol})" for _, symbol in here)
    return re.sub("|".join((WORDS, *symbols)), dressed, tex) if here else tex


def coloured_comments(line: str) -> str:
    """A highlighted line of code in whose comment they carry their colours too.

    Examples
    --------
    >>> coloured_comments('<span class="c1"># the margin, in N rows</span>')
    '<span class="c1"># the <span class="margins-mg">margin</span>, in N rows</span>'
    """

    def dressed(found):
        kind = NAMES[found.lastindex - 1][0]
        return f'<span class="{kind}">{found[0]}</span>'

    names = "|".join(f"({pattern})" for _, pattern in NAMES)
    return COMMENT.sub(lambda comment: re.sub(names, dressed, comment[0]), line)
