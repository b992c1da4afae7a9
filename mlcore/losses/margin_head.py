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
from typing import Any, ClassVar, NamedTuple

from mlcore.arrays import (
    Array,
    add_rows,
    array_namespace,
    demote,
    overflow_to_infinity,
    promote,
    row_blocks,
    set_target_entries,
    target_entries,
)
from mlcore.linalg import (
    Angle,
    angle,
    inverse,
    measured,
    scaled,
    true_lengths,
    unscaled,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.validation import check_features_and_rows, check_finite, check_fits

# An s up to which no product of ordinary numbers leaves float32.
LARGE = 1e9


class _Saved(NamedTuple):
    x: Array  # (N, D)
    w: Array  # (C, D)
    y: Array  # (N,)
    theta: Angle
    x_factor: Any  # x counts as x_factor x, (N, 1) or 1
    w_factor: Any  # w counts as w_factor w, (C,) or 1
    x_slope: Any  # d(target logit) / dx = x_slope (psi x_hat + rho t_x)
    w_slope: Any  # d(target logit) / dw = w_slope (psi w_hat + rho t_w)
    x_hat: Array  # (N, D)
    w_hat: Array  # (N, D), of each sample's own class
    radial: Array  # (N, 1) psi - cos
    tangential: Array  # (N, 1) rho - sin
    losses: Array  # (N,)
    q: Array  # (N, C) d(loss) / d(x w^T) = q / total
    q_target: Array  # (N, 1) d(loss) / d(target logit) = q_target / total
    total: Array  # (N,)
    scales: tuple  # what x and w were divided by, (N, 1) and (C, 1), or None
    dtypes: tuple  # of x and w as they came


@dataclass(frozen=True)
class MarginHead(Loss):
    """Softmax cross-entropy of a linear classifier whose target logit has a margin.

    A subclass says whether features and weights are normalised, defines `margin`, and
    with normalised features has the hyper-parameter `s`.

    At a zero row of x or w, which has no direction, all cosines are 0 and the margin
    has no gradient.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    normalised_features: ClassVar[bool]
    normalised_weights: ClassVar[bool]

    @property
    def s(self) -> float:
        """The length of normalised features, a field of the losses that have them.

        Raises
        ------
        AttributeError
            If this loss has none.
        """
        raise AttributeError(f"{type(self).__name__} has no s")

    def margin(self, cos: Array, sin: Array) -> tuple[Array, Array]:
        """psi and rho = -d psi / d theta at angles with these `cos` and `sin` (N,)."""
        raise NotImplementedError

    # [margin-forward]
    @overflow_to_infinity()
    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, _Saved]:
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
        y = check_features_and_rows(x, w, y)
        dtypes = x.dtype, w.dtype
        x, w = promote(x, w)
        xp = array_namespace(x)
        (x_rows, x_norm, x_scale), (w_rows, w_norm, w_scale) = self._measured(x, w)
        ordinary = x_scale is None
        x_inverse, w_inverse = inverse(x_norm)[:, None], inverse(w_norm)
        w_y_inverse = xp.take(w_inverse, y)[:, None]

        # The angle of each sample to its own class.
        x_hat = x_rows * x_inverse
        w_hat = xp.take(w_rows, y, axis=0) * w_y_inverse
        theta = angle(x_hat, w_hat)

        # What is normalised counts by its direction alone, x with the length s and w
        # with 1; what is not, as it is.
        if self.normalised_features:
            x, x_factor, x_length = x_rows, self.s * x_inverse, self.s
        else:
            x_norm, x_scale = true_lengths(x_norm, x_scale), None
            x_factor, x_length = 1.0, x_norm[:, None]
        if self.normalised_weights:
            w, w_factor, w_y_factor, w_length = w_rows, w_inverse, w_y_inverse, 1.0
        else:
            w_norm, w_scale = true_lengths(w_norm, w_scale), None
            w_factor, w_y_factor, w_length = 1.0, 1.0, xp.take(w_norm, y)[:, None]
        x_slope, w_slope = w_length * x_factor, x_length * w_y_factor

        # The plain logits. Normalising w is left to the columns of the product.
        z = (x_factor * x) @ w.T
        if self.normalised_weights:
            z *= w_factor

        # The margin: what psi and rho add to the cos and sin of the plain logit.
        psi, rho = self.margin(theta.cos, theta.sin)
        radial = (psi - theta.cos)[:, None]
        tangential = xp.where(theta.directed, rho - theta.sin, 0.0)[:, None]
        added = (x_length * w_length * radial)[:, 0]
        z = set_target_entries(z, y, target_entries(z, y) + added)
        if not ordinary:
            check_finite("x @ w.T with its margin", z)
            for slope in (x_slope, w_slope):
                check_finite("the slope of the margin at x", slope * radial)
                check_finite("the slope of the margin at x", slope * tangential)

        losses, q, total = cross_entropy_rows(z, y)
        q_target = target_entries(q, y)[:, None]
        if self.normalised_weights:  # each logit depends on w through w_factor w
            q *= w_factor
        lengths = x_factor, w_factor, x_slope, w_slope
        vectors = x_hat, w_hat, radial, tangential
        gradient = losses, q, q_target, total
        scales = x_scale, w_scale
        saved = _Saved(x, w, y, theta, *lengths, *vectors, *gradient, scales, dtypes)
        return reduce(losses, self.reduction), saved

    # [/margin-forward]

    # [margin-backward]
    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        x, w, y, q = saved.x, saved.w, saved.y, saved.q
        x_hat, w_hat, theta = saved.x_hat, saved.w_hat, saved.theta
        xp = array_namespace(x)
        row = (upstream(dloss, saved.losses, self.reduction) / saved.total)[:, None]
        at_target, x_row = row * saved.q_target, row * saved.x_factor

        # What the margin adds to the two gradients of the target logit: with t_w, the
        # tangent at w_hat towards x_hat, in the plane of x_hat and t_x.
        cos, sin, t_x = theta.cos[:, None], theta.sin[:, None], theta.tangent
        t_w = sin * x_hat - cos * t_x
        push_x = saved.radial * x_hat + saved.tangential * t_x
        push_w = saved.radial * w_hat + saved.tangential * t_w

        # Two matrix products, as in any linear layer, and one row a sample.
        dx = x_row * (q @ w) + (at_target * saved.x_slope) * push_x
        dw = add_rows(q.T @ (x_row * x), y, (at_target * saved.w_slope) * push_w)

        # A normalised vector cannot get longer: only the part across it remains.
        if self.normalised_features:
            dx -= xp.vecdot(dx, x_hat)[:, None] * x_hat
        if self.normalised_weights:
            for rows in row_blocks(w):
                w_hat = w[rows, :] * saved.w_factor[rows, None]
                dw[rows, :] -= xp.vecdot(dw[rows, :], w_hat)[:, None] * w_hat
        x_scale, w_scale = saved.scales
        dx, dw = unscaled(dx, x_scale), unscaled(dw, w_scale)
        return demote(dx, saved.dtypes[0]), demote(dw, saved.dtypes[1])

    # [/margin-backward]

    def _measured(self, x, w):
        """`measured` of both; both `scaled` where one is, or where s is very large."""
        of_x, of_w = measured(x, "x"), measured(w, "w")
        ordinary = of_x[2] is None and of_w[2] is None
        if ordinary and not (self.normalised_features and self.s > LARGE):
            return of_x, of_w
        if self.normalised_features:
            check_fits("s", self.s, x)
        return scaled(x), scaled(w)
