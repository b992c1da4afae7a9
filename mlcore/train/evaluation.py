"""The network at test time."""

from mlcore.arrays import array_namespace, is_array, like
from mlcore.losses.directions import unit_rows
from mlcore.metrics import accuracy
from mlcore.validation import check_integer


def features(net, images, batch=512):
    """Features (N, D) of `images` (NumPy, bytes or floats), `batch` at a time to save memory."""
    check_integer("batch", batch, 1)
    starts = range(0, max(1, len(images)), batch)
    outs = [net.infer(to_network(net, images[i : i + batch])) for i in starts]
    return array_namespace(outs[0]).concat(outs, axis=0)


def evaluate(net, head, w, split, batch=512):
    """Accuracy of the network with the head's weights `w` on a `datasets.Split`."""
    x = features(net, split.images, batch)
    return accuracy(scores(head, x, w), like(split.labels, x))


# [scores]
def scores(head, x, w):
    """Test-time logits: inner products without any margin, and with ŵ where the loss has ‖w‖ = 1.

    (Dividing by ‖x‖ as well would not change which class wins.)
    """
    if getattr(head, "normalised_weights", False):
        w = unit_rows(w, "w")
    return x @ w.T


# [/scores]


def to_network(net, images):
    """NumPy `images` in the network's library, dtype and on its device; bytes become [0, 1].

    Bytes are moved as bytes, a quarter of the way's cost, and divided by 255 where they arrive.
    """
    reference = next((p for params in net.params for p in params if is_array(p)), images)
    images = like(images, reference)
    xp = array_namespace(images)
    if not xp.isdtype(images.dtype, "real floating"):
        images = xp.astype(images, xp.float32) * (1 / 255)
    return xp.astype(images, getattr(xp, net.dtype), copy=False)
