"""Which mistake explains a failure: an earlier one carried on, or a named one.

Every suspect is asked the questions that the student was asked. A suspect explains the
failure of a check if it gives the student's results wherever those are not right. One
agreement can be chance, so a suspect must also be right about the student in at least
half of the cases in which it is wrong itself, and it must not be refuted: it passes
what the student passes, and what it passes and the student fails has another
explanation. To name a mistake that was not made is worse than to name none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np

from grader.engine.compare import same
from grader.engine.runner import InProcess, Outcome
from grader.engine.task import Misconception
from grader.engine.trial import judge
from grader.sandbox.room import room

EXPLAINABLE = ("value", "digits", "shape", "error")  # kinds of failure
# that refute: lost digits are charged elsewhere
COMPARED = ("value", "results", "shape", "error")
# entries of all that a student's results of other shapes can be broadcast to
MOST = 10_000
# bytes that the solution may take to go on computing with a student's results
ROOM = 2**28


@dataclass(frozen=True)
class Suspect:
    """A way of answering wrongly, and its results: one list of outcomes for each check.

    `kinds` gives, for each check, how it fails there: the kind of `Wrong`, "" if it
    passes, and None if that is not known. With `cause`, the id of an earlier task and
    the name of a mistake, it stands for carrying that mistake on, and is innocent where
    the student did not make it.
    """

    name: str
    sentence: str
    outcomes: list[list[Outcome]]
    kinds: Callable[[], list[str | None]]
    cause: tuple[str, str] | None = None


def explain(chapter, task, student, trials, failures, mistakes_in):
    """For each check the `Suspect` that explains its failure, or None.

    Parameters
    ----------
    chapter, task
        What was asked.
    student : runner
        Has the student's functions, those of the earlier tasks among them.
    trials, failures : list
        For each check, the `Trial` and the `Wrong` or None.
    mistakes_in : callable
        From an earlier task to the names of the student's mistakes in it, with "dtype"
        among them if the dtype of a result was wrong.
    """
    explained = [None] * len(trials)
    kinds = [wrong.kind if wrong else "" for wrong in failures]
    failed = [i for i, kind in enumerate(kinds) if kind in EXPLAINABLE]
    if not failed and "dtype" not in kinds:
        return explained

    if chapter.memory is None:
        given, right, groups = _asked(chapter, task, student, trials)
    else:
        given, right, groups = chapter.memory.recall(task, trials)
    carried, named = ([Suspect(*fields) for fields in group] for group in groups)
    carried = [
        s
        for s in carried
        if s.cause is None or s.cause[1] in mistakes_in(chapter.task(s.cause[0]))
    ]
    for i in (i for i, kind in enumerate(kinds) if kind == "dtype"):
        explained[i] = next((s for s in carried if s.kinds()[i] == "dtype"), None)

    fitting = {}
    groups = [
        [s for s in g if _is_likely(given, right, s.outcomes)] for g in (carried, named)
    ]
    for i in failed:
        output = failures[i].output
        part = task.outputs.index(output) if output in task.outputs else None
        fitting[i] = [
            [s for s in group if _fits(given[i], right[i], s.outcomes[i], part)]
            for group in groups
        ]
    agreement = {
        id(s): _agreement(given, s.outcomes) for group in groups for s in group
    }
    refuted = set()
    while True:
        for i, (those_carried, those_named) in fitting.items():
            # The earliest task that explains it is the cause; of the misconceptions,
            # the nearest.
            explained[i] = next(
                (s for s in those_carried if id(s) not in refuted), None
            ) or max(
                (s for s in those_named if id(s) not in refuted),
                key=lambda s: agreement[id(s)],
                default=None,
            )
        found = [explained[i] for i in failed if explained[i] is not None]
        new = {id(s) for s in found if _is_refuted(s.kinds(), trials, kinds, explained)}
        if not new:
            return explained
        refuted |= new


def _is_refuted(theirs, trials, kinds, explained):
    """Whether the checks contradict a suspect: it fails what the student passes, or
    passes what the student fails and nothing else explains.

    A check that asks another function of the student too is no witness.
    """
    return any(
        (not kind and their in COMPARED)
        or (kind in COMPARED and their == "" and explanation is None)
        for their, trial, kind, explanation in zip(
            theirs, trials, kinds, explained, strict=True
        )
        if their is not None and not trial.asks_others
    )


def _asked(chapter, task, student, trials):
    """What student, solution and suspects answer to the questions of these trials."""
    seed = trials[0].seed

    def runner(function):
        functions = {**chapter.solution, task.function: function}
        return InProcess(functions, chapter.given, task.seconds)

    def ask(function):
        asked = runner(function)
        return [
            [asked.run(task.function, call.arguments) for call in t.calls]
            for t in trials
        ]

    def kinds(function):
        @cache
        def of_each_check():
            _, failures = judge(task, runner(function), seed)
            return [wrong.kind if wrong else "" for wrong in failures]

        return of_each_check

    given = [[call.outcome for call in trial.calls] for trial in trials]
    carried = _carried_on(chapter, task, student)
    return (
        given,
        ask(chapter.solution[task.function]),
        (
            [(*blame, ask(function), kinds(function)) for blame, function in carried],
            [
                (m.name, m.sentence, ask(m.function), kinds(m.function))
                for m in named_mistakes(chapter, task)
            ],
        ),
    )


def named_mistakes(chapter, task):
    """The misconceptions of a task, and the one that every pair of results invites."""
    yield from chapter.misconceptions_of(task)
    if len(task.outputs) == 2:
        solution = chapter.solution[task.function]
        first, second = task.outputs
        yield Misconception(
            task.id,
            "results exchanged",
            f"You return ({second}, {first}). Asked is ({first}, {second}), in this"
            " order.",
            lambda *arguments: solution(*arguments)[::-1],
        )


def carried_on(earlier):
    """The name and the sentence for a mistake that was made in an earlier task."""
    return (
        f"carried on from {earlier.id}",
        (
            f"This one is carried on from your `{earlier.function}`, task {earlier.id}."
            " Mend that first; here, nothing else seems to be wrong."
        ),
    )


def _carried_on(chapter, task, student):
    """For each earlier task, the solution that calls the student's function there."""
    for earlier in chapter.tasks[: chapter.tasks.index(task)]:
        yield carried_on(earlier), _with_theirs(chapter, task, earlier, student)


def _with_theirs(chapter, task, earlier, student):
    """The solution of a task that calls the student's function of an earlier one.

    What the student returns there meets the solution's arrays here, in the grader's
    memory. Where its shapes are right, it takes what the solution takes. Others are let
    in if no axis is longer than those that the question has, and if they can be
    broadcast to little only.
    """
    name, strange = earlier.function, set()

    def call(*arguments):
        outcome = student.run(name, arguments)
        if outcome.failure:
            raise RuntimeError(outcome.message)
        right = _shapes(chapter.solution[name](*arguments))
        strange.update(_shapes(outcome.value) - right)
        longest = max(chain(*right, *map(np.shape, arguments)), default=1)
        entries = math.prod(max(1, math.prod(shape)) for shape in strange)
        if entries > MOST or max(chain(*strange), default=1) > longest:
            raise RuntimeError("too many entries")
        return outcome.value

    whole = chapter.solution_with({name: call})[task.function]

    def answer(*arguments):
        strange.clear()
        with room(ROOM):
            return whole(*arguments)

    return answer


def _shapes(value):
    return {
        np.shape(item) for item in (value if isinstance(value, tuple) else (value,))
    }


def _fits(given, right, theirs, part):
    """Whether a suspect gives what was given where that is wrong, and is wrong too.

    "Not right" is asked entry by entry, for the sake of tiny results beside large ones;
    "the same mistake" only up to the rounding that another way of writing it makes.
    """
    wrong = [
        n for n, outcome in enumerate(given) if not same(outcome, right[n], part, True)
    ]
    return all(same(given[n], theirs[n], part) for n in wrong) and not all(
        same(theirs[n], right[n], part, True) for n in wrong
    )


def _is_likely(given, right, theirs):
    cases = hits = 0
    for answers, truths, results in zip(given, right, theirs, strict=True):
        for answer, truth, result in zip(answers, truths, results, strict=True):
            for part in range(
                len(truth.value) if isinstance(truth.value, tuple) else 1
            ):
                if not same(result, truth, part, True):
                    cases += 1
                    hits += same(answer, result, part)
    return 2 * hits >= cases > 0


def _agreement(given, theirs):
    return sum(
        same(answer, result)
        for answers, results in zip(given, theirs, strict=True)
        for answer, result in zip(answers, results, strict=True)
    )
