"""A data set that is drawn: letters, in the faces that come with matplotlib."""

import hashlib
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from mlcore import datasets
from mlcore.datasets import __main__ as command
from mlcore.datasets import glyphs, render
from mlcore.datasets.glyphs import Face, Recipe

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
NAMES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono")
HELD_OUT = "DejaVuSerif"


def face(name, **changes):
    digest = hashlib.sha256((FONTS / f"{name}.ttf").read_bytes()).hexdigest()
    own = Face(name, "1", f"{name}.ttf", 0, digest[:16], name == HELD_OUT, "free")
    return replace(own, **changes)


@pytest.fixture
def letters():
    faces = tuple(map(face, NAMES))
    return Recipe("letters", faces, range(ord("A"), ord("Z") + 1), 4, 2, "")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("MLCORE_DATA", raising=False)
    monkeypatch.setattr("mlcore.datasets.published.cache_folder", lambda: tmp_path)
    return tmp_path


def drawn(recipe):
    return render.draw(recipe, render.find_faces(recipe.faces, [FONTS]), jobs=1)


def test_a_set_is_drawn_and_loaded(letters, cache):
    with pytest.raises(FileNotFoundError, match="fetch letters"):
        letters.load()
    path = render.make(letters, [FONTS])
    assert path == cache / "letters" / "letters.npz"
    arrays = glyphs.read(path)
    whole = replace(
        letters, sha256=glyphs.fingerprint(arrays["images"], arrays["labels"])
    )
    ds = whole.load()
    assert ds.name == "letters"
    assert ds.classes == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    # Two of the three faces to train on, and the one that is held out.
    np.testing.assert_array_equal(np.bincount(ds.train.labels), 2)
    np.testing.assert_array_equal(np.bincount(ds.test.labels), 1)
    assert ds.train.images.shape == (52, 28, 28, 1)
    assert ds.train.images.dtype == np.uint8


def test_another_drawing_has_another_name(letters, cache):
    render.make(letters, [FONTS])
    assert letters.load().name.startswith("letters (own drawing: 4 of 4 faces, Pillow")


def test_the_same_bytes_each_time(letters):
    first, second = drawn(letters), drawn(letters)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_a_glyph_stands_in_the_middle(letters):
    for image in drawn(letters)["images"]:
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        for ink in (rows, columns):
            assert abs((ink[0] + ink[-1]) / 2 - 13.5) <= 1


def test_nobody_is_asked_to_tell_equal_images_apart(letters):
    """In these fonts the Greek capital Alpha is the Latin A, dot for dot."""
    both = replace(letters, characters=range(ord("A"), 0x0392))  # to Alpha
    classes = drawn(both)["classes"].tolist()
    assert "A" not in classes
    assert "Α" not in classes
    assert "B" in classes  # whose Greek twin, Beta, is not asked for


def test_a_character_needs_its_styles(letters):
    with pytest.raises(ValueError, match="some character in 5 styles, got 4 faces"):
        drawn(replace(letters, least=5))


def test_a_face_twice_is_one_style(letters):
    twin = face("DejaVuSans", package="twin")
    twice = replace(letters, faces=(*letters.faces, twin), least=5)
    with pytest.raises(ValueError, match="at most 4 styles"):
        drawn(twice)


def test_only_the_very_file_is_a_face(letters, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "DejaVuSans.ttf").write_bytes(b"another version")
    assert render.find_faces(letters.faces, [tmp_path]) == {}
    found = render.find_faces(letters.faces, [tmp_path, FONTS])
    assert set(found) == set(letters.faces)


def test_what_is_missing_is_said_in_commands(letters, cache):
    npm = face("DejaVuSans", package="@fontsource/far", version="5.3.0", file="far")
    deb = face("DejaVuSans", package="fonts-near", file="near.ttf")
    recipe = replace(letters, faces=(*letters.faces, npm, deb))
    with pytest.raises(FileNotFoundError, match="2 of 6 faces are missing") as told:
        render.make(recipe, [FONTS])
    assert "apt-get install fonts-near\nnpm install @fontsource/far@5.3.0" in str(
        told.value
    )
    assert not (cache / "letters").exists()
    render.make(recipe, [FONTS], partly=True)
    assert "4 of 6 faces" in recipe.load().name


@pytest.mark.parametrize("harm", ["cut", "turned", "other"])
def test_a_damaged_file_is_named(letters, cache, harm):
    path = render.make(letters, [FONTS])
    content = bytearray(path.read_bytes())
    if harm == "cut":
        del content[len(content) // 2 :]
    elif harm == "turned":
        content[len(content) // 2] ^= 0xFF
    else:
        content[:] = b"no archive"
    path.write_bytes(content)
    with pytest.raises(datasets.DamagedFile, match=r"letters\.npz: it cannot be read"):
        letters.load()


def test_the_command_draws_it(letters, cache, capsys, monkeypatch):
    for module in ("mlcore.datasets", "mlcore.datasets.__main__"):
        monkeypatch.setattr(f"{module}.DRAWN", {"letters": letters})
    monkeypatch.setattr(command, "_NAMES", ("letters",))
    monkeypatch.setattr("mlcore.datasets.__main__.cache_folder", lambda: cache)
    monkeypatch.setattr("mlcore.datasets.render.FOLDERS", ())
    assert command.main(["fetch", "letters"]) == 1
    assert "4 of 4 faces are missing" in capsys.readouterr().err
    assert command.main(["fetch", "letters", "--fonts", str(FONTS)]) == 0
    assert "26 classes" in capsys.readouterr().out
    assert command.main(["list"]) == 0
    assert "whole" in capsys.readouterr().out


def test_the_recipe_of_the_han_glyphs():
    recipe = datasets.DRAWN["han-glyphs"]
    assert len(set(recipe.faces)) == len(recipe.faces) == 116
    assert all(len(one.sha256) == 16 for one in recipe.faces)
    assert all(one.licence and one.version for one in recipe.faces)
    held_out = [one for one in recipe.faces if one.held_out]
    # A family is held out whole: its bold face must not help to know the regular one.
    assert len(held_out) == 9
    assert not {one.package for one in held_out} & {
        one.package for one in recipe.faces if not one.held_out
    }
