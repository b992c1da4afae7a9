"""How a test says which equation of the book it evaluates.

In a file ``tests/book/test_eq_<chapter>.py``::

    from equations import equation

    @equation("softmax-loss", "softmax-logits")
    def test_the_loss_is_the_negative_log_probability():
        ...

The test computes both sides on random numbers, or the formula against a central
difference. ``test_equations.py`` fails where a label has no test or a test no label.
"""

import importlib
from pathlib import Path


def equation(*labels):
    """Mark a test as the one that evaluates the equations with these labels."""
    if not labels or not all(isinstance(label, str) for label in labels):
        raise TypeError('use it as @equation("label", ...)')

    def mark(test):
        test.equations = (*getattr(test, "equations", ()), *labels)
        return test

    return mark


def labels_with_tests():
    """The labels that tests claim, each with the names of its tests."""
    claimed = {}
    for path in sorted(Path(__file__).parent.glob("test_eq_*.py")):
        module = importlib.import_module(path.stem)
        for name, test in vars(module).items():
            # Only what pytest collects: a claim by a function that never runs would be
            # a lie.
            if name.startswith("test_"):
                for label in getattr(test, "equations", ()):
                    claimed.setdefault(label, []).append(f"{path.name}::{name}")
    return claimed
