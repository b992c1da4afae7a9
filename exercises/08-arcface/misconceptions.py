"""Wrong answers of chapter 8, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "08.1": {
        "sine from the cosine": (
            {"return c, sine": "return c, np.sqrt(np.maximum(1 - c * c, 0))"},
            "You take sqrt(1 − c²). At an angle of 1e-9 c is exactly 1, and the root"
            " is 0; where rounding makes c larger than 1 it is NaN. The length of ŵ −"
            " c x̂ keeps the digits.",
        ),
        "an epsilon under the root": (
            {"return c, sine": "return c, np.sqrt(np.maximum(1 - c * c, 0) + 1e-6)"},
            "You add an epsilon under the root. It hides the NaN, and makes the sine"
            " wrong at every small angle: with 1e-6 there is none below 0.001.",
        ),
        "chord for sine": (
            {"w_hat - c[:, None] * x_hat": "w_hat - x_hat"},
            "You take |x̂ − ŵ|, the chord: it is 2 sin(θ/2). Near 0 they agree, but at"
            " π the chord is 2 and the sine 0. Subtract c x̂, not x̂.",
        ),
        "angle for sine": (
            {"return c, sine": "return c, np.arctan2(sine, c)"},
            "You return the angle itself. The addition theorem needs its sine, and no"
            " angle.",
        ),
        "sine squared": (
            {"return c, sine": "return c, sine * sine"},
            "You return |ŵ − c x̂|², the square of the sine. Take the root.",
        ),
        "a least sine": (
            {"return c, sine": "return c, np.maximum(sine, 1e-6)"},
            "You do not let the sine fall below some small number. Smaller angles are"
            " then all alike, and the gradient of the later tasks is wrong at every"
            " one of them.",
        ),
        "w not normalised": (
            {
                "return c, sine": (
                    "return c, np.linalg.norm(w - c[:, None] * x_hat, axis=1)"
                )
            },
            "In w − c x̂ your w has a length other than 1. The sine is the length of ŵ"
            " − c x̂.",
        ),
        "inner product for cosine": (
            {"x_hat * w_hat": "x * w"},
            "Your c is x·w as it is: divide by both lengths, |x| and |w|.",
        ),
        "a least length": (
            {
                "np.where(x_length == 0, 1, x_length)": "np.maximum(x_length, 1e-12)",
                "np.where(w_length == 0, 1, w_length)": "np.maximum(w_length, 1e-12)",
            },
            "You let no length be below some small number. Shorter rows are then no"
            " unit vectors; divide by the length itself, and by 1 where it is 0.",
        ),
        "zero divided by zero": (
            {
                "np.where(x_length == 0, 1, x_length)": "x_length",
                "np.where(w_length == 0, 1, w_length)": "w_length",
                "sine[~x.any(axis=1) | ~w.any(axis=1)] = 1": "",
            },
            "For a row of zeros you divide 0 by 0. It has no angle; take cosine 0 and"
            " sine 1.",
        ),
        "no sine for a row of zeros": (
            {"] = 1": "] = 0"},
            "For a row of zeros you return cosine 0 and sine 0, which no angle has. A"
            " right angle has the sine 1.",
        ),
    },
    "08.2": {
        "through the arccos": (
            {
                "c * cos_m - sine * sin_m": "np.cos(np.arccos(c) + m)",
                "sine * cos_m + c * sin_m": "np.sin(np.arccos(c) + m)",
            },
            "You take the arccos of c. Where c is 1 to all its digits the angle is"
            " lost, and where rounding pushes c past 1 it is NaN. The addition theorem"
            " needs c, the sine, cos m and sin m only.",
        ),
        "ρ by the cosine": (
            {"return psi, rho": "return psi, rho / sine"},
            "Your ρ is the derivative by cos θ, dψ/dc. ρ is minus the derivative by θ,"
            " which is sin θ times as large, and finite at 0 and π.",
        ),
        "margin in degrees": (
            {"cos_m, sin_m =": "m = np.radians(m)\n    cos_m, sin_m ="},
            "You take m for degrees. It is in radians: 0.5 is 28.6 degrees.",
        ),
        "linear with sin m alone": (
            {"c - m * sin_m": "c - sin_m"},
            "Your linear fallback is cos θ − sin m. It is cos θ − m sin m.",
        ),
        "linear for the whole array": (
            {"c < -cos_m": "np.any(c < -cos_m)"},
            "If one angle is past π − m you use the linear fallback for all. Each"
            " entry has its own angle: choose with np.where.",
        ),
        "margin at the right angle": (
            {"c > 0": "c >= 0"},
            "At the right angle, cos θ = 0, your easy margin is still there. It"
            " applies only where cos θ > 0.",
        ),
        "straight-through": (
            {"return psi, rho": "return psi, sine.copy()"},
            "Your ρ is sin θ, as if the margin were a constant that is added to the"
            " logit. Widely used code does so; it is not the gradient. The derivative"
            " of cos(θ + m) is −sin(θ + m).",
        ),
        "cos(θ − m)": (
            {"- sine * sin_m": "+ sine * sin_m", "+ c * sin_m": "- c * sin_m"},
            "Your signs are those of cos(θ − m). The margin makes the angle larger:"
            " cos(θ + m) = cos θ cos m − sin θ sin m.",
        ),
        "margin on the cosine": (
            {"c * cos_m - sine * sin_m, sine * cos_m + c * sin_m": "c - m, sine"},
            "You take m off the cosine, which is AM-Softmax. Here m is added to the"
            " angle.",
        ),
        "stopped at π": (
            {
                "+ c * sin_m": (
                    "+ c * sin_m\n    psi[c < -cos_m], rho[c < -cos_m] = -1, 0"
                )
            },
            "You stop at θ + m = π, where ψ is −1. A constant has no slope, so the"
            " samples that are most wrong would learn nothing; none of the three forms"
            " does so.",
        ),
        "ρ with the wrong sign": (
            {"return psi, rho": "return psi, -rho"},
            "Your ρ has the other sign: it is minus the derivative, ρ = −dψ/dθ.",
        ),
        "fallback left out": (
            {'fallback == "linear"': "False", 'fallback == "easy"': "False"},
            "You return cos(θ + m) for every fallback.",
        ),
        "ρ without the fallback": (
            {"np.where(past, sine, rho)": "rho", "np.where(acute, rho, sine)": "rho"},
            "Your ψ changes with the fallback, your ρ does not. Where ψ is cos θ (− m"
            " sin m), ρ is sin θ.",
        ),
        "linear past the margin": (
            {"c < -cos_m": "c < cos_m"},
            "Your linear fallback begins at θ = m. It begins at θ = π − m, where cos θ"
            " = −cos m.",
        ),
        "linear with m alone": (
            {"c - m * sin_m": "c - m"},
            "Your linear fallback is cos θ − m. It is cos θ − m sin m; public code"
            " calls the product `mm`, as sin(π − m)·m.",
        ),
        "linear upward": (
            {"c - m * sin_m": "c + m * sin_m"},
            "Your linear fallback adds m sin m. It is taken off, so that ψ stays below"
            " −1 there and goes on falling.",
        ),
        "easy turned round": (
            {"c > 0": "c <= 0"},
            "Your easy margin is where cos θ is below 0. It is the other way round:"
            " the margin applies where the sample is on the right side already.",
        ),
    },
    "08.3": {
        "margin in every class": (
            {"s * z": "s * np.cos(np.arccos(np.clip(x_hat @ w_hat.T, -1, 1)) + m)"},
            "You add m to all angles. Only the target, (i, y_i), has a margin.",
        ),
        "margin on the cosine": (
            {'= arc_margin(c, sine, m, "none")[0]': "-= m"},
            "You take m off the target's cosine, which is AM-Softmax. Here m is added"
            " to the angle.",
        ),
        "cos(θ − m)": (
            {"sine, m,": "sine, -m,"},
            "You make the target's angle smaller, and so help the right class. It is θ"
            " + m.",
        ),
        "margin in degrees": (
            {"sine, m,": "sine, np.radians(m),"},
            "You take m for degrees. It is in radians: 0.5 is 28.6 degrees.",
        ),
        "margin times the angle": (
            {
                'arc_margin(c, sine, m, "none")[0]': (
                    "np.cos((1 + m) * np.arctan2(sine, c))"
                )
            },
            "You multiply the angle, by 1 + m. ArcFace adds m to it, at every angle as"
            " much.",
        ),
        "linear fallback": (
            {'"none"': '"linear"'},
            "Past θ + m = π you use the linear fallback. This task has the paper's"
            " form, cos(θ + m) everywhere.",
        ),
        "scale left out": (
            {"s * z": "z"},
            "You left out s: a cosine alone is too small for a softmax to become sure"
            " of anything.",
        ),
        "features not normalised": (
            {"s * z": "x_length * s * z"},
            "Your logits grow with the length of x. Features are normalised; s takes"
            " the place of |x|.",
        ),
        "arccos past 1": (
            {'arc_margin(c, sine, m, "none")[0]': "np.cos(np.arccos(c) + m)"},
            "You take the arccos of a quotient that rounding can push past 1, or of"
            " 0/0 for a row of zeros. Both are NaN; the addition theorem needs no"
            " arccos.",
        ),
    },
    "08.4": {
        "straight-through": (
            {"known, rho /": "known, sine /"},
            "Your gradient is that of s cos θ, as if the margin were a constant."
            " Widely used code does so, and it trains, but it is not the gradient: the"
            " target has ρ = sin(θ + m), not sin θ.",
        ),
        "divided by sqrt(1 − c²)": (
            {
                "np.where(known, rho / np.where(known, sine, 1), 0)": (
                    "rho / np.sqrt(np.maximum(1 - c * c, 0))"
                )
            },
            "You divide by sqrt(1 − c²). Below an angle of 1e-8 it is 0 and the"
            " gradient NaN, or plainly wrong: divide by the length of ŵ − c x̂.",
        ),
        "divided by sine plus epsilon": (
            {
                "np.where(known, rho / np.where(known, sine, 1), 0)": (
                    "rho / (sine + 1e-6)"
                )
            },
            "You add an epsilon to the sine. It avoids 0/0, and makes the gradient"
            " vanish at every angle below the epsilon, where it should be s sin(m)/|x|"
            " long.",
        ),
        "direction of rounding": (
            {"4 * np.finfo(x.dtype).eps": "0"},
            "For x along w you divide rounding by rounding, and get a push of full"
            " length in a random direction (or 0/0). At most 4 eps of sin θ is no"
            " direction: take the tangent as 0.",
        ),
        "tangent not of length 1": (
            {"np.where(known, rho / np.where(known, sine, 1), 0)": "rho"},
            "You multiply ρ by ŵ − c x̂, whose length is sin θ. The tangent has length"
            " 1: divide.",
        ),
        "ρ with the wrong sign": (
            {"known, rho /": "known, -rho /"},
            "The target's part of your gradient has the other sign. t_x leads toward"
            " ŵ, and a larger logit lies that way.",
        ),
        "margin subtracted in ρ": (
            {"sine, m,": "sine, -m,"},
            "Your ρ is sin(θ − m). The margin is added: sin θ cos m + cos θ sin m.",
        ),
        "no projection": (
            {"dx -= ": "", " - c[:, None] * x_hat": ""},
            "You leave the part along x. Making x longer does not change an angle, so"
            " x·dx = 0: use ŵ − c x̂ in place of ŵ, for the target and for the others.",
        ),
        "others not projected": (
            {"dx -= ": ""},
            "The target's part of your gradient is right, that of the other classes"
            " keeps its part along x. Making x longer changes none of the angles: ŵ_j"
            " − c_j x̂ for each of them.",
        ),
        "target counted twice": (
            {"others[rows, y] = 0": ""},
            "The target is in your sum over all classes, and you add its part with ρ"
            " as well. Put 0 at the targets of a copy of g first (or add ρ − sin θ in"
            " place of ρ).",
        ),
        "target only": (
            {"others[rows, y] = 0": "others[:] = 0"},
            "You have the target's part only. The other logits, s x̂·ŵ_j, depend on x"
            " as well.",
        ),
        "divided by N": (
            {"dx / length": "dx / length / len(y)"},
            "You divide by the number of samples. If the loss is a mean, its 1/N is in"
            " g already.",
        ),
        "eps of float64": (
            {"x.dtype": "float"},
            "Your limit for sin θ is that of float64 for every dtype. What rounding"
            " leaves in float32 is far above it: np.finfo(x.dtype).eps.",
        ),
        "length of x left out": (
            {"dx / length": "dx"},
            "You did not divide by |x|: a step of one size turns a long x less.",
        ),
        "scale left out": (
            {"s * dx": "dx"},
            "You left out s: the logits are s times ψ, and so is their gradient.",
        ),
        "w for ŵ": (
            {"others @ w_hat": "others @ w", "(w_hat[y]": "(w[y]"},
            "You use w where ŵ belongs: the logits are made of unit vectors.",
        ),
    },
}
