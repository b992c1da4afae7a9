"""pytorch-metric-learning's losses, with their class weights set from outside."""

import math

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
]
