"""A browser's Python under Node, where 32 bits and the absence of processes show."""
