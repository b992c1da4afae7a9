"""`python -m mlcore.datasets`, as a reader types it: what it prints, and its exit
status."""

import re
import subprocess
import sys

import numpy as np
import pytest
from made_files import gz, idx, random_images, sum_of

from mlcore.datasets import __main__ as command
from mlcore.datasets import download, mnist
from mlcore.datasets.files import Download
from mlcore.datasets.published import Published


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The reader's folder and the cache, both empty, and only one published set, a
    small one."""
    for name in ("mine", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("MLCORE_DATA", str(tmp_path / "mine"))
    rng = np.random.default_rng(0)
    contents = [
        data
        for count in (30, 10)
        for data in (
            idx(random_images(rng, count, 28, 28)),
            idx(rng.integers(0, 10, count)),
        )
    ]
    names = [file.name for file in mnist.MNIST.forms[0].files]
    downloads = tuple(
        Download(
            f"{name}.gz",
            len(gz(data)),
            sum_of(gz(data)),
            ("http://127.0.0.1:9/nothing",),
        )
        for name, data in zip(names, contents, strict=True)
    )
    form = mnist.form([sum_of(data) for data in contents], downloads, train=30, test=10)
    small = Published(
        "small", (form,), tuple("0123456789"), "free as the wind", "a test"
    )
    for module in ("mlcore.datasets", "mlcore.datasets.__main__"):
        monkeypatch.setattr(f"{module}.PUBLISHED", {"small": small})
    monkeypatch.setattr(command, "_NAMES", ("digits", "small"))
    for module in ("mlcore.datasets.published", "mlcore.datasets.__main__"):
        monkeypatch.setattr(f"{module}.cache_folder", lambda: tmp_path / "cache")
    files = {
        download.name: gz(data)
        for download, data in zip(downloads, contents, strict=True)
    }

    def put(folder, **changes):
        (tmp_path / folder / "small").mkdir(exist_ok=True)
        for name, data in {**files, **changes}.items():
            if data is not None:
                (tmp_path / folder / "small" / name).write_bytes(data)

    put.path = tmp_path
    return put


def run(capsys, *words):
    """Exit status, and what went to the two streams."""
    status = command.main(words)
    return status, *capsys.readouterr()


def test_list_says_what_is_there(folders, capsys):
    status, out, err = run(capsys)
    assert status == 0
    assert re.search(
        r"^digits +whole +1,400 \+ 397 +0\.1 MB +/.*digits\.csv\.gz$", out, re.M
    )
    assert re.search(
        r"^small +missing +0\.0 MB +\(to get it: fetch small\)$", out, re.M
    )
    assert re.search(r"^small +free as the wind$", out, re.M)
    assert str(folders.path / "cache") in out
    assert not err

    folders("mine")
    status, out, err = run(capsys, "list")
    assert re.search(
        rf"^small +whole +30 \+ 10 +0\.0 MB +{folders.path}/mine/small$", out, re.M
    )
    assert not err


def test_list_and_verify_name_what_is_damaged(folders, capsys):
    folders("mine", **{"t10k-labels-idx1-ubyte.gz": b"nothing"})
    status, out, err = run(capsys, "list")
    assert status == 0
    assert re.search(r"^small +DAMAGED", out, re.M)
    assert "small/t10k-labels-idx1-ubyte.gz: it is truncated or corrupt" in err
    status, out, err = run(capsys, "verify")
    assert status == 1
    assert re.search(r"^digits +whole; 1400 images", out, re.M)
    assert re.search(r"^small +DAMAGED", out, re.M)
    assert "Delete or replace it" in err


def test_list_and_verify_name_what_is_incomplete(folders, capsys):
    folders("mine", **{"t10k-labels-idx1-ubyte.gz": None})
    for words in ((), ("verify", "small")):
        status, out, err = run(capsys, *words)
        assert status == bool(words)
        assert "missing" in out
        assert "mine/small is not complete: t10k-labels-idx1-ubyte is missing" in err


def test_verify_without_names_checks_what_is_here(folders, capsys):
    status, out, _ = run(capsys, "verify")
    assert status == 0
    assert "small" not in out
    status, out, _ = run(capsys, "verify", "small")
    assert status == 1
    assert re.search(r"^small +missing \(to get it: fetch small\)$", out, re.M)


def test_fetch_without_a_network_says_what_to_do(folders, capsys):
    status, _, err = run(capsys, "fetch", "small", "digits")
    assert status == 1
    assert "train-images-idx3-ubyte.gz is not here and could not be downloaded" in err
    assert str(folders.path / "mine" / "small") in err


def test_fetch_downloads_what_is_missing_or_damaged_in_the_cache(
    folders, capsys, monkeypatch
):
    fetched = []

    def pretend(downloads, folder, places, gaps):
        fetched.append(folder)
        folders("cache")

    monkeypatch.setattr(download, "fetch", pretend)
    assert run(capsys, "fetch", "small")[0] == 0
    assert fetched == [folders.path / "cache" / "small"]
    assert run(capsys, "fetch", "small", "digits")[0] == 0
    assert len(fetched) == 1
    folders("cache", **{"train-images-idx3-ubyte.gz": b""})
    assert run(capsys, "fetch", "small")[0] == 0
    assert len(fetched) == 2
    # The reader's own file is left to the reader.
    folders("mine", **{"train-images-idx3-ubyte.gz": b""})
    assert run(capsys, "fetch", "small")[0] == 1
    assert len(fetched) == 2


@pytest.mark.parametrize(
    "words", [("fetch", "nope"), ("verify", "nope"), ("fetch",), ("explode",)]
)
def test_wrong_words_are_answered_with_the_right_ones(folders, capsys, words):
    with pytest.raises(SystemExit) as exit_status:
        command.main(words)
    assert exit_status.value.code == 2
    err = capsys.readouterr().err
    assert "usage: python -m mlcore.datasets" in err
    if "nope" in words:
        assert "there is no data set 'nope'; there are digits, small" in err


def test_a_wrong_folder_is_an_error_and_no_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "mlcore.datasets"],
        env={"MLCORE_DATA": "/no/such/folder"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert (
        done.stderr == "error: MLCORE_DATA must name a folder, got '/no/such/folder'\n"
    )
