"""The PDF and the EPUB are offered where they are, and nowhere else; and the golden
vectors are the tree's."""

import re

import pytest

from tools import ROOT, check_site, offer_downloads

LANDING = (ROOT / "book" / "index.md").read_text(encoding="utf-8")


@pytest.fixture
def built(tmp_path):
    (tmp_path / "html" / "book").mkdir(parents=True)
    (tmp_path / "html" / "book" / "index.html").write_text(LANDING)
    for name in offer_downloads.OFFERED.values():
        (tmp_path / name).write_bytes(b"x" * 2_400_000)
    return tmp_path


def test_before_there_are_files_there_is_no_link():
    place = offer_downloads.PLACE.search(LANDING)[0]
    assert "hidden" in place
    assert "href" not in place


def test_the_links_lead_to_the_files_also_a_second_time(built):
    offer_downloads.main(built)
    offer_downloads.main(built)
    page = (built / "html" / "book" / "index.html").read_text()
    for kind, name in offer_downloads.OFFERED.items():
        assert page.count(f'<a href="../{name}">{kind}, 2 MB</a>') == 1
        assert (built / "html" / name).stat().st_size == 2_400_000
    assert "hidden" not in page


@pytest.mark.parametrize(
    "name", ["margins.pdf", "margins.epub", "html/book/index.html"]
)
def test_what_is_missing_is_named(built, name):
    (built / name).unlink()
    with pytest.raises(SystemExit, match="is missing: run"):
        offer_downloads.main(built)


GOLDEN = sorted(path.name for path in check_site.GOLDEN.glob("*.json"))


def test_the_chapter_offers_every_file_of_golden_vectors():
    text = (ROOT / f"{check_site.OFFERS_GOLDEN}.md").read_text(encoding="utf-8")
    offered = re.findall(r"\{download\}`[^`]*<\.\./tests/golden/([^>`]+)>`", text)
    assert sorted(offered) == GOLDEN


@pytest.fixture
def with_vectors(tmp_path):
    """A site whose page offers copies of the golden vectors, as Sphinx lays them."""
    links = []
    for n, name in enumerate(GOLDEN):
        copy = tmp_path / "_downloads" / str(n) / name
        copy.parent.mkdir(parents=True)
        copy.write_bytes((check_site.GOLDEN / name).read_bytes())
        links.append(f'<a href="../_downloads/{n}/{name}">{name}</a>')
    page = tmp_path / f"{check_site.OFFERS_GOLDEN}.html"
    page.parent.mkdir()
    page.write_text("\n".join(links), encoding="utf-8")
    return page


def test_golden_vectors_as_in_the_tree_are_no_problem(with_vectors):
    assert check_site.golden_vectors(with_vectors.parents[1]) == []


def test_other_golden_vectors_are_found_in_the_site(with_vectors):
    site = with_vectors.parents[1]
    copy = site / "_downloads" / "0" / GOLDEN[0]
    copy.write_bytes(copy.read_bytes() + b"\n")
    (site / "_downloads" / "1" / GOLDEN[1]).unlink()
    text = with_vectors.read_text(encoding="utf-8").splitlines()
    more = '<a href="../_downloads/9/another.json">another.json</a>'
    with_vectors.write_text("\n".join([*text[:-1], more]), encoding="utf-8")
    said = " ".join(check_site.golden_vectors(site))
    for name, what in (
        (GOLDEN[0], "is not the file of the tree"),
        (GOLDEN[1], "is not the file of the tree"),
        (GOLDEN[-1], "is not offered"),
        ("another.json", "is no file of golden vectors"),
    ):
        assert f"{name} {what}" in said
