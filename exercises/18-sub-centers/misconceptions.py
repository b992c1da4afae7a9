"""Wrong answers of chapter 18, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine import chapters

right = chapters.solution(__file__)


def _angles(x, w):
    c = np.einsum("nd,ckd->nck", _unit(x), _unit(w))
    return np.arccos(np.clip(c, -1, 1))


def _unit(a):
    length = np.linalg.norm(a, axis=-1, keepdims=True)
    return a / np.where(length == 0, 1, length)


def margin_before_the_largest(x, w, y, m, s):
    theta = _angles(x, w)
    theta[np.arange(len(y)), y] += m
    return (s * np.cos(theta).max(axis=2)).astype(x.dtype)


def a_logit_for_every_row(x, w, y, m, s):
    """C·K classes, the target being the nearest row of the right one."""
    n, (c, k) = len(x), w.shape[:2]
    theta = _angles(x, w)
    winner = theta[np.arange(n), y].argmin(axis=1)
    theta[np.arange(n), y, winner] += m
    return (s * np.cos(theta)).reshape(n, c * k).astype(x.dtype)


def several_rows_for_the_right_class_only(x, w, y, m, s):
    z = s * np.cos(_angles(x, w))[:, :, 0]
    rows = np.arange(len(y))
    z[rows, y] = right.sub_center_logits(x, w, y, m, s)[rows, y]
    return z.astype(x.dtype)


def _backward(x, w, y, m, s, g, shares):
    """With `shares` (N, C, K) of each class's gradient for its rows."""
    theta = _angles(x, w).min(axis=2)
    rows = np.arange(len(y))
    slope = s * g
    slope[rows, y] *= np.sin(theta[rows, y] + m) / np.sin(theta[rows, y])
    at = slope[:, :, None] * shares
    x_hat, w_hat = _unit(x), _unit(w)
    dx, dw = np.einsum("nck,ckd->nd", at, w_hat), np.einsum("nck,nd->ckd", at, x_hat)
    dx -= (dx * x_hat).sum(axis=1, keepdims=True) * x_hat
    dw -= (dw * w_hat).sum(axis=2, keepdims=True) * w_hat
    dx /= np.linalg.norm(x, axis=1, keepdims=True)
    dw /= np.linalg.norm(w, axis=2, keepdims=True)
    return dx.astype(x.dtype), dw.astype(w.dtype)


def gradient_to_all_rows(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, np.ones((len(x), *w.shape[:2])))


def gradient_spread_over_all_rows(x, w, y, m, s, g):
    shares = np.full((len(x), *w.shape[:2]), 1 / w.shape[1])
    return _backward(x, w, y, m, s, g, shares)


def gradient_to_all_rows_of_w(x, w, y, m, s, g):
    dx, _ = right.sub_center_backward(x, w, y, m, s, g)
    theta = _angles(x, w)
    own = theta.min(axis=2)[np.arange(len(y)), y]
    slope = s * g
    slope[np.arange(len(y)), y] *= np.sin(own + m) / np.sin(own)
    dw = np.einsum("nc,nd->cd", slope, _unit(x))[:, None]
    dw = dw - np.einsum("nc,nck->ck", slope, np.cos(theta))[:, :, None] * _unit(w)
    return dx, (dw / np.linalg.norm(w, axis=2, keepdims=True)).astype(w.dtype)


def all_of_it_to_each_that_ties(x, w, y, m, s, g):
    theta = _angles(x, w)
    first = theta <= theta.min(axis=2, keepdims=True) + 1e-12
    return _backward(x, w, y, m, s, g, first)


def each_row_once(x, w, y, m, s, g):
    """dw[j, k] += … with arrays of indices: the last sample of a row is left."""
    dx, _ = right.sub_center_backward(x, w, y, m, s, g)
    c, k = right.class_cosines(x, w)
    own = np.arccos(np.clip(c[np.arange(len(y)), y], -1, 1))
    slope = s * g
    slope[np.arange(len(y)), y] *= np.sin(own + m) / np.sin(own)
    at = np.arange(len(w)), k
    won = _unit(w)[at]
    each = slope[:, :, None] * (_unit(x)[:, None] - c[:, :, None] * won)
    dw = np.zeros_like(w)
    dw[at] += each / np.linalg.norm(w, axis=2)[at][:, :, None]
    return dx, dw


def split_where_rows_tie(x, w, y, m, s, g):
    theta = _angles(x, w)
    first = theta <= theta.min(axis=2, keepdims=True) + 1e-12
    return _backward(x, w, y, m, s, g, first / first.sum(axis=2, keepdims=True))


def losers_pushed_away(x, w, y, m, s, g):
    theta = _angles(x, w)
    first = theta == theta.min(axis=2, keepdims=True)
    return _backward(x, w, y, m, s, g, np.where(first, 1, -1))


def dominant_by_the_mean_cosine(x, w, y):
    c = np.cos(_angles(x, w))
    return np.array(
        [
            c[y == j, j].mean(axis=0).argmax() if np.any(y == j) else 0
            for j in range(len(w))
        ]
    )


def dominant_by_the_mean_of_its_own(x, w, y):
    """The row whose own samples are the nearest to it in the mean."""
    c, (_, k) = np.cos(_angles(x, w)), right.class_cosines(x, w)
    found = []
    for j in range(len(w)):
        means = [
            c[(y == j) & (k[:, j] == row), j, row].sum()
            / max(1, np.sum((y == j) & (k[:, j] == row)))
            for row in range(w.shape[1])
        ]
        found.append(int(np.argmax(means)))
    return np.array(found)


def dominant_by_its_length(x, w, y):
    return np.linalg.norm(w, axis=2).argmax(axis=1)


def every_sample_counts(x, w, y):
    k = right.class_cosines(x, w)[1]
    return np.array([np.bincount(of, minlength=w.shape[1]).argmax() for of in k.T])


def no_row_of_an_empty_class(x, w, y):
    found = right.dominant_rows(x, w, y)
    return np.where(np.isin(np.arange(len(w)), y), found, -1)


def classes_that_occur(x, w, y):
    return right.dominant_rows(x, w, y)[np.unique(y)]


def last_of_those_with_as_many(x, w, y):
    return w.shape[1] - 1 - right.dominant_rows(x, w[:, ::-1], y)


def number_of_the_row_in_a_byte(x, w, y):
    k = right.class_cosines(x, w)[1]
    own = y * y.dtype.type(w.shape[1]) + k[np.arange(len(y)), y].astype(y.dtype)
    wins = np.bincount(own, minlength=w.shape[0] * w.shape[1])
    return wins.reshape(w.shape[:2]).argmax(axis=1)


def far_from_the_own_winner(x, w, y, degrees):
    own = _angles(x, w)[np.arange(len(y)), y].min(axis=1)
    return np.degrees(own) > degrees


def far_from_the_first_row(x, w, y, degrees):
    return np.degrees(_angles(x, w)[np.arange(len(y)), y, 0]) > degrees


def _dominant(x, w, y):
    """The numbers of the dominant rows, and the angles to them."""
    row = right.dominant_rows(x, w, y)[y]
    return row, np.degrees(_angles(x, w)[np.arange(len(y)), y, row])


def dropped_with_another_winner(x, w, y, degrees):
    row, angle = _dominant(x, w, y)
    return (angle > degrees) | (
        right.class_cosines(x, w)[1][np.arange(len(y)), y] != row
    )


def only_with_another_winner(x, w, y, degrees):
    row, angle = _dominant(x, w, y)
    return (angle > degrees) & (
        right.class_cosines(x, w)[1][np.arange(len(y)), y] != row
    )


def nearest_class_is_another(x, w, y, degrees):
    return right.class_cosines(x, w)[0].argmax(axis=1) != y


def angle_in_radians(x, w, y, degrees):
    return np.radians(_dominant(x, w, y)[1]) > degrees


def by_the_size_of_the_cosine(x, w, y, degrees):
    angle = _dominant(x, w, y)[1]
    return np.minimum(angle, 180 - angle) > degrees


MISCONCEPTIONS = {
    "18.1": {
        "largest angle": (
            {"np.max(every": "np.min(every", "np.argmax(every": "np.argmin(every"},
            "You take the smallest cosine of each class, which is the largest angle:"
            " the row that is farthest away. A sample has to be near one row, so the"
            " largest cosine counts.",
        ),
        "largest angle returned": (
            {
                "np.max(every, axis=2), np.argmax(every, axis=2)": (
                    "np.arccos(np.clip(every, -1, 1)).max(axis=2),"
                    " np.arccos(np.clip(every, -1, 1)).argmax(axis=2)"
                )
            },
            "You take the largest of the angles. The largest is taken of the cosines,"
            " which is the smallest angle.",
        ),
        "mean of the cosines": (
            {"np.max(every": "np.mean(every"},
            "You take the mean of the K cosines. Rows that stand apart then hide one"
            " another; the nearest row alone stands for the class.",
        ),
        "sum of the cosines": (
            {"np.max(every": "np.sum(every"},
            "You add up the K cosines. The nearest row alone stands for the class: take"
            " the largest.",
        ),
        "largest inner product": (
            {"w / np.where(w_length == 0, 1, w_length)": "w"},
            "You take the largest of x̂·w, which a long row wins from anywhere. Divide"
            " w by its lengths first.",
        ),
        "features not normalised": (
            {"x / np.where(x_length == 0, 1, x_length)": "x"},
            "Your c is |x| times the cosine: divide x by its lengths, too.",
        ),
        "winner by the inner product": (
            {
                "np.argmax(every, axis=2)": (
                    'np.argmax(np.einsum("nd,ckd->nck", x, w), axis=2)'
                )
            },
            "Your cosines are right, but the row is that of the largest inner product"
            " x·w, which a long row wins from anywhere.",
        ),
        "largest in size": (
            {
                "np.max(every, axis=2), np.argmax(every, axis=2)": (
                    "np.abs(every).max(axis=2), np.abs(every).argmax(axis=2)"
                )
            },
            "You take the cosine that is largest in size, without its sign. A row on"
            " the far side is not near.",
        ),
        "last of those that tie": (
            {
                "np.argmax(every, axis=2)": (
                    "every.shape[2] - 1 - np.argmax(every[:, :, ::-1], axis=2)"
                )
            },
            "Of rows that are equally near you take the last one; the first counts.",
        ),
        "numbered through all classes": (
            {
                "np.argmax(every, axis=2)": (
                    "np.argmax(every, axis=2) + w.shape[1] * np.arange(len(w))"
                )
            },
            "You number the rows through all classes. Asked is the place within the"
            " class, from 0 to K − 1.",
        ),
        "numbered from 1": (
            {"np.argmax(every, axis=2)": "np.argmax(every, axis=2) + 1"},
            "You number the rows from 1. The first row of a class is row 0.",
        ),
        "rows dealt out to the classes": (
            {
                'every = np.einsum("nd,ckd->nck", x_hat, w_hat)': (
                    "flat = x_hat @ w_hat.reshape(-1, w.shape[2]).T\n"
                    "    every = flat.reshape(len(x), w.shape[1], len(w))\n"
                    "    every = every.swapaxes(1, 2)"
                )
            },
            "You take rows of different classes together: flattened, w has the K rows"
            " of the first class first, so the shape to go back to is (N, C, K) and not"
            " (N, K, C).",
        ),
        "lengths along the wrong axis": (
            {
                "w_length = np.linalg.norm(w, axis=2": (
                    "w_length = np.linalg.norm(w, axis=1"
                )
            },
            "You take the lengths of w along the axis of the K rows. A row's entries"
            " are along the last axis.",
        ),
        "an epsilon beside the length": (
            {
                "np.where(x_length == 0, 1, x_length)": "(x_length + 1e-12)",
                "np.where(w_length == 0, 1, w_length)": "(w_length + 1e-12)",
            },
            "You add an epsilon to the lengths. It avoids 0/0, and makes short rows no"
            " unit vectors: divide by the length itself, and by 1 where it is 0.",
        ),
        "zero divided by zero": (
            {
                "np.where(x_length == 0, 1, x_length)": "x_length",
                "np.where(w_length == 0, 1, w_length)": "w_length",
            },
            "For a row of zeros you divide 0 by 0, and NaN is then the largest of its"
            " class. Its cosine is 0: divide by 1 there.",
        ),
    },
    "18.2": {
        "margin before the largest": (
            margin_before_the_largest,
            "You add the margin to all K angles of the right class and take the largest"
            " cosine then. Past π − m the cosine rises again, and a row that is farther"
            " away wins. First the largest, then the margin.",
        ),
        "a logit for every row": (
            a_logit_for_every_row,
            "You return a logit for each of the C·K rows. Then the rows of a class are"
            " one another's rivals; there are C logits, one for the nearest row of each"
            " class.",
        ),
        "several rows for the right class only": (
            several_rows_for_the_right_class_only,
            "You look for the nearest row of the right class only, and take the first"
            " one of the others. The cosine of every class is that of its nearest row.",
        ),
        "margin in every class": (
            {
                "z[rows, y] = s * (own * np.cos(m) -"
                " np.sqrt(1 - own**2) * np.sin(m))": (
                    "z = s * (c * np.cos(m) - np.sqrt(1 - c**2) * np.sin(m))"
                )
            },
            "You add m to the angles of all classes. Only the right class, (i, y_i),"
            " has a margin.",
        ),
        "margin on the cosine": (
            {"own * np.cos(m) - np.sqrt(1 - own**2) * np.sin(m)": "own - m"},
            "You take m off the cosine, which is AM-Softmax. Here m is added to the"
            " angle.",
        ),
        "cos(θ − m)": (
            {"- np.sqrt": "+ np.sqrt"},
            "You make the right class's angle smaller, which helps it. It is θ + m.",
        ),
        "no margin": (
            {"(own * np.cos(m) - np.sqrt(1 - own**2) * np.sin(m))": "own"},
            "You left out the margin: the right class has s cos(θ + m).",
        ),
        "scale left out": (
            {"z = s * c": "z = c.copy()", "s * (own": "(own"},
            "You left out s: a cosine alone is too small for a softmax to become sure"
            " of anything.",
        ),
        "margin in degrees": (
            {"rows = np": "m = np.radians(m)\n    rows = np"},
            "You take m for degrees. It is in radians: 0.5 is 28.6 degrees.",
        ),
        "linear past π − m": (
            {
                "    z = s * c\n": (
                    "    past = own < -np.cos(m)\n"
                    "    other = np.where(past, own - m * np.sin(m), 0)\n"
                    "    z = s * c\n"
                ),
                "    return z\n": (
                    "    z[rows, y] = np.where(past, s * other, z[rows, y])\n"
                    "    return z\n"
                ),
            },
            "Past θ = π − m you use ArcFace's linear form, cos θ − m sin m, as its"
            " released code does. The task has cos(θ + m) everywhere.",
        ),
        "scale left off the right class": (
            {"s * (own": "(own"},
            "Your right class is cos(θ + m) without s, beside others that have it.",
        ),
        "held at π": (
            {
                "s * (own * np.cos(m) - np.sqrt(1 - own**2) * np.sin(m))": (
                    "s * np.cos(np.minimum(np.arccos(own) + m, np.pi))"
                )
            },
            "You hold θ + m at π. Here the cosine goes on past π, where it rises"
            " again, as in the paper.",
        ),
    },
    "18.3": {
        "gradient to all rows": (
            gradient_to_all_rows,
            "You give the gradient of a class to all of its K rows. Only the row that"
            " has the largest cosine occurs in the loss; the others have none.",
        ),
        "gradient of w to all rows": (
            gradient_to_all_rows_of_w,
            "Your dx is right, and dw goes to all K rows of a class. Only the row that"
            " has the largest cosine occurs in the loss; the others have none.",
        ),
        "each row once": (
            each_row_once,
            "dw[j, k] += … adds only once where a row is named several times, and it"
            " is, by each sample that it is nearest to. np.add.at adds each.",
        ),
        "all of it to each that ties": (
            all_of_it_to_each_that_ties,
            "Where rows are equally near you give each of them the whole gradient."
            " Only the first one has it.",
        ),
        "divided by N": (
            {"slope = s * g": "slope = s * g / len(y)"},
            "You divide by N. The mean over the batch is in g already.",
        ),
        "slope of cos(θ − m)": (
            {"np.cos(m) + own": "np.cos(m) - own"},
            "Your slope of the right class is that of cos(θ − m). It is cos m + c sin"
            " m/sin θ.",
        ),
        "linear past π − m": (
            {
                "np.cos(m) + own / np.sqrt(1 - own**2) * np.sin(m)": (
                    "np.where(own < -np.cos(m), 1, np.cos(m) + own /"
                    " np.sqrt(1 - own**2) * np.sin(m))"
                )
            },
            "Past θ = π − m you take the slope of another form than cos(θ + m), 1."
            " There it is below 0.",
        ),
        "gradient spread over all rows": (
            gradient_spread_over_all_rows,
            "You spread the gradient of a class evenly over its K rows, as if its"
            " cosine were their mean. The nearest row has all of it.",
        ),
        "split where rows tie": (
            split_where_rows_tie,
            "Where rows are equally near you split the gradient among them. Then copies"
            " of a row stay copies for ever; here the first one has all.",
        ),
        "losers pushed away": (
            losers_pushed_away,
            "You push the rows that are not nearest away. Nothing happens to them: the"
            " loss does not depend on them.",
        ),
        "straight-through": (
            {"slope[rows, y] *= np.cos(m) + own / np.sqrt(1 - own**2) * np.sin(m)": ""},
            "The slope of your right class is s, as if the margin were a constant that"
            " is added to the logit. It is s (cos m + c sin m/sin θ).",
        ),
        "slope by the angle": (
            {
                "np.cos(m) + own / np.sqrt(1 - own**2) * np.sin(m)": (
                    "np.sqrt(1 - own**2) * np.cos(m) + own * np.sin(m)"
                )
            },
            "You use ρ = sin(θ + m), the slope by the angle. By the cosine it is ρ/sin"
            " θ: the vector ŵ − c x̂, with which it is multiplied, is sin θ long.",
        ),
        "cosine for cotangent": (
            {"own / np.sqrt(1 - own**2) * np.sin(m)": "own * np.sin(m)"},
            "In the slope of the right class you left out the division by sin θ:"
            " s (cos m + c sin m/sin θ).",
        ),
        "not projected": (
            {
                "dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat": "",
                "dw -= np.sum(dw * w_hat, axis=2, keepdims=True) * w_hat": "",
            },
            "Your gradients have a part along x̂ and ŵ. A vector that will be divided"
            " by its length gains nothing by being longer: take that part away.",
        ),
        "not divided by the lengths": (
            {"dx / x_length, dw / w_length": "dx, dw"},
            "You return the gradients by x̂ and ŵ. By x and w they are divided by |x|"
            " and |w|.",
        ),
        "scale left out": (
            {"slope = s * g": "slope = g.copy()"},
            "You left out s, by which every logit, and so every slope, is larger.",
        ),
        "slope of the margin for all": (
            {
                "slope[rows, y] *= np.cos(m) + own / np.sqrt(1 - own**2) * np.sin(m)": (
                    "slope *= np.cos(m) + c / np.sqrt(1 - c**2) * np.sin(m)"
                )
            },
            "You give all classes the slope of the margin. Only the right one, (i,"
            " y_i), has it; of the others it is s.",
        ),
    },
    "18.4": {
        "no row for an empty class": (
            no_row_of_an_empty_class,
            "You give a class without samples −1, which is its last row. Here it has"
            " row 0.",
        ),
        "classes that occur": (
            classes_that_occur,
            "You return a row for each class that occurs in y. A class without samples"
            " has row 0: go through all C of w.",
        ),
        "by the mean cosine": (
            dominant_by_the_mean_cosine,
            "You take the row with the largest mean cosine to the samples of the class."
            " Dominant is by count: the row that is nearest to most of them, however"
            " near that is.",
        ),
        "by the mean cosine of its own": (
            dominant_by_the_mean_of_its_own,
            "You take the row whose own samples are nearest to it. A few samples right"
            " on a row are still a few: count them.",
        ),
        "by the length": (
            dominant_by_its_length,
            "You take the longest row. Its length says nothing: it is divided out of"
            " every cosine. Count the samples.",
        ),
        "all samples counted": (
            every_sample_counts,
            "You count the samples of all classes. Only those with the label of the"
            " class have to do with its rows.",
        ),
        "last of those with as many": (
            last_of_those_with_as_many,
            "Of rows that are nearest to as many samples you take the last one. The"
            " first one counts.",
        ),
        "labels in a byte": (
            number_of_the_row_in_a_byte,
            "You compute with labels of one byte, and 256 is 0 in it. Convert them"
            " first, as in y.astype(int).",
        ),
        "each pair counted once": (
            {
                "np.add.at(wins, (y, k[np.arange(len(y)), y]), 1)": (
                    "wins[y, k[np.arange(len(y)), y]] += 1"
                )
            },
            "wins[…] += 1 adds 1 only once where a place is named several times."
            " np.add.at counts each.",
        ),
        "fewest samples": (
            {"np.argmax(wins": "np.argmin(wins"},
            "You take the row that the fewest samples are near.",
        ),
    },
    "18.5": {
        "angle in radians": (
            angle_in_radians,
            "You drop nobody. That is so where an angle in radians, which is π at"
            " most, is compared with a number of degrees.",
        ),
        "by the size of the cosine": (
            by_the_size_of_the_cosine,
            "You take the cosine without its sign. A sample on the far side is far"
            " away, and its cosine is below 0.",
        ),
        "far from the own winner": (
            far_from_the_own_winner,
            "You compare each sample with the row that is nearest to it. A wrong sample"
            " may have a row of its own, and is never far from that; the angle to the"
            " dominant row counts.",
        ),
        "far from the first row": (
            far_from_the_first_row,
            "You compare each sample with the first row of its class. The dominant one"
            " may be another: it is that of task 18.4.",
        ),
        "dropped with another winner": (
            dropped_with_another_winner,
            "You also drop every sample that is nearest to another row. Right samples"
            " are split over rows as well; only the angle to the dominant row decides.",
        ),
        "only with another winner": (
            only_with_another_winner,
            "You keep what is nearest to the dominant row, however far away it is. Only"
            " the angle decides.",
        ),
        "nearest class is another": (
            nearest_class_is_another,
            "You drop what is nearer to another class. Only the angle to the dominant"
            " row of the label's class counts.",
        ),
        "degrees taken for radians": (
            {"np.radians(degrees)": "degrees"},
            "np.cos takes radians: np.cos(np.radians(degrees)).",
        ),
        "the near ones": (
            {"< lengths": "> lengths"},
            "You return who is kept. A larger angle has a smaller cosine.",
        ),
        "lengths left out": (
            {"lengths * np.cos": "np.cos"},
            "You compare an inner product with a cosine: divide by both lengths.",
        ),
        "length of the rows left out": (
            {" * np.linalg.norm(row, axis=1)": ""},
            "You divide by the length of x only. The rows have lengths, too.",
        ),
        "degrees taken off the angle at right angles": (
            {"np.cos(np.radians(degrees))": "np.sin(np.radians(degrees))"},
            "You take the sine of the threshold. An angle is compared by its cosine.",
        ),
    },
}
