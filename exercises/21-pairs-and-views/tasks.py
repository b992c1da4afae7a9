"""Tasks of chapter 21: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import close
from grader.engine.differences import gradient
from grader.engine.directions import unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "21 (pairs and views)"


def log_shares(c, tau):
    """Logarithms of the shares, row by row; -inf on the diagonal."""
    out = np.full(c.shape, -np.inf)
    for i in range(len(c)):
        z = [float(c[i, k]) / tau for k in range(len(c)) if k != i]
        top = max(z)
        lse = top + math.log(math.fsum(math.exp(v - top) for v in z))
        out[i] = [-math.inf if k == i else float(c[i, k]) / tau - lse
                  for k in range(len(c))]  # fmt: skip
    return out


def cosines(x):
    return unit(x) @ unit(x).T


def _features(trial, m=8, d=4):
    """Features of lengths far from 1."""
    return unit(trial.rng.normal(size=(m, d))) * trial.rng.uniform(2, 5, size=(m, 1))


def _cosines(trial, m=8):
    """Of rows with columns that are two things, as those of two networks."""
    c = trial.rng.uniform(-0.9, 0.9, size=(m, m))
    np.fill_diagonal(c, 1.0)
    return c


# 21.1
# --------------------------------------------------------------------------------------


def _expect_shares(trial, c, tau, **how):
    close(trial.call(c, tau), np.exp(log_shares(c, tau)), "P", **how)


def shares_at_a_moderate_temperature(trial):
    for m in (4, 7):
        c, tau = _cosines(trial, m), float(trial.rng.uniform(0.3, 0.9))
        _expect_shares(trial, c, tau, rtol=1e-10)


def shares_of_cosines_of_views(trial):
    c = cosines(_features(trial, 6))
    np.fill_diagonal(c, 1.0)
    _expect_shares(trial, c, float(trial.rng.uniform(0.1, 0.3)), rtol=1e-10)
    trial.expect_inputs_unchanged()


def shares_at_a_tiny_temperature(trial):
    """Each row has two that are near, and the rows lie far from one another."""
    c = np.empty((7, 7))
    for i, level in enumerate(
        trial.rng.permutation([-0.6, -0.5, 0, 0.1, 0.2, 0.7, 0.8])
    ):
        c[i] = level + trial.rng.uniform(-0.3, -0.1, size=7)
        best, second = (i + 1 + trial.rng.permutation(6)[:2]) % 7
        c[i, best] = level + trial.rng.uniform(0.05, 0.1)
        c[i, second] = c[i, best] - trial.rng.uniform(0.002, 0.006)
    np.fill_diagonal(c, 1.0)
    c = c.astype(np.float32)
    close(trial.call(c, 0.005), np.exp(log_shares(c, 0.005)), "P", rtol=1e-4)


def shares_in_float32(trial):
    c = _cosines(trial, 5).astype(np.float32)
    expected = np.exp(log_shares(c, 0.5))
    close(trial.call(c, 0.5), expected, "P", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 21.2
# --------------------------------------------------------------------------------------


def ntxent_loss(x, tau):
    n = len(x) // 2
    log_p = log_shares(cosines(x), tau)
    return -math.fsum(log_p[i, (i + n) % (2 * n)] for i in range(2 * n)) / (2 * n)


NTXENT = ("loss", "dx")


def _expect_ntxent(trial, x, tau, which, rtol):
    given = trial.call(x, tau)
    right = {
        "loss": lambda: ntxent_loss(x, tau),
        "dx": lambda: gradient(lambda v: ntxent_loss(v, tau), x),
    }
    for value, name in zip(given, NTXENT, strict=True):
        if name in which:
            close(value, right[name](), name, rtol=rtol)


def ntxent_value(trial):
    for m in (4, 10):
        tau = float(trial.rng.uniform(0.2, 0.8))
        _expect_ntxent(trial, _features(trial, m), tau, ["loss"], 1e-10)


def ntxent_gradient_of_two_pictures(trial):
    x, tau = _features(trial, 4), float(trial.rng.uniform(0.3, 0.8))
    _expect_ntxent(trial, x, tau, ["dx"], 1e-6)


def ntxent_gradient_of_many_pictures(trial):
    x, tau = _features(trial, 10), float(trial.rng.uniform(0.1, 0.3))
    _expect_ntxent(trial, x, tau, ["dx"], 1e-6)


def ntxent_gradient_across_the_features(trial):
    """Nothing is left along a feature, and a longer one gets a shorter gradient."""
    x, tau = _features(trial, 6), float(trial.rng.uniform(0.2, 0.6))
    _, dx = trial.call(x, tau)
    expected = gradient(lambda v: ntxent_loss(v, tau), x)
    close(dx, expected, "dx", rtol=1e-6)
    size = np.abs(x * expected).sum(axis=1)
    along = np.abs((x * np.asarray(dx)).sum(axis=1))
    close(along <= 1e-9 * size, np.ones(6), "x·dx is 0", rtol=0)
    factor = trial.rng.uniform(2, 9, size=(6, 1))
    _, shorter = trial.call(x * factor, tau)
    close(shorter, expected / factor, "dx", rtol=1e-6)
    trial.expect_inputs_unchanged()


# 21.3
# --------------------------------------------------------------------------------------


def loss_of_rows(c, other, tau):
    log_p = log_shares(c, tau)
    return -math.fsum(log_p[i, k] for i, k in enumerate(other)) / len(c)


def _asked(trial, m=6):
    """Rows whose right answer stands above or below the others, mixed."""
    c = _cosines(trial, m)
    other = (np.arange(m) + trial.rng.integers(1, m, size=m)) % m
    return c, other


SLOPES = ("by_tau", "by_t")


def _expect_temperature(trial, c, other, tau, which):
    given = trial.call(c, other, tau)
    right = {
        "by_tau": gradient(lambda v: loss_of_rows(c, other, float(v)), tau),
        "by_t": gradient(lambda v: loss_of_rows(c, other, math.exp(-v)), -np.log(tau)),
    }
    for value, name in zip(given, SLOPES, strict=True):
        if name in which:
            close(value, right[name], name, rtol=1e-6)


def slope_by_tau(trial):
    for tau in trial.rng.uniform(0.2, 0.8, size=3).tolist():
        _expect_temperature(trial, *_asked(trial), tau, ["by_tau"])


def slope_by_the_log_of_the_scale(trial):
    for tau in trial.rng.uniform(0.2, 0.8, size=3).tolist():
        _expect_temperature(trial, *_asked(trial), tau, ["by_t"])


def slopes_once_the_right_answer_is_nearest(trial):
    """Both slopes say: a smaller temperature."""
    for _ in range(2):
        c, other = _asked(trial, 5)
        c[np.arange(5), other] = 0.95
        tau = float(trial.rng.uniform(0.2, 0.5))
        _expect_temperature(trial, c, other, tau, SLOPES)
    trial.expect_inputs_unchanged()


# 21.4
# --------------------------------------------------------------------------------------


def supcon_loss(s, y, form):
    """Of similarities s = c / tau, which need not be symmetric."""
    log_p, losses = log_shares(s, 1.0), []
    for i in range(len(y)):
        positives = [k for k in range(len(y)) if k != i and y[k] == y[i]]
        if not positives:
            continue
        logs = [log_p[i, k] for k in positives]
        if form == "out":
            losses.append(-math.fsum(logs) / len(logs))
        else:
            losses.append(-math.log(math.fsum(map(math.exp, logs)) / len(logs)))
    return math.fsum(losses) / len(losses)


def _labelled(trial, sizes):
    """Labels that are no counts from 0."""
    names = trial.rng.permutation(50)[: len(sizes)]
    return trial.rng.permutation(np.repeat(names, sizes))


SUPCON = ("loss", "g")


def _expect_supcon(trial, sizes, form, which, tau=None):
    y = _labelled(trial, sizes)
    tau = float(trial.rng.uniform(0.2, 0.6)) if tau is None else tau
    c = _cosines(trial, len(y))
    loss, g = trial.call(c, y, tau, form)
    if "loss" in which:
        close(loss, supcon_loss(c / tau, y, form), "loss", rtol=1e-10)
    if "g" in which:
        right = gradient(lambda s: supcon_loss(s, y, form), c / tau)
        close(g, right, "g", rtol=1e-6)


def supcon_values(trial):
    for form in trial.rng.permutation(["out", "in", "out", "in"]):
        _expect_supcon(trial, (4, 3, 2), str(form), ["loss"])


def supcon_slopes_outside(trial):
    for sizes in ((4, 3, 2), (3, 5)):
        _expect_supcon(trial, sizes, "out", ["g"])


def supcon_slopes_inside(trial):
    for sizes in ((4, 3, 2), (3, 5)):
        _expect_supcon(trial, sizes, "in", ["g"])


def supcon_with_somebody_alone(trial):
    for form in trial.rng.permutation(["out", "in"]):
        _expect_supcon(trial, (4, 1, 3, 1), str(form), SUPCON)
    trial.expect_inputs_unchanged()


# 21.5
# --------------------------------------------------------------------------------------


def softplus(v):
    return max(0.0, v) + math.log1p(math.exp(-abs(v)))


def siglip_loss(c, t, b):
    n, scale = len(c), math.exp(t)
    return (
        math.fsum(
            softplus((-1 if i == j else 1) * (scale * float(c[i, j]) + b))
            for i in range(n)
            for j in range(n)
        )
        / n
    )


SIGLIP = ("loss", "by_c", "by_t", "by_b")


def _asked_of_texts(trial, n):
    c = trial.rng.uniform(-0.8, 0.8, size=(n, n))
    return c, float(trial.rng.uniform(0.5, 1.5)), float(trial.rng.uniform(-2, -0.5))


def _expect_siglip(trial, c, t, b, which):
    given = trial.call(c, t, b)
    right = {
        "loss": lambda: siglip_loss(c, t, b),
        "by_c": lambda: gradient(lambda v: siglip_loss(v, t, b), c),
        "by_t": lambda: gradient(lambda v: siglip_loss(c, float(v), b), t),
        "by_b": lambda: gradient(lambda v: siglip_loss(c, t, float(v)), b),
    }
    for value, name in zip(given, SIGLIP, strict=True):
        if name in which:
            close(value, right[name](), name, rtol=1e-9 if name == "loss" else 1e-6)


def siglip_value(trial):
    for n in (3, 7):
        _expect_siglip(trial, *_asked_of_texts(trial, n), ["loss"])


def siglip_slopes_by_the_cosines(trial):
    for n in (3, 6):
        _expect_siglip(trial, *_asked_of_texts(trial, n), ["by_c"])


def siglip_slopes_by_scale_and_bias(trial):
    for n in (3, 6):
        _expect_siglip(trial, *_asked_of_texts(trial, n), ["by_t", "by_b"])


def siglip_at_logits_of_thousands(trial):
    """Each question is answered surely, some rightly, some wrongly."""
    c = trial.rng.choice([-1.0, 1.0], size=(5, 5)) * trial.rng.uniform(0.6, 0.9, (5, 5))
    c[0, 0], c[1, 1], c[0, 1], c[1, 0] = 0.7, -0.8, 0.8, -0.7
    t, b = math.log(2000.0), float(trial.rng.uniform(-9, -1))
    loss, by_c, by_t, by_b = trial.call(c, t, b)
    sign = 2 * np.eye(5) - 1
    u = 2000.0 * c + b
    wrong = sign * u < 0
    g = -sign * wrong / 5
    close(loss, math.fsum(np.abs(u)[wrong]) / 5, "loss", rtol=1e-9)
    close(by_c, 2000.0 * g, "by_c", rtol=1e-9)
    close(by_t, math.fsum((g * 2000.0 * c).ravel()), "by_t", rtol=1e-9)
    close(by_b, math.fsum(g.ravel()), "by_b", rtol=1e-9, elementwise=True)
    trial.expect_inputs_unchanged()


# 21.6
# --------------------------------------------------------------------------------------


def first_loss(b, n):
    return softplus(-b) + (n - 1) * softplus(b)


def best_constant(n):
    """By bisection of the slope: nothing of the formula is in it."""
    low, high = -60.0, 60.0
    for _ in range(200):
        b = (low + high) / 2
        slope = (n - 1) / (1 + math.exp(-b)) - 1 / (1 + math.exp(b))
        low, high = (b, high) if slope < 0 else (low, b)
    return b


START = ("b", "loss")


def _expect_start(trial, n, which):
    b = best_constant(n)
    given = trial.call(n)
    for value, right, name in zip(given, (b, first_loss(b, n)), START, strict=True):
        if name in which:
            close(value, right, name, rtol=1e-9)


def bias_of_some_batches(trial):
    for n in trial.rng.integers(3, 40, size=2).tolist():
        _expect_start(trial, n, ["b"])
    _expect_start(trial, int(trial.rng.integers(20_000, 40_000)), ["b"])


def loss_at_the_start(trial):
    for n in trial.rng.integers(3, 40, size=2).tolist():
        _expect_start(trial, n, ["loss"])
    _expect_start(trial, int(trial.rng.integers(20_000, 40_000)), ["loss"])


TASKS = (
    Task(
        id="21.1",
        title="The shares of a row",
        function="row_shares",
        outputs=("P",),
        section="One log-sum-exp a row",
        next=(
            "At τ = 0.005 nearly all of a row belongs to the nearest other view: a"
            " softmax that has become hard mining."
        ),
        hints=(
            (
                "It is a softmax with one entry of each row left out. An entry with"
                " the logit −∞ has no share; when must it get it, so that it has no"
                " say in the shift either?"
            ),
            (
                "Divide by τ into a new array, put −∞ on its diagonal (np.fill_diagonal"
                " writes into an array), and only then take the maximum of each row,"
                " as a column, out of the exponents. Divide by the sums of the rows."
            ),
        ),
        checks=(
            Check(
                "a moderate temperature",
                2,
                shares_at_a_moderate_temperature,
                "P[i, k] = exp(c[i, k]/τ), over the sum of exp(c[i, l]/τ) for l ≠ i;"
                " 0 on the diagonal.",
            ),
            Check(
                "a small temperature",
                2,
                shares_of_cosines_of_views,
                "Each row is a softmax of its own: it adds up to 1 without its"
                " diagonal.",
            ),
            Check(
                "τ = 0.005 in float32",
                2,
                shares_at_a_tiny_temperature,
                "Take the maximum out of each row, and leave the diagonal out before"
                " that: seen from 1/τ all other exponentials are 0.",
                about="not finite",
                otherwise=(
                    "Leave the diagonal out before you take the maximum: seen from 1/τ"
                    " all other exponentials are 0 or have lost their digits."
                ),
            ),
            keeps_float32(shares_in_float32),
        ),
    ),
    Task(
        id="21.2",
        title="NT-Xent, forward and backward",
        function="ntxent",
        outputs=("loss", "dx"),
        section="Every row is also a column",
        next=(
            "x·dx is 0 for every view. So a step makes features longer and never"
            " shorter, as with every loss that looks at directions only."
        ),
        hints=(
            (
                "Take it apart: lengths, unit rows, cosines, shares, loss; then back:"
                " probability minus target, from similarities to unit rows, from unit"
                " rows to features. In how many rows and columns of the matrix does"
                " one feature appear?"
            ),
            (
                "The other view of row i is row (i + N) mod 2N. G is P with 1 taken"
                " away at the other view, over 2N. A unit row gets (G + Gᵀ) times all"
                " unit rows, over τ. From that take its part along the unit row, and"
                " divide by the length."
            ),
        ),
        checks=(
            Check(
                "the loss",
                2,
                ntxent_value,
                "The mean over all 2N rows of −log P[i, i'], i' being (i + N) mod 2N.",
            ),
            Check(
                "the gradient for two pictures",
                3,
                ntxent_gradient_of_two_pictures,
                "With G = (P − T)/2N, T being 1 at the other view, the unit rows get"
                " (G + Gᵀ) ẑ/τ; then project and divide by the length.",
            ),
            Check(
                "the gradient for many pictures",
                3,
                ntxent_gradient_of_many_pictures,
                "With G = (P − T)/2N, T being 1 at the other view, the unit rows get"
                " (G + Gᵀ) ẑ/τ; then project and divide by the length.",
            ),
            Check(
                "nothing along a feature",
                3,
                ntxent_gradient_across_the_features,
                "The loss knows directions only: take out of each row the part along"
                " its feature, and divide by the feature's length.",
            ),
        ),
    ),
    Task(
        id="21.3",
        title="The slope along the temperature",
        function="temperature_slopes",
        outputs=("by_tau", "by_t"),
        section="Every row is also a column",
        next=(
            "Once the right answers stand above the average, a smaller temperature"
            " always makes the loss smaller. So programs that learn it hold it."
        ),
        hints=(
            (
                "All of S moves with τ: S = c/τ. So the slope is a sum over all"
                " entries of what the loss does with S[i, k], times what S[i, k] does"
                " with τ. And t is −log τ: how does τ move with t?"
            ),
            (
                "With G = (P − T)/M, by_t is the sum of G ∘ S, because S grows in"
                " proportion to e^t. For τ multiply by dt/dτ = −1/τ."
            ),
        ),
        checks=(
            Check(
                "by τ",
                2,
                slope_by_tau,
                "∂L/∂τ = −(1/τ) Σ G ∘ S, where S = c/τ and G = (P − T)/M.",
            ),
            Check(
                "by the logarithm of the scale",
                2,
                slope_by_the_log_of_the_scale,
                "∂L/∂t = Σ G ∘ S, where S = c/τ and G = (P − T)/M.",
            ),
            Check(
                "right answers that are nearest",
                2,
                slopes_once_the_right_answer_is_nearest,
                "There a smaller τ lowers the loss: by_tau is above 0, by_t below.",
            ),
        ),
    ),
    Task(
        id="21.4",
        title="Inside or outside the logarithm",
        function="supcon",
        outputs=("loss", "g"),
        section="Every row is also a column",
        next=(
            "With one positive a row the two forms are the same loss, NT-Xent. They"
            " part only where a row has several right answers."
        ),
        hints=(
            (
                "Both are cross-entropies: G is (P − target) over the number of"
                " anchors. The target is even over the positives for the one form, and"
                " for the other the softmax over the positives alone."
            ),
            (
                "Make a mask of the positives, False on the diagonal, and count them"
                " as a column. Where the count is 0, put a 1 in its place before you"
                " divide, and 0 into that row at the end. The sum of P over the"
                ' positives of a row gives both the loss of "in" and its target.'
            ),
        ),
        checks=(
            Check(
                "both losses",
                3,
                supcon_values,
                'Of "out": the mean of −log P over the positives. Of "in": −log of the'
                " mean of P over them. Then the mean over the anchors.",
            ),
            Check(
                'the slopes of "out"',
                2,
                supcon_slopes_outside,
                "G = (P − 1/|positives| at each positive), over the number of anchors.",
            ),
            Check(
                'the slopes of "in"',
                3,
                supcon_slopes_inside,
                "G = (P − X) over the number of anchors, where X is P at the positives,"
                " divided by their sum.",
            ),
            Check(
                "somebody alone in his class",
                2,
                supcon_with_somebody_alone,
                "A row without a positive has no loss and no slope, and is not counted"
                " in the mean.",
                about="not finite",
                otherwise=(
                    "A row without a positive has no loss and no slope, and is not"
                    " counted in the mean: divide by the number of rows that have one."
                ),
            ),
        ),
    ),
    Task(
        id="21.5",
        title="SigLIP",
        function="siglip",
        outputs=("loss", "by_c", "by_t", "by_b"),
        section="Every row is also a column",
        next=(
            "No entry of by_c depends on another cosine. So the matrix can be cut into"
            " pieces, each computed where its texts are."
        ),
        hints=(
            (
                "One question: softplus(−y u) has the slope −y σ(−y u) by u. All else"
                " is the chain rule through u = e^t c + b, and the 1/N. What does u do"
                " when t moves?"
            ),
            (
                "np.logaddexp(0, v) is the softplus of v, and exp(v − softplus) its"
                " slope, which cannot overflow. With g = −y σ(−y u)/N: by_c is e^t g,"
                " by_t the sum of g times e^t c (without the bias), by_b the sum of g."
            ),
        ),
        checks=(
            Check(
                "the loss",
                2,
                siglip_value,
                "The sum of softplus(−y u) over all N² pairs, divided by N.",
            ),
            Check(
                "the slopes by the cosines",
                2,
                siglip_slopes_by_the_cosines,
                "∂L/∂c = −y σ(−y u) e^t/N.",
            ),
            Check(
                "the slopes by scale and bias",
                3,
                siglip_slopes_by_scale_and_bias,
                "With g = −y σ(−y u)/N: by_t = Σ g e^t c, and by_b = Σ g.",
            ),
            Check(
                "logits of thousands",
                2,
                siglip_at_logits_of_thousands,
                "e^1000 is no float64: np.logaddexp(0, v) is a softplus that holds.",
                about="not finite",
                otherwise=(
                    "There every wrong answer costs its |u| and has the slope 1, every"
                    " right one nothing."
                ),
            ),
        ),
    ),
    Task(
        id="21.6",
        title="Where the bias starts",
        function="starting_bias",
        outputs=("b", "loss"),
        section="One log-sum-exp a row",
        next=(
            "For the batches of 32,768 in the paper that is −10.4, near the −10 that"
            " it uses; for a batch of 512 it is −6.2."
        ),
        hints=(
            (
                "With all cosines 0, u is b for every pair. How many of the N² pairs"
                " ask for yes, and how many for no? Write the loss as a function of b"
                " alone."
            ),
            (
                "L(b) = softplus(−b) + (N − 1) softplus(b). Its slope is −σ(−b) + (N −"
                " 1) σ(b), and σ(b)/σ(−b) = e^b. Set it to 0 and solve."
            ),
        ),
        checks=(
            Check(
                "the bias",
                3,
                bias_of_some_batches,
                "The slope −σ(−b) + (N − 1) σ(b) is 0 where e^b = 1/(N − 1).",
            ),
            Check(
                "the loss there",
                2,
                loss_at_the_start,
                "L = softplus(−b) + (N − 1) softplus(b): one yes and N − 1 no for each"
                " picture.",
            ),
        ),
    ),
)
