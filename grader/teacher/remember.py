"""From a chapter with its solution to what a handout may know of it."""

import ast
from dataclasses import replace

import numpy as np

from grader.engine import chapters
from grader.engine.explain import carried_on, named_mistakes
from grader.engine.memory import Memory, as_json, beside, question, salt
from grader.engine.runner import InProcess
from grader.engine.trial import Trial, judge

SEED = 0  # the seed of a student's run, unless another is asked for

# Parts of the engine that the checks use and that answer a task (02.2), so they travel
# packed too.
ANSWERS_IN_ENGINE = (chapters.GRADER / "engine" / "differences.py",)


def remember(chapter):
    """The `Memory` of a chapter: its public checks and their fingerprints.

    Raises
    ------
    ValueError
        If the solution does not pass, a hidden check would be handed out, or the
        questions of a check depend on the answers, so that fingerprints could not be
        compared.
    """
    source = public_source((chapter.folder / "tasks.py").read_text(encoding="utf-8"))
    memory = Memory(
        source, {task.id: _remember(chapter, task) for task in chapter.tasks}
    )
    handed_out = [
        check.name
        for task in memory.module("handed_out").TASKS
        for check in task.checks
    ]
    if handed_out != [check.name for task in chapter.tasks for check in _public(task)]:
        raise ValueError(
            f"{chapter.folder / 'tasks.py'}: a hidden check is written as Check(...,"
            " hidden=True) in a tuple of checks, and each task has one that is not"
            " hidden"
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
                as_json(
                    runner.run(task.function, call.arguments),
                    salt(task, trial.check, n),
                )
                for n, call in enumerate(trial.calls)
            ]
            for trial in trials
        }

    def fails(functions):
        """The kind of failure in each check that these functions do not pass."""
        public = replace(task, checks=_public(task))
        runner = InProcess(
            {**chapter.solution, **functions}, chapter.given, task.seconds
        )
        _, failures = judge(public, runner, SEED)
        return {
            c.name: w.kind for c, w in zip(public.checks, failures, strict=True) if w
        }

    right = answers(chapter.solution)
    mistakes = []
    for name, sentence, cause, functions in _suspects(chapter, task):
        theirs = {
            check: list(map(beside, results, right[check]))
            for check, results in answers(functions).items()
        }
        how = fails(functions)
        if how or any(
            answer != "=" for results in theirs.values() for answer in results
        ):
            fields = {"name": name, "sentence": sentence, "cause": cause}
            mistakes.append({**fields, "answers": theirs, "fails": how})
    return {
        "parameters": chapter.parameters(task),
        "hidden": len(task.checks) - len(trials),
        "questions": {
            t.check.name: [question(c.arguments) for c in t.calls] for t in trials
        },
        "right": right,
        "mistakes": mistakes,
    }


def _asked_by_solution(chapter, task, check):
    """The trial of one check on the solution, which is asked all of its questions."""
    trial = Trial(
        task, check, SEED, InProcess(chapter.solution, chapter.given, task.seconds)
    )
    with np.errstate(all="ignore"):
        check.run(trial)
    return trial


def _suspects(chapter, task):
    """Each way of answering wrongly: this task's own, and those of earlier tasks.

    A mistake that was made in an earlier task and carried on is the solution of this
    one, calling the wrong answer there; a result in float64 where float32 is wanted is
    carried on as well.
    """
    for wrong in named_mistakes(chapter, task):
        yield wrong.name, wrong.sentence, None, {task.function: wrong.function}
    for earlier in chapter.tasks[: chapter.tasks.index(task)]:
        wrongs = [
            (wrong.name, wrong.function) for wrong in chapter.misconceptions_of(earlier)
        ]
        wrongs.append(("dtype", _in_float64(chapter.solution[earlier.function])))
        for name, function in wrongs:
            functions = chapter.solution_with({earlier.function: function})
            yield *carried_on(earlier), (earlier.id, name), functions


def _in_float64(function):
    """The function with float64 in the place of float32 in what it returns."""

    def wide(result):
        if isinstance(result, tuple):
            return tuple(map(wide, result))
        return (
            np.asarray(result, np.float64)
            if np.asarray(result).dtype == np.float32
            else result
        )

    return lambda *arguments: wide(function(*arguments))


def public_source(source: str) -> str:
    """The text of a tasks.py without hidden checks and what only they used.

    What stays is what the title and the tasks that are left reach by name, through
    functions, classes and constants. What it imports of `ANSWERS_IN_ENGINE` becomes
    part of it.
    """
    tree = _WithoutHidden().visit(_Inlined().visit(ast.parse(source)))
    reached: set[str] = set()
    found = {"TITLE", "TASKS"}
    while found - reached:
        reached |= found
        used = [node for node in tree.body if _bound(node) & reached]
        found = {
            n.id for node in used for n in ast.walk(node) if isinstance(n, ast.Name)
        }
    tree.body = [node for node in tree.body if _bound(node) & reached]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]  # nobody reads it there
    return ast.unparse(ast.fix_missing_locations(tree))


class _Inlined(ast.NodeTransformer):
    def visit_ImportFrom(self, node):
        for file in ANSWERS_IN_ENGINE:
            if node.module == f"grader.engine.{file.stem}":
                return ast.parse(file.read_text(encoding="utf-8")).body
        return node


class _WithoutHidden(ast.NodeTransformer):
    def visit_Call(self, node):
        self.generic_visit(node)
        hidden = any(
            k.arg == "hidden" and ast.unparse(k.value) == "True" for k in node.keywords
        )
        return None if hidden and ast.unparse(node.func) == "Check" else node


def _bound(node):
    """The names of a module that a statement defines or changes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    # a call such as TABLE.update(...) changes what it names first
    if isinstance(node, ast.Expr):
        called = getattr(node.value, "func", node)
        return {n.id for n in ast.walk(called) if isinstance(n, ast.Name)}
    stored = (ast.Store, ast.Del)
    inner = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    names = {
        n.id
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, stored)
    }
    changed = (
        n.value
        for n in ast.walk(node)
        if isinstance(n, ast.Subscript | ast.Attribute) and isinstance(n.ctx, stored)
    )
    names |= {
        n.id for part in changed for n in ast.walk(part) if isinstance(n, ast.Name)
    }
    return names | {n.name for n in inner}
