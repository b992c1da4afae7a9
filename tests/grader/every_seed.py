"""Do right answers keep full marks, and wrong ones lose points, on every seed?

    python tests/grader/every_seed.py --seeds 200           # every chapter: an hour
    python tests/grader/every_seed.py --seeds 200 04 04.5   # a chapter or a task

A check may ask about the one thing that a mistake gets wrong on most seeds only: a
class that is absent, a tie, the highest score. The student with the lucky seed is told
that all is right. Wrong answers are here the named misconceptions, those of
`lucky_answers`, and the small changes of `mutants` to a solution.
"""

import importlib
import sys
import warnings
import zlib
from functools import partial

import chosen
import mutants
import test_mutants
from lucky_answers import LUCKY

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


def tried(chapter, task):
    """All answers: their kind, what would be a fault, and whether a seed shows it."""

    def loses(functions, seed):
        return not passes(chapter, task, functions, seed)

    def keeps(functions, seed):
        return passes(chapter, task, functions, seed)

    def survives(mutant, seed):
        return mutants.survives(solution, chapter, task, mutant, seed)

    for name, functions in right_answers(chapter, task):
        yield "right", f"points lost by {name}", partial(loses, functions)
    for wrong in chapter.misconceptions_of(task):
        functions = {**chapter.solution, task.function: wrong.function}
        yield "named", f"full marks for “{wrong.name}”", partial(keeps, functions)
    for name, functions in lucky_answers(chapter, task):
        yield "lucky", f"full marks for {name}", partial(keeps, functions)
    solution = chapter.folder / "solution.py"
    right = test_mutants.RIGHT_AS_WELL.get(task.id, set())
    for mutant in mutants.mutants(solution, task, variables=False):
        if mutant.statement not in right:
            what = f"full marks for line {mutant.line}: {mutant.statement}"
            yield "mutants", what, partial(survives, mutant)


def main(arguments):
    parser = chosen.parser(__doc__, seeds=200)
    parser.add_argument("--only", choices=("right", "named", "lucky", "mutants"))
    asked = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    faults = 0
    for chapter, task in chosen.tasks(asked.chosen):
        for kind, what, shows in tried(chapter, task):
            if asked.only not in (None, kind):
                continue
            if seeds := [seed for seed in range(asked.seeds) if shows(seed)]:
                faults += 1
                found = f"{what}, on {len(seeds)} seeds: {seeds[:8]}"
                print(f"{task.id}: {found}", flush=True)
        print(f"task {task.id} done", flush=True)
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
