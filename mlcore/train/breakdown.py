"""What was behind a breakdown: the parameter, or the image, that was not finite first."""

import numpy as np

from mlcore.arrays import to_numpy
from mlcore.train.inputs import bad_rows
from mlcore.train.state import check_state


def explained(error, state, net, x, rng, chosen):
    """The `error` that a step on the images numbered `chosen` ended with, and what was behind it.

    Asked once, when all is lost: it computes the features again, and a step that goes well pays
    nothing for it.

    Parameters
    ----------
    error : FloatingPointError
    state : State
    net : layers.Sequential
    x : array, shape (B, ...)
        What the network was given.
    rng : numpy.random.Generator
        For the layers that draw.
    chosen : numpy.ndarray, shape (B,)

    Returns
    -------
    FloatingPointError
    """
    try:
        check_state(state, net)
    except FloatingPointError as found:
        return FloatingPointError(f"{error}; {found}")
    with np.errstate(all="ignore"):  # They overflow: that is what is looked for.
        features, _ = net.forward(x, rng)
    bad = bad_rows(to_numpy(features))
    if not bad.any():
        return error
    # A BatchNorm carries one image's infinity into all rows: then none can be named.
    which = "those of the whole batch" if bad.all() else f"those of image {chosen[bad.argmax()]}"
    return FloatingPointError(f"{error}; the features must be finite, but {which} are not")
