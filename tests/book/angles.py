"""Lengths, angles and directions of vectors, as the pages define them; nothing of the
library."""

import math


def length(a):
    return math.sqrt(sum(v * v for v in a))


def unit(a):
    return a / length(a)


def angle(a, b):
    return math.acos(unit(a) @ unit(b))


def tangent(a, b):
    """At `a`, towards `b`."""
    across = unit(b) - math.cos(angle(a, b)) * unit(a)
    return across / length(across)
