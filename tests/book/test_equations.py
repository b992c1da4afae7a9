"""Every numbered equation of the book is evaluated by a test of its label."""

from collections import Counter

import pytest
from chapters import CHAPTERS
from equations import equation, labels_with_tests


def labels():
    return {
        display.label: f"{chapter}:{display.line}"
        for chapter in CHAPTERS
        for display in chapter.displays
        if display.label
    }


def test_every_label_has_a_test():
    without = [
        f"{label} ({where})"
        for label, where in labels().items()
        if label not in labels_with_tests()
    ]
    assert not without, "equations that no test evaluates: " + ", ".join(without)


def test_every_tested_label_is_in_the_book():
    gone = [
        f"{label} ({', '.join(tests)})"
        for label, tests in labels_with_tests().items()
        if label not in labels()
    ]
    assert not gone, "tests of equations that the book no longer has: " + ", ".join(
        gone
    )


@pytest.mark.parametrize("chapter", CHAPTERS, ids=str)
def test_every_display_is_numbered_or_says_that_it_is_not(chapter):
    """A display without a label escapes the tests; ``% unnumbered`` on the line above
    allows it."""
    bare = [d.line for d in chapter.displays if not d.label and not d.unnumbered]
    assert not bare, f"{chapter}: displays without a label in lines {bare}"


def test_labels_are_unique():
    """Sphinx would warn; this says it without a build."""
    count = Counter(d.label for c in CHAPTERS for d in c.displays if d.label)
    assert not [label for label, n in count.items() if n > 1]


def test_a_label_without_a_test_is_noticed():
    """The two lists are not empty by accident, as they would be with a broken
    pattern."""
    assert len(labels()) >= 10
    assert all(not label.startswith("$") for label in labels())


def test_the_mark_adds_labels():
    @equation("a", "b")
    def test():
        pass

    assert test.equations == ("a", "b")
    with pytest.raises(TypeError, match="equation"):
        equation()
