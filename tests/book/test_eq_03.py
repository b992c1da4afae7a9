"""The equations of chapter 3, the softmax loss, as they stand on the page."""

import math

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from mlcore import losses

N, D, C = 5, 3, 4


@pytest.fixture
def batch():
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(N, D)), rng.normal(size=(C, D)), rng.normal(size=C)
    return x, w, b, np.array([0, 3, 1, 1, 2])


def probabilities(z):
    """Rows of e^z / sum e^z, as the formula says; for logits of ordinary size."""
    return np.array(
        [[math.exp(zj) / sum(math.exp(zk) for zk in row) for zj in row] for row in z]
    )


def batch_loss(x, w, b, y):
    p = probabilities(x @ w.T + b)
    return sum(-math.log(p[i, y[i]]) for i in range(len(y))) / len(y)


@equation("softmax-logits")
def test_logits(batch):
    x, w, b, _ = batch
    z = [
        [sum(w[j, d] * x[i, d] for d in range(D)) + b[j] for j in range(C)]
        for i in range(N)
    ]
    assert_allclose(x @ w.T + b, z, rtol=1e-12)


@equation("softmax-probability")
def test_probabilities_are_positive_ordered_and_sum_to_one(batch):
    z = 3 * np.random.default_rng(0).normal(size=(N, C))
    p = probabilities(z)
    assert np.all(p > 0)
    assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert np.array_equal(p.argsort(axis=1), z.argsort(axis=1))
    assert_allclose(probabilities(z + 7), p, rtol=1e-12)
    assert_allclose(p[:, 0] / p[:, 1], np.exp(z[:, 0] - z[:, 1]), rtol=1e-12)


@equation("softmax-loss")
def test_the_loss_is_the_mean_surprise(batch):
    """Also the example by hand: x = (3, 4), rows (1, 0) and (0, 1), the second
    right."""
    x, w, b, y = batch
    library, _ = losses.SoftmaxLoss().forward(x, w, y, b)
    assert_allclose(library, batch_loss(x, w, b, y), rtol=1e-12)
    by_hand = batch_loss(np.array([[3.0, 4.0]]), np.eye(2), np.zeros(2), [1])
    assert by_hand == pytest.approx(math.log(1 + math.exp(-1)))
    assert round(by_hand, 3) == 0.313


@equation("softmax-shift")
def test_a_shift_of_all_logits_changes_nothing():
    rng = np.random.default_rng(1)
    z = rng.normal(size=C)
    for t in (*rng.normal(size=5), z.max()):
        assert_allclose(
            np.exp(z) / np.exp(z).sum(), np.exp(z - t) / np.exp(z - t).sum(), rtol=1e-12
        )


@equation("log-sum-exp")
def test_log_sum_exp_takes_the_shift_back():
    rng = np.random.default_rng(2)
    z = rng.normal(size=C)
    for t in (*rng.normal(size=5), z.max()):
        assert np.log(np.exp(z).sum()) == pytest.approx(
            t + np.log(np.exp(z - t).sum()), rel=1e-12
        )


@equation("softmax-loss-lse")
def test_the_loss_is_log_sum_exp_minus_the_logit(batch):
    x, w, b, y = batch
    z = x @ w.T + b
    p = probabilities(z)
    for i in range(N):
        assert np.log(np.exp(z[i]).sum()) - z[i, y[i]] == pytest.approx(
            -math.log(p[i, y[i]]), rel=1e-12
        )


@equation("softmax-small-loss")
def test_the_loss_that_keeps_small_digits():
    """Equal to the plain form at ordinary logits; right in every digit where that one
    has none."""
    rng = np.random.default_rng(4)

    def page(z, y):
        t = max(z)
        others = sum(math.exp(zj - t) for j, zj in enumerate(z) if j != y)
        return math.log1p(others + math.expm1(z[y] - t)) - (z[y] - t)

    for z in rng.normal(size=(20, C)):
        for y in range(C):
            assert page(z, y) == pytest.approx(
                math.log(np.exp(z).sum()) - z[y], rel=1e-11
            )
            if y != z.argmax():
                assert page(z, y) >= math.log(2)  # why no digits are lost there
    # log(1 + e) = e - e²/2 + …, and e² is nothing here.
    assert page([50.0, 0.0], 0) == pytest.approx(math.exp(-50), rel=1e-14)
    library = losses.SoftmaxCrossEntropy().forward(
        np.array([[50.0, 0.0]]), np.array([0])
    )[0]
    assert float(library) == pytest.approx(math.exp(-50), rel=1e-14)


@equation("softmax-jacobian")
def test_how_a_probability_moves():
    z = np.random.default_rng(5).normal(size=C)
    p = probabilities([z])[0]
    for j in range(C):
        page = [p[j] * ((j == k) - p[k]) for k in range(C)]
        assert_allclose(
            page,
            gradient(lambda z, j=j: probabilities([z])[0, j], z),
            rtol=1e-7,
            atol=1e-10,
        )


@equation("softmax-dz", "softmax-zero-sum")
def test_believed_minus_true():
    z = np.random.default_rng(6).normal(size=C)
    p = probabilities([z])[0]
    for y in range(C):
        page = np.array([p[j] - (j == y) for j in range(C)])
        assert_allclose(
            page,
            gradient(lambda z, y=y: np.log(np.exp(z).sum()) - z[y], z),
            rtol=1e-7,
            atol=1e-10,
        )
        assert page.sum() == pytest.approx(0, abs=1e-15)
        assert page[y] == pytest.approx(
            -sum(p[j] for j in range(C) if j != y), rel=1e-12
        )


def logit_gradient(x, w, b, y):
    """g_ij = (p_ij - [j = y_i]) / N."""
    p = probabilities(x @ w.T + b)
    return np.array([[(p[i, j] - (j == y[i])) / N for j in range(C)] for i in range(N)])


@equation("softmax-dw")
def test_gradient_in_the_weights(batch):
    x, w, b, y = batch
    g = logit_gradient(*batch)
    sums = [
        [sum(g[i, j] * x[i, d] for i in range(N)) for d in range(D)] for j in range(C)
    ]
    assert_allclose(g.T @ x, sums, rtol=1e-12)
    assert_allclose(
        sums, gradient(lambda w: batch_loss(x, w, b, y), w), rtol=1e-7, atol=1e-10
    )


@equation("softmax-dx")
def test_gradient_in_the_features(batch):
    x, w, b, y = batch
    g = logit_gradient(*batch)
    sums = [
        [sum(g[i, j] * w[j, d] for j in range(C)) for d in range(D)] for i in range(N)
    ]
    assert_allclose(g @ w, sums, rtol=1e-12)
    assert_allclose(
        sums, gradient(lambda x: batch_loss(x, w, b, y), x), rtol=1e-7, atol=1e-10
    )


@equation("softmax-db")
def test_gradient_in_the_bias(batch):
    x, w, b, y = batch
    g = logit_gradient(*batch)
    sums = [sum(g[i, j] for i in range(N)) for j in range(C)]
    assert_allclose(
        sums, gradient(lambda b: batch_loss(x, w, b, y), b), rtol=1e-7, atol=1e-10
    )


@equation("softmax-polar")
def test_a_logit_is_two_lengths_and_a_cosine():
    """The angle is measured without a scalar product: by the sides of the triangle."""
    rng = np.random.default_rng(7)
    for w, x in rng.normal(size=(20, 2, D)):
        a, b = np.linalg.norm(w), np.linalg.norm(x)
        side = np.linalg.norm(w / a - x / b)
        theta = 2 * math.asin(side / 2)
        assert w @ x == pytest.approx(a * b * math.cos(theta), rel=1e-9, abs=1e-12)


@equation("softmax-boundary", "softmax-boundary-distance")
def test_where_two_classes_tie():
    rng = np.random.default_rng(8)
    for _ in range(20):
        (w1, w2), (b1, b2) = rng.normal(size=(2, D)), rng.normal(size=2)
        normal = (w1 - w2) / np.linalg.norm(w1 - w2)
        distance = -(b1 - b2) / np.linalg.norm(w1 - w2)
        along = rng.normal(size=D)
        along -= (along @ normal) * normal
        x = distance * normal + along  # any point at that signed distance
        assert (w1 - w2) @ x + (b1 - b2) == pytest.approx(0, abs=1e-12)
        assert w1 @ x + b1 == pytest.approx(w2 @ x + b2)  # the logits tie there
        beyond = x + 0.1 * normal
        assert w1 @ beyond + b1 > w2 @ beyond + b2


@equation("softmax-radial")
@pytest.mark.parametrize("size_of_bias", [0.0, 1.0, 30.0])
def test_how_the_loss_changes_along_the_feature(size_of_bias):
    """With a bias too: it is in the probabilities, and not in the products that
    grow."""
    rng = np.random.default_rng(9)
    for x, w in ((rng.normal(size=D), rng.normal(size=(C, D))) for _ in range(10)):
        b = size_of_bias * rng.normal(size=C)
        p = probabilities([w @ x + b])[0]
        for y in range(C):
            page = sum(p[j] * (w[j] @ x) for j in range(C)) - w[y] @ x
            slope = gradient(
                lambda r, x=x, w=w, b=b, y=y: batch_loss(r * x[None], w, b, [y]), 1.0
            )
            assert page == pytest.approx(float(slope), rel=1e-7, abs=1e-8)
            # Per unit of length it is the slope along the unit vector.
            along = gradient(
                lambda t, x=x, w=w, b=b, y=y: batch_loss(
                    (x + t * x / np.linalg.norm(x))[None], w, b, [y]
                ),
                0.0,
            )
            assert page / np.linalg.norm(x) == pytest.approx(
                float(along), rel=1e-7, abs=1e-8
            )
            if y == (w @ x).argmax():
                assert page <= 0
                # there another class may have rounded to 1
                assert page < 0 or size_of_bias == 30.0


@equation("softmax-growth")
def test_the_loss_goes_to_zero_for_long_features_on_the_right_side_only():
    rng = np.random.default_rng(10)

    def loss(r, product, b, y):
        z = r * product + b
        z = z - z.max()
        return math.log(np.exp(z).sum()) - z[y]

    for product, b in rng.normal(size=(10, 2, C)):
        best = product.argmax()
        for bias in 0 * b, b:  # whoever the bias favours
            falling = [loss(r, product, bias, best) for r in (1, 10, 100, 1e6)]
            assert falling[0] > falling[1] > falling[-1]
            assert falling[-1] < 1e-12
            assert loss(1e6, product, bias, (best + 1) % C) > 1000


@equation("softmax-twice")
def test_the_floor_of_a_softmax_of_a_softmax():
    """Reached by a perfect first softmax, and not undercut by any other."""
    rng = np.random.default_rng(11)

    def loss(p, y):
        return math.log(np.exp(p).sum()) - p[y]

    for classes in 2, 10, 100:
        floor = math.log(1 + (classes - 1) * math.exp(-1))
        assert loss(np.eye(classes)[0], 0) == pytest.approx(floor)
        for z in 5 * rng.normal(size=(100, classes)):
            p = np.exp(z) / np.exp(z).sum()
            assert loss(p, p.argmax()) >= floor
    assert round(math.log(1 + 9 * math.exp(-1)), 2) == 1.46
