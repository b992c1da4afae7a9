"""Every letter of a numbered equation has a row in the appendix on notation."""

import re

import pytest
from chapters import BOOK, CHAPTERS, Chapter

_GREEK = re.compile(
    r"\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho"
    r"|sigma|tau|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell)\b"
)
_WORDS = re.compile(r"\\(?:text|mathrm|operatorname|begin|end)\{[^}]*\}")
_NUMBERED = re.compile(r"\$\$(?P<tex>.+?)\$\$ *\([\w-]+\)", re.S)


def letters(tex):
    r"""The letters that stand for something, as ``N`` or ``\theta``: no words, no
    functions."""
    found = re.findall(r"\\[A-Za-z]+|[A-Za-z]", _WORDS.sub(" ", tex))
    return {f for f in found if len(f) == 1 or _GREEK.fullmatch(f)}


def explained():
    """The letters in the first column of the appendix's tables."""
    rows = re.findall(
        r"^\| (\$.+?\$) \|", Chapter(BOOK / "appendix-notation.md").text, re.M
    )
    assert len(rows) > 50
    return set().union(*map(letters, rows))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=str)
def test_letters_of_numbered_equations_are_in_the_appendix(chapter):
    r"""A reader who meets an unknown letter finds it there, or finds that we have
    forgotten it."""
    used = set().union(*(letters(e["tex"]) for e in _NUMBERED.finditer(chapter.prose)))
    missing = used - explained()
    assert not missing, (
        f"{chapter}: {', '.join(sorted(missing))} not in appendix-notation.md"
    )


def test_letters_are_found():
    assert letters(r"\text{acc} = \frac{\theta_{12}}{m + 1}\,\cos\theta") == {
        r"\theta",
        "m",
    }
