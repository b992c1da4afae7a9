"""The commands of the exercises: stubs, grading, and what is handed out."""

import argparse
import math
import os
import re
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from grader.engine import chapters


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m exercises", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _copy_arguments(commands.add_parser("copy", help="lay out a folder to answer in"))
    if find_spec("grader.teacher"):  # not where pip has put the students' part alone
        _teachers_commands(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (LookupError, ValueError, OSError, RuntimeError) as error:
        parser.exit(2, f"{parser.prog} {options.command}: {error}\n")


def _teachers_commands(commands):
    _stubs_arguments(
        commands.add_parser("stubs", help="generate answers.py from solution.py")
    )
    _grade_arguments(commands.add_parser("grade", help="grade a folder of submissions"))
    _handout_arguments(commands.add_parser("handout", help="zip the students' part"))
    _gradescope_arguments(commands.add_parser("gradescope", help="zip an autograder"))
    _classroom50_arguments(
        commands.add_parser("classroom50", help="zip one for Classroom 50")
    )


def _copy_arguments(parser):
    parser.description = (
        "Copy the exercises to a folder of your own, with answers not begun; what you"
        " have answered there stays. `pytest FOLDER/<chapter>` grades them."
    )
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="such as 04; all if none"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("exercises"),
        metavar="FOLDER",
        help="default exercises",
    )
    parser.set_defaults(run=_copy)


def _copy(options):
    if options.out.resolve() == chapters.HOME:
        raise ValueError(
            f"{options.out} is where the exercises are; give another --out"
        )
    own = shutil.ignore_patterns("__pycache__", ".*", "answers.py", "failing_*.py")
    for folder in _folders(options.chapters) or chapters.folders():
        copied = options.out / folder.name
        shutil.copytree(folder, copied, ignore=own, dirs_exist_ok=True)
        answers = copied / "answers.py"
        what = "kept" if answers.exists() else "written"
        if what == "written":
            text = chapters.stub(folder)
            answers.write_text(text, encoding="utf-8", newline="\n")
        print(f"{answers}: {what}")
    for name in ("conftest.py", "pytest.ini"):
        shutil.copyfile(chapters.HOME / name, options.out / name)
    return 0


def _stubs_arguments(parser):
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="such as 04; all if none"
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite answers already written"
    )
    parser.set_defaults(run=_stubs)


def _stubs(options):
    from grader.engine import stubs

    kept = 0
    for folder in _folders(options.chapters) or chapters.folders():
        what = stubs.write(folder, force=options.force)
        kept += what is stubs.Written.KEPT
        print(f"{folder.name}/answers.py: {what.value}")
    return 1 if kept else 0


def _grade_arguments(parser):
    parser.description = (
        "Grade SUBMISSIONS/<student>/<chapter>/answers.py. What was graded before, with"
        " the same file, seed and grader, is not graded again, so an interrupted run"
        " goes on where it was."
    )
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="OUT", help="folder for grades"
    )
    parser.add_argument(
        "--chapters",
        nargs="+",
        default=[],
        metavar="CHAPTER",
        help="such as 04; if left out, those that somebody has handed in",
    )
    parser.add_argument(
        "--seed",
        type=_whole(0),
        metavar="S",
        help="where the random numbers start; if left out, drawn once and kept in OUT",
    )
    parser.add_argument(
        "--jobs",
        type=_whole(1),
        metavar="N",
        help="processes at work; the cores, if left out",
    )
    parser.add_argument(
        "--time",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="for one call (default 10)",
    )
    parser.add_argument(
        "--memory",
        type=_bytes,
        default="1G",
        metavar="BYTES",
        help="such as 512M (default 1G)",
    )
    parser.set_defaults(run=_grade)


def _grade(options):
    from grader import sandbox  # these are more than the other commands need
    from grader.teacher import crew, grading

    root, out = options.submissions.resolve(), options.out.resolve()
    if not root.is_dir():
        raise ValueError(f"there is no folder {options.submissions}")
    if out.exists() and not out.is_dir():
        raise ValueError(f"--out {options.out} is a file, and a folder is wanted")
    if out.is_relative_to(root) or root.is_relative_to(out):
        raise ValueError(
            "--out must lie beside SUBMISSIONS: in it, it would look like a student"
        )
    # One thread each: two processes that use two threads each would wait for each
    # other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    seed = grading.seed_of(out) if options.seed is None else options.seed
    rules = grading.Rules(seed, options.time, options.memory)
    chosen = _folders(options.chapters)
    try:
        with crew.leaving_when_told():
            done = grading.run(
                root, out, chosen, rules, options.jobs or grading.cores()
            )
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    print(f"{done.sentence} Seed {seed}.")
    print(
        f"{options.out}: grades.csv, mistakes.csv, and a folder of reports for each"
        " student"
    )
    for protection in done.protections:
        print(sandbox.describe(protection))
        if open_doors := sandbox.NOT_STOPPED[protection]:
            print(f"An answer here could still be one that {'; '.join(open_doors)}.")
    if done.strays:
        print(
            f"In no student's folder, so not graded: {', '.join(done.strays)}",
            file=sys.stderr,
        )
    for failure in done.failures:
        print(f"the grader failed on {failure}", file=sys.stderr)
    return 1 if done.failures else 0


def _handout_arguments(parser):
    _zip_arguments(parser, "dist/exercises.zip")
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="such as 04; all if none"
    )
    parser.set_defaults(run=_handout)


def _handout(options):
    from grader.teacher import handout

    names = handout.write(options.out, _folders(options.chapters))
    answers = [name for name in names if name.endswith("answers.py")]
    print(
        f"{options.out}: {len(answers)} chapters,"
        f" {options.out.stat().st_size / 1000:.0f} kB"
    )
    return 0


def _gradescope_arguments(parser):
    _zip_arguments(parser, "dist/autograder.zip")
    parser.add_argument("chapter", metavar="CHAPTER", help="such as 04")
    parser.add_argument(
        "--seed",
        type=_whole(0),
        metavar="S",
        help="where the random numbers start; or drawn now",
    )
    parser.set_defaults(run=_gradescope)


def _gradescope(options):
    from grader.teacher import gradescope

    folder = chapters.folder(options.chapter)
    seed = gradescope.write(options.out, folder, options.seed)
    print(f"{options.out}: the autograder of {folder.name}, seed {seed}")
    print("It holds the solutions. Upload it as an autograder, and give it to nobody.")
    return 0


def _classroom50_arguments(parser):
    _zip_arguments(parser, "dist/classroom50.zip")
    parser.add_argument("chapters", nargs="+", metavar="CHAPTER", help="such as 04")
    parser.set_defaults(run=_classroom50)


def _classroom50(options):
    from grader.teacher import classroom50

    folders = _folders(options.chapters)
    classroom50.write(options.out, folders)
    print(
        f"{options.out}: the autograder of"
        f" {', '.join(folder.name for folder in folders)}"
    )
    print(
        "Unpack it into <classroom>/autograders/<assignment>/ of your classroom50"
        " repository."
    )
    return 0


def _zip_arguments(parser, default):
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(default),
        metavar="ZIP",
        help=f"default {default}",
    )


def _folders(numbers):
    return sorted({chapters.folder(number) for number in numbers})


def _whole(least):
    def whole(text):
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    whole.__name__ = "whole number"  # argparse says "invalid whole number value: 'x'"
    return whole


def _seconds(text):
    number = float(text)
    if not (0 < number < math.inf):
        raise argparse.ArgumentTypeError(f"{text} is no time in seconds above 0")
    return number


_seconds.__name__ = "time"


def _bytes(text):
    match = re.fullmatch(r"(\d+)([KMG]?)B?", text.strip().upper())
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 512M or 1G")
    return int(match[1]) * 1024 ** " KMG".index(match[2] or " ")


if __name__ == "__main__":
    sys.exit(main())
