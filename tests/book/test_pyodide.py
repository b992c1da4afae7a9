"""Where the pages' Python comes from: what is pinned, and what is copied."""

import hashlib
import json

import pytest
from margins_book import pyodide


@pytest.fixture
def distribution(tmp_path):
    """A folder that looks like an unpacked Pyodide with packages of one line each."""
    needs = {
        "numpy": [],
        "scipy": ["numpy"],
        "matplotlib": ["numpy", "Python_Dateutil", "fonttools"],
        "python-dateutil": [],
        "fonttools": [],
        "pandas": ["numpy"],
    }
    folder = tmp_path / "distribution"
    folder.mkdir()
    packages = {}
    for name, depends in needs.items():
        content = f"the package {name}".encode()
        (folder / f"{name}.whl").write_bytes(content)
        packages[name] = {
            "file_name": f"{name}.whl",
            "depends": depends,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    for name in (*pyodide.PROGRAM, "pyodide.asm.js", "pyodide.asm.mjs.map"):
        (folder / name).write_text(name)
    lock = {"info": {"version": "0.27.7"}, "packages": packages}
    (folder / pyodide.LOCK).write_text(json.dumps(lock))
    return folder


def test_every_file_of_the_pinned_program_has_a_sum():
    needed = {*pyodide.PROGRAM, "pyodide.asm.mjs", pyodide.LOCK}
    assert set(pyodide.PINNED["integrity"]) == needed
    for address in pyodide.PINNED["runtime"], pyodide.PINNED["packages"]:
        assert pyodide.PINNED["version"] in address


def test_a_copy_holds_what_the_pages_use_and_nothing_else(distribution, tmp_path):
    facts = pyodide.copied(distribution, tmp_path / "pyodide")
    assert facts["runtime"] == facts["packages"] == "../pyodide/"
    assert facts["version"] == "0.27.7"
    assert {path.name for path in (tmp_path / "pyodide").iterdir()} == {
        *pyodide.PROGRAM,
        "pyodide.asm.js",
        pyodide.LOCK,
        "numpy.whl",
        "scipy.whl",
        "matplotlib.whl",
        "python-dateutil.whl",
    }


def test_the_copied_lock_asks_for_nothing_that_was_left_out(distribution, tmp_path):
    pyodide.copied(distribution, tmp_path / "pyodide")
    lock = json.loads((tmp_path / "pyodide" / pyodide.LOCK).read_text())
    depends = lock["packages"]["matplotlib"]["depends"]
    assert depends == ["numpy", "Python_Dateutil"]


def test_an_older_copy_goes(distribution, tmp_path):
    (tmp_path / "pyodide").mkdir()
    (tmp_path / "pyodide" / "older.whl").write_text("older")
    pyodide.copied(distribution, tmp_path / "pyodide")
    assert not (tmp_path / "pyodide" / "older.whl").exists()


def test_a_folder_without_pyodide_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds no Pyodide: no pyodide-lock\.json"):
        pyodide.copied(tmp_path, tmp_path / "pyodide")


def test_a_missing_package_is_refused(distribution, tmp_path):
    (distribution / "scipy.whl").unlink()
    with pytest.raises(ValueError, match=r"lacks scipy\.whl, which the pages use"):
        pyodide.copied(distribution, tmp_path / "pyodide")


def test_a_package_other_than_the_lock_s_is_refused(distribution, tmp_path):
    (distribution / "numpy.whl").write_text("something else")
    with pytest.raises(ValueError, match=r"numpy\.whl is not the file"):
        pyodide.copied(distribution, tmp_path / "pyodide")
