"""Exercises of chapter 19, hard negatives.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/19-hard-negatives

N samples, D features, C classes; c are cosines, of samples (rows) with classes, and y
the labels. Every task may use the functions of the tasks before it. Inputs are as they
were when you return. Up to 12 digits of a float64 result are compared, and 5 of a
float32 one.
"""

import numpy as np


def hard_negatives(c, y, m):
    """Task 19.1 (7 points): which wrong classes are hard.

    The target logit of sample i, margin included, is T[i] = cos(theta + m), where theta
    is the angle of the sample and its own class; so it is past pi - m, too. A wrong
    class is hard if its cosine is above T[i]. Rounding may have left a cosine a little
    above 1 or below -1; take the angle as 0 or pi there.

    c : array (N, C), float64
    y : array (N,) of integers
    m : float, the margin, from 0 up to, but not including, pi

    Returns the tuple (target, hard): an array (N,), float64, and an array (N, C) of
    booleans. About 7 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    own = c[rows, y]
    sine = np.sqrt(np.maximum(1 - own * own, 0))
    target = own * np.cos(m) - sine * np.sin(m)
    hard = c > target[:, None]
    hard[rows, y] = False
    return target, hard
    # END SOLUTION


def reshaped(c, target, t, form):
    """Task 19.2 (9 points): what a wrong class counts as, and the slope of that.

    A wrong class that is not hard counts as its cosine. One that is, counts as

        "fixed"         c + t
        "adaptive"      (1 + t) c + t
        "curricular"    c (t + c)

    Hard is what is above the target logit, and not what is equal to it. There the value
    jumps, and the jump stays; the slope is the derivative by c to either side of it.

    c : array (N, K), float64 or float32, cosines with K wrong classes
    target : array (N,), of the dtype of c, the target logits of task 19.1
    t : float, at least 0
    form : "fixed", "adaptive" or "curricular"

    Returns the tuple (phi, slope), two arrays (N, K) of the dtype of c. About 8 lines;
    runs in microseconds.
    """
    # BEGIN SOLUTION
    hard = c > target[:, None]
    if form == "fixed":
        phi, slope = c + t, np.ones_like(c)
    elif form == "adaptive":
        phi, slope = (1 + t) * c + t, np.full_like(c, 1 + t)
    else:
        phi, slope = c * (t + c), t + 2 * c
    return np.where(hard, phi, c), np.where(hard, slope, 1.0)
    # END SOLUTION


def curriculum(c, y, m, weight):
    """Task 19.3 (8 points): the number that rises, over K batches of a training.

    CurricularFace's t is 0 before the first batch. Each batch enters it with `weight`,
    before t is used for this batch; what enters is the mean cosine of the samples and
    their own classes.

    Of each batch, count also the hard wrong classes that have become harder: those that
    now count for more than their cosine.

    c : array (K, N, C), float64, of each batch the cosines
    y : array (K, N) of integers
    m : float, the margin, as in task 19.1
    weight : float, between 0 and 1

    Returns the tuple (t, harder): an array (K,), float64, with the t that each batch
    used, and an array (K,) of integers. About 10 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(y.shape[1])
    t, used, harder = 0.0, [], []
    for k in range(len(c)):
        own = c[k, rows, y[k]]
        t = (1 - weight) * t + weight * np.mean(own)
        target, hard = hard_negatives(c[k], y[k], m)
        phi, _ = reshaped(c[k], target, t, "curricular")
        used.append(t)
        harder.append(np.sum(hard & (phi > c[k])))
    return np.array(used), np.array(harder)
    # END SOLUTION


def curricularface(x, w, y, t, m, s, weight):
    """Task 19.4 (14 points, demanding): CurricularFace, forward and backward.

    Lengths are divided out of x and w. The batch enters t first, as in task 19.3; t and
    which classes are hard are constants of the gradient. The logits are s times the
    target logit of task 19.1 for the own class, and s times the phi of task 19.2 for
    the others; the loss is the mean cross-entropy. It must hold for s = 1000.

    x : array (N, D), float64; no row is 0, or along or against its own class
    w : array (C, D), float64; no row is 0
    y : array (N,) of integers
    t : float, before this batch
    m : float, the margin, as in task 19.1
    s : float, the scale, above 0
    weight : float, from 0 to 1, of the batch in t

    Returns the tuple (loss, dx, dw): a number, and arrays (N, D) and (C, D), float64.
    About 20 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    x_length = np.linalg.norm(x, axis=1, keepdims=True)
    w_length = np.linalg.norm(w, axis=1, keepdims=True)
    x_hat, w_hat = x / x_length, w / w_length
    c = x_hat @ w_hat.T
    own = c[rows, y]
    t = (1 - weight) * t + weight * np.mean(own)

    target, _ = hard_negatives(c, y, m)
    phi, slope = reshaped(c, target, t, "curricular")
    phi[rows, y] = target
    slope[rows, y] = np.cos(m) + own * np.sin(m) / np.sqrt(1 - own * own)

    log_p = s * phi
    log_p -= np.logaddexp.reduce(log_p, axis=1, keepdims=True)
    loss = -np.mean(log_p[rows, y])
    g = np.exp(log_p)
    g[rows, y] -= 1
    q = s * g * slope / len(y)

    dx = q @ w_hat
    dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat
    dw = q.T @ x_hat
    dw -= np.sum(dw * w_hat, axis=1, keepdims=True) * w_hat
    return loss, dx / x_length, dw / w_length
    # END SOLUTION
