"""What has to be there before a cell runs, read from its text.

A browser loads packages before a cell and never in the middle of one, and what the
book's own functions import cannot be seen in the cell.
"""

import ast
import re
from collections.abc import Iterable

# What a word in a cell asks for: a package of Pyodide's, or a file of the book's data.
_WORDS = {
    r"\bfigures\b": "matplotlib",
    r"\bclopper_pearson\b": "scipy",
    r"\b(results|judge|experiments|benchmarks|array_api_strict)\b": "results.zip",
    r"""["']mnist-5k["']|\b(MNIST_5K|EMBEDDED)\b""": "mnist-5k.bin",
    r"""["']digits["']|\b(DIGITS|EMBEDDED)\b""": "digits.bin",
}


def of(source: str, known: Iterable[str] = ()) -> list[str]:
    """Names of packages and files that a cell may need, sorted.

    Parameters
    ----------
    source : str
        The text of the cell; one that is no Python needs nothing.
    known : iterable of str
        Which packages there are, by the names that one imports.

    Examples
    --------
    >>> of("from margins import figures")
    ['matplotlib']
    >>> of("import scipy.special", ["scipy"])
    ['scipy']
    """
    found = {need for word, need in _WORDS.items() if re.search(word, source)}
    return sorted(found | (_imported(source) & set(known)))


def _imported(source):
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
