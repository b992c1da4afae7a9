"""The layers of the book's networks: forward and backward by hand, as for the losses."""

from mlcore.layers.activation import PReLU, ReLU
from mlcore.layers.base import Layer
from mlcore.layers.conv import Conv2d, MaxPool2d
from mlcore.layers.linear import Flatten, Linear
from mlcore.layers.networks import digit_network
from mlcore.layers.norm import BatchNorm
from mlcore.layers.sequential import Sequential

__all__ = [
    "BatchNorm",
    "Conv2d",
    "Flatten",
    "Layer",
    "Linear",
    "MaxPool2d",
    "PReLU",
    "ReLU",
    "Sequential",
    "digit_network",
]
