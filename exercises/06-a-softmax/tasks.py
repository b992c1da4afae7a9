"""Tasks of chapter 6: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.directions import at_angle, unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "6 (A-Softmax)"


def psi_of_angle(theta, m):
    k = min(int(theta * m / math.pi), m - 1)
    return (-1) ** k * math.cos(m * theta) - 2 * k


def cosine(a, b):
    lengths = math.sqrt(math.fsum(a * a)) * math.sqrt(math.fsum(b * b))
    return max(-1.0, min(1.0, math.fsum(a * b) / lengths)) if lengths else 0.0


def logits_of(x, w, y, m):
    """The logits of A-Softmax, entry by entry, with an angle and an arccos."""
    z = np.empty((len(x), len(w)))
    for i, x_i in enumerate(x):
        length = math.sqrt(math.fsum(x_i * x_i))
        for j, w_j in enumerate(w):
            c = cosine(x_i, w_j)
            z[i, j] = length * (psi_of_angle(math.acos(c), m) if j == y[i] else c)
    return z


def _batch(trial, m, d=3, c=3, inside=(0.1, 0.9)):
    """Samples and classes of any length, their angles inside every interval of ψ."""
    n = max(m, 4)
    theta = (np.arange(n) % m + trial.rng.uniform(*inside, size=n)) * math.pi / m
    w = unit(trial.rng.normal(size=(c, d)))
    y = trial.rng.permutation(np.arange(theta.size) % c)
    x = at_angle(trial.rng, w[y], theta) * trial.rng.uniform(0.5, 3, (theta.size, 1))
    return x, w * trial.rng.uniform(0.4, 3, (c, 1)), y


# 06.1
# --------------------------------------------------------------------------------------


def _expect_cosines(trial, x, w, **how):
    """To nine digits: a 1e-12 beside a length costs the check of small ones only."""
    lengths = np.sqrt((x.astype(float) ** 2).sum(axis=1))
    cosines = [[cosine(a, b) for b in w.astype(float)] for a in x.astype(float)]
    close(trial.call(x, w), lengths[:, None] * cosines, "z", **how)


def logits_of_unit_weights(trial):
    for shape in ((5, 3, 4), (3, 3, 3), (1, 3, 2)):
        n, d, c = shape
        w = unit(trial.rng.normal(size=(c, d)))
        _expect_cosines(trial, 2 * trial.rng.normal(size=(n, d)), w)


def logits_of_all_weights(trial):
    for n, d, c in ((5, 3, 4), (3, 3, 3)):
        x, w = trial.rng.normal(size=(n, d)), trial.rng.normal(size=(c, d))
        w *= trial.rng.uniform(0.2, 5, size=(c, 1))
        _expect_cosines(trial, x, w)
        _expect_cosines(trial, x, 1e-6 * w)


def logits_of_zero_rows(trial):
    x, w = trial.rng.normal(size=(4, 3)), trial.rng.normal(size=(5, 3))
    x[1], w[2] = 0, 0
    _expect_cosines(trial, x, w)


def logits_in_float32(trial):
    x = trial.rng.normal(size=(4, 3)).astype(np.float32)
    w = (3 * trial.rng.normal(size=(5, 3))).astype(np.float32)
    _expect_cosines(trial, x, w, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 06.2
# --------------------------------------------------------------------------------------


def _slopes(d, w):
    """Differences of Σ_j d_j·ŵ_j, whose gradient with respect to ŵ is d."""

    def along(moved):
        rows = zip(d, moved, strict=True)
        return sum(math.fsum(a * b) / math.sqrt(math.fsum(b * b)) for a, b in rows)

    return gradient(along, w)


def slopes_of_unit_weights(trial):
    for shape in ((4, 3), (3, 3), (1, 3)):
        d, w = trial.rng.normal(size=shape), unit(trial.rng.normal(size=shape))
        close(trial.call(d, w), _slopes(d, w), "dw", rtol=1e-7)


def slopes_of_all_weights(trial):
    for shape in ((4, 3), (2, 5)):
        d, w = trial.rng.normal(size=shape), unit(trial.rng.normal(size=shape))
        column = (shape[0], 1)
        w *= trial.rng.uniform(0.3, 0.8, column) ** trial.rng.choice([-1, 1], column)
        close(trial.call(d, w), _slopes(d, w), "dw", rtol=1e-7)
        # A gradient that is a million times larger, where w is a million times shorter.
        close(trial.call(d, 1e-6 * w), 1e6 * _slopes(d, w), "dw", rtol=1e-7)


def slopes_of_zero_rows(trial):
    d, w = trial.rng.normal(size=(4, 3)), 2 * trial.rng.normal(size=(4, 3))
    expected = _slopes(d, w)
    w[2], expected[2] = 0, 0
    close(trial.call(d, w), expected, "dw", rtol=1e-7)


def slopes_in_float32(trial):
    d = trial.rng.normal(size=(4, 3)).astype(np.float32)
    w = (2 * unit(trial.rng.normal(size=(4, 3)))).astype(np.float32)
    expected = _slopes(d.astype(float), w.astype(float))
    close(trial.call(d, w), expected, "dw", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 06.3
# --------------------------------------------------------------------------------------


def margin_of_one(trial):
    x, w, y = _batch(trial, 1)
    for n in (len(x), 1):
        z = trial.call(x[:n], w, y[:n], 1)
        close(z, logits_of(x[:n], w, y[:n], 1), "z")


def margin_leaves_the_others(trial):
    for m in (2, 4):
        x, w, y = _batch(trial, m)
        z = shaped(trial.call(x, w, y, m), (len(x), len(w)), "z").copy()
        expected = logits_of(x, w, y, m)
        own = (np.arange(len(y)), y)
        z[own] = expected[own]
        close(z, expected, "z")


def margin_at_the_target(trial):
    for m, size in ((2, 1), (3, 1), (4, 1), (4, 1e-6)):
        x, w, y = _batch(trial, m)
        x, w = size * x, size * w
        z = shaped(trial.call(x, w, y, m), (len(x), len(w)), "z")
        own = (np.arange(len(y)), y)
        close(z[own], logits_of(x, w, y, m)[own], "z[i, y_i]")


def margin_of_parallel_and_zero_rows(trial):
    w = trial.rng.normal(size=(60, 5))
    y = trial.rng.permutation(60)
    signs = np.where(np.arange(60) % 2, -1.0, 1.0)
    x = signs[:, None] * w[y] * trial.rng.uniform(0.5, 3, size=(60, 1))
    x[3] = 0
    lengths = np.sqrt((x**2).sum(axis=1))
    for m in (3, 4):
        expected = logits_of(x, w, y, 1)
        expected[np.arange(60), y] = lengths * np.where(signs > 0, 1, 1 - 2 * m)
        close(trial.call(x, w, y, m), expected, "z", rtol=1e-9)


def margin_in_float32(trial):
    x, w, y = _batch(trial, 3)
    x, w = x.astype(np.float32), w.astype(np.float32)
    expected = logits_of(x.astype(float), w.astype(float), y, 3)
    close(trial.call(x, w, y, 3), expected, "z", rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 06.4
# --------------------------------------------------------------------------------------


def _weighed(g, y, m):
    """A loss whose gradient by the logits is g."""
    return lambda x, w: math.fsum((g * logits_of(x, w, y, m)).ravel())


def _expect_gradient(trial, which, margins):
    for m in margins:
        x, w, y = _batch(trial, m)
        if m == 2:
            x, y = x[:1], y[:1]  # one sample is a batch, too
        g = trial.rng.normal(size=(len(x), len(w)))
        given = trial.call(x, w, y, m, g)
        loss = _weighed(g, y, m)
        if which == "dx":
            expected = gradient(lambda a, w=w, f=loss: f(a, w), x)
            close(given[0], expected, "dx", rtol=1e-7)
        else:
            expected = gradient(lambda a, x=x, f=loss: f(x, a), w)
            close(given[1], expected, "dw", rtol=1e-7)


def dx_without_margin(trial):
    _expect_gradient(trial, "dx", (1,))


def dw_without_margin(trial):
    _expect_gradient(trial, "dw", (1,))


def dx_with_margin(trial):
    _expect_gradient(trial, "dx", (2, 4))


def dw_with_margin(trial):
    _expect_gradient(trial, "dw", (3, 4))


def gradient_of_own_logits(trial):
    x, w, y = _batch(trial, 3)
    g = trial.rng.normal(size=(len(x), len(w)))
    given = trial.call(x, w, y, 3, g)

    def own(moved_x, moved_w):
        z = trial.own("margin_logits", moved_x, moved_w, y, 3)
        return (g * shaped(z, g.shape, "z")).sum()

    dx = gradient(lambda moved: own(moved, w), x)
    agrees(given[0], dx, "dx", "margin_logits", rtol=1e-6)
    dw = gradient(lambda moved: own(x, moved), w)
    agrees(given[1], dw, "dw", "margin_logits", rtol=1e-6)


def gradient_at_the_poles(trial):
    """Along and against the class vector only ψ x̂ is left, and nothing for w."""
    w = np.diag(trial.rng.uniform(0.5, 3, size=4))
    factor = np.array([1.0, -1.0, 2.0, -0.5])[:, None]
    y = np.arange(4)
    g = trial.rng.normal(size=(4, 4))
    for m in (2, 4):
        x = factor * w
        given = trial.call(x, w, y, m, g)
        ends = np.where(factor[:, 0] > 0, 1.0, 1.0 - 2 * m) * np.sign(factor[:, 0])
        dx = np.where(np.eye(4) > 0, g * ends[:, None], g)
        close(given[0], dx, "dx", rtol=1e-9)
        others = np.where(np.eye(4) > 0, 0, g)
        close(given[1], others.T @ x / np.diag(w)[:, None], "dw", rtol=1e-9)


def gradient_in_float32(trial):
    x, w, y = _batch(trial, 2)
    g = trial.rng.normal(size=(len(x), len(w)))
    x, w, g = (a.astype(np.float32) for a in (x, w, g))
    given = trial.call(x, w, y, 2, g)
    loss = _weighed(g.astype(float), y, 2)
    wide_x, wide_w = x.astype(float), w.astype(float)
    dx = gradient(lambda a: loss(a, wide_w), wide_x)
    close(given[0], dx, "dx", rtol=2e-5, dtype=np.float32)
    dw = gradient(lambda a: loss(wide_x, a), wide_w)
    close(given[1], dw, "dw", rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 06.5
# --------------------------------------------------------------------------------------


def _edge(inside, far):
    """The place between 0 and `far` where `inside` ends."""
    low, high = 0.0, far
    for _ in range(44):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) else (low, middle)
    return low


def _distance(a, b):
    turned = abs(a - b) % (2 * math.pi)
    return min(turned, 2 * math.pi - turned)


def sector(gap, m):
    """The edges of the class at 0, toward another at `gap` and away from it."""

    def belongs(place):
        return m * _distance(place, 0) < _distance(place, gap)

    return _edge(belongs, gap), _edge(lambda place: belongs(-place), math.pi)


def _widths(gap, m):
    edges = np.array([sector(g, m) for g in gap.ravel()])
    toward, away = edges.T.reshape(2, *gap.shape)
    return toward + away, gap - 2 * toward


def width_of_near_classes(trial):
    for m in (2.0, 4.0, trial.rng.uniform(2.2, 6)):
        gap = trial.rng.uniform(0.1, 0.45 * math.pi, size=(2, 1, 2))
        close(trial.call(gap, m)[0], _widths(gap, m)[0], "within", rtol=1e-9)


def distance_of_near_classes(trial):
    for m in (2.0, 4.0, trial.rng.uniform(2.2, 6)):
        gap = trial.rng.uniform(0.1, 0.45 * math.pi, size=(2, 1, 2))
        close(trial.call(gap, m)[1], _widths(gap, m)[1], "between", rtol=1e-9)
    trial.expect_inputs_unchanged()


def widths_of_opposite_classes(trial):
    for m in (3.0, trial.rng.uniform(2, 5)):
        gap = np.append(trial.rng.uniform(0.85, 0.99, size=3) * math.pi, math.pi)
        for given, expected, name in zip(
            trial.call(gap, m), _widths(gap, m), ("within", "between"), strict=True
        ):
            close(given, expected, name, rtol=1e-9)


# 06.6
# --------------------------------------------------------------------------------------


def _balanced(gap, neighbours):
    """The m at which both angles are equal, by halving."""

    def too_wide(m):
        toward, away = sector(gap, m)
        return toward + (toward if neighbours == 2 else away) > gap - 2 * toward

    return 1.5 + _edge(lambda more: too_wide(1.5 + more), 5.0)


def _expect_margins(trial, questions):
    """Each question several times, in a drawn order: some answers are a constant."""
    expected = {question: _balanced(*question) for question in questions}
    for n in trial.rng.permutation(5 * len(questions)).tolist():
        gap, neighbours = questions[n // 5]
        close(trial.call(gap, neighbours), expected[gap, neighbours], "m", rtol=1e-9)


def _near(trial):
    """Gaps of two classes that are not nearly opposite: the largest, and any."""
    return [(0.72 * math.pi, 1), (float(trial.rng.uniform(0.1, 0.7)) * math.pi, 1)]


def margin_in_a_ring(trial):
    classes = (3, int(trial.rng.integers(20, 1000)))
    _expect_margins(trial, [*((2 * math.pi / n, 2) for n in classes), *_near(trial)])


def margin_of_two_classes(trial):
    opposite = (*(trial.rng.uniform(0.75, 0.99, size=2) * math.pi).tolist(), math.pi)
    _expect_margins(trial, [*((gap, 1) for gap in opposite), *_near(trial)])


TASKS = (
    Task(
        id="06.1",
        title="Logits from angles",
        function="angular_logits",
        outputs=("z",),
        section="A logit in which only directions count",
        next=(
            "The length of x stays: it does not change which class wins, but a long"
            " feature makes the softmax sharper. AM-Softmax and ArcFace take it away"
            " too, and put a constant there."
        ),
        hints=(
            (
                "|x| cos θ is the inner product of x with the unit vector ŵ. So only"
                " the lengths of the rows of w have to be taken out, and each of them"
                " belongs to one column of the result."
            ),
            (
                "Form x w', (N, C), as if nothing were to be normalised, and the"
                " lengths of the rows of w, (C,), as norms over axis 1. Dividing (N, C)"
                " by (C,) divides column by column. Where a length is 0 divide by 1:"
                " the column is 0 already."
            ),
        ),
        checks=(
            Check(
                "class vectors of length 1",
                1,
                logits_of_unit_weights,
                "For |w_j| = 1 the logit is the inner product x·w_j; x keeps its"
                " length.",
            ),
            Check(
                "class vectors of every length",
                3,
                logits_of_all_weights,
                "Divide column j of x w' by the length of row j of w, and by nothing"
                " else: it may be 1e-6.",
            ),
            Check(
                "rows of zeros",
                1,
                logits_of_zero_rows,
                "A row of zeros has the logits 0. If yours is NaN: 0/0 is, so divide by"
                " 1 there.",
            ),
            keeps_float32(logits_in_float32),
        ),
    ),
    Task(
        id="06.2",
        title="Through the length of w",
        function="through_the_length",
        outputs=("dw",),
        section="What normalising does to a gradient",
        next=(
            "Since w·dw = 0, every step of plain gradient descent makes w longer, and"
            " the 1/|w| then makes the next turn smaller: without weight decay the rate"
            " falls by itself."
        ),
        hints=(
            (
                "Stretching w does not move ŵ, so the answer is at right angles to w."
                " And a step of one size turns a long w less than a short one. That is"
                " a projection and a division, row by row."
            ),
            (
                "Form ŵ, with zeros where w is a row of zeros. The inner products"
                " d_j·ŵ_j are one number a row; keep the axis, so that they can"
                " multiply ŵ. Take the part along ŵ off d, and divide by |w| once. An"
                " inverse length that is 0 for a row of zeros serves both divisions."
            ),
        ),
        checks=(
            Check(
                "class vectors of length 1",
                2,
                slopes_of_unit_weights,
                "Take from d its part along ŵ: d − (d·ŵ) ŵ, row by row.",
            ),
            Check(
                "class vectors of every length",
                3,
                slopes_of_all_weights,
                "Project with ŵ, which has length 1, and divide by |w| once.",
            ),
            Check(
                "rows of zeros",
                1,
                slopes_of_zero_rows,
                "A row of zeros has the gradient 0, and changes nothing in the other"
                " rows; 0/0 is NaN.",
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="06.3",
        title="The logits of A-Softmax",
        function="margin_logits",
        outputs=("z",),
        section="A logit in which only directions count",
        next=(
            "At test time there is no margin and no target: the class of the smallest"
            " angle wins, and two faces are compared by the cosine of their features."
        ),
        hints=(
            (
                "Start from the logits of task 06.1 and change one entry in each row."
                " That entry holds |x| cos θ, so dividing it by |x| gives the cosine"
                " back."
            ),
            (
                "Take the entries (i, y_i), divide them by |x| (by 1 where that is 0),"
                " and clip to [−1, 1] before the arccos. k is the floor of mθ/π; at θ ="
                " π that is m, so limit it to m − 1. Write |x| ((−1)^k cos mθ − 2k)"
                " back in the same entries."
            ),
        ),
        checks=(
            Check(
                "m = 1 is no margin",
                1,
                margin_of_one,
                "With m = 1 there is one interval, k = 0, and ψ is cos θ.",
            ),
            Check(
                "the other logits",
                1,
                margin_leaves_the_others,
                "Only the entries (i, y_i) have a margin: z[np.arange(N), y].",
            ),
            Check(
                "the target logits, in every interval",
                3,
                margin_at_the_target,
                "|x| ((−1)^k cos mθ − 2k), with the cosine z / |x| of the target.",
            ),
            Check(
                "x along w, against w, and zero",
                1,
                margin_of_parallel_and_zero_rows,
                "ψ is 1 along w and 1 − 2m against it, and a row of zeros has the"
                " logits 0. If yours is NaN: arccos of 1 + 2e-16 is, and so is 0/0;"
                " clip the cosine, and mind |x| = 0.",
            ),
            keeps_float32(margin_in_float32),
        ),
    ),
    Task(
        id="06.4",
        title="A-Softmax, backward",
        function="margin_backward",
        outputs=("dx", "dw"),
        section="What normalising does to a gradient",
        next=(
            "The authors' released layer gives w the gradient g' x, whatever m is, and"
            " scales dx: a choice that trains, but not the gradient of its forward. Now"
            " you can tell."
        ),
        hints=(
            (
                "Split g in two: the entries at the targets, and the others, with 0 at"
                " the targets. The others are a plain linear layer with the weights ŵ."
                " The targets follow the two brackets of the text. Add both parts, in"
                " dx and in the gradient by ŵ; task 06.2 comes last, and once."
            ),
            (
                "Others: dx is others times ŵ, and the gradient by ŵ is others' x."
                " Targets, row by row, with the ŵ of the label: c; the vectors ŵ − c x̂"
                " and x̂ − c ŵ, whose length is sin θ; θ by arctan2; ψ and ρ; the slope"
                " ρ/sin θ, with 1 for a sine of 0. To dx add g_iy (ψ x̂ + slope (ŵ − c"
                " x̂)); to row y_i add g_iy |x| (ψ ŵ + slope (x̂ − c ŵ)), with"
                " np.add.at, since a label may occur twice."
            ),
        ),
        checks=(
            Check(
                "dx without a margin",
                1,
                dx_without_margin,
                "With m = 1 the logits are x·ŵ_j, so dx = g ŵ.",
            ),
            Check(
                "dw without a margin",
                1,
                dw_without_margin,
                "With m = 1 the gradient by ŵ is g' x; task 06.2 leads on to w.",
            ),
            Check(
                "dx with a margin",
                2,
                dx_with_margin,
                "The target adds g_iy (ψ x̂ + ρ t_x), where the other classes add g_ij"
                " ŵ_j.",
            ),
            Check(
                "dw with a margin",
                3,
                dw_with_margin,
                "The target adds g_iy |x| ρ t_w to the row of its class; several"
                " samples may share the class.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                gradient_of_own_logits,
                "Your `margin_logits` and this gradient do not belong together, at m"
                " = 3.",
            ),
            Check(
                "x along w, and against w",
                2,
                gradient_at_the_poles,
                "Only ψ x̂ is left of the target's part of dx, and nothing of it in dw."
                " The direction of ŵ − c x̂ is 0/0 there: take the tangent as 0.",
            ),
            keeps_float32(gradient_in_float32),
        ),
    ),
    Task(
        id="06.5",
        title="How wide a class is",
        function="within_and_between",
        outputs=("within", "between"),
        section="How large must m be?",
        next=(
            "For m = 1 the far side of a class ends only opposite the bisector, so a"
            " class is half of the circle. It is the margin that makes a class narrow"
            " on all its sides."
        ),
        hints=(
            (
                "Draw the circle, with the first class vector at 0 and the other at"
                " gap. Walk from 0 toward the other until m θ1 = θ2, and note where"
                " that is. Then walk the other way: θ2 grows with you at first, and"
                " shrinks once you have passed the point opposite the other class."
            ),
            (
                "Toward: m θ1 = gap − θ1. Away: m θ1 = gap + θ1, or m θ1 = 2π − gap −"
                " θ1 behind the opposite point; the edge is at the smaller of the two"
                " solutions, np.minimum for arrays. `within` is the sum of the two"
                " edges, and `between` is gap minus the two edges that face each other."
            ),
        ),
        checks=(
            Check(
                "the width of a class, gap below π/2",
                2,
                width_of_near_classes,
                "Toward the other class m θ1 = gap − θ1 at the edge, away from it m θ1"
                " = gap + θ1.",
            ),
            Check(
                "the distance of the classes, gap below π/2",
                1,
                distance_of_near_classes,
                "Both classes have an edge at gap/(m + 1) from their vectors, toward"
                " each other.",
            ),
            Check(
                "nearly opposite classes",
                2,
                widths_of_opposite_classes,
                "The angle to the other class cannot pass π: behind that it is 2π − θ1"
                " − gap.",
            ),
        ),
    ),
    Task(
        id="06.6",
        title="The smallest margin",
        function="smallest_margin",
        outputs=("m",),
        section="How large must m be?",
        next=(
            "2 + √3 = 3.73 and 3 are the two bounds of the paper, which takes the next"
            " integer that satisfies both: hence the m = 4 of SphereFace."
        ),
        hints=(
            (
                "Set within = between in task 06.5, and solve for m. In a ring a class"
                " has a neighbour on either side, so both its edges are edges toward a"
                " class. With two classes the far edge has two forms, and each gives"
                " an m."
            ),
            (
                "Ring: 2 gap/(m + 1) = gap − 2 gap/(m + 1), and gap cancels. Two"
                " classes: gap/(m + 1) + gap/(m − 1) = gap − 2 gap/(m + 1), a quadratic"
                " with one root above 1; and with the other form 2π/(m + 1) = gap − 2"
                " gap/(m + 1). The nearer edge bounds the class, so the smaller of"
                " these two m is enough."
            ),
        ),
        checks=(
            Check(
                "many classes in a ring, and two up to 0.72π",
                2,
                margin_in_a_ring,
                "In a ring a class is 2 gap/(m + 1) wide and (m − 1) gap/(m + 1) away:"
                " set them equal. Of two classes, set 1/(m − 1) + 1/(m + 1) = (m −"
                " 1)/(m + 1).",
            ),
            Check(
                "two classes at any gap up to π",
                2,
                margin_of_two_classes,
                "Up to 0.73π the margin is the root above 1 of 1/(m − 1) + 1/(m + 1) ="
                " (m − 1)/(m + 1). Past it the width is 2π/(m + 1), and a smaller m is"
                " enough.",
            ),
        ),
    ),
)
