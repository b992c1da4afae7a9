"""Dividing a data set: nothing is lost, nothing is in two places, and the seed
decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcore import datasets
from mlcore.datasets.splits import stratified_split


def numbered(classes=5, train=8, test=3):
    """A data set whose images are numbers, so that each can be recognised."""

    def split(first, each):
        n = classes * each
        images = np.arange(first, first + n).astype(np.uint8).reshape(n, 1, 1, 1)
        return datasets.Split(images, np.tile(np.arange(classes), each))

    return datasets.Dataset(
        name="numbered",
        train=split(0, train),
        test=split(classes * train, test),
        classes=tuple("abcdefghij"[:classes]),
        licence="none",
        source="made by a test",
    )


def images(split):
    return split.images.ravel().tolist()


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.data())
def test_stratified_split_is_a_partition_with_fair_shares(labels, data):
    labels = np.array(labels)
    test_size = data.draw(st.integers(0, len(labels)))
    numbers = np.arange(len(labels))
    train, test = stratified_split(numbers, labels, test_size, seed=3)
    assert sorted([*train.images, *test.images]) == list(numbers)
    assert len(test) == test_size
    assert np.array_equal(labels[test.images], test.labels)
    for label in set(labels.tolist()):
        share = test_size * np.mean(labels == label)
        assert abs(np.sum(test.labels == label) - share) < 1


def test_hold_out_takes_from_the_training_images_only():
    ds = numbered()
    held = datasets.hold_out(ds, 10, seed=1)
    assert sorted(images(held.train) + images(held.validation)) == images(ds.train)
    assert held.test is ds.test
    assert np.bincount(held.validation.labels).tolist() == [2] * 5
    assert images(datasets.hold_out(ds, 10, seed=1).validation) == images(
        held.validation
    )
    assert images(datasets.hold_out(ds, 10, seed=2).validation) != images(
        held.validation
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size must be an integer >= 1, got 0"),
        ({"size": 40}, "size must leave some of the 40 training images, got 40"),
        ({"size": 5, "seed": -1}, "seed must be an integer >= 0, got -1"),
    ],
)
def test_hold_out_names_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        datasets.hold_out(numbered(), **arguments)


def test_hold_out_is_refused_twice():
    held = datasets.hold_out(numbered(), 5)
    with pytest.raises(ValueError, match="no validation split yet, got one of 5"):
        datasets.hold_out(held, 5)
    with pytest.raises(ValueError, match="open_set first"):
        datasets.open_set(held, [0])


def test_open_set_keeps_names_with_their_images():
    ds = numbered()
    opened = datasets.open_set(ds, unseen=(3, 1))
    assert opened.classes == ("a", "c", "e", "d", "b")
    for before, after, seen in (
        (ds.train, opened.train, "ace"),
        (ds.test, opened.test, "db"),
    ):
        name = {
            i: ds.classes[j] for i, j in zip(images(before), before.labels, strict=True)
        }
        expected = [i for i in images(before) if name[i] in seen]
        assert images(after) == expected
        assert [opened.classes[j] for j in after.labels] == [name[i] for i in expected]
    # what a classifier takes for its number of classes
    assert opened.train.labels.max() == 2


@pytest.mark.parametrize(
    ("unseen", "message"),
    [
        ([], r"from 1 to 4 different labels, got \[\]"),
        ([1, 1], r"from 1 to 4 different labels, got \[1, 1\]"),
        (range(5), "from 1 to 4 different labels"),
        ([0, 5], r"labels in \[0, 5\), but unseen\[1\] is 5"),
        ([-1], r"unseen\[0\] must be an integer >= 0"),
    ],
)
def test_open_set_names_what_is_wrong(unseen, message):
    with pytest.raises(ValueError, match=message):
        datasets.open_set(numbered(), unseen)


@pytest.mark.parametrize("unseen", [3, "3", None])
def test_open_set_wants_a_sequence(unseen):
    with pytest.raises(
        TypeError, match=f"unseen must be a sequence of labels, got {unseen!r}"
    ):
        datasets.open_set(numbered(), unseen)


def test_by_person_separates_people_and_uses_all_their_images():
    ds = numbered()
    split = datasets.by_person(ds, 2, seed=0)
    assert len(split.train) == 3 * 11
    assert len(split.test) == 2 * 11
    assert set(split.train.labels.tolist()) == {0, 1, 2}
    assert set(split.test.labels.tolist()) == {3, 4}
    assert sorted(images(split.train) + images(split.test)) == images(
        ds.train
    ) + images(ds.test)


def test_by_person_draws_other_people_with_another_seed():
    drawn = {datasets.by_person(numbered(), 2, seed).classes[3:] for seed in range(8)}
    assert len(drawn) > 3
    with pytest.raises(
        ValueError, match="test_people must leave some of the 5 people, got 5"
    ):
        datasets.by_person(numbered(), 5)
