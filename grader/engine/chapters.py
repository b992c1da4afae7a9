"""Where the chapters of exercises are, and how their files are loaded.

Folder names such as ``04-l-softmax`` are good in an address bar and cannot be imported,
so every file is loaded from its path, here and nowhere else.
"""

import importlib.util
import inspect
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from grader.engine.memory import FILE as PACKED
from grader.engine.memory import Memory
from grader.engine.task import Misconception, Task

ROOT = Path(__file__).resolve().parents[2]  # a checkout, a handout, or site-packages
GRADER = ROOT / "grader"


def _home():
    """The folder `exercises` that Python finds, or the one beside the grader.

    They differ where a copy of the exercises is graded by an installed grader.
    """
    found = importlib.util.find_spec("exercises")
    return Path(found.origin).parent if found and found.origin else ROOT / "exercises"


HOME = _home()


@dataclass(frozen=True)
class Chapter:
    """A folder of exercises: tasks, named wrong answers, and given functions."""

    folder: Path
    title: str
    tasks: tuple[Task, ...]
    misconceptions: tuple[Misconception, ...]
    given: ModuleType | None
    # in a handout, in the place of solution and misconceptions
    memory: Memory | None = None

    @property
    def number(self) -> str:
        return self.folder.name[:2]

    @property
    def solution(self) -> dict:
        """The functions of the reference solution, by name."""
        return vars(_module(self.folder / "solution.py"))

    def solution_with(self, replacements: dict) -> dict:
        """The functions of the solution, calling these in place of its own."""
        functions = vars(_load(self.folder / "solution.py"))
        functions.update(replacements)
        return functions

    def parameters(self, task: Task) -> tuple[str, ...]:
        """The names of the arguments of a task's function."""
        if self.memory is not None:
            return tuple(self.memory.tasks[task.id]["parameters"])
        return tuple(inspect.signature(self.solution[task.function]).parameters)

    def hidden(self, task: Task) -> int:
        """How many checks of a task stayed with the teacher and are not run here."""
        return 0 if self.memory is None else self.memory.tasks[task.id]["hidden"]

    def task(self, task_id: str) -> Task:
        """The task of this id; raises `LookupError` if there is none."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        known = ", ".join(task.id for task in self.tasks)
        raise LookupError(
            f"chapter {self.number} has no task {task_id}; it has {known}"
        )

    def misconceptions_of(self, task: Task) -> list[Misconception]:
        return [wrong for wrong in self.misconceptions if wrong.task == task.id]


def folders() -> list[Path]:
    """The folders of all chapters, in order."""
    return sorted(path for path in HOME.glob("[0-9][0-9]-*") if is_chapter(path))


def is_chapter(path: Path) -> bool:
    """Whether a folder holds the checks of a chapter, as written or packed."""
    return (path / "tasks.py").exists() or (path / PACKED).exists()


def folder(number: str) -> Path:
    """The folder of one chapter, from its number ("04") or the folder's name.

    Raises
    ------
    LookupError
        If there are no exercises for it.
    """
    for path in folders():
        if number in (path.name, path.name[:2]) or (
            re.fullmatch(r"\d", number) and (path.name[:2] == f"0{number}")
        ):
            return path
    known = ", ".join(path.name for path in folders())
    raise LookupError(f"there are no exercises for {number!r}; there are {known}")


@cache
def chapter(path: Path) -> Chapter:
    """The chapter in a folder; what is wrong with it is an error, never empty."""
    path = Path(path).resolve()
    given = _module(path / "given.py") if (path / "given.py").exists() else None
    if (path / PACKED).exists():
        kept = Memory.read(path / PACKED)
        module, misconceptions = kept.module(_name(path / "tasks.py")), ()
    else:
        kept, module = None, _module(path / "tasks.py")
        misconceptions = tuple(_misconceptions(path, module.TASKS))
    if not module.TASKS:
        raise ValueError(f"{path / 'tasks.py'} lists no task")
    return Chapter(path, module.TITLE, tuple(module.TASKS), misconceptions, given, kept)


def stub(folder: Path) -> str:
    """The students' file of a chapter, not begun.

    As it was handed out; or else generated, since somebody may have written answers
    in it.
    """
    source = folder / "solution.py"
    if not source.exists():
        return (folder / "answers.py").read_text(encoding="utf-8")
    from grader.engine.stubs import generate  # no part of a handout

    return generate(source.read_text(encoding="utf-8"))


def solution(beside: str | Path) -> ModuleType:
    """The module of the reference solution beside another file of its chapter."""
    return _module(Path(beside).resolve().with_name("solution.py"))


def _misconceptions(path, tasks):
    """What the table of a chapter's misconceptions.py says.

    From the id of a task to its mistakes, and from the name of a mistake to a pair: the
    wrong answer and its sentence. A wrong answer is a function, or the changes that
    make it of the solution, a dict as `stubs.changed` takes it. It is a tuple of
    functions if what it gives depends on the machine: the first is what people write,
    and the others give here what that gives elsewhere.
    """
    from grader.engine.stubs import changed  # no part of a handout, which has no table

    table = _module(path / "misconceptions.py").MISCONCEPTIONS
    functions = {task.id: task.function for task in tasks}
    source = path / "solution.py"
    text = source.read_text(encoding="utf-8")
    for task, mistakes in table.items():
        if task not in functions:
            raise ValueError(f"{path / 'misconceptions.py'}: there is no task {task}")
        for name, (wrong, sentence) in mistakes.items():
            if not isinstance(wrong, dict):
                for function in wrong if isinstance(wrong, tuple) else (wrong,):
                    yield Misconception(task, name, sentence, function)
                continue
            module = {"__name__": _name(source)}
            try:
                new = changed(text, functions[task], wrong)
            except (ValueError, AttributeError) as error:
                place = path / "misconceptions.py"
                raise ValueError(f"{place}: {task}, {name!r}: {error}") from error
            code = compile(new, source, "exec")
            exec(code, module)
            yield Misconception(task, name, sentence, module[functions[task]], wrong)


@cache
def _module(path):
    return _load(path)


def _load(path):
    name = _name(path)
    # Compiled from what the file says now: a cached .pyc can be older by less than the
    # clock of the file system shows.
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        specification = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes_bytecode
    return module


def _name(path):
    return "exercises_of_" + re.sub(r"\W", "_", f"{path.parent.name}_{path.stem}")
