"""All losses that train a classifier on mnist-5k: one network, several seeds, the last
epoch.

Run as ``python -m margins.experiments.compare_losses`` from the root of the repository; it
takes about five minutes of one core and replaces
``margins/results/compare-losses-mnist-5k.json``, which chapter 11 draws.
"""

import json
import math
from pathlib import Path

from tqdm import tqdm

from margins import comparison, provenance, results
from mlcore import checkpoints, datasets, layers

OUT = Path(results.__file__).parent / "compare-losses-mnist-5k.json"
DATA, FEATURES, EPOCHS, BATCH, SEEDS = "mnist-5k", 64, 8, 64, (0, 1, 2)


def main():
    data = datasets.load(DATA)
    steps = EPOCHS * math.ceil(len(data.train.labels) / BATCH)
    objectives = comparison.objectives(steps)
    runs = []
    for seed, name in tqdm([(seed, name) for seed in SEEDS for name in objectives]):
        net = layers.digit_network(features=FEATURES, seed=seed)
        measured = comparison.measure(objectives[name], net, data, EPOCHS, BATCH, seed)
        runs.append({"loss": name, "seed": seed} | measured)
    report = provenance.of_this_run("python -m margins.experiments.compare_losses") | {
        "settings": {
            "data": DATA,
            "network": f"layers.digit_network(features={FEATURES})",
            "optimiser": "train.default_optimiser",
            "epochs": EPOCHS,
            "batch": BATCH,
            "seeds": SEEDS,
        },
        "runs": runs,
    }
    checkpoints.write_whole(OUT, (json.dumps(report, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
