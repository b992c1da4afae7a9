"""Everything that the next step of a training depends on, and its way into a file and back."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mlcore import checkpoints
from mlcore.arrays import like, to_numpy
from mlcore.train.history import Epoch


@dataclass
class State:
    """A training between two steps; the network's weights and running statistics are in the net.

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

    Parameters
    ----------
    path : str or Path
    seconds : float
        How often `save_if_due` saves.
    settings : dict
        What makes this training this one; JSON must be able to hold it.
    """

    def __init__(self, path, seconds, settings):
        self.path, self.seconds, self.settings = Path(path), seconds, settings
        self.saved = time.monotonic()

    def save(self, state, net):
        """Write all of `state` and `net`, in one step."""
        arrays = {name: to_numpy(array) for name, array in _named(state, net)}
        facts = {
            "settings": self.settings,
            "step": state.step,
            "total": state.total,
            "seconds": state.seconds,
            "epochs": [asdict(epoch) for epoch in state.epochs],
        }
        checkpoints.save(self.path, arrays, facts)
        self.saved = time.monotonic()

    def save_if_due(self, state, net):
        """Save, if the last time is long enough ago."""
        if time.monotonic() - self.saved >= self.seconds:
            self.save(state, net)

    def resume(self, state, net):
        """Bring `state` and `net`, as they are before the first step, to where the file left them.

        Without a file they stay where they are.

        Raises
        ------
        ValueError
            If the file is damaged, or belongs to another training; then nothing has been changed.
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


def _named(state, net):
    """All arrays with their names in the file."""
    for name, array in (("w", state.w), ("centers", state.centers)):
        if array is not None:
            yield name, array
    groups = {"params": net.params, "running": net.running, "velocity": state.descent.velocity}
    for name, layers in groups.items():
        for i, layer in enumerate(layers):
            for j, array in enumerate(layer):
                yield f"{name}.{i}.{j}", array


def _filled(name, layers, loaded):
    """The list of tuples `layers`, with the arrays loaded in the place of its own."""
    filled = []
    for i, layer in enumerate(layers):
        arrays = [loaded[f"{name}.{i}.{j}"] for j in range(len(layer))]
        filled.append(type(layer)(*arrays) if hasattr(layer, "_fields") else tuple(arrays))
    return filled
