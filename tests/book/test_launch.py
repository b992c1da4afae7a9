"""The buttons that open a chapter elsewhere: the format of their addresses, which
nobody can follow while there is no network, and that there are none without an
address."""

import re
from pathlib import Path

import jinja2
import pytest
import sphinx_book_theme
from margins_book import launch, publish

CHAPTER = "book/04-l-softmax"


@pytest.mark.parametrize("end", ["", "/", ".git"])
def test_addresses_name_the_notebook_on_its_branch(end):
    links = launch.links(f"https://github.com/some-one/the.book{end}", CHAPTER)
    assert links == {
        "Colab": (
            "https://colab.research.google.com/github/some-one/the.book/blob/notebooks/"
            "04-l-softmax.ipynb"
        ),
        "Binder": (
            "https://mybinder.org/v2/gh/some-one/the.book/notebooks?labpath=04-l-softmax.ipynb"
        ),
    }


@pytest.mark.parametrize(
    "address", [None, "", "https://example.org/a/b", "https://github.com/a"]
)
def test_no_button_without_an_address_that_the_services_know(address):
    assert launch.links(address, CHAPTER) == {}
    assert launch.button(address, CHAPTER) is None


def test_the_button_has_an_entry_for_each_service():
    menu = launch.button("https://github.com/a/b", CHAPTER)["buttons"]
    assert [entry["text"] for entry in menu] == ["Colab", "Binder"]
    assert all(entry["url"].startswith("https://") for entry in menu)


def test_the_theme_can_draw_the_button():
    """It takes no other words than its own: an unknown one breaks every page with a
    button."""
    macros = (
        Path(sphinx_book_theme.__file__).parent
        / "theme"
        / "sphinx_book_theme"
        / "macros"
    )
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(macros))
    environment.globals.update(translate=str, pathto=lambda path, resource: path)
    draw = environment.get_template("buttons.html").module.render_funcs
    button = launch.button("https://github.com/a/b", CHAPTER)
    drawn = draw[button.pop("type")](**button)
    assert "colab.research.google.com" in drawn
    assert "mybinder.org" in drawn


def test_notebooks_install_from_the_repository_and_not_by_name():
    needed = publish.requirement("1.2", "https://github.com/a/b")
    assert needed == "mlcore[notebook] @ git+https://github.com/a/b@v1.2"


@pytest.mark.parametrize(
    "needs", [None, "mlcore[notebook] @ git+https://github.com/a/b@v1.2"]
)
def test_the_first_cell_installs_or_says_how(needs, monkeypatch):
    """Nothing where the package is there; where it is missing, pip's line or a clear
    error."""
    cell = publish.first_cell("1.2", needs)
    ran = []
    python = re.sub(r"^( *)%pip (.*)$", r"\1ran.append('''\2''')", cell, flags=re.M)
    exec(python, {"ran": ran})
    assert ran == []

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    if needs:
        exec(python, {"ran": ran})
        assert ran == [f'install -q "{needs}"']
    else:
        with pytest.raises(
            ModuleNotFoundError, match=r"pip install -e '\.\[notebook\]'"
        ):
            exec(python, {"ran": ran})
