"""Margin losses with a state: running values that a loss reads, and returns moved."""

from dataclasses import dataclass
from typing import Any

from mlcore.arrays import Array, cast, overflow_to_infinity
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.target import Seen
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_same_library,
    check_shape,
)


@dataclass(frozen=True)
class StatefulHead(MarginHead):
    """A margin head whose margin depends on running values over the batches.

    The loss itself stays as it is: like the centers of `CenterLoss`, the state is an
    argument of `forward`, and `update` returns a new one. A batch enters the running
    values before they are used, as in the code of both papers: forward reads what
    `update` returns.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    def moved(self, state: Any, seen: Seen) -> Array:
        """The state with a batch in it.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            For a state that is none.
        """
        raise NotImplementedError

    def forward(
        self, x: Array, w: Array, y: Array, state: Any = None
    ) -> tuple[Array, Any]:
        """Loss of features `x` (N, D), class weights `w` (C, D) and labels `y` (N,).

        Parameters
        ----------
        state : array, or None
            What `update` returned for the batch before; None at the start.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward` and `update`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label; the message names the argument.
        FloatingPointError
            If `x`, `w` or `state` holds NaN or infinity, or if a product or a length is
            too large for the dtype; the message names the row.
        """
        return self.forward_at(state, x, w, y)

    def update(self, state: Any, saved: Any) -> Array:
        """The `state` that forward was given, with the batch that `saved` comes from.

        Raises
        ------
        ValueError, TypeError, FloatingPointError
            For a state that is none.
        """
        return self.moved(state, saved.seen)


def as_state(state: Array, count: int, reference: Array) -> Array:
    """A state, an array (count,), in the dtype of `reference`.

    Raises
    ------
    TypeError
        If it is no array of floats, or comes from another library.
    ValueError
        If it has another shape.
    FloatingPointError
        If one of its numbers is NaN or infinite, or too large for that dtype.
    """
    check_float_array("state", state, 1)
    check_same_library(x=reference, state=state)
    check_shape("state", state, (count,))
    with overflow_to_infinity():
        state = cast(state, reference.dtype)
    check_finite("state", state)
    return state
