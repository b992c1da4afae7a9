"""A verdict in words, for people, and as JSON, for machines."""

import math
from typing import Any

from margins.judge import departures
from margins.judge.judging import Outcome, Verdict
from margins.judge.settings import SOURCES

EDGES = 8  # so many are printed


def text(verdict: Verdict, name: str) -> str:
    """What there is to say about an implementation, in some lines."""
    source = SOURCES[verdict.loss].paper
    lines = [
        f"{name}, held against {verdict.loss} ({source})",
        "",
        sentence(verdict),
        "",
    ]
    lines += _table(verdict)
    if verdict.smallest is not None:
        lines += ["", *_smallest(verdict.smallest)]
    if verdict.edges:
        lines += ["", "At the edges, where rounding or a missing direction decides:"]
        lines += [f"  {_place(o)}: {_what(o)}" for o in verdict.edges[:EDGES]]
        more = len(verdict.edges) - EDGES
        lines += [f"  and {more} more; --json has all"] if more > 0 else []
    return "\n".join(lines)


def sentence(verdict: Verdict) -> str:
    """The verdict itself."""
    if verdict.agrees:
        return "It computes the formula, and its gradient."
    if verdict.slips is None:
        return "It departs from the formula, in a way that is not recognised."
    names = sorted(verdict.slips)
    said = "; ".join(f"{name} ({departures.SAID[name]})" for name in names)
    return f"It departs from the formula: {said}."


def badge(verdict: Verdict) -> str:
    """A line for a README."""
    if verdict.agrees:
        return f"{verdict.loss}: as in the formula"
    return f"{verdict.loss}: {', '.join(sorted(verdict.slips or ['departs']))}"


def as_dict(verdict: Verdict, name: str) -> dict[str, Any]:
    """The verdict for a results file."""
    return {
        "implementation": name,
        "loss": verdict.loss,
        "agrees": verdict.agrees,
        "departures": None if verdict.slips is None else sorted(verdict.slips),
        "smallest": None if verdict.smallest is None else _row(verdict.smallest),
        "cases": [_row(outcome) for outcome in verdict.outcomes],
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "case": outcome.case.name,
        "parameters": {
            k: list(v) if isinstance(v, tuple) else "inf" if v == math.inf else v
            for k, v in outcome.case.parameters.items()
        },
        "dtype": outcome.dtype,
        "edge": outcome.case.edge,
        "digits": {
            name: round(d, 1) if math.isfinite(d) else None
            for name, d in outcome.digits.items()
        },
        "error": outcome.error,
    }


def _table(verdict):
    """The fewest digits that agree, in each dtype."""
    lines = [f"{'dtype':10}{'cases':>7}{'right':>7}   fewest digits that agree"]
    for dtype in dict.fromkeys(o.dtype for o in verdict.outcomes):
        own = [o for o in verdict.outcomes if o.dtype == dtype and not o.case.edge]
        if not own:
            continue
        names = dict.fromkeys(name for o in own for name in o.digits)
        fewest = ", ".join(
            f"{name} {_digits(min(o.digits[name] for o in own if o.digits))}"
            for name in names
        )
        right = sum(o.right for o in own)
        lines.append(f"{dtype:10}{len(own):7}{right:7}   {fewest or 'it raised'}")
    return lines


def _digits(number):
    return "none (not finite)" if number == -math.inf else f"{max(number, 0):.1f}"


def _smallest(outcome):
    lines = [f"The smallest case that shows it: {_place(outcome)}. {_what(outcome)}"]
    for name, array in outcome.case.inputs.items():
        lines.append(f"  {name} = {array.tolist()}")
    return lines


def _place(outcome):
    settings = ", ".join(
        f"{name}={value}" for name, value in outcome.case.parameters.items()
    )
    return f"{outcome.case.name}, {outcome.dtype} ({settings})"


def _what(outcome):
    if outcome.error:
        return f"it raised {outcome.error}"
    parts = [
        f"{name} {'is not finite' if d == -math.inf else f'agrees to {max(d, 0):.1f}'}"
        for name, d in outcome.digits.items()
    ]
    return ", ".join(parts) + (" digits" if "agrees" in parts[-1] else "")
