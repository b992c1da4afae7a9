"""Wrong answers of chapter 17, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine import chapters

right = chapters.solution(__file__)


def gradient_for_the_difference(x, w, y, mean, std, m, h, s, v, step):
    return np.sum(right.ada_backward_x(x, w, y, mean, std, m, h, s) * v)


MISCONCEPTIONS = {
    "17.1": {
        "lengths kept below 100": (
            {
                "    mean = (1 - weight) * mean": (
                    "    a = np.clip(a, 0.001, 100)\n    mean = (1 - weight) * mean"
                )
            },
            "You do not let a length be above 100, or below 0.001, before anything is"
            " computed. The task has no such limits: only q is clipped.",
        ),
        "deviation from the running mean": (
            {
                "a.std(ddof=1)": (
                    "np.sqrt(np.sum((a - mean) ** 2) / (len(a) - 1)).astype(a.dtype)"
                )
            },
            "You measure the batch's deviation from the running mean. It is that from"
            " the mean of the batch itself, as np.std has it.",
        ),
        "deviation by N": (
            {"a.std(ddof=1)": "a.std()"},
            "Your standard deviation divides the sum of squares by N, which is NumPy's"
            " own default. AdaFace divides by N − 1: ddof=1.",
        ),
        "quality before the batch": (
            {
                "mean = (1 - weight) * mean": (
                    "old, spread = mean, std\n    mean = (1 - weight) * mean"
                ),
                "h * (a - mean) / (std + 1e-3)": "h * (a - old) / (spread + 1e-3)",
            },
            "You compute q by the old running values. The batch enters first, and then"
            " its own lengths are measured by the new ones.",
        ),
        "quality by the batch alone": (
            {
                "    q = np.clip(h * (a - mean) / (std + 1e-3), -1, 1)": (
                    "    own = a.std(ddof=1) if len(a) > 1 else std\n"
                    "    q = np.clip(h * (a - a.mean()) / (own + 1e-3), -1, 1)"
                )
            },
            "You measure the lengths by the mean and standard deviation of this batch"
            " alone. They are measured by the running values, which the batch moves by"
            " its weight only.",
        ),
        "weight of the old": (
            {
                "(1 - weight) * mean + weight * a.mean()": (
                    "weight * mean + (1 - weight) * a.mean()"
                ),
                "(1 - weight) * std + weight * a.std": (
                    "weight * std + (1 - weight) * a.std"
                ),
            },
            "You take weight for that of the old values. It is the weight of the new"
            " batch: 0.01 means that a batch moves the running values by a hundredth.",
        ),
        "variances averaged": (
            {
                "std = (1 - weight) * std + weight * a.std(ddof=1)": (
                    "std = np.sqrt((1 - weight) * std**2 + weight * a.var(ddof=1))"
                )
            },
            "You average variances and take the root at the end. Here the standard"
            " deviations themselves are averaged.",
        ),
        "no limits": (
            {
                "np.clip(h * (a - mean) / (std + 1e-3), -1, 1)": (
                    "h * (a - mean) / (std + 1e-3)"
                )
            },
            "Your qualities are not kept between −1 and 1. A single long feature would"
            " have a margin beyond all measure.",
        ),
        "limits 0 and 1": (
            {"-1, 1)": "0, 1)"},
            "You keep q between 0 and 1. Its range is −1 to 1: the poorest samples have"
            " −1, which makes the loss ArcFace.",
        ),
        "limits before h": (
            {
                "np.clip(h * (a - mean) / (std + 1e-3), -1, 1)": (
                    "h * np.clip((a - mean) / (std + 1e-3), -1, 1)"
                )
            },
            "You clip at one standard deviation and multiply by h afterwards. h comes"
            " first: it says how many standard deviations fill the range.",
        ),
        "divided by h": (
            {"h * (a - mean) / (std + 1e-3)": "(a - mean) / (h * (std + 1e-3))"},
            "You divide by h. The quality is h times the distance from the mean in"
            " standard deviations.",
        ),
        "sign": (
            {"(a - mean)": "(mean - a)"},
            "Your sign is turned round: short features get the high quality. q grows"
            " with the length.",
        ),
        "deviation of one sample": (
            {"if len(a) > 1:": "if True:"},
            "You take the standard deviation of a single length, 0/0. The NaN would"
            " stay in the running value for ever: leave std as it was.",
        ),
        "a deviation of 0": (
            {
                "if len(a) > 1:\n        std": "if True:\n        std",
                "a.std(ddof=1)": "(a.std(ddof=1) if len(a) > 1 else 0.0)",
            },
            "For a batch of one you let a deviation of 0 enter. One length says nothing"
            " of the deviation: leave std as it was.",
        ),
        "0.001 left out": (
            {"(std + 1e-3)": "std"},
            "You left out the 0.001 that is added to std in the divisor.",
        ),
    },
    "17.2": {
        "turned by m for all": (
            {"turn = -m * q": "turn = np.full_like(q, -m)"},
            "You turn every angle back by m. It is by m q, with the quality of each.",
        ),
        "angle kept above 0": (
            {
                "    psi = c": (
                    "    theta = np.arctan2(sine, c) - m * q\n"
                    "    kept = np.clip(theta, 1e-3, np.pi - 1e-3)\n"
                    "    turn = turn + (kept - theta)\n"
                    "    psi = c"
                )
            },
            "You keep θ − m q between 0 and π, as the released code does. Nothing"
            " here does: for a good sample nearer than m q it is below 0, and so"
            " is ρ.",
        ),
        "degrees": (
            {"turn = -m * q": "turn = -np.degrees(m * q)"},
            "You turn m q into degrees. np.cos and np.sin take radians, and m is in"
            " radians.",
        ),
        "larger angle for the good": (
            {"turn = -m * q": "turn = m * q"},
            "You add m q to the angle, as if good samples got the larger angular"
            " margin. They get the smaller one: at q = 1 it is −m, and it is the poor"
            " ones that are turned on.",
        ),
        "slid by m": (
            {" - m * (1 + q)": " - m"},
            "You take m off ψ for every sample. It is m (1 + q): nothing for the"
            " poorest, 2m for the best.",
        ),
        "slid by m q": (
            {" - m * (1 + q)": " - m * q"},
            "You take m q off ψ. It is m q + m, so that an ordinary sample, with q ="
            " 0, has the margin of AM-Softmax.",
        ),
        "slid by m (1 − q)": (
            {" - m * (1 + q)": " - m * (1 - q)"},
            "You take m (1 − q) off ψ, which is most for the poorest. It is m (1 + q).",
        ),
        "not slid": (
            {" - m * (1 + q)": ""},
            "You turn the angle and stop there. AdaFace takes m (1 + q) off the cosine"
            " as well.",
        ),
        "not turned": (
            {"turn = -m * q": "turn = 0 * q"},
            "You slide ψ and do not turn the angle: at q = −1 that is no margin at"
            " all, where it should be ArcFace's.",
        ),
        "straight-through": (
            {"return psi, rho": "return psi, sine.copy()"},
            "Your ρ is sin θ for every quality, as if the margin were a constant that"
            " is added to the logit. Later code of the authors does so; it is not the"
            " slope of ψ.",
        ),
        "ρ turned the other way": (
            {"rho = sine * np.cos(turn) + c": "rho = sine * np.cos(turn) - c"},
            "Your ρ is sin(θ + m q), and your ψ has θ − m q. The signs belong together:"
            " ρ = −dψ/dθ.",
        ),
        "ρ slid as well": (
            {
                "rho = sine * np.cos(turn) + c * np.sin(turn)": (
                    "rho = sine * np.cos(turn) + c * np.sin(turn) - m * (1 + q)"
                )
            },
            "You take m (1 + q) off ρ too. It is a constant in θ, and its derivative is"
            " 0.",
        ),
        "ρ with the wrong sign": (
            {"return psi, rho": "return psi, -rho"},
            "Your ρ has the other sign: it is minus the derivative, ρ = −dψ/dθ.",
        ),
        "through the arccos": (
            {
                "psi = c * np.cos(turn) - sine * np.sin(turn)": (
                    "psi = np.cos(np.arccos(c) + turn)"
                ),
                "rho = sine * np.cos(turn) + c * np.sin(turn)": (
                    "rho = np.sin(np.arccos(c) + turn)"
                ),
            },
            "You take the angle, or its sine, from c. Where c is 1 to all its digits"
            " the angle is lost, and where rounding pushes c past 1 it is NaN. The sine"
            " that is given knows it.",
        ),
    },
    "17.3": {
        "target's tangent not of length 1": (
            {"(rho - sine)": "(rho * sine - sine)"},
            "You multiply ρ by ŵ − cos θ x̂, which is sin θ long. Its direction t_x"
            " has the length 1.",
        ),
        "0.001 left out": (
            {"(std + 1e-3)": "std"},
            "Your q is without the 0.001 beside std.",
        ),
        "norm differentiated": (
            {
                "return s * dx / length[:, None]": (
                    "slope = h / (std + 1e-3) * (np.abs(q) < 1)\n"
                    "    radial = -g[rows, y] * s * m * (1 - rho) * slope\n"
                    "    return s * dx / length[:, None] + radial[:, None] * x_hat"
                )
            },
            "You differentiate the quality, too: there is a part along x̂, and all of"
            " it makes features shorter. The quality is a constant of the gradient, so"
            " x·dx = 0.",
        ),
        "straight-through": (
            {"(rho - sine)": "(sine - sine)"},
            "Your gradient is that of s cos θ, as if the margin were a constant. The"
            " target has ρ = sin(θ − m q), another one for each quality.",
        ),
        "ρ turned the other way": (
            {
                "z[rows, y], rho = ada_margin(c, sine, q, m)": (
                    "z[rows, y], rho = ada_margin(c, sine, q, m)\n"
                    "    rho = ada_margin(c, sine, -q, m)[1]"
                )
            },
            "Your ρ is sin(θ + m q). The good samples have the smaller angle: θ − m q.",
        ),
        "one quality for all": (
            {
                "q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)": (
                    "q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)\n"
                    "    q = 0 * q + q.mean()"
                )
            },
            "You use one quality for the whole batch. Each sample has its own, from"
            " its own length.",
        ),
        "quality not clipped": (
            {
                "q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)": (
                    "q = h * (length - mean) / (std + 1e-3)"
                )
            },
            "Your qualities leave the range from −1 to 1.",
        ),
        "batch entered again": (
            {
                "q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)": (
                    "q = quality(length, mean, std, h, 0.01)[0]"
                )
            },
            "You let the batch enter mean and std. They have it in them already, and"
            " are used as they are.",
        ),
        "quality by the batch alone": (
            {
                "q = np.clip(h * (length - mean) / (std + 1e-3), -1, 1)": (
                    "own = length.std(ddof=1) if len(y) > 1 else std\n"
                    "    q = np.clip(\n"
                    "        h * (length - length.mean()) / (own + 1e-3), -1, 1\n"
                    "    )"
                )
            },
            "You measure the lengths by this batch alone. mean and std are given.",
        ),
        "no projection": (
            {"dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat": ""},
            "You leave the part along x. Neither an angle nor the quality, which is"
            " held, changes with the length: x·dx = 0.",
        ),
        "target counted twice": (
            {"(rho - sine)": "rho"},
            "The target is in g ŵ with its sin θ already. Add ρ − sin θ, not ρ.",
        ),
        "tangent not of length 1": (
            {"t_x = across / sine[:, None]": "t_x = across"},
            "Your t_x is ŵ − c x̂, whose length is sin θ. The tangent has length 1:"
            " divide.",
        ),
        "mean left out": (
            {"g /= len(y)": ""},
            "Your gradient is that of the sum. The loss is the mean: divide by N.",
        ),
        "length of x left out": (
            {"s * dx / length[:, None]": "s * dx"},
            "You did not divide by |x|: a step of one size turns a long x less.",
        ),
        "scale left out": (
            {"return s * dx": "return dx"},
            "You left out s: the logits are s times ψ, and so is their gradient.",
        ),
        "scale left out of the softmax": (
            {"np.exp(s * (": "np.exp(1 * ("},
            "Your probabilities are those of the cosines. The logits are s times them.",
        ),
        "softmax of the plain cosines": (
            {"z[rows, y], rho": "_, rho"},
            "Your probabilities have no margin in them. p is the softmax of the logits"
            " as modified, with s ψ at the target.",
        ),
        "exp without the shift": (
            {"(z - z.max(axis=1, keepdims=True))": "z"},
            "You take exp of the logits as they are. At s = 5000 it is infinite; take"
            " the largest logit of each row off first.",
        ),
        "w for ŵ": (
            {"g @ w_hat": "g @ w"},
            "You use w where ŵ belongs: the logits are made of unit vectors.",
        ),
    },
    "17.4": {
        "the gradient for the difference": (
            gradient_for_the_difference,
            "You multiply the gradient by v. That is what the difference comes to for"
            " a small step; asked is the difference itself, by which the gradient can"
            " be checked.",
        ),
        "0.001 left out": (
            {"(std + 1e-3)": "std"},
            "Your q is without the 0.001 beside std.",
        ),
        "batch entered again": (
            {
                "    q = np.clip": (
                    "    _, mean, std = quality(length, mean, std, h, 0.01)\n"
                    "    q = np.clip"
                )
            },
            "You let the batch enter mean and std. They have it in them already, and"
            " are used as they are.",
        ),
        "quality computed anew": (
            {
                "c = z[rows, y]": (
                    "c = z[rows, y]\n"
                    "        a = np.linalg.norm(moved, axis=1)\n"
                    "        q = np.clip(h * (a - mean) / (std + 1e-3), -1, 1)"
                )
            },
            "You compute the qualities anew at x ± step v. Then they move with the"
            " lengths, and the difference has a part in it that the gradient leaves"
            " out: hold those of x.",
        ),
        "forward difference": (
            {
                "(loss(x + step * v) - loss(x - step * v)) / (2 * step)": (
                    "(loss(x + step * v) - loss(x)) / step"
                )
            },
            "You take one side, (L(x + step v) − L(x))/step. Its error is proportional"
            " to the step; that of both sides to its square.",
        ),
        "divided by the step": (
            {"/ (2 * step)": "/ step"},
            "You divide by step. From x − step v to x + step v it is 2 step.",
        ),
        "not divided": (
            {" / (2 * step)": ""},
            "You return the difference of two losses. Divide it by 2 step.",
        ),
        "sum of the losses": (
            {"np.mean(np.log": "np.sum(np.log"},
            "Your loss is the sum over the batch. It is the mean.",
        ),
        "direction of length 1": (
            {"def loss(moved)": ("v = v / np.linalg.norm(v)\n\n    def loss(moved)")},
            "You give v the length 1. It is a direction with a length of its own, and"
            " the difference is per step of it.",
        ),
        "the wrong way round": (
            {
                "loss(x + step * v) - loss(x - step * v)": (
                    "loss(x - step * v) - loss(x + step * v)"
                )
            },
            "Your sign is turned round: L(x + step v) comes first.",
        ),
        "exp without the shift": (
            {"(z - z.max(axis=1, keepdims=True))": "z"},
            "You take exp of the logits as they are. At s = 5000 it is infinite; take"
            " the largest logit of each row off first.",
        ),
        "no quality": (
            {"ada_margin(c, sine, q, m)": "ada_margin(c, sine, 0 * q, m)"},
            "Your loss has q = 0 for every sample, which is AM-Softmax. The qualities"
            " are held, at what they are for x.",
        ),
    },
    "17.5": {
        "sign of the slope of g": (
            {"1 / u_a**2 - 1 / b**2": "1 / b**2 - 1 / u_a**2"},
            "Your dg has the other sign: g falls up to u_a.",
        ),
        "l_m and u_m exchanged": (
            {
                "k = (u_m - l_m)": "k = (l_m - u_m)",
                "m = l_m + k": "m = u_m + k",
            },
            "Your margin falls from u_m at l_a to l_m at u_a. A long feature has the"
            " larger one.",
        ),
        "g not clipped": (
            {
                "g = 1 / b + b / u_a**2": "g = 1 / a + a / u_a**2",
                "np.where(inside, 1 / u_a**2 - 1 / b**2, 0)": "1 / u_a**2 - 1 / a**2",
            },
            "Your margin stands still outside of the range, and g and its slope go on."
            " Both take the clipped length.",
        ),
        "the clip has a slope of 1": (
            {
                "np.where(inside, k, np.zeros_like(a))": "k + 0 * a",
                "np.where(inside, 1 / u_a**2 - 1 / b**2, 0)": "1 / u_a**2 - 1 / b**2",
            },
            "You let the slopes go on outside of the range, as if the clip had the"
            " slope 1 there. m and g stand still outside: their slopes are 0.",
        ),
        "a slope at the ends": (
            {"(a > l_a) & (a < u_a)": "(a >= l_a) & (a <= u_a)"},
            "At l_a and u_a themselves you give the slopes of the inside. By this"
            " task's rule they are 0 there.",
        ),
        "not clipped": (
            {"b = np.clip(a, l_a, u_a)": "b = a"},
            "Outside of the range your m and g go on. They stay at what they are at"
            " the nearer end.",
        ),
        "only m clipped": (
            {"g = 1 / b + b / u_a**2": "g = 1 / a + a / u_a**2"},
            "You put the length into the range for m, and not for g. Both stand still"
            " outside.",
        ),
        "line through 0": (
            {"l_m + k * (b - l_a)": "l_m + k * b"},
            "Your margin is l_m at the length 0. It is l_m at l_a: k is multiplied by"
            " a − l_a.",
        ),
        "slope upside down": (
            {"(u_m - l_m) / (u_a - l_a)": "(u_a - l_a) / (u_m - l_m)"},
            "Your slope is (u_a − l_a)/(u_m − l_m), upside down.",
        ),
        "slope by u_a": (
            {"/ (u_a - l_a)": "/ u_a"},
            "You divide the rise of the margin by u_a. The line goes from l_a to u_a:"
            " divide by u_a − l_a.",
        ),
        "g without the square": (
            {"b / u_a**2": "b / u_a", "1 / u_a**2 - ": "1 / u_a - "},
            "Your g is 1/a + a/u_a. With u_a² its slope is 0 just at u_a.",
        ),
        "slope of 1/a": (
            {"- 1 / b**2, 0)": "+ 1 / b**2, 0)"},
            "The derivative of 1/a is −1/a². With a plus g would rise, and shorten the"
            " features.",
        ),
        "only the rising part": (
            {"1 / u_a**2 - 1 / b**2": "1 / u_a**2 + 0 * b"},
            "The slope of g has a second part, −1/a² from 1/a: it is the larger one up"
            " to u_a.",
        ),
        "1/a for 1/a²": (
            {"- 1 / b**2, 0)": "- 1 / b, 0)"},
            "The derivative of 1/a is −1/a², with a square.",
        ),
    },
    "17.6": {
        "target's tangent not of length 1": (
            {"(rho - sine)": "(rho * sine - sine)"},
            "You multiply ρ by ŵ − cos θ x̂, which is sin θ long. Its direction t_x"
            " has the length 1.",
        ),
        "along x for x̂": (
            {"radial[:, None] * x_hat": "radial[:, None] * x"},
            "Your part along x has the length of x as a factor. The slope by the"
            " length goes along x̂, which has the length 1.",
        ),
        "cost without s": (
            {"-g[rows, y] * s * dm * rho": "-g[rows, y] * dm * rho"},
            "The cost of the margin is without s. The target logit is s cos(θ + m(a)).",
        ),
        "the plain cosine past π": (
            {
                "    rho = sine * np.cos(m) + c * np.sin(m)\n": (
                    "    rho = sine * np.cos(m) + c * np.sin(m)\n"
                    "    past = np.arctan2(sine, c) + m > np.pi\n"
                    "    z[rows, y] = np.where(past, c, z[rows, y])\n"
                    "    rho, dm = np.where(past, sine, rho), np.where(past, 0, dm)\n"
                )
            },
            "Past θ + m = π you leave the margin out. The task has cos(θ + m)"
            " there, too.",
        ),
        "linear past π − m": (
            {
                "    rho = sine * np.cos(m) + c * np.sin(m)\n": (
                    "    rho = sine * np.cos(m) + c * np.sin(m)\n"
                    "    past = np.arctan2(sine, c) + m > np.pi\n"
                    "    z[rows, y] = np.where(past, c - m * np.sin(m), z[rows, y])\n"
                    "    by_m = np.where(past, np.sin(m) + m * np.cos(m), rho)\n"
                    "    rho = np.where(past, sine, rho)\n"
                ),
                "s * dm * rho": "s * dm * by_m",
            },
            "Past θ + m = π you go on with ArcFace's linear form, cos θ − m sin m, as"
            " some code does. The task has cos(θ + m) there, too.",
        ),
        "nothing along x": (
            {" + radial[:, None] * x_hat": ""},
            "Your gradient has no part along x. Either the length is not differentiated"
            " (AdaFace does that, and MagFace trains it), or the part along x̂ was"
            " added before the projection, which takes all of it away again. It comes"
            " after the projection.",
        ),
        "only the regulariser": (
            {"-g[rows, y] * s * dm * rho + lam": "lam"},
            "Along x̂ you have lam g'(a) only. The margin grows with the length too, and"
            " that costs (1 − p) s m'(a) sin(θ + m).",
        ),
        "only the margin": (
            {" + lam * dg / len(y)": ""},
            "Along x̂ you have the cost of the margin only. lam g'(a)/N is missing;"
            " without it every feature would get shorter.",
        ),
        "sign of the cost": (
            {"radial = -g[rows, y]": "radial = g[rows, y]"},
            "The cost of the margin has the wrong sign: g at the target is (p − 1)/N,"
            " below 0, and the target logit falls with the length.",
        ),
        "cost without 1 − p": (
            {"-g[rows, y] * s": "s / len(y)"},
            "The cost of the margin is the same for all your samples. It arrives"
            " through the target logit, with 1 − p: who is right does not pay.",
        ),
        "cost by the sine of θ": (
            {"s * dm * rho": "s * dm * sine"},
            "You multiply the slope of the margin by sin θ. The derivative of cos(θ +"
            " m) by m is −sin(θ + m).",
        ),
        "cost over |x|": (
            {"s * dm * rho": "s * dm * rho / length"},
            "You divide the cost of the margin by |x|. That belongs to the part that"
            " turns x; along x̂ the length itself is the variable.",
        ),
        "regulariser not averaged": (
            {"lam * dg / len(y)": "lam * dg"},
            "lam g' is missing its 1/N: g is in the mean over the batch like the rest.",
        ),
        "λ left out": (
            {"+ lam * dg": "+ dg"},
            "You left out λ before g'(a).",
        ),
        "a slope outside": (
            {
                "m, dm, _, dg = length_terms(length, l_a, u_a, l_m, u_m)": (
                    "m = length_terms(length, l_a, u_a, l_m, u_m)[0]\n"
                    "    dm = (u_m - l_m) / (u_a - l_a)\n"
                    "    dg = 1 / u_a**2 - 1 / length**2"
                )
            },
            "You let the slopes go on outside of the range. Below l_a and above u_a"
            " the length is clipped, and nothing is left along x.",
        ),
        "margin not clipped": (
            {
                "m, dm, _, dg = length_terms(length, l_a, u_a, l_m, u_m)": (
                    "_, dm, _, dg = length_terms(length, l_a, u_a, l_m, u_m)\n"
                    "    m = l_m + (u_m - l_m) / (u_a - l_a) * (length - l_a)"
                )
            },
            "Outside of the range your margin goes on along its line. It stays at l_m"
            " below l_a and at u_m above u_a.",
        ),
        "straight-through": (
            {"(rho - sine)": "(sine - sine)"},
            "Across x your gradient is that of s cos θ. The target has ρ = sin(θ +"
            " m(a)).",
        ),
        "no projection": (
            {"dx -= np.sum(dx * x_hat, axis=1, keepdims=True) * x_hat": ""},
            "What arrives through the angles is not projected. Take its part along x̂"
            " off, and add the slope by the length then.",
        ),
        "target counted twice": (
            {"(rho - sine)": "rho"},
            "The target is in g ŵ with its sin θ already. Add ρ − sin θ, not ρ.",
        ),
        "exp without the shift": (
            {"(z - z.max(axis=1, keepdims=True))": "z"},
            "You take exp of the logits as they are. At s = 5000 it is infinite; take"
            " the largest logit of each row off first.",
        ),
        "mean left out": (
            {"g /= len(y)": ""},
            "What arrives at the logits is missing its 1/N: the loss is a mean.",
        ),
        "length of x left out": (
            {"return s * dx / length[:, None]": "return s * dx"},
            "You did not divide the part that turns x by |x|.",
        ),
    },
}
