"""The open-set comparison: what is compared with whom, and that its results are all
there."""

from dataclasses import replace

import numpy as np
import pytest

from margins import figures, open_set, results
from mlcore import datasets, layers, metrics, train


def small_digits():
    ds = datasets.open_set(datasets.load("digits"), unseen=(7, 8, 9))
    return replace(
        ds, train=datasets.Split(ds.train.images[:200], ds.train.labels[:200])
    )


def small_network(seed=0):
    return layers.Sequential(
        [layers.Flatten(), layers.Linear(64, 16)], seed=seed, input_shape=(8, 8, 1)
    )


def features(seed=0, people=5, each=4):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(people), each)
    return rng.normal(size=(people, 6))[y] + 0.8 * rng.normal(size=(len(y), 6)), y


@pytest.mark.parametrize("name", open_set.objectives(steps=1))
def test_every_loss_tells_the_seen_apart_without_a_row_for_the_unseen(name):
    ds = small_digits()
    net = small_network()

    def eer():
        return open_set.verifier(
            train.features(net, ds.train.images), ds.train.labels
        ).eer()

    before = eer()
    objective = open_set.objectives(steps=4 * 15)[name]
    history = train.fit(net, data=ds, **objective, epochs=15, progress=False)
    assert history.test_accuracy is None
    assert history.w.shape == (7, 16)
    assert eer() < 0.75 * before
    assert np.isfinite(
        open_set.measure(train.features(net, ds.test.images), ds.test.labels)["eer"]
    )


def test_a_balanced_list_has_all_genuine_pairs_and_as_many_impostors():
    pairs = metrics.all_pairs(*features())
    listed = open_set.balanced(pairs, seed=1)
    assert listed.same.sum() == pairs.same.sum() == (~listed.same).sum()
    # Each is a pair of the whole, and none is there twice.
    whole = {
        tuple(indices): score
        for indices, score in zip(pairs.indices.tolist(), pairs.scores, strict=True)
    }
    assert all(
        whole[tuple(indices)] == score
        for indices, score in zip(listed.indices.tolist(), listed.scores, strict=True)
    )
    assert len({tuple(pair) for pair in listed.indices.tolist()}) == len(listed.same)
    other = open_set.balanced(pairs, seed=2)
    assert (other.indices != listed.indices).any()


def test_what_is_measured_is_in_percent():
    x, y = features(people=20, each=12)
    v = open_set.verifier(x, y)
    found = open_set.measure(x, y)
    assert found["eer"] == 100 * v.eer()
    assert found["tar"] == [100 * v.tar_at_far(far) for far in open_set.FARS]
    assert found["recall"] == 100 * metrics.recall_at_k(x, y)
    assert 50 < found["ten_folds"] < 100


@pytest.mark.parametrize(("name", "seeds"), [("faces", 3), ("clothes", 1)])
def test_the_results_have_every_loss_on_every_split_and_seed(name, seeds):
    runs = results.runs(f"{name}-*")
    assert sorted((run["loss"], run["seed"]) for run in runs) == sorted(
        [("pixels", 0)]
        + [
            (loss, seed)
            for loss in ("untrained", *open_set.objectives(steps=1))
            for seed in range(seeds)
        ]
    )
    for run in runs:
        assert len(run["splits"]) == len(run["settings"]["unseen"])
        for split in run["splits"]:
            assert len(split["curve"]) == len(run["settings"]["curve_fars"])
            assert sorted(split["curve"]) == split["curve"], "TAR falls as FAR grows"
            assert split["interval"]["eer"][0] <= split["interval"]["eer"][1]
    for loss in open_set.objectives(steps=1):
        assert figures.style(loss)["label"]


def test_the_results_have_every_number_of_people():
    runs = results.runs("people-*")
    assert [len(run["splits"]) for run in runs] == [4] * 3 * 4
    assert len({(run["loss"], run["people"]) for run in runs}) == len(runs)
    assert {run["people"] for run in runs} == {5, 10, 20, 30}


def test_everybody_among_the_faces_is_judged_once():
    unseen = results.runs("faces-softmax")[0]["settings"]["unseen"]
    assert sorted(person for split in unseen for person in split) == list(range(40))


def test_the_lfw_protocol_from_the_list_to_the_accuracies(tmp_path):
    """Images and a list of the official form; the features are the pixels
    themselves."""
    rng = np.random.default_rng(0)
    lines, people = ["3\t4"], [f"Person_{letter}" for letter in "ABCDEF"]
    images = {}
    for person in people:
        (tmp_path / person).mkdir()
        face = rng.integers(0, 256, (5, 4))
        for number in 1, 2, 3:
            noisy = np.clip(face + rng.integers(-60, 60, (5, 4)), 0, 255).astype(
                np.uint8
            )
            images[person, number] = noisy
            path = tmp_path / person / f"{person}_{number:04d}.pgm"
            path.write_bytes(b"P5 4 5 255\n" + noisy.tobytes())
    expected = []
    for fold in range(3):
        one, other = people[2 * fold : 2 * fold + 2]
        genuine = [
            (one, 1, one, 2),
            (one, 2, one, 3),
            (other, 1, other, 2),
            (other, 1, other, 3),
        ]
        impostor = [(one, i, other, j) for i, j in [(1, 1), (2, 1), (3, 2), (1, 3)]]
        lines += [f"{a}\t{i}\t{j}" for a, i, _, j in genuine]
        lines += [f"{a}\t{i}\t{b}\t{j}" for a, i, b, j in impostor]
        expected += [
            (fold, kind, *pair)
            for kind, group in ((1, genuine), (0, impostor))
            for pair in group
        ]
    (tmp_path / "pairs.txt").write_text("\n".join(lines) + "\n")

    listed = datasets.lfw_pairs(tmp_path, tmp_path / "pairs.txt")
    x = np.concatenate([datasets.scaled(batch) for batch in listed.batches()])
    x = x.reshape(len(listed.paths), -1)
    v = metrics.verification(
        metrics.cosines(x[listed.first], x[listed.second]), listed.same
    )

    def cosine(a, i, b, j):
        a, b = (images[who].astype(float).ravel() for who in ((a, i), (b, j)))
        return a @ b / np.sqrt((a @ a) * (b @ b))

    scores = np.array([cosine(*row[2:]) for row in expected])
    same, fold = (np.array([row[k] for row in expected]) for k in (1, 0))
    by_hand = metrics.verification(scores, same)
    np.testing.assert_allclose(v.scores, by_hand.scores, rtol=1e-6)
    assert v.fold_accuracies(listed.fold) == by_hand.fold_accuracies(fold)
    assert len(v.fold_accuracies(listed.fold)) == 3
