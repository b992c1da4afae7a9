"""Wrong answers of chapter 11, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _lengths(a):
    return np.linalg.norm(a, axis=1, keepdims=True)


def _unit(a):
    return a / _lengths(a)


# 11.1


def v_not_normalised(d, v):
    radial = np.sum(d * v, axis=1)
    return radial, d - radial[:, None] * v


def radial_with_v(d, v):
    _, tangent = _split(d, v)
    return np.sum(d * v, axis=1), tangent


def coefficient_of_v(d, v):
    radial = np.sum(d * v, axis=1) / np.sum(v * v, axis=1)
    return radial, d - radial[:, None] * v


def sign_lost(d, v):
    radial, tangent = _split(d, v)
    return np.abs(radial), tangent


def tangent_of_length_one(d, v):
    radial, tangent = _split(d, v)
    return radial, _unit(tangent)


def radial_vector_for_tangent(d, v):
    radial, tangent = _split(d, v)
    return radial, d - tangent


def least_length(d, v):
    unit = v / np.maximum(_lengths(v), 1e-12)
    radial = np.sum(d * unit, axis=1)
    return radial, d - radial[:, None] * unit


def lengths_of_the_columns(d, v):
    unit = v / np.linalg.norm(v, axis=0)
    radial = np.sum(d * unit, axis=1)
    return radial, d - radial[:, None] * unit


def tangent_toward_v(d, v):
    radial, tangent = _split(d, v)
    return radial, -tangent


def projected_on_d(d, v):
    radial = np.sum(_unit(d) * v, axis=1)
    return radial, v - radial[:, None] * _unit(d)


def _split(d, v):
    radial = np.sum(d * _unit(v), axis=1)
    return radial, d - radial[:, None] * _unit(v)


# 11.2


def turned_before_stretched(theta, m1, m2, m3):
    widened = m1 * (theta + m2)
    return np.cos(widened) - m3, m1 * np.sin(widened)


def m3_inside(theta, m1, m2, m3):
    widened = m1 * theta + m2 - m3
    return np.cos(widened), m1 * np.sin(widened)


def m3_added(theta, m1, m2, m3):
    return np.cos(m1 * theta + m2) + m3, m1 * np.sin(m1 * theta + m2)


def turned_in_degrees(theta, m1, m2, m3):
    widened = m1 * theta + np.radians(m2)
    return np.cos(widened) - m3, m1 * np.sin(widened)


def by_the_cosine(theta, m1, m2, m3):
    widened = m1 * theta + m2
    return np.cos(widened) - m3, m1 * np.sin(widened) / np.sin(theta)


def m1_left_out_of_rho(theta, m1, m2, m3):
    return np.cos(m1 * theta + m2) - m3, np.sin(m1 * theta + m2)


def rho_with_the_wrong_sign(theta, m1, m2, m3):
    return np.cos(m1 * theta + m2) - m3, -m1 * np.sin(m1 * theta + m2)


def m3_in_rho(theta, m1, m2, m3):
    return np.cos(m1 * theta + m2) - m3, m1 * np.sin(m1 * theta + m2) - m3


def rho_of_softmax(theta, m1, m2, m3):
    return np.cos(m1 * theta + m2) - m3, np.sin(theta)


# 11.3


def _gradient(x, w, psi, rho, s, keeps_x, keeps_w, **changed):
    """The right gradient, but for what `changed` says."""
    x_length, w_length, x_hat, w_hat = _lengths(x), _lengths(w), _unit(x), _unit(w)
    u = x_length if keeps_x or changed.get("no_scale") else s
    product = u * (w_length if keeps_w else 1)
    if changed.get("all_lengths"):
        product = x_length * w_length
    c = np.sum(x_hat * w_hat, axis=1, keepdims=True)
    across_x, across_w = w_hat - c * x_hat, x_hat - c * w_hat
    sine = _lengths(across_x)
    known = sine > changed.get("least", 4 * np.finfo(x.dtype).eps)
    unit = 1 if changed.get("long_tangent") else np.where(known, sine, 1)
    slope = np.where(known, rho[:, None] * changed.get("sign", 1) / unit, 0)
    if changed.get("one_tangent"):
        across_w = across_x
    if changed.get("unprojected"):
        across_x, across_w = w_hat, x_hat
    radial_x, radial_w = changed.get("radial", (keeps_x, keeps_w))
    dx = radial_x * psi[:, None] * x_hat + slope * across_x
    dw = radial_w * psi[:, None] * w_hat + slope * across_w
    if changed.get("undivided"):
        return product * dx, product * dw
    return product / x_length * dx, product / w_length * dw


def radial_part_kept(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, radial=(True, True))


def radial_part_lost(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, radial=(False, False))


def radial_parts_exchanged(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, radial=(keeps_w, keeps_x))


def rho_turned_round(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, sign=-1)


def one_tangent_for_both(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, one_tangent=True)


def tangent_not_of_length_one(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, long_tangent=True)


def not_projected(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, unprojected=True)


def not_divided_by_the_length(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, undivided=True)


def scale_forgotten(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, no_scale=True)


def both_lengths_always(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, all_lengths=True)


def eps_of_float64(x, w, psi, rho, s, keeps_x, keeps_w):
    least = 4 * np.finfo(np.float64).eps
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, least=least)


def psi_left_out(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, np.ones_like(psi), rho, s, keeps_x, keeps_w)


def direction_of_rounding(x, w, psi, rho, s, keeps_x, keeps_w):
    return _gradient(x, w, psi, rho, s, keeps_x, keeps_w, least=-1)


# 11.4


def _angles(x, w, y):
    cosine, across = _split(_unit(x), _unit(w)[y])
    return np.arctan2(np.linalg.norm(across, axis=1), cosine)


def in_degrees(x, w, y):
    return np.degrees(np.mean(_angles(x, w, y)))


def angle_of_the_mean_cosine(x, w, y):
    return np.arccos(np.clip(np.mean(np.sum(_unit(x) * _unit(w)[y], axis=1)), -1, 1))


def sum_of_the_angles(x, w, y):
    return np.sum(_angles(x, w, y))


def arctan_of_the_quotient(x, w, y):
    """Without the quadrant: an angle beyond 90 degrees comes out below 0."""
    return np.mean(np.arctan(np.tan(_angles(x, w, y))))


def mean_cosine(x, w, y):
    return np.mean(np.cos(_angles(x, w, y)))


def nearest_class(x, w, y):
    return np.mean(np.arccos(np.clip((_unit(x) @ _unit(w).T).max(axis=1), -1, 1)))


def all_classes(x, w, y):
    return np.mean(np.arccos(np.clip(_unit(x) @ _unit(w).T, -1, 1)))


def through_the_arccos(x, w, y):
    return np.mean(np.arccos(np.clip(np.sum(_unit(x) * _unit(w)[y], axis=1), -1, 1)))


def lengths_kept(x, w, y):
    return np.mean(np.arccos(np.clip(np.sum(x * w[y], axis=1), -1, 1)))


# 11.5


def _one_minus_cos(a, b):
    return np.sum((_unit(a) - _unit(b)) ** 2, axis=1) / 2


def _classes(x, y):
    labels, place, n = np.unique(y, return_inverse=True, return_counts=True)
    return np.array([x[y == label].mean(axis=0) for label in labels]), place, n


def _sums(x, y, one_minus_cos=_one_minus_cos):
    means, place, n = _classes(x, y)
    mean = np.broadcast_to(x.mean(axis=0), means.shape)
    return one_minus_cos(x, means[place]).sum(), (n * one_minus_cos(means, mean)).sum()


def upside_down(x, y):
    within, between = _sums(x, y)
    return between / within


def directions_averaged(x, y):
    within, between = _sums(_unit(x), y)
    return within / between


def mean_over_sum(x, y):
    within, between = _sums(x, y)
    return within / len(y) / between


def each_against_the_whole(x, y):
    mean = np.broadcast_to(x.mean(axis=0), x.shape)
    return _one_minus_cos(x, mean).sum() / _sums(x, y)[1]


def classes_not_weighed(x, y):
    means, _, _ = _classes(x, y)
    mean = np.broadcast_to(x.mean(axis=0), means.shape)
    return _sums(x, y)[0] / _one_minus_cos(means, mean).sum()


def mean_of_the_means(x, y):
    means, _, n = _classes(x, y)
    mean = np.broadcast_to(means.mean(axis=0), means.shape)
    return _sums(x, y)[0] / (n * _one_minus_cos(means, mean)).sum()


def distances(x, y):
    within, between = _sums(x, y, lambda a, b: np.sum((a - b) ** 2, axis=1))
    return within / between


def labels_from_zero(x, y):
    n = np.bincount(y)
    means = (
        np.array([x[y == label].sum(axis=0) for label in range(len(n))]) / n[:, None]
    )
    mean = np.broadcast_to(x.mean(axis=0), means.shape)
    return _one_minus_cos(x, means[y]).sum() / (n * _one_minus_cos(means, mean)).sum()


def digits_lost(x, y):
    within, between = _sums(x, y, lambda a, b: 1 - np.sum(_unit(a) * _unit(b), axis=1))
    return within / between


MISCONCEPTIONS = (
    Misconception(
        "11.1",
        "v not normalised",
        "You project with v, whose length is not 1. Divide by |v| first, and use v̂"
        " both times.",
        v_not_normalised,
    ),
    Misconception(
        "11.1",
        "radial part with v",
        "Your tangent is right, but the radial part is d·v and grows with |v|. It is"
        " d·v̂.",
        radial_with_v,
    ),
    Misconception(
        "11.1",
        "coefficient of v",
        "Your radial part is the coefficient of v, d·v/|v|². Asked is that of v̂, which"
        " is |v| times as large.",
        coefficient_of_v,
    ),
    Misconception(
        "11.1",
        "a least length",
        "You let no length be below some small number. Shorter rows have then no v̂ of"
        " length 1; divide by the length itself.",
        least_length,
    ),
    Misconception(
        "11.1",
        "lengths of the columns",
        "Your lengths are taken over axis 0, down the columns. Each row is a vector:"
        " axis=1.",
        lengths_of_the_columns,
    ),
    Misconception(
        "11.1",
        "tangent with the wrong sign",
        "Your tangent is r v̂ − d. It is what is left of d: d − r v̂.",
        tangent_toward_v,
    ),
    Misconception(
        "11.1",
        "sign lost",
        "Your radial part is a length, and so never below 0. Where d points against v"
        " it is.",
        sign_lost,
    ),
    Misconception(
        "11.1",
        "tangent of length 1",
        "You gave the tangent the length 1. Here it is the part of d itself, with its"
        " length.",
        tangent_of_length_one,
    ),
    Misconception(
        "11.1",
        "radial part for the tangent",
        "Your second result is the part along v, as a vector. The tangent is the rest,"
        " d minus it.",
        radial_vector_for_tangent,
    ),
    Misconception(
        "11.1",
        "projected on d",
        "You split v along d. It is d that is split, along v.",
        projected_on_d,
    ),
    Misconception(
        "11.2",
        "turned before stretched",
        "Your angle is m1 (θ + m2). m2 is added after the product: m1 θ + m2.",
        turned_before_stretched,
    ),
    Misconception(
        "11.2",
        "m2 in degrees",
        "You take m2 for degrees. It is in radians, as θ is.",
        turned_in_degrees,
    ),
    Misconception(
        "11.2",
        "ρ by the cosine",
        "Your ρ is the derivative by cos θ. It is minus the derivative by θ, sin θ"
        " times as large.",
        by_the_cosine,
    ),
    Misconception(
        "11.2",
        "m3 inside the cosine",
        "You take m3 off the angle. It is taken off the cosine.",
        m3_inside,
    ),
    Misconception(
        "11.2",
        "m3 added",
        "You add m3. A margin lowers the target logit: cos(m1 θ + m2) − m3.",
        m3_added,
    ),
    Misconception(
        "11.2",
        "m1 left out of ρ",
        "The factor m1 of ρ is missing: the chain rule brings it down.",
        m1_left_out_of_rho,
    ),
    Misconception(
        "11.2",
        "ρ with the wrong sign",
        "Your ρ is dψ/dθ. It is minus that, so that it is above 0 where ψ falls.",
        rho_with_the_wrong_sign,
    ),
    Misconception(
        "11.2",
        "m3 in ρ",
        "You have m3 in ρ. A constant has no derivative: sliding ψ leaves its slope as"
        " it is.",
        m3_in_rho,
    ),
    Misconception(
        "11.2",
        "ρ of softmax",
        "Your ρ is sin θ, whatever the margin. Such code applies the margin without its"
        " gradient.",
        rho_of_softmax,
    ),
    Misconception(
        "11.3",
        "radial part kept",
        "You keep the radial part though the vector is normalised. Making it longer"
        " does not change the logit, so its gradient has no part along it.",
        radial_part_kept,
    ),
    Misconception(
        "11.3",
        "ψ left out",
        "Your radial part is x̂ alone. A longer vector makes the logit larger in"
        " proportion to ψ.",
        psi_left_out,
    ),
    Misconception(
        "11.3",
        "eps of float64",
        "Your limit for |ŵ − c x̂| is that of float64 for every dtype. What rounding"
        " leaves in float32 is far above it: np.finfo(x.dtype).eps.",
        eps_of_float64,
    ),
    Misconception(
        "11.3",
        "radial part lost",
        "You drop the radial part though the vector keeps its length. A longer vector"
        " has a larger logit: ψ x̂ is how much.",
        radial_part_lost,
    ),
    Misconception(
        "11.3",
        "radial parts exchanged",
        "You exchanged the two: dx has a radial part if x keeps its length, dw if w"
        " does.",
        radial_parts_exchanged,
    ),
    Misconception(
        "11.3",
        "ρ with the wrong sign",
        "Your tangential part has the other sign. t_x leads toward ŵ, and ρ = −dψ/dθ is"
        " positive where the logit rises that way.",
        rho_turned_round,
    ),
    Misconception(
        "11.3",
        "one tangent for both",
        "Your dx is right, but dw uses the tangent of x. w turns at right angles to ŵ,"
        " toward x: t_w = (x̂ − c ŵ)/|x̂ − c ŵ|.",
        one_tangent_for_both,
    ),
    Misconception(
        "11.3",
        "tangent not of length 1",
        "You multiply ρ by ŵ − c x̂, whose length is sin θ. The tangent has length 1:"
        " divide.",
        tangent_not_of_length_one,
    ),
    Misconception(
        "11.3",
        "not projected",
        "You push along ŵ itself (and along x̂ in dw). Only its part at right angles"
        " turns: ŵ − c x̂.",
        not_projected,
    ),
    Misconception(
        "11.3",
        "not divided by the length",
        "You left out 1/|x| in dx and 1/|w| in dw: u v/|x| stands before the bracket.",
        not_divided_by_the_length,
    ),
    Misconception(
        "11.3",
        "scale forgotten",
        "You use |x| where x is normalised. Its place is taken by s.",
        scale_forgotten,
    ),
    Misconception(
        "11.3",
        "both lengths always",
        "You use |x| |w| for every loss. u is s where x is normalised, and v is 1 where"
        " w is.",
        both_lengths_always,
    ),
    Misconception(
        "11.3",
        "direction of rounding",
        "For x along w you divide rounding by rounding (or 0 by 0). At most 4 eps is no"
        " direction: take the tangents as 0.",
        direction_of_rounding,
    ),
    Misconception(
        "11.4",
        "degrees",
        "Your angle is in degrees. Asked are radians.",
        in_degrees,
    ),
    Misconception(
        "11.4",
        "sum of the angles",
        "You add the angles up. Asked is their mean.",
        sum_of_the_angles,
    ),
    Misconception(
        "11.4",
        "arctan of the quotient",
        "The arctan of sine/cosine does not know the quadrant: an angle beyond 90"
        " degrees comes out below 0. np.arctan2 takes both.",
        arctan_of_the_quotient,
    ),
    Misconception(
        "11.4",
        "angle of the mean cosine",
        "You average the cosines and take the angle after. The mean is over the angles:"
        " the arccos of a mean is not the mean of the arccos.",
        angle_of_the_mean_cosine,
    ),
    Misconception(
        "11.4",
        "mean cosine",
        "You return the mean of the cosines, not of the angles.",
        mean_cosine,
    ),
    Misconception(
        "11.4",
        "nearest class",
        "You measure to the nearest class vector. The target angle is the one to the"
        " sample's own class, w[y], even where another is nearer.",
        nearest_class,
    ),
    Misconception(
        "11.4",
        "all classes",
        "You average over all classes. Only the angle to the sample's own class"
        " counts.",
        all_classes,
    ),
    Misconception(
        "11.4",
        "through the arccos",
        "You take the arccos of the cosine. Below 1e-8 the cosine is 1 and the angle 0;"
        " use arctan2 with the length of x̂ − c ŵ.",
        through_the_arccos,
    ),
    Misconception(
        "11.4",
        "lengths kept",
        "You put x·w into the arccos. Divide by |x| and |w| first.",
        lengths_kept,
    ),
    Misconception(
        "11.5",
        "upside down",
        "Your score is turned over: it is the scatter within over the scatter between,"
        " and small is good.",
        upside_down,
    ),
    Misconception(
        "11.5",
        "a mean over a sum",
        "Above is a mean and below a sum. Both are sums over all N features.",
        mean_over_sum,
    ),
    Misconception(
        "11.5",
        "features against the mean of all",
        "Above, you compare each feature with the mean of all features. It is the mean"
        " of its own class.",
        each_against_the_whole,
    ),
    Misconception(
        "11.5",
        "directions averaged",
        "You average the directions of the features. The means are those of the"
        " features as they are, in which long ones count more; only the cosine is"
        " without lengths.",
        directions_averaged,
    ),
    Misconception(
        "11.5",
        "classes not weighed",
        "Between the classes you forgot n_j: each class counts as often as it has"
        " features.",
        classes_not_weighed,
    ),
    Misconception(
        "11.5",
        "mean of the means",
        "Your m is the mean of the class means. It is the mean of all features, in"
        " which a large class counts more.",
        mean_of_the_means,
    ),
    Misconception(
        "11.5",
        "distances for angles",
        "You compare distances. The angular score has 1 − cos, and lengths do not"
        " matter in it.",
        distances,
    ),
    Misconception(
        "11.5",
        "labels from zero",
        "You take the labels to be 0, 1, 2, ... without a gap. The mean of a class that"
        " does not occur is 0/0: go over np.unique(y).",
        labels_from_zero,
    ),
    Misconception(
        "11.5",
        "digits lost",
        "You form 1 − cos from the cosine. For tight classes it is 1 minus nearly 1,"
        " and nothing is left: for unit vectors use |a − b|²/2.",
        digits_lost,
    ),
)
