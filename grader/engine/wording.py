"""In words: how a wrong result differs from the right one."""

import math

import numpy as np

# of an error, what a factor or a step may leave of it; float32 leaves about 1e-4
LEFT = 3e-4
# relative error up to which a result is a multiple of the right one, or transposed
LIKE = 1e-5


def numbers(expected, given, scale=None):
    """The two values in words, with as many digits as it takes to tell them apart.

    What is nothing beside `scale`, the largest entry, is shown as such: it is what
    rounding leaves of a 0.
    """
    values = [
        v.item() if isinstance(v, np.generic | np.ndarray) else v
        for v in (expected, given)
    ]
    shown = [_number(value, 9) for value in values]
    for digits in range(10, 18):
        if shown[0] != shown[1]:
            break
        shown = [_number(value, digits) for value in values]
    if scale:
        shown = [
            "≈ 0" if 0 < abs(v) < 1e-15 * scale else s
            for v, s in zip(values, shown, strict=True)
        ]
    return shown


def _number(value, digits):
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _ratio(factor):
    """With as many digits as it takes to tell it from 1."""
    for digits in range(4, 10):
        shown = f"{factor:.{digits}g}"
        if shown not in ("1", "-1"):
            break
    return shown


def lost_digits(array, error, size, rtol):
    """What a result that is right but for its last digits may have gone through."""
    worst = float(np.nanmax(np.where(error == 0, 0.0, error / size)))
    digit = _ordinal(max(1, 1 + math.floor(-math.log10(worst))))
    most = f"{rtol:g}".replace("e-0", "e-")
    asked = (
        f"It differs in the {digit} digit; asked is a relative error of at most {most}."
    )
    held_in_float32 = bool((array == array.astype(np.float32)).all())
    if held_in_float32 and worst < 2.0**-20:
        return (
            f"{asked} That is float32's precision: the result has been a float32"
            " somewhere."
        )
    if worst > 1e-9:
        why = "a float32 on the way, a small number added somewhere (an epsilon)"
    else:
        why = (
            "a small number added somewhere (an epsilon beside a length or in a"
            " logarithm)"
        )
    return (
        f"{asked} What costs such digits: {why}, or a difference of nearly equal"
        " numbers."
    )


def relation(array: np.ndarray, expected: np.ndarray) -> str:
    """How all of a wrong result stands to the right one, where that is simple."""
    given, right = array.astype(np.float64), expected.astype(np.float64)
    largest = np.abs(right).max(initial=0.0)
    if not largest or not (np.isfinite(given).all() and np.isfinite(right).all()):
        return ""

    def alike(a, b):
        return bool(np.allclose(a, b, rtol=0.0, atol=LIKE * np.abs(b).max()))

    if alike(given, right):  # and only entries that are tiny beside others are wrong
        return ""
    error = np.abs(given - right).max()

    # what is left is small beside the error, too, and not the rest of it
    def explains(wrong):
        return bool(alike(given, wrong) and np.abs(given - wrong).max() <= LEFT * error)

    it = "Every entry" if np.count_nonzero(right) > 1 else "It"
    factor = float(
        (given / largest * (right / largest)).sum() / ((right / largest) ** 2).sum()
    )
    if 1e-3 < abs(factor) < 1e3 and explains(factor * right):
        ratio = factor if abs(factor) >= 1 else 1 / factor
        whole = round(ratio)
        is_whole = abs(ratio / whole - 1) < LIKE
        if whole == -1 and is_whole:
            return f"{it} has the opposite sign."
        if is_whole or it != "It":  # of one number, any other is some multiple
            parted = f"{'−' * (factor < 0)}1/{abs(whole)} of"
            times = (
                parted if is_whole and abs(factor) < 1 else f"{_ratio(factor)} times"
            )
            return f"{it} is {times} what is expected."
    step = float((given - right).mean())
    if right.size > 1 and step and explains(right + step):
        return f"Every entry is {abs(step):.4g} too {'large' if step > 0 else 'small'}."
    if right.ndim == 2 and right.shape == given.T.shape and alike(given.T, right):
        return "It is transposed."
    return ""


def _ordinal(n):
    ending = (
        "th"
        if n % 100 in (11, 12, 13)
        else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    )
    return f"{n}{ending}"
