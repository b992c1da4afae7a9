"""Every cell of a chapter, from the first to the last, as a reader would run them.

What is printed equals what the build printed, up to the last digits; as many pictures
and tables appear; nothing is written to stderr. Cells that train take the results of
the book's own run.
"""

import re
import statistics

from tools.browser.live_reader import reader
from tools.browser.page_checks import TookTooLong

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
# What rounding leaves of a zero: any other such number would do as well.
NOTHING = 1e-8
# Of the last digit that is printed; another NumPy adds in another order.
UNITS = 3
RELATIVE = 1e-8
# The time and the memory that something took, and where an object lies.
CHANGES = re.compile(r"\b\d+(\.\d+)? (m?s|MB)\b|0x[0-9a-f]+")

# Cells that print other things on another machine by right: words of their source, and
# why.
CHECKED = "print(gradcheck("
WORST = "the entry where rounding is worst"
OTHERWISE = {
    ("02-checking-a-gradient", "def difference(dtype, h)"): "rounding is the point",
    ("04-l-softmax", CHECKED): WORST,
    ("05-center-loss", CHECKED): WORST,
    ("06-a-softmax", CHECKED): WORST,
    ("07-am-softmax", CHECKED): WORST,
    ("08-arcface", CHECKED): WORST,
    ("08-arcface", "def exact_pull("): "what rounding leaves of a gradient",
    ("13-the-same-code-on-a-gpu", "array_namespace is called"): "one call more there",
    ("13-the-same-code-on-a-gpu", "time divided by that of plain"): "times",
    ("13-the-same-code-on-a-gpu", "setattr(kind, name"): "calls, one more there",
    ("13-the-same-code-on-a-gpu", "half_loss"): "a loss in float32",
    ("15-a-million-classes", "gradcheck("): WORST,
    ("16-who-computes-what", "judging.judge("): "digits that float32 leaves",
    ("18-sub-centers", CHECKED): WORST,
    ("21-pairs-and-views", "gradcheck("): WORST,
    ("appendix-chebyshev", "in units of 2⁻²⁴"): "counts of roundings",
    ("appendix-convolution", "tracemalloc"): "times and memory of this machine",
    ("for-teachers", "sandbox.PROTECTIONS"): "a page's Python limits no memory",
}


def check(site, name, spoil=None):
    """Problems with the cells of one chapter, in words, and what was measured.

    `spoil` is given the open page first: the checks of the checks break something.
    """
    problems, seconds = [], {}
    with reader(site, problems) as tab:
        tab.open(name)
        if spoil:
            spoil(tab.page)
        tab.watch_memory()
        built = [tab.shown(number) for number in range(1, tab.cells() + 1)]
        for number, before in enumerate(built, start=1):
            offers = tab.offers(number)
            if not offers:
                continue  # it says that it needs a terminal
            action = "results" if "results" in offers else "run"
            try:
                state, seconds[number] = tab.run(number, action)
            except TookTooLong:
                problems.append(
                    f"{name}: cell {number}: its {action} cannot be pressed"
                )
                break
            shown = tab.shown(number)
            if state != "done":
                what = f"is {state or 'not done'}: {shown['said']}"
                problems.append(f"{name}: cell {number} {what}")
                break
            source = tab.source(number)
            if any(page == name and words in source for page, words in OTHERWISE):
                shown |= {kind: before[kind] for kind in ("printed", "tables")}
            problems += [
                f"{name}: cell {number} {what}" for what in differences(before, shown)
            ]
        heap = tab.page.evaluate("() => window.most")
    return problems, {
        "cells": f"{len(seconds)} of {len(built)}",
        "first": seconds.get(1, 0.0),
        "median": statistics.median(seconds.values()) if seconds else 0.0,
        "longest": max(seconds.values(), default=0.0),
        "MB": heap,
    }


def differences(built, shown):
    """In what a run differs from the build, in words."""
    problems = [f"writes to stderr: {text.strip()}" for text in shown["stderr"]]
    problems += [f"fails: {text.strip()[-200:]}" for text in shown["traceback"]]
    before, after = "".join(built["printed"]), "".join(shown["printed"])
    if not same(before, after):
        problems.append(f"prints other things: {first_difference(before, after)}")
    if built["pictures"] != shown["pictures"]:
        problems.append(f"shows {shown['pictures']} pictures, not {built['pictures']}")
    if built["numbers"] != shown["numbers"]:
        problems.append(f"calls its figures {shown['numbers']}, not {built['numbers']}")
    before, after = "".join(built["tables"]), "".join(shown["tables"])
    if not same(before, after):
        problems.append(f"has other tables: {first_difference(before, after)}")
    return problems


def same(one, other):
    """Whether two texts are equal up to the last digits of their numbers.

    >>> same("loss 0.7135", "loss  0.7134"), same("loss 0.7135", "loss 0.7195")
    (True, False)
    >>> same("off by 3e-16", "off by 1e-15"), same("1 of 2", "2 of 2")
    (True, False)
    """
    one, other = (CHANGES.sub("…", text.replace("−", "-")) for text in (one, other))
    words = [" ".join(NUMBER.sub(" # ", text).split()) for text in (one, other)]
    numbers = [NUMBER.findall(text) for text in (one, other)]
    return (
        words[0] == words[1]
        and len(numbers[0]) == len(numbers[1])
        and all(map(close, *numbers))
    )


def close(one, other):
    if one == other:
        return True
    if not any(mark in one + other for mark in ".e"):
        return False  # a count
    a, b = float(one), float(other)
    if max(abs(a), abs(b)) < NOTHING:
        return True
    most = max(UNITS * unit(one), UNITS * unit(other), RELATIVE * max(abs(a), abs(b)))
    return abs(a - b) <= most


def unit(number):
    """One of the last digit of a number as it is printed."""
    digits, _, power = number.partition("e")
    places = len(digits.partition(".")[2])
    return 10.0 ** (int(power or 0) - places)


def first_difference(one, other):
    lines = one.splitlines(), other.splitlines()
    for before, after in zip(*lines, strict=False):
        if not same(before, after):
            return f"{after.strip()!r} for {before.strip()!r}"
    return f"{len(lines[1])} lines for {len(lines[0])}"
