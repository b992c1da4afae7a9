"""Tasks of chapter 19: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import close, shaped
from grader.engine.differences import gradient
from grader.engine.directions import any_lengths, at_angle, unit
from grader.engine.task import Check, Task, keeps_float32

TITLE = "19 (hard negatives)"


def target_of(cosine, m):
    """Through the angle."""
    return math.cos(math.acos(min(max(float(cosine), -1.0), 1.0)) + m)


def targets_and_hard(c, y, m):
    target = np.array([target_of(c[i, label], m) for i, label in enumerate(y)])
    hard = c > target[:, None]
    for i, label in enumerate(y):
        hard[i, label] = False
    return target, hard


def _margin(trial):
    return float(trial.rng.uniform(0.3, 0.9))


def _cosines(trial, m, n=8, classes=6, farthest=math.pi - 0.1):
    """Own classes from 0.2 to `farthest`; of each row one wrong class lies between the
    own cosine and the target logit."""
    theta = np.linspace(0.2, farthest, n) + trial.rng.uniform(-0.05, 0.05, size=n)
    theta = trial.rng.permutation(theta)
    c = trial.rng.uniform(-0.95, 0.95, size=(n, classes))
    y = trial.rng.integers(0, classes, size=n)
    part = trial.rng.uniform(0.2, 0.8, size=n)
    rows = np.arange(n)
    c[rows, y] = np.cos(theta)
    wrong = (y + trial.rng.integers(1, classes, size=n)) % classes
    c[rows, wrong] = part * np.cos(theta) + (1 - part) * np.cos(theta + m)
    return c, y


# 19.1
# --------------------------------------------------------------------------------------


def target_logits(trial):
    for n in (8, 1):
        m = _margin(trial)
        c, y = _cosines(trial, m, n)
        close(trial.call(c, y, m)[0], targets_and_hard(c, y, m)[0], "target", rtol=1e-9)


def wrong_classes_that_are_hard(trial):
    """Only the wrong classes are looked at here."""
    for n in (8, 12):
        m = _margin(trial)
        c, y = _cosines(trial, m, n)
        given = shaped(trial.call(c, y, m)[1], c.shape, "hard").copy()
        given[np.arange(n), y] = False
        close(given, targets_and_hard(c, y, m)[1], "hard", rtol=0)


def own_class_is_never_hard(trial):
    m = _margin(trial)
    c, y = _cosines(trial, m, 10)
    close(trial.call(c, y, m)[1], targets_and_hard(c, y, m)[1], "hard", rtol=0)


def cosines_past_one(trial):
    m = _margin(trial)
    c, y = _cosines(trial, m, 8)
    ends = np.array([1, np.nextafter(1, 2), -1, np.nextafter(-1, -2)] * 2)
    c[np.arange(8), y] = trial.rng.permutation(ends)
    target, hard = trial.call(c, y, m)
    expected = targets_and_hard(c, y, m)
    close(target, expected[0], "target", rtol=1e-7)
    close(hard, expected[1], "hard", rtol=0)
    # A cosine past 1 is what tempts to cut c off in place.
    trial.expect_inputs_unchanged()


# 19.2
# --------------------------------------------------------------------------------------


def phi_of(cosine, form, t):
    """What a hard class counts as."""
    if form == "curricular":
        return t * cosine + cosine**2
    return cosine + t + (t * cosine if form == "adaptive" else 0.0)


def slope_of(cosine, form, t):
    return {"fixed": 1.0, "adaptive": 1 + t, "curricular": t + 2 * cosine}[form]


def reshaped_of(c, target, t, form):
    phi, slope = c.astype(float), np.ones(c.shape)
    for i, j in np.ndindex(c.shape):
        if c[i, j] > target[i]:
            phi[i, j] = phi_of(float(c[i, j]), form, t)
            slope[i, j] = slope_of(float(c[i, j]), form, t)
    return phi, slope


def _wrong_classes(trial, n=6, k=5, tie=False):
    """Hard ones and others, of both signs; with `tie` one is just at its target."""
    c = trial.rng.uniform(0.05, 0.9, size=(n, k)) * np.array([-1, 1, -1, 1, 1])[:k]
    target = trial.rng.uniform(-0.6, 0.6, size=n)
    target[:2] = -0.3, 0.3
    c[0, :3], c[1, :3] = (-0.2, -0.8, 0.5), (0.7, 0.1, -0.4)
    c[:2, :3] += trial.rng.uniform(-0.05, 0.05, size=(2, 3))
    if tie:
        c[2, 0] = target[2]
    order = trial.rng.permutation(n)
    return c[order][:, trial.rng.permutation(k)], target[order]


PHI = ("phi", "slope")


def _expect_reshaped(trial, form, which, t=None, tie=False):
    c, target = _wrong_classes(trial, tie=tie)
    t = float(trial.rng.uniform(0.1, 0.7)) if t is None else t
    given, right = trial.call(c, target, t, form), reshaped_of(c, target, t, form)
    for value, expected, name in zip(given, right, PHI, strict=True):
        if name in which:
            close(value, expected, name, rtol=1e-11)


def fixed_form(trial):
    """Of this form alone a class just at its target is asked for."""
    for tie in (False, True):
        _expect_reshaped(trial, "fixed", PHI, tie=tie)


def adaptive_form(trial):
    for _ in range(2):
        _expect_reshaped(trial, "adaptive", PHI)


def curricular_value(trial):
    for t in (None, 0.0):
        _expect_reshaped(trial, "curricular", ["phi"], t)


def curricular_slope(trial):
    for t in (None, 0.0):
        _expect_reshaped(trial, "curricular", ["slope"], t)


def reshaped_in_float32(trial):
    c, target = (a.astype(np.float32) for a in _wrong_classes(trial))
    t = float(trial.rng.uniform(0.1, 0.7))
    for form in trial.rng.permutation(["fixed", "adaptive", "curricular"]).tolist():
        given, right = trial.call(c, target, t, form), reshaped_of(c, target, t, form)
        for value, expected, name in zip(given, right, PHI, strict=True):
            close(value, expected, name, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 19.3
# --------------------------------------------------------------------------------------


def strengths(c, y, weight):
    """As the sum that the recursion unrolls to."""
    means = [
        math.fsum(row[label] for row, label in zip(*batch, strict=True)) / len(batch[0])
        for batch in zip(c, y, strict=True)
    ]
    return np.array(
        [
            math.fsum(weight * (1 - weight) ** (k - i) * means[i] for i in range(k + 1))
            for k in range(len(c))
        ]
    )


def counts_of_harder(c, y, m, weight):
    counts = []
    for cosines, labels, t in zip(c, y, strengths(c, y, weight), strict=True):
        hard = cosines[targets_and_hard(cosines, labels, m)[1]]
        counts.append(sum(phi_of(float(v), "curricular", t) > v for v in hard))
    return np.array(counts)


def _kinds(c, y, m, weight):
    """Hard classes that count for more with a cosine below 0, with one above it, those
    that count for less, and those that count as before; over all batches."""
    found = [0, 0, 0, 0]
    for cosines, labels, t in zip(c, y, strengths(c, y, weight), strict=True):
        for v in cosines[targets_and_hard(cosines, labels, m)[1]]:
            found[0 if v < 0 else 3 if v == 0 else 1 if v + t > 1 else 2] += 1
    return found


def _training(trial, batches=6):
    """Samples that are nearer to their own classes with each batch."""
    while True:
        m = float(trial.rng.uniform(0.5, 0.9))
        weight = float(trial.rng.choice([0.1, 0.3]) + trial.rng.uniform(0, 0.1))
        farthest = np.linspace(2.2, 1.0, batches)
        drawn = [_cosines(trial, m, 8, farthest=end) for end in farthest]
        c, y = (np.array(part) for part in zip(*drawn, strict=True))
        c[:, np.arange(3), (y[:, :3] + 1) % c.shape[2]] = 0
        if batches == 1 or min(_kinds(c, y, m, weight)) >= 3:
            return c, y, m, weight


def t_of_the_first_batch(trial):
    for _ in range(2):
        c, y, m, weight = _training(trial, 1)
        close(trial.call(c, y, m, weight)[0], strengths(c, y, weight), "t", rtol=1e-10)


def t_of_many_batches(trial):
    c, y, m, weight = _training(trial)
    close(trial.call(c, y, m, weight)[0], strengths(c, y, weight), "t", rtol=1e-10)
    close(trial.call(c, y, m, 0.01)[0], strengths(c, y, 0.01), "t", rtol=1e-10)
    # A training that begins with samples on the far side: t is below 0 there.
    c[0, np.arange(len(y[0])), y[0]] = -trial.rng.uniform(0.2, 0.9, size=len(y[0]))
    close(trial.call(c, y, m, weight)[0], strengths(c, y, weight), "t", rtol=1e-10)


def classes_that_have_become_harder(trial):
    for batches in (6, 8):
        c, y, m, weight = _training(trial, batches)
        expected = counts_of_harder(c, y, m, weight)
        close(trial.call(c, y, m, weight)[1], expected, "harder", rtol=0)
    trial.expect_inputs_unchanged()


# 19.4
# --------------------------------------------------------------------------------------


def curricular_loss(x, w, y, t, m, s, hard):
    """With t and the hard classes as they are given."""
    c = unit(x) @ unit(w).T
    losses = []
    for i, label in enumerate(y):
        z = [
            s * (phi_of(v, "curricular", t) if hard[i, j] else v)
            for j, v in enumerate(c[i].tolist())
        ]
        z[label] = s * target_of(c[i, label], m)
        top = max(z)
        sum_of_all = math.fsum(math.exp(v - top) for v in z)
        losses.append(math.log(sum_of_all) + top - z[label])
    return math.fsum(losses) / len(losses)


def _held(x, w, y, t, m, weight):
    """t with the batch in it, and the hard classes."""
    c = unit(x) @ unit(w).T
    mean = math.fsum(c[i, label] for i, label in enumerate(y)) / len(y)
    return (1 - weight) * t + weight * mean, targets_and_hard(c, y, m)[1]


def _batch(trial, m, n=6, d=3, classes=5):
    """Samples from near their classes to past π − m, with hard classes of all kinds.

    No cosine is so near its target logit that a difference crosses the jump.
    """
    rows = np.arange(n)
    while True:
        w = unit(trial.rng.normal(size=(classes, d)))
        y = trial.rng.integers(0, classes, size=n)
        near = trial.rng.uniform(0.3, 1.6, size=n - 1)
        theta = np.append(near, math.pi - trial.rng.uniform(0.15, m - 0.1))
        x = at_angle(trial.rng, w[y], trial.rng.permutation(theta))
        c = x @ w.T
        target, hard = targets_and_hard(c, y, m)
        wrong = np.ones(c.shape, dtype=bool)
        wrong[rows, y] = False
        between = hard & (c < c[rows, y][:, None])
        kinds = hard & (c < -0.35), hard & (c > 0.1), wrong & ~hard, between
        if (
            min(int(kind.sum()) for kind in kinds) >= 2
            and np.abs(c - target[:, None])[wrong].min() > 1e-3
        ):
            return x * any_lengths(trial.rng, n), w * any_lengths(trial.rng, classes), y


def _nothing_hard(trial, m, n=6, classes=4):
    """Samples beside rows that are nearly at right angles."""
    while True:
        w = unit(np.eye(classes) + trial.rng.normal(size=(classes, classes)) / 10)
        y = trial.rng.integers(0, classes, size=n)
        x = at_angle(trial.rng, w[y], trial.rng.uniform(0.1, 0.5, size=n))
        if not targets_and_hard(x @ w.T, y, m)[1].any():
            return x * any_lengths(trial.rng, n), w * any_lengths(trial.rng, classes), y


def _numbers(trial):
    """m, s and t."""
    uniform = trial.rng.uniform
    return float(uniform(0.4, 0.6)), float(uniform(3, 9)), float(uniform(0.2, 0.6))


def _expect_curricular(trial, batch, which, m, s, t, weight):
    x, w, y = batch
    held, hard = _held(x, w, y, t, m, weight)
    given = trial.call(x, w, y, t, m, s, weight)
    expected = {
        "loss": lambda: curricular_loss(x, w, y, held, m, s, hard),
        "dx": lambda: gradient(lambda v: curricular_loss(v, w, y, held, m, s, hard), x),
        "dw": lambda: gradient(lambda v: curricular_loss(x, v, y, held, m, s, hard), w),
    }
    for value, name in zip(given, LOSS, strict=True):
        if name in which:
            rtol = 1e-10 if name == "loss" else 1e-6
            close(value, expected[name](), name, rtol=rtol)


LOSS = ("loss", "dx", "dw")


def curricular_loss_of_batches(trial):
    for weight in (0.0, float(trial.rng.uniform(0.2, 0.8))):
        m, s, t = _numbers(trial)
        _expect_curricular(trial, _batch(trial, m), ["loss"], m, s, t, weight)


def curricular_loss_at_a_large_scale(trial):
    """The largest logits of two rows are so far apart that one is nothing beside the
    other; and one is so far above the mean of its row that its exponential is none."""
    while True:
        m, _, t = _numbers(trial)
        x, w, y = _batch(trial, m)
        c = unit(x) @ unit(w).T
        target, hard = targets_and_hard(c, y, m)
        phi = np.where(hard, phi_of(c, "curricular", t), c)
        phi[np.arange(len(y)), y] = target
        top = phi.max(axis=1)
        if np.ptp(top) > 0.8 and np.max(top - phi.mean(axis=1)) > 0.75:
            break
    _expect_curricular(trial, (x, w, y), ["loss"], m, 1000.0, t, 0.0)


def gradients_where_nothing_is_hard(trial):
    m, s, t = _numbers(trial)
    _expect_curricular(trial, _nothing_hard(trial, m), ["dx", "dw"], m, s, t, 0.0)


def dx_with_hard_classes(trial):
    for n in (6, 8):
        m, s, t = _numbers(trial)
        _expect_curricular(trial, _batch(trial, m, n), ["dx"], m, s, t, 0.0)


def dw_with_hard_classes(trial):
    for n in (6, 8):
        m, s, t = _numbers(trial)
        _expect_curricular(trial, _batch(trial, m, n), ["dw"], m, s, t, 0.0)


def gradients_with_the_batch_in_t(trial):
    m, s, t = _numbers(trial)
    weight = float(trial.rng.uniform(0.2, 0.4))
    _expect_curricular(trial, _batch(trial, m), ["dx", "dw"], m, s, t, weight)
    trial.expect_inputs_unchanged()


FORWARD = "What it counts as, and the number that rises"
THE_GRADIENT = (
    "The gradient of each logit, p − [j = y_i], over N, times s and its slope by the"
    " cosine. Then two products with ŵ and x̂, what is radial taken out, and the"
    " lengths divided by."
)

TASKS = (
    Task(
        id="19.1",
        title="Which wrong classes are hard",
        function="hard_negatives",
        outputs=("target", "hard"),
        section="A wrong class that nearly wins is the one to look at",
        next=(
            "A sample can be classified rightly and have hard classes: all those"
            " between its target logit and its own cosine."
        ),
        hints=(
            (
                "T takes two steps: the cosines at the labels, and the margin on their"
                " angle. Each row of c is then compared with one number. Which entry of"
                " the row is above it though it is no wrong class?"
            ),
            (
                "c[np.arange(N), y] are the own cosines. cos(θ + m) needs no angle:"
                " cos θ cos m − sin θ sin m, with sin θ as a root of what is at least"
                " 0. Compare c with T as a column, and set the entries at the labels to"
                " False."
            ),
        ),
        checks=(
            Check(
                "the target logits",
                2,
                target_logits,
                "T[i] = cos(θ + m), θ being the angle whose cosine is c[i, y[i]].",
            ),
            Check(
                "the wrong classes that are hard",
                2,
                wrong_classes_that_are_hard,
                "Hard is what is above T, the margin included: c[i, j] > T[i].",
            ),
            Check(
                "the own class",
                1,
                own_class_is_never_hard,
                "With a margin the own cosine is nearly always above T. It is no wrong"
                " class: False at the labels.",
            ),
            Check(
                "cosines of 1 and a little more",
                2,
                cosines_past_one,
                "1 − c² may be −4e-16, and arccos of 1.0000000000000002 is NaN: let"
                " them not pass 0, or 1.",
                about="not finite",
                otherwise=(
                    "There the angle is 0, and T is cos m; at −1 it is π, and T is"
                    " −cos m. Nothing is to be cut off before that."
                ),
            ),
        ),
    ),
    Task(
        id="19.2",
        title="What a wrong class counts as",
        function="reshaped",
        outputs=PHI,
        section=FORWARD,
        next=(
            "CurricularFace's slope is below 0 for c < −t/2. Such a class is hard, and"
            " the loss falls if the sample comes nearer to it."
        ),
        hints=(
            (
                "Compute what all classes would count as if all were hard, and choose"
                " afterwards. The slope of c (t + c) is that of a product of which both"
                " factors depend on c."
            ),
            (
                "np.where(hard, phi, c) and np.where(hard, slope, 1.0), with T as a"
                " column in the comparison. c (t + c) is t c + c²: take its derivative"
                " term by term. An array of one number and the dtype of c is"
                " np.full_like(c, number)."
            ),
        ),
        checks=(
            Check(
                "MV-Softmax, fixed",
                2,
                fixed_form,
                "Hard classes count as c + t, with the slope 1; others as c, also what"
                " is just at its target logit.",
            ),
            Check(
                "MV-Softmax, adaptive",
                2,
                adaptive_form,
                "Hard classes count as (1 + t) c + t, with the slope 1 + t; others as"
                " c, with the slope 1.",
            ),
            Check(
                "CurricularFace, the value",
                2,
                curricular_value,
                "Hard classes count as c (t + c), others as c; nothing is added to"
                " close the gap between them.",
            ),
            Check(
                "CurricularFace, the slope",
                2,
                curricular_slope,
                "The derivative of t c + c² by c, for hard classes; 1 for the others.",
            ),
            keeps_float32(reshaped_in_float32),
        ),
    ),
    Task(
        id="19.3",
        title="The number that rises",
        function="curriculum",
        outputs=("t", "harder"),
        section=FORWARD,
        next=(
            "With the weight .01 a training of 1,000 steps has forgotten its start but"
            " for 0.99^1000, 4 in 100,000; with .99, after three steps."
        ),
        hints=(
            (
                "Go from batch to batch and carry t along. In which order do three"
                " things happen: t takes in the batch, t is used, t is noted? What"
                " enters t knows nothing of the margin; which classes are hard does."
            ),
            (
                "t becomes (1 − weight) t + weight times the mean of the own cosines."
                " Then tasks 19.1 and 19.2 give the hard classes, and what they count"
                " as: count those that are hard and whose φ is above their cosine. It"
                " is not only those above 1 − t."
            ),
        ),
        checks=(
            Check(
                "t for the first batch",
                2,
                t_of_the_first_batch,
                "t starts at 0, and the batch enters before t is used: weight times the"
                " mean own cosine.",
            ),
            Check(
                "t for many batches",
                3,
                t_of_many_batches,
                "(1 − weight) of the old t, and weight of the mean own cosine of the"
                " batch, without the margin.",
            ),
            Check(
                "how many have become harder",
                3,
                classes_that_have_become_harder,
                "Count the entries that are hard and have φ(c) > c, with the t of the"
                " same batch.",
            ),
        ),
    ),
    Task(
        id="19.4",
        title="CurricularFace, forward and backward",
        function="curricularface",
        outputs=LOSS,
        section="One factor more in the same two products",
        next=(
            "Only two lines of this know CurricularFace: φ and its slope. With 19.2's"
            " other forms in their place, and t held, it is MV-Softmax."
        ),
        hints=(
            (
                "Forward in the order of the chapter: unit rows, cosines, t, T and the"
                " hard classes, φ, and the target last. Backward each logit is s times"
                " a function of one cosine, the target as well: which slopes do these"
                " functions have?"
            ),
            (
                "Put the slopes into one matrix: at a label that of cos(θ + m) by cos"
                " θ, which is sin(θ + m)/sin θ, elsewhere that of task 19.2. With g = p"
                " − [j = y_i], q = s g ∘ slope / N. Then dx comes from q ŵ and dw from"
                " qᵀ x̂, each made tangential and divided by its length."
            ),
        ),
        checks=(
            Check(
                "the loss",
                2,
                curricular_loss_of_batches,
                "The mean of −log softmax at the label, of logits s T there and s φ(c)"
                " elsewhere; the batch enters t before.",
            ),
            Check(
                "the loss for s = 1000",
                1,
                curricular_loss_at_a_large_scale,
                "e^1000 is no float64, and the logarithm of 0 no number: take the"
                " maximum out, or use np.logaddexp.reduce, and never the logarithm of"
                " a share.",
                about="not finite",
                otherwise=(
                    "There the loss is the largest logit minus the target's, nearly."
                    " Take care of the target: it is set last."
                ),
            ),
            Check(
                "the gradients where nothing is hard",
                3,
                gradients_where_nothing_is_hard,
                "There it is ArcFace. " + THE_GRADIENT,
            ),
            Check(
                "dx with hard classes",
                3,
                dx_with_hard_classes,
                THE_GRADIENT + " Of a hard class the slope is t + 2c.",
            ),
            Check(
                "dw with hard classes",
                3,
                dw_with_hard_classes,
                THE_GRADIENT + " Of a hard class the slope is t + 2c.",
            ),
            Check(
                "t with the batch in it",
                2,
                gradients_with_the_batch_in_t,
                "The batch enters t before t is used, and no gradient goes through it.",
            ),
        ),
    ),
)
