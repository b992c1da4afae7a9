"""All experiments, by name."""

import difflib
from fnmatch import fnmatchcase

from experiments import center, cifar, digits, pictures

EXPERIMENTS = {
    experiment.name: experiment
    for family in (digits.FAMILY, cifar.FAMILY, center.FAMILY, pictures.FAMILY)
    for experiment in family
}


def chosen(pattern):
    """The experiments whose name is `pattern` or, with ``*`` in it, matches it.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    found = [e for name, e in EXPERIMENTS.items() if fnmatchcase(name, pattern)]
    if not found:
        near = difflib.get_close_matches(pattern, EXPERIMENTS, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see the list"
        raise ValueError(f"there is no experiment {pattern!r}; {hint}")
    return found
