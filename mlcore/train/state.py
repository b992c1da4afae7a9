"""Everything that the next step of a training depends on, and its way into a file and
back."""

import json
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from mlcore import checkpoints, locks
from mlcore.arrays import array_namespace, like, to_numpy
from mlcore.train.history import Epoch


@dataclass
class State:
    """A training between two steps; the network's weights and running statistics are in
    the net.

    Attributes
    ----------
    w : array, shape (C, D), or None
        Weights of the head, where there is one.
    centers : array, shape (C, D), or None
    descent : optim.SGDState
        Velocities, and how many steps have been taken.
    total, seconds : float
        Sum of the losses of the running epoch's samples, and its duration so far.
    epochs : list of Epoch
        Those that are over.
    """

    w: object
    centers: object
    descent: object
    total: float = 0.0
    seconds: float = 0.0
    epochs: list = field(default_factory=list)

    @property
    def step(self):
        """How many steps have been taken."""
        return self.descent.steps


class CheckpointFile:
    """Where a training is kept, and how it comes back.

    Used as a context manager it holds the lock of the file: no other process can train
    into it.

    Parameters
    ----------
    path : str or Path
    seconds : float
        How long after the last time it is `due`.
    settings : dict
        What makes this training this one; JSON must be able to hold it.
    stretch : dict
        Where and with what it is trained from here on, as from `this_stretch`. The file
        holds that of every stretch, with its ``steps``, the first and the last.
    """

    def __init__(self, path, seconds, settings, stretch):
        self.path, self.seconds = Path(path).absolute(), seconds
        # As the file will give them back; and what it cannot hold is refused here.
        self.settings, self.stretch = json.loads(
            json.dumps([settings, stretch], default=_plain)
        )
        self.earlier, self.begin = [], 0
        self.saved, self.lock = time.monotonic(), ExitStack()

    def __enter__(self):
        try:
            self.renew = self.lock.enter_context(locks.held(self.path))
            checkpoints.sweep(self.path)
        except locks.InUse:
            raise
        except OSError as error:
            if not self.path.exists():
                raise
            self.renew = partial(_fail, error)  # A training that is over is only read.
        return self

    def __exit__(self, *error):
        return self.lock.__exit__(*error)

    def save(self, state, net):
        """Write all of `state` and `net`, in one step.

        Raises
        ------
        OSError
            If it cannot be written, or its folder has been removed and another process
            is at work in the new one; the old file stays as it was.
        """
        self.renew()
        arrays = {name: to_numpy(array) for name, array in _named(state, net)}
        facts = {
            "settings": self.settings,
            "step": state.step,
            "total": state.total,
            "seconds": state.seconds,
            "epochs": [asdict(epoch) for epoch in state.epochs],
            "stretches": self.stretches(state),
        }
        checkpoints.save(self.path, arrays, facts)
        self.saved = time.monotonic()

    def stretches(self, state):
        """Those of the file that it went on from, and this one, if it has taken a
        step."""
        if state.step == self.begin:
            return self.earlier
        return [*self.earlier, {**self.stretch, "steps": [self.begin + 1, state.step]}]

    @property
    def due(self):
        """Whether the last time that it was saved is long enough ago."""
        return time.monotonic() - self.saved >= self.seconds

    def resume(self, state, net):
        """Bring `state` and `net`, as they are before the first step, to where the file
        left them.

        Without a file they stay where they are.

        Raises
        ------
        ValueError
            If the file is damaged, or belongs to another training; then nothing has
            been changed.
        """
        if not self.path.exists():
            return
        arrays, facts = checkpoints.load(self.path)
        self._check_settings(facts.get("settings"))
        loaded = {name: like(arrays[name], array) for name, array in _named(state, net)}
        net.params = _filled("params", net.params, loaded)
        net.running = _filled("running", net.running, loaded)
        state.w, state.centers = loaded.get("w"), loaded.get("centers")
        velocity = _filled("velocity", state.descent.velocity, loaded)
        state.descent = state.descent._replace(steps=facts["step"], velocity=velocity)
        state.total, state.seconds = facts["total"], facts["seconds"]
        state.epochs = [Epoch(**epoch) for epoch in facts["epochs"]]
        self.earlier, self.begin = facts["stretches"], facts["step"]

    def _check_settings(self, found):
        """Equal settings imply equal shapes and dtypes: no other check is needed."""
        found = found if isinstance(found, dict) else {}
        for name, now in self.settings.items():
            if found.get(name) != now:
                change = f"{name} was {found.get(name)}, now {now}"
                raise ValueError(
                    f"{self.path} belongs to another training: "
                    f"{change if len(change) < 200 else f'its {name} was another'}. "
                    "Give another path, or delete it to start again"
                )


def _fail(error):
    raise error


def _plain(value):
    """A NumPy scalar, which a caller may give for any number, as JSON has it."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(
        f"settings and provenance must be what JSON can hold, got {value!r}"
    )


def check_state(state, net):
    """Refuse weights, velocities and statistics that are not finite, by name.

    Raises
    ------
    FloatingPointError
    """
    for name, array in _named(state, net):
        xp = array_namespace(array)
        if not bool(xp.all(xp.isfinite(array))):
            raise FloatingPointError(
                f"{in_words(name, net)} must be finite, but holds NaN or infinity"
            )


def largest(state, net):
    """Name and size of the parameter that holds the largest number, in words."""
    sizes = {
        name: float(array_namespace(array).max(abs(array)))
        for name, array in _named(state, net)
        if name.partition(".")[0] in ("w", "params")
    }
    name = max(sizes, key=sizes.get)
    return f"{sizes[name]:.3g}, in {in_words(name, net)}"


def in_words(name, net):
    """What a user calls the array that has this `name` in the file."""
    group, *place = name.split(".")
    if not place:
        return {
            "w": "the head's weights w",
            "centers": "the centers of the center loss",
        }[group]
    i, j = map(int, place)
    if i == len(net.layers):  # The head's velocity comes behind those of the layers.
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


def _named(state, net):
    """All arrays with their names in the file."""
    for name, array in (("w", state.w), ("centers", state.centers)):
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


def _filled(name, layers, loaded):
    """The list of tuples `layers`, with the arrays loaded in the place of its own."""
    filled = []
    for i, layer in enumerate(layers):
        arrays = [loaded[f"{name}.{i}.{j}"] for j in range(len(layer))]
        filled.append(
            type(layer)(*arrays) if hasattr(layer, "_fields") else tuple(arrays)
        )
    return filled
