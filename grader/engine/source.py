"""The text of a student's file, or why there is none to be graded.

A file in another encoding, a notebook or a web page under the name of the file is a
matter of saving it once more; "not Python" would send its author looking for a mistake
in the code.
"""

import codecs
import json
import os
import re

from grader.sandbox.inside.calls import Unread

LARGEST = 2**20  # bytes
SAVE = "Save it as UTF-8."
# of PEP 263
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
_MARKS = {  # how files begin that are something else
    codecs.BOM_UTF32_LE: f"is saved as UTF-32. {SAVE}",
    codecs.BOM_UTF32_BE: f"is saved as UTF-32. {SAVE}",
    codecs.BOM_UTF16_LE: f"is saved as UTF-16. {SAVE}",
    codecs.BOM_UTF16_BE: f"is saved as UTF-16. {SAVE}",
    b"PK\x03\x04": "is a zip archive. Unpack it, and hand in the file that was in it.",
    b"\x1f\x8b": "is a gzip archive. Unpack it, and hand in the file that was in it.",
    b"%PDF-": "is a PDF document, and the file with the code is wanted.",
    b"\x89PNG": "is a picture, and the file with the code is wanted.",
    b"{\\rtf": "is a document of a word processor. Save it as plain text.",
}


def source(answers: os.PathLike | str | bytes, file: str) -> bytes:
    """The text of a student's file, as bytes.

    Parameters
    ----------
    answers : path, str or bytes
        The file, or its text.
    file : str
        What to call it in messages.

    Raises
    ------
    Unread
        If there is no file, or what it holds is no text of Python; the sentence says
        what it is.
    """
    if isinstance(answers, str):
        return answers.encode("utf-8", "surrogatepass")
    text = answers if isinstance(answers, bytes) else _contents(answers, file)
    if why := _why_no_text(text):
        raise Unread(f"{file} {why}")
    return text


def _contents(path, file):
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise Unread(f"{file} is not a file.")
    try:
        with open(path, "rb") as opened:
            text = opened.read(LARGEST + 1)
    except OSError as error:
        raise Unread(f"{file} cannot be read: {error.strerror}.") from None
    if len(text) > LARGEST:
        raise Unread(f"{file} is larger than {LARGEST // 2**20} MB.")
    return text


def _why_no_text(text):
    """What is wrong with the bytes of a file, or "" if they may be Python."""
    for mark, what in _MARKS.items():
        if text.startswith(mark):
            return what
    if _looks_like_utf_16(text):
        return f"is saved as UTF-16, it seems. {SAVE}"
    plain = text.removeprefix(codecs.BOM_UTF8).strip()
    if not plain:
        return "is empty."
    if plain[:1] == b"{" and _is_notebook(plain):
        return (
            "holds a notebook. Export it as a script (in Jupyter: Save and Export"
            " Notebook As)."
        )
    if plain[:9].lower() in (b"<!doctype", b"<html", b"<html>"):
        return "holds a web page. Where you saved it from, ask for the raw file."
    return _why_not_utf_8(text)


def _looks_like_utf_16(text):
    """Without a mark: every second byte of Latin letters is 0, and no other."""
    text = text[:2000]
    for start in (0, 1):
        empty, full = text[start::2], text[1 - start :: 2]
        if len(empty) > 10 and empty.count(0) > 0.7 * len(empty) and full.count(0) == 0:
            return True
    return False


def _is_notebook(text):
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(tree, dict) and "cells" in tree


def _why_not_utf_8(text):
    """Another encoding is right if one of the first two lines of the file names it."""
    head = b"\n".join(text.splitlines()[:2])
    # no letter of any encoding: Python says it
    if _COOKIE.search(head) or b"\0" in text:
        return ""
    try:
        text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        return (
            f"is not saved as UTF-8: line {line} holds the byte"
            f" 0x{text[error.start]:02x}. {SAVE}"
        )
    return ""
