"""The equations of chapter 21, pairs and views, as they stand on the page."""

import math

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from margins import results
from mlcore import losses

SEEDS = range(6)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def softplus(v):
    return max(0.0, v) + math.log1p(math.exp(-abs(v)))


def sigma(v):
    return 1 / (1 + math.exp(-v))


def views(seed, n=4, d=3):
    """2n views: the second half are the partners of the first."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(n, d))
    return np.concatenate([first, first + 0.7 * rng.normal(size=(n, d))])


def partner(i, n):
    return (i + n) % (2 * n)


def shares(S):
    """P of the page: softmax of each row without its diagonal."""
    P = np.zeros_like(S)
    for i in range(len(S)):
        for k in range(len(S)):
            if k != i:
                total = sum(math.exp(S[i, m]) for m in range(len(S)) if m != i)
                P[i, k] = math.exp(S[i, k]) / total
    return P


def ntxent_of(S):
    n = len(S) // 2
    P = shares(S)
    return -sum(math.log(P[i, partner(i, n)]) for i in range(2 * n)) / (2 * n)


def ntxent(x, tau):
    return ntxent_of(unit(x) @ unit(x).T / tau)


def positives(y, i):
    return [k for k in range(len(y)) if k != i and y[k] == y[i]]


LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def supcon_row(S, i, form):
    P, own = shares(S), positives(LABELS, i)
    if form == "out":
        return -sum(math.log(P[i, k]) for k in own) / len(own)
    return -math.log(sum(P[i, k] for k in own) / len(own))


def similarities(seed, m=8):
    """Not symmetric, so that an entry is moved alone."""
    return np.random.default_rng(seed).normal(size=(m, m))


def through_lengths(q, x):
    hat = unit(x)
    across = q - (q * hat).sum(axis=1, keepdims=True) * hat
    return across / np.linalg.norm(x, axis=1, keepdims=True)


@equation("contrastive-loss", "contrastive-gradient")
@pytest.mark.parametrize("same", [0, 1])
def test_contrastive_loss_and_its_gradient(same):
    x1, x2 = np.array([0.3, -0.2]), np.array([-0.1, 0.4])
    m = 1.5

    def loss(a, b):
        d = math.dist(a, b)
        return d**2 / 2 if same else max(m - d, 0) ** 2 / 2

    d = math.dist(x1, x2)
    page = (x1 - x2) if same else -(m - d) * (x1 - x2) / d
    assert_allclose(page, gradient(lambda v: loss(v, x2), x1), rtol=1e-6)
    assert_allclose(-page, gradient(lambda v: loss(x1, v), x2), rtol=1e-6)
    value, saved = losses.ContrastiveLoss(m).forward(
        x1[None], x2[None], np.array([same])
    )
    assert_allclose(value, loss(x1, x2), rtol=1e-12)
    assert_allclose(losses.ContrastiveLoss(m).backward(saved)[0][0], page, rtol=1e-12)
    far = np.array([5.0, 5.0])
    assert loss(x1, far) == (0 if not same else math.dist(x1, far) ** 2 / 2)


@equation("npair-loss")
@pytest.mark.parametrize("seed", SEEDS)
def test_npair_is_cross_entropy_with_the_batch_for_class_weights(seed):
    f, plus = np.random.default_rng(seed).normal(size=(2, 5, 3))
    z = f @ plus.T
    left = np.mean(
        [
            math.log(1 + sum(math.exp(z[i, j] - z[i, i]) for j in range(5) if j != i))
            for i in range(5)
        ]
    )
    right = -np.mean(
        [math.log(math.exp(z[i, i]) / np.exp(z[i]).sum()) for i in range(5)]
    )
    assert_allclose(left, right, rtol=1e-12)
    assert_allclose(losses.NPairLoss().forward(f, plus)[0], left, rtol=1e-12)
    softmax, _ = losses.SoftmaxCrossEntropy().forward(z, np.arange(5))
    assert_allclose(softmax, left, rtol=1e-12)


@equation("similarity-rows", "ntxent-loss")
@pytest.mark.parametrize("seed", SEEDS)
def test_ntxent_in_both_forms_and_in_the_library(seed):
    x, tau, n = views(seed), 0.3, 4
    S = unit(x) @ unit(x).T / tau
    P = shares(S)
    assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
    assert (np.diag(P) == 0).all()
    logs = [
        math.log(sum(math.exp(S[i, k]) for k in range(2 * n) if k != i))
        - S[i, partner(i, n)]
        for i in range(2 * n)
    ]
    assert_allclose(np.mean(logs), ntxent(x, tau), rtol=1e-12)
    value, _ = losses.NTXentLoss(tau).forward(x[:n], x[n:])
    assert_allclose(value, ntxent(x, tau), rtol=1e-12)
    # A row is the normalised softmax, with the other views for class weights.
    rows = [
        losses.AdditiveMarginSoftmaxLoss(m=0.0, s=1 / tau).forward(
            x[[i]],
            np.delete(x, i, axis=0),
            np.array([partner(i, n) - (partner(i, n) > i)]),
        )[0]
        for i in range(2 * n)
    ]
    assert_allclose(rows, logs, rtol=1e-12)


def test_the_row_that_is_worked_by_hand():
    cosines = [math.cos(math.radians(a)) for a in (60, 90, 180)]
    e = [math.exp(c / 0.5) for c in cosines]
    assert f"{e[0]:.3f} {sum(e):.3f} {e[0] / sum(e):.3f}" == "2.718 3.854 0.705"
    assert f"{-math.log(e[0] / sum(e)):.3f}" == "0.349"


@equation("ntxent-floor")
@pytest.mark.parametrize("seed", SEEDS)
def test_no_features_have_a_smaller_loss_than_the_floor(seed):
    for tau in (0.1, 0.5, 2.0):
        floor = math.log(1 + (2 * 4 - 2) * math.exp(-2 / tau))
        assert ntxent(views(seed), tau) >= floor
    # Two pictures in opposite places reach it.
    x = np.array([[1.0, 0], [-1, 0], [1, 0], [-1, 0]])
    assert_allclose(ntxent(x, 0.5), math.log(1 + 2 * math.exp(-4)), rtol=1e-12)


def test_the_floor_and_the_start_of_the_page():
    assert f"{math.log(1 + 510 * math.exp(-4)):.2f}" == "2.34"
    assert f"{math.log(511):.2f}" == "6.24"


@equation("supcon-losses")
@pytest.mark.parametrize("form", ["out", "in"])
@pytest.mark.parametrize("seed", SEEDS)
def test_supcon_is_the_librarys(seed, form):
    x = views(seed)
    S = unit(x) @ unit(x).T / 0.4
    rows = [supcon_row(S, i, form) for i in range(8)]
    value, _ = losses.SupConLoss(0.4, form).forward(x, LABELS)
    assert_allclose(value, np.mean(rows), rtol=1e-12)


@equation("supcon-jensen")
@pytest.mark.parametrize("seed", range(30))
def test_inside_is_never_above_outside(seed):
    S = similarities(seed)
    for i in range(8):
        assert supcon_row(S, i, "in") <= supcon_row(S, i, "out") + 1e-12
        S[i, positives(LABELS, i)] = 0.3  # all equally near
        assert_allclose(supcon_row(S, i, "in"), supcon_row(S, i, "out"), rtol=1e-12)


def two_kinds(seed, n=5):
    x, v = np.random.default_rng(seed).normal(size=(2, n, 3))
    return x, v, 0.7


def clip_of(S):
    n = len(S)
    rows = [math.log(math.exp(S[i, i]) / np.exp(S[i]).sum()) for i in range(n)]
    columns = [math.log(math.exp(S[i, i]) / np.exp(S[:, i]).sum()) for i in range(n)]
    return -(sum(rows) + sum(columns)) / (2 * n)


def clip(x, v, t):
    return clip_of(math.exp(t) * unit(x) @ unit(v).T)


@equation("clip-loss", "clip-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_clip_and_its_gradients(seed):
    x, v, t = two_kinds(seed)
    n, S = len(x), math.exp(t) * unit(x) @ unit(v).T
    rows = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    columns = np.exp(S) / np.exp(S).sum(axis=0)
    G = (rows - np.eye(n)) / (2 * n) + (columns - np.eye(n)) / (2 * n)
    assert_allclose(G, gradient(clip_of, S), rtol=0, atol=1e-9)
    dx = through_lengths(math.exp(t) * G @ unit(v), x)
    dv = through_lengths(math.exp(t) * G.T @ unit(x), v)
    assert_allclose(dx, gradient(lambda a: clip(a, v, t), x), rtol=0, atol=1e-8)
    assert_allclose(dv, gradient(lambda a: clip(x, a, t), v), rtol=0, atol=1e-8)
    value, saved = losses.CLIPLoss().forward(x, v, np.asarray(t))
    assert_allclose(value, clip(x, v, t), rtol=1e-12)
    assert_allclose(losses.CLIPLoss().backward(saved)[0], dx, rtol=0, atol=1e-12)


def siglip_of(u):
    n = len(u)
    return (
        sum(
            softplus(-u[i, j] if i == j else u[i, j])
            for i in range(n)
            for j in range(n)
        )
        / n
    )


def siglip(x, v, t, b):
    return siglip_of(math.exp(t) * unit(x) @ unit(v).T + b)


@equation("siglip-loss", "siglip-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_siglip_and_its_gradients(seed):
    x, v, t = two_kinds(seed)
    b, n = -1.1, len(x)
    y = 2 * np.eye(n) - 1
    u = math.exp(t) * unit(x) @ unit(v).T + b
    G = -y * np.vectorize(sigma)(-y * u) / n
    assert_allclose(G, gradient(siglip_of, u), rtol=0, atol=1e-9)
    db, dt = G.sum(), (G * (u - b)).sum()
    assert_allclose(db, gradient(lambda a: siglip(x, v, t, float(a)), b), rtol=1e-7)
    assert_allclose(dt, gradient(lambda a: siglip(x, v, float(a), b), t), rtol=1e-7)
    dx = through_lengths(math.exp(t) * G @ unit(v), x)
    assert_allclose(dx, gradient(lambda a: siglip(a, v, t, b), x), rtol=0, atol=1e-8)
    value, saved = losses.SigLIPLoss().forward(x, v, np.asarray(t), np.asarray(b))
    assert_allclose(value, siglip(x, v, t, b), rtol=1e-12)
    found = losses.SigLIPLoss().backward(saved)
    for given, page in zip(found, (dx, None, dt, db), strict=True):
        if page is not None:
            assert_allclose(given, page, rtol=0, atol=1e-12)
    # Any partition of the columns gives the same loss.
    pieces = [softplus(-y[i, j] * u[i, j]) for j in range(n) for i in range(n)]
    assert_allclose(math.fsum(pieces[:7]) / n + math.fsum(pieces[7:]) / n, value)


@equation("siglip-start")
@pytest.mark.parametrize("n", [2, 16, 512, 32768])
def test_the_best_constant_of_siglip(n):
    b = -math.log(n - 1)
    assert_allclose(-sigma(-b) + (n - 1) * sigma(b), 0, atol=1e-12)

    def loss(b):
        return softplus(-b) + (n - 1) * softplus(b)

    assert all(loss(b) < loss(b + move) for move in (-0.1, 0.1))
    assert_allclose(losses.SigLIPLoss.initial_bias(n), b, rtol=1e-12)


@equation("soft-target-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_probability_minus_target_for_every_target(seed):
    S = similarities(seed)
    T = np.random.default_rng(seed).dirichlet(np.ones(7), size=8)
    T = np.stack([np.insert(row, i, 0.0) for i, row in enumerate(T)])

    def loss(S):
        P = shares(S)
        return -sum(
            T[i, k] * math.log(P[i, k]) for i in range(8) for k in range(8) if i != k
        ) / len(S)

    assert_allclose((shares(S) - T) / 8, gradient(loss, S), rtol=0, atol=1e-8)


@equation("supcon-in-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_target_inside_is_the_softmax_of_the_positives(seed):
    S = similarities(seed)
    P = shares(S)
    X = np.zeros_like(P)
    for i in range(8):
        own = positives(LABELS, i)
        X[i, own] = P[i, own] / P[i, own].sum()
    slopes = gradient(lambda S: np.mean([supcon_row(S, i, "in") for i in range(8)]), S)
    assert_allclose((P - X) / 8, slopes, rtol=0, atol=1e-8)


@equation("both-roles")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_view_is_moved_as_an_anchor_and_as_a_candidate(seed):
    x, tau, n = views(seed), 0.3, 4
    hat = unit(x)
    G = shares(hat @ hat.T / tau)
    for i in range(2 * n):
        G[i, partner(i, n)] -= 1
    G /= 2 * n

    def of_units(z):
        return ntxent_of(z @ z.T / tau)

    pull = (G + G.T) @ hat / tau
    assert_allclose(pull, gradient(of_units, hat), rtol=0, atol=1e-7)
    page = through_lengths(pull, x)
    slopes = gradient(lambda v: ntxent(v, tau), x)
    assert_allclose(page, slopes, rtol=0, atol=1e-8)
    half = through_lengths(G @ hat / tau, x)
    assert np.abs(half - slopes).max() > 0.1 * np.abs(slopes).max()
    _, saved = losses.NTXentLoss(tau).forward(x[:n], x[n:])
    dx = np.concatenate(losses.NTXentLoss(tau).backward(saved))
    assert_allclose(dx, page, rtol=0, atol=1e-12)


@equation("temperature-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_slope_along_the_temperature(seed):
    x, tau, n = views(seed), 0.3, 4
    S = unit(x) @ unit(x).T / tau
    G = shares(S)
    for i in range(2 * n):
        G[i, partner(i, n)] -= 1
    G /= 2 * n
    total = (G * S).sum()
    by_tau = gradient(lambda a: ntxent(x, float(a)), tau)
    assert_allclose(-total / tau, by_tau, rtol=1e-6)
    by_log = gradient(lambda a: ntxent(x, math.exp(a)), math.log(tau))
    assert_allclose(-total, by_log, rtol=1e-6)
    right = [S[i, partner(i, n)] for i in range(2 * n)]
    mean = (shares(S) * S).sum(axis=1)
    assert_allclose(-total, np.mean(right - mean), rtol=1e-10)
    a, v, t = two_kinds(seed)
    _, saved = losses.CLIPLoss().forward(a, v, np.asarray(t))
    dt = losses.CLIPLoss().backward(saved)[2]
    assert_allclose(dt, gradient(lambda s: clip(a, v, float(s)), t), rtol=1e-6)
    S = math.exp(t) * unit(a) @ unit(v).T
    assert_allclose((gradient(clip_of, S) * S).sum(), dt, rtol=1e-6)


@equation("temperature-shares")
@pytest.mark.parametrize("tau", [0.1, 0.5])
def test_the_negatives_share_the_push_by_a_softmax_of_their_own(tau):
    x, n = views(3), 4
    cosines = unit(x) @ unit(x).T
    P = shares(cosines / tau)
    for i in range(2 * n):
        rest = [k for k in range(2 * n) if k not in (i, partner(i, n))]
        e = np.exp(cosines[i, rest] / tau)
        assert_allclose(P[i, rest] / P[i, rest].sum(), e / e.sum(), rtol=1e-12)


@equation("ntxent-collapsed")
def test_equal_features_have_no_gradient():
    x = np.tile([[0.3, -1.2, 0.5]], (8, 1))
    assert_allclose(ntxent(x, 0.5), math.log(7), rtol=1e-12)
    value, saved = losses.NTXentLoss(0.5).forward(x[:4], x[4:])
    assert_allclose(value, math.log(7), rtol=1e-12)
    for part in losses.NTXentLoss(0.5).backward(saved):
        assert_allclose(part, 0, atol=1e-12)


@equation("ntxent-near-collapse")
@pytest.mark.parametrize("seed", SEEDS)
def test_near_the_collapse_the_loss_compares_mean_squares(seed):
    n, tau = 4, 0.5
    direction = np.array([0.6, 0.0, 0.8])
    noise = views(seed)
    errors = []
    for size in (1e-2, 1e-3):
        x = direction + size * noise
        hat = unit(x)
        square = ((hat[:, None] - hat) ** 2).sum(axis=2)
        near = np.mean([square[i, partner(i, n)] for i in range(2 * n)])
        all_others = square.sum() / (2 * n) / (2 * n - 1)
        move = (near - all_others) / (2 * tau)
        errors.append(abs(ntxent(x, tau) - math.log(2 * n - 1) - move) / size**2)
    assert errors[1] < 0.1 * errors[0] + 1e-6
    assert errors[1] < 1e-2


@equation("proxy-nca-loss", "proxy-nca-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_proxy_nca_leaves_its_own_class_out(seed):
    rng = np.random.default_rng(seed)
    x, w, y = rng.normal(size=(6, 3)), rng.normal(size=(4, 3)), rng.integers(0, 4, 6)
    c = unit(x) @ unit(w).T
    d = ((unit(x)[:, None] - unit(w)) ** 2).sum(axis=2)
    for i in range(6):
        others = [j for j in range(4) if j != y[i]]
        left = -math.log(math.exp(-d[i, y[i]]) / np.exp(-d[i, others]).sum())

        def right(row, i=i, others=others):
            return math.log(np.exp(2 * row[others]).sum()) - 2 * row[y[i]]

        assert_allclose(left, right(c[i]), rtol=1e-10)
        slopes = gradient(right, c[i])
        assert_allclose(slopes[y[i]], -2, rtol=1e-8)
        shares_of = np.exp(2 * c[i, others]) / np.exp(2 * c[i, others]).sum()
        assert_allclose(slopes[others], 2 * shares_of, rtol=1e-7)
        value, _ = losses.ProxyNCALoss(reduction="none").forward(x, w, y)
        assert_allclose(value[i], left, rtol=1e-10)
    # On its own of five orthogonal proxies.
    value, _ = losses.ProxyNCALoss().forward(np.eye(5)[:1], np.eye(5), np.array([0]))
    assert_allclose(value, math.log(4) - 2, rtol=1e-12)
    assert f"{math.log(4) - 2:.2f}" == "-0.61"


@equation("proxy-nca-positive")
@pytest.mark.parametrize("alpha", [1.0, 8.0])
def test_with_its_own_class_it_is_the_normalised_softmax(alpha):
    rng = np.random.default_rng(1)
    x, w, y = rng.normal(size=(6, 3)), rng.normal(size=(4, 3)), rng.integers(0, 4, 6)
    c = unit(x) @ unit(w).T
    page = np.mean(
        [
            math.log(np.exp(2 * alpha * c[i]).sum()) - 2 * alpha * c[i, y[i]]
            for i in range(6)
        ]
    )
    softmax, _ = losses.AdditiveMarginSoftmaxLoss(m=0.0, s=2 * alpha).forward(x, w, y)
    ours, _ = losses.ProxyNCALoss(alpha, positive=True).forward(x, w, y)
    assert_allclose([softmax, ours], page, rtol=1e-12)


def proxy_anchor_of(c, y, alpha, delta):
    classes = c.shape[1]
    present = sorted(set(y.tolist()))
    first = [
        math.log(1 + sum(math.exp(-alpha * (v - delta)) for v in c[y == j, j]))
        for j in present
    ]
    second = [
        math.log(1 + sum(math.exp(alpha * (v + delta)) for v in c[y != j, j]))
        for j in range(classes)
    ]
    return sum(first) / len(present) + sum(second) / classes


@equation("proxy-anchor-loss", "proxy-anchor-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_proxy_anchor_is_a_softmax_down_the_column(seed):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(7, 3)), rng.normal(size=(4, 3))
    y = np.array([0, 0, 1, 1, 2, 2, 0])  # nobody is in class 3
    alpha, delta = 3.0, 0.1
    c = unit(x) @ unit(w).T
    value, _ = losses.ProxyAnchorLoss(alpha, delta).forward(x, w, y)
    assert_allclose(value, proxy_anchor_of(c, y, alpha, delta), rtol=1e-12)
    page = np.zeros_like(c)
    for j in range(4):
        for i in range(7):
            own = y == y[i] if j == y[i] else y != j
            sign = -1 if j == y[i] else 1
            e = np.exp(sign * alpha * (c[own, j] + sign * delta))
            h = math.exp(sign * alpha * (c[i, j] + sign * delta)) / (1 + e.sum())
            page[i, j] = sign * alpha * h / (3 if j == y[i] else 4)
    slopes = gradient(lambda c: proxy_anchor_of(c, y, alpha, delta), c)
    assert_allclose(page, slopes, rtol=0, atol=1e-8)


def zeta(c, t):
    return 2 * ((c + 1) / 2) ** t - 1


@equation("sphereface2-zeta")
@pytest.mark.parametrize("t", [1.0, 2.5, 3.0])
def test_the_adjusted_similarity_and_its_slope(t):
    c = np.linspace(-0.9, 0.9, 7)
    page = t * ((c + 1) / 2) ** (t - 1)
    assert_allclose(page, np.diag(gradient_of_each(lambda v: zeta(v, t), c)), rtol=1e-6)
    assert (zeta(np.array([-1.0, 1.0]), t) == [-1, 1]).all()
    if t == 1:
        assert_allclose(zeta(c, t), c, atol=1e-15)


def gradient_of_each(f, x):
    return np.stack([gradient(lambda v, i=i: float(f(v)[i]), x) for i in range(len(x))])


def sphereface2_of(c, y, b, lam, r, m, t):
    n, classes = c.shape
    total = 0.0
    for i in range(n):
        for j in range(classes):
            if j == y[i]:
                u = r * (zeta(c[i, j], t) - m) + b
                total += lam / r * softplus(-u)
            else:
                u = r * (zeta(c[i, j], t) + m) + b
                total += (1 - lam) / r * softplus(u)
    return total / n


@equation("sphereface2-loss", "sphereface2-gradient")
@pytest.mark.parametrize("seed", SEEDS)
def test_sphereface2_and_its_slopes(seed):
    rng = np.random.default_rng(seed)
    x, w, y = rng.normal(size=(6, 3)), rng.normal(size=(4, 3)), rng.integers(0, 4, 6)
    lam, r, m, t, b = 0.7, 4.0, 0.3, 3.0, 0.4
    c = unit(x) @ unit(w).T
    head = losses.SphereFace2Loss(lam=lam, r=r, m=m, t=t)
    value, saved = head.forward(x, w, y, np.asarray(b))
    assert_allclose(value, sphereface2_of(c, y, b, lam, r, m, t), rtol=1e-12)
    delta = np.empty_like(c)
    for i in range(6):
        for j in range(4):
            own = j == y[i]
            u = r * (zeta(c[i, j], t) + (-m if own else m)) + b
            delta[i, j] = -lam * sigma(-u) / 6 if own else (1 - lam) * sigma(u) / 6
    page = delta * t * ((c + 1) / 2) ** (t - 1)
    slopes = gradient(lambda c: sphereface2_of(c, y, b, lam, r, m, t), c)
    assert_allclose(page, slopes, rtol=0, atol=1e-9)
    db = gradient(lambda b: sphereface2_of(c, y, float(b), lam, r, m, t), b)
    assert_allclose(delta.sum() / r, db, rtol=1e-6)
    dx, dw, given = head.backward(saved)
    assert_allclose(given, delta.sum() / r, rtol=1e-10)
    assert_allclose(dx, through_lengths(page @ unit(w), x), rtol=0, atol=1e-12)
    # Another class weight leaves the gradients of all others as they are, to the bit.
    moved = w.copy()
    moved[2] = rng.normal(size=3)
    _, saved = head.forward(x, moved, y, np.asarray(b))
    assert (head.backward(saved)[1][[0, 1, 3]] == dw[[0, 1, 3]]).all()


@equation("sphereface2-start")
@pytest.mark.parametrize("classes", [2, 10, 1000, 85742])
@pytest.mark.parametrize("lam", [0.5, 0.7])
def test_where_the_bias_of_sphereface2_starts(classes, lam):
    r, m, t = 10.0, 0.2, 3.0
    kappa = lam / ((1 - lam) * (classes - 1))
    A_y, A_j = r * (zeta(0, t) - m), r * (zeta(0, t) + m)
    epsilon = math.exp(A_y - A_j)
    assert_allclose(epsilon, math.exp(-2 * r * m), rtol=1e-12)
    root = math.sqrt((1 - kappa) ** 2 + 4 * kappa * epsilon)
    b = math.log(2 * kappa) - A_j - math.log(1 - kappa + root)
    v = math.exp(A_j + b)
    assert_allclose(epsilon * v**2 + (1 - kappa) * v - kappa, 0, atol=1e-9 * (1 + v))
    slope = -lam * sigma(-A_y - b) + (1 - lam) * (classes - 1) * sigma(A_j + b)
    assert_allclose(slope, 0, atol=1e-9)
    found = losses.SphereFace2Loss(lam=lam, r=r, m=m, t=t).initial_bias(classes)
    assert_allclose(found, b, rtol=1e-9)
    if lam == 0.5:
        plain = losses.SphereFace2Loss(lam=0.5, r=r, m=0.0, t=1.0).initial_bias(classes)
        assert_allclose(plain, -math.log(classes - 1), atol=1e-12)


# What the page says of the results in the package.


def judged(name, labels, what="by_neighbours"):
    runs = results.runs(f"views-{name}")
    assert len(runs) == 3
    return np.mean([run["test"][what][labels] for run in runs])


@pytest.mark.parametrize("tau", ["0.05", "0.1", "0.2", "0.5", "1"])
def test_views_help_where_labels_are_few(tau):
    name = f"nt-xent-tau{tau}"
    for labels in ("1", "10"):
        for without in ("pixels", "untrained"):
            assert judged(name, labels) > judged(without, labels) + 3
    assert judged("untrained", "400") < judged(name, "400") < judged("pixels", "400")
    for labels in ("1", "10", "400"):
        assert judged("supcon", labels) > judged("pixels", labels) + 2


@pytest.mark.parametrize("name", ["nt-xent-tau0.5", "supcon"])
def test_these_digits_give_no_reason_to_throw_the_projection_away(name):
    gain = {
        labels: judged(name, labels, "projected") - judged(name, labels)
        for labels in ("1", "10", "400")
    }
    assert gain["1"] > 3
    assert min(gain["10"], gain["400"]) > -0.5
    assert max(gain["10"], gain["400"]) < 2
