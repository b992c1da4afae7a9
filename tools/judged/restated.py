"""Losses of repositories that no package carries, restated from reading their files.

Written anew from what their lines compute, for an automatic gradient; the links say
which lines. Where a file reads a parameter's data, the adapter does the same.
"""

import math

import torch
import torch.nn.functional as F

from tools.judged.with_torch import adapted

INSIGHTFACE = (
    "github.com/deepinsight/insightface/blob/{}/recognition/arcface_torch/losses.py"
)
RONGHUAIYANG = "github.com/ronghuaiyang/arcface-pytorch/blob/{}/models/{}"
OPENSPHERE = "github.com/ydwen/opensphere/blob/{}/model/head/{}"
CENTER = "github.com/KaiyangZhou/pytorch-center-loss/blob/{}/center_loss.py"


def _cosines(x, w):
    return F.normalize(x) @ F.normalize(w).T


def _replaced(cosines, y, target):
    """The cosines with another one for each sample's own class."""
    own = F.one_hot(y, cosines.shape[1]).bool()
    return torch.where(own, target[:, None], cosines)


def insightface_traced(x, w, y, m, s):
    """cos(theta + m) by the addition theorem, with the linear branch."""
    cosines = _cosines(x, w)
    c = cosines.gather(1, y[:, None])[:, 0]
    with_margin = c * math.cos(m) - torch.sqrt(1 - c**2) * math.sin(m)
    branch = c - m * math.sin(math.pi - m)
    target = torch.where(c > math.cos(math.pi - m), with_margin, branch)
    return F.cross_entropy(s * _replaced(cosines, y, target), y)


def insightface_in_place(x, w, y, m, s):
    """The angle is taken and enlarged in place, without a gradient of its own."""
    cosines = _cosines(x, w)
    with torch.no_grad():
        angle = torch.acos(cosines)
        target = torch.cos(angle.gather(1, y[:, None])[:, 0] + m)
        moved = _replaced(torch.cos(angle), y, target) - cosines
    return F.cross_entropy(s * (cosines + moved), y)


def arc_margin_product(x, w, y, m, s):
    """The same branch as above, chosen for every class and kept for the target."""
    return insightface_traced(x, w, y, m, s)


def arc_margin_product_easy(x, w, y, m, s):
    """With its option easy_margin."""
    cosines = _cosines(x, w)
    phi = cosines * math.cos(m) - torch.sqrt(1 - cosines**2) * math.sin(m)
    target = torch.where(cosines > 0, phi, cosines).gather(1, y[:, None])[:, 0]
    return F.cross_entropy(s * _replaced(cosines, y, target), y)


def add_margin_product(x, w, y, m, s):
    cosines = _cosines(x, w)
    target = cosines.gather(1, y[:, None])[:, 0] - m
    return F.cross_entropy(s * _replaced(cosines, y, target), y)


def sphere_product(x, w, y, m):
    """With the lambda that its schedule ends with, 5."""
    cosines = _cosines(x, w).clamp(-1, 1)
    c = cosines.gather(1, y[:, None])[:, 0]
    turned = (c, 2 * c**2 - 1, 4 * c**3 - 3 * c, 8 * c**4 - 8 * c**2 + 1)[m - 1]
    k = (m * c.detach().acos() / 3.14159265).floor()
    psi = (-1.0) ** k * turned - 2 * k
    logits = _replaced(cosines, y, (5 * c + psi) / 6)
    return F.cross_entropy(logits * x.norm(dim=1, keepdim=True), y)


def focal_of_mean(z, y, gamma):
    mean = F.cross_entropy(z, y)
    return (1 - torch.exp(-mean)) ** gamma * mean


def _unit_parameter(w):
    """Its rows are overwritten by unit rows; the gradient is that of the new ones."""
    return w + (F.normalize(w) - w).detach()


def opensphere_arcface(x, w, y, m, s):
    cosines = F.normalize(x) @ _unit_parameter(w).T
    with torch.no_grad():
        angle = torch.acos(cosines.clamp(-1 + 1e-5, 1 - 1e-5))
        angle += m * F.one_hot(y, len(w)).to(angle.dtype)
        moved = torch.cos(angle.clamp(1e-5, 3.14159)) - cosines
    return F.cross_entropy(s * (cosines + moved), y)


def opensphere_cosface(x, w, y, m, s):
    cosines = F.normalize(x) @ _unit_parameter(w).T
    margin = m * F.one_hot(y, len(w)).to(cosines.dtype)
    return F.cross_entropy(s * (cosines - margin), y)


def _center_loss():
    """Its centers move by SGD on the loss; alpha is the learning rate."""

    def call(x, centers, y, alpha):
        features, moving = (torch.tensor(a).requires_grad_() for a in (x, centers))
        labels = torch.tensor(y)
        own = ((features - moving[labels]) ** 2).sum(dim=1)
        loss = own.clamp(min=1e-12, max=1e12).sum() / len(x)
        dx, dc = torch.autograd.grad(loss, (features, moving))
        return loss.item(), (dx.numpy(),), centers - alpha * dc.numpy()

    return call


TABLE = [
    (
        "insightface",
        "ArcFace, traced",
        "arcface",
        adapted(insightface_traced),
        {},
        INSIGHTFACE.format("2e2e8c97c7bc3e79a4d5403ae12cd5dd2bd69658"),
    ),
    (
        "insightface",
        "ArcFace, in place",
        "arcface",
        adapted(insightface_in_place),
        {},
        "a copy of it: github.com/PhilMathew/color-blind-ai, losses.py",
    ),
    (
        "arcface-pytorch",
        "ArcMarginProduct",
        "arcface",
        adapted(arc_margin_product),
        {},
        RONGHUAIYANG.format("04ffdb301ec4691db47679db3178bd63f1899d16", "metrics.py"),
    ),
    (
        "arcface-pytorch",
        "ArcMarginProduct, easy_margin",
        "arcface",
        adapted(arc_margin_product_easy),
        {},
        RONGHUAIYANG.format("04ffdb301ec4691db47679db3178bd63f1899d16", "metrics.py"),
    ),
    (
        "arcface-pytorch",
        "AddMarginProduct",
        "am-softmax",
        adapted(add_margin_product),
        {},
        RONGHUAIYANG.format("04ffdb301ec4691db47679db3178bd63f1899d16", "metrics.py"),
    ),
    (
        "arcface-pytorch",
        "SphereProduct",
        "a-softmax",
        adapted(sphere_product),
        {"lam": 5.0},
        RONGHUAIYANG.format("04ffdb301ec4691db47679db3178bd63f1899d16", "metrics.py"),
    ),
    (
        "arcface-pytorch",
        "FocalLoss",
        "softmax-focal",
        adapted(focal_of_mean),
        {},
        RONGHUAIYANG.format(
            "a92b0dd736ac356a9e46b51aa3dc8e5e779dd682", "focal_loss.py"
        ),
    ),
    (
        "opensphere",
        "ArcFace",
        "arcface",
        adapted(opensphere_arcface),
        {},
        OPENSPHERE.format("e2315b7ecc81707767382af21f3f216021e1d47a", "arcface.py"),
    ),
    (
        "opensphere",
        "CosFace",
        "am-softmax",
        adapted(opensphere_cosface),
        {},
        OPENSPHERE.format("e2315b7ecc81707767382af21f3f216021e1d47a", "cosface.py"),
    ),
    (
        "pytorch-center-loss",
        "CenterLoss",
        "center",
        _center_loss(),
        {},
        CENTER.format("082ffa21c065426843f26129be51bb1cfd554806"),
    ),
]
