"""What a cell shows: messages to the page, as a notebook would have them."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Characters of a cell's streams that a page can still scroll through.
MOST_PRINTED = 400_000

# A loop that prints must not send a message for each line for ever.
_AT_ONCE, _SECONDS_BETWEEN = 200, 0.05

_post: Callable[[dict], None] = lambda message: None  # noqa: E731


class Stream:
    """A text stream that sends what is written to the page, some at a time.

    Parameters
    ----------
    name : str
        "stdout" or "stderr".
    post : callable
        Takes ``{"kind": "stream", "name": name, "text": ...}``.
    """

    encoding = "utf-8"

    def __init__(self, name: str, post: Callable[[dict], None]) -> None:
        self.name, self._post = name, post
        self._kept: list[str] = []
        self._left, self._messages, self._sent = MOST_PRINTED, 0, 0.0

    def write(self, text: str) -> int:
        if self._left > 0:
            self._kept.append(text[: self._left])
            if len(text) > self._left:
                self._kept.append("\n… the rest is not shown: a page is no file.\n")
            self._left -= len(text)
        often = self._messages > _AT_ONCE
        late = time.monotonic() - self._sent > _SECONDS_BETWEEN
        if "\n" in text and (late or not often):
            self.flush()
        return len(text)

    def flush(self) -> None:
        if text := "".join(self._kept):
            self._post({"kind": "stream", "name": self.name, "text": text})
            self._kept.clear()
            self._messages += 1
        self._sent = time.monotonic()

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


@contextmanager
def shown(post: Callable[[dict], None]) -> Iterator[None]:
    """Send what is printed and displayed meanwhile to `post`, in its order."""
    global _post
    out, err = Stream("stdout", post), Stream("stderr", post)

    def in_order(message):
        out.flush()
        err.flush()
        post(message)

    before = sys.stdout, sys.stderr, _post
    sys.stdout, sys.stderr, _post = out, err, in_order
    try:
        yield
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr, _post = before


def display(value: Any) -> None:
    """Show a value in the cell that runs: its HTML if it has some, else its text."""
    make = getattr(type(value), "_repr_html_", None)
    content = make(value) if make else None
    if content is None and hasattr(value, "savefig"):
        content = picture(value)
    if content is None:
        _post({"kind": "text", "text": repr(value)})
    else:
        _post({"kind": "html", "html": content})


def picture(figure: Any) -> str:
    """A matplotlib figure as the ``<img>`` that a notebook would show."""
    import base64
    import io

    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=144, bbox_inches="tight")
    data = base64.b64encode(target.getvalue()).decode()
    width = 100 * figure.get_figwidth()
    return (
        f'<img alt="A figure of this cell" style="max-width:100%;width:{width:.0f}px"'
        f' src="data:image/png;base64,{data}">'
    )


def open_figures() -> None:
    """Show what pyplot still has open, as a notebook does behind each cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        display(pyplot.figure(number))
    pyplot.close("all")
