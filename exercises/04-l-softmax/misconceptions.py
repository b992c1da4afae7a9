"""Wrong answers of chapter 4, each with the sentence for whoever gave it."""

import numpy as np


def through_the_angle(m, c):
    theta = np.arccos(c)
    return np.cos(m * theta), np.sin(m * theta) / np.sin(theta)


def floor_of_arccos(c, m):
    return np.floor(m * np.arccos(c) / np.pi).astype(np.int64)


def floor_of_arccos_in_32_bits(c, m):
    """A NaN becomes the least of all integers, of which there are fewer."""
    return _floor_with(-(2**31), c, m)


def floor_of_arccos_elsewhere(c, m):
    """On some processors a NaN becomes 0."""
    return _floor_with(0, c, m)


def _floor_with(nan, c, m):
    with np.errstate(invalid="ignore"):
        k = np.floor(m * np.arccos(c) / np.pi)
    return np.where(np.isnan(k), nan, k).astype(np.int64)


def psi_through_the_angle(c, m):
    theta = np.arccos(c)
    k = np.clip(np.floor(m * theta / np.pi), 0, m - 1)
    return (((-1) ** k) * np.cos(m * theta) - 2 * k).astype(c.dtype)


MISCONCEPTIONS = {
    "04.1": {
        "through the angle": (
            through_the_angle,
            "You went through arccos and divided by sin θ. At c = ±1 that is 0/0, and"
            " past 1, where rounding leads, there is no angle; clipping c mends only"
            " the second. Use the recurrence.",
        ),
        "U one step too far": (
            {"return t, u": "return t, 2 * c * u - u_before"},
            "Your second result is U_m, one step too far. It is sin((m+1)θ) / sin θ;"
            " wanted is U_(m−1), which belongs to sin mθ.",
        ),
        "U begins like T": (
            {"np.zeros_like(c)": "c.copy()"},
            "You began U with 1 and c, as T does, so both become the same polynomials."
            " U_1 = 2c, since sin 2θ / sin θ = 2 cos θ.",
        ),
        "plus for minus": (
            {"t - t_before": "t + t_before", "u - u_before": "u + u_before"},
            "You add P_(n−1) where the recurrence subtracts it: P_(n+1) = 2c P_n −"
            " P_(n−1).",
        ),
        "forgotten factor 2": (
            {"2 * c * t": "c * t", "2 * c * u": "c * u"},
            "The factor 2 is missing: P_(n+1) = 2c P_n − P_(n−1). It comes from"
            " cos(n+1)θ + cos(n−1)θ = 2 cos θ cos nθ.",
        ),
    },
    "04.2": {
        "floor of an arccos": (
            (
                floor_of_arccos,
                floor_of_arccos_in_32_bits,
                floor_of_arccos_elsewhere,
            ),
            "You took floor(m·arccos(c)/π). It gives m at c = −1, an interval that"
            " does not exist, and where rounding has pushed c past 1 there is no"
            " angle. Count the knots that are passed.",
        ),
        "counted from zero": (
            {"range(1, m)": "range(m)"},
            "Your k is one too large everywhere but at θ = 0: you counted i = 0 too. θ"
            " = 0 is where the first interval begins and not a knot that is passed;"
            " count from i = 1.",
        ),
        "last knot left out": (
            {"range(1, m)": "range(1, m - 1)"},
            "Your k never reaches m − 1: you left out the knot i = m − 1. range(1, m)"
            " ends there, and range(1, m − 1) one before it.",
        ),
        "counted from the other end": (
            {"c < np": "c > np"},
            "You counted the knots that θ has not reached. The cosine falls as the"
            " angle grows, so a knot is passed where c < cos(iπ/m), not where c >"
            " cos(iπ/m).",
        ),
        "equal steps in c": (
            {"np.cos(i * np.pi / m)": "1 - 2 * i / m"},
            "You cut the range of c into m equal parts. It is the range of θ that is"
            " cut: the knots are at c = cos(iπ/m), and crowd together near ±1.",
        ),
    },
    "04.3": {
        "forgotten 2k": (
            {" - 2 * k": ""},
            "You left out −2k. Without it ψ zigzags between 1 and −1 instead of"
            " falling, and an angle of 2π/m would be as good as 0.",
        ),
        "forgotten sign": (
            {"(1 - 2 * (k % 2)) * t": "t"},
            "You left out (−1)^k. In every other interval cos mθ rises; the sign turns"
            " it over, so that ψ goes on falling.",
        ),
        "cos mθ alone": (
            {"(1 - 2 * (k % 2)) * t - 2 * k": "t"},
            "You return cos mθ for every angle. That is ψ only up to π/m; beyond it"
            " the cosine rises again, and the interval's (−1)^k and −2k must mend"
            " that.",
        ),
        "k in place of 2k": (
            {"- 2 * k": "- k"},
            "You subtract k where ψ subtracts 2k. cos mθ falls by 2 over an interval,"
            " from 1 to −1, so each further interval must begin 2 lower to fit on.",
        ),
        "2k added": (
            {"- 2 * k": "+ 2 * k"},
            "You add 2k where ψ subtracts it. ψ falls all the way from θ = 0 to π, so"
            " each further interval begins lower than the one before.",
        ),
        "k one too large": (
            {"interval(c, m)": "(interval(c, m) + 1)"},
            "Your k is one too large in every interval: in the first, for θ below π/m,"
            " it is 0. At the knots the mistake cannot be seen, since the pieces meet"
            " there.",
        ),
        "through the angle": (
            psi_through_the_angle,
            "You went through arccos, which is NaN where rounding has pushed c past 1:"
            " the cosine of a vector with itself is enough. T_m and the counted k need"
            " no angle.",
        ),
        "precedence of **": (
            {"(1 - 2 * (k % 2))": "-1 ** k"},
            "Python reads -1 ** k as −(1 ** k), which is −1 for every k. Write (-1) **"
            " k, or 1 − 2 (k mod 2).",
        ),
        "sign on 2k too": (
            {"t - 2 * k": "(t - 2 * k)"},
            "Your sign multiplies 2k as well: (−1)^k (cos mθ − 2k) goes up again in"
            " every other interval. It stands before cos mθ alone.",
        ),
    },
    "04.4": {
        "length of w forgotten": (
            {"norms * psi": "np.linalg.norm(x, axis=1) * psi"},
            "You left out |w| before ψ. In L-Softmax the weights keep their length:"
            " the logit without a margin, w·x, is |w| |x| cos θ. (A-Softmax, a later"
            " chapter, sets |w| to 1.)",
        ),
        "both lengths forgotten": (
            {"norms * psi": "psi"},
            "Your margin part is ψ alone. The logit is |w| |x| ψ: ψ takes the place of"
            " cos θ in w·x = |w| |x| cos θ, and the lengths stay.",
        ),
        "not divided by 1 + λ": (
            {" / (1 + lam)": ""},
            "You did not divide by 1 + λ. The two logits are averaged with the weights"
            " λ and 1; without the division a λ of 1000 makes the logit a thousand"
            " times too large.",
        ),
        "λ on the wrong part": (
            {"lam * inner + norms": "inner + lam * norms"},
            "You gave λ to the part with the margin. A large λ means plain softmax:"
            " training begins there, and the margin comes in as λ falls.",
        ),
        "inf divided by inf": (
            {"if lam == np.inf:": "if False:"},
            "For λ = inf you compute inf/inf, which is NaN. inf stands for the limit,"
            " in which only w·x is left: treat it first.",
        ),
        "zero divided by zero": (
            {"np.where(norms == 0, 1, norms)": "norms"},
            "For a row of zeros you divide 0 by 0. Such a row has no angle, and its"
            " logit is 0: divide by 1 where the length is 0.",
        ),
        "inner product for cosine": (
            {"psi(c, m)": "psi(inner, m)"},
            "You put w·x into ψ in place of the cosine. Divide by |w| |x| first: ψ is"
            " a function of the angle alone.",
        ),
        "epsilon beside the lengths": (
            {"np.where(norms == 0, 1, norms)": "(norms + 1e-8)"},
            "You add a small number to the product of the lengths. Where both are"
            " small it is no longer small beside them; divide by 1 where the product"
            " is 0, and add nothing.",
        ),
    },
    "04.5": {
        "no projection onto the tangent": (
            {"(w_hat - c * x_hat)": "w_hat", "(x_hat - c * w_hat)": "x_hat"},
            "You add the slope along ŵ itself (and along x̂ in dw). Only the part of ŵ"
            " at right angles to x̂ turns x: project it, ŵ − c x̂.",
        ),
        "sin θ counted twice": (
            {"m * u": "m * u * np.sqrt(np.maximum(1 - c * c, 0))"},
            "You multiply ρ, which contains sin θ, by ŵ − c x̂, whose length is sin θ"
            " as well. The tangent has length 1: use ρ / sin θ = (−1)^k m U_(m−1) with"
            " ŵ − c x̂.",
        ),
        "lengths left out": (
            {"w_norm * (": "(", "x_norm * (": "("},
            "You left out the lengths before the bracket: ∂f/∂x carries |w|, and ∂f/∂w"
            " carries |x|.",
        ),
        "lengths exchanged": (
            {"dx = w_norm": "dx = x_norm", "dw = x_norm": "dw = w_norm"},
            "You exchanged the lengths. f is |w| |x| ψ, and differentiating by x uses"
            " up |x|, so ∂f/∂x carries |w|, and ∂f/∂w carries |x|.",
        ),
        "one tangent for both": (
            {"(x_hat - c * w_hat)": "(w_hat - c * x_hat)"},
            "Your dx is right, but dw uses the tangent of x. w turns at right angles"
            " to ŵ, toward x: t_w = (x̂ − c ŵ) / |x̂ − c ŵ|.",
        ),
        "ρ with the wrong sign": (
            {"m * u": "-m * u"},
            "Your tangential part has the other sign. ρ = −dψ/dθ is not negative, and"
            " t_x leads toward ŵ: turning x toward its own class must raise the logit.",
        ),
        "m left out of ρ": (
            {"m * u": "u"},
            "The factor m of ρ is missing: the derivative of cos mθ by θ is −m sin mθ.",
        ),
        "sign left out of ρ": (
            {"(1 - 2 * (k % 2)) * m * u": "m * u"},
            "You left (−1)^k out of ρ. ψ carries it, so its derivative does; your"
            " gradient has the wrong sign in every other interval.",
        ),
        "λ left out": (
            {"(lam * w + dx) / (1 + lam)": "dx", "(lam * x + dw) / (1 + lam)": "dw"},
            "Your gradient is that of λ = 0. The logit is a weighted mean of w·x and"
            " |w| |x| ψ, and so is its gradient: (λ w + ...)/(1 + λ) by x.",
        ),
        "radial part only": (
            {
                " + slope * (w_hat - c * x_hat)": "",
                " + slope * (x_hat - c * w_hat)": "",
            },
            "You have the radial part only, as if ψ did not change with the angle. The"
            " part along the tangent, ρ t, is the one that turns x toward its class.",
        ),
        "divided by the sine": (
            {
                "m * u": "m * u * np.sqrt(1 - c * c)",
                "dx = w": "unit = lambda v: v / np.linalg.norm(v, axis=1)[:, None]\n"
                "    dx = w",
                "(w_hat - c * x_hat)": "unit(w_hat - c * x_hat)",
                "(x_hat - c * w_hat)": "unit(x_hat - c * w_hat)",
            },
            "You divide ŵ − c x̂ by its length, which is 0 (or noise) where x lies"
            " along w. ρ contains the same sine: let the two cancel on paper, and"
            " multiply by (−1)^k m U_(m−1).",
        ),
        "cos mθ for ψ": (
            {"psi(c, m)": "chebyshev(m, c)[0]"},
            "Your radial part has cos mθ where ψ belongs: (−1)^k and −2k are in the"
            " logit, so they are in its slope along x too.",
        ),
        "tangential part only": (
            {"radial * x_hat + ": "", "radial * w_hat + ": ""},
            "Your gradient only turns x and w. The logit also grows with their"
            " lengths: the part ψ x̂, and for w ψ ŵ, is missing.",
        ),
        "divided by the length once more": (
            {
                "(w_hat - c * x_hat)": "(w_hat - c * x_hat) / (x_norm + zero)",
                "(x_hat - c * w_hat)": "(x_hat - c * w_hat) / (w_norm + zero)",
            },
            "You divide the part at right angles by the length of x, or of w. The"
            " angle's own slope has such a factor, and the length before ψ cancels it.",
        ),
        "rows of zeros forgotten": (
            {
                "np.where(zero, 1, x_norm)": "np.where(x_norm == 0, 1, x_norm)",
                "np.where(zero, 1, w_norm)": "np.where(w_norm == 0, 1, w_norm)",
                "np.where(zero, 0, dx), np.where(zero, 0, dw)": "dx, dw",
            },
            "In a row where x or w is zero you give a slope. There is no angle there,"
            " and none of the directions is better than another: both gradients are 0"
            " by convention.",
        ),
    },
    "04.6": {
        "no floor": (
            {"np.maximum(minimum, base": "(base"},
            "You left out the minimum. λ then falls on toward 0, where the face recipe"
            " stops at 5.",
        ),
        "ceiling for floor": (
            {"maximum": "minimum"},
            "You took the smaller of the two. λ never falls below the minimum, so it"
            " is the larger.",
        ),
        "growing": (
            {"-power": "power"},
            "Your λ grows: the power is negative. Training begins with much softmax"
            " and little margin, and λ falls.",
        ),
        "power on t only": (
            {"* (1 + gamma * t) ** -power": "/ (1 + gamma * t.astype(float) ** power)"},
            "You raise t to the power. It is the whole bracket that is raised: (1 +"
            " gamma·t)^(−power).",
        ),
        "floor added": (
            {"np.maximum(minimum, base": "(minimum + base"},
            "You add the minimum to the decay. λ is the larger of the two, and reaches"
            " the floor.",
        ),
    },
}
