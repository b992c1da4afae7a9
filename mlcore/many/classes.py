"""The classes of a head, block by block.

What a head over many classes knows of them: rows of `w` that are cast, scaled and
normalised when their turn comes, and which samples have their own class among them.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace, cast, device, to_numpy
from mlcore.linalg import inverse, measured, scaled, true_lengths
from mlcore.losses.sub_center import nearest
from mlcore.many.communicators import Communicator


class Block(NamedTuple):
    """Some classes, and the samples whose own class is among them.

    Attributes
    ----------
    rows : slice or array
        Which rows of `w` they are.
    places : slice
        Which places among the classes that take part; the same, unless they are chosen.
    samples, columns : array, shape (K,)
        The samples, and the places of their classes in the block.
    """

    rows: Any
    places: slice
    samples: Array
    columns: Array


#: Chooses classes: ``choose(y, start, count)`` returns which of the `count` from number
#: `start` on take part (S,), counted from `start`, in rising order, with all labels of
#: `y` among them; and what is added to their logits (S,), or None.
Choose = Callable[[Array, int, int], tuple[Array, Array | None]]


class Classes:
    """The classes of one process, or a choice of them.

    Where a class has several rows of weights, each of them is a class here: in `w` and
    all that is said of places, blocks and labels. The arguments count in classes.

    Parameters
    ----------
    w : array, shape (C, D) or (C, K, D)
    b : array, shape (C,), or None
        A bias.
    dtype
        To compute in.
    block : int
        Classes in a block.
    start, total : int, optional
        The number of the first class, and how many there are: other processes have
        those before and after.
    """

    def __init__(
        self,
        w: Array,
        b: Array | None,
        dtype: Any,
        block: int,
        start: int = 0,
        total: int | None = None,
    ):
        self.shape, self.k = tuple(w.shape), w.shape[1] if w.ndim == 3 else 1
        self.xp = array_namespace(w)
        if w.ndim == 3:
            w = self.xp.reshape(w, (w.shape[0] * self.k, w.shape[2]))
        self.w, self.b = cast(w, w.dtype), b if b is None else cast(b, b.dtype)
        self.dtype, self.block, self.start = dtype, block * self.k, start * self.k
        self.chosen: Array | None = None  # (S,) rows of w, rising; None: all
        self.lift: Array | None = None  # (S,), added to the logits of others' classes
        self.total = w.shape[0] if total is None else total * self.k
        self.count = w.shape[0]
        self.lengths: Array | None = None  # (S,)
        self.factor: Array | None = None  # (S,), where w is normalised
        self.scale: Array | None = None  # (S, 1), where rows are `scaled`

    def choose(self, choose: Choose, y: Array) -> None:
        """Leave out all classes but those that are chosen for a batch of labels `y`."""
        xp, k = self.xp, self.k
        chosen, lift = choose(y, self.start // k, self.count // k)
        if k > 1:
            each = xp.arange(k, dtype=chosen.dtype, device=device(chosen))
            chosen = xp.reshape(chosen[:, None] * k + each, (-1,))
            lift = lift if lift is None else xp.repeat(lift, k)
        self.chosen = chosen
        self.lift = lift if lift is None else cast(lift, self.dtype)
        self.count = chosen.shape[0]

    @property
    def several(self) -> bool:
        """Whether `w` came with several rows a class, be it one."""
        return len(self.shape) == 3

    def nearest(self, x: Array, y: Array, comm: Communicator) -> Any:
        """The row (N,) of each label `y`: of its class's the nearest to `x` (N, D)."""
        xp, k = self.xp, self.k
        own = y - self.start // k
        here, place = (own >= 0) & (own < self.shape[0]), xp.zeros_like(y)
        if self.shape[0] > 0:
            of_own = nearest(x, self.w, xp.where(here, own, place), k)
            place = xp.where(here, of_own, place)
        return y * k + comm.sum(place)

    def find(self, y: Array) -> None:
        """Sort the samples by their own class: labels `y` (N,) among all classes.

        Sets `own`, the rows of `w` (N,) where the samples have their own class, and
        `here` (N,), whether it is one of these classes; elsewhere the row is 0.
        """
        xp = self.xp
        row = y - self.start
        # An index below 0 would count from the end: ownership is said, not assumed.
        self.here = (row >= 0) & (row < self.w.shape[0])
        self.own = xp.where(self.here, row, xp.zeros_like(row))
        place = self.own
        if self.chosen is not None:
            place = xp.astype(xp.searchsorted(self.chosen, self.own), y.dtype)
        place = xp.where(self.here, place, xp.full_like(place, self.count))
        self._order = xp.argsort(place)
        self._place = xp.take(place, self._order)
        starts = [*range(0, self.count, self.block), self.count]
        starts = xp.asarray(starts, dtype=place.dtype, device=device(place))
        self._edges = to_numpy(xp.searchsorted(self._place, starts)).tolist()

    def __iter__(self) -> Iterator[Block]:
        for k, (first, last) in enumerate(pairwise(self._edges)):
            places = slice(k * self.block, min((k + 1) * self.block, self.count))
            samples = self._order[first:last]
            columns = self._place[first:last] - places.start
            yield Block(self._rows(places), places, samples, columns)

    def _rows(self, places):
        return places if self.chosen is None else self.chosen[places]

    def _slices(self):
        for start in range(0, self.count, self.block):
            yield slice(start, min(start + self.block, self.count))

    def part(self, a: Array, places: slice) -> Any:
        """The rows of `a` (C, ...) that belong to `places`, in the dtype to compute."""
        if self.chosen is None:
            return cast(a[places, ...], self.dtype)
        return cast(self.xp.take(a, self.chosen[places], axis=0), self.dtype)

    def measure(self) -> bool:
        """Measure the rows; return whether all are ordinary.

        Raises
        ------
        FloatingPointError
            If one holds NaN or infinity; the message names it by its number among all
            classes.
        """
        lengths = []
        for places in self._slices():
            first = self.start + places.start
            if self.chosen is not None:
                first = self.start + self.chosen[places]
            elif self.several:
                first = first + self.xp.arange(places.stop - places.start)
            first = first // self.k
            _, some, scale = measured(self.part(self.w, places), "w", first)
            if scale is not None:
                return False
            lengths.append(some)
        if lengths:
            self.lengths = self.xp.concat(lengths)
        return True

    def measure_scaled(self) -> None:
        """Measure the rows, each divided by its largest entry."""
        parts = [scaled(self.part(self.w, places)) for places in self._slices()]
        if parts:
            self.lengths = self.xp.concat([lengths for _, lengths, _ in parts])
            self.scale = self.xp.concat([scale for _, _, scale in parts])

    def normalise(self, normalised: bool) -> None:
        """Let the rows count by their directions alone, or as they are."""
        if self.lengths is None:
            return
        if normalised:
            self.factor = inverse(self.lengths)
        else:
            self.lengths = true_lengths(self.lengths, self.scale)
            self.scale = None

    def weights(self, block: Block) -> Any:
        """The rows (B, D) of a block as they count."""
        v = self.part(self.w, block.places)
        if self.scale is not None:
            v = v / self.scale[block.places, :]
        return v if self.factor is None else v * self.factor[block.places, None]

    def as_given(self, rows: Any, g: Array) -> tuple[Any, Array]:
        """Some rows of `w`, and their gradient (B, D), as the arguments count."""
        k = self.k
        if not self.several:
            return rows, g
        if isinstance(rows, slice):
            rows = slice(rows.start // k, rows.stop // k)
        else:
            rows = rows[::k] // k
        return rows, self.xp.reshape(g, (-1, *self.shape[1:]))

    def own_weights(self) -> Array:
        """The weights (N, D) of each sample's own class; 0 where it is not here."""
        xp, n = self.xp, self.own.shape[0]
        if self.w.shape[0] == 0:
            shape = n, self.w.shape[1]
            return xp.zeros(shape, dtype=self.dtype, device=device(self.w))
        rows = cast(xp.take(self.w, self.own, axis=0), self.dtype)
        return xp.where(self.here[:, None], rows, xp.zeros_like(rows))

    def own_bias(self) -> Array:
        """The bias (N,) of each sample's own class; 0 where it is not here."""
        xp, n = self.xp, self.own.shape[0]
        if self.w.shape[0] == 0:
            return xp.zeros((n,), dtype=self.dtype, device=device(self.w))
        values = cast(xp.take(self.b, self.own), self.dtype)
        return xp.where(self.here, values, xp.zeros_like(values))
