"""Tasks of chapter 9: what a right answer is, as properties on fresh numbers."""

import math
from decimal import Decimal, localcontext

import numpy as np

from grader.engine.compare import agrees, close, shaped
from grader.engine.differences import gradient
from grader.engine.task import Check, Task, keeps_float32

TITLE = "9 (focal loss)"


def of_float32_and_uint8(run, dtype_hint):
    """The check that each of the sigmoid's tasks ends with."""
    return Check(
        "float32 logits, uint8 targets",
        1,
        run,
        dtype_hint,
        about="dtype",
        otherwise=(
            "In uint8, 2t − 1 is 255 for t = 0, and −1 is 255, too: choose with "
            "np.where(t == 1, …), or convert t to the dtype of z first."
        ),
    )


def log_p_of(z, t):
    """log p_t of one decision, with the exponential of a negative number only."""
    yz = z if t else -z
    return -math.log1p(math.exp(-yz)) if yz > 0 else yz - math.log1p(math.exp(yz))


def loss_of(z, t, gamma, alpha):
    """The focal loss of one decision."""
    not_p = math.exp(log_p_of(z, 1 - t))
    weight = 1 if alpha is None else alpha if t else 1 - alpha
    return -weight * not_p**gamma * log_p_of(z, t)


def exact(z, t, gamma, alpha):
    """The loss and its derivative, that by differences, in 90 digits."""
    with localcontext() as context:
        context.prec = 90
        step = Decimal("1e-30")
        weight = Decimal(1 if alpha is None else alpha if t else 1 - alpha)

        def loss(z):
            power = (-z if t else z).exp()
            p = 1 / (1 + power)
            return -weight * (power * p) ** Decimal(gamma) * p.ln()

        z = Decimal(float(z))
        return float(loss(z)), float((loss(z + step) - loss(z - step)) / (2 * step))


def _of(function, z, t, *rest):
    """A function of one decision, for arrays."""
    decisions = zip(z.ravel().tolist(), t.ravel(), strict=True)
    return np.array([function(*both, *rest) for both in decisions]).reshape(z.shape)


def _decisions(trial, shape=(3, 1, 3), size=2.0):
    """Both targets occur with both signs of the logit, and with 0."""
    z = size * trial.rng.uniform(0.1, 1.5, size=shape)
    z *= trial.rng.choice([-1, 1], size=shape)
    t = trial.rng.integers(0, 2, size=shape)
    z.flat[:6] = np.abs(z.flat[:6]) * [1, 1, -1, -1, 0, 0]
    t.flat[:6] = [0, 1, 0, 1, 0, 1]
    return z, t


def _far(trial, distances):
    """Logits at these distances from 0, on both sides, with both targets."""
    far = np.asarray(distances) + trial.rng.uniform(0, 1, size=len(distances))
    return np.concatenate([far, -far, far, -far]), np.repeat([0, 1], 2 * len(far))


def _gammas(trial):
    return 0.5, 2.0, float(trial.rng.uniform(2.5, 5))


def _with_alpha(trial):
    """Pairs of γ and α, both ends of α among them."""
    alpha = float(trial.rng.uniform(0.6, 0.9))
    return (0.0, 0.25), (2.0, alpha), (1.0, 0.0), (0.5, 1.0)


# 09.1
# --------------------------------------------------------------------------------------


def log_p_of_ordinary_logits(trial):
    z, t = _decisions(trial)
    close(trial.call(z, t)[0], _of(log_p_of, z, t), "log_p", rtol=1e-12)


def log_not_of_ordinary_logits(trial):
    z, t = _decisions(trial)
    close(trial.call(z, t)[1], _of(log_p_of, z, 1 - t), "log_not", rtol=1e-12)


def logs_of_sure_decisions(trial):
    z, t = _far(trial, [5, 20, 36, 40])
    log_p, log_not = trial.call(z, t)
    close(log_p, _of(log_p_of, z, t), "log_p", rtol=1e-12, elementwise=True)
    close(log_not, _of(log_p_of, z, 1 - t), "log_not", rtol=1e-12, elementwise=True)


def logs_of_extreme_logits(trial):
    z, t = _far(trial, [100, 720, 800, 1e4])
    log_p, log_not = trial.call(z, t)
    close(log_p, _of(log_p_of, z, t), "log_p", rtol=1e-12)
    close(log_not, _of(log_p_of, z, 1 - t), "log_not", rtol=1e-12)


def logs_in_float32(trial):
    z, t = _decisions(trial)
    z = z.astype(np.float32)
    log_p, log_not = trial.call(z, t.astype(np.uint8))
    close(log_p, _of(log_p_of, z, t), "log_p", rtol=1e-5, dtype=np.float32)
    close(log_not, _of(log_p_of, z, 1 - t), "log_not", rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 09.2
# --------------------------------------------------------------------------------------


def focal_without_focus(trial):
    z, t = _decisions(trial)
    close(trial.call(z, t, 0.0, None), -_of(log_p_of, z, t), "losses", rtol=1e-12)


def _expect_focal(trial, z, t, gamma, alpha, rtol=1e-11, dtype=None):
    expected = _of(loss_of, z, t, gamma, alpha)
    close(trial.call(z, t, gamma, alpha), expected, "losses", rtol, dtype=dtype)


def focal_with_gamma(trial):
    for gamma in _gammas(trial):
        _expect_focal(trial, *_decisions(trial), gamma, None)


def focal_with_alpha(trial):
    for gamma, alpha in _with_alpha(trial):
        _expect_focal(trial, *_decisions(trial), gamma, alpha)


def focal_of_easy_decisions(trial):
    z, t = _far(trial, [10, 30, 40])
    for gamma in (0.5, 2.0):
        losses = [exact(*both, gamma, None)[0] for both in zip(z, t, strict=True)]
        given = trial.call(z, t, gamma, None)
        close(given, losses, "losses", rtol=1e-11, elementwise=True)


def focal_of_extreme_logits(trial):
    z, t = _far(trial, [100, 720, 800])
    for gamma in (0.0, 0.5, 2.0):
        _expect_focal(trial, z, t, gamma, 0.25)


def focal_in_float32(trial):
    z, t = _decisions(trial)
    z, t = z.astype(np.float32), t.astype(np.uint8)
    for alpha in (None, 0.25):
        _expect_focal(trial, z, t, 2.0, alpha, rtol=1e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 09.3
# --------------------------------------------------------------------------------------


def _slopes(z, t, gamma, alpha, h=1e-5):
    after, before = (_of(loss_of, z + step, t, gamma, alpha) for step in (h, -h))
    return (after - before) / (2 * h)


def _expect_slopes(trial, gamma, alpha):
    z, t = _decisions(trial)
    close(trial.call(z, t, gamma, alpha), _slopes(z, t, gamma, alpha), "dz", rtol=1e-7)


def slopes_without_focus(trial):
    _expect_slopes(trial, 0.0, None)


def slopes_with_gamma(trial):
    for gamma in _gammas(trial):
        _expect_slopes(trial, gamma, None)


def slopes_with_alpha(trial):
    for gamma, alpha in _with_alpha(trial):
        _expect_slopes(trial, gamma, alpha)


def slopes_of_easy_decisions(trial):
    z, t = _far(trial, [10, 30, 40])
    for gamma in (0.5, 2.0):
        slopes = [exact(*both, gamma, None)[1] for both in zip(z, t, strict=True)]
        given = trial.call(z, t, gamma, None)
        close(given, slopes, "dz", rtol=1e-10, elementwise=True)


def slopes_of_extreme_logits(trial):
    z, t = _far(trial, [100, 720, 800])
    for gamma in (0.0, 0.5, 2.0):
        order, alpha = trial.rng.permutation(len(z)), float(trial.rng.uniform(0.1, 0.4))
        z, t = z[order], t[order]
        # Wrong by far: p_t is 0, and what is left is the slope of −log p_t.
        wrong = (z > 0) != (t == 1)
        expected = np.where(wrong, np.where(t == 1, -alpha, 1 - alpha), 0)
        close(trial.call(z, t, gamma, alpha), expected, "dz", rtol=1e-11)


def slopes_of_own_loss(trial):
    for gamma, alpha in ((0.5, None), (2.0, 0.25)):
        z, t = _decisions(trial, (6,))
        given = trial.call(z, t, gamma, alpha)

        def own(moved, t=t, rest=(gamma, alpha)):
            return shaped(trial.own("focal", moved, t, *rest), t.shape, "losses").sum()

        agrees(given, gradient(own, z, rng=trial.rng), "dz", "focal", rtol=1e-7)


def slopes_in_float32(trial):
    z, t = _decisions(trial)
    z, t = z.astype(np.float32), t.astype(np.uint8)  # in which −1 is 255
    for alpha in (None, 0.25):
        expected = _slopes(z.astype(np.float64), t, 2.0, alpha)
        close(trial.call(z, t, 2.0, alpha), expected, "dz", rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 09.4
# --------------------------------------------------------------------------------------


def softmax_loss_of(z, y, gamma):
    """The mean over the rows; 1 − p_y is the sum of the other probabilities."""
    losses = []
    for row, label in zip(z.tolist(), y, strict=True):
        powers = [math.exp(value - max(row)) for value in row]
        others = math.fsum(v for j, v in enumerate(powers) if j != label)
        log_p = row[label] - max(row) - math.log(math.fsum(powers))
        not_p = others / math.fsum(powers)
        losses.append(-(not_p**gamma) * log_p)
    return math.fsum(losses) / len(losses)


def _rows(trial, n=4, c=4):
    return 2 * trial.rng.normal(size=(n, c)), trial.rng.integers(0, c, size=n)


def softmax_without_focus(trial):
    z, y = _rows(trial)
    loss, dz = trial.call(z, y, 0.0)
    close(loss, softmax_loss_of(z, y, 0), "loss", rtol=1e-11)
    close(dz, gradient(lambda moved: softmax_loss_of(moved, y, 0), z), "dz", rtol=1e-7)


def softmax_losses(trial):
    for gamma in _gammas(trial):
        z, y = _rows(trial)
        loss = trial.call(z, y, gamma)[0]
        close(loss, softmax_loss_of(z, y, gamma), "loss", rtol=1e-11)


def softmax_slopes(trial):
    for gamma, shape in zip(_gammas(trial), ((4, 4), (3, 2), (1, 5)), strict=True):
        z, y = _rows(trial, *shape)
        expected = gradient(lambda m, y=y, gamma=gamma: softmax_loss_of(m, y, gamma), z)
        close(trial.call(z, y, gamma)[1], expected, "dz", rtol=1e-7)


def softmax_of_extreme_rows(trial):
    """Beside rows right by far, which add nothing, rows that are wrong by far."""
    z, y = trial.rng.normal(size=(6, 4)), trial.rng.integers(0, 4, size=6)
    rows = np.arange(6)
    z[rows, y] += np.array([900.0, -900.0, 400.0, -400.0, 1e4, -1e4])
    others = np.where(np.arange(4) == y[:, None], -np.inf, z)
    others = np.exp(others - others.max(axis=1, keepdims=True))
    for gamma in (0.0, 0.5, 2.0):
        loss, dz = trial.call(z, y, gamma)
        expected = np.zeros_like(z)
        for i in (1, 3, 5):
            expected[i] = others[i] / others[i].sum() / 6
            expected[i, y[i]] = -1 / 6
        close(loss, softmax_loss_of(z, y, gamma), "loss", rtol=1e-11)
        close(dz, expected, "dz", rtol=1e-11)


def softmax_in_float32(trial):
    z, y = _rows(trial)
    z = z.astype(np.float32)
    loss, dz = trial.call(z, y.astype(np.uint8), 2.0)
    wide = z.astype(np.float64)
    close(loss, softmax_loss_of(wide, y, 2), "loss", rtol=1e-5, dtype=np.float32)
    expected = gradient(lambda moved: softmax_loss_of(moved, y, 2), wide)
    close(dz, expected, "dz", rtol=2e-5, dtype=np.float32)
    trial.expect_inputs_unchanged()


# 09.5
# --------------------------------------------------------------------------------------


def _expect_prior(trial, pi):
    bias = shaped(trial.call(pi), pi.shape, "b").astype(np.float64)
    given = np.exp(bias - np.logaddexp(0, bias))
    close(given, pi, "probability at your b", rtol=1e-9, elementwise=True)


def bias_of_rare_things(trial):
    _expect_prior(trial, np.array([0.01, *trial.rng.uniform(0.001, 0.3, size=3)]))


def bias_of_very_rare_things(trial):
    exponents = np.array([5, 8, 16, 28]) + trial.rng.uniform(-1, 1, size=4)
    _expect_prior(trial, 10.0 ** -trial.rng.permutation(exponents).reshape(2, 1, 2))
    trial.expect_inputs_unchanged()


def bias_of_common_things(trial):
    pi = trial.rng.uniform(0.6, 0.99, size=4)
    _expect_prior(trial, pi)
    _expect_prior(trial, 1 - pi)


TASKS = (
    Task(
        id="09.1",
        title="Logarithms that cannot overflow",
        function="log_probabilities",
        outputs=("log_p", "log_not"),
        section="Turn down what is easy",
        next=(
            "log p_t − log(1 − p_t) is yz again, whatever the logit. The pair holds all"
            " of it, where p_t alone forgets everything beyond z = 37."
        ),
        hints=(
            (
                "p_t is the logistic function of yz, and 1 − p_t that of −yz. So both"
                " results are one function at two arguments, and that function is"
                " −softplus."
            ),
            (
                "Make yz with np.where, z for one target and −z for the other. log p_t"
                " is −softplus(−yz), log(1 − p_t) is −softplus(yz), and softplus is"
                " np.logaddexp with 0. Form neither p_t nor the logarithm of 1 plus"
                " something tiny."
            ),
        ),
        checks=(
            Check(
                "log p_t",
                1,
                log_p_of_ordinary_logits,
                "−log(1 + e^(−yz)), with y = 1 for t = 1 and y = −1 for t = 0.",
            ),
            Check(
                "log(1 − p_t)",
                1,
                log_not_of_ordinary_logits,
                "1 − p_t is the probability of the other answer: turn the sign of yz.",
            ),
            Check(
                "logits up to ±40, to all digits",
                2,
                logs_of_sure_decisions,
                "log(1 + 1e-17) is 0 in floating point; np.logaddexp and np.log1p keep"
                " 1e-17.",
            ),
            Check(
                "logits up to ±10,000",
                1,
                logs_of_extreme_logits,
                "e^800 is infinite, and log 0 too. np.logaddexp(0, v) overflows for"
                " no v.",
                about="not finite",
                otherwise=(
                    "Far from 0 one of the two logarithms is yz or −yz itself, and the"
                    " other 0: nothing may be clipped."
                ),
            ),
            of_float32_and_uint8(
                logs_in_float32,
                "An array made without a dtype is float64, and draws others along.",
            ),
        ),
    ),
    Task(
        id="09.2",
        title="The focal loss",
        function="focal",
        outputs=("losses",),
        section="Turn down what is easy",
        next=(
            "At γ = 2 a decision with p_t = 0.9 counts a hundredth of what it counts in"
            " cross-entropy, and one with p_t = 0.99 a ten-thousandth."
        ),
        hints=(
            (
                "All three factors are at hand: log p_t is the first result of task"
                " 09.1, (1 − p_t)^γ follows from the second, and α_t from the target."
            ),
            (
                "A power is the exponential of γ times a logarithm: exp(γ log(1 −"
                " p_t)). Choose α_t with np.where on t, and bring it to the dtype of z."
                " Only None leaves it out, and alpha = 0.0 does not. The loss is minus"
                " the product."
            ),
        ),
        checks=(
            Check(
                "γ = 0 is cross-entropy",
                1,
                focal_without_focus,
                "Anything to the power 0 is 1, and without α there is no other weight.",
            ),
            Check(
                "γ from 0.5 to 5",
                2,
                focal_with_gamma,
                "−(1 − p_t)^γ log p_t, with the probability of the target, t = 0 or 1.",
            ),
            Check(
                "with α",
                1,
                focal_with_alpha,
                "α where t = 1, and 1 − α where t = 0; α = 0 and α = 1 are weights,"
                " too.",
            ),
            Check(
                "easy decisions, to all digits",
                1,
                focal_of_easy_decisions,
                "(1 − p_t)^γ is exp(γ log(1 − p_t)); 1 − exp(log p_t) has lost its"
                " digits, and is 0 from z = 37 on.",
            ),
            Check(
                "logits up to ±800",
                1,
                focal_of_extreme_logits,
                "0 times infinity is NaN: use the logarithms of task 09.1 for both"
                " factors.",
                about="not finite",
                otherwise=(
                    "Wrong by far, the loss is −α_t log p_t, some hundreds; right by"
                    " far, it is nearly 0. Use the logarithms of task 09.1 for both"
                    " factors."
                ),
            ),
            of_float32_and_uint8(
                focal_in_float32,
                "np.where(t == 1, alpha, 1 - alpha) is float64: convert it.",
            ),
        ),
    ),
    Task(
        id="09.3",
        title="The focal loss, backward",
        function="focal_gradient",
        outputs=("dz",),
        section="A slope that survives every γ",
        next=(
            "For p_t a little above 0 the derivative is larger than cross-entropy's,"
            " and not only smaller for easy ones: the weight falls as p_t grows, and"
            " that pushes, too."
        ),
        hints=(
            (
                "The formula has p_t and 1 − p_t in it. Each is tiny on one side, and"
                " each is the exponential of a logarithm that you have to all its"
                " digits."
            ),
            (
                "The weight is y times exp(γ log(1 − p_t)), and times α_t where there"
                " is one; y is an array of ±1 in the dtype of z. The bracket is γ p_t"
                " log p_t − (1 − p_t), with both probabilities as exponentials. There"
                " is no power γ − 1, and no difference 1 − p_t, in it."
            ),
        ),
        checks=(
            Check(
                "γ = 0",
                1,
                slopes_without_focus,
                "With γ = 0 it is y (p_t − 1), which is p − t.",
            ),
            Check(
                "γ from 0.5 to 5",
                3,
                slopes_with_gamma,
                "Both factors, (1 − p_t)^γ and log p_t, change with z: use the product"
                " rule.",
            ),
            Check(
                "with α",
                1,
                slopes_with_alpha,
                "α_t is a constant factor, α for t = 1 and 1 − α for t = 0.",
            ),
            Check(
                "easy decisions, to all digits",
                2,
                slopes_of_easy_decisions,
                "1 − p_t is exp(log(1 − p_t)), tiny and exact; 1 minus a rounded p_t"
                " is 0.",
            ),
            Check(
                "γ = 0, 0.5 and 2 at ±800",
                1,
                slopes_of_extreme_logits,
                "A negative power of 1 − p_t = 0 is infinite, and 0 times that NaN.",
                about="not finite",
                otherwise=(
                    "Wrong by far, p_t is 0, and what is left is −α_t y; right by far,"
                    " the slope is 0."
                ),
            ),
            Check(
                "your backward is the gradient of your forward",
                2,
                slopes_of_own_loss,
                "Your `focal` and this gradient do not belong together.",
            ),
            of_float32_and_uint8(
                slopes_in_float32, "np.where(t == 1, 1.0, -1.0) is float64: convert it."
            ),
        ),
    ),
    Task(
        id="09.4",
        title="Focal loss on a softmax",
        function="softmax_focal",
        outputs=("loss", "dz"),
        section="A slope that survives every γ",
        next=(
            "The gradient is cross-entropy's, times one number a sample: the direction"
            " in which a sample pushes its logits does not change, only how hard."
        ),
        hints=(
            (
                "Find log p_y and log(1 − p_y) for each row first: a log-sum-exp, of"
                " the target alone or of the others, minus the one of all. With these A"
                " is as in task 09.3 without y, and q is the softmax of the row without"
                " its target."
            ),
            (
                "Copy z and put −inf at the targets: np.logaddexp.reduce over axis 1 is"
                " the log-sum-exp of the others, and np.logaddexp of that and the"
                " target logit the one of all. exp(copy − log-sum-exp of the others) is"
                " q, and 0 at the target by itself. A row of dz is −A q with A at its"
                " target, over N. The loss is the mean of −(1 − p_y)^γ log p_y, each"
                " sample with its own weight."
            ),
        ),
        checks=(
            Check(
                "γ = 0 is cross-entropy",
                1,
                softmax_without_focus,
                "With γ = 0, A is −(1 − p_y), and −A q_k is p_k.",
            ),
            Check(
                "the loss",
                2,
                softmax_losses,
                "Weigh each sample by its own (1 − p_y)^γ, and take the mean after.",
            ),
            Check(
                "the gradient, against differences",
                3,
                softmax_slopes,
                "A at the target and −A q_k elsewhere, over N; the q_k of a row add up"
                " to 1.",
            ),
            Check(
                "logits up to ±10,000",
                2,
                softmax_of_extreme_rows,
                "Where p_y rounds to 1, (1 − p_y)^(γ − 1) is infinite for γ below 1,"
                " and log p_y/(1 − p_y) is 0/0. A and q are not.",
                about="not finite",
                otherwise=(
                    "Wrong by far, A is −1 and q the softmax of the others; right by"
                    " far, A is 0. Each row is divided by N."
                ),
            ),
            keeps_float32(softmax_in_float32),
        ),
    ),
    Task(
        id="09.5",
        title="The bias of a rare class",
        function="prior_bias",
        outputs=("b",),
        section="NaN for small γ, and other traps",
        next=(
            "With b = 0, a hundred thousand empty locations start with a cross-entropy"
            " of 0.69 each; with π = 0.01 with 0.01 each. The few objects are heard"
            " from the first step on."
        ),
        hints=(
            (
                "The probability is the logistic function of b. Turn it round: which b"
                " gives π?"
            ),
            (
                "1/π = 1 + e^(−b), so e^(−b) = (1 − π)/π, the odds against. Take the"
                " logarithm and mind the sign: a rare class has a negative bias."
            ),
        ),
        checks=(
            Check(
                "rare things",
                2,
                bias_of_rare_things,
                "Solve π = 1/(1 + e^(−b)) for b.",
            ),
            Check(
                "very rare things",
                1,
                bias_of_very_rare_things,
                "For tiny π the bias is nearly log π, and never infinite.",
            ),
            Check(
                "common things",
                1,
                bias_of_common_things,
                "Above ½ the bias is positive: it is the logarithm of the odds π/(1"
                " − π).",
            ),
        ),
    ),
)
