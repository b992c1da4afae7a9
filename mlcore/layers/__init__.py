"""Layers of networks: forward and backward by hand, as for the losses."""

from mlcore.layers.activation import PReLU, ReLU
from mlcore.layers.base import Layer
from mlcore.layers.conv import Conv2d
from mlcore.layers.dropout import Dropout
from mlcore.layers.linear import Flatten, Linear
from mlcore.layers.networks import (
    digit_network,
    l_softmax_cifar10_network,
    l_softmax_cifar100_network,
    l_softmax_mnist_network,
    l_softmax_toy_network,
    lenet_plus_plus,
    small_cifar_network,
    sphereface_4,
)
from mlcore.layers.norm import BatchNorm
from mlcore.layers.pool import MaxPool2d
from mlcore.layers.sequential import Sequential

__all__ = [
    "BatchNorm",
    "Conv2d",
    "Dropout",
    "Flatten",
    "Layer",
    "Linear",
    "MaxPool2d",
    "PReLU",
    "ReLU",
    "Sequential",
    "digit_network",
    "l_softmax_cifar10_network",
    "l_softmax_cifar100_network",
    "l_softmax_mnist_network",
    "l_softmax_toy_network",
    "lenet_plus_plus",
    "small_cifar_network",
    "sphereface_4",
]
