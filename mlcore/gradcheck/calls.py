"""The calls of forward and backward that a gradient check compares."""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlcore.arrays import array_namespace, is_array, like, to_numpy
from mlcore.gradcheck.lines import Lines


class Calls:
    """A loss or a layer at one point, called three times: does it repeat itself?

    Parameters
    ----------
    loss : object with forward and backward
    inputs : sequence or mapping of arrays
        Floating ones are cast to float64.
    rng : numpy.random.Generator
        Draws the weights of the outputs, where there are several.

    Attributes
    ----------
    gradients : dict of str to numpy.ndarray
        By argument, what backward returns.
    again : dict of str to list of numpy.ndarray
        The same from the other two calls.
    outs : list of numpy.ndarray or float
        What forward returns, three times.
    upstream : float or numpy.ndarray

    Raises
    ------
    TypeError
        If `inputs` are neither, or forward does not compute in float64.
    ValueError
        If `inputs` do not fit forward's signature, or backward returns gradients of
        another number or shape than its arguments.
    """

    def __init__(self, loss: Any, inputs: Any, rng: np.random.Generator):
        named = _named(loss.forward, inputs)
        self.loss, self.by_name = loss, isinstance(inputs, Mapping)
        self.arguments = {name: _as_float64(value) for name, value in named.items()}
        out, saved = self._forward(self.arguments)
        if _is_floating(out) and out.dtype != array_namespace(out).float64:
            raise TypeError(
                "forward must compute in float64 where its arguments are, but returned"
                f" {out.dtype}"
            )
        scalar = getattr(out, "ndim", 0) == 0
        self.upstream = 1.0 if scalar else rng.standard_normal(tuple(out.shape))
        dout = () if scalar else (like(self.upstream, out),)
        first = self._gradients(loss.backward(saved, *dout))
        calls = [(out, first)]
        for _ in range(2):
            out, saved = self._forward(self.arguments)
            calls.append((out, self._gradients(loss.backward(saved, *dout))))
        self.outs = [_on_host(out) for out, _ in calls]
        self.gradients = first
        self.again = {name: [grads[name] for _, grads in calls[1:]] for name in first}

    def lines(self, name: str) -> Lines:
        """`Lines` through the argument `name`."""
        argument = self.arguments[name]

        def f(x):
            moved = {**self.arguments, name: like(x, argument)}
            return _on_host(self._forward(moved)[0])

        gradient = self.gradients[name]
        return Lines(f, to_numpy(argument), gradient, self.upstream, self.outs)

    def _forward(self, values):
        if self.by_name:
            return self.loss.forward(**values)
        return self.loss.forward(*values.values())

    def _gradients(self, grads):
        names = [name for name, value in self.arguments.items() if _is_floating(value)]
        if not isinstance(grads, tuple) or not 0 < len(grads) <= len(names):
            kind = type(grads).__name__
            found = f"{len(grads)} in a {kind}" if hasattr(grads, "__len__") else grads
            raise ValueError(
                f"backward must return a tuple of gradients for some of {names}, got"
                f" {found}"
            )
        for name, gradient in zip(names, grads, strict=False):
            shape = tuple(self.arguments[name].shape)
            is_one = is_array(gradient)
            found = tuple(gradient.shape) if is_one else type(gradient).__name__
            if found != shape:
                raise ValueError(
                    f"backward must return a gradient of shape {shape} for {name}, got"
                    f" {found}"
                )
        return dict(zip(names, map(to_numpy, grads), strict=False))


def chosen(wrt: Any, names: list[str]) -> list[str]:
    """The names that `wrt` chooses from `names`; all where it is None.

    Raises
    ------
    ValueError
        If it chooses none, or one that is not among them.
    """
    if wrt is None:
        return names
    wanted = wrt if isinstance(wrt, list | tuple) else [wrt]
    if not wanted:
        raise ValueError(f"wrt must choose from {names}, got none of them")
    found = []
    for name in wanted:
        if isinstance(name, int) and -len(names) <= name < len(names):
            name = names[name]
        if name not in names:
            raise ValueError(
                f"wrt must choose from {names} by name or index, got {name!r}"
            )
        found.append(name)
    return found


def _named(forward, inputs):
    """Forward's arguments by name, in the order of its signature."""
    parameters = inspect.signature(forward).parameters
    if isinstance(inputs, Mapping):
        unknown = [name for name in inputs if name not in parameters]
        if unknown:
            raise ValueError(
                f"inputs must name arguments of forward, got {unknown[0]!r}"
            )
        return {name: inputs[name] for name in parameters if name in inputs}
    if not hasattr(inputs, "__len__"):
        kind = type(inputs).__name__
        raise TypeError(f"inputs must be a sequence or a mapping of arrays, got {kind}")
    names = []
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{name}[{i}]" for i in range(len(inputs) - len(names))]
        else:
            names.append(name)
    if len(inputs) > len(names):
        raise ValueError(
            f"inputs must be at most {len(names)} arrays, got {len(inputs)}"
        )
    return dict(zip(names, inputs, strict=False))


def _on_host(value):
    """An array as NumPy's, or the number itself where a library returns scalars."""
    return to_numpy(value) if is_array(value) else np.float64(value)


def _as_float64(value):
    if not _is_floating(value):
        return value
    xp = array_namespace(value)
    return xp.astype(value, xp.float64)


def _is_floating(value):
    return is_array(value) and array_namespace(value).isdtype(
        value.dtype, "real floating"
    )
