"""Losses of views, proxies and decisions, with the slips that published code makes."""

from types import SimpleNamespace

import numpy as np

Slips = frozenset[str]

_EVERY = ("sum for mean",)
_NO_COLUMN = "rows as anchors alone"
_DIAGONAL = "a sample among its own negatives"
_APART = "pulls and pushes averaged apart"
_NO_NEGATIVE = "nothing without a negative"

#: The slips of each loss, by their names.
SLIPS: dict[str, tuple[str, ...]] = {
    "sphereface2": (
        *_EVERY,
        "bias left out",
        "the adjustment's slope as 1",
        "weights replaced by their directions",
    ),
    "contrastive": (
        *_EVERY,
        "the half left out",
        "averaged over the active",
        "distances without squares",
        _APART,
    ),
    "n-pair": (*_EVERY, "vectors normalised first"),
    "nt-xent": (*_EVERY, "the two views' means added", _NO_COLUMN, _DIAGONAL),
    "supcon": (
        *_EVERY,
        "anchors without positive averaged too",
        "multiplied by temperature / 0.07",
        "the mean inside and outside exchanged",
        _NO_NEGATIVE,
        _NO_COLUMN,
        _DIAGONAL,
    ),
    "clip": (*_EVERY, "rows alone", "the scale without gradient"),
    "siglip": (*_EVERY, "divided by N squared", "bias left out"),
    "proxy-nca": (*_EVERY, "the own proxy in the sum"),
    "proxy-anchor": (*_EVERY, "averaged over the batch's classes alone"),
}

#: In a sentence.
SAID: dict[str, str] = {
    "the adjustment's slope as 1": (
        "the similarity adjustment moves the logit and not its gradient"
    ),
    "distances without squares": "the distances and the hinge are not squared",
    _APART: "pulls and pushes are averaged apart, each over its active, and added",
    _NO_NEGATIVE: "a batch of one class has the loss 0",
    "the two views' means added": "the means of the two views are added, not averaged",
    _NO_COLUMN: "the gradient leaves out that each sample is a candidate too",
    _DIAGONAL: "the softmax is over all samples, the anchor itself among them",
    "anchors without positive averaged too": (
        "an anchor without positive counts in the mean, with loss 0"
    ),
    "multiplied by temperature / 0.07": "the loss is multiplied by temperature / 0.07",
    "the mean inside and outside exchanged": (
        "the logarithm is of the mean where it ought to be the mean of logarithms, or"
        " the other way round"
    ),
    "rows alone": "the columns have no cross-entropy",
    "the scale without gradient": "log_t has no gradient",
    "divided by N squared": "the mean is over all N^2 decisions",
    "the own proxy in the sum": "the own class's proxy is in the denominator",
    "averaged over the batch's classes alone": (
        "both terms are averaged over the classes in the batch"
    ),
}


def _unit(x):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / length, length


def _across(gradient, unit, length):
    """A gradient by directions as one by the rows."""
    return (gradient - np.sum(gradient * unit, axis=1, keepdims=True) * unit) / length


def _softplus(u):
    return np.logaddexp(0, u)


def _sigma(u):
    return np.exp(-np.logaddexp(0, -u))


def _softmax(z):
    """Log-sum-exp and softmax of each row."""
    top = z.max(axis=1, keepdims=True)
    e = np.exp(z - top)
    total = e.sum(axis=1, keepdims=True)
    return np.log(total) + top, e / total


def contrastive(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Distances of pairs."""
    x1, x2, same = inputs["x1"], inputs["x2"], inputs["same"] == 1
    away = x1 - x2
    d = np.linalg.norm(away, axis=1)
    unit = away / np.where(d > 0, d, 1.0)[:, None]
    short = np.maximum(p.margin - d, 0)
    size, sign = np.where(same, d, short), np.where(same, 1.0, -1.0)
    if "distances without squares" in slips:
        losses, slope = size, sign * (size > 0)
    else:
        factor = 2.0 if "the half left out" in slips else 1.0
        losses, slope = factor * size**2 / 2, factor * sign * size
    dx = slope[:, None] * unit
    if _APART in slips:
        on = losses > 0
        count = np.where(same, np.sum(on & same), np.sum(on & ~same))
        share = 1 / np.maximum(count, 1)
        dx = share[:, None] * dx
        return np.sum(share * losses), (dx, -dx)
    if "averaged over the active" in slips:
        count = max(1, int(np.sum(losses > 0)))
        return losses.sum() / count, (dx / count, -dx / count)
    share = 1 if "sum for mean" in slips else len(x1)
    return losses.sum() / share, (dx / share, -dx / share)


def n_pair(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Rows of products, with their own positive as the label."""
    rows = inputs["f"], inputs["f_plus"]
    if "vectors normalised first" in slips:
        units = [_unit(r) for r in rows]
        given = {name: u for name, (u, _) in zip(("f", "f_plus"), units, strict=True)}
        value, grads = n_pair(p, given, slips - {"vectors normalised first"})
        return value, tuple(
            _across(g, *unit) for g, unit in zip(grads, units, strict=True)
        )
    f, f_plus = rows
    losses, g = _of_labels(f @ f_plus.T, np.arange(len(f)))
    share = 1 if "sum for mean" in slips else len(f)
    return losses.sum() / share, (g @ f_plus / share, g.T @ f / share)


def _of_labels(z, y):
    lse, g = _softmax(z)
    rows = np.arange(len(z))
    losses = lse[:, 0] - z[rows, y]
    g[rows, y] -= 1
    return losses, g


def _among_others(x, y, temperature, form, slips):
    """Losses of the rows that have a positive, the gradient of their sum, and which."""
    unit, length = _unit(x)
    z = unit @ unit.T / temperature
    diagonal = np.eye(len(x), dtype=bool)
    if _DIAGONAL not in slips:
        z[diagonal] = -np.inf
    positive = (y[:, None] == y) & ~diagonal
    counts = positive.sum(axis=1)
    some = counts > 0
    lse, share = _softmax(z)
    inside = np.where(positive, z, -np.inf)
    inside[~some] = 0.0
    lse_p, target = _softmax(inside)
    if form == "in":
        losses = (lse - lse_p)[:, 0] + np.log(np.maximum(counts, 1))
    else:
        target = positive / np.maximum(counts, 1)[:, None]
        losses = np.sum(target * np.where(positive, lse - z, 0.0), axis=1)
    g = np.where(some[:, None], share - target, 0.0) / temperature
    losses = np.where(some, losses, 0.0)
    d_unit = g @ unit if _NO_COLUMN in slips else (g + g.T) @ unit
    return losses, _across(d_unit, unit, length), some


def nt_xent(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Two views, each row's label the other one."""
    x1, x2 = inputs["x1"], inputs["x2"]
    n, x = len(x1), np.concatenate([x1, x2])
    y = np.tile(np.arange(n), 2)
    losses, dx, _ = _among_others(x, y, p.temperature, "out", slips)
    share: float = 2 if "sum for mean" in slips else 2 * n
    if "the two views' means added" in slips:
        share = share / 2
    return losses.sum() / share, (dx[:n] / share, dx[n:] / share)


def supcon(p: SimpleNamespace, inputs: dict, slips: Slips):
    """All others of the class as positives."""
    form = p.form
    if _NO_NEGATIVE in slips and len(set(inputs["y"])) == 1:
        return 0.0, (np.zeros(inputs["x"].shape),)
    if "the mean inside and outside exchanged" in slips:
        form = "in" if form == "out" else "out"
    losses, dx, some = _among_others(
        inputs["x"], inputs["y"], p.temperature, form, slips
    )
    share: float = max(1, int(some.sum()))
    if "anchors without positive averaged too" in slips:
        share = len(some)
    share = 1 if "sum for mean" in slips else share
    if "multiplied by temperature / 0.07" in slips:
        share = share * 0.07 / p.temperature
    return losses.sum() / share, (dx / share,)


def clip(p: SimpleNamespace, inputs: dict, slips: Slips):
    """Rows and columns of a matrix of cosines under a learned scale."""
    (x, x_length), (v, v_length) = _unit(inputs["x"]), _unit(inputs["v"])
    t, n = np.exp(inputs["log_t"]), len(x)
    z = t * (x @ v.T)
    losses, g = _of_labels(z, np.arange(n))
    if "rows alone" not in slips:
        by_column, g_column = _of_labels(z.T, np.arange(n))
        losses, g = (losses + by_column) / 2, (g + g_column.T) / 2
    share = 1 if "sum for mean" in slips else n
    g = g / share
    dt = np.sum(g * z)
    if "the scale without gradient" in slips:
        dt = 0.0 * dt
    return losses.sum() / share, (
        _across(t * g @ v, x, x_length),
        _across(t * g.T @ x, v, v_length),
        dt,
    )


def siglip(p: SimpleNamespace, inputs: dict, slips: Slips):
    """A decision a pair of a row and a column."""
    (x, x_length), (v, v_length) = _unit(inputs["x"]), _unit(inputs["v"])
    t, n = np.exp(inputs["log_t"]), len(x)
    z, sign = t * (x @ v.T), 2 * np.eye(len(x)) - 1
    with_bias = "bias left out" not in slips
    u = z + inputs["b"] * with_bias
    share = 1 if "sum for mean" in slips else n
    if "divided by N squared" in slips:
        share = share * n
    g = -sign * _sigma(-sign * u) / share
    return _softplus(-sign * u).sum() / share, (
        _across(t * g @ v, x, x_length),
        _across(t * g.T @ x, v, v_length),
        np.sum(g * z),
        np.sum(g) * with_bias,
    )


def proxy_nca(p: SimpleNamespace, inputs: dict, slips: Slips):
    """A softmax over the other classes' proxies."""
    (x, x_length), (w, w_length) = _unit(inputs["x"]), _unit(inputs["w"])
    y, s = inputs["y"], 2 * p.scale
    z = s * (x @ w.T)
    own = np.arange(len(w)) == y[:, None]
    if p.positive or "the own proxy in the sum" in slips:
        losses, g = _of_labels(z, y)
    elif len(w) == 1:
        losses, g = np.zeros(len(x)), 0 * z
    else:
        lse, g = _softmax(np.where(own, -np.inf, z))
        losses, g = lse[:, 0] - z[own], g - own
    share = 1 if "sum for mean" in slips else len(x)
    g = s * g / share
    dx, dw = _across(g @ w, x, x_length), _across(g.T @ x, w, w_length)
    return losses.sum() / share, (dx, dw)


def proxy_anchor(p: SimpleNamespace, inputs: dict, slips: Slips):
    """A log-sum-exp with a zero over each proxy's samples."""
    (x, x_length), (w, w_length) = _unit(inputs["x"]), _unit(inputs["w"])
    c = x @ w.T
    own = np.arange(len(w)) == inputs["y"][:, None]
    near = np.where(own, -p.alpha * (c - p.delta), -np.inf)
    far = np.where(own, -np.inf, p.alpha * (c + p.delta))
    zero = np.zeros((1, len(w)))
    lse_p, h_p = _softmax(np.concatenate([near, zero]).T)
    lse_n, h_n = _softmax(np.concatenate([far, zero]).T)
    present = int(own.any(axis=0).sum())
    others = present if "averaged over the batch's classes alone" in slips else len(w)
    value = lse_p.sum() / present + lse_n.sum() / others
    g = p.alpha * (h_n[:, :-1].T / others - h_p[:, :-1].T / present)
    factor = len(w) if "sum for mean" in slips else 1
    dx, dw = _across(g @ w, x, x_length), _across(g.T @ x, w, w_length)
    return factor * value, (factor * dx, factor * dw)


def sphereface2(p: SimpleNamespace, inputs: dict, slips: Slips):
    """A decision a class."""
    (x, x_length), (w, w_length) = _unit(inputs["x"]), _unit(inputs["w"])
    half = np.clip((x @ w.T + 1) / 2, 0, 1)
    zeta, slope = 2 * half**p.t - 1, p.t * half ** (p.t - 1)
    if p.gradient == "detached" or "the adjustment's slope as 1" in slips:
        slope = 1.0
    own = np.arange(len(w)) == inputs["y"][:, None]
    sign, weight = np.where(own, -1.0, 1.0), np.where(own, p.lam, 1 - p.lam)
    with_bias = "bias left out" not in slips
    u = sign * (p.r * (zeta + sign * p.m) + inputs["b"] * with_bias)
    share = 1 if "sum for mean" in slips else len(x)
    delta = sign * weight * _sigma(u) / share
    g = delta * slope
    dw = g.T @ x
    if "weights replaced by their directions" not in slips:
        dw = _across(dw, w, w_length)
    return np.sum(weight * _softplus(u)) / (p.r * share), (
        _across(g @ w, x, x_length),
        dw,
        np.sum(delta) / p.r * with_bias,
    )


ANSWERS = {
    "sphereface2": sphereface2,
    "contrastive": contrastive,
    "n-pair": n_pair,
    "nt-xent": nt_xent,
    "supcon": supcon,
    "clip": clip,
    "siglip": siglip,
    "proxy-nca": proxy_nca,
    "proxy-anchor": proxy_anchor,
}
