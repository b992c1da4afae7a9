"""The student's file is the solution without its marked lines, and says what it must
say."""

import ast
import inspect
import re
import shutil
import time

import numpy as np
import pytest

from grader import __main__ as command
from grader.engine import chapters, compare, runner, stubs
from grader.engine.trial import Trial
from tools.contents import docnames

FOLDERS = [pytest.param(folder, id=folder.name) for folder in chapters.folders()]


def _solution(folder):
    return (folder / "solution.py").read_text(encoding="utf-8")


def _functions(text):
    return {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}


def _is_empty(function):
    return [type(line) for line in function.body] == [ast.Expr, ast.Raise]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_stub_is_the_solution_minus_the_marked_lines(folder):
    kept, inside = [], False
    for line in _solution(folder).splitlines():
        if line.strip() == stubs.END:
            inside = False
        elif line.strip() == stubs.BEGIN:
            inside = True
            kept.append("    raise NotImplementedError")
        elif not inside:
            kept.append(line)
    stub = stubs.generate(_solution(folder))
    assert stub.splitlines() == kept
    assert all(_is_empty(function) for function in _functions(stub).values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_committed_stub_is_the_generated_one(folder):
    """Of a file that somebody has begun to answer, only what it says about the tasks is
    compared: the project's tests are not there to grade the person who runs them."""
    stub = stubs.generate(_solution(folder))
    answers = (folder / "answers.py").read_text(encoding="utf-8")
    try:
        given = _functions(answers)
    except SyntaxError:
        return  # somebody is writing in it
    if all(_is_empty(function) for function in given.values()):
        assert answers == stub, "run: python -m exercises stubs --force"
    for name, function in _functions(stub).items():
        if name in given:
            assert ast.get_docstring(given[name]) == ast.get_docstring(function)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_docstring_says_task_points_length_and_results(folder):
    chapter = chapters.chapter(folder)
    assert set(_functions(_solution(folder))) == {
        task.function for task in chapter.tasks
    }
    for task in chapter.tasks:
        function = chapter.solution[task.function]
        text = " ".join(inspect.getdoc(function).split())
        assert f"Task {task.id} ({task.points} points" in text
        assert "Returns " in text
        source = inspect.getsource(function)
        answer = source[
            source.index(stubs.BEGIN) : source.index(stubs.END)
        ].splitlines()[1:]
        length = sum(
            1 for line in answer if line.strip() and not line.strip().startswith("#")
        )
        said = int(text.split("About ")[1].split(" line")[0])
        assert abs(length - said) <= max(1, said // 4), (
            f"{task.id} has {length} lines, not {said}"
        )


SHAPE = re.compile(
    r"\((\w(?:, \w)*),?\)|of any shape|of the shapes? (?:of|and dtype of)|of"
    r" (?:that|the same) shape"
)
DTYPES = {
    "f8": r"float64|dtype of",
    "f4": r"float32|dtype of",
    "i8": "integer",
    "u1": "uint8",  # in which 0 − 1 is 255: "integers" does not announce that
    "i4": "int32|any integer type",
    "b1": "bool|True or False",
}


def _said(function):
    """What a docstring says of each argument, as one line."""
    entry = re.compile(
        r"^(\w+(?:, \w+)*) : (.*(?:\n(?!\w+(?:, \w+)* : |\n).*)*)", re.MULTILINE
    )
    return {
        name: " ".join(text.split())
        for names, text in entry.findall(inspect.getdoc(function))
        for name in names.split(", ")
    }


def _says_what_it_is(text, array):
    """Whether a text tells of a shape and a dtype that this array has."""
    shapes = SHAPE.findall(text)
    ranks = {letters.count(",") + 1 for letters in shapes if letters}
    known = DTYPES[array.dtype.str[1:]]
    return (
        bool(shapes)
        and (not ranks or array.ndim in ranks)
        and bool(re.search(known, text))
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_docstring_says_shapes_and_dtypes_as_they_are(folder):
    """Of every array that a check hands over, and of every one that a right answer
    returns."""
    chapter = chapters.chapter(folder)
    said = {
        task.function: _said(chapter.solution[task.function]) for task in chapter.tasks
    }
    for task in chapter.tasks:
        for call in _calls(chapter, task):
            for name, value in zip(
                chapter.parameters(task), call.arguments, strict=False
            ):
                text = said[task.function][name]
                while earlier := re.search(r"as in `(\w+)`", text):
                    text = said[earlier[1]][name]
                assert text
                if isinstance(value, np.ndarray):
                    assert _says_what_it_is(text, value), f"{task.id}, {name}: {text}"
            text = " ".join(inspect.getdoc(chapter.solution[task.function]).split())
            text = text[text.index("Returns ") : text.index(" About ")]
            several = isinstance(call.outcome.value, tuple)
            for value in call.outcome.value if several else (call.outcome.value,):
                if isinstance(value, np.ndarray) and value.ndim:
                    assert _says_what_it_is(text, value), f"{task.id}: {text}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_check_asks_for_more_digits_than_the_file_says(folder, monkeypatch):
    chapter = chapters.chapter(folder)
    said = " ".join(ast.get_docstring(ast.parse(_solution(folder))).split())
    double = re.search(
        r"Up to (\d+) digits of a (?:float64 )?result are compared", said
    )
    single = re.search(r"and (\d+) of a float32 one", said)
    digits = {"float64": int(double[1]), "float32": int(single[1]) if single else 0}
    asked = set()

    def close(given, expected, output, rtol=1e-9, elementwise=False, dtype=None):
        if rtol:  # nothing is a whole number that equals another to so many digits
            asked.add((np.asarray(given).dtype.name, rtol))
        compare.close(given, expected, output, rtol, elementwise, dtype)

    for task in chapter.tasks:
        if "right to the last digits" not in inspect.getdoc(
            chapter.solution[task.function]
        ):
            for check in task.checks:
                monkeypatch.setitem(check.run.__globals__, "close", close)
            list(_calls(chapter, task))
    assert asked
    for dtype, rtol in asked:
        if dtype in digits:
            assert rtol >= 0.99 * 10.0 ** -digits[dtype], (dtype, rtol)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_docstring_says_how_long_an_answer_runs(folder):
    """The fastest of all calls, on whatever machine: a thousand times what is said is
    too much."""
    chapter = chapters.chapter(folder)
    for task in chapter.tasks:
        text = inspect.getdoc(chapter.solution[task.function])
        unit = re.search(r"(?:runs\s+in\s+|lines?;\s+)(micro|milli)seconds\.", text)
        assert unit, f"{task.id} does not say how long it runs"
        student = runner.InProcess(chapter.solution, chapter.given)
        times = []
        for call in _calls(chapter, task):
            start = time.perf_counter()
            student.run(task.function, call.arguments)
            times.append(time.perf_counter() - start)
        assert min(times) < {"micro": 1e-3, "milli": 1.0}[unit[1]], (
            f"{task.id}: {min(times)} s"
        )


def _calls(chapter, task):
    """All questions of a task's checks, and what the solution answers."""
    student = runner.InProcess(chapter.solution, chapter.given)
    for check in task.checks:
        trial = Trial(task, check, seed=0, runner=student)
        check.run(trial)
        yield from trial.calls


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_task_has_two_further_hints_and_they_are_no_code(folder):
    chapter = chapters.chapter(folder)
    for task in chapter.tasks:
        second, third = task.hints
        first = [check.hint for check in task.checks]
        assert len({*first, second, third}) == len(set(first)) + 2
        solution = inspect.getsource(chapter.solution[task.function])
        answer = solution[solution.index(stubs.BEGIN) : solution.index(stubs.END)]
        for line in map(str.strip, answer.splitlines()[1:]):
            assert len(line) < 12 or line not in second + third, (
                f"{task.id} gives away {line!r}"
            )


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_statement_tells_of_every_task_as_it_is(folder):
    statement = (folder / "statement.md").read_text(encoding="utf-8")
    for task in chapters.chapter(folder).tasks:
        begin = f"**{task.id} {task.title}** ({task.points} points"
        assert begin in statement, begin
        paragraph = statement[statement.index(begin) :].split("\n\n")[0]
        assert f"`{task.function}(" in paragraph


def _headings(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    return [line.lstrip("#").strip() for line in lines if line.startswith("##")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_section_to_read_again_is_in_the_chapter(folder):
    root = chapters.ROOT
    page = root / "book" / f"{folder.name}.md"
    # exercises may come before their chapter, but not beside a listed one
    if not page.exists():
        assert f"book/{folder.name}" not in docnames(root), (
            f"_toc.yml lists {page.name}, but it is missing"
        )
        return
    headings = _headings(page)
    for task in chapters.chapter(folder).tasks:
        assert any(heading.startswith(task.section) for heading in headings), (
            f"{task.id} sends its reader to {task.section!r}, which {page.name} lacks;"
            f" it has {headings}"
        )


@pytest.mark.parametrize(
    ("solution", "says"),
    [
        ("x = 1\n", "give the solution away"),
        (f"{stubs.BEGIN}\n", "has no"),
        (f"{stubs.END}\n", "line 1"),
        (f"{stubs.BEGIN}\n{stubs.BEGIN}\n{stubs.END}\n", "line 2"),
    ],
)
def test_marks_that_do_not_match_are_refused(solution, says):
    with pytest.raises(ValueError, match=says):
        stubs.generate(solution)


def test_answers_are_overwritten_only_by_force(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "04-l-softmax"
    shutil.copytree(chapters.folder("04"), folder)
    monkeypatch.setattr(chapters, "HOME", tmp_path)
    answers = folder / "answers.py"

    answers.unlink(missing_ok=True)
    assert command.main(["stubs"]) == 0
    stub = answers.read_text(encoding="utf-8")
    assert command.main(["stubs", "4"]) == 0

    answers.write_text(stub + "# mine\n", encoding="utf-8")
    assert command.main(["stubs", "04"]) == 1
    assert answers.read_text(encoding="utf-8").endswith("# mine\n")
    assert "--force" in capsys.readouterr().out

    assert command.main(["stubs", "04", "--force"]) == 0
    assert answers.read_text(encoding="utf-8") == stub


def test_a_handouts_answers_are_never_overwritten(tmp_path):
    """It holds no solution, so what a student began could not be written again."""
    shutil.copytree(chapters.folder("04"), tmp_path / "04-l-softmax")
    (tmp_path / "04-l-softmax" / "solution.py").unlink()
    answers = tmp_path / "04-l-softmax" / "answers.py"
    answers.write_text("# mine\n", encoding="utf-8")
    assert stubs.write(answers.parent, force=True) is stubs.Written.PACKED
    assert answers.read_text(encoding="utf-8") == "# mine\n"


def test_an_unknown_chapter_is_refused_by_name(capsys):
    with pytest.raises(SystemExit):
        command.main(["stubs", "77"])
    assert "'77'" in capsys.readouterr().err
