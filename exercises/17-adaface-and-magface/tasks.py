"""Tasks of chapter 17: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import close, exact, shaped
from grader.engine.differences import gradient
from grader.engine.directions import at_angle, unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "17 (AdaFace and MagFace)"


def lengths_of(x):
    return np.sqrt((x * x).sum(axis=1))


def quality_at(a, mean, std, h):
    return np.minimum(np.maximum(h * (a - mean) / (std + 0.001), -1.0), 1.0)


def cross_entropy(x, w, y, target, s):
    """The mean loss, where target(θ) of the angles to the own rows is ψ."""
    c = np.clip(unit(x) @ unit(w).T, -1, 1)
    own = np.arange(len(y)), y
    z = s * c
    z[own] = s * target(np.arccos(c[own]))
    peak = z.max(axis=1)
    each = peak + np.log(np.exp(z - peak[:, None]).sum(axis=1)) - z[own]
    return math.fsum(each) / len(y)


def ada_loss(x, w, y, q, m, s):
    return cross_entropy(x, w, y, lambda theta: np.cos(theta - m * q) - m * (1 + q), s)


def mag_terms(a, l_a, u_a, l_m, u_m):
    """m and g, and where a length counts."""
    b = np.minimum(np.maximum(a, l_a), u_a)
    share = (b - l_a) / (u_a - l_a)
    return (1 - share) * l_m + share * u_m, 1 / b + b / u_a**2, (a > l_a) & (a < u_a)


def mag_loss(x, w, y, l_a, u_a, l_m, u_m, lam, s):
    m, g, _ = mag_terms(lengths_of(x), l_a, u_a, l_m, u_m)
    of_angles = cross_entropy(x, w, y, lambda theta: np.cos(theta + m), s)
    return of_angles + lam * math.fsum(g) / len(y)


def _batch(trial, n=8, d=4, c=4, low=2.0, high=9.0):
    """Features 0.2 to 1.4 from their class vectors, most of them near, of many lengths.

    Far from its class vector every feature has nearly one slope, whatever its margin.
    """
    w = unit(trial.rng.normal(size=(c, d)))
    y = trial.rng.integers(0, c, size=n)
    # A single one is not so near that its slopes are below the digits of a difference.
    roots = np.linspace(0.45, 1.18, n) if n > 1 else np.array([1.0])
    theta = trial.rng.permutation(roots**2)
    x = at_angle(trial.rng, w[y], theta + trial.rng.uniform(-0.02, 0.02, size=n))
    a = trial.rng.permutation(np.linspace(low, high, n))
    a = a + trial.rng.uniform(-0.2, 0.2, size=n)
    return x * a[:, None], w * trial.rng.uniform(0.5, 2, size=(c, 1)), y


def _numbers(trial):
    """Mean, std, m, h and s by which some lengths of `_batch` are clipped, most not."""
    mean, std = trial.rng.uniform(4.5, 6), trial.rng.uniform(1.5, 2.5)
    m, h = trial.rng.uniform(0.3, 0.6), trial.rng.uniform(0.3, 0.7)
    return mean, std, m, h, trial.rng.uniform(4, 9)


# 17.1
# --------------------------------------------------------------------------------------


def _lengths(trial, n):
    return trial.rng.uniform(0.5, 2) * trial.rng.uniform(1, 4, size=n)


def _moved(a, mean, std, weight):
    """The running values with the batch in them, in plain numbers."""
    a = [float(v) for v in a]
    own = math.fsum(a) / len(a)
    mean = (1 - weight) * mean + weight * own
    if len(a) > 1:
        spread = math.sqrt(math.fsum((v - own) ** 2 for v in a) / (len(a) - 1))
        std = (1 - weight) * std + weight * spread
    return mean, std


def _state(trial):
    weights = (0.01, trial.rng.uniform(0.1, 0.9))
    for weight in weights:
        yield (
            trial.rng.uniform(1, 4),
            trial.rng.uniform(0.5, 2),
            trial.rng.uniform(0.2, 0.5),
            weight,
        )


def running_mean(trial):
    """Of short features and of long ones: nothing bounds a length."""
    for (mean, std, h, weight), size in zip(_state(trial), (100, 1), strict=True):
        a = size * _lengths(trial, 5)
        given = trial.call(a, mean, std, h, weight)[1]
        close(given, _moved(a, mean, std, weight)[0], "mean", rtol=1e-12)


def running_deviation(trial):
    for n in (4, 2, 7):
        for mean, std, h, weight in _state(trial):
            a = _lengths(trial, n)
            given = trial.call(a, mean, std, h, weight)[2]
            close(given, _moved(a, mean, std, weight)[1], "std", rtol=1e-12)


def qualities(trial):
    """Unclipped ones: by values that the batch has entered."""
    for n in (5, 2):
        for mean, std, h, weight in _state(trial):
            a = _lengths(trial, n)
            after = _moved(a, mean, std, weight)
            h *= 0.9 / max(1, np.abs(quality_size(a, *after, h)).max())
            given = trial.call(a, mean, std, h, weight)[0]
            close(given, quality_at(a, *after, h), "q", rtol=1e-11)


def quality_size(a, mean, std, h):
    return h * (a - mean) / (std + 0.001)


def clipped_qualities(trial):
    for mean, std, h, weight in _state(trial):
        a = np.array([0.01, mean, 40.0, mean + 0.3, 0.2 * mean])
        a[1:] *= trial.rng.uniform(0.9, 1.1, size=4)
        a, std = trial.rng.permutation(a), 0.3 * std
        after = _moved(a, mean, std, weight)
        given = trial.call(a, mean, std, 10 * h, weight)[0]
        close(given, quality_at(a, *after, 10 * h), "q", rtol=1e-11)


def batch_of_one(trial):
    for mean, std, h, weight in _state(trial):
        a = mean + std * trial.rng.uniform(0.5, 1.5, size=1)
        q, new_mean, new_std = trial.call(a, mean, std, h, weight)
        after = _moved(a, mean, std, weight)
        close(new_std, after[1], "std", rtol=1e-12)
        close(new_mean, after[0], "mean", rtol=1e-12)
        close(q, quality_at(a, *after, h), "q", rtol=1e-11)


def quality_in_float32(trial):
    for mean, std, h, weight in _state(trial):
        a = _lengths(trial, 6).astype(np.float32)
        q, new_mean, _ = trial.call(a, mean, std, h, weight)
        after = _moved(a, mean, std, weight)
        expected = quality_at(a.astype(float), *after, h)
        close(q, expected, "q", rtol=1e-5, dtype=np.float32)
        close(new_mean, after[0], "mean", rtol=1e-5)
    trial.expect_inputs_unchanged()


# 17.2
# --------------------------------------------------------------------------------------


def _angles(trial, n=7):
    return trial.rng.uniform(0.05, math.pi - 0.05, size=n)


def _margin_of(theta, q, m):
    psi = np.cos(theta - m * q) - m * (1 + q)
    ahead, behind = (np.cos(theta + e - m * q) for e in (1e-5, -1e-5))
    return psi, (behind - ahead) / 2e-5


def _margins(trial):
    return 0.4, trial.rng.uniform(0.2, 1.3)


def margin_of_bad_and_ordinary(trial):
    for m in _margins(trial):
        theta = _angles(trial)
        c, sine = np.cos(theta), np.sin(theta)
        bad = trial.rng.random(7) < 0.5
        bad[:2] = True, False
        psi, rho = trial.call(c, sine, np.where(bad, -1.0, 0.0), m)
        expected = np.where(bad, np.cos(theta + m), c - m)
        close(psi, expected, "psi", rtol=1e-12)
        close(rho, np.where(bad, np.sin(theta + m), sine), "rho", rtol=1e-12)


def psi_of_any_quality(trial):
    for m in _margins(trial):
        theta = _angles(trial)
        q = np.append(trial.rng.uniform(-1, 1, size=6), 1.0)
        theta[-1] = m * trial.rng.uniform(0.2, 0.8)  # nearer than m q
        given = trial.call(np.cos(theta), np.sin(theta), q, m)[0]
        close(given, _margin_of(theta, q, m)[0], "psi", rtol=1e-12)


def rho_of_any_quality(trial):
    for m in _margins(trial):
        theta = _angles(trial)
        q = np.append(trial.rng.uniform(-1, 1, size=6), 1.0)
        theta[-1] = m * trial.rng.uniform(0.2, 0.8)  # nearer than m q
        given = trial.call(np.cos(theta), np.sin(theta), q, m)[1]
        close(given, _margin_of(theta, q, m)[1], "rho", rtol=1e-8)


def margin_without_an_angle(trial):
    """Where c is 1 to all its digits, or past it, the sine still knows the angle."""
    small = 1e-9 * trial.rng.uniform(1, 3, size=4)
    c = np.array([1, np.nextafter(1, 2), -1, np.nextafter(-1, -2)])
    q, m = trial.rng.uniform(-1, 1, size=4), trial.rng.uniform(0.2, 1.3)
    cos, sin = np.cos(-m * q), np.sin(-m * q)
    psi, rho = trial.call(c, small, q, m)
    close(psi, c * cos - small * sin - m * (1 + q), "psi", rtol=1e-12)
    close(rho, small * cos + c * sin, "rho", rtol=1e-12)


def margin_in_float32(trial):
    theta, q = _angles(trial), trial.rng.uniform(-1, 1, size=7)
    given = trial.call(
        *(v.astype(np.float32) for v in (np.cos(theta), np.sin(theta), q)), 0.4
    )
    psi, rho = _margin_of(theta, q, 0.4)
    close(given[0], psi, "psi", rtol=1e-5, dtype=np.float32)
    close(given[1], rho, "rho", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 17.3
# --------------------------------------------------------------------------------------


def _ada_slopes(x, w, y, mean, std, m, h, s):
    q = quality_at(lengths_of(x), mean, std, h)
    return gradient(lambda moved: ada_loss(moved, w, y, q, m, s), x)


def _expect_ada(trial, batch, mean, std, m, h, s):
    expected = _ada_slopes(*batch, mean, std, m, h, s)
    close(trial.call(*batch, mean, std, m, h, s), expected, "dx", rtol=1e-6)


def slopes_of_one_quality(trial):
    """All clipped at −1, or at 1: ArcFace, and its opposite."""
    _, _, m, h, s = _numbers(trial)
    for mean in trial.rng.permutation([200.0, -200.0]):
        _expect_ada(trial, _batch(trial), float(mean), 1.0, m, h, s)


def slopes_of_many_qualities(trial):
    for n in (8, 8, 1):
        batch = _batch(trial, n, low=3.0 if n == 1 else 2.0)
        _expect_ada(trial, batch, *_numbers(trial))


def slopes_across(trial):
    """No part along x, and the right part across it, at lengths of every size."""
    for _ in range(2):
        x, w, y = _batch(trial)
        mean, std, m, h, s = _numbers(trial)
        h *= 0.4  # none is clipped
        expected = _ada_slopes(x, w, y, mean, std, m, h, s)
        dx = shaped(trial.call(x, w, y, mean, std, m, h, s), x.shape, "dx")
        x_hat = unit(x)
        close(
            (dx * x_hat).sum(axis=1) + np.abs(expected).max(),
            np.full(len(x), np.abs(expected).max()),
            "dx·x̂ + max|dx|",
            rtol=1e-9,
        )
        across = dx - (dx * x_hat).sum(axis=1, keepdims=True) * x_hat
        close(across, expected, "dx across x", rtol=1e-6)


def _own_angles(x, w, y):
    return np.arccos(np.clip((unit(x) * unit(w)[y]).sum(axis=1), -1, 1))


def _expect_at_large_logits(trial, batch, numbers, psi, rho, slopes):
    """Where exp overflows a probability is 0 or 1, and the slope known without it.

    `slopes` are those of the target logit over s, and of the loss besides, by the
    length.
    """
    (x, w, y), s, n = batch, numbers[-1], len(batch[2])
    x_hat, w_hat, rows = unit(x), unit(w), np.arange(n)
    c = x_hat @ w_hat.T
    z = c.copy()
    z[rows, y] = psi
    won = z.argmax(axis=1)
    # the gradient of the largest logit, less that of the target
    across_won = w_hat[won] - c[rows, won][:, None] * x_hat
    across_own = w_hat[y] - c[rows, y][:, None] * x_hat
    ratio = (rho / np.sin(_own_angles(x, w, y)))[:, None]
    expected = (across_won - ratio * across_own) / lengths_of(x)[:, None]
    expected -= slopes[0][:, None] * x_hat
    expected[won == y] = 0
    expected = (s * expected + slopes[1][:, None] * x_hat) / n
    two = np.sort(z, axis=1)
    sure = (two[:, -1] - two[:, -2] > 0.02)[:, None]
    dx = shaped(trial.call(x, w, y, *numbers), x.shape, "dx")
    scale = np.abs(expected).max() or 1.0
    given = np.where(sure, dx / scale, 0)
    close(given + 1, np.where(sure, expected / scale, 0) + 1, "dx", rtol=1e-7)


def slopes_of_large_logits(trial):
    for n in (8, 8):
        batch = _batch(trial, n)
        numbers = (*_numbers(trial)[:4], 5000.0)
        mean, std, m, h, _ = numbers
        q = quality_at(lengths_of(batch[0]), mean, std, h)
        turned = _own_angles(*batch) - m * q
        psi = np.cos(turned) - m * (1 + q)
        none = np.zeros(n), np.zeros(n)
        _expect_at_large_logits(trial, batch, numbers, psi, np.sin(turned), none)


def slopes_in_float32(trial):
    batch, numbers = _batch(trial), _numbers(trial)
    x, w = (v.astype(np.float32) for v in batch[:2])
    y = batch[2].astype(np.uint8)
    expected = _ada_slopes(x.astype(float), w.astype(float), batch[2], *numbers)
    given = trial.call(x, w, y, *numbers)
    close(given, expected, "dx", rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 17.4
# --------------------------------------------------------------------------------------


def _expect_difference(trial, step, rtol, n=6, clipped=False):
    x, w, y = _batch(trial, n)
    mean, std, m, h, s = _numbers(trial)
    if clipped:  # both the longest and the shortest
        std *= 0.3
    v = trial.rng.normal(size=x.shape)
    q = quality_at(lengths_of(x), mean, std, h)
    ahead, behind = (ada_loss(x + e * v, w, y, q, m, s) for e in (step, -step))
    given = trial.call(x, w, y, mean, std, m, h, s, v, step)
    close(given, (ahead - behind) / (2 * step), "difference", rtol=rtol)


def difference_of_a_large_step(trial):
    for step in (0.1, trial.rng.uniform(0.02, 0.2)):
        _expect_difference(trial, step, 1e-9)
        _expect_difference(trial, step, 1e-9, clipped=True)
    trial.expect_inputs_unchanged()


def difference_along_x(trial):
    """Along x only the qualities could change, and they are held."""
    x, w, y = _batch(trial, 6)
    mean, std, m, h, s = _numbers(trial)
    v, step = x * trial.rng.uniform(0.5, 1, size=(6, 1)), 1e-3
    across = trial.rng.normal(size=x.shape)
    q = quality_at(lengths_of(x), mean, std, h)
    ahead, behind = (ada_loss(x + e * across, w, y, q, m, s) for e in (step, -step))
    expected = (ahead - behind) / (2 * step)
    given = trial.call(x, w, y, mean, std, m, h, s, across, step)
    close(given, expected, "difference", rtol=1e-7)
    given = trial.call(x, w, y, mean, std, m, h, s, v, step)
    given = shaped(given, (), "difference")
    close(given / expected + 1, 1.0, "difference / another + 1", rtol=1e-8)


def difference_of_large_logits(trial):
    """Where exp of a logit is infinite, and of one row's largest beside another's 0."""
    x, w, y = _batch(trial, 6)
    mean, std, m, h, _ = _numbers(trial)
    v, step, s = trial.rng.normal(size=x.shape), 0.1, 5000.0
    q = quality_at(lengths_of(x), mean, std, h)
    ahead, behind = (ada_loss(x + e * v, w, y, q, m, s) for e in (step, -step))
    size = max(ahead, behind) / (2 * step) or 1.0
    given = trial.call(x, w, y, mean, std, m, h, s, v, step)
    expected = (ahead - behind) / (2 * step) / size + 3
    given = shaped(given, (), "difference")
    close(given / size + 3, expected, "difference", rtol=1e-9)


def difference_of_one(trial):
    for step in (1e-4, 0.05):
        _expect_difference(trial, step, 1e-7, n=1)


# 17.5
# --------------------------------------------------------------------------------------


def _range(trial):
    l_a = trial.rng.uniform(0.5, 3)
    u_a = l_a * trial.rng.uniform(3, 9)
    l_m = trial.rng.uniform(0.05, 0.4)
    return l_a, u_a, l_m, l_m + trial.rng.uniform(0.2, 0.6)


def _inside(trial, l_a, u_a, n=6):
    share = (np.arange(n) + trial.rng.uniform(0.2, 0.8, size=n)) / n
    return trial.rng.permutation(l_a + share * (u_a - l_a))


def _outside(trial, l_a, u_a):
    below = l_a * trial.rng.uniform(0.1, 0.9, size=2)
    above = u_a * trial.rng.uniform(1.1, 3, size=2)
    return trial.rng.permutation(np.concatenate([below, above]))


def terms_inside(trial):
    for _ in range(2):
        l_a, u_a, l_m, u_m = _range(trial)
        a = _inside(trial, l_a, u_a)
        m, g, _ = mag_terms(a, l_a, u_a, l_m, u_m)
        given = trial.call(a, l_a, u_a, l_m, u_m)
        close(given[0], m, "m", rtol=1e-11)
        close(given[2], g, "g", rtol=1e-11)


def slope_of_the_margin(trial):
    for _ in range(2):
        l_a, u_a, l_m, u_m = _range(trial)
        a = _inside(trial, l_a, u_a)
        given = trial.call(a, l_a, u_a, l_m, u_m)[1]
        close(given, np.full(6, (u_m - l_m) / (u_a - l_a)), "dm", rtol=1e-11)


def slope_of_the_regulariser(trial):
    for rises in (1, 0):  # g falls as well where the margin is one for all lengths
        l_a, u_a, l_m, u_m = _range(trial)
        u_m = u_m if rises else l_m
        a = _inside(trial, l_a, u_a)
        given = trial.call(a, l_a, u_a, l_m, u_m)[3]
        exact(given, (a * a - u_a**2) / (a * u_a) ** 2, "dg", rtol=1e-10)


def terms_outside(trial):
    l_a, u_a, l_m, u_m = _range(trial)
    a = np.append(_outside(trial, l_a, u_a), [l_a, u_a])
    m, g, _ = mag_terms(a, l_a, u_a, l_m, u_m)
    given = trial.call(a, l_a, u_a, l_m, u_m)
    close(given[0], m, "m", rtol=1e-11)
    close(given[2], g, "g", rtol=1e-11)


def slopes_outside(trial):
    """0 outside and at the ends, and what they should be in between."""
    l_a, u_a, l_m, u_m = _range(trial)
    a = np.concatenate(
        [_inside(trial, l_a, u_a, 3), _outside(trial, l_a, u_a), [l_a, u_a]]
    )
    counts = (a > l_a) & (a < u_a)
    _, dm, _, dg = trial.call(a, l_a, u_a, l_m, u_m)
    close(dm, np.where(counts, (u_m - l_m) / (u_a - l_a), 0), "dm", rtol=1e-11)
    close(dg, np.where(counts, 1 / u_a**2 - 1 / a**2, 0), "dg", rtol=1e-10)


def terms_in_float32(trial):
    l_a, u_a, l_m, u_m = _range(trial)
    a = np.append(_inside(trial, l_a, u_a), [0.5 * l_a, 2 * u_a]).astype(np.float32)
    wide = a.astype(float)
    m, g, counts = mag_terms(wide, l_a, u_a, l_m, u_m)
    dm = np.where(counts, (u_m - l_m) / (u_a - l_a), 0)
    dg = np.where(counts, 1 / u_a**2 - 1 / wide**2, 0)
    names = ("m", "dm", "g", "dg")
    for given, expected, name in zip(
        trial.call(a, l_a, u_a, l_m, u_m), (m, dm, g, dg), names, strict=True
    ):
        close(given, expected, name, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 17.6
# --------------------------------------------------------------------------------------


def _mag_numbers(trial):
    """A range that holds all lengths of `_batch`, with both terms to be seen."""
    l_a, u_a = trial.rng.uniform(0.8, 1.5), trial.rng.uniform(11, 14)
    l_m = trial.rng.uniform(0.05, 0.2)
    u_m = l_m + trial.rng.uniform(0.4, 0.7)
    return l_a, u_a, l_m, u_m, trial.rng.uniform(1, 4), trial.rng.uniform(4, 9)


def _past_the_end(trial, x, w, y):
    """With one feature long and so far away that its margin takes it past π."""
    i = trial.rng.integers(len(y))
    theta = math.pi - trial.rng.uniform(0.1, 0.2, size=1)
    x = x.copy()
    x[i] = 9 * at_angle(trial.rng, unit(w[y[[i]]]), theta)[0]
    return x, w, y


def _mag_slopes(x, w, y, *numbers):
    return gradient(lambda moved: mag_loss(moved, w, y, *numbers), x)


def _expect_mag(trial, batch, numbers):
    expected = _mag_slopes(*batch, *numbers)
    close(trial.call(*batch, *numbers), expected, "dx", rtol=1e-6)


def slopes_of_arcface(trial):
    """One margin for all lengths and no λ: nothing along x."""
    for n in (8, 1):
        l_a, u_a, l_m, _, _, s = _mag_numbers(trial)
        batch = _batch(trial, n, low=3.0 if n == 1 else 2.0)
        _expect_mag(trial, batch, (l_a, u_a, 3 * l_m, 3 * l_m, 0.0, s))


def slopes_along_x(trial):
    """x̂·dx, which is 0 in every loss of a normalised feature but this one."""
    for _ in range(2):
        x, w, y = _batch(trial)
        numbers = _mag_numbers(trial)
        expected = (_mag_slopes(x, w, y, *numbers) * unit(x)).sum(axis=1)
        dx = shaped(trial.call(x, w, y, *numbers), x.shape, "dx")
        close((dx * unit(x)).sum(axis=1), expected, "dx·x̂", rtol=1e-5)


def whole_slopes(trial):
    for n in (8, 5, 1):
        batch = _batch(trial, n, low=3.0 if n == 1 else 2.0)
        if n == 5:
            batch = _past_the_end(trial, *batch)
        _expect_mag(trial, batch, _mag_numbers(trial))


def slopes_beyond_the_range(trial):
    """Lengths below l_a and above u_a: the margin of the end, and nothing along x."""
    for _ in range(2):
        batch = _batch(trial)
        _, _, l_m, u_m, lam, s = _mag_numbers(trial)
        low, high = trial.rng.uniform(3.8, 4.2), trial.rng.uniform(6.8, 7.2)
        a = lengths_of(batch[0])
        if min(np.abs(a - low).min(), np.abs(a - high).min()) < 1e-3:
            low, high = low - 0.01, high + 0.01
        _expect_mag(trial, batch, (low, high, l_m, u_m, lam, s))


def mag_slopes_of_large_logits(trial):
    for n in (8, 8):
        batch, numbers = _batch(trial, n), (*_mag_numbers(trial)[:5], 5000.0)
        l_a, u_a, l_m, u_m, lam, _ = numbers
        a = lengths_of(batch[0])
        m, _, counts = mag_terms(a, l_a, u_a, l_m, u_m)
        turned = _own_angles(*batch) + m
        slopes = (
            counts * (l_m - u_m) / (u_a - l_a) * np.sin(turned),
            lam * counts * (1 / u_a**2 - 1 / a**2),
        )
        psi, rho = np.cos(turned), np.sin(turned)
        _expect_at_large_logits(trial, batch, numbers, psi, rho, slopes)


def mag_in_float32(trial):
    batch, numbers = _batch(trial), _mag_numbers(trial)
    x, w = (v.astype(np.float32) for v in batch[:2])
    expected = _mag_slopes(x.astype(float), w.astype(float), batch[2], *numbers)
    given = trial.call(x, w, batch[2].astype(np.uint8), *numbers)
    close(given, expected, "dx", rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="17.1",
        title="How long for its time",
        function="quality",
        outputs=("q", "mean", "std"),
        section="A margin for each sample",
        next=(
            "With the published h = 1/3 a sample is clipped three standard deviations"
            " from the mean. And with a weight of 0.01 the running values need some"
            " hundred steps to forget where they began."
        ),
        hints=(
            (
                "Three steps in this order: the mean and the standard deviation of this"
                " batch, the running values with these in them, and the qualities by"
                " the new running values."
            ),
            (
                "Each running value is (1 - weight) times itself plus weight times the"
                " batch's. np.std has an argument for the divisor, and of one length"
                " there is no deviation to enter. np.clip comes last."
            ),
        ),
        checks=(
            Check(
                "the running mean",
                1,
                running_mean,
                "(1 − weight) times the old mean, and weight times that of the batch.",
            ),
            Check(
                "the running standard deviation",
                2,
                running_deviation,
                "The batch's sum of squares is divided by N − 1, its root is taken, and"
                " then it enters like the mean.",
            ),
            Check(
                "the qualities",
                2,
                qualities,
                "By the new mean and std, which have this batch in them, with 0.001 in"
                " the divisor.",
            ),
            Check(
                "none below −1 and none above 1",
                1,
                clipped_qualities,
                "What h (a − mean)/(std + 0.001) is beyond −1 or 1 becomes −1 or 1.",
            ),
            Check(
                "a batch of one",
                1,
                batch_of_one,
                "With N = 1 the divisor N − 1 is 0. Leave std as it was; the mean still"
                " moves.",
                about="not finite",
                otherwise=(
                    "A batch of one leaves std as it was, and moves the mean as any"
                    " other."
                ),
            ),
            keeps_float32(quality_in_float32),
        ),
    ),
    Task(
        id="17.2",
        title="ψ and ρ of a quality",
        function="ada_margin",
        outputs=("psi", "rho"),
        section="A margin for each sample",
        next=(
            "ρ is below 0 where θ < m q: a good sample that is nearer to its class"
            " vector than that is pushed away by its own target."
        ),
        hints=(
            (
                "It is ArcFace's addition theorem with another angle for each entry,"
                " and then something is taken off ψ that does not depend on θ."
            ),
            (
                "With t = −m q: cos(θ + t) = c cos t − sine sin t and sin(θ + t) = sine"
                " cos t + c sin t. What is taken off has no derivative by θ, so ρ does"
                " not know of it."
            ),
        ),
        checks=(
            Check(
                "q = −1 is ArcFace, and q = 0 AM-Softmax",
                2,
                margin_of_bad_and_ordinary,
                "q = −1: cos(θ + m), sin(θ + m). q = 0: cos θ − m, sin θ. The poor"
                " samples are turned on.",
            ),
            Check(
                "ψ of any quality",
                1,
                psi_of_any_quality,
                "cos(θ − m q) less m (1 + q); at q = 1 that is cos(θ − m) − 2m.",
            ),
            Check(
                "ρ of any quality",
                2,
                rho_of_any_quality,
                "ρ = −dψ/dθ = sin(θ − m q).",
            ),
            Check(
                "without an angle",
                1,
                margin_without_an_angle,
                "No arccos: c may be 1 to all its digits, or past it. The sine that is"
                " given knows the angle.",
                about="not finite",
                otherwise="c and sine as they are given, and no angle made of them.",
            ),
            keeps_float32(margin_in_float32),
        ),
    ),
    Task(
        id="17.3",
        title="AdaFace, backward to x",
        function="ada_backward_x",
        outputs=("dx",),
        section="One length is held still",
        next=(
            "x·dx is 0 although the loss changes when x gets longer. Had the quality"
            " been differentiated, every sample would have been told to be shorter."
        ),
        hints=(
            (
                "It is the backward pass of ArcFace, with the ρ of task 17.2. The"
                " quality is computed once, from the lengths, and is a number from then"
                " on."
            ),
            (
                "Cosines, the target replaced by ψ, softmax of s times that after its"
                " maximum is taken off, less 1 at the target, over N. Then g ŵ plus"
                " g_iy (ρ − sin θ) t_x, projected at right angles to x̂, times s/|x|."
                " t_x is ŵ − c x̂ over its length, which is the sine."
            ),
        ),
        checks=(
            Check(
                "all samples of one quality",
                2,
                slopes_of_one_quality,
                "With all qualities clipped at −1 this is ArcFace: s/|x| times the"
                " projection of g ŵ + g_iy (ρ − sin θ) t_x.",
            ),
            Check(
                "a quality for each sample",
                4,
                slopes_of_many_qualities,
                "ρ_i = sin(θ_i − m q_i) with the q of |x_i|, mean and std as they are"
                " given, and no derivative of q.",
            ),
            Check(
                "nothing along x",
                3,
                slopes_across,
                "The quality is a constant: only the direction of x is left to"
                " differentiate by, so x·dx = 0.",
            ),
            Check(
                "s = 5000",
                1,
                slopes_of_large_logits,
                "exp(5000) is infinite. Take the largest logit off before the exp.",
                about="not finite",
                otherwise=(
                    "Where a probability is 0 or 1 to all its digits: s times the"
                    " difference of two pulls, or 0."
                ),
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="17.4",
        title="A difference that holds still",
        function="held_difference",
        outputs=("difference",),
        section="A check that does not hold",
        next=(
            "A check by a library that moves x and calls the loss again computes the"
            " qualities anew, and refuses the right gradient. What is stopped in the"
            " gradient has to be stopped in its check."
        ),
        hints=(
            (
                "Write the loss as a function of the moved features alone, and let the"
                " qualities come from outside of it."
            ),
            (
                "q from x, once. Then an inner function of some features: cosines, the"
                " target replaced by ψ of these q, log-sum-exp less the target, the"
                " mean. Call it at x + step v and at x − step v."
            ),
        ),
        checks=(
            Check(
                "a step that can be seen",
                3,
                difference_of_a_large_step,
                "Both sides, and their difference over twice the step; the qualities"
                " are those of x.",
            ),
            Check(
                "nothing along x",
                2,
                difference_along_x,
                "A step along x turns no feature, and the qualities do not move: the"
                " difference is 0, up to rounding. Across x it is not.",
            ),
            Check(
                "a batch of one",
                1,
                difference_of_one,
                "With N = 1 the mean is the loss of that sample.",
            ),
            Check(
                "s = 5000",
                1,
                difference_of_large_logits,
                "exp(5000) is infinite, and log 0 as well. Take the largest logit of"
                " each row off before the exp; it does not change the loss.",
                about="not finite",
                otherwise="Each row of logits has a largest one of its own.",
            ),
        ),
    ),
    Task(
        id="17.5",
        title="What a length is worth",
        function="length_terms",
        outputs=("m", "dm", "g", "dg"),
        section="A margin for each sample",
        next=(
            "g falls all the way to u_a: it is no weight decay on features, it makes"
            " them longer, and pays for the margin that a long one has to bear."
        ),
        hints=(
            (
                "Put the lengths into the range first, and compute m and g of these."
                " Which of them were inside is needed for the slopes only."
            ),
            (
                "The line through (l_a, l_m) and (u_a, u_m) has the slope (u_m − l_m)/"
                "(u_a − l_a). The derivative of 1/a + a/u_a² is 1/u_a² − 1/a². np.where"
                " puts 0 where a is not strictly inside."
            ),
        ),
        checks=(
            Check(
                "m and g inside",
                2,
                terms_inside,
                "m goes from l_m at l_a to u_m at u_a; g = 1/a + a/u_a².",
            ),
            Check(
                "the slope of m inside",
                1,
                slope_of_the_margin,
                "(u_m − l_m)/(u_a − l_a), for every length inside.",
            ),
            Check(
                "the slope of g inside",
                2,
                slope_of_the_regulariser,
                "dg/da = 1/u_a² − 1/a², below 0 up to u_a.",
            ),
            Check(
                "m and g outside",
                1,
                terms_outside,
                "Below l_a as at l_a, above u_a as at u_a.",
            ),
            Check(
                "no slope outside",
                2,
                slopes_outside,
                "What does not change has the slope 0: below l_a, above u_a, and by"
                " this task's rule at the two ends.",
            ),
            keeps_float32(terms_in_float32),
        ),
    ),
    Task(
        id="17.6",
        title="MagFace, backward to x",
        function="mag_backward_x",
        outputs=("dx",),
        section="One length is held still",
        next=(
            "Set a sample's slope along x̂ to 0 and solve for its length: that is where"
            " MagFace lets it rest, near u_a if the sample is right and short if it is"
            " not."
        ),
        hints=(
            (
                "Across x it is ArcFace with m(a_i). Along x̂ there are two slopes: that"
                " of the target logit by its margin, and that of lam g."
            ),
            (
                "Build what is across x as in task 17.3 and project it. Then add along"
                " x̂: −g_iy s m'(a) sin(θ + m), with the g_iy of the mean in it, and lam"
                " g'(a)/N. Neither is divided by |x|, and both come after the"
                " projection."
            ),
        ),
        checks=(
            Check(
                "one margin and no λ is ArcFace",
                2,
                slopes_of_arcface,
                "s/|x| times the projection of g ŵ + g_iy (ρ − sin θ) t_x, with ρ ="
                " sin(θ + m).",
            ),
            Check(
                "along x",
                4,
                slopes_along_x,
                "x̂·dx_i is ((1 − p) s m'(a) sin(θ + m) + lam g'(a))/N: it is added"
                " after the projection, which would take it away.",
            ),
            Check(
                "the whole gradient",
                2,
                whole_slopes,
                "Across x as ArcFace with m(a_i), along x̂ the slope of the loss by the"
                " length; past θ + m = π as before it.",
            ),
            Check(
                "lengths outside of the range",
                3,
                slopes_beyond_the_range,
                "Below l_a and above u_a the margin is that of the end, and there is"
                " nothing along x.",
            ),
            Check(
                "s = 5000",
                1,
                mag_slopes_of_large_logits,
                "exp(5000) is infinite. Take the largest logit off before the exp.",
                about="not finite",
                otherwise=(
                    "Where a probability is 0 or 1 to all its digits: the difference of"
                    " two pulls, or nothing but the slope of lam g."
                ),
            ),
            keeps_float32(mag_in_float32),
        ),
    ),
)
