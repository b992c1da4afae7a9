"""Exercises of chapter 21, pairs and views.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/21-pairs-and-views

M views of a batch, D features; c are cosines, of rows with columns, and need not be
symmetric; tau is the temperature. Logarithms are natural ones. Every task may use the
functions of the tasks before it. Inputs are as they were when you return. Up to 12
digits of a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def row_shares(c, tau):
    """Task 21.1 (7 points): the softmax of each row of c / tau, without its diagonal.

        P[i, k] = exp(c[i, k] / tau) / Σ_(l ≠ i) exp(c[i, l] / tau)     P[i, i] = 0

    It must hold for tau = 0.005 in float32, where the entries beside the diagonal are
    so far below it that their exponentials, seen from there, are all 0.

    c : array (M, M), float64 or float32, cosines; 1 on the diagonal
    tau : float, above 0

    Returns an array (M, M) of the dtype of c. About 5 lines; runs in microseconds.
    """
    raise NotImplementedError


def ntxent(x, tau):
    """Task 21.2 (11 points, demanding): the NT-Xent loss of a batch, and its gradient.

    The rows i and i + N of x are the two views of picture i. With the cosines c of all
    2N views and P of task 21.1, the loss is the mean over all rows of -log P[i, i'],
    where i' is the other view. Each row is an anchor, and a candidate of all others.

    x : array (M, D), float64, the features of M = 2N views; no row is 0
    tau : float, above 0

    Returns the tuple (loss, dx): a number, and an array (M, D), float64. About 10
    lines; runs in microseconds.
    """
    raise NotImplementedError


def temperature_slopes(c, other, tau):
    """Task 21.3 (6 points): how the NT-Xent loss moves with its temperature.

    The loss is the mean over the rows of -log P[i, other[i]]. A program that learns
    tau learns its logarithm, or the logarithm t = -log(tau) of the scale.

    c : array (M, M), float64, cosines; 1 on the diagonal
    other : array (M,) of integers, the right answer of each row, never the row itself
    tau : float, above 0

    Returns the tuple (by_tau, by_t): two numbers, ∂L/∂tau and ∂L/∂t. About 5 lines;
    runs in microseconds.
    """
    raise NotImplementedError


def supcon(c, y, tau, form):
    """Task 21.4 (10 points, demanding): the supervised contrastive loss, both ways.

    The positives of row i are all other rows with its label. With P of task 21.1,

        "out": L_i = -(1 / |positives|) Σ log P[i, p]
        "in":  L_i = -log((1 / |positives|) Σ P[i, p])

    both sums over the positives p. The loss is the mean of L_i over the rows that have
    a positive; a row that has none takes no part, and its row of g is 0.

    c : array (M, M), float64, cosines; 1 on the diagonal
    y : array (M,) of integers, the labels; at least two are equal
    tau : float, above 0
    form : "out" or "in"

    Returns the tuple (loss, g): a number, and an array (M, M), float64, with the slopes
    of the loss by S[i, k] = c[i, k] / tau, where S[i, k] and S[k, i] are two things.
    About 16 lines; runs in microseconds.
    """
    raise NotImplementedError


def siglip(c, t, b):
    """Task 21.5 (9 points): the SigLIP loss of N pictures and N texts, and its slopes.

        u = exp(t) c + b        L = (1 / N) Σ_ij log(1 + exp(-y[i, j] u[i, j]))

    with y = 1 on the diagonal and -1 off it. It must hold where u is 1000 or -1000.

    c : array (N, N), float64, cosine of each picture (row) with each text (column)
    t, b : floats, the logarithm of the scale, and the bias

    Returns the tuple (loss, by_c, by_t, by_b): a number, an array (N, N), float64, and
    two numbers. About 7 lines; runs in microseconds.
    """
    raise NotImplementedError


def starting_bias(n):
    """Task 21.6 (5 points): where SigLIP's bias should start, and the first loss there.

    Before training all N · N cosines are about 0; take them as 0. Which b makes the
    loss of task 21.5 smallest, and what is that loss?

    n : int, at least 2, the number of pictures in a batch

    Returns the tuple (b, loss), two numbers. About 3 lines; runs in microseconds.
    """
    raise NotImplementedError
