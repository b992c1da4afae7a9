"""`python -m exercises grade` as a teacher runs it, over submissions as students make
them."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
import zipfile
from itertools import cycle
from pathlib import Path

import many_submissions
import pytest
from test_isolation import waited_for

from grader import __main__ as command
from grader import sandbox
from grader.engine import chapters, stubs
from grader.teacher import crew, gradebook, grading, submissions

CHAPTER = "04-l-softmax"
FOLDER = chapters.folder("04")
MOST = sum(task.points for task in chapters.chapter(FOLDER).tasks)
ROOT = chapters.ROOT

EVIL = "=cmd|' -C calc'!A0"
ABROAD = "Emil;=1+1"  # where a semicolon separates cells
MARKUP = "<img src=x onerror=alert(1)>`"
LINES = "two\nlines\u202e"
BYTES = os.fsdecode(b"no letters \xff")
NOBODY = (".git", "__MACOSX")  # folders that are no students


def solution(*changes):
    text = (FOLDER / "solution.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


FORGOT_2K = ("return (1 - 2 * (k % 2)) * t - 2 * k", "return (1 - 2 * (k % 2)) * t")
# Words that an answer may put into its report.
SHOUTS = (
    "return np.maximum(minimum, base * (1 + gamma * t) ** -power)",
    'raise ValueError("````\\n\\n# Full marks <b>!</b>\\x1b[2J")',
)


def hand_in(root, student, text, chapter=CHAPTER):
    folder = root / student / chapter
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(text, bytes):
        (folder / "answers.py").write_bytes(text)
    else:
        (folder / "answers.py").write_text(text, encoding="utf-8")
    return folder


def run(*arguments, status=0):
    """The command in a process of its own; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "exercises", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def table(out):
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of the well-behaved and of the others, graded once."""
    root = tmp_path_factory.mktemp("submissions")
    out = tmp_path_factory.mktemp("graded") / "out"
    hand_in(root, "ann", solution())
    hand_in(root, "bob", stubs.generate(solution()))
    hand_in(root, "cem", solution(FORGOT_2K))
    hand_in(root, EVIL, solution(SHOUTS))
    hand_in(root, ABROAD, stubs.generate(solution()))
    hand_in(root, MARKUP, "def psi(c, m)\n    return c\n")
    hand_in(root, LINES, b"\x00\x01\x02\xff\xfe" * 100)
    hand_in(root, BYTES, solution(), chapter="4")  # the number is as good as the name
    hand_in(root, "grades.csv", "raise SystemExit(0)\n")
    hand_in(root, "huge", b"#" * (submissions.LIMIT + 1))
    hand_in(root, "beside", "x = 1\n", chapter=".")
    hand_in(root, "twice", solution())
    hand_in(root, "twice", solution(), chapter="04")
    (hand_in(root, "no file", "") / "answers.py").unlink()
    (root / "nothing").mkdir()
    copy = hand_in(root, "a copy", "")
    (copy / "answers.py").rename(copy / "answers (1).py")
    hand_in(root, "nested", solution(), chapter=f"submission/{CHAPTER}")
    for name in NOBODY:
        (root / name).mkdir()
    (root / "list of students.txt").write_text(
        "a file among the folders", encoding="utf-8"
    )
    (hand_in(root, "folder", "") / "answers.py").unlink()
    (root / "folder" / CHAPTER / "answers.py").mkdir()
    for student, target in (
        ("copies the solution", FOLDER / "solution.py"),
        ("copies ann", root / "ann" / CHAPTER / "answers.py"),
        ("goes round", root / "goes round" / CHAPTER / "answers.py"),
    ):
        link = hand_in(root, student, "") / "answers.py"
        link.unlink()
        link.symlink_to(target)
    if hasattr(os, "mkfifo"):
        fifo = hand_in(root, "pipe", "") / "answers.py"
        fifo.unlink()
        os.mkfifo(fifo)
    said = run(
        "grade", root, "--out", out, "--seed", 11, "--time", 5, "--memory", "600M"
    )
    return root, out, said


def test_points_of_the_well_behaved(graded):
    rows = table(graded[1])
    assert rows["ann"][f"total ({MOST})"] == str(MOST)
    assert rows["bob"][f"total ({MOST})"] == "0"
    assert rows["cem"]["04.2 (4)"] == "4"
    assert int(rows["cem"]["04.3 (6)"]) < 6
    assert rows["no letters \\xdcff"][f"total ({MOST})"] == str(MOST)
    assert rows["ann"]["remarks"] == ""
    assert rows["nested"][f"total ({MOST})"] == str(MOST)
    assert rows["nested"]["remarks"] == f"04: read from submission/{CHAPTER}"


def test_what_cannot_be_graded_has_no_points_and_a_reason(graded):
    rows = table(graded[1])
    reasons = {
        "huge": "more than 1,000,000 are not read",
        "beside": "lies beside the chapters' folders",
        "twice": "two folders for this chapter, 04-l-softmax and 04",
        "no file": "holds no answers.py.",
        "a copy": "holds no answers.py, but answers (1).py.",
        "nothing": "Nothing was handed in",
        "folder": "answers.py is a folder",
        "copies the solution": "a link that leads out of the student's folder",
        "copies ann": "a link that leads out of the student's folder",
        "goes round": "cannot be read: ",
    }
    if hasattr(os, "mkfifo"):
        reasons["pipe"] = "no ordinary file"
    for student, reason in reasons.items():
        assert rows[student][f"total ({MOST})"] == "0"
        assert reason in rows[student]["remarks"], student
        for file in ("report.md", "results.json"):
            said = " ".join(
                (graded[1] / student / file).read_text(encoding="utf-8").split()
            )
            assert reason in said, (student, file)
            assert str(graded[0]) not in said  # a folder of the teacher's


def test_everybody_has_a_row_and_nobody_else(graded):
    root, out, said = graded
    students = [p for p in root.iterdir() if p.is_dir() and p.name not in NOBODY]
    assert len(table(out)) == len(students)
    assert f"Students: {len(students)}, chapters: 1." in said
    assert "Seed 11" in said


def test_the_report_of_a_mistake_says_all(graded):
    text = (graded[1] / "cem" / "report.md").read_text(encoding="utf-8")
    words = " ".join(text.split())
    assert "cem: " in words
    assert "The likely mistake: You left out −2k." in words
    assert "psi[0]: expected -" in words
    assert "Read again: “ψ, a cosine that keeps falling”" in words
    assert "carried on from your `psi`" in words
    assert " ".join(sandbox.describe(sandbox.protection()).split()) in words
    assert "--exercise-seed=11" in words


def test_an_answer_that_is_not_python_names_its_line(graded):
    said = "answers.py is not Python yet: expected ':' in line 1"
    assert said in (graded[1] / MARKUP / "report.md").read_text(encoding="utf-8")
    assert said in table(graded[1])[MARKUP]["remarks"]


def test_no_word_of_a_student_is_a_formula_markup_or_a_line(graded):
    out = graded[1]
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for cell in (cell for row in rows for cell in row):
        assert cell == "" or cell[0] not in "=+-@\t\r"
        assert cell.isprintable()
    assert f"'{EVIL}" in table(out)
    assert "Emil;'=1+1" in table(out)
    assert "two\\x0alines\\x202e" in table(out)
    for student in (EVIL, MARKUP):
        inside = False
        for line in (
            (out / student / "report.md").read_text(encoding="utf-8").splitlines()
        ):
            assert line.isprintable()
            if line.startswith("````"):
                inside = not inside
                assert line in ("````", "````text")
            elif not inside:
                assert "<" not in line.replace("<chapter>", "")
                assert not line.startswith("#") or line == "# Exercises of *Margins*"
        assert not inside
    # The names of folders in OUT are those of SUBMISSIONS, but where a file has the
    # name.
    assert (out / "grades.csv").is_file()
    assert (out / "grades.csv_" / "report.md").is_file()


def test_results_are_what_gradescope_reads(graded):
    """The fields of gradescope-autograders.readthedocs.io/en/latest/specs."""
    root, out, _ = graded
    top = {"score", "output", "output_format", "stdout_visibility", "tests"}
    each = {
        "number",
        "name",
        "score",
        "max_score",
        "status",
        "output",
        "output_format",
        "tags",
    }
    for name, row in zip(submissions.students(root), table(out).values(), strict=True):
        home = out / (f"{name}_" if name == "grades.csv" else name)
        text = (home / "results.json").read_text(encoding="utf-8")
        results = json.loads(text)
        assert set(results) == top
        assert results["score"] == int(row[f"total ({MOST})"])
        assert sum(test["max_score"] for test in results["tests"]) == MOST
        for test in results["tests"]:
            assert set(test) == each | {"visibility"}
            assert test["status"] == ("passed" if test["score"] else "failed")
            assert test["output_format"] == "text"
            assert (test["output"] == "") == (test["status"] == "passed")
        assert "11" not in results["output"]  # the seed
        assert "exercise-seed" not in text


def test_the_class_made_these_mistakes(graded):
    with (graded[1] / "mistakes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["task"], row["mistake"], row["students"]) for row in rows] == [
        ("04.3", "forgotten 2k", "1")
    ]


def test_each_mistake_is_named_when_it_is_handed_in_as_a_file(tmp_path):
    """The same names as in the project's own process, for answers that run in one of
    their own."""
    names = many_submissions.write(tmp_path / "in", FOLDER, 9)
    run("grade", tmp_path / "in", "--out", tmp_path / "out", "--seed", 2)
    with (tmp_path / "out" / "mistakes.csv").open(encoding="utf-8", newline="") as file:
        found = [row["mistake"] for row in csv.DictReader(file)]
    assert sorted(found) == sorted(set(names) - {"solution", "stub"})
    rows = list(table(tmp_path / "out").values())
    points = [int(row[f"total ({MOST})"]) for row in rows]
    assert points[:2] == [MOST, 0]
    assert all(0 < mark < MOST for mark in points[2:])


def test_what_was_graded_is_kept_until_it_changes(graded, tmp_path):
    root, out, _ = graded
    shutil.copytree(out, tmp_path / "out", symlinks=True)
    out = tmp_path / "out"
    before = {path: path.read_bytes() for path in out.rglob("report.md")}
    rules = ("--seed", 11, "--time", 5, "--memory", "600M")
    assert " 0 graded, 10 kept" in run("grade", root, "--out", out, *rules)
    assert {path: path.read_bytes() for path in out.rglob("report.md")} == before

    copy = tmp_path / "root"
    copy.mkdir()
    hand_in(copy, "ann", solution() + "\n# changed\n")
    hand_in(copy, "bob", stubs.generate(solution()))
    assert " 1 graded, 1 kept" in run("grade", copy, "--out", out, *rules)
    for path, damage in zip(
        (out / ".graded").glob("*.json"), cycle(["{", "null", "[]"])
    ):
        path.write_text(damage, encoding="utf-8")
    assert " 2 graded, 0 kept" in run("grade", copy, "--out", out, *rules)


@pytest.mark.skipif(
    sys.platform == "win32", reason="no interrupt from the keyboard to send"
)
def test_an_interrupted_run_goes_on_where_it_was(tmp_path):
    root, out = tmp_path / "root", tmp_path / "out"
    for number in range(4):
        hand_in(
            root, f"student {number}", f"{stubs.generate(solution())}\n# {number}\n"
        )
    hand_in(root, "zoe", solution().replace("import numpy as np", "while True: pass"))
    process = subprocess.Popen(
        [sys.executable, "-m", "exercises", "grade", root, "--out", out, "--jobs", "2"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell starts its background jobs deaf to it, and what they start in turn.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not list(out.glob(".graded/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "goes on from here" in said
    assert "Traceback" not in said
    kept = len(list(out.glob(".graded/*.json")))
    assert 1 <= kept < 5
    assert not list(out.rglob("*.new"))
    (root / "zoe" / CHAPTER / "answers.py").write_text("# gave up\n", encoding="utf-8")
    said = run("grade", root, "--out", out)
    assert f"{kept} kept from before" in said
    assert len(table(out)) == 5


def test_a_fault_of_the_grader_is_no_grade(tmp_path, monkeypatch, capsys):
    """No points, not even 0; no results for Gradescope; and a status that says so."""
    root, out = tmp_path / "root", tmp_path / "out"
    hand_in(root, "ann", solution())
    hand_in(root, "bob", stubs.generate(solution()))
    (out / "bob").mkdir(parents=True)
    (out / "bob" / "results.json").write_text("{}", encoding="utf-8")

    def run(function, jobs, processes, seconds):
        for job in jobs:
            if job[0].student == "bob":
                yield job, None, "Traceback\nZeroDivisionError: a check divided by zero"
            else:
                yield job, function(job), ""

    monkeypatch.setattr(crew, "run", run)
    assert command.main(["grade", str(root), "--out", str(out)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    rows = table(out)
    assert rows["ann"][f"total ({MOST})"] == str(MOST)
    assert rows["bob"][f"total ({MOST})"] == rows["bob"]["04.1 (6)"] == ""
    assert "grader failed" in rows["bob"]["remarks"]
    assert not (out / "bob" / "results.json").exists()
    assert "not your fault" in (out / "bob" / "report.md").read_text(encoding="utf-8")


def test_a_grader_that_cannot_work_here_grades_nobody(tmp_path, capsys):
    """In no time every answer seems to be an endless loop; the solution shows that it
    is not."""
    root, out = tmp_path / "root", tmp_path / "out"
    hand_in(root, "ann", solution())
    with pytest.raises(SystemExit) as stopped:
        command.main(["grade", str(root), "--out", str(out), "--time", "1e-7"])
    assert stopped.value.code == 2
    assert (
        "the grader does not work here: the solution of task 04."
        in capsys.readouterr().err
    )
    assert not (out / "grades.csv").exists()


# The crew. Its functions stand here so that its processes can import them.


def _job(job):
    if job == "dies":
        os._exit(3)
    if job == "hangs":
        time.sleep(60)
    if job == "fails":
        raise ValueError("as it must")
    return job.upper()


def test_a_process_that_dies_hangs_or_fails_costs_its_own_job():
    jobs = ["a", "dies", "b", "hangs", "c", "fails", "d", "dies"]
    # A busy machine takes some seconds to start a process, and they count.
    outcomes = list(crew.run(_job, jobs, processes=2, seconds=10))
    assert sorted(job for job, _, _ in outcomes) == sorted(jobs)
    errors = {job: error for job, _, error in outcomes}
    assert {job: result for job, result, _ in outcomes if result} == {
        c: c.upper() for c in "abcd"
    }
    assert "exit code 3" in errors["dies"]
    assert "stopped after 10 s" in errors["hangs"]
    assert "ValueError: as it must" in errors["fails"]
    assert errors["a"] == ""


def test_no_jobs_need_no_process():
    assert list(crew.run(_job, [], processes=2, seconds=1)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_works_on_when_the_command_is_ended(number, tmp_path):
    """Its processes are at an answer that takes a minute, and end with it all the
    same."""
    hand_in(tmp_path / "root", "ann", solution())
    slow = "def psi(c, m):\n    import time; time.sleep(50)\n"
    hand_in(tmp_path / "root", "bob", solution() + slow)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "exercises", "grade", tmp_path / "root"),
            *("--out", tmp_path / "out", "--time", "55", "--jobs", "2"),
        ],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    with process:
        assert waited_for(lambda: list((tmp_path / "out").glob(".graded/*.json")), 60)
        family = descendants(process.pid)
        assert len(family) >= 2
        process.send_signal(number)
        assert process.wait(20) == (143 if number == signal.SIGTERM else -number)
    assert waited_for(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 10
    )
    if number == signal.SIGTERM:
        assert not list(tmp_path.glob("answers-*"))


def descendants(pid):
    """The processes that a process has started, and those that these have."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found += [int(folder.name), *descendants(int(folder.name))]
    return found


def test_what_was_graded_under_a_weaker_protection_is_graded_again(
    tmp_path, monkeypatch, capsys
):
    """What an answer earned there may have been read from the disk."""
    root, out = tmp_path / "root", tmp_path / "out"
    hand_in(root, "ann", solution())

    def in_this_process(function, jobs, processes, seconds):
        for job in jobs:
            yield job, function(job), ""

    monkeypatch.setattr(crew, "run", in_this_process)

    def graded_under(name):
        monkeypatch.setattr(sandbox, "protection", lambda wanted=None: name)
        assert command.main(["grade", str(root), "--out", str(out), "--seed", "1"]) == 0
        return capsys.readouterr().out

    weak, strong = (
        "process",
        next(n for n in sandbox.PROTECTIONS if not sandbox.why_not(n)),
    )
    assert " 1 graded, 0 kept" in graded_under(weak)
    assert " 0 graded, 1 kept" in graded_under(weak)
    if strong != weak:
        assert " 1 graded, 0 kept" in graded_under(strong)
        # what is kept is better than can be had
        assert " 0 graded, 1 kept" in graded_under(weak)


# The tables and folders


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x; =1+1;+2", "x; '=1+1;'+2"),
        ('x;"=1+1"', 'x;"\'=1+1"'),
        ("  @SUM(A1)", "  '@SUM(A1)"),
        ("\t=1", "\\x09=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("x;\uff0b1", "x;'\uff0b1"),
        ("\ufe62\uff20", "'\ufe62\uff20"),
        ("-2k", "'-2k"),
        ("'=1", "''=1"),
        ("04: a = 1; b", "04: a = 1; b"),
        ("Zo\u00eb \ufb01", "Zo\u00eb \ufb01"),
    ],
)
def test_no_cell_is_a_formula_in_any_country(text, cell):
    if text == "'=1":
        assert gradebook._cell(text) not in (gradebook._cell("=1"), text)
    else:
        assert gradebook._cell(text) == cell


def test_no_two_students_have_one_folder_or_one_row():
    names = [
        "ann",
        "Ann",
        "ann_",
        "grades.csv",
        "GRADES.CSV",
        "grades.csv_",
        "Zo\u00eb",
        "Zoe\u0308",
    ]
    homes = gradebook.homes(names)
    assert list(map(str.casefold, homes.values())) == list(
        map(str.lower, homes.values())
    )
    alike = {unicodedata.normalize("NFC", home).casefold() for home in homes.values()}
    assert len(alike) == len(names)
    assert not alike & {"grades.csv", "mistakes.csv"}
    assert homes["ann_"] == "ann_"
    assert homes["grades.csv_"] == "grades.csv_"
    assert gradebook._name("a\nb") != gradebook._name("a\\x0ab")


# What a teacher may mistype


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere", "--out", "out"], "no folder nowhere"),
        (["empty", "--out", "out"], "no folder of a student"),
        (["strangers", "--out", "out"], "has a chapter in it; there are 02-"),
        (["class", "--out", "class/out"], "--out must lie beside"),
        (["class", "--out", "."], "--out must lie beside"),
        (["class", "--out", "file"], "is a file"),
        (["class"], "--out"),
        (["class", "--out", "out", "--chapters", "99"], "'99'"),
        (["class", "--out", "out", "--jobs", "0"], "0 is less than 1"),
        (["class", "--out", "out", "--jobs", "two"], "whole number"),
        (["class", "--out", "out", "--seed", "-1"], "-1 is less than 0"),
        (["class", "--out", "out", "--time", "0"], "no time in seconds"),
        (["class", "--out", "out", "--time", "nan"], "no time in seconds"),
        (["class", "--out", "out", "--memory", "much"], "'much' is no size"),
        (["class", "--out", "out", "--memory", "0G"], "'0G' is no size"),
        (["class", "--out", "out", "--memory", "1000"], "1000 is too little"),
        (["class", "--out", "out", "--memory", "100M"], "give 256M or more"),
    ],
)
def test_a_wrong_argument_is_named(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "strangers" / "ann" / "holiday").mkdir(parents=True)
    hand_in(tmp_path / "class", "ann", solution())
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        command.main(["grade", *arguments])
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_sizes_are_read_as_they_are_written():
    assert (
        command._bytes("1G")
        == command._bytes("1024m")
        == command._bytes("1GB")
        == 2**30
    )
    assert command._bytes("1000") == 1000


def test_a_seed_is_drawn_once_for_each_folder_of_grades(tmp_path, capsys):
    """And one that was given is the folder's, until another is."""
    hand_in(tmp_path / "class", "ann", stubs.generate(solution()))
    out = tmp_path / "a"

    def seed_of_run(*words):
        command.main(["grade", str(tmp_path / "class"), "--out", str(out), *words])
        return re.search(r"Seed (\d+)\.", capsys.readouterr().out)[1]

    drawn = seed_of_run()
    assert seed_of_run() == drawn
    assert grading.seed_of(out) == int(drawn)
    assert seed_of_run("--seed", "7") == seed_of_run() == "7"
    assert len({grading.seed_of(tmp_path / "b") for _ in range(3)}) == 3
    (out / ".graded" / "seed").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="holds no seed"):
        grading.seed_of(out)


# Gradescope


@pytest.mark.skipif(sys.platform == "win32", reason="Gradescope runs Linux")
@pytest.mark.parametrize(
    ("place", "points"),
    [
        ("answers.py", MOST),
        (f"{CHAPTER}/answers.py", MOST),
        (f"book-main/exercises/{CHAPTER}/answers.py", MOST),
        ("elsewhere.py", 0),
        ("link", 0),
        ("a linked folder", 0),
        ("a linked submission", 0),
    ],
)
def test_the_autograder_grades_what_gradescope_hands_it(tmp_path, place, points):
    """The zip unpacked, and the script run, in folders as Gradescope lays them out."""
    home = tmp_path / "autograder"
    assert (
        command.main(
            ["gradescope", "04", "--seed", "5", "--out", str(tmp_path / "a.zip")]
        )
        == 0
    )
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(home / "source")
        rights = {i.filename: i.external_attr >> 16 for i in archive.infolist()}
    assert rights["run_autograder"] == rights["setup.sh"] == 0o755
    (home / "venv" / "bin").mkdir(parents=True)
    python = home / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    submission = home / "submission" / place
    chapter = home / "source" / "exercises" / CHAPTER
    before = sorted(chapter.iterdir())
    if place != "a linked submission":
        submission.parent.mkdir(parents=True)
    if place == "link":
        (home / "submission" / "answers.py").symlink_to(chapter / "solution.py")
    elif place == "a linked folder":  # into which a script once moved the file
        (home / "submission" / CHAPTER).symlink_to(chapter)
        (home / "submission" / "answers.py").write_text("x = 1\n", encoding="utf-8")
    elif place == "a linked submission":
        hand_in(home, "another's", solution())
        (home / "submission").symlink_to(home / "another's")
    else:
        submission.write_text(solution(), encoding="utf-8")
    done = subprocess.run(
        ["bash", home / "source" / "run_autograder"],
        env={**os.environ, "AUTOGRADER": str(home)},
        check=False,
        timeout=120,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(
        (home / "results" / "results.json").read_text(encoding="utf-8")
    )
    assert results["score"] == points
    assert sum(test["max_score"] for test in results["tests"]) == MOST
    assert sorted(chapter.iterdir()) == before  # nothing was written there
    if place == "link":
        assert "leads out of the student's folder" in results["output"]
    elif place == "a linked submission":
        assert "links to folders are not followed" in results["output"]


def test_the_autograder_holds_one_chapter(tmp_path):
    assert command.main(["gradescope", "4", "--out", str(tmp_path / "a.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
    assert {Path(n).parts[1] for n in names if "solution.py" in n} == {CHAPTER}
    assert {"setup.sh", "run_autograder", "requirements.txt", "assignment.json"} <= set(
        names
    )
