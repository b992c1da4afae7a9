"""Keeps an answer's patches to itself where it runs in the grader's own process.

A worker that is patched ends with the answer. Here NumPy and Python are the grader's
too, so what an answer sets in them is taken out after each call, and put back before
the next one: it fools the answer, as it does in a worker, and nobody else.
"""

import builtins
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import is_
from types import ModuleType

import numpy as np

PATCHABLE = ("builtins", "math", "numpy", "numpy.linalg", "numpy.random", "numpy.fft")
# Builtins that are used while an answer's own may stand in their place.
_BUILTINS, _all, _dict, _len, _map = vars(builtins), all, dict, len, map


class Apart:
    """What one submission has set in modules that it shares with the grader.

    Attributes
    ----------
    patched : bool
        Whether it has set anything there.

    Examples
    --------
    >>> import math
    >>> apart, pi = Apart(), math.pi
    >>> with apart.patches():
    ...     math.pi = 3
    >>> math.pi == pi, apart.patched
    (True, True)
    >>> with apart.patches():
    ...     print(math.pi)
    3
    """

    def __init__(self) -> None:
        self._theirs: dict[str, dict[str, object]] = {}

    @property
    def patched(self) -> bool:
        return any(self._theirs.values())

    @contextmanager
    def patches(self) -> Iterator[None]:
        """The submission's patches hold in here, and not afterwards."""
        places = {name: vars(sys.modules[name]) for name in PATCHABLE}
        ours = {name: place.copy() for name, place in places.items()}
        with np.errstate():
            for name, theirs in self._theirs.items():
                places[name].update(theirs)
            try:
                yield
            finally:
                # Python's own first: the rest is done with them.
                theirs = _dict(_BUILTINS)
                _BUILTINS.update(ours["builtins"])
                self._theirs = {"builtins": _changes(ours["builtins"], theirs)}
                for name in self._theirs["builtins"].keys() - ours["builtins"].keys():
                    del _BUILTINS[name]
                for name, place in places.items():
                    if name != "builtins":
                        self._theirs[name] = _restored(place, ours[name])


def _restored(place, ours):
    """Put a module's names back; what was there in the place of ours."""
    same = _len(place) == _len(ours) and _all(_map(is_, place.values(), ours.values()))
    if same:
        return {}
    theirs = _changes(ours, place)
    for name in theirs:
        if name in ours:
            place[name] = ours[name]
        else:
            del place[name]
    for name in ours.keys() - place.keys():
        place[name] = ours[name]
    return theirs


def _changes(ours, theirs):
    """The names that stand for something else; a module that was imported is none."""
    missing = object()
    return {
        name: value
        for name, value in theirs.items()
        if ours.get(name, missing) is not value
        and not (name not in ours and isinstance(value, ModuleType))
    }
