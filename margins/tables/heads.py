"""Heads of columns: what several have in common, their names and units."""

import re
from collections.abc import Sequence
from itertools import groupby

BETWEEN = " / "


def spans(heads: Sequence[str]) -> list[tuple[str, list[str]]]:
    """What neighbours have in common, "" if nothing, and what remains of their heads.

    Examples
    --------
    >>> spans(["λ", "accuracy (%) / train", "accuracy (%) / test"])
    [('', ['λ']), ('accuracy (%)', ['train', 'test'])]
    """
    parts = [head.rpartition(BETWEEN)[::2] for head in heads]
    return [
        (common, [name for _, name in some])
        for common, some in groupby(parts, key=lambda part: part[0])
    ]


def name_and_unit(head: str) -> tuple[str, str]:
    """A head without the unit in its last brackets, and the unit.

    Examples
    --------
    >>> name_and_unit("EER (%)"), name_and_unit("loss")
    (('EER', '%'), ('loss', ''))
    """
    found = re.fullmatch(r"(.+?) \(([^()]+)\)", head)
    return (found[1], found[2]) if found else (head, "")
