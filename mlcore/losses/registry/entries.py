"""What the registry holds of a loss, and the arguments that losses are tried with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from mlcore.losses.base import Loss

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Entry:
    """One loss and how to try it.

    Attributes
    ----------
    name : str
        The short name used in figures and tables.
    title : str
        The name in a sentence.
    loss : type
        The class.
    variants : tuple of Loss
        Instances that between them reach every branch of the formulas.
    sample : callable
        ``sample(rng, n, d, c)`` draws NumPy arguments for `forward`, away from kinks.
    source : str
        The paper.
    soft : callable, optional
        As `sample`, with soft targets. Only a loss that takes them has it.
    """

    name: str
    title: str
    loss: type[Loss]
    variants: tuple[Loss, ...]
    sample: Callable[..., Arguments]
    source: str
    soft: Callable[..., Arguments] | None = None


def classification(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Features, class weights and labels; every angle from narrow to wide occurs."""
    return rng.normal(size=(n, d)), rng.normal(size=(c, d)), rng.integers(0, c, size=n)


def biased_classification(
    rng: Generator, n: int = 7, d: int = 5, c: int = 4
) -> Arguments:
    """As `classification`, with a bias."""
    return *classification(rng, n, d, c), rng.normal(size=c)


def sub_centers(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """As `classification`, with three rows of weights a class."""
    y = rng.integers(0, c, size=n)
    return rng.normal(size=(n, d)), rng.normal(size=(c, 3, d)), y


def with_running_lengths(
    rng: Generator, n: int = 7, d: int = 5, c: int = 4
) -> Arguments:
    """As `classification`, with a running mean and standard deviation of lengths."""
    return *classification(rng, n, d, c), np.asarray([1.1, 0.4]) * d**0.5


def with_running_cosine(
    rng: Generator, n: int = 7, d: int = 5, c: int = 4
) -> Arguments:
    """As `classification`, with a running mean of cosines."""
    return *classification(rng, n, d, c), rng.uniform(0, 0.6, size=1)


def logits_and_labels(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Logits and labels (`d` is not used)."""
    return 3 * rng.normal(size=(n, c)), rng.integers(0, c, size=n)


def logits_and_targets(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Logits and yes/no targets for `c` independent decisions (`d` is not used)."""
    return 3 * rng.normal(size=(n, c)), rng.integers(0, 2, size=(n, c))


def logits_and_probabilities(
    rng: Generator, n: int = 7, d: int = 5, c: int = 4
) -> Arguments:
    """Logits and a distribution over the classes: eighths, exact in every dtype."""
    return 3 * rng.normal(size=(n, c)), rng.multinomial(8, [1 / c] * c, size=n) / 8


def logits_and_soft_targets(
    rng: Generator, n: int = 7, d: int = 5, c: int = 4
) -> Arguments:
    """Logits and soft targets for `c` decisions: eighths, 0 and 1 among them."""
    return 3 * rng.normal(size=(n, c)), rng.integers(0, 9, size=(n, c)) / 8


def triplets(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Anchors, positives, negatives; half of the hinges are on (`c` is not used)."""
    return tuple(rng.normal(size=(n, d)) for _ in range(3))


def labelled_features(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Features and labels; with the default sizes every class has a partner or none."""
    return rng.normal(size=(n, d)), rng.integers(0, c, size=n)


def pairs(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Two points each, and whether they belong together (`c` is not used)."""
    return *two_views(rng, n, d, c), rng.integers(0, 2, size=n)


def two_views(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """Features of two views of the same samples (`c` is not used)."""
    return rng.normal(size=(n, d)), rng.normal(size=(n, d))


def scaled_views(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """As `two_views`, with the logarithm of a scale from 1 to 7."""
    return *two_views(rng, n, d, c), np.asarray(rng.uniform(0, 2))


def decided_views(rng: Generator, n: int = 7, d: int = 5, c: int = 4) -> Arguments:
    """As `scaled_views`, with the bias of a decision."""
    return *scaled_views(rng, n, d, c), np.asarray(rng.normal())


def decided_classification(
    rng: Generator, n: int = 7, d: int = 5, c: int = 4
) -> Arguments:
    """As `classification`, with one bias for all classes."""
    return *classification(rng, n, d, c), np.asarray(rng.normal())
