"""Draw the moving picture of the landing page: python book/_tools/draw_hero.py

Trains one network on mnist-5k twice over: first with a margin that lambda = 1000 holds down, then
with lambda falling to 0.1. Writes the features of test images at both times, in two dimensions,
into ``book/_static/hero.svg``, and the two pictures side by side into ``social.png``.
"""

import math
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mlcore import datasets, figures, layers, train
from mlcore.losses import LargeMarginSoftmaxLoss
from mlcore.optim import SGD, StepSchedule, Warmup

STATIC = Path(__file__).resolve().parents[1] / "_static"
SEED, BATCH, WITHOUT, EPOCHS, EACH = 1, 64, 8, 22, 32
WIDTH, HEIGHT = 720, 430

STYLE = """
.hero circle { transform: translate(var(--bx), var(--by)); fill-opacity: .8; }
.hero text { font: 600 15px system-ui, sans-serif; text-anchor: middle; fill: currentColor; }
.hero .label { font-size: 20px; font-weight: 400; }
.hero .first { opacity: 0; }
@media (prefers-reduced-motion: no-preference) {
  .hero circle { animation: gather 3s ease-in-out 1s both; }
  .hero .first { animation: fade 3s linear 1s both reverse; }
  .hero .then { animation: fade 3s linear 1s both; }
  .hero:hover circle { animation-name: gather-again; }
  .hero:hover .first { animation-name: fade-again; }
  .hero:hover .then { animation-name: fade-again; }
}
@keyframes gather { from { transform: translate(var(--ax), var(--ay)); } }
@keyframes gather-again { from { transform: translate(var(--ax), var(--ay)); } }
@keyframes fade { from, 30% { opacity: 0; } 70%, to { opacity: 1; } }
@keyframes fade-again { from, 30% { opacity: 0; } 70%, to { opacity: 1; } }
"""
ALT = (
    "Features of handwritten digits as points in the plane, ten classes in ten colours. At first "
    "each class is a broad ray from the middle and neighbours overlap; then a margin is turned on "
    "and every ray becomes narrow."
)


def main():
    before, after, labels = trained()
    chosen = np.concatenate([np.flatnonzero(labels == j)[:EACH] for j in range(10)])
    before, after, labels = (
        on_canvas(before[chosen]),
        on_canvas(after[chosen]),
        labels[chosen],
    )
    (STATIC / "hero.svg").write_text(svg(before, after, labels), encoding="utf-8")
    draw_social(before, after, labels)


def trained():
    """Test features before and after the margin, and their labels."""
    data = datasets.load("mnist-5k")
    steps = math.ceil(len(data.train.labels) / BATCH)
    first = WITHOUT * steps

    def head(step):
        lam = 1000.0 if step <= first else max(0.1, 1000 * math.exp(-(step - first) / 70))
        return LargeMarginSoftmaxLoss(m=3, lam=lam)

    rate = StepSchedule(0.05, (first + 9 * steps, first + 12 * steps), factor=0.1)
    optimiser = SGD(lr=Warmup(rate, steps=60), momentum=0.9, weight_decay=5e-4, clip_norm=5.0)
    net, film = layers.digit_network(features=2, seed=SEED), {}

    def keep(epoch, net, w):
        if epoch.number in (WITHOUT, EPOCHS):
            film[epoch.number] = train.features(net, data.test.images)

    train.fit(
        net,
        head,
        data,
        epochs=EPOCHS,
        batch=BATCH,
        optimiser=optimiser,
        seed=SEED,
        on_epoch=keep,
        progress=False,
    )
    return film[WITHOUT], film[EPOCHS], data.test.labels


def on_canvas(x):
    """The points scaled to the canvas, by one factor for both axes; y points up in a plane."""
    low, high = x.min(axis=0), x.max(axis=0)
    scale = min((WIDTH - 40) / (high - low)[0], (HEIGHT - 40) / (high - low)[1])
    centred = (x - (low + high) / 2) * scale * (1, -1)
    return centred + np.array([WIDTH, HEIGHT]) / 2


def svg(before, after, labels):
    dots = "".join(
        f'<circle r="3.4" fill="{figures.class_colors[j]}" style="--ax:{a[0]:.0f}px;'
        f'--ay:{a[1]:.0f}px;--bx:{b[0]:.0f}px;--by:{b[1]:.0f}px"/>'
        for a, b, j in zip(before, after, labels, strict=True)
    )
    return (
        f'<svg class="hero" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{ALT}" style="display:block;width:100%;max-width:600px;'
        f'height:auto;margin:0 auto 1rem"><style>{STYLE}</style>{dots}'
        f'<text class="label first" x="{WIDTH / 2}" y="{HEIGHT - 6}">softmax</text>'
        f'<text class="label then" x="{WIDTH / 2}" y="{HEIGHT - 6}">with a margin</text></svg>\n'
    )


def draw_social(before, after, labels):
    """1200 x 630 pixels, as the networks that preview a link want them."""
    with mpl.rc_context({"font.family": "DejaVu Serif"}):
        fig = Figure(figsize=(12, 6.3), dpi=100, facecolor="#10233f")
        fig.text(0.5, 0.87, "Margins", size=54, color="white", ha="center")
        fig.text(0.5, 0.79, "the loss functions of deep recognition, derived by hand", size=21,
                 color="#c9d6ea", ha="center")  # fmt: skip
        for left, x, title in (0.04, before, "softmax"), (0.52, after, "with a margin"):
            ax = fig.add_axes((left, 0.1, 0.44, 0.62))
            for j, color in enumerate(figures.class_colors):
                ax.plot(*x[labels == j].T, ".", color=color, markersize=8, alpha=0.9)
            ax.set(aspect="equal", xlim=(0, WIDTH), ylim=(HEIGHT, 0))
            ax.axis("off")
            fig.text(left + 0.22, 0.05, title, size=17, color="#c9d6ea", ha="center")
        fig.savefig(STATIC / "social.png")


if __name__ == "__main__":
    main()
