"""Tasks of chapter 7: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.directions import any_lengths, lengths_of_any_order, unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "7 (AM-Softmax)"


def cosine(a, b):
    lengths = math.sqrt(math.fsum(a * a)) * math.sqrt(math.fsum(b * b))
    return math.fsum(a * b) / lengths if lengths else 0.0


def logits_of(x, w, y, m, s):
    """The logits of AM-Softmax, entry by entry."""
    z = [
        [s * (cosine(a, b) - m * (j == label)) for j, b in enumerate(w)]
        for a, label in zip(x, y, strict=True)
    ]
    return np.array(z)


def _batch(trial, n=5, d=3, c=4):
    """Features and weights of all lengths, some short and some long."""
    x, w = unit(trial.rng.normal(size=(n, d))), unit(trial.rng.normal(size=(c, d)))
    x, w = x * any_lengths(trial.rng, n), w * any_lengths(trial.rng, c)
    return x, w, trial.rng.integers(0, c, size=n)


# 07.1
# --------------------------------------------------------------------------------------


def _expect_logits(trial, x, w, y, m, s, rtol=1e-12, dtype=None):
    expected = logits_of(x.astype(float), w.astype(float), y, m, s)
    close(trial.call(x, w, y, m, s), expected, "z", rtol, dtype=dtype)


def logits_without_margin(trial):
    x, w, y = _batch(trial)
    _expect_logits(trial, unit(x), unit(w), y, 0.0, trial.rng.uniform(5, 40))


def logits_of_all_lengths(trial):
    for n, d, c in ((5, 3, 4), (3, 3, 3), (1, 3, 2)):
        x, w, y = _batch(trial, n, d, c)
        _expect_logits(trial, x, w, y, 0.0, 30.0)
    x, w, y = _batch(trial)
    x = unit(x) * lengths_of_any_order(trial.rng, 5)
    w = unit(w) * lengths_of_any_order(trial.rng, 4)
    _expect_logits(trial, x, w, y, 0.0, 30.0)


def logits_with_margin(trial):
    for m in (0.35, trial.rng.uniform(0.1, 0.9)):
        x, w, y = _batch(trial)
        # Cosines of targets on both sides of 0: the margin is there for both.
        signs = np.where((x * w[y]).sum(axis=1) < 0, -1, 1) * [-1, 1, 1, -1, 1]
        x, w = unit(signs[:, None] * x), unit(w)
        _expect_logits(trial, x, w, y, m, trial.rng.uniform(5, 40))


def logits_of_zero_rows(trial):
    x, w, y = _batch(trial, 5, 3, 4)
    x[1], w[2] = 0, 0
    y[3] = 2
    _expect_logits(trial, x, w, y, 0.35, 30.0)


def logits_in_float32(trial):
    x, w, y = _batch(trial)
    x, w, y = x.astype(np.float32), w.astype(np.float32), y.astype(np.uint8)
    _expect_logits(trial, x, w, y, 0.35, 30.0, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 07.2
# --------------------------------------------------------------------------------------


def _slopes(x, w, g, s):
    """Differences of Σ g_ij z_ij, whose gradient by the logits is g."""

    def loss(a, b):
        return s * math.fsum((g * (unit(a) @ unit(b).T)).ravel())

    return gradient(lambda a: loss(a, w), x), gradient(lambda b: loss(x, b), w)


def _expect_slopes(trial, which, lengths):
    for n, d, c in ((5, 3, 4), (3, 3, 3), (1, 3, 2)):
        x, w, _ = _batch(trial, n, d, c)
        x, w = (x, w) if lengths else (unit(x), unit(w))
        g, s = trial.rng.normal(size=(n, c)), trial.rng.uniform(5, 40)
        given = trial.call(x, w, g, s)[which]
        close(given, _slopes(x, w, g, s)[which], ("dx", "dw")[which], rtol=1e-7)


def dx_at_length_one(trial):
    _expect_slopes(trial, 0, lengths=False)


def dw_at_length_one(trial):
    _expect_slopes(trial, 1, lengths=False)


def dx_at_all_lengths(trial):
    _expect_slopes(trial, 0, lengths=True)


def dw_at_all_lengths(trial):
    _expect_slopes(trial, 1, lengths=True)


def slopes_of_own_logits(trial):
    x, w, y = _batch(trial, 4, 2, 3)
    g = trial.rng.normal(size=(4, 3))
    given = trial.call(x, w, g, 20.0)

    def own(a, b):
        z = trial.own("cosine_margin_logits", a, b, y, 0.35, 20.0)
        return (g * shaped(z, g.shape, "z")).sum()

    by_x, by_w = gradient(lambda a: own(a, w), x), gradient(lambda b: own(x, b), w)
    agrees(given[0], by_x, "dx", "cosine_margin_logits", rtol=1e-6)
    agrees(given[1], by_w, "dw", "cosine_margin_logits", rtol=1e-6)


def slopes_in_float32(trial):
    x, w, _ = _batch(trial)
    g = trial.rng.normal(size=(len(x), len(w)))
    x, w, g = (a.astype(np.float32) for a in (x, w, g))
    given = trial.call(x, w, g, 30.0)
    expected = _slopes(x.astype(float), w.astype(float), g.astype(float), 30.0)
    for which, name in enumerate(("dx", "dw")):
        close(given[which], expected[which], name, rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 07.3
# --------------------------------------------------------------------------------------


def mean_loss(c, y, m, s):
    losses = []
    for row, label in zip(c, y, strict=True):
        z = [s * (value - m * (j == label)) for j, value in enumerate(row)]
        top = max(z)
        log_sum = math.log(math.fsum(math.exp(v - top) for v in z))
        losses.append(top - z[label] + log_sum)
    return math.fsum(losses) / len(y)


def _expect_scale_slope(trial, c, y, m, s, rtol=1e-7):
    expected = (mean_loss(c, y, m, s + 1e-5) - mean_loss(c, y, m, s - 1e-5)) / 2e-5
    close(trial.call(c, y, m, s), expected, "ds", rtol=rtol)


def _cosines(trial, n=6, c=4):
    return trial.rng.uniform(-0.9, 0.9, size=(n, c)), trial.rng.integers(0, c, size=n)


def scale_slope_of_one_sample(trial):
    for s in (1.0, 3.0):
        c, y = _cosines(trial, 1)
        _expect_scale_slope(trial, c, y, 0.0, s)


def scale_slope_of_a_batch(trial):
    c, y = _cosines(trial)
    _expect_scale_slope(trial, c, y, 0.0, trial.rng.uniform(2, 5))


def scale_slope_with_margin(trial):
    for m, s in ((0.35, 4.0), (trial.rng.uniform(0.2, 0.7), 2.0)):
        c, y = _cosines(trial)
        _expect_scale_slope(trial, c, y, m, s)
    trial.expect_inputs_unchanged()


def scale_slope_of_large_scales(trial):
    """At s = 5000 the slope is a difference of two cosines.

    The largest logit takes it all. What is largest in one row is small beside another,
    so the shift must be each row's own.
    """
    c, y = _cosines(trial)
    low, high = trial.rng.permutation(6)[:2]
    c[low] = trial.rng.uniform(-0.9, -0.5, size=4)
    c[high, trial.rng.integers(4)] = trial.rng.uniform(0.8, 0.9)
    top = np.argmax(c, axis=1)
    y = (top + 1) % c.shape[1]  # all wrong, and by much with the margin
    c[np.arange(6), top] += 0.05
    behind = c[np.arange(6), top] - c[np.arange(6), y] + 0.35
    close(trial.call(c, y, 0.35, 5000.0), math.fsum(behind) / 6, "ds", rtol=1e-9)


# 07.4
# --------------------------------------------------------------------------------------


def _probability(classes, s):
    """The softmax at a class vector, all others at the cosine −1/(C − 1)."""
    return 1 / (1 + (classes - 1) * np.exp(-s * (1 + 1 / (classes - 1))))


def _expect_probability(trial, classes, p):
    s = shaped(trial.call(classes, p), np.shape(p), "s").astype(np.float64)
    close(
        _probability(classes, s),
        p,
        "probability at your s",
        rtol=1e-9,
        elementwise=True,
    )


def scale_of_two_classes(trial):
    for p in (0.9, trial.rng.uniform(0.6, 0.99)):
        _expect_probability(trial, 2, float(p))


def scale_of_many_classes(trial):
    for classes in (3, 10, int(trial.rng.integers(100, 100_000))):
        _expect_probability(
            trial, classes, trial.rng.uniform(0.5, 0.999, size=(2, 1, 2))
        )


def scale_of_high_probabilities(trial):
    p = 1 - 10.0 ** -trial.rng.permutation(
        np.arange(3, 10) - trial.rng.uniform(0, 0.5, size=7)
    )
    s = shaped(trial.call(1000, p), p.shape, "s").astype(np.float64)
    close(
        1 - _probability(1000, s),
        1 - p,
        "1 − probability at your s",
        rtol=1e-6,
        elementwise=True,
    )
    trial.expect_inputs_unchanged()


# 07.5
# --------------------------------------------------------------------------------------


def _worst_cosine(vectors):
    """The largest cosine between two different rows."""
    c = unit(vectors) @ unit(vectors).T
    return c[~np.eye(len(c), dtype=bool)].max()


def margin_in_the_plane(trial):
    for classes in (4, 5, 10, *trial.rng.integers(11, 200, size=3).tolist()):
        turns = 2 * math.pi * np.arange(classes) / classes
        vectors = np.stack([np.cos(turns), np.sin(turns)], axis=1)
        close(trial.call(classes, 2), 1 - _worst_cosine(vectors), "m", rtol=1e-9)


def _expect_simplex(trial, classes, dimensions):
    """All are asked before the first is judged: what is right in some tells why."""
    given = [trial.call(classes, dimension) for dimension in dimensions]
    for m in given:
        close(m, 1 - _worst_cosine(np.eye(classes) - 1 / classes), "m", rtol=1e-9)


def margin_in_many_dimensions(trial):
    for classes in (4, 10, *trial.rng.integers(11, 200, size=3).tolist()):
        _expect_simplex(
            trial, classes, (classes - 1, classes + int(trial.rng.integers(1, 500)))
        )


def margin_where_both_meet(trial):
    # whose margin nobody can guess
    others = trial.rng.integers(11, 300, size=3).tolist()
    for classes in trial.rng.permutation([2, 3, *others]).tolist():
        higher = classes + int(trial.rng.integers(1, 100))
        _expect_simplex(trial, classes, (max(2, classes - 1), higher))


TASKS = (
    Task(
        id="07.1",
        title="The logits of AM-Softmax",
        function="cosine_margin_logits",
        outputs=("z",),
        section="Subtract m, then multiply by s",
        next=(
            "The margin takes s·m off the target logit, 10.5 for s = 30 and m = 0.35."
            " So a first loss of about 10 above log C is right here, and no sign of a"
            " mistake."
        ),
        hints=(
            (
                "All cosines come from one matrix product and two divisions: by the"
                " lengths of x, one a row, and by those of w, one a column. The margin"
                " changes one entry in each row, the scale all of them."
            ),
            (
                "Divide x w' by |x| as a column (N, 1) and by |w| as a row (C,), each"
                " with 1 in place of 0. Subtract m at the entries (i, y_i), and"
                " multiply by s last, so that the margin is scaled too."
            ),
        ),
        checks=(
            Check(
                "vectors of length 1, no margin",
                1,
                logits_without_margin,
                "For vectors of length 1 the cosine is the inner product; multiply it"
                " by s.",
            ),
            Check(
                "vectors of every length, no margin",
                2,
                logits_of_all_lengths,
                "Divide by |x_i| and by |w_j| themselves: a small number added to a"
                " length, or a least length, changes the cosines of all short rows.",
                about="digits",
                otherwise=(
                    "Divide row i of x w' by |x_i| and column j by |w_j|, however short"
                    " they are: nothing is added to a length, and there is no least"
                    " one."
                ),
            ),
            Check(
                "with a margin",
                2,
                logits_with_margin,
                "Take m off the cosine of the target, (i, y_i), and multiply by s after"
                " that.",
            ),
            Check(
                "rows of zeros",
                1,
                logits_of_zero_rows,
                "0/0 is NaN; where a length is 0, divide by 1.",
                about="not finite",
                otherwise=(
                    "The cosines of a row of zeros are 0; at the target −s m is left."
                ),
            ),
            keeps_float32(logits_in_float32),
        ),
    ),
    Task(
        id="07.2",
        title="AM-Softmax, backward",
        function="cosine_backward",
        outputs=("dx", "dw"),
        section="A gradient in which m hardly appears",
        next=(
            "The margin acts through g alone: it changes the probabilities and so how"
            " hard each logit is pushed, but not in which direction x and w turn."
        ),
        hints=(
            (
                "With x̂ and ŵ for inputs, s x̂·ŵ is a linear layer, and its backward"
                " two matrix products. Normalising then does one and the same thing to"
                " each of them: a projection and a division, as in chapter 6."
            ),
            (
                "By x̂ it is s g ŵ, by ŵ it is s g' x̂. Take from each row of the first"
                " its part along x̂ and divide by |x|; take from each row of the second"
                " its part along ŵ and divide by |w|. Keep the axis of inner products"
                " and lengths: they are columns."
            ),
        ),
        checks=(
            Check(
                "dx, vectors of length 1",
                1,
                dx_at_length_one,
                "By x̂: s g ŵ. Then take off the part along x̂.",
            ),
            Check(
                "dw, vectors of length 1",
                1,
                dw_at_length_one,
                "By ŵ: s g' x̂. Then take off the part along ŵ.",
            ),
            Check(
                "dx, vectors of every length",
                2,
                dx_at_all_lengths,
                "Project with x̂, and divide by |x|; w enters as ŵ.",
            ),
            Check(
                "dw, vectors of every length",
                2,
                dw_at_all_lengths,
                "Project with ŵ, and divide by |w|; x enters as x̂.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_logits,
                "Your `cosine_margin_logits` and this gradient do not belong together.",
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="07.3",
        title="The derivative by the scale",
        function="scale_gradient",
        outputs=("ds",),
        section="A gradient in which m hardly appears",
        next=(
            "Once all samples are right, with the margin, this is negative for every s:"
            " training would raise s without end. That is why s is mostly fixed."
        ),
        hints=(
            (
                "z_ij = s u_ij, with u_ij = c_ij − m [j = y_i]. By the chain rule a"
                " sample has the derivative Σ_j g_ij u_ij, where g = p − [j = y] is the"
                " gradient by the logits."
            ),
            (
                "Make u from a copy of c. The softmax of s u does not change if each"
                " row of u is lowered by its largest entry; do that inside the"
                " exponential only. Take 1 off p at the labels, multiply with u (not"
                " with c, and without s), add up all entries, and divide by N."
            ),
        ),
        checks=(
            Check(
                "one sample, no margin",
                1,
                scale_slope_of_one_sample,
                "z_ij = s c_ij, so by the chain rule Σ_j g_j c_j with g = p − [j = y].",
            ),
            Check(
                "a batch, no margin",
                2,
                scale_slope_of_a_batch,
                "The loss is a mean over the samples; its derivative is, too.",
            ),
            Check(
                "with a margin",
                2,
                scale_slope_with_margin,
                "z_ij / s is c_ij − m [j = y_i]: the margin is in p and beside c.",
            ),
            Check(
                "s = 5000",
                1,
                scale_slope_of_large_scales,
                "Subtract the largest of a row before you exponentiate.",
                about="not finite",
                otherwise=(
                    "There the softmax is 1 at the largest logit: a sample's derivative"
                    " is the difference of the largest and the target's c_ij − m [j ="
                    " y_i]."
                ),
            ),
        ),
    ),
    Task(
        id="07.4",
        title="The smallest scale",
        function="smallest_scale",
        outputs=("s",),
        section="How wide, how large, how sharp",
        next=(
            "10 classes at 0.99 need s above 6, and 100,000 classes above 16. With s ="
            " 1 no network however good could pass 0.25 on 10 classes: cosines alone"
            " are too small."
        ),
        hints=(
            (
                "Write the softmax of one logit s against C − 1 logits −s/(C − 1), set"
                " it equal to p, and divide numerator and denominator by the numerator."
                " One exponential is left."
            ),
            (
                "1/p = 1 + (C − 1) e^(−s C/(C − 1)). Bring the exponential to one side,"
                " take the logarithm, then divide by the factor of s. Near p = 1 the"
                " digits are in 1 − p: keep it as one factor, p/(1 − p)."
            ),
        ),
        checks=(
            Check(
                "two classes",
                1,
                scale_of_two_classes,
                "With two classes the cosines are 1 and −1: 1/(1 + e^(−2s)) = p.",
            ),
            Check(
                "many classes",
                2,
                scale_of_many_classes,
                "p = e^s / (e^s + (C − 1) e^(−s/(C − 1))): solve for s.",
            ),
            Check(
                "probabilities up to 1 − 1e-9",
                1,
                scale_of_high_probabilities,
                "p/(1 − p) holds what is missing to 1; no step may round it away.",
            ),
        ),
    ),
    Task(
        id="07.5",
        title="The largest margin",
        function="largest_margin",
        outputs=("m",),
        section="How wide, how large, how sharp",
        next=(
            "In the plane ten classes leave no more than m = 0.19, and in hundreds of"
            " dimensions 1.11. A margin of 0.35 that trains well on faces cannot be met"
            " by 2-D features."
        ),
        hints=(
            (
                "At cos θ = 1 the feature is its class vector. So it is only asked how"
                " near another class vector must be: m is 1 minus the largest cosine"
                " between two of them. There are two arrangements."
            ),
            (
                "On a circle the neighbours are 2π/C apart. In C − 1 or more dimensions"
                " each pair is at −1/(C − 1). Ask for the dimension to choose; with two"
                " or three classes the plane has C − 1 dimensions, and both give the"
                " same."
            ),
        ),
        checks=(
            Check(
                "many classes in the plane",
                2,
                margin_in_the_plane,
                "The nearest other class vector is 2π/C away, at the cosine cos(2π/C).",
            ),
            Check(
                "many dimensions",
                2,
                margin_in_many_dimensions,
                "All others are at the cosine −1/(C − 1): 1 − m may fall to that.",
            ),
            Check(
                "two and three classes",
                1,
                margin_where_both_meet,
                "Two vectors can be opposite, three at 120 degrees, in the plane as in"
                " any space.",
            ),
        ),
    ),
)
