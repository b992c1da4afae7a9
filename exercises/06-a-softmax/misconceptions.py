"""Wrong answers of chapter 6, each with the sentence for whoever gave it."""

MISCONCEPTIONS = {
    "06.1": {
        "length of w kept": (
            {" / np.where(lengths == 0, 1, lengths)": ""},
            "Your logits grow with the length of w_j. A-Softmax divides by it: a class"
            " must not win because its vector is long.",
        ),
        "x normalised too": (
            {
                "return": "size = np.linalg.norm(x, axis=1)[:, None]\n    return",
                "x @": "x / (size + (size == 0)) @",
            },
            "You normalise x as well, and so return cosines. In A-Softmax only w has"
            " length 1; the logit is |x| cos θ. (AM-Softmax and ArcFace, the next"
            " chapters, normalise both.)",
        ),
        "columns normalised": (
            {
                "axis=1": "axis=0",
                "x @ w.T / np.where(lengths == 0, 1, lengths)": "x / lengths @ w.T",
            },
            "You normalise the columns of w. A class vector is a row: the lengths are"
            " taken over axis 1. (Code that keeps w as (D, C) normalises over axis 0.)",
        ),
        "one length for all": (
            {"np.where(lengths == 0, 1, lengths)": "np.linalg.norm(w)"},
            "You divide by one number, the norm of the whole matrix: np.linalg.norm(w)"
            " without an axis. Each class has a length of its own.",
        ),
        "divided twice": (
            {"1, lengths)": "1, lengths**2)"},
            "You divide by |w_j|². Once is enough: np.linalg.norm is the root already.",
        ),
        "zero divided by zero": (
            {"np.where(lengths == 0, 1, lengths)": "lengths"},
            "For a row of zeros in w you divide 0 by 0. It has no angle, and its"
            " logits are 0.",
        ),
        "epsilon beside the length": (
            {"np.where(lengths == 0, 1, lengths)": "(lengths + 1e-12)"},
            "You add a small number to the length of w_j. Where w_j is short it is no"
            " longer small beside it; divide by 1 where the length is 0, and add"
            " nothing.",
        ),
    },
    "06.2": {
        "no projection": (
            {" - np.sum(d * unit, axis=1, keepdims=True) * unit": ""},
            "You divide by |w| and leave the part along w. Making w longer does not"
            " move ŵ at all, so that part must go: w·dw = 0.",
        ),
        "length forgotten": (
            {"unit) * inverse": "unit) * (lengths > 0)"},
            "Your direction is right, the size is not: divide by |w|. A step of one"
            " size turns a long vector less than a short one.",
        ),
        "multiplied by the length": (
            {"unit) * inverse": "unit) * lengths"},
            "You multiply by |w| where ŵ = w/|w| asks for a division: a long vector"
            " turns less.",
        ),
        "projected with w": (
            {"w * inverse": "w"},
            "You project with w, whose length is not 1. d − (d·ŵ) ŵ needs ŵ both"
            " times; with w, divide by |w|².",
        ),
        "unit vector forgotten once": (
            {"d * unit": "d * w"},
            "In (d·ŵ) ŵ one of your two vectors is w and not ŵ, so the part along w is"
            " taken off |w| times.",
        ),
        "along for across": (
            {"(d - np.sum": "(np.sum"},
            "You keep the part along w and drop the rest. It is the other way round:"
            " only the part across w turns it.",
        ),
        "direction of a row of zeros": (
            {
                "np.where(lengths == 0, 0, 1 /": "(1 /",
                "np.where(lengths == 0, 1, lengths)": "lengths",
            },
            "For a row of zeros you divide 0 by 0. It has no direction; its gradient"
            " is 0.",
        ),
    },
    "06.3": {
        "margin in every class": (
            {
                "norm(x, axis=1)": "norm(x, axis=1, keepdims=True)",
                "z[rows, y] /": "z /",
                "z[rows, y] =": "z =",
            },
            "You put ψ into all logits. The margin makes it harder for the right class"
            " only, so it is the entries (i, y_i) that change.",
        ),
        "forgotten 2k": (
            {" - 2 * k)": ")"},
            "You left out −2k. Without it ψ zigzags between 1 and −1 instead of"
            " falling.",
        ),
        "cos mθ alone": (
            {"(1 - 2 * (k % 2)) * np.cos(m * theta) - 2 * k": "np.cos(m * theta)"},
            "You use cos mθ for every angle. That is ψ only up to π/m; beyond it the"
            " cosine rises again.",
        ),
        "length of x forgotten": (
            {"lengths * ((": "(("},
            "Your target logit is ψ alone, the others are |x| cos θ. ψ takes the place"
            " of the cosine, and |x| stays before it.",
        ),
        "length of w in the target": (
            {"lengths * ((": "lengths * np.linalg.norm(w, axis=1)[y] * (("},
            "Your target logit is |w| |x| ψ, that of L-Softmax. Here every class"
            " vector has length 1, the target's too.",
        ),
        "arccos past 1": (
            {"np.where(lengths == 0, 1, lengths)": "lengths", "np.clip(c, -1, 1)": "c"},
            "You take the arccos of a quotient that rounding can push past 1, or of"
            " 0/0 for a row of zeros. Both are NaN: clip it to [−1, 1], and mind |x| ="
            " 0.",
        ),
        "margin taken off the cosine": (
            {"(1 - 2 * (k % 2)) * np.cos(m * theta) - 2 * k": "c - (m - 1)"},
            "You subtract from the cosine. That is the margin of AM-Softmax; here m"
            " multiplies the angle.",
        ),
    },
    "06.4": {
        "the published dw": (
            {"through_the_length(dw, w)": "g.T @ x"},
            "Your dw is g' x, as in the authors' released layer, for every m. It is"
            " not the gradient: the margin is missing, and so is the way through |w|,"
            " a projection and a division.",
        ),
        "margin without a gradient": (
            {"slope = rho / np.where(sine == 0, 1, sine)": "psi, slope = c, 1"},
            "Your gradient is the one of m = 1, as if the margin were a constant that"
            " is added. ψ changes with the angle: use ψ x̂ + ρ t_x for the target.",
        ),
        "margin missing in dw": (
            {"psi * own + slope * across_w": "c * own + across_w"},
            "Your dx is right, and dw is that of m = 1. The target logit pulls at w,"
            " too: |x| ρ t_w.",
        ),
        "dw not projected": (
            {"through_the_length(dw, w)": "dw / np.linalg.norm(w, axis=1)[:, None]"},
            "You divide dw by |w| and leave the part along w. Through ŵ only the part"
            " across w acts: use your `through_the_length`.",
        ),
        "dw not divided by the length": (
            {"through_the_length(dw, w)": "through_the_length(dw, w_hat)"},
            "You projected dw, but did not divide by |w|: use your"
            " `through_the_length`.",
        ),
        "ρ with the wrong sign": (
            {"rho / np": "-rho / np"},
            "Your tangential part has the other sign. ρ = −dψ/dθ is not negative, and"
            " t_x leads toward ŵ.",
        ),
        "m left out of ρ": (
            {"sign * m *": "sign *"},
            "The factor m of ρ is missing: the derivative of cos mθ by θ is −m sin mθ.",
        ),
        "x projected too": (
            {"dw =": "dx -= np.sum(dx * x_hat, axis=1)[:, None] * x_hat\n    dw ="},
            "You took from dx its part along x. x is not normalised in A-Softmax: its"
            " length is in the logits, and x·dx is not 0.",
        ),
        "w for ŵ": (
            {"others @ w_hat": "others @ w"},
            "The other classes add g_ij w_j to your dx. Their logits are x·ŵ_j, so it"
            " is ŵ_j.",
        ),
        "length of x left out of dw": (
            {"at_target * lengths": "at_target"},
            "The target's part of your dw lacks |x|. The logit is |x| ψ, so by ŵ the"
            " factor |x| stays.",
        ),
        "last sample only": (
            {"np.add.at(dw, y, at_target": "dw[y] += (at_target"},
            "Where several samples have one class, only the last one pulls at its row:"
            " `dw[y] += ...` writes once for every label. Use np.add.at(dw, y, ...).",
        ),
        "divided by a sine of 0": (
            {"np.where(sine == 0, 1, sine)": "sine"},
            "You divide by sin θ, which is 0 where x lies along w or against it. ρ is"
            " 0 there as well; take the tangent as 0.",
        ),
    },
    "06.5": {
        "one side only": (
            {"near + far": "near"},
            "Your width is that of one side. A class reaches to both sides of its"
            " vector, and farther on the side away from the other class.",
        ),
        "both sides alike": (
            {"near + far": "2 * near"},
            "You take both sides of the class as equal. Away from the other class θ2"
            " grows with θ1, so the edge is farther out: m θ1 = gap + θ1.",
        ),
        "not round the back": (
            {"np.minimum(gap / (m - 1), (2 * np.pi - gap) / (m + 1))": "gap / (m - 1)"},
            "On the far side you use θ2 = gap + θ1 for every angle. No angle is above"
            " π: for nearly opposite classes the other one comes nearer round the"
            " back, 2π − θ1 − gap.",
        ),
        "half the gap over m": (
            {"near = gap / (m + 1)": "near = gap / (2 * m)"},
            "You divide half the gap by m. At the edge m θ1 = θ2, and θ2 is not half"
            " the gap but gap − θ1; so θ1 = gap/(m + 1).",
        ),
        "one class only": (
            {"gap - 2 * near": "gap - near"},
            "Between the classes you take off one of the two edges. Each class ends"
            " before the other begins: gap − 2 gap/(m + 1).",
        ),
    },
    "06.6": {
        "always the ring": (
            {"neighbours == 2": "True"},
            "You answer 3 for two classes as well. A class with one neighbour is wider"
            " on its far side, so two classes need more.",
        ),
        "always two classes": (
            {"neighbours == 2": "False"},
            "You answer for two classes in a ring of many as well. With a neighbour on"
            " either side a class is narrower, 2 gap/(m + 1), and a smaller m is"
            " enough.",
        ),
        "the other root": (
            {"min(2 + np.sqrt(3.0), 1 + 2 * np.pi / gap)": "2 - np.sqrt(3.0)"},
            "You took the root 2 − √3, which is below 1 and no margin at all. The"
            " other one is 2 + √3.",
        ),
        "opposite classes forgotten": (
            {"min(2 + np.sqrt(3.0), 1 + 2 * np.pi / gap)": "2 + np.sqrt(3.0)"},
            "You answer 2 + √3 for every gap. Nearly opposite classes are narrower,"
            " since the other one comes round the back: for gap above 0.73π the bound"
            " is 1 + 2π/gap.",
        ),
        "the next integer": (
            {"min(2": "np.ceil(min(2", "gap)": "gap))"},
            "You rounded up. The paper needs an integer for its ψ, but here the bound"
            " itself is asked.",
        ),
        "half of the class": (
            lambda gap, neighbours: 2.0,
            "You compare one side of a class with the distance: gap/(m + 1) against (m"
            " − 1) gap/(m + 1) gives 2. The two features farthest apart stand on both"
            " sides of the class vector.",
        ),
    },
}
