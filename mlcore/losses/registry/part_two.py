"""The losses of the book's second part."""

from mlcore.losses.registry.entries import Entry

PART_TWO: tuple[Entry, ...] = ()
