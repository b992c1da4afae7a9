"""Wrong answers of chapter 6, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _inverse(lengths):
    return np.where(lengths == 0, 0, 1 / np.where(lengths == 0, 1, lengths))


def _lengths(a):
    return np.linalg.norm(a, axis=1, keepdims=True)


def _unit(a):
    return a * _inverse(_lengths(a))


def _psi_and_rho(theta, m):
    k = np.minimum(np.floor(m * theta / np.pi), m - 1)
    sign = 1 - 2 * (k % 2)
    return sign * np.cos(m * theta) - 2 * k, sign * m * np.sin(m * theta)


# 06.1


def lengths_of_w_kept(x, w):
    return x @ w.T


def cosines_only(x, w):
    return _unit(x) @ _unit(w).T


def columns_normalised(x, w):
    return x @ (w / np.linalg.norm(w, axis=0)).T


def one_length_for_all(x, w):
    return x @ w.T / np.linalg.norm(w)


def divided_twice(x, w):
    return x @ (_unit(w) * _inverse(_lengths(w))).T


def zero_over_zero(x, w):
    return x @ (w / _lengths(w)).T


def epsilon_beside_the_length(x, w):
    return x @ (w / (_lengths(w) + w.dtype.type(1e-12))).T


# 06.2


def no_projection(d, w):
    return d * _inverse(_lengths(w))


def length_forgotten(d, w):
    unit = _unit(w)
    return np.where(
        _lengths(w) == 0, 0, d - np.sum(d * unit, axis=1, keepdims=True) * unit
    )


def multiplied_by_the_length(d, w):
    return length_forgotten(d, w) * _lengths(w)


def projected_with_w(d, w):
    return (d - np.sum(d * w, axis=1, keepdims=True) * w) * _inverse(_lengths(w))


def unit_forgotten_once(d, w):
    return (d - np.sum(d * w, axis=1, keepdims=True) * _unit(w)) * _inverse(_lengths(w))


def along_for_across(d, w):
    unit = _unit(w)
    return np.sum(d * unit, axis=1, keepdims=True) * unit * _inverse(_lengths(w))


def direction_of_zero(d, w):
    unit = w / _lengths(w)
    return (d - np.sum(d * unit, axis=1, keepdims=True) * unit) / _lengths(w)


# 06.3


def _own_cosine(x, w, y):
    return np.sum(_unit(x) * _unit(w)[y], axis=1)


def _with_target(x, w, y, target):
    z = x @ _unit(w).T
    z[np.arange(len(y)), y] = target
    return z


def margin_everywhere(x, w, y, m):
    theta = np.arccos(np.clip(_unit(x) @ _unit(w).T, -1, 1))
    return _lengths(x) * _psi_and_rho(theta, m)[0]


def forgotten_2k(x, w, y, m):
    theta = np.arccos(np.clip(_own_cosine(x, w, y), -1, 1))
    k = np.minimum(np.floor(m * theta / np.pi), m - 1)
    return _with_target(
        x, w, y, _lengths(x)[:, 0] * (1 - 2 * (k % 2)) * np.cos(m * theta)
    )


def cosine_of_m_theta(x, w, y, m):
    theta = np.arccos(np.clip(_own_cosine(x, w, y), -1, 1))
    return _with_target(x, w, y, _lengths(x)[:, 0] * np.cos(m * theta))


def length_of_x_forgotten(x, w, y, m):
    theta = np.arccos(np.clip(_own_cosine(x, w, y), -1, 1))
    return _with_target(x, w, y, _psi_and_rho(theta, m)[0])


def length_of_w_in_the_target(x, w, y, m):
    theta = np.arccos(np.clip(_own_cosine(x, w, y), -1, 1))
    lengths = _lengths(x)[:, 0] * _lengths(w)[y, 0]
    return _with_target(x, w, y, lengths * _psi_and_rho(theta, m)[0])


def arccos_past_one(x, w, y, m):
    c = (x @ w.T)[np.arange(len(y)), y] / (_lengths(x)[:, 0] * _lengths(w)[y, 0])
    return _with_target(x, w, y, _lengths(x)[:, 0] * _psi_and_rho(np.arccos(c), m)[0])


def margin_taken_off(x, w, y, m):
    c = _own_cosine(x, w, y)
    return _with_target(x, w, y, _lengths(x)[:, 0] * (c - (m - 1)))


# 06.4


def _backward(x, w, y, m, g, **changed):
    """The right gradient, but for what `changed` says."""
    rows = np.arange(len(y))
    w_hat, x_hat, lengths = _unit(w), _unit(x), _lengths(x)
    own = w_hat[y]
    c = np.sum(x_hat * own, axis=1, keepdims=True)
    across_x, across_w = own - c * x_hat, x_hat - c * own
    sine = _lengths(across_x)
    psi, rho = _psi_and_rho(np.arctan2(sine, c), m)
    rho = rho * changed.get("rho", 1)
    slope = rho / sine if changed.get("unguarded") else rho * _inverse(sine)
    if changed.get("straight_through"):
        psi, slope = c, np.ones_like(c)
    others, at_target = g.copy(), g[rows, y][:, None]
    others[rows, y] = 0
    dx = others @ (w if changed.get("with_w") else w_hat)
    dx = dx + at_target * (psi * x_hat + slope * across_x)
    if changed.get("project_x"):
        dx = dx - np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat
    if changed.get("straight_w"):
        psi, slope = c, np.ones_like(c)
    part = (
        at_target
        * (1 if changed.get("no_length") else lengths)
        * (psi * own + slope * across_w)
    )
    dw = others.T @ x
    if changed.get("last_only"):
        dw[y] += part
    else:
        np.add.at(dw, y, part)
    finish = changed.get("finish")
    if finish is not None:
        return dx, finish(dw, w)
    return dx, (dw - np.sum(dw * w_hat, axis=1, keepdims=True) * w_hat) * _inverse(
        _lengths(w)
    )


def published_dw(x, w, y, m, g):
    return _backward(x, w, y, m, g)[0], g.T @ x


def margin_without_gradient(x, w, y, m, g):
    return _backward(x, w, y, m, g, straight_through=True)


def margin_missing_in_dw(x, w, y, m, g):
    return _backward(x, w, y, m, g, straight_w=True)


def no_projection_of_dw(x, w, y, m, g):
    return _backward(x, w, y, m, g, finish=no_projection)


def length_of_w_forgotten(x, w, y, m, g):
    return _backward(x, w, y, m, g, finish=length_forgotten)


def rho_turned_round(x, w, y, m, g):
    return _backward(x, w, y, m, g, rho=-1)


def m_left_out_of_rho(x, w, y, m, g):
    return _backward(x, w, y, m, g, rho=1 / m)


def x_projected_too(x, w, y, m, g):
    return _backward(x, w, y, m, g, project_x=True)


def w_for_unit_w(x, w, y, m, g):
    return _backward(x, w, y, m, g, with_w=True)


def length_of_x_left_out_of_dw(x, w, y, m, g):
    return _backward(x, w, y, m, g, no_length=True)


def last_sample_only(x, w, y, m, g):
    return _backward(x, w, y, m, g, last_only=True)


def divided_by_a_sine_of_zero(x, w, y, m, g):
    return _backward(x, w, y, m, g, unguarded=True)


# 06.5


def _edges(gap, m):
    return gap / (m + 1), np.minimum(gap / (m - 1), (2 * np.pi - gap) / (m + 1))


def one_side_only(gap, m):
    near, _ = _edges(gap, m)
    return near, gap - 2 * near


def both_sides_alike(gap, m):
    near, _ = _edges(gap, m)
    return 2 * near, gap - 2 * near


def not_round_the_back(gap, m):
    near, _ = _edges(gap, m)
    return near + gap / (m - 1), gap - 2 * near


def half_the_gap_over_m(gap, m):
    _, far = _edges(gap, m)
    near = gap / (2 * m)
    return near + far, gap - 2 * near


def one_class_only(gap, m):
    near, far = _edges(gap, m)
    return near + far, gap - near


# 06.6


def always_the_ring(gap, neighbours):
    return 3.0


def always_two_classes(gap, neighbours):
    return min(2 + np.sqrt(3.0), 1 + 2 * np.pi / gap)


def wrong_root(gap, neighbours):
    return 3.0 if neighbours == 2 else 2 - np.sqrt(3.0)


def opposite_forgotten(gap, neighbours):
    return 3.0 if neighbours == 2 else 2 + np.sqrt(3.0)


def next_integer(gap, neighbours):
    return float(np.ceil(3.0 if neighbours == 2 else always_two_classes(gap, 1)))


def half_of_the_class(gap, neighbours):
    return 2.0


MISCONCEPTIONS = (
    Misconception(
        "06.1",
        "length of w kept",
        "Your logits grow with the length of w_j. A-Softmax divides by it: a class must"
        " not win because its vector is long.",
        lengths_of_w_kept,
    ),
    Misconception(
        "06.1",
        "x normalised too",
        "You normalise x as well, and so return cosines. In A-Softmax only w has length"
        " 1; the logit is |x| cos θ. (AM-Softmax and ArcFace, the next chapters,"
        " normalise both.)",
        cosines_only,
    ),
    Misconception(
        "06.1",
        "columns normalised",
        "You normalise the columns of w. A class vector is a row: the lengths are taken"
        " over axis 1. (Code that keeps w as (D, C) normalises over axis 0.)",
        columns_normalised,
    ),
    Misconception(
        "06.1",
        "one length for all",
        "You divide by one number, the norm of the whole matrix: np.linalg.norm(w)"
        " without an axis. Each class has a length of its own.",
        one_length_for_all,
    ),
    Misconception(
        "06.1",
        "divided twice",
        "You divide by |w_j|². Once is enough: np.linalg.norm is the root already.",
        divided_twice,
    ),
    Misconception(
        "06.1",
        "zero divided by zero",
        "For a row of zeros in w you divide 0 by 0. It has no angle, and its logits"
        " are 0.",
        zero_over_zero,
    ),
    Misconception(
        "06.1",
        "epsilon beside the length",
        "You add a small number to the length of w_j. Where w_j is short it is no"
        " longer small beside it; divide by 1 where the length is 0, and add nothing.",
        epsilon_beside_the_length,
    ),
    Misconception(
        "06.2",
        "no projection",
        "You divide by |w| and leave the part along w. Making w longer does not move ŵ"
        " at all, so that part must go: w·dw = 0.",
        no_projection,
    ),
    Misconception(
        "06.2",
        "length forgotten",
        "Your direction is right, the size is not: divide by |w|. A step of one size"
        " turns a long vector less than a short one.",
        length_forgotten,
    ),
    Misconception(
        "06.2",
        "multiplied by the length",
        "You multiply by |w| where ŵ = w/|w| asks for a division: a long vector turns"
        " less.",
        multiplied_by_the_length,
    ),
    Misconception(
        "06.2",
        "projected with w",
        "You project with w, whose length is not 1. d − (d·ŵ) ŵ needs ŵ both times;"
        " with w, divide by |w|².",
        projected_with_w,
    ),
    Misconception(
        "06.2",
        "unit vector forgotten once",
        "In (d·ŵ) ŵ one of your two vectors is w and not ŵ, so the part along w is"
        " taken off |w| times.",
        unit_forgotten_once,
    ),
    Misconception(
        "06.2",
        "along for across",
        "You keep the part along w and drop the rest. It is the other way round: only"
        " the part across w turns it.",
        along_for_across,
    ),
    Misconception(
        "06.2",
        "direction of a row of zeros",
        "For a row of zeros you divide 0 by 0. It has no direction; its gradient is 0.",
        direction_of_zero,
    ),
    Misconception(
        "06.3",
        "margin in every class",
        "You put ψ into all logits. The margin makes it harder for the right class"
        " only, so it is the entries (i, y_i) that change.",
        margin_everywhere,
    ),
    Misconception(
        "06.3",
        "forgotten 2k",
        "You left out −2k. Without it ψ zigzags between 1 and −1 instead of falling.",
        forgotten_2k,
    ),
    Misconception(
        "06.3",
        "cos mθ alone",
        "You use cos mθ for every angle. That is ψ only up to π/m; beyond it the cosine"
        " rises again.",
        cosine_of_m_theta,
    ),
    Misconception(
        "06.3",
        "length of x forgotten",
        "Your target logit is ψ alone, the others are |x| cos θ. ψ takes the place of"
        " the cosine, and |x| stays before it.",
        length_of_x_forgotten,
    ),
    Misconception(
        "06.3",
        "length of w in the target",
        "Your target logit is |w| |x| ψ, that of L-Softmax. Here every class vector has"
        " length 1, the target's too.",
        length_of_w_in_the_target,
    ),
    Misconception(
        "06.3",
        "arccos past 1",
        "You take the arccos of a quotient that rounding can push past 1, or of 0/0 for"
        " a row of zeros. Both are NaN: clip it to [−1, 1], and mind |x| = 0.",
        arccos_past_one,
    ),
    Misconception(
        "06.3",
        "margin taken off the cosine",
        "You subtract from the cosine. That is the margin of AM-Softmax; here m"
        " multiplies the angle.",
        margin_taken_off,
    ),
    Misconception(
        "06.4",
        "the published dw",
        "Your dw is g' x, as in the authors' released layer, for every m. It is not the"
        " gradient: the margin is missing, and so is the way through |w|, a projection"
        " and a division.",
        published_dw,
    ),
    Misconception(
        "06.4",
        "margin without a gradient",
        "Your gradient is the one of m = 1, as if the margin were a constant that is"
        " added. ψ changes with the angle: use ψ x̂ + ρ t_x for the target.",
        margin_without_gradient,
    ),
    Misconception(
        "06.4",
        "margin missing in dw",
        "Your dx is right, and dw is that of m = 1. The target logit pulls at w, too:"
        " |x| ρ t_w.",
        margin_missing_in_dw,
    ),
    Misconception(
        "06.4",
        "dw not projected",
        "You divide dw by |w| and leave the part along w. Through ŵ only the part"
        " across w acts: use your `through_the_length`.",
        no_projection_of_dw,
    ),
    Misconception(
        "06.4",
        "dw not divided by the length",
        "You projected dw, but did not divide by |w|: use your `through_the_length`.",
        length_of_w_forgotten,
    ),
    Misconception(
        "06.4",
        "ρ with the wrong sign",
        "Your tangential part has the other sign. ρ = −dψ/dθ is not negative, and t_x"
        " leads toward ŵ.",
        rho_turned_round,
    ),
    Misconception(
        "06.4",
        "m left out of ρ",
        "The factor m of ρ is missing: the derivative of cos mθ by θ is −m sin mθ.",
        m_left_out_of_rho,
    ),
    Misconception(
        "06.4",
        "x projected too",
        "You took from dx its part along x. x is not normalised in A-Softmax: its"
        " length is in the logits, and x·dx is not 0.",
        x_projected_too,
    ),
    Misconception(
        "06.4",
        "w for ŵ",
        "The other classes add g_ij w_j to your dx. Their logits are x·ŵ_j, so it is"
        " ŵ_j.",
        w_for_unit_w,
    ),
    Misconception(
        "06.4",
        "length of x left out of dw",
        "The target's part of your dw lacks |x|. The logit is |x| ψ, so by ŵ the factor"
        " |x| stays.",
        length_of_x_left_out_of_dw,
    ),
    Misconception(
        "06.4",
        "last sample only",
        "Where several samples have one class, only the last one pulls at its row:"
        " `dw[y] += ...` writes once for every label. Use np.add.at(dw, y, ...).",
        last_sample_only,
    ),
    Misconception(
        "06.4",
        "divided by a sine of 0",
        "You divide by sin θ, which is 0 where x lies along w or against it. ρ is 0"
        " there as well; take the tangent as 0.",
        divided_by_a_sine_of_zero,
    ),
    Misconception(
        "06.5",
        "one side only",
        "Your width is that of one side. A class reaches to both sides of its vector,"
        " and farther on the side away from the other class.",
        one_side_only,
    ),
    Misconception(
        "06.5",
        "both sides alike",
        "You take both sides of the class as equal. Away from the other class θ2 grows"
        " with θ1, so the edge is farther out: m θ1 = gap + θ1.",
        both_sides_alike,
    ),
    Misconception(
        "06.5",
        "not round the back",
        "On the far side you use θ2 = gap + θ1 for every angle. No angle is above π:"
        " for nearly opposite classes the other one comes nearer round the back, 2π −"
        " θ1 − gap.",
        not_round_the_back,
    ),
    Misconception(
        "06.5",
        "half the gap over m",
        "You divide half the gap by m. At the edge m θ1 = θ2, and θ2 is not half the"
        " gap but gap − θ1; so θ1 = gap/(m + 1).",
        half_the_gap_over_m,
    ),
    Misconception(
        "06.5",
        "one class only",
        "Between the classes you take off one of the two edges. Each class ends before"
        " the other begins: gap − 2 gap/(m + 1).",
        one_class_only,
    ),
    Misconception(
        "06.6",
        "always the ring",
        "You answer 3 for two classes as well. A class with one neighbour is wider on"
        " its far side, so two classes need more.",
        always_the_ring,
    ),
    Misconception(
        "06.6",
        "always two classes",
        "You answer for two classes in a ring of many as well. With a neighbour on"
        " either side a class is narrower, 2 gap/(m + 1), and a smaller m is enough.",
        always_two_classes,
    ),
    Misconception(
        "06.6",
        "the other root",
        "You took the root 2 − √3, which is below 1 and no margin at all. The other one"
        " is 2 + √3.",
        wrong_root,
    ),
    Misconception(
        "06.6",
        "opposite classes forgotten",
        "You answer 2 + √3 for every gap. Nearly opposite classes are narrower, since"
        " the other one comes round the back: for gap above 0.73π the bound is 1 +"
        " 2π/gap.",
        opposite_forgotten,
    ),
    Misconception(
        "06.6",
        "the next integer",
        "You rounded up. The paper needs an integer for its ψ, but here the bound"
        " itself is asked.",
        next_integer,
    ),
    Misconception(
        "06.6",
        "half of the class",
        "You compare one side of a class with the distance: gap/(m + 1) against (m − 1)"
        " gap/(m + 1) gives 2. The two features farthest apart stand on both sides of"
        " the class vector.",
        half_of_the_class,
    ),
)
