"""The value of every loss on pairs and triplets in plain Python loops; see
`formulas`."""

import math

from margins.judge.formulas import cosine, dot, length


def distance(kind, a, b, math):
    away = [p - q for p, q in zip(a, b, strict=True)]
    if kind == "squared":
        return dot(away, away, math)
    return length(away, math) if kind == "euclidean" else 1 - cosine(a, b, math)


def triplet(loss, anchor, positive, negative, math=math):
    losses = []
    for a, p, n in zip(anchor, positive, negative, strict=True):
        d_ap = distance(loss.distance, a, p, math)
        d_an = distance(loss.distance, a, n, math)
        losses.append(max(0, d_ap - d_an + loss.margin))
    return losses, len(anchor)


def batch_triplet(loss, x, y, math=math):
    losses, count = [], 0
    for i, a in enumerate(x):
        d = [distance(loss.distance, a, other, math) for other in x]
        positives = [d[j] for j in range(len(x)) if y[j] == y[i] and j != i]
        negatives = [d[j] for j in range(len(x)) if y[j] != y[i]]
        if not positives or not negatives:
            losses.append(0)
            continue
        if loss.mining == "hard":
            pairs = [(max(positives), min(negatives))]
        elif loss.mining == "all":
            pairs = [(d_ap, d_an) for d_ap in positives for d_an in negatives]
        else:
            pairs = []
            for d_ap in positives:
                farther = [d_an for d_an in negatives if d_an > d_ap]
                pairs.append((d_ap, min(farther) if farther else max(negatives)))
        hinges = [max(0, d_ap - d_an + loss.margin) for d_ap, d_an in pairs]
        losses.append(math.fsum(hinges) / len(hinges))
        count += 1
    return losses, count


def circle(loss, x, y, math=math, held=None):
    """`held` are the arguments at which the pair weights alpha are taken: they are
    frozen."""
    weights_at = (held or [x])[0]
    within, between = {}, {}
    for i in range(len(x)):
        for j in range(len(x)):
            if j == i or (loss.scope == "batch" and j < i):
                continue
            group = i if loss.scope == "anchor" else 0
            s = cosine(x[i], x[j], math)
            frozen = cosine(weights_at[i], weights_at[j], math)
            if y[i] == y[j]:
                alpha = max(0, 1 + loss.m - frozen)
                term = math.exp(-loss.gamma * alpha * (s - (1 - loss.m)))
                within.setdefault(group, []).append(term)
            else:
                alpha = max(0, frozen + loss.m)
                term = math.exp(loss.gamma * alpha * (s - loss.m))
                between.setdefault(group, []).append(term)
    groups = range(len(x)) if loss.scope == "anchor" else [0]
    losses = [
        (
            math.log1p(math.fsum(within[g]) * math.fsum(between[g]))
            if g in within and g in between
            else 0
        )
        for g in groups
    ]
    return losses, len(within.keys() & between.keys())
