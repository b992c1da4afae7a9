"""A training between two steps, and what it leaves behind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from mlcore.arrays import Array, array_namespace
from mlcore.layers import Sequential
from mlcore.optim import SGDState


@dataclass(frozen=True)
class Epoch:
    """One pass over the training set.

    Attributes
    ----------
    number : int
        Counted from 1.
    loss : float
        Mean over the epoch's samples, each measured just before the step that used it.
    rate : float
        Learning rate of the last step.
    seconds : float
        The only number that differs when a training is repeated.
    validation : float or None
        Accuracy on the validation split after the epoch, where the data have one.
    """

    number: int
    loss: float
    rate: float
    seconds: float
    validation: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What training did; prints as a table.

    Attributes
    ----------
    epochs : tuple of Epoch
    train_accuracy, test_accuracy : float
        After the last epoch, whatever came before: the best of many looks at the test
        set would be a choice made with the test set. `test_accuracy` is None where the
        test set has classes that training has not seen: verification measures those.
    w : array, shape (C, D)
        The head's trained weights. (The network's are in the network.)
    centers : array, shape (C, D), or None
        Where center loss has left its centers.
    state : array, or None
        That of the head's loss, where it has one.
    stretches : tuple of dict
        Of a training with a checkpoint: where and with what it was trained between two
        interruptions, each with its ``steps``, the first and the last (see
        `train.checkpoint.this_stretch`).
    """

    epochs: tuple[Epoch, ...]
    train_accuracy: float
    test_accuracy: Any  # a float, or None
    w: Array
    centers: Array | None = None
    state: Array | None = None
    stretches: tuple[dict[str, Any], ...] = ()

    def __repr__(self):
        validated = any(e.validation is not None for e in self.epochs)
        rows = [f"{'epoch':>5} {'train loss':>11} {'rate':>9} {'seconds':>8}"]
        rows += [
            f"{e.number:5} {e.loss:11.4f} {e.rate:9.2g} {e.seconds:8.2f}"
            for e in self.epochs
        ]
        if validated:
            column = ["validation", *(f"{e.validation:.4f}" for e in self.epochs)]
            rows = [f"{row} {cell:>11}" for row, cell in zip(rows, column, strict=True)]
        test = "test classes not seen in training"
        if self.test_accuracy is not None:
            test = f"test accuracy {self.test_accuracy:.4f}"
        rows.append(
            f"after the last epoch: train accuracy {self.train_accuracy:.4f}, {test}"
        )
        return "\n".join(rows)


@dataclass
class State:
    """A training between two steps, without what is in the network itself.

    The network has its weights and running statistics.

    Attributes
    ----------
    w : array, shape (C, D), or None
        Weights of the head, where there is one.
    carried : Carried
    descent : optim.SGDState
        Velocities, and how many steps have been taken.
    total, seconds : float
        Sum of the losses of the running epoch's samples, and its duration so far.
    epochs : list of Epoch
        Those that are over.
    """

    w: Any  # an Array; None without a head
    carried: "Carried"
    descent: SGDState
    total: float = 0.0
    seconds: float = 0.0
    epochs: list[Epoch] = field(default_factory=list)

    @property
    def step(self) -> int:
        """How many steps have been taken."""
        return self.descent.steps


class Carried(NamedTuple):
    """What losses carry from step to step, beside what is descended.

    Attributes
    ----------
    of_head : array, or None
        The state of the head's loss, where it has one; None before the first step.
    centers : array, shape (C, D), or None
        The centers of a center loss.
    """

    of_head: Array | None = None
    centers: Array | None = None


class Batch(NamedTuple):
    """What one step is given.

    Attributes
    ----------
    x : array, shape (B, ...)
        As the network takes them.
    criterion : function (state, features) -> (loss, dfeatures, dw, carried)
        The mean loss of the batch, its gradients with respect to the features and the
        head's weights (None without a head), and what is carried to the next step.
    rng : numpy.random.Generator or None
        For the layers that draw.
    shared : bool
        Whether the criterion talks to other processes, which must then all call it.
    """

    x: Array
    criterion: Callable[[State, Array], tuple[Any, Array, Array | None, Carried]]
    rng: np.random.Generator | None = None
    shared: bool = False


def check_state(state: State, net: Sequential) -> None:
    """Refuse weights, velocities and statistics that are not finite, by name.

    Raises
    ------
    FloatingPointError
    """
    for name, array in named_arrays(state, net):
        xp = array_namespace(array)
        if not bool(xp.all(xp.isfinite(array))):
            raise FloatingPointError(
                f"{in_words(name, net)} must be finite, but holds NaN or infinity"
            )


def largest(state: State, net: Sequential) -> str:
    """Name and size of the parameter that holds the largest number, in words."""
    sizes = {
        name: _largest_entry(array)
        for name, array in named_arrays(state, net)
        if name.partition(".")[0] in ("w", "params")
    }
    name = max(sizes, key=lambda name: sizes[name])
    return f"{sizes[name]:.3g}, in {in_words(name, net)}"


def _largest_entry(array):
    xp = array_namespace(array)
    return float(xp.max(xp.abs(array)))


def in_words(name: str, net: Sequential) -> str:
    """What a user calls the array that has this `name` in the file."""
    group, *place = name.split(".")
    if not place:
        return {
            "w": "the head's weights w",
            "state": "the state of the head's loss",
            "centers": "the centers of the center loss",
        }[group]
    i, j = map(int, place)
    if i == len(net.layers):  # The head's velocity comes after those of the layers.
        return "the velocity of the head's weights w"
    kind = {
        "params": "",
        "velocity": "the velocity of ",
        "running": "the running statistics of ",
    }
    layer = net.layers[i]
    which = ("mean", "var") if group == "running" else tuple(layer.param_shapes)
    named = f"{which[j]} of " if j < len(which) else ""
    return f"{kind[group]}{named}layer {i} ({layer})"


def named_arrays(state: State, net: Sequential) -> Iterator[tuple[str, Array]]:
    """All arrays, with the names that they have in a checkpoint."""
    of_head, centers = state.carried
    for name, array in (("w", state.w), ("state", of_head), ("centers", centers)):
        if array is not None:
            yield name, array
    groups = {
        "params": net.params,
        "running": net.running,
        "velocity": state.descent.velocity,
    }
    for name, layers in groups.items():
        for i, layer in enumerate(layers):
            for j, array in enumerate(layer):
                yield f"{name}.{i}.{j}", array
