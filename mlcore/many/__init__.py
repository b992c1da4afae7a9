"""Heads over so many classes that their logits cannot be held, or not on one machine.

`Chunked` goes through the classes block by block; `Parallel` shares them out over
processes, which `Mpi` connects, or `InProcess`, which stands in for it. `Sampled`
leaves most classes out of a step.
"""

from mlcore.many.chunked import Chunked
from mlcore.many.communicators import Communicator, InProcess, Mpi
from mlcore.many.parallel import Parallel
from mlcore.many.sampled import Sampled

__all__ = ["Chunked", "Communicator", "InProcess", "Mpi", "Parallel", "Sampled"]
