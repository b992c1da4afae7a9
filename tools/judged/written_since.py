"""The second part's losses as they are written with PyTorch; see `written`."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from tools.judged import written
from tools.judged.written import target


class Tools(NamedTuple):
    """What is written in one way by the formula and in another by who knows better."""

    cross_entropy: Callable[..., Any]
    normalise: Callable[..., Any]
    log_sum_exp: Callable[..., Any]
    minus_log_sigma: Callable[..., Any]
    distance: Callable[..., Any]
    turned: Callable[..., Any]


def plain_turned(c, angle):
    return torch.cos(torch.acos(c) + angle)


def stable_turned(c, angle):
    sine = ((1 - c) * (1 + c)).clamp(min=0).sqrt()
    return c * torch.cos(angle) - sine * torch.sin(angle)


def plain_minus_log_sigma(u):
    return -(1 / (1 + torch.exp(-u))).log()


def cosines(use, x, w):
    return use.normalise(x) @ use.normalise(w).T


def counts(like):
    return torch.tensor([400.0, 40.0, 8.0, 4.0], dtype=like.dtype)


def adaface(use):
    def loss(x, w, y):
        c = cosines(use, x, w)
        a = x.detach().norm(dim=1, keepdim=True)
        q = ((a - a.mean()) / (a.std() + 1e-3) / 3).clamp(-1, 1)
        psi = use.turned(target(c, y), -0.4 * q) - 0.4 * (1 + q)
        return use.cross_entropy(64 * c.scatter(1, y[:, None], psi), y)

    return loss


def magface(use):
    def loss(x, w, y):
        c = cosines(use, x, w)
        a = x.norm(dim=1, keepdim=True).clamp(10, 110)
        psi = use.turned(target(c, y), 0.45 + 0.35 / 100 * (a - 10))
        paid = 35 * (1 / a + a / 110**2).mean()
        return use.cross_entropy(64 * c.scatter(1, y[:, None], psi), y) + paid

    return loss


def curricularface(use):
    def loss(x, w, y):
        c = cosines(use, x, w)
        psi = use.turned(target(c, y), torch.tensor(0.5, dtype=x.dtype))
        t = 0.01 * target(c, y).detach().mean()
        c = torch.where(c > psi, c * (t + c), c)
        return use.cross_entropy(64 * c.scatter(1, y[:, None], psi), y)

    return loss


def mv_softmax(use):
    def loss(x, w, y):
        c = cosines(use, x, w)
        psi = target(c, y) - 0.35
        c = torch.where(c > psi, 1.2 * c + 0.2, c)
        return use.cross_entropy(32 * c.scatter(1, y[:, None], psi), y)

    return loss


def sub_center(use):
    def loss(x, w, y):
        every = cosines(use, x, w.reshape(-1, w.shape[2]))
        c = every.reshape(len(x), *w.shape[:2]).max(dim=2).values
        psi = use.turned(target(c, y), torch.tensor(0.5, dtype=x.dtype))
        return use.cross_entropy(64 * c.scatter(1, y[:, None], psi), y)

    return loss


def ldam(use):
    def loss(x, w, y):
        c, n = cosines(use, x, w), counts(x)
        psi = target(c, y) - (0.5 * (n.min() / n) ** 0.25)[y][:, None]
        return use.cross_entropy(30 * c.scatter(1, y[:, None], psi), y)

    return loss


def vector_scaling(use):
    """With its first setting, which is logit adjustment."""

    def loss(z, y):
        n = counts(z)
        return use.cross_entropy(z + (n / n.sum()).log(), y)

    return loss


def plain_asymmetric(z, targets):
    p = 1 / (1 + torch.exp(-z))
    p_t = torch.where(targets == 1, p, 1 - (p - 0.05).clamp(min=0))
    return -((1 - p_t) ** torch.where(targets == 1, 1, 4) * p_t.log()).mean()


def stable_asymmetric(z, targets):
    p_m = (torch.sigmoid(z) - 0.05).clamp(min=0)
    yes = torch.sigmoid(-z) * F.logsigmoid(z)
    return -torch.where(targets == 1, yes, p_m**4 * torch.log1p(-p_m)).mean()


def sphereface2(use):
    def loss(x, w, y, b):
        zeta = 2 * ((cosines(use, x, w) + 1) / 2) ** 3 - 1
        own = F.one_hot(y, len(w)) == 1
        u = torch.where(own, 40 * (zeta - 0.4) + b, -40 * (zeta + 0.4) - b)
        weight = 0.3 + 0.4 * own.to(x.dtype)
        return (weight * use.minus_log_sigma(u)).sum() / (40 * len(x))

    return loss


def contrastive(use):
    def loss(x1, x2, same):
        d = use.distance(x1, x2)
        return (torch.where(same == 1, d, (1 - d).clamp(min=0)) ** 2 / 2).mean()

    return loss


def n_pair(use):
    def loss(f, f_plus):
        return use.cross_entropy(f @ f_plus.T, torch.arange(len(f)))

    return loss


def nt_xent(use):
    def loss(x1, x2):
        u, n = use.normalise(torch.cat([x1, x2])), len(x1)
        z = (u @ u.T / 0.5).masked_fill(torch.eye(2 * n) == 1, -torch.inf)
        return use.cross_entropy(z, torch.arange(2 * n).roll(n))

    return loss


def supcon(use):
    def loss(x, y):
        u, itself = use.normalise(x), torch.eye(len(x)) == 1
        z = u @ u.T / 0.1
        others = use.log_sum_exp(z.masked_fill(itself, -torch.inf))
        positive = (y[:, None] == y) & ~itself
        share = positive / positive.sum(dim=1, keepdim=True)
        return (share.to(x.dtype) * (others[:, None] - z)).sum(dim=1).mean()

    return loss


def clip(use):
    def loss(x, v, log_t):
        z, own = log_t.exp() * cosines(use, x, v), torch.arange(len(x))
        return (use.cross_entropy(z, own) + use.cross_entropy(z.T, own)) / 2

    return loss


def siglip(use):
    def loss(x, v, log_t, b):
        u = log_t.exp() * cosines(use, x, v) + b
        sign = 2 * torch.eye(len(x), dtype=x.dtype) - 1
        return use.minus_log_sigma(sign * u).sum() / len(x)

    return loss


def proxy_nca(use):
    def loss(x, w, y):
        u, proxies = use.normalise(x), use.normalise(w)
        z = -((u[:, None] - proxies) ** 2).sum(dim=2)
        others = z.masked_fill(F.one_hot(y, len(w)) == 1, -torch.inf)
        return (use.log_sum_exp(others) - target(z, y)[:, 0]).mean()

    return loss


def proxy_anchor(use):
    def loss(x, w, y):
        c, own = cosines(use, x, w), F.one_hot(y, len(w)) == 1
        near = (-32 * (c - 0.1)).masked_fill(~own, -torch.inf)
        far = (32 * (c + 0.1)).masked_fill(own, -torch.inf)
        one = torch.zeros((len(w), 1), dtype=x.dtype)
        pull, push = (use.log_sum_exp(torch.cat([one, e.T], 1)) for e in (near, far))
        return pull.sum() / own.any(dim=0).sum() + push.mean()

    return loss


def all_losses(use):
    """The losses that differ by their tools alone."""
    makers = {
        "adaface": adaface,
        "magface": magface,
        "curricularface": curricularface,
        "mv-softmax": mv_softmax,
        "sub-center-arcface": sub_center,
        "ldam": ldam,
        "vector-scaling": vector_scaling,
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
    return {name: maker(use) for name, maker in makers.items()}


PLAIN = all_losses(
    Tools(
        written.plain_cross_entropy,
        written.plain_rows,
        written.plain_log_sum_exp,
        plain_minus_log_sigma,
        written.plain_distance,
        plain_turned,
    )
) | {"asymmetric": plain_asymmetric}
STABLE = all_losses(
    Tools(
        F.cross_entropy,
        F.normalize,
        lambda z: torch.logsumexp(z, 1),
        lambda u: -F.logsigmoid(u),
        written.stable_distance,
        stable_turned,
    )
) | {"asymmetric": stable_asymmetric}
