"""What a head over many classes makes of the samples, before it looks at the classes.

The margin needs the samples and their own classes only: `MarginHead.target`.
"""

from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace
from mlcore.linalg import measured, scaled
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.target import Target
from mlcore.many.classes import Classes
from mlcore.many.communicators import Communicator, everybody, together
from mlcore.validation import check_finite


class Samples(NamedTuple):
    """What a loss makes of the samples and their own classes.

    Attributes
    ----------
    u : array, shape (N, D)
        The features as they count: the logits are u vᵀ.
    u_slope : array, shape (N, 1), or float
        du / dx, across x where x is normalised.
    target : array, shape (N,)
        The target logits, with their margin.
    target_dx, target_dw : array, shape (N, D)
        Their gradients by x and by the weights of the class.
    x_hat : array, shape (N, D), or None
        Where features are normalised.
    x_scale : array, shape (N, 1), or None
        What x was divided by.
    doubtful : str
        What an error calls the logits, where they may leave the dtype; elsewhere "".
    margin : Target, or None
        What a margin loss makes of them; psi and the cosines in it are those of all
        processes.
    state
        Of a loss that has one.
    """

    u: Array
    u_slope: Any
    target: Array
    target_dx: Array
    target_dw: Array
    x_hat: Array | None
    x_scale: Array | None
    doubtful: str
    margin: Target | None
    state: Any


def measure(loss: Any, x: Array, classes: Classes, comm: Communicator) -> bool:
    """Measure features `x` (N, D) and classes; return whether all rows are ordinary.

    Raises
    ------
    FloatingPointError
        If `x` or `w` holds NaN or infinity in any process; the message names the row.
    """

    def is_ordinary():
        rows_are = measured(x, "x")[2] is None
        return classes.measure() and rows_are

    ordinary = all(everybody(comm, is_ordinary))
    if isinstance(loss, MarginHead) and loss.has_large_s(x):
        ordinary = False
    if not ordinary:
        classes.measure_scaled()
    return ordinary


def samples_of(
    loss: Any,
    x: Array,
    y: Array,
    classes: Classes,
    comm: Communicator,
    state: Any,
    ordinary: bool,
) -> Samples:
    """The loss's own part of features `x` (N, D) with labels `y` (N,).

    `ordinary` is what `measure` says of them.

    Raises
    ------
    FloatingPointError
        If a logit or slope is too large for the dtype, in any process; the message
        names the row.
    """
    xp, w = array_namespace(x), classes.own_weights()
    is_margin = isinstance(loss, MarginHead)
    classes.normalise(is_margin and loss.normalised_weights)
    doubtful = "" if ordinary and classes.b is None else "x @ w.T"
    if not is_margin:
        logits = xp.vecdot(x, w)
        samples = Samples(x, 1.0, logits, w, x, None, None, doubtful, None, None)
    else:
        of_x, of_w = (measured(a) if ordinary else scaled(a) for a in (x, w))
        target = loss.target(x, of_x, of_w, y, state)
        if not ordinary:
            doubtful = "x @ w.T with its margin"
            together(comm, target.check_finite)
        u = target.x_factor * target.x
        v = of_w[0] * target.w_factor if loss.normalised_weights else w
        push_x, push_w = loss.pushes(target)
        dx = target.x_factor * v + target.x_slope * push_x
        dw = target.w_factor * u + target.w_slope * push_w
        x_hat = target.x_hat if loss.normalised_features else None
        logits = xp.vecdot(u, v) + target.added
        gradients = logits, dx, dw, x_hat, target.x_scale
        # The angle to a class is known where the class is.
        psi = comm.sum(xp.where(classes.here[:, None], target.psi, 0.0))
        cos = comm.sum(xp.where(classes.here, target.seen.cos, 0.0))
        target = target._replace(psi=psi, seen=target.seen._replace(cos=cos))
        samples = Samples(u, target.x_factor, *gradients, doubtful, target, state)
    if classes.b is not None:
        samples = samples._replace(target=samples.target + classes.own_bias())
    if doubtful:
        together(comm, lambda: check_finite(doubtful, samples.target))
    return samples
