"""A result reduced to a few hashes that recognise it and do not tell it.

The handout names mistakes without holding one line of a solution or of a wrong answer:
it holds their fingerprints on its public questions. Two results have the same
fingerprint if the weighted sums of their entries agree, of the values and, for entries
far smaller than others, of the logarithms; the weights are all different, so that
entries in another order do not agree.

A sum of one number is that number, so no sum is kept: the step of a grid on which it
lies is hashed. Two numbers that are nearly the same may lie on two steps, so who has
the number at hand, near the end of its step, looks for the next step too; of what is
kept, one hash is enough.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np

RTOL = {False: 1e-7, True: 1e-4}  # of float64, and where one of two results is float32
# of a grid, in tolerances: what is within one tolerance is recognised, what is 4 away
# cannot be
STEP = 3
# Hexadecimal, of a hash: chance makes two alike once in 10^6. A wrong name takes more,
# that it happens in every question of a check, and in half of all that a mistake fails.
DIGITS = 5

Hashes = tuple[str, ...]  # of the number's own step, and of the next if that is near


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of one array (or number), all of it hashed with one salt.

    In the hashes is also where there is inf, -inf or NaN, and in those of the
    logarithms where the finite entries are positive or negative.
    """

    shape: tuple[int, ...]
    single: bool  # float32
    values: tuple[Hashes, Hashes]  # their weighted sum: on a fine grid, on a coarse one
    logs: tuple[Hashes, Hashes]  # that of the logarithms of their magnitudes, likewise

    def same(self, other: object, entrywise: bool = False) -> bool:
        """Whether the two stand for the same result, up to rounding.

        The tolerance is relative to the largest entry, or with `entrywise` to each.
        """
        if not isinstance(other, Fingerprint) or self.shape != other.shape:
            return False
        pair = (self.logs, other.logs) if entrywise else (self.values, other.values)
        grid = int(self.single or other.single)
        own, others = (hashes[grid] for hashes in pair)
        return own[0] in others or others[0] in own

    def as_list(self) -> list:
        """Plain words and numbers for JSON."""
        hashes = " ".join(steps[0] for steps in (*self.values, *self.logs))
        return [list(self.shape), int(self.single), hashes]

    @classmethod
    def from_list(cls, items):
        shape, single, hashes = items
        steps = [(one,) for one in hashes.split()]
        return cls(tuple(shape), bool(single), tuple(steps[:2]), tuple(steps[2:]))

    def beside(self, right):
        """What is kept of a wrong result where the right one is kept in full.

        With the right one it is compared entry by entry, and the answer is known now;
        with a student's, it is not.
        """
        alike = "=" if self.same(right, entrywise=True) else "-"
        hashes = " ".join((alike, *(steps[0] for steps in self.values)))
        return [list(self.shape), int(self.single), hashes]

    @classmethod
    def from_beside(cls, items, right):
        shape, single, hashes = items
        alike, *steps = hashes.split()
        logs = right.logs if alike == "=" else (("-",), ("-",))
        return cls(tuple(shape), bool(single), tuple((one,) for one in steps), logs)


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
    # Sums of whole numbers times the same weights; and no zero has a sign.
    kinds, signs = round(kinds, 6), round(signs, 6) + 0.0
    return Fingerprint(
        array.shape,
        array.dtype == np.float32,
        _on_grids(values, total, salt, "values", array.shape, f"{scale:.0e}", kinds),
        _on_grids(logs, total, salt, "logs", kinds, signs),
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
    """Hashes of the steps of a sum, on a grid for each tolerance."""
    return tuple(
        tuple(_hash(*beside, single, step) for step in _steps(number, total, single))
        for single in (False, True)
    )


def _steps(number, total, single):
    """The step on which a number lies, and the next one if that is near."""
    if not math.isfinite(number):
        return (number,)
    # moved a quarter, so that no round number lies at the end of a step
    place = number / (STEP * RTOL[single] * (1 + total)) + 0.25
    near = (math.floor(place + part / STEP) for part in (0, -1, 1))
    return tuple(dict.fromkeys(near))


def _hash(*words):
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()[:DIGITS]
