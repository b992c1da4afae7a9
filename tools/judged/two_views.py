"""Losses of two views: open_clip's, lightly's and MONAI's."""

import torch.nn.functional as F

from tools.judged.with_torch import adapted

TABLE: list[tuple] = []

try:
    from open_clip.loss import ClipLoss, SigLipLoss

    def clip(x, v, log_t):
        """Of unit features, as its models give them."""
        return ClipLoss()(F.normalize(x), F.normalize(v), log_t.exp())

    def siglip(x, v, log_t, b):
        return SigLipLoss()(F.normalize(x), F.normalize(v), log_t.exp(), b)

    TABLE += [
        ("open_clip_torch", "ClipLoss", "clip", adapted(clip), {}),
        ("open_clip_torch", "SigLipLoss", "siglip", adapted(siglip), {}),
    ]
except ImportError:
    pass

try:
    from lightly.loss.ntx_ent_loss import NTXentLoss

    def lightly_nt_xent(x1, x2, temperature):
        return NTXentLoss(temperature)(x1, x2)

    TABLE.append(("lightly", "NTXentLoss", "nt-xent", adapted(lightly_nt_xent), {}))
except ImportError:
    pass

try:
    from monai.losses import ContrastiveLoss

    def monai_nt_xent(x1, x2, temperature):
        return ContrastiveLoss(temperature)(x1, x2)

    TABLE.append(("monai", "ContrastiveLoss", "nt-xent", adapted(monai_nt_xent), {}))
except ImportError:
    pass
