"""Wrong answers of chapter 21, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "21.1": {
        "zeros on the diagonal": (
            {"np.fill_diagonal(z, -np.inf)": "np.fill_diagonal(z, 0)"},
            "You put 0 on the diagonal, and exp(0) is 1: a view still finds itself."
            " What has no share has the logit −∞.",
        ),
        "diagonal left in": (
            {"    np.fill_diagonal(z, -np.inf)\n": ""},
            "You let every view find itself. It is its own best match with the cosine"
            " 1, so the loss would be about that: leave the diagonal out.",
        ),
        "diagonal removed after the division": (
            {
                "    np.fill_diagonal(z, -np.inf)\n": "",
                "return e / e.sum(axis=1, keepdims=True)": (
                    "p = e / e.sum(axis=1, keepdims=True)\n"
                    "    np.fill_diagonal(p, 0)\n"
                    "    return p"
                ),
            },
            "You set the diagonal to 0 after dividing, so the rows no longer add up to"
            " 1. It has to be left out of the sum.",
        ),
        "masked after the maximum": (
            {
                "    np.fill_diagonal(z, -np.inf)\n": "",
                "    return e": "    np.fill_diagonal(e, 0)\n    return e",
            },
            "You mask the diagonal after you have taken the maximum. That is 1/τ then,"
            " the view with itself, and at a small τ all other exponentials are 0,"
            " and their sum as well: NaN. Mask first.",
        ),
        "exp without shift": (
            {"z - z.max(axis=1, keepdims=True)": "z"},
            "You exponentiate as it is. At τ = 0.005 a cosine of 0.9 is the logit 180,"
            " and e^180 is no float32: take the maximum out of each row.",
        ),
        "columns": (
            {"z.max(axis=1": "z.max(axis=0", "e.sum(axis=1": "e.sum(axis=0"},
            "Your columns add up to 1. A view asks along its row: axis=1.",
        ),
        "times the temperature": (
            {"c / tau": "c * tau"},
            "You multiplied by τ. A small temperature makes a sharp softmax: divide.",
        ),
        "no temperature": (
            {"c / tau": "c / 1.0"},
            "You left τ out: the logits are c / τ.",
        ),
        "one sum for all rows": (
            {"e / e.sum(axis=1, keepdims=True)": "e / e.sum()"},
            "You divided by the sum over the whole matrix. Each row is a softmax of"
            " its own.",
        ),
        "logarithms": (
            {
                "return e / e.sum(axis=1, keepdims=True)": (
                    "with np.errstate(divide='ignore'):\n"
                    "        return np.log(e / e.sum(axis=1, keepdims=True))"
                )
            },
            "You return the logarithms of the shares. Asked are the shares themselves.",
        ),
    },
    "21.2": {
        "diagonal left in": (
            {
                "    p = row_shares(unit @ unit.T, tau)": (
                    "    e = np.exp((unit @ unit.T - 1) / tau)\n"
                    "    p = e / e.sum(axis=1, keepdims=True)"
                )
            },
            "Every view finds itself in your denominator. The diagonal takes no part.",
        ),
        "right answer left out of the sum": (
            {
                "    p = row_shares(unit @ unit.T, tau)": (
                    "    e = np.exp((unit @ unit.T - 1) / tau)\n"
                    "    np.fill_diagonal(e, 0)\n"
                    "    all_but = e.sum(axis=1) - e[rows, other]\n"
                    "    p = e / all_but[:, None]"
                ),
                "    p[rows, other] -= 1": "    p[rows, other] = -1",
            },
            "Your denominator leaves the other view of the picture out. Only the view"
            " itself is left out.",
        ),
        "one view against the others": (
            {
                "    p = row_shares(unit @ unit.T, tau)": (
                    "    e = np.exp((unit @ unit.T - 1) / tau)\n"
                    "    e[:n, :n] = 0\n"
                    "    e[n:, n:] = 0\n"
                    "    p = e / e.sum(axis=1, keepdims=True)"
                ),
            },
            "Your first views see the second ones only, and the other way round, as in"
            " CLIP. Here each view has all 2N − 1 others for candidates.",
        ),
        "G without its transpose": (
            {"(g + g.T)": "g"},
            "You forgot Gᵀ. A view is an anchor in its row and a candidate in its"
            " column, and is moved by both: (G + Gᵀ).",
        ),
        "G doubled": (
            {"(g + g.T)": "(2 * g)"},
            "You doubled G instead of adding Gᵀ. S is symmetric and G is not: in row i"
            " stand the shares that i gives, in column i those that it gets.",
        ),
        "sum for mean": (
            {"-np.mean(": "-np.sum(", "g = p / (2 * n)": "g = p"},
            "You took the sum over the views. The loss is their mean: divide by 2N,"
            " the loss and the gradient.",
        ),
        "mean over the pictures": (
            {"-np.mean(": "-2 * np.mean(", "g = p / (2 * n)": "g = p / n"},
            "Yours is twice the loss: you divided by N, the number of pictures. The"
            " mean is over all 2N rows. (SimCLR's released code has your factor.)",
        ),
        "gradient of the sum": (
            {"g = p / (2 * n)": "g = p"},
            "Your loss is a mean and your gradient that of the sum: G has a 1/2N.",
        ),
        "radial part left in": (
            {"(q - np.sum(q * unit, axis=1, keepdims=True) * unit)": "q"},
            "You left in the part along the feature. The loss knows directions only:"
            " subtract (q·x̂) x̂.",
        ),
        "not divided by the length": (
            {" * unit) / length": " * unit)"},
            "The division by the length of the feature is missing: a long feature"
            " turns less for the same push.",
        ),
        "temperature missing in the gradient": (
            {"unit / tau": "unit"},
            "The 1/τ is missing in your gradient: S is the cosine divided by τ.",
        ),
        "features not normalised": (
            {"length = np.linalg.norm(x, axis=1, keepdims=True)": "length = 1.0"},
            "You took products of the features as they are. The loss is one of"
            " cosines: divide each feature by its length first.",
        ),
        "neighbours as pairs": (
            {"(rows + n) % (2 * n)": "rows ^ 1"},
            "You paired the rows 0 and 1, 2 and 3, and so on. Here the two views of"
            " picture i are the rows i and i + N.",
        ),
        "first views only": (
            {
                "(np.log(p[rows, other]))": "(np.log(p[rows, other])[:n])",
                "g = p / (2 * n)": "g = p / n\n    g[n:] = 0",
            },
            "You asked the first views only. Both views of a picture are anchors: the"
            " mean is over 2N rows.",
        ),
        "target forgotten": (
            {"    p[rows, other] -= 1\n": ""},
            "Your G is P alone. It is probability minus target: 1 is subtracted where"
            " the other view stands.",
        ),
        "direction of the step": (
            {"return loss, (q -": "return loss, -(q -"},
            "Your gradient has the opposite sign. It points the way that the features"
            " should go; a gradient points uphill.",
        ),
    },
    "21.3": {
        "slope by the scale": (
            {"return -by_t / tau, by_t": "return -by_t / tau, by_t * tau"},
            "Your by_t is the slope by the scale 1/τ. By its logarithm there is the"
            " scale as a factor.",
        ),
        "diagonal left in": (
            {
                "    g = row_shares(c, tau)": (
                    "    g = np.exp((c - 1) / tau)\n"
                    "    g /= g.sum(axis=1, keepdims=True)"
                )
            },
            "Every view finds itself in your softmax. The diagonal takes no part.",
        ),
        "first half and second half": (
            {
                "g[rows, other] -= 1": "g[rows, (rows + len(c) // 2) % len(c)] -= 1",
            },
            "You take row i + N for the right answer. It is other[i], which may be any"
            " other row.",
        ),
        "sign": (
            {"-by_t / tau, by_t": "by_t / tau, -by_t"},
            "Both your slopes have the opposite sign. S = c/τ becomes smaller where τ"
            " grows: ∂S/∂τ = −S/τ. And the scale is e^t: ∂S/∂t = +S.",
        ),
        "sign of τ": (
            {"-by_t / tau": "by_t / tau"},
            "Your slope by τ has the wrong sign. S = c/τ falls in size where τ grows:"
            " ∂S/∂τ = −S/τ.",
        ),
        "logarithm of τ for τ": (
            {"-by_t / tau": "-by_t"},
            "That is the slope by log τ. By τ itself there is one 1/τ more.",
        ),
        "logarithm of τ for that of the scale": (
            {"by_t / tau, by_t": "by_t / tau, -by_t"},
            "Your second slope is that by log τ. t is the logarithm of the scale 1/τ,"
            " so t = −log τ, and the sign is the other one.",
        ),
        "cosines for similarities": (
            {"np.sum(g * c) / tau": "np.sum(g * c)"},
            "You summed G times the cosines. What moves is S = c/τ: there is a 1/τ"
            " more in both slopes.",
        ),
        "sum for mean": (
            {" / len(c)": ""},
            "You have the slopes of the sum over the rows. The loss is their mean.",
        ),
        "target forgotten": (
            {"    g[rows, other] -= 1\n": ""},
            "You left the right answer out. G is P minus the target.",
        ),
        "right answers only": (
            {"np.sum(g * c)": "np.sum((g * c)[rows, other])"},
            "You summed over the right answers only. All similarities of a row move"
            " with τ.",
        ),
        "slopes exchanged": (
            {"-by_t / tau, by_t": "by_t, -by_t / tau"},
            "You return (by_t, by_tau). Asked is (by_tau, by_t).",
        ),
    },
    "21.4": {
        "slopes of “out” for both": (
            {"        target = own / total\n": "        target = even\n"},
            "Your slopes of “in” are those of “out”, where each positive has the same"
            " share. Within the logarithm a positive has the share P of all positives"
            " together.",
        ),
        "by the cosines": (
            {
                "np.where(some, p - target, 0) / anchors": (
                    "np.where(some, p - target, 0) / anchors / tau"
                )
            },
            "Your slopes are those by the cosines. By S = c/τ there is no 1/τ.",
        ),
        "both triangles added": (
            {
                "return loss / anchors, np.where(some, p - target, 0) / anchors": (
                    "g = np.where(some, p - target, 0) / anchors\n"
                    "    return loss / anchors, g + g.T"
                )
            },
            "You add the transpose. S[i, k] and S[k, i] are two things here; they"
            " become one where the features come in.",
        ),
        "NaN for somebody alone": (
            {
                "    some = count > 0\n": "    some = np.ones(count.shape, bool)\n",
                "positive / np.maximum(count, 1)": "positive / count",
                "total / np.maximum(count, 1)": "total / count",
            },
            "A row without a positive gives you 0/0. It has no loss and no slope, and"
            " is not counted in the mean.",
        ),
        "L_in and L_out exchanged": (
            {'form == "out"': 'form == "in"'},
            "You exchanged the two. In “out” the mean stands outside the logarithm: it"
            " is a mean of logarithms; “in” is the logarithm of a mean.",
        ),
        "slopes exchanged": (
            {
                "p, 1)))\n        target = even": (
                    "p, 1)))\n        target = own / total"
                ),
                "count, 1)))\n        target = own / total": (
                    "count, 1)))\n        target = even"
                ),
            },
            "Your losses are right, and their slopes exchanged. The even target"
            " belongs to the mean of logarithms, “out”.",
        ),
        "a view as its own positive": (
            {
                "    np.fill_diagonal(positive, False)\n": "",
                "np.where(positive, p, 1)": "np.where(positive & (p > 0), p, 1)",
            },
            "You count a view among its own positives. The diagonal takes no part.",
        ),
        "mean over all rows": (
            {"anchors = np.sum(some)": "anchors = len(y)"},
            "You divided by the number of all rows. A row without a positive has"
            " nothing to ask, and is not counted.",
        ),
        "somebody alone is pushed": (
            {"np.where(some, p - target, 0)": "(p - target)"},
            "A row without a positive has slopes in your answer. It has no loss, so"
            " its slopes are 0.",
        ),
        "0/0 for somebody alone": (
            {
                "positive / np.maximum(count, 1)": "positive / count",
                "np.where(some, np.sum(own, axis=1, keepdims=True), 1)": (
                    "np.sum(own, axis=1, keepdims=True)"
                ),
            },
            "You divide by the number of positives of a row that has none.",
        ),
        "sum over the positives": (
            {"even = positive / np.maximum(count, 1)": "even = positive * 1.0"},
            "You summed over the positives of a row. It is their mean: divide by how"
            " many there are.",
        ),
        "sum over the rows": (
            {
                "loss / anchors, np.where(some, p - target, 0) / anchors": (
                    "loss, np.where(some, p - target, 0)"
                )
            },
            "You took the sum over the rows. Both losses are the mean over the rows"
            " that have a positive.",
        ),
        "one over the number of pairs": (
            {"anchors = np.sum(some)": "anchors = np.sum(count)"},
            "You divided by the number of pairs. Each row has its own mean already:"
            " divide by the number of rows that have a positive.",
        ),
        "number of positives forgotten inside": (
            {"np.log(total / np.maximum(count, 1))": "np.log(total)"},
            "Your “in” is −log of the sum over the positives. It is the mean: the"
            " slopes do not see the difference, the loss does.",
        ),
        "target forgotten": (
            {"p - target": "p"},
            "Your slopes are P alone. They are P minus the target.",
        ),
    },
    "21.5": {
        "b with the other sign": (
            {"(scaled + b)": "(scaled - b)"},
            "You subtract b. It is added, and starts below 0.",
        ),
        "scale on the bias": (
            {"(scaled + b)": "(scaled + np.exp(t) * b)"},
            "You multiply b by the scale, too. Only the cosine has e^t.",
        ),
        "0 off the diagonal": (
            {"2 * np.eye(n) - 1": "np.eye(n)"},
            "Your y is 0 off the diagonal, so that log 2 is all that these pairs say."
            " It is −1 there.",
        ),
        "slopes by t and b of the mean": (
            {"np.sum(g * scaled), np.sum(g)": "np.sum(g * scaled) / n, np.sum(g) / n"},
            "You divide by N twice in by_t and by_b: L has one 1/N.",
        ),
        "divided by N²": (
            {
                "/ n\n    return": "/ n**2\n    return",
                "np.sum(softplus) / n": "np.sum(softplus) / n**2",
            },
            "You took the mean over all N² pairs. SigLIP divides by N: each picture"
            " keeps the sum of what it has to say to all texts.",
        ),
        "sum over everything": (
            {
                "/ n\n    return": "\n    return",
                "np.sum(softplus) / n": "np.sum(softplus)",
            },
            "The division by N is missing.",
        ),
        "signs exchanged": (
            {"sign = 2 * np.eye(n) - 1": "sign = 1 - 2 * np.eye(n)"},
            "Your y is −1 on the diagonal. Picture i and text i belong together: +1"
            " there, −1 elsewhere.",
        ),
        "sign of the slopes": (
            {"g = -sign": "g = sign"},
            "All your slopes have the opposite sign: ∂/∂u of softplus(−y u) is −y"
            " σ(−y u).",
        ),
        "sigmoid of the right answer": (
            {"np.exp(v - softplus)": "np.exp(-softplus)"},
            "You have σ(y u) in the slopes, the probability of the right answer. What"
            " pulls is that of the wrong one, σ(−y u).",
        ),
        "scale missing in by_c": (
            {"np.exp(t) * g,": "g,"},
            "by_c is the slope by u. By the cosine there is a factor e^t.",
        ),
        "bias in by_t": (
            {"np.sum(g * scaled)": "np.sum(g * (scaled + b))"},
            "You multiplied by u in by_t. The bias does not move with t: u − b is e^t"
            " c.",
        ),
        "scale missing in by_t": (
            {"np.sum(g * scaled)": "np.sum(g * c)"},
            "You multiplied by c in by_t: that is the slope by the scale e^t. By its"
            " logarithm there is a factor e^t.",
        ),
        "t for the scale": (
            {"np.exp(t) * c": "t * c", "np.exp(t) * g": "t * g"},
            "You took t for the scale. It is its logarithm: e^t.",
        ),
        "bias left out": (
            {"(scaled + b)": "scaled"},
            "You left the bias out of u.",
        ),
        "matching pairs only": (
            {"np.sum(softplus) / n": "np.trace(softplus) / n"},
            "Your loss has the pairs that belong together, and no others. All N² are"
            " asked.",
        ),
        "exp without shift": (
            {
                "np.logaddexp(0, v)": "np.log(1 + np.exp(v))",
                "np.exp(v - softplus)": "np.exp(v) / (1 + np.exp(v))",
            },
            "You exponentiate as it is, and e^1000 is no float64. np.logaddexp(0, v)"
            " is log(1 + e^v) for every v.",
        ),
    },
    "21.6": {
        "b started at 0": (
            {"b = -np.log(n - 1)": "b = 0.0"},
            "You start at 0. Then every question is a coin toss, N² times log 2 over N"
            " to begin with. Most answers are no: b is below 0.",
        ),
        "logarithm of N": (
            {"b = -np.log(n - 1)": "b = -np.log(n)"},
            "You have −log N. One of the N questions of a picture is a yes, so there"
            " are N − 1 that are not.",
        ),
        "sign": (
            {"b = -np.log(n - 1)": "b = np.log(n - 1)"},
            "Your b is above 0: it says yes to everything. Of N answers N − 1 are no.",
        ),
        "-10 for every batch": (
            {"b = -np.log(n - 1)": "b = -10.0"},
            "That is the start for the paper's batches. It belongs to N = 22,000 or"
            " so; find the one for your N.",
        ),
        "pairs of the whole batch": (
            {"b = -np.log(n - 1)": "b = -np.log(n * n - 1)"},
            "You counted one yes among all N² pairs. There is one for each picture: N"
            " of N², and so one of N.",
        ),
        "mean over the pairs": (
            {"return b, loss": "return b, loss / n"},
            "Your loss is the mean over the N² pairs. SigLIP's is divided by N.",
        ),
        "sum over the batch": (
            {"return b, loss": "return b, loss * n"},
            "Your loss is the sum over the batch. SigLIP's is divided by N.",
        ),
        "results exchanged": (
            {"return b, loss": "return loss, b"},
            "You return (loss, b). Asked is (b, loss).",
        ),
        "loss of the no alone": (
            {"np.log1p(np.exp(-b)) + ": ""},
            "The question with the answer yes is missing in your loss: one softplus(−b)"
            " for each picture.",
        ),
    },
}
