"""A result reduced to a few hashes that recognise it and do not tell it.

The handout names mistakes without holding one line of a solution or of a wrong answer:
it holds their fingerprints on its public questions. Two results have the same
fingerprint if the weighted sums of their entries agree, of the values and, for entries
far smaller than others, of the logarithms; the weights are all different, so that
entries in another order do not agree.

A sum of one number is that number, so no sum is kept: it is rounded and hashed. Two
numbers that are nearly the same may round to different ones, but not on both of two
grids that are half a step apart; so each sum is rounded on two, and one common hash is
enough.
"""

import hashlib
import math
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

RTOL = {False: 1e-7, True: 1e-4}  # of float64, and where one of two results is float32
# of a grid, in tolerances: what is within one tolerance shares a hash, beyond 4 it
# cannot
STEP = 4
DIGITS = 6  # hexadecimal, of a hash: chance makes two alike once in 10^7


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of one array (or number), all of it hashed with one salt."""

    shape: tuple[int, ...]
    single: bool  # float32
    kinds: str  # where there is inf, -inf or NaN
    signs: str  # the signs of the finite entries
    # their weighted sum: on two fine grids, then on two coarse ones
    values: tuple[str, ...]
    logs: tuple[str, ...]  # that of the logarithms of their magnitudes, in the same way

    def same(self, other: object, entrywise: bool = False) -> bool:
        """Whether the two stand for the same result, up to rounding.

        The tolerance is relative to the largest entry, or with `entrywise` to each.
        """
        if not isinstance(other, Fingerprint):
            return False
        if (self.shape, self.kinds) != (other.shape, other.kinds):
            return False
        if entrywise and self.signs != other.signs:
            return False
        pair = (self.logs, other.logs) if entrywise else (self.values, other.values)
        grids = slice(2, 4) if self.single or other.single else slice(0, 2)
        return any(
            a == b for a, b in zip(*(hashes[grids] for hashes in pair), strict=True)
        )

    def as_list(self) -> list:
        """Plain words and numbers for JSON."""
        hashes = " ".join((self.kinds, self.signs, *self.values, *self.logs))
        return [list(self.shape), int(self.single), hashes]

    @classmethod
    def from_list(cls, items):
        shape, single, hashes = items
        kinds, signs, *sums = hashes.split()
        return cls(
            tuple(shape), bool(single), kinds, signs, tuple(sums[:4]), tuple(sums[4:])
        )

    def beside(self, right):
        """What is kept of a wrong result where the right one is kept in full.

        With the right one it is compared entry by entry, and the answer is known now;
        with a student's, it is not.
        """
        alike = self.same(right, entrywise=True)
        known = (right.kinds, *right.values) if isinstance(right, Fingerprint) else ()
        pairs = zip_longest((self.kinds, *self.values), known)
        hashes = ("=" if a == b else a for a, b in pairs)
        said = " ".join(("=" if alike else "-", *hashes))
        return [list(self.shape), int(self.single), said]

    @classmethod
    def from_beside(cls, items, right):
        shape, single, hashes = items
        alike, *sums = hashes.split()
        if "=" in sums:
            pairs = zip(sums, (right.kinds, *right.values), strict=True)
            sums = [b if a == "=" else a for a, b in pairs]
        signs, logs = (right.signs, right.logs) if alike == "=" else ("-", ("-",) * 4)
        kinds, *values = sums
        return cls(tuple(shape), bool(single), kinds, signs, tuple(values), logs)


def fingerprint(value: object, salt: str = ""):
    """The fingerprint of a plain result; of a tuple, the tuple of fingerprints."""
    if isinstance(value, tuple):
        return tuple(fingerprint(item, f"{salt}.{n}") for n, item in enumerate(value))
    if value is None:
        return None
    array = np.asarray(value)
    entries, weights, kinds = _entries(array)
    sizes = np.abs(entries)
    total, largest = float(weights.sum()), float(sizes.max(initial=0.0))
    with np.errstate(all="ignore"):
        logs = float((weights * np.log(np.where(sizes == 0, 1.0, sizes))).sum())
        signs = float((weights * np.sign(entries)).sum())
        scale = 1.0
        # a step of the grid is a power of ten, and no result is near its ends
        if largest:
            scale = 10.0 ** math.floor(math.log10(largest) + 0.3217)
        values = float((weights * (entries / scale)).sum())
    beside = f"{salt} {array.shape} {scale:.0e}"
    return Fingerprint(
        array.shape,
        array.dtype == np.float32,
        # These two are sums of whole numbers times the same weights.
        _hash(salt, "kinds", round(kinds, 6)),
        _hash(salt, "signs", round(signs, 6)),
        _on_grids(values, total, beside, "values"),
        _on_grids(logs, total, salt, "logs"),
    )


def summary(value: object) -> list[float]:
    """A few numbers that recognise a question: its shape and the weighted sums."""
    array = np.asarray(value)
    entries, weights, kinds = _entries(array)
    with np.errstate(all="ignore"):
        return [*array.shape, float((weights * entries).sum()), kinds]


def _entries(array):
    """The finite entries in float64, 0 for the others; the weights; which they are."""
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag])
    with np.errstate(all="ignore"):
        entries = array.astype(np.float64)
    weights = _weights(entries.shape)
    kinds = np.isnan(entries) + 2 * (entries == np.inf) + 4 * (entries == -np.inf)
    return (
        np.where(np.isfinite(entries), entries, 0.0),
        weights,
        float((weights * kinds).sum()),
    )


def _weights(shape):
    """Between 1 and 2, no two alike: the golden ratio's multiples never repeat."""
    golden = (1 + 5**0.5) / 2
    return 1 + (np.arange(1, 1 + int(np.prod(shape))) * golden % 1).reshape(shape)


def _on_grids(number, total, *beside):
    """Hashes of a sum, rounded to two grids for each tolerance."""
    hashes = []
    for single in (False, True):
        step = STEP * RTOL[single] * (1 + total)
        for shift in (0.25, 0.75):  # so that no round number lies at the end of a step
            place = (
                math.floor(number / step + shift) if math.isfinite(number) else number
            )
            hashes.append(_hash(*beside, single, shift, place))
    return tuple(hashes)


def _hash(*words):
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()[:DIGITS]
