"""A training of a second or less, and what is compared of two."""

import numpy as np

from mlcore import train
from mlcore.datasets import Dataset, Split
from mlcore.layers import Flatten, Linear, PReLU, Sequential
from mlcore.optim import SGD

from .cases import C

OPTIMISER = SGD(lr=0.05, momentum=0.9, weight_decay=1e-3)


def split(n, seed):
    rng = np.random.default_rng(seed)
    return Split(rng.random((n, 2, 2, 1)), np.arange(n) % C)


DATA = Dataset("random", split(60, 0), split(26, 1), [str(k) for k in range(C)], "", "")


def fit(head, optimiser=OPTIMISER, **options):
    layers = [Flatten(), Linear(4, 16), PReLU(16), Linear(16, 6)]
    net = Sequential(layers, seed=0, input_shape=(2, 2, 1), dtype="float64")
    options = {"epochs": 3, "batch": 25, "progress": False} | options
    return net, train.fit(net, head, DATA, optimiser=optimiser, **options)


def numbers(net, history):
    losses = [epoch.loss for epoch in history.epochs]
    accuracies = history.train_accuracy, history.test_accuracy
    return [losses, accuracies, net.params[1][0], history.w]


def assert_same(actual, expected):
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
