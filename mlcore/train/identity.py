"""Whether a setting is the one that it was: all that it holds, in a form that files can
keep."""

import functools
import hashlib
import zlib
from dataclasses import fields, is_dataclass
from enum import Enum
from types import ModuleType

import numpy as np

from mlcore.arrays import is_array, to_numpy


def identity(name, value):
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
    >>> print(identity("head", AdditiveMarginSoftmaxLoss(m=0.35)))
    AdditiveMarginSoftmaxLoss(reduction='mean', m=0.35, s=30.0) of mlcore.losses.am_softmax
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
            return f"({', '.join(identity(f'{name}[{i}]', v) for i, v in enumerate(value))})"
        case frozenset():
            return f"{{{', '.join(sorted(identity(f'an entry of {name}', v) for v in value))}}}"
        case functools.partial(func=func, args=args, keywords=keywords):
            parts = (func, args, tuple(sorted(keywords.items())))
            return f"partial{identity(name, parts)}"
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
    frozen = kind.__dataclass_params__.frozen
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


def check_frozen(**settings):
    """Refuse settings that are no frozen dataclass, whatever they hold."""
    for name, value in settings.items():
        if not is_dataclass(value) or not value.__dataclass_params__.frozen:
            raise _not_frozen(name, value)


def digest_of(values):
    """SHA-256 of many strings, one after another, as ``sha256 ...`` with 16 digits."""
    sha = hashlib.sha256()
    for value in values:
        sha.update(value.encode() + b"\0")
    return f"sha256 {sha.hexdigest()[:16]}"


def fingerprint(arrays):
    """A 32-bit sum of arrays, with their shapes and dtypes, to tell whether they are
    the same."""
    crc = 0
    for array in arrays:
        array = np.ascontiguousarray(to_numpy(array))
        crc = zlib.crc32(f"{array.dtype} {array.shape}".encode(), crc)
        crc = zlib.crc32(array, crc)
    return crc
