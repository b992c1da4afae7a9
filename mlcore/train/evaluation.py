"""The network at test time."""

from typing import Any

from mlcore.arrays import Array, array_namespace, like
from mlcore.datasets import Split
from mlcore.layers import Sequential
from mlcore.linalg import unit_rows
from mlcore.many import ManyClasses
from mlcore.metrics import accuracy
from mlcore.train.inputs import check_images, to_network
from mlcore.validation import check_integer, check_same_size


def features(net: Sequential, images: Any, batch: int = 512) -> Array:
    """Features (N, D) of `images` (NumPy, bytes or floats), `batch` at a time.

    Raises
    ------
    FloatingPointError
        If an image is not finite; the message says which.
    """
    check_integer("batch", batch, 1)
    check_images("images", images, net.dtype)
    starts = range(0, max(1, len(images)), batch)
    outs = [net.infer(to_network(net, images[i : i + batch])) for i in starts]
    return array_namespace(outs[0]).concat(outs, axis=0)


def evaluate(
    net: Sequential, head: Any, w: Array, split: Split, batch: int = 512
) -> float:
    """Accuracy of the network with the head's weights `w` on a `datasets.Split`.

    Raises
    ------
    FloatingPointError
        If an image is not finite.
    """
    x = features(net, split.images, batch)
    y = like(split.labels, x)
    if isinstance(head, ManyClasses):
        return head.accuracy(x, w, y)
    return accuracy(scores(head, x, w), y)


def scores(head: Any, x: Array, w: Array) -> Array:
    """Test-time logits: x wᵀ without any margin, and with ŵ where the loss has ‖w‖ = 1.

    (Dividing by ‖x‖ as well would not change which class wins.) Of several rows a
    class, w (C, K, D), the largest counts.

    Raises
    ------
    ValueError
        If `x` and `w` differ in the number of features.
    """
    check_same_size("w", w, w.ndim - 1, "x", x, 1)
    xp = array_namespace(x)
    rows = xp.reshape(w, (-1, x.shape[1]))
    if getattr(head, "normalised_weights", False):
        rows = unit_rows(rows, "w")
    z = x @ rows.T
    if w.ndim == 2:
        return z
    return xp.max(xp.reshape(z, (z.shape[0], *w.shape[:2])), axis=2)
