"""A table says the same as HTML and as text, and marks nothing that chance put up."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from margins.results import MeanAndDeviation
from margins.tables import Link, Table
from margins.tables.cells import best


def of(mean, deviation=0.1):
    return MeanAndDeviation(mean, deviation, 3)


@pytest.fixture
def table():
    made = Table(
        {"": "", "wrong (%)": ".1f", "paper": ""},
        caption="Errors <of> two",
        note="Trained here.",
        best={"wrong (%)": min},
    )
    made.add("softmax", of(8.25), "0.40")
    made.add("m = 2 & λ", of(7.5), "0.32")
    made.group("Another set")
    made.add("m = 3", None, "0.31")
    return made


def xml(table):
    return ElementTree.fromstring(table._repr_html_().replace("&nbsp;", " "))


def test_the_html_is_xml_with_heads_a_caption_and_names_of_rows(table):
    found = xml(table)
    assert "".join(found.find(".//caption").itertext()) == "Errors <of> two"
    heads = found.findall(".//thead/tr/th")
    assert ["".join(h.itertext()) for h in heads] == ["wrong (%)", "paper"]
    assert {h.get("scope") for h in heads} == {"col"}
    names = [h.text for h in found.findall(".//tbody//th[@scope='row']")]
    assert names == ["softmax", "m\u00a0=\u00a02 & λ", "m\u00a0=\u00a03"]
    assert found.find(".//th[@scope='rowgroup']/span").text == "Another set"


def test_text_and_html_hold_the_same_words(table):
    words = re.findall(r"[\w.%<>&=]+", " ".join(xml(table).itertext()))
    other = str(table).replace("*:", "Bold:").replace(" *", " (best)")
    assert sorted(words) == sorted(re.findall(r"[\w.%<>&=]+", other))


def test_what_was_not_run_is_said(table):
    assert "not run" in str(table)
    assert xml(table).find(".//td[@class='margins-missing']").text == "not run"


def test_the_best_is_bold_and_called_so_for_who_does_not_see_it(table):
    (row,) = [r for r in xml(table).iter("tr") if r.find(".//strong") is not None]
    assert "".join(row.itertext())[-21:] == "λ7.5 (best) ± 0.10.32"
    assert "7.5 ± 0.1 *" in str(table)
    assert "Bold: the best of its column" in table._repr_html_()


def test_no_value_is_the_best_where_the_spreads_meet():
    """8.1 ± 0.3 and 8.5 ± 0.2: three other seeds may come out the other way round."""
    near = Table({"": "", "EER": ".1f"}, best={"EER": min})
    near.add("a", of(8.1, 0.3))
    near.add("b", of(8.5, 0.2))
    assert not near.marked()
    assert "<strong>" not in near._repr_html_()
    assert "No value is marked as the best" in str(near)


@pytest.mark.parametrize(
    "values",
    [
        [8.1, 9.9],  # nobody knows how far apart two seeds would be
        [of(8.1)],  # of one there is no best
        [of(8.1), of(8.1)],
        [of(8.1), of(float("nan"))],
        [of(8.1), of(9.0), of(8.25, 0.1)],
        [MeanAndDeviation(8.1, None, 1), of(9.0)],
        [MeanAndDeviation(8.1, 0.0, 2), of(9.0)],  # two may well be the same
        ["8.1", of(9.0)],
    ],
)
def test_there_is_no_best_of(values):
    assert best(values, min) is None


def test_each_group_has_its_own_best():
    two = Table({"": "", "x": ".1f"}, best={"x": max})
    for title in "first", "second":
        two.group(title)
        two.add("a", of(1.0))
        two.add("b", of(2.0))
    assert two.marked() == {(0, 1, 1), (1, 1, 1)}
    assert xml(two).find(".//th[@scope='rowgroup']/span").text == "first"


def test_what_heads_have_in_common_stands_once_above_them():
    heads = ["λ", "accuracy of all (%) / train", "accuracy of all (%) / test", "angle"]
    made = Table(heads, [(0.1, 1, 2, 3)])
    assert str(made).splitlines() == [
        "     accuracy of all (%)",
        "  λ          train  test  angle",
        "-------------------------------",
        "0.1              1     2      3",
    ]
    above, below = xml(made).findall(".//thead/tr")
    (common,) = above.findall("th")
    assert (common.get("scope"), common.get("colspan")) == ("colgroup", "2")
    assert "".join(common.itertext()) == "accuracy of all (%)"
    assert [head.text for head in below] == ["λ", "train", "test", "angle"]
    assert [cell.tag for cell in above] == ["td", "th", "td"]


def test_points_stand_under_points():
    numbers = Table({"m": "d", "value": ""}, [(1, 2.5), (10, 12.125), (100, 7)])
    _, _, *lines = str(numbers).splitlines()
    assert lines == ["  1   2.5", " 10  12.125", "100   7"]
    pads = re.findall(r"padding-right:(\d)ch", numbers._repr_html_())
    assert pads == ["2", "4"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(0.25), "0.25"),
        (np.array(0.25), "0.25"),
        (np.int64(3), "3.00"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (True, "yes"),
        (np.bool_(False), "no"),
        (1 + 2j, "1.00+2.00j"),
        ("a word", "a word"),
        ((3, 4), "(3, 4)"),
        (MeanAndDeviation(1.0, None, 1), "1.00"),
    ],
)
def test_values_are_written(value, text):
    assert str(Table({"a": "", "b": ".2f"}, [("x", value)])).endswith(f"  {text}")


def test_what_is_no_number_stands_at_the_right():
    odd = Table({"": "", "b": ".2f"}, [("x", 12.5), ("y", float("nan"))])
    assert str(odd).splitlines()[2:] == ["x  12.50", "y    nan"]
    assert "padding-right" not in odd._repr_html_()


def test_a_mark_behind_a_number_hangs():
    marked = Table(["", "paper"], [("a", "7.73"), ("b", "12.05?"), ("c", "")])
    assert str(marked).splitlines()[2:] == ["a   7.73", "b  12.05?", "c"]


def test_a_negative_number_has_a_minus_on_a_page_and_a_hyphen_in_a_terminal():
    below = Table({"a": "", "b": ".1f"}, [("x", -0.5), ("y-z", -1e-9)])
    assert "-0.5" in str(below)
    cells = [cell.text for cell in xml(below).findall(".//td")]
    assert cells == ["−0.5", "−0.0"]
    assert xml(below).findall(".//th[@scope='row']")[1].text == "y-z"


def test_a_sign_is_of_the_mean_alone():
    assert "+0.50 ± 0.10" in str(Table({"a": "", "b": "+.2f"}, [("x", of(0.5))]))


def test_a_table_without_rows_is_its_heads():
    assert str(Table(["a", "b"])).splitlines() == ["a  b", "----"]
    assert xml(Table(["a", "b"])).findall(".//td") == []


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Table({}), "heads must name at least one column"),
        (lambda: Table(["a"], best={"b": min}), "best names 'b'"),
        (lambda: Table(["a"], best={"a": sum}), "best must name min or max"),
        (lambda: Table(["a", "b"], [("x",)]), "a row must have 2 values"),
        (lambda: Table({"a": "d"}, [(0.5,)]), "'a' is formatted with 'd'"),
        (lambda: Table({"a": ".1q"}, [(of(0.5),)]), "'a' is formatted with '.1q'"),
    ],
)
def test_what_cannot_be_is_refused(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


def test_only_a_wide_table_stops_who_tabs_through_the_page(table):
    small = Table(["m", "error"], [("1", "0.5")])
    assert "tabindex" not in small._repr_html_()
    wide = Table({f"column {k}": ".3f" for k in range(9)}, [range(9)])
    assert 'tabindex="0" role="group"' in wide._repr_html_()


def test_it_is_shown_below_a_cell(capsys, table):
    """Where no page is, IPython prints what it would have displayed."""
    table.show()
    assert capsys.readouterr().out.rstrip("\n") == str(table)


def test_a_link_is_one_on_a_page_and_its_words_in_a_terminal():
    address = "https://example.org/?a=1&b=2"
    table = Table(["of", "where"], [["it", Link("lines of <it>", address)]])
    page = ElementTree.fromstring(table._repr_html_())
    (link,) = page.iter("a")
    assert (link.text, link.get("href")) == ("lines of <it>", address)
    assert "lines of <it>" in str(table)
