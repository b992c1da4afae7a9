"""Draw the moving picture of the landing page: python -m tools.draw_hero

Trains one network with two features on mnist-5k, and writes the features of test images
after the first, the fourth and the last epoch into ``book/_static/hero.svg``.
"""

import numpy as np

from margins import figures
from mlcore import datasets, layers, losses, train
from tools import ROOT

STATIC = ROOT / "book" / "_static"
SEED, EPOCHS, EACH = 1, (1, 4, 22), 32
WIDTH, HEIGHT = 720, 430

STYLE = """
.hero circle { transform: translate(var(--cx), var(--cy)); fill-opacity: .8; }
.hero text { font: 20px system-ui, sans-serif; text-anchor: middle; }
.hero text { fill: currentColor; }
.hero .first { opacity: 0; }
@media (prefers-reduced-motion: no-preference) {
  .hero circle { animation: part 4s ease-in-out .8s both; }
  .hero .first { animation: fade 4s linear .8s both reverse; }
  .hero .last { animation: fade 4s linear .8s both; }
  .hero:hover circle { animation-name: part-again; }
  .hero:hover text { animation-name: fade-again; }
}
""" + "".join(
    f"@keyframes part{again} {{ from {{ transform: translate(var(--ax), var(--ay)); }}"
    f" 40% {{ transform: translate(var(--bx), var(--by)); }} }}\n@keyframes fade{again}"
    " { from, 20% { opacity: 0; } 80%, to { opacity: 1; } }\n"
    for again in ("", "-again")  # another name starts it again
)
ALT = (
    "Features of handwritten digits as points in the plane, ten classes in ten colours."
    " After one epoch of training the classes lie upon one another around the middle;"
    " after 22 each is a ray of its own."
)
LABELS = f"after {EPOCHS[0]} epoch", f"after {EPOCHS[-1]} epochs"


def main() -> None:
    film, labels = trained()
    chosen = np.concatenate([np.flatnonzero(labels == j)[:EACH] for j in range(10)])
    film, labels = on_canvas([x[chosen] for x in film]), labels[chosen]
    (STATIC / "hero.svg").write_text(svg(film, labels), encoding="utf-8")


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


def svg(film: list[np.ndarray], labels: np.ndarray) -> str:
    dots = "".join(
        f'<circle r="3.4" fill="{figures.class_colors[j]}" style="'
        + ";".join(
            f"--{n}x:{x:.0f}px;--{n}y:{y:.0f}px"
            for n, (x, y) in zip("abc", at, strict=True)
        )
        + '"/>'
        for j, *at in zip(labels, *film, strict=True)
    )
    words = "".join(
        f'<text class="{when}" x="{WIDTH / 2}" y="{HEIGHT - 6}">{label}</text>'
        for when, label in zip(("first", "last"), LABELS, strict=True)
    )
    return (
        f'<svg class="hero" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH}'
        f' {HEIGHT}" role="img" aria-label="{ALT}"'
        ' style="display:block;width:100%;max-width:600px;height:auto;margin:0 auto'
        f' 1rem"><style>{STYLE}</style>{dots}{words}</svg>\n'
    )


if __name__ == "__main__":
    main()
