"""Tests of every loss: the generic ones iterate over `mlcore.losses.registry`."""
