"""The head that all margin losses share.

A margin loss changes one number a sample, the logit of the right class, from

    |x| |w| cos(theta)   to   |x| |w| psi(theta),

where theta is the angle between the feature x and the right class's weights w. Where
features or weights are normalised, s stands in the place of |x|, or 1 in that of |w|.
So all a loss has to say of itself is what is normalised, with which s, and what psi and
its slope rho = -d psi / d theta are. The rest is here, once.

Why rho: the gradient of |x| |w| psi(theta) with respect to x is

    |w| (psi x_hat + rho t_x),

where t_x is the unit tangent at x_hat towards w_hat. psi is the radial part, rho the
tangential one, and the 1 / sin(theta) of d psi / d cos(theta) never appears.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    add_rows,
    array_namespace,
    demote,
    device,
    overflow_to_infinity,
    promote,
    row_blocks,
    set_target_entries,
    target_entries,
)
from mlcore.linalg import (
    Measured,
    angle,
    inverse,
    measured,
    scaled,
    true_lengths,
    unscaled,
)
from mlcore.losses.base import reduce, upstream
from mlcore.losses.class_weights import weighted
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.losses.margin import Margin
from mlcore.losses.target import Seen, Target
from mlcore.validation import check_features_and_rows, check_finite, check_fits

# An s up to which no product of ordinary numbers leaves float32.
LARGE = 1e9


class _Saved(NamedTuple):
    target: Target
    w: Array  # (C, D)
    w_factor: Any  # w counts as w_factor w, (C,) or 1
    y: Array  # (N,)
    losses: Array  # (N,)
    q: Array  # (N, C) d(loss) / d(x w^T) = q / total
    q_target: Array  # (N, 1) d(loss) / d(target logit) = q_target / total
    total: Array  # (N,)
    divisor: Array | None  # what "mean" divides by; None for N
    w_scale: Array | None  # what w was divided by, (C, 1)
    dtypes: tuple  # of x and w as they came

    @property
    def seen(self) -> Seen:
        return self.target.seen


@dataclass(frozen=True)
class MarginHead(Margin):
    """Softmax cross-entropy of a linear classifier whose target logit has a margin.

    At a zero row of x or w, which has no direction, all cosines are 0 and the margin
    has no gradient.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    # [margin-forward]
    def target(
        self, x: Array, of_x: Measured, of_w: Measured, y: Array, state: Any = None
    ) -> Target:
        """The part of the head that needs each sample's own class only.

        Parameters
        ----------
        x : array, shape (N, D)
            The features.
        of_x, of_w : tuple
            What `measured` gives of them, and of each sample's class weights (N, D).
        y : array, shape (N,)
            The labels.
        state
            Of a loss that has one.
        """
        (x_rows, x_norm, x_scale), (w_rows, w_norm, w_scale) = of_x, of_w
        xp = array_namespace(x)
        x_inverse, w_inverse = inverse(x_norm)[:, None], inverse(w_norm)[:, None]
        x_hat, w_hat = x_rows * x_inverse, w_rows * w_inverse
        theta = angle(x_hat, w_hat)

        # What is normalised counts by its direction alone, x with the length s and w
        # with 1; what is not, as it is.
        if self.normalised_features:
            x, x_factor, x_length = x_rows, self.s * x_inverse, self.s
        else:
            x_factor, x_length = 1.0, true_lengths(x_norm, x_scale)[:, None]
            x_scale = None
        if self.normalised_weights:
            w_factor, w_length = w_inverse, 1.0
        else:
            w_factor, w_length = 1.0, true_lengths(w_norm, w_scale)[:, None]

        # The margin: what psi and rho add to the cos and sin of the plain logit.
        seen = Seen(true_lengths(x_norm, of_x[2]), theta.cos)
        psi, rho = self.margin(theta.cos, theta.sin, *self.of_samples(seen, y, state))
        psi = psi[:, None]
        radial = psi - theta.cos[:, None]
        tangential = xp.where(theta.directed, rho - theta.sin, 0.0)[:, None]
        added = (x_length * w_length * radial)[:, 0]

        x_slope, w_slope = w_length * x_factor, x_length * w_factor
        by_length = self.by_length(seen.norm, rho)
        lengths = x_factor, w_factor, x_slope, w_slope
        angles = x_hat, w_hat, theta, radial, tangential, psi
        parts: Any = *lengths, *angles, added, x_scale, seen, by_length
        return Target(x, *parts)

    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, Any]:
        """Loss of features `x` (N, D), class weights `w` (C, D) and labels `y` (N,).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label; the message names the argument.
        FloatingPointError
            If `x` or `w` holds NaN or infinity, or if their product or a length that
            counts is too large for the dtype; the message names the row.
        """
        return self.forward_at(None, x, w, y)

    @overflow_to_infinity()
    def forward_at(
        self, state: Any, x: Array, w: Array, y: Array
    ) -> tuple[Array, _Saved]:
        """As `forward`, at the `state` of a loss that has one."""
        y = check_features_and_rows(x, w, y)
        self.check_classes(w.shape[0])
        dtypes = x.dtype, w.dtype
        x, w = promote(x, w)
        xp = array_namespace(x)
        of_x, (w_rows, w_norm, w_scale) = self._measured(x, w)
        ordinary = w_scale is None
        own = xp.take(w_rows, y, axis=0), xp.take(w_norm, y)
        own_scale = None if ordinary else xp.take(w_scale, y, axis=0)
        target = self.target(x, of_x, (*own, own_scale), y, state)

        # The plain logits. Normalising w is left to the columns of the product.
        if self.normalised_weights:
            w, w_factor = w_rows, inverse(w_norm)
            z = (target.x_factor * target.x) @ w.T
            z *= w_factor
        else:
            w_scale, w_factor = None, 1.0
            z = (target.x_factor * target.x) @ w.T

        # The margin, at the target.
        at_target = target_entries(z, y) + target.added
        if not ordinary:
            check_finite("x @ w.T with its margin", z)
            check_finite("x @ w.T with its margin", at_target[:, None])
            target.check_finite()
        own = xp.arange(z.shape[0], device=device(z)), y
        z, slope = self.negatives(z, own, target, state)
        z = set_target_entries(z, y, at_target)

        losses, q, total = cross_entropy_rows(z, y)
        weight, divisor = self.weigh(z, y)
        if weight is not None:
            losses, q = weighted(weight, losses), weight[:, None] * q
        if target.by_length is not None:
            losses = losses + target.by_length.penalty
        q_target = target_entries(q, y)[:, None]
        if slope is not None:  # of the negatives, that is
            q *= set_target_entries(slope, y, 1.0)
        if self.normalised_weights:  # each logit depends on w through w_factor w
            q *= w_factor
        gradient = losses, q, q_target, total, divisor
        saved = _Saved(target, w, w_factor, y, *gradient, w_scale, dtypes)
        return reduce(losses, self.reduction, divisor), saved

    # [/margin-forward]

    # [margin-backward]
    @staticmethod
    def pushes(target: Target) -> tuple[Array, Array]:
        """What the margin adds to the two gradients of the target logit, (N, D) both.

        Still to be multiplied by the slopes.
        """
        x_hat, w_hat, theta = target.x_hat, target.w_hat, target.theta
        # t_w, the tangent at w_hat towards x_hat, is in the plane of x_hat and t_x.
        cos, sin, t_x = theta.cos[:, None], theta.sin[:, None], theta.tangent
        t_w = sin * x_hat - cos * t_x
        push_x = target.radial * x_hat + target.tangential * t_x
        push_w = target.radial * w_hat + target.tangential * t_w
        return push_x, push_w

    def backward(self, saved: Any, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        target, w, y, q = saved.target, saved.w, saved.y, saved.q
        xp = array_namespace(w)
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        row = (each / saved.total)[:, None]
        at_target, x_row = row * saved.q_target, row * target.x_factor
        push_x, push_w = self.pushes(target)

        # Two matrix products, as in any linear layer, and one row a sample.
        dx = x_row * (q @ w) + (at_target * target.x_slope) * push_x
        dw = q.T @ (x_row * target.x)
        dw = add_rows(dw, y, (at_target * target.w_slope) * push_w)

        # A normalised vector cannot get longer: only the part across it remains.
        if self.normalised_features:
            dx -= xp.vecdot(dx, target.x_hat)[:, None] * target.x_hat
        if self.normalised_weights:
            for rows in row_blocks(w):
                w_hat = w[rows, :] * saved.w_factor[rows, None]
                dw[rows, :] -= xp.vecdot(dw[rows, :], w_hat)[:, None] * w_hat
        dx, dw = unscaled(dx, target.x_scale), unscaled(dw, saved.w_scale)
        if target.by_length is not None:  # along x: the projection would take it away
            dx += target.by_length.along(target.x_hat, at_target[:, 0], each)
        return demote(dx, saved.dtypes[0]), demote(dw, saved.dtypes[1])

    # [/margin-backward]

    def _measured(self, x, w):
        """`measured` of both; both `scaled` where one is, or where s is very large."""
        of_x, of_w = measured(x, "x"), measured(w, "w")
        if of_x[2] is None and of_w[2] is None and not self.has_large_s(x):
            return of_x, of_w
        return scaled(x), scaled(w)

    def has_large_s(self, x: Array) -> bool:
        """Whether s is so large that products of ordinary numbers leave float32.

        Raises
        ------
        ValueError
            If it does not fit into the dtype of `x`.
        """
        if not self.normalised_features or self.s <= LARGE:
            return False
        check_fits("s", self.s, x)
        return True
