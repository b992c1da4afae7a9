"""Wrong answers of chapter 9, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine import chapters

right = chapters.solution(__file__)


def _p_t(z, t):
    p = 1 / (1 + np.exp(-z))
    return np.where(t == 1, p, 1 - p)


def _alpha_t(z, t, alpha):
    return 1 if alpha is None else np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)


def log_of_sigmoid(z, t):
    p = _p_t(z, t)
    return np.log(p), np.log(1 - p)


def clipped_probability(z, t):
    p = np.clip(_p_t(z, t), 1e-7, 1 - 1e-7)
    return np.log(p), np.log(1 - p)


def probabilities_first(z, t, gamma, alpha):
    p = _p_t(z, t)
    return -_alpha_t(z, t, alpha) * (1 - p) ** gamma * np.log(p)


def by_p_t(z, t, gamma, alpha):
    """The derivative by p_t: neither y nor p_t (1 − p_t), which the chain rule adds."""
    log_p, log_not = right.log_probabilities(z, t)
    p, not_p = np.exp(log_p), np.exp(log_not)
    by_p = gamma * not_p ** (gamma - 1) * log_p - not_p**gamma / p
    return _alpha_t(z, t, alpha) * by_p


def negative_power(z, t, gamma, alpha):
    """By the product rule as it comes, with the power γ − 1."""
    log_p, log_not = right.log_probabilities(z, t)
    y = np.where(t == 1, 1, -1).astype(z.dtype)
    return y * by_p_t(z, t, gamma, alpha) * np.exp(log_p) * np.exp(log_not)


def factor_as_printed(z, y, gamma):
    """F(p_y)(p_k − [k = y]) from the probabilities: 0/0 where p_y rounds to 1."""
    own = np.arange(len(y)), y
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p_y = p[own]
    factor = (1 - p_y) ** gamma * (1 - gamma * p_y * np.log(p_y) / (1 - p_y))
    p[own] -= 1
    loss = np.mean(-((1 - p_y) ** gamma) * np.log(p_y))
    return loss, factor[:, None] * p / len(y)


MISCONCEPTIONS = {
    "09.1": {
        "logarithm of the sigmoid": (
            log_of_sigmoid,
            "You form p_t first. From z = 37 on it rounds to 1, and far below 0 to 0:"
            " the logarithms are then 0 or −inf. Use −softplus, which never sees p_t.",
        ),
        "clipped probability": (
            clipped_probability,
            "You clip the probability. No −inf is left, but every logit beyond ±16 has"
            " one and the same loss, and its gradient is 0: the most wrong decisions"
            " are not corrected any more.",
        ),
        "log(1 + exp) as it stands": (
            {
                "np.logaddexp(0, -yz)": "np.log(1 + np.exp(-yz))",
                "np.logaddexp(0, yz)": "np.log(1 + np.exp(yz))",
            },
            "You compute log(1 + e^v) as it stands. e^800 is infinite, and 1 + 1e-17"
            " is 1: np.logaddexp(0, v) is the same number without either.",
        ),
        "one from the other": (
            {"-np.logaddexp(0, yz)": "np.log(1 - np.exp(-np.logaddexp(0, -yz)))"},
            "You get log(1 − p_t) from log p_t. Where p_t is nearly 1 nothing is left"
            " of 1 − p_t; it is −softplus(yz), straight from the logit.",
        ),
        "target left out": (
            {"np.where(t == 1, z, -z)": "z"},
            "You return the logarithms for t = 1 everywhere. For t = 0 the sign of the"
            " logit is turned: y = −1.",
        ),
        "targets exchanged": (
            {"z, -z": "-z, z"},
            "Your two results are exchanged (or the sign y is): a large z makes p_t"
            " nearly 1 for t = 1.",
        ),
        "sign of an unsigned target": (
            {"np.where(t == 1, z, -z)": "(2 * t - 1).astype(z.dtype) * z"},
            "2t − 1 is the sign only if t can be negative: for t of the dtype uint8,"
            " 2·0 − 1 is 255. Choose between z and −z (or 1 and −1) with np.where(t =="
            " 1, …), or convert t first.",
        ),
        "minus of an unsigned sign": (
            {
                "np.where(t == 1, z, -z)": "2 * t - 1",
                "np.logaddexp(0, -yz)": "np.logaddexp(0, -yz * z).astype(z.dtype)",
                "np.logaddexp(0, yz)": "np.logaddexp(0, yz * z).astype(z.dtype)",
            },
            "2t − 1 is the sign only if t can be negative: for t of the dtype uint8,"
            " 2·0 − 1 is 255, and −1 is 255 as well. Choose between z and −z (or 1 and"
            " −1) with np.where(t == 1, …), or convert t first.",
        ),
        "target for sign": (
            {
                "np.logaddexp(0, -yz)": "np.logaddexp(0, -(t * z))",
                "np.logaddexp(0, yz)": "np.logaddexp(0, t * z)",
            },
            "You multiply by t, which is 0 or 1. The sign y is 1 for t = 1 and −1 for"
            " t = 0.",
        ),
        "minus left out": (
            {
                "-np.logaddexp(0, -yz), -np.logaddexp(0, yz)": (
                    "np.logaddexp(0, -yz), np.logaddexp(0, yz)"
                )
            },
            "You left out the minus: the logarithm of a probability is not above 0.",
        ),
    },
    "09.2": {
        "one α for both": (
            {"np.where(t == 1, alpha, 1 - alpha).astype(z.dtype)": "alpha"},
            "You weigh all decisions with α. It is α for t = 1 and 1 − α for t = 0;"
            " one weight for all would be nothing but another learning rate.",
        ),
        "α for t = 1 only": (
            {"np.where(t == 1, alpha, 1 - alpha)": "(alpha * t)"},
            "Your weight is α t, which leaves nothing of the decisions with t = 0."
            " They have 1 − α.",
        ),
        "α = 0 taken for none": (
            {"alpha is not None": "alpha"},
            "`if alpha:` is false for 0.0 as well as for None. α = 0 is a weight: `is"
            " not None`.",
        ),
        "divided by their number": (
            {"* log_p": "* log_p / z.size"},
            "You divide by the number of decisions. Asked is the loss of each one.",
        ),
        "α exchanged": (
            {"alpha, 1 - alpha": "1 - alpha, alpha"},
            "You exchanged the weights: α belongs to t = 1, and 1 − α to t = 0.",
        ),
        "power of p_t": (
            {"gamma * log_not": "gamma * log_p"},
            "You weigh with p_t^γ, which turns the hard decisions down. It is (1 −"
            " p_t)^γ: nearly 0 for the easy ones.",
        ),
        "power of the wrong class": (
            {"gamma * log_not": "gamma * -np.logaddexp(0, z)"},
            "You weigh with 1 − p, p being the probability of t = 1, for both targets."
            " The weight needs p_t: for t = 0 it is p^γ.",
        ),
        "γ as a factor": (
            {
                "np.exp(gamma * log_not)": (
                    "gamma * np.exp(log_not) if gamma > 0 else 1"
                )
            },
            "You multiply by γ (1 − p_t). γ is an exponent.",
        ),
        "1 − exp(log p_t)": (
            {"np.exp(gamma * log_not)": "(1 - np.exp(log_p)) ** gamma"},
            "You form 1 − p_t as 1 − exp(log p_t), which is 0 from z = 37 on. exp(γ"
            " log(1 − p_t)) has all its digits.",
        ),
        "probabilities first": (
            probabilities_first,
            "You form the probabilities first. Where one rounds to 0 its logarithm is"
            " −inf, and the loss inf or NaN: stay with the logarithms of task 09.1.",
        ),
        "minus left out": (
            {"-weight": "weight"},
            "You left out the minus: log p_t is below 0, and a loss is above.",
        ),
    },
    "09.3": {
        "weight detached": (
            {"gamma * np.exp(log_p) * log_p - np": "-np"},
            "You treat (1 − p_t)^γ as a constant, as code does that detaches p_t. The"
            " weight changes with z as well, and adds γ p_t log p_t to the bracket.",
        ),
        "wrong sign": (
            {"return weight": "return -weight"},
            "Your derivative has the other sign: raising the logit of a decision with"
            " t = 1 lowers its loss.",
        ),
        "divided by their number": (
            {"return weight": "return weight / z.size"},
            "You divide by the number of decisions. Asked is the derivative of each"
            " loss, not of their mean.",
        ),
        "α = 0 taken for none": (
            {"alpha is not None": "alpha"},
            "`if alpha:` is false for 0.0 as well as for None. α = 0 is a weight: `is"
            " not None`.",
        ),
        "α for t = 1 only": (
            {"np.where(t == 1, alpha, 1 - alpha)": "(alpha * t)"},
            "Your weight is α t, which leaves nothing of the decisions with t = 0."
            " They have 1 − α.",
        ),
        "α exchanged": (
            {"alpha, 1 - alpha": "1 - alpha, alpha"},
            "You exchanged the weights: α belongs to t = 1, and 1 − α to t = 0.",
        ),
        "derivative by p_t": (
            by_p_t,
            "This is the derivative by p_t. By the chain rule there is dp_t/dz = y p_t"
            " (1 − p_t), too.",
        ),
        "sign of y left out": (
            {"np.where(t == 1, 1, -1).astype(z.dtype) * ": ""},
            "You left out y. For t = 0 the loss rises with z, for t = 1 it falls.",
        ),
        "sign of an unsigned target": (
            {"np.where(t == 1, 1, -1)": "(2 * t - 1)"},
            "2t − 1 is the sign only if t can be negative: for t of the dtype uint8,"
            " 2·0 − 1 is 255. Choose between z and −z (or 1 and −1) with np.where(t =="
            " 1, …), or convert t first.",
        ),
        "by the probability": (
            {
                "(gamma * np.exp(log_p)": "((gamma * np.exp(log_p)",
                "- np.exp(log_not))": "- np.exp(log_not)) / np.exp(log_p + log_not))",
            },
            "This is the derivative by p, the probability of t = 1. By z there is one"
            " factor more: dp/dz = p (1 − p).",
        ),
        "γ left out of the bracket": (
            {"gamma * np.exp(log_p)": "np.exp(log_p)"},
            "The factor γ before p_t log p_t is missing: it comes down when a power is"
            " differentiated.",
        ),
        "p_t left out of the bracket": (
            {"np.exp(log_p) * log_p": "log_p"},
            "You have γ log p_t where it is γ p_t log p_t. Without p_t the derivative"
            " grows without end for very wrong decisions.",
        ),
        "weight only": (
            {" - np.exp(log_not)": ""},
            "You differentiate the weight and not the logarithm: −(1 − p_t) is missing"
            " in the bracket.",
        ),
        "minus for plus": (
            {"gamma * np.exp(log_p)": "-gamma * np.exp(log_p)"},
            "The sign of γ p_t log p_t is wrong. Both terms of the bracket are below"
            " 0: a larger p_t lowers the weight as well as the loss.",
        ),
        "α left out": (
            {"alpha is not None": "False"},
            "You left out α_t: a constant factor of the loss is one of its derivative.",
        ),
        "p_t − 1 from p_t": (
            {"- np.exp(log_not)": "+ (np.exp(log_p) - 1)"},
            "You form p_t − 1 from a rounded p_t. From z = 37 on it is 0, and well"
            " before that most of its digits are gone; −exp(log(1 − p_t)) has them"
            " all.",
        ),
        "negative power": (
            negative_power,
            "You have (1 − p_t)^(γ − 1). For γ below 1, even for γ = 0, it is infinite"
            " where p_t is 1, and 0 times that NaN: multiply the bracket out, and no"
            " negative power is left.",
        ),
    },
    "09.4": {
        "weight of the whole batch": (
            {
                "weight = np.exp(gamma * log_not)": (
                    "mean = np.mean(log_p)\n"
                    "    not_p = -np.expm1(mean)\n"
                    "    weight = not_p**gamma"
                ),
                "weight * (gamma * np.exp(log_p) * log_p - np.exp(log_not))": (
                    "np.exp(log_not) * (gamma * not_p ** (gamma - 1) * np.exp(mean) *"
                    " mean - weight)"
                ),
            },
            "You weigh the mean cross-entropy of the batch. The weight belongs to each"
            " sample, before the mean: otherwise easy samples are not turned down"
            " against hard ones at all.",
        ),
        "weight detached": (
            {"gamma * np.exp(log_p) * log_p - np": "-np"},
            "Your loss is right, but its gradient treats (1 − p_y)^γ as a constant."
            " The weight changes with the logits, too, and adds γ p_y log p_y.",
        ),
        "F from the probabilities": (
            factor_as_printed,
            "You form F(p_y) from the probabilities, as the chapter prints it. Where"
            " p_y rounds to 1 it is 0/0, and 0 times infinity for γ below 1; where it"
            " rounds to 0, log p_y is infinite. Multiply F(p_y)(p_y − 1) out, which is"
            " A, and take 1 − p_y as the sum of the others.",
        ),
        "divided by N·C": (
            {"dz / len(y)": "dz / z.size"},
            "Your gradient is divided by the number of logits. The loss is a mean over"
            " the N samples.",
        ),
        "1/N left out of the gradient": (
            {"dz / len(y)": "dz"},
            "Your loss is a mean, your gradient that of a sum: divide it by N.",
        ),
        "sum for mean": (
            {"np.mean": "np.sum", "dz / len(y)": "dz"},
            "You add up over the samples. The loss is their mean, and so is its"
            " gradient.",
        ),
        "target only": (
            {
                "-a[:, None] * np.exp(others - log_others[:, None])": (
                    "np.zeros_like(z)"
                )
            },
            "Your gradient has the target's entry only. Raising another logit lowers"
            " p_y, too: −A q_k.",
        ),
        "p for q": (
            {"others - log_others[:, None]": "others - log_all[:, None]"},
            "For the other classes you have −A p_k. q_k is the softmax over the others"
            " only, p_k/(1 − p_y), so that each row of the gradient adds up to 0.",
        ),
        "wrong sign": (
            {"dz / len(y)": "-dz / len(y)"},
            "Your gradient has the other sign: raising the target logit lowers the"
            " loss, and A is below 0.",
        ),
        "power of p_y": (
            {
                "gamma * log_not": "gamma * log_p",
                "(gamma * np.exp(log_p) * log_p - np.exp(log_not))": (
                    "np.expm1(log_p) * (1 + gamma * log_p)"
                ),
            },
            "You weigh with p_y^γ, which turns the hard samples down. It is (1 −"
            " p_y)^γ.",
        ),
        "negative power": (
            {
                "a = weight * (gamma * np.exp(log_p) * log_p - np.exp(log_not))": (
                    "by_p = gamma * np.exp(log_not) ** (gamma - 1) * log_p\n"
                    "    a = (by_p * np.exp(log_p) - weight) * np.exp(log_not)"
                )
            },
            "You have (1 − p_y)^(γ − 1). For γ below 1 it is infinite where p_y rounds"
            " to 1, and 0 times that NaN: multiply the bracket out, as in A.",
        ),
    },
    "09.5": {
        "wrong sign": (
            {"-np.log": "np.log"},
            "Your bias has the other sign: it makes the probability 1 − π.",
        ),
        "logarithm of π": (
            {"-np.log((1 - pi) / pi)": "np.log(pi)"},
            "You return log π. That is nearly right for tiny π only: it is log(π/(1 −"
            " π)), since e^b is the odds and not the probability.",
        ),
        "odds": (
            {"-np.log((1 - pi) / pi)": "pi / (1 - pi)"},
            "You return the odds π/(1 − π). The bias is their logarithm.",
        ),
        "logarithm of 1 − π alone": (
            {"((1 - pi) / pi)": "(1 - pi) / pi"},
            "You divide after the logarithm: −log(1 − π)/π. It is the logarithm of the"
            " whole quotient, −log((1 − π)/π).",
        ),
        "logarithm to the base 10": (
            {"np.log": "np.log10"},
            "You used log10. The sigmoid is made of powers of e.",
        ),
    },
}
