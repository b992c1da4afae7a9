"""What a browser is given in the place of a slow cell, kept when the book is built.

`tools.build` has every kernel begin with `keep`. Of each cell it then notes the
seconds, and of all but the quickest it keeps what the cell made or changed. The files
are named after the cell and those above it: the same cells find them again, whoever
runs them.
"""

import hashlib
import io
import json
import pickle
import sys
import time
import types
from pathlib import Path
from typing import Any

from margins.live import kept
from mlcore.checkpoints import write_whole
from mlcore.datasets import Dataset, Split

#: From how many seconds on it is kept what a cell made: a page asks for less of it.
FROM = 0.2

# Loaded or drawn again in no time, and heavy.
_LEFT_OUT = (types.ModuleType, types.FunctionType, type, Dataset, Split)


def keep(shell: Any, folder: str | Path) -> None:
    """Have an IPython shell write into `folder` what it runs from now on."""
    Notes(shell, Path(folder))


class Notes:
    """The notes on the cells of one kernel.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    folder : Path
        Gets ``<key>.json`` for each cell, and ``<key>.bin`` for one that takes a while.
    """

    def __init__(self, shell: Any, folder: Path) -> None:
        self._names, self._folder = shell.user_ns, folder
        self._hidden = set(shell.user_ns) | set(getattr(shell, "user_ns_hidden", ()))
        self._sources: list[str] = []
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def _before(self, info):
        self._sources.append(info.raw_cell)
        self._state = {name: state(value) for name, value in self._values().items()}
        self._began = time.process_time()

    def _after(self, result):
        # Of the processor: a machine at work elsewhere makes no cell slow.
        seconds = time.process_time() - self._began
        if not self._sources or not result.success:
            return
        path = self._folder / kept.key(self._sources)
        self._folder.mkdir(parents=True, exist_ok=True)
        if seconds >= FROM:
            write_whole(path.with_suffix(".bin"), self._made())
        note = {"seconds": round(seconds, 1)}
        write_whole(path.with_suffix(".json"), json.dumps(note).encode())

    def _values(self):
        return {
            name: value
            for name, value in self._names.items()
            if name[0] != "_" and name not in self._hidden
        }

    def _made(self):
        """What is new or changed: names with values, and names to be had again."""
        changed = {
            name: pickled(value)
            for name, value in self._values().items()
            if state(value) != self._state.get(name)
        }
        names = {name: value for name, value in changed.items() if value is not None}
        return kept.packed(names, sorted(set(changed) - set(names)))


def state(value: Any) -> bytes | int:
    """What tells a value from another, or from the same before it was changed."""
    plain = pickled(value)
    return id(value) if plain is None else hashlib.sha256(plain).digest()


def pickled(value: Any) -> bytes | None:
    """A value as bytes, or None if it is not one to be kept."""
    if isinstance(value, _LEFT_OUT) or type(value).__module__.startswith("matplotlib."):
        return None
    try:
        return _plain(value)
    # Whatever a value's own code raises: then it is not kept.
    except Exception:
        return None


def _plain(value):
    target = io.BytesIO()
    _Plain(target, protocol=5).dump(value)
    return target.getvalue()


class _Plain(pickle.Pickler):
    """Refuses what is left out, also inside of something."""

    def reducer_override(self, value):
        if isinstance(value, Dataset | Split | types.ModuleType):
            raise pickle.PicklingError("left out")
        figure = sys.modules.get("matplotlib.artist")
        if figure is not None and isinstance(value, figure.Artist):
            raise pickle.PicklingError("left out")
        return NotImplemented
