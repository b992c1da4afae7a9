"""Files as their authors published them: where they lie, and whether they are whole.

Nothing is unpacked to the disk, and what comes out of a file is compared with a
published sum before anything else looks at it. Bytes that do not agree are parsed only
to say why.
"""

import gzip
import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field


class DamagedFile(ValueError):
    """A file that is not what its name says. The message names it, says why, and what
    to do."""

    def __init__(self, path, why):
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
        not right.
    aliases : tuple of str
        Paths inside the folder under which people have it too.
    """

    name: str
    limit: int
    digest: str
    parse: Callable = field(repr=False)
    aliases: tuple[str, ...] = ()

    def read(self, data, path):
        """What the bytes `data` from `path` parse to, if they are the published
        ones."""
        if digest(data, self.digest) != self.digest:
            raise DamagedFile(path, self._why_not(data))
        return self.parse(data)

    def _why_not(self, data):
        if len(data) > self.limit:
            return (
                f"it is longer than {self.name}, which has at most {self.limit:,} bytes"
            )
        try:
            self.parse(data)
        except ValueError as error:
            return error
        return (
            f"it has the form of {self.name} and other contents: "
            f"{digest(data, self.digest)}, expected {self.digest}"
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
    assemble: Callable = field(repr=False)

    def find(self, folder, nearly=True):
        """Paths in `folder` that hold the files, in their order; None for each that is
        missing.

        A file lies there as it is, or gzipped; or the archive does, where one of them
        is missing. With `nearly` also under one of its aliases.
        """
        archive = self.archive and folder / self.archive.name
        paths = [
            next(filter(_is_file, _names(folder, file, nearly)), None)
            for file in self.files
        ]
        if None in paths and archive and _is_file(archive):
            return [archive] * len(self.files)
        return paths

    def recognises(self, paths):
        """Whether `paths`, one for each file, are of this form, judged by the smallest
        of them."""
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

    def read(self, paths):
        """The splits (train, test) from `paths`, one for each file, as `find` returned
        them."""
        if self.archive and paths[0].name == self.archive.name:
            contents = _read_archive(paths[0], self.archive, self.files)
        else:
            contents = map(_read_file, paths, self.files)
        parsed = [file.read(*c) for file, c in zip(self.files, contents, strict=True)]
        return self.assemble(*parsed)

    @property
    def archive(self):
        """The download that holds all files; None where each has its own."""
        return self.downloads[0] if len(self.downloads) < len(self.files) else None


def digest(data, like):
    """The sum of `data` by the same algorithm as the sum `like`, which begins with its
    name."""
    algorithm = like.partition(":")[0]
    return (
        f"{algorithm}:{hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()}"
    )


def _names(folder, file, nearly):
    """Where `file` may be in `folder`, as it is and gzipped."""
    for name in (file.name, *(file.aliases if nearly else ())):
        yield folder / name
        yield folder / f"{name}.gz"


def _is_file(path):
    """Not `Path.is_file`, which raises an error in a folder that must not be read."""
    return os.path.isfile(path)


def _read_file(path, file):
    """The bytes of `file` from `path`, at most one more than its limit, and the
    path."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            # A bytearray, so that arrays which share its memory can be written to.
            return bytearray(stream.read(file.limit + 1)), path
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DamagedFile(path, f"it is truncated or corrupt ({error})") from error


def _read_archive(path, download, files):
    """As `_read_file` for each of `files`; an archive is opened only if its sum is
    right.

    So whoever made it is known, and its members need no suspicion beyond their own
    sums.
    """
    with path.open("rb") as stream:
        algorithm = download.digest.partition(":")[0]
        found = f"{algorithm}:{hashlib.file_digest(stream, algorithm).hexdigest()}"
    if found != download.digest:
        raise DamagedFile(
            path,
            f"it is truncated, corrupt, or packed by somebody else ({found}, expected "
            f"{download.digest}); a folder with the unpacked files would do instead",
        )
    reader = _zip_members if path.suffix == ".zip" else _tar_members
    members = dict(reader(path, {file.name: file.limit for file in files}))
    missing = [file.name for file in files if file.name not in members]
    if missing:
        raise DamagedFile(path, f"it does not hold {missing[0]}")
    # Taken out one by one: the bytes of a file are freed as soon as it is parsed.
    return ((members.pop(file.name), f"{path}, {file.name}") for file in files)


def _tar_members(path, limits):
    """Name and bytes of the wanted regular files; links, devices and all others are
    passed over."""
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.name in limits and member.isreg():
                yield (
                    member.name,
                    bytearray(
                        archive.extractfile(member).read(limits[member.name] + 1)
                    ),
                )


def _zip_members(path, limits):
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename in limits:
                with archive.open(member) as stream:
                    yield (
                        member.filename,
                        bytearray(stream.read(limits[member.filename] + 1)),
                    )
