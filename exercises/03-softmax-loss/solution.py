"""Exercises of chapter 3, the softmax loss.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/03-softmax-loss

N samples, D features, C classes. Every task may use the functions of the tasks before
it. Arrays are float64 or float32, and a result has the dtype of its input; inputs are
as they were when you return. A loss that is one number may be a Python float. Up to 12
digits of a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def log_sum_exp(z):
    """Task 03.1 (5 points): log of the sum of exp(z_j) over each row.

    It must hold for rows of any size of number: exp(1000) is infinite, and the answer
    1000 + log C for a row of C thousands is not.

    z : array (N, C), float64 or float32

    Returns an array (N,) of the dtype of z. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    top = np.max(z, axis=1)
    return top + np.log(np.sum(np.exp(z - top[:, None]), axis=1))
    # END SOLUTION


def cross_entropy(z, y):
    """Task 03.2 (6 points): the softmax cross-entropy, averaged over the batch.

    The loss of sample i is log_sum_exp(z_i) - z_{i, y_i}; the answer is their mean.

    z : array (N, C), the logits, float64 or float32
    y : array (N,) of integers (int64, int32 or uint8), the labels, from 0 to C - 1

    Returns one number. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    target = z[np.arange(len(y)), y]
    return np.mean(log_sum_exp(z) - target)
    # END SOLUTION


def cross_entropy_backward(z, y):
    """Task 03.3 (7 points): the gradient of `cross_entropy` with respect to the logits.

    Entry (i, j) is (p_ij - [j = y_i]) / N, where p_i is the softmax of row i.

    z, y : as in `cross_entropy`

    Returns an array (N, C) of the dtype of z. About 4 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    p = np.exp(z - log_sum_exp(z)[:, None])
    p[np.arange(len(y)), y] -= 1
    return p / len(y)
    # END SOLUTION


def head_backward(x, w, b, y):
    """Task 03.4 (8 points): the gradients of a whole softmax head.

    The logits are z = x w' + b, with one row of w a class, and the loss is
    cross_entropy(z, y).

    x : array (N, D), the features, float64 or float32
    w : array (C, D), the weights, of the dtype of x
    b : array (C,), the biases, of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels

    Returns the tuple (dx, dw, db), of the shapes of x, w and b and the dtype of x.
    About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    g = cross_entropy_backward(x @ w.T + b, y)
    return g @ w, g.T @ x, g.sum(axis=0)
    # END SOLUTION


def boundary(w1, w2, b1, b2):
    """Task 03.5 (5 points): the decision boundary of two classes.

    The points where both logits are equal, w1·x + b1 = w2·x + b2, are a line in the
    plane (a hyperplane in D dimensions). Write it as n·x = d with a unit vector n, so
    that the first class wins where n·x > d. Then d is the distance of the line from the
    origin, with a sign.

    w1, w2 : arrays (D,), float64, not equal
    b1, b2 : floats

    Returns the tuple (n, d): an array (D,), float64, and a number. About 3 lines; runs
    in microseconds.
    """
    # BEGIN SOLUTION
    difference = w1 - w2
    length = np.linalg.norm(difference)
    return difference / length, (b2 - b1) / length
    # END SOLUTION


def exact_losses(z, y):
    """Task 03.6 (6 points, demanding): each sample's loss, right even where it is tiny.

    With the target logit 50 above the others the loss is about exp(-50) = 2e-22. But
    log_sum_exp(z) and the target logit are then the same float, and their difference
    is 0. Find a form that has nearly all its digits there, and still does not overflow
    when the target is 10,000 below.

    z : array (N, C), float64, C at least 2
    y : array (N,) of integers, the labels

    Returns an array (N,), float64, with a relative error below 1e-12 where the loss is
    above 1e-300. About 6 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    others = z - z[rows, y][:, None]  # how far each logit is above the target's
    others[rows, y] = -np.inf  # the target itself is the 1 of log(1 + ...)
    top = np.maximum(np.max(others, axis=1), 0)
    rest = np.sum(np.exp(others - top[:, None]), axis=1)
    return top + np.where(top > 0, np.log(np.exp(-top) + rest), np.log1p(rest))
    # END SOLUTION


def backward_from_above(x, w, b, y, reduction, dloss):
    """Task 03.7 (7 points): the gradients of a head whose loss is not the end.

    Something goes on computing with what the forward of the head returned, and ends in
    one number S. What comes from above is dloss, the gradient of S with respect to what
    the forward returned:

        "none": the forward returned the N losses, and dloss is an array (N,)
        "sum", "mean": it returned their sum or their mean, and dloss is a number

    Wanted are the gradients of S. If nothing goes on, S is the loss itself, and dloss
    is 1.

    x, w, b, y : as in `head_backward`
    reduction : "none", "sum" or "mean"
    dloss : array (N,) of the dtype of x for "none", and else a float

    Returns the tuple (dx, dw, db), of the shapes of x, w and b and the dtype of x.
    About 5 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    g = cross_entropy_backward(x @ w.T + b, y)  # of the mean
    if reduction != "mean":
        g = len(y) * g
    above = dloss[:, None] if reduction == "none" else dloss
    g = g * above
    return g @ w, g.T @ x, g.sum(axis=0)
    # END SOLUTION
