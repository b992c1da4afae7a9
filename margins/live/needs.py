"""What has to be there before a cell runs, read from its text.

A browser loads packages before a cell and never in the middle of one. Pyodide itself
loads those that the cell imports, but what the book's own functions import, and which
files they read, it cannot see.
"""

import re
from pathlib import Path

# What a word in a cell asks for: a package of Pyodide's, or a file of the book's data.
_WORDS = {
    r"\bfigures\b": "matplotlib",
    r"\bclopper_pearson\b": "scipy",
    r"\b(results|judge|experiments|benchmarks|array_api_strict)\b": "results.zip",
    r"""["']mnist-5k["']|\b(MNIST_5K|EMBEDDED)\b""": "mnist-5k.bin",
    r"""["']digits["']|\b(DIGITS|EMBEDDED)\b""": "digits.bin",
}
# A grading names its task, such as "04.2". One that does not, or a cell that works with
# the grader itself, may look at any chapter.
_CHECK = re.compile(
    r"""\bcheck(?:\(\s*(?:["'](\d\d?)\.\d+["'])?|\s+as\b)"""
    r"""|\b(?:grader|exercises\.__main__)\b"""
)
# In a page too, where the folders are empty before somebody asks for what is in them.
_EXERCISES = Path(__file__).parents[2] / "exercises"


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
    >>> of("check('04.2', interval)")
    ['exercises-04.zip']
    """
    found = {need for word, need in _WORDS.items() if re.search(word, source)}
    return sorted(found | {f"exercises-{n}.zip" for n in _graded(source)})


def _graded(source):
    """The numbers of the chapters whose exercises a cell may grade.

    All of them where it names one that there is not: the error lists those there are.
    """
    named = {number.zfill(2) for number in _CHECK.findall(source)}
    known = {path.name[:2] for path in _EXERCISES.glob("[0-9][0-9]-*")}
    return named if named <= known else known
