"""A training in a file: all that its next step depends on, and what makes it itself."""

import hashlib
import json
import platform
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import mlcore
from mlcore import checkpoints, locks
from mlcore.arrays import device, like, to_numpy
from mlcore.layers import Sequential
from mlcore.optim import SGD
from mlcore.train.identity import identified
from mlcore.train.settings import describe
from mlcore.train.state import Carried, Epoch, State, named_arrays


class Passes(NamedTuple):
    """How often, and in which portions, a training goes through its samples."""

    samples: int
    epochs: int
    batch: int

    @property
    def steps_per_epoch(self) -> int:
        """The last batch of an epoch takes what is left over."""
        return -(-self.samples // self.batch)

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self.epochs * self.steps_per_epoch


class CheckpointFile:
    """Where a training is kept, with what makes it this one, and how it comes back.

    Used as a context manager it holds the lock of the file: no other process can train
    into it.

    Parameters
    ----------
    path : str or Path
    seconds : float
        How long after the last time it is `due`.
    net : layers.Sequential
        As it is before the first step.
    head_at : function step -> loss
    optimiser : optim.SGD
    passes : Passes
    settings : dict
        What else makes this training this one; JSON must be able to hold it.
    provenance : dict, optional
        What the caller knows of this stretch, see `this_stretch`.

    Raises
    ------
    TypeError
        If something could change in the course of the training, or cannot be compared
        or held.
    """

    def __init__(
        self,
        path: str | Path,
        seconds: float,
        net: Sequential,
        head_at: Callable[[int], Any],
        optimiser: SGD,
        passes: Passes,
        settings: dict[str, Any],
        provenance: dict[str, Any] | None = None,
    ):
        self.path, self.seconds = Path(path).absolute(), seconds
        whole = {
            "epochs": passes.epochs,
            "batch": passes.batch,
            **settings,
            **describe(net, head_at, optimiser, passes.steps),
            **identified(net, head_at, optimiser, passes.steps),
        }
        stretch = this_stretch(net, provenance)
        # As the file will give them back; and what it cannot hold is refused here.
        self.settings, self.stretch = json.loads(
            json.dumps([whole, stretch], default=_plain)
        )
        self.earlier: list[dict[str, Any]] = []
        self.begin = 0
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

    def save(self, state: State, net: Sequential) -> None:
        """Write all of `state` and `net`, in one step.

        Raises
        ------
        OSError
            If it cannot be written, or its folder has been removed and another process
            is at work in the new one; the old file stays as it was.
        """
        self.renew()
        arrays = {name: to_numpy(array) for name, array in named_arrays(state, net)}
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

    def stretches(self, state: State) -> list[dict[str, Any]]:
        """Those of the file that it went on from, and this one, once it has a step."""
        if state.step == self.begin:
            return self.earlier
        return [*self.earlier, {**self.stretch, "steps": [self.begin + 1, state.step]}]

    @property
    def due(self) -> bool:
        """Whether the last time that it was saved is long enough ago."""
        return time.monotonic() - self.saved >= self.seconds

    def resume(self, state: State, net: Sequential) -> None:
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
        known = dict(named_arrays(state, net))
        if "state" in arrays:  # which there is after the first step only
            known["state"] = state.w
        loaded = {name: like(arrays[name], array) for name, array in known.items()}
        net.params = _filled("params", net.params, loaded)
        net.running = _filled("running", net.running, loaded)
        state.w = loaded.get("w")
        state.carried = Carried(loaded.get("state"), loaded.get("centers"))
        velocity = _filled("velocity", state.descent.velocity, loaded)
        state.descent = state.descent._replace(steps=facts["step"], velocity=velocity)
        state.total, state.seconds = facts["total"], facts["seconds"]
        state.epochs = [Epoch(**epoch) for epoch in facts["epochs"]]
        self.earlier, self.begin = facts["stretches"], facts["step"]

    def _check_settings(self, found):
        """Equal settings imply equal shapes and dtypes: no other check is needed."""
        found = found if isinstance(found, dict) else {}
        for name in {**self.settings, **found}:  # what is not given any more, too
            was, now = found.get(name), self.settings.get(name)
            if was != now:
                change = f"{name} was {was}, now {now}"
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


def this_stretch(
    net: Sequential, known: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What a result may depend on beside its settings, as it is in this process.

    A stretch lies between two interruptions.

    Parameters
    ----------
    net : layers.Sequential
        What is trained, for the device that it is on.
    known : dict, optional
        What the caller knows of it, a commit, say, or knows better. JSON must be able
        to hold it.

    Returns
    -------
    dict
        ``date``, ``machine``, ``device``, ``versions``, and ``code``, a sum of mlcore's
        sources, which tells changed code from unchanged where there is no commit.

    Raises
    ------
    TypeError
        If `known` is no dictionary.
    """
    if not isinstance(known, dict | None):
        raise TypeError(
            f"provenance must be a dict or None, got {type(known).__name__}"
        )
    arrays = [array for params in net.params for array in params]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}",
        "device": ", ".join(sorted({str(device(array)) for array in arrays})) or "cpu",
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "code": _sum_of_sources(),
        **(known or {}),
    }


@cache
def _sum_of_sources():
    root = Path(mlcore.__file__).parent
    sha = hashlib.sha256()
    for file in sorted(
        root.rglob("*.py"), key=lambda file: file.relative_to(root).as_posix()
    ):
        sha.update(
            file.relative_to(root).as_posix().encode()
            + b"\0"
            + file.read_bytes()
            + b"\0"
        )
    return f"sha256 {sha.hexdigest()[:16]}"


def _filled(name, layers, loaded):
    """The list of tuples `layers`, with the arrays loaded in the place of its own."""
    filled = []
    for i, layer in enumerate(layers):
        arrays = [loaded[f"{name}.{i}.{j}"] for j in range(len(layer))]
        filled.append(
            type(layer)(*arrays) if hasattr(layer, "_fields") else tuple(arrays)
        )
    return filled
