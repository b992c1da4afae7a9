"""All experiments, by name."""

import difflib
from collections.abc import Iterable
from fnmatch import fnmatchcase

from margins.experiments import (
    blur,
    center,
    characters,
    cifar,
    compare,
    detection,
    digits,
    long_tails,
    noise,
    pictures,
    verification,
    views,
)
from margins.experiments.experiment import Repeatable

EXPERIMENTS: dict[str, Repeatable] = {
    experiment.name: experiment
    for family in (
        digits.FAMILY,
        cifar.FAMILY,
        center.FAMILY,
        pictures.FAMILY,
        detection.FAMILY,
        detection.SEARCH,
        compare.FAMILY,
        verification.FAMILY,
        characters.FAMILY,
        noise.FAMILY,
        blur.FAMILY,
        views.FAMILY,
        views.SEARCH,
        long_tails.FAMILY,
    )
    for experiment in family
}


def names(pattern: str, others: Iterable[str] = ()) -> list[str]:
    """The names of experiments, and of `others`, that match the pattern.

    A name without a ``*`` matches itself.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    known = [*EXPERIMENTS, *(name for name in others if name not in EXPERIMENTS)]
    found = [name for name in known if fnmatchcase(name, pattern)]
    if not found:
        near = difflib.get_close_matches(pattern, known, n=3)
        hint = "`python -m experiments list` names them"
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        raise ValueError(f"there is no experiment {pattern!r}; {hint}")
    return found


def chosen(pattern: str) -> list[Repeatable]:
    """The experiments whose names `names` finds; it raises what that does."""
    return [EXPERIMENTS[name] for name in names(pattern)]
