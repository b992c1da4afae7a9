"""The list of LFW's pairs and images in its layout, made by the test."""

import hashlib
import io

import numpy as np
import pytest
from made_files import pgm
from PIL import Image

from mlcore.datasets import DamagedFile, lfw, lfw_pairs

LIST = """\
2\t2
Ada_Lovelace\t1\t2
Ada_Lovelace\t2\t3
Ada_Lovelace\t1\tAlan_Turing\t1
Grace_Hopper\t4\tAda_Lovelace\t3
Emmy_Noether\t1\t2
Emmy_Noether\t1\t3
Emmy_Noether\t2\tJosé_García\t1
Kurt-Gödel_Jr.\t1\tEmmy_Noether\t1
"""
PHOTOGRAPHS = {
    "Ada_Lovelace": (1, 2, 3),
    "Alan_Turing": (1,),
    "Grace_Hopper": (4,),
    "Emmy_Noether": (1, 2, 3),
    "José_García": (1,),
    "Kurt-Gödel_Jr.": (1,),
}


def jpeg(image):
    out = io.BytesIO()
    Image.fromarray(image).save(out, format="JPEG", quality=95)
    return out.getvalue()


@pytest.fixture(params=["jpg", "jpg-grey", "pgm"])
def lfw_folder(tmp_path, request):
    """Images of one grey each, that of photograph number k of the list above being 10
    k."""
    for count, (name, number) in enumerate(_photographs()):
        shape = (8, 6, 3) if request.param == "jpg" else (8, 6)
        image = np.full(shape, 10 * count, np.uint8)
        path = tmp_path / "lfw" / name / f"{name}_{number:04d}.{request.param[:3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pgm(image) if request.param == "pgm" else jpeg(image))
    (tmp_path / "pairs.txt").write_text(LIST, encoding="utf-8")
    return tmp_path


def _photographs():
    return [
        (name, number) for name, numbers in PHOTOGRAPHS.items() for number in numbers
    ]


def test_pairs_folds_and_images_are_those_of_the_list(lfw_folder):
    pairs = lfw_pairs(lfw_folder / "lfw", lfw_folder / "pairs.txt")
    assert len(pairs) == 8
    assert pairs.same.tolist() == [True, True, False, False] * 2
    assert pairs.fold.tolist() == [0] * 4 + [1] * 4
    assert not pairs.official
    assert len(pairs.paths) == len(set(pairs.paths)) == len(_photographs())
    named = [path.stem for path in pairs.paths]
    assert [
        (named[i], named[j]) for i, j in zip(pairs.first, pairs.second, strict=True)
    ] == [
        ("Ada_Lovelace_0001", "Ada_Lovelace_0002"),
        ("Ada_Lovelace_0002", "Ada_Lovelace_0003"),
        ("Ada_Lovelace_0001", "Alan_Turing_0001"),
        ("Grace_Hopper_0004", "Ada_Lovelace_0003"),
        ("Emmy_Noether_0001", "Emmy_Noether_0002"),
        ("Emmy_Noether_0001", "Emmy_Noether_0003"),
        ("Emmy_Noether_0002", "José_García_0001"),
        ("Kurt-Gödel_Jr._0001", "Emmy_Noether_0001"),
    ]
    images = np.concatenate(list(pairs.batches(size=4)))
    assert images.shape[:3] == (len(pairs.paths), 8, 6)
    assert images.dtype == np.uint8
    grey = {
        f"{name}_{number:04d}": 10 * k
        for k, (name, number) in enumerate(_photographs())
    }
    found = images.reshape(len(images), -1).astype(int)
    # JPEG may be off by a grey value or two.
    assert np.all(np.abs(found - [[grey[name]] for name in named]) <= 2)
    assert [len(batch) for batch in pairs.batches(size=4)] == [4, 4, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "", "line 1 must hold the number of folds"),
        (
            lambda text: text.replace("2\t2\n", "2\n", 1),
            "line 1 must hold the number of folds",
        ),
        (
            lambda text: text.replace("2\t2\n", "0\t2\n", 1),
            "line 1 must hold the number of folds",
        ),
        (
            lambda text: text.replace("2\t2\n", "x\t2\n", 1),
            "line 1 must hold the number of folds",
        ),
        (
            lambda text: text.replace("2\t2\n", "10\t300\n", 1),
            "need 6001 lines, got 9: is it trunc",
        ),
        (lambda text: text[: text.rindex("Kurt")], "need 9 lines, got 8"),
        (lambda text: text + "Ada_Lovelace\t1\t2\n", "need 9 lines, got 10"),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "Ada_Lovelace\t2"),
            "line 3 must be a pair of one",
        ),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "Ada_Lovelace\t2\tX\t1"),
            "line 3 must be a pair of one person: name i j, got 'Ada_Lovelace 2 X 1'",
        ),
        (
            lambda text: text.replace(
                "Ada_Lovelace\t1\tAlan_Turing\t1", "Ada_Lovelace\t1\t3"
            ),
            "line 4 must be a pair of two people: name i other j",
        ),
        (
            lambda text: text.replace("\tAlan_Turing", "\tAda_Lovelace"),
            "line 4 must be a pair of two",
        ),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "Ada_Lovelace\t2\tx"),
            "line 3 must hold names",
        ),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "../../etc\t2\t3"),
            "line 3 must hold names",
        ),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "/etc/passwd\t2\t3"),
            "line 3 must hold names",
        ),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "..\t2\t3"),
            "line 3 must hold names",
        ),
        (
            lambda text: text.replace("Ada_Lovelace\t2\t3", "A\\B\t2\t3"),
            "line 3 must hold names",
        ),
    ],
)
def test_a_list_of_another_form_is_refused_by_line(tmp_path, change, message):
    path = tmp_path / "pairs.txt"
    path.write_text(change(LIST), encoding="utf-8")
    with pytest.raises(ValueError, match=message) as refusal:
        lfw_pairs(tmp_path, path)
    assert str(refusal.value).startswith(str(path))


def test_what_is_missing_is_named(lfw_folder):
    images, pairs = lfw_folder / "lfw", lfw_folder / "pairs.txt"
    with pytest.raises(
        FileNotFoundError, match=r"images must be a folder, got '.*nowhere'"
    ):
        lfw_pairs(images / "nowhere", pairs)
    with pytest.raises(FileNotFoundError, match=r"nothing\.txt"):
        lfw_pairs(images, images / "nothing.txt")
    (image,) = (images / "Alan_Turing").iterdir()
    image.unlink()
    with pytest.raises(
        FileNotFoundError, match=r"Alan_Turing_0001\.jpg \(or \.pgm\) does not exist"
    ):
        lfw_pairs(images, pairs)


def test_a_damaged_photograph_is_refused_by_name(lfw_folder):
    pairs = lfw_pairs(lfw_folder / "lfw", lfw_folder / "pairs.txt")
    path = pairs.paths[5]
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) * 2 // 3], b"<html>" + whole):
        path.write_bytes(damaged)
        with pytest.raises(DamagedFile) as refusal:
            list(pairs.batches())
        assert str(refusal.value).startswith(str(path))
    square = np.zeros((8, 8), np.uint8)
    path.write_bytes(pgm(square) if path.suffix == ".pgm" else jpeg(square))
    with pytest.raises(
        DamagedFile, match=r"its shape is \(8, 8, 1\), that of the first \(8, 6, "
    ):
        list(pairs.batches(size=2))


def test_other_image_formats_under_the_name_of_jpeg_are_refused(tmp_path):
    """Pillow would open what the file's first bytes say, whatever that reader can
    do."""
    for kind in ("PNG", "GIF", "TIFF", "PPM"):
        path = tmp_path / "image.jpg"
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path, format=kind)
        with pytest.raises(DamagedFile, match="no whole JPEG image"):
            lfw.read_image(path)


def test_the_official_list_is_recognised(tmp_path, monkeypatch):
    path = tmp_path / "pairs.txt"
    path.write_bytes(b"1\t1\nA\t1\t1\nA\t1\tB\t1\n")
    for name in "AB":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}_0001.pgm").write_bytes(
            pgm(np.zeros((2, 2), np.uint8))
        )
    assert not lfw_pairs(tmp_path, path).official
    monkeypatch.setattr(lfw, "OFFICIAL_MD5", hashlib.md5(path.read_bytes()).hexdigest())
    assert lfw_pairs(tmp_path, path).official
