"""Hold an implementation against the golden vectors, and name its departures."""

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from margins.judge import departures, golden
from margins.judge.departures import Answer, Slips

#: Digits that agree where the formula is the same. What is lost beyond is rounding.
WANTED = {"float64": 7.0, "float32": 3.0, "float16": 1.0}
MOST = 17.0


class Outcome(NamedTuple):
    """One case in one dtype.

    Attributes
    ----------
    case : Golden
    dtype : str
    digits : dict of float
        Decimal digits that agree, for "loss" and for each gradient; -inf where
        something is not finite. Empty if the implementation raised.
    error : str
        What it raised.
    """

    case: golden.Golden
    dtype: str
    digits: dict[str, float]
    error: str = ""

    @property
    def worst(self) -> float:
        """The fewest digits of all; -inf if it raised."""
        return min(self.digits.values(), default=-math.inf)

    @property
    def right(self) -> bool:
        """Whether it is the paper's loss, as far as the dtype can tell."""
        return self.worst >= WANTED[self.dtype]


class Verdict(NamedTuple):
    """What an implementation computes.

    Attributes
    ----------
    loss : str
    outcomes : tuple of Outcome
    slips : frozenset of str or None
        The named departures that it agrees with; empty if it is the paper's loss, and
        None if it departs in a way that is not known.
    smallest : Outcome or None
        The smallest case that shows the departure.
    edges : tuple of Outcome
        Where rounding, overflow or a missing direction decides, and it gives neither
        the paper's answer nor that of its named departures.
    raised : tuple of Outcome
        Cases of the formula, in float64, in which it raised an error: it is judged by
        the others.
    """

    loss: str
    outcomes: tuple[Outcome, ...]
    slips: Slips | None
    smallest: Outcome | None
    edges: tuple[Outcome, ...] = ()
    raised: tuple[Outcome, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether all that the formula decides is as in the paper, in float64."""
        return self.slips == frozenset() and not self.raised

    @property
    def parts(self) -> dict[str, float]:
        """The fewest digits of the loss and each gradient, where it did not raise."""
        own = [
            o.digits
            for o in self.outcomes
            if o.dtype == "float64" and not o.case.edge and o.digits
        ]
        return {name: min(d[name] for d in own) for name in (own[0] if own else ())}


def judge(
    function: Callable[..., Any],
    loss: str,
    cases: Iterable[golden.Golden],
    dtypes: Iterable[str] = ("float64", "float32", "float16"),
) -> Verdict:
    """Try a function on the cases.

    Parameters
    ----------
    function : callable
        ``function(*inputs, **parameters)`` returns the mean loss and a tuple of the
        gradients, in the order of the arguments; for center loss also the new centers.
        Of the hyper-parameters it gets those that it has arguments for.
    loss : str
        The name in the registry.
    cases : iterable of Golden
        Of hyper-parameters that the function has, or takes.
    dtypes : iterable of str

    Raises
    ------
    ValueError
        If there is no case, or what the function returns is not of that form.
    """
    cases = tuple(cases)
    if not cases:
        raise ValueError("there is no golden vector with these hyper-parameters")
    answers = {
        (i, dtype): _ask(function, case, dtype)
        for dtype in dtypes
        for i, case in enumerate(cases)
        if dtype in case.dtypes
    }
    outcomes = tuple(
        _outcome(cases[i], dtype, found) for (i, dtype), found in answers.items()
    )
    tried = [
        (cases[i], found)
        for (i, dtype), found in answers.items()
        if dtype == "float64" and not cases[i].edge and not isinstance(found, str)
    ]
    formula = [o for o in outcomes if o.dtype == "float64" and not o.case.edge]
    raised = tuple(o for o in formula if o.error)
    wrong = [o for o in formula if not o.right and not o.error]
    slips = frozenset() if tried and not wrong else recognised(loss, tried)
    edges = tuple(
        outcome
        for outcome, found in zip(outcomes, answers.values(), strict=True)
        if outcome.case.edge
        and not outcome.right
        and not (slips and _explained(loss, outcome, found, slips))
    )
    smallest = min(wrong or raised, key=_size, default=None)
    return Verdict(loss, outcomes, slips, smallest, edges, raised)


def _size(outcome):
    return sum(array.size for array in outcome.case.inputs.values())


def _explained(loss, outcome, found, slips):
    """Whether these slips give the same answer in an edge case."""
    case = outcome.case
    if isinstance(found, str):
        return False
    variant = departures.answer(loss, case.parameters, case.inputs, slips)
    return _alike(_known(found, case), _known(variant, case), WANTED[outcome.dtype] - 3)


def _known(answer, case):
    """The answer with zeros in rows that have no gradient."""
    gradients = zip(answer.gradients, case.gradients.values(), strict=True)
    return answer._replace(
        gradients=tuple(np.where(np.isnan(right), 0.0, g) for g, right in gradients)
    )


def recognised(loss: str, tried: list[tuple[golden.Golden, Answer]]) -> Slips | None:
    """The slips, up to four, that give the same answers in every case."""
    if not tried:
        return None
    for slips in departures.candidates(loss):
        if all(
            _alike(found, departures.answer(loss, case.parameters, case.inputs, slips))
            for case, found in tried
        ):
            return slips
    return None


def chosen(
    function: Callable[..., Any],
    cases: Iterable[golden.Golden],
    given: dict[str, Any],
) -> list[golden.Golden]:
    """The cases with hyper-parameters that the function has or takes.

    `given` are those that it has. What it neither has nor takes has the value of the
    first case, which is the paper's or the usual one.
    """
    cases = list(cases)
    taken = _taken(function, cases[0].parameters) if cases else ()
    fixed = {
        name: given.get(name, value)
        for name, value in (cases[0].parameters if cases else {}).items()
        if name in given or name not in taken
    }
    return [
        case
        for case in cases
        if all(case.parameters[name] == value for name, value in fixed.items())
    ]


def _taken(function, parameters):
    """The hyper-parameters that are arguments of the function, by name."""
    arguments = inspect.signature(function).parameters.values()
    if any(a.kind is a.VAR_KEYWORD for a in arguments):
        return tuple(parameters)
    return tuple(a.name for a in arguments if a.name in parameters)


def _ask(function, case, dtype):
    """The function's answer, in float64; or what it raised, in a line."""
    # Copies, so that a function that writes into them spoils no later case.
    inputs = [
        a.astype(dtype) if a.dtype.kind == "f" else a.copy()
        for a in case.inputs.values()
    ]
    taken = _taken(function, case.parameters)
    try:
        with np.errstate(all="ignore"):
            found = function(*inputs, **{name: case.parameters[name] for name in taken})
    except (Exception, SystemExit) as error:
        said = str(error).partition("\n")[0]
        return f"{type(error).__name__}: {said}"
    return _answer(found, case)


def _answer(found, case):
    wanted = 2 if case.centers is None else 3
    form = "the loss, a tuple of gradients" + (
        ", the new centers" if wanted == 3 else ""
    )
    if not isinstance(found, tuple | list) or len(found) != wanted:
        raise ValueError(f"the function must return {form}; got {type(found).__name__}")
    gradients = found[1]
    if not isinstance(gradients, tuple | list) or len(gradients) != len(case.gradients):
        raise ValueError(
            f"the function must return {len(case.gradients)} gradients, of"
            f" {', '.join(case.gradients)}"
        )
    gradients = tuple(_numbers(g) for g in gradients)
    for (name, right), mine in zip(case.gradients.items(), gradients, strict=True):
        if mine.shape != right.shape:
            raise ValueError(
                f"the gradient of {name} must have the shape {right.shape}, got"
                f" {mine.shape}"
            )
    value = _numbers(found[0])
    if value.size != 1:
        raise ValueError(f"the loss must be one number, got the shape {value.shape}")
    centers = None if wanted == 2 else _numbers(found[2])
    return Answer(float(value.reshape(())), gradients, centers)


def _numbers(found):
    try:
        return np.asarray(found, dtype=float)
    except Exception as error:
        kind = type(found).__name__
        raise ValueError(
            f"loss and gradients must be numbers and NumPy arrays, got {kind}; of"
            f" PyTorch, loss.item() and x.grad.numpy() ({error})"
        ) from error


def _outcome(case, dtype, found):
    if isinstance(found, str):
        return Outcome(case, dtype, {}, found)
    scale = np.finfo(dtype).smallest_subnormal
    digits = {"loss": agreeing(found.loss, case.loss, scale)}
    for (name, right), mine in zip(
        case.gradients.items(), found.gradients, strict=True
    ):
        digits[f"d{name}"] = agreeing(mine, right, scale)
    if case.centers is not None:
        digits["centers"] = agreeing(found.centers, case.centers, scale)
    return Outcome(case, dtype, digits)


def agreeing(mine: Any, right: Any, smallest: float = 0.0) -> float:
    """Decimal digits in which two arrays agree, row by row, in the worst row.

    A row that is small beside the others is held to a thousandth of the largest.
    """
    mine, right = np.atleast_1d(mine), np.atleast_1d(right)
    known = ~np.isnan(right)
    if not np.all(np.isfinite(mine[known])):
        return -math.inf
    size = np.where(known, np.abs(right), 0.0).max(axis=-1)
    rows = np.atleast_1d(size)
    least = 1e-3 * rows.max(initial=0.0) + float(smallest)
    wrong = np.atleast_1d(np.abs(np.where(known, mine - right, 0.0)).max(axis=-1))
    rows = np.maximum(rows, least)
    with np.errstate(over="ignore"):
        off = wrong[wrong > 0] / np.maximum(rows[wrong > 0], np.finfo(float).tiny)
    error = float(np.max(off, initial=0.0))
    return MOST if error == 0 else min(MOST, -math.log10(error))


def _alike(found, variant, wanted=WANTED["float64"]):
    digits = [agreeing(found.loss, variant.loss)]
    digits += [
        agreeing(a, b) for a, b in zip(found.gradients, variant.gradients, strict=True)
    ]
    if variant.centers is not None:
        digits.append(agreeing(found.centers, variant.centers))
    return min(digits) >= wanted
