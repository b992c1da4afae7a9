"""Exercises of chapter 20, long tails.

Write your answers in place of `raise NotImplementedError`, then run

    pytest exercises/20-long-tails

N samples, C classes. n_j, `counts`, is how many training samples class j has, and
π_j = n_j / Σ_k n_k the share of it, the prior. Every task may use the functions of the
tasks before it. Arrays of logits and cosines are float64 or float32, and a result has
their dtype, except where the task says another; inputs are as they were when you
return. Up to 12 digits of a float64 result are compared, and 5 of a float32 one.
"""

import numpy as np


def effective_weights(counts, rest):
    """Task 20.1 (6 points): class weights by the effective number.

    The effective number of n samples is E_n = (1 - β^n)/(1 - β), and a class weighs
    1/E_n. The weights are scaled to the sum C. What is given is `rest`, 1 - β: it may
    be so small that 1 minus it is 1 in floating point. β^n is e to the power n log β,
    and np.log1p(v) is log(1 + v), np.expm1(v) is e^v - 1, both with all their digits.

    counts : array (C,) of integers (int64 or uint8), each at least 1
    rest : float, 1 - β, above 0 and below 1

    Returns an array (C,), float64. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    effective = -np.expm1(counts * np.log1p(-rest))
    return len(counts) / effective / np.sum(1 / effective)
    # END SOLUTION


def balanced_logits(z, counts, trained):
    """Task 20.2 (7 points): the logits to answer with where all classes count alike.

    The network was trained by the cross-entropy of z_j + τ log π_j, with the τ that is
    given as `trained`: 0 is plain training, 1 the logit-adjusted loss. In a balanced
    test all of log π_j has to be out of the logits. What training has taken out is out.

    z : array (N, C), the logits of the network, float64 or float32
    counts : array (C,) of integers (int64 or uint8), each at least 1
    trained : float, at least 0

    Returns an array (N, C) of the dtype of z. About 2 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    log_prior = np.log(counts / np.sum(counts)).astype(z.dtype)
    return z - (1 - trained) * log_prior
    # END SOLUTION


def balanced_accuracy(z, y):
    """Task 20.3 (5 points): the accuracy in which every class counts alike.

    The images at hand are as unbalanced as those of the training. The balanced accuracy
    is the mean, over the classes that occur in y, of the share of its images that are
    answered rightly; an answer is the class of the largest logit. (No two logits of a
    row are equal.)

    z : array (N, C), the logits, float64 or float32
    y : array (N,) of integers (int64, int32 or uint8), the labels; a class may be
        missing

    Returns a float, from 0 to 1. About 3 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    right = np.argmax(z, axis=1) == y
    return np.mean([np.mean(right[y == j]) for j in np.unique(y)])
    # END SOLUTION


def vector_scaling(z, y, counts, tau, gamma, omega):
    """Task 20.4 (7 points): the vector-scaling loss of a batch.

    With Δ_j = (n_j / n_max)^γ and z'_j = Δ_j z_j + τ log π_j, a sample has the
    cross-entropy of softmax(z') with its label y. The loss of the batch is the weighted
    mean, Σ_i ω_{y_i} L_i / Σ_i ω_{y_i}. Form the softmax without overflow.

    z : array (N, C), the logits, float64 or float32
    y : array (N,) of integers (int64, int32 or uint8), the labels
    counts : array (C,) of integers (int64 or uint8), each at least 1
    tau, gamma : floats, at least 0
    omega : array (C,) of the dtype of z, the class weights, above 0

    Returns one number. About 5 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    delta = (counts / np.max(counts)) ** gamma
    moved = delta * z + tau * np.log(counts / np.sum(counts))
    moved -= np.max(moved, axis=1, keepdims=True)
    each = np.log(np.sum(np.exp(moved), axis=1)) - moved[np.arange(len(y)), y]
    return np.sum(omega[y] * each) / np.sum(omega[y])
    # END SOLUTION


def vector_scaling_gradient(z, y, counts, tau, gamma, omega):
    """Task 20.5 (9 points, demanding): the gradient of task 20.4 by the logits.

    With p the softmax of z', not of z, the loss of one sample alone has

        ∂L/∂z_j = ω_y Δ_j (p_j - [j = y]),

    and what divides the batch's loss divides its gradient.

    z, y, counts, tau, gamma, omega : as in `vector_scaling`

    Returns an array (N, C) of the dtype of z. About 7 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    delta = ((counts / np.max(counts)) ** gamma).astype(z.dtype)
    moved = delta * z + tau * np.log(counts / np.sum(counts))
    p = np.exp(moved - np.max(moved, axis=1, keepdims=True)).astype(z.dtype)
    p /= np.sum(p, axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    share = omega[y] / np.sum(omega[y])
    return share[:, None] * delta * p
    # END SOLUTION


def ldam_logits(c, y, counts, largest, s):
    """Task 20.6 (7 points): the logits of LDAM, s (cos θ_ij - Δ_j [j = y_i]).

    The margin Δ_j of a class is in proportion to n_j^(-1/4), and that of the rarest
    class is `largest`.

    c : array (N, C), the cosines, float64 or float32
    y : array (N,) of integers (int64, int32 or uint8), the labels
    counts : array (C,) of integers (int64 or uint8), each at least 1
    largest : float, the margin of the rarest class
    s : float, the scale, above 0

    Returns an array (N, C) of the dtype of c. About 4 lines; runs in microseconds.
    """
    # BEGIN SOLUTION
    margins = largest * (counts / np.min(counts)) ** -0.25
    z = c.copy()
    z[np.arange(len(y)), y] -= margins[y]
    return s * z
    # END SOLUTION
