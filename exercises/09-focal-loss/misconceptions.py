"""Wrong answers of chapter 9, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _logs(z, t):
    yz = np.where(t == 1, z, -z)
    return -np.logaddexp(0, -yz), -np.logaddexp(0, yz)


def _sign(z, t):
    return np.where(t == 1, 1, -1).astype(z.dtype)


def _alpha(z, t, alpha):
    return 1 if alpha is None else np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


# 09.1


def log_of_sigmoid(z, t):
    p = np.where(t == 1, _sigmoid(z), 1 - _sigmoid(z))
    return np.log(p), np.log(1 - p)


def clipped_probability(z, t):
    p = np.clip(np.where(t == 1, _sigmoid(z), 1 - _sigmoid(z)), 1e-7, 1 - 1e-7)
    return np.log(p), np.log(1 - p)


def log_of_one_plus_exp(z, t):
    yz = np.where(t == 1, z, -z)
    return -np.log(1 + np.exp(-yz)), -np.log(1 + np.exp(yz))


def one_from_the_other(z, t):
    log_p, _ = _logs(z, t)
    return log_p, np.log(1 - np.exp(log_p))


def target_left_out(z, t):
    return _logs(z, np.ones_like(t))


def targets_exchanged(z, t):
    log_p, log_not = _logs(z, t)
    return log_not, log_p


def sign_of_an_unsigned_target(z, t):
    yz = (2 * t - t.dtype.type(1)).astype(z.dtype) * z
    return -np.logaddexp(0, -yz), -np.logaddexp(0, yz)


def minus_of_an_unsigned_sign(z, t):
    y = 2 * t - t.dtype.type(1)
    return -np.logaddexp(0, -y * z).astype(z.dtype), -np.logaddexp(0, y * z).astype(
        z.dtype
    )


def target_for_sign(z, t):
    return -np.logaddexp(0, -t * z), -np.logaddexp(0, t * z)


def softplus_without_minus(z, t):
    log_p, log_not = _logs(z, t)
    return -log_p, -log_not


# 09.2


def one_alpha_for_both(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    return -np.exp(gamma * log_not) * log_p * (1 if alpha is None else alpha)


def alpha_for_ones_only(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    return -np.exp(gamma * log_not) * log_p * _alpha_times_t(z, t, alpha)


def _alpha_times_t(z, t, alpha):
    return 1 if alpha is None else (alpha * t).astype(z.dtype)


def zero_alpha_for_none(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    return -np.exp(gamma * log_not) * log_p * _alpha(z, t, alpha or None)


def divided_by_their_number(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    return -np.exp(gamma * log_not) * log_p * _alpha(z, t, alpha) / z.size


def alpha_exchanged(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    return -np.exp(gamma * log_not) * log_p * _alpha(z, 1 - t, alpha)


def power_of_p(z, t, gamma, alpha):
    log_p, _ = _logs(z, t)
    return -_alpha(z, t, alpha) * np.exp(gamma * log_p) * log_p


def power_of_the_first_class(z, t, gamma, alpha):
    log_p, _ = _logs(z, t)
    _, log_not = _logs(z, np.ones_like(t))
    return -_alpha(z, t, alpha) * np.exp(gamma * log_not) * log_p


def gamma_as_a_factor(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    weight = gamma * np.exp(log_not) if gamma > 0 else 1
    return -_alpha(z, t, alpha) * weight * log_p


def one_minus_exp(z, t, gamma, alpha):
    log_p, _ = _logs(z, t)
    return -_alpha(z, t, alpha) * (1 - np.exp(log_p)) ** gamma * log_p


def probabilities_first(z, t, gamma, alpha):
    p = np.where(t == 1, _sigmoid(z), 1 - _sigmoid(z))
    return -_alpha(z, t, alpha) * (1 - p) ** gamma * np.log(p)


def minus_left_out(z, t, gamma, alpha):
    log_p, log_not = _logs(z, t)
    return _alpha(z, t, alpha) * np.exp(gamma * log_not) * log_p


# 09.3


def _slope(z, t, gamma, alpha, bracket):
    log_p, log_not = _logs(z, t)
    return (
        _sign(z, t)
        * _alpha(z, t, alpha)
        * np.exp(gamma * log_not)
        * bracket(log_p, log_not)
    )


def _right_slope(z, t, gamma, alpha):
    return _slope(z, t, gamma, alpha, lambda a, b: gamma * np.exp(a) * a - np.exp(b))


def slope_turned_round(z, t, gamma, alpha):
    return -_right_slope(z, t, gamma, alpha)


def slope_of_the_mean(z, t, gamma, alpha):
    return _right_slope(z, t, gamma, alpha) / z.size


def slope_with_zero_alpha_for_none(z, t, gamma, alpha):
    return _right_slope(z, t, gamma, alpha or None)


def slope_of_ones_only(z, t, gamma, alpha):
    return _right_slope(z, t, gamma, None) * _alpha_times_t(z, t, alpha)


def slope_with_alpha_exchanged(z, t, gamma, alpha):
    return _right_slope(z, t, gamma, None) * _alpha(z, 1 - t, alpha)


def by_p_t(z, t, gamma, alpha):
    """The derivative by p_t: neither y nor p_t (1 − p_t), which the chain rule adds."""
    log_p, log_not = _logs(z, t)
    p, not_p = np.exp(log_p), np.exp(log_not)
    return _alpha(z, t, alpha) * (
        gamma * not_p ** (gamma - 1) * log_p - not_p**gamma / p
    )


def weight_detached(z, t, gamma, alpha):
    return _slope(z, t, gamma, alpha, lambda log_p, log_not: -np.exp(log_not))


def sign_of_y_left_out(z, t, gamma, alpha):
    return _sign(z, t) * _slope(
        z, t, gamma, alpha, lambda a, b: gamma * np.exp(a) * a - np.exp(b)
    )


def slope_of_an_unsigned_target(z, t, gamma, alpha):
    y = (2 * t - t.dtype.type(1)).astype(z.dtype)
    return y * sign_of_y_left_out(z, t, gamma, alpha)


def by_the_probability(z, t, gamma, alpha):
    return _slope(
        z,
        t,
        gamma,
        alpha,
        lambda a, b: (gamma * np.exp(a) * a - np.exp(b)) / np.exp(a + b),
    )


def gamma_left_out(z, t, gamma, alpha):
    return _slope(z, t, gamma, alpha, lambda a, b: np.exp(a) * a - np.exp(b))


def p_left_out(z, t, gamma, alpha):
    return _slope(z, t, gamma, alpha, lambda a, b: gamma * a - np.exp(b))


def weight_only(z, t, gamma, alpha):
    return _slope(z, t, gamma, alpha, lambda a, b: gamma * np.exp(a) * a)


def minus_for_plus(z, t, gamma, alpha):
    return _slope(z, t, gamma, alpha, lambda a, b: -gamma * np.exp(a) * a - np.exp(b))


def alpha_left_out(z, t, gamma, alpha):
    return _slope(z, t, gamma, None, lambda a, b: gamma * np.exp(a) * a - np.exp(b))


def p_minus_one(z, t, gamma, alpha):
    return _slope(
        z, t, gamma, alpha, lambda a, b: gamma * np.exp(a) * a + (np.exp(a) - 1)
    )


def negative_power(z, t, gamma, alpha):
    """By the product rule as it comes, with the power γ − 1."""
    log_p, log_not = _logs(z, t)
    p, not_p = np.exp(log_p), np.exp(log_not)
    by_p = gamma * not_p ** (gamma - 1) * log_p - not_p**gamma / p
    return _sign(z, t) * _alpha(z, t, alpha) * by_p * p * not_p


# 09.4


def _softmax_parts(z, y):
    rows = np.arange(len(y))
    others = z.copy()
    others[rows, y] = -np.inf
    log_others = np.logaddexp.reduce(others, axis=1)
    log_all = np.logaddexp(log_others, z[rows, y])
    q = np.exp(others - log_others[:, None])
    hot = (y[:, None] == np.arange(z.shape[1])).astype(z.dtype)
    return z[rows, y] - log_all, log_others - log_all, q, hot


def _softmax_focal(z, y, gamma):
    log_p, log_not, q, hot = _softmax_parts(z, y)
    weight = np.exp(gamma * log_not)
    a = weight * (gamma * np.exp(log_p) * log_p - np.exp(log_not))
    return np.mean(-weight * log_p), a[:, None] * (hot - q) / len(y)


def weight_of_the_batch(z, y, gamma):
    log_p, log_not, q, hot = _softmax_parts(z, y)
    mean = -np.mean(log_p)
    not_p = -np.expm1(-mean)
    by_mean = not_p**gamma + gamma * not_p ** (gamma - 1) * np.exp(-mean) * mean
    return not_p**gamma * mean, by_mean * np.exp(log_not)[:, None] * (q - hot) / len(y)


def softmax_weight_detached(z, y, gamma):
    log_p, log_not, q, hot = _softmax_parts(z, y)
    a = -np.exp((gamma + 1) * log_not)
    return np.mean(-np.exp(gamma * log_not) * log_p), a[:, None] * (hot - q) / len(y)


def sum_in_the_gradient(z, y, gamma):
    loss, dz = _softmax_focal(z, y, gamma)
    return loss, dz * len(y)


def sum_for_mean(z, y, gamma):
    loss, dz = _softmax_focal(z, y, gamma)
    return loss * len(y), dz * len(y)


def factor_as_printed(z, y, gamma):
    """F(p_y)(p_k − [k = y]) from the probabilities: 0/0 where p_y rounds to 1."""
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    _, _, _, hot = _softmax_parts(z, y)
    p_y = p[np.arange(len(y)), y]
    factor = (1 - p_y) ** gamma * (1 - gamma * p_y * np.log(p_y) / (1 - p_y))
    losses = -((1 - p_y) ** gamma) * np.log(p_y)
    return np.mean(losses), factor[:, None] * (p - hot) / len(y)


def number_of_entries(z, y, gamma):
    loss, dz = _softmax_focal(z, y, gamma)
    return loss, dz / z.shape[1]


def target_only(z, y, gamma):
    loss, dz = _softmax_focal(z, y, gamma)
    return loss, np.where(y[:, None] == np.arange(z.shape[1]), dz, 0)


def p_for_q(z, y, gamma):
    loss, dz = _softmax_focal(z, y, gamma)
    _, log_not, _, hot = _softmax_parts(z, y)
    return loss, np.where(hot > 0, dz, dz * np.exp(log_not)[:, None])


def sign_turned(z, y, gamma):
    loss, dz = _softmax_focal(z, y, gamma)
    return loss, -dz


def softmax_power_of_p(z, y, gamma):
    log_p, _, q, hot = _softmax_parts(z, y)
    weight = np.exp(gamma * log_p)
    a = -weight * -np.expm1(log_p) * (1 + gamma * log_p)
    return np.mean(-weight * log_p), a[:, None] * (hot - q) / len(y)


def softmax_negative_power(z, y, gamma):
    log_p, log_not, q, hot = _softmax_parts(z, y)
    p, not_p = np.exp(log_p), np.exp(log_not)
    a = (gamma * not_p ** (gamma - 1) * log_p * p - not_p**gamma) * not_p
    return np.mean(-(not_p**gamma) * log_p), a[:, None] * (hot - q) / len(y)


# 09.5


def sign_lost(pi):
    return np.log((1 - pi) / pi)


def log_of_pi(pi):
    return np.log(pi)


def odds(pi):
    return pi / (1 - pi)


def of_one_minus_pi(pi):
    return -np.log(1 - pi) / pi


def decimal_logarithm(pi):
    return np.log10(pi / (1 - pi))


MISCONCEPTIONS = (
    Misconception(
        "09.1",
        "logarithm of the sigmoid",
        "You form p_t first. From z = 37 on it rounds to 1, and far below 0 to 0: the"
        " logarithms are then 0 or −inf. Use −softplus, which never sees p_t.",
        log_of_sigmoid,
    ),
    Misconception(
        "09.1",
        "clipped probability",
        "You clip the probability. No −inf is left, but every logit beyond ±16 has one"
        " and the same loss, and its gradient is 0: the most wrong decisions are not"
        " corrected any more.",
        clipped_probability,
    ),
    Misconception(
        "09.1",
        "log(1 + exp) as it stands",
        "You compute log(1 + e^v) as it stands. e^800 is infinite, and 1 + 1e-17 is 1: "
        "np.logaddexp(0, v) is the same number without either.",
        log_of_one_plus_exp,
    ),
    Misconception(
        "09.1",
        "one from the other",
        "You get log(1 − p_t) from log p_t. Where p_t is nearly 1 nothing is left of 1"
        " − p_t; it is −softplus(yz), straight from the logit.",
        one_from_the_other,
    ),
    Misconception(
        "09.1",
        "target left out",
        "You return the logarithms for t = 1 everywhere. For t = 0 the sign of the"
        " logit is turned: y = −1.",
        target_left_out,
    ),
    Misconception(
        "09.1",
        "targets exchanged",
        "Your two results are exchanged (or the sign y is): a large z makes p_t nearly"
        " 1 for t = 1.",
        targets_exchanged,
    ),
    Misconception(
        "09.1",
        "sign of an unsigned target",
        "2t − 1 is the sign only if t can be negative: for t of the dtype uint8, 2·0 −"
        " 1 is 255. Choose between z and −z (or 1 and −1) with np.where(t == 1, …), or"
        " convert t first.",
        sign_of_an_unsigned_target,
    ),
    Misconception(
        "09.1",
        "minus of an unsigned sign",
        "2t − 1 is the sign only if t can be negative: for t of the dtype uint8, 2·0 −"
        " 1 is 255, and −1 is 255 as well. Choose between z and −z (or 1 and −1) with"
        " np.where(t == 1, …), or convert t first.",
        minus_of_an_unsigned_sign,
    ),
    Misconception(
        "09.1",
        "target for sign",
        "You multiply by t, which is 0 or 1. The sign y is 1 for t = 1 and −1 for t"
        " = 0.",
        target_for_sign,
    ),
    Misconception(
        "09.1",
        "minus left out",
        "You left out the minus: the logarithm of a probability is not above 0.",
        softplus_without_minus,
    ),
    Misconception(
        "09.2",
        "one α for both",
        "You weigh all decisions with α. It is α for t = 1 and 1 − α for t = 0; one"
        " weight for all would be nothing but another learning rate.",
        one_alpha_for_both,
    ),
    Misconception(
        "09.2",
        "α for t = 1 only",
        "Your weight is α t, which leaves nothing of the decisions with t = 0. They"
        " have 1 − α.",
        alpha_for_ones_only,
    ),
    Misconception(
        "09.2",
        "α = 0 taken for none",
        "`if alpha:` is false for 0.0 as well as for None. α = 0 is a weight: `is not"
        " None`.",
        zero_alpha_for_none,
    ),
    Misconception(
        "09.2",
        "divided by their number",
        "You divide by the number of decisions. Asked is the loss of each one.",
        divided_by_their_number,
    ),
    Misconception(
        "09.2",
        "α exchanged",
        "You exchanged the weights: α belongs to t = 1, and 1 − α to t = 0.",
        alpha_exchanged,
    ),
    Misconception(
        "09.2",
        "power of p_t",
        "You weigh with p_t^γ, which turns the hard decisions down. It is (1 − p_t)^γ:"
        " nearly 0 for the easy ones.",
        power_of_p,
    ),
    Misconception(
        "09.2",
        "power of the wrong class",
        "You weigh with 1 − p, p being the probability of t = 1, for both targets. The"
        " weight needs p_t: for t = 0 it is p^γ.",
        power_of_the_first_class,
    ),
    Misconception(
        "09.2",
        "γ as a factor",
        "You multiply by γ (1 − p_t). γ is an exponent.",
        gamma_as_a_factor,
    ),
    Misconception(
        "09.2",
        "1 − exp(log p_t)",
        "You form 1 − p_t as 1 − exp(log p_t), which is 0 from z = 37 on. exp(γ log(1 −"
        " p_t)) has all its digits.",
        one_minus_exp,
    ),
    Misconception(
        "09.2",
        "probabilities first",
        "You form the probabilities first. Where one rounds to 0 its logarithm is −inf,"
        " and the loss inf or NaN: stay with the logarithms of task 09.1.",
        probabilities_first,
    ),
    Misconception(
        "09.2",
        "minus left out",
        "You left out the minus: log p_t is below 0, and a loss is above.",
        minus_left_out,
    ),
    Misconception(
        "09.3",
        "weight detached",
        "You treat (1 − p_t)^γ as a constant, as code does that detaches p_t. The"
        " weight changes with z as well, and adds γ p_t log p_t to the bracket.",
        weight_detached,
    ),
    Misconception(
        "09.3",
        "wrong sign",
        "Your derivative has the other sign: raising the logit of a decision with t = 1"
        " lowers its loss.",
        slope_turned_round,
    ),
    Misconception(
        "09.3",
        "divided by their number",
        "You divide by the number of decisions. Asked is the derivative of each loss,"
        " not of their mean.",
        slope_of_the_mean,
    ),
    Misconception(
        "09.3",
        "α = 0 taken for none",
        "`if alpha:` is false for 0.0 as well as for None. α = 0 is a weight: `is not"
        " None`.",
        slope_with_zero_alpha_for_none,
    ),
    Misconception(
        "09.3",
        "α for t = 1 only",
        "Your weight is α t, which leaves nothing of the decisions with t = 0. They"
        " have 1 − α.",
        slope_of_ones_only,
    ),
    Misconception(
        "09.3",
        "α exchanged",
        "You exchanged the weights: α belongs to t = 1, and 1 − α to t = 0.",
        slope_with_alpha_exchanged,
    ),
    Misconception(
        "09.3",
        "derivative by p_t",
        "This is the derivative by p_t. By the chain rule there is dp_t/dz = y p_t (1 −"
        " p_t), too.",
        by_p_t,
    ),
    Misconception(
        "09.3",
        "sign of y left out",
        "You left out y. For t = 0 the loss rises with z, for t = 1 it falls.",
        sign_of_y_left_out,
    ),
    Misconception(
        "09.3",
        "sign of an unsigned target",
        "2t − 1 is the sign only if t can be negative: for t of the dtype uint8, 2·0 −"
        " 1 is 255. Choose between z and −z (or 1 and −1) with np.where(t == 1, …), or"
        " convert t first.",
        slope_of_an_unsigned_target,
    ),
    Misconception(
        "09.3",
        "by the probability",
        "This is the derivative by p, the probability of t = 1. By z there is one"
        " factor more: dp/dz = p (1 − p).",
        by_the_probability,
    ),
    Misconception(
        "09.3",
        "γ left out of the bracket",
        "The factor γ before p_t log p_t is missing: it comes down when a power is"
        " differentiated.",
        gamma_left_out,
    ),
    Misconception(
        "09.3",
        "p_t left out of the bracket",
        "You have γ log p_t where it is γ p_t log p_t. Without p_t the derivative grows"
        " without end for very wrong decisions.",
        p_left_out,
    ),
    Misconception(
        "09.3",
        "weight only",
        "You differentiate the weight and not the logarithm: −(1 − p_t) is missing in"
        " the bracket.",
        weight_only,
    ),
    Misconception(
        "09.3",
        "minus for plus",
        "The sign of γ p_t log p_t is wrong. Both terms of the bracket are below 0: a"
        " larger p_t lowers the weight as well as the loss.",
        minus_for_plus,
    ),
    Misconception(
        "09.3",
        "α left out",
        "You left out α_t: a constant factor of the loss is one of its derivative.",
        alpha_left_out,
    ),
    Misconception(
        "09.3",
        "p_t − 1 from p_t",
        "You form p_t − 1 from a rounded p_t. From z = 37 on it is 0, and well before"
        " that most of its digits are gone; −exp(log(1 − p_t)) has them all.",
        p_minus_one,
    ),
    Misconception(
        "09.3",
        "negative power",
        "You have (1 − p_t)^(γ − 1). For γ below 1, even for γ = 0, it is infinite"
        " where p_t is 1, and 0 times that NaN: multiply the bracket out, and no"
        " negative power is left.",
        negative_power,
    ),
    Misconception(
        "09.4",
        "weight of the whole batch",
        "You weigh the mean cross-entropy of the batch. The weight belongs to each"
        " sample, before the mean: otherwise easy samples are not turned down against"
        " hard ones at all.",
        weight_of_the_batch,
    ),
    Misconception(
        "09.4",
        "weight detached",
        "Your loss is right, but its gradient treats (1 − p_y)^γ as a constant. The"
        " weight changes with the logits, too, and adds γ p_y log p_y.",
        softmax_weight_detached,
    ),
    Misconception(
        "09.4",
        "F from the probabilities",
        "You form F(p_y) from the probabilities, as the chapter prints it. Where p_y"
        " rounds to 1 it is 0/0, and 0 times infinity for γ below 1; where it rounds to"
        " 0, log p_y is infinite. Multiply F(p_y)(p_y − 1) out, which is A, and take 1"
        " − p_y as the sum of the others.",
        factor_as_printed,
    ),
    Misconception(
        "09.4",
        "divided by N·C",
        "Your gradient is divided by the number of logits. The loss is a mean over the"
        " N samples.",
        number_of_entries,
    ),
    Misconception(
        "09.4",
        "1/N left out of the gradient",
        "Your loss is a mean, your gradient that of a sum: divide it by N.",
        sum_in_the_gradient,
    ),
    Misconception(
        "09.4",
        "sum for mean",
        "You add up over the samples. The loss is their mean, and so is its gradient.",
        sum_for_mean,
    ),
    Misconception(
        "09.4",
        "target only",
        "Your gradient has the target's entry only. Raising another logit lowers p_y,"
        " too: −A q_k.",
        target_only,
    ),
    Misconception(
        "09.4",
        "p for q",
        "For the other classes you have −A p_k. q_k is the softmax over the others"
        " only, p_k/(1 − p_y), so that each row of the gradient adds up to 0.",
        p_for_q,
    ),
    Misconception(
        "09.4",
        "wrong sign",
        "Your gradient has the other sign: raising the target logit lowers the loss,"
        " and A is below 0.",
        sign_turned,
    ),
    Misconception(
        "09.4",
        "power of p_y",
        "You weigh with p_y^γ, which turns the hard samples down. It is (1 − p_y)^γ.",
        softmax_power_of_p,
    ),
    Misconception(
        "09.4",
        "negative power",
        "You have (1 − p_y)^(γ − 1). For γ below 1 it is infinite where p_y rounds to"
        " 1, and 0 times that NaN: multiply the bracket out, as in A.",
        softmax_negative_power,
    ),
    Misconception(
        "09.5",
        "wrong sign",
        "Your bias has the other sign: it makes the probability 1 − π.",
        sign_lost,
    ),
    Misconception(
        "09.5",
        "logarithm of π",
        "You return log π. That is nearly right for tiny π only: it is log(π/(1 − π)),"
        " since e^b is the odds and not the probability.",
        log_of_pi,
    ),
    Misconception(
        "09.5",
        "odds",
        "You return the odds π/(1 − π). The bias is their logarithm.",
        odds,
    ),
    Misconception(
        "09.5",
        "logarithm of 1 − π alone",
        "You divide after the logarithm: −log(1 − π)/π. It is the logarithm of the"
        " whole quotient, −log((1 − π)/π).",
        of_one_minus_pi,
    ),
    Misconception(
        "09.5",
        "logarithm to the base 10",
        "You used log10. The sigmoid is made of powers of e.",
        decimal_logarithm,
    ),
)
