"""Every loss, once. Tests, gradient checks, benchmarks and the book's tables iterate over it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from mlcore.losses.base import Loss
from mlcore.losses.cross_entropy import SoftmaxCrossEntropy
from mlcore.losses.l_softmax import LargeMarginSoftmaxLoss
from mlcore.losses.softmax import SoftmaxLoss


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
    """

    name: str
    title: str
    loss: type[Loss]
    variants: tuple[Loss, ...]
    sample: Callable
    source: str


def classification(rng, n=7, d=5, c=4):
    """Features, class weights and labels; every angle from narrow to wide occurs."""
    return rng.normal(size=(n, d)), rng.normal(size=(c, d)), rng.integers(0, c, size=n)


def biased_classification(rng, n=7, d=5, c=4):
    """As `classification`, with a bias."""
    return *classification(rng, n, d, c), rng.normal(size=c)


def logits_and_labels(rng, n=7, d=5, c=4):
    """Logits and labels (`d` is not used)."""
    return 3 * rng.normal(size=(n, c)), rng.integers(0, c, size=n)


REGISTRY = (
    Entry(
        "cross-entropy",
        "Softmax cross-entropy",
        SoftmaxCrossEntropy,
        (
            SoftmaxCrossEntropy(),
            SoftmaxCrossEntropy(label_smoothing=0.1),
            SoftmaxCrossEntropy(class_weights=(1.0, 0.5, 2.0, 0.25)),
            SoftmaxCrossEntropy(
                label_smoothing=0.2, class_weights=(1.0, 0.5, 2.0, 0.0), ignore_index=1
            ),
        ),
        logits_and_labels,
        "Bridle 1990",
    ),
    Entry(
        "softmax",
        "Softmax loss",
        SoftmaxLoss,
        (SoftmaxLoss(),),
        biased_classification,
        "Bridle 1990",
    ),
    Entry(
        "l-softmax",
        "L-Softmax",
        LargeMarginSoftmaxLoss,
        (
            *(LargeMarginSoftmaxLoss(m=m) for m in (1, 2, 3, 4, 5)),
            LargeMarginSoftmaxLoss(m=4, lam=5.0),
            LargeMarginSoftmaxLoss(m=3, lam=math.inf),
        ),
        classification,
        "Liu et al. 2016",
    ),
)
