"""Draw the picture that is shown of a link to the book: python -m tools.draw_social

Trains one network with two features on mnist-5k, and draws the features of test images
after the first and the last epoch side by side into ``book/_static/social.png``.
"""

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from margins import figures
from mlcore import datasets, layers, losses, train
from tools import ROOT

STATIC = ROOT / "book" / "_static"
SEED, EPOCHS, EACH = 1, (1, 22), 32
WIDTH, HEIGHT = 720, 430
LABELS = f"after {EPOCHS[0]} epoch", f"after {EPOCHS[-1]} epochs"


def main() -> None:
    film, labels = trained()
    chosen = np.concatenate([np.flatnonzero(labels == j)[:EACH] for j in range(10)])
    film, labels = on_canvas([x[chosen] for x in film]), labels[chosen]
    draw_social(film, labels)


def trained() -> tuple[list[np.ndarray], np.ndarray]:
    """Test features after each of `EPOCHS`, and their labels."""
    data = datasets.load("mnist-5k")
    net, film = layers.digit_network(features=2, seed=SEED), []

    def keep(epoch, net, w):
        if epoch.number in EPOCHS:
            film.append(train.features(net, data.test.images))

    train.fit(
        net,
        losses.SoftmaxLoss(),
        data,
        epochs=EPOCHS[-1],
        seed=SEED,
        on_epoch=keep,
        progress=False,
    )
    return film, data.test.labels


def on_canvas(film: list[np.ndarray]) -> list[np.ndarray]:
    """All pictures with one scale for both axes, and the origin where it is; y points
    up."""
    low, high = (f([f(x, axis=0) for x in film], axis=0) for f in (np.min, np.max))
    scale = min((WIDTH - 40) / (high - low)[0], (HEIGHT - 60) / (high - low)[1])
    shift = np.array([WIDTH, HEIGHT - 30]) / 2
    return [(x - (low + high) / 2) * scale * (1, -1) + shift for x in film]


def draw_social(film: list[np.ndarray], labels: np.ndarray) -> None:
    """1200 x 630 pixels, as the networks that preview a link want them."""
    with mpl.rc_context({"font.family": "DejaVu Serif"}):
        fig = Figure(figsize=(12, 6.3), dpi=100, facecolor="#10233f")
        fig.text(0.5, 0.87, "Margins", size=54, color="white", ha="center")
        words = "the loss functions of deep recognition, derived by hand"
        fig.text(0.5, 0.79, words, size=21, color="#c9d6ea", ha="center")
        for left, x, label in zip(
            (0.04, 0.52), (film[0], film[-1]), LABELS, strict=True
        ):
            ax = fig.add_axes((left, 0.1, 0.44, 0.62))
            for j, color in enumerate(figures.class_colors):
                ax.plot(*x[labels == j].T, ".", color=color, markersize=8, alpha=0.9)
            ax.set(aspect="equal", xlim=(0, WIDTH), ylim=(HEIGHT, 0))
            ax.axis("off")
            fig.text(left + 0.22, 0.05, label, size=17, color="#c9d6ea", ha="center")
        fig.savefig(STATIC / "social.png")


if __name__ == "__main__":
    main()
