"""The equations of chapter 17, AdaFace and MagFace, as they stand on the page."""

import math

import numpy as np
import pytest
from angles import angle, length, tangent, unit
from equations import equation
from numpy.testing import assert_allclose
from slopes import gradient

from margins import results
from margins.experiments import blur
from mlcore import losses

ANGLES = np.random.default_rng(0).uniform(0.01, math.pi - 0.01, 100)
QUALITIES = (-1.0, -0.4, 0.0, 0.3, 1.0)
S, M, H, EPS = 7.0, 0.4, 1 / 3, 1e-3
# l_a, u_a, l_m, u_m, lambda, s
PUBLISHED = (10.0, 110.0, 0.45, 0.8, 35.0, 64.0)
SMALL = (1.0, 11.0, 0.1, 0.5, 3.0, 7.0)


def batch(seed=2, n=6, d=3, c=4):
    """Near the rows, where a wrong slope is far off, and of many lengths."""
    rng = np.random.default_rng(seed)
    w, y = rng.normal(size=(c, d)), rng.integers(0, c, n)
    x = np.array([unit(w[j]) for j in y]) + 0.3 * rng.normal(size=(n, d))
    return x * rng.uniform(1.5, 6, size=(n, 1)), w, y


def lengths(x):
    return np.array([length(row) for row in x])


def quality(a, mean, deviation, h=H):
    return np.clip(h * (a - mean) / (deviation + EPS), -1, 1)


def statistics(a):
    """Mean and standard deviation, the sum of squares divided by N - 1."""
    mean = sum(a) / len(a)
    return mean, math.sqrt(sum((v - mean) ** 2 for v in a) / (len(a) - 1))


def ada_psi(theta, q, m=M):
    return math.cos(theta - m * q) - m * (1 + q)


def mag_margin(a, low, high, least, most):
    return least + (most - least) / (high - low) * (a - low)


def regulariser(a, high):
    return 1 / a + a / high**2


def cross_entropy(x, w, yi, psi, s):
    """Of one sample whose target logit is s psi."""
    z = np.array(
        [s * (psi if j == yi else math.cos(angle(x, wj))) for j, wj in enumerate(w)]
    )
    return math.log(np.exp(z).sum()) - z[yi], np.exp(z) / np.exp(z).sum()


def ada_loss(x, w, y, q, m=M, s=S):
    """The batch's, with these qualities."""
    each = [
        cross_entropy(x[i], w, yi, ada_psi(angle(x[i], w[yi]), q[i], m), s)[0]
        for i, yi in enumerate(y)
    ]
    return sum(each) / len(each)


def mag_each(x, w, yi, numbers):
    low, high, least, most, lam, s = numbers
    a = min(max(length(x), low), high)
    psi = math.cos(angle(x, w[yi]) + mag_margin(a, low, high, least, most))
    return cross_entropy(x, w, yi, psi, s)[0] + lam * regulariser(a, high)


def mag_loss(x, w, y, numbers):
    return sum(mag_each(x[i], w, yi, numbers) for i, yi in enumerate(y)) / len(y)


@equation("ada-quality", "ada-state")
def test_the_quality_and_the_running_mean_and_deviation():
    x, w, y = batch()
    a, alpha = lengths(x), 0.1
    loss = losses.AdaFaceLoss(m=M, h=H, s=S, weight=alpha)
    before = np.array([3.0, 1.2])
    mean, deviation = statistics(a)
    after = (1 - alpha) * before + alpha * np.array([mean, deviation])
    value, saved = loss.forward(x, w, y, before)
    assert_allclose(loss.update(before, saved), after, rtol=1e-13)
    q = quality(a, *after)  # the batch enters before it is used
    assert_allclose(loss.quality(a, after), q, rtol=1e-13)
    assert float(value) == pytest.approx(ada_loss(x, w, y, q), rel=1e-12)
    # At the start the batch stands for itself.
    assert float(loss.forward(x, w, y)[0]) == pytest.approx(
        ada_loss(x, w, y, quality(a, mean, deviation)), rel=1e-12
    )
    # h says how many standard deviations fill the range.
    assert quality(mean + 3 * (deviation + EPS), mean, deviation) == pytest.approx(1)
    assert quality(mean + 9 * deviation, mean, deviation) == 1


@equation("ada-psi", "ada-cases")
def test_the_margin_and_its_three_cases():
    for theta in ANGLES:
        cases = {
            -1.0: math.cos(theta + M),
            0.0: math.cos(theta) - M,
            1.0: math.cos(theta - M) - 2 * M,
        }
        for q in QUALITIES:
            page = ada_psi(theta, q)
            assert page == pytest.approx(cases.get(q, page), abs=1e-15)
            one = [np.array([v]) for v in (math.cos(theta), math.sin(theta), q)]
            assert losses.AdaFaceLoss(m=M).margin(*one)[0] == pytest.approx(
                page, abs=1e-14
            )
            combined = math.cos(theta - M * q) - (M + M * q)
            assert page == pytest.approx(combined, abs=1e-15)
    cos, sin = np.cos(ANGLES), np.sin(ANGLES)
    ada, same = losses.AdaFaceLoss(m=M), np.ones_like(cos)
    for q, head in (
        (-1, losses.ArcFaceLoss(m=M)),
        (0, losses.AdditiveMarginSoftmaxLoss(m=M)),
    ):
        assert_allclose(ada.margin(cos, sin, q * same), head.margin(cos, sin))


@equation("ada-quality", "ada-psi")
def test_the_example_by_hand():
    q = (5 - 4) / 2 / 3
    assert q == pytest.approx(1 / 6)
    theta = math.acos(0.8)
    assert math.degrees(theta) == pytest.approx(36.9, abs=0.05)
    assert math.degrees(0.4 * q) == pytest.approx(3.8, abs=0.05)
    assert math.degrees(theta - 0.4 * q) == pytest.approx(33.1, abs=0.06)
    assert ada_psi(theta, q) == pytest.approx(0.371, abs=6e-4)


@equation("ada-rho")
def test_rho_is_the_rate_of_fall():
    for theta in ANGLES:
        for q in QUALITIES:
            falls = -float(gradient(lambda t, q=q: ada_psi(t, q), theta))
            assert math.sin(theta - M * q) == pytest.approx(falls, abs=1e-8)
    # A good sample that is nearer than m q is pushed away.
    assert math.sin(0.3 - M) < 0
    assert math.degrees(M) == pytest.approx(22.9, abs=0.05)


def head_gradients(x, w, y, p, rho, s):
    """The page's two products with their projections."""
    in_x, in_w = np.zeros_like(x), np.zeros_like(w)
    for i, yi in enumerate(y):
        for j in range(len(w)):
            g = (p[i][j] - (j == yi)) / len(y)
            in_x[i] += g * unit(w[j])
            in_w[j] += g * unit(x[i])
            if j == yi:
                added = g * (rho[i] - math.sin(angle(x[i], w[j])))
                in_x[i] += added * tangent(x[i], w[j])
                in_w[j] += added * tangent(w[j], x[i])

    def project(inner, a):
        rows = [
            s / length(v) * (np.eye(len(v)) - np.outer(unit(v), unit(v))) @ row
            for row, v in zip(inner, a, strict=True)
        ]
        return np.array(rows)

    return project(in_x, x), project(in_w, w)


@equation("ada-dx", "ada-dw")
def test_gradients_with_the_quality_held():
    x, w, y = batch()
    a = lengths(x)
    q = quality(a, *statistics(a))
    theta = [angle(x[i], w[yi]) for i, yi in enumerate(y)]
    p = [
        cross_entropy(x[i], w, yi, ada_psi(theta[i], q[i]), S)[1]
        for i, yi in enumerate(y)
    ]
    rho = [math.sin(t - M * v) for t, v in zip(theta, q, strict=True)]
    dx, dw = head_gradients(x, w, y, p, rho, S)
    held_x = gradient(lambda x: ada_loss(x, w, y, q), x)
    held_w = gradient(lambda w: ada_loss(x, w, y, q), w)
    assert_allclose(dx, held_x, rtol=1e-6, atol=1e-8)
    assert_allclose(dw, held_w, rtol=1e-6, atol=1e-8)
    loss = losses.AdaFaceLoss(m=M, s=S)
    of_library = loss.backward(loss.forward(x, w, y)[1])
    assert_allclose(of_library[0], dx, rtol=1e-9, atol=1e-12)
    assert_allclose(of_library[1], dw, rtol=1e-9, atol=1e-12)
    assert np.abs((dx * x).sum(axis=1)).max() < 1e-12
    # With the quality computed anew it is another number.
    free = gradient(lambda x: ada_loss(x, w, y, quality(lengths(x), *statistics(a))), x)
    assert np.abs(free - dx).max() > 1e-2 * np.abs(dx).max()


@equation("ada-slope-q", "ada-free")
def test_a_quality_that_is_not_stopped_shrinks_every_length():
    for theta in ANGLES:
        for q in QUALITIES:
            page = M * math.sin(theta - M * q) - M
            assert page == pytest.approx(-M * (1 - math.sin(theta - M * q)), abs=1e-15)
            assert page <= 0
            slope = float(gradient(lambda q, t=theta: ada_psi(t, q), q))
            assert page == pytest.approx(slope, abs=1e-8)
    x, w, y = batch(seed=5)
    mean, deviation = statistics(lengths(x))
    for i, yi in enumerate(y):
        theta = angle(x[i], w[yi])

        def of_length(a, i=i, yi=yi, theta=theta):
            psi = ada_psi(theta, quality(a, mean, deviation))
            return cross_entropy(x[i], w, yi, psi, S)[0]

        a = length(x[i])
        q = quality(a, mean, deviation)
        p = cross_entropy(x[i], w, yi, ada_psi(theta, q), S)[1][yi]
        steep = (1 - p) * S * M * (1 - math.sin(theta - M * q))
        page = steep * H / (deviation + EPS)
        assert page >= 0
        assert abs(q) < 1
        assert page == pytest.approx(float(gradient(of_length, a)), rel=1e-5, abs=1e-9)


@equation("mag-margin", "mag-loss")
@pytest.mark.parametrize("numbers", [SMALL, PUBLISHED])
def test_magface_forward_and_the_clip(numbers):
    low, high, least, most, lam, s = numbers
    x, w, y = batch(seed=3)
    x = x * (low * np.array([0.5, 1.1, 2, 4, 8, 30]) / lengths(x))[:, None]
    loss = losses.MagFaceLoss(low, high, least, most, lam, s)
    each = losses.MagFaceLoss(low, high, least, most, lam, s, reduction="none")
    assert float(loss.forward(x, w, y)[0]) == pytest.approx(
        mag_loss(x, w, y, numbers), rel=1e-11
    )
    assert len(each.forward(x, w, y)[0]) == len(y)
    assert mag_margin(low, low, high, least, most) == pytest.approx(least)
    assert mag_margin(high, low, high, least, most) == pytest.approx(most)
    inside = np.linspace(low, high, 9)
    assert_allclose(
        loss.margin_at(inside), [mag_margin(a, low, high, least, most) for a in inside]
    )
    assert_allclose(loss.regulariser(inside), [regulariser(a, high) for a in inside])
    falls = [float(gradient(lambda a: regulariser(a, high), a)) for a in inside]
    assert_allclose(falls, 1 / high**2 - 1 / inside**2, atol=1e-8)
    assert (1 / high**2 - 1 / inside**2 <= 0).all()


@equation("mag-margin", "mag-loss")
def test_magface_by_hand():
    low, high, least, most, _, _ = SMALL
    assert (most - least) / (high - low) == pytest.approx(0.04)
    assert mag_margin(5, low, high, least, most) == pytest.approx(0.26)
    assert regulariser(5, high) == pytest.approx(0.241, abs=5e-4)


@equation("mag-target-slope", "mag-radial", "mag-dx")
@pytest.mark.parametrize("numbers", [SMALL, PUBLISHED])
def test_magface_backward(numbers):
    low, high, least, most, lam, s = numbers
    k = (most - least) / (high - low)
    x, w, y = batch(seed=4)
    x = x * (low * np.array([0.5, 1.5, 2, 4, 8, 30]) / lengths(x))[:, None]
    p, rho, along = [], [], []
    for i, yi in enumerate(y):
        a, theta = length(x[i]), angle(x[i], w[yi])
        inside = low < a < high
        margin = mag_margin(min(max(a, low), high), low, high, least, most)
        p.append(cross_entropy(x[i], w, yi, math.cos(theta + margin), s)[1])
        rho.append(math.sin(theta + margin))
        if not inside:
            along.append(0.0)
            continue

        def target(a, theta=theta):
            return s * math.cos(theta + mag_margin(a, low, high, least, most))

        slope = float(gradient(target, a, h=1e-4))
        assert -s * k * math.sin(theta + margin) == pytest.approx(slope, rel=1e-6)
        page = (1 - p[i][yi]) * s * k * math.sin(theta + margin)
        along.append(page + lam * (1 / high**2 - 1 / a**2))
        of_length = gradient(
            lambda a, i=i, yi=yi: mag_each(a * unit(x[i]), w, yi, numbers), a, h=1e-4
        )
        assert along[i] == pytest.approx(float(of_length), rel=1e-5, abs=1e-7)
    dx, dw = head_gradients(x, w, y, p, rho, s)
    without = dx.copy()
    dx += np.array([v * unit(row) for v, row in zip(along, x, strict=True)]) / len(y)
    slopes = gradient(lambda x: mag_loss(x, w, y, numbers), x)
    size = np.abs(slopes).max()
    assert_allclose(dx, slopes, rtol=1e-5, atol=1e-7 * size)
    assert np.abs(without - slopes).max() > 1e-3 * size
    loss = losses.MagFaceLoss(low, high, least, most, lam, s)
    of_library = loss.backward(loss.forward(x, w, y)[1])
    assert_allclose(of_library[0], dx, rtol=1e-8, atol=1e-11 * size)
    assert_allclose(of_library[1], dw, rtol=1e-8, atol=1e-11)


def one_of_many(numbers, classes=85_742, other=0.1):
    """loss(theta, a) and p(theta, a) of a sample; all other rows at one cosine."""
    low, high, least, most, lam, s = numbers
    rivals = math.log(classes - 1) + s * other

    def probability(theta, a):
        target = s * np.cos(theta + mag_margin(a, low, high, least, most))
        return 1 / (1 + np.exp(np.clip(rivals - target, -700, 700)))

    def loss(theta, a):
        target = s * np.cos(theta + mag_margin(a, low, high, least, most))
        return np.logaddexp(0, rivals - target) + lam * regulariser(a, high)

    return loss, probability


def best_length(theta, numbers):
    """Where the slope of the loss in the length changes its sign, by halving."""
    low, high, least, most, lam, s = numbers
    k, probability = (most - least) / (high - low), one_of_many(numbers)[1]
    left, right = low, high
    for _ in range(80):
        a = (left + right) / 2
        u = theta + mag_margin(a, low, high, least, most)
        slope = (1 - probability(theta, a)) * s * k * math.sin(u)
        up = slope + lam * (1 / high**2 - 1 / a**2) > 0
        left, right = (left, a) if up else (a, right)
    return a


@equation("mag-best")
@pytest.mark.parametrize("degrees", [0, 20, 30, 40, 50, 60, 70, 80, 90, 120])
def test_the_best_length_is_that_of_a_grid_and_solves_its_equation(degrees):
    low, high, least, most, lam, s = PUBLISHED
    theta, (loss, probability) = math.radians(degrees), one_of_many(PUBLISHED)
    grid = np.linspace(low, high, 200_001)
    values = loss(theta, grid)
    found = best_length(theta, PUBLISHED)
    assert found == pytest.approx(grid[values.argmin()], abs=2e-3)
    k, u = (
        (most - least) / (high - low),
        theta + mag_margin(found, low, high, least, most),
    )
    price = (1 - probability(theta, found)) * s * k * math.sin(u)
    page = (1 / high**2 + price / lam) ** -0.5
    assert page == pytest.approx(found, rel=1e-9)
    # One minimum, although the loss is not convex at the larger angles.
    assert (np.diff(np.sign(np.diff(values))) != 0).sum() <= 1
    printed = {20: 109.3, 30: 79.7, 40: 39.7, 50: 13.0, 60: 12.4, 70: 12.5, 80: 12.7}
    assert found == pytest.approx(printed.get(degrees, found), abs=0.05)


@equation("mag-turn")
def test_where_the_best_length_turns():
    low, high, least, most, _, s = PUBLISHED
    probability = one_of_many(PUBLISHED)[1]
    for degrees in (25, 35, 45, 60, 75, 100):
        theta, a = math.radians(degrees), best_length(math.radians(degrees), PUBLISHED)
        margin = mag_margin(a, low, high, least, most)

        def price(theta, a=a, margin=margin):
            return (1 - probability(theta, a)) * math.sin(theta + margin)

        p, u = probability(theta, a), theta + margin
        page = (1 - p) * (math.cos(u) + p * s * math.sin(u) ** 2)
        assert page == pytest.approx(float(gradient(price, theta)), rel=1e-5, abs=1e-8)
        # The best length moves against it.
        further = best_length(theta + 1e-4, PUBLISHED) - a
        assert np.sign(further) == -np.sign(page)
    fine = np.radians(np.arange(55, 75, 0.1))
    shortest = fine[np.argmin([best_length(t, PUBLISHED) for t in fine])]
    margin = mag_margin(best_length(shortest, PUBLISHED), low, high, least, most)
    assert math.degrees(shortest + margin) == pytest.approx(90, abs=0.3)
    assert math.degrees(shortest) == pytest.approx(64, abs=0.5)


@equation("mag-bound")
@pytest.mark.parametrize("numbers", [SMALL, PUBLISHED])
def test_the_least_lambda_keeps_every_length_in_the_range(numbers):
    low, high, least, most, _, s = numbers
    k = (most - least) / (high - low)
    bound = s * k * low**2 * high**2 / (high**2 - low**2)
    assert bound * (1 / low**2 - 1 / high**2) == pytest.approx(s * k)
    assert losses.MagFaceLoss(*numbers).least_lam == pytest.approx(bound)
    if numbers == PUBLISHED:
        assert bound == pytest.approx(22.6, abs=0.05)
    # The dearest sample, p = 0 and u = 90 degrees: at the bound it rests at l_a.
    for factor, sign in ((1.01, -1), (0.99, 1)):
        slope = s * k + factor * bound * (1 / high**2 - 1 / low**2)
        assert np.sign(slope) == sign


# What the page says of the results in the package.
FIFTH = blur.REFUSED.index(0.2)
CLOSED = [one.name for one in blur.FAMILY if not one.unseen]
OPEN = ["softmax", "arcface", "adaface", "magface"]


def measured(name, measure):
    runs = results.runs(f"blur-{name}")
    assert len(runs) == 5
    return np.mean([measure(run) for run in runs])


def fall(run, key, k=FIFTH):
    """By how much an error falls when so many are refused."""
    return run[key][0] - run[key][k]


def test_the_length_knows_the_blur_under_every_loss():
    knows = {
        name: -measured(name.removeprefix("blur-"), lambda run: run["spearman"])
        for name in CLOSED
    }
    assert min(knows, key=knows.get) == "blur-plain"
    assert knows["blur-plain"] > 0.2
    assert abs(knows["blur-softmax"] - knows["blur-magface"]) < 0.02
    last = {
        name: measured(name, lambda run: run["lengths"][-1])
        for name in ("adaface", "adaface-free", "magface-no-g")
    }
    assert last["adaface-free"] < last["adaface"] / 3
    assert 2 < last["magface-no-g"] < 2.5


def test_what_a_length_is_worth_where_the_classes_are_known():
    """Three to four of a hundred, one or two, and three quarters of the errors."""
    for name in (one.removeprefix("blur-") for one in CLOSED):
        by_length = measured(name, lambda run: fall(run, "by_length"))
        low, high = (1, 2) if name == "plain" else (3, 4)
        assert low < by_length < high
        by_gap = measured(name, lambda run: fall(run, "by_gap") / run["by_gap"][0])
        assert 0.68 < by_gap < 0.8


def test_what_a_length_is_worth_where_they_are_not():
    for name in OPEN:
        length_, gap = (
            measured(f"unseen-{name}", lambda run, key=key: fall(run, key))
            for key in ("by_length", "by_gap")
        )
        assert 1.5 * gap < length_ < 3.5 * gap
    ahead = {
        name: measured(
            f"unseen-{name}",
            lambda run: (
                fall(run, "by_gap", 2 * FIFTH) - fall(run, "by_length", 2 * FIFTH)
            ),
        )
        for name in OPEN
    }
    assert ahead["softmax"] < -1
    assert abs(ahead["magface"]) < 0.5
    assert min(ahead["arcface"], ahead["adaface"]) > 1


@pytest.mark.parametrize(
    ("degrees", "hardest"),
    [(20, 0), (24, 1), (45, 1), (59, 1), (62, -1), (90, 0), (100, 0), (102, 1)],
)
def test_which_quality_is_pulled_hardest(degrees, hardest):
    """With the m, the s and the nine other classes of the figure."""
    pulls = {}
    for q in (-1, 0, 1):
        turned = math.radians(degrees) - 0.4 * q
        psi = math.cos(turned) - 0.4 * (1 + q)
        pulls[q] = math.sin(turned) / (1 + math.exp(16 * psi) / 9)
    assert max(pulls, key=pulls.get) == hardest
