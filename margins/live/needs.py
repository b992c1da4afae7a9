"""What has to be there before a cell runs, read from its text.

A browser loads packages before a cell and never in the middle of one. Pyodide itself
loads those that the cell imports, but what the book's own functions import, and which
files they read, it cannot see.
"""

import re

# What a word in a cell asks for: a package of Pyodide's, or a file of the book's data.
_WORDS = {
    r"\bfigures\b": "matplotlib",
    r"\bclopper_pearson\b": "scipy",
    r"\b(results|judge|experiments|benchmarks|array_api_strict)\b": "results.zip",
    r"""["']mnist-5k["']|\b(MNIST_5K|EMBEDDED)\b""": "mnist-5k.bin",
    r"""["']digits["']|\b(DIGITS|EMBEDDED)\b""": "digits.bin",
}


def of(source: str) -> list[str]:
    """Names of packages and files that a cell may need beside its own imports, sorted.

    Parameters
    ----------
    source : str
        The text of the cell.

    Examples
    --------
    >>> of("from margins import figures")
    ['matplotlib']
    >>> of("digits = datasets.load('mnist-5k')")
    ['mnist-5k.bin']
    """
    return sorted({need for word, need in _WORDS.items() if re.search(word, source)})
