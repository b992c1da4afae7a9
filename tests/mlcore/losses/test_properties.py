"""What must hold whatever the data: symmetries, orders, and who is at right angles to
whom.

Hypothesis draws the seeds, shapes and scales; the numbers come from the registry's own
samples.
"""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcore.losses import (
    LargeMarginSoftmaxLoss,
    ProxyAnchorLoss,
    SoftmaxCrossEntropy,
    SoftmaxLoss,
)
from mlcore.losses.l_softmax import psi_and_rho

from .cases import (
    A_ROW_A_CLASS,
    arguments,
    assert_close,
    changed,
    differentiable,
    every_loss,
    every_loss_if,
    labels_count_classes,
    may_be_negative,
    names_of,
    of_samples,
    rows,
    run,
    takes,
)

# Rounding of another order of summation, times the condition of ordinary samples.
TOLERANCE = 1e-11
EPS = np.finfo(np.float64).eps

seeds = st.integers(0, 10**6)
# of each loss; a symmetry that fails, fails on nearly all data
few = settings(max_examples=10)
many = settings(max_examples=60)


def rows_in_space(args):
    """The arguments whose rows are points in feature space: a rotation turns all of
    them."""
    return [n for n in rows(args) if n not in ("logits", "b")]


@every_loss
@few
@given(seed=seeds)
def test_a_rotation_turns_the_gradients_and_nothing_else(entry, loss, seed):
    """No loss knows the axes. (Reflections are in the draw too.)"""
    args = arguments(entry, seed)
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))
    turned = {n: a @ q if n in rows_in_space(args) else a for n, a in args.items()}
    value, gradients = run(loss, args)
    again, rotated = run(loss, turned)
    assert_close(again, value, TOLERANCE)
    for name, g, r in zip(differentiable(args), gradients, rotated, strict=True):
        assert_close(
            r, g @ q if name in rows_in_space(args) else g, TOLERANCE, f"d{name}"
        )


@every_loss
@few
@given(seed=seeds)
def test_the_order_of_the_samples_does_not_matter(entry, loss, seed):
    args = arguments(entry, seed)
    order = np.random.default_rng(seed).permutation(7)
    moving = of_samples(args)
    shuffled = {n: a[order] if n in moving else a for n, a in args.items()}
    value, gradients = run(loss, args)
    again, permuted = run(loss, shuffled)
    assert_close(again, value, TOLERANCE)
    for name, g, p in zip(differentiable(args), gradients, permuted, strict=True):
        assert_close(p, g[order] if name in moving else g, TOLERANCE, f"d{name}")


@every_loss
@few
@given(seed=seeds)
def test_the_names_of_the_classes_do_not_matter(entry, loss, seed):
    """Renumber labels, rows of w or centers, columns of logits, class weights
    and counts alike."""
    args = arguments(entry, seed)
    # new class k is the old order[k]
    order = np.random.default_rng(seed).permutation(4)
    new_name = np.argsort(order)
    by_class = [n for n in rows(args) if n in A_ROW_A_CLASS]
    renamed = {n: a[order] if n in by_class else a for n, a in args.items()}
    if "logits" in args:
        renamed["logits"] = args["logits"][:, order]
    if "targets" in args:
        renamed["targets"] = args["targets"][:, order]
    if labels_count_classes(entry):
        renamed["y"] = new_name[args["y"]]
    elif "logits" in args and "y" in args:
        renamed["y"] = args["y"][:, order]
    elif "y" in args:
        renamed["y"] = 10 * args["y"] + 3
    twin = loss
    for name in "class_weights", "pos_weight", "counts":
        if isinstance(weights := getattr(loss, name, None), tuple):
            twin = dataclasses.replace(twin, **{name: tuple(weights[k] for k in order)})
    if getattr(loss, "ignore_index", None) is not None:
        twin = dataclasses.replace(twin, ignore_index=int(new_name[loss.ignore_index]))
    value, gradients = run(loss, args)
    again, permuted = run(twin, renamed)
    assert_close(again, value, TOLERANCE)
    for name, g, p in zip(differentiable(args), gradients, permuted, strict=True):
        wanted = g[order] if name in by_class else g
        wanted = g[:, order] if name == "logits" else wanted
        assert_close(p, wanted, TOLERANCE, f"d{name}")


@every_loss
@few
@given(seed=seeds)
def test_losses_are_not_negative(entry, loss, seed):
    if may_be_negative(loss):
        pytest.skip("documented: without its positive, Proxy-NCA is below 0 when good")
    value, _ = run(
        dataclasses.replace(loss, reduction="none"), arguments(entry, seed, n=20)
    )
    assert np.all(value >= 0)


def is_per_sample(entry):
    """Condition: a sample's loss depends on that sample alone. Not where the pairs are
    made in the batch, by labels, by place or by a proxy of all its samples; nor where
    running values have the batch in them."""
    by_place = takes("x2", "v", "f_plus")(entry) and not takes("same")(entry)
    by_label = names_of(entry) == ["x", "y"] or entry.loss is ProxyAnchorLoss
    return not (by_place or by_label or takes("state")(entry))


@every_loss_if(is_per_sample)
@few
@given(seed=seeds)
def test_batches_add_up(entry, loss, seed):
    """The sum over two batches is the sum over both together; so are the gradients of
    w."""
    loss = dataclasses.replace(loss, reduction="sum")
    args = arguments(entry, seed, n=9)
    parts = [
        {n: a[part] if n in of_samples(args) else a for n, a in args.items()}
        for part in (slice(0, 4), slice(4, None))
    ]
    value, gradients = run(loss, args)
    (first, g1), (second, g2) = (run(loss, part) for part in parts)
    assert_close(first + second, value, TOLERANCE)
    for name, g, a, b in zip(differentiable(args), gradients, g1, g2, strict=True):
        joined = np.concatenate([a, b]) if name in of_samples(args) else a + b
        assert_close(joined, g, TOLERANCE, f"d{name}")


@every_loss_if(is_per_sample)
@few
@given(seed=seeds)
def test_repeating_the_batch_leaves_the_mean(entry, loss, seed):
    """A mean over samples, not a sum: the learning rate must not depend on the batch
    size."""
    args = arguments(entry, seed)
    twice = {
        n: np.concatenate([a, a]) if n in of_samples(args) else a
        for n, a in args.items()
    }
    loss = dataclasses.replace(loss, reduction="mean")
    assert_close(run(loss, twice)[0], run(loss, args)[0], TOLERANCE)


# Softmax and L-Softmax.

scales = st.floats(-3, 3).map(lambda power: 10.0**power)


def classified(seed, scale=1.0, n=6, d=4, c=5):
    rng = np.random.default_rng(seed)
    x, w = scale * rng.normal(size=(n, d)), rng.normal(size=(c, d))
    return {"x": x, "w": w, "y": rng.integers(0, c, size=n)}


@many
@given(seed=seeds, scale=scales)
def test_cross_entropy_sees_differences_of_logits_only(seed, scale):
    """A constant added to a row changes nothing, so each row of the gradient sums to
    0."""
    rng = np.random.default_rng(seed)
    args = {"logits": scale * rng.normal(size=(6, 5)), "y": rng.integers(0, 5, size=6)}
    shifted = changed(args, logits=args["logits"] + scale * rng.normal(size=(6, 1)))
    for loss in (
        SoftmaxCrossEntropy(),
        SoftmaxCrossEntropy(0.1, (1.0, 2.0, 0.5, 0.0, 3.0)),
    ):
        (value, (g,)), (again, _) = run(loss, args), run(loss, shifted)
        # The shift itself rounds the logits, by their size times eps.
        np.testing.assert_allclose(again, value, rtol=1e-12, atol=1e-13 * scale)
        np.testing.assert_allclose(np.sum(g, axis=1), 0, atol=1e-15)


@many
@given(seed=seeds, t=st.floats(0, 1))
def test_cross_entropy_is_convex_in_the_logits(seed, t):
    rng = np.random.default_rng(seed)
    a, b = 3 * rng.normal(size=(2, 6, 5))
    y = rng.integers(0, 5, size=6)
    for loss in (
        SoftmaxCrossEntropy(),
        SoftmaxCrossEntropy(0.1, (1.0, 2.0, 0.5, 0.0, 3.0)),
    ):
        at = [loss.forward(z, y)[0] for z in (a, b, (1 - t) * a + t * b)]
        assert at[2] <= (1 - t) * at[0] + t * at[1] + 1e-14


@many
@given(seed=seeds, scale=scales, m=st.integers(2, 6), lam=st.floats(0, 50))
def test_a_margin_makes_every_sample_harder(seed, scale, m, lam):
    """psi <= cos, so the target logit is lower and the loss of each sample higher, or
    equal."""
    args = classified(seed, scale)
    hard, _ = run(LargeMarginSoftmaxLoss(m=m, lam=lam, reduction="none"), args)
    plain, _ = run(SoftmaxLoss(reduction="none"), args)
    longest = np.max(np.linalg.norm(args["x"], axis=1)) * np.max(
        np.linalg.norm(args["w"], axis=1)
    )
    assert np.all(hard >= plain - 10 * EPS * m**2 * longest)


@many
@given(theta=st.floats(0, math.pi), m=st.integers(1, 12))
def test_psi_lies_below_the_cosine_and_above_its_end(theta, m):
    psi, rho = psi_and_rho(
        m, np.asarray([math.cos(theta)]), np.asarray([math.sin(theta)])
    )
    slack = 10 * m**2 * EPS
    assert 1 - 2 * m - slack <= psi[0] <= math.cos(theta) + slack
    assert -m * slack <= rho[0] <= m + m * slack


@many
@given(seed=seeds, scale=scales, m=st.integers(1, 5))
def test_euler_the_logits_are_homogeneous_in_x(seed, scale, m):
    """All logits grow with |x| at a fixed direction, and with all |w_j|: both
    derivatives along the arguments themselves are the same sum of g_ij z_ij (Euler's
    theorem)."""
    args = classified(seed, scale)
    _, (dx, dw) = run(LargeMarginSoftmaxLoss(m=m), args)
    along_x, along_w = np.sum(dx * args["x"]), np.sum(dw * args["w"])
    size = np.sum(np.abs(dx * args["x"])) + np.sum(np.abs(dw * args["w"]))
    assert abs(along_x - along_w) <= 1e-12 * size


@many
@given(seed=seeds, m=st.integers(1, 5), factor=st.floats(0.1, 10))
def test_a_length_moved_from_x_to_w_does_not_matter(seed, m, factor):
    args = classified(seed)
    loss = LargeMarginSoftmaxLoss(m=m)
    value, (dx, dw) = run(loss, args)
    again, (dx2, dw2) = run(
        loss, changed(args, x=factor * args["x"], w=args["w"] / factor)
    )
    assert_close(again, value, TOLERANCE)
    assert_close(dx2 * factor, dx, TOLERANCE)
    assert_close(dw2 / factor, dw, TOLERANCE)


@pytest.mark.parametrize("m", [1, 2, 4])
@many
@given(seed=seeds)
def test_descending_turns_x_towards_its_class(m, seed):
    """With one class against a zero row, -dx has a part along the tangent towards w,
    never away: rho >= 0. Its part along x has the sign of psi."""
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(1, 4)), np.stack([rng.normal(size=4), np.zeros(4)])
    _, (dx, _) = run(
        LargeMarginSoftmaxLoss(m=m), {"x": x, "w": w, "y": np.asarray([0])}
    )
    x_hat, w_hat = x[0] / np.linalg.norm(x), w[0] / np.linalg.norm(w[0])
    cos = x_hat @ w_hat
    tangent = w_hat - cos * x_hat
    size = np.linalg.norm(dx)
    assert -dx[0] @ tangent >= -1e-12 * size
    psi, _ = psi_and_rho(m, np.asarray([cos]), np.asarray([np.linalg.norm(tangent)]))
    assert (-dx[0] @ x_hat) * psi[0] >= -1e-12 * size
