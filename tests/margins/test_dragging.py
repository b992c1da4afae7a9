"""Figures to drag: whole without a script, all positions computed with the page."""

import json
import math
import re

import numpy as np
import pytest

from margins import figures
from margins.figures.dragging import draggable_html

HALF = figures.Plane((-1, 1), (0, 1), equal=True, axes=False)
SHOWN = figures.Plane((0, 180), (-1, 1), xlabel="angle *θ*", ylabel="cosine")
ANGLE = figures.Slider("angle", [0, 60, 90, 180], start=60, format="{}°")
LOSS = figures.Choice("loss", ["softmax", "arcface"], start="arcface")


def on_the_circle(angle, loss="softmax"):
    t = math.radians(angle)
    x = math.cos(t), math.sin(t)
    return [
        figures.arrow((0, 0), x, gap=12),
        figures.grip(x, "angle", label="the feature"),
        figures.words(x, f"*x* at {angle} & <more>"),
        figures.curve([0, 180], [1, -1], plane=1, **figures.style(loss)),
        figures.dots([angle], [math.cos(t)], plane=1),
    ]


def html(draw=on_the_circle, sliders=(ANGLE, LOSS), planes=(HALF, SHOWN), **words):
    return draggable_html(draw, sliders, planes, **{"alt": "A feature."} | words)


def data_of(text):
    return json.loads(re.search(r'class="margins-data">(.*?)</script>', text, re.S)[1])


def at(mark, *positions, sizes=(4, 2)):
    frame = 0
    for position, size in zip(positions, sizes, strict=True):
        frame = frame * size + position
    return mark["states"][mark["of"][frame]]


def test_the_page_shows_the_start_before_any_script_runs():
    text = html()
    grip = re.search(r'class="margins-grip".*?left:([\d.]+)%;top:([\d.]+)%', text)
    width, height = HALF.size
    x, y = HALF.at(0.5, math.sin(math.radians(60)))
    assert float(grip[1]) == pytest.approx(100 * x / width, abs=0.05)
    assert float(grip[2]) == pytest.approx(100 * y / height, abs=0.05)
    assert "at 60 &amp; &lt;more&gt;</text>" in text
    assert '<output data-held="0">60°</output>' in text
    assert text.count('role="img"') == 1
    assert '<div class="margins-controls" hidden>' in text


def test_a_drag_can_only_begin_on_a_grip():
    """Elsewhere a finger scrolls the page: nothing else claims its touch."""
    text = re.sub(r"<script>.*?</script>", "", html(), flags=re.S)
    claimed = re.findall(r'<(\w+)[^>]*class="([\w-]+)"[^>]*touch-action:none', text)
    assert claimed == [("span", "margins-grip")]


def test_each_position_holds_where_the_grip_then_stands():
    grip = data_of(html())["marks"][1]
    for position, angle in enumerate(ANGLE.values):
        t = math.radians(angle)
        x, y = HALF.at(math.cos(t), math.sin(t))
        for loss in range(2):
            state = at(grip, position, loss)
            assert float(state.get("x")) == pytest.approx(x, abs=0.06)
            assert float(state.get("y")) == pytest.approx(y, abs=0.06)


def test_only_what_changes_is_kept_and_once():
    marks = data_of(html())["marks"]
    curve, dots = marks[3], marks[4]
    assert [set(state) for state in curve["states"]] == [
        {"stroke", "stroke-dasharray"}
    ] * 2  # the loss changes its look and not its points
    assert curve["of"] == [0, 1] * 4
    assert dots["of"] == [0, 0, 1, 1, 2, 2, 3, 3]
    still = html(draw=lambda angle: [figures.curve([0, 1], [0, 1])], sliders=[ANGLE])
    assert data_of(still)["marks"] == [None]


def test_a_style_without_dashes_takes_the_dashes_away():
    softmax, arcface = data_of(html())["marks"][3]["states"]
    assert softmax["stroke-dasharray"] is None
    assert arcface["stroke-dasharray"]


def test_a_choice_is_buttons_of_one_group_and_groups_differ():
    one, other = html(), html()
    groups = re.findall(r'type="radio" name="([\w-]+)"', one + other)
    assert len(groups) == 4
    assert len(set(groups)) == 2
    assert re.search(r'value="1" checked', one)
    assert "fieldset" in one
    assert 'type="range"' not in one  # the grip moves the angle


def test_what_no_grip_holds_is_a_slider():
    text = html(draw=lambda angle, loss: [figures.dots([angle], [0], plane=1)])
    assert 'type="range" min="0" max="3" step="1" value="1"' in text


@pytest.mark.parametrize(
    ("length", "filled"), [(100, True), (4, True), (0, False)], ids=str
)
def test_an_arrow_ends_at_its_end_and_never_behind_its_start(length, filled):
    plane = figures.Plane((0, 332), (0, 100), equal=True, axes=False)
    mark = figures.arrow((0, 50), (length, 50), linestyle="--")
    path = mark.place(plane)["d"]
    assert bool(path) == filled
    xs = [float(x) - plane.at(0, 0)[0] for x in re.findall(r"[ML](-?[\d.]+) ", path)]
    if filled:
        assert max(xs) == pytest.approx(length, abs=0.1)
        assert min(xs) == pytest.approx(0, abs=0.1)


def test_an_arrow_stops_before_the_grip_at_its_end():
    plane = figures.Plane((0, 332), (0, 100), equal=True, axes=False)
    path = figures.arrow((0, 50), (100, 50), gap=12).place(plane)["d"]
    xs = [float(x) - plane.at(0, 0)[0] for x in re.findall(r"[ML](-?[\d.]+) ", path)]
    assert max(xs) == pytest.approx(88, abs=0.1)


def test_a_value_that_is_not_finite_leaves_a_gap():
    mark = figures.curve([0, 1, 2, 3], [0, np.nan, 1, np.inf])
    path = mark.place(SHOWN)["d"]
    assert path.count("M") == 2
    assert path.count("L") == 0


def test_every_marker_is_seen():
    marks = [figures.dots([1], [0], marker=marker) for marker in "os^vD"]
    assert len({str(mark.place(SHOWN) | mark.look) for mark in marks}) == 5
    with pytest.raises(ValueError, match="marker"):
        figures.dots([1], [0], marker="*")


def test_a_rule_of_another_drawing_does_not_cut_the_ends_that_are_the_dots():
    """matplotlib's SVG says ``*{stroke-linecap:butt}``, to the whole page."""
    dot = figures.dots([1], [0])
    assert dot.look["style"] == "stroke-linecap:round"
    assert "stroke-linecap" not in dot.look
    assert 'style="stroke-linecap:round"' in html()


def test_equal_axes_have_one_scale_and_no_empty_half():
    plane = figures.Plane((-2, 2), (0, 1), equal=True)
    _, _, width, height = plane.box
    assert height == pytest.approx(width / 4)


def test_ticks_are_round_numbers_inside_the_range():
    numbers = re.findall(r">([\d.−]+)</text>", SHOWN.background())
    assert numbers == ["0", "50", "100", "150", "−1", "−0.5", "0", "0.5", "1"]
    named = figures.Plane((0, 3), (0, 1), xticks={0: "0", 3: "π"}, yticks=[])
    assert re.findall(r">([^<]+)</text>", named.background()) == ["0", "π"]


def test_the_legend_names_what_is_shown_and_covers_nothing():
    text = html()
    legend = text[text.index('class="margins-legend"') :]
    found = re.findall(r'display:(\w+)">.*?</svg> ([\w ]+)</span>', legend)
    assert found == [("none", "softmax"), ("inline", "ArcFace")]
    assert data_of(text)["legend"] == [[1, 0] * 4, [0, 1] * 4]
    assert text.index("margins-legend") > text.rindex('class="margins-plane"')


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alt": " "}, "alt must say"),
        ({"planes": [HALF]}, "plane 1, and there are 1"),
        ({"sliders": [figures.Slider("a", [1, 2]), LOSS]}, "moves 'angle'"),
        (
            {
                "draw": lambda angle, loss: (
                    [figures.dots([0], [0])] * (1 + (angle == 90))
                )
            },
            "same kinds of marks",
        ),
        (
            {
                "draw": lambda a: [],
                "sliders": [figures.Slider("a", range(6000))],
            },
            "6,000 combinations",
        ),
        (
            {
                "draw": lambda a: [
                    figures.dots(*np.random.default_rng(a).random((2, 9000)))
                ],
                "sliders": [figures.Slider("a", range(10))],
            },
            "fewer slider positions",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_shown_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        html(**changes)


def test_marks_refuse_what_has_no_place():
    with pytest.raises(ValueError, match="equally long"):
        figures.curve([1, 2], [1])
    with pytest.raises(ValueError, match="one or two sliders"):
        figures.grip((0, 0), label="nothing")
    with pytest.raises(ValueError, match="label"):
        figures.grip((0, 0), "angle", label=" ")
    with pytest.raises(ValueError, match="linestyle"):
        figures.curve([1], [1], linestyle="wavy")
    with pytest.raises(ValueError, match="two different finite numbers"):
        figures.Plane((0, 0), (0, 1))
    with pytest.raises(ValueError, match="two different finite numbers"):
        figures.Plane((0, 1), (0, math.inf))
