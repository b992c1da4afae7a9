"""Wrong answers of chapter 8, each with the sentence for whoever gave it."""

import math

import numpy as np

from grader.engine.task import Misconception


def _lengths(a):
    return np.linalg.norm(a, axis=1, keepdims=True)


def _unit(a):
    lengths = _lengths(a)
    return a / np.where(lengths == 0, 1, lengths)


def _cosine(x, w):
    return np.sum(_unit(x) * _unit(w), axis=1)


def _angle(x, w):
    c = _cosine(x, w)
    sine = np.linalg.norm(_unit(w) - c[:, None] * _unit(x), axis=1)
    none = np.all(x == 0, axis=1) | np.all(w == 0, axis=1)
    return c, np.where(none, np.ones_like(sine), sine)


# 08.1


def sine_from_the_cosine(x, w):
    c = _cosine(x, w)
    return c, np.sqrt(np.maximum(1 - c * c, 0))


def sine_with_an_epsilon(x, w):
    c = _cosine(x, w)
    return c, np.sqrt(np.maximum(1 - c * c, 0) + 1e-6)


def chord_for_sine(x, w):
    none = np.all(x == 0, axis=1) | np.all(w == 0, axis=1)
    chord = np.linalg.norm(_unit(x) - _unit(w), axis=1)
    return _cosine(x, w), np.where(none, np.ones_like(chord), chord)


def angle_for_sine(x, w):
    c, sine = _angle(x, w)
    return c, np.arctan2(sine, c)


def sine_squared(x, w):
    c, sine = _angle(x, w)
    return c, sine * sine


def floored_sine(x, w):
    c, sine = _angle(x, w)
    return c, np.maximum(sine, 1e-6)


def w_not_normalised(x, w):
    c = _cosine(x, w)
    return c, np.linalg.norm(w - c[:, None] * _unit(x), axis=1)


def inner_product_for_cosine(x, w):
    c = np.sum(x * w, axis=1)
    return c, np.linalg.norm(_unit(w) - c[:, None] * _unit(x), axis=1)


def least_length(x, w):
    x_hat, w_hat = (a / np.maximum(_lengths(a), 1e-12) for a in (x, w))
    c = np.sum(x_hat * w_hat, axis=1)
    sine = np.linalg.norm(w_hat - c[:, None] * x_hat, axis=1)
    none = np.all(x == 0, axis=1) | np.all(w == 0, axis=1)
    return c, np.where(none, np.ones_like(sine), sine)


def zero_over_zero(x, w):
    x_hat, w_hat = x / _lengths(x), w / _lengths(w)
    c = np.sum(x_hat * w_hat, axis=1)
    return c, np.linalg.norm(w_hat - c[:, None] * x_hat, axis=1)


def zero_rows_at_no_angle(x, w):
    c, sine = _angle(x, w)
    none = np.all(x == 0, axis=1) | np.all(w == 0, axis=1)
    return c, np.where(none, np.zeros_like(sine), sine)


# 08.2


def _added(c, sine, m):
    cos_m, sin_m = math.cos(m), math.sin(m)
    return c * cos_m - sine * sin_m, sine * cos_m + c * sin_m


def _margin(
    c, sine, m, fallback, inner=_added, past=None, psi_past=None, rho_past=None
):
    """The right ψ and ρ, but for what is given."""
    psi, rho = inner(c, sine, m)
    if fallback == "none":
        return psi, rho
    if fallback == "linear":
        plain = c < -math.cos(m) if past is None else past
        other = c - m * math.sin(m) if psi_past is None else psi_past
    else:
        plain, other = c <= 0, c
    slope = sine if rho_past is None else rho
    return np.where(plain, other, psi), np.where(plain, slope, rho)


def through_the_arccos(c, sine, m, fallback):
    theta = np.arccos(c)
    psi, rho = np.cos(theta + m), np.sin(theta + m)
    if fallback == "none":
        return psi, rho
    plain = theta > math.pi - m if fallback == "linear" else theta >= math.pi / 2
    other = c - m * math.sin(m) if fallback == "linear" else c
    return np.where(plain, other, psi), np.where(plain, sine, rho)


def by_the_cosine(c, sine, m, fallback):
    psi, rho = _margin(c, sine, m, fallback)
    return psi, rho / sine


def in_degrees(c, sine, m, fallback):
    return _margin(c, sine, np.radians(m), fallback)


def linear_with_the_sine_alone(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, psi_past=c - math.sin(m))


def linear_everywhere(c, sine, m, fallback):
    past = None if fallback != "linear" else np.full(c.shape, np.any(c < -math.cos(m)))
    return _margin(c, sine, m, fallback, past=past)


def right_angle_with_the_margin(c, sine, m, fallback):
    if fallback != "easy":
        return _margin(c, sine, m, fallback)
    psi, rho = _added(c, sine, m)
    return np.where(c >= 0, psi, c), np.where(c >= 0, rho, sine)


def straight_through(c, sine, m, fallback):
    return _margin(c, sine, m, fallback)[0], sine.copy()


def margin_taken_off_the_angle(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, inner=lambda c, sine, m: _added(c, sine, -m))


def margin_on_the_cosine(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, inner=lambda c, sine, m: (c - m, sine))


def stopped_at_pi(c, sine, m, fallback):
    def inner(c, sine, m):
        psi, rho = _added(c, sine, m)
        past = c < -math.cos(m)
        return np.where(past, -1, psi), np.where(past, 0, rho)

    return _margin(c, sine, m, fallback, inner=inner)


def rho_turned_round(c, sine, m, fallback):
    psi, rho = _margin(c, sine, m, fallback)
    return psi, -rho


def fallback_left_out(c, sine, m, fallback):
    return _added(c, sine, m)


def rho_without_fallback(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, rho_past=True)


def linear_past_the_margin(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, past=c < math.cos(m))


def linear_with_m_alone(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, psi_past=c - m)


def linear_upward(c, sine, m, fallback):
    return _margin(c, sine, m, fallback, psi_past=c + m * math.sin(m))


def easy_turned_round(c, sine, m, fallback):
    if fallback != "easy":
        return _margin(c, sine, m, fallback)
    psi, rho = _added(c, sine, m)
    return np.where(c > 0, c, psi), np.where(c > 0, sine, rho)


# 08.3


def _cosines(x, w):
    return _unit(x) @ _unit(w).T


def _hot(w, y):
    return y[:, None] == np.arange(len(w))


def _with_target(x, w, y, s, psi):
    return s * np.where(_hot(w, y), psi[:, None], _cosines(x, w))


def _psi(x, w, y, m):
    return _added(*_angle(x, w[y]), m)[0]


def margin_everywhere(x, w, y, m, s):
    c = _cosines(x, w)
    theta = np.arccos(np.clip(c, -1, 1))
    return s * np.cos(theta + m)


def target_on_the_cosine(x, w, y, m, s):
    return _with_target(x, w, y, s, _cosine(x, w[y]) - m)


def target_nearer(x, w, y, m, s):
    return _with_target(x, w, y, s, _psi(x, w, y, -m))


def margin_in_degrees(x, w, y, m, s):
    return _with_target(x, w, y, s, _psi(x, w, y, math.radians(m)))


def margin_times_the_angle(x, w, y, m, s):
    c, sine = _angle(x, w[y])
    return _with_target(x, w, y, s, np.cos((1 + m) * np.arctan2(sine, c)))


def linear_in_place_of_none(x, w, y, m, s):
    return _with_target(x, w, y, s, _margin(*_angle(x, w[y]), m, "linear")[0])


def scale_left_out(x, w, y, m, s):
    return _with_target(x, w, y, 1, _psi(x, w, y, m))


def features_not_normalised(x, w, y, m, s):
    return _lengths(x) * _with_target(x, w, y, s, _psi(x, w, y, m))


def arccos_past_one(x, w, y, m, s):
    c = (
        np.sum(x * w[y], axis=1)
        / np.linalg.norm(x, axis=1)
        / np.linalg.norm(w[y], axis=1)
    )
    return _with_target(x, w, y, s, np.cos(np.arccos(c) + m))


# 08.4


def _backward(x, w, y, m, s, g, **changed):
    """The right gradient, but for what `changed` says."""
    rows = np.arange(len(y))
    x_hat, w_hat = _unit(x), _unit(w)
    c, sine = _angle(x, w[y])
    rho = changed.get("rho", lambda c, sine: _added(c, sine, m)[1])(c, sine)
    below = changed.get("sine", lambda c, sine: sine)(c, sine)
    known = below > changed.get("least", 4 * np.finfo(x.dtype).eps)
    slope = np.where(
        known,
        rho / np.where(known, below, 1),
        np.where(known, 0, changed.get("else", 0)),
    )
    others, own = g.copy(), w_hat[y]
    if not changed.get("twice"):
        others[rows, y] = 0
    if changed.get("target_only"):
        others[:] = 0
    dx = others @ (w if changed.get("with_w") else w_hat)
    toward = (w if changed.get("with_w") else w_hat)[y] - c[:, None] * x_hat
    if changed.get("unprojected"):
        toward = own
    elif not changed.get("others_unprojected"):
        dx = dx - np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat
    dx = dx + (g[rows, y] * slope)[:, None] * toward
    return (
        changed.get("scale", s) * dx / (1 if changed.get("no_length") else _lengths(x))
    )


def margin_without_gradient(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, rho=lambda c, sine: sine)


def divided_by_the_root(x, w, y, m, s, g):
    def sine(c, _):
        return np.sqrt(np.maximum(1 - c * c, 0))

    return _backward(x, w, y, m, s, g, sine=sine, least=0, **{"else": np.inf})


def with_an_epsilon(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, sine=lambda c, sine: sine + 1e-6)


def direction_of_rounding(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, least=0)


def tangent_not_of_length_one(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, sine=lambda c, sine: np.ones_like(sine), least=0)


def sign_of_rho(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, rho=lambda c, sine: -_added(c, sine, m)[1])


def margin_subtracted_in_rho(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, rho=lambda c, sine: _added(c, sine, -m)[1])


def no_projection(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, unprojected=True)


def others_not_projected(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, others_unprojected=True)


def target_counted_twice(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, twice=True)


def target_only(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, target_only=True)


def divided_by_n(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g / len(y))


def eps_of_float64(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, least=4 * np.finfo(np.float64).eps)


def length_left_out(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, no_length=True)


def scale_forgotten(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, scale=1)


def w_for_unit_w(x, w, y, m, s, g):
    return _backward(x, w, y, m, s, g, with_w=True)


MISCONCEPTIONS = (
    Misconception(
        "08.1",
        "sine from the cosine",
        "You take sqrt(1 − c²). At an angle of 1e-9 c is exactly 1, and the root is 0;"
        " where rounding makes c larger than 1 it is NaN. The length of ŵ − c x̂ keeps"
        " the digits.",
        sine_from_the_cosine,
    ),
    Misconception(
        "08.1",
        "an epsilon under the root",
        "You add an epsilon under the root. It hides the NaN, and makes the sine wrong"
        " at every small angle: with 1e-6 there is none below 0.001.",
        sine_with_an_epsilon,
    ),
    Misconception(
        "08.1",
        "chord for sine",
        "You take |x̂ − ŵ|, the chord: it is 2 sin(θ/2). Near 0 they agree, but at π"
        " the chord is 2 and the sine 0. Subtract c x̂, not x̂.",
        chord_for_sine,
    ),
    Misconception(
        "08.1",
        "angle for sine",
        "You return the angle itself. The addition theorem needs its sine, and no"
        " angle.",
        angle_for_sine,
    ),
    Misconception(
        "08.1",
        "sine squared",
        "You return |ŵ − c x̂|², the square of the sine. Take the root.",
        sine_squared,
    ),
    Misconception(
        "08.1",
        "a least sine",
        "You do not let the sine fall below some small number. Smaller angles are then"
        " all alike, and the gradient of the later tasks is wrong at every one of"
        " them.",
        floored_sine,
    ),
    Misconception(
        "08.1",
        "w not normalised",
        "In w − c x̂ your w has a length other than 1. The sine is the length of ŵ −"
        " c x̂.",
        w_not_normalised,
    ),
    Misconception(
        "08.1",
        "inner product for cosine",
        "Your c is x·w as it is: divide by both lengths, |x| and |w|.",
        inner_product_for_cosine,
    ),
    Misconception(
        "08.1",
        "a least length",
        "You let no length be below some small number. Shorter rows are then no unit"
        " vectors; divide by the length itself, and by 1 where it is 0.",
        least_length,
    ),
    Misconception(
        "08.1",
        "zero divided by zero",
        "For a row of zeros you divide 0 by 0. It has no angle; take cosine 0 and"
        " sine 1.",
        zero_over_zero,
    ),
    Misconception(
        "08.1",
        "no sine for a row of zeros",
        "For a row of zeros you return cosine 0 and sine 0, which no angle has. A right"
        " angle has the sine 1.",
        zero_rows_at_no_angle,
    ),
    Misconception(
        "08.2",
        "through the arccos",
        "You take the arccos of c. Where c is 1 to all its digits the angle is lost,"
        " and where rounding pushes c past 1 it is NaN. The addition theorem needs c,"
        " the sine, cos m and sin m only.",
        through_the_arccos,
    ),
    Misconception(
        "08.2",
        "ρ by the cosine",
        "Your ρ is the derivative by cos θ, dψ/dc. ρ is minus the derivative by θ,"
        " which is sin θ times as large, and finite at 0 and π.",
        by_the_cosine,
    ),
    Misconception(
        "08.2",
        "margin in degrees",
        "You take m for degrees. It is in radians: 0.5 is 28.6 degrees.",
        in_degrees,
    ),
    Misconception(
        "08.2",
        "linear with sin m alone",
        "Your linear fallback is cos θ − sin m. It is cos θ − m sin m.",
        linear_with_the_sine_alone,
    ),
    Misconception(
        "08.2",
        "linear for the whole array",
        "If one angle is past π − m you use the linear fallback for all. Each entry has"
        " its own angle: choose with np.where.",
        linear_everywhere,
    ),
    Misconception(
        "08.2",
        "margin at the right angle",
        "At the right angle, cos θ = 0, your easy margin is still there. It applies"
        " only where cos θ > 0.",
        right_angle_with_the_margin,
    ),
    Misconception(
        "08.2",
        "straight-through",
        "Your ρ is sin θ, as if the margin were a constant that is added to the logit."
        " Widely used code does so; it is not the gradient. The derivative of cos(θ +"
        " m) is −sin(θ + m).",
        straight_through,
    ),
    Misconception(
        "08.2",
        "cos(θ − m)",
        "Your signs are those of cos(θ − m). The margin makes the angle larger: "
        "cos(θ + m) = cos θ cos m − sin θ sin m.",
        margin_taken_off_the_angle,
    ),
    Misconception(
        "08.2",
        "margin on the cosine",
        "You take m off the cosine, which is AM-Softmax. Here m is added to the angle.",
        margin_on_the_cosine,
    ),
    Misconception(
        "08.2",
        "stopped at π",
        "You stop at θ + m = π, where ψ is −1. A constant has no slope, so the samples"
        " that are most wrong would learn nothing; none of the three forms does so.",
        stopped_at_pi,
    ),
    Misconception(
        "08.2",
        "ρ with the wrong sign",
        "Your ρ has the other sign: it is minus the derivative, ρ = −dψ/dθ.",
        rho_turned_round,
    ),
    Misconception(
        "08.2",
        "fallback left out",
        "You return cos(θ + m) for every fallback.",
        fallback_left_out,
    ),
    Misconception(
        "08.2",
        "ρ without the fallback",
        "Your ψ changes with the fallback, your ρ does not. Where ψ is cos θ (− m sin"
        " m), ρ is sin θ.",
        rho_without_fallback,
    ),
    Misconception(
        "08.2",
        "linear past the margin",
        "Your linear fallback begins at θ = m. It begins at θ = π − m, where cos θ ="
        " −cos m.",
        linear_past_the_margin,
    ),
    Misconception(
        "08.2",
        "linear with m alone",
        "Your linear fallback is cos θ − m. It is cos θ − m sin m; public code calls"
        " the product `mm`, as sin(π − m)·m.",
        linear_with_m_alone,
    ),
    Misconception(
        "08.2",
        "linear upward",
        "Your linear fallback adds m sin m. It is taken off, so that ψ stays below −1"
        " there and goes on falling.",
        linear_upward,
    ),
    Misconception(
        "08.2",
        "easy turned round",
        "Your easy margin is where cos θ is below 0. It is the other way round: the"
        " margin applies where the sample is on the right side already.",
        easy_turned_round,
    ),
    Misconception(
        "08.3",
        "margin in every class",
        "You add m to all angles. Only the target, (i, y_i), has a margin.",
        margin_everywhere,
    ),
    Misconception(
        "08.3",
        "margin on the cosine",
        "You take m off the target's cosine, which is AM-Softmax. Here m is added to"
        " the angle.",
        target_on_the_cosine,
    ),
    Misconception(
        "08.3",
        "cos(θ − m)",
        "You make the target's angle smaller, and so help the right class. It is θ"
        " + m.",
        target_nearer,
    ),
    Misconception(
        "08.3",
        "margin in degrees",
        "You take m for degrees. It is in radians: 0.5 is 28.6 degrees.",
        margin_in_degrees,
    ),
    Misconception(
        "08.3",
        "margin times the angle",
        "You multiply the angle, by 1 + m. ArcFace adds m to it, at every angle as"
        " much.",
        margin_times_the_angle,
    ),
    Misconception(
        "08.3",
        "linear fallback",
        "Past θ + m = π you use the linear fallback. This task has the paper's form,"
        " cos(θ + m) everywhere.",
        linear_in_place_of_none,
    ),
    Misconception(
        "08.3",
        "scale left out",
        "You left out s: a cosine alone is too small for a softmax to become sure of"
        " anything.",
        scale_left_out,
    ),
    Misconception(
        "08.3",
        "features not normalised",
        "Your logits grow with the length of x. Features are normalised; s takes the"
        " place of |x|.",
        features_not_normalised,
    ),
    Misconception(
        "08.3",
        "arccos past 1",
        "You take the arccos of a quotient that rounding can push past 1, or of 0/0 for"
        " a row of zeros. Both are NaN; the addition theorem needs no arccos.",
        arccos_past_one,
    ),
    Misconception(
        "08.4",
        "straight-through",
        "Your gradient is that of s cos θ, as if the margin were a constant. Widely"
        " used code does so, and it trains, but it is not the gradient: the target has"
        " ρ = sin(θ + m), not sin θ.",
        margin_without_gradient,
    ),
    Misconception(
        "08.4",
        "divided by sqrt(1 − c²)",
        "You divide by sqrt(1 − c²). Below an angle of 1e-8 it is 0 and the gradient"
        " NaN, or plainly wrong: divide by the length of ŵ − c x̂.",
        divided_by_the_root,
    ),
    Misconception(
        "08.4",
        "divided by sine plus epsilon",
        "You add an epsilon to the sine. It avoids 0/0, and makes the gradient vanish"
        " at every angle below the epsilon, where it should be s sin(m)/|x| long.",
        with_an_epsilon,
    ),
    Misconception(
        "08.4",
        "direction of rounding",
        "For x along w you divide rounding by rounding, and get a push of full length"
        " in a random direction (or 0/0). At most 4 eps of sin θ is no direction: take"
        " the tangent as 0.",
        direction_of_rounding,
    ),
    Misconception(
        "08.4",
        "tangent not of length 1",
        "You multiply ρ by ŵ − c x̂, whose length is sin θ. The tangent has length 1:"
        " divide.",
        tangent_not_of_length_one,
    ),
    Misconception(
        "08.4",
        "ρ with the wrong sign",
        "The target's part of your gradient has the other sign. t_x leads toward ŵ, and"
        " a larger logit lies that way.",
        sign_of_rho,
    ),
    Misconception(
        "08.4",
        "margin subtracted in ρ",
        "Your ρ is sin(θ − m). The margin is added: sin θ cos m + cos θ sin m.",
        margin_subtracted_in_rho,
    ),
    Misconception(
        "08.4",
        "no projection",
        "You leave the part along x. Making x longer does not change an angle, so x·dx"
        " = 0: use ŵ − c x̂ in place of ŵ, for the target and for the others.",
        no_projection,
    ),
    Misconception(
        "08.4",
        "others not projected",
        "The target's part of your gradient is right, that of the other classes keeps"
        " its part along x. Making x longer changes none of the angles: ŵ_j − c_j x̂"
        " for each of them.",
        others_not_projected,
    ),
    Misconception(
        "08.4",
        "target counted twice",
        "The target is in your sum over all classes, and you add its part with ρ as"
        " well. Put 0 at the targets of a copy of g first (or add ρ − sin θ in place"
        " of ρ).",
        target_counted_twice,
    ),
    Misconception(
        "08.4",
        "target only",
        "You have the target's part only. The other logits, s x̂·ŵ_j, depend on x as"
        " well.",
        target_only,
    ),
    Misconception(
        "08.4",
        "divided by N",
        "You divide by the number of samples. If the loss is a mean, its 1/N is in g"
        " already.",
        divided_by_n,
    ),
    Misconception(
        "08.4",
        "eps of float64",
        "Your limit for sin θ is that of float64 for every dtype. What rounding leaves"
        " in float32 is far above it: np.finfo(x.dtype).eps.",
        eps_of_float64,
    ),
    Misconception(
        "08.4",
        "length of x left out",
        "You did not divide by |x|: a step of one size turns a long x less.",
        length_left_out,
    ),
    Misconception(
        "08.4",
        "scale left out",
        "You left out s: the logits are s times ψ, and so is their gradient.",
        scale_forgotten,
    ),
    Misconception(
        "08.4",
        "w for ŵ",
        "You use w where ŵ belongs: the logits are made of unit vectors.",
        w_for_unit_w,
    ),
)
