"""The features of a run, packed: a few thousand numbers, of which a figure is drawn.

In JSON they would be most of the file. They are coordinates of one picture, so all are
rounded to the same decimal, the fourth digit of the largest, and are whole numbers
then; their low bytes and their high ones are compressed apart, since chance is in the
low ones only.
"""

import base64
import zlib

import numpy as np

DIGITS = 4


def rounded(x: np.ndarray) -> list[list[float]]:
    """Features, rounded to the fourth digit of the largest entry.

    Parameters
    ----------
    x : ndarray
        (N, D), finite.
    """
    x = x.astype(np.float64)
    return (np.round(x, _decimals(x)) + 0.0).tolist()  # a zero has no sign


def _decimals(x):
    largest = f"{np.abs(x).max(initial=0.0):.{DIGITS - 1}e}"
    return DIGITS - 1 - int(largest.partition("e")[2])


def pack(rows: list[list[float]]) -> dict | list:
    """Rows of numbers in a form that JSON keeps short, to the last bit.

    Returns
    -------
    dict or list
        ``shape``, ``decimals``, and ``packed``, two words; or `rows`, if they are not
        `rounded`.
    """
    x = np.array(rows, dtype=np.float64)
    if not np.isfinite(x).all():
        return rows
    decimals = _decimals(x)
    whole = np.rint(x * 10.0**decimals).astype("<i2")
    planes = whole.view("u1").reshape(-1, 2).T
    words = (base64.b85encode(zlib.compress(plane.tobytes(), 9)) for plane in planes)
    short = {"shape": list(x.shape), "decimals": decimals}
    short["packed"] = b" ".join(words).decode()
    return short if unpack(short) == rows else rows


def unpack(entry: dict) -> dict | list:
    """What `pack` was given; any other dictionary as it is.

    Raises
    ------
    ValueError
        If the words do not hold numbers of this shape.
    """
    if entry.keys() != {"shape", "decimals", "packed"}:
        return entry
    try:
        planes = [
            np.frombuffer(zlib.decompress(base64.b85decode(word)), "u1")
            for word in entry["packed"].split()
        ]
    except zlib.error as error:
        raise ValueError(f"packed numbers are damaged: {error}") from error
    whole = np.stack(planes, axis=1).view("<i2").reshape(entry["shape"])
    # Divided, as `np.round` does it: the double nearest to the decimal.
    decimals = entry["decimals"]
    ten = 10.0 ** abs(decimals)
    return (whole / ten if decimals > 0 else whole * ten).tolist()
