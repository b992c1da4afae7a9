"""Wrong answers of chapter 3, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _lse(z):
    top = np.max(z, axis=1)
    return top + np.log(np.sum(np.exp(z - top[:, None]), axis=1))


def _softmax(z):
    return np.exp(z - _lse(z)[:, None])


def _one_hot(z, y):
    hot = np.zeros_like(z)
    hot[np.arange(len(y)), y] = 1
    return hot


def _g(z, y):
    return (_softmax(z) - _one_hot(z, y)) / z.dtype.type(len(y))


# 03.1


def exp_without_shift(z):
    return np.log(np.sum(np.exp(z), axis=1))


def shift_not_added_back(z):
    return np.log(np.sum(np.exp(z - np.max(z, axis=1, keepdims=True)), axis=1))


def one_shift_for_the_batch(z):
    return np.max(z) + np.log(np.sum(np.exp(z - np.max(z)), axis=1))


def mean_for_maximum(z):
    mean = np.mean(z, axis=1)
    return mean + np.log(np.sum(np.exp(z - mean[:, None]), axis=1))


def sum_over_samples(z):
    return _lse(np.ascontiguousarray(z.T))


def mean_of_exp(z):
    return _lse(z) - np.log(z.dtype.type(z.shape[1]))


# 03.2


def sum_for_mean(z, y):
    return np.sum(_lse(z) - z[np.arange(len(y)), y])


def every_label_of_every_row(z, y):
    return np.mean(_lse(z)[:, None] - z[:, y])


def log_of_softmax(z, y):
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


def log_of_stable_softmax(z, y):
    p = np.exp(z - np.max(z, axis=1, keepdims=True))
    p = p / np.sum(p, axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y]))


def mean_over_classes_too(z, y):
    return np.mean(_lse(z) - z[np.arange(len(y)), y]) / z.dtype.type(z.shape[1])


def labels_from_one(z, y):
    return np.mean(_lse(z) - z[np.arange(len(y)), y.astype(np.int64) - 1])


def logits_of_the_flat_array(z, y):
    return np.mean(_lse(z) - np.take(z, y))


def whole_number_division(z, y):
    return np.sum(_lse(z) - z[np.arange(len(y)), y]) // len(y)


def epsilon_in_the_loss(z, y):
    return -np.mean(np.log(_softmax(z)[np.arange(len(y)), y] + z.dtype.type(1e-12)))


# 03.3


def forgotten_1_over_n(z, y):
    return _softmax(z) - _one_hot(z, y)


def forgotten_minus_one(z, y):
    return _softmax(z) / z.dtype.type(len(y))


def sign_turned(z, y):
    return -_g(z, y)


def minus_one_in_every_row(z, y):
    p = _softmax(z)
    p[:, y] -= 1
    return p / z.dtype.type(len(y))


def target_only(z, y):
    return _g(z, y) * _one_hot(z, y)


def softmax_without_shift(z, y):
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return (p - _one_hot(z, y)) / z.dtype.type(len(y))


def mean_over_all_entries(z, y):
    return _g(z, y) / z.dtype.type(z.shape[1])


def divided_by_the_classes(z, y):
    return (_softmax(z) - _one_hot(z, y)) / z.dtype.type(z.shape[1])


def softmax_over_the_batch(z, y):
    p = np.exp(z - np.max(z))
    return (p / np.sum(p) - _one_hot(z, y)) / z.dtype.type(len(y))


def sum_without_an_axis(z, y):
    p = np.exp(z - np.max(z, axis=1, keepdims=True))
    return (p / np.sum(p) - _one_hot(z, y)) / z.dtype.type(len(y))


def label_subtracted(z, y):
    return (_softmax(z) - y[:, None].astype(z.dtype)) / z.dtype.type(len(y))


def sigmoid_for_softmax(z, y):
    p = np.exp(-np.logaddexp(z.dtype.type(0), -z))
    return (p - _one_hot(z, y)) / z.dtype.type(len(y))


# 03.4


def dw_transposed(x, w, b, y):
    g = _g(x @ w.T + b, y)
    return g @ w, x.T @ g, g.sum(axis=0)


def db_mean(x, w, b, y):
    g = _g(x @ w.T + b, y)
    return g @ w, g.T @ x, g.mean(axis=0)


def divided_by_n_twice(x, w, b, y):
    g = _g(x @ w.T + b, y)
    return g @ w, g.T @ x / x.dtype.type(len(y)), g.sum(axis=0) / x.dtype.type(len(y))


def dx_from_the_target_only(x, w, b, y):
    g = _g(x @ w.T + b, y)
    return g[np.arange(len(y)), y][:, None] * w[y], g.T @ x, g.sum(axis=0)


def bias_left_out(x, w, b, y):
    g = _g(x @ w.T, y)
    return g @ w, g.T @ x, g.sum(axis=0)


def head_without_1_over_n(x, w, b, y):
    g = forgotten_1_over_n(x @ w.T + b, y)
    return g @ w, g.T @ x, g.sum(axis=0)


def dw_from_the_target_only(x, w, b, y):
    z = x @ w.T + b
    g = _g(z, y)
    return g @ w, (g * _one_hot(z, y)).T @ x, g.sum(axis=0)


def last_sample_only(x, w, b, y):
    g = _g(x @ w.T + b, y)
    return g @ w, g[-1:].T @ x[-1:], g.sum(axis=0)


def dx_divided_by_n_twice(x, w, b, y):
    g = _g(x @ w.T + b, y)
    return g @ w / x.dtype.type(len(y)), g.T @ x, g.sum(axis=0)


# 03.5


def bisector(w1, w2, b1, b2):
    difference = w1 / np.linalg.norm(w1) - w2 / np.linalg.norm(w2)
    length = np.linalg.norm(difference)
    return difference / length, (b2 - b1) / length


def sign_of_d(w1, w2, b1, b2):
    length = np.linalg.norm(w1 - w2)
    return (w1 - w2) / length, (b1 - b2) / length


def d_not_divided(w1, w2, b1, b2):
    return (w1 - w2) / np.linalg.norm(w1 - w2), b2 - b1


def other_side(w1, w2, b1, b2):
    length = np.linalg.norm(w1 - w2)
    return (w2 - w1) / length, (b1 - b2) / length


def not_a_unit_vector(w1, w2, b1, b2):
    return w1 - w2, b2 - b1


# 03.6


def difference_of_large_numbers(z, y):
    return _lse(z) - z[np.arange(len(y)), y]


def log1p_without_shift(z, y):
    rest = np.exp(z - z[np.arange(len(y)), y][:, None])
    rest[np.arange(len(y)), y] = 0
    return np.log1p(np.sum(rest, axis=1))


def epsilon_in_the_log(z, y):
    return -np.log(_softmax(z)[np.arange(len(y)), y] + 1e-12)


def minus_log_of_p(z, y):
    return -np.log(_softmax(z)[np.arange(len(y)), y])


# 03.7


def _from_above(x, w, b, y, reduction, dloss, by_dloss=None, parts=(1, 1)):
    """The right gradients, but for how dloss is shaped and how often N divides."""
    if by_dloss is None:
        by_dloss = np.asarray(dloss, dtype=x.dtype).reshape(-1, 1)
    n = x.dtype.type(len(y))
    g = _g(x @ w.T + b, y) * (n if reduction != "mean" else 1)
    row, own = by_dloss * g, g * np.ones_like(g[:, :1])
    by_w, by_x = (row if part else own for part in parts)
    return by_x @ w, by_w.T @ x, by_w.sum(axis=0)


def dloss_forgotten(x, w, b, y, reduction, dloss):
    return _from_above(x, w, b, y, reduction, dloss, parts=(0, 0))


def dloss_forgotten_in_dw(x, w, b, y, reduction, dloss):
    return _from_above(x, w, b, y, reduction, dloss, parts=(0, 1))


def dloss_along_the_classes(x, w, b, y, reduction, dloss):
    return _from_above(x, w, b, y, reduction, dloss, np.asarray(dloss, dtype=x.dtype))


def dloss_averaged(x, w, b, y, reduction, dloss):
    return _from_above(x, w, b, y, reduction, dloss, np.mean(dloss, dtype=x.dtype))


def always_the_mean(x, w, b, y, reduction, dloss):
    return _from_above(x, w, b, y, "mean", dloss)


def mean_divided_twice(x, w, b, y, reduction, dloss):
    part = x.dtype.type(len(y) if reduction == "mean" else 1)
    return tuple(g / part for g in _from_above(x, w, b, y, reduction, dloss))


def mean_like_the_sum(x, w, b, y, reduction, dloss):
    return _from_above(x, w, b, y, "sum" if reduction == "mean" else reduction, dloss)


def dloss_twice_in_dx(x, w, b, y, reduction, dloss):
    dx, dw, db = _from_above(x, w, b, y, reduction, dloss)
    return dx * np.asarray(dloss, dtype=x.dtype).reshape(-1, 1), dw, db


MISCONCEPTIONS = (
    Misconception(
        "03.1",
        "exp without the shift",
        "You exponentiate the logits as they are. exp(z) is infinite above z = 709, and"
        " the log of a sum of zeros is −inf; subtract the maximum of the row first.",
        exp_without_shift,
    ),
    Misconception(
        "03.1",
        "shift not added back",
        "You subtract the maximum of the row and do not add it again after the"
        " logarithm, so every answer is too small by that maximum.",
        shift_not_added_back,
    ),
    Misconception(
        "03.1",
        "one shift for the whole batch",
        "You subtract the maximum of the whole batch. A row that lies far below it"
        " becomes all zeros, and its logarithm −inf; each row needs its own maximum"
        " (axis=1).",
        one_shift_for_the_batch,
    ),
    Misconception(
        "03.1",
        "mean for maximum",
        "You shift each row by its mean. If one logit lies 1000 above it, its"
        " exponential is infinite all the same; only with the maximum is no exponent"
        " above 0.",
        mean_for_maximum,
    ),
    Misconception(
        "03.1",
        "sum over the samples",
        "You sum over axis 0, the samples. The classes of one sample are a row:"
        " axis=1.",
        sum_over_samples,
    ),
    Misconception(
        "03.1",
        "mean of the exponentials",
        "You average the exponentials, where the formula sums them: every answer is too"
        " small by log C.",
        mean_of_exp,
    ),
    Misconception(
        "03.2",
        "sum for mean",
        "You sum over the batch. The loss of this book is the mean over the samples, so"
        " that a step of training does not grow with the size of the batch.",
        sum_for_mean,
    ),
    Misconception(
        "03.2",
        "every label of every row",
        "z[:, y] takes the columns of all N labels from every row, N × N numbers. One"
        " logit a row is z[np.arange(N), y].",
        every_label_of_every_row,
    ),
    Misconception(
        "03.2",
        "exp without the shift",
        "You exponentiate the logits as they are, and exp(z) is infinite above z = 709."
        " Use log_sum_exp, which subtracts the maximum of the row first.",
        log_of_softmax,
    ),
    Misconception(
        "03.2",
        "log of the softmax",
        "You take the logarithm of the probability. Where the target is far below the"
        " largest logit, its probability rounds to 0 and the loss to inf;"
        " log_sum_exp(z) − z_y does not.",
        log_of_stable_softmax,
    ),
    Misconception(
        "03.2",
        "mean over the classes too",
        "Your loss is C times too small: there is one loss a sample, so divide by N,"
        " not by N·C.",
        mean_over_classes_too,
    ),
    Misconception(
        "03.2",
        "labels counted from one",
        "You take the class before the one that is meant. Labels count from 0, as"
        " Python does.",
        labels_from_one,
    ),
    Misconception(
        "03.2",
        "logits of the flat array",
        "np.take(z, y) counts through z as one long row, so nearly all your logits are"
        " those of the first sample. One logit a row is z[np.arange(N), y].",
        logits_of_the_flat_array,
    ),
    Misconception(
        "03.2",
        "whole-number division",
        "You divide with //, which rounds the loss down to a whole number. The mean"
        " needs /.",
        whole_number_division,
    ),
    Misconception(
        "03.2",
        "epsilon in the log",
        "You add a small number to the probability before the logarithm. No loss is"
        " then above 27.6, and all are a little wrong; log_sum_exp(z) − z_y needs no"
        " such number.",
        epsilon_in_the_loss,
    ),
    Misconception(
        "03.3",
        "forgotten 1/N",
        "The factor 1/N is missing. The loss is a mean over N samples, so each sample's"
        " part of the gradient is divided by N.",
        forgotten_1_over_n,
    ),
    Misconception(
        "03.3",
        "forgotten −1 at the target",
        "You return p/N. The loss also contains −z_y, whose slope is −1 at the target:"
        " without it, training would push every logit down and none up.",
        forgotten_minus_one,
    ),
    Misconception(
        "03.3",
        "sign turned round",
        "Your gradient has the other sign: it is p − [j = y], positive at the wrong"
        " classes. Yours points where the loss falls; a gradient points where it"
        " rises.",
        sign_turned,
    ),
    Misconception(
        "03.3",
        "−1 in every row",
        "p[:, y] −= 1 subtracts 1 in the columns of all labels, in every row. One entry"
        " a row is p[np.arange(N), y].",
        minus_one_in_every_row,
    ),
    Misconception(
        "03.3",
        "target only",
        "Only the target's entry is filled. Every logit enters log_sum_exp, so the"
        " other classes have the slope p_ij / N, not 0.",
        target_only,
    ),
    Misconception(
        "03.3",
        "exp without the shift",
        "You exponentiate the logits as they are: exp(z) is infinite above z = 709, and"
        " inf/inf is NaN. Subtract the maximum of the row, or log_sum_exp, first.",
        softmax_without_shift,
    ),
    Misconception(
        "03.3",
        "1/C too many",
        "You divide by all N·C entries. The loss is a mean over the N samples; its"
        " classes are summed up in each of them.",
        mean_over_all_entries,
    ),
    Misconception(
        "03.3",
        "1/C for 1/N",
        "You divide by C, the number of classes. The loss is a mean over the N"
        " samples.",
        divided_by_the_classes,
    ),
    Misconception(
        "03.3",
        "softmax over the batch",
        "Your softmax sums over the whole batch, so all N·C probabilities add up to 1."
        " Each sample has its own: sum over axis 1 and keep it as a column.",
        softmax_over_the_batch,
    ),
    Misconception(
        "03.3",
        "sum without an axis",
        "You divide by the sum over the whole batch: np.sum without an axis adds up"
        " everything. The probabilities of each sample add up to 1, so sum over axis 1"
        " and keep it as a column.",
        sum_without_an_axis,
    ),
    Misconception(
        "03.3",
        "label subtracted",
        "p − y[:, None] subtracts the number of the label from every entry of the row."
        " Subtract 1, at the entry of the label only.",
        label_subtracted,
    ),
    Misconception(
        "03.3",
        "sigmoid for softmax",
        "Your p is the sigmoid of each logit by itself. The softmax of a row divides"
        " each exponential by the sum over all its classes.",
        sigmoid_for_softmax,
    ),
    Misconception(
        "03.4",
        "dw transposed",
        "Your dw is transposed: it has one column a class. A gradient has the shape of"
        " what it is the gradient of, (C, D), so it is g.T @ x.",
        dw_transposed,
    ),
    Misconception(
        "03.4",
        "mean for sum in db",
        "You average g over the samples for db. The 1/N of the mean loss is in g"
        " already, so here it is a sum.",
        db_mean,
    ),
    Misconception(
        "03.4",
        "1/N twice",
        "You divide dw and db by N once more. The 1/N of the mean loss is in the"
        " gradient of the logits already.",
        divided_by_n_twice,
    ),
    Misconception(
        "03.4",
        "dx from the target only",
        "Your dx holds the target's row of w only. x enters the logits of all classes,"
        " so dx sums over all of them: g @ w.",
        dx_from_the_target_only,
    ),
    Misconception(
        "03.4",
        "bias left out",
        "You formed the logits without b. The softmax, and with it every gradient, is"
        " then that of another head.",
        bias_left_out,
    ),
    Misconception(
        "03.4",
        "forgotten 1/N",
        "All three gradients are N times too large: the loss is a mean over the"
        " samples.",
        head_without_1_over_n,
    ),
    Misconception(
        "03.4",
        "dw from the target only",
        "Each sample moves only the row of its own class in your dw. All C logits"
        " depend on x, so it moves every row: g.T @ x.",
        dw_from_the_target_only,
    ),
    Misconception(
        "03.4",
        "last sample only",
        "Your dw is that of the last sample: it is overwritten from sample to sample"
        " where it should add up.",
        last_sample_only,
    ),
    Misconception(
        "03.4",
        "1/N twice in dx",
        "You divide dx by N once more. The 1/N of the mean loss is in the gradient of"
        " the logits already.",
        dx_divided_by_n_twice,
    ),
    Misconception(
        "03.5",
        "bisector of the angle",
        "You made w1 and w2 unit vectors first. That gives the bisector of their angle,"
        " which is the boundary only where the norms are equal: a longer w takes more"
        " of the plane.",
        bisector,
    ),
    Misconception(
        "03.5",
        "sign of d",
        "Your d has the other sign. From w1·x + b1 = w2·x + b2 follows (w1 − w2)·x = b2"
        " − b1.",
        sign_of_d,
    ),
    Misconception(
        "03.5",
        "d not divided",
        "You divided w1 − w2 by its length and left b2 − b1 as it was. An equation"
        " stays true only if both sides are divided.",
        d_not_divided,
    ),
    Misconception(
        "03.5",
        "the other side",
        "Your line is right, but n points to the side of the second class. The first"
        " class wins where (w1 − w2)·x is large.",
        other_side,
    ),
    Misconception(
        "03.5",
        "not a unit vector",
        "Your n is w1 − w2 itself. Divide it, and d with it, by its length: then d is a"
        " distance.",
        not_a_unit_vector,
    ),
    Misconception(
        "03.6",
        "difference of large numbers",
        "You subtract the target logit from log_sum_exp. When the target leads by 40"
        " they are the same float64, and the difference is 0; leave the target out of"
        " the sum instead.",
        difference_of_large_numbers,
    ),
    Misconception(
        "03.6",
        "exp without the shift",
        "log1p keeps the digits of a small loss, but exp(z_j − z_y) is infinite when"
        " the target is more than 709 below. Take the largest difference out of the sum"
        " where it is positive.",
        log1p_without_shift,
    ),
    Misconception(
        "03.6",
        "epsilon in the log",
        "The 1e-12 inside your logarithm changes every loss a little, makes small ones"
        " negative, and caps large ones at 27.6. No epsilon is needed once the form is"
        " right.",
        epsilon_in_the_log,
    ),
    Misconception(
        "03.6",
        "minus the log of p",
        "You take −log of the probability. Near 1 it has lost its digits, and it rounds"
        " to 0 when the target is far below, where the loss becomes inf.",
        minus_log_of_p,
    ),
    Misconception(
        "03.7",
        "dloss forgotten",
        "You leave dloss out. By the chain rule it is a factor of every gradient that"
        " goes further back.",
        dloss_forgotten,
    ),
    Misconception(
        "03.7",
        "dloss forgotten in dw",
        "Your dx has dloss in it and your dw and db have not. It stands before"
        " everything: multiply the gradient by the logits, and all three have it.",
        dloss_forgotten_in_dw,
    ),
    Misconception(
        "03.7",
        "dloss along the classes",
        "Your dloss (N,) runs along the classes: NumPy lines it up with the last axis,"
        " where N and C may happen to be equal. It belongs to the rows: dloss[:,"
        " None].",
        dloss_along_the_classes,
    ),
    Misconception(
        "03.7",
        "dloss averaged",
        "You average dloss over the samples. Each sample has its own, and it multiplies"
        " the row of that sample.",
        dloss_averaged,
    ),
    Misconception(
        "03.7",
        "1/N without a mean",
        "You divide by N for every reduction. Only the mean has 1/N in it; the sum and"
        " the single losses have not.",
        always_the_mean,
    ),
    Misconception(
        "03.7",
        "1/N twice",
        "You divide by N once more for the mean: `cross_entropy_backward` has done it"
        " already.",
        mean_divided_twice,
    ),
    Misconception(
        "03.7",
        "1/N forgotten",
        "For the mean your gradients are N times too large. dloss belongs to the mean,"
        " in which each loss counts 1/N.",
        mean_like_the_sum,
    ),
    Misconception(
        "03.7",
        "dloss twice in dx",
        "Your dx has dloss in it twice: once in the gradient by the logits, and once"
        " more.",
        dloss_twice_in_dx,
    ),
)
