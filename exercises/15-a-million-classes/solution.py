"""Exercises of chapter 15, a million classes.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/15-a-million-classes

N samples, D features, C classes, B of them in a block or on a rank, which is one of P
processes. Of a sample, t is the target logit, with its margin; M is the top, the
largest of t and all other logits; and O is the sum of e^(z_j - M) over the other
classes j. Every task may use the functions of the tasks before it. Inputs are as they
were when you return. Up to 12 digits of a float64 result are compared, and 5 of a
float32 one.
"""

import numpy as np


def fold_block(top, others, z):
    """Task 15.1 (8 points): one more block of logits in the running top and sum.

    Of the classes seen so far, others[i] is the sum of e^(z_ij - top[i]), and no logit
    of them is above top[i]. The new top is the larger of the old one and the block's
    largest logit; the new sum is over the old classes and the block's, relative to the
    new top. A block may be empty, B = 0. A logit may be -inf, which adds nothing: it
    marks the place of the sample's own class. Where nothing else was seen yet, top is
    -inf and others 0, and may remain so.

    top, others : arrays (N,), float64 or float32
    z : array (N, B), the logits of the block, in the dtype of top

    Returns the tuple (top, others), new arrays (N,) of the dtype of top. About 3 lines;
    runs in microseconds.
    """
    # BEGIN SOLUTION
    new = np.maximum(top, np.max(z, axis=1, initial=-np.inf))
    shift = np.where(np.isneginf(new), 0, new)
    return new, others * np.exp(top - shift) + np.exp(z - shift[:, None]).sum(axis=1)
    # END SOLUTION


def merged(targets, tops, others):
    """Task 15.2 (7 points): two blocks, or the parts of P ranks, made one.

    Row p is what part p knows of the N samples: the target logit where it has the
    sample's own class and 0 elsewhere; the largest logit of its other classes; and the
    sum of their e^z relative to that. A part without another class has -inf and 0.
    Every sample's own class is in one of the parts.

    targets, tops, others : arrays (P, N), float64

    Returns the tuple (target, top, others), arrays (N,) of float64: t, M and O over all
    parts. M is the largest of t and all tops. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    target = np.sum(targets, axis=0)
    top = np.maximum(target, np.max(tops, axis=0))
    return target, top, np.sum(others * np.exp(tops - top), axis=0)
    # END SOLUTION


def loss_of_sums(target, top, others):
    """Task 15.3 (8 points): the losses, right to the last digits.

    The loss is -log(e^t / (e^t + sum of e^z_j over the others)). Where t is the top it
    is nearly O if O is tiny, such as 1e-30, and not 0; where t is far below, it is a
    number like 5000, and not infinite. Either t = M, or O is at least 1.

    target, top, others : arrays (N,), float64 or float32: t, M and O

    Returns an array (N,) of the dtype of target. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    t = target - top
    return np.log1p(others + np.expm1(t)) - t
    # END SOLUTION


def rank_sums(z, y, start):
    """Task 15.4 (7 points): what one rank knows of its own classes.

    The rank has the classes from `start` to start + B - 1, perhaps none, B = 0. A label
    counts from the first class of all ranks, so that the own class of a sample may be
    on another rank, before or after this one.

    z : array (N, B), the logits of this rank's classes, float64
    y : array (N,) of integers, the labels among the classes of all ranks
    start : int, the number of the rank's first class

    Returns the tuple (target, top, others), arrays (N,) of float64, a row each of what
    `merged` takes: the target logit, 0 where the own class is elsewhere; the largest
    logit of this rank's *other* classes, and the sum of their e^z relative to it, -inf
    and 0 where there are none. About 8 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    own = (y >= start) & (y < start + z.shape[1])
    rows = np.flatnonzero(own)
    columns = y[rows] - start
    target, rest = np.zeros(len(y)), z.copy()
    target[rows] = z[rows, columns]
    rest[rows, columns] = -np.inf
    top, others = fold_block(np.full(len(y), -np.inf), np.zeros(len(y)), rest)
    return target, top, others
    # END SOLUTION


def gradients_by_rank(u, w, counts, y, target, top, others):
    """Task 15.5 (11 points, demanding): the backward pass, rank after rank.

    The loss is the mean over all N samples. The logits are u wᵀ, but that t is less by
    a margin, a constant, so that its derivative by u·w_y is 1. Rank 0 has the first
    counts[0] rows of w, rank 1 the next counts[1], and so on; a count may be 0. Every
    rank knows u, y, and the t, M and O over all classes, and computes the gradient of
    its rows, and a part of that by u; the parts are summed over the ranks. Where O is
    tiny the gradients are, too, and are not 0.

    u : array (N, D), float64 or float32
    w : array (C, D), the rows of all ranks, in the dtype of u
    counts : array (P,) of integers, how many rows each rank has
    y : array (N,) of integers, the labels
    target, top, others : arrays (N,), in the dtype of u: t, M and O

    Returns the tuple (du, dw), the gradients by u and by w: arrays (N, D) and (C, D) of
    the dtype of u. About 12 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    row = 1 / (len(u) * (others + np.exp(target - top)))
    du, dw, start = np.zeros_like(u), np.zeros_like(w), 0
    for count in counts:
        v = w[start : start + count]
        q = np.exp(u @ v.T - top[:, None])
        own = np.flatnonzero((y >= start) & (y < start + count))
        q[own, y[own] - start] = -others[own]
        q *= row[:, None]
        du += q @ v
        dw[start : start + count] = q.T @ u
        start += count
    return du, dw
    # END SOLUTION


def sampled_rows(numbers, y, start, rate):
    """Task 15.6 (6 points): which of a rank's rows take part in a step of Partial FC.

    The classes of the batch take part, and every other class whose number is below the
    rate. The numbers come from a generator that counts with the classes, so that a
    class has the same number whatever rank it is on: however many ranks there are, the
    sample must be the same.

    numbers : array (B,), float64, from 0 to 1, of the classes from `start` on
    y : array (N,) of integers, the labels among the classes of all ranks
    start : int, the number of the rank's first class
    rate : float, from 0 to 1

    Returns an array (S,) of integers in any dtype: the rows of this rank that take
    part, counted from its first, each once, in rising order. About 4 lines; runs in
    microseconds.
    """
    # BEGIN SOLUTION
    chosen = numbers < rate
    own = y[(y >= start) & (y < start + len(numbers))]
    chosen[own - start] = True
    return np.flatnonzero(chosen)
    # END SOLUTION


def corrections(always, m, s, rate):
    """Task 15.7 (6 points): two ways to make up for the classes left out.

    The loss is the cross-entropy of the logits s (cos θ - m) of the own class and
    s cos θ of the others. Of these, some always take part, and each of the rest with
    the probability `rate`. The first way adds something to the logit of each sampled
    class, such that the sum of the exponentials is right in the mean. The second
    leaves the logits alone and gives the loss another margin, such that a sample of
    rate r has in the mean the sum that all classes have with the margin m, relative to
    the own class. For this, take it that no class always takes part.

    always : array (S,) of bools, which of the sampled classes always take part
    m, s : floats, margin and scale
    rate : float, above 0, at most 1

    Returns the tuple (added, margin): an array (S,) of float64, what is added to the
    logits, and a number, the margin to give. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    added = np.where(always, 0.0, np.log(1 / rate))
    return added, m + np.log(1 / rate) / s
    # END SOLUTION
