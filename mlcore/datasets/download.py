"""Downloads that go on where they were interrupted, and end with the right sum or not at all."""

import os

import pooch
import requests
from tqdm import tqdm


def fetch(downloads, folder, places):
    """Get each of `downloads` into `folder`, from the first of its mirrors that has it.

    Parameters
    ----------
    downloads : sequence of files.Download
    folder : pathlib.Path
        Made if it does not exist. A file that is there with the right sum is not got again.
    places : sequence of path or str
        Where the files may be put by hand, for the message if there is no network.

    Raises
    ------
    FileNotFoundError
        If no mirror gives one of them.
    """
    pooch.get_logger().setLevel("WARNING")  # The progress bar says it all.
    folder.mkdir(parents=True, exist_ok=True)
    for download in downloads:
        failures = _try_mirrors(download, folder)
        if failures:
            raise FileNotFoundError(_by_hand(downloads, download, failures, places))


def _try_mirrors(download, folder):
    """Nothing if one of the mirrors gave the file, otherwise a line for each."""
    part = folder / f"{download.name}.part"
    failures = []
    for url in download.urls:
        try:
            pooch.retrieve(
                url,
                known_hash=download.digest,
                fname=download.name,
                path=folder,
                downloader=_Resuming(part, download.size),
            )
        except requests.RequestException as error:
            failures.append(f"{url}: {_in_words(error)}")
        except ValueError:  # pooch's own message names a temporary file.
            failures.append(f"{url}: gave a file whose sum is not {download.digest}")
        else:
            return []
    return failures


class _Resuming:
    """A downloader for pooch that keeps what has come in the file `part` until all has."""

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
        with requests.get(url, headers=headers, stream=True, timeout=(10, 60)) as answer:
            if begin and answer.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()  # There is more than the whole: it was of something else.
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


def _by_hand(downloads, missing, failures, places):
    return "\n".join(
        (
            f"{missing.name} is not here and could not be downloaded:",
            *(f"  {failure}" for failure in failures),
            "Get by other means",
            *(f"  {download.name} (from {download.urls[0]})" for download in downloads),
            "and put what you got, as it is, into one of the folders",
            *(f"  {place}" for place in places),
        )
    )
