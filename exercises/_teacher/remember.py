"""From a chapter with its solution to what a handout may know of it."""

import ast

import numpy as np

from exercises._engine import chapters
from exercises._engine.explain import carried_on
from exercises._engine.memory import Memory, as_json, question
from exercises._engine.runner import InProcess
from exercises._engine.trial import Trial

SEED = 0  # the seed of a student's run, unless another is asked for

# Parts of the engine that the checks use and that answer a task (02.2), so they travel packed too.
ANSWERS_IN_ENGINE = (chapters.HOME / "_engine" / "differences.py",)


def remember(chapter):
    """The `Memory` of a chapter: its public checks and the fingerprints for their questions.

    Raises
    ------
    ValueError
        If the solution does not pass, a hidden check would be handed out, or the questions of a
        check depend on the answers, so that fingerprints could not be compared.
    """
    source = public_source((chapter.folder / "tasks.py").read_text(encoding="utf-8"))
    memory = Memory(source, {task.id: _remember(chapter, task) for task in chapter.tasks})
    handed_out = [check.name for task in memory.module("handed_out").TASKS for check in task.checks]
    if handed_out != [check.name for task in chapter.tasks for check in _public(task)]:
        raise ValueError(
            f"{chapter.folder / 'tasks.py'}: a hidden check is written as Check(..., hidden=True) "
            "in a tuple of checks, and each task has one that is not hidden"
        )
    return memory


def _public(task):
    return [check for check in task.checks if not check.hidden]


def _remember(chapter, task):
    trials = [_asked_by_solution(chapter, task, check) for check in _public(task)]

    def answers(functions):
        runner = InProcess(functions, chapter.given, task.seconds)
        return {
            trial.check.name: [
                as_json(runner.run(task.function, call.arguments)) for call in trial.calls
            ]
            for trial in trials
        }

    right = answers(chapter.solution)
    mistakes = []
    for name, sentence, cause, functions in _suspects(chapter, task):
        theirs = {
            check: [
                "=" if answer == truth else answer
                for answer, truth in zip(results, right[check], strict=True)
            ]
            for check, results in answers(functions).items()
        }
        if any(answer != "=" for results in theirs.values() for answer in results):
            mistakes.append({"name": name, "sentence": sentence, "cause": cause, "answers": theirs})
    return {
        "parameters": chapter.parameters(task),
        "hidden": len(task.checks) - len(trials),
        "questions": {t.check.name: [question(c.arguments) for c in t.calls] for t in trials},
        "right": right,
        "mistakes": mistakes,
    }


def _asked_by_solution(chapter, task, check):
    """The trial of one check on the solution, which is asked all of its questions."""
    trial = Trial(task, check, SEED, InProcess(chapter.solution, chapter.given, task.seconds))
    with np.errstate(all="ignore"):
        check.run(trial)
    return trial


def _suspects(chapter, task):
    """Each way of answering wrongly: those of this task, and those of the tasks before it.

    A mistake that was made in an earlier task and carried on is the solution of this one, calling
    the wrong answer there.
    """
    for wrong in chapter.misconceptions_of(task):
        yield wrong.name, wrong.sentence, None, {task.function: wrong.function}
    for earlier in chapter.tasks[: chapter.tasks.index(task)]:
        for wrong in chapter.misconceptions_of(earlier):
            functions = chapter.solution_with({earlier.function: wrong.function})
            yield *carried_on(earlier), (earlier.id, wrong.name), functions


def public_source(source):
    """The text of a tasks.py without its hidden checks, and the functions that only they used.

    What it imports of `ANSWERS_IN_ENGINE` becomes part of it.
    """
    tree = _WithoutHidden().visit(_Inlined().visit(ast.parse(source)))
    while unused := _functions(tree) - _names(tree):
        tree.body = [node for node in tree.body if getattr(node, "name", None) not in unused]
    return ast.unparse(ast.fix_missing_locations(tree))


class _Inlined(ast.NodeTransformer):
    def visit_ImportFrom(self, node):
        for file in ANSWERS_IN_ENGINE:
            if node.module == f"exercises._engine.{file.stem}":
                return ast.parse(file.read_text(encoding="utf-8")).body
        return node


class _WithoutHidden(ast.NodeTransformer):
    def visit_Call(self, node):
        self.generic_visit(node)
        hidden = any(k.arg == "hidden" and ast.unparse(k.value) == "True" for k in node.keywords)
        return None if hidden and ast.unparse(node.func) == "Check" else node


def _functions(tree):
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _names(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
