"""What the pages are given to run their cells with."""

import ast
import gzip
import json
import os
import subprocess
import sys
import types
import zipfile

import pytest
from margins_book import live
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from grader.engine import chapters
from margins.live import kept, needs
from tools import ROOT
from tools.browser import live_leaks
from tools.contents import docnames

CELL = types.SimpleNamespace


@pytest.fixture(scope="module")
def site(once):
    """A site with nothing in it but what cells and exercises are run with."""
    folder = once("live-site", lambda path: live.write(path / "_static/live", "tried"))
    return folder


@pytest.fixture(scope="module")
def packed(site):
    with zipfile.ZipFile(site / "_static/live/live-tried.zip") as opened:
        yield opened


def test_no_answer_is_in_it(site):
    assert live_leaks.leaks(site) == []


def test_an_answer_in_it_would_be_found(tmp_path):
    folder = tmp_path / "_static" / "live"
    folder.mkdir(parents=True)
    solution = ROOT / "exercises" / "04-l-softmax" / "solution.py"
    contents = {"exercises/04-l-softmax/answers.py": solution.read_bytes()}
    (folder / "exercises-04-tried.zip").write_bytes(live.zipped(contents))
    assert live_leaks.leaks(tmp_path)


def test_it_is_small(site):
    sizes = {
        path.name: path.stat().st_size for path in (site / "_static/live").iterdir()
    }
    assert sizes["live-tried.zip"] <= 700_000
    assert sizes["results-tried.zip"] <= 700_000
    exercises = {f"exercises-{number}-tried.zip" for number in live.numbers()}
    assert max(sizes[name] for name in exercises) <= 40_000
    assert set(sizes) == exercises | {
        "live-tried.zip",
        "results-tried.zip",
        "mnist-5k-tried.bin",
        "digits-tried.bin",
    }


def test_a_page_costs_little_before_a_click():
    static = ROOT / "book" / "_static" / "live"
    names = "live.js", "live.css", "points.js", "tasks.css"
    cost = sum(len(gzip.compress((static / name).read_bytes())) for name in names)
    assert cost <= 6000  # of 8 kB; the rest is for the page's own facts and stubs


def test_the_same_files_make_the_same_zip():
    files = {"b.py": b"2", "a.py": b"1"}
    made = live.zipped(files)
    assert made == live.zipped(dict(sorted(files.items())))
    (first, _) = zipfile.ZipFile(live.io.BytesIO(made)).infolist()
    assert (first.filename, first.date_time[0]) == ("a.py", 1980)


IN_THE_WORKER = """
import json
import sys
from margins.live import page

page.quiet()
sent = []
for number, source in enumerate(json.loads(sys.argv[1]), start=1):
    asked = json.dumps({"cell": number, "source": source})
    ended = page.call("margins.live.session:run", asked, sent.append)
    assert ended == '{"ok": true}', sent
print(json.dumps([json.loads(message) for message in sent]))
"""
CELLS = [
    "import numpy as np\nfrom IPython.display import display\n"
    "from margins import figures\nfrom mlcore import losses",
    "fig, ax = figures.panel()\nax.plot([1, 2])\n"
    "figures.show(fig, alt='A line.', caption='Rising.')",
    "from exercises import check\n\n\ndef interval(c, m):\n"
    "    k = np.zeros(c.shape, dtype=int)\n"
    "    for i in range(1, m):\n        k += c < np.cos(i * np.pi / m)\n"
    "    return k\n\n\n"
    "check('04.2', interval)",
    "print(figures.__file__, display.__module__)",
]


@pytest.mark.parametrize("folder", chapters.folders(), ids=lambda folder: folder.name)
def test_a_chapters_exercises_come_apart_and_whole(site, packed, folder):
    own = f"exercises/{folder.name}/"
    assert [name for name in packed.namelist() if name.startswith(own)] == [own]
    path = site / f"_static/live/exercises-{folder.name[:2]}-tried.zip"
    with zipfile.ZipFile(path) as opened:
        found = set(opened.namelist())
    given = {f"{own}given.py"} if (folder / "given.py").exists() else set()
    names = "answers.py", "checks.packed", "statement.md"
    assert found == {own + name for name in names} | given


def test_cells_run_on_it_alone(site, packed, tmp_path):
    packed.extractall(tmp_path / "site")
    assert needs.of(CELLS[2]) == ["exercises-04.zip"]
    with zipfile.ZipFile(site / "_static/live/exercises-04-tried.zip") as opened:
        opened.extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_WORKER, json.dumps(CELLS)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site"), "MPLBACKEND": "agg"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figure, report, printed = json.loads(done.stdout)
    assert "<svg" in figure["html"]
    assert "Rising." in figure["html"]
    assert "4 of 4 points" in report["html"]
    assert str(tmp_path / "site" / "margins") in printed["text"]


def test_a_page_knows_what_is_slow_smaller_or_for_a_terminal(tmp_path):
    cells = [
        CELL(source="a = 1", metadata={}),
        CELL(source="b = slow()", metadata={"smaller": {"slow": "quick"}}),
        CELL(source="ls", metadata={"tags": ["terminal"]}),
        CELL(source="c = 3", metadata={"tags": ["slow"]}),
        CELL(source="d = 4", metadata={}),
    ]
    for number, seconds in (4, 0.7), (5, 1.9):
        name = kept.key([cell.source for cell in cells[:number]])
        (tmp_path / f"{name}.json").write_text(f'{{"seconds": {seconds}}}')
        (tmp_path / f"{name}.bin").write_bytes(b"")
    told = kept.key([cell.source for cell in cells[:4]])
    name = kept.key(["a = 1", "b = slow()"])
    (tmp_path / f"{name}.json").write_text('{"seconds": 12.5}')
    (tmp_path / f"{name}.bin").write_bytes(b"")
    assert live.facts(cells, tmp_path) == {
        2: {"minutes": 2, "kept": name, "smaller": {"slow": "quick"}},
        3: {"elsewhere": True},
        4: {"minutes": 1, "kept": told},
    }


def cells_of(docname):
    text = (ROOT / f"{docname}.md").read_text(encoding="utf-8")
    if "{code-cell}" not in text:
        return []
    notebook = read_myst_markdown_notebook(
        text, config=MdParserConfig(), add_source_map=False
    )
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_a_smaller_setting_changes_what_is_there_and_is_python():
    found = 0
    for docname in docnames():
        for cell in cells_of(docname):
            changes, source = cell.metadata.get("smaller", {}), cell.source
            found += bool(changes)
            for old, new in changes.items():
                assert source.count(old) == 1, (docname, old)
                source = source.replace(old, new)
            ast.parse(source)
    assert found >= 3
