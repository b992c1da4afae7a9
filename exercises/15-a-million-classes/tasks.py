"""Tasks of chapter 15: what a right answer is, as properties on fresh numbers."""

import itertools
import math

import numpy as np

from grader.engine.compare import Wrong, close, exact
from grader.engine.task import Check, Task, keeps_float32

TITLE = "15 (a million classes)"


def sum_below(logits, top):
    """Σ e^(z − top), to the last digit; of none it is 0."""
    return math.fsum(math.exp(z - top) for z in logits)


def top_and_sum(logits):
    """The largest of some logits, and their sum relative to it."""
    finite = [z for z in logits if z > -math.inf]
    top = max(finite, default=-math.inf)
    return top, sum_below(finite, top)


def tops_and_sums(z):
    """The same of each row of an array, as two arrays."""
    pairs = [top_and_sum(row) for row in np.asarray(z, float).tolist()]
    return np.array([top for top, _ in pairs]), np.array([o for _, o in pairs])


# 15.1
# --------------------------------------------------------------------------------------


def _seen(trial, n, raised):
    """Logits seen so far (N, 5), the top and the sum over some of them.

    Where `raised`, the top is above them all, as it is where it began at a target.
    """
    z = 2 * trial.rng.normal(size=(n, 5))
    top = z.max(axis=1) + np.where(raised, trial.rng.uniform(0.5, 2, n), 0)
    sums = [sum_below(row, m) for row, m in zip(z.tolist(), top.tolist(), strict=True)]
    return top, np.array(sums)


def _expect_folded(trial, top, others, z, rtol=1e-12, dtype=None):
    given = trial.call(top, others, z)
    rows = np.concatenate([top[:, None], z], axis=1).astype(float).tolist()
    tops = np.array([top_and_sum(row)[0] for row in rows])
    sums = [
        math.fsum([o * math.exp(before - m) if o else 0.0, sum_below(block, m)])
        if m > -math.inf
        else 0.0
        for (before, *block), o, m in zip(rows, others.tolist(), tops, strict=True)
    ]
    close(given[0], tops, "top", rtol, dtype=dtype)
    close(given[1], np.array(sums), "others", rtol, elementwise=not dtype, dtype=dtype)


def blocks_that_follow(trial):
    """Above and below what was seen, in one batch."""
    for n, size in ((7, 4), (6, 1), (5, 5), (1, 3)):
        top, others = _seen(trial, n, raised=np.arange(n) % 3 == 0)
        z = trial.rng.normal(size=(n, size))
        where = trial.rng.permutation(np.resize([4.0, -1.0, -4.0], n))
        _expect_folded(trial, top, others, z + (top + where)[:, None])
    trial.expect_inputs_unchanged()


def blocks_far_away(trial):
    """The whole a thousand above or below 0; and the block that from what was seen.

    The logarithm of a sum, if an answer takes it, has three digits less there.
    """
    top, others = _seen(trial, 6, raised=trial.rng.permutation([True, False] * 3))
    z = top[:, None] + 2 * trial.rng.normal(size=(6, 4))
    far = np.array([1000.0, -1000.0, 0.0, 0.0, 5000.0, -5000.0])
    apart = np.array([0.0, 0.0, 900.0, -900.0, 0.0, 900.0])
    _expect_folded(trial, top + far, others, z + (far + apart)[:, None], rtol=1e-9)


def nothing_seen(trial):
    """The first block, of which some rows are targets only; then such a block after
    others; then none."""
    n = 6
    nothing = np.full(n, -np.inf)
    z = 3 * trial.rng.normal(size=(n, 3))
    z[trial.rng.permutation(n)[:4], trial.rng.integers(0, 3, 4)] = -np.inf
    only = trial.rng.permutation(n)[:2]
    z[only] = -np.inf
    _expect_folded(trial, nothing, np.zeros(n), z)
    top, others = _seen(trial, n, raised=trial.rng.permutation([True, False] * 3))
    one = top[:, None] + trial.rng.normal(size=(n, 1))
    one[trial.rng.permutation(n)[:3]] = -np.inf
    _expect_folded(trial, top, others, one)
    top[only], others[only] = -np.inf, 0
    _expect_folded(trial, top, others, np.zeros((n, 0)))


def folded_in_float32(trial):
    top, others = _seen(trial, 6, raised=np.arange(6) % 3 == 0)
    z = top[:, None] + 2 * trial.rng.normal(size=(6, 4))
    single = (a.astype(np.float32) for a in (top, others, z))
    _expect_folded(trial, *single, rtol=1e-5, dtype=np.float32)


# 15.2
# --------------------------------------------------------------------------------------


def _shares(trial, widths, n, level=0.0, learned=0.5):
    """What each part knows of n samples, and the three numbers over all parts.

    A part has some of the classes; `learned` is the share of the samples whose target
    is above all other logits.
    """
    z = level + 2 * trial.rng.normal(size=(n, sum(widths)))
    y = trial.rng.permutation(np.resize(np.arange(z.shape[1]), n))
    rows, known = np.arange(n), []
    is_learned = trial.rng.permutation(rows < learned * n)
    z[rows, y] += np.where(is_learned, 9 + trial.rng.uniform(0, 1, n), 0)
    starts = np.concatenate([[0], np.cumsum(widths)])
    for start, stop in itertools.pairwise(starts):
        own = (y >= start) & (y < stop)
        rest = np.where(np.arange(start, stop) == y[:, None], -np.inf, z[:, start:stop])
        known.append((np.where(own, z[rows, y], 0.0), *tops_and_sums(rest)))
    others = np.where(np.arange(z.shape[1]) == y[:, None], -np.inf, z)
    target, top = z[rows, y], z.max(axis=1)
    sums = [
        sum_below([v for v in row if v > -math.inf], m)
        for row, m in zip(others.tolist(), top.tolist(), strict=True)
    ]
    return [np.stack(a) for a in zip(*known, strict=True)], (target, top, sums)


def _expect_merged(trial, parts, expected, rtol=1e-12):
    given = trial.call(*parts)
    close(given[0], expected[0], "target", rtol)
    close(given[1], expected[1], "top", rtol)
    close(given[2], np.array(expected[2]), "others", rtol, elementwise=True)


def two_blocks(trial):
    for widths in ((6, 6), (3, 9), (7, 2)):
        _expect_merged(trial, *_shares(trial, widths, 8))
    trial.expect_inputs_unchanged()


def many_ranks(trial):
    """One of them without a class, and one with a class that is some sample's own;
    then some without, one after the other, at both ends."""
    for widths in ((4, 3, 5), (6, 0, 5, 1), (1, 4, 1, 0, 3)):
        _expect_merged(trial, *_shares(trial, trial.rng.permutation(widths), 11))
    _expect_merged(trial, *_shares(trial, (0, 0, 6, 4, 0, 0), 11))


def all_far_from_zero(trial):
    """The logits below −700, where a 0 would be far above them; then above 700."""
    for level in (-720.0, 750.0):
        _expect_merged(trial, *_shares(trial, (5, 4, 6), 9, level), rtol=1e-9)
    # what some parts know is 800 below what others do
    parts, expected = _shares(trial, (5, 4), 8, learned=0.0)
    low = trial.rng.permutation(np.arange(8) % 2 == 0)
    own = parts[0] != 0
    keep = low & (own[0] | own[1])
    k = np.where(own[0], 1, 0)  # the part without the own class
    lifted = np.where(keep, 800.0, 0.0)
    tops = parts[1].copy()
    tops[k, np.arange(8)] += lifted
    top = np.maximum(expected[0], tops.max(axis=0))
    sums = [
        math.fsum(
            o * math.exp(t - m) for o, t in zip(column_o, column_t, strict=True) if o
        )
        for column_o, column_t, m in zip(parts[2].T, tops.T, top, strict=True)
    ]
    expected = (expected[0], top, sums)
    _expect_merged(trial, [parts[0], tops, parts[2]], expected, rtol=1e-9)


# 15.3
# --------------------------------------------------------------------------------------


def loss_of(target, top, others):
    """By the case: beside a target at the top there may be next to nothing."""
    if target == top:
        return math.log1p(others)
    return (top - target) + math.log(others + math.exp(target - top))


def _expect_losses(trial, target, top, others, compare=close, **how):
    expected = [
        loss_of(*sample)
        for sample in zip(*(a.tolist() for a in (target, top, others)), strict=True)
    ]
    compare(trial.call(target, top, others), np.array(expected), "losses", **how)


def _sums(trial, n=8):
    """Half of the targets at the top, and half up to 5 below it."""
    top = 5 * trial.rng.normal(size=n)
    below = trial.rng.permutation(np.arange(n) % 2) * trial.rng.uniform(0.5, 5, n)
    others = np.where(
        below > 0, trial.rng.uniform(1, 9, n), trial.rng.uniform(0.1, 3, n)
    )
    return top - below, top, others


def losses_of_ordinary_sums(trial):
    for _ in range(3):
        _expect_losses(trial, *_sums(trial), rtol=1e-12)
    trial.expect_inputs_unchanged()


def large_losses(trial):
    n = 8
    top = 30 * trial.rng.normal(size=n)
    below = trial.rng.permutation([80, 95, 130, 400, 720, 800, 2000, 6000])
    target = top - below - trial.rng.uniform(0, 9, n)
    _expect_losses(trial, target, top, trial.rng.uniform(1, 9, n), rtol=1e-12)


def small_losses(trial):
    """From 1e-20 to 1e-200, each right in itself; then some that are not tiny."""
    n = 8
    top = trial.rng.permutation([30.0, -30.0] * 4) + trial.rng.normal(size=n)
    power = trial.rng.permutation(np.linspace(-20, -200, n))
    tiny = trial.rng.uniform(1, 9, n) * 10.0**power
    _expect_losses(trial, top.copy(), top, tiny, exact)
    nearly = trial.rng.uniform(1, 9, n) * 10.0 ** -trial.rng.permutation(np.arange(n))
    _expect_losses(trial, top.copy(), top, nearly, exact)


def losses_in_float32(trial):
    single = (a.astype(np.float32) for a in _sums(trial))
    _expect_losses(trial, *single, rtol=1e-5, dtype=np.float32)


# 15.4
# --------------------------------------------------------------------------------------


def _rank(trial, n, size, start, classes):
    """The logits of a rank, and labels of all ranks: some here, some before, some
    behind.

    Its first and its last class are some sample's, and so are those next to them.
    """
    z = 2 * trial.rng.normal(size=(n, size))
    edges = [start - 1, start, start + size - 1, start + size]
    some = trial.rng.integers(0, classes, n - 4)
    y = trial.rng.permutation([*(np.clip(edges, 0, classes - 1)), *some])
    return z, y, start


def _expect_known(trial, z, y, start):
    given = trial.call(z, y, start)
    columns = np.arange(start, start + z.shape[1])
    is_own = columns == y[:, None]
    target = np.where(is_own, z, 0).sum(axis=1)
    top, others = tops_and_sums(np.where(is_own, -np.inf, z))
    close(given[0], target, "target", rtol=1e-12)
    close(given[1], top, "top", rtol=1e-12)
    close(given[2], others, "others", rtol=1e-12)


def first_and_second_rank(trial):
    """Of two equal ones; and the one rank that has all classes."""
    for start in (0, 5, 5, 0):
        _expect_known(trial, *_rank(trial, 9, 5, start, 10))
    _expect_known(trial, *_rank(trial, 7, 6, 0, 6))
    trial.expect_inputs_unchanged()


def rank_in_the_middle(trial):
    for size, start, classes in ((4, 3, 12), (6, 4, 11), (5, 5, 15)):
        _expect_known(trial, *_rank(trial, 12, size, start, classes))


def rank_of_few(trial):
    """One class, which is some samples' own; none; and logits far from 0."""
    _expect_known(trial, *_rank(trial, 8, 1, 1, 3))
    z, y, start = _rank(trial, 8, 4, 2, 8)
    _expect_known(trial, z + trial.rng.choice([-800.0, 800.0], (8, 1)), y, start)
    _expect_known(trial, np.zeros((8, 0)), y, start)


# 15.5
# --------------------------------------------------------------------------------------


def gradients_of(u, w, y, margin):
    """Sample by sample, with all classes in sight."""
    du, dw = np.zeros(u.shape), np.zeros(w.shape)
    for i, (features, label) in enumerate(zip(u.astype(float), y, strict=True)):
        z = w.astype(float) @ features
        z[label] -= margin
        e = np.exp(z - z.max())
        slope = e / math.fsum(e)
        slope[label] = -math.fsum(np.delete(slope, label))
        du[i] = slope @ w / len(u)
        dw += np.outer(slope, features) / len(u)
    return du, dw


def _sums_over_all(u, w, y, margin):
    z = u.astype(float) @ w.astype(float).T
    rows = np.arange(len(y))
    z[rows, y] -= margin
    top, target = z.max(axis=1), z[rows, y]
    e = np.exp(z - top[:, None])
    e[rows, y] = 0
    return [a.astype(u.dtype) for a in (target, top, e.sum(axis=1))]


def _expect_gradients(trial, u, w, counts, y, margin, rtol=1e-10, dtype=None):
    given = trial.call(u, w, np.array(counts), y, *_sums_over_all(u, w, y, margin))
    expected = gradients_of(u, w, y, margin)
    close(given[0], expected[0], "du", rtol, dtype=dtype)
    close(given[1], expected[1], "dw", rtol, dtype=dtype)


def _problem(trial, n, classes, d=4):
    """A label in the first and in the last class; some samples learned, some not."""
    w = trial.rng.normal(size=(classes, d))
    y = np.append([0, classes - 1], trial.rng.integers(0, classes, n - 2))
    y = trial.rng.permutation(y)
    pull = trial.rng.uniform(0.5, 1.5, (n, 1))
    return trial.rng.normal(size=(n, d)) + pull * w[y], w, y


def gradients_of_two_ranks(trial):
    for counts in ((4, 4), (3, 5), (2, 6)):
        u, w, y = _problem(trial, 7, 8)
        _expect_gradients(trial, u, w, counts, y, float(trial.rng.uniform(1, 2)))
    trial.expect_inputs_unchanged()


def gradients_of_any_ranks(trial):
    """One that has all classes; one that has none; more ranks than samples."""
    for counts in ((9,), (2, 0, 5, 2), (1, 1, 3, 1, 2, 1), (3, 4, 0)):
        u, w, y = _problem(trial, 5, sum(counts))
        _expect_gradients(trial, u, w, counts, y, float(trial.rng.uniform(1, 2)))


def gradients_of_large_logits(trial):
    """A constant feature raises, or lowers, all logits by 900 and more."""
    for level in (900.0, -900.0):
        u, w, y = _problem(trial, 6, 7)
        u[:, 0], w[:, 0] = 30.0, level / 30
        _expect_gradients(trial, u, w, (3, 4), y, 1.0, rtol=1e-9)


def gradients_of_learned_samples(trial):
    """O is at most 1e-18: p_t has been 1 for long. At right angles, nearly."""
    turned, _ = np.linalg.qr(trial.rng.normal(size=(8, 8)))
    for counts in ((3, 3), (1, 2, 3)):
        w = turned[:6] + 0.02 * trial.rng.normal(size=(6, 8))
        y = trial.rng.permutation(6)[:5]
        u = w[y] * trial.rng.uniform(60, 70, (5, 1))
        _expect_gradients(trial, u, w, counts, y, 2.0)


def gradients_in_float32(trial):
    u, w, y = _problem(trial, 6, 7)
    single = (a.astype(np.float32) for a in (u, w))
    _expect_gradients(trial, *single, (3, 4), y, 1.5, rtol=1e-5, dtype=np.float32)


# 15.6
# --------------------------------------------------------------------------------------


def _step(trial, n, classes, rate):
    """Numbers of all classes, and labels, some of them twice, some below the rate.

    A few numbers equal the rate, and are not below it.
    """
    numbers = trial.rng.uniform(size=classes)
    numbers[:: classes // 5] = rate
    low = np.flatnonzero(numbers < rate)
    some = trial.rng.integers(0, classes, n)
    y = np.concatenate([some, some[: n // 2], trial.rng.permutation(low)[: n // 4]])
    return numbers, trial.rng.permutation(y)


def _expect_sample(trial, numbers, y, start, rate):
    expected = [
        j
        for j, number in enumerate(numbers.tolist())
        if number < rate or start + j in y.tolist()
    ]
    given = trial.call(numbers, y, start, rate)
    # the wrong number of rows is a wrong sample, and no wrong shape
    if np.ndim(given) == 1 and len(given) != len(expected):
        raise Wrong(
            "`rows` has another length",
            output="rows",
            expected=f"{len(expected)} rows",
            given=f"{len(given)}",
        )
    close(given, np.array(expected), "rows", rtol=0)


def sample_of_all(trial):
    for n, rate in ((8, 0.3), (12, 0.1), (4, 0.5)):
        numbers, y = _step(trial, n, 60, rate)
        _expect_sample(trial, numbers, y, 0, rate)
    trial.expect_inputs_unchanged()


def sample_of_a_rank(trial):
    """The second half: y − start reaches back to the first row and not further."""
    for n, rate in ((12, 0.2), (10, 0.35)):
        numbers, y = _step(trial, n, 60, rate)
        y = np.append(y, trial.rng.permutation([0, 29, 30, 59]))
        _expect_sample(trial, numbers[30:], y, 30, rate)


def sample_for_any_number_of_ranks(trial):
    """The same step on 2, 3 and 7 ranks, of any sizes, one of them empty."""
    numbers, y = _step(trial, 12, 80, 0.25)
    for ranks in (2, 3, 7):
        inner = np.sort(trial.rng.permutation(np.arange(8, 73))[: ranks - 1])
        edges = np.concatenate([y, inner, inner - 1])
        for start, stop in itertools.pairwise([0, *inner.tolist(), 80]):
            _expect_sample(trial, numbers[start:stop], edges, start, 0.25)
    _expect_sample(trial, numbers[40:40], y, 40, 0.25)


# 15.7
# --------------------------------------------------------------------------------------


def _correction(trial):
    always = trial.rng.permutation(np.arange(9) < trial.rng.integers(3, 6))
    m, s, rate = trial.rng.uniform([0.1, 10, 0.05], [0.6, 64, 0.4]).tolist()
    return always, m, s, rate


def added_to_the_logits(trial):
    for _ in range(3):
        always, m, s, rate = _correction(trial)
        given = trial.call(always, m, s, rate)[0]
        added = [0.0 if known else -math.log(rate) for known in always.tolist()]
        close(given, np.array(added), "added", rtol=1e-12)
    trial.expect_inputs_unchanged()


def margin_to_give(trial):
    """With one class of all it can be seen: r e^(s c) against e^(s (c − m'))."""
    for _ in range(3):
        always, m, s, rate = _correction(trial)
        given = trial.call(always, m, s, rate)[1]
        close(given, (s * m - math.log(rate)) / s, "margin", rtol=1e-12)
    always, m, s, _ = _correction(trial)
    close(trial.call(always, m, s, 1.0)[1], m, "margin", rtol=1e-12)


TASKS = (
    Task(
        id="15.1",
        title="One more block",
        function="fold_block",
        outputs=("top", "others"),
        section="The logits are never all there",
        next=(
            "How large the blocks are does not matter. Fast attention folds blocks"
            " that fit into the fastest memory of a graphics card, and no logit is ever"
            " written out."
        ),
        hints=(
            (
                "A sum of e^(z − m) is a number and a yardstick, m. Two sums can be"
                " added if they have one yardstick; changing it multiplies the number"
                " by one factor."
            ),
            (
                "First find the new top, sample by sample: what if the block is empty,"
                " or all −∞? Then bring the old sum to it with a factor that is at most"
                " 1, and add the block's exponentials, of which none is above 1. Where"
                " the new top is still −∞, subtract something finite."
            ),
        ),
        checks=(
            Check(
                "a block above and below what was seen",
                3,
                blocks_that_follow,
                "The old sum has the factor e^(old top − new top), and the block's"
                " exponentials are relative to the new top.",
            ),
            Check(
                "logits near ±1000, and blocks 900 apart",
                2,
                blocks_far_away,
                "No exponent may be above 0: subtract the new top before you"
                " exponentiate.",
                about="not finite",
            ),
            Check(
                "nothing seen yet, targets only, no class at all",
                2,
                nothing_seen,
                "−∞ − (−∞) is NaN, and a maximum of nothing is an error unless it is"
                " told where to begin (initial=).",
                about="not finite",
                otherwise=(
                    "What is −∞ adds nothing: where nothing else was seen, top stays"
                    " −∞ and others 0; where something was, both stay as they are."
                ),
            ),
            keeps_float32(folded_in_float32),
        ),
    ),
    Task(
        id="15.2",
        title="Two blocks, or all ranks",
        function="merged",
        outputs=("target", "top", "others"),
        section="The logits are never all there",
        next=(
            "It does not matter, but for rounding: any order and any grouping gives the"
            " same. So P processes need three reductions of N numbers each, a SUM, a"
            " MAX and a SUM again, in which the number of classes does not appear."
        ),
        hints=(
            (
                "Each of the three numbers goes its own way. One is known to one part"
                " only, one is a largest, and one is a sum in which every part has its"
                " own yardstick."
            ),
            (
                "Sum the targets; take the maximum of that and of all tops; and before"
                " the sums are added, give each the factor that makes it relative to"
                " that maximum. A part with −∞ and 0 then needs no care."
            ),
        ),
        checks=(
            Check(
                "two blocks",
                3,
                two_blocks,
                "t is the sum of the targets, M the maximum of t and all tops, and O"
                " the sum of others · e^(top − M).",
            ),
            Check(
                "any number of ranks, some without a class",
                2,
                many_ranks,
                "Reduce over axis 0, however long it is; e^−∞ is 0 by itself.",
            ),
            Check(
                "logits of −700, of 700, and 800 apart",
                2,
                all_far_from_zero,
                "M is a logit of the sample, the target or another. A 0 that stands for"
                " no logit must not be taken for one, and no exponent may be above 0.",
            ),
        ),
    ),
    Task(
        id="15.3",
        title="The loss that is left",
        function="loss_of_sums",
        outputs=("losses",),
        section="The logits are never all there",
        next=(
            "A loss of 1e-30 looks like nothing, but its gradient points somewhere. A"
            " loss rounded to 0 has none, and a clamped one has none either, just where"
            " the sample is worst."
        ),
        hints=(
            (
                "Divide the fraction by e^M above and below: the sum becomes O + e^(t −"
                " M). One of the two is 1 or more, or nearly so. Which one may be tiny,"
                " and what happens when it is added to the other?"
            ),
            (
                "log(e^(t − M) / (…)) is a difference of two logarithms, one of which"
                " needs no computing. In the other the argument is 1 + something small"
                " at the end of training: find the something, without a subtraction"
                " that cancels. NumPy has a function for log(1 + a), and one for e^b −"
                " 1."
            ),
        ),
        checks=(
            Check(
                "ordinary losses",
                2,
                losses_of_ordinary_sums,
                "log(O + e^(t − M)) − (t − M).",
            ),
            Check(
                "losses from 80 to 6000",
                2,
                large_losses,
                "Where t is far below M, e^(t − M) is 0 and e^(M − t) infinite. The"
                " logarithm of the product is M − t and a logarithm.",
            ),
            Check(
                "losses down to 1e-200",
                3,
                small_losses,
                "1 + 1e-30 is 1, and its logarithm 0. np.log1p takes what is added to"
                " the 1.",
                about="digits",
                otherwise=(
                    "1 + 1e-30 is 1, and its logarithm 0. np.log1p takes what is added"
                    " to the 1."
                ),
            ),
            keeps_float32(losses_in_float32),
        ),
    ),
    Task(
        id="15.4",
        title="What one rank knows",
        function="rank_sums",
        outputs=("target", "top", "others"),
        section="The logits are never all there",
        next=(
            "np.stack of what the ranks know is what task 15.2 merges. The library"
            " starts its top at the target that all ranks have summed, one reduction"
            " earlier, and so never meets −∞."
        ),
        hints=(
            (
                "Three kinds of samples: those whose own class is before this rank, on"
                " it, and behind it. For two of them this rank has only other classes."
            ),
            (
                "Find the rows of the samples whose class is here, by two comparisons."
                " Take their target from z, and put −∞ in its place in a copy. Then all"
                " that is left are others, and task 15.1 folds one block, from −∞ and 0"
                " on."
            ),
        ),
        checks=(
            Check(
                "the first and the second of two ranks",
                3,
                first_and_second_rank,
                "A sample's class is here if start <= y and y < start + B, and then it"
                " is column y − start.",
            ),
            Check(
                "a rank in the middle",
                2,
                rank_in_the_middle,
                "Labels may lie on either side of the rank. Only the sample's own class"
                " is no other class, and only on this rank.",
            ),
            Check(
                "one class, none, and logits near ±800",
                2,
                rank_of_few,
                "Without another class, top is −∞ and others 0, and not NaN:"
                " `fold_block` gives that.",
            ),
        ),
    ),
    Task(
        id="15.5",
        title="Backward, rank after rank",
        function="gradients_by_rank",
        outputs=("du", "dw"),
        section="What was forgotten is computed again",
        next=(
            "The sum of du is the fourth and last message of a step, N·D numbers. dw is"
            " never sent: it stays where its rows are, and an optimiser may use each"
            " block at once and forget it."
        ),
        hints=(
            (
                "Write q for p times the total: e^(z − M) for the other classes. The"
                " slopes of a sample add up to 0, so the own class has what is left:"
                " minus their sum. And one factor a sample, 1/N over the total, goes"
                " over the whole row."
            ),
            (
                "Before the loop, compute the factor of each sample from O, t and M."
                " For each rank: its logits, relative to M; in the places of own"
                " classes that are here, −O; the factor. The product with the rank's"
                " weights is added to du; the transposed one with u is its part of dw."
                " Move start on."
            ),
        ),
        checks=(
            Check(
                "two ranks",
                4,
                gradients_of_two_ranks,
                "With q = e^(z − M) for the others and −O for the own class, the slopes"
                " are q / (N (O + e^(t − M))). du is the sum of the ranks' q w.",
            ),
            Check(
                "any number of ranks, some empty",
                3,
                gradients_of_any_ranks,
                "Each rank begins where the last one ended, and a sample's class is on"
                " one of them.",
            ),
            Check(
                "logits near ±900",
                1,
                gradients_of_large_logits,
                "e^900 is infinite and e^−900 is 0. Subtract M before you"
                " exponentiate.",
                about="not finite",
            ),
            Check(
                "samples learned to 1e-18",
                2,
                gradients_of_learned_samples,
                "p_t − 1 is 0 here in floating point. −O/(O + e^(t − M)) is the same"
                " and is not.",
            ),
            keeps_float32(gradients_in_float32),
        ),
    ),
    Task(
        id="15.6",
        title="A sample of the classes",
        function="sampled_rows",
        outputs=("rows",),
        section="A sample of the classes has a smaller margin",
        next=(
            "How many rows take part differs from step to step and from rank to rank."
            " That is the price for a sample that 1 process and 64 draw alike, and so"
            " for a run that can be resumed on another number of them."
        ),
        hints=(
            (
                "Every class is asked by itself: is it somebody's own, or is its number"
                " below the rate? What the other classes on this rank are must not"
                " matter."
            ),
            (
                "Mark with booleans: one comparison for the numbers, then the own"
                " classes that are here, by their place on this rank. Which places are"
                " marked, in rising order and each once, np.flatnonzero tells."
            ),
        ),
        checks=(
            Check(
                "one rank that has all classes",
                2,
                sample_of_all,
                "The classes in y, and those whose number is below the rate, each once"
                " and in rising order.",
            ),
            Check(
                "the second of two ranks",
                2,
                sample_of_a_rank,
                "Only labels from start to start + B − 1 are here, in the row y −"
                " start.",
            ),
            Check(
                "the same sample on 2, 3 and 7 ranks",
                2,
                sample_for_any_number_of_ranks,
                "Whether a class takes part may depend on its number and on y, and on"
                " nothing else: not on how many classes this rank has.",
            ),
        ),
    ),
    Task(
        id="15.7",
        title="What the sample leaves out",
        function="corrections",
        outputs=("added", "margin"),
        section="A sample of the classes has a smaller margin",
        next=(
            "Right in the mean is not right in every step. At s = 64 a handful of"
            " classes makes up nearly all of the sum, and a tenth of the classes has"
            " them or has not."
        ),
        hints=(
            (
                "Of ten classes that take part one time in ten, one is there in the"
                " mean. What must its exponential be multiplied by, to stand for all"
                " ten? What is a factor of e^z to z?"
            ),
            (
                "For the margin, compare O e^−t, the others' sum relative to the own"
                " class. Over a sample O is r times as large in the mean. t = s (cos θ"
                " − m) must make up for that factor: which m' gives r e^(s m') = e^(s"
                " m)?"
            ),
        ),
        checks=(
            Check(
                "what is added to the logits",
                3,
                added_to_the_logits,
                "1/r times as large an exponential is log(1/r) more in the logit; what"
                " always takes part stands for itself only.",
            ),
            Check(
                "the margin to give",
                3,
                margin_to_give,
                "A sample makes the loss smaller, as a smaller margin would. So the"
                " margin to give is larger, by what is worth log(1/r) in the logit.",
            ),
        ),
    ),
)
