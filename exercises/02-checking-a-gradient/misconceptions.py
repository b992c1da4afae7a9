"""Wrong answers of chapter 2, each with the sentence for whoever gave it."""

import numpy as np


def all_entries_at_once(f, x, h):
    x = np.array(x, dtype=np.float64)
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def no_floor(a, b):
    return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))


MISCONCEPTIONS = {
    "02.1": {
        "forward difference": (
            {"here - h": "here", "(2 * h)": "h"},
            "You subtract f(x) from f(x + h). That is the forward difference, whose"
            " error falls only with h; take f(x + h) − f(x − h) instead, and divide by"
            " 2h.",
        ),
        "divided by h": (
            {"(2 * h)": "h"},
            "Every slope is twice too large: the two points are 2h apart, so divide by"
            " 2h and not by h.",
        ),
        "all entries at once": (
            all_entries_at_once,
            "You move all entries of x together, which gives one slope, the sum of all"
            " of them. Move one entry at a time and leave the others where they are.",
        ),
        "entry not put back": (
            {"x[j] = here\n        ": ""},
            "After an entry was moved it is not put back, so the entries after it are"
            " differentiated at another point. Restore x[j] before you go on.",
        ),
        "step in the dtype of x": (
            {", dtype=np.float64": "", "np.empty_like(x)": "np.empty(x.shape)"},
            "You add h to an entry in the dtype of x: an integer entry drops the"
            " fraction, and a float32 entry most of its digits. Make a float64 copy of"
            " x first.",
        ),
    },
    "02.2": {
        "no floor": (
            no_floor,
            "You divide each entry by its own size, however small. Where an entry"
            " should be 0, rounding noise of 1e-17 then counts as an error of 100 %,"
            " and 0/0 is NaN.",
        ),
        "epsilon in the denominator": (
            {"np.maximum(size, 1e-3 * largest)": "(size + 1e-8)"},
            "The fixed 1e-8 that you add below hides every error in a gradient that is"
            " smaller than it. Let the floor be a thousandth of the largest entry, so"
            " that it shrinks along.",
        ),
        "a fixed floor": (
            {"1e-3 * largest": "1e-8"},
            "Your floor is a fixed 1e-8, which hides every error in a gradient that is"
            " smaller. Let it be a thousandth of the largest entry, so that it shrinks"
            " along.",
        ),
        "average": (
            {"return np.max": "return np.mean"},
            "You take the mean over the entries. One wrong entry among a million right"
            " ones then vanishes; take the largest.",
        ),
        "forgotten absolute value": (
            {"np.abs(a - b)": "(a - b)"},
            "You take the largest a − b without its absolute value, so an entry of b"
            " that is far too large does not count at all.",
        ),
        "size of the first only": (
            {"np.maximum(np.abs(a), np.abs(b))": "np.abs(a)"},
            "You divide by the entries of a alone. The error then changes when a and b"
            " are swapped, and is not what it should be where a is 0; the larger of"
            " both sets the scale.",
        ),
        "NaN passed over": (
            {"np.max(size)": "np.nanmax(size)", "return np.max": "return np.nanmax"},
            "You leave NaN out of the maximum. A NaN in a gradient is the worst error"
            " there is, and must show in the answer.",
        ),
    },
    "02.3": {
        "real part": (
            {".imag": ".real"},
            "You take the real part. The real part of f(x + ih) is f(x), up to h²; the"
            " slope is in the imaginary part.",
        ),
        "real step": (
            {"slopes = np.empty_like(x)": "return central_difference(f, x, h)"},
            "You step along the real axis and subtract. With h = 1e-20 the step is"
            " lost in rounding, and the difference is 0; step by 1j * h, and there is"
            " nothing to subtract.",
        ),
        "divided by 2h": (
            {".imag / h": ".imag / (2 * h)"},
            "Every slope is half of what it should be. There is only one step here, of"
            " length h: divide by h, not by 2h.",
        ),
        "all entries at once": (
            lambda f, x, h=1e-30: np.full(x.shape, f(x + 1j * h).imag / h),
            "You add i·h to all entries together, which gives the sum of all slopes."
            " Add it to one entry at a time.",
        ),
    },
    "02.4": {
        "the smallest step": (
            lambda f, derivative, x: -15,
            "You chose the smallest step. Below the best h, rounding grows as eps/h:"
            " at h = 1e-15 hardly a digit is right. Measure the error for each h.",
        ),
        "a rule of thumb": (
            lambda f, derivative, x: -6,
            "You return −6 whatever f is. It is a good rule for functions that change"
            " over a distance of about 1, and only for those; measure the error for"
            " each h.",
        ),
        "forward difference": (
            {"f(x - h)": "f(x)", "(2 * h)": "h"},
            "You measured the forward difference, whose best step is near 1e-8, the"
            " square root of eps. The central difference has its best step near the"
            " cube root.",
        ),
        "signed error": (
            {"np.max(np.abs(slopes": "-np.max((slopes"},
            "You compare errors without their absolute value, so the best step is the"
            " one that errs most to one side. Take the absolute value before the"
            " maximum.",
        ),
        "position instead of exponent": (
            {"exponents[int(np.argmin(errors))]": "int(np.argmin(errors))"},
            "np.argmin gives the position in your list of errors, not the exponent"
            " that stands there. Look the exponent up at that position.",
        ),
    },
    "02.5": {
        "cannot say no": (
            lambda forward, backward, x: True,
            "Your check says True to everything. A check that cannot fail proves"
            " nothing about the gradients that it passes.",
        ),
        "absolute tolerance": (
            {"relative_error(claimed, slopes)": "np.max(np.abs(claimed - slopes))"},
            "You compare the difference itself with a fixed number. A gradient of size"
            " 1e-9 then passes whatever it is; compare the relative error of task"
            " 02.2.",
        ),
        "sums compared": (
            {"claimed, slopes": "np.sum(claimed), np.sum(slopes)"},
            "You compare sums over all entries. Entries in the wrong places have the"
            " same sum; compare entry with entry.",
        ),
        "sizes compared": (
            {"claimed, slopes": "np.abs(claimed), np.abs(slopes)"},
            "You take absolute values before you subtract, so a gradient of the wrong"
            " sign passes. It would lead every training step uphill.",
        ),
        "shapes not compared": (
            {"claimed.shape != x.shape": "False"},
            "You do not compare the shapes. NumPy stretches an array of another shape"
            " to fit without a word, so a gradient that no optimiser could use passes;"
            " refuse another shape first.",
        ),
        "NaN lets through": (
            {"relative_error(": "not relative_error(", "< 1e-6": ">= 1e-6"},
            "You refuse when error ≥ 1e-6, and NaN is never ≥ anything. Accept when"
            " error < 1e-6 instead: then NaN is refused.",
        ),
        "average compared": (
            {
                "relative_error(claimed, slopes)": "np.mean(np.abs(claimed - slopes))",
                "< 1e-6": "<= 1e-4 * np.max(np.abs(slopes))",
            },
            "You look at the average difference. One wrong entry among 144 hardly"
            " moves an average; look at the largest difference.",
        ),
    },
}
