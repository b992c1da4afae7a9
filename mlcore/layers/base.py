"""What every layer has: the pair of formulas, and the checks in front of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcore.arrays import Array, cast, demote, promote
from mlcore.validation import (
    check_not_empty,
    check_same_library,
    check_shape,
    plain_numbers,
)

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """A layer: hyper-parameters that do not change, and a pair of formulas.

    ``out, saved = layer.forward(x, *params)`` evaluates it.
    ``dx, *dparams = layer.backward(saved, dout)`` returns, for the gradient `dout` of
    anything with respect to `out`, the gradients with respect to forward's arguments,
    always as a tuple and in their order. The parameters are arguments like any other:
    `init` draws them, an optimiser changes them, and the layer itself holds none, so it
    may serve many networks and threads.

    Every layer computes in the dtype of its arguments (float16: in float32) and returns
    `out` in the dtype of `x` and each gradient in that of its argument. Inputs are
    never written to. NaN and infinity flow through: the loss at the end refuses them by
    name, once a step instead of once a layer.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    #: Whether `forward` draws random numbers: then it takes an `rng` after the others.
    stochastic = False

    def __post_init__(self):
        # Subclasses call this first. An np.float64 would lift float32 arrays to
        # float64.
        plain_numbers(self)

    @property
    def input_shape(self) -> tuple[Any, ...]:
        """Shape that `forward` asks of `x`: a word is any length, ``...`` any axes."""
        return ("N", ...)

    @property
    def param_shapes(self) -> dict[str, Shape]:
        """Name and shape of each parameter, in forward's order."""
        return {}

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of one sample's output for its input of `shape` (no batch axis)."""
        return shape

    def init(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Draw initial parameters: a tuple of NumPy arrays of float32."""
        return ()

    def forward(self, x: Array, *params: Any, **drawn: Any) -> tuple[Array, Any]:
        """Return ``out, saved``.

        Raises
        ------
        ValueError, TypeError
            If an argument has not the shape and dtype that the layer asks for, is
            empty, or comes from another library than `x`; the message names it.
        """
        raise NotImplementedError

    def backward(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Return the gradients ``(dx, *dparams)``.

        Raises
        ------
        ValueError, TypeError
            If `dout` does not fit the output; the message says what would.
        """
        raise NotImplementedError

    def backward_params(self, saved: Any, dout: Array) -> tuple[Array, ...]:
        """Return the parameters' gradients alone, where nobody asks for that of `x`."""
        return self.backward(saved, dout)[1:]

    def least_batch(self, shape: Shape) -> int:
        """How many samples of `shape` (no batch axis) `forward` needs at least."""
        return 1

    def init_running(self) -> tuple[np.ndarray, ...]:
        """Running statistics before the first batch: NumPy arrays of float32."""
        return ()

    def update(self, running: Any, saved: Any) -> Any:
        """The running statistics after the batch of `saved`. Most layers have none."""
        return running

    def infer(self, x: Array, *params: Any, running: Any = ()) -> Array:
        """The output at test time, another than `forward` with running statistics."""
        return self.forward(x, *params)[0]

    def _checked(self, x, *params):
        """Check forward's arguments; return them as computed with, and their dtypes.

        A parameter that is None (a bias switched off) is left out.
        """
        check_shape("x", x, self.input_shape)
        check_not_empty("x", x)
        given = {"x": x}
        for i, (name, shape) in enumerate(self.param_shapes.items()):
            if i >= len(params) or params[i] is None:
                raise ValueError(f"{name} must be an array of shape {shape}, got none")
            check_shape(name, params[i], shape)
            given[name] = params[i]
        for param in params[len(given) - 1 :]:
            if param is not None:
                raise ValueError(
                    f"{self} takes no parameters but {(*self.param_shapes,)}"
                )
        check_same_library(**given)
        return promote(*given.values()), tuple(array.dtype for array in given.values())


def checked_upstream(dout: Array, shape: Iterable[int], x: Array) -> Array:
    """`dout` in the dtype of `x`, after checking it against the output's `shape`.

    Raises
    ------
    ValueError, TypeError
        If it has another shape, or comes from another library than `x`.
    """
    check_shape("dout", dout, tuple(shape))
    check_same_library(x=x, dout=dout)
    return cast(dout, x.dtype)


def check_flag(name: str, value: Any) -> None:
    """A hyper-parameter that is True or False: any other object would pass for one.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def demoted(gradients: Iterable[Array], dtypes: Iterable[Any]) -> tuple[Array, ...]:
    """The tuple of gradients, each in the dtype of its argument."""
    return tuple(demote(g, dtype) for g, dtype in zip(gradients, dtypes, strict=True))
