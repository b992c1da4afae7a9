"""Every loss, once: what tests, gradient checks, benchmarks and tables iterate over."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from mlcore.losses.a_softmax import AngularSoftmaxLoss
from mlcore.losses.am_softmax import AdditiveMarginSoftmaxLoss
from mlcore.losses.arcface import ArcFaceLoss
from mlcore.losses.base import Loss
from mlcore.losses.batch_triplet import BatchTripletLoss
from mlcore.losses.center import CenterLoss
from mlcore.losses.circle import CircleLoss
from mlcore.losses.combined_margin import CombinedMarginLoss
from mlcore.losses.cross_entropy import SoftmaxCrossEntropy
from mlcore.losses.distances import DISTANCES
from mlcore.losses.focal import FocalLoss, SoftmaxFocalLoss
from mlcore.losses.l_softmax import LargeMarginSoftmaxLoss
from mlcore.losses.mining import MINING
from mlcore.losses.softmax import SoftmaxLoss
from mlcore.losses.triplet import TripletLoss

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
        logits_and_probabilities,
    ),
    Entry(
        "softmax",
        "Softmax loss",
        SoftmaxLoss,
        (
            SoftmaxLoss(),
            SoftmaxLoss(label_smoothing=0.1),
            SoftmaxLoss(class_weights=(1.0, 0.5, 2.0, 0.25)),
            SoftmaxLoss(
                label_smoothing=0.2, class_weights=(1.0, 0.5, 2.0, 0.0), ignore_index=1
            ),
        ),
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
    Entry(
        "center",
        "Center loss",
        CenterLoss,
        (CenterLoss(),),
        classification,
        "Wen et al. 2016",
    ),
    Entry(
        "a-softmax",
        "A-Softmax",
        AngularSoftmaxLoss,
        (
            *(AngularSoftmaxLoss(m=m) for m in (1, 2, 3, 4)),
            AngularSoftmaxLoss(m=4, lam=5.0),
        ),
        classification,
        "Liu et al. 2017",
    ),
    Entry(
        "am-softmax",
        "AM-Softmax",
        AdditiveMarginSoftmaxLoss,
        (AdditiveMarginSoftmaxLoss(), AdditiveMarginSoftmaxLoss(m=0.0, s=8.0)),
        classification,
        "Wang et al. 2018",
    ),
    Entry(
        "arcface",
        "ArcFace",
        ArcFaceLoss,
        tuple(
            ArcFaceLoss(m=1.0, s=16.0, fallback=word)
            for word in ("none", "linear", "easy")
        ),
        classification,
        "Deng et al. 2019",
    ),
    Entry(
        "combined",
        "Combined margin",
        CombinedMarginLoss,
        (
            CombinedMarginLoss(s=16.0),
            CombinedMarginLoss(m1=1.2, m2=0.3, m3=0.1, s=16.0),
        ),
        classification,
        "Deng et al. 2019",
    ),
    Entry(
        "focal",
        "Focal loss",
        FocalLoss,
        (
            FocalLoss(),
            FocalLoss(gamma=0.0, alpha=None),
            FocalLoss(gamma=0.5, alpha=0.75),
            FocalLoss(gamma=1.0, pos_weight=3.0),
            FocalLoss(gamma=0.0, alpha=None, pos_weight=(1.0, 0.5, 2.0, 0.25)),
        ),
        logits_and_targets,
        "Lin et al. 2017",
        logits_and_soft_targets,
    ),
    Entry(
        "softmax-focal",
        "Softmax focal loss",
        SoftmaxFocalLoss,
        (
            *(SoftmaxFocalLoss(gamma=gamma) for gamma in (2.0, 0.0, 0.5)),
            SoftmaxFocalLoss(gamma=1.0, class_weights=(1.0, 0.5, 2.0, 0.25)),
            SoftmaxFocalLoss(
                gamma=1.0, class_weights=(1.0, 0.5, 2.0, 0.0), ignore_index=1
            ),
        ),
        logits_and_labels,
        "Lin et al. 2017",
    ),
    Entry(
        "triplet",
        "Triplet loss",
        TripletLoss,
        tuple(TripletLoss(distance=kind) for kind in DISTANCES),
        triplets,
        "Schroff et al. 2015",
    ),
    Entry(
        "batch-triplet",
        "Batch triplet loss",
        BatchTripletLoss,
        tuple(
            BatchTripletLoss(mining=word, distance=kind)
            for word in MINING
            for kind in DISTANCES
        ),
        labelled_features,
        "Schroff et al. 2015, Hermans et al. 2017",
    ),
    Entry(
        "circle",
        "Circle loss",
        CircleLoss,
        (CircleLoss(gamma=16.0), CircleLoss(gamma=16.0, scope="batch")),
        labelled_features,
        "Sun et al. 2020",
    ),
)
