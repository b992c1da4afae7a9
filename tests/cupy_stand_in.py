"""A double of CuPy for machines without a GPU: its names and signatures, on NumPy.

`install` puts the double into the place of the module `cupy`. Every call of it is bound
to the signature of the true function (see `cupy_signatures`), refused where CuPy
refuses arrays of NumPy, and then computed by NumPy's function of the same name. Reached
so are also the wrappers of array_api_compat, and the lines of the library that are for
CuPy alone. What a GPU rounds, how fast it is, and what its kernels make of strides, a
double cannot tell.
"""

import functools
import importlib
import re
import sys
import types

import cupy
import cupy.fft
import cupy.linalg
import cupyx
import numpy as np
from cupy_signatures import BOUND, bind, result_dtype

NDARRAY = cupy.ndarray
#: Functions that bring NumPy's arrays, and Python's lists, to the device.
FROM_HOST = ("array", "asarray", "ascontiguousarray", "asfortranarray")


class Array:
    """Stands for ``cupy.ndarray``; has the methods and operators that it has."""

    __hash__ = None  # as CuPy's

    def __init__(self, numbers):
        self._numbers = numbers

    def __getattr__(self, name):
        if name.startswith("__") or not hasattr(NDARRAY, name):
            raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")
        if name == "device":
            return DEVICE
        theirs = getattr(NDARRAY, name)
        if not callable(theirs):
            BOUND[f"ndarray.{name}"] += 1
            return wrapped(getattr(self._numbers, name))
        ours = getattr(self._numbers, "copy" if name == "get" else name)

        def method(*args, **kwargs):
            bind(f"ndarray.{name}", theirs, (self, *args), kwargs)
            return _computed(ours, args, kwargs, on_host=name in ("get", "tolist"))

        return method

    def __iter__(self):
        return map(wrapped, self._numbers)

    def __deepcopy__(self, memo):
        return Array(self._numbers.copy())

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()`"
            " to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        # As when an operator's left side is a scalar of NumPy.
        if method != "__call__":
            return NotImplemented
        return getattr(MODULE, ufunc.__name__)(*inputs, **kwargs)


Array.__name__ = Array.__qualname__ = "ndarray"
Array.__module__ = "cupy"


def _special(name):
    in_place = name.startswith("__i") and hasattr(NDARRAY, f"__{name[3:]}")

    def method(self, *args):
        BOUND[f"ndarray.{name}"] += 1
        found = getattr(self._numbers, name)(*map(unwrapped, args))
        if found is NotImplemented:
            return found
        if in_place:
            self._numbers = found
            return self
        if name in UFUNCS:
            ufunc = getattr(cupy, UFUNCS[name])
            _check_dtype(UFUNCS[name], ufunc, (self, *args), found)
        return wrapped(found)

    return method


#: What CuPy's operators call.
UFUNCS = {
    **{f"__{name}__": name for name in ("add", "invert")},
    **{"__sub__": "subtract", "__mul__": "multiply", "__truediv__": "true_divide"},
    **{"__pow__": "power", "__mod__": "remainder", "__neg__": "negative"},
    **{"__and__": "bitwise_and", "__or__": "bitwise_or", "__xor__": "bitwise_xor"},
    **{"__lt__": "less", "__le__": "less_equal", "__eq__": "equal"},
    **{"__gt__": "greater", "__ge__": "greater_equal", "__ne__": "not_equal"},
}
for reflected in ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__"):
    UFUNCS[reflected.replace("__", "__r", 1)] = UFUNCS[reflected]
#: The operators and conversions that both libraries have. What only NumPy's arrays
#: have, such as being a place in a list, is missing here too.
SPECIAL = {
    name
    for name in {*dir(NDARRAY)} & {*dir(np.ndarray)} - {*dir(object)}
    if re.fullmatch("__(?!array|class).*__", name) and name not in vars(Array)
}
COMPARED = "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"
SAID = "__repr__", "__str__", "__format__"
for special in (*SPECIAL, *COMPARED, *SAID):
    setattr(Array, special, _special(special))


def wrapped(found):
    """NumPy's arrays, also numbers alone, as the double's; all else as it is."""
    if isinstance(found, np.ndarray | np.generic):
        return Array(np.asarray(found))
    if isinstance(found, tuple) and not isinstance(found, np.dtype):
        parts = map(wrapped, found)
        return type(found)(*parts) if hasattr(found, "_fields") else tuple(parts)
    if isinstance(found, list):
        return [wrapped(part) for part in found]
    return found


def unwrapped(given, from_host=False):
    """The numbers in the double's arrays; NumPy's are refused, as CuPy refuses them."""
    if isinstance(given, Array):
        return given._numbers
    if isinstance(given, np.ndarray) and not from_host:
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(given, tuple | list):
        return type(given)(unwrapped(part, from_host) for part in given)
    return given


def _computed(ours, args, kwargs, from_host=False, on_host=False):
    inner = functools.partial(unwrapped, from_host=from_host)
    found = ours(*map(inner, args), **{k: inner(v) for k, v in kwargs.items()})
    out = kwargs.get("out")
    if isinstance(out, Array):
        return out
    return found if on_host else wrapped(found)


def _double(name, theirs, ours):
    """A function of the double: bound to the true one's signature, computed by ours."""

    @functools.wraps(theirs, updated=())
    def function(*args, **kwargs):
        bind(name, theirs, args, kwargs)
        if ours is None:
            raise NotImplementedError(f"NumPy has no {name} to compute cupy.{name} by")
        kwargs.pop("blocking", None)  # of CuPy's alone
        found = _computed(ours, args, kwargs, name in FROM_HOST)
        if isinstance(theirs, cupy.ufunc) and "dtype" not in kwargs:
            _check_dtype(name, theirs, args[: theirs.nin], found)
        return found

    return function


def _check_dtype(name, ufunc, args, found):
    """Refuse a call for which CuPy has no loop, or one of another dtype."""
    arrays = [a.dtype for a in args if isinstance(a, Array)]
    scalars = [a for a in args if not isinstance(a, Array)]
    weak = np.result_type(*arrays, *scalars) if scalars else None
    dtypes = [a.dtype if isinstance(a, Array) else weak for a in args]
    theirs = result_dtype(ufunc, dtypes)
    first = found[0] if isinstance(found, tuple) else found
    if theirs != first.dtype:
        raise TypeError(
            f"cupy.{name} of {', '.join(map(str, dtypes))} gives {theirs}, NumPy gives"
            f" {first.dtype}"
        )


class Device:
    """Stands for ``cupy.cuda.Device``: there is one, and it is the current one."""

    id = 0

    def __init__(self, device=None):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def __eq__(self, other):
        return isinstance(other, Device)

    __hash__ = None

    def synchronize(self):
        """There is nothing to wait for."""


DEVICE = Device()


class MemoryPool:
    """Stands for ``cupy.cuda.MemoryPool``; it has no memory of its own."""

    def free_all_blocks(self):
        """There are none."""

    def total_bytes(self):
        """Nothing is held."""
        return 0


#: What of ``cupy.cuda`` is used.
CUDA = types.ModuleType("cupy.cuda")
CUDA.Device, CUDA.MemoryPool = Device, MemoryPool
CUDA.runtime = types.SimpleNamespace(
    getDeviceCount=lambda: 1,
    getDeviceProperties=lambda device: {"name": b"a double of CuPy, on NumPy"},
    CUDARuntimeError=cupy.cuda.runtime.CUDARuntimeError,
)


def _module(name, theirs, ours):
    """A double of a module: what NumPy does not have cannot be computed, only bound."""
    module = types.ModuleType(name)
    for word in dir(theirs):
        part = getattr(theirs, word)
        if word.startswith("_") and word != "__version__":
            continue
        if isinstance(part, type | types.ModuleType) or not callable(part):
            setattr(module, word, part)
        else:
            own = getattr(ours, word, None)
            short = f"{name}.{word}".removeprefix("cupy.")
            setattr(module, word, _double(short, part, own))
    return module


def _scatter_add(array, index, rows):
    """As ``cupyx.scatter_add``, for the dtypes that a GPU adds atomically."""
    if array.dtype.name not in ATOMIC:
        raise TypeError(f"cupyx.scatter_add only supports {', '.join(ATOMIC)}")
    np.add.at(array, index, rows)


ATOMIC = (
    *("int32", "uint32", "uint64", "float16", "float32", "float64"),
    *("complex64", "complex128"),
)
MODULE = _module("cupy", cupy, np)
MODULE.ndarray = Array
MODULE.linalg = _module("cupy.linalg", cupy.linalg, np.linalg)
MODULE.fft = _module("cupy.fft", cupy.fft, np.fft)
MODULE.cuda = CUDA
MODULE.get_default_memory_pool = MemoryPool
CUPYX = _module("cupyx", cupyx, types.SimpleNamespace(scatter_add=_scatter_add))


def install():
    """Put the double into the place of `cupy`, and return the namespace of its arrays.

    Once, before anything has imported ``array_api_compat.cupy``.
    """
    for module in (MODULE, MODULE.linalg, MODULE.fft, MODULE.cuda, CUPYX):
        module.__path__ = []
        sys.modules[module.__name__] = module
    return importlib.import_module("array_api_compat.cupy")
