"""The losses of the book's second part."""

from mlcore.losses.adaface import AdaFaceLoss
from mlcore.losses.asymmetric import AsymmetricLoss
from mlcore.losses.clip import CLIPLoss
from mlcore.losses.contrastive import ContrastiveLoss
from mlcore.losses.hard_negatives import CurricularFaceLoss, MVSoftmaxLoss
from mlcore.losses.ldam import LDAMLoss
from mlcore.losses.magface import MagFaceLoss
from mlcore.losses.n_pair import NPairLoss
from mlcore.losses.nt_xent import NTXentLoss
from mlcore.losses.proxy_anchor import ProxyAnchorLoss
from mlcore.losses.proxy_nca import ProxyNCALoss
from mlcore.losses.registry.entries import (
    Entry,
    classification,
    decided_classification,
    decided_views,
    labelled_features,
    logits_and_labels,
    logits_and_soft_targets,
    logits_and_targets,
    pairs,
    scaled_views,
    sub_centers,
    two_views,
    with_running_cosine,
    with_running_lengths,
)
from mlcore.losses.siglip import SigLIPLoss
from mlcore.losses.sphereface2 import SphereFace2Loss
from mlcore.losses.sub_center import SubCenterArcFaceLoss
from mlcore.losses.supcon import SupConLoss
from mlcore.losses.vector_scaling import VectorScalingLoss

_COUNTS = (40.0, 3.0, 11.0, 1.0)

PART_TWO: tuple[Entry, ...] = (
    Entry(
        "adaface",
        "AdaFace",
        AdaFaceLoss,
        (AdaFaceLoss(s=16.0), AdaFaceLoss(m=0.7, h=1.0, s=16.0, weight=1.0)),
        with_running_lengths,
        "Kim et al. 2022",
    ),
    Entry(
        "magface",
        "MagFace",
        MagFaceLoss,
        (
            MagFaceLoss(l_a=1.0, u_a=3.0, l_m=0.1, u_m=0.7, lam=2.0, s=16.0),
            MagFaceLoss(l_a=0.1, u_a=9.0, l_m=0.2, u_m=2.0, lam=0.5, s=8.0),
        ),
        classification,
        "Meng et al. 2021",
    ),
    Entry(
        "curricularface",
        "CurricularFace",
        CurricularFaceLoss,
        (CurricularFaceLoss(s=16.0), CurricularFaceLoss(m=0.2, s=8.0, weight=0.5)),
        with_running_cosine,
        "Huang et al. 2020",
    ),
    Entry(
        "mv-softmax",
        "MV-Softmax",
        MVSoftmaxLoss,
        tuple(
            MVSoftmaxLoss(s=16.0, base=base, form=form)
            for base in ("additive", "angular")
            for form in ("adaptive", "fixed")
        ),
        classification,
        "Wang et al. 2020",
    ),
    Entry(
        "sub-center-arcface",
        "Sub-center ArcFace",
        SubCenterArcFaceLoss,
        (SubCenterArcFaceLoss(s=16.0), SubCenterArcFaceLoss(m=1.0, s=8.0)),
        sub_centers,
        "Deng et al. 2020",
    ),
    Entry(
        "sphereface2",
        "SphereFace2",
        SphereFace2Loss,
        (
            SphereFace2Loss(r=8.0),
            SphereFace2Loss(lam=0.6, r=8.0, m=0.2, t=1.5, gradient="detached"),
            SphereFace2Loss(r=4.0, m=0.0, t=1.0),
        ),
        decided_classification,
        "Wen et al. 2022",
    ),
    Entry(
        "contrastive",
        "Contrastive loss",
        ContrastiveLoss,
        (ContrastiveLoss(margin=3.0), ContrastiveLoss(margin=0.0)),
        pairs,
        "Hadsell et al. 2006",
    ),
    Entry("n-pair", "N-pair loss", NPairLoss, (NPairLoss(),), two_views, "Sohn 2016"),
    Entry(
        "nt-xent",
        "NT-Xent",
        NTXentLoss,
        (NTXentLoss(), NTXentLoss(temperature=0.2)),
        two_views,
        "Chen et al. 2020",
    ),
    Entry(
        "supcon",
        "Supervised contrastive loss",
        SupConLoss,
        (
            *(SupConLoss(temperature=0.5, form=word) for word in ("out", "in")),
            SupConLoss(temperature=0.2),
        ),
        labelled_features,
        "Khosla et al. 2020",
    ),
    Entry(
        "clip",
        "CLIP loss",
        CLIPLoss,
        (CLIPLoss(),),
        scaled_views,
        "Radford et al. 2021",
    ),
    Entry(
        "siglip",
        "SigLIP loss",
        SigLIPLoss,
        (SigLIPLoss(),),
        decided_views,
        "Zhai et al. 2023",
    ),
    Entry(
        "proxy-nca",
        "Proxy-NCA",
        ProxyNCALoss,
        (
            ProxyNCALoss(),
            ProxyNCALoss(scale=4.0),
            ProxyNCALoss(scale=4.0, positive=True),
        ),
        classification,
        "Movshovitz-Attias et al. 2017",
    ),
    Entry(
        "proxy-anchor",
        "Proxy-Anchor",
        ProxyAnchorLoss,
        (ProxyAnchorLoss(alpha=8.0), ProxyAnchorLoss(alpha=4.0, delta=0.0)),
        classification,
        "Kim et al. 2020",
    ),
    Entry(
        "ldam",
        "LDAM",
        LDAMLoss,
        (
            LDAMLoss(_COUNTS, s=16.0),
            LDAMLoss(_COUNTS, max_m=0.2, s=8.0, class_weights=(1.0, 0.5, 2.0, 0.25)),
        ),
        classification,
        "Cao et al. 2019",
    ),
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
