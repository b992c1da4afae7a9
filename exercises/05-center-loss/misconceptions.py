"""Wrong answers of chapter 5, each with the sentence for whoever gave it."""


def one_after_the_other(x, centers, y, alpha, divided=True):
    new = centers.copy()
    for x_i, label in zip(x, y, strict=True):
        part = alpha / (1 + (y == label).sum()) if divided else alpha
        new[label] -= part * (new[label] - x_i)
    return new


MISCONCEPTIONS = {
    "05.1": {
        "½ forgotten": (
            {"0.5 * ": ""},
            "You left out the ½. With it the gradient is x − c and has no 2; code that"
            " leaves it out has in truth twice the λ it was given.",
        ),
        "distance for its square": (
            {"away * away": "np.linalg.norm(away, axis=1)"},
            "You add up distances where the loss has their squares. The square pulls a"
            " far sample harder than a near one; the distance pulls all of them alike.",
        ),
        "mean over features too": (
            {"len(y)": "x.size"},
            "Your mean divides by N·D. The loss of a sample is the sum over its D"
            " features; only the samples are averaged.",
        ),
        "always the mean": (
            {' if reduction == "mean" else loss': ""},
            "You divide by N for both reductions. The paper's own loss is the sum:"
            " divide only where the reduction is “mean”.",
        ),
        "always the sum": (
            {"loss / len(y)": "loss"},
            "You add up for both reductions; divide by N where the reduction is"
            " “mean”.",
        ),
        "distance to every center": (
            {"x - centers[y]": "x[:, None] - centers"},
            "You measure each sample against all C centers. Only the center of its own"
            " class counts: centers[y], one row a sample.",
        ),
        "means of the batch for centers": (
            {"centers[y]": "[x[y == label].mean(axis=0) for label in y]"},
            "You measure from the class means of this batch, and so one sample alone"
            " has no loss. The centers are kept from step to step, and are an argument"
            " of their own.",
        ),
        "expanded square": (
            {
                "away = x - centers[y]": "c = centers[y]",
                "away * away": "(x * x).sum(1) - 2 * (x * c).sum(1) + (c * c).sum(1)",
            },
            "You expanded the square, as |x|² − 2 x·c + |c|². Far from 0 these are"
            " large numbers with a small difference, and rounding leaves nothing of"
            " it: subtract first, square after.",
        ),
    },
    "05.2": {
        "wrong sign": (
            {"x - centers[y]": "centers[y] - x"},
            "Your gradient has the other sign. It points away from the center, x − c;"
            " it is the step against it that goes toward the center.",
        ),
        "a 2 too many": (
            {"x - centers[y]": "2 * (x - centers[y])"},
            "Your gradient is twice too large: the 2 of the square cancels the ½"
            " before it.",
        ),
        "1/N forgotten": (
            {"away / len(y)": "away"},
            "You left out 1/N for the mean. The loss is divided by N, and so is each"
            " row of its gradient.",
        ),
        "1/N for the sum too": (
            {' if reduction == "mean" else away': ""},
            "You divide by N for both reductions; the gradient of a sum is not divided"
            " by anything.",
        ),
        "divided by the size of the class": (
            {"len(y)": "np.bincount(y)[y, None].astype(x.dtype)"},
            "You divide by n_j, the number of samples of the class. The mean is over"
            " all N samples of the batch; n_j belongs to the update of the centers.",
        ),
        "unit vectors": (
            {"y]\n": "y]\n    away /= np.linalg.norm(away, axis=1)[:, None]\n"},
            "Your rows all have one length: this is the gradient of the distance. The"
            " loss has its square, and so the gradient is x − c itself.",
        ),
        "gradient by the centers": (
            {"x - centers[y]": "0 * centers\n    np.add.at(away, y, centers[y] - x)"},
            "This is the gradient with respect to the centers, one row a class. Wanted"
            " is the one with respect to the features, one row a sample.",
        ),
        "mean over features too": (
            {"len(y)": "x.size"},
            "You divide by all N·D entries. The mean is over the N samples; the D"
            " features of each are summed up.",
        ),
    },
    "05.3": {
        "1 + n_j forgotten": (
            {"(1 + n)": "np.maximum(n, 1)"},
            "You divide by n_j where the rule has 1 + n_j. The 1 is the old center,"
            " which counts as one sample more, so that a class with one sample moves"
            " half as far.",
        ),
        "0/0 for an absent class": (
            {"(1 + n)": "n"},
            "You divide by n_j, which is 0 for a class that is not in the batch: its"
            " center becomes NaN. With 1 + n_j, as in the rule, it stays where it is.",
        ),
        "plain gradient": (
            {" / (1 + n)[:, None]": ""},
            "You do not divide: this is a step along the gradient of the sum. With 13"
            " samples of a class and α = 0.5 the center shoots past its samples and"
            " far beyond.",
        ),
        "divided by the batch": (
            {"(1 + n)[:, None]": "(1 + len(y))"},
            "You divide by 1 + N. It is 1 + n_j, with the samples of this class only;"
            " otherwise a class moves the slower, the more other classes there are.",
        ),
        "last sample only": (
            {"np.add.at(delta, y, centers[y] - x)": "delta[y] += centers[y] - x"},
            "Of the samples of a class only the last one is added up: `a[y] += b`"
            " writes once for every label, however often it occurs. Use np.add.at(a,"
            " y, b), or a loop.",
        ),
        "pushed away": (
            {"centers - alpha": "centers + alpha"},
            "Your centers move away from their samples. Δ is a sum of c − x, and is"
            " subtracted.",
        ),
        "α the other way round": (
            {"alpha": "(1 - alpha)"},
            "You use 1 − α for α. In the paper α = 0 leaves the centers alone and α ="
            " 1 moves them most; some public code counts the other way.",
        ),
        "α left out": (
            {"alpha * ": ""},
            "You left out α: your centers move as with α = 1.",
        ),
        "every sample pulls every center": (
            {
                "np.zeros_like(centers)": "len(y) * centers - x.sum(axis=0)",
                "np.add.at(delta, y, centers[y] - x)": "",
                "(1 + n)[:, None]": "(1 + len(y))",
            },
            "All samples pull all of your centers. Only those with y_i = j are in the"
            " sum of class j, and a class without any stays where it is.",
        ),
        "one after the other": (
            one_after_the_other,
            "You move a center once for each sample, and measure the next sample from"
            " where the last one left it. All differences c_j − x_i are taken from the"
            " old center, and it moves once.",
        ),
        "one after the other, undivided": (
            lambda *asked: one_after_the_other(*asked, divided=False),
            "You let every sample move its center by α, one after the other. The rule"
            " takes all differences from the old center, adds them up, and divides by"
            " 1 + n_j.",
        ),
        "to the mean of the batch": (
            {
                "delta / (1 + n)": "(n > 0)",
                "[:, None]": "[:, None] * (centers - x.mean(axis=0))",
            },
            "You move every center that has a sample toward the mean of the whole"
            " batch, and do not divide by 1 + n_j. Only the samples of class j pull"
            " its center.",
        ),
        "mean of the whole batch": (
            {"delta /": "n[:, None] * (centers - x.mean(axis=0)) /"},
            "You draw every center toward the mean of the whole batch. Only the"
            " samples of class j are in the sum of its center.",
        ),
    },
    "05.4": {
        "α alone": (
            {"n / (1 + n)": "np.minimum(n, 1.0)"},
            "α is not the share: the rule divides a sum over n samples by 1 + n, so"
            " n/(1 + n) is left. It tends to 1 only for many samples.",
        ),
        "the sum counted once": (
            {"alpha * n": "alpha"},
            "You have α/(1 + n), which falls with n. The sum over the samples has n"
            " terms, and is n times their mean: more samples pull harder, not less.",
        ),
        "what is left of the way": (
            {"alpha * n": "1 - alpha * n"},
            "This is the part of the way that is still left, 1 − s. Wanted is the part"
            " that is gone.",
        ),
        "α on the samples": (
            {"(1 + n)": "(1 + alpha * n)"},
            "You weigh the samples with α in the running mean. α stands before the"
            " whole step: with many samples s tends to α, and not to 1.",
        ),
    },
    "05.5": {
        "network before centers": (
            {"centers(x": "centers(inputs @ (v - rate * dx.T @ inputs).T"},
            "You move the centers with the features of the network after its step."
            " Algorithm 1 uses the features that it has: those of this step's forward.",
        ),
        "centers moved too early": (
            {'centers, y, "sum"': 'update_centers(x, centers, y, alpha), y, "sum"'},
            "Your dx is measured from the new centers. The gradient is that of this"
            " step's loss: take it before the centers move.",
        ),
        "classifier moved too early": (
            {"g @ w": "g @ (w - rate * g.T @ x)"},
            "Your dx is formed with the new w. The gradient is that of this step's"
            " loss: take it before w moves.",
        ),
        "λ left out": (
            {"lam *": "bool(lam) *"},
            "You add the gradient of L_C without λ: dx = g w + λ (x − c_y).",
        ),
        "L_C left out of dx": (
            {"lam *": "0 *"},
            "Your network does not feel the center loss: add λ (x − c_y) to dx."
            " Without it the centers follow the features, but nothing draws the"
            " features to them.",
        ),
        "λ on the centers": (
            {"alpha": "alpha * lam"},
            "You multiply the move of the centers by λ. The rule carries α alone:"
            " centers are a statistic of the features and no weights that are trained"
            " on L.",
        ),
        "learning rate on the centers": (
            {"alpha": "alpha * rate"},
            "You multiply the move of the centers by the learning rate. The rule"
            " carries α alone.",
        ),
        "centers by their gradient": (
            {
                "update_centers(x, centers, y, alpha)": "centers.copy()",
                "return": "np.add.at(new_centers, y, alpha * (x - centers[y])); return",
            },
            "You move the centers along their gradient. The rule divides that by 1 +"
            " n_j.",
        ),
        "mean for sum": (
            {"y] -= 1": "y] -= 1\n    g /= len(y)", '"sum"': '"mean"'},
            "You divide by N. In this task, as in the paper, both losses are sums over"
            " the batch.",
        ),
        "exp without the shift": (
            {" - np.max(z, axis=1, keepdims=True)": ""},
            "You exponentiate the logits as they are, and e^1000 is infinite: infinity"
            " over infinity is NaN. Subtract the largest logit of each row first; the"
            " softmax is the same.",
        ),
        "pull turned round": (
            {"+ lam": "- lam"},
            "The center loss pushes your features away from their centers: its"
            " gradient is x − c_y, and it is added to that of the softmax.",
        ),
        "uphill": (
            {"w - rate": "w + rate", "v - rate": "v + rate"},
            "You add rate times the gradient. The loss grows along its gradient: v and"
            " w move by −rate.",
        ),
        "λ on the classifier": (
            {"w - rate": "w - lam * rate"},
            "You multiply the step of w by λ. L_C does not contain w, and L_S stands"
            " in L without a factor.",
        ),
    },
}
