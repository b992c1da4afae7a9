"""What an answer may see of the machine: Python and NumPy, and nothing else.

Everything is on a list of what is needed. A list of what to hide would have to know
where other environments, other people's files and the solutions are. `bubblewrap`
mounts what is on the list, and Landlock lets it be read.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH

import numpy as np

HERE = Path(__file__).resolve().parent  # the folder that holds `inside`
LINKS = ("/lib", "/lib64")  # on most systems, to the folders of the same names in /usr
DEVICES = (Path("/dev/null"), Path("/dev/urandom"))
LOADER = Path("/etc/ld.so.cache")  # where the system's libraries are
# These lie in the folder of Python's own modules.
PACKAGES = ("site-packages", "dist-packages")
# Has a trusted interpreter load NumPy and all extensions of Python's own modules, and
# asks the loader what it has loaded for them, and under which names: the libraries that
# answers can need.
LOADED = """
import ctypes, glob, os, sys
folders = [os.path.abspath(folder) for folder in sys.path if os.path.isdir(folder)]
print(*folders, sep="\\n")
print()
sys.path.append(sys.argv[1])
import numpy.fft, numpy.linalg, numpy.random
extensions = [
    file for folder in folders for file in glob.glob(os.path.join(folder, "*.so"))
]
for file in [*extensions, "libgcc_s.so.1"]:  # the last is loaded when a thread ends
    try:
        ctypes.CDLL(file)
    except OSError:
        continue
class Library(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("name", ctypes.c_char_p)]
Pointer = ctypes.POINTER(Library)
@ctypes.CFUNCTYPE(ctypes.c_int, Pointer, ctypes.c_size_t, ctypes.c_void_p)
def seen(library, size, data):
    print(os.fsdecode(library.contents.name or b""))
    return 0
ctypes.CDLL(None).dl_iterate_phdr(seen, None)
"""


@cache
def readable() -> tuple[Path, ...]:
    """All of it as paths of files and folders, for what cannot leave a part out."""
    folders, libraries = needed()
    left_out = hidden(folders)
    shown = [
        Path(entry.path)
        for folder in folders
        for entry in os.scandir(folder)
        if Path(entry.path) not in left_out and not entry.is_symlink()
    ]
    return (*shown, *libraries, *numpy_folders(), LOADER, *DEVICES)


def interpreter() -> Path:
    """The interpreter itself: not the link to it in a virtual environment."""
    return Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()


@cache
def needed() -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The folders of Python's own modules, and the libraries that they and NumPy load.

    Raises
    ------
    OSError
        If the interpreter cannot say so.
    """
    asked = subprocess.run(
        [interpreter(), *["-I", "-S", "-B", "-X", "utf8", "-c"], LOADED, packages()],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    if asked.returncode:
        raise OSError(
            asked.stderr.strip().rpartition("\n")[2] or "the interpreter does not start"
        )
    names, loaded = (part.splitlines() for part in asked.stdout.split("\n\n", 1))
    folders = [_unlinked(name) for name in (*names, *TZPATH) if os.path.isdir(name)]
    folders = [
        f for f in folders if not any(f != g and f.is_relative_to(g) for g in folders)
    ]
    libraries = [
        _unlinked(os.path.normpath(name)) for name in loaded if os.path.isabs(name)
    ]
    inside = (*folders, *numpy_folders())
    return tuple(dict.fromkeys(folders)), tuple(
        path
        for path in dict.fromkeys(libraries)
        if path.exists() and not any(path.is_relative_to(folder) for folder in inside)
    )


def _unlinked(path):
    """A path as it is named where the links of the system lead."""
    path = Path(path)
    for name in LINKS:
        if path.is_relative_to(name):
            return Path(name).resolve() / path.relative_to(name)
    return path


def hidden(folders: Iterable[Path]) -> list[Path]:
    """The folders of packages among those of Python's own modules."""
    return [
        folder / name
        for folder in folders
        for name in PACKAGES
        if (folder / name).is_dir()
    ]


def packages() -> Path:
    """The folder that NumPy was installed into."""
    return numpy_folders()[0].parent


def numpy_folders() -> list[Path]:
    """NumPy, and where its wheel keeps the libraries that it came with."""
    folder = Path(np.__file__).resolve().parent
    return [folder, *folder.parent.glob("numpy.libs")]
