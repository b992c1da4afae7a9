"""Wrong answers of chapter 4, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _polynomials(m, c, u_first=1, last_sign=-1, factor=2):
    """T_m and U_{m-1}; the keywords are for getting them wrong."""
    t_before, t = np.ones_like(c), c.copy()
    u_before, u = np.zeros_like(c), np.full_like(c, u_first)
    for _ in range(m - 1):
        t_before, t = t, factor * c * t + last_sign * t_before
        u_before, u = u, factor * c * u + last_sign * u_before
    return t, u


def _k(c, m):
    return sum(
        (c < np.cos(i * np.pi / m) for i in range(1, m)),
        np.zeros(c.shape, dtype=np.int64),
    )


def _sign(k, c):
    return (1 - 2 * (k % 2)).astype(c.dtype)


def _psi(c, m):
    k = _k(c, m)
    return _sign(k, c) * _polynomials(m, c)[0] - (2 * k).astype(c.dtype)


# 04.1


def through_the_angle(m, c):
    theta = np.arccos(c)
    return np.cos(m * theta), np.sin(m * theta) / np.sin(theta)


def u_one_too_far(m, c):
    return _polynomials(m, c)[0], _polynomials(m + 1, c)[1]


def u_begins_like_t(m, c):
    before, u = np.ones_like(c), c.copy()  # U_0 = 1 is right, U_1 = c is not
    if m == 1:
        return _polynomials(m, c)[0], before
    for _ in range(m - 2):
        before, u = u, 2 * c * u - before
    return _polynomials(m, c)[0], u


def plus_for_minus(m, c):
    return _polynomials(m, c, last_sign=1)


def forgotten_two(m, c):
    return _polynomials(m, c, factor=1)


# 04.2


def floor_of_arccos(c, m):
    return np.floor(m * np.arccos(c) / np.pi).astype(np.int64)


def counted_from_zero(c, m):
    return _k(c, m) + (c < 1)


def counted_to_m_minus_two(c, m):
    return _k(c, m) - (c < np.cos((m - 1) * np.pi / m)) if m > 1 else _k(c, m)


def counted_from_the_other_end(c, m):
    return (m - 1) - _k(c, m)


def knots_in_c(c, m):
    return np.clip(np.floor(m * (1 - c) / 2), 0, m - 1).astype(np.int64)


# 04.3


def forgotten_2k(c, m):
    return _sign(_k(c, m), c) * _polynomials(m, c)[0]


def forgotten_sign(c, m):
    return _polynomials(m, c)[0] - (2 * _k(c, m)).astype(c.dtype)


def cosine_of_m_theta(c, m):
    return _polynomials(m, c)[0]


def k_for_2k(c, m):
    k = _k(c, m)
    return _sign(k, c) * _polynomials(m, c)[0] - k.astype(c.dtype)


def plus_2k(c, m):
    return _psi(c, m) + (4 * _k(c, m)).astype(c.dtype)


def k_one_too_large(c, m):
    k = _k(c, m) + 1
    return _sign(k, c) * _polynomials(m, c)[0] - (2 * k).astype(c.dtype)


def psi_through_the_angle(c, m):
    theta = np.arccos(c)
    k = np.clip(np.floor(m * theta / np.pi), 0, m - 1)
    return (((-1) ** k) * np.cos(m * theta) - 2 * k).astype(c.dtype)


def precedence(c, m):
    # -1 ** k is -(1 ** k)
    return -_polynomials(m, c)[0] - (2 * _k(c, m)).astype(c.dtype)


def sign_on_2k_too(c, m):
    k = _k(c, m)
    return _sign(k, c) * (_polynomials(m, c)[0] - (2 * k).astype(c.dtype))


# 04.4


def _parts(x, w):
    norms = np.linalg.norm(w, axis=1) * np.linalg.norm(x, axis=1)
    inner = np.sum(w * x, axis=1)
    return inner, norms, inner / np.where(norms == 0, 1, norms)


def _mixed(inner, with_margin, lam):
    return inner if lam == np.inf else (lam * inner + with_margin) / (1 + lam)


def norm_of_w_forgotten(x, w, m, lam):
    inner, _, c = _parts(x, w)
    return _mixed(inner, np.linalg.norm(x, axis=1) * _psi(c, m), lam)


def both_norms_forgotten(x, w, m, lam):
    inner, _, c = _parts(x, w)
    return _mixed(inner, _psi(c, m), lam)


def not_divided_by_one_plus_lam(x, w, m, lam):
    inner, norms, c = _parts(x, w)
    return inner if lam == np.inf else lam * inner + norms * _psi(c, m)


def lam_on_the_margin(x, w, m, lam):
    inner, norms, c = _parts(x, w)
    return inner if lam == np.inf else (inner + lam * norms * _psi(c, m)) / (1 + lam)


def inf_over_inf(x, w, m, lam):
    inner, norms, c = _parts(x, w)
    return (lam * inner + norms * _psi(c, m)) / (1 + lam)


def zero_over_zero(x, w, m, lam):
    inner, norms, _ = _parts(x, w)
    return _mixed(inner, norms * _psi(inner / norms, m), lam)


def cosine_without_norms(x, w, m, lam):
    inner, norms, _ = _parts(x, w)
    return _mixed(inner, norms * _psi(inner, m), lam)


def epsilon_beside_the_norms(x, w, m, lam):
    inner, norms, _ = _parts(x, w)
    return _mixed(inner, norms * _psi(inner / (norms + x.dtype.type(1e-8)), m), lam)


# 04.5


def _backward(x, w, m, lam, change):
    """The right gradient, but for what `change` does to its parts."""
    if lam == np.inf:
        return w.copy(), x.copy()
    x_norm, w_norm = (np.linalg.norm(a, axis=1)[:, None] for a in (x, w))
    zero = (x_norm == 0) | (w_norm == 0)
    x_hat, w_hat = x / np.where(zero, 1, x_norm), w / np.where(zero, 1, w_norm)
    c = np.sum(x_hat * w_hat, axis=1)[:, None]
    sign = _sign(_k(c, m), c)
    parts = {
        "psi": _psi(c, m),
        "slope": sign * m * _polynomials(m, c)[1],  # ρ / sin θ
        "towards_w": w_hat - c * x_hat,  # sin θ · t_x
        "towards_x": x_hat - c * w_hat,
        "x_scale": w_norm,
        "w_scale": x_norm,
        "lam": lam,
    }
    parts |= change(parts, x_hat, w_hat, c)
    p = parts
    dx = p["x_scale"] * (p["psi"] * x_hat + p["slope"] * p["towards_w"])
    dw = p["w_scale"] * (p["psi"] * w_hat + p["slope"] * p["towards_x"])
    dx = (p["lam"] * w + dx) / (1 + p["lam"])
    dw = (p["lam"] * x + dw) / (1 + p["lam"])
    return np.where(zero, 0, dx), np.where(zero, 0, dw)


def no_projection(x, w, m, lam):
    return _backward(
        x,
        w,
        m,
        lam,
        lambda p, x_hat, w_hat, c: {"towards_w": w_hat, "towards_x": x_hat},
    )


def sine_counted_twice(x, w, m, lam):
    def change(p, x_hat, w_hat, c):
        return {"slope": p["slope"] * np.sqrt(np.maximum(1 - c * c, 0))}

    return _backward(x, w, m, lam, change)


def norms_left_out(x, w, m, lam):
    return _backward(
        x, w, m, lam, lambda p, x_hat, w_hat, c: {"x_scale": 1, "w_scale": 1}
    )


def norms_exchanged(x, w, m, lam):
    return _backward(
        x, w, m, lam, lambda p, *_: {"x_scale": p["w_scale"], "w_scale": p["x_scale"]}
    )


def one_tangent_for_both(x, w, m, lam):
    return _backward(x, w, m, lam, lambda p, *_: {"towards_x": p["towards_w"]})


def rho_turned_round(x, w, m, lam):
    return _backward(x, w, m, lam, lambda p, *_: {"slope": -p["slope"]})


def m_left_out_of_rho(x, w, m, lam):
    return _backward(x, w, m, lam, lambda p, *_: {"slope": p["slope"] / m})


def sign_left_out_of_rho(x, w, m, lam):
    def change(p, x_hat, w_hat, c):
        return {"slope": m * _polynomials(m, c)[1]}

    return _backward(x, w, m, lam, change)


def lam_left_out(x, w, m, lam):
    return _backward(x, w, m, lam, lambda p, *_: {"lam": 0})


def radial_only(x, w, m, lam):
    return _backward(x, w, m, lam, lambda p, *_: {"slope": 0 * p["slope"]})


def divided_by_the_sine(x, w, m, lam):
    def change(p, x_hat, w_hat, c):
        sine_x = np.linalg.norm(p["towards_w"], axis=1, keepdims=True)
        sine_w = np.linalg.norm(p["towards_x"], axis=1, keepdims=True)
        return {
            "slope": p["slope"] * np.sqrt(1 - c * c),
            "towards_w": p["towards_w"] / sine_x,
            "towards_x": p["towards_x"] / sine_w,
        }

    return _backward(x, w, m, lam, change)


def cosine_for_psi(x, w, m, lam):
    return _backward(
        x, w, m, lam, lambda p, x_hat, w_hat, c: {"psi": _polynomials(m, c)[0]}
    )


def tangential_only(x, w, m, lam):
    return _backward(x, w, m, lam, lambda p, *_: {"psi": 0 * p["psi"]})


def divided_by_the_length(x, w, m, lam):
    def change(p, x_hat, w_hat, c):
        x_norm, w_norm = (np.where(p[n] == 0, 1, p[n]) for n in ("w_scale", "x_scale"))
        return {
            "towards_w": p["towards_w"] / x_norm,
            "towards_x": p["towards_x"] / w_norm,
        }

    return _backward(x, w, m, lam, change)


def zero_rows_forgotten(x, w, m, lam):
    dx, dw = _backward(x, w, m, lam, lambda p, *_: {})
    if lam == np.inf:
        return dx, dw
    x_norm, w_norm = (np.linalg.norm(a, axis=1)[:, None] for a in (x, w))
    x_hat, w_hat = (a / np.where(n == 0, 1, n) for a, n in ((x, x_norm), (w, w_norm)))
    # the cosine of a row of zeros, if it is not thought of
    zero = np.zeros(len(x), dtype=x.dtype)
    psi, slope = (
        _psi(zero, m)[:, None],
        (_sign(_k(zero, m), zero) * m * _polynomials(m, zero)[1]),
    )
    by_x = (lam * w + w_norm * (psi * x_hat + slope[:, None] * w_hat)) / (1 + lam)
    by_w = (lam * x + x_norm * (psi * w_hat + slope[:, None] * x_hat)) / (1 + lam)
    empty = (x_norm == 0) | (w_norm == 0)
    return np.where(empty, by_x, dx), np.where(empty, by_w, dw)


# 04.6


def no_floor(t, base, gamma, power, minimum):
    return base * (1 + gamma * t) ** -power


def ceiling_for_floor(t, base, gamma, power, minimum):
    return np.minimum(minimum, base * (1 + gamma * t) ** -power)


def growing(t, base, gamma, power, minimum):
    return np.maximum(minimum, base * (1 + gamma * t) ** power)


def power_on_t_only(t, base, gamma, power, minimum):
    return np.maximum(minimum, base / (1 + gamma * t.astype(np.float64) ** power))


def floor_added(t, base, gamma, power, minimum):
    return minimum + base * (1 + gamma * t) ** -power


MISCONCEPTIONS = (
    Misconception(
        "04.1",
        "through the angle",
        "You went through arccos and divided by sin θ. At c = ±1 that is 0/0, and past"
        " 1, where rounding leads, there is no angle; clipping c mends only the second."
        " Use the recurrence.",
        through_the_angle,
    ),
    Misconception(
        "04.1",
        "U one step too far",
        "Your second result is U_m, one step too far. It is sin((m+1)θ) / sin θ; wanted"
        " is U_(m−1), which belongs to sin mθ.",
        u_one_too_far,
    ),
    Misconception(
        "04.1",
        "U begins like T",
        "You began U with 1 and c, as T does, so both become the same polynomials. U_1"
        " = 2c, since sin 2θ / sin θ = 2 cos θ.",
        u_begins_like_t,
    ),
    Misconception(
        "04.1",
        "plus for minus",
        "You add P_(n−1) where the recurrence subtracts it: P_(n+1) = 2c P_n −"
        " P_(n−1).",
        plus_for_minus,
    ),
    Misconception(
        "04.1",
        "forgotten factor 2",
        "The factor 2 is missing: P_(n+1) = 2c P_n − P_(n−1). It comes from cos(n+1)θ +"
        " cos(n−1)θ = 2 cos θ cos nθ.",
        forgotten_two,
    ),
    Misconception(
        "04.2",
        "floor of an arccos",
        "You took floor(m·arccos(c)/π). It gives m at c = −1, an interval that does not"
        " exist, and where rounding has pushed c past 1 there is no angle. Count the"
        " knots that are passed.",
        floor_of_arccos,
    ),
    Misconception(
        "04.2",
        "counted from zero",
        "Your k is one too large everywhere but at θ = 0: you counted i = 0 too. θ = 0"
        " is where the first interval begins and not a knot that is passed; count from"
        " i = 1.",
        counted_from_zero,
    ),
    Misconception(
        "04.2",
        "last knot left out",
        "Your k never reaches m − 1: you left out the knot i = m − 1. range(1, m) ends"
        " there, and range(1, m − 1) one before it.",
        counted_to_m_minus_two,
    ),
    Misconception(
        "04.2",
        "counted from the other end",
        "You counted the knots that θ has not reached. The cosine falls as the angle"
        " grows, so a knot is passed where c < cos(iπ/m), not where c > cos(iπ/m).",
        counted_from_the_other_end,
    ),
    Misconception(
        "04.2",
        "equal steps in c",
        "You cut the range of c into m equal parts. It is the range of θ that is cut:"
        " the knots are at c = cos(iπ/m), and crowd together near ±1.",
        knots_in_c,
    ),
    Misconception(
        "04.3",
        "forgotten 2k",
        "You left out −2k. Without it ψ zigzags between 1 and −1 instead of falling,"
        " and an angle of 2π/m would be as good as 0.",
        forgotten_2k,
    ),
    Misconception(
        "04.3",
        "forgotten sign",
        "You left out (−1)^k. In every other interval cos mθ rises; the sign turns it"
        " over, so that ψ goes on falling.",
        forgotten_sign,
    ),
    Misconception(
        "04.3",
        "cos mθ alone",
        "You return cos mθ for every angle. That is ψ only up to π/m; beyond it the"
        " cosine rises again, and the interval's (−1)^k and −2k must mend that.",
        cosine_of_m_theta,
    ),
    Misconception(
        "04.3",
        "k in place of 2k",
        "You subtract k where ψ subtracts 2k. cos mθ falls by 2 over an interval, from"
        " 1 to −1, so each further interval must begin 2 lower to fit on.",
        k_for_2k,
    ),
    Misconception(
        "04.3",
        "2k added",
        "You add 2k where ψ subtracts it. ψ falls all the way from θ = 0 to π, so each"
        " further interval begins lower than the one before.",
        plus_2k,
    ),
    Misconception(
        "04.3",
        "k one too large",
        "Your k is one too large in every interval: in the first, for θ below π/m, it"
        " is 0. At the knots the mistake cannot be seen, since the pieces meet there.",
        k_one_too_large,
    ),
    Misconception(
        "04.3",
        "through the angle",
        "You went through arccos, which is NaN where rounding has pushed c past 1: the"
        " cosine of a vector with itself is enough. T_m and the counted k need no"
        " angle.",
        psi_through_the_angle,
    ),
    Misconception(
        "04.3",
        "precedence of **",
        "Python reads -1 ** k as −(1 ** k), which is −1 for every k. Write (-1) ** k,"
        " or 1 − 2 (k mod 2).",
        precedence,
    ),
    Misconception(
        "04.3",
        "sign on 2k too",
        "Your sign multiplies 2k as well: (−1)^k (cos mθ − 2k) goes up again in every"
        " other interval. It stands before cos mθ alone.",
        sign_on_2k_too,
    ),
    Misconception(
        "04.4",
        "length of w forgotten",
        "You left out |w| before ψ. In L-Softmax the weights keep their length: the"
        " logit without a margin, w·x, is |w| |x| cos θ. (A-Softmax, a later chapter,"
        " sets |w| to 1.)",
        norm_of_w_forgotten,
    ),
    Misconception(
        "04.4",
        "both lengths forgotten",
        "Your margin part is ψ alone. The logit is |w| |x| ψ: ψ takes the place of cos"
        " θ in w·x = |w| |x| cos θ, and the lengths stay.",
        both_norms_forgotten,
    ),
    Misconception(
        "04.4",
        "not divided by 1 + λ",
        "You did not divide by 1 + λ. The two logits are averaged with the weights λ"
        " and 1; without the division a λ of 1000 makes the logit a thousand times too"
        " large.",
        not_divided_by_one_plus_lam,
    ),
    Misconception(
        "04.4",
        "λ on the wrong part",
        "You gave λ to the part with the margin. A large λ means plain softmax:"
        " training begins there, and the margin comes in as λ falls.",
        lam_on_the_margin,
    ),
    Misconception(
        "04.4",
        "inf divided by inf",
        "For λ = inf you compute inf/inf, which is NaN. inf stands for the limit, in"
        " which only w·x is left: treat it first.",
        inf_over_inf,
    ),
    Misconception(
        "04.4",
        "zero divided by zero",
        "For a row of zeros you divide 0 by 0. Such a row has no angle, and its logit"
        " is 0: divide by 1 where the length is 0.",
        zero_over_zero,
    ),
    Misconception(
        "04.4",
        "inner product for cosine",
        "You put w·x into ψ in place of the cosine. Divide by |w| |x| first: ψ is a"
        " function of the angle alone.",
        cosine_without_norms,
    ),
    Misconception(
        "04.4",
        "epsilon beside the lengths",
        "You add a small number to the product of the lengths. Where both are small it"
        " is no longer small beside them; divide by 1 where the product is 0, and add"
        " nothing.",
        epsilon_beside_the_norms,
    ),
    Misconception(
        "04.5",
        "no projection onto the tangent",
        "You add the slope along ŵ itself (and along x̂ in dw). Only the part of ŵ at"
        " right angles to x̂ turns x: project it, ŵ − c x̂.",
        no_projection,
    ),
    Misconception(
        "04.5",
        "sin θ counted twice",
        "You multiply ρ, which contains sin θ, by ŵ − c x̂, whose length is sin θ as"
        " well. The tangent has length 1: use ρ / sin θ = (−1)^k m U_(m−1) with ŵ −"
        " c x̂.",
        sine_counted_twice,
    ),
    Misconception(
        "04.5",
        "lengths left out",
        "You left out the lengths before the bracket: ∂f/∂x carries |w|, and ∂f/∂w"
        " carries |x|.",
        norms_left_out,
    ),
    Misconception(
        "04.5",
        "lengths exchanged",
        "You exchanged the lengths. f is |w| |x| ψ, and differentiating by x uses up"
        " |x|, so ∂f/∂x carries |w|, and ∂f/∂w carries |x|.",
        norms_exchanged,
    ),
    Misconception(
        "04.5",
        "one tangent for both",
        "Your dx is right, but dw uses the tangent of x. w turns at right angles to ŵ,"
        " toward x: t_w = (x̂ − c ŵ) / |x̂ − c ŵ|.",
        one_tangent_for_both,
    ),
    Misconception(
        "04.5",
        "ρ with the wrong sign",
        "Your tangential part has the other sign. ρ = −dψ/dθ is not negative, and t_x"
        " leads toward ŵ: turning x toward its own class must raise the logit.",
        rho_turned_round,
    ),
    Misconception(
        "04.5",
        "m left out of ρ",
        "The factor m of ρ is missing: the derivative of cos mθ by θ is −m sin mθ.",
        m_left_out_of_rho,
    ),
    Misconception(
        "04.5",
        "sign left out of ρ",
        "You left (−1)^k out of ρ. ψ carries it, so its derivative does; your gradient"
        " has the wrong sign in every other interval.",
        sign_left_out_of_rho,
    ),
    Misconception(
        "04.5",
        "λ left out",
        "Your gradient is that of λ = 0. The logit is a weighted mean of w·x and |w|"
        " |x| ψ, and so is its gradient: (λ w + ...)/(1 + λ) by x.",
        lam_left_out,
    ),
    Misconception(
        "04.5",
        "radial part only",
        "You have the radial part only, as if ψ did not change with the angle. The part"
        " along the tangent, ρ t, is the one that turns x toward its class.",
        radial_only,
    ),
    Misconception(
        "04.5",
        "divided by the sine",
        "You divide ŵ − c x̂ by its length, which is 0 (or noise) where x lies along w."
        " ρ contains the same sine: let the two cancel on paper, and multiply by (−1)^k"
        " m U_(m−1).",
        divided_by_the_sine,
    ),
    Misconception(
        "04.5",
        "cos mθ for ψ",
        "Your radial part has cos mθ where ψ belongs: (−1)^k and −2k are in the logit,"
        " so they are in its slope along x too.",
        cosine_for_psi,
    ),
    Misconception(
        "04.5",
        "tangential part only",
        "Your gradient only turns x and w. The logit also grows with their lengths: the"
        " part ψ x̂, and for w ψ ŵ, is missing.",
        tangential_only,
    ),
    Misconception(
        "04.5",
        "divided by the length once more",
        "You divide the part at right angles by the length of x, or of w. The angle's"
        " own slope has such a factor, and the length before ψ cancels it.",
        divided_by_the_length,
    ),
    Misconception(
        "04.5",
        "rows of zeros forgotten",
        "In a row where x or w is zero you give a slope. There is no angle there, and"
        " none of the directions is better than another: both gradients are 0 by"
        " convention.",
        zero_rows_forgotten,
    ),
    Misconception(
        "04.6",
        "no floor",
        "You left out the minimum. λ then falls on toward 0, where the face recipe"
        " stops at 5.",
        no_floor,
    ),
    Misconception(
        "04.6",
        "ceiling for floor",
        "You took the smaller of the two. λ never falls below the minimum, so it is the"
        " larger.",
        ceiling_for_floor,
    ),
    Misconception(
        "04.6",
        "growing",
        "Your λ grows: the power is negative. Training begins with much softmax and"
        " little margin, and λ falls.",
        growing,
    ),
    Misconception(
        "04.6",
        "power on t only",
        "You raise t to the power. It is the whole bracket that is raised: (1 +"
        " gamma·t)^(−power).",
        power_on_t_only,
    ),
    Misconception(
        "04.6",
        "floor added",
        "You add the minimum to the decay. λ is the larger of the two, and reaches the"
        " floor.",
        floor_added,
    ),
)
