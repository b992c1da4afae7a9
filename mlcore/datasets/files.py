"""Files as their authors published them: where they lie, and whether they are whole.

Nothing is unpacked to the disk, and what comes out of a file is compared with a
published sum before anything else looks at it. Bytes that do not agree are parsed only
to say why, and not even for that where parsing would run what they say.
"""

import gzip
import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlcore.datasets.base import Split
from mlcore.datasets.formats import Bytes


class DamagedFile(ValueError):
    """A file that is not what its name says.

    The message names it, says why, and what to do.
    """

    def __init__(self, path: Path | str, why: object):
        super().__init__(
            f"{path}: {why}. Delete or replace it; without it, it is downloaded again"
        )


@dataclass(frozen=True)
class File:
    """One published file, unpacked.

    Attributes
    ----------
    name : str
        Path inside the data set's folder, with "/" between its parts.
    limit : int
        It has at most so many bytes; what claims more is not unpacked.
    digest : str
        ``"sha256:..."`` or ``"md5:..."`` of its bytes.
    parse : callable
        Makes arrays of bytes, or a `ValueError` that says what is wrong with them. It
        may be given anything, since it also says what is wrong with bytes whose sum is
        not right; unless the file `is_program`.
    aliases : tuple of str
        Paths inside the folder under which people have it too.
    is_program : bool
        To parse it is to run it, as pickles are: only the published bytes may be.
    """

    name: str
    limit: int
    digest: str
    parse: Callable[[Bytes], Any] = field(repr=False)
    aliases: tuple[str, ...] = ()
    is_program: bool = False

    def read(self, data: Bytes, path: Path | str) -> Any:
        """What the bytes `data` from `path` parse to, if they are the published ones.

        Raises
        ------
        DamagedFile
            If they are not.
        """
        found = digest(data, self.digest)
        if found != self.digest:
            raise DamagedFile(path, self._why_not(data, found))
        return self.parse(data)

    def _why_not(self, data, found):
        if len(data) > self.limit:
            return (
                f"it is longer than {self.name}, which has at most {self.limit:,} bytes"
            )
        if self.is_program:
            return (
                f"it is truncated, corrupt, or another file than {self.name}, and was"
                f" not unpickled: {found}, expected {self.digest}"
            )
        try:
            self.parse(data)
        except ValueError as error:
            return error
        return (
            f"it has the form of {self.name} and other contents: "
            f"{found}, expected {self.digest}"
        )


@dataclass(frozen=True)
class Download:
    """What a publisher offers: one gzipped file, or an archive of several.

    Attributes
    ----------
    name : str
        Its name in the data set's folder.
    size : int or None
        Bytes; None where the publisher does not say.
    digest : str
        ``"sha256:..."`` or ``"md5:..."`` of these bytes.
    urls : tuple of str
        Where it is, in the order in which to try.
    """

    name: str
    size: int | None
    digest: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """One of the forms in which a data set is published.

    Attributes
    ----------
    files : tuple of File
    downloads : tuple of Download
        One archive of all files, or a ``.gz`` for each.
    assemble : callable
        From what the files parse to, in their order, to the splits (train, test).
    """

    files: tuple[File, ...]
    downloads: tuple[Download, ...]
    assemble: Callable[..., tuple[Split, Split]] = field(repr=False)

    def find(self, folder: Path, nearly: bool = True) -> list[Path | None]:
        """Paths in `folder` that hold the files, in order; None for a missing one.

        A file lies there as it is, or gzipped; or the archive does, where one of them
        is missing. With `nearly` also under one of its aliases.
        """
        paths = [
            next(filter(_is_file, _names(folder, file, nearly)), None)
            for file in self.files
        ]
        if None in paths and self.archive and _is_file(folder / self.archive.name):
            return [folder / self.archive.name] * len(self.files)
        return paths

    def recognises(self, paths: Sequence[Path]) -> bool:
        """Whether `paths`, one for each file, are of this form, by the smallest one."""
        if self.archive and paths[0].name == self.archive.name:
            return True  # No other data set's archive has this name.
        try:
            path, file = min(
                zip(paths, self.files, strict=True), key=lambda p: p[0].stat().st_size
            )
            data, _ = _read_file(path, file)
        except (DamagedFile, OSError):
            return False
        return digest(data, file.digest) == file.digest

    def read(self, paths: Sequence[Path]) -> tuple[Split, Split]:
        """The splits (train, test) from the `paths` that `find` gave.

        Raises
        ------
        DamagedFile
            If one of them does not hold the published bytes.
        """
        if self.archive and paths[0].name == self.archive.name:
            contents = _read_archive(paths[0], self.archive, self.files)
        else:
            contents = map(_read_file, paths, self.files)
        parsed = [file.read(*c) for file, c in zip(self.files, contents, strict=True)]
        return self.assemble(*parsed)

    @property
    def archive(self) -> Download | None:
        """The download that holds all files; None where each has its own."""
        return self.downloads[0] if len(self.downloads) < len(self.files) else None


def digest(data: Bytes, like: str) -> str:
    """The sum of `data` by the algorithm with whose name the sum `like` begins, and no
    longer than that one."""
    algorithm = like.partition(":")[0]
    found = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
    return f"{algorithm}:{found}"[: len(like)]


def _names(folder, file, nearly):
    """Where `file` may be in `folder`, as it is and gzipped."""
    for name in (file.name, *(file.aliases if nearly else ())):
        yield folder / name
        yield folder / f"{name}.gz"


def _is_file(path):
    """Not `Path.is_file`, which raises an error in a folder that must not be read."""
    return os.path.isfile(path)


def _read_file(path: Path, file: File) -> tuple[Bytes, Path | str]:
    """The bytes of `file` from `path`, at most one more than its limit; and `path`."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            # A bytearray, so that arrays which share its memory can be written to.
            return bytearray(stream.read(file.limit + 1)), path
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DamagedFile(path, f"it is truncated or corrupt ({error})") from error


def _read_archive(
    path: Path, download: Download, files: Sequence[File]
) -> Iterable[tuple[Bytes, Path | str]]:
    """As `_read_file` for each of `files`, from an archive with the right sum.

    So whoever made it is known, and its members need no suspicion beyond their own
    sums.
    """
    with path.open("rb") as stream:
        algorithm = download.digest.partition(":")[0]
        found = f"{algorithm}:{hashlib.file_digest(stream, algorithm).hexdigest()}"
        if found != download.digest:
            raise DamagedFile(
                path,
                f"it is truncated, corrupt, or packed by somebody else ({found},"
                f" expected {download.digest}); a folder with the unpacked files would"
                " do instead",
            )
        stream.seek(0)
        reader = _zip_members if path.suffix == ".zip" else _tar_members
        members = dict(reader(stream, {file.name: file.limit for file in files}))
    missing = [file.name for file in files if file.name not in members]
    if missing:
        raise DamagedFile(path, f"it does not hold {missing[0]}")
    # Taken out one by one: the bytes of a file are freed as soon as it is parsed.
    return ((members.pop(file.name), f"{path}, {file.name}") for file in files)


def _tar_members(stream, limits) -> Iterator[tuple[str, bytearray]]:
    """Name and bytes of the wanted regular files; links, devices, others are passed."""
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:
            # Asked first: of a link it would give the file to which it leads.
            wanted = member.name in limits and member.isreg()
            if wanted and (content := archive.extractfile(member)):
                yield member.name, bytearray(content.read(limits[member.name] + 1))


def _zip_members(stream, limits) -> Iterator[tuple[str, bytearray]]:
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            if member.filename in limits:
                with archive.open(member) as content:
                    limit = limits[member.filename] + 1
                    yield member.filename, bytearray(content.read(limit))
