"""The PDF and the EPUB are offered where they are, and nowhere else."""

import pytest

from tools import ROOT, offer_downloads

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
