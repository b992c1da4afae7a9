"""How many units in the last place a loss and its gradients are off.

The inputs are random numbers of the dtype, of every magnitude that it has use for; what
is right is computed from exactly these numbers to fifty digits. Two measures:

* **ulp**: the error in units in the last place of the right result: the distance of
  neighbouring floats there. For a gradient in those of the largest entry of its row,
  since an entry that is small beside it is a difference of numbers of the row's size,
  and has no digits of its own to lose. (A row of less than 1e-30 of the largest is held
  to that much: it is less than any float beside the others.)
* **times rounding**: the error in units of what the inputs' own rounding changes. Every
  input is moved by half a unit in its last place, up or down at random, and the right
  result moves with it, by much where it is ill-conditioned: a logit of 64 cos(theta) is
  known to 64 half-units of the cosine, and exp of it to so many of its own. No
  algorithm can be asked for less than the most of this in some draws, or than one ulp:
  the unit is the larger of both. How the result moves, not where it is, is computed by
  the library in float64.

Ours are at most six times rounding, everywhere. Where the ulp is a larger number, it is
the formula that is ill-conditioned: the scaled heads are, by their s, and so is
everything that subtracts close logits or close points. An error of many ulps may be
small beside everything that a training adds it to: where a sample is classified surely,
softmax's p - 1 is 0 or 1e-16 and should be 1e-20.
"""

import json
import math
import statistics
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from margins.judge import golden, ours
from margins.judge.settings import PARAMETERS
from margins.tables import Table

FILE = Path(__file__).with_name("errors.json")
SEEDS = 3
#: Exponents of 2 by which the inputs are scaled. What float16 holds ends at 2**16.
SCALES = {
    "float64": (-100, -40, -20, -5, 0, 5, 10),
    "float32": (-40, -20, -10, -5, 0, 5, 10),
    "float16": (-6, -4, -2, 0, 2, 4, 6),
}
#: How far inputs are moved to find how the result moves, relative to themselves; and
#: how often.
STEP, DRAWS = 2.0**-20, 32
#: A row is held to so much of the largest at least.
LEAST = 1e-30

Inputs = dict[str, np.ndarray]


class Right(NamedTuple):
    """A loss and its gradients to fifty digits, and how they move with the inputs.

    Attributes
    ----------
    values : dict of arrays
        "loss" without an axis, and "dx" and the like, in float64.
    rest : dict of arrays
        What float64 does not hold of them.
    rounding : dict of arrays
        What half a unit in the last place of each input changes, by rows.
    """

    values: dict[str, np.ndarray]
    rest: dict[str, np.ndarray]
    rounding: dict[str, np.ndarray]


class Off(NamedTuple):
    """One result of one case; infinite where it is not finite."""

    ulp: float
    times_rounding: float


def draw(loss: str, dtype: str, exponent: int, seed: int) -> Inputs:
    """Inputs of a loss in a dtype, scaled by 2**exponent."""
    rng = np.random.default_rng([seed, exponent + 1000])

    def normal(*shape):
        return rng.normal(size=shape)

    def scaled(array):
        return np.ldexp(array, exponent)

    labels = np.array([0, 1, 3])
    if loss in ("cross-entropy", "softmax-focal", "vector-scaling"):
        inputs = {"logits": scaled(normal(3, 4)), "y": labels}
    elif loss in ("focal", "asymmetric"):
        targets = rng.integers(0, 2, (3, 4))
        inputs = {"logits": scaled(normal(3, 4)), "targets": targets}
    elif loss == "softmax":
        x, w, b = scaled(normal(3, 5)), normal(4, 5), scaled(normal(4))
        inputs = {"x": x, "w": w, "y": labels, "b": b}
    elif loss == "center":
        inputs = {"x": scaled(normal(3, 5)), "centers": scaled(normal(4, 5))}
        inputs["y"] = labels
    elif loss == "triplet":
        # All three losses on: the negative is nearer.
        a, p, n = normal(3, 5), normal(3, 5), normal(3, 5)
        inputs = {"anchor": a, "positive": a + p, "negative": a + n / 8}
        inputs = {name: scaled(array) for name, array in inputs.items()}
    elif loss in ("contrastive", "nt-xent"):
        inputs = {"x1": scaled(normal(3, 5)), "x2": scaled(normal(3, 5))}
        if loss == "contrastive":
            inputs["same"] = np.array([1, 0, 1])
    elif loss == "n-pair":
        inputs = {"f": scaled(normal(3, 5)), "f_plus": normal(3, 5)}
    elif loss in ("clip", "siglip"):
        inputs = {"x": scaled(normal(3, 5)), "v": normal(3, 5)}
        inputs["log_t"] = np.asarray(2.5)
        if loss == "siglip":
            inputs["b"] = np.asarray(-2.0)
    elif loss == "sphereface2":
        inputs = {"x": scaled(normal(3, 5)), "w": normal(4, 5), "y": labels}
        inputs["b"] = np.asarray(4.0)
    elif loss == "sub-center-arcface":
        inputs = {"x": scaled(normal(3, 5)), "w": normal(4, 2, 5), "y": labels}
    elif loss in ("batch-triplet", "circle", "supcon"):
        inputs = {"x": scaled(normal(6, 4)), "y": np.array([0, 0, 1, 1, 2, 2])}
    else:
        inputs = {"x": scaled(normal(3, 5)), "w": normal(4, 5), "y": labels}
    return {
        name: array.astype(dtype) if array.dtype.kind == "f" else array
        for name, array in inputs.items()
    }


def right(loss: str, inputs: Inputs) -> Right:
    """What is right for these inputs; needs mpmath."""
    dtype = next(a.dtype for a in inputs.values() if a.dtype.kind == "f")
    values, rest = _exact(loss, inputs)
    moved = _moved(loss, _wide(inputs))
    half = float(np.finfo(dtype).eps) / 2
    return Right(
        values, rest, dict(zip(values, (half * m for m in moved), strict=True))
    )


def _wide(inputs):
    """In float64, which holds a small step beside a number of a smaller dtype."""
    return {n: a.astype(float) if a.dtype.kind == "f" else a for n, a in inputs.items()}


def _moved(loss, inputs):
    """The most by which each result changes, by rows, for a relative change of 1."""
    function, rng = ours.function(loss), np.random.default_rng(0)
    before = _asked(function, loss, inputs)
    most = [np.zeros(np.shape(_rows(np.asarray(result)))) for result in before]
    for _ in range(DRAWS):
        there = {
            name: a * (1 + STEP * rng.choice([-1.0, 1.0], a.shape))
            if a.dtype.kind == "f"
            else a
            for name, a in inputs.items()
        }
        after = _asked(function, loss, there)
        changes = [_rows(np.abs(b - a)) for b, a in zip(after, before, strict=True)]
        most = [np.maximum(m, c / STEP) for m, c in zip(most, changes, strict=True)]
    return most


def _exact(loss, inputs):
    from margins.judge import exact

    formula = exact.FORMULAS[loss]
    one = SimpleNamespace(**PARAMETERS[loss][0], reduction="mean")
    wide = _wide(inputs)
    names = golden.differentiable(loss, wide)
    gradients = exact.gradients_in_all_digits(formula, one, wide, names)
    digits = {"loss": np.asarray(exact.all_digits(formula, one, wide), dtype=object)}
    digits |= {f"d{n}": g for n, g in zip(names, gradients, strict=True)}
    values = {name: np.asarray(d, dtype=float) for name, d in digits.items()}
    rest = {n: np.asarray(d - values[n], dtype=float) for n, d in digits.items()}
    return values, rest


def _rows(array):
    """The largest entry of each row; of a vector, of all of it."""
    return np.asarray(array).max(axis=-1) if np.ndim(array) else array


def off(found: Any, name: str, wanted: Right, dtype: str) -> Off:
    """How far a result is off, in the worst row."""
    value = wanted.values[name]
    error = np.abs((np.asarray(found, dtype=float) - value) - wanted.rest[name])
    if not np.all(np.isfinite(error)):
        return Off(math.inf, math.inf)
    size = _rows(np.abs(value))
    size = np.maximum(size, LEAST * np.max(size))
    ulp = np.spacing(size.astype(dtype)).astype(float)
    unit = np.maximum(ulp, wanted.rounding[name])
    worst = _rows(error)
    with np.errstate(over="ignore"):
        return Off(float(np.max(worst / ulp)), float(np.max(worst / unit)))


def fits(wanted: Right, dtype: str) -> bool:
    """Whether the dtype has the results in its range."""
    largest = float(np.finfo(dtype).max)
    return all(np.all(np.abs(v) < largest) for v in wanted.values.values())


def measure(
    loss: str, dtype: str, functions: dict[str, Callable[..., Any]]
) -> list[dict[str, Any]]:
    """A row for each function, and for each result of it.

    Parameters
    ----------
    loss, dtype : str
    functions : dict of callables
        By name, in the form that the judge calls; of PyTorch's, say.

    Returns
    -------
    list of dict
        ``loss``, ``dtype``, ``by``, ``result``, the number of ``cases`` and of those
        that were ``not_finite``; of the others ``worst`` and ``median`` in ulp, and
        ``worst_times_rounding``; None where there is no other.
    """
    found: dict[tuple[str, str], list[Off]] = {}
    for exponent in SCALES[dtype]:
        for seed in range(SEEDS):
            inputs = draw(loss, dtype, exponent, seed)
            wanted = right(loss, inputs)
            if not fits(wanted, dtype):
                continue
            for by, function in functions.items():
                results = _asked(function, loss, inputs)
                for name, result in zip(wanted.values, results, strict=True):
                    one = off(result, name, wanted, dtype)
                    found.setdefault((by, name), []).append(one)
    return [
        {"loss": loss, "dtype": dtype, "by": by, "result": name, **_summed(cases)}
        for (by, name), cases in found.items()
    ]


def _asked(function, loss, inputs):
    copies = [a.copy() for a in inputs.values()]
    with np.errstate(all="ignore"):
        value, gradients, *_ = function(*copies, **PARAMETERS[loss][0])
    return value, *gradients


def _summed(cases):
    finite = [one for one in cases if math.isfinite(one.ulp)]
    ulps = [one.ulp for one in finite]
    return {
        "cases": len(cases),
        "not_finite": len(cases) - len(finite),
        "worst": _short(max(ulps, default=math.inf)),
        "median": _short(statistics.median(ulps) if ulps else math.inf),
        "worst_times_rounding": _short(
            max((one.times_rounding for one in finite), default=math.inf)
        ),
    }


def _short(number):
    return float(f"{number:.3g}") if math.isfinite(number) else None


@cache
def read() -> dict[str, Any]:
    """What was measured last: ``rows``, and how they were made."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def table(rows: list[dict[str, Any]] | None = None) -> Table:
    """The worst of all losses and gradients, for each dtype and implementation.

    `rows` are the committed ones if not given.
    """
    rows = read()["rows"] if rows is None else rows
    found = Table(
        {"": "", "worst (times rounding)": ".2g", "not finite in some case": ""},
        caption="Errors of all losses and their gradients, in units of what rounding"
        " allows",
    )
    for dtype in dict.fromkeys(row["dtype"] for row in rows):
        found.group(dtype)
        for by in dict.fromkeys(row["by"] for row in rows):
            own = [r for r in rows if (r["dtype"], r["by"]) == (dtype, by)]
            worst = max(row["worst_times_rounding"] or 0.0 for row in own)
            lost = sum(row["not_finite"] > 0 for row in own)
            found.add(by, worst, f"{lost} of {len(own)} results")
    return found
