"""A verdict in words, for people, and as JSON, for machines."""

import math
from textwrap import fill
from typing import Any

from margins.judge import departures
from margins.judge.judging import WANTED, Outcome, Verdict
from margins.judge.settings import SOURCES

EDGES = 8  # so many are printed
WIDTH = 88  # of the sentences, in columns
SINGLE = 5  # digits that float32 leaves of a well-posed case


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
    if verdict.edges and verdict.slips is not None:
        lines += ["", "At the edges, where rounding or a missing direction decides:"]
        lines += [f"  {_place(o)}: {_what(o)}" for o in verdict.edges[:EDGES]]
        more = len(verdict.edges) - EDGES
        lines += [f"  and {more} more; --json has all"] if more > 0 else []
    return "\n".join(map(_wrapped, lines))


def _wrapped(line):
    """A line of words in lines that a terminal and a page show whole; rows stay."""
    rest = "    " if line.startswith("  ") else ""
    return (
        line
        if " = " in line[:20]
        else fill(line, WIDTH, subsequent_indent=rest, break_on_hyphens=False)
    )


def sentence(verdict: Verdict) -> str:
    """The verdict itself."""
    raised = ""
    if verdict.raised:
        cases = [
            o for o in verdict.outcomes if o.dtype == "float64" and not o.case.edge
        ]
        raised = f"It raised {verdict.raised[0].error!r} in {len(verdict.raised)} of"
        raised += f" {len(cases)} cases. "
        if not verdict.parts:
            return raised.strip()
        raised += "For the others: "
    if verdict.slips == frozenset():
        return f"{raised}It computes the formula, and its gradient."
    if verdict.slips is None:
        return f"{raised}{_unknown(verdict)}"
    names = sorted(verdict.slips)
    said = "; ".join(f"{name} ({departures.SAID[name]})" for name in names)
    return f"{raised}It departs from the formula: {said}."


def _unknown(verdict):
    """What can be said of a departure that no name fits."""
    parts = verdict.parts
    if min(parts.values()) > SINGLE:
        return "It agrees to the digits of float32: does it compute in it?"
    text = "It departs from the formula, in a way that is not recognised."
    right = [name for name, digits in parts.items() if digits >= WANTED["float64"]]
    if right:
        wrong = [name for name in parts if name not in right]
        text += f" Right everywhere: {', '.join(right)}; not: {', '.join(wrong)}."
    lost = [name for name, digits in parts.items() if digits == -math.inf]
    if lost:
        text += f" Not finite in some case: {', '.join(lost)}."
    return text


def badge(verdict: Verdict) -> str:
    """A line for a README."""
    if verdict.agrees:
        return f"{verdict.loss}: as in the formula"
    what = "raises an error" if verdict.raised and not verdict.slips else "departs"
    return f"{verdict.loss}: {', '.join(sorted(verdict.slips or [what]))}"


def as_dict(verdict: Verdict, name: str) -> dict[str, Any]:
    """The verdict for a results file."""
    return {
        "implementation": name,
        "loss": verdict.loss,
        "agrees": verdict.agrees,
        "departures": None if verdict.slips is None else sorted(verdict.slips),
        "raised": len(verdict.raised),
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
    return "none (not finite)" if number == -math.inf else _positive(number)


def _positive(digits):
    return f"{max(digits, 0.0) + 0.0:.1f}"  # and never -0.0


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
        f"{name} {'is not finite' if d == -math.inf else 'agrees to ' + _positive(d)}"
        for name, d in outcome.digits.items()
    ]
    return ", ".join(parts) + (" digits" if "agrees" in parts[-1] else "")
