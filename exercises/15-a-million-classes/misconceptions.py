"""Wrong answers of chapter 15, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine import chapters

right = chapters.solution(__file__)


def one_part_after_the_other(targets, tops, others):
    top, total = tops[0], others[0]
    for part, share in zip(tops[1:], others[1:], strict=True):
        new = np.maximum(top, part)
        total = total * np.exp(top - new) + share * np.exp(part - new)
        top = new
    target = np.sum(targets, axis=0)
    new = np.maximum(top, target)
    return target, new, total * np.exp(top - new)


def without_another_class(z, y, start):
    """As if a rank had another class for every sample."""
    target, top, _ = right.rank_sums(z, y, start)
    own = start + np.arange(z.shape[1]) == y[:, None]
    return target, top, np.exp(np.where(own, -np.inf, z) - top[:, None]).sum(axis=1)


def softmax_of_each_rank(u, w, counts, y, target, top, others):
    """Every rank by itself, as if it had all classes."""
    du, dw, start = np.zeros_like(u), np.zeros_like(w), 0
    for count in counts:
        v = w[start : start + count]
        z = u @ v.T
        p = np.exp(z - np.max(z, axis=1, keepdims=True, initial=-np.inf))
        p /= np.sum(p, axis=1, keepdims=True)
        own = np.flatnonzero((y >= start) & (y < start + count))
        p[own, y[own] - start] -= 1
        du += p @ v / len(u)
        dw[start : start + count] = p.T @ u / len(u)
        start += count
    return du, dw


def logits_without_the_margin(u, w, counts, y, target, top, others):
    """A softmax of its own, from what the product says."""
    z = u @ w.T
    p = np.exp(z - np.max(z, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p @ w / len(u), p.T @ u / len(u)


def _own(numbers, y, start):
    return y[(y >= start) & (y < start + len(numbers))] - start


def as_many_on_each_rank(numbers, y, start, rate):
    sampled = np.argsort(numbers)[: int(rate * len(numbers))]
    return np.union1d(sampled, _own(numbers, y, start)).astype(int)


def places_for_the_batch(numbers, y, start, rate):
    """The classes of the batch first, until the rank's share is full."""
    own = np.unique(_own(numbers, y, start))
    count = max(int(rate * len(numbers)), len(own))
    first = numbers.copy()
    first[own] = -1
    return np.sort(np.argsort(first)[:count])


def the_batch_once_more(numbers, y, start, rate):
    return np.sort([*np.flatnonzero(numbers < rate), *_own(numbers, y, start)])


def the_batch_first(numbers, y, start, rate):
    own = np.unique(_own(numbers, y, start))
    rest = np.setdiff1d(np.flatnonzero(numbers < rate), own)
    return np.concatenate([own, rest]).astype(int)


MISCONCEPTIONS = {
    "15.1": {
        "old sum not rescaled": (
            {"others * np.exp(top - shift)": "others"},
            "You add to the old sum as it is. It is relative to the old top: where the"
            " top rises, multiply it by e^(old top − new top).",
        ),
        "rescaled the wrong way": (
            {"np.exp(top - shift)": "np.exp(shift - top)"},
            "You multiply the old sum by e^(new top − old top). A higher top makes a"
            " smaller sum: e^(old − new).",
        ),
        "NaN where nothing was seen": (
            {"np.where(np.isneginf(new), 0, new)": "new"},
            "Where the top is still −∞ you subtract −∞ from −∞, and that is NaN."
            " Subtract 0 there, since e^−∞ is 0 as it stands. (Heads start the top at"
            " the target logit, and never meet it.)",
        ),
        "a low number for −∞": (
            {
                "np.maximum(top, np.max(z, axis=1, initial=-np.inf))": (
                    "np.maximum(\n        np.maximum(top, -1e30),"
                    " np.max(z, axis=1, initial=-np.inf)\n    )"
                )
            },
            "You put a number such as −1e30 in the place of −∞. The sum survives it,"
            " but a top that is no logit comes out where nothing was seen.",
        ),
        "top of the block only": (
            {
                "np.maximum(top, np.max(z, axis=1, initial=-np.inf))": (
                    "np.max(z, axis=1, initial=-np.inf)"
                )
            },
            "Your new top is the block's largest logit. A block may lie below what was"
            " seen: take the larger of the two.",
        ),
        "one top for all samples": (
            {"np.max(z, axis=1, initial=-np.inf)": "np.max(z, initial=-np.inf)"},
            "You take the largest logit of the whole block. Every sample has a top of"
            " its own: axis=1.",
        ),
        "block not relative to the top": (
            {"np.exp(z - shift[:, None])": "np.exp(z)"},
            "You add e^z of the block. Everything in the sum is relative to the new"
            " top: e^(z − top).",
        ),
        "block relative to the old top": (
            {"np.exp(z - shift[:, None])": "np.exp(z - top[:, None])"},
            "You took the block relative to the old top. It may exceed that by"
            " hundreds: everything is relative to the new one.",
        ),
        "block relative to its own largest": (
            {
                "np.exp(z - shift[:, None])": (
                    "np.exp(\n        z - np.max(z, axis=1, keepdims=True,"
                    " initial=-1e300)\n    )"
                )
            },
            "You took the block relative to its own largest logit, and added that to a"
            " sum relative to the top. Bring both to the new top first.",
        ),
        "sum over the whole block": (
            {".sum(axis=1)": ".sum()"},
            "You add up the exponentials of all samples. Every sample has a sum of its"
            " own: axis=1.",
        ),
        "block alone": (
            {"others * np.exp(top - shift) + ": ""},
            "Your sum is that of the block. What was seen before belongs to it.",
        ),
        "top counted as a class": (
            {"others * np.exp": "(others + 1) * np.exp"},
            "You count the old top as a class of its own, e^0 = 1. If it is a logit of"
            " the others it is in the sum already, and if it is the target's it does"
            " not belong there.",
        ),
    },
    "15.2": {
        "MAX of the targets": (
            {"np.sum(targets, axis=0)": "np.max(targets, axis=0)"},
            "You take the largest of the targets. The parts without the own class have"
            " 0, which is larger than a target logit below 0: take the sum.",
        ),
        "sums not rescaled": (
            {"others * np.exp(tops - top)": "others"},
            "You add the sums as they are. Each is relative to the top of its own"
            " part: multiply by e^(its top − M) first.",
        ),
        "rescaled the wrong way": (
            {"np.exp(tops - top)": "np.exp(top - tops)"},
            "You multiply by e^(M − top). A sum gets smaller when it is made relative"
            " to a higher top: e^(top − M).",
        ),
        "target left out of the top": (
            {"np.maximum(target, np.max(tops, axis=0))": "np.max(tops, axis=0)"},
            "Your M is the largest of the tops. Those are of the other classes; the"
            " target logit may be above all of them, and late in training it is.",
        ),
        "target taken for the top": (
            {"np.maximum(target, np.max(tops, axis=0))": "target"},
            "Your M is the target logit. Where another logit is above it by hundreds,"
            " e^(z − M) overflows: M is the larger of the target and all tops.",
        ),
        "target counted among the others": (
            {
                "np.exp(tops - top), axis=0)": "np.exp(tops - top), axis=0) + np.exp(\n"
                "        target - top\n    )"
            },
            "You add e^(t − M) to the sum. O is over the other classes alone: the"
            " target has a place of its own in the loss.",
        ),
        "a 0 among the tops": (
            {"np.max(tops, axis=0)": "np.max(np.maximum(targets, tops), axis=0)"},
            "You take the maximum over the targets of all parts. The 0 of a part"
            " without the own class is no logit: sum the targets first.",
        ),
        "means for sums": (
            {
                "np.sum(targets": "np.mean(targets",
                "np.sum(others": "np.mean(others",
            },
            "You average over the parts. Each part has other classes, so what they"
            " know is added.",
        ),
        "two parts without a class": (
            one_part_after_the_other,
            "You merge the parts one by one, and where two have no other class you"
            " subtract −∞ from −∞, which is NaN. Begin with the target, or find M over"
            " all parts first.",
        ),
    },
    "15.3": {
        "small losses rounded away": (
            {"np.log1p(others + np.expm1(t))": "np.log(others + np.exp(t))"},
            "A sum of 1 and something tiny is 1, so the small losses are 0. (Or you"
            " subtract t from a log-sum-exp that equals it.) Keep the 1 out of the sum:"
            " np.log1p, with np.expm1 for e^(t − M) − 1.",
        ),
        "softmax before the logarithm": (
            {
                "np.log1p(others + np.expm1(t)) - t": (
                    "-np.log(np.exp(t) / (others + np.exp(t)))"
                )
            },
            "You compute the probability and then its logarithm. It is 0 where the"
            " target is 746 below the top, and its logarithm −∞; and it is 1 where the"
            " loss is tiny. Take the logarithm of the quotient apart.",
        ),
        "probability clamped": (
            {
                "np.log1p(others + np.expm1(t)) - t": (
                    "-np.log(np.maximum(np.exp(t) / (others + np.exp(t)), 1e-30))"
                )
            },
            "You do not let the probability fall below 1e-30, and so no loss is above"
            " 69.08, whatever it really is; and its gradient is 0 there. With"
            " logarithms no clamp is needed.",
        ),
        "epsilon in the log": (
            {
                "np.log1p(others + np.expm1(t)) - t": (
                    "-np.log(np.exp(t) / (others + np.exp(t)) + 1e-12)"
                )
            },
            "You add 1e-12 to the probability, and so no loss is above 27.6, and the"
            " small ones are negative. With logarithms no epsilon is needed.",
        ),
        "product that overflows": (
            {"np.log1p(others + np.expm1(t)) - t": ("np.log1p(others * np.exp(-t))")},
            "log1p(O e^(M − t)) keeps the small losses, and overflows where t is 710"
            " below the top. Take e^(M − t) out of the logarithm as M − t.",
        ),
        "target left out": (
            {"np.log1p(others + np.expm1(t))": "np.log(others)"},
            "Your sum is over the other classes only. The target belongs into the"
            " denominator of a softmax, too: O + e^(t − M).",
        ),
        "target counted twice": (
            {"np.expm1(t)": "np.exp(t)"},
            "You have log(1 + O + e^(t − M)). If e^(t − M) is in the sum, the 1 is one"
            " class too many: it is expm1 that goes with log1p.",
        ),
        "target taken for the top": (
            {" + np.expm1(t)": ""},
            "You have log(1 + O), as if the target were the top. Its term is e^(t −"
            " M), and 1 only where t = M.",
        ),
    },
    "15.4": {
        "y − start below zero": (
            {"(y >= start) & ": ""},
            "You take labels of classes before this rank, too. y − start is negative"
            " there, and NumPy counts it from the end: ask for y >= start as well.",
        ),
        "labels taken for local numbers": (
            {
                "(y >= start) & (y < start + z.shape[1])": "y < z.shape[1]",
                "y[rows] - start": "y[rows]",
            },
            "You use the labels as columns of this rank. They count from the first"
            " class of all ranks: subtract start.",
        ),
        "elsewhere taken for the first class": (
            {
                "(y >= start) & (y < start + z.shape[1])": (
                    "np.full(len(y), z.shape[1] > 0)"
                ),
                "y[rows] - start": (
                    "np.where(\n        (y >= start) & (y < start + z.shape[1]),"
                    " y - start, 0\n    )[rows]"
                ),
            },
            "Samples whose own class is elsewhere get this rank's first class for a"
            " target. A 0 to index with needs a mask when the logit is taken, and when"
            " it is left out.",
        ),
        "−∞ for targets elsewhere": (
            {
                "target, rest = np.zeros(len(y))": (
                    "target, rest = np.full(len(y), -np.inf)"
                )
            },
            "Where the own class is elsewhere your target is −∞. These are summed over"
            " the ranks, and with −∞ in it the sum is −∞: 0.",
        ),
        "target counted among the others": (
            {"rest[rows, columns] = -np.inf": "pass"},
            "The own class is in the sum of the others. It is counted twice then, here"
            " and as the target; and without its margin here.",
        ),
        "0 for −∞": (
            {"rest[rows, columns] = -np.inf": "rest[rows, columns] = 0"},
            "You set the own class's logit to 0 to leave it out. e^0 is 1: set it to"
            " −∞, of which the exponential is 0.",
        ),
        "NaN without another class": (
            without_another_class,
            "Where the rank has no other class you subtract −∞ from −∞, and that is"
            " NaN. Leave it to `fold_block`, or subtract 0 there.",
        ),
        "own classes left out for all": (
            {"rest[rows, columns] = -np.inf": "rest[:, columns] = -np.inf"},
            "You leave out the own classes of all samples, for every sample. Each"
            " leaves out its own only: an index for the row as well.",
        ),
        "target in the top": (
            {
                "fold_block(np.full(len(y), -np.inf)": (
                    "fold_block(np.where(own, target, -np.inf)"
                )
            },
            "Your top is the larger of the target logit and the others. That would do"
            " as well; here, the top is that of the other classes alone, and `merged`"
            " brings the target in.",
        ),
    },
    "15.5": {
        "parts not summed": (
            {"du += q @ v": "du = q @ v"},
            "Your du is the part of the last rank. Every rank pulls at every sample:"
            " sum the parts.",
        ),
        "summed twice": (
            {"return du, dw": "return len(counts) * du, dw"},
            "Your du is P times too large: summed over the ranks, and then once more,"
            " as data-parallel training would do it unasked. The parts are summed"
            " once.",
        ),
        "mean over the ranks": (
            {"return du, dw": "return du / len(counts), dw"},
            "You average du over the ranks. Its parts belong to different classes, and"
            " are summed; the mean over the samples is in it already.",
        ),
        "y − start below zero": (
            {"(y >= start) & ": ""},
            "You take labels of classes before the rank, too. y − start is negative"
            " there, and NumPy counts it from the end: ask for y >= start as well.",
        ),
        "target as another class": (
            {"q[own, y[own] - start] = -others[own]": "pass"},
            "The own class is pushed away like the others, by its logit without the"
            " margin. Its slope is p_t − 1, which is −O/(O + e^(t − M)).",
        ),
        "p_t left out": (
            {"-others[own]": "-(others + np.exp(target - top))[own]"},
            "The slope of the own class is −1 with you. It is p_t − 1, which tends to 0"
            " when the sample is learned: −O in the place of q.",
        ),
        "p_t without the margin": (
            {"= -others[own]": "-= (others + np.exp(target - top))[own]"},
            "Your p_t − 1 takes p_t from the logit without the margin, so that the"
            " slopes of a sample do not add up to 0. In the place of q, −O knows of the"
            " margin.",
        ),
        "logits without the margin": (
            logits_without_the_margin,
            "You take a softmax of u wᵀ. The target logit has a margin, and is not in"
            " that product: use t, M and O, and −O in the place of the own class.",
        ),
        "1 − p_t cancels": (
            {
                "-others[own]": (
                    "(\n            np.exp(target - top) - (others + np.exp(target -"
                    " top))\n        )[own]"
                )
            },
            "You compute p_t − 1, which is 0 in floating point long before the sample"
            " is learned, and then the own class does not pull. It is"
            " −O/(O + e^(t − M)), exactly, with nothing to cancel.",
        ),
        "softmax of each rank": (
            softmax_of_each_rank,
            "You normalise with the sum over the rank's own classes. The softmax is"
            " over all classes: M, O and t come from all ranks.",
        ),
        "sum for the mean": (
            {"len(u) * ": ""},
            "You left the mean out. The loss is a mean over the samples: divide by N.",
        ),
        "mean over a share of the batch": (
            {"len(u) * ": "len(u) / len(counts) * "},
            "Your gradients are P times too large, those by w as well. The mean is over"
            " all N samples, and not over a P-th of them.",
        ),
        "mean over the rank's own samples": (
            {
                "len(u) * ": "",
                "row[:, None]": "row[:, None] / max(1, len(own))",
            },
            "Every rank divides by the number of samples whose class it has. The loss"
            " is the mean over all N samples, whatever rank their class is on.",
        ),
        "ranks of equal size": (
            {"in counts": "in [len(w) // len(counts)] * len(counts)"},
            "You give every rank as many rows as the others, and the rows that remain"
            " get no gradient. Rank p has counts[p] rows.",
        ),
        "exp without the top": (
            {
                "u @ v.T - top[:, None]": "u @ v.T",
                "-others[own]": "-(others * np.exp(top))[own]",
                "(others + np.exp(target - top))": (
                    "(others * np.exp(top) + np.exp(target))"
                ),
            },
            "You exponentiate the logits as they are. At 710 e^z is infinite, at −746"
            " it is 0: keep everything relative to M.",
        ),
    },
    "15.6": {
        "batch left to chance": (
            {"chosen[own - start] = True": "pass"},
            "The classes of the batch take part only if their number is below the rate."
            " They always do: without its own class a sample has no target.",
        ),
        "y − start below zero": (
            {"(y >= start) & ": ""},
            "You take labels of classes before this rank, too. y − start is negative"
            " there, and NumPy counts it from the end: ask for y >= start as well.",
        ),
        "labels taken for local numbers": (
            {
                "(y >= start) & (y < start + len(numbers))": "y < len(numbers)",
                "own - start": "own",
            },
            "You use the labels as rows of this rank. They count from the first class"
            " of all ranks: subtract start.",
        ),
        "numbers among all classes": (
            {"np.flatnonzero(chosen)": "start + np.flatnonzero(chosen)"},
            "You return the numbers of the classes among those of all ranks. Asked are"
            " rows of this rank, counted from its first.",
        ),
        "as many on each rank": (
            as_many_on_each_rank,
            "You take the r B lowest numbers of the rank. How many those are depends on"
            " where the ranks begin, and so the sample depends on how many there are:"
            " compare each number with the rate.",
        ),
        "batch in the place of others": (
            places_for_the_batch,
            "You fill r B places, the classes of the batch first. So the others are"
            " sampled at a lower rate, which differs from rank to rank, and depends on"
            " how many there are.",
        ),
        "classes twice": (
            the_batch_once_more,
            "You list classes twice that are in the batch twice, or in the batch and"
            " below the rate. They would be twice in the sum: each once.",
        ),
        "batch first": (
            the_batch_first,
            "You put the classes of the batch in front. Asked is rising order.",
        ),
        "numbers up to the rate": (
            {"numbers < rate": "numbers <= rate"},
            "You take a class whose number is the rate as well. Below means <, and then"
            " a rate of 0 takes nothing but the batch.",
        ),
        "those left out": (
            {"numbers < rate": "numbers >= rate"},
            "You take the classes whose number is at or above the rate. That is a"
            " sample of the rate 1 − r.",
        ),
        "nothing but the batch": (
            {"numbers < rate": "numbers < 0"},
            "Your sample is the batch's own classes. A share of the others takes part,"
            " too: those whose number is below the rate.",
        ),
    },
    "15.7": {
        "logarithm of the rate added": (
            {"0.0, np.log(1 / rate)": "0.0, np.log(rate)"},
            "You add log r, which is below 0. A sampled class stands for 1/r of its"
            " like, so its exponential is multiplied by 1/r: add log(1/r).",
        ),
        "factor for its logarithm": (
            {"0.0, np.log(1 / rate)": "1.0, 1 / rate"},
            "You return the factors 1 and 1/r. It is the exponential that is multiplied"
            " by 1/r; to the logit, its logarithm is added.",
        ),
        "all classes raised": (
            {
                "np.where(always, 0.0, np.log(1 / rate))": (
                    "np.full(len(always), np.log(1 / rate))"
                )
            },
            "You raise all classes. Those that always take part stand for themselves"
            " alone: nothing is added to them.",
        ),
        "divided by the scale": (
            {"0.0, np.log(1 / rate)": "0.0, np.log(1 / rate) / s"},
            "You divide what is added by s. The logits have s in them already; it is"
            " the margin that s multiplies.",
        ),
        "margin that results": (
            {"m + np.log": "m - np.log"},
            "m − log(1/r)/s is the margin that results if m is given. Asked is the"
            " margin to give so that m results.",
        ),
        "scale forgotten": (
            {" / s": ""},
            "You add log(1/r) to the margin. The margin is multiplied by s in the"
            " logit: divide by it.",
        ),
        "margin of a corrected sample": (
            {"m + np.log(1 / rate) / s": "m"},
            "You give the margin m as it is. That belongs to the first way; in the"
            " second the logits are left alone, and the margin makes up for what is"
            " missing.",
        ),
    },
}
