"""The comparison of chapter 11: its heads are right, and its results file says how it was made."""

import re

import numpy as np
import pytest

from mlcore import comparison, losses, results
from mlcore.figures import style
from mlcore.gradcheck import gradcheck

RESULTS = "compare-losses-mnist-5k"


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 5)), rng.normal(size=(4, 5)), rng.integers(0, 4, size=12)


@pytest.mark.parametrize("name", comparison.heads(steps=100))
def test_every_head_returns_the_gradient_of_its_loss(name, batch):
    head = comparison.heads(steps=100)[name]()
    head = head(60) if callable(head) else head
    if name == "center":
        head.center = losses.CenterLoss(alpha=0.0)  # or the centers move between evaluations
    assert gradcheck(head, batch).max_relative_error < 1e-7
    assert style(name)["label"]  # it can be drawn


def test_the_center_head_follows_algorithm_1(batch):
    """Centers move by the paper's rule, after the pass that used them, whatever the weight is."""
    x, w, y = batch
    head, rule = comparison.CenterHead(weight=0.3), losses.CenterLoss(alpha=0.5)
    centers = np.zeros_like(w)
    for _ in range(3):
        loss, saved = head.forward(x, w, y)
        near, saved_by_rule = rule.forward(x, centers, y)
        assert loss == pytest.approx(losses.SoftmaxLoss().forward(x, w, y)[0] + 0.3 * near)
        head.backward(saved)
        centers = rule.update(centers, saved_by_rule)
        np.testing.assert_array_equal(head.centers, centers)


def test_each_run_starts_from_fresh_centers():
    make = comparison.heads(steps=10)["center"]
    assert make() is not make()


def test_the_results_are_those_of_the_losses_compared_today():
    """A loss that joins the comparison has to be trained before the page can show it."""
    report = results.load(RESULTS)
    trained = [(run["loss"], run["seed"]) for run in report["runs"]]
    heads, seeds = comparison.heads(steps=1), report["settings"]["seeds"]
    assert sorted(trained) == sorted((name, seed) for name in heads for seed in seeds)


def test_the_results_say_how_they_were_made():
    report = results.load(RESULTS)
    assert report["command"] == "python -m experiments.compare_losses"
    assert re.fullmatch("[0-9a-f]{40}", report["commit"])  # of a clean tree
    assert {"date", "machine", "versions", "settings"} <= report.keys()


def test_an_unknown_results_file_is_refused_with_a_list():
    with pytest.raises(ValueError, match=RESULTS):
        results.load("nothing")
