"""pytorch-metric-learning's losses, with their class weights set from outside."""

import math

import torch
from pytorch_metric_learning import distances, losses, miners, reducers

from tools.judged.with_torch import adapted


def _with_weights(loss, x, w, y):
    """The loss of x with w in the place of its own parameter: w has a gradient."""
    del loss.W
    loss.W = w.T
    return loss(x, y)


def arcface(x, w, y, m, s):
    loss = losses.ArcFaceLoss(len(w), w.shape[1], margin=math.degrees(m), scale=s)
    return _with_weights(loss, x, w, y)


def cosface(x, w, y, m, s):
    loss = losses.CosFaceLoss(len(w), w.shape[1], margin=m, scale=s)
    return _with_weights(loss, x, w, y)


def sphereface(x, w, y, m):
    loss = losses.SphereFaceLoss(len(w), w.shape[1], margin=m, scale=1)
    return _with_weights(loss, x, w, y)


def l_softmax(x, w, y, m):
    loss = losses.LargeMarginSoftmaxLoss(len(w), w.shape[1], margin=m, scale=1)
    return _with_weights(loss, x, w, y)


def circle(x, y, m, gamma):
    return losses.CircleLoss(m=m, gamma=gamma)(x, y)


DISTANCES = {
    "euclidean": lambda: distances.LpDistance(normalize_embeddings=False),
    "squared": lambda: distances.LpDistance(normalize_embeddings=False, power=2),
    "cosine": distances.CosineSimilarity,
}


def batch_hard(x, y, margin, distance):
    kind = DISTANCES[distance]()
    found = miners.BatchHardMiner(distance=kind)(x, y)
    loss = losses.TripletMarginLoss(margin=margin, distance=kind)
    return loss(x, y, found)


def all_triplets(x, y, margin, distance):
    kind = DISTANCES[distance]()
    return losses.TripletMarginLoss(
        margin=margin, distance=kind, reducer=reducers.MeanReducer()
    )(x, y)


def sub_center(x, w, y, m, s):
    classes, k, d = w.shape
    loss = losses.SubCenterArcFaceLoss(
        num_classes=classes, embedding_size=d, margin=math.degrees(m), sub_centers=k
    )
    loss.scale = s
    return _with_weights(loss, x, w.reshape(-1, d), y)


def _with_proxies(loss, x, w, y):
    """As `_with_weights`; the library writes to a parameter's data, not into it."""
    del loss.proxies
    loss.proxies = w
    return loss(x, y)


def proxy_nca(x, w, y, scale):
    return _with_proxies(losses.ProxyNCALoss(*w.shape, softmax_scale=scale), x, w, y)


def proxy_anchor(x, w, y, alpha, delta):
    loss = losses.ProxyAnchorLoss(*w.shape, margin=delta, alpha=alpha)
    return _with_proxies(loss, x, w, y)


def contrastive(x1, x2, same, margin):
    """Each point with its partner alone."""
    pair = torch.arange(len(x1))
    loss = losses.ContrastiveLoss(neg_margin=margin, distance=DISTANCES["euclidean"]())
    together, apart = pair[same == 1], pair[same == 0]
    pairs = together, together, apart, apart
    return loss(x1, indices_tuple=pairs, ref_emb=x2)


def _n_pairs(**options):
    """Anchors with their own positives, so that it draws none."""

    def loss(f, f_plus):
        n, none = len(f), torch.arange(0)
        own = torch.arange(n), torch.arange(n, 2 * n), none, none
        distance = distances.DotProductSimilarity(**options)
        return losses.NPairsLoss(distance=distance)(
            torch.cat([f, f_plus]), torch.arange(n).repeat(2), own
        )

    return loss


def nt_xent(x1, x2, temperature):
    return losses.SelfSupervisedLoss(losses.NTXentLoss(temperature))(x1, x2)


def supcon(x, y, temperature):
    return losses.SupConLoss(temperature)(x, y)


_LIBRARY = "pytorch-metric-learning"
TABLE = [
    (_LIBRARY, "ArcFaceLoss", "arcface", adapted(arcface), {}),
    (_LIBRARY, "CosFaceLoss", "am-softmax", adapted(cosface), {}),
    (_LIBRARY, "SphereFaceLoss", "a-softmax", adapted(sphereface), {}),
    (_LIBRARY, "LargeMarginSoftmaxLoss", "l-softmax", adapted(l_softmax), {}),
    (_LIBRARY, "CircleLoss", "circle", adapted(circle), {"scope": "anchor"}),
    (
        _LIBRARY,
        "TripletMarginLoss, BatchHardMiner",
        "batch-triplet",
        adapted(batch_hard),
        {"mining": "hard"},
    ),
    (
        _LIBRARY,
        "TripletMarginLoss, MeanReducer",
        "batch-triplet",
        adapted(all_triplets),
        {"mining": "all"},
    ),
    (
        _LIBRARY,
        "SubCenterArcFaceLoss",
        "sub-center-arcface",
        adapted(sub_center),
        {},
    ),
    (_LIBRARY, "ContrastiveLoss", "contrastive", adapted(contrastive), {}),
    (_LIBRARY, "NPairsLoss", "n-pair", adapted(_n_pairs()), {}),
    (
        _LIBRARY,
        "NPairsLoss, features as they are",
        "n-pair",
        adapted(_n_pairs(normalize_embeddings=False)),
        {},
    ),
    (_LIBRARY, "NTXentLoss", "nt-xent", adapted(nt_xent), {}),
    (_LIBRARY, "SupConLoss", "supcon", adapted(supcon), {"form": "out"}),
    (_LIBRARY, "ProxyNCALoss", "proxy-nca", adapted(proxy_nca), {"positive": False}),
    (_LIBRARY, "ProxyAnchorLoss", "proxy-anchor", adapted(proxy_anchor), {}),
]
