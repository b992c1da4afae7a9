"""The losses as they are written with PyTorch: by the formula, and so that they hold.

`PLAIN` has each formula as a paper prints it, `STABLE` as one writes it who knows
floating point, with PyTorch's own functions for it. Means over the batch, and all
hyper-parameters as the golden vectors' first.
"""

import math

import torch
import torch.nn.functional as F


def plain_cross_entropy(z, y):
    p = z.exp() / z.exp().sum(dim=1, keepdim=True)
    return -p.gather(1, y[:, None]).log().mean()


def softmax(cross_entropy):
    def loss(x, w, y, b):
        return cross_entropy(x @ w.T + b, y)

    return loss


def plain_rows(x):
    return x / (x * x).sum(dim=1, keepdim=True).sqrt()


def target(cosines, y):
    return cosines.gather(1, y[:, None])


def l_softmax(cross_entropy, normalise, unit_w=False):
    def loss(x, w, y):
        if unit_w:
            w = normalise(w)
        z = x @ w.T
        length = x.norm(dim=1) * w.norm(dim=1)[y]
        c = target(z, y)[:, 0] / length
        k = (4 * torch.acos(c.detach().clamp(-1, 1)) / math.pi).floor()
        psi = (1 - 2 * (k % 2)) * (8 * c**4 - 8 * c**2 + 1) - 2 * k
        return cross_entropy(z.scatter(1, y[:, None], (length * psi)[:, None]), y)

    return loss


def scaled(cross_entropy, normalise, psi, s):
    """A head of normalised features and weights, scaled by `s`."""

    def loss(x, w, y):
        c = normalise(x) @ normalise(w).T
        return cross_entropy(s * c.scatter(1, y[:, None], psi(target(c, y))), y)

    return loss


def additive(c):
    return c - 0.35


def plain_arc(c):
    return torch.cos(torch.acos(c) + 0.5)


def stable_arc(c):
    sine = ((1 - c) * (1 + c)).clamp(min=0).sqrt()
    return c * math.cos(0.5) - sine * math.sin(0.5)


def plain_combined(c):
    return torch.cos(torch.acos(c) + 0.3) - 0.2


def stable_combined(c):
    sine = ((1 - c) * (1 + c)).clamp(min=0).sqrt()
    return c * math.cos(0.3) - sine * math.sin(0.3) - 0.2


def center(x, centers, y):
    return ((x - centers[y]) ** 2).sum(dim=1).mean() / 2


def expanded_center(x, centers, y):
    """The square of the difference multiplied out, as for all pairs at once."""
    c = centers[y]
    return ((x * x).sum(1) - 2 * (x * c).sum(1) + (c * c).sum(1)).mean() / 2


def plain_focal(z, targets):
    p = 1 / (1 + torch.exp(-z))
    p_t = torch.where(targets == 1, p, 1 - p)
    alpha_t = torch.where(targets == 1, 0.25, 0.75).to(z.dtype)
    return -(alpha_t * (1 - p_t) ** 2 * p_t.log()).mean()


def stable_focal(z, targets):
    signed = torch.where(targets == 1, z, -z)
    alpha_t = torch.where(targets == 1, 0.25, 0.75).to(z.dtype)
    return -(alpha_t * torch.sigmoid(-signed) ** 2 * F.logsigmoid(signed)).mean()


def plain_softmax_focal(z, y):
    p = (z.exp() / z.exp().sum(dim=1, keepdim=True)).gather(1, y[:, None])
    return -((1 - p) ** 2 * p.log()).mean()


def stable_softmax_focal(z, y):
    log_p = F.log_softmax(z, dim=1).gather(1, y[:, None])
    return -(torch.expm1(log_p) ** 2 * log_p).mean()


def plain_distance(a, b):
    return ((a - b) ** 2).sum(dim=-1).sqrt()


def stable_distance(a, b):
    return torch.linalg.vector_norm(a - b, dim=-1)


def triplet(distance):
    def loss(a, p, n):
        return (distance(a, p) - distance(a, n) + 0.2).clamp(min=0).mean()

    return loss


def gram(x):
    """Distances of all pairs, by the product of the rows."""
    square = (x * x).sum(dim=1)
    return (square[:, None] - 2 * x @ x.T + square).clamp(min=0).sqrt()


def differences(x):
    return torch.linalg.vector_norm(x[:, None] - x[None], dim=-1)


def batch_hard(distances):
    def loss(x, y):
        same = y[:, None] == y
        d = distances(x.detach())
        own = ~torch.eye(len(y), dtype=torch.bool)
        far = torch.where(same & own, d, -torch.inf).argmax(dim=1)
        near = torch.where(same, torch.inf, d).argmin(dim=1)
        # Of the pairs chosen only: the root has no gradient on the diagonal.
        if distances is gram:
            square = (x * x).sum(dim=1)
            products = x @ x.T
            d = [
                (square + square[k] - 2 * target(products, k)[:, 0]).sqrt()
                for k in (far, near)
            ]
        else:
            d = [stable_distance(x, x[k]) for k in (far, near)]
        return (d[0] - d[1] + 0.2).clamp(min=0).mean()

    return loss


def circle(normalise, log_sum_exp, softplus):
    def loss(x, y):
        u = normalise(x)
        s = u @ u.T
        same = y[:, None] == y
        own = ~torch.eye(len(y), dtype=torch.bool)
        alpha_p = (1.25 - s.detach()).clamp(min=0)
        alpha_n = (s.detach() + 0.25).clamp(min=0)
        p = torch.where(same & own, -256 * alpha_p * (s - 0.75), -torch.inf)
        n = torch.where(~same, 256 * alpha_n * (s - 0.25), -torch.inf)
        return softplus(log_sum_exp(p) + log_sum_exp(n)).mean()

    return loss


def plain_log_sum_exp(z):
    return z.exp().sum(dim=1).log()


def plain_softplus(z):
    return (1 + z.exp()).log()


def all_losses(cross_entropy, normalise, psis):
    """What plainly and stably written losses share."""
    return {
        "cross-entropy": cross_entropy,
        "softmax": softmax(cross_entropy),
        "l-softmax": l_softmax(cross_entropy, normalise),
        "a-softmax": l_softmax(cross_entropy, normalise, unit_w=True),
        "am-softmax": scaled(cross_entropy, normalise, additive, 30.0),
        "arcface": scaled(cross_entropy, normalise, psis[0], 64.0),
        "combined": scaled(cross_entropy, normalise, psis[1], 64.0),
    }


PLAIN = {
    **all_losses(plain_cross_entropy, plain_rows, (plain_arc, plain_combined)),
    "center": expanded_center,
    "focal": plain_focal,
    "softmax-focal": plain_softmax_focal,
    "triplet": triplet(plain_distance),
    "batch-triplet": batch_hard(gram),
    "circle": circle(plain_rows, plain_log_sum_exp, plain_softplus),
}
STABLE = {
    **all_losses(F.cross_entropy, F.normalize, (stable_arc, stable_combined)),
    "center": center,
    "focal": stable_focal,
    "softmax-focal": stable_softmax_focal,
    "triplet": triplet(stable_distance),
    "batch-triplet": batch_hard(differences),
    "circle": circle(F.normalize, lambda z: torch.logsumexp(z, 1), F.softplus),
}


def judged(function, names):
    """In the form that the judge calls; `names` are the arguments with a gradient."""

    def call(*arrays, **parameters):
        tensors = [torch.tensor(a) for a in arrays]
        wanted = [tensors[i].requires_grad_() for i in names]
        loss = function(*tensors)
        gradients = torch.autograd.grad(loss, wanted)
        return loss.item(), tuple(g.numpy() for g in gradients)

    return call
