"""Class-parallel heads on processes of `mpiexec`, more than there are cores.

One run for each number of processes, whose outcome is read here check by check. The
head of the report says so where there is no MPI.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .everywhere import CHECKS

SIZES = (2, 3, 5)
PROGRAM = Path(__file__).with_name("on_mpi.py")
#: Seconds within which the others end where one process was killed.
GONE = 30


def mpiexec(size, *arguments, seconds=120):
    """Run the program on so many processes; what it says, and its exit status."""
    command = [Path(sys.executable).with_name("mpiexec"), "-n", str(size)]
    command += [sys.executable, str(PROGRAM), *arguments]
    # As root, and on fewer cores than processes: each with one thread of its own.
    settings = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [str(part) for part in command],
        env=settings,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("size", SIZES)
def test_on_processes(size, name, once):
    def make(path):
        run = mpiexec(size, "checks", str(path))
        if not path.exists():
            path.write_text(json.dumps(dict.fromkeys(CHECKS, run.stdout + run.stderr)))

    path = once(f"many-on-{size}.json", make)
    wrong = json.loads(path.read_text())[name]
    assert not wrong, wrong


def test_a_killed_process_does_not_leave_the_others_waiting():
    begin = time.monotonic()
    run = mpiexec(3, "killed", seconds=GONE)
    assert run.returncode != 0
    assert time.monotonic() - begin < GONE
