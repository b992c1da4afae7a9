"""The head that all margin losses share.

A margin loss changes one number a sample: the logit of the right class, from

    |u| |v| cos(theta)   to   |u| |v| psi(theta),

where u is the feature and v the weight row of the right class, each as it is or
normalised, and theta the angle between them. So all a loss has to say of itself is
whether features and weights are normalised, with which scale s, and what psi and its
slope rho = -d psi / d theta are. The rest is here, once.

Why rho: the gradient of |u| |v| psi(theta) with respect to u is |v| (psi u_hat + rho
t_u), where t_u is the unit tangent at u_hat towards v_hat. psi is the radial part, rho
the tangential one, and the 1 / sin(theta) of d psi / d cos(theta) never appears.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from mlcore.arrays import (
    add_rows,
    array_namespace,
    demote,
    overflow_to_infinity,
    promote,
    row_blocks,
    set_target_entries,
    target_entries,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.losses.directions import (
    angle,
    inverse,
    measured,
    scaled,
    true_lengths,
    unscaled,
)
from mlcore.validation import check_features_and_rows, check_finite, check_fits

# An s up to which no product of ordinary numbers leaves float32.
LARGE = 1e9


# [push]
class _Push(NamedTuple):
    """A vector a sample in the plane of its angle, by its two components (N, 1)."""

    radial: object  # along u_hat
    tangential: object  # along the tangent at u_hat towards v_hat

    def vectors(self, factor, u_hat, tangent):
        """`factor` (N, 1) times the vectors (N, D)."""
        return (factor * self.radial) * u_hat + (factor * self.tangential) * tangent


# [/push]


class _Saved(NamedTuple):
    x: object
    w: object
    y: object
    u_scale: object  # u = u_scale x, (N, 1) or 1
    v_scale: object  # v = v_scale w, (C,) or 1
    u_hat: object  # (N, D)
    tangent: object  # (N, D) at u_hat towards v_hat
    push_u: _Push  # what the margin adds to d(target logit) / du
    push_w: _Push  # what it adds to d(target logit) / dw
    losses: object  # (N,)
    q: object  # (N, C) d(loss) / d(u·w) = q / total
    q_target: object  # (N, 1) d(loss) / d(target logit) = q_target / total
    total: object  # (N,)
    scales: object  # what x and w were divided by, (N, 1) and (C, 1), or None
    dtypes: object  # of x and w as they came


@dataclass(frozen=True)
class MarginHead(Loss):
    """Softmax cross-entropy of a linear classifier whose target logit has a margin.

    A subclass says whether features and weights are normalised, defines `margin`, and
    with normalised features has the hyper-parameter `s`.

    At a zero row of x or w, which has no direction, all cosines are 0 and the margin
    has no gradient.
    """

    normalised_features: ClassVar[bool]
    normalised_weights: ClassVar[bool]

    def margin(self, cos, sin):
        """Return psi and rho = -d psi / d theta at the angles with these cosines and
        sines (N,)."""
        raise NotImplementedError

    # [margin-forward]
    @overflow_to_infinity()
    def forward(self, x, w, y):
        """Loss of features `x` (N, D) with labels `y` (N,) under class weights `w` (C,
        D).

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
        (x_rows, x_length, x_scale), (w_rows, w_length, w_scale) = self._measured(x, w)
        extreme = x_scale is not None
        x_inverse, w_inverse = inverse(x_length)[:, None], inverse(w_length)
        w_y_inverse = xp.take(w_inverse, y)[:, None]

        # The angle of each sample to its own class.
        u_hat, v_hat = x_rows * x_inverse, xp.take(w_rows, y, axis=0) * w_y_inverse
        theta = angle(u_hat, v_hat)

        # What is normalised counts by its direction alone; else u = x or v = w, as long
        # as they are.
        if self.normalised_features:
            x, u_scale, u_length = x_rows, self.s * x_inverse, self.s
        else:
            u_scale, u_length, x_scale = (
                1.0,
                true_lengths(x_length, x_scale)[:, None],
                None,
            )
        if self.normalised_weights:
            w, v_scale, v_length = w_rows, w_inverse, 1.0
        else:
            w_length, w_scale = true_lengths(w_length, w_scale), None
            v_scale, v_length = 1.0, xp.take(w_length, y)[:, None]

        # The plain logits u·v. Normalising w is left to the columns of the product.
        z = (u_scale * x) @ w.T
        if self.normalised_weights:
            z *= v_scale

        # The margin: what psi and rho add to the cos and sin of the plain logit.
        psi, rho = self.margin(theta.cos, theta.sin)
        cos, sin, radial = (
            theta.cos[:, None],
            theta.sin[:, None],
            (psi - theta.cos)[:, None],
        )
        tangential = xp.where(theta.directed, rho - theta.sin, 0.0)[:, None]
        added = (u_length * v_length * radial)[:, 0]
        push_u = _Push(v_length * radial, v_length * tangential)
        # radial v_hat + tangential t_v, where v_hat = cos u_hat + sin t_u and
        # t_v = sin u_hat - cos t_u
        u_length_w = u_length * w_y_inverse if self.normalised_weights else u_length
        push_w = _Push(
            u_length_w * (radial * cos + tangential * sin),
            u_length_w * (radial * sin - tangential * cos),
        )
        z = set_target_entries(z, y, target_entries(z, y) + added)
        if extreme:
            check_finite("x @ w.T with its margin", z)
            for part in (*push_u, *push_w):
                check_finite("the slope of the margin at x", part)

        losses, q, total = cross_entropy_rows(z, y)
        q_target = target_entries(q, y)[:, None]
        if self.normalised_weights:  # the logits depend on w through v = v_scale w
            q *= v_scale
        in_plane = u_hat, theta.tangent, push_u, push_w
        scales = x_scale, w_scale
        saved = _Saved(
            x,
            w,
            y,
            u_scale,
            v_scale,
            *in_plane,
            losses,
            q,
            q_target,
            total,
            scales,
            dtypes,
        )
        return reduce(losses, self.reduction), saved

    # [/margin-forward]

    # [margin-backward]
    def backward(self, saved, dloss=1.0):
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        x, w, q, u_scale, u_hat = saved.x, saved.w, saved.q, saved.u_scale, saved.u_hat
        xp = array_namespace(x)
        row = (upstream(dloss, saved.losses, self.reduction) / saved.total)[:, None]
        at_target = row * saved.q_target

        # Two matrix products, as in any linear layer, and a row a sample for the
        # margin.
        dx = row * (q @ w) + saved.push_u.vectors(at_target, u_hat, saved.tangent)
        dw = q.T @ (row * u_scale * x)
        dw = add_rows(
            dw, saved.y, saved.push_w.vectors(at_target, u_hat, saved.tangent)
        )

        # A normalised vector cannot get longer: only the part across it remains.
        if self.normalised_features:
            dx = u_scale * (dx - xp.vecdot(dx, u_hat)[:, None] * u_hat)
        if self.normalised_weights:
            for rows in row_blocks(w):
                w_hat = w[rows, :] * saved.v_scale[rows, None]
                dw[rows, :] -= xp.vecdot(dw[rows, :], w_hat)[:, None] * w_hat
        x_scale, w_scale = saved.scales
        dx, dw = unscaled(dx, x_scale), unscaled(dw, w_scale)
        return demote(dx, saved.dtypes[0]), demote(dw, saved.dtypes[1])

    # [/margin-backward]

    def _measured(self, x, w):
        """`measured` of both; both `scaled` where one is, or where s may take a product
        too far."""
        of_x, of_w = measured(x, "x"), measured(w, "w")
        ordinary = of_x[2] is None and of_w[2] is None
        if ordinary and not (self.normalised_features and self.s > LARGE):
            return of_x, of_w
        if self.normalised_features:
            check_fits("s", self.s, x)
        return scaled(x), scaled(w)
