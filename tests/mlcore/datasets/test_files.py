"""Published files: every form in which they may lie there, and every kind of damage."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from functools import partial

import numpy as np
import pytest
from made_files import cifar_binary, cifar_pickle, gz, idx, pgm, random_images, sum_of

from mlcore import datasets
from mlcore.datasets import cifar, mnist
from mlcore.datasets.att_faces import ATT_FACES
from mlcore.datasets.files import DamagedFile, Download, File, Form
from mlcore.datasets.formats import read_cifar_binary, read_cifar_pickle
from mlcore.datasets.published import Published

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@pytest.fixture
def digits(tmp_path, monkeypatch):
    """A small MNIST: the data set, its four files as bytes, and an empty folder to put
    them."""
    rng = np.random.default_rng(0)
    contents = {}
    for part, count in (("train", 30), ("t10k", 10)):
        contents[f"{part}-images-idx3-ubyte"] = idx(random_images(rng, count, 28, 28))
        contents[f"{part}-labels-idx1-ubyte"] = idx(rng.integers(0, 10, count))
    downloads = tuple(
        Download(f"{name}.gz", None, sum_of(gz(data)), ())
        for name, data in contents.items()
    )
    form = mnist.form(
        [sum_of(data) for data in contents.values()], downloads, train=30, test=10
    )
    monkeypatch.setenv("MLCORE_DATA", str(tmp_path))
    monkeypatch.setattr(
        "mlcore.datasets.published.cache_folder", lambda: tmp_path / "cache"
    )
    (tmp_path / "small").mkdir()
    ds = Published("small", (form,), tuple("0123456789"), "none", "made by a test")
    return ds, contents, tmp_path / "small"


def write(folder, contents, suffix=""):
    for name, data in contents.items():
        path = folder / f"{name}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gz(data) if suffix == ".gz" else data)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files_are_read_gzipped_and_unpacked(digits, suffix):
    published, contents, folder = digits
    write(folder, contents, suffix)
    ds = published.load()
    for split, part in ((ds.train, "train"), (ds.test, "t10k")):
        assert split.images.shape == (len(split), 28, 28, 1)
        assert split.images.dtype == np.uint8
        assert split.images.tobytes() == contents[f"{part}-images-idx3-ubyte"][16:]
        assert split.labels.dtype == np.int64
        assert bytes(split.labels.tolist()) == contents[f"{part}-labels-idx1-ubyte"][8:]
        split.images[0] = 7  # The reader's own, like all arrays of this package.


def test_any_gzip_header_will_do(digits):
    """Mirrors packed the same bytes with other times, names and levels."""
    published, contents, folder = digits
    write(folder, contents)
    name = NAMES[0]
    (folder / name).unlink()
    packed = io.BytesIO()
    with gzip.GzipFile(
        "other-name", "wb", compresslevel=1, fileobj=packed, mtime=12345
    ) as stream:
        stream.write(contents[name])
    (folder / f"{name}.gz").write_bytes(packed.getvalue())
    assert len(published.load().train) == 30


def test_the_readers_own_folder_comes_before_the_cache(digits):
    published, contents, folder = digits
    write(folder.parent / "cache" / "small", contents)
    _, paths = published.find()
    assert {path.parent for path in paths} == {folder.parent / "cache" / "small"}
    write(folder, contents)
    _, paths = published.find()
    assert {path.parent for path in paths} == {folder}
    paths[2].unlink()  # Half a set is none, and is not filled up from elsewhere.
    assert published.gaps() == [f"{folder} is not complete: {NAMES[2]} is missing"]
    _, paths = published.find()
    assert {path.parent for path in paths} == {folder.parent / "cache" / "small"}


def test_a_folder_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setenv("MLCORE_DATA", "/no/such/folder")
    with pytest.raises(
        FileNotFoundError, match="MLCORE_DATA must name a folder, got '/no/such"
    ):
        datasets.load("mnist")


IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = NAMES
DAMAGE = {
    "truncated": (
        IMAGES,
        lambda c: c[IMAGES][:-1],
        "promises 23,520 bytes behind it, and there are 23,519",
    ),
    "empty": (IMAGES, lambda c: b"", "begins with nothing"),
    "header only": (IMAGES, lambda c: c[IMAGES][:9], "truncated within its header"),
    "a web page": (
        IMAGES,
        lambda c: b"<html>not found</html>",
        "no IDX file of images: it begins with 3c",
    ),
    "one bit": (
        IMAGES,
        lambda c: c[IMAGES][:-1] + bytes([c[IMAGES][-1] ^ 1]),
        "other contents: sha256",
    ),
    "longer": (IMAGES, lambda c: c[IMAGES] + b"0", "longer than train-images"),
    "labels for images": (
        IMAGES,
        lambda c: c[LABELS],
        "holds labels where images belong: two files are swapped",
    ),
    "images for labels": (
        LABELS,
        lambda c: c[IMAGES][:30],
        "holds images where labels belong",
    ),
    "test for training": (
        IMAGES,
        lambda c: c[TEST_IMAGES],
        r"shape \(10, 28, 28\), expected .*; training and test",
    ),
    "test labels for training": (
        LABELS,
        lambda c: c[TEST_LABELS],
        r"labels of shape \(10,\)",
    ),
    "training for test": (
        TEST_LABELS,
        lambda c: c[LABELS][:18],
        r"labels of shape \(30,\)",
    ),
    "other type": (
        LABELS,
        lambda c: b"\0\0\x0d\x01" + c[LABELS][4:],
        "begins with 00 00 0d 01",
    ),
    "little-endian": (
        LABELS,
        lambda c: c[LABELS][:4] + c[LABELS][4:8][::-1] + c[LABELS][8:],
        "labels of shape",
    ),
    "label 10": (
        LABELS,
        lambda c: c[LABELS][:-2] + b"\x0a\x01",
        "beyond 10 classes: the first is 10, of sample 28",
    ),
}


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_idx_file_is_refused_by_name(digits, damage, suffix):
    published, contents, folder = digits
    name, damaged, message = DAMAGE[damage]
    write(folder, {**contents, name: damaged(contents)}, suffix)
    with pytest.raises(DamagedFile, match=message) as refusal:
        published.load()
    assert str(refusal.value).startswith(str(folder / name))
    assert str(refusal.value).endswith(
        "Delete or replace it; without it, it is downloaded again"
    )


def test_a_whole_file_of_another_set_is_refused(digits):
    """Fashion-MNIST's files have MNIST's names, shapes and labels; only the sum
    knows."""
    published, contents, folder = digits
    other = idx(random_images(np.random.default_rng(1), 30, 28, 28))
    write(folder, {**contents, IMAGES: other})
    with pytest.raises(
        DamagedFile, match="has the form of train-images-idx3-ubyte and other"
    ):
        published.load()


def test_a_damaged_gzip_file_is_refused(digits):
    published, contents, folder = digits
    write(folder, contents, ".gz")
    path = folder / f"{IMAGES}.gz"
    whole = path.read_bytes()
    for damaged in (
        whole[:-9],
        whole[:20],
        b"",
        whole[:30] + b"\0" + whole[31:],
        contents[IMAGES],
    ):
        path.write_bytes(damaged)
        with pytest.raises(
            DamagedFile, match=r"truncated or corrupt|begins with nothing"
        ):
            published.load()


def test_a_gzip_bomb_is_not_unpacked(digits):
    published, contents, folder = digits
    write(folder, contents, ".gz")
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb") as stream:
        for _ in range(100):
            stream.write(bytes(10**6))
    (folder / f"{IMAGES}.gz").write_bytes(bomb.getvalue())
    peak = _peak_of(published.load)
    assert peak < 50e6


def _peak_of(refused):
    tracemalloc.start()
    with pytest.raises(DamagedFile, match="longer than"):
        refused()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


# CIFAR


def cifar_like(forms, name="small"):
    return Published(name, forms, tuple("0123456789"), "none", "made by a test")


@pytest.fixture
def batches(tmp_path, monkeypatch):
    """Two training batches and a test batch of 5 images: (images, labels) of each."""
    monkeypatch.setenv("MLCORE_DATA", str(tmp_path))
    monkeypatch.setattr(
        "mlcore.datasets.published.cache_folder", lambda: tmp_path / "cache"
    )
    rng = np.random.default_rng(0)
    names = ("data_batch_1", "data_batch_2", "test_batch")
    return {
        n: (random_images(rng, 5, 32, 32, 3), rng.integers(0, 10, 5)) for n in names
    }


def form_of(contents, parse, archive=("none.tar.gz", b"")):
    download = Download(archive[0], None, sum_of(archive[1]), ())
    is_program = parse is PICKLE
    parts = tuple(
        File(name, 50_000, sum_of(data, "md5"), parse, is_program=is_program)
        for name, data in contents.items()
    )
    return Form(parts, (download,), cifar.assemble)


BINARY = partial(read_cifar_binary, count=5, classes=10)
PICKLE = partial(read_cifar_pickle, classes=10, labels_name="labels")


def check_batches(ds, batches):
    first, second, test = batches.values()
    np.testing.assert_array_equal(
        ds.train.images, np.concatenate([first[0], second[0]])
    )
    np.testing.assert_array_equal(
        ds.train.labels, np.concatenate([first[1], second[1]])
    )
    np.testing.assert_array_equal(ds.test.images, test[0])
    np.testing.assert_array_equal(ds.test.labels, test[1])


@pytest.mark.parametrize("kind", ["binary", "pickle"])
@pytest.mark.parametrize("packing", ["folder", "tar", "zip"])
def test_cifar_is_read_from_both_forms_in_every_packing(
    batches, tmp_path, kind, packing
):
    write_one, parse = {
        "binary": (lambda images, labels: cifar_binary(images, labels), BINARY),
        "pickle": (cifar_pickle, PICKLE),
    }[kind]
    contents = {f"batches/{name}": write_one(*batch) for name, batch in batches.items()}
    if packing == "folder":
        form = form_of(contents, parse)
        write(tmp_path / "small", contents)
    else:
        archive = {"tar": _tar, "zip": _zip}[packing](
            {"batches/readme.html": b"", **contents}
        )
        name = {"tar": "batches.tar.gz", "zip": "batches.zip"}[packing]
        form = form_of(contents, parse, (name, archive))
        write(tmp_path / "small", {name: archive})
    check_batches(cifar_like((form,)).load(), batches)
    before = sorted(tmp_path.rglob("*"))
    cifar_like((form,)).load()
    assert sorted(tmp_path.rglob("*")) == before  # Nothing is unpacked to the disk.


def test_the_second_form_is_found_where_the_first_is_not(batches, tmp_path):
    binary = {f"bin/{n}": cifar_binary(*batch) for n, batch in batches.items()}
    pickled = {f"py/{n}": cifar_pickle(*batch) for n, batch in batches.items()}
    write(tmp_path / "small", pickled)
    forms = (form_of(binary, BINARY), form_of(pickled, PICKLE, ("other.tar.gz", b"")))
    check_batches(cifar_like(forms).load(), batches)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "15,364 bytes, expected 5 records of 3,073"),
        (lambda data: data[: 3 * 3073], "9,219 bytes, expected 5 records"),
        (
            lambda data: b"\x0a" + data[1:],
            "beyond 10 classes: the first is 10, of sample 0",
        ),
        (lambda data: data[:1] + b"\0\1\2" + data[4:], "other contents"),
    ],
)
def test_a_damaged_batch_is_refused_by_name(batches, tmp_path, damage, message):
    contents = {name: cifar_binary(*batch) for name, batch in batches.items()}
    form = form_of(contents, BINARY)
    write(
        tmp_path / "small",
        {**contents, "data_batch_2": damage(contents["data_batch_2"])},
    )
    with pytest.raises(DamagedFile, match=message) as refusal:
        cifar_like((form,)).load()
    assert str(refusal.value).startswith(str(tmp_path / "small" / "data_batch_2"))


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"x" + data])
def test_a_damaged_pickle_is_refused_by_name(batches, tmp_path, damage):
    contents = {name: cifar_pickle(*batch) for name, batch in batches.items()}
    form = form_of(contents, PICKLE)
    contents["data_batch_2"] = damage(contents["data_batch_2"])
    write(tmp_path / "small", contents)
    message = "truncated, corrupt, or another file than data_batch_2"
    with pytest.raises(DamagedFile, match=message) as refusal:
        cifar_like((form,)).load()
    assert str(refusal.value).startswith(str(tmp_path / "small" / "data_batch_2"))


def test_two_training_batches_swapped_are_refused(batches, tmp_path):
    """Their order is part of the split into training and validation images."""
    contents = {name: cifar_binary(*batch) for name, batch in batches.items()}
    form = form_of(contents, BINARY)
    contents["data_batch_1"], contents["data_batch_2"] = (
        contents["data_batch_2"],
        contents["data_batch_1"],
    )
    write(tmp_path / "small", contents)
    with pytest.raises(
        DamagedFile, match="has the form of data_batch_1 and other contents"
    ):
        cifar_like((form,)).load()


# Archives


def _tar(contents, extra=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in extra:
            archive.addfile(member)
    return out.getvalue()


def _zip(contents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return out.getvalue()


def link(name, to):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, to
    return member


@pytest.fixture
def archived(batches, tmp_path):
    """Load the three batches from an archive of the test's making, whose sum is called
    right."""
    contents = {name: cifar_binary(*batch) for name, batch in batches.items()}

    def load(archive, published=None, name="batches.tar.gz"):
        form = form_of(
            contents, BINARY, (name, archive if published is None else published)
        )
        write(tmp_path / "small", {name: archive})
        return cifar_like((form,)).load()

    return load, contents


def test_an_archive_that_somebody_else_packed_is_not_opened(archived):
    load, contents = archived
    published = _tar(contents)
    hostile = {
        "truncated": published[:-100],
        "repacked": _tar({**contents, "extra": b""}),
        "no archive": b"<html>",
        "empty": b"",
        "outside": _tar({**contents, "../../escaped": b"x", "/tmp/escaped": b"x"}),
        "links": _tar({}, [link(name, "/etc/passwd") for name in contents]),
        "bomb": gz(bytes(10**7)),
    }
    for data in hostile.values():
        with pytest.raises(
            DamagedFile, match="truncated, corrupt, or packed by somebody else"
        ):
            load(data, published)


def test_a_member_that_leads_outside_is_never_written(archived, batches, tmp_path):
    """Even of a trusted archive only the wanted members are looked at, and none is
    extracted."""
    load, contents = archived
    before = sorted(tmp_path.parent.rglob("escaped*"))
    out = {f"{'../' * up}escaped-{up}": b"x" for up in range(4)}
    check_batches(load(_tar({**out, **contents})), batches)
    assert sorted(tmp_path.parent.rglob("escaped*")) == before


def test_a_link_in_the_place_of_a_file_is_not_followed(archived, tmp_path):
    load, contents = archived
    (tmp_path / "secret").write_bytes(contents["test_batch"])
    others = {name: data for name, data in contents.items() if name != "test_batch"}
    archive = _tar(others, [link("test_batch", str(tmp_path / "secret"))])
    with pytest.raises(DamagedFile, match="does not hold test_batch"):
        load(archive)


def test_a_damaged_member_is_named(archived):
    load, contents = archived
    with pytest.raises(
        DamagedFile, match=r"batches\.tar\.gz, test_batch: it has 9 bytes"
    ):
        load(_tar({**contents, "test_batch": b"truncated"}))
    with pytest.raises(DamagedFile, match=r"batches\.zip, test_batch: it is longer"):
        load(_zip({**contents, "test_batch": bytes(10**7)}), name="batches.zip")


# The faces


def test_faces_are_split_by_the_number_of_the_photograph(tmp_path, monkeypatch):
    """With files of the test's making: person p's photograph i is all 10p + i."""
    monkeypatch.setenv("MLCORE_DATA", str(tmp_path))
    (real,) = ATT_FACES.forms
    contents = {
        f"s{p}/{i}.pgm": pgm(np.full((112, 92), (10 * p + i) % 256, np.uint8))
        for p in range(1, 41)
        for i in range(1, 11)
    }
    assert [file.name for file in real.files] == list(contents)
    parts = tuple(
        File(file.name, file.limit, sum_of(contents[file.name]), file.parse)
        for file in real.files
    )
    faces = Published(
        "faces",
        (Form(parts, real.downloads, real.assemble),),
        ATT_FACES.classes,
        "",
        "",
    )
    write(tmp_path / "faces", contents)
    ds = faces.load()
    for split, numbers in ((ds.train, range(1, 6)), (ds.test, range(6, 11))):
        assert split.images.shape == (200, 112, 92, 1)
        assert split.labels.tolist() == [p for p in range(40) for _ in range(5)]
        expected = [(10 * (p + 1) + i) % 256 for p in range(40) for i in numbers]
        assert split.images[:, 50, 50, 0].tolist() == expected
    assert ds.classes[:2] == ("s1", "s2")

    for name, data, message in (
        ("s7/3.pgm", contents["s7/3.pgm"][:-1], "and 10,303 bytes follow"),
        (
            "s40/10.pgm",
            contents["s39/10.pgm"],
            "the form of s40/10.pgm and other contents",
        ),
        (
            "s2/1.pgm",
            pgm(np.zeros((92, 112), np.uint8)),
            r"shape \(92, 112\), expected \(112, 92\)",
        ),
    ):
        write(tmp_path / "faces", {name: data})
        with pytest.raises(DamagedFile, match=message) as refusal:
            faces.load()
        assert str(refusal.value).startswith(str(tmp_path / "faces" / name))
        write(tmp_path / "faces", {name: contents[name]})


# What is known of the real sets


def test_what_is_published_is_complete_and_consistent():
    for ds in datasets.PUBLISHED.values():
        assert len(set(ds.classes)) == len(ds.classes)
        for form in ds.forms:
            names = [file.name for file in form.files]
            packed = [download.name for download in form.downloads]
            assert len(packed) == 1 or packed == [f"{name}.gz" for name in names]
            assert len(set(names)) == len(names)
            for item in (*form.files, *form.downloads):
                algorithm, _, digits = item.digest.partition(":")
                # The 400 of the faces are cut to 128 bits: the list is in the wheel.
                wanted = {"md5": {32}, "sha256": {64, 32}}[algorithm]
                assert len(digits) in wanted
            for download in form.downloads:
                assert download.urls
                assert all(url.startswith("http") for url in download.urls)


def test_number_of_classes():
    counts = {name: len(ds.classes) for name, ds in datasets.PUBLISHED.items()}
    assert counts == {
        "mnist": 10,
        "fashion-mnist": 10,
        "cifar10": 10,
        "cifar100": 100,
        "att-faces": 40,
    }


def test_unpacked_files_come_before_their_archive(archived, batches, tmp_path):
    """They are read in a fraction of the time; and an archive of somebody else's does
    no harm."""
    load, contents = archived
    write(tmp_path / "small", contents)
    check_batches(load(b"damaged", _tar(contents)), batches)
    (tmp_path / "small" / "test_batch").unlink()
    check_batches(load(_tar(contents)), batches)
