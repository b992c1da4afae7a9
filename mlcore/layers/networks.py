"""The networks of the book's experiments."""

from mlcore.layers.activation import PReLU
from mlcore.layers.conv import Conv2d
from mlcore.layers.linear import Flatten, Linear
from mlcore.layers.norm import BatchNorm
from mlcore.layers.sequential import Sequential


# [digit-network]
def digit_network(features=2, seed=0, *, dtype="float32", like=None):
    """The small network that maps 28 x 28 digits to `features` numbers.

    Strides instead of pooling make an epoch of 4,000 digits take about a second on two cores. No
    bias in front of a BatchNorm, which would take it out again. The last layer is linear: the
    features may point anywhere.
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


# [/digit-network]
