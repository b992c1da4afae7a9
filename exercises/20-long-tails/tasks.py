"""Tasks of chapter 20: what a right answer is, as properties on fresh numbers."""

import math
from decimal import Decimal, localcontext

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.task import Check, Task, keeps_float32

TITLE = "20 (long tails)"


def _counts(trial, c=5, most=400):
    """Counts from `most` to a few, in any order."""
    falls = most ** (-np.arange(c) / c)
    n = np.round(most * falls * trial.rng.uniform(0.8, 1.25, size=c)).astype(np.int64)
    return trial.rng.permutation(np.maximum(n, 1))


def shares_of(counts):
    total = sum(int(n) for n in counts)
    return [int(n) / total for n in counts]


# 20.1
# --------------------------------------------------------------------------------------


def weights_of(counts, rest):
    """To all digits of a float64."""
    with localcontext() as context:
        context.prec = 60
        beta = 1 - Decimal(float(rest))
        one_over = [1 / (1 - beta ** int(n)) for n in counts]
        total = sum(one_over)
        return np.array([float(len(one_over) * v / total) for v in one_over])


def _expect_weights(trial, counts, rest, rtol=1e-12):
    given = trial.call(counts, rest)
    close(given, weights_of(counts, rest), "weights", rtol, elementwise=True)


def weights_between(trial):
    for rest in (0.1, 0.01, float(trial.rng.uniform(0.001, 0.5))):
        for c in (5, 2):
            _expect_weights(trial, _counts(trial, c), rest)


def weights_nearly_alike(trial):
    for rest in trial.rng.uniform([0.8, 0.5], [0.99, 0.8]).tolist():
        counts = np.maximum(_counts(trial) // 20, 1)
        _expect_weights(trial, counts, rest)


def weights_close_to_one_over_n(trial):
    for exponent in (18, 17, 12, 9, 7, 5):
        rest = float(trial.rng.uniform(1, 5)) * 10.0**-exponent
        _expect_weights(trial, _counts(trial), rest)


def weights_of_small_integers(trial):
    """Of uint8, in which a negative number is a large one."""
    counts = _counts(trial, most=200).astype(np.uint8)
    _expect_weights(trial, counts, float(trial.rng.uniform(0.001, 0.1)))
    trial.expect_inputs_unchanged()


# 20.2
# --------------------------------------------------------------------------------------


def _expect_balanced(trial, z, counts, trained, rtol=1e-12, dtype=None):
    prior = [math.log(share) for share in shares_of(counts)]
    expected = z.astype(float) - (1 - trained) * np.array(prior)
    close(trial.call(z, counts, trained), expected, "z", rtol, dtype=dtype)


def _logits(trial, n=4, c=5):
    return 2 * trial.rng.normal(size=(n, c))


def plain_training(trial):
    for c in (5, 2, 4):
        _expect_balanced(trial, _logits(trial, 4, c), _counts(trial, c), 0.0)


def adjusted_training(trial):
    """The prior is out: nothing is left to do, for some tau that is hidden."""
    for _ in range(2):
        _expect_balanced(trial, _logits(trial), _counts(trial), 1.0)
    _expect_balanced(trial, _logits(trial), _counts(trial), 0.0)


def partly_adjusted_training(trial):
    """Half of the prior, and too much of it."""
    for trained in (0.5, *trial.rng.uniform([0.1, 1.2], [0.9, 2.0]).tolist()):
        _expect_balanced(trial, _logits(trial), _counts(trial), trained)


def balanced_in_float32(trial):
    z, counts = _logits(trial).astype(np.float32), _counts(trial, most=200)
    counts = counts.astype(np.uint8)
    _expect_balanced(trial, z, counts, 0.25, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 20.3
# --------------------------------------------------------------------------------------


def accuracy_of(z, y):
    right: dict[int, list[bool]] = {}
    for row, label in zip(z.tolist(), y.tolist(), strict=True):
        right.setdefault(label, []).append(max(row) == row[label])
    return math.fsum(sum(r) / len(r) for r in right.values()) / len(right)


def _answers(trial, sizes, none_right=-1):
    """Logits with rights and wrongs in every class that has more than one image, but
    for a class of which none is right."""
    sizes = np.asarray(sizes, np.intp)
    y = np.repeat(np.arange(len(sizes)), sizes)
    z = trial.rng.normal(size=(len(y), len(sizes)))
    rows = np.arange(len(y))
    rank = rows - np.searchsorted(y, y)
    wrong = rank < trial.rng.integers(1, np.maximum(sizes, 2))[y]
    wrong |= y == none_right
    answer = np.where(
        wrong, (y + trial.rng.integers(1, len(sizes), len(y))) % len(sizes), y
    )
    z[rows, answer] = z.max(axis=1) + trial.rng.uniform(0.1, 2, size=len(y))
    order = trial.rng.permutation(len(y))
    return z[order], y[order]


def _expect_accuracy(trial, z, y):
    close(trial.call(z, y), accuracy_of(z, y), "accuracy", rtol=1e-12)


def accuracy_of_balanced_images(trial):
    for c in (3, 5):
        _expect_accuracy(trial, *_answers(trial, [int(trial.rng.integers(6, 12))] * c))


def accuracy_of_a_long_tail(trial):
    """In one of two the last class is never answered rightly."""
    for c, none_right in ((4, -1), (6, 5)):
        sizes = np.sort(trial.rng.integers(2, 60, size=c))
        sizes[-1] += 60
        sizes = trial.rng.permutation(sizes)
        _expect_accuracy(trial, *_answers(trial, sizes, none_right))


def accuracy_with_a_class_missing(trial):
    sizes = trial.rng.permutation([0, 0, 3, 9, 31])
    z, y = _answers(trial, sizes)
    _expect_accuracy(trial, z, y)
    _expect_accuracy(trial, z.astype(np.float32), y.astype(np.uint8))
    trial.expect_inputs_unchanged()


# 20.4
# --------------------------------------------------------------------------------------


def loss_of(z, y, counts, tau, gamma, omega):
    """The weighted mean, entry by entry."""
    most = max(int(n) for n in counts)
    delta = [(int(n) / most) ** gamma for n in counts]
    prior = [tau * math.log(share) for share in shares_of(counts)]
    total, weight = [], []
    for row, label in zip(np.asarray(z, float).tolist(), y, strict=True):
        moved = [d * v + i for d, v, i in zip(delta, row, prior, strict=True)]
        top = max(moved)
        log_sum = math.log(math.fsum(math.exp(v - top) for v in moved))
        total.append(float(omega[label]) * (top - moved[label] + log_sum))
        weight.append(float(omega[label]))
    return math.fsum(total) / math.fsum(weight)


def _batch(trial, n=6, c=4):
    z, counts = _logits(trial, n, c), _counts(trial, c)
    y = trial.rng.permutation(np.resize(np.arange(c), n))
    return z, y, counts, trial.rng.uniform(0.2, 3, size=c)


def _alike(trial):
    return np.full(4, float(trial.rng.uniform(0.5, 2)))


def _expect_loss(trial, z, y, counts, tau, gamma, omega, rtol=1e-12):
    expected = loss_of(z, y, counts, tau, gamma, omega)
    close(trial.call(z, y, counts, tau, gamma, omega), expected, "loss", rtol)


def _expect_slopes(trial, z, y, counts, tau, gamma, omega, rtol=1e-7, dtype=None):
    rest = (y, counts, tau, gamma, omega)
    expected = gradient(lambda moved: loss_of(moved, *rest), np.asarray(z, float))
    close(trial.call(z, *rest), expected, "dz", rtol, dtype=dtype)


def loss_with_a_prior(trial):
    for tau in (1.0, float(trial.rng.uniform(0.3, 2))):
        z, y, counts, _ = _batch(trial)
        _expect_loss(trial, z, y, counts, tau, 0.0, _alike(trial))


def loss_with_a_scale(trial):
    for tau, gamma in ((0.0, 0.3), (1.0, float(trial.rng.uniform(0.1, 0.6)))):
        z, y, counts, _ = _batch(trial)
        _expect_loss(trial, z, y, counts, tau, gamma, _alike(trial))


def loss_with_weights(trial):
    for n in (6, 3):
        z, y, counts, omega = _batch(trial, n)
        _expect_loss(trial, z, y, counts, 0.0, 0.0, omega)
        _expect_loss(trial, z, y, counts, 1.0, 0.2, omega)


def loss_of_large_logits(trial):
    for gamma in (0.0, 0.4):
        _expect_loss(trial, *_far(trial, gamma), rtol=1e-9)


def _far(trial, gamma):
    """What is largest in one row is small beside another, and one logit beside the
    others of its row. With a scale z' is in some row far from z."""
    while True:
        z, y, counts, omega = _batch(trial)
        z += trial.rng.permutation([900.0, -900.0, 0.0, 0.0, 4000.0, -4000.0])[:, None]
        z[np.arange(6), trial.rng.integers(0, 4, 6)] += trial.rng.permutation(
            [3000.0, 3000.0, -3000.0, 1500.0, 0.0, 0.0]
        )
        scaled = (counts / counts.max()) ** gamma * z
        if not gamma or np.abs(scaled.max(axis=1) - z.max(axis=1)).max() > 800:
            return z, y, counts, 1.0, gamma, omega


def loss_in_float32(trial):
    z, y, counts, omega = _batch(trial)
    z, omega = z.astype(np.float32), omega.astype(np.float32)
    y, counts = y.astype(np.uint8), np.minimum(counts, 255).astype(np.uint8)
    _expect_loss(trial, z, y, counts, 1.0, 0.3, omega, rtol=1e-5)
    trial.expect_inputs_unchanged()


# 20.5
# --------------------------------------------------------------------------------------


def slopes_with_a_prior(trial):
    z, y, counts, _ = _batch(trial)
    tau = float(trial.rng.uniform(0.5, 2))
    _expect_slopes(trial, z, y, counts, tau, 0.0, _alike(trial))


def slopes_with_a_scale(trial):
    for n in (6, 3):
        z, y, counts, _ = _batch(trial, n)
        gamma = float(trial.rng.uniform(0.1, 0.6))
        _expect_slopes(trial, z, y, counts, 1.0, gamma, _alike(trial))


def slopes_with_weights(trial):
    z, y, counts, omega = _batch(trial)
    _expect_slopes(trial, z, y, counts, 1.0, 0.3, omega)


def slopes_of_own_loss(trial):
    z, y, counts, omega = _batch(trial, 5)
    rest = (y, counts, 1.0, 0.25, omega)
    given = trial.call(z, *rest)

    def own(moved):
        return float(shaped(trial.own("vector_scaling", moved, *rest), (), "loss"))

    agrees(given, gradient(own, z, rng=trial.rng), "dz", "vector_scaling", rtol=1e-6)


def slopes_of_large_logits(trial):
    for gamma in (0.0, 0.4):
        z, *rest = _far(trial, gamma)
        close(trial.call(z, *rest), slopes_of(z, *rest), "dz", rtol=1e-9)


def slopes_of(z, y, counts, tau, gamma, omega):
    """The gradient as it is derived, for logits at which a difference has no digits."""
    most, prior = max(int(n) for n in counts), shares_of(counts)
    weight = math.fsum(float(omega[label]) for label in y)
    dz = np.zeros(z.shape)
    for i, (row, label) in enumerate(zip(z.tolist(), y, strict=True)):
        delta = [(int(n) / most) ** gamma for n in counts]
        moved = [
            d * v + tau * math.log(p) for d, v, p in zip(delta, row, prior, strict=True)
        ]
        powers = [math.exp(v - max(moved)) for v in moved]
        for j, power in enumerate(powers):
            p = power / math.fsum(powers) - (j == label)
            dz[i, j] = float(omega[label]) / weight * delta[j] * p
    return dz


def slopes_in_float32(trial):
    z, y, counts, omega = _batch(trial)
    z, omega = z.astype(np.float32), omega.astype(np.float32)
    y, counts = y.astype(np.uint8), np.minimum(counts, 255).astype(np.uint8)
    _expect_slopes(trial, z, y, counts, 1.0, 0.3, omega, rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 20.6
# --------------------------------------------------------------------------------------


def ldam_of(c, y, counts, largest, s):
    """Entry by entry."""
    least = min(int(n) for n in counts)
    margins = [largest * (least / int(n)) ** 0.25 for n in counts]
    z = [
        [s * (v - margins[j] * (j == label)) for j, v in enumerate(row)]
        for row, label in zip(np.asarray(c, float).tolist(), y, strict=True)
    ]
    return np.array(z)


def _cosines(trial, n=5, c=4):
    return trial.rng.uniform(-0.95, 0.95, (n, c)), trial.rng.permutation(
        np.resize(np.arange(c), n)
    )


def _expect_ldam(trial, c, y, counts, largest, s, rtol=1e-12, dtype=None):
    expected = ldam_of(c, y, counts, largest, s)
    close(trial.call(c, y, counts, largest, s), expected, "z", rtol, dtype=dtype)


def equal_counts(trial):
    """AM-Softmax, with one margin."""
    for n, k in ((5, 4), (3, 3)):
        c, y = _cosines(trial, n, k)
        counts = np.full(k, int(trial.rng.integers(1, 500)))
        m, s = trial.rng.uniform(0.2, 0.8), trial.rng.uniform(5, 40)
        _expect_ldam(trial, c, y, counts, m, s)


def margins_of_classes(trial):
    for n, k in ((6, 4), (5, 5), (2, 2)):
        c, y = _cosines(trial, n, k)
        _expect_ldam(trial, c, y, _counts(trial, k), 0.5, 1.0)
    # The rarest class of all has no sample in this batch.
    counts = _counts(trial, 4)
    c, y = _cosines(trial, 6)
    rarest = counts.argmin()
    y[y == rarest] = (rarest + 1) % 4
    _expect_ldam(trial, c, y, counts, 0.5, 1.0)


def margins_and_scale(trial):
    for _ in range(2):
        c, y = _cosines(trial, 6)
        m, s = trial.rng.uniform(0.2, 0.8), trial.rng.uniform(5, 40)
        _expect_ldam(trial, c, y, _counts(trial, 4), m, s)


def ldam_in_float32(trial):
    c, y = _cosines(trial)
    counts = _counts(trial, 4, most=200).astype(np.uint8)
    c, y = c.astype(np.float32), y.astype(np.uint8)
    _expect_ldam(trial, c, y, counts, 0.5, 30.0, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="20.1",
        title="Class weights by the effective number",
        function="effective_weights",
        outputs=("weights",),
        section="Two lines by Bayes",
        next=(
            "With β = 0.9999 and classes of up to a few hundred images these are 1/n in"
            " all but name: the images would have to overlap far more for E_n to stay"
            " behind n."
        ),
        hints=(
            (
                "The factor 1 − β is the same for all classes, so the scaling to the"
                " sum C takes it out again. What is left is 1/(1 − β^n), and β^n is"
                " e to the power n log β. Neither β nor β^n is ever needed."
            ),
            (
                "log β is np.log1p(−rest), and 1 − β^n is −np.expm1(n log β), for all"
                " n at once. The weights are one over it, times C and divided by"
                " their sum."
            ),
        ),
        checks=(
            Check(
                "β from 0.5 to 0.999",
                2,
                weights_between,
                "1/E_n for each class, then scaled so that all C of them add up to C.",
            ),
            Check(
                "β close to 0",
                1,
                weights_nearly_alike,
                "With a small β one image says nearly all: the weights are nearly 1.",
            ),
            Check(
                "β so close to 1 that it rounds to 1",
                2,
                weights_close_to_one_over_n,
                "1 − 1e-18 is 1 in floating point, and 1 − 1^n is 0: np.log1p(−rest)"
                " and np.expm1 need no β.",
                about="not finite",
                otherwise=(
                    "Near β = 1 the weights are nearly in proportion to 1/n, to all"
                    " digits."
                ),
            ),
            Check(
                "counts in small integers",
                1,
                weights_of_small_integers,
                "In uint8 −4 is 252: bring counts to float64 before you turn a sign.",
            ),
        ),
    ),
    Task(
        id="20.2",
        title="Logits for a balanced test",
        function="balanced_logits",
        outputs=("z",),
        section="Two lines by Bayes",
        next=(
            "Only the differences of log π matter to the answer, so counts would do for"
            " shares; but z − log π is what Bayes' rule calls log p(x | y), up to one"
            " number for the whole row."
        ),
        hints=(
            (
                "Plain logits hold log p(x | y) + log π_y. A loss that adds τ log π_y"
                " leaves 1 − τ of it in them. What is the test to take out?"
            ),
            (
                "Make π as the counts over their sum, in float64, take its logarithm,"
                " bring it to the dtype of z, and subtract 1 − trained times it from"
                " every row. For trained above 1 that adds some back."
            ),
        ),
        checks=(
            Check(
                "after plain training",
                2,
                plain_training,
                "Subtract log π_j from the logit of class j.",
            ),
            Check(
                "after training with the prior",
                2,
                adjusted_training,
                "With τ = 1 in the loss the prior is out of z already: nothing is left"
                " to subtract.",
            ),
            Check(
                "after training with a part of it, or too much",
                2,
                partly_adjusted_training,
                "What is left in z is (1 − τ) log π_j.",
            ),
            keeps_float32(balanced_in_float32),
        ),
    ),
    Task(
        id="20.3",
        title="Balanced accuracy",
        function="balanced_accuracy",
        outputs=("accuracy",),
        section="Both corrections",
        next=(
            "On images as common as in training the plain network is ahead of every"
            " correction, and on this measure behind: say which one a number is of."
        ),
        hints=(
            (
                "The accuracy of all images is a mean over images. What is asked is a"
                " mean over classes, of the accuracy within each."
            ),
            (
                "Mark the rows whose largest logit stands at the label. For each class"
                " that np.unique finds in y take the mean of these marks over its rows,"
                " then the mean of the means."
            ),
        ),
        checks=(
            Check(
                "as many images of each class",
                1,
                accuracy_of_balanced_images,
                "The share of rows in which the largest logit is that of the label.",
            ),
            Check(
                "a long tail",
                2,
                accuracy_of_a_long_tail,
                "First the accuracy within each class, then the mean of these.",
            ),
            Check(
                "classes without an image",
                2,
                accuracy_with_a_class_missing,
                "The mean of nothing is NaN: only classes that occur in y take part.",
                about="not finite",
                otherwise=(
                    "A class that does not occur counts neither as right nor as wrong."
                ),
            ),
        ),
    ),
    Task(
        id="20.4",
        title="The vector-scaling loss",
        function="vector_scaling",
        outputs=("loss",),
        section="Two lines by Bayes",
        next=(
            "γ = 0 is the logit-adjusted loss, with τ = 1 balanced softmax, and with"
            " τ = 0 the weighted cross-entropy of chapter 3: three papers in one line."
        ),
        hints=(
            (
                "It is a weighted cross-entropy of the logits z'. All that is new is"
                " the line that makes them, from two numbers a class."
            ),
            (
                "Make Δ and τ log π, one number a class, in the dtype of z. Lower each"
                " row of z' by its largest entry: a sample's loss is the logarithm of"
                " the sum of its exponentials minus the lowered target. Multiply by"
                " ω[y], add up, and divide by the sum of ω[y]."
            ),
        ),
        checks=(
            Check(
                "with a prior",
                2,
                loss_with_a_prior,
                "The cross-entropy of z_j + τ log π_j: the prior is added in training.",
            ),
            Check(
                "with a scale",
                1,
                loss_with_a_scale,
                "Δ_j = (n_j/n_max)^γ multiplies z_j, and not the prior.",
            ),
            Check(
                "with weights",
                2,
                loss_with_weights,
                "Each loss times ω of its label; their sum over the sum of these ω.",
            ),
            Check(
                "logits in the thousands",
                1,
                loss_of_large_logits,
                "e^900 is infinite: subtract each row's own largest entry first.",
                about="not finite",
                otherwise="The largest entry to subtract is that of z', not of z.",
            ),
            keeps_float32(loss_in_float32),
        ),
    ),
    Task(
        id="20.5",
        title="The vector-scaling loss, backward",
        function="vector_scaling_gradient",
        outputs=("dz",),
        section="The chain rule through a line",
        next=(
            "Divide each row of your dz by Δ and it adds up to 0. Undivided it does"
            " not, unless γ is 0: a number added to all logits changes z' where the"
            " scales differ."
        ),
        hints=(
            (
                "By z' it is the gradient of every cross-entropy. z_j moves z'_j by"
                " Δ_j, and the loss of a sample counts ω_y/Σω of the whole."
            ),
            (
                "Form p from z' with a shift of each row, take 1 off at the targets,"
                " multiply row i by ω of its label over the sum of ω[y], and column j"
                " by Δ_j."
            ),
        ),
        checks=(
            Check(
                "with a prior",
                1,
                slopes_with_a_prior,
                "p − [j = y] over N, with the softmax p of z'.",
            ),
            Check(
                "with a scale",
                2,
                slopes_with_a_scale,
                "z_j moves z'_j by Δ_j times as much: a factor Δ_j on each column.",
            ),
            Check(
                "with weights",
                2,
                slopes_with_weights,
                "The weights of the loss are factors of its gradient: ω_y/Σω on row i.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_loss,
                "Your `vector_scaling` and this gradient do not belong together.",
            ),
            Check(
                "logits in the thousands",
                1,
                slopes_of_large_logits,
                "e^900 is infinite: subtract each row's own largest entry first.",
                about="not finite",
                otherwise="The largest entry to subtract is that of z', not of z.",
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="20.6",
        title="The logits of LDAM",
        function="ldam_logits",
        outputs=("z",),
        section="Two lines by Bayes",
        next=(
            "For 500 images against 5 at s = 30 the rare class must win by 15 logits"
            " and the common one by 4.7: both are asked for more than 0, which no prior"
            " does."
        ),
        hints=(
            (
                "It is AM-Softmax with another m in each row: the margin of the row's"
                " own label. More images, smaller margin."
            ),
            (
                "Scale n by the smallest count, take the power −1/4, and multiply by"
                " `largest`: the rarest class has 1 times it. Subtract margins[y] at"
                " the entries (i, y_i) of a copy, in the dtype of c, and multiply all"
                " of it by s."
            ),
        ),
        checks=(
            Check(
                "equal counts: AM-Softmax",
                2,
                equal_counts,
                "With equal counts every margin is `largest`: s (cos θ − m [j = y]).",
            ),
            Check(
                "the margin of each class",
                2,
                margins_of_classes,
                "Δ_j = largest (n_j/n_min)^(−1/4), at the target's entry only.",
            ),
            Check(
                "margin and scale",
                2,
                margins_and_scale,
                "The margin is taken off the cosine; s multiplies the difference.",
            ),
            keeps_float32(ldam_in_float32),
        ),
    ),
)
