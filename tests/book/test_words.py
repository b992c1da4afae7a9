"""One spelling: British, but for the names of the field.

A name is spelled as its paper spells it: center loss and its centers, L-Softmax, weight
decay. So is what matplotlib and plotly want, in code, which is not looked at here.
"""

import re

import pytest
from chapters import CHAPTERS

from tools import ROOT

# How it is spelled here, for each spelling that is refused.
HERE = {
    r"\bcolor(s|ed|ful)?\b": "colour",
    r"\bgray\b": "grey",
    r"\bbehavior": "behaviour",
    r"\bneighbor": "neighbour",
    r"\bfavor": "favour",
    r"\blabeled\b(?! Faces)": "labelled",
    r"\bmodeling\b": "modelling",
    r"\b(centered|centering)\b": "centred, centring",
    r"\bcentre loss\b": "center loss",
    r"\bclass centres?\b": "class center",
    r"\b\w+yz(e|ed|es|ing)\b": "-yse",
    r"\b(normal|general|recogn|real|optim|initial|minim|maxim|regular)iz": "-ise",
    r"\bindexes\b": "indices",
}
TEXTS = {str(c): c.prose for c in CHAPTERS} | {
    name: re.sub(
        r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.S
    )
    for name in ("README.md", "CONTRIBUTING.md")
}
QUOTED = re.compile(r"`[^`]*`|\]\([^)]*\)|\*[^*]*\*|\"[^\"]*\"|\$[^$]*\$")


@pytest.mark.parametrize("name", TEXTS)
def test_words_are_spelled_in_one_way(name):
    """Titles in italics, quotations, code and addresses are as their owners wrote."""
    text = QUOTED.sub("", TEXTS[name])
    found = [
        f"{said[0]}: {here}"
        for wrong, here in HERE.items()
        for said in re.finditer(wrong, text, re.I)
    ]
    assert not found, f"{name}: {', '.join(found)}"
