"""The margin heads as PyTorch users write them: with autograd, and from a library."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

try:
    from pytorch_metric_learning import losses as library
except ImportError:  # measured where it is installed
    library = None


def softmax(x: Tensor, w: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(x @ w.T, y)


def l_softmax(
    x: Tensor, w: Tensor, y: Tensor, m: int = 4, normalised_weights: bool = False
) -> Tensor:
    if normalised_weights:
        w = F.normalize(w)
    z = x @ w.T
    z_y = z.gather(1, y[:, None])[:, 0]
    length = x.norm(dim=1) * w.norm(dim=1)[y]
    c = (z_y / length).clamp(-1, 1)
    k = (m * torch.acos(c.detach()) / math.pi).floor()
    psi = (1 - 2 * (k % 2)) * (8 * c**4 - 8 * c**2 + 1) - 2 * k  # m = 4
    return F.cross_entropy(z.scatter(1, y[:, None], (length * psi)[:, None]), y)


def a_softmax(x: Tensor, w: Tensor, y: Tensor) -> Tensor:
    return l_softmax(x, w, y, normalised_weights=True)


def am_softmax(
    x: Tensor, w: Tensor, y: Tensor, m: float = 0.35, s: float = 30.0
) -> Tensor:
    c = F.normalize(x) @ F.normalize(w).T
    c_y = c.gather(1, y[:, None])
    return F.cross_entropy(s * c.scatter(1, y[:, None], c_y - m), y)


def arcface(x: Tensor, w: Tensor, y: Tensor, m: float = 0.5, s: float = 64.0) -> Tensor:
    c = F.normalize(x) @ F.normalize(w).T
    c_y = c.gather(1, y[:, None]).clamp(-1 + 1e-7, 1 - 1e-7)
    return F.cross_entropy(
        s * c.scatter(1, y[:, None], torch.cos(torch.acos(c_y) + m)), y
    )


def combined(
    x: Tensor,
    w: Tensor,
    y: Tensor,
    m1: float = 1.2,
    m2: float = 0.3,
    m3: float = 0.1,
    s: float = 64.0,
) -> Tensor:
    c = F.normalize(x) @ F.normalize(w).T
    c_y = c.gather(1, y[:, None]).clamp(-1 + 1e-7, 1 - 1e-7)
    target = torch.cos(m1 * torch.acos(c_y) + m2) - m3
    return F.cross_entropy(s * c.scatter(1, y[:, None], target), y)


PLAIN = {
    f.__name__.replace("_", "-"): f
    for f in (softmax, l_softmax, a_softmax, am_softmax, arcface, combined)
}

# Its classes keep the weights as a parameter (D, C).
LIBRARY = {
    "softmax": lambda c, d: library.NormalizedSoftmaxLoss(c, d),
    "l-softmax": lambda c, d: library.LargeMarginSoftmaxLoss(c, d, margin=4),
    "a-softmax": lambda c, d: library.SphereFaceLoss(c, d, margin=4),
    "am-softmax": lambda c, d: library.CosFaceLoss(c, d, margin=0.35, scale=30),
    "arcface": lambda c, d: library.ArcFaceLoss(
        c, d, margin=math.degrees(0.5), scale=64
    ),
}


PLACE = {"cpu": "cpu", "gpu": "cuda"}


def plain(
    name: str, x: Any, w: Any, y: Any, device: str, compiled: bool = False
) -> Callable[[], Any]:
    """A function that runs forward and backward of the plainly written head."""
    x, w = (torch.tensor(a, requires_grad=True, device=PLACE[device]) for a in (x, w))
    y = torch.tensor(y, device=PLACE[device])
    head = torch.compile(PLAIN[name]) if compiled else PLAIN[name]

    def run():
        x.grad = w.grad = None
        head(x, w, y).backward()
        return x.grad, w.grad

    return run


def from_library(
    name: str, x: Any, w: Any, y: Any, device: str
) -> Callable[[], Any] | None:
    """Forward and backward of pytorch-metric-learning's head as a function, or None."""
    if library is None or name not in LIBRARY:
        return None
    head = LIBRARY[name](*w.shape).to(PLACE[device])
    with torch.no_grad():
        head.W.copy_(torch.tensor(w).T)
    x = torch.tensor(x, requires_grad=True, device=PLACE[device])
    y = torch.tensor(y, device=PLACE[device])

    def run():
        x.grad = head.W.grad = None
        head(x, y).backward()
        return x.grad, head.W.grad

    return run
