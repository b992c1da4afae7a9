"""Results of trainings that take longer than a page may, each with how it was made.

They lie in the package and not beside the pages, because a page is also a notebook, and a notebook
on another machine has the installed package and nothing else.
"""

import json
from importlib.resources import files


def load(name):
    """The results file `name` as a dictionary.

    Every file has ``command``, ``commit``, ``date``, ``machine``, ``versions``, ``settings`` and
    ``runs``.

    Raises
    ------
    ValueError
        If there is no such file; the message lists those there are.
    """
    folder = files(__name__)
    known = sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".json"))
    if name not in known:
        raise ValueError(f"name must be one of {', '.join(known)}; got {name!r}")
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
