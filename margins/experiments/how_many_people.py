"""How many people must training see? The faces of `margins.experiments.verification`, with
fewer of them.

Run as ``python -m margins.experiments.how_many_people`` from the root of the repository; it
takes some three minutes of one core and writes
``margins/results/verification-people.json``, which chapter 12 draws. The ten people
judged are the same for 5, 10, 20 and 30 people trained on, and so is the number of
steps, about: fewer photographs are seen more often.
"""

import argparse
import json
from dataclasses import replace

from tqdm import tqdm

from margins import open_set, provenance
from margins.experiments.verification import FACES, FOLDER, face_network, faces, rounded
from mlcore import checkpoints, datasets, train

PEOPLE, LOSSES = (5, 10, 20, 30), ("softmax", "l-softmax", "arcface")
OUT = FOLDER / "verification-people.json"


def main():
    jobs = [
        (s, n, loss)
        for s in range(len(FACES.unseen))
        for n in PEOPLE
        for loss in LOSSES
    ]
    runs = [
        {"loss": loss, "split": split, "people": people}
        | run(loss, FACES.unseen[split], people)
        for split, people, loss in tqdm(jobs)
    ]
    report = provenance.of_this_run("python -m margins.experiments.how_many_people") | {
        "settings": {
            "people": PEOPLE,
            "epochs": [epochs(people) for people in PEOPLE],
            "batch": FACES.batch,
            "s": FACES.s,
            "seeds": [0],
            "unseen": FACES.unseen,
            "fars": open_set.FARS,
        },
        "runs": runs,
    }
    checkpoints.write_whole(OUT, (json.dumps(report) + "\n").encode())


def epochs(people):
    return FACES.epochs * 30 // people


def run(loss, unseen, people):
    """The numbers on the unseen, after training on the first `people` of the others."""
    data = faces(unseen)
    known = data.train.labels < people
    data = replace(
        data, train=datasets.Split(data.train.images[known], data.train.labels[known])
    )
    steps = epochs(people) * -(-len(data.train) // FACES.batch)
    net = face_network(seed=0)
    objective = open_set.objectives(steps, FACES.s)[loss]
    training = {"epochs": epochs(people), "batch": FACES.batch}
    train.fit(net, data=data, **objective, **training, progress=False)
    return rounded(
        open_set.measure(train.features(net, data.test.images), data.test.labels)
    )


if __name__ == "__main__":
    argparse.ArgumentParser(
        description="The faces of chapter 12, with fewer people."
    ).parse_args()
    main()
