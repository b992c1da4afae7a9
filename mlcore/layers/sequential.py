"""A network: layers in a row, with their parameters."""

import math
import re
import textwrap
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

import numpy as np

from mlcore.arrays import Array, array_namespace, is_array, like
from mlcore.layers.base import Layer, Shape
from mlcore.layers.dropout import Seed, generator
from mlcore.validation import check_integer, check_shape_tuple

# that a network prints itself in, as wide as the output of a cell in the book
COLUMNS = 72


class Sequential:
    """Layers one after another; it holds their parameters and running statistics.

    Parameters
    ----------
    layers : sequence of Layer
    seed : int
        Seeds the initial parameters, which are the same numbers for every library and
        dtype.
    dtype : str or dtype
        Of the parameters: "float32", "float64" or "float16".
    like : array, optional
        Parameters live in this array's library and on its device; without it they are
        NumPy's.
    input_shape : tuple of int, optional
        Shape of one sample. If given, layers that do not fit together are refused here.

    Attributes
    ----------
    layers : tuple of Layer
    dtype : str
    params : list of tuples of arrays
        One tuple a layer, in the order of its forward. Assign a list of the same
        structure (what an optimiser returns) to change them.
    running : list of tuples of arrays
        Running statistics of each layer, for `infer` and `predict`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above, or layers do not fit together; the message names
        the layer.

    Examples
    --------
    >>> from mlcore.layers import Linear, ReLU
    >>> net = Sequential([Linear(4, 3), ReLU(), Linear(3, 2)], seed=1, input_shape=(4,))
    >>> print(net)
    output  parameters   layer
    (4,)                 input
    (3,)            15   0 Linear(in_features=4, out_features=3, bias=True)
    (3,)             0   1 ReLU()
    (2,)             8   2 Linear(in_features=3, out_features=2, bias=True)
                    23   total
    """

    def __init__(
        self,
        layers: Iterable[Layer],
        seed: int = 0,
        *,
        dtype: Any = "float32",
        like: Array | None = None,
        input_shape: Iterable[int] | None = None,
    ):
        if not isinstance(layers, Iterable):
            kind = type(layers).__name__
            raise TypeError(f"layers must be a sequence of Layers, got {kind}")
        self.layers = tuple(layers)
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"layers[{i}] must be a Layer, got {type(layer).__name__}"
                )
        self.dtype = _floating(dtype)
        # default_rng(None) asks the operating system: no network could be had again.
        check_integer("seed", seed, 0)
        if input_shape is not None and not isinstance(input_shape, Iterable):
            raise TypeError(
                f"input_shape must be a tuple of integers, got {input_shape!r}"
            )
        self.input_shape = None if input_shape is None else tuple(input_shape)
        self._output_shapes()
        rng = np.random.default_rng(seed)
        self.params = [
            _moved(layer.init(rng), self.dtype, like) for layer in self.layers
        ]
        self.running = [
            _moved(layer.init_running(), self.dtype, like) for layer in self.layers
        ]

    def forward(self, x: Array, rng: Seed = None) -> tuple[Array, list[Any]]:
        """Return ``out, saved`` for a batch `x` in training.

        Changes nothing: `update_running` takes the batch's statistics out of `saved`.
        Layers that draw random numbers take them, first layer first, from `rng`, a
        NumPy Generator or a seed. ``rng=(seed, step)`` leaves no generator behind whose
        state a resumed training would need.
        """
        rng = None if rng is None else generator(rng)
        saved = []
        for i, layer in enumerate(self.layers):
            with self._named(i):
                drawn = {"rng": rng} if layer.stochastic else {}
                x, saved_by_layer = layer.forward(x, *self.params[i], **drawn)
            saved.append(saved_by_layer)
        return x, saved

    def backward(
        self, saved: list[Any], dout: Array
    ) -> tuple[Array, list[tuple[Array, ...]]]:
        """Return ``dx, grads``, last layer first; `grads` are ordered as `params`."""
        grads: list[tuple[Array, ...]] = [()] * len(self.layers)
        for i in reversed(range(len(self.layers))):
            with self._named(i):
                dout, *grads_of_layer = self.layers[i].backward(saved[i], dout)
            grads[i] = tuple(grads_of_layer)
        return dout, grads

    def backward_params(self, saved: list[Any], dout: Array) -> list[tuple[Array, ...]]:
        """Return `grads` alone, as training needs them.

        Nobody asks for the gradient of the image: the layers up to the first that has
        parameters are spared it.
        """
        first = next(
            (i for i, params in enumerate(self.params) if params), len(self.layers)
        )
        grads: list[tuple[Array, ...]] = [()] * len(self.layers)
        for i in reversed(range(first, len(self.layers))):
            with self._named(i):
                if i == first:
                    grads[i] = self.layers[i].backward_params(saved[i], dout)
                else:
                    dout, *grads_of_layer = self.layers[i].backward(saved[i], dout)
                    grads[i] = tuple(grads_of_layer)
        return grads

    def least_batch(self, shape: Shape) -> int:
        """How many samples of `shape` (no batch axis) a batch needs in training.

        A BatchNorm over features has no statistics of a single sample, and an epoch may
        end with one: where the number of samples modulo the batch size is 1.
        """
        least = 1
        for i, layer in enumerate(self.layers):
            with self._named(i):
                least = max(least, layer.least_batch(shape))
                shape = layer.output_shape(shape)
        return least

    def update_running(self, saved: list[Any]) -> None:
        """Let every layer's running statistics follow the batch of `saved`."""
        self.running = [
            layer.update(running, saved_by_layer)
            for layer, running, saved_by_layer in zip(
                self.layers, self.running, saved, strict=True
            )
        ]

    def infer(self, x: Array) -> Array:
        """Return the output for `x` at test time, with running statistics."""
        for i, layer in enumerate(self.layers):
            with self._named(i):
                x = layer.infer(x, *self.params[i], running=self.running[i])
        return x

    def predict(self, x: Array, batch: int = 512) -> Array:
        """Return `infer` of all of `x`, `batch` samples at a time to save memory.

        Raises
        ------
        TypeError, ValueError
            If `x` is no array, `batch` no integer >= 1, or a layer refuses `x`.
        """
        check_integer("batch", batch, 1)
        if not is_array(x):
            raise TypeError(f"x must be an array, got {type(x).__name__}")
        n = x.shape[0]
        outs = [
            self.infer(x[i : min(i + batch, n), ...])
            for i in range(0, max(n, 1), batch)
        ]
        return array_namespace(x).concat(outs, axis=0)

    def __len__(self) -> int:
        return len(self.layers)

    def __str__(self) -> str:
        shapes = [str(shape or "") for shape in self._output_shapes()]
        names = [f"{i} {layer}" for i, layer in enumerate(self.layers)]
        counts = [sum(math.prod(p.shape) for p in params) for params in self.params]
        rows = [
            ("layer", "output", "parameters"),
            ("input", "" if self.input_shape is None else str(self.input_shape), ""),
            *zip(names, shapes, map(str, counts), strict=True),
            ("total", "", str(sum(counts))),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        indent = " " * (widths[1] + widths[2] + 5)
        lines = []
        for name, shape, count in rows:
            # The long column last, to be folded, but not within a pair such as (5, 5).
            name = re.sub(r"(?<=\d), (?=\d)", ",\N{NO-BREAK SPACE}", name)
            width = max(COLUMNS - len(indent), 20)
            first, *more = textwrap.wrap(name, width, subsequent_indent="  ")
            lines.append(f"{shape:{widths[1]}}  {count:>{widths[2]}}   {first}")
            lines += [indent + line for line in more]
        return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")

    def __repr__(self) -> str:
        return f"Sequential({list(self.layers)})"

    def _output_shapes(self):
        """Shape of a sample behind each layer; None where the input's is not known."""
        shape, shapes = self.input_shape, []
        for i, layer in enumerate(self.layers):
            if shape is not None:
                with self._named(i):
                    check_shape_tuple("x", ("N", *shape), layer.input_shape)
                    shape = layer.output_shape(shape)
            shapes.append(shape)
        return shapes

    @contextmanager
    def _named(self, i):
        """Let errors say which layer they come from."""
        try:
            yield
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"layer {i} ({self.layers[i]}): {error}") from error


def _floating(dtype):
    """The name of a dtype that parameters may have."""
    # NumPy takes None for float64
    name = None if dtype is None else str(np.dtype(dtype))
    if name not in ("float16", "float32", "float64"):
        raise TypeError(f"dtype must be float16, float32 or float64, got {dtype!r}")
    return name


def _moved(arrays, dtype, reference):
    """`arrays` in the dtype and library wanted; a named tuple stays one."""
    moved = [array.astype(dtype) for array in arrays]
    if reference is not None:
        moved = [like(array, reference) for array in moved]
    return type(arrays)(*moved) if hasattr(arrays, "_fields") else tuple(moved)
