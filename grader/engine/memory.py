"""What a handout keeps of a chapter in the place of its solution and its wrong answers.

One packed file a chapter: the checks that are not hidden, and the fingerprints of what
the solution and each named mistake answer to the questions of the public seed. Packing
keeps an eye from falling on a formula by accident; it is no lock.
"""

import base64
import json
import math
import re
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from grader.engine.fingerprint import DIGITS, Fingerprint, fingerprint, summary
from grader.engine.task import Given

FILE = "checks.packed"
# JSON has no raw zeros. A word that only looks like a hash is put back all the same.
HASH, PLACE = re.compile(rf"\b[0-9a-f]{{{DIGITS}}}\b"), "\0"


class Trace(NamedTuple):
    """What is remembered of an `Outcome`: fingerprints for values."""

    value: object = None
    failure: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Memory:
    """The contents of a packed file.

    Attributes
    ----------
    source : str
        The chapter's tasks.py without its hidden checks.
    tasks : dict
        For each task id: the names of the `parameters`, the number of `hidden` checks,
        the `questions` and the answers of the solution (`right`) by check, and the
        `mistakes`, each with a name, a sentence, a cause, its answers ("=" where they
        are those of the solution), and the kind of failure in each check that it does
        not pass. Of its answers stands what `beside` leaves.
    """

    source: str
    tasks: dict

    @classmethod
    def read(cls, path: Path) -> "Memory":
        try:
            text, hashes = map(base64.b85decode, path.read_bytes().splitlines()[-2:])
            taken = iter(re.findall(f".{{{DIGITS}}}", hashes.hex()))
            plain = zlib.decompress(text).decode()
            return cls(**json.loads(re.sub(PLACE, lambda _: next(taken), plain)))
        except (ValueError, TypeError, StopIteration, zlib.error) as error:
            raise ValueError(
                f"{path} is damaged ({error}); take it from the handout again"
            ) from error

    def as_bytes(self) -> bytes:
        """Text and hashes apart: what looks like chance cannot be made shorter."""
        plain = json.dumps(
            {"source": self.source, "tasks": self.tasks},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        text = zlib.compress(HASH.sub(PLACE, plain).encode(), 9)
        digits = "".join(HASH.findall(plain))
        hashes = bytes.fromhex(digits + "0" * (len(digits) % 2))
        lines = (
            b"The checks of this chapter, packed.",
            *map(base64.b85encode, (text, hashes)),
        )
        return b"\n".join(lines) + b"\n"

    def module(self, name: str) -> ModuleType:
        """The chapter's tasks.py, loaded."""
        module = ModuleType(name)
        exec(compile(self.source, f"<{FILE}>", "exec"), vars(module))
        return module

    def recall(self, task, trials):
        """The student's answers, the solution's, and two groups of suspects, as tuples.

        The suspects of the first group have carried on a mistake, those of the second
        made one. Where the questions are others than those remembered (another seed, or
        another NumPy that draws other numbers), nothing is known of a check, and no
        mistake will be named in it.
        """
        known = self.tasks[task.id]
        counts = [self._asked_alike(known, trial) for trial in trials]

        def traces(answers):
            return [
                [
                    trace(item, known["right"][trial.check.name][n])
                    for n, item in enumerate(answers[trial.check.name][:count])
                ]
                for trial, count in zip(trials, counts, strict=True)
            ]

        def kinds(fails):
            """How a mistake fails each check; None where other things are asked."""
            return [
                fails.get(trial.check.name, "") if count or not trial.calls else None
                for trial, count in zip(trials, counts, strict=True)
            ]

        given = [
            [
                Trace(
                    fingerprint(call.outcome.value, salt(task, trial.check, n)),
                    call.outcome.failure,
                    call.outcome.message,
                )
                for n, call in enumerate(trial.calls[:count])
            ]
            for trial, count in zip(trials, counts, strict=True)
        ]
        groups = [], []
        for mistake in known["mistakes"]:
            cause = tuple(mistake["cause"]) if mistake["cause"] else None
            answers = traces(mistake["answers"])
            how = partial(kinds, mistake["fails"])
            groups[cause is None].append(
                (mistake["name"], mistake["sentence"], answers, how, cause)
            )
        return given, traces(known["right"]), groups

    def _asked_alike(self, known, trial):
        """How many calls of a trial can be compared: all of them, or none."""
        remembered = known["questions"].get(trial.check.name, ())
        asked = [question(call.arguments) for call in trial.calls]
        alike = len(asked) <= len(remembered) and all(
            _alike(a, b) for a, b in zip(asked, remembered, strict=False)
        )
        return len(asked) if alike else 0


def question(arguments):
    """The arguments of a call, a few numbers and words for each."""
    items = []
    for argument in arguments:
        if isinstance(argument, Given):
            items += [argument.name, *question(argument.parameters.values())]
        elif isinstance(argument, str | None):
            items.append(argument)
        else:
            items += [float(f"{number:.9g}") for number in summary(argument)]
    return items


def _alike(asked, remembered):
    return len(asked) == len(remembered) and all(
        (
            a == b
            if isinstance(a, str | None) or isinstance(b, str | None)
            else math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9)
        )
        for a, b in zip(asked, remembered, strict=True)
    )


def salt(task, check, n):
    """What is hashed with an answer, so that it looks different in another place."""
    return f"{task.id}/{check.name}/{n}"


def as_json(outcome, salt):
    """An outcome, as it is written down."""
    return [
        _value_as_json(fingerprint(outcome.value, salt)),
        outcome.failure,
        outcome.message,
    ]


def _value_as_json(value):
    if isinstance(value, tuple):
        return {"tuple": [_value_as_json(item) for item in value]}
    return None if value is None else value.as_list()


def beside(items, right):
    """What is written down of an outcome, less what it shares with the right one."""
    if items == right:
        return "="
    value, *failed = items
    return [_value_beside(value, right[0]), *failed]


def _value_beside(value, right):
    if value == right:
        return "="
    if isinstance(value, dict):
        rights = _parts(right, len(value["tuple"]))
        pairs = zip(value["tuple"], rights, strict=True)
        return {"tuple": [_value_beside(*pair) for pair in pairs]}
    if value is None:
        return None
    return Fingerprint.from_list(value).beside(_value_from_json(right))


def _parts(value, count):
    """The parts of a result written down, or nothing for each where it has others."""
    parts = value["tuple"] if isinstance(value, dict) else ()
    return parts if len(parts) == count else (None,) * count


def trace(items, right):
    """An outcome, from what was written down of it beside the right one."""
    if items in ("=", right):
        value, failure, message = right
        return Trace(_value_from_json(value), failure, message)
    value, failure, message = items
    return Trace(_value_from_beside(value, right[0]), failure, message)


def _value_from_json(value):
    if isinstance(value, dict):
        return tuple(_value_from_json(item) for item in value["tuple"])
    return None if value is None else Fingerprint.from_list(value)


def _value_from_beside(value, right):
    if value == "=":
        return _value_from_json(right)
    if isinstance(value, dict):
        rights = _parts(right, len(value["tuple"]))
        pairs = zip(value["tuple"], rights, strict=True)
        return tuple(_value_from_beside(*pair) for pair in pairs)
    if value is None:
        return None
    return Fingerprint.from_beside(value, _value_from_json(right))
