"""Is a gradient right? Compare it with differences of the function itself.

The comparison is NumPy's, in float64; the losses and layers that are checked may run
with any array library.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlcore.gradcheck.calls import Calls, chosen
from mlcore.gradcheck.differences import STEP, default_step, relative_error, sizes
from mlcore.gradcheck.lines import TOLERANCE, root_mean_square
from mlcore.gradcheck.report import Entry, Report
from mlcore.validation import check_integer, check_positive

_OWN_STREAM = 1612_02295


def gradcheck(
    loss: Any,
    inputs: Sequence[Any] | Mapping[str, Any],
    wrt: str | int | Sequence[str | int] | None = None,
    h: float | None = None,
    seed: int = 0,
    max_entries: int | None = None,
    directions: int | None = None,
) -> Report:
    """Compare ``loss.backward`` with central differences of ``loss.forward``.

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
        If forward returns float32: its differences would be rounding. Also if an
        argument has a wrong type, or backward does not return a tuple.

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
    """For each of `indices`: the index, both slopes, their relative error, a doubt."""
    steps = np.broadcast_to(default_step(lines.x) if h is None else h, lines.x.shape)
    found = [lines.slopes(i, 1.0, steps[i]) for i in indices]
    finite = np.isfinite(lines.gradient)
    largest = np.max(np.abs(lines.gradient), initial=0.0, where=finite)
    looked = [
        lines.second_look(slopes, i, 1.0, steps[i], size)
        for slopes, i, size in zip(
            found, indices, sizes(*_columns(found), largest), strict=True
        )
    ]
    analytic, numeric = _columns([slopes for slopes, _ in looked])
    errors = relative_error(analytic, numeric, largest)
    doubts = [doubt for _, doubt in looked]
    columns = (column.tolist() for column in (analytic, numeric, errors))
    return zip(indices, *columns, doubts, strict=True)


def _along_directions(lines, h, directions, rng):
    """As `_by_entries`, for random directions, with errors by the gradient's norm."""
    h = STEP * (root_mean_square(lines.x) or 1.0) if h is None else h
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
    """Indices of all entries, or of the largest, which sets the floor, and others."""
    if max_entries is None or max_entries >= gradient.size:
        return list(np.ndindex(gradient.shape))
    sizes = np.abs(gradient).ravel()
    largest = int(np.argmax(np.where(np.isfinite(sizes), sizes, np.inf)))
    others = rng.choice(gradient.size - 1, size=max_entries - 1, replace=False)
    flat = np.sort([largest, *(others + (others >= largest))])
    axes = (axis.tolist() for axis in np.unravel_index(flat, gradient.shape))
    return list(zip(*axes, strict=True))


def _spread(first, others):
    """The largest relative error between `first` and the others; 0 if bits agree."""
    errors = (
        float(np.max(relative_error(first, other)))
        for other in others
        if not np.array_equal(first, other, equal_nan=True)
    )
    return max(errors, default=0.0)
