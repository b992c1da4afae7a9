"""`python -m mlcore.datasets`: what is here, get it, check it."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mlcore.datasets import DRAWN, EMBEDDED, PUBLISHED, load
from mlcore.datasets.published import cache_folder, data_folder

_NAMES = (*EMBEDDED, *PUBLISHED, *DRAWN)
_ROW = "{:14} {:8} {:>16} {:>9}  {}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 if something is missing or damaged."""
    parser = argparse.ArgumentParser(
        prog="python -m mlcore.datasets",
        description=(
            "The data sets of the book. They are looked for in $MLCORE_DATA/NAME and in"
            " NAME in the cache folder; what is in neither is downloaded when it is"
            " first loaded."
        ),
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser(
        "list", help="say what is here and whether it is whole (the default)"
    )
    for command, number, text in (
        ("fetch", "+", "download data sets into the cache folder, or draw them there"),
        ("verify", "*", "check data sets: those named, or all that are here"),
    ):
        add = commands.add_parser(
            command, help=text, description=text.capitalize() + "."
        )
        add.add_argument("names", nargs=number, metavar="NAME", help=", ".join(_NAMES))
        if command == "fetch":
            add.add_argument(
                "--fonts",
                action="append",
                type=Path,
                metavar="DIR",
                help="look for fonts below DIR as well (may be repeated)",
            )
            add.add_argument(
                "--partly",
                action="store_true",
                help="draw with the faces that are here, though others are missing",
            )
    given = parser.parse_args(arguments)
    for name in getattr(given, "names", ()):
        if name not in _NAMES:
            parser.error(
                f"there is no data set {name!r}; there are {', '.join(_NAMES)}"
            )
    try:
        match given.command:
            case "fetch":
                return _fetch(given.names, given.fonts or [], given.partly)
            case "verify":
                return _verify(given.names or [name for name in _NAMES if _paths(name)])
            case _:
                return _list()
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\ninterrupted; a download goes on from here when it is repeated",
            file=sys.stderr,
        )
        return 130


def _list():
    print(f"MLCORE_DATA   {data_folder() or 'not set'}")
    print(f"cache folder  {cache_folder() or 'none: no home folder is known'}\n")
    print(_ROW.format("name", "state", "train + test", "size", "where"))
    complaints, licences = [], []
    for name in _NAMES:
        ds, complaint = _look_at(name)
        if paths := _paths(name):
            state = "whole" if ds else "DAMAGED"
            images = f"{len(ds.train):,} + {len(ds.test):,}" if ds else ""
            size, where = (
                sum(path.stat().st_size for path in paths),
                os.path.commonpath(paths),
            )
        else:
            state, images, where = "missing", "", f"(to get it: fetch {name})"
            size = _size(name)
        print(
            _ROW.format(
                name, state, images, f"{size / 1e6:.1f} MB" if size else "", where
            )
        )
        if complaint:
            complaints.append(complaint)
        if known := ds or PUBLISHED.get(name):
            licences.append(f"{name:14} {known.licence}")
    print("\nlicences", *licences, sep="\n")
    if complaints:
        print("", *complaints, sep="\n", file=sys.stderr)
    return 0


def _size(name):
    """The bytes of a download; None if unknown, or if there is none."""
    if name in DRAWN:
        return None
    sizes = [download.size for download in PUBLISHED[name].forms[0].downloads]
    return None if None in sizes else sum(sizes)


def _draw(name, fonts, partly):
    # Here: only drawing needs Pillow and fontTools.
    from mlcore.datasets import render

    return render.make(DRAWN[name], [*fonts, *map(Path, render.FOLDERS)], partly)


def _fetch(names, fonts, partly):
    status = 0
    for name in names:
        # A damaged file in the cache is got again; one in the reader's own folder is
        # the reader's.
        cache = cache_folder()
        ours = all(cache and path.is_relative_to(cache) for path in _paths(name))
        if ours and not _look_at(name)[0]:
            try:
                if name in DRAWN:
                    _draw(name, fonts, partly)
                else:
                    PUBLISHED[name].fetch()
            except FileNotFoundError as error:
                print(f"{name}: {error}", file=sys.stderr)
                status = 1
                continue
        status = max(status, _verify([name]))
    return status


def _verify(names):
    status = 0
    for name in names:
        ds, complaint = _look_at(name)
        if ds:
            print(f"{name:14} whole; {str(ds).partition(': ')[2]}")
        else:
            state = "DAMAGED" if _paths(name) else f"missing (to get it: fetch {name})"
            print(f"{name:14} {state}")
            status = 1
        if complaint:
            print(f"{name}: {complaint}", file=sys.stderr)
    return status


def _look_at(name):
    """The data set, if it is here and whole, and what there is to complain about."""
    if not _paths(name):
        return None, "" if name in DRAWN else "; ".join(PUBLISHED[name].gaps())
    try:
        return load(name), ""
    except ValueError as error:
        return None, str(error)


def _paths(name):
    """The files of a data set that is here, each once; none if it is not."""
    if name in EMBEDDED:
        return {EMBEDDED[name].path()}
    if name in DRAWN:
        return {path for path in [DRAWN[name].find()] if path}
    _, paths = PUBLISHED[name].find()
    return set(paths or ())


if __name__ == "__main__":
    sys.exit(main())
