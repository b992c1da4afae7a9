"""Every loss, once: what tests, gradient checks, benchmarks and tables iterate over."""

from mlcore.losses.registry.entries import Entry
from mlcore.losses.registry.part_one import PART_ONE
from mlcore.losses.registry.part_two import PART_TWO

__all__ = ["REGISTRY", "Entry"]

REGISTRY = (*PART_ONE, *PART_TWO)
