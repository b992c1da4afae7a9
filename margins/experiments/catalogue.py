"""All experiments, by name."""

import difflib
from fnmatch import fnmatchcase

from margins.experiments import center, cifar, detection, digits, pictures

EXPERIMENTS = {
    experiment.name: experiment
    for family in (
        digits.FAMILY,
        cifar.FAMILY,
        center.FAMILY,
        pictures.FAMILY,
        detection.FAMILY,
    )
    for experiment in family
}


def names(pattern, others=()):
    """The names of experiments, and of `others`, that are `pattern` or match it if
    ``*`` is in it.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    known = [*EXPERIMENTS, *(name for name in others if name not in EXPERIMENTS)]
    found = [name for name in known if fnmatchcase(name, pattern)]
    if not found:
        near = difflib.get_close_matches(pattern, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see the list"
        raise ValueError(f"there is no experiment {pattern!r}; {hint}")
    return found


def chosen(pattern):
    """The experiments whose names `names` finds."""
    return [EXPERIMENTS[name] for name in names(pattern)]
