"""Exercises of chapter 18, sub-centers.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/18-sub-centers

N samples, D features, C classes of K rows each; x̂ = x/|x| and ŵ = w/|w| have length 1.
w is an array (C, K, D). Every task may use the functions of the tasks before it. Arrays
are float64 or float32, and a result of floats has the dtype of x; inputs are as they
were when you return. Up to 9 digits of a float64 result are compared, and 5 of a
float32 one.
"""

import numpy as np


def class_cosines(x, w):
    """Task 18.1 (8 points): the cosine of each class, and the row that has it.

    The cosine of a sample and a class is the largest of x̂·ŵ over the K rows of the
    class, for every class. Where several rows have it, the first one counts. A row of
    zeros, of x or of w, stands at a right angle to everything: its cosine is 0.

    x : array (N, D), the features, of any lengths, float64 or float32
    w : array (C, K, D), of any lengths, of the dtype of x

    Returns the tuple (c, k): the cosines, an array (N, C) of the dtype of x, and the
    numbers of the rows, an array (N, C) of integers in any dtype. About 6 lines; runs
    in microseconds.
    """
    # BEGIN SOLUTION
    x_length = np.linalg.norm(x, axis=1, keepdims=True)
    w_length = np.linalg.norm(w, axis=2, keepdims=True)
    x_hat = x / np.where(x_length == 0, 1, x_length)
    w_hat = w / np.where(w_length == 0, 1, w_length)
    every = np.einsum("nd,ckd->nck", x_hat, w_hat)
    return np.max(every, axis=2), np.argmax(every, axis=2)
    # END SOLUTION


def sub_center_logits(x, w, y, m, s):
    """Task 18.2 (7 points): the logits of Sub-center ArcFace.

    The cosine of every class is that of task 18.1. Of the right class its angle is then
    made wider by m, as ArcFace does it: s cos(θ + m), also past θ + m = π, where it
    rises again. The other logits are s cos θ. No row is zero here, and no sample is
    nearer than 0.1 to θ = 0 or π of its class.

    x : array (N, D), the features, float64 or float32
    w : array (C, K, D), of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels
    m : float, the margin, from 0 up to, but not including, π
    s : float, the scale, above 0

    Returns an array (N, C) of the dtype of x. About 6 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    c, _ = class_cosines(x, w)
    rows = np.arange(len(y))
    own = c[rows, y]
    z = s * c
    z[rows, y] = s * (own * np.cos(m) - np.sqrt(1 - own**2) * np.sin(m))
    return z
    # END SOLUTION


def sub_center_backward(x, w, y, m, s, g):
    """Task 18.3 (13 points, demanding): from the logits' gradient to those of x and w.

    g is the gradient of a loss with respect to the logits of task 18.2. By the cosine c
    of its class a logit has the slope s, and that of the right class
    s (cos m + c sin m / sin θ). The cosine has the gradient (ŵ - c x̂)/|x| by x, and
    (x̂ - c ŵ)/|w| by the row w that has it; the other rows of the class have none.
    Where several rows have it, the first one gets all.

    x, w, y, m, s : as in `sub_center_logits`
    g : array (N, C), of the dtype of x

    Returns the tuple (dx, dw), arrays (N, D) and (C, K, D) of the dtype of x. About 16
    lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    c, k = class_cosines(x, w)
    rows = np.arange(len(y))
    own = c[rows, y]
    slope = s * g
    slope[rows, y] *= np.cos(m) + own / np.sqrt(1 - own**2) * np.sin(m)
    at_winner = slope[:, :, None] * (k[:, :, None] == np.arange(w.shape[1]))

    x_length = np.linalg.norm(x, axis=1, keepdims=True)
    w_length = np.linalg.norm(w, axis=2, keepdims=True)
    x_hat, w_hat = x / x_length, w / w_length
    dx = np.einsum("nck,ckd->nd", at_winner, w_hat)
    dw = np.einsum("nck,nd->ckd", at_winner, x_hat)
    dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat
    dw -= np.sum(dw * w_hat, axis=2, keepdims=True) * w_hat
    return dx / x_length, dw / w_length
    # END SOLUTION


def dominant_rows(x, w, y):
    """Task 18.4 (7 points): of each class, the row that most of its samples are near.

    Each sample is nearest to one row of the class of its label, that of task 18.1. The
    dominant row of a class is nearest to more of its samples than any other; the first
    one if several are nearest to as many. A class without samples has row 0.

    x : array (N, D), the features, float64 or float32
    w : array (C, K, D), of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels, some of them wrong

    Returns an array (C,) of integers of any dtype. About 4 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    _, k = class_cosines(x, w)
    wins = np.zeros(w.shape[:2])
    np.add.at(wins, (y, k[np.arange(len(y)), y]), 1)
    return np.argmax(wins, axis=1)
    # END SOLUTION


def far_away(x, w, y, degrees):
    """Task 18.5 (7 points): which samples are dropped, since their label may be wrong.

    A sample is dropped if its angle to the dominant row of the class of its label is
    more than `degrees`. No row is zero here, and no angle nearly `degrees`.

    x, w, y : as in `dominant_rows`
    degrees : float, above 0, below 180

    Returns an array (N,) of bools. About 4 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    row = w[y, dominant_rows(x, w, y)[y]]
    lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(row, axis=1)
    return np.sum(x * row, axis=1) < lengths * np.cos(np.radians(degrees))
    # END SOLUTION
