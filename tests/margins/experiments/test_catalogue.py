"""Every experiment that is declared could be run, and says what it is."""

from dataclasses import replace

import pytest

from margins import papers
from margins.experiments import (
    blur,
    catalogue,
    center,
    characters,
    cifar,
    compare,
    detection,
    digits,
    long_tails,
    noise,
    pictures,
    verification,
    views,
)
from mlcore import losses
from mlcore.train.identity import identity

CLASSIFICATION = (
    digits.FAMILY,
    cifar.FAMILY,
    center.FAMILY,
    pictures.FAMILY,
    compare.FAMILY,
)
EXPERIMENTS = {
    experiment.name: experiment for family in CLASSIFICATION for experiment in family
}


def test_no_name_is_given_twice():
    """The second would hide the first."""
    families = (
        *CLASSIFICATION,
        detection.FAMILY,
        detection.SEARCH,
        verification.FAMILY,
        characters.FAMILY,
        noise.FAMILY,
        blur.FAMILY,
        views.FAMILY,
        views.SEARCH,
        long_tails.FAMILY,
    )
    assert len(catalogue.EXPERIMENTS) == sum(len(family) for family in families)


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
def test_head_and_optimiser_are_whole_and_can_be_kept_in_a_checkpoint(experiment):
    head, optimiser = experiment.head(100), experiment.optimiser(100)
    for step in (1, 50, 100):
        at = head(step) if callable(head) else head
        assert identity("head", at)
        assert at.forward
        assert 0 < optimiser.rate(step) < 1
    assert identity("augment", experiment.augment)
    assert identity("optimiser", replace(optimiser, lr=0.0))


@pytest.mark.parametrize(
    "network",
    {e.network: e for e in EXPERIMENTS.values() if e.small}.values(),
    ids=lambda e: e.name,
)
def test_small_networks_take_the_images_of_their_data(network):
    shape = (32, 32, 3) if network.data.startswith("cifar") else (28, 28, 1)
    assert network.network(seed=0).input_shape == shape


def test_every_small_experiment_says_what_is_small():
    for name, experiment in EXPERIMENTS.items():
        assert bool(experiment.small) == name.endswith("-small")


def test_every_figure_of_a_paper_has_its_experiments():
    """A row of a paper that nobody could measure again would be missed."""
    measured = {experiment.paper for experiment in EXPERIMENTS.values()}
    assert measured >= papers.FIGURES.keys()


def test_figures_that_were_only_remembered_bear_a_mark():
    assert str(papers.FIGURES["mnist-softmax"]) == "0.40"
    assert str(papers.FIGURES["cifar100-softmax"]) == "32.74 (unchecked)"
    # One figure of a row may have been compared and its neighbours not.
    assert str(papers.FIGURES["cifar10-l-softmax-m2"]) == "7.73"
    assert str(papers.FIGURES["cifar10-l-softmax-m3"]) == "7.66 (unchecked)"


def test_the_sweeps_of_center_loss_reach_no_center_loss_at_all():
    none = EXPERIMENTS["mnist-center-lambda0-small"]
    assert none.center_weight == 0
    assert none.center_loss == losses.CenterLoss(alpha=0.5)


def test_a_pattern_chooses_and_a_misspelt_name_is_answered():
    assert next(e.name for e in catalogue.chosen("cifar100-*")) == "cifar100-softmax"
    with pytest.raises(
        ValueError, match="mnist-softmx-small'; did you mean mnist-softmax-small"
    ):
        catalogue.chosen("mnist-softmx-small")
