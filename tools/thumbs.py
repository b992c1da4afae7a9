"""The small pictures of the chapters: each function returns what `draw_thumbs` draws.

That is the range across, the range upwards, and the marks.
"""

import json
from collections.abc import Callable

import numpy as np

from margins import comparison, figures, results
from margins.experiments.long_tails import counts
from margins.figures.errors import LOOKS
from mlcore import datasets, losses
from mlcore.losses.l_softmax import psi_and_rho
from tools import ROOT

THETA = np.linspace(0, np.pi, 61)


def line(x, y, look, width=2.6):
    return figures.curve(
        x, y, color=look["color"], linestyle=look["linestyle"], width=width
    )


def loss_line(x, y, name):
    return line(x, y, figures.style(name))


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(float)


def two_directions(x: np.ndarray) -> np.ndarray:
    """The two directions along which the rows differ most."""
    x = x - x.mean(axis=0)
    return x @ np.linalg.svd(x, full_matrices=False)[2][:2].T


def around(points):
    """Two ranges in which all points are seen."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.06 * (high - low)
    return tuple(zip(low - room, high + room, strict=True))


def how_to_use():
    """Ten classes of digits, before anything is learnt."""
    data = datasets.load("digits").train
    x = two_directions(flat(data.images))
    marks = []
    for j, color in enumerate(figures.class_colors):
        own = x[data.labels == j][:30]
        marks.append(figures.dots(*own.T, color=color, size=4.5))
    return *around(x), marks


def checking():
    """The error of a difference quotient over its step: too large, too small."""
    h = np.logspace(-13, 0, 40)
    one_sided = np.abs((np.exp(1 + h) - np.exp(1)) / h - np.exp(1))
    central = np.abs((np.exp(1 + h) - np.exp(1 - h)) / (2 * h) - np.exp(1))
    looks = figures.steps(3)
    marks = [
        line(np.log10(h), np.log10(error + 1e-13), look)
        for error, look in ((one_sided, looks[0]), (central, looks[2]))
    ]
    return (-13, 0), (-12, 0.5), marks


def softmax():
    """Three probabilities along a line of logits."""
    t = np.linspace(-6, 6, 80)
    z = np.exp(np.stack([-1.2 * t, 1.5 + 0 * t, 1.2 * t]))
    marks = [
        figures.curve(t, p, color=color, linestyle=dash, width=2.6)
        for p, color, dash in zip(
            z / z.sum(axis=0), figures.class_colors, ("-", "--", "-."), strict=False
        )
    ]
    return (-6, 6), (-0.05, 1.05), marks


def l_softmax():
    cos, sin = np.cos(THETA), np.sin(THETA)
    marks = [
        line(THETA, psi_and_rho(m, cos, sin)[0], look)
        for m, look in zip((1, 2, 3, 4), figures.steps(4), strict=True)
    ]
    return (0, np.pi), (-7.2, 1.3), marks


def center():
    """Two classes of digits, each feature tied to its center."""
    data = datasets.load("digits").train
    x = two_directions(flat(data.images))
    marks = []
    for j, color in ((0, figures.class_colors[0]), (4, figures.class_colors[1])):
        own = x[data.labels == j][:26]
        middle = own.mean(axis=0)
        for point in own:
            marks.append(figures.curve(*np.c_[middle, point], color=color, width=0.8))
        marks.append(figures.dots(*own.T, color=color, size=4.5))
        marks.append(figures.dots([middle[0]], [middle[1]], color="ink", size=9))
    every = np.concatenate([x[data.labels == j][:26] for j in (0, 4)])
    return *around(every), marks


def a_softmax():
    """Class weights of several lengths, and as A-Softmax takes them: of length one."""
    turn = np.linspace(0, 2 * np.pi, 61)
    marks = [figures.curve(np.cos(turn), np.sin(turn), color="faint", width=1.6)]
    rows = zip(np.radians([90, 200, 325]), (1.5, 0.55, 2.2), strict=False)
    for (angle, length), color in zip(rows, figures.class_colors, strict=False):
        end = np.array([np.cos(angle), np.sin(angle)])
        marks += [
            figures.curve(*np.c_[0 * end, length * end], color=color, linestyle=":"),
            figures.arrow((0, 0), end, color=color, width=2.6),
        ]
    return (-2.65, 2.65), (-1.35, 1.5), marks


def am_softmax():
    cos = np.cos(THETA)
    marks = [
        figures.area(
            np.r_[THETA, THETA[::-1]],
            np.r_[cos, cos[::-1] - 0.6],
            color=figures.style("am-softmax")["color"],
        ),
        loss_line(THETA, cos, "softmax"),
        loss_line(THETA, cos - 0.6, "am-softmax"),
    ]
    return (0, np.pi), (-1.75, 1.15), marks


def arcface():
    """Past pi the cosine turns back, and public code does two other things."""
    m, look = 0.9, figures.style("arcface")
    past = np.pi - m <= THETA
    linear = np.where(past, np.cos(THETA) - m * np.sin(m), np.nan)
    marks = [
        loss_line(THETA, np.cos(THETA), "softmax"),
        figures.curve(THETA, np.cos(THETA + m), color=look["color"], width=2.6),
        figures.curve(THETA, linear, color=look["color"], linestyle=":", width=2.6),
        figures.curve([np.pi - m] * 2, [-2, 1.2], width=1, linestyle="--"),
    ]
    return (0, np.pi), (-1.85, 1.15), marks


def focal():
    p = np.linspace(0.03, 1, 60)
    marks = [
        line(p, -((1 - p) ** gamma) * np.log(p), look)
        for gamma, look in zip((0, 1, 2, 5), figures.steps(4), strict=True)
    ]
    return (0, 1), (-0.1, 3.2), marks


def triplet():
    """Where a pair of similarities stops being worked on: a line, and a circle."""
    t, m = np.linspace(0, np.pi / 2, 40), 0.25
    circle = np.sqrt(2) * m
    marks = [
        loss_line([0, 1], [m, 1 + m], "triplet"),
        loss_line(circle * np.cos(t), 1 - circle * np.sin(t), "circle"),
    ]
    for at, to in (((0.75, 0.75), (0.5, 0.82)), ((0.55, 0.3), (0.4, 0.5))):
        marks += [
            figures.arrow(at, to, color=figures.style("circle")["color"]),
            figures.dots([at[0]], [at[1]], color="ink", size=7),
        ]
    return (0, 1), (0, 1.12), marks


def one_picture():
    """What each loss makes of the angle to the own class."""
    cos, sin = np.cos(THETA), np.sin(THETA)
    marks = []
    for name, parts in comparison.objectives(steps=1).items():
        head = parts["head"](10**9) if callable(parts["head"]) else parts["head"]
        if name in ("softmax", "l-softmax", "am-softmax", "arcface", "combined"):
            z = head.margin(cos, sin)[0] if hasattr(head, "margin") else cos
            marks.append(loss_line(THETA, z, name))
    return (0, np.pi), (-3.2, 1.2), marks


def verification():
    """How alike two images of one digit are, and two of different digits."""
    data = datasets.load("digits").test
    x = flat(data.images)
    x = x - x.mean(axis=0)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    first, second = np.triu_indices(len(x), 1)
    same = data.labels[first] == data.labels[second]
    alike = np.sum(x[first] * x[second], axis=1)
    edges = np.linspace(-0.8, 1, 37)
    middle = (edges[1:] + edges[:-1]) / 2
    marks = []
    for chosen, color in (
        (~same, figures.class_colors[0]),
        (same, figures.class_colors[1]),
    ):
        height = np.histogram(alike[chosen], edges, density=True)[0]
        marks += [
            figures.area(
                np.r_[middle[0], middle, middle[-1]], np.r_[0, height, 0], color=color
            ),
            figures.curve(middle, height, color=color),
        ]
    marks.append(figures.curve([0.35, 0.35], [0, 2.2], linestyle="--", width=1.6))
    return (-0.8, 1), (-0.05, 2.3), marks


def gpu():
    """Bound by memory, then by arithmetic."""
    intensity = np.logspace(-1, 3, 60)
    reached = [
        np.minimum(peak, rate * intensity)
        for peak, rate in ((2e13, 1e12), (5e11, 5e10))
    ]
    marks = [
        line(np.log10(intensity), np.log10(y), look, 3)
        for y, look in zip(reached, figures.steps(2)[::-1], strict=True)
    ]
    return (-1, 3), (9.3, 13.7), marks


def tables():
    """Test errors on MNIST with their standard deviations over seeds."""
    names = (
        "softmax",
        "l-softmax-m4",
        "a-softmax-m4",
        "am-softmax",
        "arcface",
        "focal",
    )
    marks, low, high = [], [], []
    for row, name in enumerate(names):
        runs = results.runs(f"mnist-{name}-small")
        found = results.over_seeds(runs, lambda run: 100 - run["test"]["accuracy"])
        ends = found.mean - found.deviation, found.mean + found.deviation
        color = figures.style(name.removesuffix("-m4"))["color"]
        marks += [
            figures.curve(ends, [-row, -row], color=color, width=2.6),
            figures.dots([found.mean], [-row], color=color, size=9),
        ]
        low.append(ends[0])
        high.append(ends[1])
    room = 0.1 * (max(high) - min(low))
    return (min(low) - room, max(high) + room), (-len(names) + 0.4, 0.6), marks


def many():
    """The memory of all logits at once, and of one block after the other."""
    classes = np.logspace(3, 7, 30)
    marks = [
        line(np.log10(classes), np.log10(4 * 256 * numbers), look, 3)
        for numbers, look in (
            (classes, figures.steps(2)[0]),
            (np.minimum(classes, 8192), figures.steps(2)[1]),
        )
    ]
    return (3, 7), (5.7, 10.3), marks


def who_computes_what():
    """The worst errors of all losses, ours and of what is written plainly."""
    path = ROOT / "margins" / "judge" / "errors.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    names = list(dict.fromkeys(row["loss"] for row in rows))
    marks = []
    for by in ("torch, plain", "mlcore"):
        own = [r for r in rows if (r["by"], r["dtype"]) == (by, "float64")]
        worst = {
            name: max(r["worst"] or 0 for r in own if r["loss"] == name)
            for name in names
            if any(r["loss"] == name for r in own)
        }
        marker, color, _ = LOOKS[by]
        across = [np.log10(np.clip(error, 0.1, 1e16)) for error in worst.values()]
        up = [-names.index(name) for name in worst]
        marks.append(figures.dots(across, up, marker=marker, color=color, size=3))
    return (-1.5, 16.5), (-len(names), 1), marks


def adaface():
    """The half-circle of a poor, an ordinary and a good sample."""
    marks = []
    for q, look in zip((-1, 0, 1), figures.steps(3), strict=True):
        turned, slid = THETA - 0.5 * q, 0.5 * (1 + q)
        marks.append(line(np.cos(turned) - slid, np.sin(turned), look, 3))
    return (-2.1, 1.1), (-0.75, 1.15), marks


def long_tails_of_ten():
    """How many images each class has, from 400 to 4, and what they weigh."""
    n = np.array(counts())
    left = np.arange(len(n))
    marks = [
        figures.area(
            [k + 0.1, k + 0.9, k + 0.9, k + 0.1],
            [0, 0, height, height],
            color=figures.style("softmax")["color"],
            opacity=0.5,
        )
        for k, height in zip(left, n / n.max(), strict=True)
    ]
    prior = -np.log(n / n.max()) / np.log(n.max() / n.min())
    marks.append(loss_line(left + 0.5, prior, "vector-scaling"))
    return (-0.3, len(n) + 0.3), (-0.04, 1.1), marks


def views():
    """Two views of each of four pictures: who claims whom, as a square of shares."""
    angles = np.radians([10, 38, 95, 130, 185, 212, 290, 310])
    S = np.cos(angles[:, None] - angles) / 0.2
    np.fill_diagonal(S, -np.inf)
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    marks = []
    for i in range(8):
        color = figures.class_colors[i // 2]
        for k in np.flatnonzero(P[i] > 0.02):
            across = np.array([0.06, 0.94, 0.94, 0.06]) + k
            up = np.array([0.06, 0.06, 0.94, 0.94]) + 7 - i
            marks.append(figures.area(across, up, color=color, opacity=P[i, k]))
    return (-3.1, 11.1), (0, 8), marks


def hard_negatives():
    """What a wrong class counts as: its cosine, and from the target logit on more."""
    c = np.linspace(-1, 1, 81)
    phi, _ = losses.CurricularFaceLoss().reshape_negatives(c, -0.4, 0.4)
    marks = [figures.curve(c, c, color="faint", width=1.6)]
    marks.append(loss_line(c, np.where(c > -0.4, phi, np.nan), "curricularface"))
    return (-1, 1), (-1.1, 1.5), marks


def the_family():
    """One half-circle for each quality of a sample: turned on, slid, turned back."""
    head = losses.AdaFaceLoss(m=0.4)
    marks = [figures.curve(np.cos(THETA), np.sin(THETA), color="faint", width=2)]
    for quality, look in zip((-1.0, 0.0, 1.0), figures.steps(4)[1:], strict=True):
        q = np.full(len(THETA), quality)
        marks.append(line(*head.margin(np.cos(THETA), np.sin(THETA), q), look))
    return (-2.0, 1.1), (-0.5, 1.1), marks


#: By the number of the chapter.
def sub_centers():
    """The cosine of a class with three rows: the largest of three."""
    t = np.linspace(0, 2 * np.pi, 121)
    rows = np.cos(t - np.radians([[70], [190], [300]]))
    marks = [figures.curve(t, row, color="faint", width=1.6) for row in rows]
    marks.append(loss_line(t, rows.max(axis=0), "arcface"))
    return (0, 2 * np.pi), (-1.1, 1.15), marks


PICTURES: dict[int, Callable[[], tuple]] = {
    1: how_to_use,
    2: checking,
    3: softmax,
    4: l_softmax,
    5: center,
    6: a_softmax,
    7: am_softmax,
    8: arcface,
    9: focal,
    10: triplet,
    11: one_picture,
    12: verification,
    13: gpu,
    14: tables,
    15: many,
    16: who_computes_what,
    17: adaface,
    18: sub_centers,
    19: hard_negatives,
    20: long_tails_of_ten,
    21: views,
    22: the_family,
}
