"""The margin heads once more, with the slips that published code makes as switches.

Plain NumPy in float64, written for comparison and not for speed: each switch changes
the one term that its name says.
"""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from margins.judge.softmax import cross_entropy

Slips = frozenset[str]

#: The cosine is kept so far from 1 and -1 before arccos.
CLAMPS = {"cosine clamped at 1e-5": 1e-5, "cosine clamped at 1e-7": 1e-7}

#: Losses whose features, and whose class weights, are normalised.
UNIT_X = ("am-softmax", "arcface", "combined")
UNIT_W = ("a-softmax", *UNIT_X)


def head(
    loss: str, p: SimpleNamespace, inputs: dict[str, np.ndarray], slips: Slips
) -> tuple[Any, tuple[np.ndarray, ...]]:
    """Loss and gradients of a margin head that makes these slips."""
    x, w, y = inputs["x"], inputs["w"], inputs["y"]
    rows = np.arange(len(x))
    unit_x, unit_w = loss in UNIT_X, loss in UNIT_W
    x_length, w_length = (np.linalg.norm(a, axis=1) for a in (x, w))
    x_hat, w_hat = (divided(a, n) for a, n in ((x, x_length), (w, w_length)))

    cos = x_hat @ w_hat.T
    theta, toward_w, toward_x = angle_and_tangents(x_hat, w_hat[y])
    reached = theta
    for name, least in CLAMPS.items():
        if name in slips:
            least_angle = math.acos(1 - least)
            reached = np.clip(theta, least_angle, math.pi - least_angle)
    psi, rho = _margin(loss, p, reached, slips)
    rho = np.where(reached == theta, rho, 0.0)
    if "margin without gradient" in slips:
        rho = np.sin(theta)
    values = cos.copy()
    values[rows, y] = psi

    scale = p.s if unit_x and "scale forgotten" not in slips else 1.0
    a = np.full(len(x), scale) if unit_x else x_length
    b = np.ones(len(w)) if unit_w else w_length
    value, dz = cross_entropy(a[:, None] * b * values, y, slips)

    # Along the sphere: every class by its cosine, the target by its angle.
    share = dz * a[:, None] * b
    others = share.copy()
    others[rows, y] = 0.0
    turn = (share[rows, y] * rho)[:, None]
    along = others * cos
    dx_hat = others @ w_hat - along.sum(axis=1)[:, None] * x_hat + turn * toward_w
    dw_hat = others.T @ x_hat - along.sum(axis=0)[:, None] * w_hat
    np.add.at(dw_hat, y, turn * toward_x)

    # Along the lengths: what a logit that has them adds. A normalised vector adds
    # nothing, unless its length is taken as a constant: then nothing is taken away.
    along[rows, y] = share[rows, y] * np.cos(theta) * _slope(rho, theta)
    x_fixed = "features' norms without gradient" in slips
    w_fixed = "weights' norms without gradient" in slips
    if x_fixed == unit_x:
        radial = along if unit_x else share * values
        dx_hat += radial.sum(axis=1)[:, None] * x_hat
    if w_fixed == unit_w:
        radial = along if unit_w else share * values
        dw_hat += radial.sum(axis=0)[:, None] * w_hat
    dw = divided(dw_hat, w_length)
    if "weights replaced by their directions" in slips:
        dw = dw_hat + along.sum(axis=0)[:, None] * w_hat
    return value, (divided(dx_hat, x_length), dw)


def without_normalised_features(
    p: SimpleNamespace, inputs: dict[str, np.ndarray], slips: Slips
) -> tuple[Any, tuple[np.ndarray, ...]]:
    """AM-Softmax on features as they are: s (x . w_hat - m)."""
    x, w, y = inputs["x"], inputs["w"], inputs["y"]
    length = np.linalg.norm(w, axis=1)
    w_hat = divided(w, length)
    z = p.s * (x @ w_hat.T)
    z[np.arange(len(x)), y] -= p.s * p.m
    value, dz = cross_entropy(z, y, slips)
    dw = p.s * dz.T @ x
    dw -= np.sum(dw * w_hat, axis=1)[:, None] * w_hat
    return value, (p.s * dz @ w_hat, divided(dw, length))


def divided(rows, lengths):
    return rows / np.where(lengths > 0, lengths, 1.0)[:, None]


def _slope(rho, theta):
    """dpsi/dcos, which is rho / sin(theta)."""
    sin = np.sin(theta)
    return np.where(sin > 0, rho / np.where(sin > 0, sin, 1.0), 0.0)


def angle_and_tangents(x_hat, w_hat):
    """Angles, and the unit tangents at either end that lead to the other."""
    cos = np.sum(x_hat * w_hat, axis=1)[:, None]
    toward_w, toward_x = w_hat - cos * x_hat, x_hat - cos * w_hat
    sin = np.linalg.norm(toward_w, axis=1)
    theta = np.where(
        (sin > 0) | (cos[:, 0] != 0), np.arctan2(sin, cos[:, 0]), np.pi / 2
    )
    return (
        theta,
        divided(toward_w, sin),
        divided(toward_x, np.linalg.norm(toward_x, axis=1)),
    )


def _margin(loss, p, theta, slips):
    """psi and rho = -dpsi/dtheta of the target, with what is done to it."""
    psi, rho = _of_paper(loss, p, theta, slips)
    plain, sin = np.cos(theta), np.sin(theta)
    if "no margin" in slips:
        return plain, sin
    if "margin only where the cosine is positive" in slips:
        on = theta < math.pi / 2
        psi, rho = np.where(on, psi, plain), np.where(on, rho, sin)
    if "linear past pi" in slips:
        m = p.m if loss == "arcface" else p.m2
        off = theta + m > math.pi
        psi = np.where(off, plain - m * math.sin(m), psi)
        rho = np.where(off, sin, rho)
    return psi, rho


_HELD = "theta + m held at pi"


def _of_paper(loss, p, theta, slips):
    sign = -1.0 if "margin with the wrong sign" in slips else 1.0
    cos, sin = np.cos(theta), np.sin(theta)
    if loss in ("l-softmax", "a-softmax"):
        k = np.minimum(np.floor(p.m * theta / math.pi), p.m - 1)
        turn = (-1.0) ** k
        psi, rho = turn * np.cos(p.m * theta) - 2 * k, turn * p.m * np.sin(p.m * theta)
        if "cos(m theta) at every angle" in slips:
            psi, rho = np.cos(p.m * theta), p.m * np.sin(p.m * theta)
        lam = 0.0 if "lambda left out" in slips else p.lam
        if math.isinf(lam):
            return cos, sin
        return (lam * cos + psi) / (1 + lam), (lam * sin + rho) / (1 + lam)
    if loss == "am-softmax":
        if "margin on the angle" in slips:
            return np.cos(theta + p.m), np.sin(theta + p.m)
        return cos - sign * p.m, sin
    if loss == "arcface":
        m = sign * p.m
        if "margin on the cosine" in slips:
            return cos - m, sin
        reached = np.minimum(theta + m, math.pi) if _HELD in slips else theta + m
        psi, rho = np.cos(reached), np.sin(reached)
        if p.fallback == "linear":
            off = theta + m > math.pi
            return np.where(off, cos - m * math.sin(m), psi), np.where(off, sin, rho)
        if p.fallback == "easy":
            on = theta < math.pi / 2
            return np.where(on, psi, cos), np.where(on, rho, sin)
        return psi, rho
    angle = p.m1 * theta + sign * p.m2
    return np.cos(angle) - sign * p.m3, p.m1 * np.sin(angle)
