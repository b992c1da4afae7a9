"""Exercises of chapter 5, center loss.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/05-center-loss

N samples, D features, C classes. Every task may use the functions of the tasks before
it. Arrays are float64 or float32, and a result has the dtype of its input; inputs are
as they were when you return. A loss that is one number may be a Python float. Up to 12
digits of a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def center_loss(x, centers, y, reduction):
    """Task 05.1 (6 points): half the squared distances of features to their centers.

    The loss of sample i is ½ |x_i - c_{y_i}|², where c_j is row j of `centers`. The
    paper adds up the samples of the batch, reduction "sum"; reduction "mean" divides
    that by N. Features may lie close together and far from 0, so take the difference
    first and the square after.

    x : array (N, D), the features, float64 or float32
    centers : array (C, D), of the dtype of x
    y : array (N,) of integers (int64, int32 or uint8), the labels, from 0 to C - 1
    reduction : "sum" or "mean"

    Returns one number. About 3 lines; runs in microseconds.
    """
    raise NotImplementedError


def center_gradient(x, centers, y, reduction):
    """Task 05.2 (7 points): the gradient of `center_loss` with respect to the features.

    x, centers, y, reduction : as in `center_loss`

    Returns an array (N, D) of the dtype of x. About 2 lines; runs in microseconds.
    """
    raise NotImplementedError


def update_centers(x, centers, y, alpha):
    """Task 05.3 (8 points): the paper's rule for the centers.

    With n_j the number of samples of class j in the batch,

        c_j - alpha · Σ_{i: y_i = j} (c_j - x_i) / (1 + n_j)

    A class without a sample stays where it is. Beware: `a[y] += b` adds only once where
    a label stands in y twice; `np.add.at(a, y, b)` adds every time.

    x : array (N, D), the features, float64 or float32
    centers : array (C, D), of the dtype of x
    y : array (N,) of integers, the labels
    alpha : float, from 0 to 1

    Returns the new centers, an array (C, D) of the dtype of `centers`; the old ones are
    as they were. About 4 lines; runs in microseconds.
    """
    raise NotImplementedError


def share_of_the_way(n, alpha):
    """Task 05.4 (4 points): how far one update takes a center to its samples' mean.

    With n samples of its class in the batch, of mean m_j, the rule of task 05.3 moves a
    center from c_j to c_j + s (m_j - c_j). Find s. It does not depend on the features
    at all.

    n : array of any shape of integers, at least 0
    alpha : float, from 0 to 1

    Returns the shares s, an array of the shape of n, float64; 0 where n is 0. About 1
    line; runs in microseconds.
    """
    raise NotImplementedError


def joint_step(inputs, v, w, centers, y, lam, alpha, rate):
    """Task 05.5 (11 points, demanding): one step of the paper's Algorithm 1.

    The network is one linear layer, with features x = inputs v', and the classifier
    another, with logits z = x w'. (v' is v transposed.) The loss is L = L_S + lam L_C,
    and here both are sums over the batch: L_S of the softmax cross-entropies and L_C
    the center loss. One step:

    1. forward: features, logits (they can be large: the softmax must not overflow), L;
    2. dx, the gradient of L with respect to x;
    3. the weights w move by -rate times the gradient of L;
    4. the centers move by the rule of task 05.3, which knows neither lam nor rate;
    5. the network v moves by -rate times the gradient of L, which follows from dx.

    All gradients are those at the weights and centers before the step.

    inputs : array (N, E), float64 or float32
    v : array (D, E), the network, of the dtype of inputs
    w : array (C, D), the classifier, of the dtype of inputs
    centers : array (C, D), of the dtype of inputs
    y : array (N,) of integers, the labels
    lam, alpha, rate : floats

    Returns the tuple (v, w, centers) after the step, of the shapes of the old ones and
    the dtype of inputs. About 9 lines; runs in microseconds.
    """
    raise NotImplementedError
