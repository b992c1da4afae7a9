"""The losses of the book's second part."""

from mlcore.losses.asymmetric import AsymmetricLoss
from mlcore.losses.registry.entries import (
    Entry,
    logits_and_labels,
    logits_and_soft_targets,
    logits_and_targets,
)
from mlcore.losses.vector_scaling import VectorScalingLoss

_COUNTS = (40.0, 3.0, 11.0, 1.0)

PART_TWO: tuple[Entry, ...] = (
    Entry(
        "vector-scaling",
        "Vector-scaling loss",
        VectorScalingLoss,
        (
            VectorScalingLoss(_COUNTS),
            VectorScalingLoss(_COUNTS, tau=0.0, gamma=0.3),
            VectorScalingLoss(
                _COUNTS, tau=1.5, gamma=0.15, class_weights=(1.0, 0.5, 2.0, 0.25)
            ),
        ),
        logits_and_labels,
        "Kini et al. 2021",
    ),
    Entry(
        "asymmetric",
        "Asymmetric loss",
        AsymmetricLoss,
        (
            AsymmetricLoss(),
            AsymmetricLoss(gamma_pos=0.0),
            AsymmetricLoss(gamma_pos=0.5, gamma_neg=0.5, m=0.2),
            AsymmetricLoss(gamma_pos=2.0, gamma_neg=2.0, m=0.0),
            AsymmetricLoss(gamma_pos=0.0, gamma_neg=0.0, m=0.0),
        ),
        logits_and_targets,
        "Ben-Baruch et al. 2021",
        logits_and_soft_targets,
    ),
)
