"""The table of contents, for whoever has to go through all pages."""

import re
from pathlib import Path

from tools import ROOT


def docnames(root: Path = ROOT) -> list[str]:
    """The pages of ``_toc.yml`` in their order, such as "book/04-l-softmax".

    Read without a parser of YAML, which the environment that prints the pages lacks.
    """
    text = (root / "_toc.yml").read_text(encoding="utf-8")
    return re.findall(r"^ *-? *(?:file|root): *(\S+)", text, re.M)
