"""Heads over so many classes that their logits cannot be held, or not on one machine.

`Chunked` goes through the classes block by block.
"""

from mlcore.many.chunked import Chunked

__all__ = ["Chunked"]
