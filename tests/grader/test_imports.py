"""What an answer can import: all of NumPy and of Python's own modules, and nothing of
the library.

The list is what a plain interpreter can import that has NumPy and nothing else, so it
is the right one on every machine and for every version of Python.
"""

import json
import os
import subprocess
import zoneinfo

import numpy as np
import pytest
from test_isolation import AFTER, CHAPTER, HOSTILE, SHUT_OFF, SOLUTION, USABLE, message

from grader.engine import chapters
from grader.engine.grade import grade
from grader.engine.runner import Limits, Student
from grader.sandbox import visible

# Where the system has the time zones (a bare container may have none).
BERLIN = (
    "zoneinfo.ZoneInfo('Europe/Berlin')"
    if any(
        os.path.exists(os.path.join(folder, "Europe/Berlin"))
        for folder in zoneinfo.TZPATH
    )
    else ""
)
# Modules of each kind, by name; those that cannot be imported, or act when they are,
# are left out.
NAMES = """
import importlib, json, pkgutil, sys, warnings
warnings.simplefilter("ignore")
sys.path.append(sys.argv[1])
ACT = {"antigravity", "this", "idlelib", "turtledemo", "test", "lib2to3", "ensurepip"}
names, found = [*sorted(sys.stdlib_module_names - ACT), "numpy"], []
for name in names:
    try:
        module = importlib.import_module(name)
    except BaseException:
        continue
    found.append(name)
    parts = name.split(".")
    if hasattr(module, "__path__") and len(parts) < 4:
        names += sorted(
            f"{name}.{part.name}"
            for part in pkgutil.iter_modules(module.__path__)
            if not part.name.startswith("_")
            and part.name not in ("tests", "test", "conftest")
        )
print(json.dumps(found), file=sys.__stdout__)
"""
IMPORT_ALL = """
import importlib

def annealing(t, base, gamma, power, minimum):
    failed = {{}}
    for name in {names!r}:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = repr(error)
    if failed:
        raise ImportError(str(failed))
    return t
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What can be imported where there is Python, NumPy, and nothing to protect."""
    packages = tmp_path_factory.mktemp("packages")
    for folder in visible.numpy_folders():
        (packages / folder.name).symlink_to(folder)
    done = subprocess.run(
        [visible.interpreter(), "-I", "-S", "-B", "-c", NAMES, packages],
        capture_output=True,
        check=True,
        timeout=120,
        cwd=packages,
    )
    return json.loads(done.stdout)


def test_the_list_is_a_list_of_what_students_use(names):
    used = {
        "zoneinfo",
        "sysconfig",
        "dataclasses",
        "typing",
        "fractions",
        "unittest.mock",
    }
    used |= {
        "concurrent.futures",
        "decimal",
        "statistics",
        "itertools",
        "importlib.metadata",
    }
    used |= {
        f"numpy.{part}"
        for part in ("testing", "linalg", "polynomial", "lib.stride_tricks")
    }
    used |= {
        f"numpy.{part}"
        for part in ("fft", "random", "ma", "char", "typing", "ctypeslib")
    }
    assert used <= set(names)
    assert len(names) > 300


@pytest.mark.parametrize("protection", USABLE)
def test_every_public_module_of_numpy_and_python_can_be_imported(protection, names):
    source = IMPORT_ALL.format(names=names)
    limits = Limits(seconds=100.0, task=100.0)
    with (
        Student(source, CHAPTER, protection, limits) as student,
        student.answering(HOSTILE) as worker,
    ):
        outcome = worker.run("annealing", (np.ones(3), 1.0, 1.0, 1.0, 0.0))
    assert outcome.failure is None, outcome.message


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize(
    "lines",
    [
        "from numpy import *",
        "import numpy.testing\nnp.testing.assert_allclose(np.ones(2), 1)",
        (
            "import sysconfig\nassert sysconfig.get_paths()['stdlib'] and"
            " sysconfig.get_config_vars()"
        ),
        f"import zoneinfo\n{BERLIN}",
        "try:\n    import scipy\nexcept ImportError:\n    scipy = None",
        "import importlib.util\nassert importlib.util.find_spec('numba') is None",
        "import unittest\n\nclass Tests(unittest.TestCase):\n    pass",
    ],
)
def test_a_right_answer_keeps_its_points_with(lines, protection):
    with Student(
        f"import numpy as np\n{lines}\n{SOLUTION}", CHAPTER, protection
    ) as student:
        reports = [grade(CHAPTER, task, student) for task in CHAPTER.tasks]
    for report in reports:
        assert report.full, message(report)


@pytest.mark.parametrize("protection", USABLE)
@pytest.mark.parametrize(
    "way",
    [
        "import mlcore",
        "from mlcore import losses",
        "import mlcore.losses as losses",
        "from grader.engine import grade",
        "__import__('mlcore.losses')",
        "import importlib; importlib.import_module('mlcore')",
        "import importlib; importlib.__import__('exercises')",
        "exec('imp' + 'ort mlcore')",
        "import runpy; runpy.run_module('mlcore')",
        "import pkgutil; pkgutil.resolve_name('mlcore:losses')",
        "import sys; sys.path.append(PROJECT); import mlcore",
        "import sys; sys.path[:] = [PROJECT]; __import__('mlcore')",
        (
            "import sys; sys.path_importer_cache.clear(); sys.path += [PROJECT];"
            " __import__('mlcore')"
        ),
    ],
)
def test_the_library_is_refused_however_it_is_imported(way, protection):
    source = f"PROJECT = {str(chapters.ROOT)!r}\n{way}\n{SOLUTION}"
    with Student(source, CHAPTER, protection) as student:
        report = grade(CHAPTER, AFTER, student)
    assert report.points == 0
    assert "Write it from NumPy" in message(report)


@pytest.mark.parametrize("protection", SHUT_OFF)
@pytest.mark.parametrize(
    "way",
    [
        (
            "sys.meta_path[:] = [f for f in sys.meta_path if 'Library' not in repr(f)];"
            " import_()"
        ),
        "sys.meta_path[0].find_spec = lambda *_: None; import_()",
        (
            "importlib.machinery.SourceFileLoader('m', PROJECT +"
            " '/mlcore/__init__.py').load_module()"
        ),
        "importlib.machinery.PathFinder.find_spec('mlcore', [PROJECT]).loader",
        "exec(open(PROJECT + '/mlcore/__init__.py').read())",
    ],
)
def test_where_the_guard_is_taken_away_there_is_nothing_to_import(way, protection):
    """Under the last protection there is: that is reading the disk, a row of its
    own."""
    source = f"""
import importlib.machinery, importlib.util, sys
PROJECT = {str(chapters.ROOT)!r}
def import_():
    sys.path.append(PROJECT)
    __import__("mlcore")
{way}
{SOLUTION}"""
    with Student(source, CHAPTER, protection) as student:
        assert grade(CHAPTER, AFTER, student).points == 0
