"""Figures of papers that stand in more than one place are the same in all of them."""

import re

from chapters import NUMBERED

from margins import papers


def tables(number):
    """The tables of a chapter, each a list of rows, each a list of cells."""
    (text,) = [c.text for c in NUMBERED if c.path.name.startswith(number)]
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
    return [
        [
            [cell.strip() for cell in row.strip("|").split("|")]
            for row in table.splitlines()
        ]
        for table in found
    ]


def figures(table):
    return [row[1:] for row in table[2:]]  # below the head and its line


def test_cosface_compares_the_same_losses_in_both_chapters():
    """With the row that weakens its point: A-Softmax on normalised features."""
    (eleven,) = [t for t in tables("11-") if t[0][1] == "LFW" and len(t[0]) == 5]
    (fourteen,) = [t for t in tables("14-") if "CosFace's table 2" in t[0][0]]
    assert figures(eleven) == figures(fourteen)
    assert ["99.32", "95.4", "75.42", "88.82"] in figures(eleven)


def test_the_focal_loss_papers_table_is_the_one_that_ours_is_held_against():
    (table,) = [t for t in tables("09-") if t[0] == ["γ", "α", "AP"]]
    printed = {f"coco-gamma{row[0]}": float(row[2]) for row in table[2:]}
    assert printed == papers.AVERAGE_PRECISION


def test_chapter_4_quotes_what_chapter_14_prints():
    (text,) = [c.text for c in NUMBERED if c.path.name.startswith("04-")]
    names = "softmax", "l-softmax-m2", "l-softmax-m3", "l-softmax-m4"
    softmax, two, three, four = (papers.FIGURES[f"mnist-{name}"] for name in names)
    assert f"{softmax} % for softmax and {two}, {three} and {four} %" in text
