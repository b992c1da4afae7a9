"""Wrong answers of chapter 7, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "07.1": {
        "margin not scaled": (
            {"-= m": "-= m / s"},
            "You take m off after the scale, s cos θ − m. Beside logits of 30 a margin"
            " of 0.35 is next to nothing: it belongs inside the bracket, s (cos θ −"
            " m).",
        ),
        "margin in every class": (
            {"c[np.arange(len(y)), y] -= m": "c -= m"},
            "You take m off all logits. The softmax does not notice what is taken off"
            " all of them alike; only the target, (i, y_i), has a margin.",
        ),
        "margin in whole columns": (
            {"np.arange(len(y)), y": ":, y"},
            "z[:, y] are whole columns, the logits of all samples with these classes."
            " The targets are z[np.arange(N), y], one entry a row.",
        ),
        "lengths of the columns": (
            {"x, axis=1": "x, axis=0", "w, axis=1": "w, axis=0"},
            "Your lengths are taken over axis 0, down the columns. Each row is a"
            " vector: axis=1.",
        ),
        "a least length": (
            {
                "np.where(x_length == 0, 1, x_length)": "np.maximum(x_length, 1e-12)",
                "np.where(w_length == 0, 1, w_length)": "np.maximum(w_length, 1e-12)",
            },
            "You let no length be below some small number. Shorter rows have then"
            " smaller cosines; divide by the length itself, and by 1 where it is 0.",
        ),
        "one length for all": (
            {"x, axis=1, keepdims=True": "x", "w, axis=1, keepdims=True": "w"},
            "You divide by the length of the whole array. Each row has its own:"
            " axis=1.",
        ),
        "margin added": (
            {"-= m": "+= m"},
            "You add the margin to the target, which makes it easier for the right"
            " class. It is taken off: cos θ must win by m.",
        ),
        "margin on the others": (
            {
                "c[np.arange(len(y)), y] -= m": (
                    "c[np.arange(len(w)) != y[:, None]] -= m"
                )
            },
            "You take the margin off the other classes, and so help the target. It is"
            " taken off the target.",
        ),
        "margin on the angle": (
            {
                "c[np.arange(len(y)), y] -= m": (
                    "theta = np.arccos(np.clip(c, -1, 1))\n"
                    "    c = np.where(np.arange(len(w)) == y[:, None], np.cos(theta +"
                    " m), c)"
                )
            },
            "Your target is cos(θ + m): that is ArcFace, the next chapter. Here m is"
            " taken off the cosine.",
        ),
        "x not normalised": (
            {"x / np.where(x_length == 0, 1, x_length)": "x"},
            "Your logits grow with the length of x. Divide by |x|; the scale s takes"
            " its place.",
        ),
        "w not normalised": (
            {"w / np.where(w_length == 0, 1, w_length)": "w"},
            "Your logits grow with the length of w_j. Divide each column by |w_j|.",
        ),
        "scale forgotten": (
            {"s * c": "c"},
            "You left out s. Cosines lie between −1 and 1, too close together for a"
            " softmax to become sure of anything.",
        ),
        "zero divided by zero": (
            {
                "np.where(x_length == 0, 1, x_length)": "x_length",
                "np.where(w_length == 0, 1, w_length)": "w_length",
            },
            "For a row of zeros you divide 0 by 0. It has no angle, and its cosines"
            " are 0.",
        ),
    },
    "07.2": {
        "wrong sign": (
            {"dx / x_length, dw / w_length": "-dx / x_length, -dw / w_length"},
            "Both gradients have the other sign. g is handed on as it is; the step"
            " downhill comes later.",
        ),
        "divided by N": (
            {
                "dx / x_length, dw / w_length": (
                    "dx / x_length / len(x), dw / w_length / len(x)"
                )
            },
            "You divide by the number of samples. If the loss is a mean, its 1/N is in"
            " g already.",
        ),
        "divided by the square of the length": (
            {"dx / x_length, dw / w_length": "dx / x_length**2, dw / w_length**2"},
            "You divide by the length twice. Normalising turns a step across by 1/|x|,"
            " once.",
        ),
        "times the length": (
            {"dx / x_length, dw / w_length": "dx * x_length, dw * w_length"},
            "You multiply by the lengths. A long vector is turned less by the same"
            " step: divide.",
        ),
        "no projection": (
            {"dx -= ": "", "dw -= ": ""},
            "You leave the parts along x and along w. Making them longer does not"
            " change a cosine, so x·dx = 0 and w·dw = 0: take these parts off.",
        ),
        "only w projected": (
            {"dx -= ": ""},
            "Your dw is right, and dx still has a part along x. The features are"
            " normalised as well, so dx is projected, too.",
        ),
        "only x projected": (
            {"dw -= ": ""},
            "Your dx is right, and dw still has a part along w. The weights are"
            " normalised as well, so dw is projected, too.",
        ),
        "lengths forgotten": (
            {"dx / x_length, dw / w_length": "dx, dw"},
            "Your directions are right, the sizes are not: divide dx by |x| and dw by"
            " |w|. A step of one size turns a long vector less.",
        ),
        "scale left out": (
            {"s * g @": "g @", "s * g.T": "g.T"},
            "You left out s: the logits are s times the cosines, and so are their"
            " gradients.",
        ),
        "raw vectors in the products": (
            {"g @ w_hat": "g @ w", "g.T @ x_hat": "g.T @ x"},
            "You multiply g by w and x as they are. The logits are made of ŵ and x̂,"
            " so the products are g ŵ and g' x̂.",
        ),
        "projected with raw vectors": (
            {
                "dx * x_hat": "dx * x",
                "True) * x_hat": "True) * x",
                "dw * w_hat": "dw * w",
                "True) * w_hat": "True) * w",
            },
            "You project with x and w, whose length is not 1. d − (d·x̂) x̂ needs x̂"
            " both times.",
        ),
        "along for across": (
            {"dx -= ": "dx = ", "dw -= ": "dw = "},
            "You keep the parts along x and w and drop the rest. It is the other way"
            " round: only what is across a vector turns it.",
        ),
    },
    "07.3": {
        "mean over all entries": (
            {"/ len(y)": "/ c.size"},
            "You divide by N·C. The sum over the classes is no mean; only that over"
            " the samples is.",
        ),
        "wrong sign": (
            {"return np": "return -np"},
            "Your derivative has the other sign: g is p − [j = y_i].",
        ),
        "margin in whole columns": (
            {"np.arange(len(y)), y] -= m": ":, y] -= m"},
            "c[:, y] are whole columns, the cosines of all samples with these classes."
            " The targets are c[np.arange(N), y], one entry a row.",
        ),
        "one softmax for the batch": (
            {
                "(slope, axis=1, keepdims=True)": "(slope)",
                "(p, axis=1, keepdims=True)": "(p)",
            },
            "Your probabilities add up to 1 over the whole batch. Each sample has its"
            " own: axis=1.",
        ),
        "margin beside c forgotten": (
            {"p * slope": "p * c"},
            "You have the margin in the probabilities, but not beside the cosine: the"
            " derivative of s (c − m) by s is c − m, at the target.",
        ),
        "margin forgotten": (
            {"-= m": "-= 0"},
            "You left out the margin altogether. It is part of the logits, so it is in"
            " p and beside c.",
        ),
        "margin missing in p": (
            {"(slope - np.max(slope,": "(c - np.max(c,"},
            "Your probabilities are those without a margin. p is the softmax of the"
            " logits of the loss, s (c − m [j = y]).",
        ),
        "sum for mean": (
            {" / len(y)": ""},
            "You add up over the samples. The loss is their mean, so divide by N.",
        ),
        "logits for cosines": (
            {"p * slope": "p * s * slope"},
            "You multiply g by the logits. The derivative of s (c − m) by s is c − m,"
            " without s.",
        ),
        "target only": (
            {"(p * slope)": "(p * slope * (np.arange(c.shape[1]) == y[:, None]))"},
            "You use the target logits only. s is in all C logits, and each adds its"
            " g_ij c_ij.",
        ),
        "−1 forgotten": (
            {"-= 1": "-= 0"},
            "You left out the −1 at the target: g is p − [j = y_i].",
        ),
        "exponential without a shift": (
            {"(slope - np.max(slope, axis=1, keepdims=True))": "slope"},
            "You exponentiate the logits as they are. With a large s they overflow,"
            " and inf/inf is NaN: subtract the largest of each row first.",
        ),
    },
    "07.4": {
        "wrong sign": (
            {"np.log(": "-np.log("},
            "Your s is below 0. e^(−s C/(C − 1)) is (1 − p)/((C − 1) p): the logarithm"
            " has a minus.",
        ),
        "cosines of −1/C": (
            {"(classes - 1) / classes": "classes / (classes + 1)"},
            "You took the other cosines as −1/C. C vectors can be farther apart than"
            " that, at −1/(C − 1).",
        ),
        "others at right angles": (
            {"(classes - 1) / classes * ": ""},
            "You took the other cosines as 0. C vectors can be farther apart than"
            " that, at −1/(C − 1); the scale may then be smaller by (C − 1)/C.",
        ),
        "others opposite": (
            {"(classes - 1) / classes": "1 / 2"},
            "You took the other cosines as −1. Two vectors can be opposite, but not"
            " all pairs of many: they reach −1/(C − 1).",
        ),
        "other classes not counted": (
            {"(classes - 1) * p": "p"},
            "You left out C − 1 inside the logarithm. The sum of the softmax has C − 1"
            " other terms, and the more there are, the larger s has to be.",
        ),
        "target counted among the others": (
            {"(classes - 1) * p": "classes * p"},
            "You have C where the sum over the other classes has C − 1 terms; the"
            " target is not one of them.",
        ),
        "factor upside down": (
            {"(classes - 1) / classes": "classes / (classes - 1)"},
            "Your factor is C/(C − 1). The distance of the logits is s C/(C − 1), so"
            " solving for s turns the factor over.",
        ),
        "logarithm to the base 10": (
            {"np.log": "np.log10"},
            "You used log10. The softmax is made of powers of e, so its inverse is the"
            " natural logarithm.",
        ),
    },
    "07.5": {
        "one dimension too many": (
            {">= classes - 1": ">= classes"},
            "You ask for C dimensions before all pairs may be equally far apart. C − 1"
            " are enough, as three vectors in the plane show.",
        ),
        "C − 1 on the circle": (
            {"np.pi / classes": "np.pi / (classes - 1)"},
            "You divide the circle by C − 1. C vectors have C gaps between them, the"
            " last one included.",
        ),
        "always the plane": (
            {"dimension >= classes - 1": "False"},
            "You put the class vectors on a circle in every dimension. With more"
            " dimensions there is room for all of them at the cosine −1/(C − 1).",
        ),
        "always the simplex": (
            {"dimension >= classes - 1": "True"},
            "You answer C/(C − 1) in the plane as well. There more than three vectors"
            " cannot be at equal distance; neighbours on the circle are 2π/C apart.",
        ),
        "cosine for margin": (
            {
                "return classes / (classes - 1)": "return 1 - classes / (classes - 1)",
                "1 - np.cos": "np.cos",
            },
            "You return the cosine of the nearest other class. The margin is what lies"
            " between it and the 1 of a feature on its class vector: 1 minus that"
            " cosine.",
        ),
        "half the angle": (
            {"2 * np.pi": "np.pi"},
            "You use π/C, half the angle between two neighbours. The feature is on its"
            " class vector, not at the boundary, and the next vector is 2π/C away.",
        ),
        "degrees": (
            {"2 * np.pi": "360"},
            "You gave the cosine an angle in degrees. np.cos takes radians: 2π/C.",
        ),
        "right angles": (
            {"return classes / (classes - 1)": "return 1.0"},
            "You took the other cosines as 0. In many dimensions C vectors can be a"
            " little farther apart than right angles, at −1/(C − 1).",
        ),
        "sign of the cosine lost": (
            {"return classes / (classes - 1)": "return 1 - 1 / (classes - 1)"},
            "The cosine is −1/(C − 1), so 1 minus it is 1 + 1/(C − 1) = C/(C − 1).",
        ),
    },
}
