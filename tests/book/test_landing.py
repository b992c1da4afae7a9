"""The landing page: a figure without a script, a picture for every chapter."""

import json
import re
from xml.etree import ElementTree

import pytest

from margins import figures
from tools import ROOT, draw_landing, draw_thumbs
from tools.contents import docnames

BOOK = ROOT / "book"
INDEX = (BOOK / "index.md").read_text(encoding="utf-8")
CHAPTERS = sorted(path.stem for path in BOOK.glob("[0-9][0-9]-*.md"))
LANDING = draw_landing.TARGET.read_text(encoding="utf-8")


def cards():
    pattern = (
        r":link: (\d\d-[\w-]+)\n.*?:file: _static/thumbs/(\d\d)\.svg\n.*?\*\*(\d+) · "
    )
    return re.findall(pattern, INDEX, re.S)


def test_each_chapter_has_its_card_in_order():
    assert [link for link, _, _ in cards()] == CHAPTERS
    for link, picture, number in cards():
        assert link[:2] == picture == f"{int(number):02}"


def test_every_card_is_of_the_book():
    """A card to a page that is not in the contents would be a dead link."""
    assert {f"book/{link}" for link, _, _ in cards()} <= set(docnames())


@pytest.mark.parametrize("number", [int(chapter[:2]) for chapter in CHAPTERS])
def test_pictures_are_light_and_take_the_ink_of_the_page(number):
    text = (draw_thumbs.FOLDER / f"{number:02}.svg").read_text(encoding="utf-8")
    assert len(text) < 8_000
    root = ElementTree.fromstring(text)
    assert root.get("fill") == "currentColor"
    assert root.get("aria-hidden") == "true"  # the words beside it say the same
    drawn = [e for e in root.iter("path") if len(e.get("d", "")) > 8]
    assert drawn
    assert "nan" not in text


def test_the_figure_holds_every_margin_and_both_trainings():
    data = json.loads(re.search(r'class="margins-data">(.*?)</script>', LANDING)[1])
    assert data["texts"] == [[draw_landing.in_degrees(m) for m in draw_landing.MARGINS]]
    assert LANDING.count('class="margins-grip"') == 2
    for name in ("softmax", "ArcFace"):
        assert f"Trained with {name}" in LANDING
    said = [
        mark["states"][position]["text"]
        for mark in data["marks"]
        if mark and "text" in mark["states"][0]
        for position in mark["of"]
    ]
    assert len(said) == 2 * len(draw_landing.MARGINS)
    counts = [list(map(int, re.findall(r"\d+", words))) for words in said]
    softmax, arcface = counts[: len(counts) // 2], counts[len(counts) // 2 :]
    assert all(right >= 195 and of == 200 for right, of, _ in counts)
    # What the page says: a right network has many images close to the boundary, and a
    # margin leaves fewer of them there.
    assert [near for *_, near in softmax] == sorted(near for *_, near in softmax)
    assert all(b[2] < a[2] for a, b in zip(softmax[6:], arcface[6:], strict=True))


def test_the_landing_page_loads_no_script_of_its_own():
    assert "<script>" not in LANDING
    assert "http" not in LANDING
    assert len(LANDING) < 120_000


def test_the_band_is_where_the_margin_is():
    plane = draw_landing.plane("")
    found = re.search(r'data-mark="\d+" data-moves="0".*?left:([\d.]+)%', LANDING)
    width, _ = plane.size
    start = float(
        re.search(r"\((\d+)°\)", draw_landing.in_degrees(draw_landing.START))[1]
    )
    x, _ = plane.at(start, 0)
    assert float(found[1]) == pytest.approx(100 * x / width, abs=0.2)


def test_pictures_are_of_the_books_styles():
    """The thumbnails' colours are the losses' own, as in every figure."""
    text = (draw_thumbs.FOLDER / "07.svg").read_text(encoding="utf-8")
    assert figures.style("am-softmax")["color"] in text
