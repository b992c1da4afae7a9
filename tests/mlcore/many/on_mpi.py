"""A process of `mpiexec`, for `test_mpi`: all checks, or one that is killed.

    mpiexec -n 3 python tests/mlcore/many/on_mpi.py checks FILE
    mpiexec -n 3 python tests/mlcore/many/on_mpi.py killed

The first writes into FILE, as JSON, what went wrong in each check: "" where nothing
did.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from mpi4py import MPI

    from many.everywhere import CHECKS
    from mlcore.losses import ArcFaceLoss
    from mlcore.many import Mpi, Parallel

    comm = Mpi(MPI.COMM_WORLD)
    if sys.argv[1] == "killed":
        import numpy as np

        head = Parallel(ArcFaceLoss(), comm)
        while True:  # the others wait for the one that is gone
            head.forward(np.ones((2, 3)), np.ones((4, 3)), np.arange(2))
            if comm.rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)
    wrong = {}
    for name, check in CHECKS.items():
        try:
            check(comm)
            said = ""
        except Exception:
            said = traceback.format_exc()
        wrong[name] = "\n".join(one for one in comm.gather(said) if one)
    if comm.rank == 0:
        Path(sys.argv[2]).write_text(json.dumps(wrong))
