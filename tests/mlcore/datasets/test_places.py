"""Files where people have them: nearly the right name, a folder too deep, another
tool's folder."""

import io
import os
import subprocess
import sys
import tarfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from made_files import cifar_binary, cifar_pickle, gz, idx, random_images, sum_of

from mlcore import datasets
from mlcore.datasets import cifar, mnist, published
from mlcore.datasets.files import DamagedFile, Download, File, Form
from mlcore.datasets.formats import read_cifar_binary, read_cifar_pickle
from mlcore.datasets.published import Published

NAMES = [file.name for file in mnist.MNIST.forms[0].files]
NOWHERE = ("http://127.0.0.1:9/nothing",)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The reader's folder; the cache is another one, and empty."""
    monkeypatch.setenv("MLCORE_DATA", str(tmp_path / "mine"))
    monkeypatch.setattr(published, "cache_folder", lambda: tmp_path / "cache")
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def small_digits(name, seed):
    """A data set with the names of MNIST's files, and these as bytes."""
    rng = np.random.default_rng(seed)
    contents = [
        data
        for count in (30, 10)
        for data in (
            idx(random_images(rng, count, 28, 28)),
            idx(rng.integers(0, 10, count)),
        )
    ]
    downloads = tuple(Download(f"{n}.gz", None, sum_of(b""), NOWHERE) for n in NAMES)
    form = mnist.form([sum_of(data) for data in contents], downloads, train=30, test=10)
    files = dict(zip(NAMES, contents, strict=True))
    return Published(name, (form,), tuple("0123456789"), "", ""), files


def write(folder, files, name=lambda name: name):
    for given, data in files.items():
        path = folder / name(given)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gz(data) if path.suffix == ".gz" else data)


LAYOUTS = {
    "as they are": ("mnist", lambda n: n),
    "gzipped": ("mnist", lambda n: f"{n}.gz"),
    "with a dot": ("mnist", lambda n: n.replace("-idx", ".idx")),
    "with a dot, gzipped": ("mnist", lambda n: f"{n.replace('-idx', '.idx')}.gz"),
    "Kaggle's folders": ("mnist", lambda n: f"{n}/{n}"),
    "folders with a dot": (
        "mnist",
        lambda n: f"{n.replace('-idx', '.idx')}/{n.replace('-idx', '.idx')}",
    ),
    "torchvision's root": ("MNIST/raw", lambda n: n),
    "torchvision in its own folder": ("mnist/MNIST/raw", lambda n: f"{n}.gz"),
    "one folder too deep": ("mnist/mnist", lambda n: n),
    "unpacked twice": ("mnist/archive (1)/data", lambda n: n.replace("-idx", ".idx")),
    "capitals": ("Mnist", lambda n: n),
    "MLCORE_DATA is the folder itself": (".", lambda n: n),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_mnist_is_found_where_people_have_it(root, monkeypatch, layout):
    folder, name = LAYOUTS[layout]
    if folder == ".":
        root = root / "MNIST"
        root.mkdir()
        monkeypatch.setenv("MLCORE_DATA", str(root))
    mnist_like, files = small_digits("mnist", 0)
    write(root / folder, files, name)
    ds = mnist_like.load()
    assert ds.train.images.tobytes() == files[NAMES[0]][16:]
    assert bytes(ds.test.labels.tolist()) == files[NAMES[3]][8:]


def test_mnist_and_fashion_mnist_side_by_side_are_not_mixed_up(root):
    """All their files have the same names, and torchvision puts both below one
    folder."""
    one, files = small_digits("mnist", 0)
    other, other_files = small_digits("fashion-mnist", 1)
    for folder in (root, root / "mnist", root / "fashion-mnist"):
        write(folder / "MNIST" / "raw", files)
        write(folder / "FashionMNIST" / "raw", other_files)
    for _ in range(3):
        assert one.load().train.images.tobytes() == files[NAMES[0]][16:]
        assert other.load().train.images.tobytes() == other_files[NAMES[0]][16:]
        for path in (root / "mnist" / "MNIST", root / "fashion-mnist" / "FashionMNIST"):
            if path.exists():
                path.rename(path.with_name("elsewhere"))
        for path in (root / "mnist", root / "fashion-mnist"):
            if path.exists():
                path.rename(root / f"no-{path.name}")


def test_another_set_in_a_strange_folder_does_not_hide_the_right_one(root):
    """It is named if there is no other; in the right folder it would be blamed."""
    one, files = small_digits("mnist", 0)
    _, other_files = small_digits("fashion-mnist", 1)
    write(root / "mnist" / "clothes", other_files)
    assert one.find() == (None, None)
    assert one.gaps() == [
        f"{root / 'mnist' / 'clothes'} holds files with these names and other contents"
    ]
    write(root.parent / "cache" / "mnist", files)
    assert len(one.load().train) == 30
    write(root / "mnist", other_files)
    with pytest.raises(DamagedFile):
        one.load()


def test_a_file_in_another_place_is_still_compared_with_the_published_sum(root):
    one, files = small_digits("mnist", 0)
    data = files[NAMES[2]]
    write(
        root / "MNIST" / "raw", {**files, NAMES[2]: data[:-1] + bytes([data[-1] ^ 1])}
    )
    with pytest.raises(
        DamagedFile, match=r"raw.t10k-images-idx3-ubyte: .* other contents"
    ):
        one.load()


def test_the_right_place_comes_before_all_others(root):
    one, files = small_digits("mnist", 0)
    write(root / "mnist" / "MNIST" / "raw", dict.fromkeys(files, b"damaged"))
    write(root / "mnist", files)
    assert len(one.load().train) == 30


def test_files_that_nobody_can_be_sure_of_are_named_with_their_place(root):
    one, files = small_digits("mnist", 0)
    write(root, {NAMES[0]: files[NAMES[0]]})  # MNIST's or Fashion-MNIST's?
    write(root / "mnist", {f"{NAMES[1]} (1).gz": files[NAMES[1]], "notes.txt": b""})
    with pytest.raises(FileNotFoundError) as refusal:
        one.load()
    lines = str(refusal.value).splitlines()
    place = root / "mnist"
    assert "Already here, and not taken:" in lines
    assert (
        f"  {root / NAMES[0]} looks like {NAMES[0]}: if it is, its place is"
        f" {place / NAMES[0]}" in lines
    )
    copy = f"{NAMES[1]} (1).gz"
    assert any(f"{place / copy} looks like {NAMES[1]}" in line for line in lines)
    assert "notes" not in str(refusal.value)
    assert f"  {place}" in lines


@pytest.mark.parametrize("other", ["archive.zip", "mnist.npz", "mnist_train.csv"])
def test_another_form_of_the_set_is_said_not_to_be_read(root, other):
    one, _ = small_digits("mnist", 0)
    write(root / "MNIST", {other: b""})
    (root / "budget.csv").write_bytes(b"")  # no matter of ours
    (sentence,) = one.gaps()
    assert (
        sentence
        == f"{root / 'MNIST' / other} is in a form that is not read: {NAMES[0]}.gz is"
        " wanted, for one"
    )


def test_a_set_that_is_not_complete_says_so_where_it_is(root):
    one, files = small_digits("mnist", 0)
    files.pop(NAMES[3])
    write(root / "mnist" / "MNIST" / "raw", files)
    assert one.gaps() == [
        f"{root / 'mnist' / 'MNIST' / 'raw'} is not complete: {NAMES[3]} is missing"
    ]
    with pytest.raises(
        FileNotFoundError, match=f"raw is not complete: {NAMES[3]} is missing"
    ):
        one.load()


# CIFAR


def small_cifar():
    """Binary form and pickles, with the names of the real ones; the files and the
    archives."""
    rng = np.random.default_rng(0)
    made = [
        (random_images(rng, 5, 32, 32, 3), rng.integers(0, 10, 5)) for _ in range(6)
    ]
    forms, files, archives = [], [], {}
    for real, packed in zip(
        cifar.CIFAR10.forms, (cifar_binary, cifar_pickle), strict=True
    ):
        binary = packed is cifar_binary
        parse = (
            partial(read_cifar_binary, count=5, classes=10)
            if binary
            else partial(read_cifar_pickle, classes=10, labels_name="labels")
        )
        contents = {f.name: packed(*m) for f, m in zip(real.files, made, strict=True)}
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name, data in contents.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        name = real.downloads[0].name
        archives[name] = out.getvalue()
        download = Download(name, None, sum_of(out.getvalue()), NOWHERE)
        parts = tuple(
            File(
                f.name,
                50_000,
                sum_of(contents[f.name]),
                parse,
                f.aliases,
                f.is_program,
            )
            for f in real.files
        )
        forms.append(Form(parts, (download,), cifar.assemble))
        files.append(contents)
    images = np.concatenate([m[0] for m in made[:5]])
    return (
        Published("cifar10", tuple(forms), tuple("0123456789"), "", ""),
        files,
        archives,
        images,
    )


@pytest.mark.parametrize("kind", [0, 1], ids=["binary", "pickle"])
@pytest.mark.parametrize(
    ("folder", "top"),
    [
        ("cifar10", True),
        ("cifar10", False),
        (".", True),
        ("CIFAR-10", True),
        ("cifar10/x", True),
        ("cifar10/x/y", False),
    ],
)
def test_unpacked_cifar_is_found_with_and_without_its_folder(root, kind, folder, top):
    """In MLCORE_DATA itself too: torchvision unpacks it there."""
    ds, files, _, images = small_cifar()
    write(
        root / folder,
        files[kind],
        (lambda n: n) if top else (lambda n: n.rpartition("/")[2]),
    )
    np.testing.assert_array_equal(ds.load().train.images, images)


@pytest.mark.parametrize("kind", ["cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"])
@pytest.mark.parametrize("folder", ["cifar10", ".", "cifar10/downloads", "CIFAR10"])
def test_the_archive_of_cifar_is_found_in_either_form(root, kind, folder):
    ds, _, archives, images = small_cifar()
    (root / folder).mkdir(exist_ok=True, parents=True)
    (root / folder / kind).write_bytes(archives[kind])
    np.testing.assert_array_equal(ds.load().train.images, images)


def test_an_archive_that_a_browser_has_unzipped_is_named(root):
    ds, *_ = small_cifar()
    (root / "cifar10").mkdir()
    (root / "cifar10" / "cifar-10-binary.tar").write_bytes(b"")
    with pytest.raises(
        FileNotFoundError, match=r"cifar-10-binary\.tar looks like cifar-10-bin"
    ):
        ds.load()


def test_the_names_of_cifar_100_are_too_plain_to_be_taken_from_anywhere(root):
    """A folder of data sets may hold a file "train" of anything."""
    for name in ("train", "test"):
        (root / name).write_bytes(b"mine")
    assert datasets.PUBLISHED["cifar100"].find() == (None, None)
    assert datasets.PUBLISHED["cifar100"].gaps() == []


# Homes


def load(name="mnist", **environment):
    """What a process says that loads MNIST in this environment; without a network."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if k not in ("HOME", "MLCORE_DATA", "XDG_CACHE_HOME")
    }
    program = f"from mlcore import datasets; datasets.load({name!r})"
    dead = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=clean | dead | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(
    sys.platform != "linux", reason="the cache folder is below HOME on Linux"
)
def test_a_home_that_cannot_be_written_ends_in_the_advice(tmp_path):
    (tmp_path / "home").write_text("no folder")
    done = load(HOME=str(tmp_path / "home"))
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        "FileNotFoundError: mnist is not here, and there is no folder to download"
    )
    assert (
        f"{tmp_path}/home/.cache/mlcore/mnist cannot be written (Not a directory)"
        in last
    )
    assert (
        "Set the environment variable MLCORE_DATA to a folder that you can write to"
        in last
    )
    # The embedded sets need no home.
    assert load("digits", HOME=str(tmp_path / "home")).returncode == 0


@pytest.mark.skipif(
    sys.platform != "linux", reason="the cache folder is below HOME on Linux"
)
def test_with_such_a_home_downloads_go_into_the_readers_own_folder(tmp_path):
    (tmp_path / "home").write_text("no folder")
    (tmp_path / "mine").mkdir()
    done = load(HOME=str(tmp_path / "home"), MLCORE_DATA=str(tmp_path / "mine"))
    assert "could not be downloaded" in done.stderr  # It tried, as the advice has it.
    assert "  " + str(tmp_path / "mine" / "mnist") in done.stderr.splitlines()
    assert (tmp_path / "mine" / "mnist").is_dir()


def test_a_home_that_is_not_known_is_said_and_no_folder_with_a_strange_name_made(
    tmp_path, monkeypatch
):
    """The path is "~/.cache" where nobody knows what ~ is: it must not be taken
    literally."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLCORE_DATA", raising=False)
    for variable in ("HOME", "XDG_CACHE_HOME", "USERPROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    older = SimpleNamespace(user_cache_path=lambda name: Path("~/.cache") / name)
    for platformdirs in (published.platformdirs, older):
        monkeypatch.setattr(published, "platformdirs", platformdirs)
        assert published.cache_folder() is None
        with pytest.raises(
            FileNotFoundError, match=r"no home folder is known\. Set .* MLCORE_DATA"
        ):
            datasets.load("mnist")
    assert not list(tmp_path.iterdir())
    assert len(datasets.load("digits").train) == 1400


def test_a_tilde_without_a_home_is_an_error_that_names_the_variable(monkeypatch):
    monkeypatch.setenv("MLCORE_DATA", "~nobody-of-that-name/data")
    with pytest.raises(
        FileNotFoundError, match="MLCORE_DATA must name a folder, got '~nobody"
    ):
        datasets.load("mnist")
