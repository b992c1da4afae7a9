"""Is a gradient right? Compare it with differences of the function itself.

This module works on NumPy arrays in float64, since that is what a check needs; the
losses and layers it checks may run with any array library.
"""

import numpy as np

from mlcore.gradcheck_calls import Calls, chosen
from mlcore.gradcheck_lines import TOLERANCE, root_mean_square, scale
from mlcore.gradcheck_report import Entry, Report
from mlcore.validation import check_integer, check_positive

_OWN_STREAM = 1612_02295


def default_step(x):
    """Step of a central difference for each entry of `x`: eps^(1/3) times the entry's
    scale.

    Rounding disturbs f by about eps·|f|, hence the difference by eps·|f|/h. The Taylor
    series disturbs it by h²·|f'''|/6. The sum of both is smallest where h is about
    eps^(1/3) = 6.1e-6 times the length over which f changes. For that length we take
    the entry itself, but at least the root mean square of all entries: a 0 among ones
    is a small one, not a different quantity.
    """
    return np.finfo(np.float64).eps ** (1 / 3) * scale(np.asarray(x, dtype=np.float64))


# [central-difference]
def central_difference(f, x, h=None, upstream=1.0, entries=None):
    """Gradient of ``sum(upstream * f(x))`` with respect to `x`, by central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a number or an array.
    x : numpy.ndarray
        Of any real dtype. Integers and float32 are cast to float64, and so is what `f`
        gets: they could not hold x + h.
    h : float or array like x, optional
        Step; `default_step` of `x` if not given.
    upstream : float or array like ``f(x)``
        For an `f` that returns an array: the weights of the sum. They enter behind the
        subtraction, so outputs that do not depend on an entry add no rounding error to
        it.
    entries : iterable of index tuples, optional
        Where to differentiate (everywhere if not given); the result is NaN elsewhere.

    Returns
    -------
    numpy.ndarray of float64, like x

    Raises
    ------
    TypeError
        If `x` is no NumPy array of real numbers, or `f` returns fewer digits than
        float64 has.
    ValueError
        If a step is 0, or too short to change its entry.

    Examples
    --------
    >>> central_difference(lambda x: x[0] ** 2 * x[1], np.array([3, 5])).round(6)
    array([30.,  9.])
    """
    x = _in_float64(x)
    h = np.broadcast_to(default_step(x) if h is None else h, x.shape)
    gradient = np.full(x.shape, np.nan)
    for i in np.ndindex(x.shape) if entries is None else entries:
        up, down = x.copy(), x.copy()
        up[i] += h[i]
        down[i] -= h[i]
        if not up[i] > down[i]:
            raise ValueError(
                f"h must move x, but x{list(i)} is {x[i]} with the step {h[i]}"
            )
        # Divide by the step that was really made: x + h is rounded.
        gradient[i] = np.sum(upstream * (_value(f, up) - _value(f, down))) / (
            up[i] - down[i]
        )
    return gradient


# [/central-difference]


def _in_float64(x):
    """`x`, a NumPy array of real numbers, as one of float64."""
    if not isinstance(x, np.ndarray | np.generic) or np.ma.isMaskedArray(x):
        raise TypeError(f"x must be a NumPy array, got {type(x).__name__}")
    if x.dtype.kind not in "fiu":
        raise TypeError(f"x must hold real numbers, got {x.dtype}")
    return np.array(x, dtype=np.float64)


def _value(f, x):
    """``f(x)``; refused if its digits are too few for a difference."""
    value = f(x)
    if getattr(value, "dtype", None) in (np.float16, np.float32):
        raise TypeError(
            f"f must compute in float64 where x is float64, but returned {value.dtype}"
        )
    return value


# [complex-step]
def complex_step(f, x, h=1e-30):
    """Gradient of the number ``f(x)`` with respect to `x`, by steps in the imaginary
    direction.

    f(x + ih) = f(x) + ih·f'(x) − h²·f''(x)/2 − …, so f'(x) = Im f(x + ih) / h with an
    error of order h². Nothing is subtracted, so h may be as small as we like, and the
    result is exact to the last digits. But `f` must be analytic and written so: no abs,
    no comparison of values, no maximum, no conjugate (np.linalg.norm conjugates).

    Raises
    ------
    TypeError
        If `f` returns a real number: then it has thrown the imaginary part away.

    Examples
    --------
    >>> complex_step(lambda x: np.exp(x[0]) * x[1], np.array([0.0, 5.0]))
    array([5., 1.])
    """
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        stepped = x.astype(np.complex128)
        stepped[i] += 1j * h
        value = f(stepped)
        if not np.iscomplexobj(value):
            raise TypeError(
                f"f must return a complex number for complex x, got {value!r}"
            )
        gradient[i] = np.imag(value) / h
    return gradient


# [/complex-step]


# [relative-error]
def relative_error(analytic, numeric, largest=0.0):
    """|a − n| / max(|a|, |n|, floor), entry by entry, for one argument's gradient.

    Between two zeros the error is 0. The floor, a thousandth of this gradient's largest
    entry, keeps rounding noise in an entry that ought to be 0 from counting as an error
    of 100 %. NaN and infinity, on either side, are an infinite error. Entries whose
    numeric value is NaN because it was not asked for must not be passed: if only some
    are, `largest` is the size of the largest of all.
    """
    size = _sizes(analytic, numeric, largest)
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(analytic - numeric) / np.where(size > 0, size, 1.0)
    return np.where(np.isfinite(error), error, np.inf)


def _sizes(analytic, numeric, largest):
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    return np.maximum(
        size, 1e-3 * np.max(size, initial=largest, where=np.isfinite(size))
    )


# [/relative-error]


def gradcheck(
    loss, inputs, wrt=None, h=None, seed=0, max_entries=None, directions=None
):
    """Compare ``loss.backward`` with central differences of ``loss.forward``, in
    float64.

    Parameters
    ----------
    loss : object
        A loss or a layer: anything with ``out, saved = forward(*inputs)`` and
        ``backward(saved, dout)`` that returns a tuple in the order of forward's
        differentiable arguments. Where `out` is an array (a layer, or a loss with
        reduction="none"), a random `dout` is drawn from `seed`; a single number is
        differentiated with ``backward(saved)``.
    inputs : sequence or mapping of arrays
        Forward's arguments, in order or by name. Floating ones are cast to float64.
    wrt : name, index, or sequence of them, optional
        Which gradients to check, all if not given: names of forward's arguments, or
        places in the tuple that backward returns. The differentiable arguments are
        taken to be the first floating ones, as many as that tuple has entries.
    h : float, optional
        Step; by default eps^(1/3), about 6e-6, times the scale of each entry, see
        `default_step`.
    seed : int
        For `dout` and for the choice of entries or directions.
    max_entries : int, optional
        Check so many entries of each argument instead of all: the one that backward
        says is largest, by which the others are measured, and others at random.
    directions : int, optional
        Check the slopes along so many random directions instead of the entries: a few
        forward passes for an argument of any size. The report says how small a mistake
        may be missed.

    Returns
    -------
    Report
        With ``max_relative_error``, ``worst`` and a printed table. A smooth function in
        float64 reaches 1e-7 to 1e-10; a sign or a factor that is wrong gives 1e-2 to 2.
        Entries at a kink of the loss, and those that change from call to call, are told
        apart from wrong ones.

    Raises
    ------
    ValueError
        If `wrt` names no differentiable argument, `seed` is negative, backward returns
        gradients of another number or shape than the arguments, or `h` is too short to
        change them.
    TypeError
        If forward returns float32: its differences would be rounding.

    Examples
    --------
    >>> from mlcore.losses import SoftmaxLoss
    >>> x, w = np.array([[3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> report = gradcheck(SoftmaxLoss(), (x, w, np.array([1])))
    >>> report.max_relative_error < 1e-7
    True
    """
    if h is not None:
        check_positive("h", h)
    check_integer("seed", seed, 0)
    for name, count in (("max_entries", max_entries), ("directions", directions)):
        if count is not None:
            check_integer(name, count, 1)
    if max_entries is not None and directions is not None:
        raise ValueError(
            "max_entries and directions exclude each other: give one of them"
        )
    # A stream of its own: with default_rng(0) `dout` could be the very numbers that the
    # caller drew for x, and a BatchNorm, to name one, has no gradient in that
    # direction.
    rng = np.random.default_rng([seed, _OWN_STREAM])
    calls = Calls(loss, inputs, rng)
    entries, shapes = {}, {}
    spread = {"forward": _spread(calls.outs[0], calls.outs[1:])}
    for name in chosen(wrt, list(calls.gradients)):
        lines = calls.lines(name)
        shapes[name] = lines.x.shape
        spread[name] = _spread(lines.gradient, calls.again[name])
        if directions is None:
            found = _by_entries(lines, h, _sample(lines.gradient, max_entries, rng))
        else:
            found = _along_directions(lines, h, directions, rng)
        entries[name] = [_entry(name, spread[name], *values) for values in found]
    return Report(entries, shapes, spread)


def _entry(name, spread, index, analytic, numeric, error, doubt):
    if TOLERANCE < error <= 10 * spread:
        doubt = "chance"
    return Entry(name, index, analytic, numeric, error, doubt)


def _by_entries(lines, h, indices):
    """For each of `indices`: the index, both slopes, their relative error, and a
    doubt."""
    steps = np.broadcast_to(default_step(lines.x) if h is None else h, lines.x.shape)
    found = [lines.slopes(i, 1.0, steps[i]) for i in indices]
    largest = np.max(
        np.abs(lines.gradient), initial=0.0, where=np.isfinite(lines.gradient)
    )
    sizes = _sizes(*_columns(found), largest)
    looked = [
        lines.second_look(slopes, i, 1.0, steps[i], size)
        for slopes, i, size in zip(found, indices, sizes, strict=True)
    ]
    analytic, numeric = _columns([slopes for slopes, _ in looked])
    errors = relative_error(analytic, numeric, largest)
    doubts = [doubt for _, doubt in looked]
    return zip(
        indices,
        analytic.tolist(),
        numeric.tolist(),
        errors.tolist(),
        doubts,
        strict=True,
    )


def _along_directions(lines, h, directions, rng):
    """As `_by_entries`, for random directions; each error is measured by the gradient's
    norm."""
    h = (
        np.finfo(np.float64).eps ** (1 / 3) * (root_mean_square(lines.x) or 1.0)
        if h is None
        else h
    )
    norm = root_mean_square(lines.gradient) * np.sqrt(lines.x.size)
    for number in range(1, directions + 1):
        v = rng.standard_normal(lines.x.shape)
        slopes = lines.slopes(..., v, h)
        size = max(norm, abs(slopes.analytic), abs(slopes.numeric))
        slopes, doubt = lines.second_look(slopes, ..., v, h, size)
        error = slopes.error / size if size > 0 else 0.0
        error = error if np.isfinite(error) else np.inf
        yield number, slopes.analytic, slopes.numeric, float(error), doubt


def _columns(found):
    return np.array([s.analytic for s in found]), np.array([s.numeric for s in found])


def _sample(gradient, max_entries, rng):
    """Indices of all entries, or of the largest, which sets the floor, and others at
    random."""
    if max_entries is None or max_entries >= gradient.size:
        return list(np.ndindex(gradient.shape))
    sizes = np.abs(gradient).ravel()
    largest = int(np.argmax(np.where(np.isfinite(sizes), sizes, np.inf)))
    others = rng.choice(gradient.size - 1, size=max_entries - 1, replace=False)
    flat = np.sort([largest, *(others + (others >= largest))])
    return list(
        zip(
            *(axis.tolist() for axis in np.unravel_index(flat, gradient.shape)),
            strict=True,
        )
    )


def _spread(first, others):
    """The largest relative error between `first` and the others; 0 if all bits are the
    same."""
    differ = [
        other for other in others if not np.array_equal(first, other, equal_nan=True)
    ]
    return max(
        (float(np.max(relative_error(first, other))) for other in differ), default=0.0
    )
