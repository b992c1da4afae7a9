"""Wrong answers of chapter 11, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "11.1": {
        "v not normalised": (
            {" / np.linalg.norm(v, axis=1, keepdims=True)": ""},
            "You project with v, whose length is not 1. Divide by |v| first, and use"
            " v̂ both times.",
        ),
        "radial part with v": (
            {"return radial": "return np.sum(d * v, axis=1)"},
            "Your tangent is right, but the radial part is d·v and grows with |v|. It"
            " is d·v̂.",
        ),
        "coefficient of v": (
            {"return radial": "return radial / np.linalg.norm(v, axis=1)"},
            "Your radial part is the coefficient of v, d·v/|v|². Asked is that of v̂,"
            " which is |v| times as large.",
        ),
        "a least length": (
            {"v / np": "v / np.maximum(1e-12, np", "keepdims=True)": "keepdims=True))"},
            "You let no length be below some small number. Shorter rows have then no"
            " v̂ of length 1; divide by the length itself.",
        ),
        "lengths of the columns": (
            {"v, axis=1": "v, axis=0"},
            "Your lengths are taken over axis 0, down the columns. Each row is a"
            " vector: axis=1.",
        ),
        "tangent with the wrong sign": (
            {"d - radial[:, None] * unit": "radial[:, None] * unit - d"},
            "Your tangent is r v̂ − d. It is what is left of d: d − r v̂.",
        ),
        "sign lost": (
            {"return radial": "return np.abs(radial)"},
            "Your radial part is a length, and so never below 0. Where d points"
            " against v it is.",
        ),
        "tangent of length 1": (
            {
                "return radial, d - radial[:, None] * unit": (
                    "tangent = d - radial[:, None] * unit\n"
                    "    return radial, tangent / np.linalg.norm(tangent, axis=1,"
                    " keepdims=True)"
                )
            },
            "You gave the tangent the length 1. Here it is the part of d itself, with"
            " its length.",
        ),
        "radial part for the tangent": (
            {"d - radial[:, None] * unit": "radial[:, None] * unit"},
            "Your second result is the part along v, as a vector. The tangent is the"
            " rest, d minus it.",
        ),
        "projected on d": (
            {
                "v / np.linalg.norm(v": "d / np.linalg.norm(d",
                "d * unit": "v * unit",
                "d - radial": "v - radial",
            },
            "You split v along d. It is d that is split, along v.",
        ),
    },
    "11.2": {
        "turned before stretched": (
            {"theta + m2": "(theta + m2)"},
            "Your angle is m1 (θ + m2). m2 is added after the product: m1 θ + m2.",
        ),
        "m2 in degrees": (
            {"+ m2": "+ np.radians(m2)"},
            "You take m2 for degrees. It is in radians, as θ is.",
        ),
        "ρ by the cosine": (
            {"np.sin(widened)": "np.sin(widened) / np.sin(theta)"},
            "Your ρ is the derivative by cos θ. It is minus the derivative by θ, sin θ"
            " times as large.",
        ),
        "m3 inside the cosine": (
            {"+ m2": "+ m2 - m3", "(widened) - m3": "(widened)"},
            "You take m3 off the angle. It is taken off the cosine.",
        ),
        "m3 added": (
            {"- m3": "+ m3"},
            "You add m3. A margin lowers the target logit: cos(m1 θ + m2) − m3.",
        ),
        "m1 left out of ρ": (
            {"m1 * np": "np"},
            "The factor m1 of ρ is missing: the chain rule brings it down.",
        ),
        "ρ with the wrong sign": (
            {"m1 * np": "-m1 * np"},
            "Your ρ is dψ/dθ. It is minus that, so that it is above 0 where ψ falls.",
        ),
        "m3 in ρ": (
            {"np.sin(widened)": "np.sin(widened) - m3"},
            "You have m3 in ρ. A constant has no derivative: sliding ψ leaves its"
            " slope as it is.",
        ),
        "ρ of softmax": (
            {"m1 * np.sin(widened)": "np.sin(theta)"},
            "Your ρ is sin θ, whatever the margin. Such code applies the margin"
            " without its gradient.",
        ),
    },
    "11.3": {
        "radial part kept": (
            {"keeps_x * psi": "psi", "keeps_w * psi": "psi"},
            "You keep the radial part though the vector is normalised. Making it"
            " longer does not change the logit, so its gradient has no part along it.",
        ),
        "ψ left out": (
            {"keeps_x * psi[:, None]": "keeps_x", "keeps_w * psi[:, None]": "keeps_w"},
            "Your radial part is x̂ alone. A longer vector makes the logit larger in"
            " proportion to ψ.",
        ),
        "eps of float64": (
            {"x.dtype": "float"},
            "Your limit for |ŵ − c x̂| is that of float64 for every dtype. What"
            " rounding leaves in float32 is far above it: np.finfo(x.dtype).eps.",
        ),
        "radial part lost": (
            {"keeps_x * psi": "0 * psi", "keeps_w * psi": "0 * psi"},
            "You drop the radial part though the vector keeps its length. A longer"
            " vector has a larger logit: ψ x̂ is how much.",
        ),
        "radial parts exchanged": (
            {
                "x_length * (keeps_x": "x_length * (keeps_w",
                "w_length * (keeps_w": "w_length * (keeps_x",
            },
            "You exchanged the two: dx has a radial part if x keeps its length, dw if"
            " w does.",
        ),
        "ρ with the wrong sign": (
            {"rho[": "-rho["},
            "Your tangential part has the other sign. t_x leads toward ŵ, and ρ ="
            " −dψ/dθ is positive where the logit rises that way.",
        ),
        "one tangent for both": (
            {"slope * across_w": "slope * across_x"},
            "Your dx is right, but dw uses the tangent of x. w turns at right angles"
            " to ŵ, toward x: t_w = (x̂ − c ŵ)/|x̂ − c ŵ|.",
        ),
        "tangent not of length 1": (
            {" / np.where(known, sine, 1)": ""},
            "You multiply ρ by ŵ − c x̂, whose length is sin θ. The tangent has length"
            " 1: divide.",
        ),
        "not projected": (
            {"slope * across_x": "slope * w_hat", "slope * across_w": "slope * x_hat"},
            "You push along ŵ itself (and along x̂ in dw). Only its part at right"
            " angles turns: ŵ − c x̂.",
        ),
        "not divided by the length": (
            {"product / x_length": "product", "product / w_length": "product"},
            "You left out 1/|x| in dx and 1/|w| in dw: u v/|x| stands before the"
            " bracket.",
        ),
        "scale forgotten": (
            {"(x_length if keeps_x else s)": "x_length"},
            "You use |x| where x is normalised. Its place is taken by s.",
        ),
        "both lengths always": (
            {
                "(x_length if keeps_x else s)": "x_length",
                "(w_length if keeps_w else 1)": "w_length",
            },
            "You use |x| |w| for every loss. u is s where x is normalised, and v is 1"
            " where w is.",
        ),
        "direction of rounding": (
            {
                "np.where(known, rho[:, None] / np.where(known, sine, 1), 0)": (
                    "rho[:, None] / sine"
                )
            },
            "For x along w you divide rounding by rounding (or 0 by 0). At most 4 eps"
            " is no direction: take the tangents as 0.",
        ),
    },
    "11.4": {
        "degrees": (
            {"np.mean(theta)": "np.degrees(np.mean(theta))"},
            "Your angle is in degrees. Asked are radians.",
        ),
        "sum of the angles": (
            {"np.mean": "np.sum"},
            "You add the angles up. Asked is their mean.",
        ),
        "arctan of the quotient": (
            {"np.mean(theta)": "np.mean(np.arctan(np.tan(theta)))"},
            "The arctan of sine/cosine does not know the quadrant: an angle beyond 90"
            " degrees comes out below 0. np.arctan2 takes both.",
        ),
        "angle of the mean cosine": (
            {"np.mean(theta)": "np.arccos(np.clip(np.mean(cosine), -1, 1))"},
            "You average the cosines and take the angle after. The mean is over the"
            " angles: the arccos of a mean is not the mean of the arccos.",
        ),
        "mean cosine": (
            {"np.mean(theta)": "np.mean(cosine)"},
            "You return the mean of the cosines, not of the angles.",
        ),
        "nearest class": (
            {
                "np.mean(theta)": (
                    "np.mean(np.arccos(np.clip((x_hat @ w_hat.T).max(axis=1), -1, 1)))"
                )
            },
            "You measure to the nearest class vector. The target angle is the one to"
            " the sample's own class, w[y], even where another is nearer.",
        ),
        "all classes": (
            {"np.mean(theta)": "np.mean(np.arccos(np.clip(x_hat @ w_hat.T, -1, 1)))"},
            "You average over all classes. Only the angle to the sample's own class"
            " counts.",
        ),
        "through the arccos": (
            {"np.mean(theta)": "np.mean(np.arccos(np.clip(cosine, -1, 1)))"},
            "You take the arccos of the cosine. Below 1e-8 the cosine is 1 and the"
            " angle 0; use arctan2 with the length of x̂ − c ŵ.",
        ),
        "lengths kept": (
            {
                "np.mean(theta)": (
                    "np.mean(np.arccos(np.clip(np.sum(x * w[y], axis=1), -1, 1)))"
                )
            },
            "You put x·w into the arccos. Divide by |x| and |w| first.",
        ),
    },
    "11.5": {
        "upside down": (
            {"within / between": "between / within"},
            "Your score is turned over: it is the scatter within over the scatter"
            " between, and small is good.",
        ),
        "a mean over a sum": (
            {"/ between": "/ len(y) / between"},
            "Above is a mean and below a sum. Both are sums over all N features.",
        ),
        "features against the mean of all": (
            {"units - means[place]": "units - mean"},
            "Above, you compare each feature with the mean of all features. It is the"
            " mean of its own class.",
        ),
        "directions averaged": (
            {
                "labels, place": (
                    "x = x / np.linalg.norm(x, axis=1, keepdims=True)\n"
                    "    labels, place"
                )
            },
            "You average the directions of the features. The means are those of the"
            " features as they are, in which long ones count more; only the cosine is"
            " without lengths.",
        ),
        "classes not weighed": (
            {"n[:, None] * ": ""},
            "Between the classes you forgot n_j: each class counts as often as it has"
            " features.",
        ),
        "mean of the means": (
            {"x.mean(axis=0)": "means.mean(axis=0)"},
            "Your m is the mean of the class means. It is the mean of all features, in"
            " which a large class counts more.",
        ),
        "distances for angles": (
            {
                "means /= np.linalg.norm(means, axis=1, keepdims=True)": "",
                "mean /= np.linalg.norm(mean)": "",
                "x / np.linalg.norm(x, axis=1, keepdims=True)": "x",
            },
            "You compare distances. The angular score has 1 − cos, and lengths do not"
            " matter in it.",
        ),
        "labels from zero": (
            {
                "np.unique(y, return_inverse=True, return_counts=True)": (
                    "range(max(y) + 1), y, np.bincount(y)"
                ),
                ".mean(axis=0) for": ".sum(axis=0) / np.sum(y == label) for",
            },
            "You take the labels to be 0, 1, 2, ... without a gap. The mean of a class"
            " that does not occur is 0/0: go over np.unique(y).",
        ),
        "digits lost": (
            {
                "np.sum((units - means[place]) ** 2) / 2": (
                    "np.sum(1 - np.sum(units * means[place], axis=1))"
                ),
                "np.sum(n[:, None] * (means - mean) ** 2) / 2": (
                    "np.sum(n * (1 - means @ mean))"
                ),
            },
            "You form 1 − cos from the cosine. For tight classes it is 1 minus nearly"
            " 1, and nothing is left: for unit vectors use |a − b|²/2.",
        ),
    },
}
