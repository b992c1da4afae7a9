"""The figures: readable in light and dark, described, the same in every build,
light."""

import itertools
import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from margins import figures
from margins.figures import stills, styles
from margins.figures.moving import movable_html
from tools import ROOT

LOSSES = (
    "softmax",
    "normalised-softmax",
    "l-softmax",
    "center",
    "a-softmax",
    "am-softmax",
    "arcface",
    "combined",
    "focal",
    "triplet",
    "circle",
    "adaface",
    "magface",
    "curricularface",
    "mv-softmax",
    "sub-center-arcface",
    "ldam",
    "sphereface2",
    "contrastive",
    "n-pair",
    "nt-xent",
    "supcon",
    "clip",
    "siglip",
    "proxy-nca",
    "proxy-anchor",
    "vector-scaling",
    "asymmetric",
)
WHITE, DARK_PAGE = "#ffffff", "#131519"  # as in margins.css


def luminance(color):
    """Relative luminance of WCAG 2."""
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def every_color():
    yield from (figures.style(loss)["color"] for loss in LOSSES)
    yield from figures.class_colors
    yield from (look["color"] for look in figures.steps(6))


def curve(**panel):
    fig, ax = figures.panel(**panel)
    x = np.linspace(0, np.pi, 50)
    ax.plot(x, np.cos(x), **figures.style("softmax"))
    ax.set(xlabel="θ", title="a title")
    ax.legend()
    return fig


def moving(**changes):
    x = np.linspace(0, 1, 5)
    arguments = {
        "draw": lambda m: [
            {"type": "scatter", "x": x, "y": x},
            {"type": "scatter", "x": x, "y": x * m},
        ],
        "sliders": [
            figures.Slider("m", [1, 2, 3], start=2, label="margin m", format="{:.1f}")
        ],
        "still": curve(),
        "alt": "Two lines.",
        "caption": "Lines.",
    }
    return movable_html(**arguments | changes)


def data_of(html):
    return json.loads(re.search(r'class="margins-data">(.*?)</script>', html, re.S)[1])


@pytest.mark.parametrize("page", [WHITE, DARK_PAGE], ids=["light", "dark"])
def test_colors_can_be_seen_on_both_pages(page):
    """3 : 1 is what WCAG 2 asks of graphics."""
    too_faint = {color for color in every_color() if contrast(color, page) < 3}
    assert not too_faint


def test_losses_differ_in_more_than_color():
    looks = [figures.style(loss) for loss in LOSSES]
    for key in ("color", "linestyle", "label"):
        assert len({str(look[key]) for look in looks}) == len(LOSSES)
    assert len({figures.plotly_line(loss)["dash"] for loss in LOSSES}) == len(LOSSES)


def test_classes_differ_in_more_than_color():
    assert len(set(figures.class_colors)) == len(set(figures.class_markers)) == 10


def test_steps_begin_with_softmax_and_differ():
    for count in range(1, 7):
        looks = figures.steps(count)
        assert looks[0] == {
            "color": figures.style("softmax")["color"],
            "linestyle": "-",
        }
        assert len({str(look) for look in looks}) == count
    with pytest.raises(ValueError, match="between 1 and 6"):
        figures.steps(7)


def test_unknown_loss_is_refused_by_name():
    with pytest.raises(ValueError, match="'sofmax'"):
        figures.style("sofmax")


def test_panel_has_the_width_of_the_page():
    fig, axes = figures.panel(rows=2, columns=3, height=2)
    assert axes.shape == (2, 3)
    assert tuple(fig.get_size_inches()) == (stills.PAGE_WIDTH, 4)


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_a_description_is_refused(alt):
    with pytest.raises(ValueError, match="alt"):
        figures.svg(curve(), alt)


def test_svg_is_described_and_takes_its_ink_from_the_page():
    text = figures.svg(curve(), 'A "falling" curve & more')
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'A "falling" curve & more'
    assert "var(--pst-color-text-base, currentColor)" in text
    for stand_in in (stills._INK, stills._FAINT):
        assert stand_in not in text


def test_svg_brings_no_style_sheet_which_would_be_one_for_the_whole_page():
    fig, ax = figures.panel()
    ax.plot([0, 1])
    text = stills.svg(fig, "A line.")
    assert "<style" not in text
    assert "stroke-linejoin:round;stroke-linecap:butt" in text.partition(">")[0]


def test_the_same_figure_gives_the_same_svg():
    assert figures.svg(curve(), "a", prefix="p") == figures.svg(
        curve(), "a", prefix="p"
    )


def test_ids_are_unique_in_a_page_and_all_used():
    both = figures.svg(curve(), "one") + figures.svg(curve(), "two")
    ids = re.findall(r' id="([^"]+)"', both)
    assert ids
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="#([^"]+)"', both)) | set(
        re.findall(r"url\(#([^)]+)\)", both)
    )
    assert used == set(ids)


def test_svg_is_light_and_names_no_date_and_no_program():
    text = figures.svg(curve(), "a")
    assert len(text) < 40_000
    assert "<metadata" not in text
    assert "matplotlib" not in text.lower()
    assert not re.search(r' d="[^"]*\.\d{3}', text)


def test_many_points_become_an_image_and_few_stay_shapes():
    few, many = (figures.panel()[0] for _ in range(2))
    rng = np.random.default_rng(0)
    few.axes[0].scatter(*rng.normal(size=(2, 100)))
    for _ in range(10):  # no cloud alone is large: it is their sum that counts
        many.axes[0].scatter(*rng.normal(size=(2, 400)))
    assert "<image" not in figures.svg(few, "few")
    text = figures.svg(many, "many")
    assert "data:image/png" in text
    assert len(text) < 400_000


def test_show_displays_a_figure_with_a_caption(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda html: shown.append(html.data))
    figures.show(curve(), alt="A curve.", caption="The <i>cosine</i>.")
    assert len(shown) == 1
    assert shown[0].startswith('<figure class="margins-figure"')
    assert "<figcaption" in shown[0]
    assert "The <i>cosine</i>." in shown[0]


def test_movable_has_a_still_a_native_slider_and_every_frame():
    html = moving()
    assert "<svg viewBox" in html
    assert re.search(r'<input type="range" min="0" max="2" step="1" value="1"', html)
    assert 'aria-valuetext="2.0"' in html
    data = data_of(html)
    assert len(data["frames"]) == 3
    assert data["texts"] == [["1.0", "2.0", "3.0"]]
    assert data["base"][1]["y"] == [0, 0.25, 0.5, 0.75, 1]


def test_frames_hold_only_what_changes():
    frames = data_of(moving())["frames"]
    assert frames[0] == {"t": [{}, {}]}
    assert frames[2] == {"t": [{}, {"y": [0, 0.75, 1.5, 2.25, 3]}]}


def test_traces_that_do_not_change_are_kept_once():
    """A slider that turns a figure in space moves the camera, and a thousand points
    stay."""
    points = np.random.default_rng(0).random((3, 1000))

    def draw(m, turn):
        x, y, z = m * points
        camera = {"scene": {"camera": {"eye": {"x": turn, "y": 1, "z": 1}}}}
        return [{"type": "scatter3d", "x": x, "y": y, "z": z}], camera

    sliders = [figures.Slider("m", [1, 2]), figures.Slider("turn", [0, 1, 2])]
    frames = data_of(moving(draw=draw, sliders=sliders))["frames"]
    assert [frame.get("as") for frame in frames] == [None, 0, 0, None, 3, 3]
    assert [frame["layout"]["scene"]["camera"]["eye"]["x"] for frame in frames] == [
        0,
        1,
        2,
    ] * 2
    assert set(frames[5]) == {"as", "layout"}


def directions(count=200):
    rng = np.random.default_rng(0)
    return (
        5 * rng.normal(size=(count, 3)),
        rng.integers(0, 10, count),
        rng.normal(size=(10, 3)),
    )


def test_the_globe_shows_every_feature_at_length_1_in_its_class_color():
    x, y, w = directions()
    clouds = [t for t in figures.sphere_traces(x, y, w) if t.get("mode") == "markers"]
    assert [cloud["marker"]["color"] for cloud in clouds] == list(figures.class_colors)
    for j, cloud in enumerate(clouds):
        points = np.stack([cloud["x"], cloud["y"], cloud["z"]], axis=1)
        own = x[y == j]
        expected = own / np.linalg.norm(own, axis=1, keepdims=True)
        np.testing.assert_allclose(points, expected, atol=5.1e-4)


def test_the_globe_can_be_turned_by_a_slider_and_goes_into_a_page():
    """Every frame beyond the first only moves the camera; colours of ink come from the
    page."""
    x, y, w = directions()
    html = moving(
        draw=lambda turn: (figures.sphere_traces(x, y, w), figures.sphere_camera(turn)),
        sliders=[figures.Slider("turn", [0, 90, 180])],
        layout=figures.sphere_layout,
    )
    data = data_of(html)
    assert [frame.get("as") for frame in data["frames"]] == [None, 0, 0]
    assert data["frames"][1]["layout"]["scene"]["camera"]["eye"]["y"] > 1
    assert data["base"][-1]["textfont"]["color"] == "currentColor"
    assert len(html) < 100_000


def test_the_map_shows_every_feature():
    x, y, w = directions()
    fig, ax = figures.panel(subplot_kw={"projection": "mollweide"})
    figures.sphere_map(ax, x, y, w)
    assert sum(len(cloud.get_offsets()) for cloud in ax.collections) == len(x) + len(w)
    figures.svg(fig, "A map.")


def test_only_directions_in_space_go_on_a_sphere():
    x, y, w = directions()
    with pytest.raises(ValueError, match="three coordinates"):
        figures.sphere_traces(x[:, :2], y, w)


def test_frames_may_change_their_traces_and_their_layout():
    def draw(m):
        return [{"type": "scatter", "y": [m]}] * m, {"title": {"text": str(m)}}

    frames = data_of(moving(draw=draw))["frames"]
    assert frames[1]["all"] == [{"type": "scatter", "y": [2]}] * 2
    assert frames[2]["layout"] == {"title": {"text": "3"}}


def test_titles_may_be_written_as_text():
    """plotly 3 wants {"text": …} and shows nothing, without a word, where it gets a
    string."""
    data = data_of(
        moving(
            draw=lambda m: ([{"y": [m]}], {"yaxis": {"title": f"m = {m}"}}),
            layout={"xaxis": {"title": "θ"}, "title": {"text": "all"}},
        )
    )
    assert data["layout"] == {
        "xaxis": {"title": {"text": "θ"}},
        "title": {"text": "all"},
    }
    assert data["frames"][2]["layout"] == {"yaxis": {"title": {"text": "m = 3"}}}


def test_a_loss_is_chosen_with_buttons_and_a_number_with_a_slider():
    sliders = [figures.Choice("loss", ["a", "b"]), figures.Slider("m", [1, 2])]
    html = moving(draw=lambda loss, m: [{"name": loss, "y": [m]}], sliders=sliders)
    assert re.findall(r'type="(\w+)"[^>]*>', html)[:3] == ["radio", "radio", "range"]
    assert re.findall(r'data-slider="(\d)"', html) == ["0", "1"]
    frames = data_of(html)["frames"]
    assert [frame["t"][0].get("name", "a") for frame in frames] == ["a", "a", "b", "b"]


def test_the_ball_of_a_globe_hides_what_is_behind_it():
    """Seen through it, the hues of the points behind would be dulled."""
    ball = next(
        t for t in figures.sphere_traces(*directions()) if t["type"] == "surface"
    )
    assert ball.get("opacity", 1) == 1
    assert {color for _, color in ball["colorscale"]} == {"surfaceColor"}


def test_several_sliders_give_all_combinations_the_last_fastest():
    sliders = [figures.Slider("a", [1, 2]), figures.Slider("b", [10, 20, 30])]
    seen = []
    moving(draw=lambda a, b: seen.append((a, b)) or [], sliders=sliders)
    assert seen == list(itertools.product([1, 2], [10, 20, 30]))


def test_numbers_are_short_and_gaps_stay_gaps():
    data = data_of(
        moving(draw=lambda m: [{"y": np.array([np.pi * 1e-9, np.nan, np.inf, 2.0])}])
    )
    assert data["base"] == [{"y": [3.142e-09, None, None, 2]}]


def test_text_cannot_end_the_script():
    html = moving(draw=lambda m: [{"name": "</script><b>"}])
    assert data_of(html)["base"] == [{"name": "</script><b>"}]


def test_too_heavy_frames_are_refused():
    with pytest.raises(ValueError, match="fewer slider positions"):
        moving(draw=lambda m: [{"y": np.random.default_rng(m).random(200_000)}])


def test_slider_refuses_a_start_it_cannot_show():
    with pytest.raises(ValueError, match="slider m: start 5"):
        figures.Slider("m", [1, 2], start=5)
    with pytest.raises(ValueError, match="at least two"):
        figures.Slider("m", [1])


def test_saved_files_bring_paper_and_ink(tmp_path):
    figures.save(curve(), tmp_path / "a.svg", alt="A curve.")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme:dark" in text
    assert "--pst" not in text


def test_drawing_libraries_are_imported_only_to_draw():
    """A reader who wants the losses alone need not install matplotlib."""
    code = (
        "import sys; import margins.figures; import mlcore.losses;"
        "sys.exit(bool({'matplotlib', 'plotly', 'IPython'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_styles_name_every_loss_of_the_book():
    assert tuple(sorted(styles._LOSSES)) == tuple(sorted(LOSSES))


def test_symbols_have_the_colours_of_the_pages_formulas():
    """The style sheet knows each of them, in the light and in the dark."""
    sheet = (ROOT / "book" / "_static" / "margins.css").read_text(encoding="utf-8")
    for symbol in ("margin", "target", "angle"):
        (name,) = re.findall(r"var\((--[\w-]+), #", figures.accent(symbol))
        assert sheet.count(f"{name}: #") == 2
        assert f"color: var({name})" in sheet
    with pytest.raises(ValueError, match="symbol must be one of margin"):
        figures.accent("logit")
