"""Downloads that resume where they were interrupted, and end with the right sum."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

from mlcore import locks
from mlcore.datasets.files import Download


def fetch(
    downloads: Sequence[Download],
    folder: Path,
    places: Sequence[Path | str],
    gaps: Sequence[str] = (),
) -> None:
    """Get each of `downloads` into `folder`, from the first of its mirrors that has it.

    Parameters
    ----------
    downloads : sequence of files.Download
    folder : pathlib.Path
        Made if it does not exist. A file that is there with the right sum is not got
        again.
    places : sequence of path or str
        Where the files may be put by hand, for the message if there is no network.
    gaps : sequence of str
        What was found of them all the same, for this message.

    Raises
    ------
    FileNotFoundError
        If no mirror gives one of them.
    OSError
        If the folder cannot be written, or its disk is full.
    """
    pooch.get_logger().setLevel("WARNING")  # The progress bar says it all.
    folder.mkdir(parents=True, exist_ok=True)
    # One process at a time: what two wrote into one file would be wrong, and after the
    # check.
    with locks.held(
        folder / "download", on_wait=lambda text: print(text, file=sys.stderr)
    ):
        for download in downloads:
            failures = _try_mirrors(download, folder)
            if failures:
                raise FileNotFoundError(
                    _by_hand(downloads, download, failures, places, gaps)
                )


def _try_mirrors(download, folder):
    """Nothing where the file is there or a mirror gave it; else a line for each one."""
    whole, part = folder / download.name, folder / f"{download.name}.part"
    algorithm, _, wanted = download.digest.partition(":")
    if whole.is_file() and pooch.file_hash(whole, algorithm) == wanted:
        return []
    aside = folder / ".download"  # Where pooch may leave files when it is killed.
    failures = []
    try:
        for url in download.urls:
            try:
                pooch.retrieve(
                    url,
                    known_hash=download.digest,
                    fname=download.name,
                    path=aside,
                    downloader=_Resuming(part, download.size),
                )
            except requests.RequestException as error:
                failures.append(f"{url}: {_in_words(error)}")
            except ValueError:  # pooch's own message names a temporary file.
                failures.append(
                    f"{url}: gave a file whose sum is not {download.digest}"
                )
            else:
                os.replace(aside / download.name, whole)
                return []
    except OSError as error:  # The disk's, and the same for every mirror.
        raise locks.explained(
            error,
            part,
            "Make room, or set MLCORE_DATA to another folder; it goes on from here",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return failures


class _Resuming:
    """A downloader for pooch that keeps in `part` what has come, until all has."""

    def __init__(self, part, size):
        self.part, self.size = part, size

    def __call__(self, url, output_file, _):
        begin = self.part.stat().st_size if self.part.exists() else 0
        if begin == 0 or begin != self.size:
            self._receive(url, begin)
        os.replace(self.part, output_file)

    def _receive(self, url, begin):
        # Not gzipped once more for the journey: the sum is of the file as it is.
        headers = {"Accept-Encoding": "identity"}
        if begin:
            headers["Range"] = f"bytes={begin}-"
        with requests.get(
            url, headers=headers, stream=True, timeout=(10, 60)
        ) as answer:
            if (
                begin
                and answer.status_code == requests.codes.requested_range_not_satisfiable
            ):
                # There is more than the whole: it was of something else.
                self.part.unlink()
                return self._receive(url, 0)
            answer.raise_for_status()
            if answer.status_code != requests.codes.partial_content:
                begin = 0  # This mirror sends all or nothing.
            with (
                self.part.open("ab" if begin else "wb") as file,
                tqdm(
                    desc=self.part.stem,
                    total=self.size,
                    initial=begin,
                    unit="B",
                    unit_scale=True,
                ) as bar,
            ):
                for chunk in answer.iter_content(2**16):
                    file.write(chunk)
                    bar.update(len(chunk))


def _in_words(error):
    match error:
        case requests.HTTPError():
            return f"answered {error.response.status_code} {error.response.reason}"
        case requests.Timeout():
            return "did not answer in time"
        case requests.ConnectionError():
            return "cannot be reached; is there a network?"
        case _:
            return f"{type(error).__name__}: {error}"


def _by_hand(downloads, missing, failures, places, gaps):
    return "\n".join(
        (
            f"{missing.name} is not here and could not be downloaded:",
            *(f"  {failure}" for failure in failures),
            "Get by other means",
            *(f"  {download.name} (from {download.urls[0]})" for download in downloads),
            "and put what you got, as it is, into one of the folders",
            *(f"  {place}" for place in places),
            *(
                ("Already here, and not taken:", *(f"  {gap}" for gap in gaps))
                if gaps
                else ()
            ),
        )
    )
