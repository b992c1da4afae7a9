"""Draw the small pictures of the landing page: python -m tools.draw_thumbs

One for each chapter, ``book/_static/thumbs/NN.svg``, each computed from the formula or
the data that its chapter is about. They are set into the page and take its ink.
"""

from margins import figures
from margins.figures.marks import Mark
from margins.figures.stills import escape
from tools import ROOT
from tools.thumbs import PICTURES

FOLDER = ROOT / "book" / "_static" / "thumbs"
WIDTH, HEIGHT = 200, 112


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for number, picture in PICTURES.items():
        text = svg(*picture())
        (FOLDER / f"{number:02}.svg").write_text(text, encoding="utf-8")


def svg(x: tuple[float, float], y: tuple[float, float], marks: list[Mark]) -> str:
    """The marks in a plane without axes; the text beside it says what the page is."""
    plane = figures.Plane(x, y, axes=False, width=WIDTH, height=HEIGHT)
    drawn = "".join(
        f"<{mark.tag}"
        + "".join(
            f' {key}="{escape(value)}"'
            for key, value in attributes.items()
            if key != "text"
        )
        + f">{attributes.get('text', '')}</{mark.tag}>"
        for mark in marks
        for attributes in [mark.look | mark.place(plane)]
    )
    return (
        f'<svg class="margins-thumb" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true"'
        ' fill="currentColor" style="display:block;width:100%;height:auto">'
        f"{drawn}</svg>\n"
    )


if __name__ == "__main__":
    main()
