"""The detector: convolutions from end to end, so one pass answers at every place."""

import math
from collections.abc import Callable, Sequence

from mlcore.arrays import Array
from mlcore.layers import BatchNorm, Conv2d, Layer, PReLU, Sequential
from mlcore.validation import check_integer, check_number


def detector(
    widths: Sequence[int] = (8, 8, 8),
    strides: Sequence[int] = (2, 1, 1),
    prior: float = 0.01,
    seed: int = 0,
    *,
    activation: Callable[[int], Layer] = PReLU,
    like: Array | None = None,
) -> Sequential:
    """Convolutions with BatchNorm, 5 x 5 and then 3 x 3, and a logit at each place.

    Parameters
    ----------
    widths, strides : sequences of int
        Of each convolution; the product of the strides is that of the scenes' `Layout`.
    prior : float in (0, 1)
        The probability of a digit that the untrained network sees nearly everywhere.
    seed : int
    activation : function (channels) -> layers.Layer
    like : array, optional
        As in `layers.Sequential`.

    Returns
    -------
    layers.Sequential
        Maps pictures (N, S, S, 1) to logits (N, G, G, 1).

    Raises
    ------
    ValueError
        For widths without their strides, a stride below 1, a prior outside (0, 1).
    """
    _check(widths, strides, prior)
    # [detector]
    layers: list[Layer] = []
    channels = 1
    for width, stride in zip(widths, strides, strict=True):
        kernel = 5 if not layers else 3
        convolution = Conv2d(
            channels, width, kernel, stride=stride, padding=kernel // 2, bias=False
        )
        layers += [convolution, BatchNorm(width), activation(width)]
        channels = width
    net = Sequential([*layers, Conv2d(channels, 1, kernel=1)], seed=seed, like=like)
    w, b = net.params[-1]
    net.params[-1] = 0.1 * w, b - math.log((1 - prior) / prior)
    # [/detector]
    return net


def _check(widths, strides, prior):
    if not widths or len(widths) != len(strides):
        raise ValueError(
            f"widths must hold a number for each of the strides {strides!r}, got"
            f" {widths!r}"
        )
    for k, stride in enumerate(strides):
        check_integer(f"strides[{k}]", stride, 1)
    check_number("prior", prior, 0, 1, low_open=True, high_open=True)
