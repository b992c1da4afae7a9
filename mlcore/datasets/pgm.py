"""PGM, the format of the AT&T faces: a text header, then one byte a pixel."""

import re

import numpy as np

# "P5", width, height, the largest value, one white character. A comment runs from # to
# its line's end.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(
    rb"P5" + _GAP + rb"(\d{1,6})" + _GAP + rb"(\d{1,6})" + _GAP + rb"(\d{1,6})\s"
)


def parse(data):
    """The grey image (H, W), uint8, that the binary PGM file `data` holds.

    Raises
    ------
    ValueError
        If `data` is anything else, or has more than 8 bits a pixel.

    Examples
    --------
    >>> parse(b"P5 3 2 255 " + bytes(range(6)))
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint8)
    """
    header = _HEADER.match(data)
    if header is None:
        raise ValueError(
            f"it is no binary PGM image: it begins with {bytes(data[:12])!r}"
        )
    width, height, largest = map(int, header.groups())
    if not 0 < largest < 256:
        raise ValueError(f"its largest grey value must be from 1 to 255, got {largest}")
    found = len(data) - header.end()
    if width * height != found or found == 0:
        raise ValueError(
            f"its header promises {width} x {height} pixels, and {found:,} bytes follow"
        )
    return np.frombuffer(data, np.uint8, offset=header.end()).reshape(height, width)
