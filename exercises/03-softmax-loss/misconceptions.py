"""Wrong answers of chapter 3, each with the sentence for whoever gave it."""

import numpy as np


def of_target(z, y, shifted=True):
    """p of the target, by a softmax that is divided out."""
    p = np.exp(z - np.max(z, axis=1, keepdims=True) if shifted else z)
    return p[np.arange(len(y)), y] / np.sum(p, axis=1)


MISCONCEPTIONS = {
    "03.1": {
        "exp without the shift": (
            lambda z: np.log(np.sum(np.exp(z), axis=1)),
            "You exponentiate the logits as they are. exp(z) is infinite above z ="
            " 709, and the log of a sum of zeros is −inf; subtract the maximum of the"
            " row first.",
        ),
        "shift not added back": (
            {"top + ": ""},
            "You subtract the maximum of the row and do not add it again after the"
            " logarithm, so every answer is too small by that maximum.",
        ),
        "one shift for the whole batch": (
            {"np.max(z, axis=1)": "np.max(z)", "top[:, None]": "top"},
            "You subtract the maximum of the whole batch. A row that lies far below it"
            " becomes all zeros, and its logarithm −inf; each row needs its own"
            " maximum (axis=1).",
        ),
        "mean for maximum": (
            {"np.max": "np.mean"},
            "You shift each row by its mean. If one logit lies 1000 above it, its"
            " exponential is infinite all the same; only with the maximum is no"
            " exponent above 0.",
        ),
        "sum over the samples": (
            {
                "np.max(z, axis=1)": "np.max(z, axis=0)",
                "top[:, None]), axis=1": "top), axis=0",
            },
            "You sum over axis 0, the samples. The classes of one sample are a row:"
            " axis=1.",
        ),
        "mean of the exponentials": (
            {"np.sum": "np.mean"},
            "You average the exponentials, where the formula sums them: every answer"
            " is too small by log C.",
        ),
    },
    "03.2": {
        "sum for mean": (
            {"np.mean": "np.sum"},
            "You sum over the batch. The loss of this book is the mean over the"
            " samples, so that a step of training does not grow with the size of the"
            " batch.",
        ),
        "every label of every row": (
            {
                "np.arange(len(y)), y": ":, y",
                "log_sum_exp(z)": "log_sum_exp(z)[:, None]",
            },
            "z[:, y] takes the columns of all N labels from every row, N × N numbers."
            " One logit a row is z[np.arange(N), y].",
        ),
        "exp without the shift": (
            lambda z, y: -np.mean(np.log(of_target(z, y, shifted=False))),
            "You exponentiate the logits as they are, and exp(z) is infinite above z ="
            " 709. Use log_sum_exp, which subtracts the maximum of the row first.",
        ),
        "log of the softmax": (
            lambda z, y: -np.mean(np.log(of_target(z, y))),
            "You take the logarithm of the probability. Where the target is far below"
            " the largest logit, its probability rounds to 0 and the loss to inf;"
            " log_sum_exp(z) − z_y does not.",
        ),
        "mean over the classes too": (
            {"- target)": "- target) / z.shape[1]"},
            "Your loss is C times too small: there is one loss a sample, so divide by"
            " N, not by N·C.",
        ),
        "labels counted from one": (
            {", y]": ", y.astype(int) - 1]"},
            "You take the class before the one that is meant. Labels count from 0, as"
            " Python does.",
        ),
        "logits of the flat array": (
            {"z[np.arange(len(y)), y]": "np.take(z, y)"},
            "np.take(z, y) counts through z as one long row, so nearly all your logits"
            " are those of the first sample. One logit a row is z[np.arange(N), y].",
        ),
        "whole-number division": (
            {"np.mean(": "np.sum(", "- target)": "- target) // len(y)"},
            "You divide with //, which rounds the loss down to a whole number. The"
            " mean needs /.",
        ),
        "epsilon in the log": (
            lambda z, y: -np.mean(np.log(of_target(z, y) + 1e-12)),
            "You add a small number to the probability before the logarithm. No loss"
            " is then above 27.6, and all are a little wrong; log_sum_exp(z) − z_y"
            " needs no such number.",
        ),
    },
    "03.3": {
        "forgotten 1/N": (
            {" / len(y)": ""},
            "The factor 1/N is missing. The loss is a mean over N samples, so each"
            " sample's part of the gradient is divided by N.",
        ),
        "forgotten −1 at the target": (
            {"-= 1": "-= 0"},
            "You return p/N. The loss also contains −z_y, whose slope is −1 at the"
            " target: without it, training would push every logit down and none up.",
        ),
        "sign turned round": (
            {"return p": "return -p"},
            "Your gradient has the other sign: it is p − [j = y], positive at the"
            " wrong classes. Yours points where the loss falls; a gradient points"
            " where it rises.",
        ),
        "−1 in every row": (
            {"np.arange(len(y)), y": ":, y"},
            "p[:, y] −= 1 subtracts 1 in the columns of all labels, in every row. One"
            " entry a row is p[np.arange(N), y].",
        ),
        "target only": (
            {"-= 1": "-= 1\n    p *= np.arange(z.shape[1]) == y[:, None]"},
            "Only the target's entry is filled. Every logit enters log_sum_exp, so the"
            " other classes have the slope p_ij / N, not 0.",
        ),
        "exp without the shift": (
            {
                " - log_sum_exp(z)[:, None]": "",
                "p[np": "p /= np.sum(p, axis=1, keepdims=True)\n    p[np",
            },
            "You exponentiate the logits as they are: exp(z) is infinite above z ="
            " 709, and inf/inf is NaN. Subtract the maximum of the row, or"
            " log_sum_exp, first.",
        ),
        "1/C too many": (
            {"/ len(y)": "/ z.size"},
            "You divide by all N·C entries. The loss is a mean over the N samples; its"
            " classes are summed up in each of them.",
        ),
        "1/C for 1/N": (
            {"/ len(y)": "/ z.shape[1]"},
            "You divide by C, the number of classes. The loss is a mean over the N"
            " samples.",
        ),
        "softmax over the batch": (
            {"log_sum_exp(z)[:, None]": "log_sum_exp(z.reshape(1, -1))"},
            "Your softmax sums over the whole batch, so all N·C probabilities add up"
            " to 1. Each sample has its own: sum over axis 1 and keep it as a column.",
        ),
        "sum without an axis": (
            {
                "log_sum_exp(z)[:, None]": "np.max(z, axis=1, keepdims=True)",
                "p[np": "p /= np.sum(p)\n    p[np",
            },
            "You divide by the sum over the whole batch: np.sum without an axis adds"
            " up everything. The probabilities of each sample add up to 1, so sum over"
            " axis 1 and keep it as a column.",
        ),
        "label subtracted": (
            {"p[np.arange(len(y)), y] -= 1": "p -= y[:, None]"},
            "p − y[:, None] subtracts the number of the label from every entry of the"
            " row. Subtract 1, at the entry of the label only.",
        ),
        "sigmoid for softmax": (
            {"np.exp(z - log_sum_exp(z)[:, None])": "np.exp(-np.logaddexp(0, -z))"},
            "Your p is the sigmoid of each logit by itself. The softmax of a row"
            " divides each exponential by the sum over all its classes.",
        ),
    },
    "03.4": {
        "dw transposed": (
            {"g.T @ x": "x.T @ g"},
            "Your dw is transposed: it has one column a class. A gradient has the"
            " shape of what it is the gradient of, (C, D), so it is g.T @ x.",
        ),
        "mean for sum in db": (
            {"g.sum": "g.mean"},
            "You average g over the samples for db. The 1/N of the mean loss is in g"
            " already, so here it is a sum.",
        ),
        "1/N twice": (
            {"g.T @ x, g.sum": "g.T @ x / len(y), g.mean"},
            "You divide dw and db by N once more. The 1/N of the mean loss is in the"
            " gradient of the logits already.",
        ),
        "dx from the target only": (
            {"g @ w": "g[np.arange(len(y)), y][:, None] * w[y]"},
            "Your dx holds the target's row of w only. x enters the logits of all"
            " classes, so dx sums over all of them: g @ w.",
        ),
        "bias left out": (
            {" + b": ""},
            "You formed the logits without b. The softmax, and with it every gradient,"
            " is then that of another head.",
        ),
        "forgotten 1/N": (
            {"g = ": "g = len(y) * "},
            "All three gradients are N times too large: the loss is a mean over the"
            " samples.",
        ),
        "dw from the target only": (
            {"g.T @ x": "(g * (np.arange(len(b)) == y[:, None])).T @ x"},
            "Each sample moves only the row of its own class in your dw. All C logits"
            " depend on x, so it moves every row: g.T @ x.",
        ),
        "last sample only": (
            {"g.T @ x": "g[-1:].T @ x[-1:]"},
            "Your dw is that of the last sample: it is overwritten from sample to"
            " sample where it should add up.",
        ),
        "1/N twice in dx": (
            {"g @ w": "g @ w / len(y)"},
            "You divide dx by N once more. The 1/N of the mean loss is in the gradient"
            " of the logits already.",
        ),
    },
    "03.5": {
        "bisector of the angle": (
            {"w1 - w2": "w1 / np.linalg.norm(w1) - w2 / np.linalg.norm(w2)"},
            "You made w1 and w2 unit vectors first. That gives the bisector of their"
            " angle, which is the boundary only where the norms are equal: a longer w"
            " takes more of the plane.",
        ),
        "sign of d": (
            {"b2 - b1": "b1 - b2"},
            "Your d has the other sign. From w1·x + b1 = w2·x + b2 follows (w1 − w2)·x"
            " = b2 − b1.",
        ),
        "d not divided": (
            {"(b2 - b1) / length": "b2 - b1"},
            "You divided w1 − w2 by its length and left b2 − b1 as it was. An equation"
            " stays true only if both sides are divided.",
        ),
        "the other side": (
            {"w1 - w2": "w2 - w1", "b2 - b1": "b1 - b2"},
            "Your line is right, but n points to the side of the second class. The"
            " first class wins where (w1 − w2)·x is large.",
        ),
        "not a unit vector": (
            {"difference / length, (b2 - b1) / length": "difference, b2 - b1"},
            "Your n is w1 − w2 itself. Divide it, and d with it, by its length: then d"
            " is a distance.",
        ),
    },
    "03.6": {
        "difference of large numbers": (
            {"others = z - z[rows, y][:, None]": "return log_sum_exp(z) - z[rows, y]"},
            "You subtract the target logit from log_sum_exp. When the target leads by"
            " 40 they are the same float64, and the difference is 0; leave the target"
            " out of the sum instead.",
        ),
        "exp without the shift": (
            {"np.maximum(np.max(others, axis=1), 0)": "np.zeros(len(y))"},
            "log1p keeps the digits of a small loss, but exp(z_j − z_y) is infinite"
            " when the target is more than 709 below. Take the largest difference out"
            " of the sum where it is positive.",
        ),
        "epsilon in the log": (
            lambda z, y: -np.log(of_target(z, y) + 1e-12),
            "The 1e-12 inside your logarithm changes every loss a little, makes small"
            " ones negative, and caps large ones at 27.6. No epsilon is needed once"
            " the form is right.",
        ),
        "minus the log of p": (
            lambda z, y: -np.log(of_target(z, y)),
            "You take −log of the probability. Near 1 it has lost its digits, and it"
            " rounds to 0 when the target is far below, where the loss becomes inf.",
        ),
    },
    "03.7": {
        "dloss forgotten": (
            {"g = g * above": ""},
            "You leave dloss out. By the chain rule it is a factor of every gradient"
            " that goes further back.",
        ),
        "dloss forgotten in dw": (
            {"g = g * above": "", "g @ w": "(g * above) @ w"},
            "Your dx has dloss in it and your dw and db have not. It stands before"
            " everything: multiply the gradient by the logits, and all three have it.",
        ),
        "dloss along the classes": (
            {"dloss[:, None]": "dloss"},
            "Your dloss (N,) runs along the classes: NumPy lines it up with the last"
            " axis, where N and C may happen to be equal. It belongs to the rows:"
            " dloss[:, None].",
        ),
        "dloss averaged": (
            {"dloss[:, None]": "np.mean(dloss)"},
            "You average dloss over the samples. Each sample has its own, and it"
            " multiplies the row of that sample.",
        ),
        "1/N without a mean": (
            {'reduction != "mean"': "False"},
            "You divide by N for every reduction. Only the mean has 1/N in it; the sum"
            " and the single losses have not.",
        ),
        "1/N twice": (
            {"g = len(y) * g": "g = len(y) * g\n    else:\n        g = g / len(y)"},
            "You divide by N once more for the mean: `cross_entropy_backward` has done"
            " it already.",
        ),
        "1/N forgotten": (
            {'reduction != "mean"': "True"},
            "For the mean your gradients are N times too large. dloss belongs to the"
            " mean, in which each loss counts 1/N.",
        ),
        "dloss twice in dx": (
            {"g @ w": "(g * above) @ w"},
            "Your dx has dloss in it twice: once in the gradient by the logits, and"
            " once more.",
        ),
    },
}
