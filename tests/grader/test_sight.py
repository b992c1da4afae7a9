"""What an answer sees of the machine is a list of what it needs, and its word counts
for nothing.

What is tried here under each protection that works is what no list of harms names: to
look around, and to get hold of the process that runs the answers.
"""

import importlib
import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import numpy as np
import pytest
from test_isolation import (
    CHAPTER,
    HOSTILE,
    SHUT_OFF,
    SOLUTION,
    USABLE,
    alone,
    graded,
    message,
)

from grader import sandbox
from grader.engine import chapters
from grader.engine.grade import grade
from grader.engine.runner import Student
from grader.sandbox import visible
from grader.sandbox.room import room

CHECKS = chapters.chapter(chapters.folder("02"))


@pytest.mark.parametrize("protection", SHUT_OFF)
def test_nothing_else_of_the_machine_can_be_read(protection, tmp_path):
    """Neither other environments nor other people's files, wherever they lie."""
    base = Path(sys.base_prefix)
    secrets = [tmp_path / "answers.py", tmp_path / "below" / "answers.py"]
    secrets[1].parent.mkdir()
    for secret in secrets:
        secret.write_text("# of another student")
    stdlib = Path(sysconfig.get_path("stdlib"))
    paths = [*secrets, tmp_path, *secrets[1].parents]
    paths += [
        base,
        base.parent,
        base / "bin",
        base / "lib",
        base / "envs",
        base / "share",
    ]
    paths += [Path(sys.prefix), Path(pytest.__file__), Path(pytest.__file__).parents[1]]
    paths += [stdlib / "site-packages", *base.glob("lib*/python*/*-packages")]
    paths += [
        Path(name)
        for name in ("/", "/usr", "/usr/bin", "/usr/share", "/usr/lib", "/opt")
    ]
    paths += [
        Path(name)
        for name in ("/etc/passwd", "/etc/hostname", "/home", "/root", "/tmp")
    ]
    paths += [
        Path(name) for name in ("/proc", "/proc/self/maps", "/sys", "/var", "/dev/shm")
    ]
    paths = [str(path) for path in dict.fromkeys(paths) if path.exists()]
    numpy, python = map(str, (visible.numpy_folders()[0], visible.interpreter()))
    below = numpy, str(stdlib), "/grader", "/usr/share/zoneinfo"
    report = graded(
        f"""
        import os
        below = {below!r}
        for path in {paths!r}:
            try:
                if not os.path.isdir(path):
                    open(path).read(1)
                    raise RuntimeError("read " + path)
                for name in os.listdir(path):
                    name = os.path.join(path, name)
                    # under bubblewrap, where what is needed lies
                    if os.path.isdir(name): continue
                    if name.endswith((".so",)) or ".so." in name: continue
                    if os.path.realpath(name).startswith(below): continue
                    if name != {python!r}: raise RuntimeError("saw " + name)
            except OSError: continue
        """,
        protection,
    )
    assert report.full, message(report)


@pytest.mark.skipif("bubblewrap" not in USABLE, reason="bubblewrap does not work here")
def test_every_file_under_bubblewrap_is_on_the_list():
    folders, libraries = visible.needed()
    allowed = [str(path) for path in (*folders, "/grader", "/dev/null", "/dev/urandom")]
    files = [str(path) for path in (*libraries, visible.interpreter(), visible.LOADER)]
    report = graded(
        f"""
        import os
        first = not hasattr(annealing, "looked")
        for folder, _, names in os.walk("/") if first else ():
            for name in names:
                path = os.path.join(folder, name)
                if not path.startswith({tuple(allowed)!r}) and path not in {files!r}:
                    raise RuntimeError(path)
        annealing.looked = True
        """,
        "bubblewrap",
    )
    assert report.full, message(report)


USES = {
    "ctypes": "ctypes.CDLL(None)",
    "hashlib": 'hashlib.sha256(b"").digest()',
    "bz2": 'bz2.compress(b"")',
    "lzma": 'lzma.compress(b"")',
    "zlib": 'zlib.compress(b"")',
    "ssl": "ssl.create_default_context()",
    "sqlite3": 'sqlite3.connect(":memory:").execute("select 1")',
    "numpy": (
        "numpy.linalg.eigh(numpy.eye(200)), numpy.fft.fft([1.0]),"
        " numpy.random.default_rng()"
    ),
}


@pytest.mark.parametrize("protection", SHUT_OFF)
def test_what_is_needed_is_in_sight(protection):
    """The libraries of all extensions, where Python was built with them."""
    lines = [f"import {name}; {use}" for name, use in USES.items() if importable(name)]
    assert len(lines) > 3
    report = graded("\n".join(lines), protection)
    assert report.full, message(report)


def importable(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


# The process that runs the answers is the student's
# --------------------------------------------

IN_PLACE = """
def relative_error(a, b):
    size = np.maximum(np.abs(a), np.abs(b))
    a -= b
    largest = np.max(size)
    return np.max(np.abs(a) / np.maximum(size, 1e-3 * largest)) if largest else 0.0
"""
LIES = {
    "plainly": "",
    "every function that compares": (
        """
        import sys
        for name, module in list(sys.modules.items()):
            if name.startswith("inside"):
                for key in list(vars(module)):
                    words = "identical", "change", "same", "equal"
                    if any(word in key for word in words):
                        setattr(module, key, lambda *_: True)
        """
    ),
    "an array that says that it is another": (
        """
        np.ndarray_tobytes = np.ndarray.tobytes
        import gc, sys
        for f in gc.get_objects():
            if getattr(f, "__name__", "") == "call" and hasattr(f, "__globals__"):
                f.__globals__["zip"] = lambda *args, **kwargs: iter(())
        """
    ),
    "whatever NumPy compares with": (
        """
        np.array_equal = np.array_equiv = np.allclose = lambda *_, **__: True
        """
    ),
}


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize("lie", LIES)
def test_an_input_that_was_changed_is_seen_whatever_the_worker_says(lie, protection):
    task = CHECKS.task("02.2")
    source = (CHECKS.folder / "solution.py").read_text(encoding="utf-8")
    source += IN_PLACE + textwrap.dedent(LIES[lie])
    with (
        Student(source, CHECKS, protection) as student,
        student.answering(task) as worker,
    ):
        outcome = worker.run(
            "relative_error", (np.array([1.0, 2.0]), np.array([1.0, 3.0]))
        )
        assert outcome.changed != (), outcome
    with Student(source, CHECKS, protection) as student:
        report = grade(CHECKS, task, student)
    assert not report.full


GROPES = {
    "frames": (
        """
        import sys
        frame, found = sys._getframe(), []
        while frame is not None:
            found += map(repr, list(frame.f_locals.values()))
            found += map(repr, list(frame.f_globals.values()))
            frame = frame.f_back
        """
    ),
    "objects": (
        """
        import gc
        found = [repr(thing)[:10**4] for thing in gc.get_objects()]
        """
    ),
    "modules": (
        """
        import sys
        found = [name + repr(vars(module)) for name, module in sys.modules.items()]
        """
    ),
    "the stack, the heap and all that is mapped": (
        """
        import ctypes
        here = id(np) & ~0xFFFFF
        found = [ctypes.string_at(here, 2**20).decode("utf-8", "replace")]
        """
    ),
}


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize("way", GROPES)
def test_nothing_of_the_grader_is_in_the_process(way, protection):
    """Neither checks nor what is expected: no name of a check, a mistake or the
    solution's file."""
    words = [check.name for task in CHAPTER.tasks for check in task.checks]
    words += [wrong.name for wrong in CHAPTER.misconceptions] + [
        "misconceptions.py",
        "solution.py",
    ]
    # NumPy says some of them itself, such as "the floor", in its documentation.
    public = "\n".join(str(thing.__doc__) for thing in vars(np).values())
    words = [word for word in words if len(word) > 6 and word not in public]
    assert len(words) > 20
    # Backwards, so that the list that is looked for is not what is found.
    backwards = [word[::-1] for word in words]
    body = f"""
if not hasattr(annealing, "groped"):
    annealing.groped = True
{textwrap.indent(textwrap.dedent(GROPES[way]).strip(), "    ")}
    for word in {backwards!r}:
        if any(word[::-1] in text for text in found): raise RuntimeError(word)
"""
    report = graded(body, protection)
    assert report.full or "SIGSEGV" in message(report), message(report)


# The grader's own memory
# -----------------------------------------------------------------------

BROADCAST = """
import numpy as np

def log_sigmoid(*arguments):
    return np.ones((4000, 1)), np.ones((1, 4000))

def focal(*arguments):
    return np.ones(3)
"""
MEASURED = """
import resource
from grader.engine import chapters
from grader.engine.grade import grade
from grader.engine.runner import Student
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, resource.RLIM_INFINITY))
chapter = chapters.chapter(chapters.folder("09"))
first, second = chapter.tasks[:2]
def measured(source):
    with Student(source, chapter) as student:
        points = grade(chapter, second, student).points
    return points, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
assert measured((chapter.folder / "solution.py").read_bytes())[0] == second.points
before = measured({small!r})[1]
points, after = measured({source!r})
print(points, after - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is Linux's")
def test_shapes_that_can_be_broadcast_do_not_fill_the_graders_memory():
    """Carried on by the solution, 4000 and 4000 entries would be 16 million, many
    times."""
    first, second = chapters.chapter(chapters.folder("09")).tasks[:2]
    source = BROADCAST.replace("log_sigmoid", first.function).replace(
        "focal", second.function
    )
    script = MEASURED.format(source=source, small=source.replace("4000", "1"))
    done = subprocess.run(
        **alone(script),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    points, megabytes = map(int, done.stdout.split())
    assert points == 0
    assert megabytes < 60


@pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="only Linux says its size"
)
def test_the_grader_has_only_so_much_room():
    with room(2**26):
        assert np.ones(2**20).size == 2**20
        # a larger room in a smaller one is none
        with room(2**40), pytest.raises(MemoryError):
            np.ones(2**25)
        with pytest.raises(MemoryError):
            np.ones(2**25)
    assert np.ones(2**25).size == 2**25


def test_the_rooms_of_the_grader_are_not_those_of_the_answers():
    with room(2**26), Student(SOLUTION, CHAPTER) as student:
        assert grade(CHAPTER, HOSTILE, student).full
    assert sandbox.protection() == USABLE[0]
