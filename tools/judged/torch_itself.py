"""PyTorch's own losses, torchvision's, timm's and kornia's."""

import torch.nn.functional as F

from tools.judged.with_torch import adapted


def cross_entropy(z, y):
    return F.cross_entropy(z, y)


def triplet(a, p, n):
    return F.triplet_margin_loss(a, p, n, margin=0.2)


def triplet_cosine(a, p, n):
    def distance(u, v):
        return 1 - F.cosine_similarity(u, v)

    return F.triplet_margin_with_distance_loss(
        a, p, n, margin=0.2, distance_function=distance
    )


TABLE: list[tuple] = [
    ("torch", "cross_entropy", "cross-entropy", adapted(cross_entropy), {}),
    ("torch", "triplet_margin_loss", "triplet", adapted(triplet), {}),
    (
        "torch",
        "triplet_margin_with_distance_loss, cosine",
        "triplet",
        adapted(triplet_cosine),
        {"distance": "cosine"},
    ),
]

try:
    from torchvision.ops import sigmoid_focal_loss

    def focal(z, t, gamma, alpha):
        alpha = -1 if alpha is None else alpha
        return sigmoid_focal_loss(z, t.to(z.dtype), alpha, gamma, reduction="mean")

    TABLE.append(("torchvision", "sigmoid_focal_loss", "focal", adapted(focal), {}))
except ImportError:
    pass

try:
    from timm.loss import AsymmetricLossMultiLabel, LabelSmoothingCrossEntropy

    def smoothed(z, y, label_smoothing):
        return LabelSmoothingCrossEntropy(smoothing=label_smoothing)(z, y)

    def asymmetric(**options):
        loss = AsymmetricLossMultiLabel(reduction="mean", **options)
        return adapted(lambda z, targets: loss(z, targets))

    TABLE += [
        (
            "timm",
            "LabelSmoothingCrossEntropy",
            "cross-entropy",
            adapted(smoothed),
            {"label_smoothing": 0.1},
        ),
        (
            "timm",
            "AsymmetricLossMultiLabel",
            "asymmetric",
            asymmetric(),
            {"gamma_pos": 1.0, "gamma_neg": 4.0, "m": 0.05},
        ),
        (
            "timm",
            "AsymmetricLossMultiLabel, exponents of 0.5",
            "asymmetric",
            asymmetric(gamma_pos=0.5, gamma_neg=0.5, clip=0.25),
            {"gamma_pos": 0.5, "gamma_neg": 0.5, "m": 0.25},
        ),
    ]
except ImportError:
    pass

try:
    from kornia.losses import binary_focal_loss_with_logits, focal_loss

    def kornia_binary(z, t, gamma, alpha):
        return binary_focal_loss_with_logits(
            z, t.to(z.dtype), alpha=alpha, gamma=gamma, reduction="mean"
        )

    def kornia_softmax(z, y, gamma):
        return focal_loss(z, y, alpha=None, gamma=gamma, reduction="mean")

    TABLE += [
        (
            "kornia",
            "binary_focal_loss_with_logits",
            "focal",
            adapted(kornia_binary),
            {},
        ),
        ("kornia", "focal_loss", "softmax-focal", adapted(kornia_softmax), {}),
    ]
except ImportError:
    pass
