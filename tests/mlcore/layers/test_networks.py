"""The papers' networks: as wide and as deep as they say, and a start that keeps signals
alive."""

import numpy as np
import pytest

from mlcore import layers
from mlcore.arrays import to_numpy
from mlcore.layers import Conv2d, Linear

# Name: sizes of one image, widths of the convolutions, features by default.
PAPERS = {
    "digit_network": ((28, 28, 1), [16, 32], 2),
    "small_cifar_network": ((32, 32, 3), [32, 64, 128], 64),
    "lenet_plus_plus": ((28, 28, 1), [32, 32, 64, 64, 128, 128], 2),
    "l_softmax_toy_network": ((28, 28, 1), [32, 32, 64, 64, 128, 128], 2),
    "l_softmax_mnist_network": ((28, 28, 1), [64] * 10, 256),
    "l_softmax_cifar10_network": ((32, 32, 3), [64] * 5 + [96] * 4 + [128] * 4, 256),
    "l_softmax_cifar100_network": ((32, 32, 3), [96] * 5 + [192] * 4 + [384] * 4, 512),
    "sphereface_4": ((112, 96, 3), [64, 128, 256, 512], 512),
}
each_network = pytest.mark.parametrize("name", PAPERS)


def test_every_network_is_listed_here():
    public = {name for name in layers.__all__ if name.islower()}
    assert public == set(PAPERS)


@each_network
def test_widths_and_features_are_the_papers(name):
    shape, widths, features = PAPERS[name]
    net = getattr(layers, name)()
    assert net.input_shape == shape
    assert [x.out_channels for x in net.layers if isinstance(x, Conv2d)] == widths
    assert isinstance(net.layers[-1], Linear)
    assert net.layers[-1].out_features == features
    assert getattr(layers, name)(features=5).layers[-1].out_features == 5


@each_network
def test_signals_neither_vanish_nor_explode(name):
    """He initialisation: features of an image of unit variance come out between 0.1 and
    10."""
    net = getattr(layers, name)(features=8, seed=1)
    x = np.random.default_rng(0).standard_normal(
        (2, *net.input_shape), dtype=np.float32
    )
    out, _ = net.forward(x)
    assert out.shape == (2, 8)
    assert 0.1 < np.sqrt(np.mean(np.square(out))) < 10


def test_networks_live_in_the_library_and_dtype_asked_for(xp):
    net = layers.small_cifar_network(features=3, dtype="float64", like=xp.zeros(1))
    out = net.infer(xp.zeros((1, 32, 32, 3), dtype=xp.float64))
    assert out.dtype == xp.float64
    assert to_numpy(out).shape == (1, 3)


@pytest.mark.parametrize("name", ["lenet_plus_plus", "sphereface_4"])
def test_image_size_can_be_chosen(name):
    net = getattr(layers, name)(features=3, input_shape=(56, 46, 1))
    assert net.infer(np.zeros((1, 56, 46, 1), np.float32)).shape == (1, 3)
