"""Right answers of chapter 9 as plain loops over Python numbers."""

import math

import numpy as np


def _softplus(v):
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def _each(function, z, t):
    pairs = zip(z.ravel().tolist(), t.ravel().tolist(), strict=True)
    values = [function(v if k else -v, k) for v, k in pairs]
    return np.array(values, dtype=z.dtype).reshape(z.shape)


def _alpha_t(alpha, k):
    return 1.0 if alpha is None else alpha if k else 1 - alpha


def log_probabilities(z, t):
    log_p = _each(lambda v, _: -_softplus(-v), z, t)
    return log_p, _each(lambda v, _: -_softplus(v), z, t)


def focal(z, t, gamma, alpha):
    def one(v, k):
        return _alpha_t(alpha, k) * math.exp(-gamma * _softplus(v)) * _softplus(-v)

    return _each(one, z, t)


def focal_gradient(z, t, gamma, alpha):
    def one(v, k):
        weight = (-1 if k else 1) * _alpha_t(alpha, k) * math.exp(-gamma * _softplus(v))
        by_weight = gamma * math.exp(-_softplus(-v)) * _softplus(-v)
        return weight * (by_weight + math.exp(-_softplus(v)))

    return _each(one, z, t)


def softmax_focal(z, y, gamma):
    total, dz = 0.0, np.zeros_like(z)
    for i, row in enumerate(z.tolist()):
        others = [v for j, v in enumerate(row) if j != y[i]]
        rest = max(others) + math.log(sum(math.exp(v - max(others)) for v in others))
        # the logit of the two-class problem "target or another"
        behind = rest - row[y[i]]
        total += math.exp(-gamma * _softplus(-behind)) * _softplus(behind)
        slope = gamma * math.exp(-_softplus(behind)) * _softplus(behind)
        slope += math.exp(-_softplus(-behind))
        slope *= math.exp(-gamma * _softplus(-behind)) / len(y)
        for j, v in enumerate(row):
            dz[i, j] = -slope if j == y[i] else slope * math.exp(v - rest)
    return z.dtype.type(total / len(y)), dz


def prior_bias(pi):
    values = [math.log(v) - math.log1p(-v) for v in pi.ravel().tolist()]
    return np.array(values).reshape(pi.shape)
