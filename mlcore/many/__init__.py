"""Heads over so many classes that their logits cannot be held, or not on one machine.

`Chunked` goes through the classes block by block; `Parallel` shares them out over
processes, which `Mpi` connects, or `InProcess`, which stands in for it. `Sampled`
leaves most classes out of a step; `fused` takes the optimiser's step block by block.
`save_rows` and `load_rows` are checkpoints of what processes share out, which any
number of them can read.
"""

from mlcore.many.base import ManyClasses
from mlcore.many.chunked import Chunked
from mlcore.many.communicators import Communicator, InProcess, Mpi
from mlcore.many.fused import fused
from mlcore.many.parallel import Parallel
from mlcore.many.sampled import Sampled
from mlcore.many.shards import load_rows, save_rows, share

__all__ = [
    "Chunked",
    "Communicator",
    "InProcess",
    "ManyClasses",
    "Mpi",
    "Parallel",
    "Sampled",
    "fused",
    "load_rows",
    "save_rows",
    "share",
]
