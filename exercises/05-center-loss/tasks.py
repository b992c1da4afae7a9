"""Tasks of chapter 5: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.task import Check, Task, keeps_float32

TITLE = "5 (center loss)"


def summed_loss(x, centers, y):
    """The center loss of a batch, sample by sample."""
    own = (centers[label] for label in y)
    squares = (math.fsum((a - b) ** 2) for a, b in zip(x, own, strict=True))
    return 0.5 * math.fsum(squares)


def updated(x, centers, y, alpha):
    """The paper's rule, class by class."""
    new = []
    for j, center in enumerate(centers):
        own = [x_i for x_i, label in zip(x, y, strict=True) if label == j]
        delta = sum((center - x_i for x_i in own), np.zeros_like(center))
        new.append(center - alpha * delta / (1 + len(own)))
    return np.array(new)


def _batch(trial, n=7, d=3, c=4):
    """Features, centers and labels in which every class occurs, some more than once."""
    y = np.concatenate([np.arange(c), trial.rng.integers(0, c, size=max(n - c, 0))])[:n]
    x, centers = trial.rng.normal(size=(n, d)), trial.rng.normal(size=(c, d))
    return x, centers, trial.rng.permutation(y)


# 05.1
# --------------------------------------------------------------------------------------


def loss_of_one_sample(trial):
    for label in range(3):
        x, centers, _ = _batch(trial, 1, 4, 3)
        expected = 0.5 * math.fsum((x[0] - centers[label]) ** 2)
        given = trial.call(x, centers, np.array([label]), "sum")
        close(given, expected, "loss", rtol=1e-12)


def loss_summed(trial):
    for n, d, c in ((7, 3, 4), (4, 2, 10)):
        x, centers, y = _batch(trial, n, d, c)
        expected = summed_loss(x, centers, y)
        close(trial.call(x, centers, y, "sum"), expected, "loss", rtol=1e-12)


def loss_averaged(trial):
    for n, d, c in ((7, 3, 4), (4, 2, 10)):
        x, centers, y = _batch(trial, n, d, c)
        expected = summed_loss(x, centers, y) / n
        close(trial.call(x, centers, y, "mean"), expected, "loss", rtol=1e-12)


def loss_far_from_zero(trial):
    x, centers, y = _batch(trial)
    x, centers = x + 1e6, centers + 1e6
    expected = summed_loss(x, centers, y)
    close(trial.call(x, centers, y, "sum"), expected, "loss", rtol=1e-11)


def loss_in_other_dtypes(trial):
    x, centers, y = _batch(trial)
    for labels in (np.int32, np.uint8):
        given = trial.call(x, centers, y.astype(labels), "sum")
        close(given, summed_loss(x, centers, y), "loss", rtol=1e-12)
    x, centers = x.astype(np.float32), centers.astype(np.float32)
    expected = summed_loss(x.astype(np.float64), centers.astype(np.float64), y)
    given = trial.call(x, centers, y, "sum")
    close(given, expected, "loss", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 05.2
# --------------------------------------------------------------------------------------


def _expect_slopes(trial, reduction):
    for n, d, c in ((7, 3, 4), (2, 2, 3), (1, 2, 3)):
        x, centers, y = _batch(trial, n, d, c)
        expected = gradient(lambda x, c=centers, y=y: summed_loss(x, c, y), x)
        expected = expected / n if reduction == "mean" else expected
        close(trial.call(x, centers, y, reduction), expected, "dx", rtol=1e-7)


def slopes_of_the_sum(trial):
    _expect_slopes(trial, "sum")


def slopes_of_the_mean(trial):
    _expect_slopes(trial, "mean")


def slopes_of_own_loss(trial):
    x, centers, y = _batch(trial, 5, 2, 3)
    for reduction in ("sum", "mean"):
        given = trial.call(x, centers, y, reduction)

        def own(moved, reduction=reduction):
            loss = trial.own("center_loss", moved, centers, y, reduction)
            return shaped(loss, (), "loss")

        agrees(given, gradient(own, x, rng=trial.rng), "dx", "center_loss", rtol=1e-7)


def slopes_in_float32(trial):
    x, centers, y = _batch(trial)
    x, centers = x.astype(np.float32), centers.astype(np.float32)
    expected = [x_i - centers[label] for x_i, label in zip(x, y, strict=True)]
    given = trial.call(x, centers, y.astype(np.uint8), "sum")
    close(given, expected, "dx", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 05.3
# --------------------------------------------------------------------------------------


def centers_of_single_samples(trial):
    """With one sample a class, α of the half of the way is gone."""
    x, centers, _ = _batch(trial, 4, 3, 4)
    y = trial.rng.permutation(4)
    alpha = trial.rng.uniform(0.2, 0.4)
    expected = centers.copy()
    for x_i, label in zip(x, y, strict=True):
        expected[label] += alpha * (x_i - centers[label]) / 2
    close(trial.call(x, centers, y, alpha), expected, "centers", rtol=1e-11)


def centers_of_many_samples(trial):
    for n, d, c in ((9, 3, 3), (12, 2, 4), (3, 2, 1)):
        x, centers, y = _batch(trial, n, d, c)
        alpha = trial.rng.uniform(0.6, 0.9)
        expected = updated(x, centers, y, alpha)
        close(trial.call(x, centers, y, alpha), expected, "centers", rtol=1e-11)


def absent_centers_stay(trial):
    x, centers, _ = _batch(trial, 5, 3, 6)
    y = np.array([4, 1, 4, 4, 1])
    expected = centers.copy()
    for j in (1, 4):
        own = x[y == j]
        expected[j] += 0.5 * (own - centers[j]).sum(axis=0) / (1 + len(own))
    close(trial.call(x, centers, y, 0.5), expected, "centers", rtol=1e-11)


def centers_as_running_mean(trial):
    """α = 1 counts the old center as one sample more; α = 0 leaves it where it is."""
    x, centers, y = _batch(trial, 9, 2, 3)
    means = [np.vstack([centers[j], x[y == j]]).mean(axis=0) for j in range(3)]
    close(trial.call(x, centers, y, 1.0), means, "centers", rtol=1e-11)
    close(trial.call(x, centers, y, 0.0), centers, "centers", rtol=1e-11)


def centers_in_float32(trial):
    x, centers, y = _batch(trial)
    x, centers = x.astype(np.float32), centers.astype(np.float32)
    expected = updated(x.astype(np.float64), centers.astype(np.float64), y, 0.25)
    given = trial.call(x, centers, y, 0.25)
    close(given, expected, "centers", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 05.4
# --------------------------------------------------------------------------------------


def shares_of_running_mean(trial):
    """α = 1: the mean of n samples at 1 and of the old center at 0."""
    n = np.concatenate([[0, 1], trial.rng.integers(2, 200, size=4)])
    expected = [np.mean([0.0] + [1.0] * count) for count in n]
    close(trial.call(n, 1.0), expected, "s", rtol=1e-12, elementwise=True)
    trial.expect_inputs_unchanged()


def shares_of_any_alpha(trial):
    n = trial.rng.integers(1, 300, size=(2, 1, 3))
    for alpha in (0.5, trial.rng.uniform(0.05, 0.3)):
        expected = np.array([alpha * (1 - 1 / (1 + k)) for k in n.ravel().tolist()])
        expected = expected.reshape(n.shape)
        close(trial.call(n, alpha), expected, "s", rtol=1e-10, elementwise=True)


def shares_of_own_update(trial):
    n, alpha = np.array([2, 0, 5]), trial.rng.uniform(0.3, 0.7)
    s = shaped(trial.call(n, alpha), (3,), "s")
    y = np.repeat(np.arange(3), n)
    centers, x = trial.rng.normal(size=(3, 2)), trial.rng.normal(size=(len(y), 2))
    moved = shaped(trial.own("update_centers", x, centers, y, alpha), (3, 2), "centers")
    for j in (0, 2):
        mean = x[y == j].mean(axis=0)
        step = s[j] * (mean - centers[j])
        name = f"step of centers[{j}] with your s"
        agrees(step, moved[j] - centers[j], name, "update_centers", rtol=1e-9)


# 05.5
# --------------------------------------------------------------------------------------


def whole_loss(inputs, v, w, centers, y, lam):
    """L_S + λ L_C in loops."""
    losses = []
    for row, label in zip(inputs, y, strict=True):
        x = [math.fsum(line * row) for line in v]
        z = [math.fsum(line * x) for line in w]
        rest = math.fsum(math.exp(value - z[label]) for value in z)
        away = math.fsum((a - c) ** 2 for a, c in zip(x, centers[label], strict=True))
        losses.append(math.log(rest) + lam / 2 * away)
    return math.fsum(losses)


def _network(trial, n=5, e=3, d=2, c=3):
    _, centers, y = _batch(trial, n, d, c)
    inputs, v = trial.rng.normal(size=(n, e)), trial.rng.normal(size=(d, e))
    return inputs, v, trial.rng.normal(size=(c, d)), centers, y


def _step(trial, which, lam):
    """One of the three results, and what it has to be."""
    inputs, v, w, centers, y = _network(trial)
    alpha, rate = trial.rng.uniform(0.3, 0.7), trial.rng.uniform(0.05, 0.2)
    given = trial.call(inputs, v, w, centers, y, lam, alpha, rate)[which]
    if which == 0:
        slopes = gradient(lambda v: whole_loss(inputs, v, w, centers, y, lam), v)
        return given, v - rate * slopes
    if which == 1:
        slopes = gradient(lambda w: whole_loss(inputs, v, w, centers, y, lam), w)
        return given, w - rate * slopes
    return given, updated(inputs @ v.T, centers, y, alpha)


def step_of_the_classifier(trial):
    given, expected = _step(trial, 1, 0.5)
    close(given, expected, "w", rtol=1e-8)


def step_of_the_centers(trial):
    for lam in (0.1, 0.8):
        given, expected = _step(trial, 2, lam)
        close(given, expected, "centers", rtol=1e-10)


def step_of_the_network_without_centers(trial):
    given, expected = _step(trial, 0, 0.0)
    close(given, expected, "v", rtol=1e-8)


def step_of_the_network(trial):
    for lam in (0.2, 0.9):
        given, expected = _step(trial, 0, lam)
        close(given, expected, "v", rtol=1e-8)


def _probabilities(z):
    powers = [math.exp(value - max(z)) for value in z]
    return [power / math.fsum(powers) for power in powers]


def step_with_large_logits(trial):
    inputs, v, w, centers, y = _network(trial)
    w *= 6000
    x = inputs @ v.T
    g = np.array([_probabilities(z) for z in (x @ w.T).tolist()])
    g[np.arange(len(y)), y] -= 1
    given = trial.call(inputs, v, w, centers, y, 0.5, 0.5, 0.1)
    dx = g @ w + 0.5 * (x - centers[y])
    close(given[0], v - 0.1 * dx.T @ inputs, "v", rtol=1e-9)
    close(given[1], w - 0.1 * g.T @ x, "w", rtol=1e-9)


def step_in_float32(trial):
    inputs, v, w, centers, y = _network(trial)
    single = [a.astype(np.float32) for a in (inputs, v, w, centers)]
    inputs, v, w, centers = (a.astype(np.float64) for a in single)
    given = trial.call(*single, y, 0.5, 0.5, 0.125)
    by_v = gradient(lambda moved: whole_loss(inputs, moved, w, centers, y, 0.5), v)
    by_w = gradient(lambda moved: whole_loss(inputs, v, moved, centers, y, 0.5), w)
    close(given[0], v - by_v / 8, "v", rtol=1e-5, dtype=np.float32)
    close(given[1], w - by_w / 8, "w", rtol=1e-5, dtype=np.float32)
    expected = updated(inputs @ v.T, centers, y, 0.5)
    close(given[2], expected, "centers", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="05.1",
        title="The center loss",
        function="center_loss",
        outputs=("loss",),
        section="The price of a distance",
        next=(
            "The paper's loss is the sum, so doubling the batch doubles it, and a λ"
            " that was tuned at one batch size means another thing at the next. Say"
            " which one you use."
        ),
        hints=(
            (
                "First find for every sample the center of its own class, in an array"
                " of the shape of x. What remains is one difference, squared and"
                " added up."
            ),
            (
                "Indexing the rows of `centers` with the array of labels gives that"
                " array (N, D). Subtract, square, add up all entries, take half. For"
                " “mean” divide by N, the number of labels, which is not the number of"
                " entries."
            ),
        ),
        checks=(
            Check(
                "one sample",
                1,
                loss_of_one_sample,
                "Half the sum of the squares of x_i − c, with c the row of its label.",
            ),
            Check(
                "a batch, summed",
                2,
                loss_summed,
                "centers[y] has one row a sample, the center of its class: shape (N,"
                " D), as x has.",
            ),
            Check(
                "a batch, averaged",
                1,
                loss_averaged,
                "The mean divides the sum by N, the number of samples, and by nothing"
                " else.",
            ),
            Check(
                "features near 1,000,000",
                1,
                loss_far_from_zero,
                "Subtract first and square after: |x|² − 2 x·c + |c|² loses its digits"
                " here.",
            ),
            Check(
                "labels in int32 and uint8, features in float32",
                1,
                loss_in_other_dtypes,
                "Keep the labels whole numbers, and the loss in the dtype of the"
                " features.",
            ),
        ),
    ),
    Task(
        id="05.2",
        title="The gradient by the features",
        function="center_gradient",
        outputs=("dx",),
        section="The centers move by a rule of their own",
        next=(
            "This pull grows with the distance, like a spring. It has no scale of its"
            " own, so alone it is content when all features and all centers are at one"
            " point."
        ),
        hints=(
            (
                "Sample i occurs in one term of the sum only, ½|x_i − c|². The"
                " derivative of half a square is the thing itself."
            ),
            (
                "So row i is x_i minus the center of its label; there is nothing to"
                " project and nothing to normalise. What divided the loss divides every"
                " row of the gradient as well: N for “mean”, nothing for “sum”."
            ),
        ),
        checks=(
            Check(
                "of the sum",
                2,
                slopes_of_the_sum,
                "The ½ and the 2 of the square cancel: x_i − c_(y_i).",
            ),
            Check(
                "of the mean",
                2,
                slopes_of_the_mean,
                "The mean carries 1/N, so each row of its gradient does.",
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_loss,
                "Your `center_loss` and this gradient do not belong together: one has a"
                " factor that the other has not, or one of them is wrong.",
            ),
            keeps_float32(slopes_in_float32),
        ),
    ),
    Task(
        id="05.3",
        title="The update of the centers",
        function="update_centers",
        outputs=("centers",),
        section="The centers move by a rule of their own",
        next=(
            "The rule is the gradient of the summed loss, divided by 1 + n_j. So it is"
            " no gradient descent with any one rate: a class with 1 sample moves at"
            " α/2, one with 99 at α/100 of its gradient, and neither can shoot past the"
            " mean of its samples."
        ),
        hints=(
            (
                "Two things are collected for each class: the sum of c_j − x_i over its"
                " samples, (C, D), and the number of its samples, (C,). With both, the"
                " rule is one line for all classes at once."
            ),
            (
                "Start the sums as zeros like `centers`, and let np.add.at add the rows"
                " c_y − x at the places y. np.bincount counts the labels; with"
                " minlength a class without samples counts 0. Bring the counts to the"
                " dtype of the centers, divide the sums by 1 + n_j as a column, and"
                " subtract α times that from the old centers without changing them."
            ),
        ),
        checks=(
            Check(
                "one sample a class",
                1,
                centers_of_single_samples,
                "With n_j = 1 the center moves by α/2 of the way to its only sample.",
            ),
            Check(
                "several samples a class",
                2,
                centers_of_many_samples,
                "Add up c_j − x_i over all samples of the class, then divide by 1 +"
                " n_j.",
            ),
            Check(
                "classes without a sample stay",
                2,
                absent_centers_stay,
                "For n_j = 0 the sum is empty, and 0 / (1 + 0) is 0.",
            ),
            Check(
                "α = 1 and α = 0",
                2,
                centers_as_running_mean,
                "With α = 1 the new center is (c_j + Σ x_i) / (1 + n_j): the mean of"
                " the samples and the old center.",
            ),
            Check(
                "float32 in, float32 out, the old centers as they were",
                1,
                centers_in_float32,
                "Counts of int64 times float32 are float64: convert them.",
                about="dtype",
            ),
        ),
    ),
    Task(
        id="05.4",
        title="How far a center moves",
        function="share_of_the_way",
        outputs=("s",),
        section="The centers move by a rule of their own",
        next=(
            "At batch 128 and 10 classes n is about 13, and α = 0.5 takes a center 0.46"
            " of the way. A port that trains centers by SGD on the batch's mean moves"
            " it far less at the same α."
        ),
        hints=(
            (
                "Write the sum of the rule with the mean of the samples: Σ (c − x_i) ="
                " n (c − mean). How does the new center read then?"
            ),
            (
                "c − α n (c − mean)/(1 + n) must be c + s (mean − c) for every mean:"
                " compare the two. The result is one expression for a whole array n,"
                " and gives 0 at n = 0 by itself."
            ),
        ),
        checks=(
            Check(
                "α = 1",
                1,
                shares_of_running_mean,
                "With α = 1 the new center is the mean of 1 + n points, n of them"
                " samples.",
            ),
            Check(
                "any α",
                2,
                shares_of_any_alpha,
                "Σ (c − x_i) = n (c − mean): put that into the rule.",
            ),
            Check(
                "it is what your update does",
                1,
                shares_of_own_update,
                "c + s (mean − c) is not where your `update_centers` takes the center.",
            ),
        ),
    ),
    Task(
        id="05.5",
        title="One step of Algorithm 1",
        function="joint_step",
        outputs=("v", "w", "centers"),
        section="The centers move by a rule of their own",
        next=(
            "L_C does not contain the classifier, so λ changes w only through the"
            " features that the network will make next. The centers do not feel λ or"
            " the rate at all."
        ),
        hints=(
            (
                "Both losses meet in the features: dx is g w, of the softmax, plus λ"
                " times the gradient of task 05.2. From dx back to v is one matrix"
                " product, like dw of task 03.4. w sees the softmax only, and the"
                " centers see no gradient at all."
            ),
            (
                "Compute everything from the old v, w and centers before you assign"
                " anything. x = inputs v'; g is the softmax of x w' minus 1 at the"
                " labels, without 1/N, since the loss is a sum; dx = g w + λ (x − c_y)."
                " The gradients are g' x by w and dx' inputs by v. The centers follow"
                " your `update_centers` with this x. Subtract the largest logit of a"
                " row before you exponentiate."
            ),
        ),
        checks=(
            Check(
                "the classifier w",
                2,
                step_of_the_classifier,
                "L_C does not contain w, so its gradient is the softmax part alone: g'"
                " x, a sum.",
            ),
            Check(
                "the centers",
                2,
                step_of_the_centers,
                "The rule of task 05.3 with the features of this step, before the"
                " network moves.",
            ),
            Check(
                "the network v, without L_C",
                2,
                step_of_the_network_without_centers,
                "x = inputs v', so the gradient by v is dx' inputs, with dx = g w and"
                " the old w.",
            ),
            Check(
                "the network v",
                3,
                step_of_the_network,
                "dx = g w + λ (x − c_y), with the w and the centers from before the"
                " step.",
            ),
            Check(
                "logits beyond 1,000",
                1,
                step_with_large_logits,
                "However large the logits are, the softmax lies between 0 and 1. If"
                " yours does not: e^1000 is infinite, so subtract the largest logit of"
                " a row before you exponentiate.",
            ),
            Check(
                "float32 in, float32 out, nothing changed in place",
                1,
                step_in_float32,
                "An array made without a dtype is float64, and draws the others along.",
                about="dtype",
            ),
        ),
    ),
)
