"""A result reduced to a few numbers that recognise it and do not tell it.

The handout names mistakes without holding one line of a solution or of a wrong answer: it holds
their fingerprints on its public questions. Two results have the same fingerprint if the weighted
sums of their entries agree, of the values and, for entries far smaller than others, of the
logarithms; the weights are all different, so that entries in another order do not agree.
"""

from dataclasses import astuple, dataclass

import numpy as np

RTOL = {False: 1e-7, True: 1e-4}  # of float64, and where one of two results is float32


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of one array (or number)."""

    shape: tuple[int, ...]
    single: bool  # float32
    largest: float  # the largest finite magnitude
    values: float  # the weighted sums: of the finite entries,
    logs: float  # of the logarithms of their magnitudes,
    signs: float  # of their signs,
    kinds: float  # and of where there is inf, -inf or NaN

    def same(self, other, entrywise=False):
        """Whether the two stand for the same result, up to rounding.

        The tolerance is relative to the largest entry of `other`, or with `entrywise` to each.
        """
        if not isinstance(other, Fingerprint) or self.shape != other.shape:
            return False
        total = float(_weights(self.shape).sum())
        rtol = RTOL[self.single or other.single]
        exact = 1e-9 * (1 + total)  # these two are sums of whole numbers times the same weights
        if abs(self.kinds - other.kinds) > exact:
            return False
        if entrywise:
            signs_agree = abs(self.signs - other.signs) <= exact
            return signs_agree and abs(self.logs - other.logs) <= rtol * total
        return abs(self.values - other.values) <= rtol * total * other.largest

    def as_list(self):
        """Plain numbers for JSON, with as many digits as the tolerance can see."""
        shape, single, *numbers = astuple(self)
        return [list(shape), int(single), *(float(f"{number:.12g}") for number in numbers)]

    @classmethod
    def from_list(cls, items):
        shape, single, *numbers = items
        return cls(tuple(shape), bool(single), *numbers)


def fingerprint(value):
    """The fingerprint of a plain result: of an array or a number, None, or a tuple of them."""
    if isinstance(value, tuple):
        return tuple(fingerprint(item) for item in value)
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag])
    entries = array.astype(np.float64)
    weights = _weights(entries.shape)
    finite = np.where(np.isfinite(entries), entries, 0.0)
    sizes = np.abs(finite)
    with np.errstate(all="ignore"):
        kinds = np.isnan(entries) + 2 * (entries == np.inf) + 4 * (entries == -np.inf)
        return Fingerprint(
            array.shape,
            array.dtype == np.float32,
            float(sizes.max(initial=0.0)),
            float((weights * finite).sum()),
            float((weights * np.log(np.where(sizes == 0, 1.0, sizes))).sum()),
            float((weights * np.sign(finite)).sum()),
            float((weights * kinds).sum()),
        )


def _weights(shape):
    """Between 1 and 2, no two alike: the golden ratio's multiples never repeat."""
    golden = (1 + 5**0.5) / 2
    return 1 + (np.arange(1, 1 + int(np.prod(shape))) * golden % 1).reshape(shape)
