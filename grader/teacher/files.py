"""Writes files so that an interrupted run leaves the old one or the new one whole."""

import os
import tempfile
import zipfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path | str) -> Iterator[Path]:
    """A path to write to; its file replaces `target` when the block ends well."""
    target = Path(target)
    if target.is_dir():
        raise ValueError(f"{target} is a folder, and the name of a file is wanted")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".new")
    os.close(handle)
    try:
        yield Path(new)
        # mkstemp's files are for their owner only; a written file has the usual rights.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(new, 0o666 & ~mask)
        os.replace(new, target)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise


def write_text(target: Path, text: str) -> None:
    with replacing(target) as new:
        new.write_text(text, encoding="utf-8", newline="\n")


def write_zip(
    target: Path, contents: dict[str, bytes], executable: Container[str] = ()
) -> None:
    """Write a zip from names and bytes; the same contents give the same bytes."""
    with replacing(target) as new, zipfile.ZipFile(new, "w") as archive:
        for name in sorted(contents):
            # A fixed time and fixed rights: nothing in it tells when or where it was
            # made.
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, on every system
            entry.external_attr = (0o755 if name in executable else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents[name])
