"""Is a gradient right? Compare it with differences of the function itself.

This module works on NumPy arrays in float64, since that is what a check needs; the losses and
layers it checks may run with any array library.
"""

import inspect
from collections.abc import Mapping

import numpy as np

from mlcore.arrays import array_namespace, is_array, like, to_numpy
from mlcore.gradcheck_report import Entry, Report
from mlcore.validation import check_integer, check_positive

_OWN_STREAM = 1612_02295


def default_step(x):
    """Step of a central difference for each entry of `x`: eps^(1/3) times the entry's scale.

    Rounding disturbs f by about eps·|f|, hence the difference by eps·|f|/h. The Taylor series
    disturbs it by h²·|f'''|/6. The sum of both is smallest where h is about eps^(1/3) = 6.1e-6
    times the length over which f changes. For that length we take the entry itself, but at least
    the root mean square of all entries: a 0 among ones is a small one, not a different quantity.
    """
    rms = np.sqrt(np.mean(np.square(x))) if x.size else 0.0
    scale = np.maximum(np.abs(x), rms if rms > 0 else 1.0)
    return np.finfo(np.float64).eps ** (1 / 3) * scale


# [central-difference]
def central_difference(f, x, h=None, upstream=1.0, entries=None):
    """Gradient of ``sum(upstream * f(x))`` with respect to `x`, by central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a number or an array.
    x : numpy.ndarray of float64
    h : float or array like x, optional
        Step; `default_step` of `x` if not given.
    upstream : float or array like ``f(x)``
        For an `f` that returns an array: the weights of the sum. They enter behind the
        subtraction, so outputs that do not depend on an entry add no rounding error to it.
    entries : iterable of index tuples, optional
        Where to differentiate (everywhere if not given); the result is NaN elsewhere.

    Returns
    -------
    numpy.ndarray like x

    Examples
    --------
    >>> central_difference(lambda x: x[0] ** 2 * x[1], np.array([3.0, 5.0])).round(6)
    array([30.,  9.])
    """
    h = np.broadcast_to(default_step(x) if h is None else h, x.shape)
    gradient = np.full(x.shape, np.nan)
    for i in np.ndindex(x.shape) if entries is None else entries:
        up, down = x.copy(), x.copy()
        up[i] += h[i]
        down[i] -= h[i]
        # Divide by the step that was really made: x + h is rounded.
        gradient[i] = np.sum(upstream * (f(up) - f(down))) / (up[i] - down[i])
    return gradient


# [/central-difference]


# [complex-step]
def complex_step(f, x, h=1e-30):
    """Gradient of the number ``f(x)`` with respect to `x`, by steps in the imaginary direction.

    f(x + ih) = f(x) + ih·f'(x) − h²·f''(x)/2 − …, so f'(x) = Im f(x + ih) / h with an error of
    order h². Nothing is subtracted, so h may be as small as we like, and the result is exact to
    the last digits. But `f` must be analytic and written so: no abs, no comparison of values, no
    maximum, no conjugate (np.linalg.norm conjugates).

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
            raise TypeError(f"f must return a complex number for complex x, got {value!r}")
        gradient[i] = np.imag(value) / h
    return gradient


# [/complex-step]


# [relative-error]
def relative_error(analytic, numeric):
    """|a − n| / max(|a|, |n|, floor), entry by entry, for one argument's gradient.

    Between two zeros the error is 0. The floor, a thousandth of this gradient's largest entry,
    keeps rounding noise in an entry that ought to be 0 from counting as an error of 100 %. NaN
    and infinity, on either side, are an infinite error. Entries whose numeric value is NaN because
    it was not asked for must not be passed.
    """
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    floor = 1e-3 * np.max(size, initial=0.0, where=np.isfinite(size))
    size = np.maximum(size, floor)
    with np.errstate(invalid="ignore"):
        error = np.abs(analytic - numeric) / np.where(size > 0, size, 1.0)
    return np.where(np.isfinite(error), error, np.inf)


# [/relative-error]


def gradcheck(loss, inputs, wrt=None, h=None, seed=0, max_entries=None):
    """Compare ``loss.backward`` with central differences of ``loss.forward``, in float64.

    Parameters
    ----------
    loss : object
        A loss or a layer: anything with ``out, saved = forward(*inputs)`` and
        ``backward(saved, dout)`` that returns a tuple in the order of forward's differentiable
        arguments. Where `out` is an array (a layer, or a loss with reduction="none"), a random
        `dout` is drawn from `seed`; a single number is differentiated with ``backward(saved)``.
    inputs : sequence or mapping of arrays
        Forward's arguments, in order or by name. Floating ones are cast to float64. They should
        lie at least a few `h` away from kinks, where no difference means anything.
    wrt : name, index, or sequence of them, optional
        Which gradients to check, all if not given: names of forward's arguments, or places in the
        tuple that backward returns. The differentiable arguments are taken to be the first
        floating ones, as many as that tuple has entries.
    h : float, optional
        Step; by default eps^(1/3), about 6e-6, times the scale of each entry, see `default_step`.
    seed : int
        For `dout` and for the choice of entries.
    max_entries : int, optional
        Check so many entries of each argument, drawn at random, instead of all.

    Returns
    -------
    Report
        With ``max_relative_error``, ``worst`` and a printed table. A smooth function in float64
        reaches 1e-7 to 1e-10; a sign or a factor that is wrong gives 1e-2 to 2.

    Raises
    ------
    ValueError
        If `wrt` names no differentiable argument, or backward returns gradients of another number
        or shape than the arguments.

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
    if max_entries is not None:
        check_integer("max_entries", max_entries, 1)
    # A stream of its own: with default_rng(0) `dout` could be the very numbers that the caller drew
    # for x, and a BatchNorm, to name one, has no gradient in that direction.
    rng = np.random.default_rng([seed, _OWN_STREAM])
    arguments = {name: _as_float64(value) for name, value in _named(loss.forward, inputs).items()}

    def forward(**changed):
        values = {**arguments, **changed}
        return (
            loss.forward(**values)
            if isinstance(inputs, Mapping)
            else loss.forward(*values.values())
        )

    out, saved = forward()
    if out.ndim == 0:
        upstream, grads = 1.0, loss.backward(saved)
    else:
        upstream = rng.standard_normal(out.shape)
        grads = loss.backward(saved, like(upstream, out))
    differentiable = [name for name, value in arguments.items() if _is_floating(value)]
    if not isinstance(grads, tuple) or not 0 < len(grads) <= len(differentiable):
        found = f"{len(grads)} in a {type(grads).__name__}" if hasattr(grads, "__len__") else grads
        raise ValueError(
            f"backward must return a tuple of gradients for some of {differentiable}, got {found}"
        )
    gradients = dict(zip(differentiable, grads, strict=False))

    entries, shapes = {}, {}
    for name in _chosen(wrt, list(gradients)):
        argument = arguments[name]
        shapes[name] = tuple(argument.shape)
        if tuple(gradients[name].shape) != shapes[name]:
            raise ValueError(
                f"backward must return a gradient of shape {shapes[name]} for {name}, "
                f"got {tuple(gradients[name].shape)}"
            )

        def value(x, name=name, argument=argument):
            return to_numpy_or_number(forward(**{name: like(x, argument)})[0])

        x = to_numpy(argument)
        indices = list(np.ndindex(x.shape))
        if max_entries is not None and len(indices) > max_entries:
            drawn = rng.choice(len(indices), size=max_entries, replace=False)
            indices = [indices[i] for i in sorted(drawn)]
        at = tuple(np.array(indices).T)
        numeric = central_difference(value, x, h, upstream, indices)[at]
        analytic = to_numpy(gradients[name])[at]
        errors = relative_error(analytic, numeric)
        entries[name] = [
            Entry(name, index, float(a), float(n), float(e))
            for index, a, n, e in zip(indices, analytic, numeric, errors, strict=True)
        ]
    return Report(entries, shapes)


def to_numpy_or_number(value):
    """An array on the host, or the number itself where a library returns scalars."""
    return to_numpy(value) if is_array(value) else float(value)


def _named(forward, inputs):
    """Forward's arguments by name, in the order of its signature."""
    parameters = inspect.signature(forward).parameters
    if isinstance(inputs, Mapping):
        unknown = [name for name in inputs if name not in parameters]
        if unknown:
            raise ValueError(f"inputs must name arguments of forward, got {unknown[0]!r}")
        return {name: inputs[name] for name in parameters if name in inputs}
    names = []
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{name}[{i}]" for i in range(len(inputs) - len(names))]
        else:
            names.append(name)
    if len(inputs) > len(names):
        raise ValueError(f"inputs must be at most {len(names)} arrays, got {len(inputs)}")
    return dict(zip(names, inputs, strict=False))


def _as_float64(value):
    if not _is_floating(value):
        return value
    xp = array_namespace(value)
    return xp.astype(value, xp.float64)


def _is_floating(value):
    return is_array(value) and array_namespace(value).isdtype(value.dtype, "real floating")


def _chosen(wrt, names):
    if wrt is None:
        return names
    wanted = wrt if isinstance(wrt, list | tuple) else [wrt]
    chosen = []
    for name in wanted:
        if isinstance(name, int) and -len(names) <= name < len(names):
            name = names[name]
        if name not in names:
            raise ValueError(f"wrt must choose from {names} by name or index, got {name!r}")
        chosen.append(name)
    return chosen
