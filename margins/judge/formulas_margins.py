"""The values of part two's margin losses in plain Python loops, as in `formulas`.

What a gradient takes for a constant is computed from `held`: forward's arguments as
they were, while one of them is being moved.
"""

import math

from margins.judge.formulas import cosine, length, minus_log_p


def head(loss, x, w, y, psi, math):
    """The logits s cos(theta_j), for the right class s psi(i, theta)."""
    losses = []
    for i, (x_i, label) in enumerate(zip(x, y, strict=True)):
        z = [cosine(x_i, w_j, math) for w_j in w]
        z[label] = psi(i, math.acos(z[label]))
        losses.append(minus_log_p([loss.s * v for v in z], label, math))
    return losses, len(x)


def adaface(loss, x, w, y, state=None, math=math, held=None):
    lengths = [length(x_i, math) for x_i in (held or [x])[0]]
    mean = sum(lengths) / len(lengths)
    squares = [(a - mean) ** 2 for a in lengths]
    if len(lengths) > 1:
        std = math.sqrt(sum(squares) / (len(lengths) - 1))
    else:
        std = 0 if state is None else state[1]
    if state is not None:
        mean = (1 - loss.weight) * state[0] + loss.weight * mean
        std = (1 - loss.weight) * state[1] + loss.weight * std

    def psi(i, theta):
        q = loss.h * (lengths[i] - mean) / (std + 0.001)
        q = max(-1, min(1, q))
        return math.cos(theta - loss.m * q) - loss.m * (1 + q)

    return head(loss, x, w, y, psi, math)


def magface(loss, x, w, y, math=math):
    lengths = [max(loss.l_a, min(loss.u_a, length(x_i, math))) for x_i in x]

    def psi(i, theta):
        slope = (loss.u_m - loss.l_m) / (loss.u_a - loss.l_a)
        return math.cos(theta + loss.l_m + slope * (lengths[i] - loss.l_a))

    losses, count = head(loss, x, w, y, psi, math)
    paid = [loss.lam * (1 / a + a / loss.u_a**2) for a in lengths]
    return [ell + g for ell, g in zip(losses, paid, strict=True)], count


def hard(loss, cos, t):
    """What a hard negative counts as."""
    if not hasattr(loss, "form"):
        return cos * (t + cos)
    return cos + t if loss.form == "fixed" else (1 + t) * cos + t


def with_hard_negatives(loss, x, w, y, t, psi, math, held):
    """The head; which negatives are hard is seen on what is held."""
    x_0, w_0 = (held or (x, w))[:2]

    cosines = [[cosine(x_i, w_j, math) for w_j in w] for x_i in x]
    is_hard = []
    for x_i, label in zip(x_0, y, strict=True):
        target = psi(math.acos(cosine(x_i, w_0[label], math)))
        is_hard.append([cosine(x_i, w_j, math) > target for w_j in w_0])
    losses = []
    for i, label in enumerate(y):
        z = [
            hard(loss, cos, t) if is_hard[i][j] else cos
            for j, cos in enumerate(cosines[i])
        ]
        z[label] = psi(math.acos(cosines[i][label]))
        losses.append(minus_log_p([loss.s * v for v in z], label, math))
    return losses, len(x)


def mv_softmax(loss, x, w, y, math=math, held=None):
    def psi(theta):
        if loss.base == "additive":
            return math.cos(theta) - loss.m
        return math.cos(theta + loss.m)

    return with_hard_negatives(loss, x, w, y, loss.t, psi, math, held)


def curricularface(loss, x, w, y, state=None, math=math, held=None):
    x_0, w_0 = (held or (x, w))[:2]
    own = [cosine(x_i, w_0[label], math) for x_i, label in zip(x_0, y, strict=True)]
    t = (1 - loss.weight) * (state or [0])[0] + loss.weight * sum(own) / len(own)

    def psi(theta):
        return math.cos(theta + loss.m)

    return with_hard_negatives(loss, x, w, y, t, psi, math, held)


def sub_center(loss, x, w, y, math=math):
    losses = []
    for x_i, label in zip(x, y, strict=True):
        z = [max(cosine(x_i, row, math) for row in rows) for rows in w]
        z[label] = math.cos(math.acos(z[label]) + loss.m)
        losses.append(minus_log_p([loss.s * v for v in z], label, math))
    return losses, len(x)


def ldam(loss, x, w, y, math=math):
    least = min(loss.counts)
    margins = [loss.max_m / math.sqrt(math.sqrt(n / least)) for n in loss.counts]

    def psi(i, theta):
        return math.cos(theta) - margins[y[i]]

    losses, count = head(loss, x, w, y, psi, math)
    if not loss.class_weights:
        return losses, count
    weights = [loss.class_weights[label] for label in y]
    return [a * b for a, b in zip(weights, losses, strict=True)], sum(weights)
