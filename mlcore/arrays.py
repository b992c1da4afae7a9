"""The one place where `mlcore` meets array libraries.

Everything else in the package is written against the Python array API standard: it asks
`array_namespace` which library its arguments belong to and calls that library's
functions. The few operations that the standard does not have, such as writing one entry
a row and adding rows at repeated indices, live here too, in the library's own form
where there is one and in the standard's words elsewhere.

NumPy, CuPy and PyTorch are served, and any other library of the standard whose arrays
hold their numbers and can be written into. JAX's and Dask's do not.
"""

from functools import cache
from typing import Any, Protocol, TypeVar

import array_api_compat as compat
import numpy as np


class Array(Protocol):
    """An array of any library that `mlcore` serves, for signatures."""

    @property
    def shape(self) -> Any: ...
    @property
    def ndim(self) -> int: ...
    @property
    def dtype(self) -> Any: ...
    @property
    def T(self) -> Any: ...
    @property
    def mT(self) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...
    def __add__(self, other: Any, /) -> Any: ...
    def __radd__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __rsub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __rmul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __rtruediv__(self, other: Any, /) -> Any: ...
    def __matmul__(self, other: Any, /) -> Any: ...
    def __pow__(self, other: Any, /) -> Any: ...
    def __mod__(self, other: Any, /) -> Any: ...
    def __neg__(self) -> Any: ...
    def __invert__(self) -> Any: ...
    def __and__(self, other: Any, /) -> Any: ...
    def __or__(self, other: Any, /) -> Any: ...
    def __lt__(self, other: Any, /) -> Any: ...
    def __le__(self, other: Any, /) -> Any: ...
    def __gt__(self, other: Any, /) -> Any: ...
    def __ge__(self, other: Any, /) -> Any: ...


#: For a function whose result is an array of the library of its argument.
ArrayT = TypeVar("ArrayT", bound=Array)


# [array-namespace]
def array_namespace(*arrays: Array) -> Any:
    """Return the array API namespace that all `arrays` share.

    Raises
    ------
    TypeError
        If an argument is no array, if two come from different libraries, or if their
        library cannot be served.

    Examples
    --------
    >>> import numpy as np
    >>> array_namespace(np.zeros(2)).sqrt(np.asarray(4.0))
    np.float64(2.0)
    """
    # NumPy implements the standard itself, from 2.1 in all that is used here. Asking
    # array_api_compat, and going through its wrappers, would cost more time than the
    # formulas do on a small batch.
    for array in arrays:
        if not _is_numpy(type(array)):
            if isinstance(array, np.ndarray):
                raise TypeError(f"{type(array).__name__} is no plain array")
            check_served("array", array)
            return compat.array_namespace(*arrays)
    return _NUMPY


_NUMPY = np if hasattr(np, "cumulative_sum") else compat.array_namespace(np.zeros(1))


@cache
def _is_numpy(kind):
    # Of its subclasses only a file mapped into memory is a plain array. In a matrix `*`
    # is another product, a masked array leaves entries out of some sums and not out of
    # others, and what a class of somebody else's means by its operators nobody here
    # knows.
    return kind in (np.ndarray, np.memmap) or issubclass(kind, np.generic)


# [/array-namespace]


def is_array(value: object) -> bool:
    """Whether `value` is a plain array of a library that can be served."""
    kind: type = type(value)
    if _is_numpy(kind):
        return True
    return not isinstance(value, np.ndarray) and compat.is_array_api_obj(value)


def check_served(name: str, array: Array) -> None:
    """Refuse arrays that compute later, or cannot be written into.

    Raises
    ------
    TypeError
        For one of these, as JAX's and Dask's are.
    """
    if not _is_numpy(type(array)) and (
        compat.is_lazy_array(array) or not compat.is_writeable_array(array)
    ):
        library = type(array).__module__.partition(".")[0]
        raise TypeError(
            f"{name} must be an array that holds its numbers and can be written into,"
            f" got one of {library}: pass numpy.asarray of it"
        )


#: The integer with which this platform indexes arrays: int64, or int32 on 32 bits.
INDEX_DTYPE = np.dtype(np.intp).name


def index_dtype(xp: Any) -> Any:
    """The dtype of labels and of all other indices into arrays of the library `xp`.

    NumPy's `take` and `bincount` refuse wider integers than the platform's own, so
    int64 labels would fail where Python has 32 bits, as in a browser.
    """
    return getattr(xp, INDEX_DTYPE)


def as_index(labels: Array) -> Array:
    """Labels of int64 in `index_dtype`."""
    if INDEX_DTYPE == "int64":
        return labels
    xp = array_namespace(labels)
    return xp.astype(labels, index_dtype(xp))


# Methods of NumPy's arrays: its functions cost a microsecond more, as much as a sum
# over a small batch.
def all_true(mask: Any) -> bool:
    """Whether all entries of a boolean array are True."""
    kind: type = type(mask)
    return bool(mask.all() if _is_numpy(kind) else array_namespace(mask).all(mask))


def any_true(mask: Any) -> bool:
    """Whether an entry of a boolean array is True."""
    kind: type = type(mask)
    return bool(mask.any() if _is_numpy(kind) else array_namespace(mask).any(mask))


def count_true(mask: Array) -> int:
    """How many entries of a boolean array are True, as a Python int."""
    xp = array_namespace(mask)
    return int(xp.sum(xp.astype(mask, index_dtype(xp))))


def to_numpy(array: Any) -> np.ndarray:
    """Copy `array` to the host as a NumPy array, for drawing, printing and files."""
    if compat.is_cupy_array(array):
        return array.get()
    if compat.is_torch_array(array):
        return np.array(array.detach().cpu().numpy())
    kind: type = type(array)
    if _is_numpy(kind):
        return array.copy()
    # A copy: np.from_dlpack gives a read-only view, and a reader may want to write.
    return np.array(np.from_dlpack(array))


def like(array: Any, reference: Array) -> Any:
    """Move a NumPy `array` to the library and device of `reference`."""
    xp = array_namespace(reference)
    return xp.asarray(array, device=device(reference))


def device(array: Array) -> Any:
    """The device on which `array` lives, for creating others beside it."""
    return "cpu" if _is_numpy(type(array)) else compat.device(array)


def _is_numpy_like(array):
    """These write at integer index arrays and into `out`; the standard does neither."""
    return (
        _is_numpy(type(array))
        or compat.is_cupy_array(array)
        or compat.is_torch_array(array)
    )


# [scatter]
def target_entries(z: Array, y: Array) -> Any:
    """Entry ``z[i, y[i]]`` of every row of `z` (N, C), as an (N,) array."""
    xp = array_namespace(z)
    if _is_numpy_like(z):
        return z[xp.arange(z.shape[0], device=device(z)), y]
    return xp.take_along_axis(z, y[:, None], axis=1)[:, 0]


def overflow_to_infinity() -> np.errstate:
    """A decorator: a number too large for its dtype is infinite without a warning.

    For formulas that are right with it, as exp(-inf) = 0 is, or look at what they
    return: inf - inf is NaN. Of all libraries only NumPy warns. (A context, too.)
    """
    return np.errstate(over="ignore", invalid="ignore")


def exp_in_place(z: Array) -> Any:
    """Return exp(z). May write into `z`: pass an array you own."""
    xp = array_namespace(z)
    return xp.exp(z, out=z) if _is_numpy_like(z) else xp.exp(z)


def write_rows(out: Any, rows: slice, function: Any, *arguments: Array) -> Any:
    """Let ``out[rows, :]`` be ``function(*arguments)``, and return it.

    `out` is an array you own, and the function one of its library that takes `out`.
    """
    kind: type = type(out)
    if _is_numpy(kind) or compat.is_cupy_array(out):
        return function(*arguments, out=out[rows, :])
    out[rows, :] = function(*arguments)
    return out[rows, :]


def set_target_entries(z: Array, y: Array, values: Any) -> Any:
    """Return `z` (N, C) with ``z[i, y[i]] = values[i]``, or one number for all rows.

    May write into `z`: pass an array you own.
    """
    xp = array_namespace(z)
    if _is_numpy_like(z):
        z[xp.arange(z.shape[0], device=device(z)), y] = values
        return z
    is_target = xp.arange(z.shape[1], device=device(z)) == y[:, None]
    return xp.where(is_target, values[:, None] if is_array(values) else values, z)


def set_entries(z: Any, rows: Array, columns: Array, values: Any) -> Any:
    """Return `z` (N, C) with ``z[rows[k], columns[k]] = values[k]`` for every k, or
    one number for all.

    Writes into `z`: pass an array you own.
    """
    if _is_numpy_like(z):
        z[rows, columns] = values
    else:
        for k in range(rows.shape[0]):
            z[int(rows[k]), int(columns[k])] = values[k] if is_array(values) else values
    return z


def add_rows(out: Any, index: Any, rows: Any) -> Any:
    """Return `out` (C, D) with ``out[index[i]] += rows[i]`` for every i and repeat.

    May write into `out`: pass an array you own.
    """
    kind: type = type(out)
    if _is_numpy(kind) and out.shape[1] < 128:
        # It adds number by number, which is quick for narrow rows only.
        np.add.at(out, index, rows)
    elif _is_numpy(kind):
        # The first row of each index together, and the repeats one by one.
        _, first = np.unique(index, return_index=True)
        out[index[first]] += rows[first]
        for repeat in np.delete(np.arange(len(index)), first):
            out[index[repeat]] += rows[repeat]
    elif compat.is_cupy_array(out):
        import cupyx

        cupyx.scatter_add(out, index, rows)
    elif compat.is_torch_array(out):
        out.index_add_(0, index, rows)
    else:
        for i in range(index.shape[0]):
            out[int(index[i]), :] += rows[i, :]
    return out


# [/scatter]


def cumulative_sum(a: Array) -> Any:
    """The sums of the first entry, the first two, and so on, of `a` (N,)."""
    xp = array_namespace(a)
    # NumPy 2.0 has it under its old name only.
    return xp.cumulative_sum(a) if hasattr(xp, "cumulative_sum") else xp.cumsum(a)


def row_blocks(a: Array) -> list[slice]:
    """Slices that cover the rows of `a`, each small enough for a processor's cache.

    For several passes over a large array, each block through all of them. Elsewhere
    than in NumPy one slice covers all rows: there the calls would cost more than the
    memory.
    """
    rows = step = a.shape[0]
    if isinstance(a, np.ndarray):
        step = max(1, _BLOCK_BYTES * rows // max(1, a.nbytes))
    return [slice(start, start + step) for start in range(0, rows, step)]


# half of a common second-level cache; 2**18 to 2**20 measure the same
_BLOCK_BYTES = 2**19


def compute_dtype(array: Array) -> Any:
    """The dtype to compute in: the array's own, but float32 for float16."""
    xp = array_namespace(array)
    return xp.float32 if _is_half(array.dtype) else array.dtype


def promote(*arrays: Array) -> tuple[Any, ...]:
    """Cast arrays to the dtype in which they compute together, at least float32."""
    xp = array_namespace(*arrays)
    dtype = xp.result_type(*(compute_dtype(array) for array in arrays))
    return tuple(cast(array, dtype) for array in arrays)


def cast(array: Any, dtype: Any) -> Any:
    """Cast somebody's `array` to `dtype`; the array itself where nothing changes.

    It comes without PyTorch's record of its gradients: ours are formulas.
    """
    xp = array_namespace(array)
    # np first: asking takes a microsecond
    if xp is not np and compat.is_torch_array(array):
        array = array.detach()
    return xp.astype(array, dtype, copy=False)


def demote(array: Array, dtype: Any) -> Any:
    """Cast a computed result back to `dtype`; what float16 cannot hold saturates."""
    xp = array_namespace(array)
    if _is_half(dtype):
        largest = float(xp.finfo(dtype).max)
        array = xp.clip(array, -largest, largest)
    return xp.astype(array, dtype, copy=False)


def _is_half(dtype):
    # NumPy's dtypes are CuPy's too. array-api-strict has no float16, and does not like
    # to be compared.
    if isinstance(dtype, np.dtype):
        return dtype.char == "e"
    return str(dtype) == "torch.float16"
