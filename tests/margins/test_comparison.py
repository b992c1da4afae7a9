"""The comparison of chapter 11: right heads, and results that tell of their making."""

import re

import numpy as np
import pytest

from margins import comparison, results
from margins.experiments import compare
from margins.figures import style
from mlcore import datasets, layers, losses, metrics, train
from mlcore.gradcheck import gradcheck


@pytest.mark.parametrize("name", comparison.objectives(steps=100))
def test_every_head_returns_the_gradient_of_its_loss(name):
    # Small: with many samples some entry's gradient is so small beside the loss that
    # rounding in the differences comes to 1e-7, and which machine rounds so decides.
    rng = np.random.default_rng(7)
    batch = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.integers(0, 3, size=3)
    head = comparison.objectives(steps=100)[name]["head"]
    head = head(60) if callable(head) else head
    assert gradcheck(head, batch).max_relative_error < 1e-7
    assert style(name)["label"]  # it can be drawn


def test_what_is_measured_is_what_the_training_ends_with():
    """Center loss included: `measure` hands all of an objective on, not its head
    alone."""
    ds = datasets.load("digits")
    objective = comparison.objectives(steps=23)["center"]
    nets = [
        layers.Sequential(
            [layers.Flatten(), layers.Linear(64, 8)],
            seed=0,
            dtype="float64",
            input_shape=(8, 8, 1),
        )
        for _ in range(2)
    ]
    measured = comparison.measure(objective, nets[0], ds, epochs=1, seed=3)
    center = {"center_loss": losses.CenterLoss(alpha=0.5), "center_weight": 0.01}
    history = train.fit(
        nets[1], losses.SoftmaxLoss(), ds, epochs=1, seed=3, **center, progress=False
    )
    assert measured["test_accuracy"] == 100 * history.test_accuracy
    assert measured["fisher"] == metrics.angular_fisher_score(
        train.features(nets[1], ds.test.images), ds.test.labels
    )


def test_the_results_are_those_of_the_losses_compared_today():
    """A loss that joins the comparison has to be trained before the page can show
    it."""
    trained = [(run["experiment"], run["seed"]) for run in results.runs("compare-*")]
    assert sorted(trained) == sorted(
        (f"compare-{name}", seed)
        for name in comparison.objectives(steps=1)
        for seed in (0, 1, 2)
    )


def test_the_results_say_how_they_were_made():
    for run in results.runs("compare-*"):
        assert run["command"] == "python -m experiments.compare_losses"
        assert re.fullmatch("[0-9a-f]{40}", run["commit"])  # of a clean tree
        assert {"date", "machine", "versions", "settings"} <= run.keys()


def test_the_experiments_train_as_the_page_does():
    """The same heads, at every step, and center loss with the same weight."""
    assert len(compare.FAMILY) == len(comparison.objectives(steps=100))
    for one, (name, objective) in zip(
        compare.FAMILY, comparison.objectives(steps=100).items(), strict=True
    ):
        ours, theirs = (
            [head(step) if callable(head) else head for step in (1, 60, 100)]
            for head in (one.head(100), objective["head"])
        )
        assert one.name == f"compare-{name}"
        assert ours == theirs
        assert one.center_loss == objective.get("center_loss")
        assert one.center_weight == objective.get("center_weight", 0.0)
