"""Golden vectors: inputs, losses and gradients to the last bit, in plain JSON.

The format is described in ``tests/golden/README.md``.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from margins.judge import cases
from margins.judge.settings import PARAMETERS, SOURCES

FORMAT = 1
#: Arguments that a loss takes and that have no gradient of their own.
CONSTANT = ("centers", "state")
DTYPES = ("float16", "float32", "float64")


class Golden(NamedTuple):
    """A case and what is right for it.

    Attributes
    ----------
    name : str
    parameters : dict
    inputs : dict of arrays
        Float64 and int64, in the order of the arguments.
    dtypes : tuple of str
        Those that hold the inputs exactly, and whose range has the losses.
    losses : array
        Of the samples; of a batch as a whole where the formula has one sum only.
    loss : float
        Their mean, by the loss's own rule.
    gradients : dict of arrays
        Of that mean. NaN in rows that have none: a direction is missing, or two
        formulas meet.
    centers : array or None
        After the update, for center loss.
    edge : bool
        Whether rounding, overflow or a missing direction decide here.
    """

    name: str
    parameters: dict[str, Any]
    inputs: dict[str, np.ndarray]
    dtypes: tuple[str, ...]
    losses: np.ndarray
    loss: float
    gradients: dict[str, np.ndarray]
    centers: np.ndarray | None = None
    edge: bool = False


def compute(loss: str, parameters: dict[str, Any]) -> Iterator[Golden]:
    """All cases of a loss to fifty digits, rounded to float64; needs mpmath."""
    from margins.judge import exact, formulas

    formula = exact.FORMULAS[loss]
    mean = SimpleNamespace(**parameters, reduction="mean")
    alone = SimpleNamespace(**parameters, reduction="none")
    for case in cases.of(loss, parameters):
        names = differentiable(loss, case.inputs)
        found = exact.gradients(formula, mean, case.inputs, names)
        gradients = dict(zip(names, found, strict=True))
        for name, rows in case.undefined.items():
            gradients[name][list(rows)] = np.nan
        losses = exact.value(formula, alone, case.inputs)
        centers = None
        if loss == "center":
            lists = (exact.digits(a) for a in case.inputs.values())
            after = formulas.updated_centers(mean, *lists)
            centers = np.array(after, dtype=float)
        yield Golden(
            case.name,
            parameters,
            case.inputs,
            exact_dtypes(case.inputs, losses),
            losses,
            exact.value(formula, mean, case.inputs),
            gradients,
            centers,
            case.edge,
        )


def differentiable(loss: str, inputs: dict[str, np.ndarray]) -> list[str]:
    """The arguments that have a gradient."""
    return [n for n, a in inputs.items() if a.dtype.kind == "f" and n not in CONSTANT]


def exact_dtypes(inputs: dict[str, np.ndarray], losses: np.ndarray) -> tuple[str, ...]:
    """The dtypes that hold the inputs exactly, and whose range has the losses."""
    floats = [a for a in inputs.values() if a.dtype.kind == "f"]
    with np.errstate(over="ignore", under="ignore"):
        return tuple(
            dtype
            for dtype in DTYPES
            if np.all(np.isfinite(losses.astype(dtype)))
            and all(np.array_equal(a.astype(dtype).astype(float), a) for a in floats)
        )


def write(folder: Path, loss: str) -> Path:
    """Compute the golden vectors of a loss and write them to its file in `folder`."""
    found = [
        golden
        for parameters in PARAMETERS[loss]
        for golden in compute(loss, parameters)
    ]
    source = SOURCES[loss]
    contents = {
        "format": FORMAT,
        "loss": loss,
        "paper": source.paper,
        "equations": list(source.equations),
        "cases": [_packed(golden) for golden in found],
    }
    path = folder / f"{loss}.json"
    path.write_text(_text(contents) + "\n", encoding="utf-8", newline="\n")
    return path


def read(path: Path) -> list[Golden]:
    """The golden vectors in a file.

    Raises
    ------
    ValueError
        If the file is of another format, or not whole.
    """
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
        if contents["format"] != FORMAT:
            raise ValueError(f"format {contents['format']} is not {FORMAT}")
        return [_unpacked(case) for case in contents["cases"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no file of golden vectors: {error}") from error


def _packed(golden):
    packed = {
        "name": golden.name,
        "edge": golden.edge,
        "parameters": {name: _plain(v) for name, v in golden.parameters.items()},
        "dtypes": list(golden.dtypes),
        "inputs": {name: _hex(a) for name, a in golden.inputs.items()},
        "losses": _hex(golden.losses),
        "loss": _hex(np.asarray(golden.loss)),
        "gradients": {name: _hex(a) for name, a in golden.gradients.items()},
    }
    if golden.centers is not None:
        packed["centers"] = _hex(golden.centers)
    return packed


def _unpacked(case):
    return Golden(
        case["name"],
        {name: _value(v) for name, v in case["parameters"].items()},
        {name: _array(rows) for name, rows in case["inputs"].items()},
        tuple(case["dtypes"]),
        _array(case["losses"]),
        float.fromhex(case["loss"]),
        {name: _array(rows) for name, rows in case["gradients"].items()},
        _array(case["centers"]) if "centers" in case else None,
        case["edge"],
    )


def _plain(value):
    """A hyper-parameter as JSON has it; there is no infinity in JSON."""
    if isinstance(value, tuple):
        return list(value)
    return "inf" if value == math.inf else value


def _value(plain):
    if isinstance(plain, list):
        return tuple(plain)
    return math.inf if plain == "inf" else plain


def _hex(array):
    """Floats as hexadecimal words, NaN as None; labels as they are."""
    if array.ndim:
        return [_hex(row) for row in array]
    if array.dtype.kind != "f":
        return int(array)
    if np.isnan(array):
        return None
    digits, _, exponent = float(array).hex().partition("p")
    whole, point, rest = digits.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}{point if rest else ''}{rest}p{exponent}"


def _array(rows):
    labels = isinstance(np.array(rows, dtype=object).flat[0], int)
    if labels:
        return np.array(rows, dtype=np.int64)
    return np.array(_floats(rows), dtype=float)


def _floats(rows):
    if isinstance(rows, list):
        return [_floats(row) for row in rows]
    return math.nan if rows is None else float.fromhex(rows)


def _text(value, indent=0):
    """JSON with each row of an array on a line of its own."""
    inner = " " * (indent + 1)
    flat = not isinstance(value, list | dict) or not any(
        isinstance(part, list | dict)
        for part in (value.values() if isinstance(value, dict) else value)
    )
    if flat:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {_text(v, indent + 1)}" for k, v in value.items()]
        opening, closing = "{}"
    else:
        rows = [_text(v, indent + 1) for v in value]
        opening, closing = "[]"
    body = f",\n{inner}".join(rows)
    return f"{opening}\n{inner}{body}\n{' ' * indent}{closing}"
