"""Wrong answers of chapter 20, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "20.1": {
        "β and 1 − β exchanged": (
            {"np.log1p(-rest)": "np.log(rest)"},
            "You take rest for β. It is 1 − β, near 0 where β is near 1.",
        ),
        "1 − β^n in floats": (
            {"-np.expm1(counts * np.log1p(-rest))": "1 - (1 - rest) ** counts"},
            "You form β and 1 − β^n as differences. Where β is close to 1 digits are"
            " lost, and where it rounds to 1 all of them: the logarithm of β is"
            " np.log1p(−rest), and −np.expm1(n log β) is 1 − β^n.",
        ),
        "effective number for its inverse": (
            {
                "len(counts) / effective / np.sum(1 / effective)": (
                    "len(counts) * effective / np.sum(effective)"
                )
            },
            "You weigh by E_n itself, which makes common classes heavier. A class"
            " weighs one over it.",
        ),
        "not scaled": (
            {"len(counts) / effective / np.sum(1 / effective)": ("rest / effective")},
            "Your weights are 1/E_n as they are. They are to be scaled so that the C of"
            " them add up to C.",
        ),
        "scaled to 1": (
            {"len(counts) / effective": "1 / effective"},
            "Your weights add up to 1. They are to add up to C, so that their mean is"
            " 1.",
        ),
        "one over n": (
            {"-np.expm1(counts * np.log1p(-rest))": "counts.astype(float)"},
            "You weigh by 1/n. That is the end β → 1; below it E_n grows more slowly"
            " than n.",
        ),
        "power of n + 1": (
            {"counts * np.log1p": "(counts + 1.0) * np.log1p"},
            "You have β^(n + 1). E_1 is 1: a single image counts as one, and E_n ="
            " (1 − β^n)/(1 − β).",
        ),
        "largest weight 1": (
            {
                "len(counts) / effective / np.sum(1 / effective)": (
                    "np.min(effective) / effective"
                )
            },
            "You scale the weights so that the largest is 1. They are to add up to C.",
        ),
    },
    "20.2": {
        "nothing put back": (
            {"(1 - trained)": "max(0, 1 - trained)"},
            "Where training has taken out more than all of log π, you leave it so. With"
            " τ above 1 the rest, 1 − τ, is below 0.",
        ),
        "divided by the prior": (
            {
                "return z - (1 - trained) * log_prior": (
                    "return z / np.exp((1 - trained) * log_prior)"
                )
            },
            "You divide the logits by the prior. Probabilities are divided by it; of"
            " logits its logarithm is subtracted.",
        ),
        "probabilities": (
            {
                "    return z - (1 - trained) * log_prior": (
                    "    z = z - (1 - trained) * log_prior\n"
                    "    e = np.exp(z - z.max(axis=1, keepdims=True))\n"
                    "    return e / e.sum(axis=1, keepdims=True)"
                )
            },
            "You return probabilities. The logits are asked for.",
        ),
        "sign of log π at the test": (
            {"z - (1": "z + (1"},
            "You add what is left of log π. Training adds it; the test takes it off, so"
            " that the rare class gains.",
        ),
        "both corrections": (
            {"(1 - trained) * ": ""},
            "You subtract all of log π, whatever the training did. With the prior in"
            " the loss it is out of z already, and would be taken out twice: only 1 − τ"
            " of it is left.",
        ),
        "subtracted what training had": (
            {"(1 - trained)": "trained"},
            "You subtract τ log π, as much as the loss had in it. What the loss had is"
            " out of z; what is left is 1 − τ.",
        ),
        "taken out of the rest": (
            {"(1 - trained)": "(1 + trained)"},
            "You subtract (1 + τ) log π, as if training had put τ of the prior into the"
            " logits. Adding it in the loss takes it out of them.",
        ),
        "no correction": (
            {"z - (1 - trained) * log_prior": "z.copy()"},
            "You return the logits as they are. After plain training they hold the"
            " prior.",
        ),
        "π for log π": (
            {"np.log(counts / np.sum(counts))": "(counts / np.sum(counts))"},
            "You subtract shares from logits. Logits are logarithms, and what"
            " multiplies a probability is added to a logit as its logarithm.",
        ),
        "log n": (
            {"counts / np.sum(counts)": "counts"},
            "You subtract log n_j in place of log π_j. No answer changes by it, but the"
            " numbers do, by log Σn: it is the share that is asked for.",
        ),
        "logarithm to the base 10": (
            {"np.log(": "np.log10("},
            "You used log10. The softmax is made of powers of e.",
        ),
        "shares of the commonest": (
            {"np.sum(counts)": "np.max(counts)"},
            "You divide the counts by the largest. The prior π_j is the share of all"
            " samples.",
        ),
    },
    "20.3": {
        "missing classes as right": (
            {
                "np.mean([np.mean(right[y == j]) for j in np.unique(y)])": (
                    "np.mean([np.mean(right[y == j]) if np.any(y == j) else 1.0"
                    " for j in range(z.shape[1])])"
                )
            },
            "You count a class without an image as right. It does not count at all:"
            " divide by the number of those that occur.",
        ),
        "share of mistakes": (
            {"np.argmax(z, axis=1) == y": "np.argmax(z, axis=1) != y"},
            "You return the share that is answered wrongly.",
        ),
        "accuracy on an unbalanced test set": (
            {
                "np.mean([np.mean(right[y == j]) for j in np.unique(y)])": (
                    "np.mean(right)"
                )
            },
            "You take the mean over all images, in which the common classes have most"
            " of the say. Take it within each class first.",
        ),
        "by the answers": (
            {"right[y == j]": "right[np.argmax(z, axis=1) == j]"},
            "You group by what was answered, which is the precision of each class. The"
            " groups are the labels.",
        ),
        "missing classes as wrong": (
            {
                "np.mean([np.mean(right[y == j]) for j in np.unique(y)])": (
                    "sum(np.mean(right[y == j]) for j in np.unique(y)) / z.shape[1]"
                )
            },
            "You divide by the number of all classes. A class without an image is not"
            " wrong: divide by the number of those that occur.",
        ),
        "mean of nothing": (
            {"np.unique(y)": "range(z.shape[1])"},
            "You take the mean of a class that has no image, which is NaN. Go through"
            " the classes that occur in y.",
        ),
        "share of all images": (
            {"np.mean(right[y == j])": "np.sum(right[y == j]) / len(y)"},
            "You divide the right answers of a class by the number of all images."
            " Divide by those of the class.",
        ),
        "smallest logit": (
            {"np.argmax": "np.argmin"},
            "You answer with the class of the smallest logit.",
        ),
        "sum over the classes": (
            {"return np.mean(": "return np.sum("},
            "You add up over the classes. It is their mean.",
        ),
    },
    "20.4": {
        "scale at the label only": (
            {
                "    moved = delta * z": (
                    "    own = np.arange(z.shape[1]) == y[:, None]\n"
                    "    delta = np.where(own, delta, 1.0)\n"
                    "    moved = delta * z"
                )
            },
            "You scale the logit of the label only. Every logit of a row has the scale"
            " of its class.",
        ),
        "weights of the answers": (
            {
                "    moved -= np.max": (
                    "    said = moved.argmax(axis=1)\n    moved -= np.max"
                ),
                "omega[y] * each": "omega[said] * each",
                "np.sum(omega[y])": "np.sum(omega[said])",
            },
            "You weigh each loss by the class that was answered. It counts ω of its"
            " label.",
        ),
        "sign of log π in training": (
            {"+ tau * np.log": "- tau * np.log"},
            "You subtract the prior in the loss. There it is added, so that the logits"
            " themselves need not hold it; after a plain training it is subtracted.",
        ),
        "mean by N": (
            {"/ np.sum(omega[y])": "/ len(y)"},
            "You divide by the number of samples. A weighted mean is divided by the"
            " sum of the weights, Σ ω_{y_i} over the batch.",
        ),
        "divided by all class weights": (
            {"/ np.sum(omega[y])": "/ np.sum(omega)"},
            "You divide by the sum of the C class weights. It is the weights of the"
            " samples, ω[y], that are added up, a class as often as it occurs.",
        ),
        "weights left out": (
            {"np.sum(omega[y] * each) / np.sum(omega[y])": "np.mean(each)"},
            "You leave the class weights out. Each loss counts ω of its label.",
        ),
        "prior left out": (
            {" + tau * np.log(counts / np.sum(counts))": ""},
            "You leave the prior out: z' is Δ z + τ log π.",
        ),
        "scale left out": (
            {"moved = delta * z": "moved = z"},
            "You leave the scale out: z' is Δ z + τ log π.",
        ),
        "scale of the label": (
            {"moved = delta * z": "moved = delta[y][:, None] * z"},
            "You scale the whole row by Δ of its label. Each logit has the Δ of its"
            " own class, in every sample.",
        ),
        "scale on the prior too": (
            {
                "delta * z + tau * np.log(counts / np.sum(counts))": (
                    "delta * (z + tau * np.log(counts / np.sum(counts)))"
                )
            },
            "You scale the prior as well. It is Δ_j z_j + τ log π_j.",
        ),
        "scale upside down": (
            {"** gamma": "** -gamma"},
            "Your scales are (n_max/n_j)^γ. The logits of rare classes are made"
            " smaller, not larger.",
        ),
        "power of the share": (
            {"counts / np.max(counts)": "counts / np.sum(counts)"},
            "Your scales are powers of the share π_j. They are (n_j/n_max)^γ, with 1"
            " for the commonest class.",
        ),
        "exponential without a shift": (
            {"moved -= np.max(moved, axis=1, keepdims=True)": "moved = moved * 1"},
            "You exponentiate the logits as they are. From 710 on that is infinite:"
            " subtract the largest of each row first.",
        ),
    },
    "20.5": {
        "sign": (
            {"share[:, None] * delta * p": "-share[:, None] * delta * p"},
            "Your gradient has the opposite sign: it is p less 1 at the label.",
        ),
        "1 taken off whole columns": (
            {"p[np.arange(len(y)), y] -= 1": "p[:, y] -= 1"},
            "p[:, y] are whole columns, of all samples. 1 is taken off at the entries"
            " (i, y_i).",
        ),
        "softmax along the batch": (
            {
                "np.max(moved, axis=1": "np.max(moved, axis=0",
                "np.sum(p, axis=1": "np.sum(p, axis=0",
            },
            "You take the softmax along the batch. A row is one sample, and its"
            " probabilities add up to 1.",
        ),
        "sign of log π in training": (
            {"+ tau * np.log": "- tau * np.log"},
            "You subtract the prior in the loss. There it is added, and so it is in the"
            " p of its gradient.",
        ),
        "mean by N": (
            {"np.sum(omega[y])": "len(y)"},
            "You divide by the number of samples. What divides the loss is the sum of"
            " the weights, Σ ω_{y_i} over the batch.",
        ),
        "weights of the columns": (
            {"share[:, None] * delta * p": "delta * p * omega / np.sum(omega[y])"},
            "Your gradient multiplies column j by ω_j. The weight belongs to the"
            " sample: row i has ω of its label.",
        ),
        "scale left out of the gradient": (
            {"share[:, None] * delta * p": "share[:, None] * p"},
            "Your gradient is that with respect to z'. z_j moves z'_j by Δ_j times as"
            " much: multiply column j by Δ_j.",
        ),
        "scale of the label in the gradient": (
            {"share[:, None] * delta * p": "share[:, None] * delta[y][:, None] * p"},
            "You multiply row i by Δ of its label. It is column j that has Δ_j.",
        ),
        "weights left out of the gradient": (
            {"share[:, None] * delta": "delta / z.dtype.type(len(y))"},
            "Your gradient has no weights. What multiplies a loss multiplies its"
            " gradient.",
        ),
        "sum for mean": (
            {" / np.sum(omega[y])": ""},
            "You do not divide. The loss is a weighted mean, and what divides it"
            " divides its gradient.",
        ),
        "p of the plain logits": (
            {"moved = delta * z + tau * np.log(counts / np.sum(counts))": "moved = z"},
            "Your gradient uses the softmax of z. It is the softmax of z', the logits"
            " with scale and prior.",
        ),
        "exponential without a shift": (
            {"moved - np.max(moved, axis=1, keepdims=True)": "moved"},
            "You exponentiate the logits as they are. From 710 on that is infinite:"
            " subtract the largest of each row first.",
        ),
        "−1 forgotten": (
            {"-= 1": "-= 0"},
            "You left out the −1 at the target: it is p_j − [j = y].",
        ),
    },
    "20.6": {
        "rarest of the batch": (
            {"np.min(counts)": "np.min(counts[y])"},
            "You give `largest` to the rarest class of the batch. It belongs to the"
            " rarest of all classes, and that may have no sample here.",
        ),
        "margin on the angle": (
            {
                "    z[np.arange(len(y)), y] -= margins[y]": (
                    "    own = np.arange(len(y)), y\n"
                    "    theta = np.arccos(np.clip(z[own], -1, 1))\n"
                    "    z[own] = np.cos(theta + margins[y])"
                )
            },
            "You add the margin to the angle, as ArcFace does. LDAM takes it off the"
            " cosine.",
        ),
        "n to the power +1/4": (
            {"** -0.25": "** 0.25"},
            "Your margins grow with the number of samples. It is the rare classes that"
            " get more room: n^(−1/4).",
        ),
        "s not on the margin": (
            {
                "z[np.arange(len(y)), y] -= margins[y]": (
                    "z[np.arange(len(y)), y] -= margins[y] / s"
                )
            },
            "You take the margin off after the scale, s cos θ − Δ. Beside logits of 30"
            " a margin of 0.5 is next to nothing: it belongs inside the bracket.",
        ),
        "s on the margin only": (
            {
                "return s * z": "return z",
                "-= margins[y]": "-= s * margins[y]",
            },
            "You multiply the margin by s and not the cosines, which differ by 2 at"
            " most: no feature could be right. s multiplies both.",
        ),
        "the square root": (
            {"** -0.25": "** -0.5"},
            "Your margins go like n^(−1/2). The bound with 1/(Δ √n) is best shared out"
            " with the fourth root.",
        ),
        "not scaled to the largest": (
            {"counts / np.min(counts)": "counts.astype(float)"},
            "Your margins are `largest` times n^(−1/4). They are scaled so that the"
            " rarest class, with the smallest n, has `largest`.",
        ),
        "largest for the commonest": (
            {"np.min(counts)": "np.max(counts)"},
            "You give `largest` to the commonest class. It is the margin of the"
            " rarest.",
        ),
        "margins in every class": (
            {"z[np.arange(len(y)), y] -= margins[y]": ("z -= margins.astype(c.dtype)")},
            "You take Δ_j off every logit. That shifts the classes against each other"
            " as a prior does; a margin is taken off the target only.",
        ),
        "margin in the whole row": (
            {"z[np.arange(len(y)), y] -= margins[y]": ("z -= margins[y][:, None]")},
            "You take the margin off the whole row, which no softmax notices. It is"
            " taken off the entry (i, y_i) only.",
        ),
        "margin of the row's number": (
            {"-= margins[y]": "-= margins[np.arange(len(y)) % len(margins)]"},
            "You take the margins in the order of the rows. Row i has the margin of its"
            " label, margins[y].",
        ),
        "margin added": (
            {"y] -= margins": "y] += margins"},
            "You add the margin, which makes it easier for the right class. It is taken"
            " off.",
        ),
    },
}
