"""Wrong answers of chapter 7, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _lengths(a):
    return np.linalg.norm(a, axis=1, keepdims=True)


def _unit(a):
    lengths = _lengths(a)
    return a / np.where(lengths == 0, 1, lengths)


def _hot(z, y):
    return (y[:, None] == np.arange(z.shape[1])).astype(z.dtype)


# 07.1


def _logits(cosines, y, m, s):
    return s * (cosines - m * _hot(cosines, y))


def margin_not_scaled(x, w, y, m, s):
    c = _unit(x) @ _unit(w).T
    return s * c - m * _hot(c, y)


def margin_everywhere(x, w, y, m, s):
    return s * (_unit(x) @ _unit(w).T - m)


def margin_added(x, w, y, m, s):
    return _logits(_unit(x) @ _unit(w).T, y, -m, s)


def margin_on_the_others(x, w, y, m, s):
    c = _unit(x) @ _unit(w).T
    return s * (c - m * (1 - _hot(c, y)))


def margin_on_the_angle(x, w, y, m, s):
    c = _unit(x) @ _unit(w).T
    theta = np.arccos(np.clip(c, -1, 1))
    return s * np.where(_hot(c, y) > 0, np.cos(theta + m), c)


def x_not_normalised(x, w, y, m, s):
    return _logits(x @ _unit(w).T, y, m, s)


def w_not_normalised(x, w, y, m, s):
    return _logits(_unit(x) @ w.T, y, m, s)


def scale_forgotten(x, w, y, m, s):
    return _logits(_unit(x) @ _unit(w).T, y, m, 1)


def margin_in_whole_columns(x, w, y, m, s):
    c = _unit(x) @ _unit(w).T
    c[:, y] -= m
    return s * c


def lengths_of_the_columns(x, w, y, m, s):
    def columns(a):
        lengths = np.linalg.norm(a, axis=0)
        return a / np.where(lengths == 0, 1, lengths)

    return _logits(columns(x) @ columns(w).T, y, m, s)


def least_length(x, w, y, m, s):
    x_hat, w_hat = (a / np.maximum(_lengths(a), 1e-12) for a in (x, w))
    return _logits(x_hat @ w_hat.T, y, m, s)


def one_length_for_all(x, w, y, m, s):
    return _logits(x / np.linalg.norm(x) @ (w / np.linalg.norm(w)).T, y, m, s)


def zero_over_zero(x, w, y, m, s):
    return _logits((x / _lengths(x)) @ (w / _lengths(w)).T, y, m, s)


# 07.2


def _across(d, v):
    return d - np.sum(d * v, axis=1, keepdims=True) * v


def no_projection(x, w, g, s):
    return s * g @ _unit(w) / _lengths(x), s * g.T @ _unit(x) / _lengths(w)


def only_w_projected(x, w, g, s):
    return s * g @ _unit(w) / _lengths(x), _across(
        s * g.T @ _unit(x), _unit(w)
    ) / _lengths(w)


def only_x_projected(x, w, g, s):
    return _across(s * g @ _unit(w), _unit(x)) / _lengths(x), s * g.T @ _unit(
        x
    ) / _lengths(w)


def lengths_forgotten(x, w, g, s):
    return _across(s * g @ _unit(w), _unit(x)), _across(s * g.T @ _unit(x), _unit(w))


def _backward(x, w, g, s):
    return (
        _across(s * g @ _unit(w), _unit(x)) / _lengths(x),
        _across(s * g.T @ _unit(x), _unit(w)) / _lengths(w),
    )


def divided_by_n(x, w, g, s):
    return _backward(x, w, g / len(x), s)


def turned_round(x, w, g, s):
    dx, dw = _backward(x, w, g, s)
    return -dx, -dw


def divided_by_the_square(x, w, g, s):
    dx, dw = _backward(x, w, g, s)
    return dx / _lengths(x), dw / _lengths(w)


def times_the_length(x, w, g, s):
    dx, dw = _backward(x, w, g, s)
    return dx * _lengths(x) ** 2, dw * _lengths(w) ** 2  # divided already by the length


def scale_left_out(x, w, g, s):
    return (
        _across(g @ _unit(w), _unit(x)) / _lengths(x),
        _across(g.T @ _unit(x), _unit(w)) / _lengths(w),
    )


def raw_vectors_in_the_products(x, w, g, s):
    return (
        _across(s * g @ w, _unit(x)) / _lengths(x),
        _across(s * g.T @ x, _unit(w)) / _lengths(w),
    )


def projected_with_raw_vectors(x, w, g, s):
    return _across(s * g @ _unit(w), x) / _lengths(x), _across(
        s * g.T @ _unit(x), w
    ) / _lengths(w)


def along_for_across(x, w, g, s):
    dx, dw = no_projection(x, w, g, s)
    return dx - _across(dx, _unit(x)), dw - _across(dw, _unit(w))


# 07.3


def _softmax(z):
    p = np.exp(z - np.max(z, axis=1, keepdims=True))
    return p / np.sum(p, axis=1, keepdims=True)


def margin_beside_c_forgotten(c, y, m, s):
    g = _softmax(s * (c - m * _hot(c, y))) - _hot(c, y)
    return np.sum(g * c) / len(y)


def margin_forgotten(c, y, m, s):
    return np.sum((_softmax(s * c) - _hot(c, y)) * c) / len(y)


def margin_missing_in_p(c, y, m, s):
    return np.sum((_softmax(s * c) - _hot(c, y)) * (c - m * _hot(c, y))) / len(y)


def sum_for_mean(c, y, m, s):
    slope = c - m * _hot(c, y)
    return np.sum((_softmax(s * slope) - _hot(c, y)) * slope)


def mean_over_the_entries(c, y, m, s):
    return sum_for_mean(c, y, m, s) / c.size


def scale_turned_round(c, y, m, s):
    return -sum_for_mean(c, y, m, s) / len(y)


def margin_in_columns(c, y, m, s):
    slope = c.copy()
    slope[:, y] -= m
    return np.sum((_softmax(s * slope) - _hot(c, y)) * slope) / len(y)


def one_softmax_for_the_batch(c, y, m, s):
    slope = c - m * _hot(c, y)
    p = np.exp(s * (slope - slope.max()))
    return np.sum((p / p.sum() - _hot(c, y)) * slope) / len(y)


def logits_for_cosines(c, y, m, s):
    slope = c - m * _hot(c, y)
    return s * np.sum((_softmax(s * slope) - _hot(c, y)) * slope) / len(y)


def target_only(c, y, m, s):
    slope = c - m * _hot(c, y)
    return np.sum((_softmax(s * slope) - 1) * _hot(c, y) * slope) / len(y)


def minus_one_forgotten(c, y, m, s):
    slope = c - m * _hot(c, y)
    return np.sum(_softmax(s * slope) * slope) / len(y)


def exp_without_shift(c, y, m, s):
    slope = c - m * _hot(c, y)
    p = np.exp(s * slope)
    return np.sum((p / np.sum(p, axis=1, keepdims=True) - _hot(c, y)) * slope) / len(y)


# 07.4


def others_at_right_angles(classes, p):
    return np.log((classes - 1) * p / (1 - p))


def others_opposite(classes, p):
    return 0.5 * np.log((classes - 1) * p / (1 - p))


def classes_not_counted(classes, p):
    return (classes - 1) / classes * np.log(p / (1 - p))


def target_counted_twice(classes, p):
    return (classes - 1) / classes * np.log(classes * p / (1 - p))


def factor_upside_down(classes, p):
    return classes / (classes - 1) * np.log((classes - 1) * p / (1 - p))


def cosines_at_one_over_c(classes, p):
    return classes / (classes + 1) * np.log((classes - 1) * p / (1 - p))


def turned_upside_down(classes, p):
    return (classes - 1) / classes * np.log((1 - p) / p / (classes - 1))


def decimal_logarithm(classes, p):
    return (classes - 1) / classes * np.log10((classes - 1) * p / (1 - p))


# 07.5


def _right_margin(classes, dimension):
    if dimension >= classes - 1:
        return classes / (classes - 1)
    return 1 - np.cos(2 * np.pi / classes)


def always_the_plane(classes, dimension):
    return 1 - np.cos(2 * np.pi / classes)


def always_the_simplex(classes, dimension):
    return classes / (classes - 1)


def cosine_for_margin(classes, dimension):
    return 1 - _right_margin(classes, dimension)


def half_the_angle(classes, dimension):
    if dimension >= classes - 1:
        return classes / (classes - 1)
    return 1 - np.cos(np.pi / classes)


def degrees(classes, dimension):
    if dimension >= classes - 1:
        return classes / (classes - 1)
    return 1 - np.cos(360 / classes)


def full_dimension_asked(classes, dimension):
    if dimension >= classes:
        return classes / (classes - 1)
    return 1 - np.cos(2 * np.pi / classes)


def one_gap_too_few(classes, dimension):
    if dimension >= classes - 1:
        return classes / (classes - 1)
    return 1 - np.cos(2 * np.pi / (classes - 1))


def right_angles(classes, dimension):
    return 1.0 if dimension >= classes - 1 else 1 - np.cos(2 * np.pi / classes)


def sign_of_the_cosine_lost(classes, dimension):
    if dimension >= classes - 1:
        return 1 - 1 / (classes - 1)
    return 1 - np.cos(2 * np.pi / classes)


MISCONCEPTIONS = (
    Misconception(
        "07.1",
        "margin not scaled",
        "You take m off after the scale, s cos θ − m. Beside logits of 30 a margin of"
        " 0.35 is next to nothing: it belongs inside the bracket, s (cos θ − m).",
        margin_not_scaled,
    ),
    Misconception(
        "07.1",
        "margin in every class",
        "You take m off all logits. The softmax does not notice what is taken off all"
        " of them alike; only the target, (i, y_i), has a margin.",
        margin_everywhere,
    ),
    Misconception(
        "07.1",
        "margin in whole columns",
        "z[:, y] are whole columns, the logits of all samples with these classes. The"
        " targets are z[np.arange(N), y], one entry a row.",
        margin_in_whole_columns,
    ),
    Misconception(
        "07.1",
        "lengths of the columns",
        "Your lengths are taken over axis 0, down the columns. Each row is a vector:"
        " axis=1.",
        lengths_of_the_columns,
    ),
    Misconception(
        "07.1",
        "a least length",
        "You let no length be below some small number. Shorter rows have then smaller"
        " cosines; divide by the length itself, and by 1 where it is 0.",
        least_length,
    ),
    Misconception(
        "07.1",
        "one length for all",
        "You divide by the length of the whole array. Each row has its own: axis=1.",
        one_length_for_all,
    ),
    Misconception(
        "07.1",
        "margin added",
        "You add the margin to the target, which makes it easier for the right class."
        " It is taken off: cos θ must win by m.",
        margin_added,
    ),
    Misconception(
        "07.1",
        "margin on the others",
        "You take the margin off the other classes, and so help the target. It is taken"
        " off the target.",
        margin_on_the_others,
    ),
    Misconception(
        "07.1",
        "margin on the angle",
        "Your target is cos(θ + m): that is ArcFace, the next chapter. Here m is taken"
        " off the cosine.",
        margin_on_the_angle,
    ),
    Misconception(
        "07.1",
        "x not normalised",
        "Your logits grow with the length of x. Divide by |x|; the scale s takes its"
        " place.",
        x_not_normalised,
    ),
    Misconception(
        "07.1",
        "w not normalised",
        "Your logits grow with the length of w_j. Divide each column by |w_j|.",
        w_not_normalised,
    ),
    Misconception(
        "07.1",
        "scale forgotten",
        "You left out s. Cosines lie between −1 and 1, too close together for a softmax"
        " to become sure of anything.",
        scale_forgotten,
    ),
    Misconception(
        "07.1",
        "zero divided by zero",
        "For a row of zeros you divide 0 by 0. It has no angle, and its cosines are 0.",
        zero_over_zero,
    ),
    Misconception(
        "07.2",
        "wrong sign",
        "Both gradients have the other sign. g is handed on as it is; the step downhill"
        " comes later.",
        turned_round,
    ),
    Misconception(
        "07.2",
        "divided by N",
        "You divide by the number of samples. If the loss is a mean, its 1/N is in g"
        " already.",
        divided_by_n,
    ),
    Misconception(
        "07.2",
        "divided by the square of the length",
        "You divide by the length twice. Normalising turns a step across by 1/|x|,"
        " once.",
        divided_by_the_square,
    ),
    Misconception(
        "07.2",
        "times the length",
        "You multiply by the lengths. A long vector is turned less by the same step:"
        " divide.",
        times_the_length,
    ),
    Misconception(
        "07.2",
        "no projection",
        "You leave the parts along x and along w. Making them longer does not change a"
        " cosine, so x·dx = 0 and w·dw = 0: take these parts off.",
        no_projection,
    ),
    Misconception(
        "07.2",
        "only w projected",
        "Your dw is right, and dx still has a part along x. The features are normalised"
        " as well, so dx is projected, too.",
        only_w_projected,
    ),
    Misconception(
        "07.2",
        "only x projected",
        "Your dx is right, and dw still has a part along w. The weights are normalised"
        " as well, so dw is projected, too.",
        only_x_projected,
    ),
    Misconception(
        "07.2",
        "lengths forgotten",
        "Your directions are right, the sizes are not: divide dx by |x| and dw by |w|."
        " A step of one size turns a long vector less.",
        lengths_forgotten,
    ),
    Misconception(
        "07.2",
        "scale left out",
        "You left out s: the logits are s times the cosines, and so are their"
        " gradients.",
        scale_left_out,
    ),
    Misconception(
        "07.2",
        "raw vectors in the products",
        "You multiply g by w and x as they are. The logits are made of ŵ and x̂, so the"
        " products are g ŵ and g' x̂.",
        raw_vectors_in_the_products,
    ),
    Misconception(
        "07.2",
        "projected with raw vectors",
        "You project with x and w, whose length is not 1. d − (d·x̂) x̂ needs x̂ both"
        " times.",
        projected_with_raw_vectors,
    ),
    Misconception(
        "07.2",
        "along for across",
        "You keep the parts along x and w and drop the rest. It is the other way round:"
        " only what is across a vector turns it.",
        along_for_across,
    ),
    Misconception(
        "07.3",
        "mean over all entries",
        "You divide by N·C. The sum over the classes is no mean; only that over the"
        " samples is.",
        mean_over_the_entries,
    ),
    Misconception(
        "07.3",
        "wrong sign",
        "Your derivative has the other sign: g is p − [j = y_i].",
        scale_turned_round,
    ),
    Misconception(
        "07.3",
        "margin in whole columns",
        "c[:, y] are whole columns, the cosines of all samples with these classes. The"
        " targets are c[np.arange(N), y], one entry a row.",
        margin_in_columns,
    ),
    Misconception(
        "07.3",
        "one softmax for the batch",
        "Your probabilities add up to 1 over the whole batch. Each sample has its own:"
        " axis=1.",
        one_softmax_for_the_batch,
    ),
    Misconception(
        "07.3",
        "margin beside c forgotten",
        "You have the margin in the probabilities, but not beside the cosine: the"
        " derivative of s (c − m) by s is c − m, at the target.",
        margin_beside_c_forgotten,
    ),
    Misconception(
        "07.3",
        "margin forgotten",
        "You left out the margin altogether. It is part of the logits, so it is in p"
        " and beside c.",
        margin_forgotten,
    ),
    Misconception(
        "07.3",
        "margin missing in p",
        "Your probabilities are those without a margin. p is the softmax of the logits"
        " of the loss, s (c − m [j = y]).",
        margin_missing_in_p,
    ),
    Misconception(
        "07.3",
        "sum for mean",
        "You add up over the samples. The loss is their mean, so divide by N.",
        sum_for_mean,
    ),
    Misconception(
        "07.3",
        "logits for cosines",
        "You multiply g by the logits. The derivative of s (c − m) by s is c − m,"
        " without s.",
        logits_for_cosines,
    ),
    Misconception(
        "07.3",
        "target only",
        "You use the target logits only. s is in all C logits, and each adds its g_ij"
        " c_ij.",
        target_only,
    ),
    Misconception(
        "07.3",
        "−1 forgotten",
        "You left out the −1 at the target: g is p − [j = y_i].",
        minus_one_forgotten,
    ),
    Misconception(
        "07.3",
        "exponential without a shift",
        "You exponentiate the logits as they are. With a large s they overflow, and"
        " inf/inf is NaN: subtract the largest of each row first.",
        exp_without_shift,
    ),
    Misconception(
        "07.4",
        "wrong sign",
        "Your s is below 0. e^(−s C/(C − 1)) is (1 − p)/((C − 1) p): the logarithm has"
        " a minus.",
        turned_upside_down,
    ),
    Misconception(
        "07.4",
        "cosines of −1/C",
        "You took the other cosines as −1/C. C vectors can be farther apart than that,"
        " at −1/(C − 1).",
        cosines_at_one_over_c,
    ),
    Misconception(
        "07.4",
        "others at right angles",
        "You took the other cosines as 0. C vectors can be farther apart than that, at"
        " −1/(C − 1); the scale may then be smaller by (C − 1)/C.",
        others_at_right_angles,
    ),
    Misconception(
        "07.4",
        "others opposite",
        "You took the other cosines as −1. Two vectors can be opposite, but not all"
        " pairs of many: they reach −1/(C − 1).",
        others_opposite,
    ),
    Misconception(
        "07.4",
        "other classes not counted",
        "You left out C − 1 inside the logarithm. The sum of the softmax has C − 1"
        " other terms, and the more there are, the larger s has to be.",
        classes_not_counted,
    ),
    Misconception(
        "07.4",
        "target counted among the others",
        "You have C where the sum over the other classes has C − 1 terms; the target is"
        " not one of them.",
        target_counted_twice,
    ),
    Misconception(
        "07.4",
        "factor upside down",
        "Your factor is C/(C − 1). The distance of the logits is s C/(C − 1), so"
        " solving for s turns the factor over.",
        factor_upside_down,
    ),
    Misconception(
        "07.4",
        "logarithm to the base 10",
        "You used log10. The softmax is made of powers of e, so its inverse is the"
        " natural logarithm.",
        decimal_logarithm,
    ),
    Misconception(
        "07.5",
        "one dimension too many",
        "You ask for C dimensions before all pairs may be equally far apart. C − 1 are"
        " enough, as three vectors in the plane show.",
        full_dimension_asked,
    ),
    Misconception(
        "07.5",
        "C − 1 on the circle",
        "You divide the circle by C − 1. C vectors have C gaps between them, the last"
        " one included.",
        one_gap_too_few,
    ),
    Misconception(
        "07.5",
        "always the plane",
        "You put the class vectors on a circle in every dimension. With more dimensions"
        " there is room for all of them at the cosine −1/(C − 1).",
        always_the_plane,
    ),
    Misconception(
        "07.5",
        "always the simplex",
        "You answer C/(C − 1) in the plane as well. There more than three vectors"
        " cannot be at equal distance; neighbours on the circle are 2π/C apart.",
        always_the_simplex,
    ),
    Misconception(
        "07.5",
        "cosine for margin",
        "You return the cosine of the nearest other class. The margin is what lies"
        " between it and the 1 of a feature on its class vector: 1 minus that cosine.",
        cosine_for_margin,
    ),
    Misconception(
        "07.5",
        "half the angle",
        "You use π/C, half the angle between two neighbours. The feature is on its"
        " class vector, not at the boundary, and the next vector is 2π/C away.",
        half_the_angle,
    ),
    Misconception(
        "07.5",
        "degrees",
        "You gave the cosine an angle in degrees. np.cos takes radians: 2π/C.",
        degrees,
    ),
    Misconception(
        "07.5",
        "right angles",
        "You took the other cosines as 0. In many dimensions C vectors can be a little"
        " farther apart than right angles, at −1/(C − 1).",
        right_angles,
    ),
    Misconception(
        "07.5",
        "sign of the cosine lost",
        "The cosine is −1/(C − 1), so 1 minus it is 1 + 1/(C − 1) = C/(C − 1).",
        sign_of_the_cosine_lost,
    ),
)
