"""Do right answers keep full marks, and wrong ones lose points, whatever numbers are
drawn?

    python tests/grader/every_seed.py --seeds 200           # every chapter: most of an hour
    python tests/grader/every_seed.py --seeds 200 04 04.5   # a chapter or a task

A check may ask about the one thing that a mistake gets wrong on most seeds only: a
class that is absent, a tie, the highest score. The student with the lucky seed is told
that all is right. Wrong answers are here the named misconceptions, those of
`lucky_answers`, and the small changes of `mutants` to a solution.
"""

import argparse
import importlib
import sys
import warnings
import zlib
from functools import partial

import mutants
import test_mutants
from lucky_answers import LUCKY

from grader.engine import chapters
from grader.engine.runner import InProcess
from grader.engine.trial import Trial, failure


def drawn_seeds(chapter, count=2):
    """Seeds from what the chapter's files say: others after every change, and the same
    again for whoever repeats a run."""
    texts = [
        (chapter.folder / name).read_bytes() for name in ("tasks.py", "solution.py")
    ]
    return [zlib.crc32(b"".join(texts), n) % 10**6 for n in range(count)]


def passes(chapter, task, functions, seed):
    """Whether these functions have full marks, with the numbers of one seed."""
    student = InProcess(functions, chapter.given, seconds=2.0)
    return not any(
        failure(check, Trial(task, check, seed, student)) for check in task.checks
    )


def right_answers(chapter, task):
    """The solution, and the answers that are written differently: a name and the
    functions."""
    for path in mutants.answers(chapter, task):
        written_here = path.parent == mutants.HERE
        yield (
            path.stem,
            (
                vars(importlib.import_module(path.stem))
                if written_here
                else chapter.solution
            ),
        )


def lucky_answers(chapter, task):
    """The answers of `lucky_answers` to a task: a name and the functions."""
    for wrong in LUCKY.get(task.id, ()):
        answer = partial(wrong, chapter.solution)
        yield wrong.__name__, {**chapter.solution, task.function: answer}


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--only", choices=("right", "named", "lucky", "mutants"))
    parser.add_argument("chosen", nargs="*", metavar="CHAPTER or TASK")
    asked = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    faults = 0
    for folder in chapters.folders():
        chapter, solution = chapters.chapter(folder), folder / "solution.py"
        for task in chapter.tasks:
            if asked.chosen and not {chapter.number, task.id} & set(asked.chosen):
                continue
            found = []
            if asked.only in (None, "right"):
                for name, functions in right_answers(chapter, task):
                    lost = [
                        s
                        for s in range(asked.seeds)
                        if not passes(chapter, task, functions, s)
                    ]
                    found.append((f"points lost by {name}", lost))
            if asked.only in (None, "named"):
                for wrong in chapter.misconceptions_of(task):
                    answer = {**chapter.solution, task.function: wrong.function}
                    full = [
                        s
                        for s in range(asked.seeds)
                        if passes(chapter, task, answer, s)
                    ]
                    found.append((f"full marks for “{wrong.name}”", full))
            if asked.only in (None, "lucky"):
                for name, answer in lucky_answers(chapter, task):
                    full = [
                        s
                        for s in range(asked.seeds)
                        if passes(chapter, task, answer, s)
                    ]
                    found.append((f"full marks for {name}", full))
            if asked.only in (None, "mutants"):
                right = test_mutants.RIGHT_AS_WELL.get(task.id, set())
                for mutant in mutants.mutants(solution, task, variables=False):
                    if mutant.statement not in right:
                        full = [
                            s
                            for s in range(asked.seeds)
                            if mutants.survives(solution, chapter, task, mutant, s)
                        ]
                        found.append(
                            (
                                (
                                    f"full marks for line {mutant.line}:"
                                    f" {mutant.statement}"
                                ),
                                full,
                            )
                        )
            for what, seeds in found:
                if seeds:
                    faults += 1
                    print(
                        f"{task.id}: {what}, on {len(seeds)} seeds: {seeds[:8]}",
                        flush=True,
                    )
        print(f"chapter {chapter.number} done", flush=True)
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
