"""Tasks of chapter 18: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, exact, shaped
from grader.engine.differences import gradient
from grader.engine.directions import any_lengths, at_angle, lengths_of_any_order, unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "18 (sub-centers)"


def cosines_of(x, w):
    """Of unit vectors, sample by sample and row by row: (N, C, K)."""
    return np.array(
        [
            [[float(unit(a[None])[0] @ unit(b[None])[0]) for b in rows] for rows in w]
            for a in x
        ]
    )


def logits_of(x, w, y, m, s):
    z = cosines_of(x, w).max(axis=2)
    for i, j in enumerate(y):
        z[i, j] = math.cos(math.acos(z[i, j]) + m)
    return s * z


def _rows(trial, c=3, k=3, d=4):
    """Rows of any lengths, none of which is near another or its opposite."""
    while True:
        w = unit(trial.rng.normal(size=(c * k, d)))
        near = np.abs(w @ w.T - np.eye(c * k)).max()
        if near < math.cos(0.3):
            return w.reshape(c, k, d) * any_lengths(trial.rng, c * k).reshape(c, k, 1)


def _batch(trial, n=8, c=3, k=3, d=4):
    """Samples of which no two rows of a class are nearly as near, none too near."""
    w = _rows(trial, c, k, d)
    y = trial.rng.permutation(np.arange(n) % c)
    x = np.empty((0, d))
    while len(x) < n:
        new = unit(trial.rng.normal(size=(1, d)))
        ranked = np.sort(cosines_of(new, w)[0], axis=1)
        apart = k == 1 or (ranked[:, -1] - ranked[:, -2]).min() > 0.02
        own = math.acos(ranked[y[len(x)], -1])
        if apart and 0.2 < own < math.pi - 0.2:
            x = np.concatenate([x, new])
    return x * any_lengths(trial.rng, n), w, y


def _along_axes(trial, d=4):
    """A sample (3, 4) in two axes, and rows along axes, so that every ŵ is exact.

    Of each class two rows tie for the sample, and they are no copies: their lengths
    differ. Which of the three rows is the third is drawn.
    """
    first, second, third = trial.rng.permutation(d)[:3]
    axes = np.eye(d)
    x = 3 * axes[first] + 4 * axes[second]
    w, k = np.empty((3, 3, d)), np.empty((1, 3), int)
    for j, axis in enumerate(trial.rng.permutation([first, second, first])):
        odd = int(trial.rng.integers(3))
        w[j] = axes[axis]
        w[j, odd] = -axes[axis] if trial.rng.random() < 0.5 else axes[third]
        k[0, j] = 1 if odd == 0 else 0
    lengths = 2.0 ** trial.rng.permutation(np.arange(-4, 5)).reshape(3, 3, 1)
    return x[None] * 2.0 ** trial.rng.integers(-3, 4), w * lengths, k


# 18.1
# --------------------------------------------------------------------------------------


def largest_cosines(trial):
    for n, c, k in ((8, 3, 3), (5, 2, 1), (1, 4, 2)):
        x, w, _ = _batch(trial, n, c, k)
        close(trial.call(x, w)[0], cosines_of(x, w).max(axis=2), "c", rtol=1e-9)
    # A class on the far side: its largest cosine is below 0.
    w = np.stack([w[0], -unit(x) + 0.3 * trial.rng.normal(size=(2, 4))])
    close(trial.call(x, w)[0], cosines_of(x, w).max(axis=2), "c", rtol=1e-9)


def rows_that_have_them(trial):
    for n, c, k in ((8, 3, 4), (6, 2, 3)):
        x, w, _ = _batch(trial, n, c, k)
        expected = cosines_of(x, w).argmax(axis=2)
        close(trial.call(x, w)[1], expected, "k", rtol=0)


def first_row_of_a_tie(trial):
    for _ in range(4):
        x, w, k = _along_axes(trial)
        close(trial.call(x, w)[1], k, "k", rtol=0)


def rows_of_every_length(trial):
    x, w, _ = _batch(trial, 8, 2, 3)
    lengths = lengths_of_any_order(trial.rng, 6).reshape(2, 3, 1)
    x, w = unit(x) * lengths_of_any_order(trial.rng, 8), w * lengths
    c, k = trial.call(x, w)
    expected = cosines_of(unit(x), w / np.linalg.norm(w, axis=2, keepdims=True))
    exact(c, expected.max(axis=2), "c", rtol=1e-9)
    close(k, expected.argmax(axis=2), "k", rtol=0)


def rows_of_zeros(trial):
    x, w, _ = _batch(trial, 8, 3, 3)
    x[trial.rng.integers(8)] = 0
    # The nearest row of a sample, and all of a class.
    near = unit(x[[7 if not x[0].any() else 0]])
    row = cosines_of(near, w)[0, 0].argmax()
    w[0, row], w[2] = 0, 0
    with np.errstate(all="ignore"):
        expected = np.nan_to_num(cosines_of(x, w))
    close(trial.call(x, w)[0], expected.max(axis=2), "c", rtol=1e-9)


def cosines_in_float32(trial):
    x, w, _ = _batch(trial)
    x, w = x.astype(np.float32), w.astype(np.float32)
    c, k = trial.call(x, w)
    expected = cosines_of(x.astype(float), w.astype(float))
    close(c, expected.max(axis=2), "c", rtol=1e-5, dtype=np.float32)
    close(k, expected.argmax(axis=2), "k", rtol=0)
    trial.expect_inputs_unchanged()


# 18.2
# --------------------------------------------------------------------------------------


def _settings(trial):
    return float(trial.rng.uniform(0.3, 0.7)), float(trial.rng.uniform(8, 20))


def logits_of_one_row(trial):
    for n in (6, 1):
        x, w, y = _batch(trial, n, 3, 1)
        m, s = _settings(trial)
        close(trial.call(x, w, y, m, s), logits_of(x, w, y, m, s), "z", rtol=1e-9)


def logits_of_other_classes(trial):
    x, w, y = _batch(trial)
    m, s = _settings(trial)
    z = np.array(trial.call(x, w, y, m, s), dtype=object, ndmin=1)
    expected = logits_of(x, w, y, m, s)
    if z.shape == expected.shape:  # the right class is for another check
        z[np.arange(len(y)), y] = expected[np.arange(len(y)), y]
        z = z.astype(float)
    close(z, expected, "z", rtol=1e-9)


def logits_of_right_classes(trial):
    for k in (3, 2):
        x, w, y = _batch(trial, k=k)
        m, s = _settings(trial)
        y = y.astype(trial.rng.choice([np.int64, np.int32, np.uint8]))
        close(trial.call(x, w, y, m, s), logits_of(x, w, y, m, s), "z", rtol=1e-9)


def logits_past_the_end(trial):
    """All rows of the right class so far away that the margin turns them round."""
    m, s = float(trial.rng.uniform(0.9, 1.2)), 10.0
    x = unit(trial.rng.normal(size=(4, 4)))
    y = trial.rng.permutation(4)
    w = unit(trial.rng.normal(size=(12, 4))).reshape(4, 3, 4)
    for i, j in enumerate(y):
        theta = trial.rng.permutation([2.35, 2.65, 2.95])
        w[j] = at_angle(trial.rng, np.tile(x[i], (3, 1)), theta)
    close(trial.call(x, w, y, m, s), logits_of(x, w, y, m, s), "z", rtol=1e-9)


def logits_in_float32(trial):
    x, w, y = _batch(trial)
    x, w = x.astype(np.float32), w.astype(np.float32)
    expected = logits_of(x.astype(float), w.astype(float), y, 0.5, 16.0)
    given = trial.call(x, w, y, 0.5, 16.0)
    close(given, expected, "z", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 18.3
# --------------------------------------------------------------------------------------


def _slopes(x, w, y, m, s, g):
    """By differences of the logits."""
    dx = gradient(lambda v: (g * logits_of(v, w, y, m, s)).sum(), x)
    dw = gradient(lambda v: (g * logits_of(x, v, y, m, s)).sum(), w)
    return dx, dw


def _question(trial, n=4, c=3, k=3):
    x, w, y = _batch(trial, n, c, k)
    return x, w, y, *_settings(trial), trial.rng.normal(size=(n, c))


def slopes_by_x(trial):
    for k in (1, 3):
        asked = _question(trial, k=k)
        close(trial.call(*asked)[0], _slopes(*asked)[0], "dx", rtol=1e-6)


def slopes_by_w(trial):
    """With more rows than samples, so that some win nothing."""
    for n, c, k in ((4, 2, 1), (2, 2, 4)):
        asked = _question(trial, n, c, k)
        close(trial.call(*asked)[1], _slopes(*asked)[1], "dw", rtol=1e-6)


def slopes_past_the_end(trial):
    m, s = float(trial.rng.uniform(0.9, 1.2)), 10.0
    x = unit(trial.rng.normal(size=(2, 4)))
    y = trial.rng.permutation(2)
    w = np.empty((2, 2, 4))
    for i, j in enumerate(y):
        theta = trial.rng.permutation([2.35, 2.8])
        w[j] = at_angle(trial.rng, np.tile(x[i], (2, 1)), theta)
    asked = x, w, y, m, s, np.where(np.arange(2) == y[:, None], 1.0, 0.0)
    for given, right, name in zip(
        trial.call(*asked), _slopes(*asked), ("dx", "dw"), strict=True
    ):
        close(given, right, name, rtol=1e-6)


def slopes_at_a_tie(trial):
    for _ in range(3):
        x, w, k = _along_axes(trial)
        m, s = _settings(trial)
        y = trial.rng.integers(3, size=1)
        g = trial.rng.normal(size=(1, 3))
        # The first row alone has what it has where the others are not there.
        alone = np.take_along_axis(w, k[0][:, None, None], axis=1)
        dx, of_first = _slopes(x, alone, y, m, s, g)
        dw = np.zeros_like(w)
        np.put_along_axis(dw, k[0][:, None, None], of_first, axis=1)
        given = trial.call(x, w, y, m, s, g)
        close(given[0], dx, "dx", rtol=1e-6)
        close(given[1], dw, "dw", rtol=1e-6)


def slopes_of_own_logits(trial):
    x, w, y, m, s, g = _question(trial, 3, 2, 2)

    def own(x, w):
        z = trial.own("sub_center_logits", x, w, y, m, s)
        return float((g * shaped(z, g.shape, "z")).sum())

    dx, dw = trial.call(x, w, y, m, s, g)
    agrees(
        dx,
        gradient(lambda v: own(v, w), x, rng=trial.rng),
        "dx",
        "sub_center_logits",
        rtol=1e-6,
    )
    agrees(
        dw,
        gradient(lambda v: own(x, v), w, rng=trial.rng),
        "dw",
        "sub_center_logits",
        rtol=1e-6,
    )


def slopes_in_float32(trial):
    x, w, y, m, s, g = _question(trial)
    x, w, g = (a.astype(np.float32) for a in (x, w, g))
    right = _slopes(*(a.astype(float) for a in (x, w)), y, m, s, g.astype(float))
    given = trial.call(x, w, y, m, s, g)
    for one, other, name in zip(given, right, ("dx", "dw"), strict=True):
        close(one, other, name, rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 18.4
# --------------------------------------------------------------------------------------


def dominant_of(x, w, y):
    nearest = cosines_of(x, w).argmax(axis=2)
    found = []
    for j in range(len(w)):
        wins = np.bincount(nearest[y == j, j], minlength=w.shape[1])
        found.append(int(wins.argmax()))
    return np.array(found)


def _crowd(trial, sizes, d=6):
    """Samples near rows that are far apart: sizes[j][k] of them at row k of class j.

    The largest group is the loosest, the smallest the tightest; a row is the longer,
    the fewer samples it has.
    """
    sizes = np.array(sizes)
    c, k = sizes.shape
    w = np.linalg.qr(trial.rng.normal(size=(d, d)))[0][: c * k].reshape(c, k, d)
    x, y = [], []
    for j in range(c):
        for row, n in zip(w[j], sizes[j], strict=True):
            theta = trial.rng.uniform(0.8, 1.2, size=n) * (0.05 + 0.04 * n)
            x.append(at_angle(trial.rng, np.tile(row, (n, 1)), theta))
            y += [j] * n
    order = trial.rng.permutation(len(y))
    x, y = np.concatenate(x)[order], np.array(y)[order]
    lengths = trial.rng.uniform(1, 2, size=(c, k, 1)) * 2.0 ** -sizes[:, :, None]
    return x * any_lengths(trial.rng, len(y)), w * lengths, y


def _shuffled(trial, *rows):
    return [trial.rng.permutation(row) for row in rows]


def most_samples(trial):
    threes = [[7, 3, 1], [2, 1, 6], [1, 5, 2], [4, 1, 0], [3, 0, 6]]
    twos = [[1, 6], [5, 2], [0, 3], [2, 4], [6, 1], [1, 3], [3, 2], [0, 2]]
    for sizes in (threes, twos):
        x, w, y = _crowd(trial, _shuffled(trial, *sizes), d=16)
        close(trial.call(x, w, y), dominant_of(x, w, y), "rows", rtol=0)


def samples_of_other_classes(trial):
    """Two classes at the same rows, one of which has the most at the other end."""
    for _ in range(6):
        sizes = trial.rng.permutation([7, 2, 1])
        x, w, _ = _crowd(trial, [sizes])
        of_group = cosines_of(x, w)[:, 0].argmax(axis=1)
        # The second class has all but one of the largest group, and nothing else.
        y = np.zeros(len(x), int)
        y[np.flatnonzero(of_group == sizes.argmax())[:6]] = 1
        w = np.concatenate([w, w[:, trial.rng.permutation(3)]])
        if trial.rng.random() < 0.5:
            y, w = 1 - y, w[::-1]
        close(trial.call(x, w, y), dominant_of(x, w, y), "rows", rtol=0)


def ties_and_empty_classes(trial):
    """Of seven classes one is empty, and in the others two of three rows tie."""
    for _ in range(2):
        sizes = [trial.rng.permutation([1, 3, 3]) for _ in range(5)]
        sizes += [np.array([1, 3, 3]), np.zeros(3, int)]
        sizes = np.array(sizes)[trial.rng.permutation(7)]
        x, w, y = _crowd(trial, sizes, d=21)
        close(trial.call(x, w, y), dominant_of(x, w, y), "rows", rtol=0)


def labels_of_one_byte(trial):
    """As many classes as make the number of a row, in one byte, another one."""
    w = _rows(trial, 8, 3, 8)
    y = trial.rng.permutation(8)
    nearest = np.append(trial.rng.integers(3, size=7), 1)
    near = unit(w[y, nearest[y]])
    x = at_angle(trial.rng, near, trial.rng.uniform(0.05, 0.1, size=8))
    w = np.concatenate([np.tile(w[:1], (117, 1, 1)), w])
    y = (y + 117).astype(np.uint8)
    close(trial.call(x, w, y), dominant_of(x, w, y), "rows", rtol=0)


# 18.5
# --------------------------------------------------------------------------------------


def _expect_dropped(trial, x, w, y, degrees):
    row = w[y, dominant_of(x, w, y)[y]]
    angle = np.degrees(np.arccos(np.clip((unit(x) * unit(row)).sum(axis=1), -1, 1)))
    sure = np.abs(angle - degrees) > 0.01
    given = trial.call(x[sure], w, y[sure], degrees)
    close(given, (angle > degrees)[sure], "dropped", rtol=0)


def far_from_the_dominant_row(trial):
    """Of each class one sample is far away from all of its rows."""
    for sizes in ([[6, 3, 1], [1, 2, 5]], [[4, 1], [2, 5], [0, 3]]):
        x, w, y = _crowd(trial, _shuffled(trial, *sizes))
        labels = trial.rng.permutation(len(w))
        others = unit(w[(labels + 1) % len(w), 0])
        theta = trial.rng.uniform(0.05, 0.1, size=len(w))
        x = np.concatenate([x, at_angle(trial.rng, others, theta)])
        y = np.append(y, labels)
        order = trial.rng.permutation(len(y))
        x, y = x[order], y[order]
        _expect_dropped(trial, x, w, y, float(trial.rng.uniform(60, 80)))


def near_another_row(trial):
    """A sample of another row is kept if it is not far away from the dominant one."""
    w = unit(trial.rng.normal(size=(1, 5)))
    rows = np.concatenate(
        [w, at_angle(trial.rng, w, [0.9]), at_angle(trial.rng, w, [2.2])]
    )
    counts = [5, 3, 2]
    theta = [trial.rng.uniform(0.02, 0.1, size=n) for n in counts]
    x = np.concatenate(
        [
            at_angle(trial.rng, np.tile(row, (n, 1)), t)
            for row, n, t in zip(rows, counts, theta, strict=True)
        ]
    )
    order = trial.rng.permutation(3)
    other = unit(trial.rng.normal(size=(1, 3, 5)).reshape(3, 5))[None]
    w = np.concatenate([rows[order][None], other])
    x = x[trial.rng.permutation(10)] * any_lengths(trial.rng, 10)
    _expect_dropped(trial, x, w, np.zeros(10, int), float(trial.rng.uniform(70, 80)))


def any_threshold(trial):
    x, w, y = _batch(trial, 24, 2, 2)
    row = w[y, dominant_of(x, w, y)[y]]
    angle = np.degrees(np.arccos(np.clip((unit(x) * unit(row)).sum(axis=1), -1, 1)))
    ends = np.sort(angle)
    for place in (3, 8, 14, 20):
        _expect_dropped(trial, x, w, y, float(ends[place - 1 : place + 1].mean()))


def rows_and_samples_of_any_length(trial):
    x, w, y = _crowd(trial, _shuffled(trial, [5, 2, 1], [1, 1, 4]))
    x = unit(x) * lengths_of_any_order(trial.rng, len(x))
    lengths = lengths_of_any_order(trial.rng, 6).reshape(2, 3, 1)
    w = w / np.linalg.norm(w, axis=2, keepdims=True) * lengths
    _expect_dropped(trial, x, w, y, 75.0)


TASKS = (
    Task(
        id="18.1",
        title="The largest cosine of each class",
        function="class_cosines",
        outputs=("c", "k"),
        section="One row must stand",
        next=(
            "In angles it is the smallest of K: within 20° of the class is whoever is"
            " within 20° of one of its rows."
        ),
        hints=(
            (
                "All N·C·K cosines fit into one array. What is asked of it are two"
                " functions of NumPy along its last axis, one for the value and one for"
                " the place; of equal values the second gives the first place."
            ),
            (
                "Divide x and w by their lengths along the last axis, by 1 where these"
                " are 0. np.einsum over the D features, or a product with w laid out as"
                " (C·K, D) and a reshape to (N, C, K), gives the cosines; take max and"
                " argmax over K."
            ),
        ),
        checks=(
            Check(
                "the largest cosine",
                2,
                largest_cosines,
                "The largest x̂·ŵ over the K rows, for every class; it may be below 0.",
            ),
            Check(
                "the row that has it",
                2,
                rows_that_have_them,
                "The place of the largest *cosine*: a row that is long is not nearer.",
            ),
            Check(
                "the first of those that tie",
                1,
                first_row_of_a_tie,
                "Of rows that are equally near the first one counts.",
            ),
            Check(
                "rows of every length",
                1,
                rows_of_every_length,
                "Divide by the length itself: nothing is added to it, and there is no"
                " least one.",
                about="digits",
                otherwise=(
                    "Lengths of 1e-20 and 1e20 say nothing of an angle. Divide by the"
                    " length itself."
                ),
            ),
            Check(
                "rows of zeros",
                1,
                rows_of_zeros,
                "0/0 is NaN. The cosine of a row of zeros is 0: divide by 1 there.",
                about="not finite",
                otherwise=(
                    "The cosine of a row of zeros is 0, which may well be the largest"
                    " of its class."
                ),
            ),
            keeps_float32(cosines_in_float32),
        ),
    ),
    Task(
        id="18.2",
        title="The logits of Sub-center ArcFace",
        function="sub_center_logits",
        outputs=("z",),
        section="The largest cosine, and then",
        next=(
            "Adding the margin to all K angles first gives the same, as long as none of"
            " them is past π − m. Past it, the row that is farthest away would win."
        ),
        hints=(
            (
                "Task 18.1 leaves one cosine a class. From there on it is ArcFace:"
                " replace one entry in each row by the cosine of the wider angle, and"
                " multiply everything by s."
            ),
            (
                "cos(θ + m) = cos θ cos m − sin θ sin m, with sin θ = √(1 − c²), which"
                " is enough here. np.arange(N) and y index the entries of the right"
                " classes. Work on a new array."
            ),
        ),
        checks=(
            Check(
                "one row a class is ArcFace",
                1,
                logits_of_one_row,
                "With K = 1: s cos θ, and s cos(θ + m) for the right class.",
            ),
            Check(
                "the other classes",
                2,
                logits_of_other_classes,
                "s times the largest cosine of each class, without a margin. There are"
                " C logits a sample.",
            ),
            Check(
                "the right class",
                2,
                logits_of_right_classes,
                "s cos(θ + m), θ being the angle to the nearest row of the class.",
            ),
            Check(
                "the nearest row past π − m",
                1,
                logits_past_the_end,
                "First the largest cosine, then the margin, and cos(θ + m) past π as"
                " well. In the other order a row that is farther away may win, since"
                " the cosine rises there.",
            ),
            keeps_float32(logits_in_float32),
        ),
    ),
    Task(
        id="18.3",
        title="The winner takes the gradient",
        function="sub_center_backward",
        outputs=("dx", "dw"),
        section="The winner takes the gradient",
        next=(
            "A difference check disagrees at a tie: it sees half of the first row's"
            " gradient, and the other half at the second row."
        ),
        hints=(
            (
                "Turn g into a gradient by the N·C cosines first. Each of these belongs"
                " to one row: an array (N, C, K) that is zero but at the winners holds"
                " the same, and with it everything is a linear layer of C·K rows."
            ),
            (
                "slope = s g, and at (i, y_i) also times cos m + c sin m/sin θ. Put it"
                " where k of task 18.1 equals np.arange(K). Summed over rows with ŵ it"
                " is what arrives at x̂, summed over samples with x̂ what arrives at"
                " ŵ. Of each, take away the part along x̂ or ŵ, and divide by the"
                " length."
            ),
        ),
        checks=(
            Check(
                "the gradient by x",
                3,
                slopes_by_x,
                "Of each class, the nearest row ŵ, times the slope, without its part"
                " along x̂, and divided by |x|.",
            ),
            Check(
                "the gradient by w",
                4,
                slopes_by_w,
                "Each sample adds to the nearest row of each class, and to no other"
                " one; x̂ without its part along ŵ, divided by |w|.",
            ),
            Check(
                "past π − m",
                1,
                slopes_past_the_end,
                "The slope of s cos(θ + m) by the cosine is s (cos m + c sin m/sin θ),"
                " and below 0 there.",
            ),
            Check(
                "the first of those that tie",
                2,
                slopes_at_a_tie,
                "Of rows that are equally near, the first has all of the gradient.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_logits,
                "Your `sub_center_logits` and this gradient do not belong together.",
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="18.4",
        title="The dominant row",
        function="dominant_rows",
        outputs=("rows",),
        section="Two labels in five",
        next=(
            "At test time the dominant rows are a classifier of one row a class, and"
            " the others can be thrown away."
        ),
        hints=(
            (
                "Each sample votes once, for one row of one class. What is asked is"
                " who has the most votes in each class."
            ),
            (
                "The k of task 18.1, at (i, y_i), is the vote of sample i in class y_i."
                " Count them in an array (C, K): np.add.at counts a place as often as"
                " it is named. Then argmax over K."
            ),
        ),
        checks=(
            Check(
                "most of its samples",
                3,
                most_samples,
                "Count, class by class, to which row each of its samples is nearest.",
            ),
            Check(
                "samples of other classes",
                2,
                samples_of_other_classes,
                "Only the samples that have the label of the class count for its rows.",
            ),
            Check(
                "ties, and classes without samples",
                1,
                ties_and_empty_classes,
                "The first of the rows that are nearest to as many; row 0 where there"
                " are none.",
            ),
            Check(
                "labels of one byte",
                1,
                labels_of_one_byte,
                "Labels may be uint8, in which 118·3 does not fit. Do not compute with"
                " them, or convert them first.",
            ),
        ),
    ),
    Task(
        id="18.5",
        title="Who is dropped",
        function="far_away",
        outputs=("dropped",),
        section="Two labels in five",
        next=(
            "Look at a histogram of these angles before you choose the threshold: 75°"
            " presumes that what does not belong stands near a right angle."
        ),
        hints=(
            (
                "Every sample is compared with one row: the dominant one of the class"
                " of its label, near or not. An angle is larger where its cosine is"
                " smaller."
            ),
            (
                "Task 18.4 gives the row of each class, w[y, …] that of each sample."
                " The cosine is the inner product over both lengths. Compare it with"
                " that of the threshold, whose degrees np.radians turns into radians."
            ),
        ),
        checks=(
            Check(
                "far away from the dominant row",
                3,
                far_from_the_dominant_row,
                "True where the angle to the dominant row of the class is larger than"
                " the threshold.",
            ),
            Check(
                "near to another row",
                2,
                near_another_row,
                "Only the angle to the dominant row decides. A sample that is nearest"
                " to another row may be kept, and may be dropped.",
            ),
            Check(
                "any threshold",
                1,
                any_threshold,
                "The threshold is in degrees, and may be above a right angle, where its"
                " cosine is below 0.",
            ),
            Check(
                "samples and rows of any length",
                1,
                rows_and_samples_of_any_length,
                "An angle does not depend on lengths: divide by both.",
            ),
        ),
    ),
)
