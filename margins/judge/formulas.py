"""The value of every loss of one classifier in plain Python loops.

Slow, clear, and sharing no line with the library: nested lists, ``for`` and ``math``. A
formula takes an object with the hyper-parameters as attributes, and forward's
arguments; it returns the losses of the samples and the number by which "mean" divides
their sum.

`math` is Python's module, or the context of mpmath that `exact` brings: the same
formulas then give fifty correct digits where floating point would be the thing under
test.
"""

import math


def dot(a, b, math):
    return math.fsum(p * q for p, q in zip(a, b, strict=True))


def length(a, math):
    return math.sqrt(dot(a, a, math))


def cosine(a, b, math):
    """Cosine of the angle between two vectors; a zero vector has no direction: 0."""
    lengths = length(a, math) * length(b, math)
    return max(-1, min(1, dot(a, b, math) / lengths)) if lengths > 0 else 0


def minus_log_p(z, k, math):
    """-log softmax(z)_k = log(1 + the sum over j != k of exp(z_j - z_k))."""
    return math.log1p(
        math.fsum(math.exp(z_j - z[k]) for j, z_j in enumerate(z) if j != k)
    )


def weighed_cross_entropy(loss, z, target, math):
    """-sum_k w_k a_k log p_k; `target` is a label or a list of probabilities."""
    weights = loss.class_weights or [1] * len(z)
    total = 0
    for k, weight in enumerate(weights):
        share = target[k] if isinstance(target, list) else k == target
        a = (1 - loss.label_smoothing) * share + loss.label_smoothing / len(z)
        if weight * a > 0:
            total += weight * a * minus_log_p(z, k, math)
    return total


def cross_entropy(loss, logits, y, math=math):
    losses, count = [], 0
    for z, target in zip(logits, y, strict=True):
        ignored = target == loss.ignore_index
        losses.append(0 if ignored else weighed_cross_entropy(loss, z, target, math))
        if not ignored:
            weighted = loss.class_weights and not isinstance(target, list)
            count += loss.class_weights[target] if weighted else 1
    return losses, count


def softmax(loss, x, w, y, b=None, math=math):
    b = b or [0] * len(w)
    logits = [
        [dot(w_j, x_i, math) + b_j for w_j, b_j in zip(w, b, strict=True)] for x_i in x
    ]
    return cross_entropy(loss, logits, y, math)


def margin_head(x, w, y, psi, math, x_norm=None, w_norm=None):
    """Logits |x| |w_j| cos(theta_j), for the right class |x| |w_y| psi(theta_y).

    `x_norm` and `w_norm` replace the lengths where a loss normalises.
    """
    losses = []
    for x_i, label in zip(x, y, strict=True):
        z = []
        for j, w_j in enumerate(w):
            cos = cosine(x_i, w_j, math)
            value = psi(math.acos(cos)) if j == label else cos
            lengths = (x_norm or length(x_i, math)) * (w_norm or length(w_j, math))
            z.append(lengths * value)
        losses.append(minus_log_p(z, label, math))
    return losses, len(x)


def multiplied_angle(m, lam, math):
    """(lam cos(theta) + psi(theta)) / (1 + lam), psi = (-1)^k cos(m theta) - 2k."""

    def psi(theta):
        k = min(int(m * theta / math.pi), m - 1)
        margin = (-1) ** k * math.cos(m * theta) - 2 * k
        plain = math.cos(theta)
        return plain if lam == math.inf else (lam * plain + margin) / (1 + lam)

    return psi


def l_softmax(loss, x, w, y, math=math):
    return margin_head(x, w, y, multiplied_angle(loss.m, loss.lam, math), math)


def a_softmax(loss, x, w, y, math=math):
    return margin_head(
        x, w, y, multiplied_angle(loss.m, loss.lam, math), math, w_norm=1
    )


def am_softmax(loss, x, w, y, math=math):
    def psi(theta):
        return math.cos(theta) - loss.m

    return margin_head(x, w, y, psi, math, x_norm=loss.s, w_norm=1)


def arcface(loss, x, w, y, math=math):
    def psi(theta):
        if loss.fallback == "linear" and theta + loss.m > math.pi:
            return math.cos(theta) - loss.m * math.sin(loss.m)
        if loss.fallback == "easy" and theta >= math.pi / 2:
            return math.cos(theta)
        return math.cos(theta + loss.m)

    return margin_head(x, w, y, psi, math, x_norm=loss.s, w_norm=1)


def combined(loss, x, w, y, math=math):
    def psi(theta):
        return math.cos(loss.m1 * theta + loss.m2) - loss.m3

    return margin_head(x, w, y, psi, math, x_norm=loss.s, w_norm=1)


def softmax_focal(loss, logits, y, math=math):
    losses, count = [], 0
    for z, label in zip(logits, y, strict=True):
        if label == loss.ignore_index:
            losses.append(0)
            continue
        weight = loss.class_weights[label] if loss.class_weights else 1
        cross_entropy = minus_log_p(z, label, math)
        not_p = -math.expm1(-cross_entropy)  # 1 - p_y
        losses.append(weight * not_p**loss.gamma * cross_entropy)
        count += weight
    return losses, count


def focal(loss, logits, targets, math=math):
    losses = []
    for z_i, targets_i in zip(logits, targets, strict=True):
        row = []
        for k, (z, t) in enumerate(zip(z_i, targets_i, strict=True)):
            if isinstance(loss.pos_weight, tuple):
                positive = loss.pos_weight[k]
            else:
                positive = 1 if loss.pos_weight is None else loss.pos_weight
            minus_log_p = math.log1p(math.exp(-z))
            minus_log_not_p = math.log1p(math.exp(z))
            p, not_p = 1 / (1 + math.exp(-z)), 1 / (1 + math.exp(z))
            alpha_t = 1
            if loss.alpha is not None:
                alpha_t = loss.alpha * t + (1 - loss.alpha) * (1 - t)
            not_p_t = p * (1 - t) + not_p * t
            cross_entropy = positive * t * minus_log_p + (1 - t) * minus_log_not_p
            row.append(alpha_t * not_p_t**loss.gamma * cross_entropy)
        losses.append(row)
    return losses, len(logits) * len(logits[0])


def center(loss, x, centers, y, math=math):
    losses = []
    for x_i, label in zip(x, y, strict=True):
        away = [p - q for p, q in zip(x_i, centers[label], strict=True)]
        losses.append(dot(away, away, math) / 2)
    return losses, len(x)


def updated_centers(loss, x, centers, y):
    """c_j + alpha * (the sum over the class of x_i - c_j) / (1 + n_j)."""
    updated = []
    for j, c in enumerate(centers):
        own = [x_i for x_i, label in zip(x, y, strict=True) if label == j]
        updated.append(
            [
                c_d + loss.alpha * sum(x_i[d] - c_d for x_i in own) / (1 + len(own))
                for d, c_d in enumerate(c)
            ]
        )
    return updated
