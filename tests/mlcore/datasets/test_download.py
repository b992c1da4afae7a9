"""Downloads: from the first mirror that works, resumed, checked, and never half
there."""

import contextlib
import http.server
import os
import subprocess
import sys
import threading
import time

import pytest
from made_files import sum_of

from mlcore.datasets import download
from mlcore.datasets.files import Download

WHOLE = bytes(range(256)) * 2000
OTHER = b"<html>" + WHOLE[6:]
SIZE = len(WHOLE)


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers by path: /whole, /no-ranges, /other, /cut (breaks off in the middle),
    else 404."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        # Some servers gzip a .gz once more for whoever accepts it, and the sum is
        # another one.
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            self.send_error(406)
            return
        if self.path not in ("/whole", "/no-ranges", "/other", "/cut"):
            self.send_error(404)
            return
        body = OTHER if self.path == "/other" else WHOLE
        begin = 0
        if self.headers.get("Range") and self.path != "/no-ranges":
            begin = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if begin >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - begin))
        self.end_headers()
        rest = body[begin:]
        self.wfile.write(rest[: len(rest) // 2] if self.path == "/cut" else rest)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(monkeypatch):
    """A server on this machine; ``mirror.asked`` lists what was asked for: (path,
    range)."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def published(mirror, *paths, size=SIZE):
    urls = tuple(path if "://" in path else mirror.url + path for path in paths)
    return Download("file.bin", size, sum_of(WHOLE), urls)


def fetch(folder, item):
    download.fetch([item], folder, places=[folder, folder / "elsewhere"])
    assert [path.name for path in folder.iterdir()] == ["file.bin"]
    assert (folder / "file.bin").read_bytes() == WHOLE


@pytest.mark.parametrize("size", [len(WHOLE), None])
def test_a_file_is_downloaded_once(mirror, tmp_path, size, capsys):
    item = published(mirror, "/whole", size=size)
    fetch(tmp_path / "new" / "folder", item)
    assert mirror.asked == [("/whole", None)]
    assert "file.bin" in capsys.readouterr().err  # A progress bar.
    fetch(tmp_path / "new" / "folder", item)
    assert len(mirror.asked) == 1


def test_the_next_mirror_is_tried(mirror, tmp_path):
    fetch(
        tmp_path,
        published(mirror, "http://127.0.0.1:9/refused", "/missing", "/other", "/whole"),
    )
    assert [path for path, _ in mirror.asked] == ["/missing", "/other", "/whole"]


@pytest.mark.parametrize("size", [len(WHOLE), None])
def test_an_interrupted_download_goes_on_where_it_was(mirror, tmp_path, size):
    with pytest.raises(FileNotFoundError):
        fetch(tmp_path, published(mirror, "/cut", size=size))
    (part,) = tmp_path.iterdir()
    received = part.stat().st_size
    assert part.name == "file.bin.part"
    assert 0 < received < len(WHOLE)
    mirror.asked.clear()
    fetch(tmp_path, published(mirror, "/whole", size=size))
    assert mirror.asked == [("/whole", f"bytes={received}-")]


def test_a_mirror_without_ranges_begins_anew(mirror, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(WHOLE[:1000])
    fetch(tmp_path, published(mirror, "/no-ranges"))
    assert mirror.asked == [("/no-ranges", "bytes=1000-")]


@pytest.mark.parametrize("part", [WHOLE + b"more", WHOLE])
def test_a_part_that_is_too_long_is_dropped(mirror, tmp_path, part):
    (tmp_path / "file.bin.part").write_bytes(part)
    fetch(tmp_path, published(mirror, "/whole", size=None))
    assert mirror.asked == [("/whole", f"bytes={len(part)}-"), ("/whole", None)]


def test_a_complete_part_needs_no_network(tmp_path):
    """Killed between the last byte and the check of the sum."""
    (tmp_path / "file.bin.part").write_bytes(WHOLE)
    fetch(
        tmp_path,
        Download("file.bin", len(WHOLE), sum_of(WHOLE), ("http://127.0.0.1:9/x",)),
    )


def test_a_part_of_another_file_ends_with_the_whole_one(mirror, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(OTHER[:1000])
    fetch(tmp_path, published(mirror, "/whole", "/whole"))
    assert mirror.asked == [("/whole", "bytes=1000-"), ("/whole", None)]


def test_a_damaged_file_is_replaced(mirror, tmp_path):
    (tmp_path / "file.bin").write_bytes(WHOLE[:-1])
    fetch(tmp_path, published(mirror, "/whole"))


def test_a_file_with_another_sum_is_not_kept(mirror, tmp_path):
    with pytest.raises(
        FileNotFoundError, match="/other: gave a file whose sum is not sha256:"
    ):
        fetch(tmp_path, published(mirror, "/other"))
    assert not list(tmp_path.iterdir())


def test_without_a_network_the_message_says_what_to_put_where(mirror, tmp_path):
    item = published(mirror, "http://127.0.0.1:9/file.bin", "/missing")
    with pytest.raises(FileNotFoundError) as refusal:
        fetch(tmp_path, item)
    assert str(refusal.value).splitlines() == [
        "file.bin is not here and could not be downloaded:",
        "  http://127.0.0.1:9/file.bin: cannot be reached; is there a network?",
        f"  {mirror.url}/missing: answered 404 Not Found",
        "Get by other means",
        "  file.bin (from http://127.0.0.1:9/file.bin)",
        "and put what you got, as it is, into one of the folders",
        f"  {tmp_path}",
        f"  {tmp_path / 'elsewhere'}",
    ]


class Slow(Mirror):
    """Sends in ten pieces with a pause before each, so that two downloads overlap."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        for begin in range(0, SIZE, SIZE // 10):
            time.sleep(0.03)
            with contextlib.suppress(ConnectionError):  # Of one that was killed.
                self.wfile.write(WHOLE[begin : begin + SIZE // 10])


def test_two_that_download_at_once_get_one_whole_file(mirror, tmp_path, capsys):
    """Two writers of one unfinished file would spoil it behind the check of its sum."""
    mirror.RequestHandlerClass = Slow
    item, failures = published(mirror, "/whole"), []

    def get():
        try:
            download.fetch([item], tmp_path, places=[tmp_path])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=get) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert mirror.asked == [("/whole", None)]
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]
    assert (tmp_path / "file.bin").read_bytes() == WHOLE
    assert "waiting for process" in capsys.readouterr().err


PROGRAM = """
import sys
from pathlib import Path
from mlcore.datasets import download
from mlcore.datasets.files import Download
url, folder, digest, size = sys.argv[1:]
wanted = Download("file.bin", int(size), digest, (url,))
download.fetch([wanted], Path(folder), [folder])
"""


def test_two_processes_one_of_them_killed_end_with_the_whole_file(mirror, tmp_path):
    """The one that waited goes on where the dead one was."""
    mirror.RequestHandlerClass = Slow
    url = f"{mirror.url}/whole"
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        url,
        str(tmp_path),
        sum_of(WHOLE),
        str(SIZE),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as first:
        while not (tmp_path / "file.bin.part").exists():
            time.sleep(0.005)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as second:
            time.sleep(0.1)
            first.kill()
            second.communicate()
    assert second.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin"]
    assert (tmp_path / "file.bin").read_bytes() == WHOLE


LIMITED = """
import resource
# As a disk that is full behind them.
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
"""


@pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX's")
def test_a_full_disk_is_named_and_the_download_goes_on_when_there_is_room(
    mirror, tmp_path
):
    command = [
        sys.executable,
        "-c",
        LIMITED + PROGRAM,
        f"{mirror.url}/whole",
        str(tmp_path),
    ]
    done = subprocess.run(
        [*command, sum_of(WHOLE), str(SIZE)],
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert (
        "Make room, or set MLCORE_DATA to another folder; it goes on from here" in last
    )
    assert str(tmp_path / "file.bin.part") in last
    assert (tmp_path / "file.bin.part").stat().st_size == 100_000
    mirror.asked.clear()
    fetch(tmp_path, published(mirror, "/whole"))
    assert mirror.asked == [("/whole", "bytes=100000-")]
