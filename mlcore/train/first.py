"""The weights with which a head begins."""

import numpy as np

from mlcore.arrays import Array, like, overflow_to_infinity, to_numpy
from mlcore.datasets import Dataset
from mlcore.layers import Sequential
from mlcore.layers.initial import he_normal
from mlcore.many import Communicator, share
from mlcore.train.inputs import to_network
from mlcore.validation import check_finite, check_float_array, check_shape


def first_weights(
    net: Sequential,
    data: Dataset,
    rng: np.random.Generator,
    comm: Communicator,
    w: Array | None,
) -> Array:
    """The first w: what the caller gave, or drawn rows (C, D), C from the labels and D
    from the features of an image.

    Raises
    ------
    ValueError, TypeError
        If the network returns no features, or `w` has not the shape for them.
    FloatingPointError
        If `w` holds NaN or infinity, or what the network's dtype cannot hold.
    """
    out = net.infer(to_network(net, data.train.images[:1]))
    if out.ndim != 2:
        raise ValueError(
            f"net must return features (N, D), got shape {tuple(out.shape)}"
        )
    classes, d = int(data.train.labels.max()) + 1, out.shape[1]
    drawn = he_normal(rng, (classes, d), d)
    if w is None:
        return like(drawn[share(classes, comm)].astype(net.dtype), out)
    check_float_array("w", w, (2, 3))
    here = len(drawn[share(classes, comm)])
    check_shape("w", w, (here, d) if w.ndim == 2 else (here, w.shape[1], d))
    with overflow_to_infinity():
        w = to_numpy(w).astype(net.dtype)
    check_finite("w", w)
    return like(w, out)
