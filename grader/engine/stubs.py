"""The student's file: the reference solution with the marked lines taken out.

In `solution.py` each answer stands between two comment lines, ``# BEGIN SOLUTION`` and
``# END SOLUTION``. The stub has ``raise NotImplementedError`` in their place and is
otherwise the same text, so what the student reads and what the author wrote cannot
drift apart.
"""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"


class Written(Enum):
    NEW = "written"
    SAME = "already up to date"
    KEPT = (
        "kept: it differs from the stub, so it may hold your answers (--force"
        " overwrites it)"
    )
    FORCED = "overwritten"
    PACKED = "left as it is: a handout holds no solution to write it from"


def generate(solution: str) -> str:
    """The text of the stub, from the text of a solution.

    Raises
    ------
    ValueError
        If a mark is missing or stands in another's answer, or there is none.
    """
    lines, inside, answers = [], False, 0
    for number, line in enumerate(solution.splitlines(), start=1):
        mark = line.strip()
        if mark == BEGIN:
            if inside:
                raise ValueError(f"line {number}: {BEGIN} inside a solution")
            inside, answers = True, answers + 1
            lines.append(line.replace(BEGIN, "raise NotImplementedError"))
        elif mark == END:
            if not inside:
                raise ValueError(f"line {number}: {END} without {BEGIN}")
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise ValueError(f"the last {BEGIN} has no {END}")
    if not answers:
        raise ValueError(f"no {BEGIN}: the stub would give the solution away")
    return "\n".join(lines) + "\n"


def changed(solution: str, function: str, changes: Mapping[str, str]) -> str:
    """The text of a solution in which one answer is changed.

    Parameters
    ----------
    solution : str
        The text of a solution.
    function : str
        Whose answer, between its two comment lines, is changed.
    changes : dict
        From each text that goes to the one that comes in its place.

    Raises
    ------
    ValueError
        If a text that is to go does not stand in the answer exactly once.
    """
    start = solution.index(BEGIN, solution.index(f"\ndef {function}("))
    end = solution.index(END, start)
    answer = solution[start:end]
    for old, new in changes.items():
        if (count := answer.count(old)) != 1:
            raise ValueError(f"{old!r} occurs {count} times in {function}, not once")
        answer = answer.replace(old, new)
    return solution[:start] + answer + solution[end:]


def write(folder: Path, force: bool = False) -> Written:
    """Write a chapter's `answers.py`, unless the file there was changed."""
    target, solution = folder / "answers.py", folder / "solution.py"
    existed = target.exists()
    if existed and not solution.exists():
        return Written.PACKED
    stub = generate(solution.read_text(encoding="utf-8"))
    if existed:
        if target.read_text(encoding="utf-8") == stub:
            return Written.SAME
        if not force:
            return Written.KEPT
    target.write_text(stub, encoding="utf-8", newline="\n")
    return Written.FORCED if existed else Written.NEW
