"""Softmax cross-entropy with a margin, over blocks of classes.

One pair of functions for every head of this package. It never holds the logits (N, C):
a block of them is computed, goes into the sums over the classes, and is dropped, or
kept for backward as far as a budget of bytes allows.

With z the logits without the target's, t the target logit with its margin, and M the
largest of all, the loss of a sample is

    log(e^(t - M) + O) - (t - M),    O = sum over j != y of e^(z_j - M).

M and O are found block by block: where a block raises M, the sum so far is multiplied
by e^(old M - new M) (Milakov and Gimelshein 2018, arXiv 1805.02867, algorithm 3).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    add_rows,
    array_namespace,
    cast,
    demote,
    device,
    exp_in_place,
    overflow_to_infinity,
    set_entries,
)
from mlcore.linalg import unscaled
from mlcore.losses.base import reduce, upstream
from mlcore.losses.margin_head import MarginHead
from mlcore.many.classes import Block, Classes
from mlcore.many.communicators import Communicator, together
from mlcore.many.samples import Samples, measure, samples_of
from mlcore.many.shares import Shares, weigh
from mlcore.sums import channel_sums
from mlcore.validation import check_finite

#: What a sink is called with: rows of w, and the gradient of these rows.
Sink = Callable[[Any, Any], object]


class Saved(NamedTuple):
    """What backward needs: O(N D + N + C) numbers, and what was kept."""

    samples: Samples
    classes: Classes
    shares: Shares
    peak: Array  # (N,) M
    others: Array  # (N,) O
    total: Array  # (N,) O + e^(t - M)
    losses: Array  # (N,)
    kept: list  # of the first blocks: e^(z - m) (N, B), and their m (N,)
    dtypes: tuple  # of x and w as they came
    spent: list  # not empty after a backward whose sink may have changed w

    @property
    def seen(self) -> Any:
        """`Seen`, for the `update` of a loss with a state, which is a margin loss."""
        margin: Any = self.samples.margin
        return margin.seen


@overflow_to_infinity()
def forward(
    loss: Any,
    x: Array,
    y: Array,
    classes: Classes,
    comm: Communicator,
    keep: float,
    state: Any = None,
) -> tuple[Array, Saved]:
    """Loss of features `x` (N, D) and labels `y` (N,) among the `classes`.

    Arguments are checked, but for what their numbers are, and the `state`.

    Raises
    ------
    FloatingPointError
        As `measure` and `samples_of`.
    """
    dtypes = x.dtype, classes.w.dtype
    x = cast(x, classes.dtype)
    xp = array_namespace(x)
    ordinary = measure(loss, x, classes, comm)
    if classes.several:
        y, state = classes.nearest(x, y, comm), classes.k
    weights = weigh(loss, x, y, classes.total)
    classes.find(weights.label)
    if isinstance(loss, MarginHead):
        loss.check_classes(classes.total)
    samples = samples_of(loss, x, weights.label, classes, comm, state, ordinary)
    here = classes.here
    target = comm.sum(xp.where(here, samples.target, xp.zeros_like(samples.target)))
    kept: list[tuple[Array, Array]] = []
    n, room = x.shape[0], room_for(keep, classes, target)

    # [many-forward]
    def over_blocks():
        # From the target on: from -infinity, a block of targets only would be NaN.
        top, others = target, xp.zeros_like(target)
        for block in classes:
            z, slope = logits(loss, samples, classes, block, classes.weights(block))
            before, top = top, xp.maximum(top, xp.max(z, axis=1))
            z -= top[:, None]
            e = exp_in_place(z)
            others = others * xp.exp(before - top) + e @ xp.ones_like(e[0, :])
            part = slice(block.places.start * n, block.places.stop * n)
            if part.stop <= room.shape[0]:
                e = e if slope is None else slope * e
                room[part] = xp.reshape(e, (-1,))
                kept.append((xp.reshape(room[part], (n, -1)), top))
        return top, others

    top, others = together(comm, over_blocks)
    peak = comm.max(top)
    others = comm.sum(others * xp.exp(top - peak))
    t = target - peak
    losses = xp.log1p(others + xp.expm1(t)) - t
    # [/many-forward]
    shares = Shares(loss, weights, samples.u, y, classes, comm)
    losses = shares.weighted(losses, target)
    by_length = None if samples.margin is None else samples.margin.by_length
    if by_length is not None:
        losses = losses + by_length.penalty
    total = others + xp.exp(t)
    saved = Saved(
        samples, classes, shares, peak, others, total, losses, kept, dtypes, []
    )
    return reduce(losses, loss.reduction, weights.divisor), saved


def room_for(keep: float, classes: Classes, target: Array) -> Array:
    """Room of `keep` bytes at most, for the blocks that forward keeps.

    One array, in which each lies by itself: the memory of many small arrays comes page
    by page, and rows of a block that lie far apart are slow to multiply.
    """
    xp, n = array_namespace(target), target.shape[0]
    fit = keep / (n * xp.finfo(target.dtype).bits // 8)
    shape = (n * int(min(fit, classes.count)),)
    return xp.empty(shape, dtype=target.dtype, device=device(target))


def logits(
    loss: Any, samples: Samples, classes: Classes, block: Block, v: Array
) -> tuple[Any, Any]:
    """The logits (N, B) of a block with the weights `v`; -infinity at the targets.

    Those have a margin, and are added by themselves. Where the loss changes the others,
    the slope of that, and else None.

    Raises
    ------
    FloatingPointError
        If one is too large for the dtype; the message names the row.
    """
    z = samples.u @ v.T
    if classes.b is not None:
        z += classes.part(classes.b, block.places)
    if samples.doubtful:
        check_finite(samples.doubtful, z)
    slope, own = None, (block.samples, block.columns)
    if samples.margin is not None:
        z, slope = loss.negatives(z, own, samples.margin, samples.state)
    if classes.lift is not None:
        z += classes.lift[block.places]
    return set_entries(z, *own, -math.inf), slope


def backward(
    loss: Any, saved: Saved, dloss: Any, sink: Sink | None, comm: Communicator
) -> tuple[Any, ...]:
    """Gradients of the loss times `dloss`: dx, dw, and db where there is a bias.

    With a `sink`, it is called with the rows and the gradient of each block, once, and
    dw is None.

    Raises
    ------
    RuntimeError
        If a backward before this had a sink, which may have changed w.
    ValueError, TypeError
        For another `dloss` than the reduction takes.
    """
    samples, classes, shares = saved.samples, saved.classes, saved.shares
    xp, u = array_namespace(samples.u), samples.u

    by_length = None if samples.margin is None else samples.margin.by_length

    def over_blocks():
        if saved.spent:
            raise RuntimeError(
                "backward gave dw to a sink before, which may have changed w: call"
                " forward again"
            )
        if sink is not None:
            if not callable(sink):
                raise TypeError(f"sink must be a function or None, got {sink!r}")
            saved.spent.append(True)
        each = upstream(dloss, saved.losses, loss.reduction, shares.divisor)
        row = (shares.mass_of(each) / saved.total)[:, None]
        at_target = shares.at_target(each)[:, None] - row * saved.others[:, None]
        target_dw, u_row = at_target * samples.target_dw, row * u
        dw = None
        if sink is None:  # every row is written, unless classes are chosen
            like = xp.empty_like if classes.chosen is None else xp.zeros_like
            dw = like(classes.w)
        db = None if classes.b is None else xp.zeros_like(classes.b)[:, None]
        # [many-backward]
        dx = xp.zeros_like(u)
        for k, block in enumerate(classes):
            v = classes.weights(block)
            if k < len(saved.kept):
                # Relative to the largest logit so far; the rest is a factor a sample.
                e, top = saved.kept[k]
                lift = xp.exp(top - saved.peak)[:, None]
                dx += lift * (e @ v)
                e_row, u_of_e = lift * row, lift * u_row
            else:
                z, slope = logits(loss, samples, classes, block, v)
                z -= saved.peak[:, None]
                e = exp_in_place(z)
                e = e if slope is None else slope * e
                dx += e @ v
                e_row, u_of_e = row, u_row
            g = shares.less(e.T @ u_of_e, block, each, u)
            if classes.factor is not None:
                g *= classes.factor[block.places, None]
            of_own = xp.take(target_dw, block.samples, axis=0)
            g = add_rows(g, block.columns, of_own)
            if classes.factor is not None:  # only the part across v remains
                g -= xp.vecdot(g, v)[:, None] * v
            if classes.scale is not None:
                g = unscaled(g, classes.scale[block.places, :])
            if db is not None:
                of_b = channel_sums(e_row * e)[:, None]
                of_own = xp.take(at_target, block.samples, axis=0)
                of_b = add_rows(of_b, block.columns, of_own)
                of_b = shares.less(of_b, block, each, xp.ones_like(row))
                db = written(db, block.rows, demote(of_b, db.dtype))
            g = demote(g, saved.dtypes[1])
            if sink is None:
                dw = written(dw, block.rows, g)
            else:
                sink(*classes.as_given(block.rows, g))
        dx = samples.u_slope * shares.less_mean(row * dx, each)
        own = xp.where(classes.here[:, None], at_target, xp.zeros_like(at_target))
        along = xp.zeros_like(dx[:, :1])
        if by_length is not None:
            along = own * by_length.logit_slope[:, None]
        return dx + own * samples.target_dx, dw, db, along

    dx, dw, db, along = together(comm, over_blocks)
    dx = comm.sum(dx)
    if samples.x_hat is not None:
        dx -= xp.vecdot(dx, samples.x_hat)[:, None] * samples.x_hat
    # [/many-backward]
    dx = unscaled(dx, samples.x_scale)
    if by_length is not None:  # along x: the projection would take it away
        each = upstream(dloss, saved.losses, loss.reduction, shares.divisor)
        push = comm.sum(along) + (each * by_length.penalty_slope)[:, None]
        dx += push * samples.x_hat
    dx = demote(dx, saved.dtypes[0])
    dw = dw if dw is None else xp.reshape(dw, classes.shape)
    return (dx, dw) if db is None else (dx, dw, db[:, 0])


def written(out: Any, rows: Any, g: Array) -> Any:
    """`out` (C, D), which is 0, with `g` in these rows. May write into `out`."""
    if not isinstance(rows, slice):
        return add_rows(out, rows, g)
    out[rows, :] = g
    return out
