"""The value of every loss of views, proxies and decisions in plain Python loops; see
`formulas`."""

import math

from margins.judge.formulas import cosine, dot, minus_log_p
from margins.judge.formulas_pairs import distance


def softplus(u, math):
    """log(1 + e^u), of which e^u alone may be too large for a float."""
    return max(0, u) + math.log1p(math.exp(-abs(u)))


def contrastive(loss, x1, x2, same, math=math):
    losses = []
    for a, b, together in zip(x1, x2, same, strict=True):
        d = distance("euclidean", a, b, math)
        short = d if together else max(0, loss.margin - d)
        losses.append(short * short / 2)
    return losses, len(x1)


def n_pair(loss, f, f_plus, math=math):
    z = [[dot(a, b, math) for b in f_plus] for a in f]
    return [minus_log_p(row, i, math) for i, row in enumerate(z)], len(f)


def log_shares(x, i, temperature, math):
    """-log of the softmax of sample i over all others, by the other's index."""
    others = [k for k in range(len(x)) if k != i]
    z = [cosine(x[i], x[k], math) / temperature for k in others]
    return {k: minus_log_p(z, place, math) for place, k in enumerate(others)}


def nt_xent(loss, x1, x2, math=math):
    n, x = len(x1), x1 + x2
    rows = []
    for i in range(2 * n):
        other_view = (i + n) % (2 * n)
        rows.append(log_shares(x, i, loss.temperature, math)[other_view])
    return [(rows[i] + rows[i + n]) / 2 for i in range(n)], n


def supcon(loss, x, y, math=math):
    losses, count = [], 0
    for i in range(len(x)):
        positives = [p for p in range(len(x)) if y[p] == y[i] and p != i]
        if not positives:
            losses.append(0)
            continue
        costs = log_shares(x, i, loss.temperature, math)
        costs = [costs[p] for p in positives]
        if loss.form == "out":
            losses.append(math.fsum(costs) / len(costs))
        else:
            mean = math.fsum(math.exp(-cost) for cost in costs) / len(costs)
            losses.append(-math.log(mean))
        count += 1
    return losses, count


def clip(loss, x, v, log_t, math=math):
    t = math.exp(log_t)
    z = [[t * cosine(a, b, math) for b in v] for a in x]
    columns = [list(column) for column in zip(*z, strict=True)]
    rows = [minus_log_p(z[i], i, math) for i in range(len(x))]
    return [
        (row + minus_log_p(columns[i], i, math)) / 2 for i, row in enumerate(rows)
    ], len(x)


def siglip(loss, x, v, log_t, b, math=math):
    t = math.exp(log_t)
    losses = []
    for i, row in enumerate(x):
        u = [t * cosine(row, other, math) + b for other in v]
        losses.append(
            math.fsum(softplus(-u[j] if i == j else u[j], math) for j in range(len(v)))
        )
    return losses, len(x)


def proxy_nca(loss, x, w, y, math=math):
    losses = []
    for row, own in zip(x, y, strict=True):
        z = [2 * loss.scale * cosine(row, proxy, math) for proxy in w]
        if loss.positive:
            losses.append(minus_log_p(z, own, math))
            continue
        others = [math.exp(z[j]) for j in range(len(w)) if j != own]
        losses.append(math.log(math.fsum(others)) - z[own] if others else 0)
    return losses, len(x)


def proxy_anchor(loss, x, w, y, math=math):
    present, losses = set(y), []
    for j, proxy in enumerate(w):
        near, far = [], []
        for row, own in zip(x, y, strict=True):
            c = cosine(row, proxy, math)
            if own == j:
                near.append(math.exp(-loss.alpha * (c - loss.delta)))
            else:
                far.append(math.exp(loss.alpha * (c + loss.delta)))
        pull = math.log1p(math.fsum(near)) * len(w) / len(present) if near else 0
        losses.append(pull + (math.log1p(math.fsum(far)) if far else 0))
    return losses, len(w)


def sphereface2(loss, x, w, y, b, math=math, held=None):
    """`held` are the arguments at which zeta(c) - c is taken where it is detached: it
    is a constant then."""
    x_held, w_held, *_ = held or [x, w]
    losses = []
    for i, own in enumerate(y):
        decisions = []
        for j in range(len(w)):
            c = cosine(x[i], w[j], math)
            frozen = c
            if loss.gradient == "detached":
                frozen = cosine(x_held[i], w_held[j], math)
            zeta = c - frozen + 2 * ((frozen + 1) / 2) ** loss.t - 1
            if j == own:
                u = -loss.r * (zeta - loss.m) - b
            else:
                u = loss.r * (zeta + loss.m) + b
            weight = loss.lam if j == own else 1 - loss.lam
            decisions.append(weight * softplus(u, math) / loss.r)
        losses.append(math.fsum(decisions))
    return losses, len(x)
