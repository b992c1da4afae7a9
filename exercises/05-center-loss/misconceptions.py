"""Wrong answers of chapter 5, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _counts(centers, y):
    return np.bincount(y, minlength=len(centers)).astype(centers.dtype)[:, None]


def _delta(x, centers, y):
    """Σ (c_j − x_i) for each class."""
    delta = np.zeros_like(centers)
    np.add.at(delta, y, centers[y] - x)
    return delta


def _update(x, centers, y, alpha):
    return centers - alpha * _delta(x, centers, y) / (1 + _counts(centers, y))


# 05.1


def _reduced(losses, y, reduction):
    return np.sum(losses) / len(y) if reduction == "mean" else np.sum(losses)


def half_forgotten(x, centers, y, reduction):
    return _reduced((x - centers[y]) ** 2, y, reduction)


def distance_for_square(x, centers, y, reduction):
    return _reduced(0.5 * np.linalg.norm(x - centers[y], axis=1), y, reduction)


def mean_over_features_too(x, centers, y, reduction):
    squares = 0.5 * (x - centers[y]) ** 2
    return np.mean(squares) if reduction == "mean" else np.sum(squares)


def always_the_mean(x, centers, y, reduction):
    return _reduced(0.5 * (x - centers[y]) ** 2, y, "mean")


def always_the_sum(x, centers, y, reduction):
    return _reduced(0.5 * (x - centers[y]) ** 2, y, "sum")


def every_center(x, centers, y, reduction):
    return _reduced(0.5 * (x[:, None, :] - centers) ** 2, y, reduction)


def means_of_the_batch(x, centers, y, reduction):
    means = _update(x, np.zeros_like(x, shape=centers.shape), y, 1.0)
    counts = _counts(centers, y)
    means = means * (1 + counts) / np.maximum(counts, 1)
    return _reduced(0.5 * (x - means[y]) ** 2, y, reduction)


def expanded_square(x, centers, y, reduction):
    c = centers[y]
    return _reduced(
        0.5 * (x * x).sum(1) - (x * c).sum(1) + 0.5 * (c * c).sum(1), y, reduction
    )


# 05.2


def _away(x, centers, y, reduction):
    return (x - centers[y]) / (len(y) if reduction == "mean" else 1)


def sign_turned(x, centers, y, reduction):
    return -_away(x, centers, y, reduction)


def two_left_over(x, centers, y, reduction):
    return 2 * _away(x, centers, y, reduction)


def forgotten_1_over_n(x, centers, y, reduction):
    return _away(x, centers, y, "sum")


def always_1_over_n(x, centers, y, reduction):
    return _away(x, centers, y, "mean")


def divided_by_the_class(x, centers, y, reduction):
    return (x - centers[y]) / (_counts(centers, y)[y] if reduction == "mean" else 1)


def unit_vectors(x, centers, y, reduction):
    away = _away(x, centers, y, reduction)
    lengths = np.linalg.norm(x - centers[y], axis=1, keepdims=True)
    return away / lengths


def by_the_centers(x, centers, y, reduction):
    return _delta(x, centers, y) / (len(y) if reduction == "mean" else 1)


def divided_by_all_entries(x, centers, y, reduction):
    return (x - centers[y]) / (x.size if reduction == "mean" else 1)


# 05.3


def one_forgotten(x, centers, y, alpha):
    return centers - alpha * _delta(x, centers, y) / np.maximum(_counts(centers, y), 1)


def nothing_over_nothing(x, centers, y, alpha):
    return centers - alpha * _delta(x, centers, y) / _counts(centers, y)


def plain_gradient(x, centers, y, alpha):
    return centers - alpha * _delta(x, centers, y)


def divided_by_the_batch(x, centers, y, alpha):
    return centers - alpha * _delta(x, centers, y) / (1 + len(y))


def last_sample_only(x, centers, y, alpha):
    delta = np.zeros_like(centers)
    delta[y] += centers[y] - x
    return centers - alpha * delta / (1 + _counts(centers, y))


def pushed_away(x, centers, y, alpha):
    return centers + alpha * _delta(x, centers, y) / (1 + _counts(centers, y))


def alpha_the_other_way_round(x, centers, y, alpha):
    return _update(x, centers, y, 1 - alpha)


def alpha_left_out(x, centers, y, alpha):
    return _update(x, centers, y, 1.0)


def every_sample_pulls_every_center(x, centers, y, alpha):
    n = len(y)
    return centers - alpha * (n * centers - x.sum(axis=0)) / (1 + n)


def one_after_the_other(x, centers, y, alpha):
    new, n = centers.copy(), _counts(centers, y)
    for x_i, label in zip(x, y, strict=True):
        new[label] -= alpha * (new[label] - x_i) / (1 + n[label])
    return new


def one_after_the_other_undivided(x, centers, y, alpha):
    new = centers.copy()
    for x_i, label in zip(x, y, strict=True):
        new[label] -= alpha * (new[label] - x_i)
    return new


def all_the_way_to_the_batch(x, centers, y, alpha):
    return centers - alpha * np.minimum(_counts(centers, y), 1) * (
        centers - x.mean(axis=0)
    )


def mean_of_the_batch(x, centers, y, alpha):
    n = _counts(centers, y)
    return centers - alpha * n * (centers - x.mean(axis=0)) / (1 + n)


# 05.4


def alpha_alone(n, alpha):
    return alpha * np.minimum(n, 1.0)


def one_part(n, alpha):
    return alpha / (1 + n)


def what_is_left(n, alpha):
    return 1 - alpha * n / (1 + n)


def alpha_weighs_the_count(n, alpha):
    return alpha * n / (1 + alpha * n)


# 05.5


def _step(inputs, v, w, centers, y, lam, alpha, rate, **changed):
    """The right step, but for the parts that are given."""
    x = inputs @ v.T
    z = x @ w.T
    g = np.exp(z - changed.get("shift", 1) * np.max(z, axis=1, keepdims=True))
    g /= np.sum(g, axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g * changed.get("part", 1)
    new_w = w - rate * changed.get("speed_of_w", 1) * (g.T @ x)
    new_centers = _update(x, centers, y, changed.get("speed", alpha))
    from_w = new_w if changed.get("late_w") else w
    from_centers = new_centers if changed.get("late_centers") else centers
    pull = changed.get("weight", lam) * (x - from_centers[y]) * changed.get("part", 1)
    dx = g @ from_w + pull
    new_v = v - rate * (dx.T @ inputs)
    if changed.get("late_x"):
        new_centers = _update(inputs @ new_v.T, centers, y, alpha)
    if changed.get("by_gradient"):
        new_centers = centers - alpha * _delta(x, centers, y)
    return new_v, new_w, new_centers


def network_before_centers(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, late_x=True)


def centers_before_gradient(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, late_centers=True)


def classifier_before_gradient(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, late_w=True)


def lam_left_out(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, weight=1 if lam else 0)


def centers_left_out(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, weight=0)


def lam_on_the_centers(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, speed=alpha * lam)


def rate_on_the_centers(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, speed=alpha * rate)


def centers_by_gradient(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, by_gradient=True)


def mean_for_sum(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(
        inputs, v, w, centers, y, lam, alpha, rate, part=v.dtype.type(1 / len(y))
    )


def no_shift(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, shift=0)


def pull_turned_round(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, weight=-lam)


def uphill(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, -rate)


def lam_on_the_classifier(inputs, v, w, centers, y, lam, alpha, rate):
    return _step(inputs, v, w, centers, y, lam, alpha, rate, speed_of_w=lam)


MISCONCEPTIONS = (
    Misconception(
        "05.1",
        "½ forgotten",
        "You left out the ½. With it the gradient is x − c and has no 2; code that"
        " leaves it out has in truth twice the λ it was given.",
        half_forgotten,
    ),
    Misconception(
        "05.1",
        "distance for its square",
        "You add up distances where the loss has their squares. The square pulls a far"
        " sample harder than a near one; the distance pulls all of them alike.",
        distance_for_square,
    ),
    Misconception(
        "05.1",
        "mean over features too",
        "Your mean divides by N·D. The loss of a sample is the sum over its D features;"
        " only the samples are averaged.",
        mean_over_features_too,
    ),
    Misconception(
        "05.1",
        "always the mean",
        "You divide by N for both reductions. The paper's own loss is the sum: divide"
        " only where the reduction is “mean”.",
        always_the_mean,
    ),
    Misconception(
        "05.1",
        "always the sum",
        "You add up for both reductions; divide by N where the reduction is “mean”.",
        always_the_sum,
    ),
    Misconception(
        "05.1",
        "distance to every center",
        "You measure each sample against all C centers. Only the center of its own"
        " class counts: centers[y], one row a sample.",
        every_center,
    ),
    Misconception(
        "05.1",
        "means of the batch for centers",
        "You measure from the class means of this batch, and so one sample alone has no"
        " loss. The centers are kept from step to step, and are an argument of their"
        " own.",
        means_of_the_batch,
    ),
    Misconception(
        "05.1",
        "expanded square",
        "You expanded the square, as |x|² − 2 x·c + |c|². Far from 0 these are large"
        " numbers with a small difference, and rounding leaves nothing of it: subtract"
        " first, square after.",
        expanded_square,
    ),
    Misconception(
        "05.2",
        "wrong sign",
        "Your gradient has the other sign. It points away from the center, x − c; it is"
        " the step against it that goes toward the center.",
        sign_turned,
    ),
    Misconception(
        "05.2",
        "a 2 too many",
        "Your gradient is twice too large: the 2 of the square cancels the ½"
        " before it.",
        two_left_over,
    ),
    Misconception(
        "05.2",
        "1/N forgotten",
        "You left out 1/N for the mean. The loss is divided by N, and so is each row of"
        " its gradient.",
        forgotten_1_over_n,
    ),
    Misconception(
        "05.2",
        "1/N for the sum too",
        "You divide by N for both reductions; the gradient of a sum is not divided by"
        " anything.",
        always_1_over_n,
    ),
    Misconception(
        "05.2",
        "divided by the size of the class",
        "You divide by n_j, the number of samples of the class. The mean is over all N"
        " samples of the batch; n_j belongs to the update of the centers.",
        divided_by_the_class,
    ),
    Misconception(
        "05.2",
        "unit vectors",
        "Your rows all have one length: this is the gradient of the distance. The loss"
        " has its square, and so the gradient is x − c itself.",
        unit_vectors,
    ),
    Misconception(
        "05.2",
        "gradient by the centers",
        "This is the gradient with respect to the centers, one row a class. Wanted is"
        " the one with respect to the features, one row a sample.",
        by_the_centers,
    ),
    Misconception(
        "05.2",
        "mean over features too",
        "You divide by all N·D entries. The mean is over the N samples; the D features"
        " of each are summed up.",
        divided_by_all_entries,
    ),
    Misconception(
        "05.3",
        "1 + n_j forgotten",
        "You divide by n_j where the rule has 1 + n_j. The 1 is the old center, which"
        " counts as one sample more, so that a class with one sample moves half as"
        " far.",
        one_forgotten,
    ),
    Misconception(
        "05.3",
        "0/0 for an absent class",
        "You divide by n_j, which is 0 for a class that is not in the batch: its center"
        " becomes NaN. With 1 + n_j, as in the rule, it stays where it is.",
        nothing_over_nothing,
    ),
    Misconception(
        "05.3",
        "plain gradient",
        "You do not divide: this is a step along the gradient of the sum. With 13"
        " samples of a class and α = 0.5 the center shoots past its samples and far"
        " beyond.",
        plain_gradient,
    ),
    Misconception(
        "05.3",
        "divided by the batch",
        "You divide by 1 + N. It is 1 + n_j, with the samples of this class only;"
        " otherwise a class moves the slower, the more other classes there are.",
        divided_by_the_batch,
    ),
    Misconception(
        "05.3",
        "last sample only",
        "Of the samples of a class only the last one is added up: `a[y] += b` writes"
        " once for every label, however often it occurs. Use np.add.at(a, y, b), or a"
        " loop.",
        last_sample_only,
    ),
    Misconception(
        "05.3",
        "pushed away",
        "Your centers move away from their samples. Δ is a sum of c − x, and is"
        " subtracted.",
        pushed_away,
    ),
    Misconception(
        "05.3",
        "α the other way round",
        "You use 1 − α for α. In the paper α = 0 leaves the centers alone and α = 1"
        " moves them most; some public code counts the other way.",
        alpha_the_other_way_round,
    ),
    Misconception(
        "05.3",
        "α left out",
        "You left out α: your centers move as with α = 1.",
        alpha_left_out,
    ),
    Misconception(
        "05.3",
        "every sample pulls every center",
        "All samples pull all of your centers. Only those with y_i = j are in the sum"
        " of class j, and a class without any stays where it is.",
        every_sample_pulls_every_center,
    ),
    Misconception(
        "05.3",
        "one after the other",
        "You move a center once for each sample, and measure the next sample from where"
        " the last one left it. All differences c_j − x_i are taken from the old"
        " center, and it moves once.",
        one_after_the_other,
    ),
    Misconception(
        "05.3",
        "one after the other, undivided",
        "You let every sample move its center by α, one after the other. The rule takes"
        " all differences from the old center, adds them up, and divides by 1 + n_j.",
        one_after_the_other_undivided,
    ),
    Misconception(
        "05.3",
        "to the mean of the batch",
        "You move every center that has a sample toward the mean of the whole batch,"
        " and do not divide by 1 + n_j. Only the samples of class j pull its center.",
        all_the_way_to_the_batch,
    ),
    Misconception(
        "05.3",
        "mean of the whole batch",
        "You draw every center toward the mean of the whole batch. Only the samples of"
        " class j are in the sum of its center.",
        mean_of_the_batch,
    ),
    Misconception(
        "05.4",
        "α alone",
        "α is not the share: the rule divides a sum over n samples by 1 + n, so n/(1 +"
        " n) is left. It tends to 1 only for many samples.",
        alpha_alone,
    ),
    Misconception(
        "05.4",
        "the sum counted once",
        "You have α/(1 + n), which falls with n. The sum over the samples has n terms,"
        " and is n times their mean: more samples pull harder, not less.",
        one_part,
    ),
    Misconception(
        "05.4",
        "what is left of the way",
        "This is the part of the way that is still left, 1 − s. Wanted is the part that"
        " is gone.",
        what_is_left,
    ),
    Misconception(
        "05.4",
        "α on the samples",
        "You weigh the samples with α in the running mean. α stands before the whole"
        " step: with many samples s tends to α, and not to 1.",
        alpha_weighs_the_count,
    ),
    Misconception(
        "05.5",
        "network before centers",
        "You move the centers with the features of the network after its step."
        " Algorithm 1 uses the features that it has: those of this step's forward.",
        network_before_centers,
    ),
    Misconception(
        "05.5",
        "centers moved too early",
        "Your dx is measured from the new centers. The gradient is that of this step's"
        " loss: take it before the centers move.",
        centers_before_gradient,
    ),
    Misconception(
        "05.5",
        "classifier moved too early",
        "Your dx is formed with the new w. The gradient is that of this step's loss:"
        " take it before w moves.",
        classifier_before_gradient,
    ),
    Misconception(
        "05.5",
        "λ left out",
        "You add the gradient of L_C without λ: dx = g w + λ (x − c_y).",
        lam_left_out,
    ),
    Misconception(
        "05.5",
        "L_C left out of dx",
        "Your network does not feel the center loss: add λ (x − c_y) to dx. Without it"
        " the centers follow the features, but nothing draws the features to them.",
        centers_left_out,
    ),
    Misconception(
        "05.5",
        "λ on the centers",
        "You multiply the move of the centers by λ. The rule carries α alone: centers"
        " are a statistic of the features and no weights that are trained on L.",
        lam_on_the_centers,
    ),
    Misconception(
        "05.5",
        "learning rate on the centers",
        "You multiply the move of the centers by the learning rate. The rule carries α"
        " alone.",
        rate_on_the_centers,
    ),
    Misconception(
        "05.5",
        "centers by their gradient",
        "You move the centers along their gradient. The rule divides that by 1 + n_j.",
        centers_by_gradient,
    ),
    Misconception(
        "05.5",
        "mean for sum",
        "You divide by N. In this task, as in the paper, both losses are sums over the"
        " batch.",
        mean_for_sum,
    ),
    Misconception(
        "05.5",
        "exp without the shift",
        "You exponentiate the logits as they are, and e^1000 is infinite: infinity over"
        " infinity is NaN. Subtract the largest logit of each row first; the softmax is"
        " the same.",
        no_shift,
    ),
    Misconception(
        "05.5",
        "pull turned round",
        "The center loss pushes your features away from their centers: its gradient is"
        " x − c_y, and it is added to that of the softmax.",
        pull_turned_round,
    ),
    Misconception(
        "05.5",
        "uphill",
        "You add rate times the gradient. The loss grows along its gradient: v and w"
        " move by −rate.",
        uphill,
    ),
    Misconception(
        "05.5",
        "λ on the classifier",
        "You multiply the step of w by λ. L_C does not contain w, and L_S stands in L"
        " without a factor.",
        lam_on_the_classifier,
    ),
)
