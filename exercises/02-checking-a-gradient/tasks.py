"""Tasks of chapter 2: what a right answer is, as properties on fresh numbers."""

import math

import numpy as np

from grader.engine.compare import Wrong, close, shaped
from grader.engine.task import Check, Given, Task

TITLE = "2 (checking a gradient)"


# 02.1
# --------------------------------------------------------------------------------------


def difference_of_a_quadratic(trial):
    n = 5
    a = trial.rng.normal(size=(n, n))
    a, b, x = a + a.T, trial.rng.normal(size=n), trial.rng.normal(size=n)
    given = trial.call(Given("quadratic", {"a": a, "b": b}), x, 1e-2)
    close(given, a @ x + b, "gradient", rtol=1e-10)


def difference_at_any_shape(trial):
    for shape in ((7,), (3, 4), (2, 1, 3), ()):
        weights = trial.rng.normal(size=shape) + 2
        x, phase = trial.rng.normal(size=shape), 0.3
        f = Given("waves", {"weights": weights, "phase": phase})
        given = trial.call(f, x, 1e-3)
        # sin(x + h) - sin(x - h) = 2 cos(x) sin(h), so this is exact at every h.
        expected = weights * np.cos(x + phase) * np.sin(1e-3) / 1e-3
        close(given, expected, "gradient", rtol=1e-9)


def difference_improves_with_h_squared(trial):
    weights, x = trial.rng.uniform(1, 2, size=4), trial.rng.normal(size=4)
    f, true = Given("growth", {"weights": weights}), weights * np.exp(x)
    given = [trial.call(f, x, h) for h in (2e-2, 1e-2)]
    close(given[1], true, "gradient", rtol=1e-3)
    errors = [shaped(slopes, x.shape, "gradient") - true for slopes in given]
    ratios = errors[0] / errors[1]
    close(ratios, np.full(4, 4.0), "error at h / error at h/2", rtol=0.01)


def difference_in_float64(trial):
    weights = trial.rng.normal(size=4) + 2
    f = Given("waves", {"weights": weights, "phase": 0.1})
    whole = trial.rng.integers(1, 9, size=4)
    for x in (whole, (whole + 0.25).astype(np.float32)):
        slope = weights * np.cos(x.astype(np.float64) + 0.1)
        close(trial.call(f, x, 1e-5), slope, "gradient", rtol=1e-7, dtype=np.float64)
    trial.expect_inputs_unchanged()


# 02.2
# --------------------------------------------------------------------------------------


def error_of_ordinary_gradients(trial):
    a = trial.rng.uniform(0.5, 2, size=(4, 3)) * trial.rng.choice([-1, 1], size=(4, 3))
    b = a + 1e-3 * trial.rng.normal(size=(4, 3))
    for first, second in ((a, b), (b, a), (a, -a), (a, 0.6 * a), (0.6 * a, a)):
        error = 0.0
        for j in np.ndindex(a.shape):  # every entry is well above the floor
            size = max(abs(first[j]), abs(second[j]))
            error = max(error, abs(first[j] - second[j]) / size)
        close(trial.call(first, second), error, "error", rtol=1e-7)


def error_beside_a_zero(trial):
    a = trial.rng.uniform(1, 2, size=6)
    a[4] = -trial.rng.uniform(3, 4)  # the largest, and it is the floor of the others
    b = a.copy()
    a[2], b[2] = 0.0, 1e-17
    for first, second in ((a, b), (b, a), (-a, -b)):
        close(trial.call(first, second), 1e-17 / (-1e-3 * a[4]), "error", rtol=1e-7)
    b[2] = 1e-2  # above the floor: measured against itself
    close(trial.call(a, b), 1.0, "error", rtol=1e-7)
    top = trial.rng.uniform(1, 2)
    # the floor is 2e-3 top
    a, b = np.array([top, 0.0]), np.array([2 * top, 1.5e-3 * top])
    for first, second in ((a, b), (b, a)):
        close(trial.call(first, second), 0.75, "error", rtol=1e-7)


def error_of_tiny_gradients(trial):
    for size in (1e-3, 1e-12, 1e-200):
        a = trial.rng.normal(size=5)
        b = a.copy()
        factor = trial.rng.uniform(1.2, 3)
        b[np.argmax(np.abs(a))] *= factor
        close(trial.call(size * a, size * b), 1 - 1 / factor, "error", rtol=1e-9)


def error_of_zeros_and_nan(trial):
    zeros, a = np.zeros(3), trial.rng.normal(size=3)
    close(trial.call(zeros, a), 1.0, "error", rtol=1e-7)
    close(trial.call(zeros, zeros), 0.0, "error")
    share = trial.rng.uniform(0.1, 0.9)
    close(trial.call((1 - share) * a, a), share, "error", rtol=1e-7)
    for where in range(3):
        b = a.copy()
        b[where] = np.nan
        first, second = (a, b) if where else (b, a)
        error = float(shaped(trial.call(first, second), (), "error"))
        if np.isfinite(error):
            raise Wrong(
                "A NaN in a gradient was passed over.",
                output="error",
                expected="nan or inf",
                given=f"{error:g}",
            )
    trial.expect_inputs_unchanged()


# 02.3
# --------------------------------------------------------------------------------------


def step_to_the_last_digit(trial):
    weights, x = trial.rng.uniform(1, 2, size=5), trial.rng.normal(size=5)
    f = Given("growth", {"weights": weights})
    for h in (1e-20, 1e-30):
        close(trial.call(f, x, h), weights * np.exp(x), "gradient", rtol=1e-14)


def step_at_any_shape(trial):
    for shape in ((3, 4), (2, 1, 2), ()):
        weights, x = trial.rng.normal(size=shape) + 2, trial.rng.normal(size=shape)
        f = Given("waves", {"weights": weights, "phase": 0.2})
        given = trial.call(f, x, 1e-20)
        expected = weights * np.cos(x + 0.2)
        close(given, expected, "gradient", rtol=1e-13, dtype=np.float64)
    trial.expect_inputs_unchanged()


# 02.4
# --------------------------------------------------------------------------------------


def _best(trial, scales):
    """All are asked before any is judged: eight wrong steps have fewer causes."""
    asked = []
    for scale in scales.tolist():
        # At the crest every step is right, so one entry alone tells nothing.
        x = np.append(trial.rng.uniform(0.5, 1.5, size=200), math.pi / 2) / scale
        f, slope = (Given(name, {"scale": scale}) for name in ("sine", "sine_slope"))
        asked.append((scale, x, shaped(trial.call(f, slope, x), (), "exponent").item()))
    for scale, x, given in asked:
        _expect_good_step(scale, x, given)


def _expect_good_step(scale, x, given):
    errors = {}
    for exponent in range(-15, 0):
        h = 10.0**exponent
        slopes = (np.sin(scale * (x + h)) - np.sin(scale * (x - h))) / (2 * h)
        errors[exponent] = float(np.max(np.abs(slopes - scale * np.cos(scale * x))))
    best = min(errors, key=errors.get)
    # Two powers of ten can be about as good as each other; either is a right answer.
    if given not in errors or errors[given] > 2 * errors[best]:
        error = f", error {errors[given]:.1e}" if given in errors else ""
        raise Wrong(
            f"There is a better step for f(x) = sin({scale:g} x).",
            output="exponent",
            expected=f"{best}, error {errors[best]:.1e}",
            given=f"{given}{error}",
        )


def _scales(trial, low, high):
    """Eight powers of ten, spread over a range, in an order that nobody can guess."""
    steps = np.arange(8) + trial.rng.uniform(0, 1, size=8)
    return 10 ** (low + (high - low) * trial.rng.permutation(steps) / 8)


def best_step_of_a_sine(trial):
    _best(trial, _scales(trial, -2, 2))


def best_step_of_other_scales(trial):
    # The best step of the slowest is 0.1, of the fastest 1e-15; and of one there is a
    # better step between two powers of ten, 11 ** -13, for whoever tries other numbers
    # than were asked for.
    scales = np.append(_scales(trial, -5, 9), trial.rng.uniform(2.7e8, 3.3e8))
    _best(trial, trial.rng.permutation(scales))
    trial.expect_inputs_unchanged()


# 02.5
# --------------------------------------------------------------------------------------


_FACTORS = {"sign": -1, "factor": 2, "slightly": 1.0001, "infinite": np.inf}


def _spoilt(spoil, slopes):
    """The gradient `slopes`, made wrong."""
    slopes = slopes.copy()
    if spoil == "one entry":
        slopes.flat[np.argmax(np.abs(slopes))] *= 1.01
    elif spoil == "swapped":
        slopes = np.roll(slopes.ravel(), 1).reshape(slopes.shape)
    elif spoil == "nan":
        slopes.flat[-1] = np.nan
    else:
        slopes *= _FACTORS.get(spoil, 1)
    return slopes


def _verdicts(trial, spoils, shape=(4, 3), size=1.0):
    """As many right gradients as wrong ones, in an order that nobody can guess.

    All verdicts have to be right: a check that always says the same, or any 24 guesses,
    earns nothing.
    """
    asked = [*[""] * 12, *spoils * (12 // len(spoils))]
    other = {"one axis more": (1, *shape), "one axis less": shape[1:]}
    for spoil in trial.rng.permutation(asked).tolist():
        weights = size * trial.rng.uniform(1, 2, size=shape)
        x = trial.rng.uniform(0.5, 1.5, size=shape)
        factor = 2 * x / (1 + x * x) ** 2
        claimed = _spoilt(spoil, weights * factor) / factor
        axes = np.array(other.get(spoil, shape))
        forward = Given("softened", {"weights": weights})
        backward = Given("softened_slope", {"weights": claimed, "axes": axes})
        _expect(trial.call(forward, backward, x), not spoil, _WRONGS.get(spoil, spoil))


_WRONGS = {
    "": "A right gradient",
    "sign": "A gradient of the wrong sign",
    "factor": "A gradient that is twice too large",
    "slightly": "A gradient that is wrong by 1 in 10,000",
    "one entry": "A gradient with one entry wrong by 1 %",
    "swapped": "A gradient whose entries are in the wrong places",
    "nan": "A gradient with a NaN in it",
    "infinite": "A gradient of infinities",
    "one axis more": "A gradient of shape (1, 5) where x has shape (5,)",
    "one axis less": "A gradient of shape (5,) where x has shape (1, 5)",
}


def _expect(given, right, what):
    verdict = shaped(given, (), "verdict")
    if verdict.dtype != bool:
        raise Wrong(
            "The verdict has to be True or False.",
            expected="True or False",
            given=str(verdict),
        )
    if bool(verdict) != right:
        done = "accepted" if verdict else "refused"
        raise Wrong(
            f"{what} was {done}.", expected=str(right), given=str(bool(verdict))
        )


def verdict_on_plain_errors(trial):
    _verdicts(trial, ["factor", "slightly"])


def verdict_on_signs_and_places(trial):
    _verdicts(trial, ["sign", "swapped"])


def verdict_on_one_entry(trial):
    _verdicts(trial, ["one entry"], shape=(12, 12))


def verdict_on_small_gradients(trial):
    for zero in trial.rng.permutation([True] * 12 + [False] * 12).tolist():
        x = trial.rng.normal(size=3)
        claimed = trial.rng.choice([-1, 1], size=3) * (not zero)
        flat = Given("softened", {"weights": np.zeros(3)})
        slope = {"weights": 1e-9 * claimed, "axes": np.array([3])}
        given = trial.call(flat, Given("softened_slope", slope), x)
        what = "zeros" if zero else "a constant that is not zero"
        _expect(given, zero, f"A gradient of {what}")
    _verdicts(trial, ["sign", "factor"], size=1e-9)


def verdict_on_shapes(trial):
    _verdicts(trial, ["one axis more", "factor"], shape=(5,))
    _verdicts(trial, ["one axis less", "factor"], shape=(1, 5))


def verdict_on_nan(trial):
    _verdicts(trial, ["nan", "infinite"])
    trial.expect_inputs_unchanged()


TASKS = (
    Task(
        id="02.1",
        title="Central difference",
        function="central_difference",
        outputs=("gradient",),
        section="From one slope to a gradient",
        next=(
            "A central difference calls f twice for each entry of x. A million"
            " parameters would cost two million forwards, which is why we derive"
            " backward passes at all."
        ),
        hints=(
            (
                "Think of one entry. f is called twice, with an x that differs from the"
                " given one in that entry only, and the entry must be back in its place"
                " before the next one moves."
            ),
            (
                "Copy x into float64 first, and work in the copy. Go through np.ndindex"
                " of its shape: keep the entry, set it to h more and call f, to h less"
                " and call f, put it back, and store the difference over 2h in an array"
                " of the same shape."
            ),
        ),
        checks=(
            Check(
                "a quadratic, where it is exact",
                2,
                difference_of_a_quadratic,
                "Move one entry by h to either side, leave the others alone, and divide"
                " by the distance of the two points, 2h.",
            ),
            Check(
                "arrays of any shape",
                1,
                difference_at_any_shape,
                "np.ndindex(x.shape) gives the indices of an array of any shape,"
                " even ().",
            ),
            Check(
                "halving h quarters the error",
                1,
                difference_improves_with_h_squared,
                "Only a difference that is symmetric about x has an error of order h².",
            ),
            Check(
                "integer and float32 inputs, left as they were",
                1,
                difference_in_float64,
                "Make a float64 copy of x before anything is added to an entry.",
            ),
        ),
    ),
    Task(
        id="02.2",
        title="A relative error that does not lie near zero",
        function="relative_error",
        outputs=("error",),
        section="How far apart, relative to what?",
        next=(
            "This error hardly sees a mistake in an entry that is a million times"
            " smaller than the largest. If the parts of your gradient differ that much,"
            " check them one by one."
        ),
        hints=(
            (
                "There are three sizes in it: the difference of two entries, the larger"
                " of the two, and the floor. The floor is one number for the whole"
                " array; the others differ from entry to entry."
            ),
            (
                "Form the array of the larger sizes, entry by entry, and its maximum."
                " If that is 0 there is nothing to divide, and the answer is 0."
                " Otherwise the denominator is the larger of the size and a thousandth"
                " of the maximum. np.max hands a NaN on; Python's max may lose it."
            ),
        ),
        checks=(
            Check(
                "ordinary gradients",
                2,
                error_of_ordinary_gradients,
                "Divide each |a_j − b_j| by the larger of |a_j| and |b_j|, then take"
                " the largest.",
            ),
            Check(
                "an entry that should be zero",
                1,
                error_beside_a_zero,
                "No denominator may be below a thousandth of the largest entry of all.",
            ),
            Check(
                "gradients of size 1e-12 and 1e-200",
                1,
                error_of_tiny_gradients,
                "The error must stay the same when both gradients are made smaller by"
                " one factor.",
            ),
            Check(
                "all zeros, and NaN",
                1,
                error_of_zeros_and_nan,
                "Two gradients of zeros have the error 0, and a NaN must show in the"
                " answer.",
            ),
        ),
    ),
    Task(
        id="02.3",
        title="Complex step",
        function="complex_step",
        outputs=("gradient",),
        section="The complex step",
        next=(
            "The complex step needs a function that is analytic: abs, max and"
            " comparisons throw the imaginary part away without a word, and the slope"
            " comes out wrong."
        ),
        hints=(
            (
                "f(x + ih) = f(x) + ih f'(x) − …: the real part holds the value, the"
                " imaginary part h times the slope. With many entries, move one at a"
                " time, as in task 02.1."
            ),
            (
                "For each index of np.ndindex(x.shape) take a fresh complex128 copy of"
                " x, add 1j·h to this entry alone, and divide the imaginary part of f"
                " of the copy by h. Store it in a float64 array: nothing complex is"
                " left in it."
            ),
        ),
        checks=(
            Check(
                "right to the last digit, h = 1e-20 and 1e-30",
                2,
                step_to_the_last_digit,
                "Add i·h to one entry, and divide the imaginary part of f by h;"
                " subtract nothing.",
            ),
            Check(
                "arrays of any shape",
                2,
                step_at_any_shape,
                "Move one entry at a time, at every index of np.ndindex(x.shape), in a"
                " copy of x.",
            ),
        ),
    ),
    Task(
        id="02.4",
        title="The best step",
        function="best_exponent",
        outputs=("exponent",),
        section="The error against h",
        next=(
            "The truncation error h²|f'''|/6 and the rounding error eps·|f|/h are equal"
            " near h = (3·eps·|f/f'''|)^(1/3): the best h scales with x, so no one h is"
            " right for all."
        ),
        hints=(
            (
                "It is a search among fifteen candidates: one error for each step h,"
                " and the step with the smallest error wins. One entry of x may be"
                " lucky, so the error of a step is its largest over x."
            ),
            (
                "Loop over the exponents −15 to −1. f and derivative take the whole"
                " array, so a step needs no inner loop. Keep the fifteen largest"
                " absolute errors in a list; the place of the smallest one says which"
                " exponent to return. No step is the best beforehand."
            ),
        ),
        checks=(
            Check(
                "functions up to a hundred times slower and faster",
                2,
                best_step_of_a_sine,
                "Take the largest absolute error over all entries of x for each of the"
                " 15 steps.",
            ),
            Check(
                "functions of any scale",
                2,
                best_step_of_other_scales,
                "The best step differs from function to function: try all, for the f"
                " given.",
            ),
        ),
    ),
    Task(
        id="02.5",
        title="A gradient check that can fail",
        function="check_gradient",
        outputs=("verdict",),
        section="A check must be able to fail",
        next=(
            "mlcore.gradcheck does the same for every loss of this book, and its tests"
            " have a control beside it: a gradient made wrong on purpose, which must be"
            " refused."
        ),
        hints=(
            (
                "You have all the parts: the differences of task 02.1 and the error of"
                " task 02.2. What is left is to think of the gradients that fool them:"
                " another shape, which NumPy stretches to fit, and a NaN, which is not"
                " larger than anything."
            ),
            (
                "First compare the shape of backward(x) with that of x, and say False"
                " if they differ. Then ask whether the relative error is below 1e-6."
                " For NaN that is False, while asking whether it is above would let NaN"
                " pass. Return a plain bool."
            ),
        ),
        checks=(
            Check(
                "a factor of 2, and an error of 1 in 10,000",
                2,
                verdict_on_plain_errors,
                "Compare backward(x) with central differences, and the relative error"
                " with 1e-6.",
            ),
            Check(
                "a wrong sign, and entries in wrong places",
                2,
                verdict_on_signs_and_places,
                "Compare entry with entry, before you take absolute values or sums.",
            ),
            Check(
                "one wrong entry among 144",
                1,
                verdict_on_one_entry,
                "One wrong entry is enough: take the largest error, not an average.",
            ),
            Check(
                "gradients of size 1e-9, and of zeros",
                1,
                verdict_on_small_gradients,
                "An error is large or small only beside the size of the gradient"
                " itself.",
            ),
            Check(
                "wrong shapes",
                1,
                verdict_on_shapes,
                "NumPy stretches (1, 5) to fit (5,) without a word; compare the shapes"
                " first.",
            ),
            Check(
                "NaN and infinity",
                1,
                verdict_on_nan,
                "NaN compares as False with everything: ask for error < 1e-6, not"
                " for ≥.",
            ),
        ),
    ),
)
