"""Draw the first figure of the landing page: python -m tools.draw_landing

Trains one network with softmax and one with ArcFace at each of eleven margins, all on
mnist-5k from the same start, and writes what the reader drags, ``landing.html``.
"""

import numpy as np

from margins import figures
from margins.figures.dragging import draggable_html
from mlcore import datasets, layers, losses, train
from tools import ROOT

TARGET = ROOT / "book" / "_static" / "landing.html"
SEED, EPOCHS, FEATURES, SCALE = 1, 8, 8, 16.0
MARGINS = [round(0.05 * step, 2) for step in range(11)]
START = 0.4
PAIR = 4, 9  # the two digits that are mistaken for each other most easily
COLORS, MARKERS = (figures.class_colors[1], figures.class_colors[2]), ("o", "^")
BAND = "#d90f23"
ACROSS, UP = (-80, 80), (14, 93)  # degrees
PIXEL = 2  # of the drawn digit, in the picture's own pixels

ALT = (
    "Two pictures of 200 images of handwritten fours and nines, as points. A vertical"
    " line separates the nines, on its right, from the fours, on its left, and a band"
    " as wide as the margin lies around it. In the first picture, a network trained"
    " with softmax, many points lie inside the band. In the second, trained with"
    " ArcFace and this margin, the two clouds stand apart and few are left inside."
)
CAPTION = (
    "Each point is an image that the network has not seen, a 4 or a 9; across is how"
    " many degrees its feature is nearer to the one class than to the other, upwards"
    " how far it is from both. Softmax knows no margin, so its points stay; for ArcFace"
    " a network was trained with each margin. Drawn is the image that softmax only just"
    " gets right."
    f" (mnist-5k, ten classes, {FEATURES} features, {EPOCHS} epochs, one seed.)"
)


def main() -> None:
    images, labels, softmax, arcface = trained()
    TARGET.write_text(page(images, labels, softmax, arcface), encoding="utf-8")


def trained() -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Test images of the pair, their labels, and their angles to its two classes."""
    data = datasets.load("mnist-5k")
    chosen = np.isin(data.test.labels, PAIR)

    def angles(loss):
        last = {}
        net = layers.digit_network(features=FEATURES, seed=SEED)
        train.fit(
            net,
            loss,
            data,
            epochs=EPOCHS,
            seed=SEED,
            on_epoch=lambda epoch, net, w: last.update(w=np.array(w)),
            progress=False,
        )
        x = train.features(net, data.test.images)[chosen]
        w = last["w"][list(PAIR)]
        cosines = (x @ w.T) / np.outer(
            np.linalg.norm(x, axis=1), np.linalg.norm(w, axis=1)
        )
        return np.degrees(np.arccos(np.clip(cosines, -1, 1)))

    return (
        data.test.images[chosen],
        data.test.labels[chosen],
        angles(losses.SoftmaxLoss()),
        [angles(losses.ArcFaceLoss(m=m, s=SCALE)) for m in MARGINS],
    )


def page(
    images: np.ndarray,
    labels: np.ndarray,
    softmax: np.ndarray,
    arcface: list[np.ndarray],
) -> str:
    """The figure, without the script that the page brings."""
    shown = close_call(labels, softmax, arcface[MARGINS.index(START)])

    def draw(m):
        trainings = softmax, arcface[MARGINS.index(m)]
        return [
            mark
            for plane, angles in enumerate(trainings)
            for mark in [
                *side(labels, angles, m, plane),
                *portrait(images[shown], angles[shown], plane),
            ]
        ]

    html = draggable_html(
        draw,
        [figures.Slider("m", MARGINS, start=START, label="margin", format=in_degrees)],
        planes=[plane(f"Trained with {name}") for name in ("softmax", "ArcFace")],
        alt=ALT,
        caption=CAPTION,
    )
    figure = html[: html.index("\n<script>")]
    return f'<div class="landing-figure">\n{figure}\n</div>\n'


def close_call(labels, softmax, arcface):
    """The image that softmax only just gets right, of those that ArcFace moves away."""
    before, after = ahead(labels, softmax), ahead(labels, arcface)
    good = (before > 0) & (after > np.degrees(START))
    return int(np.argmin(np.where(good, before, np.inf)))


def ahead(labels, angles):
    """By how many degrees each image is nearer to its own class than to the other."""
    lead = angles[:, 0] - angles[:, 1]
    return np.where(labels == PAIR[1], lead, -lead)


def portrait(image, angles, plane):
    """One image as it is, and a line from it to its point."""
    corner = ACROSS[0] + 2, UP[0] + 17
    rows, columns = np.nonzero(image[..., 0] > image.max() / 3)
    scale = PIXEL * (ACROSS[1] - ACROSS[0]) / 332, PIXEL * (UP[1] - UP[0]) / 221
    x = corner[0] + scale[0] * (columns - columns.min())
    y = corner[1] - scale[1] * (rows - rows.min())
    at = angles[0] - angles[1], angles.mean()
    return [
        figures.curve([x.max() + 2, at[0]], [y.mean(), at[1]], width=1, plane=plane),
        figures.dots(x, y, marker="s", size=PIXEL, plane=plane),
        figures.dots([at[0]], [at[1]], size=8.5, plane=plane),
    ]


def plane(title: str) -> figures.Plane:
    return figures.Plane(
        ACROSS,
        UP,
        title=title,
        xlabel="nearer to the 4  ·  degrees  ·  nearer to the 9",
        xticks={x: f"{abs(x)}°" for x in (-60, -30, 0, 30, 60)},
        yticks=[],
        ylabel=" ",  # room for the count
        height=310,
    )


def side(labels: np.ndarray, angles: np.ndarray, m: float, plane: int) -> list:
    """The marks of one training at margin m."""
    band = np.degrees(m)
    lead, far = angles[:, 0] - angles[:, 1], angles.mean(axis=1)
    own_lead = ahead(labels, angles)
    marks = [
        figures.area(  # the margin to both sides of the boundary
            [-band, band, band, -band], np.repeat(UP, 2), color=BAND, plane=plane
        ),
        figures.curve([0, 0], UP, width=1.6, plane=plane),
    ]
    for digit, color, marker in zip(PAIR, COLORS, MARKERS, strict=True):
        own = labels == digit
        marks.append(
            figures.dots(
                lead[own],
                far[own],
                color=color,
                marker=marker,
                size=6.5,
                opacity=0.85,
                label=f"a handwritten {digit}",
                plane=plane,
            )
        )
    right, short = int(np.sum(own_lead > 0)), int(np.sum(own_lead < band))
    inside = short - (len(labels) - right)
    said = f"{right} of {len(labels)} right, {inside} of them inside the band"
    marks += [
        figures.words((ACROSS[0], UP[1]), said, shift=(0, 9), size=13.5, plane=plane),
        figures.grip(
            (band, UP[0] + 6),
            "m",
            label="the edge of the margin",
            color=BAND,
            plane=plane,
        ),
    ]
    return marks


def in_degrees(m: float) -> str:
    return f"m = {m:g} ({np.degrees(m):.0f}°)"


if __name__ == "__main__":
    main()
