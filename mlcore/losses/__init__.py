"""The losses, one file each; `registry` lists them, `adapters` fits them to a loop."""

from mlcore.losses.a_softmax import AngularSoftmaxLoss
from mlcore.losses.adaface import AdaFaceLoss
from mlcore.losses.adapters import LogitHead, PairHead
from mlcore.losses.am_softmax import AdditiveMarginSoftmaxLoss
from mlcore.losses.arcface import ArcFaceLoss
from mlcore.losses.asymmetric import AsymmetricLoss
from mlcore.losses.batch_triplet import BatchTripletLoss
from mlcore.losses.center import CenterLoss
from mlcore.losses.circle import CircleLoss
from mlcore.losses.clip import CLIPLoss
from mlcore.losses.combined_margin import CombinedMarginLoss
from mlcore.losses.contrastive import ContrastiveLoss
from mlcore.losses.cross_entropy import SoftmaxCrossEntropy
from mlcore.losses.focal import FocalLoss, SoftmaxFocalLoss
from mlcore.losses.hard_negatives import CurricularFaceLoss, MVSoftmaxLoss
from mlcore.losses.l_softmax import LargeMarginSoftmaxLoss
from mlcore.losses.ldam import LDAMLoss
from mlcore.losses.magface import MagFaceLoss
from mlcore.losses.n_pair import NPairLoss
from mlcore.losses.nt_xent import NTXentLoss
from mlcore.losses.proxy_anchor import ProxyAnchorLoss
from mlcore.losses.proxy_nca import ProxyNCALoss
from mlcore.losses.siglip import SigLIPLoss
from mlcore.losses.softmax import SoftmaxLoss
from mlcore.losses.sphereface2 import SphereFace2Loss
from mlcore.losses.sub_center import SubCenterArcFaceLoss
from mlcore.losses.supcon import SupConLoss
from mlcore.losses.triplet import TripletLoss
from mlcore.losses.vector_scaling import (
    VectorScalingLoss,
    adjust,
    effective_number_weights,
)

__all__ = [
    "AdaFaceLoss",
    "AdditiveMarginSoftmaxLoss",
    "AngularSoftmaxLoss",
    "ArcFaceLoss",
    "AsymmetricLoss",
    "BatchTripletLoss",
    "CLIPLoss",
    "CenterLoss",
    "CircleLoss",
    "CombinedMarginLoss",
    "ContrastiveLoss",
    "CurricularFaceLoss",
    "FocalLoss",
    "LDAMLoss",
    "LargeMarginSoftmaxLoss",
    "LogitHead",
    "MVSoftmaxLoss",
    "MagFaceLoss",
    "NPairLoss",
    "NTXentLoss",
    "PairHead",
    "ProxyAnchorLoss",
    "ProxyNCALoss",
    "SigLIPLoss",
    "SoftmaxCrossEntropy",
    "SoftmaxFocalLoss",
    "SoftmaxLoss",
    "SphereFace2Loss",
    "SubCenterArcFaceLoss",
    "SupConLoss",
    "TripletLoss",
    "VectorScalingLoss",
    "adjust",
    "effective_number_weights",
]
