"""All losses that train a classifier on mnist-5k: one network, several seeds, the last epoch.

Run as ``python -m experiments.compare_losses`` from the root of the repository; it takes about five
minutes of one core and replaces ``mlcore/results/compare-losses-mnist-5k.json``, which chapter 11
draws.
"""

import json
import math
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from mlcore import comparison, datasets, layers, results

OUT = Path(results.__file__).parent / "compare-losses-mnist-5k.json"
DATA, FEATURES, EPOCHS, BATCH, SEEDS = "mnist-5k", 64, 8, 64, (0, 1, 2)


def main():
    data = datasets.load(DATA)
    steps = EPOCHS * math.ceil(len(data.train.labels) / BATCH)
    heads = comparison.heads(steps)
    runs = []
    for seed, name in tqdm([(seed, name) for seed in SEEDS for name in heads]):
        net = layers.digit_network(features=FEATURES, seed=seed)
        measured = comparison.measure(heads[name](), net, data, EPOCHS, BATCH, seed)
        runs.append({"loss": name, "seed": seed} | measured)
    write({
        "command": "python -m experiments.compare_losses",
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, one core",
        "versions": {"python": platform.python_version(), "numpy": version("numpy")},
        "settings": {
            "data": DATA,
            "network": f"layers.digit_network(features={FEATURES})",
            "optimiser": "train.default_optimiser",
            "epochs": EPOCHS,
            "batch": BATCH,
            "seeds": SEEDS,
        },
        "runs": runs,
    })  # fmt: skip


def commit():
    """The commit of the sources, with a mark if the library has been changed since."""
    git = ["git", "-C", str(OUT.parent)]
    name = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    changed = subprocess.check_output(
        [*git, "status", "--porcelain", "--", ":/mlcore/**/*.py"], text=True
    )
    return f"{name} with local changes" if changed else name


def write(report):
    """All or nothing: an interrupted run leaves the old file."""
    new = OUT.with_suffix(".new")
    new.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    new.replace(OUT)


if __name__ == "__main__":
    main()
