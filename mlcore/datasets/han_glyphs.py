"""Han characters: ten thousand classes and more, the fonts of the world as styles."""

from importlib.resources import files

from mlcore.datasets.glyphs import Recipe, face_table

HAN_GLYPHS = Recipe(
    name="han-glyphs",
    faces=tuple(
        face_table(
            files("mlcore.datasets").joinpath("han_glyphs.tsv").read_text("utf-8")
        )
    ),
    # The block "CJK Unified Ideographs" of Unicode.
    characters=range(0x4E00, 0xA000),
    least=30,
    most=40,
    sha256="f32c1a41901c53b20b6952209e3f9adf7e304f43213fe6755a4b137637c0f172",
)
