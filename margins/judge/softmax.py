"""Losses of logits, with the slips that published code makes as switches."""

from types import SimpleNamespace
from typing import Any

import numpy as np

Slips = frozenset[str]


def cross_entropy(z: np.ndarray, y: np.ndarray, slips: Slips) -> tuple[Any, np.ndarray]:
    """Mean cross-entropy of softmax and its gradient by the logits."""
    rows = np.arange(len(z))
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    others = p.copy()
    others[rows, y] = 0.0
    not_p = others.sum(axis=1)
    losses = np.log(np.exp(z).sum(axis=1)) - z[rows, y]
    small = not_p < 0.5
    losses[small] = -np.log1p(-not_p[small])
    dz = others
    dz[rows, y] = -not_p
    for name, least in CLAMPS.items():
        if name in slips:
            off = np.exp(-losses) < least
            losses = np.where(off, -np.log(least), losses)
            dz[off] = 0.0
    return reduced(losses, dz, slips)


#: Probabilities are not let below this before the logarithm.
CLAMPS = {
    "probability clamped at 1e-30": 1e-30,
    "probability clamped at 1e-12": 1e-12,
    "probability clamped at 1e-7": 1e-7,
}


def reduced(losses, gradient, slips):
    """The mean of the losses, or their sum, with the gradient to match."""
    if "sum for mean" in slips:
        return losses.sum(), gradient
    return losses.mean(), gradient / losses.size


def softmax(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Softmax of x wᵀ + b."""
    x, w, y, b = (inputs[name] for name in ("x", "w", "y", "b"))
    if "bias left out" in slips:
        b = 0.0 * b
    value, dz = cross_entropy(x @ w.T + b, y, slips)
    db = 0.0 * b if "bias left out" in slips else dz.sum(axis=0)
    return value, (dz @ w, dz.T @ x, db)


def focal(p: SimpleNamespace, inputs: dict, slips: Slips):
    """The focal loss of independent decisions."""
    z, t = inputs["logits"], inputs["targets"]
    sign = np.where(t == 1, 1.0, -1.0)
    log_p, log_not = -np.logaddexp(0, -sign * z), -np.logaddexp(0, sign * z)
    p_t, not_p = np.exp(log_p), np.exp(log_not)
    inside = np.ones(z.shape)
    for name, least in CLAMPS.items():
        if name in slips:  # under the logarithm only
            inside = (log_p > np.log(least)).astype(float)
            log_p = np.maximum(log_p, np.log(least))
    alpha = _alpha(p.alpha, t, slips)
    if "the exponent on p" in slips:
        factor, d_factor = p_t**p.gamma, p.gamma * p_t**p.gamma * not_p
    else:
        factor, d_factor = not_p**p.gamma, -p.gamma * not_p**p.gamma * p_t
    if "the factor without gradient" in slips:
        d_factor = 0.0 * factor
    if "focal on the batch's mean" in slips:
        mean = -np.mean(alpha * log_p)
        p_all = np.exp(-mean)
        value = (1 - p_all) ** p.gamma * mean
        slope = (1 - p_all) ** p.gamma
        if p.gamma:
            slope += p.gamma * (1 - p_all) ** (p.gamma - 1) * p_all * mean
        return value, (slope * alpha * (-sign * not_p) / z.size,)
    losses = -alpha * factor * log_p
    dz = -alpha * sign * (d_factor * log_p + inside * factor * not_p)
    value, dz = reduced(losses, dz, slips)
    if "sum over the classes" in slips:
        return value * z.shape[1], (dz * z.shape[1],)
    return value, (dz,)


def _alpha(alpha, t, slips):
    if alpha is None or "alpha left out" in slips:
        return np.ones(t.shape)
    if "alpha for both kinds" in slips:
        return np.full(t.shape, alpha)
    if "alpha exchanged" in slips:
        alpha = 1 - alpha
    return np.where(t == 1, alpha, 1 - alpha)


def softmax_focal(p: SimpleNamespace, inputs: dict, slips: Slips):
    """The focal loss of softmax."""
    z, y = inputs["logits"], inputs["y"]
    rows = np.arange(len(z))
    no_slip: Slips = frozenset()
    q = cross_entropy(z, y, no_slip)[1] * len(z)
    not_p = -q[rows, y]
    losses = np.array(
        [cross_entropy(z[i : i + 1], y[i : i + 1], no_slip)[0] for i in rows]
    )
    p_y = np.exp(-losses)
    inside = np.ones(len(z))
    for name, least in CLAMPS.items():
        if name in slips:
            inside = (p_y > least) & (not_p > least)
            p_y, not_p = (np.clip(a, least, 1 - least) for a in (p_y, not_p))
            losses = np.minimum(losses, -np.log(least))
    if "focal on the batch's mean" in slips:
        mean = losses.mean()
        slope = (1 - np.exp(-mean)) ** p.gamma + p.gamma * mean * np.exp(-mean) * (
            1 - np.exp(-mean)
        ) ** (p.gamma - 1)
        return (1 - np.exp(-mean)) ** p.gamma * mean, (slope * q / len(z),)
    factor = not_p**p.gamma
    # dz of every class is this times its own part of the cross-entropy's gradient.
    slope = factor * (1 + p.gamma * _ratio(p_y * losses, not_p))
    if "the factor without gradient" in slips:
        slope = factor
    value, dz = reduced(factor * losses, (inside * slope)[:, None] * q, slips)
    if "averaged over the classes too" in slips:
        return value / z.shape[1], (dz / z.shape[1],)
    return value, (dz,)


def _ratio(a, b):
    return np.where(b > 0, a / np.where(b > 0, b, 1.0), 1.0)
