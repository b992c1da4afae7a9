"""Losses of logits and losses of pairs in the place of a classification loss.

A training loop calls one thing: ``forward(x, w, y)`` on features, class weights and
labels, with the gradients ``(dx, dw)``. A loss that is called with something else comes
to it through an adapter.
"""

from dataclasses import dataclass
from typing import Any

from mlcore.arrays import Array, array_namespace, demote, overflow_to_infinity, promote
from mlcore.losses.base import Loss, Reduction
from mlcore.validation import check_features_and_weights, check_finite_logits


# [logit-head]
@dataclass(frozen=True)
class LogitHead:
    """A loss of logits as a loss of features: the logits are x wᵀ.

    This is the linear classifier without bias of `SoftmaxLoss`, under any loss of
    logits: by the chain rule through z = x wᵀ, dx = dz w and dw = dzᵀ x.

    Parameters
    ----------
    loss : Loss
        With ``forward(logits, y)``, as `SoftmaxFocalLoss` has it.

    Raises
    ------
    TypeError
        If it is no loss.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.losses import SoftmaxFocalLoss
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> head = LogitHead(SoftmaxFocalLoss(gamma=2.0))
    >>> loss, saved = head.forward(x, w, y)
    >>> round(float(loss), 4)  # (1 - p)^2 log(1 / p) with p = 1 / (1 + exp(3 - 4))
    0.0227
    >>> dx, dw = head.backward(saved)
    >>> dw.round(4)
    array([[ 0.1577,  0.2103],
           [-0.1577, -0.2103]])
    """

    loss: Loss

    def __post_init__(self):
        check_loss(self.loss)

    @property
    def reduction(self) -> Reduction:
        """That of the loss."""
        return self.loss.reduction

    @overflow_to_infinity()
    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, Any]:
        """Loss of features `x` (N, D) and class weights `w` (C, D) for labels `y`.

        `y` is what the loss takes: labels (N,), or targets (N, C).

        Returns
        -------
        loss : 0-d array, or what the loss returns with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape or dtype, or a label that the loss refuses; the
            message names the argument.
        FloatingPointError
            If `x` or `w` holds NaN or infinity, or if a logit is too large for the
            dtype; the message names the row.
        """
        check_features_and_weights(x, w)
        dtypes = x.dtype, w.dtype
        x, w = promote(x, w)
        z = x @ w.T
        check_finite_logits(z, x, w)
        loss, saved = self.loss.forward(z, y)
        return loss, (x, w, saved, dtypes)

    def backward(self, saved: Any, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        x, w, saved, dtypes = saved
        (dz,) = self.loss.backward(saved, dloss)
        return demote(dz @ w, dtypes[0]), demote(dz.T @ x, dtypes[1])


# [/logit-head]


@dataclass(frozen=True)
class PairHead:
    """A loss of the pairs of a batch as a loss of features under class weights.

    The class weights are not used, and do not move: their gradient is 0.

    Parameters
    ----------
    loss : Loss
        With ``forward(x, y)``, as `BatchTripletLoss`, `CircleLoss` and `SupConLoss`
        have it.

    Raises
    ------
    TypeError
        If it is no loss.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.losses import BatchTripletLoss
    >>> x, y, w = np.array([[0.0], [1.0], [1.1]]), np.array([0, 0, 1]), np.ones((2, 1))
    >>> head = PairHead(BatchTripletLoss(margin=0.2))
    >>> loss, saved = head.forward(x, w, y)
    >>> round(float(loss), 4)  # the mean of 0.1 and 1.1; the third has no positive
    0.6
    >>> dx, dw = head.backward(saved)
    >>> dw
    array([[0.],
           [0.]])
    """

    loss: Loss

    def __post_init__(self):
        check_loss(self.loss)

    @property
    def reduction(self) -> Reduction:
        """That of the loss."""
        return self.loss.reduction

    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, Any]:
        """Loss of features `x` (N, D) with labels `y` (N,), at any class weights `w`.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            Where the loss does.
        """
        loss, saved = self.loss.forward(x, y)
        return loss, (saved, w)

    def backward(self, saved: Any, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`; that of `w` is 0."""
        saved, w = saved
        (dx,) = self.loss.backward(saved, dloss)
        return dx, array_namespace(w).zeros_like(w)


def check_loss(loss: Any) -> None:
    """Refuse what has not the methods of a loss, the class of one included.

    Raises
    ------
    TypeError
        If it has not.
    """
    # Whoever writes one of their own may leave its reduction out: it is the mean.
    wanted = ("forward", "backward")
    if isinstance(loss, type) or not all(hasattr(loss, name) for name in wanted):
        raise TypeError(f"loss must be a loss, got {loss!r}")
