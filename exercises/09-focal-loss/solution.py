"""Exercises of chapter 9, focal loss.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/09-focal-loss

A decision has a logit z and a target t, 1 or 0: where the chapter writes y = +1 and
y = -1. p_t is the probability that it gives to its target, 1/(1 + e^-z) for t = 1 and 1
minus that for t = 0. (The t of p_t and alpha_t is the paper's, and no number to
insert.) Every task may use the functions of the tasks before it. Arrays are float64 or
float32, and a result has the dtype of the logits; inputs are as they were when you
return. A loss that is one number may be a Python float. Up to 12 digits of a float64
result are compared, and 5 of a float32 one.
"""

import numpy as np


def log_probabilities(z, t):
    """Task 09.1 (6 points): log p_t and log(1 - p_t), right for every logit.

    With y = 1 for t = 1 and y = -1 for t = 0, they are -softplus(-yz) and
    -softplus(yz), where softplus(v) = log(1 + e^v). np.logaddexp(0, v) is softplus
    without overflow, and right to all its digits where it is tiny. p_t itself is 1 in
    floating point from z = 40 on.

    z : array of any shape, the logits, float64 or float32
    t : array of the shape of z, integers 0 and 1, the targets, of the dtype int64 or
        uint8 (which has no negative numbers: 2·t - 1 is 255 for t = 0, and so is -t for
        t = 1)

    Returns the tuple (log_p, log_not), two arrays of the shape and dtype of z. About 2
    lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    yz = np.where(t == 1, z, -z)
    return -np.logaddexp(0, -yz), -np.logaddexp(0, yz)
    # END SOLUTION


def focal(z, t, gamma, alpha):
    """Task 09.2 (7 points): the focal loss of each decision.

    It is -alpha_t (1 - p_t)^gamma log p_t, where alpha_t is alpha for t = 1 and
    1 - alpha for t = 0; with alpha None it is 1 for both.

    z, t : as in `log_probabilities`
    gamma : float, at least 0
    alpha : float from 0 to 1, or None

    Returns an array of the shape and dtype of z. About 5 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    log_p, log_not = log_probabilities(z, t)
    weight = np.exp(gamma * log_not)
    if alpha is not None:
        weight = weight * np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)
    return -weight * log_p
    # END SOLUTION


def focal_gradient(z, t, gamma, alpha):
    """Task 09.3 (11 points, demanding): the derivative of each focal loss.

    It is that of the losses of task 09.2, each by its logit. With y = 1 for t = 1 and
    y = -1 for t = 0 it is

        alpha_t · y · (1 - p_t)^gamma · (gamma p_t log p_t - (1 - p_t))

    which has no negative power, so that gamma below 1 is as good as any. An easy
    decision has a tiny derivative, and all its digits are asked: form each factor from
    the logarithms of task 09.1.

    z, t, gamma, alpha : as in `focal`

    Returns an array of the shape and dtype of z. About 6 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    log_p, log_not = log_probabilities(z, t)
    weight = np.where(t == 1, 1, -1).astype(z.dtype) * np.exp(gamma * log_not)
    if alpha is not None:
        weight = weight * np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)
    return weight * (gamma * np.exp(log_p) * log_p - np.exp(log_not))
    # END SOLUTION


def softmax_focal(z, y, gamma):
    """Task 09.4 (9 points, demanding): the focal loss of C classes and its gradient.

    p is the softmax of a row, and the loss is the mean over the samples of
    -(1 - p_y)^gamma log p_y: each sample has its own weight, the mean is taken after.
    The chapter's derivative of a sample's loss by the logit k is
    F(p_y) (p_k - [k = y]), with

        F(p) = (1 - p)^gamma (1 - gamma p log p / (1 - p)).

    It must be finite for logits of some hundreds and for gamma below 1, and F is 0/0
    where p_y rounds to 1. So multiply out. At the target, F(p_y) (p_y - 1) is

        A = (1 - p_y)^gamma (gamma p_y log p_y - (1 - p_y))

    as in task 09.3. Elsewhere, F(p_y) p_k is -A p_k / (1 - p_y), that is -A q_k, where
    q is the softmax over the other classes only. Let 1 - p_y be the sum of the others.

    z : array (N, C), the logits, C at least 2, float64 or float32
    y : array (N,) of integers (int64, int32 or uint8), the labels
    gamma : float, at least 0

    Returns the tuple (loss, dz): one number, and an array (N, C) of the dtype of z, the
    gradient of that number. About 12 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    rows = np.arange(len(y))
    others = z.copy()
    others[rows, y] = -np.inf
    log_others = np.logaddexp.reduce(others, axis=1)
    log_all = np.logaddexp(log_others, z[rows, y])
    log_p, log_not = z[rows, y] - log_all, log_others - log_all

    weight = np.exp(gamma * log_not)
    a = weight * (gamma * np.exp(log_p) * log_p - np.exp(log_not))
    dz = -a[:, None] * np.exp(others - log_others[:, None])
    dz[rows, y] = a
    return np.mean(-weight * log_p), dz / len(y)
    # END SOLUTION


def prior_bias(pi):
    """Task 09.5 (4 points): the bias that makes every first prediction equal to pi.

    RetinaNet starts with weights near 0 in its last layer, so that the logit of every
    location is its bias b, and b such that the probability 1/(1 + e^-b) is pi = 0.01,
    about as rare as objects are.

    pi : array of any shape, float64, above 0 and below 1

    Returns the biases b, an array of the shape of pi, float64. About 1 line; runs in
    microseconds.
    """
    # BEGIN SOLUTION
    return -np.log((1 - pi) / pi)
    # END SOLUTION
