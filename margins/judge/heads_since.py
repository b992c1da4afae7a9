"""Part two's margin heads once more, with the slips that published code makes.

As in `heads`: plain NumPy in float64, each switch changes the one term that its name
says. Features and class weights are normalised in all of them.
"""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from margins.judge.heads import Slips, angle_and_tangents, divided
from margins.judge.softmax import CLAMPS, cross_entropy

#: What may be wrong in any of these heads.
OF_ANY = ("no margin", "margin without gradient", "scale forgotten")
CLAMP, HELD = "cosine clamped at 1e-3", "theta - m q held in 0 to pi"


class Sphere:
    """Features and weights on the unit sphere, and the way back from a target and its
    slopes to the arguments."""

    def __init__(self, p, inputs, slips):
        self.x, self.w, self.y = inputs["x"], inputs["w"], inputs["y"]
        self.slips, self.rows = slips, np.arange(len(self.x))
        self.s = 1.0 if "scale forgotten" in slips else p.s
        self.a = np.linalg.norm(self.x, axis=1)
        self.lengths = np.linalg.norm(self.w, axis=1)
        self.x_hat = divided(self.x, self.a)
        self.w_hat = divided(self.w, self.lengths)
        self.cos = self.x_hat @ self.w_hat.T
        self.theta, *self.tangents = angle_and_tangents(self.x_hat, self.w_hat[self.y])

    def answer(self, psi, rho, phi=None, slope=None, along=None, weigh=None):
        """Loss and gradients; `along` maps d(loss)/d(target logit) to the part of dx
        along x."""
        if "no margin" in self.slips:
            psi, rho = np.cos(self.theta), np.sin(self.theta)
        elif "margin without gradient" in self.slips:
            rho = np.sin(self.theta)
        values = self.cos.copy() if phi is None else phi.copy()
        values[self.rows, self.y] = psi
        one = frozenset({"sum for mean"} | (self.slips & set(CLAMPS)))
        found = [
            cross_entropy(self.s * values[i : i + 1], self.y[i : i + 1], one)
            for i in self.rows
        ]
        losses = np.array([value for value, _ in found])
        dz = np.concatenate([dz for _, dz in found])
        share, count = np.ones(len(losses)), len(losses)
        if weigh is not None:
            share, count = weigh(self.y)
        if "sum for mean" in self.slips:
            count = 1
        losses, dz = share * losses, (share / count)[:, None] * dz
        others = self.s * dz * (1.0 if slope is None else slope)
        turn = (self.s * dz[self.rows, self.y] * rho)[:, None]
        others[self.rows, self.y] = 0.0
        inward = others * self.cos
        toward_w, toward_x = self.tangents
        dx = others @ self.w_hat - inward.sum(axis=1)[:, None] * self.x_hat
        dx += turn * toward_w
        dw = others.T @ self.x_hat - inward.sum(axis=0)[:, None] * self.w_hat
        np.add.at(dw, self.y, turn * toward_x)
        dx, dw = divided(dx, self.a), divided(dw, self.lengths)
        if along is not None:
            added, push = along(self.s * dz[self.rows, self.y])
            losses, dx = losses + added, dx + (push / count)[:, None] * self.x_hat
        return losses.sum() / count, (dx, dw)


def adaface(p: SimpleNamespace, inputs: dict, slips: Slips) -> tuple[Any, Any]:
    """The margin that reads the quality of a sample."""
    sphere, state = Sphere(p, inputs, slips), inputs.get("state")
    n = len(sphere.a)
    degrees = n if "N for N - 1" in slips else max(n - 1, 1)
    mean = sphere.a.mean()
    std = math.sqrt(((sphere.a - mean) ** 2).sum() / degrees)
    if state is not None and "this batch alone" not in slips:
        std = state[1] if n == 1 else std
        mean, std = (1 - p.weight) * state + p.weight * np.array([mean, std])
    free = p.h * (sphere.a - mean) / (std + 1e-3)
    q = np.clip(free, -1, 1)
    if "good samples for bad ones" in slips:
        q = -q
    reached = sphere.theta
    if CLAMP in slips:
        least = math.acos(1 - 1e-3)
        reached = np.clip(reached, least, math.pi - least)
    turned = reached - p.m * q
    psi, rho = np.cos(turned) - p.m * (1 + q), np.sin(turned)

    def along(at_target):
        slope = np.where(np.abs(free) < 1, p.m * np.sin(turned) - p.m, 0.0)
        return 0.0, n * at_target * slope * p.h / (std + 1e-3)

    if HELD in slips:
        held = np.clip(turned, 1e-3, math.pi - 1e-3)
        psi, rho = np.cos(held) - p.m * (1 + q), np.where(held == turned, rho, 0.0)
    rho = np.where(reached == sphere.theta, rho, 0.0)
    differentiated = "the quality differentiated" in slips
    return sphere.answer(psi, rho, along=along if differentiated else None)


def magface(p: SimpleNamespace, inputs: dict, slips: Slips) -> tuple[Any, Any]:
    """The margin that trains the length."""
    sphere = Sphere(p, inputs, slips)
    a = np.clip(sphere.a, p.l_a, p.u_a)
    inside = (sphere.a > p.l_a) & (sphere.a < p.u_a)
    if "slope 1 outside the lengths" in slips:
        inside = np.ones_like(inside)
    k = (p.u_m - p.l_m) / (p.u_a - p.l_a)
    turned = sphere.theta + p.l_m + k * (a - p.l_a)
    psi, rho = np.cos(turned), np.sin(turned)
    if "margin only where the cosine is positive" in slips:
        on = sphere.theta < math.pi / 2
        psi = np.where(on, psi, np.cos(sphere.theta))
        rho = np.where(on, rho, np.sin(sphere.theta))
        k = np.where(on, k, 0.0)
    lam = 0.0 if "the regulariser left out" in slips else p.lam
    n = 1 if "sum for mean" in slips else len(a)

    def along(at_target):
        push = -n * at_target * k * rho + lam * (1 / p.u_a**2 - 1 / a**2)
        if "the length without gradient" in slips:
            push = 0.0 * push
        return lam * (1 / a + a / p.u_a**2), np.where(inside, push, 0.0)

    return sphere.answer(psi, rho, along=along)


def _hard(sphere, psi, rho, hard, slips, off, branch):
    """Hard is what is above psi; the target is `branch` where psi is put `off`."""
    threshold = np.cos(sphere.theta) if "hard without the margin" in slips else psi
    is_hard = sphere.cos > threshold[:, None]
    phi, slope = hard(sphere.cos)
    if "the factor without gradient" in slips:
        slope = phi / np.where(sphere.cos == 0, 1.0, sphere.cos)
    if "slope 1 for hard negatives" in slips:
        slope = np.ones_like(phi)
    psi = np.where(off, branch, psi)
    rho = np.where(off, np.sin(sphere.theta), rho)
    return sphere.answer(
        psi, rho, np.where(is_hard, phi, sphere.cos), np.where(is_hard, slope, 1.0)
    )


def mv_softmax(p: SimpleNamespace, inputs: dict, slips: Slips) -> tuple[Any, Any]:
    """Hard negatives that weigh more."""
    sphere = Sphere(p, inputs, slips)
    psi, rho = np.cos(sphere.theta) - p.m, np.sin(sphere.theta)
    if p.base == "angular":
        psi, rho = np.cos(sphere.theta + p.m), np.sin(sphere.theta + p.m)
    bound = math.inf
    if "margin only where the cosine is positive" in slips:
        bound = math.pi / 2
    if "margin only where the cosine is larger" in slips:
        bound = math.acos(p.m)
    off = sphere.theta >= bound
    factor = 1 + p.t if p.form == "adaptive" else 1.0
    t = 0.0 if "nothing added to hard negatives" in slips else p.t

    def hard(cos):
        return factor * cos + t, np.full_like(cos, factor)

    return _hard(sphere, psi, rho, hard, slips, off, np.cos(sphere.theta))


def curricularface(p: SimpleNamespace, inputs: dict, slips: Slips) -> tuple[Any, Any]:
    """Hard negatives, easy ones first."""
    sphere, state = Sphere(p, inputs, slips), inputs.get("state")
    psi, rho = np.cos(sphere.theta + p.m), np.sin(sphere.theta + p.m)
    before = 0.0 if state is None else state[0]
    seen = psi if "t after the margin" in slips else np.cos(sphere.theta)
    weight = 1.0 if "this batch alone" in slips else p.weight
    t = (1 - weight) * before + weight * seen.mean()

    def hard(cos):
        return cos * (t + cos), t + 2 * cos

    off, branch = _past_pi(sphere, p.m, slips)
    return _hard(sphere, psi, rho, hard, slips, off, branch)


def _past_pi(sphere, m, slips):
    """Where, and by what, the target is replaced if it is made linear there."""
    off = (sphere.theta + m > math.pi) & ("linear past pi" in slips)
    return off, np.cos(sphere.theta) - m * math.sin(m)


def sub_center(p: SimpleNamespace, inputs: dict, slips: Slips) -> tuple[Any, Any]:
    """Of several rows a class the nearest."""
    x, w, y = inputs["x"], inputs["w"], inputs["y"]
    classes, k, d = w.shape
    flat = w.reshape(-1, d)
    x_hat = divided(x, np.linalg.norm(x, axis=1))
    cos = x_hat @ divided(flat, np.linalg.norm(flat, axis=1)).T
    grouped = cos.reshape(len(x), classes, k)
    best = grouped.argmax(axis=2)
    if "the farthest row" in slips:
        best = grouped.argmin(axis=2)
    own = y * k + best[np.arange(len(x)), y]
    sphere = Sphere(p, {"x": x, "w": flat, "y": own}, slips)
    psi, rho = np.cos(sphere.theta + p.m), np.sin(sphere.theta + p.m)
    off, branch = _past_pi(sphere, p.m, slips)
    psi = np.where(off, branch, psi)
    rho = np.where(off, np.sin(sphere.theta), rho)
    lost = np.repeat(np.eye(k, dtype=bool)[None], classes, axis=0)[
        np.arange(classes), best
    ].reshape(len(x), -1)
    phi = np.where(lost, sphere.cos, -np.inf)
    if "every row a class" in slips:
        phi = sphere.cos.copy()
    value, (dx, dw) = sphere.answer(psi, rho, phi)
    return value, (dx, dw.reshape(w.shape))


def ldam(p: SimpleNamespace, inputs: dict, slips: Slips) -> tuple[Any, Any]:
    """AM-Softmax with a margin a class."""
    sphere = Sphere(p, inputs, slips)
    counts = np.array(p.counts)
    delta = p.max_m * (counts.min() / counts) ** 0.25
    if "larger margins for common classes" in slips:
        delta = p.max_m * (counts / counts.max()) ** 0.25
    if "the margin not scaled" in slips:
        delta = delta / sphere.s
    weights = np.ones(len(counts))
    if p.class_weights is not None and "class weights left out" not in slips:
        weights = np.array(p.class_weights)

    def weigh(y):
        share = weights[y]
        return share, len(y) if "weighed mean by N" in slips else share.sum()

    psi, rho = np.cos(sphere.theta) - delta[sphere.y], np.sin(sphere.theta)
    return sphere.answer(psi, rho, weigh=weigh)
