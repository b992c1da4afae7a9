"""Calls from the page: a function by its name, with arguments and a result in JSON."""

import importlib
import inspect
import json
import logging
from collections.abc import Callable


def call(name: str, arguments: str, post: Callable[[str], None]) -> str:
    """Call a function of a module that the page names.

    Parameters
    ----------
    name : str
        "module:function".
    arguments : str
        Its keyword arguments, as JSON.
    post : callable
        Takes a message in JSON while the function runs. A function that has a parameter
        `post` gets one that takes the message itself.

    Returns
    -------
    str
        What the function returned, as JSON.

    Examples
    --------
    >>> call("margins.live.needs:of", '{"source": "x = 1"}', print)
    '[]'
    """
    module, _, function = name.partition(":")
    target = getattr(importlib.import_module(module), function)
    keywords = json.loads(arguments)
    if "post" in inspect.signature(target).parameters:
        keywords["post"] = lambda message: post(json.dumps(message))
    return json.dumps(target(**keywords))


def quiet() -> None:
    """Settle what would otherwise be said on a page."""
    # "Matplotlib is building the font cache": it always is.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
