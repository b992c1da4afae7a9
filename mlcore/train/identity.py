"""Whether a setting is the one that it was: all it holds, as files can keep it."""

import functools
import hashlib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import ModuleType
from typing import Any

import numpy as np

from mlcore.arrays import Array, is_array, to_numpy
from mlcore.layers import Sequential
from mlcore.optim import SGD


def identity(name: str, value: Any) -> str:
    """A string that is equal for equal settings only: their types, and every value in
    them.

    Not their `repr`, which may leave out a field, or the middle of an array. Functions
    go by their names, as in a pickle; what is behind a name is code, and code is not a
    setting.

    Parameters
    ----------
    name : str
        What a user calls it, for the errors.
    value
        None, a number, a string, an array, a function with a name, or a tuple, a
        `partial` or a frozen dataclass of such.

    Raises
    ------
    TypeError
        If something in it could change in the course of a training, or cannot be
        compared: a checkpoint holds none of its memory.

    Examples
    --------
    >>> from mlcore.losses import AdditiveMarginSoftmaxLoss
    >>> identity("head", AdditiveMarginSoftmaxLoss()).partition(" of ")[0]
    "AdditiveMarginSoftmaxLoss(reduction='mean', m=0.35, s=30.0)"
    """
    match value:
        case (
            None
            | bool()
            | int()
            | float()
            | complex()
            | str()
            | bytes()
            | Enum()
            | np.generic()
        ):
            return repr(value)
        case tuple():
            parts = [identity(f"{name}[{i}]", v) for i, v in enumerate(value)]
            return f"({', '.join(parts)})"
        case frozenset():
            parts = sorted(identity(f"an entry of {name}", v) for v in value)
            return f"{{{', '.join(parts)}}}"
        case functools.partial(func=func, args=args, keywords=keywords):
            whole = (func, args, tuple(sorted(keywords.items())))
            return f"partial{identity(name, whole)}"
        case np.dtype():
            return f"dtype {value}"
    if is_array(value):
        return (
            f"array {fingerprint([value]):08x} of {value.dtype}, shape"
            f" {tuple(value.shape)}"
        )
    if is_dataclass(value) and not isinstance(value, type):
        return _of_dataclass(name, value)
    if callable(value) and hasattr(value, "__qualname__"):
        return _of_named(name, value)
    raise _not_frozen(name, value)


def _of_dataclass(name, value):
    kind = type(value)
    frozen = _is_frozen(kind)
    names = [field.name for field in fields(value)]
    # A class that derives from a frozen one, and is none itself, may hold what no field
    # declares.
    own = "__dataclass_params__" in vars(kind)
    if not frozen or not (own or set(getattr(value, "__dict__", ())) <= set(names)):
        raise _not_frozen(name, value)
    parts = [f"{one}={identity(f'{name}.{one}', getattr(value, one))}" for one in names]
    return f"{kind.__qualname__}({', '.join(parts)}) of {kind.__module__}"


def _of_named(name, value):
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType | type):
        return f"{value.__name__} of {identity(name, owner)}"
    if "<" in value.__qualname__:
        raise TypeError(
            f"{name} must be a function with a name of its own to train with a"
            f" checkpoint, got {value.__qualname__}: nothing tells whether it is the"
            " same when the training goes on"
        )
    return f"{value.__qualname__} of {value.__module__}"


def _not_frozen(name, value):
    return TypeError(
        f"{name} must be a frozen dataclass to train with a checkpoint, and all that it"
        " holds numbers, texts, arrays, tuples or such dataclasses, got"
        f" {type(value).__name__}: what it remembers would be lost. (Center loss goes"
        " beside a head as center_loss=...)"
    )


def check_frozen(**settings: Any) -> None:
    """Refuse settings that are no frozen dataclass, whatever they hold.

    Raises
    ------
    TypeError
    """
    for name, value in settings.items():
        if not is_dataclass(value) or not _is_frozen(value):
            raise _not_frozen(name, value)


def _is_frozen(a_dataclass: Any) -> bool:
    return a_dataclass.__dataclass_params__.frozen


def digest_of(values: Iterable[str]) -> str:
    """SHA-256 of many strings, one after another, as ``sha256 ...`` with 16 digits."""
    sha = hashlib.sha256()
    for value in values:
        sha.update(value.encode() + b"\0")
    return f"sha256 {sha.hexdigest()[:16]}"


def fingerprint(arrays: Iterable[Array]) -> int:
    """A 32-bit sum of arrays, shapes and dtypes: whether they are the same."""
    crc = 0
    for array in arrays:
        plain: Any = np.ascontiguousarray(to_numpy(array))
        crc = zlib.crc32(f"{plain.dtype} {plain.shape}".encode(), crc)
        crc = zlib.crc32(plain, crc)
    return crc


def identified(
    net: Sequential, head_at: Callable[[int], Any], optimiser: SGD, steps: int
) -> dict[str, Any]:
    """What must not have changed when a training of `steps` steps goes on, as strings.

    The head and the learning rate are taken at every step: what a schedule does between
    any few of them is a part of the training too.

    Parameters
    ----------
    net : layers.Sequential
        As it is before the first step.
    head_at : function step -> loss
    optimiser : optim.SGD
    steps : int

    Returns
    -------
    dict

    Raises
    ------
    TypeError
        If the head or the optimiser could change while training: a checkpoint holds
        none of their memory. Better here than in a resumed training that goes another
        way.
    """
    every = range(1, steps + 1)
    arrays = [array for group in (*net.params, *net.running) for array in group]
    return {
        "layers": [identity(f"layer {i}", layer) for i, layer in enumerate(net.layers)],
        "first weights": fingerprint(arrays),
        "schedule of the head": digest_of(_identities("head", map(head_at, every))),
        "schedule of the rate": digest_of(
            repr(float(optimiser.rate(step))) for step in every
        ),
        "other settings of the optimiser": identity(
            "optimiser", replace(optimiser, lr=0.0)
        ),
    }


def _identities(name, values):
    """That of each, computed once for a value that stays for many steps."""
    last = known = None
    for value in values:
        if value is not last:
            last, known = value, identity(name, value)
        yield known
