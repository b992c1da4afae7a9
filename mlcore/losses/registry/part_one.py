"""The losses of the book's first part."""

import math

from mlcore.losses.a_softmax import AngularSoftmaxLoss
from mlcore.losses.am_softmax import AdditiveMarginSoftmaxLoss
from mlcore.losses.arcface import ArcFaceLoss
from mlcore.losses.batch_triplet import BatchTripletLoss
from mlcore.losses.center import CenterLoss
from mlcore.losses.circle import CircleLoss
from mlcore.losses.combined_margin import CombinedMarginLoss
from mlcore.losses.cross_entropy import SoftmaxCrossEntropy
from mlcore.losses.distances import DISTANCES
from mlcore.losses.focal import FocalLoss, SoftmaxFocalLoss
from mlcore.losses.l_softmax import LargeMarginSoftmaxLoss
from mlcore.losses.mining import MINING
from mlcore.losses.registry.entries import (
    Entry,
    biased_classification,
    classification,
    labelled_features,
    logits_and_labels,
    logits_and_probabilities,
    logits_and_soft_targets,
    logits_and_targets,
    triplets,
)
from mlcore.losses.softmax import SoftmaxLoss
from mlcore.losses.triplet import TripletLoss

PART_ONE = (
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
