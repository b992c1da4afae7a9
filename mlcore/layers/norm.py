"""Batch normalisation."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mlcore.arrays import (
    Array,
    array_namespace,
    cast,
    demote,
    row_blocks,
    write_rows,
)
from mlcore.layers.base import Layer, Shape, checked_upstream, demoted
from mlcore.layers.channels import by_channel, in_runs, repeated
from mlcore.layers.initial import constant
from mlcore.sums import channel_sums, wide_sums
from mlcore.threads import over_blocks
from mlcore.validation import (
    check_integer,
    check_number,
    check_positive,
    check_same_library,
    check_shape,
)


class Running(NamedTuple):
    """Running mean and variance (C,) of each channel."""

    mean: Any
    var: Any


class _SavedNorm(NamedTuple):
    centred: object  # x - mean, but for `rest`: x̂ = (centred - rest) * inv_std
    rest: object
    gamma: object
    inv_std: object
    mean: object
    var: object
    n: int  # values a channel
    dtypes: tuple


@dataclass(frozen=True)
class BatchNorm(Layer):
    """x̂ = (x − μ) / sqrt(σ² + eps), out = γ x̂ + β, for each channel (the last axis).

    In training μ and σ² are the batch's own mean and variance (divided by n) over all
    axes but the last, and the gradient flows through them. At test time `infer` uses
    running averages, which no gradient changes but a rule:
    ``running = bn.update(running, saved)``.

    Parameters
    ----------
    channels : int >= 1
    momentum : float in [0, 1]
        Weight of the newest batch in the running averages.
    eps : float > 0
        Part of the definition: a channel that never changes is mapped to β.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    References
    ----------
    Ioffe and Szegedy, ICML 2015, algorithm 1 and section 3.1 (whose running variance
    divides by n − 1, and so does ours).
    """

    channels: int
    momentum: float = 0.1
    eps: float = 1e-5

    def __post_init__(self):
        super().__post_init__()
        check_integer("channels", self.channels, 1)
        check_number("momentum", self.momentum, 0, 1)
        check_positive("eps", self.eps)

    @property
    def input_shape(self) -> tuple[Any, ...]:
        return ("N", ..., self.channels)

    @property
    def param_shapes(self) -> dict[str, Shape]:
        return {"gamma": (self.channels,), "beta": (self.channels,)}

    def init(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        return constant(1, self.channels), constant(0, self.channels)

    def forward(self, x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
        """Normalise `x` (N, ..., C) by its own statistics; `gamma` and `beta` are (C,).

        Raises
        ------
        ValueError
            Also where `x` has one value a channel: it is its own mean, and what it says
            is lost. The last batch of a training set may be such a one; `least_batch`
            tells beforehand.
        """
        (x, gamma, beta), dtypes = self._checked(x, gamma, beta)
        count = math.prod(x.shape[:-1])
        if count == 1:
            raise ValueError(
                "x must have at least 2 values a channel to train a BatchNorm on, got"
                f" shape {tuple(x.shape)}. If this is the last batch, choose a batch"
                " size that leaves no single sample over"
            )
        xp, rows = array_namespace(x), in_runs(x)
        parts, centred, out = row_blocks(rows), xp.empty_like(rows), xp.empty_like(rows)

        def centre(some):
            piece = write_rows(centred, some, xp.subtract, rows[some, :], middle)
            squares = self._sums(piece * piece)
            return xp.stack([self._sums(piece), squares])

        def stretch(some):
            write_rows(out, some, xp.add, centred[some, :] * factor, shift)

        mean = channel_sums(x) / count
        middle = repeated(mean, x)
        # Of large values with small differences the mean is rounded by more than these
        # are. What it lacks is found by a second look, and taken off where it costs no
        # pass over x.
        means = xp.astype(over_blocks(centre, parts, rows), x.dtype) / count
        rest = means[0, :]
        var = means[1, :] - rest * rest
        inv_std = 1 / xp.sqrt(xp.maximum(var, xp.zeros_like(var)) + self.eps)
        saved = _SavedNorm(
            xp.reshape(centred, x.shape),
            rest,
            gamma,
            inv_std,
            mean + rest,
            var,
            count,
            dtypes,
        )
        factor = repeated(gamma * inv_std, x)
        shift = repeated(beta - rest * (gamma * inv_std), x)
        over_blocks(stretch, parts, rows)
        return demote(xp.reshape(out, x.shape), dtypes[0]), saved

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Gradients ``(dx, dgamma, dbeta)``.

        dx = γ/σ (dout − dbeta/n − x̂ dgamma/n): two terms are taken out of `dout`,
        since moving the whole channel changes nothing (μ follows), and neither does
        stretching it (σ follows, but for eps).
        """
        centred, rest, gamma, inv_std, _, _, count, dtypes = saved
        dout = checked_upstream(dout, centred.shape, centred)
        xp, rows, g = array_namespace(centred), in_runs(centred), in_runs(dout)
        parts, dx = row_blocks(rows), xp.empty_like(rows)

        def sums(some):
            return self._sums(g[some, :] * rows[some, :])

        def project(some):
            piece = rows[some, :] * -stretch
            piece += g[some, :]
            piece -= shift
            write_rows(dx, some, xp.multiply, piece, factor)

        dbeta = channel_sums(dout)
        dgamma = xp.astype(over_blocks(sums, parts, rows), dout.dtype, copy=False)
        dgamma = inv_std * (dgamma - rest * dbeta)
        # times (centred - rest), which is x̂ / inv_std
        stretch = inv_std * dgamma / count
        shift = repeated(dbeta / count - rest * stretch, dout)
        stretch = repeated(stretch, dout)
        factor = repeated(gamma * inv_std, dout)
        over_blocks(project, parts, rows)
        return demoted((xp.reshape(dx, dout.shape), dgamma, dbeta), dtypes)

    def least_batch(self, shape: Shape) -> int:
        """2 samples of one value a channel; of an image 1, if it has several pixels."""
        return 2 if math.prod(shape[:-1]) == 1 else 1

    def init_running(self) -> Running:
        """Mean 0 and variance 1, as float32 NumPy arrays."""
        return Running(constant(0, self.channels), constant(1, self.channels))

    def update(self, running: Running, saved: Any) -> Running:
        """Return the running averages after the batch of `saved`, as new arrays.

        Raises
        ------
        TypeError, ValueError
            If `running` is no `Running` of this layer's channels.
        """
        xp = self._checked_running(running, saved.mean)
        unbiased = saved.var * (saved.n / (saved.n - 1))
        mean, var = (
            (1 - self.momentum) * old + self.momentum * xp.astype(new, old.dtype)
            for old, new in zip(running, (saved.mean, unbiased), strict=True)
        )
        return Running(mean, var)

    def infer(  # type: ignore[override]  # its own parameters by name
        self, x: Array, gamma: Array, beta: Array, running: Running
    ) -> Array:
        """Normalise `x` (N, ..., C) by the running averages.

        Raises
        ------
        TypeError, ValueError
            If `running` is no `Running` of this layer's channels.
        """
        (x, gamma, beta), dtypes = self._checked(x, gamma, beta)
        xp = self._checked_running(running, x)
        mean, var = (cast(statistic, x.dtype) for statistic in running)
        factor = gamma / xp.sqrt(var + self.eps)
        mean, factor, beta = (repeated(v, x) for v in (mean, factor, beta))
        rows = in_runs(x)
        out = xp.empty_like(rows)

        def normalise(some):
            piece = rows[some, :] - mean
            piece *= factor
            write_rows(out, some, xp.add, piece, beta)

        over_blocks(normalise, row_blocks(rows), rows)
        return demote(xp.reshape(out, x.shape), dtypes[0])

    def _sums(self, rows):
        return wide_sums(by_channel(rows, self.channels))

    def _checked_running(self, running, x):
        if not isinstance(running, Running):
            raise TypeError(
                f"running must be a Running(mean, var), got {type(running).__name__}"
            )
        for name, statistic in running._asdict().items():
            check_shape(f"running.{name}", statistic, (self.channels,))
        return check_same_library(x=x, **running._asdict())
