"""Right answers of chapter 20 as plain loops over Python numbers."""

import math

import numpy as np


def effective_weights(counts, rest):
    one_over = [1 / -math.expm1(n * math.log1p(-rest)) for n in counts.tolist()]
    total = math.fsum(one_over)
    return np.array([len(one_over) * v / total for v in one_over])


def balanced_logits(z, counts, trained):
    total = sum(counts.tolist())
    out = np.empty_like(z)
    for i, row in enumerate(z.tolist()):
        for j, v in enumerate(row):
            log_prior = math.log(counts.tolist()[j]) - math.log(total)
            out[i, j] = v - log_prior + trained * log_prior
    return out


def balanced_accuracy(z, y):
    seen, right = {}, {}
    for row, label in zip(z.tolist(), y.tolist(), strict=True):
        seen[label] = seen.get(label, 0) + 1
        right[label] = right.get(label, 0) + (row.index(max(row)) == label)
    return math.fsum(right[j] / seen[j] for j in seen) / len(seen)


def _both(z, y, counts, tau, gamma, omega):
    n = counts.tolist()
    delta = [(v / max(n)) ** gamma for v in n]
    prior = [tau * math.log(v / sum(n)) for v in n]
    weights = [float(omega[label]) for label in y.tolist()]
    dz, loss = np.zeros_like(z), []
    for i, (row, label) in enumerate(zip(z.tolist(), y.tolist(), strict=True)):
        moved = [d * v + p for d, v, p in zip(delta, row, prior, strict=True)]
        behind = [v - moved[label] for v in moved]
        top = max(behind)
        log_sum = top + math.log(math.fsum(math.exp(v - top) for v in behind))
        share = weights[i] / math.fsum(weights)
        loss.append(share * log_sum)
        for j, v in enumerate(behind):
            p = math.exp(v - log_sum)
            dz[i, j] = share * delta[j] * (p - 1 if j == label else p)
    return math.fsum(loss), dz


def vector_scaling(z, y, counts, tau, gamma, omega):
    return _both(z, y, counts, tau, gamma, omega)[0]


def vector_scaling_gradient(z, y, counts, tau, gamma, omega):
    return _both(z, y, counts, tau, gamma, omega)[1]


def ldam_logits(c, y, counts, largest, s):
    n = counts.tolist()
    z = np.empty_like(c)
    for i, row in enumerate(c.tolist()):
        for j, v in enumerate(row):
            margin = largest * math.sqrt(math.sqrt(min(n) / n[j])) if j == y[i] else 0
            z[i, j] = s * (v - margin)
    return z
