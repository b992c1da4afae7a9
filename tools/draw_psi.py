"""Draw the picture of README.md, ``book/_static/psi.svg``: python -m tools.draw_psi"""

import numpy as np

from margins import figures
from mlcore.losses.l_softmax import psi_and_rho
from tools import ROOT

ALT = (
    "Four falling curves over the angle from 0 to pi. For m = 1 it is the cosine, from"
    " 1 to -1; for m = 2, 3 and 4 the curve falls ever faster, in m waves, to -3, -5"
    " and -7."
)


def main() -> None:
    theta = np.linspace(0, np.pi, 241)
    fig, ax = figures.panel(height=3.0)
    for m, look in zip((1, 2, 3, 4), figures.steps(4), strict=True):
        psi, _ = psi_and_rho(m, np.cos(theta), np.sin(theta))
        label = "m = 1: softmax" if m == 1 else f"m = {m}"
        ax.plot(theta, psi, label=label, **look)
    ax.set(
        xlabel="angle θ between the feature and its class",
        title="The target logit of L-Softmax, ψ(θ)",
        xticks=np.linspace(0, np.pi, 5),
        xticklabels=["0", "π/4", "π/2", "3π/4", "π"],
    )
    ax.legend(loc="lower left")
    figures.save(fig, ROOT / "book" / "_static" / "psi.svg", alt=ALT)


if __name__ == "__main__":
    main()
