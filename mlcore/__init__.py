"""Explicit forward and backward formulas for the losses of deep recognition.

No automatic differentiation: every gradient is derived in the book and written down
here. The same code runs on NumPy, CuPy and any other library with the Python array API.
"""

__version__ = "0.1.0"
