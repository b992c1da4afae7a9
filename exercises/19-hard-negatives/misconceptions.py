"""Wrong answers of chapter 19, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "19.1": {
        "own class counted as hard": (
            {"    hard[rows, y] = False\n": ""},
            "You count the own class as hard. Its cosine is above the target logit"
            " because the margin was taken off; but it is no wrong class. Set the"
            " labels to False.",
        ),
        "hard against the plain cosine": (
            {"c > target[:, None]": "c > own[:, None]"},
            "You compare with the own cosine. The line is the target logit, with the"
            " margin: a wrong class that is behind by less than the margin is hard,"
            " too.",
        ),
        "no margin": (
            {"own * np.cos(m) - sine * np.sin(m)": "own.copy()"},
            "Your target logit is the own cosine. The margin belongs to it: cos(θ"
            " + m).",
        ),
        "margin off the cosine": (
            {"own * np.cos(m) - sine * np.sin(m)": "own - m"},
            "You take m off the cosine, as AM-Softmax does. Here it is added to the"
            " angle: cos(θ + m).",
        ),
        "cos(θ − m)": (
            {"- sine * np.sin(m)": "+ sine * np.sin(m)"},
            "You take the margin off the angle, and so help the own class. It is θ +"
            " m, cos θ cos m − sin θ sin m.",
        ),
        "not hard for hard": (
            {"c > target[:, None]": "c < target[:, None]"},
            "You mark the classes below the target logit. Hard are those above it.",
        ),
        "linear past π − m": (
            {
                "sine * np.sin(m)\n": (
                    "sine * np.sin(m)\n"
                    "    past = own < -np.cos(m)\n"
                    "    target = np.where(past, own - m * np.sin(m), target)\n"
                )
            },
            "Past θ = π − m you use ArcFace's linear form, cos θ − m sin m. The task"
            " has cos(θ + m) everywhere.",
        ),
        "easy margin": (
            {
                "sine * np.sin(m)\n": (
                    "sine * np.sin(m)\n    target = np.where(own > 0, target, own)\n"
                )
            },
            "You leave the margin out where cos θ is below 0. Some code has this easy"
            " margin as its default; here the margin is everywhere.",
        ),
        "root of a negative number": (
            {"np.sqrt(np.maximum(1 - own * own, 0))": "np.sqrt(1 - own * own)"},
            "You take the root of 1 − c², or the arccos of c. For a cosine of"
            " 1.0000000000000002 both are NaN: let c not pass 1, or −1.",
        ),
        "cut off before 1": (
            {
                "    sine =": "    own = np.clip(own, -1 + 1e-7, 1 - 1e-7)\n    sine =",
            },
            "You cut the cosines off at 1 − 1e-7. That is an angle of 0.0004, and T"
            " is wrong by as much: cut off at 1 itself.",
        ),
        "held at π": (
            {
                "own * np.cos(m) - sine * np.sin(m)": (
                    "np.where(own < -np.cos(m), -1.0, own * np.cos(m) - sine *"
                    " np.sin(m))"
                )
            },
            "You hold θ + m at π. The task has cos(θ + m) everywhere; past π it rises"
            " again.",
        ),
        "linear in the target only": (
            {
                "    return target, hard\n": (
                    "    past = own < -np.cos(m)\n"
                    "    return np.where(past, own - m * np.sin(m), target), hard\n"
                )
            },
            "Your `hard` is right, and past θ = π − m your target is ArcFace's linear"
            " form, cos θ − m sin m, as in the released code. The task has one T, which"
            " is cos(θ + m) everywhere.",
        ),
        "own columns left out": (
            {"hard[rows, y] = False": "hard[:, y] = False"},
            "hard[:, y] are whole columns, of all samples. A class that is right for"
            " one sample is wrong for the others: take the entries (i, y[i]).",
        ),
        "the lowest target for all": (
            {"c > target[:, None]": "c > np.min(target)"},
            "You compare all rows with one number, the smallest target logit of the"
            " batch. Each sample has a T of its own: c[i, j] > T[i].",
        ),
        "the mean target for all": (
            {"c > target[:, None]": "c > np.mean(target)"},
            "You compare all rows with one number, the mean target logit of the batch."
            " Each sample has a T of its own: c[i, j] > T[i].",
        ),
        "the highest target for all": (
            {"c > target[:, None]": "c > np.max(target)"},
            "You compare all rows with one number, the largest target logit of the"
            " batch. Each sample has a T of its own: c[i, j] > T[i].",
        ),
        "largest wrong class only": (
            {
                "hard[rows, y] = False": (
                    "hard[rows, y] = False\n"
                    "    wrong = c.copy()\n"
                    "    wrong[rows, y] = -2\n"
                    "    hard &= wrong == wrong.max(axis=1, keepdims=True)"
                )
            },
            "You mark only the nearest wrong class of each sample. Hard are all that"
            " are above the target logit.",
        ),
    },
    "19.2": {
        "slope t + c": (
            {"t + 2 * c": "t + c"},
            "You took the factor t + c for the slope. It depends on the cosine, too:"
            " the derivative of t c + c² is t + 2c.",
        ),
        "slope 1 for hard ones": (
            {"np.where(hard, slope, 1.0)": "np.ones_like(c)"},
            "Your slopes are all 1, as if a hard class still counted as its cosine."
            " Of hard ones it is 1 + t, or t + 2c.",
        ),
        "slope 2c": (
            {"t + 2 * c": "2 * c"},
            "You lost the t: the derivative of t c + c² is t + 2c.",
        ),
        "never pulled": (
            {"t + 2 * c": "np.maximum(t + 2 * c, 0)"},
            "You do not let the slope fall below 0. For c < −t/2 it is below 0: φ"
            " falls there, and the loss pulls.",
        ),
        "jump smoothed away": (
            {
                "    return np.where(hard, phi, c)": (
                    "    at = target[:, None]\n"
                    "    raised = t if form != 'adaptive' else t * (1 + at)\n"
                    "    jump = at * (t + at - 1) if form == 'curricular' else raised\n"
                    "    return np.where(hard, phi - jump, c)"
                )
            },
            "You close the gap at c = T. The loss has it: a class that becomes hard"
            " leaps from c to φ(c).",
        ),
        "phi for all": (
            {"np.where(hard, phi, c), np.where(hard, slope, 1.0)": "phi, slope"},
            "You changed all wrong classes. Those at or below the target logit count"
            " as their cosine, with the slope 1.",
        ),
        "hard and not hard exchanged": (
            {"c > target": "c < target"},
            "You changed the classes below the target logit. Hard are those above it.",
        ),
        "slope 0 for the others": (
            {"np.where(hard, slope, 1.0)": "np.where(hard, slope, 0 * slope)"},
            "Your slope is 0 for classes that are not hard. They count as c, and the"
            " slope of c is 1.",
        ),
        "others left out": (
            {"np.where(hard, phi, c)": "np.where(hard, phi, 0 * phi)"},
            "You have 0 for classes that are not hard. They count as their cosine.",
        ),
        "shift forgotten": (
            {"(1 + t) * c + t": "(1 + t) * c"},
            "You multiplied by 1 + t and did not add t. Without it a negative cosine"
            " would become smaller.",
        ),
        "equal is hard, too": (
            {"c > target[:, None]": "c >= target[:, None]"},
            "You also change a class that is just at its target logit. Hard is what is"
            " above it.",
        ),
        "hard above 0": (
            {"c > target[:, None]": "c > 0"},
            "You changed the classes with a cosine above 0. The line is the target"
            " logit of each sample.",
        ),
        "T in the product": (
            {
                "c * (t + c), t + 2 * c": (
                    "c * (t + target[:, None]), t + target[:, None]"
                )
            },
            "You multiply by t + T. The factor is t + c: the class's own cosine.",
        ),
    },
    "19.3": {
        "t after the margin": (
            {"np.mean(own)": ("np.mean(hard_negatives(c[k], y[k], m)[0])")},
            "Your t is a mean of target logits. What enters it are the cosines before"
            " the margin.",
        ),
        "weight the wrong way round": (
            {
                "(1 - weight) * t + weight * np.mean(own)": (
                    "weight * t + (1 - weight) * np.mean(own)"
                )
            },
            "You gave the weight to the old t, so that t follows every batch. `weight`"
            " is the new batch's, .01 in the released code.",
        ),
        "used before the batch enters": (
            {
                "        t = (1 - weight) * t + weight * np.mean(own)\n": "",
                "        used.append(t)\n": "        used.append(t)\n        now = t\n",
                "np.sum(hard & (phi > c[k])))\n": (
                    "np.sum(hard & (phi > c[k])))\n"
                    "        t = (1 - weight) * now + weight * np.mean(own)\n"
                ),
            },
            "You use t before the batch has entered it. Here, as in the released code,"
            " it enters first; the first t is not 0.",
        ),
        "starts at the first mean": (
            {
                "t = (1 - weight) * t + weight * np.mean(own)": (
                    "t = np.mean(own) if not used else (1 - weight) * t + weight *"
                    " np.mean(own)"
                )
            },
            "You start with the mean of the first batch. t starts at 0, so that hard"
            " classes count little at first.",
        ),
        "mean of all batches": (
            {
                "t = (1 - weight) * t + weight * np.mean(own)": (
                    "t = t + (np.mean(own) - t) / (len(used) + 1)"
                )
            },
            "You take the mean of all batches so far. t is a running mean with a fixed"
            " weight, that forgets.",
        ),
        "no memory": (
            {"(1 - weight) * t + weight * np.mean(own)": "weight * np.mean(own)"},
            "Your t holds nothing of the batches before. Add (1 − weight) of the old"
            " t.",
        ),
        "nothing forgotten": (
            {"(1 - weight) * t": "t"},
            "You add without taking off: the old t has the factor 1 − weight.",
        ),
        "sum for mean": (
            {"np.mean(own)": "np.sum(own)"},
            "You add up the cosines of the batch. What enters is their mean.",
        ),
        "mean of all classes": (
            {"np.mean(own)": "np.mean(c[k])"},
            "You take the mean over all classes. What enters are the cosines of"
            " samples with their own.",
        ),
        "above 1 − t only": (
            {"phi > c[k]": "c[k] > 1 - t"},
            "You count those above 1 − t. φ(c) > c holds for negative hard cosines as"
            " well: c² + t c is less negative than c.",
        ),
        "all hard ones": (
            {"np.sum(hard & (phi > c[k]))": "np.sum(hard)"},
            "You count all hard classes. Those with 0 < c < 1 − t count for less than"
            " before: count where φ(c) > c.",
        ),
        "samples for classes": (
            {
                "np.sum(hard & (phi > c[k]))": (
                    "np.sum(np.any(hard & (phi > c[k]), axis=1))"
                )
            },
            "You count the samples that have such a class. Asked are the classes: a"
            " sample with three of them counts three times.",
        ),
        "counted over all batches": (
            {"np.array(harder)": "np.cumsum(harder)"},
            "You add up over the batches. Each batch has a count of its own.",
        ),
        "columns for entries": (
            {"own = c[k, rows, y[k]]": "own = c[k][:, y[k]]"},
            "c[k][:, y[k]] are whole columns, the cosines of all samples with all these"
            " classes. Each sample has one own class: c[k, rows, y[k]].",
        ),
        "t at least 0": (
            {
                "t = (1 - weight) * t + weight * np.mean(own)": (
                    "t = max(0.0, (1 - weight) * t + weight * np.mean(own))"
                )
            },
            "You do not let t fall below 0. It is a mean of cosines, and these may be"
            " below 0.",
        ),
        "own class counted": (
            {"hard & (phi > c[k])": "phi > c[k]"},
            "You count the own class, whose cosine is above its target logit. Only"
            " wrong classes can be hard.",
        ),
        "those that count for less": (
            {"phi > c[k]": "phi < c[k]"},
            "You count the hard classes that count for less. Asked are those with"
            " φ(c) > c.",
        ),
    },
    "19.4": {
        "slope t + c": (
            {
                "slope[rows, y] =": (
                    "slope = np.where(phi != c, t + c, 1.0)\n    slope[rows, y] ="
                ),
                "    phi[rows, y] = target\n": "",
                "    log_p = s * phi\n": (
                    "    phi[rows, y] = target\n    log_p = s * phi\n"
                ),
            },
            "Your slope of hard classes is t + c, the factor. It depends on the cosine"
            " as well: t + 2c.",
        ),
        "t differentiated": (
            {
                "    dx = q @ w_hat\n": (
                    "    others = np.where(phi != c, g * c, 0.0)\n"
                    "    others[rows, y] = 0\n"
                    "    by_t = s * np.sum(others) / len(y)\n"
                    "    q[rows, y] += by_t * weight / len(y)\n"
                    "    dx = q @ w_hat\n"
                )
            },
            "You let the gradient go through t, which the batch has entered. t is a"
            " constant of the gradient, like the centers of center loss.",
        ),
        "t after the margin": (
            {"np.mean(own)": "np.mean(hard_negatives(c, y, m)[0])"},
            "You put target logits into t. The cosines enter it before the margin.",
        ),
        "t without the batch": (
            {"    t = (1 - weight) * t + weight * np.mean(own)\n": ""},
            "You use t as it was before the batch. The batch enters first.",
        ),
        "weight the wrong way round": (
            {
                "(1 - weight) * t + weight * np.mean(own)": (
                    "weight * t + (1 - weight) * np.mean(own)"
                )
            },
            "You gave the weight to the old t. `weight` is the batch's: with .01 a"
            " batch hardly moves t.",
        ),
        "linear past π − m": (
            {
                "    phi[rows, y] = target\n": (
                    "    past = own < -np.cos(m)\n"
                    "    phi[rows, y] = np.where(past, own - m * np.sin(m), target)\n"
                ),
                "np.cos(m) + own * np.sin(m) / np.sqrt(1 - own * own)": (
                    "np.where(past, 1.0,"
                    " np.cos(m) + own * np.sin(m) / np.sqrt(1 - own * own))"
                ),
            },
            "Past θ = π − m your target logit is ArcFace's linear form, cos θ −"
            " m sin m, as in the released code. The task has cos(θ + m) everywhere.",
        ),
        "logarithm with an epsilon": (
            {
                "-np.mean(log_p[rows, y])": (
                    "-np.mean(np.log(np.exp(log_p[rows, y]) + 1e-12))"
                )
            },
            "You add an epsilon within the logarithm. It keeps the loss below 28, where"
            " it should be hundreds: subtract the log-sum-exp from the logits.",
        ),
        "target counted as hard": (
            {
                "    phi[rows, y] = target\n": (
                    "    phi[rows, y] = np.where(own > target, target * (t + target),"
                    " target)\n"
                )
            },
            "Your mask is true at the labels, and so the target logit itself became T"
            " (t + T). Set the target last.",
        ),
        "hard against the plain cosine": (
            {
                "target, _ = hard_negatives(c, y, m)": (
                    "target, _ = hard_negatives(c, y, m)\n    line = own"
                ),
                "reshaped(c, target,": "reshaped(c, line,",
            },
            "You compare the wrong classes with the own cosine. They are hard as soon"
            " as they are above the target logit, which is smaller by the margin.",
        ),
        "slope 1 for hard ones": (
            {
                "    slope[rows, y] =": (
                    "    slope = np.ones_like(c)\n    slope[rows, y] ="
                )
            },
            "Your loss is right, and its gradient takes hard classes for plain"
            " cosines. Their logits have the slope t + 2c.",
        ),
        "phi for all": (
            {"reshaped(c, target,": "reshaped(c, np.full(len(y), -2.0),"},
            "You changed all wrong classes. Those at or below the target logit count"
            " as their cosine.",
        ),
        "jump smoothed away": (
            {
                "    phi[rows, y] = target\n": (
                    "    at = target[:, None]\n"
                    "    phi -= np.where(phi != c, at * (t + at - 1), 0.0)\n"
                    "    phi[rows, y] = target\n"
                )
            },
            "You close the gap between c and φ(c) at c = T. The loss has it.",
        ),
        "no projection": (
            {
                "    dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat\n": "",
                "    dw -= np.sum(dw * w_hat, axis=1, keepdims=True) * w_hat\n": "",
            },
            "You leave the parts along x and along w. Making them longer does not"
            " change a cosine: take these parts off.",
        ),
        "only dw projected": (
            {"    dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat\n": ""},
            "Your dw is right, and dx still has a part along x. Take it off before you"
            " divide by |x|.",
        ),
        "only dx projected": (
            {"    dw -= np.sum(dw * w_hat, axis=1, keepdims=True) * w_hat\n": ""},
            "Your dx is right, and dw still has a part along w. Take it off before you"
            " divide by |w|.",
        ),
        "not divided by the lengths": (
            {"dx / x_length, dw / w_length": "dx, dw"},
            "The directions are right, the sizes are not: divide dx by |x| and dw by"
            " |w|.",
        ),
        "margin without its slope": (
            {
                "np.cos(m) + own * np.sin(m) / np.sqrt(1 - own * own)": "1.0",
            },
            "Your target logit has the slope 1, as if the margin were a constant taken"
            " off. That of cos(θ + m) by cos θ is sin(θ + m)/sin θ.",
        ),
        "slope by the angle": (
            {" / np.sqrt(1 - own * own)": ""},
            "Your slope at the target is not one by the cosine: sin(θ + m)/sin θ, that"
            " is cos m + cos θ sin m/sin θ.",
        ),
        "s left out of the gradient": (
            {"q = s * g": "q = g"},
            "You left s out of the gradient: the logits are s times T and φ.",
        ),
        "sum for mean": (
            {"-np.mean(log_p": "-np.sum(log_p", " / len(y)\n": "\n"},
            "You add up over the samples. The loss is their mean.",
        ),
        "gradient of the sum": (
            {" / len(y)\n": "\n"},
            "Your loss is a mean and your gradient that of the sum: divide by N.",
        ),
        "wrong sign": (
            {"dx / x_length, dw / w_length": "-dx / x_length, -dw / w_length"},
            "Your gradients have the opposite sign. A gradient points uphill.",
        ),
        "the plain softmax": (
            {
                "log_p -= np.logaddexp.reduce(log_p, axis=1, keepdims=True)": (
                    "log_p = np.log(np.exp(log_p) / np.sum(np.exp(log_p), axis=1,"
                    " keepdims=True))"
                )
            },
            "You exponentiate the logits as they are. For s = 1000 they overflow:"
            " subtract the log-sum-exp from the logits.",
        ),
        "logarithm of a share": (
            {
                "log_p -= np.logaddexp.reduce(log_p, axis=1, keepdims=True)": (
                    "e = np.exp(log_p - np.max(log_p, axis=1, keepdims=True))\n"
                    "    log_p = np.log(e / np.sum(e, axis=1, keepdims=True))"
                )
            },
            "You take the logarithm of a probability. For s = 1000 that of the target"
            " can be 0: subtract the log-sum-exp from the logits.",
        ),
    },
}
