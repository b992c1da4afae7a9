"""Hostile answers cost their own task only, and what a protection does not stop is
known.

Each of `hostile_answers` stands in the place of task 04.6, between two tasks that are
right. Every test runs under each protection that works on this machine; the others are
named at the end of the report (tests/conftest.py), so that nobody takes "not run" for
"passed".
"""

import doctest
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_answers import HARMLESS, HARMS, THREADS

from grader import sandbox
from grader.engine import chapters, runner
from grader.engine.grade import grade
from grader.engine.runner import Limits, Outcome, Student
from grader.sandbox.inside.calls import TimeIsUp

CHAPTER = chapters.chapter(chapters.folder("04"))
SOLUTION = (CHAPTER.folder / "solution.py").read_text(encoding="utf-8")
HOSTILE, BEFORE, AFTER = (CHAPTER.task(task) for task in ("04.6", "04.2", "04.3"))
USABLE = [name for name in sandbox.PROTECTIONS if not sandbox.why_not(name)]
SHUT_OFF = [name for name in USABLE if name != "process"]


def answers(body):
    """The solution of chapter 4, with other lines first in `annealing`."""
    head = "def annealing(t, base, gamma, power, minimum):\n"
    start = SOLUTION.index(head) + len(head)
    docstring = SOLUTION.index('"""', SOLUTION.index('"""', start) + 3) + 3
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"{SOLUTION[:docstring]}\n{lines}{SOLUTION[docstring:]}"


def graded(body, protection, seconds=20.0, limits=None):
    """The report on the hostile task; the tasks before and after it must be right."""
    hostile = replace(HOSTILE, seconds=seconds)
    chapter = replace(CHAPTER, tasks=(*CHAPTER.tasks[:-1], hostile))
    with Student(answers(body), chapter, protection, limits) as student:
        assert grade(chapter, BEFORE, student).full
        report = grade(chapter, hostile, student)
        assert grade(chapter, AFTER, student).full
    return report


def message(report):
    check = next(check for check in report.checks if not check.passed)
    return f"{check.message} expected {check.expected}, given {check.given}"


def alive(marker):
    """The processes of this machine whose command line has a word in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def waited_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(harm, id=name)
        for row in HARMS.values()
        for name, harm in row.items()
    ],
)
def test_it_costs_its_own_task_only(harm, protection):
    body, kind, says = harm
    report = graded(body, protection, seconds=0.5 if "timeout" in kind else 20.0)
    assert report.points == 0
    assert re.fullmatch(kind, report.checks[0].kind), message(report)
    assert re.search(says, message(report)), message(report)
    assert message(report).isprintable()


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize("name", HARMLESS)
def test_it_is_without_effect(name, protection, capfd):
    report = graded(HARMLESS[name], protection)
    assert report.full, message(report)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "import os; os._exit(3)",
            r"ended the process .*exit status 3.* while it was imported",
        ),
        (
            "import sys; sys.exit()",
            r"cannot be imported: it stopped in line 1 with SystemExit",
        ),
        ("while True: pass", r"stopped after 0.5 seconds of being imported"),
        ("1 / 0", r"cannot be imported: it stopped in line 1 with ZeroDivisionError"),
        ("x = bytearray(2**40)", r"MemoryError"),
        ("import mlcore", r"imports `mlcore` in line 1\. Write it from NumPy"),
        (
            "from grader.engine import grade",
            r"imports `grader.engine` in line 1",
        ),
        ("import scipy", r"`scipy` is not there where answers are run: only NumPy"),
        ("\0", r"null bytes"),
        ("x = " + "(" * 300, r"not Python yet|too many nested|cannot be imported"),
        ("x = " + "-" * 10**5 + "1", r"answers.py"),
        (
            "raise Exception('\\x1b[31m \\ud800 ' + 'x' * 10**6)",
            r"with Exception:  \[31m   x+…",
        ),
    ],
)
def test_harm_on_import_costs_the_submission_only(line, says, protection):
    limits = Limits(reading=0.5 if "while" in line else 10.0)
    started = time.monotonic()
    with Student(line + "\n" + SOLUTION, CHAPTER, protection, limits) as student:
        reports = [grade(CHAPTER, task, student) for task in CHAPTER.tasks]
    assert time.monotonic() - started < 8  # the same file is not waited for again
    for report in reports:
        assert report.points == 0
        assert re.search(says, message(report)), message(report)
        assert message(report).isprintable()


def test_the_time_of_all_calls_together_is_limited_to_the_last_moment(monkeypatch):
    """A reply can come in time and be read when the time is over."""
    body = "import time; time.sleep(0.02)"
    monkeypatch.setattr(
        runner, "_outcome", lambda reply, name: time.sleep(0.3) or Outcome(reply[0])
    )
    with Student(answers(body), CHAPTER, limits=Limits(task=0.25)) as student:
        report = grade(CHAPTER, HOSTILE, student)
    assert [check.kind for check in report.checks] == ["timeout", "timeout"]
    assert "took longer than 0.25 seconds together" in message(report)


def test_the_time_of_a_file_is_limited_whatever_its_tasks_take():
    """Each task imports the file anew, within the time of a task; eight times that is
    too long."""
    limits = Limits(file=1.5)
    started = time.monotonic()
    with Student(
        f"import time\ntime.sleep(0.6)\n{SOLUTION}", CHAPTER, limits=limits
    ) as student:
        reports = [grade(CHAPTER, task, student) for task in CHAPTER.tasks]
    assert time.monotonic() - started < 10
    assert reports[0].full
    assert reports[-1].points == 0
    assert (
        "answers.py was stopped: all its tasks together took longer than 1.5"
        in message(reports[-1])
    )


def test_the_time_of_a_file_ends_a_call_too():
    limits = Limits(file=0.7)
    body = "import time; time.sleep(1000)"
    with Student(answers(body), CHAPTER, limits=limits) as student:
        report = grade(CHAPTER, HOSTILE, student)
        after = grade(CHAPTER, AFTER, student)
    assert report.checks[0].kind == "timeout"
    assert "all its tasks together took longer than 0.7 seconds" in message(report)
    assert "all its tasks together took longer than 0.7 seconds" in message(after)


def test_an_interrupted_call_is_the_last_of_its_task():
    """Its answer would be taken for that of the next call."""
    source = "import time\n\ndef psi(c, m):\n    time.sleep(c)\n    return c"

    def ring(number, frame):
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with Student(source, CHAPTER) as student, student.answering(AFTER) as worker:
            assert worker.run("psi", (0.0, 2)).value == 0
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(TimeIsUp):
                worker.run("psi", (0.5, 2))
            assert worker.run("psi", (0.0, 2)).failure == "timeout"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# What only some protections stop
# ---------------------------------------------------------------


def stops(protection, what):
    assert any(what in names for names in sandbox.NOT_STOPPED.values())
    return what not in sandbox.NOT_STOPPED[protection]


@pytest.mark.parametrize("protection", USABLE)
def test_reading_the_solution_from_disk(protection):
    solution = CHAPTER.folder / "solution.py"
    report = graded(
        f"""
        there = {{}}
        exec(open({str(solution)!r}).read(), there)
        return there["annealing"](t, base, gamma, power, minimum)
        """,
        protection,
    )
    if stops(protection, "reads the solution from disk"):
        assert report.points == 0
        assert re.search("FileNotFoundError|PermissionError", message(report))
    else:
        assert report.full


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize(
    "deed",
    [
        "open(path, 'w')",
        "open(path, 'r+').truncate(0)",
        "os.truncate(path, 0)",
        "os.remove(path)",
        "os.rename(path, path + '.old')",
        "os.chmod(path, 0)",
        "os.utime(path, (0, 0))",
        "os.symlink('/', path + '.link')",
        "os.mkdir(path + '.folder')",
        "os.setxattr(path, 'user.grade', b'full')",
    ],
)
def test_writing_over_the_tests_and_the_results(deed, protection, tmp_path):
    results = tmp_path / "results.json"
    results.write_text("{}")
    untouched = results.stat(), os.listxattr(results), os.listdir(tmp_path)
    report = graded(f"import os; path = {str(results)!r}; {deed}", protection)
    touched = untouched != (
        (results.stat(), os.listxattr(results), os.listdir(tmp_path))
        if results.exists()
        else ()
    )
    if stops(protection, "writes over the tests and the results"):
        assert not touched
        assert re.search("FileNotFoundError|PermissionError", message(report))
    # else the file system itself refused, as some do extended attributes
    elif report.full:
        assert touched


@pytest.mark.parametrize("protection", SHUT_OFF)
def test_no_file_in_sight_can_be_written_to(protection):
    report = graded(
        """
        import os, sys
        ours = os.__file__, np.__file__, sys.executable, "/etc/ld.so.cache"
        for path in (*ours, "new", "/new"):
            for mode in ("r+", "a"):
                try: open(path, mode).close()
                except OSError: continue
                raise RuntimeError(path)
        """,
        protection,
    )
    assert report.full, message(report)


@pytest.mark.parametrize("protection", USABLE)
def test_opening_a_socket(protection):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        report = graded(
            f"import socket; socket.create_connection({server.getsockname()!r})",
            protection,
        )
        try:
            server.accept()[0].close()
            reached = True
        except TimeoutError:
            reached = False
    assert reached != stops(protection, "opens a socket")
    assert report.full == reached


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize(
    "way", ["os.fork()", "os.posix_spawn('/usr/bin/true', ['true'], {})"]
)
def test_a_fork_bomb(way, protection):
    """Fifty children of twenty seconds: where they can start, they end with the
    submission."""
    memory = 2**30 + 4096 * os.getpid()  # to know its processes by
    started = time.monotonic()
    report = graded(
        f"""
        import os, time
        for _ in range(50 * annealing.__dict__.setdefault('calls', 1)):
            if {way} == 0:
                time.sleep(20)
                os._exit(0)
        annealing.calls = 0
        """,
        protection,
        limits=Limits(memory=memory),
    )
    if stops(protection, "starts other processes, or threads without end"):
        assert report.points == 0
        assert "PermissionError" in message(report)
    else:
        assert report.full
    assert waited_for(lambda: not alive(str(memory)))
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize("name", THREADS)
def test_threads(name, protection):
    """One would do no harm, but there is no telling one from a hundred thousand."""
    report = graded(THREADS[name], protection)
    if stops(protection, "starts other processes, or threads without end"):
        assert report.points == 0
        assert "can't start new thread" in message(report)
    else:
        assert report.full, message(report)


GRADER = """
import test_isolation as t
report = t.graded({body!r}, {protection!r})
print("still here", t.message(report))
"""


def alone(script, **environment):
    """How to start a script in a process of its own that imports what this one can."""
    known = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return {
        "args": [sys.executable, "-c", script],
        "env": os.environ | known | environment,
    }


@pytest.mark.parametrize("protection", USABLE)
def test_killing_the_grader(protection, tmp_path):
    body = """
        import os
        with open(f"/proc/{os.getppid()}/status") as file:
            grader = int(file.read().partition("PPid:")[2].split()[0])
        os.kill(grader, 9)
        """
    done = subprocess.run(
        # what a killed grader leaves, goes with the folder
        **alone(GRADER.format(body=body, protection=protection), TMPDIR=str(tmp_path)),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    if stops(protection, "kills the grader"):
        assert re.search(r"still here .*(FileNotFound|Permission)Error", done.stdout), (
            done.stderr
        )
    else:
        assert done.returncode == -9


@pytest.mark.parametrize("protection", SHUT_OFF)
@pytest.mark.parametrize(
    "deed",
    [
        "os.kill(os.getppid(), 9)",
        "os.kill(0, 9)",
        "os.setsid()",
        "os.execv(sys.executable, ['x'])",
        "resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))",
        "resource.prlimit(0, resource.RLIMIT_CPU, (10**6, 10**6))",
        "check(libc.ptrace(0, 0, 0, 0))",
        "fcntl.fcntl(connection, fcntl.F_SETOWN, os.getppid())",
        "fcntl.fcntl(connection, 10, 9)",
        "fcntl.ioctl(connection, 0x8901, struct.pack('i', os.getppid()))",
        "time.clock_settime(time.CLOCK_REALTIME, time.time())",
        "os.open('/', os.O_TMPFILE | os.O_WRONLY)",
        "check(libc.unshare(0x10000000))",
        "check(libc.syscall(ctypes.c_long(425), 8, 0))",
        "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))",
        "os.sched_setparam(0, os.sched_param(0))",
        "check(libc.syscall(numbers['sched_setattr'], 0, bytes(48), 0))",
        "check(libc.syscall(numbers['ioprio_set'], 1, 0, 3 << 13))",
        "check(libc.inotify_init1(0))",
        "check(libc.fanotify_init(0x200, 0))",
        "check(libc.mlock(bytes(2**16), 2**16))",
        (
            "[check(libc.syscall(numbers['timer_create'], 0, 0, bytes(8))) for _ in"
            " range(1000)]"
        ),
    ],
)
def test_what_no_answer_may_ask_of_the_kernel(deed, protection):
    report = graded(
        f"""
        import ctypes, fcntl, os, resource, struct, sys, time
        connection = next(fd for fd in range(3, 99) if os.path.exists(fd))
        libc = ctypes.CDLL(None, use_errno=True)
        on_arm = os.uname().machine == "aarch64"
        numbers = {{"sched_setattr": (314, 274)[on_arm]}}
        numbers["ioprio_set"] = (251, 30)[on_arm]
        numbers["timer_create"] = (222, 107)[on_arm]
        def check(result):
            if result < 0: raise OSError(ctypes.get_errno(), "no")
        {deed}
        """,
        protection,
    )
    assert report.points == 0
    # The last of them: a limit of the kernel is reached.
    refused = "PermissionError|not allowed to raise|Read-only file|BlockingIOError"
    assert re.search(refused, message(report)), message(report)


@pytest.mark.parametrize("protection", SHUT_OFF)
def test_nothing_of_the_project_is_in_sight(protection):
    report = graded(
        """
        import os
        names = {"solution.py", "misconceptions.py", "mlcore", "exercises"}
        first = not hasattr(annealing, "looked")
        for folder, folders, files in os.walk("/") if first else ():
            for name in names & {*folders, *files}:
                try:
                    (open if name in files else os.listdir)(os.path.join(folder, name))
                except PermissionError:  # Landlock shows that it is there, not what
                    continue
                raise RuntimeError(f"{folder}/{name}")
        annealing.looked = True
        """,
        protection,
    )
    assert report.full, message(report)


@pytest.mark.parametrize("protection", USABLE)
def test_no_variable_of_the_environment_is_in_sight(protection, monkeypatch):
    monkeypatch.setenv("TOKEN_OF_THE_TEACHER", "secret")
    report = graded(
        "import os; assert 'TOKEN_OF_THE_TEACHER' not in os.environ; os.listdir('.') =="
        " [] or 1/0",
        protection,
    )
    assert report.full, message(report)


@pytest.mark.parametrize("protection", USABLE)
def test_the_connection_is_all_that_an_answer_holds(protection):
    """Not the rules of Landlock, which it could widen; not the ways to the server."""
    report = graded(
        """
        import os, stat
        held = []
        for fd in range(3, 4096):
            try: held.append(stat.S_ISSOCK(os.fstat(fd).st_mode))
            except OSError: continue
        assert held == [True], held
        """,
        protection,
    )
    assert report.full, message(report)


# What is left when it is over
# -------------------------------------------------------------------


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_grader_is_stopped(number, protection, tmp_path):
    memory = 2**30 + 4096 * os.getpid()  # to know its processes by
    script = f"""
import test_isolation as t
t.graded("while True: pass", {protection!r}, 60.0, t.Limits(memory={memory}))
"""
    with subprocess.Popen(
        **alone(script, TMPDIR=str(tmp_path)),
        stderr=subprocess.DEVNULL,
        # A shell starts its background jobs deaf to an interrupt, and what they start
        # in turn.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert waited_for(lambda: alive(str(memory)))
        process.send_signal(number)
    assert waited_for(lambda: not alive(str(memory)))
    if number == signal.SIGINT:
        assert list(tmp_path.iterdir()) == []


def test_a_worker_a_task_where_nothing_can_fork(monkeypatch):
    """What Windows and macOS use, tried here."""
    monkeypatch.setattr(sandbox.process, "FORKS", False)
    harms = {name: harm for row in HARMS.values() for name, harm in row.items()}
    for name in ("loops for ever", "segfault", "a lazy object"):
        body, kind, says = harms[name]
        report = graded(body, "process", seconds=0.5 if "timeout" in kind else 20.0)
        assert report.checks[0].kind == kind
        assert re.search(says, message(report)), message(report)
    assert graded("", "process").full


# How a protection is chosen
# ---------------------------------------------------------------------


def test_the_strongest_that_works_is_used():
    assert sandbox.protection() == USABLE[0]
    for name in USABLE:
        assert sandbox.protection(name) == name
    with pytest.raises(
        ValueError, match="one of bubblewrap, landlock, process, not 'none'"
    ):
        sandbox.protection("none")


def test_bubblewrap_that_does_not_work_is_never_counted_as_if(monkeypatch, tmp_path):
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    bwrap.chmod(0o755)
    sandbox.why_not.cache_clear()
    try:
        for path, reason in (
            (str(tmp_path), "No permissions to create"),
            ("", "not installed"),
        ):
            with monkeypatch.context() as patched:
                patched.setenv("PATH", path)
                sandbox.why_not.cache_clear()
                assert sandbox.protection() != "bubblewrap"
                with pytest.raises(
                    sandbox.Unusable, match=rf"'bubblewrap' does not .*{reason}"
                ):
                    Student(SOLUTION, CHAPTER, "bubblewrap")
    finally:
        sandbox.why_not.cache_clear()


def test_the_table_speaks_of_every_protection_and_each_has_a_sentence():
    assert sandbox.NOT_STOPPED.keys() == sandbox.PROTECTIONS.keys()
    for name in sandbox.PROTECTIONS:
        assert sandbox.describe(name).endswith(".")
    assert sandbox.NOT_STOPPED["bubblewrap"] == ()
    by_a_test_of_its_own = {
        "prints megabytes, leaves an alarm behind",
        "does any of this while it is imported",
        *(harm for harms in sandbox.NOT_STOPPED.values() for harm in harms),
    }
    assert {*HARMS, *by_a_test_of_its_own} == set(sandbox.HARMS)


def test_one_task_at_a_time_and_within_with():
    student = Student(SOLUTION, CHAPTER, "process")
    with (
        pytest.raises(RuntimeError, match="entered by `with`"),
        student.answering(HOSTILE),
    ):
        pass
    twice = pytest.raises(RuntimeError, match="one task at a time")
    with student, student.answering(HOSTILE), twice, student.answering(AFTER):
        pass
    with student:  # again, and nothing is left of the first time
        assert grade(CHAPTER, AFTER, student).full


def test_the_example_of_a_student():
    assert doctest.testmod(runner).attempted > 0
    assert doctest.testmod(runner).failed == 0


# The student's file
# -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["nothing", "folder", "pipe", "large", "binary"])
def test_a_file_that_is_none(kind, tmp_path):
    path = tmp_path / "answers.py"
    says = {
        "nothing": "cannot be read: No such file",
        "folder": "is not a file",
        "pipe": "is not a file",
        "large": "is larger than 1 MB",
        "binary": "answers.py is not Python yet|answers.py cannot be imported",
    }
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "large":
            path.write_bytes(b"#" * (2**20 + 1))
        case "binary":
            path.write_bytes(bytes(range(256)) * 100)
    with Student(path, CHAPTER) as student:
        report = grade(CHAPTER, HOSTILE, student)
    assert report.points == 0
    assert re.search(says[kind], message(report)), message(report)


NOTEBOOK = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\t", "is empty"),
        (SOLUTION.encode("utf-16"), "is saved as UTF-16. Save it as UTF-8."),
        (
            SOLUTION.encode("utf-16-be"),
            "is saved as UTF-16, it seems. Save it as UTF-8.",
        ),
        (
            SOLUTION.encode("utf-16-le"),
            "is saved as UTF-16, it seems. Save it as UTF-8.",
        ),
        (SOLUTION.encode("utf-32"), "is saved as UTF-32. Save it as UTF-8."),
        (
            b"# caf\xe9\n" + SOLUTION.encode(),
            "not saved as UTF-8: line 1 holds the byte 0xe9",
        ),
        (
            SOLUTION.encode() + "# für später\n".encode("cp1252"),
            r"line \d+ holds the byte 0xfc",
        ),
        (NOTEBOOK, "holds a notebook. Export it as a script"),
        (b"\n" + NOTEBOOK.replace(b" ", b"\n"), "holds a notebook"),
        (b"PK\x03\x04" + bytes(100), "is a zip archive. Unpack it"),
        (b"\x1f\x8b" + bytes(100), "is a gzip archive"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"\n<!DOCTYPE html>\n<html>", "holds a web page"),
        (b"{" * 10**5, "is not Python yet|cannot be imported"),
        (b"# coding: no-such-thing\n", "is not Python yet: .*no-such-thing"),
        (b"{\n", "is not Python yet"),
    ],
)
def test_what_is_not_a_text_of_python_is_named(text, says):
    with Student(text, CHAPTER) as student:
        report = grade(CHAPTER, HOSTILE, student)
    assert report.points == 0
    assert re.search(says, message(report)), message(report)


@pytest.mark.parametrize(
    "text",
    [
        SOLUTION.encode("utf-8-sig"),
        SOLUTION.replace("\n", "\r\n").encode(),
        "# -*- coding: cp1252 -*-\n# für später\n".encode("cp1252")
        + SOLUTION.encode("cp1252", "replace"),
        "# Übung, 課題, упражнение\n".encode() + SOLUTION.encode(),
        b"{}\n" + SOLUTION.encode(),
    ],
    ids=[
        "a mark of UTF-8",
        "lines of Windows",
        "an encoding that it names",
        "letters",
        "a dict",
    ],
)
def test_a_text_that_python_can_read_is_graded(text):
    with Student(text, CHAPTER) as student:
        report = grade(CHAPTER, HOSTILE, student)
    assert report.full, message(report)
