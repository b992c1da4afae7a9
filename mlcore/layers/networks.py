"""The networks of the papers, and small ones for two processor cores.

All map images (N, H, W, channels) to features (N, D); the classifier on top of them
belongs to the loss. Each takes ``seed`` for its initial parameters (He et al., 2015),
and ``dtype`` and ``like`` as `Sequential` does. The last layer is linear everywhere:
features may point anywhere. No bias stands in front of a BatchNorm, which would take it
out again.

The papers give kernels and widths. What they leave open is decided here: convolutions
keep the size of the image (padding), and pooling leaves out a last row or column that
fills no window.
"""

import math
from typing import Any

from mlcore.arrays import Array
from mlcore.layers.activation import PReLU
from mlcore.layers.base import Layer, Shape
from mlcore.layers.conv import Conv2d
from mlcore.layers.linear import Flatten, Linear
from mlcore.layers.norm import BatchNorm
from mlcore.layers.pool import MaxPool2d
from mlcore.layers.sequential import Sequential


def digit_network(
    features: int = 2,
    seed: int = 0,
    *,
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """The small network that maps 28 x 28 digits to `features` numbers.

    Strides instead of pooling make an epoch of 4,000 digits take about a second on two
    cores. No bias in front of a BatchNorm, which would take it out again. The last
    layer is linear: the features may point anywhere.
    """
    return Sequential(
        [
            Conv2d(1, 16, kernel=5, stride=2, padding=2, bias=False),
            BatchNorm(16),
            PReLU(16),
            Conv2d(16, 32, kernel=5, stride=2, padding=2, bias=False),
            BatchNorm(32),
            PReLU(32),
            Flatten(),
            Linear(7 * 7 * 32, features),
        ],
        seed=seed,
        dtype=dtype,
        like=like,
        input_shape=(28, 28, 1),
    )


def small_cifar_network(
    features: int = 64,
    seed: int = 0,
    *,
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """As `digit_network`, for 32 x 32 colour images: three strided convolutions."""
    layers: list[Layer] = []
    channels = 3
    for width in (32, 64, 128):
        layers += _normed(channels, width, kernel=3, stride=2)
        channels = width
    return _with_features(layers, (32, 32, 3), features, seed, dtype, like)


def lenet_plus_plus(
    features: int = 2,
    seed: int = 0,
    *,
    input_shape: Shape = (28, 28, 1),
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """LeNets++ of the center loss paper: six 5 x 5 convolutions with PReLU.

    With ``features=3`` it is a network of seven layers for the pictures on the sphere.
    Wen et al., ECCV 2016, table 1.
    """
    layers: list[Layer] = []
    channels = input_shape[2]
    for width in (32, 64, 128):
        for _ in range(2):
            layers += [Conv2d(channels, width, kernel=5, padding=2), PReLU(width)]
            channels = width
        layers.append(MaxPool2d(2))
    return _with_features(layers, input_shape, features, seed, dtype, like)


def l_softmax_toy_network(
    features: int = 2,
    seed: int = 0,
    *,
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """The network of the L-Softmax paper's 2-D figures: LeNets++ with BatchNorm."""
    blocks = (0, 0), (2, 32), (2, 64), (2, 128)
    return _l_softmax(blocks, (28, 28, 1), features, seed, dtype, like, kernel=5)


def l_softmax_mnist_network(
    features: int = 256,
    seed: int = 0,
    *,
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """The network for MNIST of the L-Softmax paper: ten 3 x 3 convolutions of width 64.

    Liu et al., ICML 2016, table 1.
    """
    blocks = (1, 64), (3, 64), (3, 64), (3, 64)
    return _l_softmax(blocks, (28, 28, 1), features, seed, dtype, like)


def l_softmax_cifar10_network(
    features: int = 256,
    seed: int = 0,
    *,
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """The network for CIFAR-10 of the L-Softmax paper: thirteen 3 x 3 convolutions."""
    blocks = (1, 64), (4, 64), (4, 96), (4, 128)
    return _l_softmax(blocks, (32, 32, 3), features, seed, dtype, like)


def l_softmax_cifar100_network(
    features: int = 512,
    seed: int = 0,
    *,
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """The network for CIFAR-100 of the L-Softmax paper, the widest of the three."""
    blocks = (1, 96), (4, 96), (4, 192), (4, 384)
    return _l_softmax(blocks, (32, 32, 3), features, seed, dtype, like)


def sphereface_4(
    features: int = 512,
    seed: int = 0,
    *,
    input_shape: Shape = (112, 96, 3),
    dtype: Any = "float32",
    like: Array | None = None,
) -> Sequential:
    """The smallest network of the SphereFace paper: four strided 3 x 3 convolutions.

    Liu et al., CVPR 2017, table 2. Its deeper ones are residual.
    """
    layers: list[Layer] = []
    channels = input_shape[2]
    for width in (64, 128, 256, 512):
        layers += [Conv2d(channels, width, kernel=3, stride=2, padding=1), PReLU(width)]
        channels = width
    return _with_features(layers, input_shape, features, seed, dtype, like)


def _l_softmax(blocks, input_shape, features, seed, dtype, like, kernel=3):
    """A first block, then blocks that end in 2 x 2 pooling; each (how many, width)."""
    layers, channels = [], input_shape[2]
    for i, (count, width) in enumerate(blocks):
        for _ in range(count):
            layers += _normed(channels, width, kernel)
            channels = width
        if i > 0:
            layers.append(MaxPool2d(2))
    return _with_features(layers, input_shape, features, seed, dtype, like)


def _normed(channels, width, kernel, stride=1):
    """A convolution that keeps the image's size, but for the stride; norm and PReLU."""
    convolution = Conv2d(
        channels, width, kernel, stride=stride, padding=(kernel - 1) // 2, bias=False
    )
    return [convolution, BatchNorm(width), PReLU(width)]


def _with_features(layers, input_shape, features, seed, dtype, like):
    """The network of `layers`, with a linear layer to `features` numbers at its end."""
    shape = input_shape
    for layer in layers:
        shape = layer.output_shape(shape)
    layers = [*layers, Flatten(), Linear(math.prod(shape), features)]
    return Sequential(
        layers, seed=seed, dtype=dtype, like=like, input_shape=input_shape
    )
