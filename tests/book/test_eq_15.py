"""The equations of chapter 15, a million classes, as they stand on the page."""

import itertools
import math

import numpy as np
import pytest
from equations import equation

from mlcore.losses import AdditiveMarginSoftmaxLoss, ArcFaceLoss
from mlcore.many import Chunked, Sampled

RNG = np.random.default_rng(0)
CASES = [(float(RNG.normal(0, 3)), RNG.normal(0, 3, 23)) for _ in range(20)]


def direct(t, z):
    """-log of the softmax of (t, z) at t, from the definition."""
    return -math.log(math.exp(t) / (math.exp(t) + np.exp(z).sum()))


def seen(t, blocks):
    """M and O after the blocks, by the page's update."""
    largest, total = t, 0.0
    for block in blocks:
        before, largest = largest, max(largest, block.max(initial=-np.inf))
        total = total * math.exp(before - largest) + np.exp(block - largest).sum()
    return largest, total


@equation("many-split")
@pytest.mark.parametrize(("t", "z"), CASES)
def test_any_number_may_be_taken_out_of_the_sum(t, z):
    for shift in (t, z.max(), 0.0, -7.5, 4.0):
        others = np.exp(z - shift).sum()
        split = math.log(math.exp(t - shift) + others) - (t - shift)
        assert split == pytest.approx(direct(t, z), rel=1e-12)


@equation("many-online")
@pytest.mark.parametrize("size", [1, 2, 7, 23, 50])
@pytest.mark.parametrize(("t", "z"), CASES[:5])
def test_blocks_give_the_sum_over_all(t, z, size):
    blocks = [z[k : k + size] for k in range(0, len(z), size)]
    largest, total = seen(t, blocks)
    assert largest == max(t, z.max())
    assert total == pytest.approx(np.exp(z - largest).sum(), rel=1e-12)


def test_the_example_by_hand():
    largest, total = seen(2.0, [np.array([1.0, 3.0])])
    assert (largest, round(total, 3)) == (3.0, 1.135)
    largest, total = seen(2.0, [np.array([1.0, 3.0]), np.array([4.0])])
    assert (largest, round(total, 3)) == (4.0, 1.418)
    loss = math.log(math.exp(2 - largest) + total) - (2 - largest)
    assert round(loss, 3) == 2.440
    assert loss == pytest.approx(direct(2.0, np.array([1.0, 3.0, 4.0])))


@equation("many-loss")
@pytest.mark.parametrize(("t", "z"), CASES)
def test_the_loss_by_log1p_and_expm1(t, z):
    largest, total = seen(t, [z])
    short = t - largest
    loss = math.log1p(total + math.expm1(short)) - short
    assert loss == pytest.approx(direct(t, z), rel=1e-12)


@equation("many-loss")
def test_a_loss_below_the_rounding_of_one_survives():
    """In single precision, where log(1 + O) is 0 and the difference of logits too."""
    o = np.float32(1e-12)
    assert np.log1p(o + np.expm1(np.float32(0))) == pytest.approx(1e-12, rel=1e-6)
    assert np.log(np.float32(1) + o) == 0


@equation("many-merge")
@pytest.mark.parametrize(("t", "z"), CASES[:5])
def test_two_who_saw_different_classes_know_the_whole_in_any_order(t, z):
    def merged(one, other):
        largest = max(one[0], other[0])
        return largest, sum(o * math.exp(m - largest) for m, o in (one, other))

    parts = [seen(t, [z[:4]]), seen(t, []), seen(t, [z[4:9], z[9:]])]
    for a, b, c in itertools.permutations(parts):
        for largest, total in (merged(merged(a, b), c), merged(a, merged(b, c))):
            assert largest == max(t, z.max())
            assert total == pytest.approx(np.exp(z - largest).sum(), rel=1e-12)


@equation("many-ranks")
@pytest.mark.parametrize("edges", [(0, 24), (0, 9, 24), (0, 9, 9, 24), (0, 1, 2, 24)])
def test_three_reductions_over_processes(edges):
    n, c = 6, 24
    z, y = RNG.normal(0, 3, (n, c)), RNG.integers(0, c, n)
    spans = list(itertools.pairwise(edges))
    own = z[np.arange(n), y]
    t = sum(np.where((a <= y) & (y < b), own, 0.0) for a, b in spans)
    np.testing.assert_array_equal(t, own)
    found = []
    for a, b in spans:
        others = [
            np.delete(z[i], y[i])[a - (y[i] < a) : b - (y[i] < b)] for i in range(n)
        ]
        found.append([seen(t[i], [others[i]]) for i in range(n)])
    found = np.array(found)
    m = found[..., 0].max(axis=0)
    o = (found[..., 1] * np.exp(found[..., 0] - m)).sum(axis=0)
    losses = np.log1p(o + np.expm1(t - m)) - (t - m)
    right = [direct(own[i], np.delete(z[i], y[i])) for i in range(n)]
    np.testing.assert_allclose(losses, right, rtol=1e-12)


@equation("many-slope")
@pytest.mark.parametrize(("t", "z"), CASES[:5])
def test_the_slopes_are_central_differences(t, z):
    largest, total = seen(t, [z])
    s, h = total + math.exp(t - largest), 1e-5
    for j in range(len(z)):
        step = h * (np.arange(len(z)) == j)
        numeric = (direct(t, z + step) - direct(t, z - step)) / (2 * h)
        assert math.exp(z[j] - largest) / s == pytest.approx(numeric, abs=1e-9)
    numeric = (direct(t + h, z) - direct(t - h, z)) / (2 * h)
    assert -total / s == pytest.approx(numeric, abs=1e-9)


@equation("many-dx", "many-dw")
@pytest.mark.parametrize("size", [1, 5, 12, 40])
def test_the_gradients_block_by_block(size):
    """Of sum_i g_i L_i, where the logits are products and the target is one of them."""
    n, d, c = 5, 4, 12
    u, v, y = RNG.normal(size=(n, d)), RNG.normal(size=(c, d)), RNG.integers(0, c, n)
    g = RNG.uniform(0.1, 1, n)

    def loss(u, v):
        z = u @ v.T
        return (g * (np.log(np.exp(z).sum(axis=1)) - z[np.arange(n), y])).sum()

    z = u @ v.T
    t = z[np.arange(n), y]
    z[np.arange(n), y] = -np.inf
    m = np.maximum(t, z.max(axis=1))
    o = np.exp(z - m[:, None]).sum(axis=1)
    row = (g / (o + np.exp(t - m)))[:, None]
    du, dv = np.zeros_like(u), np.zeros_like(v)
    for start in range(0, c, size):
        block = slice(start, min(start + size, c))
        q = np.exp(u @ v[block].T - m[:, None])
        here = np.flatnonzero((block.start <= y) & (y < block.stop))
        q[here, y[here] - start] = -o[here]
        du += q @ v[block]
        dv[block] = q.T @ (row * u)
    du *= row
    h = 1e-6
    for analytic, which in ((du, 0), (dv, 1)):
        for place in np.ndindex(analytic.shape):
            step = np.zeros_like(analytic)
            step[place] = h
            up, down = ([u, v], [u, v])
            up[which], down[which] = up[which] + step, down[which] - step
            numeric = (loss(*up) - loss(*down)) / (2 * h)
            assert analytic[place] == pytest.approx(numeric, abs=1e-8)


@equation("many-cost")
@pytest.mark.parametrize(("kept", "blocks"), [(0, 8), (8, 8), (2, 8)])
def test_what_is_kept_is_not_computed_again(kept, blocks, monkeypatch):
    """Counted from the products that the library takes, and from what it keeps."""
    from mlcore.many import head

    n, d, c = 6, 4, 80
    share = kept / blocks
    x, w, y = RNG.normal(size=(n, d)), RNG.normal(size=(c, d)), RNG.integers(0, c, n)
    computed = []
    logits = head.logits

    def counted(loss, samples, classes, block, v):
        computed.append(2 * n * d * v.shape[0])
        return logits(loss, samples, classes, block, v)

    monkeypatch.setattr(head, "logits", counted)
    budget = kept * (c // blocks) * n * 8
    many = Chunked(ArcFaceLoss(), block=c // blocks, keep=budget)
    _, saved = many.forward(x, w, y)
    many.backward(saved)
    # Two further products a block, dx and dw, do not depend on what was kept.
    assert sum(computed) + 2 * 2 * n * d * c == 2 * (4 - share) * n * d * c
    assert sum(e.size for e, _ in saved.kept) == share * n * c


@equation("many-sample", "many-margin")
@pytest.mark.parametrize("rate", [0.5, 0.1, 0.03])
def test_a_thinned_sum_is_a_smaller_margin(rate):
    """At any r the two are one formula; the page's claim is the algebra."""
    m, s = 0.4, 16.0
    for cos in (-0.3, 0.2, 0.9):
        t, z = s * (cos - m), RNG.normal(0, 3, 40)
        largest = max(t, z.max())
        o = np.exp(z - largest).sum()
        thinned = math.log(1 + rate * o * math.exp(largest - t))
        raised = direct(t + math.log(1 / rate), z)
        less = m - math.log(1 / rate) / s
        assert thinned == pytest.approx(raised, rel=1e-12)
        assert thinned == pytest.approx(direct(s * (cos - less), z), rel=1e-12)


@equation("many-sample", "many-margin")
def test_the_library_samples_so():
    """The mean over draws, where many classes count, is near that of the formula, and
    far from that of the margin asked for."""
    n, d, c, m, s, rate = 32, 64, 4000, 0.4, 8.0, 0.2
    w, y = RNG.normal(size=(c, d)), RNG.integers(0, c, n)
    x = w[y] + RNG.normal(size=(n, d))
    loss = AdditiveMarginSoftmaxLoss(m=m, s=s)
    head = Sampled(Chunked(loss), rate)
    found = np.mean([head.forward(x, w, y, step=k)[0] for k in range(8)])
    # The other classes of the batch take part always, so the share is a little larger.
    rate += (1 - rate) * (len(np.unique(y)) - 1) / (c - 1)
    less = AdditiveMarginSoftmaxLoss(m=m - math.log(1 / rate) / s, s=s)
    assert found == pytest.approx(less.forward(x, w, y)[0], rel=2e-3)
    assert found < 0.8 * loss.forward(x, w, y)[0]


@equation("many-count")
@pytest.mark.parametrize("n", [1, 2, 10])
def test_the_classes_that_count(n):
    """Equal shares count as many as they are; and the relative variance of a sample's
    sum is (1 - r) / (r n), which is what the number stands for."""
    p = np.concatenate([np.full(n, 1 / n), np.zeros(30)])
    assert 1 / (p**2).sum() == pytest.approx(n)
    p = RNG.dirichlet(np.full(12, 0.3))
    rate = 0.3
    # Every sample of twelve classes, with its probability.
    taken = np.array(list(itertools.product((0, 1), repeat=len(p))))
    weight = rate ** taken.sum(axis=1) * (1 - rate) ** (len(p) - taken.sum(axis=1))
    sums = taken @ p
    mean = weight @ sums
    assert mean == pytest.approx(rate)
    variance = weight @ (sums - mean) ** 2 / mean**2
    assert variance == pytest.approx((1 - rate) / rate * (p**2).sum())
