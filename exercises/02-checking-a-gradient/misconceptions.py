"""Wrong answers of chapter 2, each with the sentence for whoever gave it."""

import numpy as np

from grader.engine.task import Misconception


def _moved(x, j, step):
    x = np.array(x, dtype=np.result_type(np.float64, type(step)))
    x[j] += step
    return x


def _central(f, x, h):
    slopes = np.empty(np.shape(x))
    for j in np.ndindex(slopes.shape):
        slopes[j] = (f(_moved(x, j, h)) - f(_moved(x, j, -h))) / (2 * h)
    return slopes


def _sizes(a, b):
    """|a_j| or |b_j|, the larger, but at least a thousandth of the largest; 1 if all
    are 0."""
    size = np.maximum(np.abs(a), np.abs(b))
    largest = np.max(size)
    return np.maximum(size, 1e-3 * largest) if largest != 0 else np.ones_like(size)


def _error(a, b):
    return np.max(np.abs(a - b) / _sizes(a, b))


# 02.1


def forward_difference(f, x, h):
    slopes = np.empty(np.shape(x))
    for j in np.ndindex(slopes.shape):
        slopes[j] = (f(_moved(x, j, h)) - f(_moved(x, j, 0.0))) / h
    return slopes


def divided_by_h(f, x, h):
    return 2 * _central(f, x, h)


def all_entries_at_once(f, x, h):
    x = np.array(x, dtype=np.float64)
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def not_put_back(f, x, h):
    x = np.array(x, dtype=np.float64)
    slopes = np.empty_like(x)
    for j in np.ndindex(x.shape):
        x[j] += h
        right = f(x)
        x[j] -= 2 * h
        slopes[j] = (right - f(x)) / (2 * h)
    return slopes


def in_the_dtype_of_x(f, x, h):
    slopes = np.empty(x.shape)
    for j in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[j] = x[j] + h
        left[j] = x[j] - h
        slopes[j] = (f(right) - f(left)) / (2 * h)
    return slopes


# 02.2


def no_floor(a, b):
    return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))


def epsilon_below(a, b):
    return np.max(np.abs(a - b) / (np.maximum(np.abs(a), np.abs(b)) + 1e-8))


def fixed_floor(a, b):
    return np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-8))


def average_error(a, b):
    return np.mean(np.abs(a - b) / _sizes(a, b))


def forgotten_absolute_value(a, b):
    return np.max((a - b) / _sizes(a, b))


def size_of_the_first_only(a, b):
    return np.max(np.abs(a - b) / _sizes(a, a))


def nan_passed_over(a, b):
    return np.nanmax(np.abs(a - b) / _sizes(np.nan_to_num(a), np.nan_to_num(b)))


# 02.3


def real_part(f, x, h=1e-30):
    slopes = np.empty_like(x)
    for j in np.ndindex(x.shape):
        slopes[j] = f(_moved(x, j, 1j * h)).real / h
    return slopes


def real_step(f, x, h=1e-30):
    return _central(f, x, h)


def step_divided_by_2h(f, x, h=1e-30):
    return _step(f, x, h) / 2


def all_entries_at_once_complex(f, x, h=1e-30):
    return np.full(x.shape, f(x + 1j * h).imag / h)


def _step(f, x, h):
    slopes = np.empty_like(x)
    for j in np.ndindex(x.shape):
        slopes[j] = f(_moved(x, j, 1j * h)).imag / h
    return slopes


# 02.4


def _errors(f, derivative, x, difference):
    return [np.max(np.abs(difference(10.0**e) - derivative(x))) for e in range(-15, 0)]


def smallest_is_best(f, derivative, x):
    return -15


def rule_of_thumb(f, derivative, x):
    return -6


def best_of_forward_differences(f, derivative, x):
    errors = _errors(f, derivative, x, lambda h: (f(x + h) - f(x)) / h)
    return int(np.argmin(errors)) - 15


def signed_error(f, derivative, x):
    errors = [
        np.max((f(x + h) - f(x - h)) / (2 * h) - derivative(x))
        for h in 10.0 ** np.arange(-15, 0)
    ]
    return int(np.argmin(-np.array(errors))) - 15


def position_in_the_list(f, derivative, x):
    errors = _errors(f, derivative, x, lambda h: (f(x + h) - f(x - h)) / (2 * h))
    return int(np.argmin(errors))


# 02.5


def always_true(forward, backward, x):
    return True


def absolute_tolerance(forward, backward, x):
    claimed, slopes = np.asarray(backward(x)), _central(forward, x, 1e-6)
    return claimed.shape == x.shape and bool(np.all(np.abs(claimed - slopes) < 1e-6))


def sums_compared(forward, backward, x):
    claimed, slopes = np.asarray(backward(x)), _central(forward, x, 1e-6)
    return claimed.shape == x.shape and bool(
        _error(np.sum(claimed), np.sum(slopes)) < 1e-6
    )


def sizes_compared(forward, backward, x):
    claimed, slopes = np.asarray(backward(x)), _central(forward, x, 1e-6)
    return claimed.shape == x.shape and bool(
        _error(np.abs(claimed), np.abs(slopes)) < 1e-6
    )


def shapes_not_compared(forward, backward, x):
    claimed, slopes = np.asarray(backward(x)), _central(forward, x, 1e-6)
    return bool(_error(claimed, slopes) < 1e-6)


def nan_lets_through(forward, backward, x):
    claimed, slopes = np.asarray(backward(x)), _central(forward, x, 1e-6)
    return claimed.shape == x.shape and not _error(claimed, slopes) >= 1e-6


def average_compared(forward, backward, x):
    claimed, slopes = np.asarray(backward(x)), _central(forward, x, 1e-6)
    if claimed.shape != x.shape:
        return False
    return bool(np.mean(np.abs(claimed - slopes)) <= 1e-4 * np.max(np.abs(slopes)))


MISCONCEPTIONS = (
    Misconception(
        "02.1",
        "forward difference",
        "You subtract f(x) from f(x + h). That is the forward difference, whose error"
        " falls only with h; take f(x + h) − f(x − h) instead, and divide by 2h.",
        forward_difference,
    ),
    Misconception(
        "02.1",
        "divided by h",
        "Every slope is twice too large: the two points are 2h apart, so divide by 2h"
        " and not by h.",
        divided_by_h,
    ),
    Misconception(
        "02.1",
        "all entries at once",
        "You move all entries of x together, which gives one slope, the sum of all of"
        " them. Move one entry at a time and leave the others where they are.",
        all_entries_at_once,
    ),
    Misconception(
        "02.1",
        "entry not put back",
        "After an entry was moved it is not put back, so the entries after it are"
        " differentiated at another point. Restore x[j] before you go on.",
        not_put_back,
    ),
    Misconception(
        "02.1",
        "step in the dtype of x",
        "You add h to an entry in the dtype of x: an integer entry drops the fraction,"
        " and a float32 entry most of its digits. Make a float64 copy of x first.",
        in_the_dtype_of_x,
    ),
    Misconception(
        "02.2",
        "no floor",
        "You divide each entry by its own size, however small. Where an entry should be"
        " 0, rounding noise of 1e-17 then counts as an error of 100 %, and 0/0 is NaN.",
        no_floor,
    ),
    Misconception(
        "02.2",
        "epsilon in the denominator",
        "The fixed 1e-8 that you add below hides every error in a gradient that is"
        " smaller than it. Let the floor be a thousandth of the largest entry, so that"
        " it shrinks along.",
        epsilon_below,
    ),
    Misconception(
        "02.2",
        "a fixed floor",
        "Your floor is a fixed 1e-8, which hides every error in a gradient that is"
        " smaller. Let it be a thousandth of the largest entry, so that it shrinks"
        " along.",
        fixed_floor,
    ),
    Misconception(
        "02.2",
        "average",
        "You take the mean over the entries. One wrong entry among a million right ones"
        " then vanishes; take the largest.",
        average_error,
    ),
    Misconception(
        "02.2",
        "forgotten absolute value",
        "You take the largest a − b without its absolute value, so an entry of b that"
        " is far too large does not count at all.",
        forgotten_absolute_value,
    ),
    Misconception(
        "02.2",
        "size of the first only",
        "You divide by the entries of a alone. The error then changes when a and b are"
        " swapped, and is not what it should be where a is 0; the larger of both sets"
        " the scale.",
        size_of_the_first_only,
    ),
    Misconception(
        "02.2",
        "NaN passed over",
        "You leave NaN out of the maximum. A NaN in a gradient is the worst error there"
        " is, and must show in the answer.",
        nan_passed_over,
    ),
    Misconception(
        "02.3",
        "real part",
        "You take the real part. The real part of f(x + ih) is f(x), up to h²; the"
        " slope is in the imaginary part.",
        real_part,
    ),
    Misconception(
        "02.3",
        "real step",
        "You step along the real axis and subtract. With h = 1e-20 the step is lost in"
        " rounding, and the difference is 0; step by 1j * h, and there is nothing to"
        " subtract.",
        real_step,
    ),
    Misconception(
        "02.3",
        "divided by 2h",
        "Every slope is half of what it should be. There is only one step here, of"
        " length h: divide by h, not by 2h.",
        step_divided_by_2h,
    ),
    Misconception(
        "02.3",
        "all entries at once",
        "You add i·h to all entries together, which gives the sum of all slopes. Add it"
        " to one entry at a time.",
        all_entries_at_once_complex,
    ),
    Misconception(
        "02.4",
        "the smallest step",
        "You chose the smallest step. Below the best h, rounding grows as eps/h: at h ="
        " 1e-15 hardly a digit is right. Measure the error for each h.",
        smallest_is_best,
    ),
    Misconception(
        "02.4",
        "a rule of thumb",
        "You return −6 whatever f is. It is a good rule for functions that change over"
        " a distance of about 1, and only for those; measure the error for each h.",
        rule_of_thumb,
    ),
    Misconception(
        "02.4",
        "forward difference",
        "You measured the forward difference, whose best step is near 1e-8, the square"
        " root of eps. The central difference has its best step near the cube root.",
        best_of_forward_differences,
    ),
    Misconception(
        "02.4",
        "signed error",
        "You compare errors without their absolute value, so the best step is the one"
        " that errs most to one side. Take the absolute value before the maximum.",
        signed_error,
    ),
    Misconception(
        "02.4",
        "position instead of exponent",
        "np.argmin gives the position in your list of errors, not the exponent that"
        " stands there. Look the exponent up at that position.",
        position_in_the_list,
    ),
    Misconception(
        "02.5",
        "cannot say no",
        "Your check says True to everything. A check that cannot fail proves nothing"
        " about the gradients that it passes.",
        always_true,
    ),
    Misconception(
        "02.5",
        "absolute tolerance",
        "You compare the difference itself with a fixed number. A gradient of size 1e-9"
        " then passes whatever it is; compare the relative error of task 02.2.",
        absolute_tolerance,
    ),
    Misconception(
        "02.5",
        "sums compared",
        "You compare sums over all entries. Entries in the wrong places have the same"
        " sum; compare entry with entry.",
        sums_compared,
    ),
    Misconception(
        "02.5",
        "sizes compared",
        "You take absolute values before you subtract, so a gradient of the wrong sign"
        " passes. It would lead every training step uphill.",
        sizes_compared,
    ),
    Misconception(
        "02.5",
        "shapes not compared",
        "You do not compare the shapes. NumPy stretches an array of another shape to"
        " fit without a word, so a gradient that no optimiser could use passes; refuse"
        " another shape first.",
        shapes_not_compared,
    ),
    Misconception(
        "02.5",
        "NaN lets through",
        "You refuse when error ≥ 1e-6, and NaN is never ≥ anything. Accept when error <"
        " 1e-6 instead: then NaN is refused.",
        nan_lets_through,
    ),
    Misconception(
        "02.5",
        "average compared",
        "You look at the average difference. One wrong entry among 144 hardly moves an"
        " average; look at the largest difference.",
        average_compared,
    ),
)
