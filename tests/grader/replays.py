"""Right results without the work: a record of one seed, played back on another.

    python tests/grader/replays.py                   # every chapter, with 20 seeds
    python tests/grader/replays.py --seeds 200 02    # a chapter or a task

Whoever has once seen right results may hand them in again without looking at what is
asked. Such a record earns nothing if every check asks for something that its place in
the order, the shapes, dtypes and numbers of its arguments, and the names of the
functions among them do not give away. Each player here knows more than a student could:
which check is being run, and which of its questions this is.
"""

import sys
from collections import defaultdict

import chosen
import numpy as np

from grader.engine.runner import InProcess, Outcome
from grader.engine.task import Given
from grader.engine.trial import Trial, failure


def by_order(name, arguments, count):
    """The question is the n-th to this function in this check."""
    return name, count


def by_shapes(name, arguments, count):
    """The question has these numbers and words, and arrays of these shapes and
    dtypes."""
    return name, *map(_looks, arguments)


def by_contents(name, arguments, count):
    """The question has exactly these arguments."""
    return name, *map(_contents, arguments)


PLAYERS = (by_order, by_shapes, by_contents)


def _looks(value):
    if isinstance(value, Given):
        numbers = sorted((k, _looks(v)) for k, v in value.parameters.items())
        return value.name, *numbers
    return (value.shape, value.dtype.str) if isinstance(value, np.ndarray) else value


def _contents(value):
    if isinstance(value, Given):
        numbers = sorted((k, _contents(v)) for k, v in value.parameters.items())
        return value.name, *numbers
    return (*_looks(value), value.tobytes()) if isinstance(value, np.ndarray) else value


class Recorder:
    """Answers rightly, and notes every result under what the player knows of the
    question."""

    def __init__(self, chapter, key):
        self.right = InProcess(chapter.solution, chapter.given)
        self.key = key
        self.counts = defaultdict(int)
        self.record = defaultdict(list)
        self.functions = set()

    def run(self, name, arguments):
        outcome = self.right.run(name, arguments)
        self.functions.add(name)
        self.record[self._key(name, arguments)].append(outcome)
        return outcome

    def _key(self, name, arguments):
        self.counts[name] += 1
        return self.key(name, arguments, self.counts[name])


class Player(Recorder):
    """Answers with what a `Recorder` noted, in its order; `honest` names functions that
    do not.

    A key that the record does not have is answered with the last result given, for its
    shape.
    """

    def __init__(self, chapter, recorder, honest=()):
        super().__init__(chapter, recorder.key)
        self.tape = {key: list(outcomes) for key, outcomes in recorder.record.items()}
        self.honest = honest
        self.last = Outcome(value=0.0)

    def run(self, name, arguments):
        if name in self.honest:
            return self.right.run(name, arguments)
        outcomes = self.tape.get(self._key(name, arguments), [])
        if outcomes:
            self.last = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        return self.last


def played_back(chapter, task, seed, other):
    """The checks that a record of `seed` passes on the seed `other`, each with how it
    was played."""
    others = {t.function for t in chapter.tasks} - {task.function}
    for check in task.checks:
        for key in PLAYERS:
            recorder = Recorder(chapter, key)
            check.run(Trial(task, check, seed, recorder))
            # The other functions of the student, which some checks ask too: right, or
            # from the tape.
            for honest in (others, ()) if len(recorder.functions) > 1 else (others,):
                player = Player(chapter, recorder, honest)
                if failure(check, Trial(task, check, other, player)) is None:
                    yield check, key.__name__.replace("_", " ")


def main(arguments):
    asked = chosen.parser(__doc__, seeds=20).parse_args(arguments)
    earned = 0
    for chapter, task in chosen.tasks(asked.chosen):
        found = defaultdict(list)
        for seed in range(1, asked.seeds + 1):
            for check, how in played_back(chapter, task, 0, seed):
                found[check.name, how].append(seed)
        earned += len(found)
        for (name, how), seeds in found.items():
            on = f"on {len(seeds)} seeds, such as {seeds[:5]}"
            print(f"{task.id}, {name}: {how}, {on}")
    print(f"{earned} checks pass without the work")
    return 1 if earned else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
