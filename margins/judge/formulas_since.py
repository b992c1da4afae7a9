"""The losses of the book's second part in plain Python loops, as in `formulas`."""

import math


def vector_scaling(loss, logits, y, math=math):
    """omega_y log(1 + sum_j (n_j / n_y)^tau exp(Delta_j z_j - Delta_y z_y))."""
    log_n = [math.log(n) for n in loss.counts]
    delta = [math.exp(loss.gamma * (v - max(log_n))) for v in log_n]
    losses, count = [], 0
    for z, label in zip(logits, y, strict=True):
        others = 0
        for j, z_j in enumerate(z):
            if j != label:
                apart = delta[j] * z_j - delta[label] * z[label]
                others += math.exp(loss.tau * (log_n[j] - log_n[label]) + apart)
        weight = loss.class_weights[label] if loss.class_weights else 1
        losses.append(weight * math.log1p(others))
        count += weight
    return losses, count


def asymmetric(loss, logits, targets, math=math):
    losses = []
    for z_i, targets_i in zip(logits, targets, strict=True):
        row = []
        for z, t in zip(z_i, targets_i, strict=True):
            p, not_p = 1 / (1 + math.exp(-z)), 1 / (1 + math.exp(z))
            yes = not_p**loss.gamma_pos * math.log1p(math.exp(-z))
            p_m = max(p - loss.m, 0)
            # what is left of 1, from the side that has its digits
            left = math.log1p(-p_m) if z < 0 else math.log(min(not_p + loss.m, 1))
            no = 0 if p <= loss.m else p_m**loss.gamma_neg * -left
            row.append(t * yes + (1 - t) * no)
        losses.append(row)
    return losses, len(logits) * len(logits[0])
