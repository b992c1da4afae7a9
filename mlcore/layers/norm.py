"""Batch normalisation."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote
from mlcore.layers.base import Layer, channel_sums, checked_upstream, demoted
from mlcore.layers.initial import constant
from mlcore.validation import check_integer, check_number, check_positive, check_shape


class Running(NamedTuple):
    """Running mean and variance (C,) of each channel."""

    mean: object
    var: object


class _SavedNorm(NamedTuple):
    x_hat: object
    gamma: object
    inv_std: object
    mean: object
    var: object
    count: int
    dtypes: tuple


@dataclass(frozen=True)
class BatchNorm(Layer):
    """x̂ = (x − μ) / sqrt(σ² + eps), out = γ x̂ + β, for each channel (the last axis).

    In training μ and σ² are the batch's own mean and variance (divided by n) over all axes but the
    last, and the gradient flows through them. At test time `infer` uses running averages, which no
    gradient changes but a rule: ``running = bn.update(running, saved)``.

    Parameters
    ----------
    channels : int >= 1
    momentum : float in [0, 1]
        Weight of the newest batch in the running averages.
    eps : float > 0
        Part of the definition: a channel that never changes is mapped to β.

    References
    ----------
    Ioffe and Szegedy, ICML 2015, algorithm 1 and section 3.1 (whose running variance divides by
    n − 1, and so does ours).
    """

    channels: int
    momentum: float = 0.1
    eps: float = 1e-5

    def __post_init__(self):
        check_integer("channels", self.channels, 1)
        check_number("momentum", self.momentum, 0, 1)
        check_positive("eps", self.eps)

    @property
    def input_shape(self):
        return ("N", ..., self.channels)

    @property
    def param_shapes(self):
        return {"gamma": (self.channels,), "beta": (self.channels,)}

    def init(self, rng):
        return constant(1, self.channels), constant(0, self.channels)

    # [batch-norm]
    def forward(self, x, gamma, beta):
        """Normalise `x` (N, ..., C) by its own statistics; `gamma` and `beta` are (C,).

        Raises
        ------
        ValueError
            Also where `x` has one value a channel: it would lose all that it says.
        """
        (x, gamma, beta), dtypes = self._checked(x, gamma, beta)
        count = math.prod(x.shape[:-1])
        if count == 1:
            raise ValueError(f"x must have at least 2 values a channel, got shape {tuple(x.shape)}")
        mean = channel_sums(x) / count
        x_hat = x - mean
        var = channel_sums(x_hat * x_hat) / count
        inv_std = 1 / array_namespace(x).sqrt(var + self.eps)
        x_hat *= inv_std
        saved = _SavedNorm(x_hat, gamma, inv_std, mean, var, count, dtypes)
        return demote(gamma * x_hat + beta, dtypes[0]), saved

    def backward(self, saved, dout):
        """Gradients ``(dx, dgamma, dbeta)``.

        Two terms are taken out of `dout`: moving the whole channel changes nothing (μ follows),
        and neither does stretching it (σ follows, but for eps).
        """
        x_hat, gamma, inv_std, _, _, count, dtypes = saved
        dout = checked_upstream(dout, x_hat.shape, x_hat)
        dbeta = channel_sums(dout)
        dgamma = channel_sums(dout * x_hat)
        dx = gamma * inv_std * (dout - dbeta / count - x_hat * (dgamma / count))
        return demoted((dx, dgamma, dbeta), dtypes)

    # [/batch-norm]

    def init_running(self):
        """Mean 0 and variance 1, as float32 NumPy arrays."""
        return Running(constant(0, self.channels), constant(1, self.channels))

    # [batch-norm-running]
    def update(self, running, saved):
        """Return the running averages after the batch of `saved`; the old ones stay as they are."""
        xp = array_namespace(saved.mean)
        unbiased = saved.var * (saved.count / (saved.count - 1))
        return Running(
            *(
                (1 - self.momentum) * old + self.momentum * xp.astype(new, old.dtype)
                for old, new in zip(running, (saved.mean, unbiased), strict=True)
            )
        )

    def infer(self, x, gamma, beta, running):
        """Normalise `x` (N, ..., C) by the running averages."""
        check_shape("running.mean", running.mean, (self.channels,))
        check_shape("running.var", running.var, (self.channels,))
        (x, gamma, beta), dtypes = self._checked(x, gamma, beta)
        xp = array_namespace(x)
        mean, var = (xp.astype(statistic, x.dtype, copy=False) for statistic in running)
        scale = gamma / xp.sqrt(var + self.eps)
        return demote(x * scale + (beta - mean * scale), dtypes[0])

    # [/batch-norm-running]
