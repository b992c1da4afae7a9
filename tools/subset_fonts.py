"""Cut the faces of the book to the signs that it uses: ``make fonts``.

    python -m tools.subset_fonts FOLDER

FOLDER holds the whole fonts, as npm installs them from ``book/fonts``. Written are the
files of the pages, ``book/_static/fonts/*.woff2``, and those that matplotlib draws the
figures with, ``margins/figures/faces/*.ttf``. Needs fontTools and, for woff2, brotli.

The licence of the text face reserves its name for the whole fonts, so that those here
are called after the book. What a face lacks is drawn by the reader's own.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from tools import ROOT

PAGES = ROOT / "book" / "_static" / "fonts"
FIGURES = ROOT / "margins" / "figures" / "faces"
MOST_BYTES = 120_000  # of the pages' files together

# More than the book has today, so that a new sentence seldom asks for new files.
SIGNS = (
    "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
    + "ŵƒ\u0302–—‘’“”†•…′‵‖\u2009\u2011\u202f"
    + "ΓΔΘΛΞΠΣΦΨΩαβγδεζηθικλμνξοπρςστυφχψωϑϕ"
    + "ᵀⁿ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉½←↑→↓∂∈∏∑−√∞∩∪≈≠≤≥⌈⌉⌊⌋□▢▸▲■○◌●◼✓✗"
)
# A figure has no quotations in other languages.
IN_FIGURES = "".join(sign for sign in SIGNS if not "À" <= sign <= "ÿ" or sign in "×÷")
SERIF, SMALL = "SourceSerif4", "SourceSerif4SmText"
TEXT = ["kern", "liga", "ccmp", "mark", "lnum", "tnum", "frac"]

# From where, to where, and the family and style that the file says it is.
FACES = (
    (f"{SERIF}-Regular", PAGES / "text.woff2", "Margins Text", "Regular"),
    (f"{SERIF}-It", PAGES / "text-italic.woff2", "Margins Text", "Italic"),
    (f"{SERIF}-Semibold", PAGES / "text-bold.woff2", "Margins Text", "Bold"),
    ("iosevka", PAGES / "code.woff2", "Margins Code", "Regular"),
    (f"{SMALL}-Regular", FIGURES / "text.ttf", "Margins Figures", "Regular"),
    (f"{SMALL}-Semibold", FIGURES / "text-bold.ttf", "Margins Figures", "Bold"),
)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("needs the folder into which npm has installed the whole fonts")
    modules = Path(sys.argv[1]) / "node_modules"
    for name, target, family, style in FACES:
        cut(whole(modules, name), target, family, style)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size} bytes")
    size = sum(path.stat().st_size for path in PAGES.glob("*.woff2"))
    if size > MOST_BYTES:
        sys.exit(f"{size} bytes for the pages, more than {MOST_BYTES}")
    serif, iosevka = modules / "source-serif", modules / "@fontsource" / "iosevka"
    for folder, licences in (
        (PAGES, [serif / "LICENSE.md", iosevka / "LICENSE"]),
        (FIGURES, [serif / "LICENSE.md"]),
    ):
        said = "\n\n".join(path.read_text(encoding="utf-8") for path in licences)
        (folder / "licences.txt").write_text(said, encoding="utf-8")


def whole(modules: Path, name: str) -> Path:
    """The file of a whole font in npm's folder."""
    if name == "iosevka":
        return modules / "@fontsource/iosevka/files/iosevka-latin-400-normal.woff2"
    return modules / f"source-serif/TTF/{name}.ttf"


def cut(source: Path, target: Path, family: str, style: str) -> None:
    """Write to `target` the font `source` with the book's signs, under another name."""
    font = TTFont(source)
    options = subset.Options(
        # matplotlib sets plain words, and code wants every letter apart
        layout_features=TEXT if family == "Margins Text" else ["kern"],
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 13, 14],  # whose it is, and the licence
    )
    cutter = subset.Subsetter(options)
    cutter.populate(text=IN_FIGURES if target.suffix == ".ttf" else SIGNS)
    cutter.subset(font)
    names = {1: family, 2: style, 4: f"{family} {style}"}
    names[6] = names[4].replace(" ", "")
    for number, said in names.items():
        font["name"].setName(said, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 700 if style == "Bold" else 400
    # Or each run would write another file.
    font.recalcTimestamp = False
    font.flavor = target.suffix[1:] if target.suffix == ".woff2" else None
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


if __name__ == "__main__":
    main()
