"""The losses of this book, one file each; `registry` lists them."""

from mlcore.losses.cross_entropy import SoftmaxCrossEntropy
from mlcore.losses.l_softmax import LargeMarginSoftmaxLoss
from mlcore.losses.softmax import SoftmaxLoss

__all__ = ["LargeMarginSoftmaxLoss", "SoftmaxCrossEntropy", "SoftmaxLoss"]
