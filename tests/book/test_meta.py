"""What a page tells those who show a link to it, and that it tells nothing it does not
know."""

from html.parser import HTMLParser

import pytest
from margins_book import meta

from tools import ROOT

GITHUB = "https://github.com"


@pytest.mark.parametrize(
    ("urls", "address"),
    [
        ({"Repository": f"{GITHUB}/Some-One/the.book"},
         "https://some-one.github.io/the.book/"),
        ({"Repository": f"{GITHUB}/a/b.git"}, "https://a.github.io/b/"),
        ({"Repository": f"{GITHUB}/A/a.github.io"}, "https://a.github.io/"),
        ({"Documentation": "https://book.example/", "Repository": f"{GITHUB}/a/b"},
         "https://book.example/"),
        ({"Repository": "https://example.org/a/b"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_address_is_derived_or_unknown(urls, address):
    assert meta.site(urls) == address


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.found[attributes.get("property") or attributes["name"]] = attributes[
            "content"
        ]


def test_the_card_says_the_page_and_shows_the_picture():
    home, page = "https://a.github.io/b/", "https://a.github.io/b/book/x.html"
    found = Tags(meta.tags(home, page, 'A "title" & more', "What <it> says")).found
    for family in ("og", "twitter"):
        assert found[f"{family}:title"] == 'A "title" & more'
        assert found[f"{family}:description"] == "What <it> says"
        assert found[f"{family}:image"] == "https://a.github.io/b/_static/social.png"
        assert "two classes" in found[f"{family}:image:alt"]
    assert found["og:url"] == page
    assert (ROOT / "book" / meta.PICTURE).is_file()
