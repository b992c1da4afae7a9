"""Wrong answers of chapter 10, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "10.1": {
        "squared distances": (
            {
                "d_p - d_n": "d_p**2 - d_n**2",
                "to_p / np.where(d_p == 0, 1, d_p)": "2 * to_p",
                "to_n / np.where(d_n == 0, 1, d_n)": "2 * to_n",
            },
            "These are the gradients of the squared distances, 2(a − p) and 2(a − n)."
            " Those of the distances themselves are unit vectors, and the bracket"
            " holds distances, too.",
        ),
        "not divided by the distance": (
            {
                "to_p / np.where(d_p == 0, 1, d_p)": "to_p",
                "to_n / np.where(d_n == 0, 1, d_n)": "to_n",
            },
            "You left a − p and a − n at their full lengths. The gradient of a length"
            " is a vector of length 1: divide by the distance.",
        ),
        "direction of the step": (
            {"u_p - u_n, -u_p, u_n": "u_n - u_p, u_p, -u_n"},
            "All your gradients have the opposite sign. They point the way that the"
            " points should go; a gradient points uphill, and the step is against it.",
        ),
        "hinge forgotten": (
            {"d_p - d_n + m > 0": "True"},
            "You pull at every triplet. Where |a − p| − |a − n| + m is not above 0 the"
            " loss is 0, and so are its gradients.",
        ),
        "margin forgotten": (
            {" + m": ""},
            "You switch the hinge off as soon as the negative is farther than the"
            " positive. It has to be farther by m: the bracket holds + m.",
        ),
        "margin subtracted": (
            {" + m": " - m"},
            "Your bracket has − m. A margin asks for more than a win, so it makes the"
            " bracket larger: |a − p| − |a − n| + m.",
        ),
        "0/0 at coincident points": (
            {"np.where(d_p == 0, 1, d_p)": "d_p", "np.where(d_n == 0, 1, d_n)": "d_n"},
            "Where two points coincide you divide 0 by 0. The distance has the tip of"
            " a cone there; take 0, which prefers no direction.",
        ),
        "an epsilon beside the distance": (
            {
                "np.where(d_p == 0, 1, d_p)": "(d_p + 1e-8)",
                "np.where(d_n == 0, 1, d_n)": "(d_n + 1e-8)",
            },
            "You add an epsilon to the distance. It avoids 0/0, and shortens the"
            " gradient of every pair that is near: divide by the distance itself, and"
            " by 1 where it is 0.",
        ),
        "lengths of the columns": (
            {"to_p, axis=1": "to_p, axis=0", "to_n, axis=1": "to_n, axis=0"},
            "Your lengths are taken over axis 0, down the columns. A distance belongs"
            " to a row: axis=1.",
        ),
        "results exchanged": (
            {"-u_p, u_n": "u_n, -u_p"},
            "You return (da, dn, dp). Asked is (da, dp, dn).",
        ),
        "positive and negative exchanged": (
            {"d_p - d_n": "d_n - d_p", "u_p - u_n, -u_p, u_n": "u_n - u_p, u_p, -u_n"},
            "You take the positive for the negative, so the anchor is drawn to the"
            " wrong one: the bracket is |a − p| − |a − n| + m.",
        ),
        "anchor held still": (
            {"u_p - u_n": "np.zeros_like(a)"},
            "You give the anchor no gradient. It is at one end of both distances, and"
            " gets the opposite of what its two partners get together.",
        ),
        "mean for sum": (
            {"on, to_p": "on, to_p / len(a)", "on, to_n": "on, to_n / len(a)"},
            "You divide by the number of triplets. Asked is the sum over them; the"
            " mean is taken elsewhere.",
        ),
    },
    "10.2": {
        "place in the selection": (
            {
                "farther[np.argmin(d[i, farther])]": "np.argmin(d[i, farther])",
                "negatives[np.argmax(d[i, negatives])]": "np.argmax(d[i, negatives])",
            },
            "argmin and argmax tell the place within what was selected. Look up there"
            " which sample of the batch it is.",
        ),
        "0 for none": (
            {"np.full(d.shape, -1)": "np.zeros(d.shape, int)"},
            "Where j is no positive of i you leave 0, which is the number of a sample."
            " Fill with −1.",
        ),
        "rows and columns exchanged": (
            {"return chosen": "return chosen.T"},
            "Your answer is transposed: the row is the anchor i, the column its"
            " positive j.",
        ),
        "nearest negative": (
            {"negatives[d[i, negatives] > d[i, j]]": "negatives"},
            "You take the nearest negative of all. That is hard mining; semi-hard asks"
            " for the nearest of those that are farther than the positive.",
        ),
        "farthest negative": (
            {"argmin": "argmax"},
            "You always take the farthest negative. It is only what remains if no"
            " negative is farther than the positive; else take the nearest that is.",
        ),
        "no fallback": (
            {"negatives[np.argmax(d[i, negatives])]": "-1"},
            "You return −1 where no negative is farther than the positive. There the"
            " farthest negative is taken.",
        ),
        "nearest as fallback": (
            {"argmax": "argmin"},
            "Where no negative is farther than the positive you take the nearest one."
            " Wanted is the farthest, which comes closest to being semi-hard.",
        ),
        "nearer for farther": (
            {"> d[i, j]": "< d[i, j]", "argmin": "argmax"},
            "You look among the negatives that are nearer than the positive. Those are"
            " the hard ones; semi-hard ones have d[i, k] > d[i, j].",
        ),
        "negatives of the own class": (
            {
                "negatives[d[i, negatives] > d[i, j]]": (
                    "np.flatnonzero(d[i] > d[i, j])"
                )
            },
            "You choose among all samples that are farther. A negative must have"
            " another label than the anchor.",
        ),
        "anchor as its own positive": (
            {"j == i": "False"},
            "You give an anchor a pair with itself. Its distance to itself is 0"
            " whatever the network does: the diagonal is −1.",
        ),
    },
    "10.3": {
        "one softmax for both": (
            {
                "- lse_p": "- np.logaddexp(lse_p, lse_n)",
                "z_n - lse_n": "z_n - np.logaddexp(lse_p, lse_n)",
            },
            "You take one softmax over positives and negatives together. Each kind has"
            " a log-sum-exp of its own, and so a softmax of its own.",
        ),
        "slopes by s_p with the wrong sign": (
            {"-z * gamma": "z * gamma"},
            "Your slopes by s_p are above 0. A positive that comes nearer lowers the"
            " loss: minus.",
        ),
        "slopes exchanged": (
            {"by_p, by_n": "by_n, by_p"},
            "You return the slopes by s_n before those by s_p.",
        ),
        "weights move": (
            {
                "-z * gamma * a_p": "z * 2 * gamma * (s_p - 1)",
                "z * gamma * a_n": "z * 2 * gamma * s_n * (s_n > -m)",
            },
            "You differentiated the weights, too. The paper holds them still, so that"
            " a pair is pulled in proportion to its weight: γ a_n, not 2γ s_n.",
        ),
        "Z forgotten": (
            {"np.exp(lse_p + lse_n - loss)": "1.0"},
            "The factor Z is missing in your slopes. It is the derivative of log(1 +"
            " e^v), the logistic function of v, and lets an anchor rest that is done.",
        ),
        "softmax forgotten": (
            {" * np.exp(z_p - lse_p)": "", " * np.exp(z_n - lse_n)": ""},
            "Every pair gets its full slope. A log-sum-exp passes on the softmax of"
            " its exponents: the shares π of all positives add up to 1, and so do"
            " those of the negatives.",
        ),
        "weights missing in the slopes": (
            {"-z * gamma * a_p": "-z * gamma", "z * gamma * a_n": "z * gamma"},
            "The weights a_p and a_n are missing in your slopes. Held still, they are"
            " constant factors of s in the exponents, and so factors of the"
            " derivative.",
        ),
        "γ missing in the slopes": (
            {"-z * gamma * a_p": "-z * a_p", "z * gamma * a_n": "z * a_n"},
            "γ is missing in your slopes. It is a factor of s in the exponents.",
        ),
        "weights below zero": (
            {
                "np.maximum(1 + m - s_p, 0), np.maximum(s_n + m, 0)": (
                    "1 + m - s_p, s_n + m"
                )
            },
            "You let the weights become negative. A negative pair below −m is far"
            " enough: [ ]_+ makes its weight 0.",
        ),
        "thresholds exchanged": (
            {"s_p - 1 + m": "s_p - m", "s_n - m": "s_n - 1 + m"},
            "You exchanged the thresholds. Positives should come above 1 − m,"
            " negatives stay below m.",
        ),
        "thresholds left out": (
            {"(s_p - 1 + m)": "s_p", "(s_n - m)": "s_n"},
            "Your exponents are γ a s without thresholds. Wanted are s_n − m and s_p −"
            " (1 − m).",
        ),
        "all weights 1": (
            {"np.maximum(1 + m - s_p, 0), np.maximum(s_n + m, 0)": "1.0, 1.0"},
            "You left the weights out altogether. They are what makes the boundary a"
            " circle: a_p = [1 + m − s_p]_+ and a_n = [s_n + m]_+.",
        ),
        "exp without shift": (
            {
                "np.logaddexp.reduce(z_p)": "np.log(np.exp(z_p).sum())",
                "np.logaddexp.reduce(z_n)": "np.log(np.exp(z_n).sum())",
                "np.logaddexp(0, lse_p + lse_n)": "np.log(1 + np.exp(lse_p + lse_n))",
            },
            "You exponentiate as it is. With a large γ the exponents reach hundreds,"
            " and e^710 is no float64: take the largest out of each sum, or use"
            " np.logaddexp.",
        ),
    },
    "10.4": {
        "1 forgotten": (
            {"np.logaddexp(0, log_sum)": "log_sum"},
            "The 1 in the logarithm is missing. It is what makes this a soft hinge:"
            " without it the loss goes below 0 and never rests.",
        ),
        "hardest pair only": (
            {"np.logaddexp.reduce(exponents.ravel())": "exponents.max()"},
            "You keep the largest exponent only. That is the limit for large γ; the"
            " loss is the sum over all pairs.",
        ),
        "mean over the pairs": (
            {"0, log_sum": "0, log_sum - np.log(exponents.size)"},
            "You take the mean of the exponentials. Wanted is their sum.",
        ),
        "a 1 in every pair": (
            {"np.logaddexp(0, log_sum)": "np.sum(np.logaddexp(0, exponents))"},
            "You sum log(1 + e^z) over the pairs. The sum stands inside, and there is"
            " one 1 for all of them: log(1 + Σ e^z).",
        ),
        "margin not scaled": (
            {" + m)": ") + m"},
            "You add m outside of γ( ). The margin is a difference of cosines, and is"
            " scaled with them: γ (s_n − s_p + m).",
        ),
        "margin subtracted": (
            {"+ m": "- m"},
            "You subtract the margin. It makes the task harder, so it adds to the"
            " exponent: s_n − s_p + m.",
        ),
        "similarities exchanged": (
            {"s_n[:, None] - s_p": "s_p[:, None] - s_n"},
            "You exchanged s_p and s_n. The loss must fall where positives come"
            " nearer: s_n − s_p.",
        ),
        "exp without shift": (
            {"np.logaddexp(0, log_sum)": "np.log1p(np.sum(np.exp(exponents)))"},
            "You exponentiate as it is, and e^710 is no float64. Take the largest"
            " exponent out of the sum, or use np.logaddexp.",
        ),
        "rounded away": (
            {
                "return np.logaddexp(0, log_sum)": (
                    "z = np.append(exponents, 0)\n"
                    "    return z.max() + np.log(np.sum(np.exp(z - z.max())))"
                )
            },
            "You add the 1 to a sum that is far smaller, and it disappears. Keep the 1"
            " apart and use np.log1p, or np.logaddexp(0, ...) at the end.",
        ),
    },
    "10.5": {
        "target among the negatives": (
            {"np.delete(c[i], label)": "c[i]"},
            "You have the own class among the negatives, too. Its pair is the positive"
            " one; only the C − 1 other classes are negatives.",
        ),
        "margin forgotten": (
            {" m, s": " 0.0, s"},
            "You left the margin out. `unified_loss` takes it as it is: the m of both"
            " losses is the same.",
        ),
        "margin added": (
            {" m, s": " -m, s"},
            "Your margin helps the sample. s_n − s_p + m is s_n − (s_p − m): the"
            " target cosine is lowered by m.",
        ),
        "scale forgotten": (
            {"m, s": "m, 1.0"},
            "You left γ at 1. It is the scale s of AM-Softmax.",
        ),
        "scaled twice": (
            {"c[i, [label]], np": "s * c[i, [label]], s * np"},
            "You scaled the cosines and then set γ = s, so that s acts twice. Give"
            " `unified_loss` the cosines as they are.",
        ),
        "pairs exchanged": (
            {
                "c[i, [label]], np.delete(c[i], label)": (
                    "np.delete(c[i], label), c[i, [label]]"
                )
            },
            "You exchanged the pairs. The own class is the positive, the others are"
            " the negatives.",
        ),
        "divided by the scale": (
            {"return losses": "return losses / s"},
            "You divided by s. L/γ is the form that tends to the hinge; AM-Softmax is"
            " L itself.",
        ),
        "hardest class only": (
            {"np.delete(c[i], label)": "np.delete(c[i], label).max(keepdims=True)"},
            "You took the nearest other class only. All C − 1 of them are negatives.",
        ),
    },
    "10.6": {
        "1 forgotten": (
            {" + 1": ""},
            "You have log(P·Q). The 1 in the logarithm is one term more: log(P·Q + 1)."
            " With one pair yours is 0, and no γ is that sharp.",
        ),
        "sum for product": (
            {"positives * negatives": "positives + negatives"},
            "You counted P + Q. Each positive meets each negative: P·Q pairs.",
        ),
        "no logarithm": (
            {"np.log": ""},
            "The logarithm is missing. P·Q + 1 equal terms of e^0 have the sum P·Q +"
            " 1, and L is its logarithm.",
        ),
        "times the error": (
            {"/ error": "* error"},
            "You multiplied by the error. A smaller error needs a larger γ: divide.",
        ),
        "logarithm to the base 10": (
            {"np.log": "np.log10"},
            "You used log10. The loss is a natural logarithm.",
        ),
        "error of L for that of L/γ": (
            {"/ error": "+ 0 * error"},
            "You return what L exceeds γ[h]_+ by at most. That of L/γ is smaller by"
            " the factor γ; set it equal to the error and solve.",
        ),
    },
}
