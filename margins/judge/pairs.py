"""Losses of pairs, triplets and centers, with the slips that published code makes."""

from types import SimpleNamespace

import numpy as np

from margins.judge.softmax import reduced

Slips = frozenset[str]


def center(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Center loss: value, gradient by x, and the centers after the update."""
    x, c, y = inputs["x"], inputs["centers"], inputs["y"]
    away = x - c[y]
    factor = 1.0 if "the half left out" in slips else 0.5
    losses = factor * np.sum(away * away, axis=1)
    value, dx = reduced(losses, 2 * factor * away, slips)
    return value, (dx,), _updated(p, x, c, y, 2 * factor * away, slips)


def _updated(p, x, c, y, away, slips):
    counts = np.bincount(y, minlength=len(c))
    total = np.zeros(c.shape)
    np.add.at(total, y, away)
    if "centers moved by the loss's gradient" in slips:
        return c + p.alpha * total / len(x)
    if "the half left out" in slips:
        total = total / 2  # the rule itself is no gradient
    if "centers moved by the sum" in slips:
        return c + p.alpha * total
    share = 1 + counts if "n for 1 + n" not in slips else np.maximum(counts, 1)
    return c + p.alpha * total / share[:, None]


def triplet(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Triplet loss of anchors, positives and negatives."""
    a, q, n = (inputs[name] for name in ("anchor", "positive", "negative"))
    if "vectors normalised first" in slips:
        return _normalised_first(p, (a, q, n), slips)
    kind = "squared" if "squared distances" in slips else p.distance
    d_ap, ap_a, ap_p = _distance(kind, a, q, slips)
    d_an, an_a, an_n = _distance(kind, a, n, slips)
    raw = d_ap - d_an + p.margin
    if "soft margin" in slips:
        losses, on = np.logaddexp(0, d_ap - d_an), 1 / (1 + np.exp(d_an - d_ap))
    elif "margin left out" in slips:
        losses, on = np.maximum(d_ap - d_an, 0), (d_ap > d_an).astype(float)
    else:
        losses, on = np.maximum(raw, 0), (raw > 0).astype(float)
    on = on[:, None]
    grads = (on * (ap_a - an_a), on * ap_p, -on * an_n)
    if "averaged over the active" in slips:
        count = max(1, int(np.sum(losses > 0)))
        return losses.sum() / count, tuple(g / count for g in grads)
    share = 1 if "sum for mean" in slips else len(a)
    return losses.sum() / share, tuple(g / share for g in grads)


def _normalised_first(p, rows, slips):
    lengths = [np.linalg.norm(r, axis=1, keepdims=True) for r in rows]
    units = [r / n for r, n in zip(rows, lengths, strict=True)]
    names = ("anchor", "positive", "negative")
    rest = slips - {"vectors normalised first"}
    value, grads = triplet(p, dict(zip(names, units, strict=True)), rest)
    return value, tuple(
        (g - np.sum(g * u, axis=1, keepdims=True) * u) / n
        for g, u, n in zip(grads, units, lengths, strict=True)
    )


def _distance(kind, a, b, slips):
    """Distances of rows, and their gradients by either end."""
    if kind == "cosine":
        a_length, b_length = (np.linalg.norm(r, axis=1, keepdims=True) for r in (a, b))
        a_hat, b_hat = a / a_length, b / b_length
        cos = np.sum(a_hat * b_hat, axis=1, keepdims=True)
        return (
            1 - cos[:, 0],
            -(b_hat - cos * a_hat) / a_length,
            -(a_hat - cos * b_hat) / b_length,
        )
    away = a - b
    if "1e-6 added to each difference" in slips:
        away = away + 1e-6
    square = np.sum(away * away, axis=1)
    if kind == "squared":
        return square, 2 * away, -2 * away
    length = np.sqrt(square + 1e-6 * ("1e-6 added under the root" in slips))
    unit = away / np.where(length > 0, length, 1.0)[:, None]
    return length, unit, -unit


def batch_triplet(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Triplets found in a batch."""
    x, y = inputs["x"], inputs["y"]
    kind = "squared" if "squared distances" in slips else p.distance
    terms, anchors = [], 0
    for i in range(len(x)):
        same = [j for j in range(len(x)) if y[j] == y[i] and j != i]
        other = [j for j in range(len(x)) if y[j] != y[i]]
        if not same or not other:
            continue
        anchors += 1
        d = _distance(kind, np.broadcast_to(x[i], x.shape), x, slips)[0]
        pairs = _mined(p, d, same, other, slips)
        terms += [(i, j, k, d[j] - d[k] + p.margin, len(pairs)) for j, k in pairs]
    active = [t for t in terms if t[3] > 0]
    if "averaged over the active" in slips:
        shares = [1 / len(active) for _ in active]
    elif "averaged over all triplets" in slips:
        shares = [1 / len(terms) for _ in active]
    elif "sum for mean" in slips:
        shares = [1 / t[4] for t in active]
    else:
        shares = [1 / (t[4] * anchors) for t in active]
    value, dx = 0.0, np.zeros(x.shape)
    for share, (i, j, k, hinge, _) in zip(shares, active, strict=True):
        value += share * hinge
        for end, sign in ((j, 1.0), (k, -1.0)):
            _, at_i, at_end = _distance(kind, x[i : i + 1], x[end : end + 1], slips)
            dx[i] += sign * share * at_i[0]
            dx[end] += sign * share * at_end[0]
    return value, (dx,)


def _mined(p, d, same, other, slips):
    if p.mining == "hard":
        return [(max(same, key=lambda j: d[j]), min(other, key=lambda k: d[k]))]
    if p.mining == "all":
        return [(j, k) for j in same for k in other]
    pairs = []
    for j in same:
        farther = [k for k in other if d[k] > d[j]]
        nearest = min(farther, key=lambda k: d[k]) if farther else None
        if nearest is None:
            if "no negative where none is farther" in slips:
                continue
            nearest = max(other, key=lambda k: d[k])
        pairs.append((j, nearest))
    return pairs


def circle(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Circle loss of a batch."""
    x, y = inputs["x"], inputs["y"]
    length = np.linalg.norm(x, axis=1, keepdims=True)
    u = x if "features not normalised" in slips else x / length
    s = u @ u.T
    value, ds, groups = 0.0, np.zeros(s.shape), 0
    for pairs in _groups(p, len(x), slips):
        positive = [(i, j) for i, j in pairs if y[i] == y[j]]
        negative = [(i, j) for i, j in pairs if y[i] != y[j]]
        if not positive or not negative:
            continue
        groups += 1
        value += _one_circle(p, s, ds, positive, negative, slips)
    share = 1 if "sum for mean" in slips or not groups else groups
    du = (ds + ds.T) @ u
    if "features not normalised" in slips:
        return value / share, (du / share,)
    dx = (du - np.sum(du * u, axis=1, keepdims=True) * u) / length
    return value / share, (dx / share,)


def _groups(p, n, slips):
    if p.scope == "batch":
        return [[(i, j) for i in range(n) for j in range(i + 1, n)]]
    return [[(i, j) for j in range(n) if j != i] for i in range(n)]


def _one_circle(p, s, ds, positive, negative, slips):
    s_p, s_n = (np.array([s[pair] for pair in pairs]) for pairs in (positive, negative))
    a_p, a_n = np.maximum(1 + p.m - s_p, 0), np.maximum(s_n + p.m, 0)
    t_p, t_n = -p.gamma * a_p * (s_p - (1 - p.m)), p.gamma * a_n * (s_n - p.m)
    both = [t.max() + np.log(np.sum(np.exp(t - t.max()))) for t in (t_p, t_n)]
    z = 1 / (1 + np.exp(-sum(both)))
    w_p, w_n = np.exp(t_p - both[0]), np.exp(t_n - both[1])
    slope_p, slope_n = -p.gamma * a_p, p.gamma * a_n
    if "pair weights differentiated" in slips:
        slope_p = slope_p + p.gamma * np.where(a_p > 0, s_p - (1 - p.m), 0.0)
        slope_n = slope_n + p.gamma * np.where(a_n > 0, s_n - p.m, 0.0)
    for pairs, parts in ((positive, w_p * slope_p), (negative, w_n * slope_n)):
        for pair, part in zip(pairs, parts, strict=True):
            ds[pair] += z * part
    return np.logaddexp(0, sum(both))
