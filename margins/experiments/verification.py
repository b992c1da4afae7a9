"""Open-set verification: all losses on one network, judged on people and clothes never
trained on.

Run as ``python -m margins.experiments.verification faces`` or ``... fashion`` from the root of
the repository; either takes some ten minutes of one core and writes
``margins/results/verification-faces.json`` or ``-fashion.json``, which chapter 12 draws.
Cut off, it goes on where it was.

The faces of AT&T are split four times into 30 people to train on and 10 others, so that
each of the 40 is judged once by every loss and seed; the classes of Fashion-MNIST five
times into seven and three. The settings were fixed when every loss had reached accuracy
1 on the people trained on; nothing was chosen by what came out for the others.
"""

import argparse
import json
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from tqdm import tqdm

from margins import open_set, provenance, results
from mlcore import checkpoints, datasets, layers, locks, metrics, train
from mlcore.layers import BatchNorm, Conv2d, Flatten, Linear, PReLU, Sequential

FOLDER = Path(results.__file__).parent
CURVE = [float(f"{far:.3g}") for far in np.logspace(-3, 0, 31)]


@dataclass(frozen=True)
class Setting:
    """A data set, how to split it, a network and a training."""

    unseen: tuple[tuple[int, ...], ...]
    epochs: int
    seeds: tuple[int, ...]
    samples: int  # of the bootstrap
    batch: int = 64
    s: float = 16.0


FACES = Setting(
    unseen=tuple(tuple(range(k, 40, 4)) for k in range(4)),
    epochs=40,
    seeds=(0, 1, 2),
    samples=400,
)
FASHION = Setting(
    unseen=tuple(tuple((2 * k + i) % 10 for i in range(3)) for k in range(5)),
    epochs=5,
    seeds=(0,),
    samples=100,
)


# [faces]
@lru_cache(maxsize=1)
def faces(unseen):
    """All photographs of the other people to train on, all of `unseen` to judge on, 28
    x 23."""
    ds = datasets.load("att-faces")
    images = np.concatenate([ds.train.images, ds.test.images])
    labels = np.concatenate([ds.train.labels, ds.test.labels])
    # Means of 4 x 4 pixels: the network trains in seconds, and faces stay faces.
    small = images.reshape(len(images), 28, 4, 23, 4, 1).mean(axis=(2, 4))
    everybody = datasets.Split(np.rint(small).astype(np.uint8), labels)
    return datasets.open_set(replace(ds, train=everybody, test=everybody), unseen)


def face_network(seed):
    """`layers.digit_network` for images of 28 x 23, with 64 features."""
    return Sequential(
        [
            Conv2d(1, 16, kernel=5, stride=2, padding=2, bias=False),
            BatchNorm(16),
            PReLU(16),
            Conv2d(16, 32, kernel=5, stride=2, padding=2, bias=False),
            BatchNorm(32),
            PReLU(32),
            Flatten(),
            Linear(7 * 6 * 32, 64),
        ],
        seed=seed,
        input_shape=(28, 23, 1),
    )


# [/faces]


@lru_cache(maxsize=1)
def fashion(unseen):
    """500 images of each of the seven classes to train on, 100 of each of the others to
    judge on."""
    ds = datasets.open_set(datasets.load("fashion-mnist"), unseen)
    return replace(
        ds, train=first_of_each(ds.train, 500), test=first_of_each(ds.test, 100)
    )


def first_of_each(split, count):
    """The first `count` images of each class, in the order of the file."""
    kept = [
        np.flatnonzero(split.labels == label)[:count]
        for label in np.unique(split.labels)
    ]
    kept = np.sort(np.concatenate(kept))
    return datasets.Split(split.images[kept], split.labels[kept])


def fashion_network(seed):
    return layers.digit_network(features=64, seed=seed)


SETTINGS = {
    "faces": (FACES, faces, face_network),
    "fashion": (FASHION, fashion, fashion_network),
}


def main(name):
    """Measure what the results file does not hold yet, run by run."""
    setting, load, network = SETTINGS[name]
    path = FOLDER / f"verification-{name}.json"
    with locks.held(path):
        checkpoints.sweep(path)
        settings = described(setting, load(setting.unseen[0]), network(0))
        report = begun(
            path, settings, f"python -m margins.experiments.verification {name}"
        )
        done = {(run["loss"], run["split"], run["seed"]) for run in report["runs"]}
        jobs = [
            (split, seed, loss)
            for split in range(len(setting.unseen))
            for seed in setting.seeds
            for loss in ("pixels", "untrained", *open_set.objectives(steps=1))
            if seed == 0 or loss != "pixels"  # pixels have no seed
        ]
        for split, seed, loss in tqdm(
            [job for job in jobs if (job[2], *job[:2]) not in done]
        ):
            data = load(setting.unseen[split])
            measured = run(loss, data, network(seed), setting, seed)
            report["runs"].append(
                {"loss": loss, "split": split, "seed": seed} | measured
            )
            report["stretches"][-1]["runs"][1] = len(report["runs"])
            checkpoints.write_whole(path, (json.dumps(report) + "\n").encode())


def begun(path, settings, command):
    """The report in the file, or an empty one, with a stretch for the runs that will
    follow.

    Raises
    ------
    ValueError
        If the file is of other settings: it would be lost.
    """
    here, settings = provenance.of_this_run(command), json.loads(json.dumps(settings))
    stretch = {k: v for k, v in here.items() if k != "command"}
    if not path.exists():
        return here | {
            "settings": settings,
            "runs": [],
            "stretches": [stretch | {"runs": [1, 0]}],
        }
    report = json.loads(path.read_text(encoding="utf-8"))
    before = report["settings"]  # An older file may not have named all of them.
    changed = [
        key for key in settings if before.get(key, settings[key]) != settings[key]
    ]
    if changed:
        raise ValueError(
            f"{path} holds runs of other settings: {', '.join(changed)} changed. Move"
            " it away to start again"
        )
    count = len(report["runs"])
    earlier = report.get("stretches") or [
        results.stretches(report)[0] | {"runs": [1, count]}
    ]
    # The head of the file names what its last runs were made by, the stretches all.
    return (
        report
        | here
        | {"stretches": [*earlier, stretch | {"runs": [count + 1, count]}]}
    )


def run(loss, data, net, setting, seed):
    """One row of the table: the numbers on the unseen, some of them on the seen, and
    intervals."""
    if loss == "pixels":
        seen, unseen = (centred(split.images) for split in (data.train, data.test))
    else:
        if loss != "untrained":
            steps = setting.epochs * math.ceil(len(data.train) / setting.batch)
            objective = open_set.objectives(steps, setting.s)[loss]
            run = {"epochs": setting.epochs, "batch": setting.batch, "seed": seed}
            train.fit(net, data=data, **objective, **run, progress=False)
        seen, unseen = (
            train.features(net, split.images) for split in (data.train, data.test)
        )
    pairs = metrics.all_pairs(unseen, data.test.labels)
    v = metrics.verification(pairs.scores, pairs.same, units(pairs, data))
    some = first_of_each(replace(data.train, images=seen), 20)
    return rounded(
        open_set.measure(unseen, data.test.labels)
        | {
            "seen": open_set.measure(some.images, some.labels),
            "curve": [100 * v.tar_at_far(far) for far in CURVE],
            "interval": {
                "eer": list(v.interval(lambda v: 100 * v.eer(), setting.samples)),
                "tar": [
                    list(
                        v.interval(
                            lambda v, far=far: 100 * v.tar_at_far(far), setting.samples
                        )
                    )
                    for far in open_set.FARS
                ],
            },
        }
    )


def units(pairs, data):
    """Who is drawn in the bootstrap: people; but images where there are only three
    classes."""
    return pairs.identities if len(np.unique(data.test.labels)) >= 10 else pairs.indices


def centred(images):
    """The pixels themselves as features: without their mean, or every cosine would be
    near 1."""
    pixels = datasets.scaled(images).reshape(len(images), -1)
    return pixels - pixels.mean(axis=1, keepdims=True)


def rounded(value):
    """Numbers in percent with three decimals: the file is part of the package."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return round(value, 3)


def described(setting, data, net):
    return {
        "data": repr(data),
        "network": repr(net),
        "losses": {
            name: repr(head(1) if callable(head := objective["head"]) else head)
            for name, objective in open_set.objectives(steps=100, s=setting.s).items()
        },
        "optimiser": "train.default_optimiser",
        "epochs": setting.epochs,
        "batch": setting.batch,
        "s": setting.s,
        "seeds": setting.seeds,
        "unseen": setting.unseen,
        "fars": open_set.FARS,
        "curve_fars": CURVE,
        "bootstrap": (
            f"{'people' if setting is FACES else 'images'}, {setting.samples} samples"
        ),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Open-set verification of all losses.")
    parser.add_argument("name", choices=SETTINGS)
    main(parser.parse_args().name)
