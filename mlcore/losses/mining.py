"""Which triplets of a batch count: the loss of one anchor, given all its distances.

Each function takes the distances `d` (N,), where the positives and the negatives are
(booleans (N,), at least one of each), and the margin. It returns the anchor's loss and
its derivative by each distance. The brackets d_p - d_n + margin of all pairs are never
written down: of sorted distances it is enough to know how many count.
"""

import math
from collections.abc import Callable
from typing import Literal

from mlcore.arrays import Array, array_namespace, cumulative_sum, device


# [mining]
def hardest(
    d: Array, positive: Array, negative: Array, margin: float
) -> tuple[Array, Array]:
    """The farthest positive against the nearest negative; of equal ones the first."""
    xp = array_namespace(d)
    p = xp.argmax(xp.where(positive, d, xp.full_like(d, -math.inf)))
    n = xp.argmin(xp.where(negative, d, xp.full_like(d, math.inf)))
    bracket = d[p] - d[n] + margin
    on = xp.astype(bracket > 0, d.dtype)
    index = xp.arange(d.shape[0], device=device(d))
    pull = xp.astype(index == p, d.dtype) - xp.astype(index == n, d.dtype)
    return on * bracket, on * pull


def all_pairs(
    d: Array, positive: Array, negative: Array, margin: float
) -> tuple[Array, Array]:
    """The mean over all pairs of a positive and a negative."""
    xp = array_namespace(d)
    to_positives, to_negatives = d[positive], xp.sort(d[negative])
    pairs = to_positives.shape[0] * to_negatives.shape[0]
    # Of each sample as a positive, how many negatives are within reach; as a negative,
    # for how many positives it is.
    reached = count_within_reach(to_negatives, d, margin)
    reaching = count_within_reach(xp.sort(-to_positives), -d, margin)
    zero = xp.zeros_like(reached)
    pull = xp.where(positive, reached, zero) - xp.where(negative, reaching, zero)

    # The sum of the brackets of a positive with the k nearest negatives, in float64 and
    # from the nearest distance on: sums of distances are large, and their differences
    # may be small.
    nearest = to_negatives[0]
    wide = xp.result_type(to_negatives.dtype, xp.float64)
    beyond = xp.astype(to_negatives - nearest, wide)
    sums = xp.concat([xp.zeros_like(beyond[:1]), cumulative_sum(beyond)])
    k = reached[positive]
    reach = xp.astype(to_positives - nearest + margin, wide)
    brackets = xp.astype(k, wide) * reach - xp.take(sums, k)
    # Not below 0, as no bracket that counts is.
    loss = xp.maximum(xp.sum(brackets), xp.zeros_like(sums[0])) / pairs
    return xp.astype(loss, d.dtype), xp.astype(pull, d.dtype) / pairs


def semi_hard(
    d: Array, positive: Array, negative: Array, margin: float
) -> tuple[Array, Array]:
    """The mean over the positives, each against the nearest negative farther than it.

    Against the farthest negative where none is farther; of equal negatives the first.
    """
    xp = array_namespace(d)
    order = xp.argsort(xp.where(negative, d, xp.full_like(d, math.inf)), stable=True)
    to_negatives = xp.take(d, order)[: d[negative].shape[0]]
    # The rank of the negative that each sample would choose as a positive.
    farther = xp.searchsorted(to_negatives, d, side="right")
    farthest = xp.searchsorted(to_negatives, to_negatives[-1:])
    rank = xp.where(farther < to_negatives.shape[0], farther, farthest)
    bracket = d - xp.take(to_negatives, rank) + margin
    on = positive & (bracket > 0)
    zero, positives = xp.zeros_like(d), d[positive].shape[0]

    # How often each negative was chosen: how often its own rank is among the sorted
    # choices.
    choices, own = xp.sort(rank[on]), xp.argsort(order)
    chosen = xp.searchsorted(choices, own, side="right") - xp.searchsorted(choices, own)
    pull = xp.astype(on, d.dtype) - xp.astype(chosen, d.dtype)
    return xp.sum(xp.where(on, bracket, zero)) / positives, pull / positives


# [/mining]

Mining = Literal["all", "hard", "semi-hard"]
MINING: dict[Mining, Callable[[Array, Array, Array, float], tuple[Array, Array]]] = {
    "all": all_pairs,
    "hard": hardest,
    "semi-hard": semi_hard,
}


def count_within_reach(values: Array, d: Array, margin: float) -> Array:
    """For each of `d`, how many v of the sorted `values` have d - v + margin > 0."""
    xp, last = array_namespace(d), values.shape[0] - 1
    k = xp.searchsorted(values, d + margin)
    # d + margin is rounded, d - v + margin otherwise: what lies next to the sum, above
    # or below, is judged by the bracket itself, so that a tie is a tie.
    above = xp.take(values, xp.minimum(k, xp.full_like(k, last)))
    past_above = xp.searchsorted(values, above, side="right")
    k = xp.where(d - above + margin > 0, past_above, k)
    below = xp.take(values, xp.maximum(k - 1, xp.zeros_like(k)))
    return xp.where(d - below + margin > 0, k, xp.searchsorted(values, below))
