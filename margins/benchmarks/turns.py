"""Contenders take turns, so that a machine that slows down slows all of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from margins.device import CPU, GPU

#: Seconds for which idle threads of BLAS and OpenMP may go on looking for work, at
#: most.
IDLE = 0.05


def interleaved(
    runs: Mapping[str, Callable[[], Any]], turns: int, calls: int, device: CPU | GPU
) -> dict[str, list[float]]:
    """Seconds a call of every run, turn by turn: A B C A B C …

    Each turn begins with a pause, in which the threads of the contender before go to
    sleep, and with a call that is not timed: it finds the caches full of the others'
    numbers.

    Parameters
    ----------
    runs : dict of callables, by name
    turns, calls : int
        Turns of each run, and timed calls in a turn.
    device : CPU or GPU
        With its `clock`, and `wait`, which returns when the device has finished.

    Returns
    -------
    dict of lists of float, shape (turns,)
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            time.sleep(IDLE)
            run()
            device.wait()
            begin = device.clock()
            for _ in range(calls):
                run()
            device.wait()
            times[name].append((device.clock() - begin) / calls)
    return times


def ratios(times: dict[str, list[float]], of: str = "mlcore") -> dict[str, float]:
    """The median over turns of one contender's time divided by that of each other."""
    return {
        other: statistics.median(
            a / b for a, b in zip(times[of], times[other], strict=True)
        )
        for other in times
        if other != of
    }
