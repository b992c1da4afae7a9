"""The second part's losses of repositories that no package carries; see `restated`."""

import math

import torch
import torch.nn.functional as F

from tools.judged.restated import _cosines, _replaced, _unit_parameter
from tools.judged.with_torch import adapted

ADAFACE = "github.com/mk-minchul/AdaFace/blob/{}/head.py"
MAGFACE = "github.com/IrvingMeng/MagFace/blob/{}/models/magface.py"
CURRICULARFACE = "github.com/HuangYG123/CurricularFace/blob/{}/head/metrics.py"
FACEX_ZOO = "github.com/JDAI-CV/FaceX-Zoo/blob/{}/head/MV_Softmax.py"
OPENSPHERE = "github.com/ydwen/opensphere/blob/{}/model/head/sphereface2.py"
LDAM = "github.com/kaidic/LDAM-DRW/blob/{}/losses.py"
ASL = "github.com/Alibaba-MIIL/ASL/blob/{}/src/loss_functions/losses.py"
SUPCONTRAST = "github.com/HobbitLong/SupContrast/blob/{}/losses.py"
PROXY_ANCHOR = "github.com/tjddus9597/Proxy-Anchor-CVPR2020/blob/{}/code/losses.py"


def _own(cosines, y):
    return cosines.gather(1, y[:, None])[:, 0]


def _turned(c, m):
    """cos(theta + m) by the addition theorem."""
    return c * math.cos(m) - torch.sqrt(1 - c**2) * math.sin(m)


def adaface(x, w, y, state, m, h, s, weight):
    """Two clamps, of the cosine and of the angle after its margin."""
    cosines = _cosines(x, w).clamp(-1 + 1e-3, 1 - 1e-3)
    lengths = x.detach().norm(dim=1).clamp(1e-3, 100)
    std = lengths.std()
    if std.isnan():
        raise ValueError("its loss is NaN, by the deviation of one length")
    mean, std = (1 - weight) * state + weight * torch.stack([lengths.mean(), std])
    q = (h * (lengths - mean) / (std + 1e-3)).clamp(-1, 1)
    angle = (_own(cosines, y).acos() - m * q).clamp(1e-3, math.pi - 1e-3)
    return F.cross_entropy(s * _replaced(cosines, y, angle.cos() - m - m * q), y)


def magface(x, w, y, l_a, u_a, l_m, u_m, lam, s):
    """With easy_margin, which is its default."""
    cosines, a = _cosines(x, w).clamp(-1, 1), x.norm(dim=1).clamp(l_a, u_a)
    m = l_m + (u_m - l_m) / (u_a - l_a) * (a - l_a)
    c = _own(cosines, y)
    moved = c * torch.cos(m) - torch.sqrt(1 - c**2) * torch.sin(m)
    target = torch.where(c > 0, moved, c)
    paid = (1 / a + a / u_a**2).mean()
    return F.cross_entropy(s * _replaced(cosines, y, target), y) + lam * paid


def curricularface(x, w, y, state, m, s):
    """Its running mean takes a hundredth of each batch."""
    cosines = _cosines(x, w).clamp(-1, 1)
    c = _own(cosines, y)
    moved = _turned(c, m)
    t = 0.01 * c.detach().mean() + 0.99 * state
    harder = torch.where(cosines > moved[:, None], cosines * (t + cosines), cosines)
    branch = c - m * math.sin(math.pi - m)
    target = torch.where(c > math.cos(math.pi - m), moved, branch)
    return F.cross_entropy(s * _replaced(harder, y, target), y)


def mv_softmax(additive):
    def loss(x, w, y, t, m, s):
        """Of unit features, which its head is given."""
        cosines = _cosines(x, w)
        c = _own(cosines, y)
        moved = c - m if additive else _turned(c, m)
        target = torch.where(c > (m if additive else 0), moved, c)
        hard = cosines > moved[:, None]
        harder = torch.where(hard, (1 + t) * cosines + t, cosines)
        return F.cross_entropy(s * _replaced(harder, y, target), y)

    return loss


def sphereface2(x, w, y, b, lam, r, m, t):
    """SphereFace2-C, with 1 for the weight of 50 that it gives to the loss."""
    cosines = F.normalize(x) @ _unit_parameter(w).T
    own = F.one_hot(y, len(w)).to(x.dtype)
    with torch.no_grad():
        adjusted = 2 * ((cosines + 1) / 2) ** t - 1 - m * (2 * own - 1)
        moved = adjusted - cosines
    weight = (lam * own + (1 - lam) * (1 - own)) * len(w) / r
    logits = r * (cosines + moved) + b
    return F.binary_cross_entropy_with_logits(logits, own, weight=weight)


def ldam(x, w, y, counts, max_m, s, class_weights):
    margins = torch.tensor(counts, dtype=x.dtype) ** -0.25
    margins = margins * (max_m / margins.max())
    weight = None if class_weights is None else torch.tensor(class_weights).to(x.dtype)
    cosines = _cosines(x, w)
    target = _own(cosines, y) - margins[y]
    return F.cross_entropy(s * _replaced(cosines, y, target), y, weight=weight)


def asymmetric(z, targets):
    """With its defaults, exponents 1 and 4 and a shift of 0.05."""
    yes = torch.sigmoid(z)
    no = (1 - yes + 0.05).clamp(max=1)
    p = torch.where(targets == 1, yes, no)
    gamma = torch.where(targets == 1, 1, 4)
    return -((1 - p) ** gamma * torch.log(p.clamp(min=1e-8))).sum()


def supcon(x, y, temperature):
    """Of unit features, one view each; its base temperature is 0.07."""
    u = F.normalize(x)
    z = u @ u.T / temperature
    others = 1 - torch.eye(len(x), dtype=x.dtype)
    positive = (y[:, None] == y) * others
    if (positive.sum(dim=1) == 0).any():
        raise ValueError("its loss is NaN, by a mean over no positive")
    z = z - z.max(dim=1, keepdim=True).values.detach()
    log_p = z - torch.log((torch.exp(z) * others).sum(dim=1, keepdim=True))
    means = (positive * log_p).sum(dim=1) / positive.sum(dim=1)
    return -(temperature / 0.07 * means).mean()


def proxy_anchor(x, w, y, alpha, delta):
    cosines, own = _cosines(x, w), F.one_hot(y, len(w)) == 1
    near = torch.exp(-alpha * (cosines - delta)).where(own, torch.zeros(())).sum(dim=0)
    far = torch.exp(alpha * (cosines + delta)).where(~own, torch.zeros(())).sum(dim=0)
    present = own.any(dim=0).sum()
    return torch.log(1 + near).sum() / present + torch.log(1 + far).sum() / len(w)


TABLE = [
    (
        "AdaFace",
        "AdaFace, of two samples and more",
        "adaface",
        adapted(adaface, held=1),
        {},
        ADAFACE.format("9cb981642eb7b579487bfadb0ee9ad8fc3772b74"),
    ),
    (
        "MagFace",
        "MagLoss, MagLinear",
        "magface",
        adapted(magface),
        {},
        MAGFACE.format("719001a07b3cb87811450d53062d5ae678a4908e"),
    ),
    (
        "CurricularFace",
        "CurricularFace",
        "curricularface",
        adapted(curricularface, held=1),
        {},
        CURRICULARFACE.format("d3802651f9672ae4ac0d09235c292252ba53a364"),
    ),
    (
        "FaceX-Zoo",
        "MV_Softmax, is_am",
        "mv-softmax",
        adapted(mv_softmax(True)),
        {"base": "additive", "form": "adaptive"},
        FACEX_ZOO.format("a82aab3306672a20d63bb5630a3d6d2dbb4f3992"),
    ),
    (
        "FaceX-Zoo",
        "MV_Softmax",
        "mv-softmax",
        adapted(mv_softmax(False)),
        {"base": "angular", "form": "adaptive"},
        FACEX_ZOO.format("a82aab3306672a20d63bb5630a3d6d2dbb4f3992"),
    ),
    (
        "opensphere",
        "SphereFace2",
        "sphereface2",
        adapted(sphereface2),
        {"gradient": "detached"},
        OPENSPHERE.format("9d53d2833160c17b3fbba73f7e6c104e7360ae72"),
    ),
    (
        "LDAM-DRW",
        "LDAMLoss",
        "ldam",
        adapted(ldam),
        {},
        LDAM.format("3193f05c1e6e8c4798c5419e97c5a479d991e3e9"),
    ),
    (
        "ASL",
        "AsymmetricLoss",
        "asymmetric",
        adapted(asymmetric),
        {"gamma_pos": 1.0, "gamma_neg": 4.0, "m": 0.05},
        ASL.format("05b193d8a39bbc5fb2c3be7b52d5188416594544"),
    ),
    (
        "SupContrast",
        "SupConLoss, every anchor with a positive",
        "supcon",
        adapted(supcon),
        {"form": "out"},
        SUPCONTRAST.format("2728c6776476a6d7cfcd7dc956ed5d2637137543"),
    ),
    (
        "Proxy-Anchor",
        "Proxy_Anchor",
        "proxy-anchor",
        adapted(proxy_anchor),
        {},
        PROXY_ANCHOR.format("952c5af50375fed675a2526519b39b95db1b1fb3"),
    ),
]
