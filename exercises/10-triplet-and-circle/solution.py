"""Exercises of chapter 10, triplet and circle.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/10-triplet-and-circle

N samples or triplets, D features, C classes; P positives and Q negatives of one anchor,
with the cosines s_p and s_n. Every task may use the functions of the tasks before it.
Inputs are as they were when you return. Up to 12 digits of a float64 result are
compared, and 5 of a float32 one.
"""

import numpy as np


def triplet_gradients(a, p, n, m):
    """Task 10.1 (8 points): the gradients of Σ [|a - p| - |a - n| + m]_+ over triplets.

    The Euclidean distance |a - b| has at a the gradient (a - b) / |a - b|, and by our
    choice 0 where the two points are the same. A triplet whose bracket is 0 or below
    has the gradients 0.

    a, p, n : arrays (N, D), float64 or float32, an anchor, a positive and a negative in
        each row
    m : float, the margin

    Returns the tuple (da, dp, dn), arrays (N, D) of the dtype of a. About 8 lines; runs
    in microseconds.
    """
    # BEGIN SOLUTION
    to_p, to_n = a - p, a - n
    d_p = np.linalg.norm(to_p, axis=1, keepdims=True)
    d_n = np.linalg.norm(to_n, axis=1, keepdims=True)
    on = d_p - d_n + m > 0
    u_p = np.where(on, to_p / np.where(d_p == 0, 1, d_p), 0)
    u_n = np.where(on, to_n / np.where(d_n == 0, 1, d_n), 0)
    return u_p - u_n, -u_p, u_n
    # END SOLUTION


def semi_hard(d, y):
    """Task 10.2 (7 points): the negatives that semi-hard mining chooses.

    For the anchor i and its positive j (j ≠ i, of the same label), the chosen negative
    is the nearest to i among the samples of other labels that are farther from i than j
    is. If no negative is farther, it is the farthest negative of i.

    d : array (N, N), float64, d[i, j] is the distance of i and j; no two of them are
        equal, but that d[i, j] = d[j, i] and d[i, i] = 0
    y : array (N,) of integers, the labels, at least two different ones

    Returns an array (N, N) of integers in any dtype: at [i, j] the number of the
    negative in the batch, and -1 where j is not a positive of i. About 10 lines, loops
    are fine; runs in microseconds.
    """
    # BEGIN SOLUTION
    chosen = np.full(d.shape, -1)
    for i in range(len(y)):
        negatives = np.flatnonzero(y != y[i])
        for j in np.flatnonzero(y == y[i]):
            if j == i:
                continue
            farther = negatives[d[i, negatives] > d[i, j]]
            if len(farther):
                chosen[i, j] = farther[np.argmin(d[i, farther])]
            else:
                chosen[i, j] = negatives[np.argmax(d[i, negatives])]
    return chosen
    # END SOLUTION


def circle_slopes(s_p, s_n, m, gamma):
    """Task 10.3 (10 points, demanding): the circle loss of one anchor, and its slopes.

        a_p = [1 + m - s_p]_+         a_n = [s_n + m]_+
        L = log(1 + Σ exp(gamma a_n (s_n - m)) · Σ exp(-gamma a_p (s_p - 1 + m)))

    The slopes are the paper's, with the weights a_p and a_n, the chapter's α_p and α_n,
    held still. gamma is 256 in the paper, so neither the exponentials nor their product
    may overflow.

    s_p : array (P,), float64, the cosines with the positives
    s_n : array (Q,), float64, the cosines with the negatives
    m, gamma : floats

    Returns the tuple (loss, by_p, by_n): a number and two arrays (P,) and (Q,),
    float64, the slopes of L by s_p and by s_n. About 10 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    a_p, a_n = np.maximum(1 + m - s_p, 0), np.maximum(s_n + m, 0)
    z_p, z_n = -gamma * a_p * (s_p - 1 + m), gamma * a_n * (s_n - m)
    lse_p, lse_n = np.logaddexp.reduce(z_p), np.logaddexp.reduce(z_n)
    loss = np.logaddexp(0, lse_p + lse_n)
    z = np.exp(lse_p + lse_n - loss)  # the logistic function of lse_p + lse_n
    by_p = -z * gamma * a_p * np.exp(z_p - lse_p)
    by_n = z * gamma * a_n * np.exp(z_n - lse_n)
    return loss, by_p, by_n
    # END SOLUTION


def unified_loss(s_p, s_n, m, gamma):
    """Task 10.4 (7 points): the unified loss of one anchor, over all pairs.

        L = log(1 + Σ_jk exp(gamma (s_n[k] - s_p[j] + m)))

    It must hold at gamma = 1000, and where all exponents are so far below 0 that 1 + Σ
    is rounded to 1: there L is Σ itself, and not 0.

    s_p : array (P,), float64, the cosines with the positives
    s_n : array (Q,), float64, the cosines with the negatives
    m, gamma : floats

    Returns one number. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    exponents = gamma * (s_n[:, None] - s_p + m)
    log_sum = np.logaddexp.reduce(exponents.ravel())
    return np.logaddexp(0, log_sum)
    # END SOLUTION


def am_softmax_by_pairs(c, y, m, s):
    """Task 10.5 (6 points): the AM-Softmax losses of N samples, by your `unified_loss`.

    A sample and the weights of its own class are one positive pair, a sample and the
    weights of every other class a negative one. Choose gamma so that what comes out is
    the cross-entropy of the logits s (c_ij - m [j = y_i]).

    c : array (N, C), float64, the cosines of samples and class weights
    y : array (N,) of integers, the labels
    m, s : floats, margin and scale of AM-Softmax

    Returns an array (N,), float64, one loss a sample. About 4 lines; runs in
    microseconds.
    """
    # BEGIN SOLUTION
    losses = np.empty(len(y))
    for i, label in enumerate(y):
        losses[i] = unified_loss(c[i, [label]], np.delete(c[i], label), m, s)
    return losses
    # END SOLUTION


def sharp_gamma(positives, negatives, error):
    """Task 10.6 (5 points): from which gamma L / gamma is the hardest triplet.

    With h = max s_n - min s_p + m, the bracket of the hardest triplet, L / gamma of
    task 10.4 is never below [h]_+, and exceeds it most where all brackets are 0. Which
    is the smallest gamma for which it exceeds [h]_+ by no more than `error`, whatever
    the cosines and the margin are?

    positives, negatives : ints, at least 1, how many of each there are
    error : float or array of any shape, float64, above 0

    Returns gamma, a float or an array of the shape of error, float64. About 1 line;
    runs in microseconds.
    """
    # BEGIN SOLUTION
    return np.log(positives * negatives + 1) / error
    # END SOLUTION
