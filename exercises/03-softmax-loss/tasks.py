"""Tasks of chapter 3: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.task import Check, Task, keeps_float32

TITLE = "3 (softmax)"


def loss_of_row(logits, label):
    """The loss of one sample, written like the formula, and exact where it is tiny."""
    others = (v - logits[label] for j, v in enumerate(logits) if j != label)
    return math.log1p(math.fsum(map(math.exp, others)))


def mean_loss(z, y):
    losses = [loss_of_row(row, label) for row, label in zip(z, y, strict=True)]
    return sum(losses) / len(y)


def _batch(trial, n, c, size=1.0):
    return size * trial.rng.normal(size=(n, c)), trial.rng.integers(0, c, size=n)


# 03.1
# --------------------------------------------------------------------------------------


def sums_of_ordinary_rows(trial):
    for shape in ((6, 4), (3, 3), (1, 5)):
        z = trial.rng.normal(size=shape)
        expected = [math.log(math.fsum(math.exp(v) for v in row)) for row in z]
        close(trial.call(z), expected, "log_sum_exp", rtol=1e-12)


def sums_of_one_class(trial):
    z = trial.rng.normal(size=(4, 1))
    close(trial.call(z), z[:, 0], "log_sum_exp", rtol=1e-12)
    close(trial.call(z + 2000), z[:, 0] + 2000, "log_sum_exp", rtol=1e-12)


def sums_of_extreme_rows(trial):
    z = trial.rng.normal(size=(4, 3))
    shift = np.array([0.0, 1e4, -1e4, 800.0])
    expected = [math.log(math.fsum(math.exp(v) for v in row)) for row in z]
    given = trial.call(z + shift[:, None])
    close(given, expected + shift, "log_sum_exp", elementwise=True)
    # far apart in one row: the largest is all
    wide = z + np.array([-2000.0, 0.0, 2000.0])
    close(trial.call(wide), wide[:, 2], "log_sum_exp", elementwise=True)


def sums_in_float32(trial):
    z = (3 * trial.rng.normal(size=(5, 4))).astype(np.float32)
    expected = [math.log(math.fsum(math.exp(v) for v in row)) for row in z]
    close(trial.call(z), expected, "log_sum_exp", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 03.2
# --------------------------------------------------------------------------------------


def loss_of_one_sample(trial):
    for label in range(4):
        z = trial.rng.normal(size=(1, 4))
        close(trial.call(z, np.array([label])), loss_of_row(z[0], label), "loss")


def loss_of_a_batch(trial):
    for n, c in ((8, 3), (5, 10)):
        z, y = _batch(trial, n, c)
        close(trial.call(z, y), mean_loss(z, y), "loss")
    close(trial.call(np.zeros((7, 10)), np.arange(7)), math.log(10), "loss")


def loss_of_extreme_logits(trial):
    z, y = _batch(trial, 6, 4)
    shift = np.array([1e4, -1e4, 0.0, 800.0, -800.0, 5e3])
    close(trial.call(z + shift[:, None], y), mean_loss(z, y), "loss", rtol=1e-9)
    z = np.zeros((3, 4))
    z[:, 1] = 1e4
    close(trial.call(z, np.array([0, 2, 3])), 1e4, "loss", rtol=1e-12)


def loss_in_other_dtypes(trial):
    z, y = _batch(trial, 6, 5)
    for labels in (np.int32, np.uint8):
        close(trial.call(z, y.astype(labels)), mean_loss(z, y), "loss")
    single = z.astype(np.float32)
    given = trial.call(single, y)
    close(given, mean_loss(single, y), "loss", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 03.3
# --------------------------------------------------------------------------------------


def slopes_of_one_sample(trial):
    z, y = _batch(trial, 1, 5)
    expected = gradient(lambda z: mean_loss(z, y), z)
    close(trial.call(z, y), expected, "dz", rtol=1e-7)


def slopes_of_a_batch(trial):
    for n, c in ((6, 4), (4, 4)):
        z, y = _batch(trial, n, c)
        expected = gradient(lambda z, y=y: mean_loss(z, y), z)
        close(trial.call(z, y), expected, "dz", rtol=1e-7)


def slopes_of_own_loss(trial):
    z, y = _batch(trial, 5, 3)
    given = trial.call(z, y)
    own = gradient(
        lambda z: shaped(trial.own("cross_entropy", z, y), (), "loss"), z, rng=trial.rng
    )
    agrees(given, own, "dz", "cross_entropy", rtol=1e-7)


def slopes_of_extreme_logits(trial):
    z, y = _batch(trial, 4, 3)
    shift = np.array([1e4, -1e4, 900.0, 0.0])
    expected = gradient(lambda z: mean_loss(z, y), z)
    close(trial.call(z + shift[:, None], y), expected, "dz", rtol=1e-6)


def slopes_in_float32(trial):
    z, y = _batch(trial, 6, 5)
    single = z.astype(np.float32)
    expected = gradient(lambda z: mean_loss(z, y), single)
    given = trial.call(single, y.astype(np.uint8))
    close(given, expected, "dz", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 03.4
# --------------------------------------------------------------------------------------


def _head(trial, n=6, d=5, c=4):
    x, w = trial.rng.normal(size=(n, d)), trial.rng.normal(size=(c, d))
    return x, w, trial.rng.normal(size=c), trial.rng.integers(0, c, size=n)


def head_loss(x, w, b, y):
    """The loss of the head in loops: logit j of sample i is w_j·x_i + b_j."""
    x, w, b = (np.asarray(a, dtype=np.float64) for a in (x, w, b))
    z = [[math.fsum(w[j] * x_i) + b[j] for j in range(len(w))] for x_i in x]
    return mean_loss(np.array(z), y)


def _head_gradient(trial, which):
    names = ("dx", "dw", "db")
    for n, d, c in ((6, 5, 4), (3, 3, 3), (1, 3, 2)):
        x, w, b, y = _head(trial, n, d, c)
        given = trial.call(x, w, b, y)[which]

        def loss(moved, arrays=(x, w, b), y=y):
            return head_loss(*arrays[:which], moved, *arrays[which + 1 :], y)

        close(given, gradient(loss, (x, w, b)[which]), names[which], rtol=1e-7)


def head_dx(trial):
    _head_gradient(trial, 0)


def head_dw(trial):
    _head_gradient(trial, 1)


def head_db(trial):
    _head_gradient(trial, 2)


def head_in_float32(trial):
    x, w, b, y = _head(trial)
    single = [a.astype(np.float32) for a in (x, w, b)]
    given = trial.call(*single, y.astype(np.uint8))
    for which, name in enumerate(("dx", "dw", "db")):

        def loss(moved, which=which):
            return head_loss(*single[:which], moved, *single[which + 1 :], y)

        expected = gradient(loss, single[which])
        close(given[which], expected, name, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 03.5
# --------------------------------------------------------------------------------------


def _boundary(trial, w1, w2, b1, b2):
    n, d = trial.call(w1, w2, b1, b2)
    n = shaped(n, w1.shape, "n").astype(np.float64)
    close(np.sqrt((n * n).sum()), 1.0, "length of n", rtol=1e-12)
    return n, float(shaped(d, (), "d"))


def _check_boundary(trial, w1, w2, b1, b2):
    n, d = _boundary(trial, w1, w2, b1, b2)
    gap = math.sqrt(math.fsum((w1 - w2) ** 2))
    # f1 - f2 is an affine function of x that must be gap * (n·x - d) everywhere.
    for _ in range(5):
        x = trial.rng.normal(size=w1.shape)
        expected = (math.fsum((w1 - w2) * x) + b1 - b2) / gap
        close(math.fsum(n * x) - d, expected, "n·x − d", rtol=1e-9)


def boundary_of_equal_norms(trial):
    angles = trial.rng.uniform(0, 1.5) + np.array([0.0, 1.2])
    w1, w2 = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    _check_boundary(trial, w1, w2, 0.0, 0.0)
    trial.expect_inputs_unchanged()


def boundary_of_unequal_norms(trial):
    w1, w2 = trial.rng.normal(size=2), trial.rng.normal(size=2)
    _check_boundary(trial, 3 * w1, w2, 0.0, 0.0)


def boundary_with_biases(trial):
    for dimension in (2, 6):
        w1, w2 = trial.rng.normal(size=(2, dimension))
        b1, b2 = trial.rng.normal(size=2) + np.array([1.0, -1.0])
        _check_boundary(trial, w1, w2, float(b1), float(b2))
    _check_boundary(trial, w1, w2, float(b1), 0.0)
    _check_boundary(trial, w1, w2, 0.0, float(b2))


# 03.6
# --------------------------------------------------------------------------------------


def exact_ordinary(trial):
    for n in (8, 1):
        z, y = _batch(trial, n, 5, size=3.0)
        # a little below
        z[0, y[0]] = np.delete(z[0], y[0]).max() - trial.rng.uniform(0.2, 0.8)
        expected = [loss_of_row(row, label) for row, label in zip(z, y, strict=True)]
        close(trial.call(z, y), expected, "losses", rtol=1e-12, elementwise=True)
    trial.expect_inputs_unchanged()


def exact_small(trial):
    z, y = _batch(trial, 6, 4)
    z[np.arange(6), y] += np.array([20.0, 40.0, 100.0, 300.0, 600.0, 35.0])
    expected = [loss_of_row(row, label) for row, label in zip(z, y, strict=True)]
    close(trial.call(z, y), expected, "losses", rtol=1e-12, elementwise=True)


def exact_large(trial):
    z, y = _batch(trial, 5, 4)
    below = np.array([800.0, 1e4, 3e3, 1e4, 720.0])
    z[np.arange(5), y] -= below
    expected = []
    for row, label in zip(z, y, strict=True):
        top = max(row)
        others = math.fsum(math.exp(v - top) for v in row)
        expected.append(top - row[label] + math.log(others))
    close(trial.call(z, y), expected, "losses", rtol=1e-12, elementwise=True)


# 03.7
# --------------------------------------------------------------------------------------


def _expect_from_above(
    trial, shape, reduction, results=(0, 1, 2), dtype=np.float64, rtol=1e-7
):
    """The gradients of S, here the sum of dloss times what the forward returns."""
    *arrays, y = _head(trial, *shape)
    arrays = [a.astype(dtype) for a in arrays]
    n = len(y)
    dloss = trial.rng.uniform(0.5, 2, size=n) * trial.rng.choice([-1, 1], size=n)
    dloss = dloss.astype(dtype) if reduction == "none" else float(dloss[0])
    given = trial.call(*arrays, y, reduction, dloss)
    scale = dloss / n if reduction == "mean" else dloss
    for which in results:

        def total(moved, which=which):
            asked = (*arrays[:which], moved, *arrays[which + 1 :])
            x, w, b = (a.astype(np.float64) for a in asked)
            z = [[math.fsum(w[j] * x_i) + b[j] for j in range(len(w))] for x_i in x]
            losses = [loss_of_row(row, label) for row, label in zip(z, y, strict=True)]
            return math.fsum(scale * np.array(losses))

        expected, name = gradient(total, arrays[which]), ("dx", "dw", "db")[which]
        close(given[which], expected, name, rtol=rtol, dtype=dtype)


def from_above_as_a_number(trial):
    for reduction in ("sum", "mean"):
        for shape in ((5, 3, 4), (1, 3, 2)):
            _expect_from_above(trial, shape, reduction)


def dx_from_above(trial):
    # in the first, NumPy takes dloss along either axis
    for shape in ((4, 3, 4), (6, 2, 3)):
        _expect_from_above(trial, shape, "none", (0,))


def dw_and_db_from_above(trial):
    for shape in ((4, 3, 4), (6, 2, 3)):
        _expect_from_above(trial, shape, "none", (1, 2))


def from_above_in_float32(trial):
    for reduction in ("none", "mean"):
        _expect_from_above(trial, (5, 3, 4), reduction, dtype=np.float32, rtol=1e-5)
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="03.1",
        title="Log-sum-exp that cannot overflow",
        function="log_sum_exp",
        outputs=("log_sum_exp",),
        section="A loss that survives any logit",
        next=(
            "The gradient of log-sum-exp is the softmax itself, and it lies between the"
            " maximum and the maximum plus log C: it is a maximum with rounded corners."
        ),
        hints=(
            (
                "Taking a number a out of every exponent changes nothing on paper: log"
                " Σ exp(z_j) = a + log Σ exp(z_j − a). Which a makes the largest"
                " exponential exactly 1?"
            ),
            (
                "Use the maximum of each row, an array (N,) that needs a second axis"
                " before it can be subtracted from z. No exponential is above 1 then,"
                " and their sum is at least 1, so neither exp nor log can fail. Add the"
                " maximum again at the end."
            ),
        ),
        checks=(
            Check(
                "ordinary rows",
                2,
                sums_of_ordinary_rows,
                "Exponentiate, sum over each row (axis 1), and take the logarithm.",
            ),
            Check(
                "a single class",
                1,
                sums_of_one_class,
                "With one class, the logarithm undoes the exponential: the answer is z"
                " itself.",
            ),
            Check(
                "rows near +10,000 and −10,000 in one batch",
                1,
                sums_of_extreme_rows,
                "Subtract the maximum of each row before you exponentiate, and add it"
                " again after.",
            ),
            keeps_float32(sums_in_float32),
        ),
    ),
    Task(
        id="03.2",
        title="Softmax cross-entropy, forward",
        function="cross_entropy",
        outputs=("loss",),
        section="A loss that survives any logit",
        next=(
            "An untrained network gives all classes about the same probability, so its"
            " first loss should be close to log C. A first loss far from that is worth"
            " a look before training."
        ),
        hints=(
            (
                "For each sample it is one number from the task before, minus one entry"
                " of its row of logits. The question is only how to take from each row"
                " the entry of its label."
            ),
            (
                "NumPy picks one entry a row if you index with two arrays of length N:"
                " the row numbers 0 to N − 1, and the labels. Subtract these entries"
                " from the log-sum-exps, and take the mean. No softmax has to be"
                " formed."
            ),
        ),
        checks=(
            Check(
                "one sample",
                1,
                loss_of_one_sample,
                "The loss of a sample is log_sum_exp of its row minus the logit of its"
                " label.",
            ),
            Check(
                "a batch, and log C where all logits are equal",
                2,
                loss_of_a_batch,
                "Take one target logit from each row, and the mean over the samples.",
            ),
            Check(
                "logits near ±10,000",
                2,
                loss_of_extreme_logits,
                "log_sum_exp(z) − z_y holds for logits of any size. Where a probability"
                " is formed first it rounds to 0, and its logarithm is −inf or what an"
                " epsilon makes of it.",
            ),
            Check(
                "labels in int32 and uint8, logits in float32",
                1,
                loss_in_other_dtypes,
                "Keep the labels whole numbers, and the loss in the dtype of the"
                " logits.",
            ),
        ),
    ),
    Task(
        id="03.3",
        title="Softmax cross-entropy, backward",
        function="cross_entropy_backward",
        outputs=("dz",),
        section="The gradient is p minus the label",
        next=(
            "Each row of this gradient sums to 0, since adding one number to all logits"
            " changes nothing. Every margin loss of this book begins its backward with"
            " this array."
        ),
        hints=(
            (
                "The gradient of log-sum-exp is the softmax p, and the gradient of −z_y"
                " is −1 at the label and 0 elsewhere. The mean over N samples adds a"
                " factor."
            ),
            (
                "exp(z − the log-sum-exp of its row) is p, and cannot overflow. It is a"
                " new array, so you may take 1 off at the entries (i, y_i) in place."
                " Divide everything by N at the end."
            ),
        ),
        checks=(
            Check(
                "one sample",
                1,
                slopes_of_one_sample,
                "The softmax of the row, minus 1 at the label.",
            ),
            Check(
                "a batch, against differences of the loss",
                2,
                slopes_of_a_batch,
                "The loss is a mean over N samples, so each row of its gradient carries"
                " 1/N.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_loss,
                "Your `cross_entropy` and this gradient do not belong together: one has"
                " a factor that the other has not, or one of them is wrong.",
            ),
            Check(
                "logits near ±10,000",
                1,
                slopes_of_extreme_logits,
                "A number added to a whole row changes nothing in its gradient. Where"
                " yours is not finite, subtract the maximum (or the log-sum-exp) of the"
                " row before you exponentiate.",
            ),
            keeps_float32(
                slopes_in_float32,
                hint=(
                    "An array made without a dtype is float64; work on a copy, not"
                    " on z."
                ),
            ),
        ),
    ),
    Task(
        id="03.4",
        title="The whole head, backward",
        function="head_backward",
        outputs=("dx", "dw", "db"),
        section="The gradient is p minus the label",
        next=(
            "These three lines cost two matrix products, the forward one more. Nothing"
            " that a margin adds later costs as much, since it touches the target"
            " logits only."
        ),
        hints=(
            (
                "Call the gradient by the logits g, of shape (N, C); task 03.3 gives"
                " it. Each of the three results is g, combined with what stands beside"
                " it in z = x w' + b, and the shapes leave only one way."
            ),
            (
                "dx is (N, D), so it is g (N, C) times something (C, D). dw is (C, D),"
                " so it is g turned round, (C, N), times something (N, D). b is added"
                " to every row, so db, of shape (C,), is the sum of g over the rows. No"
                " further 1/N: g has it already."
            ),
        ),
        checks=(
            Check(
                "dx",
                2,
                head_dx,
                "x_i enters all C logits of its row, so dx_i = Σ_j g_ij w_j.",
            ),
            Check(
                "dw",
                3,
                head_dw,
                "w_j enters the logits j of all samples, so dw_j = Σ_i g_ij x_i.",
            ),
            Check(
                "db",
                2,
                head_db,
                "b_j enters the logits j of all samples with the factor 1, so db_j ="
                " Σ_i g_ij.",
            ),
            keeps_float32(head_in_float32),
        ),
    ),
    Task(
        id="03.5",
        title="The decision boundary of two classes",
        function="boundary",
        outputs=("n", "d"),
        section="A logit is two lengths and an angle",
        next=(
            "With biases 0 and equal norms the boundary bisects the angle between w1"
            " and w2. Let one norm grow and it turns toward the other: norms, too,"
            " decide."
        ),
        hints=(
            (
                "The points where the two logits agree satisfy one linear equation."
                " Bring what has x in it to one side and the rest to the other; then"
                " only the length of the normal is not 1 yet."
            ),
            (
                "(w1 − w2)·x = b2 − b1, and where the first class wins the left is the"
                " larger, so the signs are right already. Divide both sides by the"
                " length of w1 − w2."
            ),
        ),
        checks=(
            Check(
                "equal norms, no biases",
                1,
                boundary_of_equal_norms,
                "Subtract one equation from the other: (w1 − w2)·x = b2 − b1.",
            ),
            Check(
                "unequal norms",
                2,
                boundary_of_unequal_norms,
                "The direction is that of w1 − w2, with the lengths that w1 and w2"
                " have.",
            ),
            Check(
                "biases, in 2 and 6 dimensions",
                2,
                boundary_with_biases,
                "Divide both sides of (w1 − w2)·x = b2 − b1 by the length of w1 − w2.",
            ),
        ),
    ),
    Task(
        id="03.6",
        title="A loss that is exact where it is tiny",
        function="exact_losses",
        outputs=("losses",),
        section="A loss that survives any logit",
        next=(
            "Losses this small have gradients as small, so training does not need these"
            " digits. Comparing two models on easy samples does, and so does a test"
            " against 50-digit numbers."
        ),
        hints=(
            (
                "Divide numerator and denominator of the target's probability by"
                " exp(z_y): the loss is log(1 + r), with r = Σ exp(z_j − z_y) over the"
                " other classes. Where r is tiny, that is a job for np.log1p; where"
                " some z_j − z_y is large, r overflows."
            ),
            (
                "Form the differences z_j − z_y, with −inf at the target so that it"
                " adds nothing. Let t be the largest difference of the row, but at"
                " least 0, and r the sum of exp(difference − t). The loss is t +"
                " log(exp(−t) + r); where t is 0 that is log1p(r), which keeps all"
                " digits. np.where chooses."
            ),
        ),
        checks=(
            Check(
                "ordinary logits",
                2,
                exact_ordinary,
                "The loss is log(1 + Σ exp(z_j − z_y)) over the classes j other than"
                " the target.",
            ),
            Check(
                "targets 20 to 600 above the others",
                2,
                exact_small,
                "log(1 + r) is 0 for r = 1e-20; NumPy has a function that keeps the"
                " digits.",
            ),
            Check(
                "targets up to 10,000 below the others",
                2,
                exact_large,
                "Where a logit is above the target's, subtract the largest first, as in"
                " task 03.1.",
            ),
        ),
    ),
    Task(
        id="03.7",
        title="A loss that goes on",
        function="backward_from_above",
        outputs=("dx", "dw", "db"),
        section="In the library: one exponential a logit",
        next=(
            "Every backward of the library takes such a dloss, and it is how a sum of"
            " two losses, a weight a sample and mixed precision's scale reach the"
            " gradients without a line more."
        ),
        hints=(
            (
                "By the chain rule the gradient of S is dloss times that of what the"
                " forward returned. Each sample's row of the gradient by the logits"
                " belongs to one loss, and is multiplied by that sample's dloss."
            ),
            (
                "`cross_entropy_backward` has the 1/N of the mean in it: take it out"
                " for the other two. If dloss is an array, make it a column (N, 1), and"
                " multiply the gradient by the logits with it. After that everything is"
                " as in task 03.4."
            ),
        ),
        checks=(
            Check(
                "a number, for the sum and the mean",
                2,
                from_above_as_a_number,
                "All three gradients are dloss times those of the sum, or of the mean.",
            ),
            Check(
                "one number a sample: dx",
                2,
                dx_from_above,
                "Row i of dx is dloss_i times the gradient of the loss of sample i;"
                " there is no 1/N, since nothing was averaged.",
            ),
            Check(
                "one number a sample: dw and db",
                2,
                dw_and_db_from_above,
                "dw_j = Σ_i dloss_i g_ij x_i: each sample with its own dloss, before"
                " the sum.",
            ),
            keeps_float32(
                from_above_in_float32,
                hint=(
                    "np.asarray(dloss) is float64 if dloss is a Python float; the float"
                    " is not."
                ),
            ),
        ),
    ),
)
