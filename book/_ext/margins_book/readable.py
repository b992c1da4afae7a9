"""TeX as plain text: for the sentences that the search shows.

Only what reads well in a line: where a fraction or a sum would be left as TeX, an
ellipsis stands in its place.
"""

import re

GREEK = {
    name: letter
    for name, letter in zip(
        [
            *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"),
            *("kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi"),
            *("chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Phi", "Psi"),
            *("Omega", "Sigma"),
        ],
        "αβγδεζηθκλμνξπρστφχψωΓΔΘΛΦΨΩΣ",
        strict=True,
    )
} | {"varepsilon": "ε", "varphi": "φ", "vartheta": "θ"}
FUNCTIONS = ("cos", "sin", "tan", "arccos", "exp", "log", "max", "min")
SIGNS = GREEK | {
    **{"cdot": "·", "times": "×", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥"},
    **{"geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "infty": "∞", "to": "→"},
    **{"dots": "…", "ldots": "…", "cdots": "…", "lVert": "‖", "rVert": "}‖"},
    **{"lvert": "|", "rvert": "|", "in": "∈", "partial": "∂", "nabla": "∇"},
    **{"circ": "°", "mapsto": "↦", "sum": "∑", "ell": "ℓ", "mid": "|", "ll": "≪"},
    **{"gg": "≫", "top": "ᵀ", "lfloor": "⌊", "rfloor": "⌋", "langle": "⟨"},
    **{"rangle": "⟩", "sqrt": "√", "prime": "′", "equiv": "≡", "propto": "∝"},
    **{name: f" {name} " for name in FUNCTIONS},
    **{"quad": " ", "qquad": " ", "left": "", "right": "", "big": "", "Big": ""},
    **{"bigl": "", "bigr": "", "Bigl": "", "Bigr": "", "displaystyle": ""},
}
# Commands whose argument is all that is read of them.
PLAIN = re.compile(
    r"\\(?:math(?:bf|rm|bb|cal|sf|it)|text(?:bf|it|rm)?|operatorname\*?|boldsymbol"
    r"|mathord|mathrel|class\{[\w -]*\})\s*\{([^{}]*)\}"
)
COMMAND = re.compile(r"\\([A-Za-z]+)\s?")
SPACES = re.compile(r"\\[,;:! ]|~")
RAISED = str.maketrans("0123456789+-nmkij", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵐᵏⁱʲ")
LOWERED = str.maketrans("0123456789+-ijkn", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙ")
SCRIPT = re.compile(r"([_^])(?:\{([^{}]*)\}|(\S))")
RELATION = re.compile(r"\s*([=<>≤≥≈≠→∈≪≫≡∝]|(?<=[\w)])\+)\s*")
MINUS = re.compile(r"(?<=[\w)‖°])\s*-\s*")
MOST = 60  # characters: a longer formula is no part of a sentence that is skimmed


def readable(tex: str) -> tuple[str, set[str]]:
    """A formula in letters and signs, and the names of the Greek letters in it.

    Parameters
    ----------
    tex : str
        TeX without its delimiters.

    Returns
    -------
    text : str
        An ellipsis where there is no such text of it.
    names : set of str
        Such as ``{"lambda"}``: what the formula may be looked for by.

    Examples
    --------
    >>> readable(r"\\cos m\\theta_1 \\ge 0")[0]
    'cos mθ₁ ≥ 0'
    >>> readable(r"\\frac{1}{\\lambda}")
    ('…', {'lambda'})
    """
    names = {name for name in COMMAND.findall(tex) if name in GREEK}
    text = SPACES.sub(" ", tex).replace("&", "").replace(r"\\", " ")
    text = text.replace(r"\{", "{").replace(r"\}", "}") if "^" not in text else text
    for _ in range(3):
        text = PLAIN.sub(r"\1", text)
    text = COMMAND.sub(lambda found: SIGNS.get(found[1], found[0]), text)
    text = text.replace("^°", "°").replace("^{°}", "°")
    text = SCRIPT.sub(_script, text)
    text = re.sub(r"\s*}", "}", text)
    text = " ".join(text.replace("{", "").replace("}", "").split())
    text = re.sub(r"\s+([,.;:)])", r"\1", text).replace("( ", "(")
    text = RELATION.sub(r" \1 ", MINUS.sub(" − ", text)).replace("-", "−").strip()
    if "\\" in text or len(text) > MOST or not text:
        return "…", names
    return text, names


def _script(found):
    """An index or an exponent, raised or lowered where Unicode has all its signs."""
    inside = found[2] if found[2] is not None else found[3]
    small = inside.translate(RAISED if found[1] == "^" else LOWERED)
    if inside == "ᵀ":
        return "ᵀ"
    if small != inside and not set(small) & set(inside):
        return small
    return f"{found[1]}{inside}" if len(inside) == 1 else f"{found[1]}({inside})"
