"""Where people have a data set: under its name, or nearly, and a folder too deep."""

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_DEEP = 2  # folders below the data set's own: torchvision's MNIST/raw
_OTHER_FORMS = [
    ".zip",
    ".7z",
    ".rar",
    ".tar",
    ".tgz",
    ".npz",
    ".mat",
    ".pkl",
    ".csv",
    ".parquet",
]
_MANY = 500  # entries of a folder that are looked at, in the order of their names


def places(root: Path, name: str) -> Iterator[Path]:
    """The folders below `root` that may hold the data set `name`, the right one first.

    Also folders whose name differs in case and punctuation only, as FashionMNIST does,
    and those inside them; and `root` itself, if that is its name.
    """
    yield root / name
    yield from _below(root / name, name, _DEEP)
    nearly = [path for path in _inside(root, folders=True) if _is_nearly(path, name)]
    for folder in [*nearly, *([root] if _is_nearly(root, name) else [])]:
        if folder != root / name:
            yield folder
            yield from _below(folder, name, _DEEP)


def strays(
    root: Path, name: str, wanted: Sequence[str], known: set[Path | None]
) -> Iterator[str]:
    """A sentence for each file that looks like a wanted one, in the wrong place.

    Parameters
    ----------
    root : pathlib.Path
    name : str
        Of the data set.
    wanted : sequence of str
        Their paths inside the data set's folder.
    known : set of pathlib.Path
        Files that are taken where they are.
    """
    by_name = {path.rpartition("/")[2]: path for path in wanted}
    telling = [one for one in by_name if len(one) >= 10]  # not "train.bin", not "1.pgm"
    own = [*dict.fromkeys(places(root, name))]
    for folder in dict.fromkeys((root, *own)):
        for path in _inside(folder, folders=False):
            # What an interrupted download has left is no stray: it goes on from there.
            if path in known or path.suffix == ".part":
                continue
            match = difflib.get_close_matches(path.name, telling, n=1, cutoff=0.7)
            if match:
                right = root / name / by_name[match[0]]
                yield f"{path} looks like {match[0]}: if it is, its place is {right}"
            elif folder in own and path.suffix in _OTHER_FORMS:
                yield (
                    f"{path} is in a form that is not read: {wanted[0]} is wanted,"
                    " for one"
                )


def _below(folder, name, depth):
    """The folders inside, those that are called like the data set first."""
    inside = _inside(folder, folders=True) if depth else []
    for path in sorted(inside, key=lambda path: not _is_nearly(path, name)):
        yield path
        yield from _below(path, name, depth - 1)


def _inside(folder, folders):
    """The files or folders in `folder`, but hidden ones; none if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                entry.name
                for entry in entries
                if entry.is_dir() == folders and not entry.name.startswith(".")
            )
    except OSError:
        return []
    return [folder / name for name in found[:_MANY]]


def _is_nearly(path, name):
    return _plain(path.name) == _plain(name)


def _plain(name):
    return re.sub("[^a-z0-9]", "", name.lower())
