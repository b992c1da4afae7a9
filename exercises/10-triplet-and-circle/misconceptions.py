"""Wrong answers of chapter 10, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _lengths(a):
    return np.sqrt(np.sum(a * a, axis=1, keepdims=True))


def _unit(a):
    lengths = _lengths(a)
    return a / np.where(lengths == 0, 1, lengths)


def _on(a, p, n, m):
    return (_lengths(a - p) - _lengths(a - n) + m > 0).astype(a.dtype)


# 10.1


def _triplet(u_p, u_n, on):
    return on * (u_p - u_n), -on * u_p, on * u_n


def squared_distances(a, p, n, m):
    on = (_lengths(a - p) ** 2 - _lengths(a - n) ** 2 + m > 0).astype(a.dtype)
    return _triplet(2 * (a - p), 2 * (a - n), on)


def not_divided_by_the_distance(a, p, n, m):
    return _triplet(a - p, a - n, _on(a, p, n, m))


def uphill_for_downhill(a, p, n, m):
    return _triplet(-_unit(a - p), -_unit(a - n), _on(a, p, n, m))


def hinge_forgotten(a, p, n, m):
    return _triplet(_unit(a - p), _unit(a - n), 1 + 0 * _on(a, p, n, m))


def margin_forgotten(a, p, n, m):
    return _triplet(_unit(a - p), _unit(a - n), _on(a, p, n, 0.0))


def margin_subtracted(a, p, n, m):
    return _triplet(_unit(a - p), _unit(a - n), _on(a, p, n, -m))


def zero_over_zero(a, p, n, m):
    return _triplet(
        (a - p) / _lengths(a - p), (a - n) / _lengths(a - n), _on(a, p, n, m)
    )


def epsilon_beside_the_distance(a, p, n, m):
    to_p, to_n = (a - p) / (_lengths(a - p) + 1e-8), (a - n) / (_lengths(a - n) + 1e-8)
    return _triplet(to_p, to_n, _on(a, p, n, m))


def lengths_of_the_columns(a, p, n, m):
    def columns(b):
        lengths = np.linalg.norm(a - b, axis=0, keepdims=True)
        return lengths, (a - b) / np.where(lengths == 0, 1, lengths)

    (d_p, u_p), (d_n, u_n) = columns(p), columns(n)
    return _triplet(u_p, u_n, (d_p - d_n + m > 0).astype(a.dtype))


def results_exchanged(a, p, n, m):
    da, dp, dn = _triplet(_unit(a - p), _unit(a - n), _on(a, p, n, m))
    return da, dn, dp


def partners_exchanged(a, p, n, m):
    da, dn, dp = _triplet(_unit(a - n), _unit(a - p), _on(a, n, p, m))
    return da, dp, dn


def anchor_held_still(a, p, n, m):
    _, dp, dn = _triplet(_unit(a - p), _unit(a - n), _on(a, p, n, m))
    return np.zeros_like(a), dp, dn


def mean_for_sum(a, p, n, m):
    return tuple(
        g / len(a) for g in _triplet(_unit(a - p), _unit(a - n), _on(a, p, n, m))
    )


# 10.2


def _mine(d, y, choose, itself=False):
    """`choose` gets the anchor's distances, a positive's, and the indices of the
    negatives."""
    chosen = np.full(d.shape, -1)
    for i in range(len(y)):
        negatives = np.flatnonzero(y != y[i])
        for j in np.flatnonzero(y == y[i]):
            if j != i or itself:
                chosen[i, j] = choose(d[i], d[i, j], negatives)
    return chosen


def _semi(d, to_positive, negatives):
    farther = negatives[d[negatives] > to_positive]
    if len(farther):
        return farther[np.argmin(d[farther])]
    return negatives[np.argmax(d[negatives])]


def place_in_the_selection(d, y):
    def choose(d, to_positive, negatives):
        farther = negatives[d[negatives] > to_positive]
        return np.argmin(d[farther]) if len(farther) else np.argmax(d[negatives])

    return _mine(d, y, choose)


def zero_for_none(d, y):
    return np.where(
        (y[:, None] == y) & ~np.eye(len(y), dtype=bool), _mine(d, y, _semi), 0
    )


def rows_and_columns_exchanged(d, y):
    return _mine(d, y, _semi).T


def nearest_negative(d, y):
    return _mine(d, y, lambda d, _, negatives: negatives[np.argmin(d[negatives])])


def farthest_negative(d, y):
    return _mine(d, y, lambda d, _, negatives: negatives[np.argmax(d[negatives])])


def no_fallback(d, y):
    def choose(d, to_positive, negatives):
        return (
            _semi(d, to_positive, negatives)
            if np.any(d[negatives] > to_positive)
            else -1
        )

    return _mine(d, y, choose)


def nearest_for_fallback(d, y):
    def choose(d, to_positive, negatives):
        if np.any(d[negatives] > to_positive):
            return _semi(d, to_positive, negatives)
        return negatives[np.argmin(d[negatives])]

    return _mine(d, y, choose)


def nearer_for_farther(d, y):
    def choose(d, to_positive, negatives):
        nearer = negatives[d[negatives] < to_positive]
        pool = nearer if len(nearer) else negatives
        return pool[np.argmax(d[pool])]

    return _mine(d, y, choose)


def of_any_class(d, y):
    def choose(d, to_positive, negatives):
        farther = np.flatnonzero(d > to_positive)
        if len(farther):
            return farther[np.argmin(d[farther])]
        return negatives[np.argmax(d[negatives])]

    return _mine(d, y, choose)


def anchor_as_its_own_positive(d, y):
    return _mine(d, y, _semi, itself=True)


# 10.3


def _circle(s_p, s_n, m, gamma, **change):
    """The right answer, but for what `change` says."""
    a_p, a_n = np.maximum(1 + m - s_p, 0), np.maximum(s_n + m, 0)
    a_p, a_n = change.get("weights", lambda p, n: (p, n))(a_p, a_n)
    at_p, at_n = change.get("thresholds", (1 - m, m))
    z_p, z_n = -gamma * a_p * (s_p - at_p), gamma * a_n * (s_n - at_n)
    lse_p, lse_n = np.logaddexp.reduce(z_p), np.logaddexp.reduce(z_n)
    loss = np.logaddexp(0, lse_p + lse_n)
    z = 1.0 if change.get("no_z") else np.exp(lse_p + lse_n - loss)
    pi_p, pi_n = np.exp(z_p - lse_p), np.exp(z_n - lse_n)
    if change.get("no_pi"):
        pi_p, pi_n = np.ones_like(pi_p), np.ones_like(pi_n)
    by_p, by_n = -gamma * a_p, gamma * a_n
    if change.get("moving"):
        by_p, by_n = 2 * gamma * (s_p - 1), 2 * gamma * s_n * (s_n > -m)
    if change.get("no_alpha"):
        by_p, by_n = -gamma * np.ones_like(s_p), gamma * np.ones_like(s_n)
    if change.get("no_gamma"):
        by_p, by_n = -a_p, a_n
    return loss, z * pi_p * by_p, z * pi_n * by_n


def one_softmax_for_both(s_p, s_n, m, gamma):
    a_p, a_n = np.maximum(1 + m - s_p, 0), np.maximum(s_n + m, 0)
    z_p, z_n = -gamma * a_p * (s_p - 1 + m), gamma * a_n * (s_n - m)
    both = np.concatenate([z_p, z_n])
    loss, _, _ = _circle(s_p, s_n, m, gamma)
    share = np.exp(both - np.logaddexp.reduce(both)) * np.exp(
        np.logaddexp.reduce(z_p) + np.logaddexp.reduce(z_n) - loss
    )
    return loss, -gamma * a_p * share[: len(s_p)], gamma * a_n * share[len(s_p) :]


def slopes_of_positives_turned_round(s_p, s_n, m, gamma):
    loss, by_p, by_n = _circle(s_p, s_n, m, gamma)
    return loss, -by_p, by_n


def slopes_exchanged(s_p, s_n, m, gamma):
    loss, by_p, by_n = _circle(s_p, s_n, m, gamma)
    return loss, by_n, by_p


def weights_move(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, moving=True)


def z_forgotten(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, no_z=True)


def softmax_forgotten(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, no_pi=True)


def alpha_left_out_of_the_slopes(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, no_alpha=True)


def gamma_left_out_of_the_slopes(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, no_gamma=True)


def weights_not_clipped(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, weights=lambda *_: (1 + m - s_p, s_n + m))


def thresholds_exchanged(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, thresholds=(m, 1 - m))


def no_thresholds(s_p, s_n, m, gamma):
    return _circle(s_p, s_n, m, gamma, thresholds=(0.0, 0.0))


def weights_all_one(s_p, s_n, m, gamma):
    return _circle(
        s_p, s_n, m, gamma, weights=lambda p, n: (np.ones_like(p), np.ones_like(n))
    )


def circle_without_shift(s_p, s_n, m, gamma):
    a_p, a_n = np.maximum(1 + m - s_p, 0), np.maximum(s_n + m, 0)
    e_p, e_n = np.exp(-gamma * a_p * (s_p - 1 + m)), np.exp(gamma * a_n * (s_n - m))
    both = e_p.sum() * e_n.sum()
    z = both / (1 + both)
    return (
        np.log(1 + both),
        -z * gamma * a_p * e_p / e_p.sum(),
        z * gamma * a_n * e_n / e_n.sum(),
    )


# 10.4


def _exponents(s_p, s_n, m, gamma):
    return (gamma * (s_n[:, None] - s_p + m)).ravel()


def one_forgotten(s_p, s_n, m, gamma):
    return np.logaddexp.reduce(_exponents(s_p, s_n, m, gamma))


def hardest_pair_only(s_p, s_n, m, gamma):
    return np.logaddexp(0, _exponents(s_p, s_n, m, gamma).max())


def mean_over_the_pairs(s_p, s_n, m, gamma):
    z = _exponents(s_p, s_n, m, gamma)
    return np.logaddexp(0, np.logaddexp.reduce(z) - np.log(len(z)))


def one_in_every_pair(s_p, s_n, m, gamma):
    return np.sum(np.logaddexp(0, _exponents(s_p, s_n, m, gamma)))


def margin_not_scaled(s_p, s_n, m, gamma):
    return np.logaddexp(0, np.logaddexp.reduce(_exponents(s_p, s_n, m / gamma, gamma)))


def unified_margin_subtracted(s_p, s_n, m, gamma):
    return np.logaddexp(0, np.logaddexp.reduce(_exponents(s_p, s_n, -m, gamma)))


def similarities_exchanged(s_p, s_n, m, gamma):
    return np.logaddexp(0, np.logaddexp.reduce(_exponents(s_n, s_p, m, gamma)))


def unified_without_shift(s_p, s_n, m, gamma):
    return np.log1p(np.sum(np.exp(_exponents(s_p, s_n, m, gamma))))


def rounded_away(s_p, s_n, m, gamma):
    z = np.append(_exponents(s_p, s_n, m, gamma), 0)
    return z.max() + np.log(np.sum(np.exp(z - z.max())))


# 10.5


def _am(c, y, m, s, target=0.0):
    z = s * c
    rows = np.arange(len(y))
    z[rows, y] = s * (c[rows, y] - m + target)
    return np.logaddexp.reduce(z, axis=1) - z[rows, y]


def target_among_the_negatives(c, y, m, s):
    own = c[np.arange(len(y)), y][:, None]
    return np.logaddexp(0, np.logaddexp.reduce(s * (c - own + m), axis=1))


def am_margin_forgotten(c, y, m, s):
    return _am(c, y, 0.0, s)


def am_margin_added(c, y, m, s):
    return _am(c, y, -m, s)


def scale_forgotten(c, y, m, s):
    return _am(c, y, m, 1.0)


def scale_in_the_cosines_too(c, y, m, s):
    return _am(s * c, y, m, s)


def am_exchanged(c, y, m, s):
    losses = []
    for row, label in zip(c, y, strict=True):
        z = s * (row[label] - np.delete(row, label) + m)
        losses.append(np.logaddexp(0, np.logaddexp.reduce(z)))
    return np.array(losses)


def divided_by_the_scale(c, y, m, s):
    return _am(c, y, m, s) / s


def hardest_class_only(c, y, m, s):
    own = c[np.arange(len(y)), y]
    others = np.where(np.arange(c.shape[1]) == y[:, None], -np.inf, c)
    return np.logaddexp(0, s * (others.max(axis=1) - own + m))


# 10.6


def gamma_without_the_one(positives, negatives, error):
    return np.log(positives * negatives) / error


def sum_for_product(positives, negatives, error):
    return np.log(positives + negatives + 1) / error


def no_logarithm(positives, negatives, error):
    return (positives * negatives + 1) / error


def times_the_error(positives, negatives, error):
    return np.log(positives * negatives + 1) * error


def decimal_logarithm(positives, negatives, error):
    return np.log10(positives * negatives + 1) / error


def error_of_the_loss(positives, negatives, error):
    return np.log(positives * negatives + 1) + 0 * error


MISCONCEPTIONS = (
    Misconception(
        "10.1",
        "squared distances",
        "These are the gradients of the squared distances, 2(a − p) and 2(a − n). Those"
        " of the distances themselves are unit vectors, and the bracket holds"
        " distances, too.",
        squared_distances,
    ),
    Misconception(
        "10.1",
        "not divided by the distance",
        "You left a − p and a − n at their full lengths. The gradient of a length is a"
        " vector of length 1: divide by the distance.",
        not_divided_by_the_distance,
    ),
    Misconception(
        "10.1",
        "direction of the step",
        "All your gradients have the opposite sign. They point the way that the points"
        " should go; a gradient points uphill, and the step is against it.",
        uphill_for_downhill,
    ),
    Misconception(
        "10.1",
        "hinge forgotten",
        "You pull at every triplet. Where |a − p| − |a − n| + m is not above 0 the loss"
        " is 0, and so are its gradients.",
        hinge_forgotten,
    ),
    Misconception(
        "10.1",
        "margin forgotten",
        "You switch the hinge off as soon as the negative is farther than the positive."
        " It has to be farther by m: the bracket holds + m.",
        margin_forgotten,
    ),
    Misconception(
        "10.1",
        "margin subtracted",
        "Your bracket has − m. A margin asks for more than a win, so it makes the"
        " bracket larger: |a − p| − |a − n| + m.",
        margin_subtracted,
    ),
    Misconception(
        "10.1",
        "0/0 at coincident points",
        "Where two points coincide you divide 0 by 0. The distance has the tip of a"
        " cone there; take 0, which prefers no direction.",
        zero_over_zero,
    ),
    Misconception(
        "10.1",
        "an epsilon beside the distance",
        "You add an epsilon to the distance. It avoids 0/0, and shortens the gradient"
        " of every pair that is near: divide by the distance itself, and by 1 where it"
        " is 0.",
        epsilon_beside_the_distance,
    ),
    Misconception(
        "10.1",
        "lengths of the columns",
        "Your lengths are taken over axis 0, down the columns. A distance belongs to a"
        " row: axis=1.",
        lengths_of_the_columns,
    ),
    Misconception(
        "10.1",
        "results exchanged",
        "You return (da, dn, dp). Asked is (da, dp, dn).",
        results_exchanged,
    ),
    Misconception(
        "10.1",
        "positive and negative exchanged",
        "You take the positive for the negative, so the anchor is drawn to the wrong"
        " one: the bracket is |a − p| − |a − n| + m.",
        partners_exchanged,
    ),
    Misconception(
        "10.1",
        "anchor held still",
        "You give the anchor no gradient. It is at one end of both distances, and gets"
        " the opposite of what its two partners get together.",
        anchor_held_still,
    ),
    Misconception(
        "10.1",
        "mean for sum",
        "You divide by the number of triplets. Asked is the sum over them; the mean is"
        " taken elsewhere.",
        mean_for_sum,
    ),
    Misconception(
        "10.2",
        "place in the selection",
        "argmin and argmax tell the place within what was selected. Look up there which"
        " sample of the batch it is.",
        place_in_the_selection,
    ),
    Misconception(
        "10.2",
        "0 for none",
        "Where j is no positive of i you leave 0, which is the number of a sample. Fill"
        " with −1.",
        zero_for_none,
    ),
    Misconception(
        "10.2",
        "rows and columns exchanged",
        "Your answer is transposed: the row is the anchor i, the column its"
        " positive j.",
        rows_and_columns_exchanged,
    ),
    Misconception(
        "10.2",
        "nearest negative",
        "You take the nearest negative of all. That is hard mining; semi-hard asks for"
        " the nearest of those that are farther than the positive.",
        nearest_negative,
    ),
    Misconception(
        "10.2",
        "farthest negative",
        "You always take the farthest negative. It is only what remains if no negative"
        " is farther than the positive; else take the nearest that is.",
        farthest_negative,
    ),
    Misconception(
        "10.2",
        "no fallback",
        "You return −1 where no negative is farther than the positive. There the"
        " farthest negative is taken.",
        no_fallback,
    ),
    Misconception(
        "10.2",
        "nearest as fallback",
        "Where no negative is farther than the positive you take the nearest one."
        " Wanted is the farthest, which comes closest to being semi-hard.",
        nearest_for_fallback,
    ),
    Misconception(
        "10.2",
        "nearer for farther",
        "You look among the negatives that are nearer than the positive. Those are the"
        " hard ones; semi-hard ones have d[i, k] > d[i, j].",
        nearer_for_farther,
    ),
    Misconception(
        "10.2",
        "negatives of the own class",
        "You choose among all samples that are farther. A negative must have another"
        " label than the anchor.",
        of_any_class,
    ),
    Misconception(
        "10.2",
        "anchor as its own positive",
        "You give an anchor a pair with itself. Its distance to itself is 0 whatever"
        " the network does: the diagonal is −1.",
        anchor_as_its_own_positive,
    ),
    Misconception(
        "10.3",
        "one softmax for both",
        "You take one softmax over positives and negatives together. Each kind has a"
        " log-sum-exp of its own, and so a softmax of its own.",
        one_softmax_for_both,
    ),
    Misconception(
        "10.3",
        "slopes by s_p with the wrong sign",
        "Your slopes by s_p are above 0. A positive that comes nearer lowers the loss:"
        " minus.",
        slopes_of_positives_turned_round,
    ),
    Misconception(
        "10.3",
        "slopes exchanged",
        "You return the slopes by s_n before those by s_p.",
        slopes_exchanged,
    ),
    Misconception(
        "10.3",
        "weights move",
        "You differentiated the weights, too. The paper holds them still, so that a"
        " pair is pulled in proportion to its weight: γ a_n, not 2γ s_n.",
        weights_move,
    ),
    Misconception(
        "10.3",
        "Z forgotten",
        "The factor Z is missing in your slopes. It is the derivative of log(1 + e^v),"
        " the logistic function of v, and lets an anchor rest that is done.",
        z_forgotten,
    ),
    Misconception(
        "10.3",
        "softmax forgotten",
        "Every pair gets its full slope. A log-sum-exp passes on the softmax of its"
        " exponents: the shares π of all positives add up to 1, and so do those of the"
        " negatives.",
        softmax_forgotten,
    ),
    Misconception(
        "10.3",
        "weights missing in the slopes",
        "The weights a_p and a_n are missing in your slopes. Held still, they are"
        " constant factors of s in the exponents, and so factors of the derivative.",
        alpha_left_out_of_the_slopes,
    ),
    Misconception(
        "10.3",
        "γ missing in the slopes",
        "γ is missing in your slopes. It is a factor of s in the exponents.",
        gamma_left_out_of_the_slopes,
    ),
    Misconception(
        "10.3",
        "weights below zero",
        "You let the weights become negative. A negative pair below −m is far enough: ["
        " ]_+ makes its weight 0.",
        weights_not_clipped,
    ),
    Misconception(
        "10.3",
        "thresholds exchanged",
        "You exchanged the thresholds. Positives should come above 1 − m, negatives"
        " stay below m.",
        thresholds_exchanged,
    ),
    Misconception(
        "10.3",
        "thresholds left out",
        "Your exponents are γ a s without thresholds. Wanted are s_n − m and s_p − (1"
        " − m).",
        no_thresholds,
    ),
    Misconception(
        "10.3",
        "all weights 1",
        "You left the weights out altogether. They are what makes the boundary a"
        " circle: a_p = [1 + m − s_p]_+ and a_n = [s_n + m]_+.",
        weights_all_one,
    ),
    Misconception(
        "10.3",
        "exp without shift",
        "You exponentiate as it is. With a large γ the exponents reach hundreds, and"
        " e^710 is no float64: take the largest out of each sum, or use np.logaddexp.",
        circle_without_shift,
    ),
    Misconception(
        "10.4",
        "1 forgotten",
        "The 1 in the logarithm is missing. It is what makes this a soft hinge: without"
        " it the loss goes below 0 and never rests.",
        one_forgotten,
    ),
    Misconception(
        "10.4",
        "hardest pair only",
        "You keep the largest exponent only. That is the limit for large γ; the loss is"
        " the sum over all pairs.",
        hardest_pair_only,
    ),
    Misconception(
        "10.4",
        "mean over the pairs",
        "You take the mean of the exponentials. Wanted is their sum.",
        mean_over_the_pairs,
    ),
    Misconception(
        "10.4",
        "a 1 in every pair",
        "You sum log(1 + e^z) over the pairs. The sum stands inside, and there is one 1"
        " for all of them: log(1 + Σ e^z).",
        one_in_every_pair,
    ),
    Misconception(
        "10.4",
        "margin not scaled",
        "You add m outside of γ( ). The margin is a difference of cosines, and is"
        " scaled with them: γ (s_n − s_p + m).",
        margin_not_scaled,
    ),
    Misconception(
        "10.4",
        "margin subtracted",
        "You subtract the margin. It makes the task harder, so it adds to the exponent:"
        " s_n − s_p + m.",
        unified_margin_subtracted,
    ),
    Misconception(
        "10.4",
        "similarities exchanged",
        "You exchanged s_p and s_n. The loss must fall where positives come nearer: s_n"
        " − s_p.",
        similarities_exchanged,
    ),
    Misconception(
        "10.4",
        "exp without shift",
        "You exponentiate as it is, and e^710 is no float64. Take the largest exponent"
        " out of the sum, or use np.logaddexp.",
        unified_without_shift,
    ),
    Misconception(
        "10.4",
        "rounded away",
        "You add the 1 to a sum that is far smaller, and it disappears. Keep the 1"
        " apart and use np.log1p, or np.logaddexp(0, ...) at the end.",
        rounded_away,
    ),
    Misconception(
        "10.5",
        "target among the negatives",
        "You have the own class among the negatives, too. Its pair is the positive one;"
        " only the C − 1 other classes are negatives.",
        target_among_the_negatives,
    ),
    Misconception(
        "10.5",
        "margin forgotten",
        "You left the margin out. `unified_loss` takes it as it is: the m of both"
        " losses is the same.",
        am_margin_forgotten,
    ),
    Misconception(
        "10.5",
        "margin added",
        "Your margin helps the sample. s_n − s_p + m is s_n − (s_p − m): the target"
        " cosine is lowered by m.",
        am_margin_added,
    ),
    Misconception(
        "10.5",
        "scale forgotten",
        "You left γ at 1. It is the scale s of AM-Softmax.",
        scale_forgotten,
    ),
    Misconception(
        "10.5",
        "scaled twice",
        "You scaled the cosines and then set γ = s, so that s acts twice. Give"
        " `unified_loss` the cosines as they are.",
        scale_in_the_cosines_too,
    ),
    Misconception(
        "10.5",
        "pairs exchanged",
        "You exchanged the pairs. The own class is the positive, the others are the"
        " negatives.",
        am_exchanged,
    ),
    Misconception(
        "10.5",
        "divided by the scale",
        "You divided by s. L/γ is the form that tends to the hinge; AM-Softmax is L"
        " itself.",
        divided_by_the_scale,
    ),
    Misconception(
        "10.5",
        "hardest class only",
        "You took the nearest other class only. All C − 1 of them are negatives.",
        hardest_class_only,
    ),
    Misconception(
        "10.6",
        "1 forgotten",
        "You have log(P·Q). The 1 in the logarithm is one term more: log(P·Q + 1). With"
        " one pair yours is 0, and no γ is that sharp.",
        gamma_without_the_one,
    ),
    Misconception(
        "10.6",
        "sum for product",
        "You counted P + Q. Each positive meets each negative: P·Q pairs.",
        sum_for_product,
    ),
    Misconception(
        "10.6",
        "no logarithm",
        "The logarithm is missing. P·Q + 1 equal terms of e^0 have the sum P·Q + 1, and"
        " L is its logarithm.",
        no_logarithm,
    ),
    Misconception(
        "10.6",
        "times the error",
        "You multiplied by the error. A smaller error needs a larger γ: divide.",
        times_the_error,
    ),
    Misconception(
        "10.6",
        "logarithm to the base 10",
        "You used log10. The loss is a natural logarithm.",
        decimal_logarithm,
    ),
    Misconception(
        "10.6",
        "error of L for that of L/γ",
        "You return what L exceeds γ[h]_+ by at most. That of L/γ is smaller by the"
        " factor γ; set it equal to the error and solve.",
        error_of_the_loss,
    ),
)
