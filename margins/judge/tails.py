"""Losses for classes that are not equally common, and for many rare labels, with slips.

As in `softmax`: what published code does otherwise are switches.
"""

from types import SimpleNamespace

import numpy as np

from margins.judge.softmax import CLAMPS, Slips, cross_entropy, reduced


def vector_scaling(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Cross-entropy of logits with a scale and a log prior for each class."""
    z, y = inputs["logits"], inputs["y"]
    counts = np.array(p.counts)
    delta = (counts / counts.max()) ** p.gamma
    iota = p.tau * np.log(counts / counts.sum())
    if "the scale left out" in slips:
        delta = np.ones_like(counts)
    if "the scale turned over" in slips:
        delta = delta[delta.argmin()] / delta
    if "the prior left out" in slips:
        iota = 0 * iota
    if "the prior subtracted" in slips:
        iota = -iota
    weights = np.ones(len(counts))
    if p.class_weights is not None and "class weights left out" not in slips:
        weights = np.array(p.class_weights)
    moved, one = delta * z + iota, frozenset({"sum for mean"} | (slips & set(CLAMPS)))
    found = [cross_entropy(moved[i : i + 1], y[i : i + 1], one) for i in range(len(z))]
    losses = weights[y] * np.array([value for value, _ in found])
    dz = weights[y][:, None] * np.concatenate([dz for _, dz in found]) * delta
    if "sum for mean" in slips:
        return losses.sum(), (dz,)
    count = len(z) if "weighed mean by N" in slips else weights[y].sum()
    return losses.sum() / count, (dz / count,)


def asymmetric(p: SimpleNamespace, inputs: dict, slips: Slips):
    """The asymmetric loss of independent decisions."""
    z, yes = inputs["logits"], inputs["targets"] == 1
    gammas = p.gamma_pos, p.gamma_neg
    gamma_pos, gamma_neg = gammas[::-1] if "exponents exchanged" in slips else gammas
    m = 0.0 if "the shift left out" in slips else p.m
    log_p, log_not = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    prob, not_p = np.exp(log_p), np.exp(log_not)
    p_m = np.maximum(prob - m, 0.0)
    # -log of the probability of the answer, and its derivative by the logit
    log_not_m = np.minimum(np.logaddexp(log_not, np.log(m)) if m else log_not, 0.0)
    surprise = np.where(yes, -log_p, -log_not_m)
    share = np.exp(log_not - log_not_m)
    slope = np.where(yes, -not_p, np.where(prob > m, prob * share, 0.0))
    if "the shift before the exponent only" in slips:
        surprise = np.where(yes, -log_p, -log_not)
        slope = np.where(yes, -not_p, prob)
    if "probability clamped at 1e-8" in slips:
        off = surprise > -np.log(1e-8)
        surprise, slope = (
            np.where(off, -np.log(1e-8), surprise),
            np.where(off, 0, slope),
        )
    easy = np.where(yes, not_p, p_m)
    gamma = np.where(yes, gamma_pos, gamma_neg)
    factor = easy**gamma
    d_easy = prob * not_p * np.where(yes, -1.0, (prob > m).astype(float))
    d_factor = gamma * np.where(easy > 0, easy, 1.0) ** (gamma - 1) * d_easy
    d_factor = np.where(easy > 0, d_factor, 0.0)
    if "the factor without gradient" in slips:
        d_factor = 0.0 * d_factor
    value, dz = reduced(factor * surprise, factor * slope + d_factor * surprise, slips)
    if "sum over the classes" in slips:
        return value * z.shape[1], (dz * z.shape[1],)
    return value, (dz,)
