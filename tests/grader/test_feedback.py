"""What the report says of a wrong answer: the right name or none, the digits, the call,
the prints."""

import itertools
import runpy
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from grader.engine import chapters, questions
from grader.engine.compare import Wrong, close, exact
from grader.engine.fingerprint import fingerprint
from grader.engine.grade import examine, grade
from grader.engine.report import plain, table, task_lines
from grader.engine.runner import InProcess, Student
from grader.engine.task import Check, Given, Task
from grader.engine.trial import judge
from grader.teacher.remember import public_source, remember


def chapter_of(task_id):
    chapter = chapters.chapter(chapters.folder(task_id[:2]))
    return chapter, chapter.task(task_id)


def handed_out(chapter):
    return replace(chapter, misconceptions=(), memory=remember(chapter))


def graded(task_id, answer, **others):
    chapter, task = chapter_of(task_id)
    return grade(chapter, task, {**chapter.solution, **others, task.function: answer})


def text_of(report):
    return " ".join(plain(task_lines(report, width=100)).split())


def task_of(*checks, outputs=("f",)):
    return Task("04.9", "a title", "psi", outputs, "", "", checks)


def check_of(*pairs, name="values", points=1, about="value", otherwise="", **how):
    """A check that asks for psi(x) and expects a value, for each pair of those."""

    def run(trial):
        for x, expected in pairs:
            close(trial.call(x), expected, "f", **how)

    return Check(name, points, run, "the hint", about=about, otherwise=otherwise)


def told(task, answer):
    chapter, _ = chapter_of("04.3")
    chapter = replace(chapter, misconceptions=(), tasks=(task,))
    return grade(chapter, task, {**chapter.solution, "psi": answer})


# Names


def focal_gradient_with_one_gamma_less(z, t, gamma, alpha):
    log_p, log_not = chapter_of("09.3")[0].solution["log_probabilities"](z, t)
    p, weight = np.exp(log_p), np.where(t == 1, 1, -1) * np.exp(gamma * log_not)
    if alpha is not None:
        weight = weight * np.where(t == 1, alpha, 1 - alpha)
    return weight * ((gamma - 1) * p * log_p - (1 - p))


def test_a_name_that_a_check_refutes_is_not_given():
    """For γ = 1/2 it is a wrong sign; for γ = 0 a wrong sign would be right, and this
    is not."""
    chapter, task = chapter_of("09.3")
    functions = {
        **chapter.solution,
        "focal_gradient": focal_gradient_with_one_gamma_less,
    }
    for known in (chapter, handed_out(chapter)):
        report = grade(known, task, functions)
        assert report.mistakes == ()
        assert "Use the product rule" in text_of(
            report
        ) or "use the product rule" in text_of(report)


def test_two_mistakes_that_together_explain_every_check_are_both_named():
    chapter, task = chapter_of("04.4")
    wrong = {w.name: w.function for w in chapter.misconceptions_of(task)}
    names = ("inf divided by inf", "zero divided by zero")

    def answer(x, w, m, lam):
        return wrong[names[0 if lam == np.inf else 1]](x, w, m, lam)

    for known in (chapter, handed_out(chapter)):
        report = grade(known, task, {**chapter.solution, "target_logit": answer})
        assert set(report.mistakes) == set(names), text_of(report)


def test_every_named_mistake_fails_what_the_student_fails_and_nothing_else():
    """Every misconception, spoilt once more in one of its calls: a name that is left
    must fit."""
    for number, spoilt in (("03", 3), ("09", 5)):
        chapter = chapters.chapter(chapters.folder(number))
        for wrong in chapter.misconceptions:
            task = chapter.task(wrong.task)
            count = itertools.count()

            def answer(*arguments, wrong=wrong, spoilt=spoilt, count=count):
                result = wrong.function(*arguments)
                if next(count) % 7 != spoilt:
                    return result
                parts = result if isinstance(result, tuple) else (result,)
                parts = tuple(np.asarray(part) + 1 for part in parts)
                return parts if isinstance(result, tuple) else parts[0]

            report = grade(chapter, task, {**chapter.solution, task.function: answer})
            unexplained = {
                c.name for c in report.checks if c.kind == "value" and not c.mistake
            }
            for name in report.mistakes:
                named = next(
                    w for w in chapter.misconceptions_of(task) if w.name == name
                )
                functions = {**chapter.solution, task.function: named.function}
                _, failures = judge(task, InProcess(functions, chapter.given), 0)
                for check, failure in zip(report.checks, failures, strict=True):
                    if (
                        failure is None
                        and "own" not in check.name
                        and "your" not in check.name
                    ):
                        assert check.name not in unexplained


@pytest.mark.parametrize("task_id", ["04.1", "04.5", "08.1", "09.4"])
def test_two_results_the_wrong_way_round_are_called_that(task_id):
    """Where they have one shape; what has another is told by its shape."""
    chapter, task = chapter_of(task_id)
    right = chapter.solution[task.function]
    functions = {
        **chapter.solution,
        task.function: lambda *arguments: right(*arguments)[::-1],
    }
    for known in (chapter, handed_out(chapter)):
        report = grade(known, task, functions)
        names = {check.mistake for check in report.checks if check.kind == "value"}
        assert names <= {"results exchanged"}, text_of(report)
        assert names or all(check.kind == "shape" for check in report.checks)


def in_float64(function):
    return lambda *arguments: tuple(
        np.asarray(a, np.float64) for a in function(*arguments)
    )


def test_a_wrong_psi_is_carried_on_to_the_gradient_that_calls_it():
    chapter, task = chapter_of("04.5")
    wrong = {
        w.name: w.function for w in chapter.misconceptions_of(chapter.task("04.3"))
    }
    psi, (chebyshev, interval) = (
        wrong["k in place of 2k"],
        (chapter.solution[name] for name in ("chebyshev", "interval")),
    )

    def target_backward(x, w, m, lam):
        if lam == np.inf:
            return w.copy(), x.copy()
        lengths = [np.linalg.norm(a, axis=1, keepdims=True) for a in (x, w)]
        zero = (lengths[0] == 0) | (lengths[1] == 0)
        u, v = (a / np.where(zero, 1, n) for a, n in zip((x, w), lengths, strict=True))
        c = (u * v).sum(axis=1, keepdims=True)
        slope = (1 - 2 * (interval(c, m) % 2)).astype(c.dtype) * m * chebyshev(m, c)[1]
        dx = lengths[1] * (psi(c, m) * u + slope * (v - c * u))
        dw = lengths[0] * (psi(c, m) * v + slope * (u - c * v))
        return tuple(
            np.where(zero, 0, (lam * a + d) / (1 + lam)) for a, d in ((w, dx), (x, dw))
        )

    functions = {**chapter.solution_with({"psi": psi}), "psi": psi}
    for known in (chapter, handed_out(chapter)):
        report = grade(known, task, {**functions, "target_backward": target_backward})
        assert report.mistakes == ("carried on from 04.3",), text_of(report)


def test_a_dtype_that_is_carried_on_is_followed_back():
    chapter, _ = chapter_of("04.3")
    functions = chapter.solution_with(
        {"chebyshev": in_float64(chapter.solution["chebyshev"])}
    )
    for known in (chapter, handed_out(chapter)):
        report = grade(known, known.task("04.3"), functions)
        (wrong,) = [check for check in report.checks if not check.passed]
        assert (wrong.kind, wrong.mistake) == ("dtype", "carried on from 04.1")
        assert "your `chebyshev`, task 04.1" in text_of(report)


# Digits


def test_as_many_digits_are_shown_as_it_takes_to_tell_two_numbers_apart():
    for factor in (1 + 3e-13, 1 - 2e-10, 1 + 1e-4, 2, np.float64(1 + 2.0**-52)):
        with pytest.raises(Wrong) as caught:
            close(1.22633068 * factor, 1.22633068, "loss", rtol=1e-17)
        assert caught.value.expected != caught.value.given
    assert len(caught.value.given) < 20


def loss_with_epsilon(z, y, epsilon):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -np.log(e[np.arange(len(y)), y] / e.sum(axis=1) + epsilon).mean()


def logits_with_epsilon(x, w, y, m, s, epsilon):
    x_hat, w_hat = (
        a / np.where(a.any(axis=1, keepdims=True), lengths + a.dtype.type(epsilon), 1)
        for a in (x, w)
        for lengths in (np.linalg.norm(a, axis=1, keepdims=True),)
    )
    c, sine = chapter_of("08.3")[0].solution["cos_and_sine"](x, w[y])
    z = x_hat @ w_hat.T
    z[np.arange(len(y)), y] = c * float(np.cos(m)) - sine * float(np.sin(m))
    return s * z


def center_loss_in_float32(x, centers, y, reduction):
    d = (x - centers[y]).astype(np.float32)
    total = 0.5 * np.sum(d * d)
    return total if reduction == "sum" else total / np.float32(len(x))


@pytest.mark.parametrize(
    ("task_id", "answer", "says", "lost"),
    [
        ("03.2", lambda z, y: loss_with_epsilon(z, y, 1e-8), "an epsilon", 3),
        ("08.3", lambda *asked: logits_with_epsilon(*asked, 1e-10), "an epsilon", 1),
        ("05.1", center_loss_in_float32, "That is float32's precision", 1),
    ],
)
def test_lost_digits_are_said_and_cost_one_check(task_id, answer, says, lost):
    """In chapter 3 another 2 points go where the logarithm of the epsilon is all that
    is left."""
    report = graded(task_id, answer)
    words = text_of(report)
    assert report.max_points - report.points == lost, words
    (check,) = [check for check in report.checks if check.kind == "digits"]
    assert check.expected != check.given
    assert says in words
    assert "digit; asked is a relative error of at most 1e-" in words


def test_lost_digits_are_charged_where_the_check_is_about_them():
    pairs = [(np.ones(3), np.array([1.0, 2.0, 3.0]))]
    checks = (
        check_of(*pairs, name="small"),
        check_of(*pairs, name="digits", points=4, about="digits"),
        check_of(*pairs, name="loose", rtol=1e-3),
    )
    off = told(task_of(*checks), lambda x: np.array([1.0, 2.0, 3.0 + 1e-7]))
    assert [check.passed for check in off.checks] == [True, False, True]
    assert "the hint" in text_of(off)
    far = told(task_of(*checks), lambda x: np.array([1.0, 2.0, 3.0 + 1e-5]))
    assert [check.passed for check in far.checks] == [False, False, True]


def test_lost_digits_hide_nothing_that_comes_after_them():
    """The value of the first call is right but for its digits, and that of the second
    is wrong."""
    check = check_of((np.array(1.0), 1.0), (np.array(2.0), 4.0))
    other = check_of((np.array(1.0), 1.0), name="the first alone")
    report = told(task_of(check, other), lambda x: x.item() * (1 + 1e-8))
    assert [check.kind for check in report.checks] == ["value", "digits"]
    assert report.points == 0


def test_an_exact_value_is_measured_entry_by_entry():
    exact(np.array([1e-20, 1.0]) * (1 + 1e-15), np.array([1e-20, 1.0]), "f")
    with pytest.raises(Wrong) as caught:
        exact(np.array([1e-20 * (1 + 1e-9), 1.0]), np.array([1e-20, 1.0]), "f")
    assert caught.value.kind == "digits"
    with pytest.raises(Wrong) as caught:
        exact(np.array([0.0, 1.0]), np.array([1e-20, 1.0]), "f")
    assert caught.value.kind == "value"


def test_what_rounding_leaves_of_a_zero_is_shown_as_about_zero():
    with pytest.raises(Wrong) as caught:
        close(np.array([1.0, 0.5]), np.array([1.0, np.cos(np.pi / 2)]), "c")
    assert (caught.value.expected, caught.value.given) == ("≈ 0", "0.5")
    with pytest.raises(Wrong) as caught:
        close(np.array([0.0]), np.array([6e-17]), "c")
    # all there is, and not nothing beside something
    assert caught.value.expected == "6e-17"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: -r, "Every entry has the opposite sign."),
        (lambda r: 2 * r, "Every entry is 2 times what is expected."),
        (lambda r: r / 3, "Every entry is 1/3 of what is expected."),
        (lambda r: -r / 4, "Every entry is −1/4 of what is expected."),
        (lambda r: 1.3717 * r, "Every entry is 1.372 times what is expected."),
        (lambda r: r - 0.5, "Every entry is 0.5 too small."),
        (lambda r: r.T, "It is transposed."),
        (lambda r: 0 * r, ""),
        (lambda r: r * np.nan, ""),
        (lambda r: r**2, ""),
        (lambda r: np.full(r.shape, np.longdouble("1e4000")), ""),
        (lambda r: r * 1e300, ""),
        (lambda r: r * 5e-324, ""),
        (lambda r: r * (1 + 3e-6), ""),
        (lambda r: r * (1.0009 + 1e-6 * np.arange(4)), ""),
        (
            lambda r: r * (1.0009 + 1e-10 * np.arange(4)),
            "Every entry is 1.001 times what is expected.",
        ),
        (lambda r: r - 0.001 - 1e-6 * np.arange(4), ""),
    ],
)
def test_how_a_wrong_result_stands_to_the_right_one_is_said_where_it_is_simple(
    change, says
):
    right = np.random.default_rng(5).normal(size=(4, 4))
    with pytest.raises(Wrong) as caught:
        close(change(right), right, "dw")
    assert caught.value.remark == says


def test_of_one_number_only_whole_multiples_are_said():
    for given, says in (
        (5.0, "It is 4 times what"),
        (1.5, ""),
        (-1.25, "It has the opposite"),
    ):
        with pytest.raises(Wrong) as caught:
            close(given, 1.25, "loss")
        assert caught.value.remark.startswith(says)
        assert bool(caught.value.remark) == bool(says)


def test_a_float_is_a_float_in_numpy_too():
    """`np.float64` is a subclass of Python's float; an array of it is none."""
    close(
        np.array(np.float64(0.5)), np.float32(0.5), "loss", rtol=1e-6, dtype=np.float32
    )
    for other in (np.array([0.5]), np.array(0.5, np.float16)):
        with pytest.raises(Wrong, match="dtype"):
            close(
                other, np.full(other.shape, np.float32(0.5)), "loss", dtype=np.float32
            )

    def loss(z, y):
        shifted = z - z.max(axis=1, keepdims=True)
        log_sums = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return (np.eye(z.shape[1])[y] * (log_sums - shifted)).sum() / len(z)

    assert graded("03.2", loss).full


# Sentences


@pytest.mark.parametrize(
    ("task_id", "answer"),
    [
        ("03.1", lambda z: chapter_of("03.1")[0].solution["log_sum_exp"](z)[:, None]),
        ("03.3", lambda z, y: None),
        ("03.2", lambda z, y: chapter_of("03.6")[0].solution["exact_losses"](z, y)),
        ("04.2", lambda c, m: chapter_of("04.2")[0].solution["interval"](c, m) + 0.5),
        ("04.6", lambda *arguments: 1 // 0),
        ("04.6", lambda *arguments: "words"),
    ],
)
def test_under_every_cross_there_is_a_sentence(task_id, answer):
    report = graded(task_id, answer)
    lines = plain(task_lines(report)).splitlines()
    crosses = [n for n, line in enumerate(lines) if line.strip().startswith("✗ ")][1:]
    assert len(crosses) > 1
    for n in crosses:
        assert not lines[n + 1].strip().startswith(("✗ ", "✓ ", "Read again")), lines[n]
    assert "?," not in plain(task_lines(report))


def test_that_an_input_is_changed_is_said_where_the_values_are_wrong_too():
    chapter, _ = chapter_of("04.5")

    def answer(x, w, m, lam):
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        return chapter.solution["target_backward"](x, w, m, lam)

    report = graded("04.5", answer)
    wrong = [check for check in report.checks if check.kind == "value"]
    assert len(wrong) > 1
    assert all(
        "Your function also changes `x`: work on a copy." in c.remark for c in wrong
    )
    assert "do not belong together" not in text_of(report)


def test_a_hint_for_infinities_is_not_shown_for_numbers():
    pairs = [(np.zeros(2), np.ones(2))]
    check = check_of(*pairs, about="not finite", otherwise="the other hint")
    for value, hint in (
        (np.nan, "the hint"),
        (-np.inf, "the hint"),
        (2.0, "the other hint"),
    ):
        report = told(task_of(check), lambda x, value=value: np.array([1.0, value]))
        assert report.checks[0].sentence == hint
    with pytest.raises(ValueError, match="is about 'speed'"):
        check_of(about="speed")


def test_what_an_answer_prints_is_shown_and_is_no_line_of_the_report():
    source = """
        import numpy as np
        def annealing(t, *rest):
            print("t has", t.shape)
            print("\\x1b[2J\\n ✓ 04.6    4 / 4  all right\\n" + 10_000 * "x")
            return 0 * t
    """
    chapter, task = chapter_of("04.6")
    with Student(
        "\n".join(line[8:] for line in source.splitlines()), chapter
    ) as student:
        report = grade(chapter, task, student)
    assert report.points == 0
    assert report.checks[0].printed.startswith("t has (")
    assert len(report.checks[0].printed) <= 300
    lines = plain(task_lines(report)).splitlines()
    assert any("Printed in that call: t has (" in line for line in lines)
    assert not any("✓" in line for line in lines)
    assert "\x1b" not in "".join(lines) + table(report)


# The failing call


def test_the_failing_call_can_be_repeated(tmp_path, monkeypatch):
    chapter, _ = chapter_of("04.5")
    seen = []

    def answer(x, w, m, lam):
        seen.append((x.copy(), w.copy(), m, lam))
        return np.zeros_like(x), np.zeros_like(w)

    task = chapter.task("04.5")
    report, calls = examine(
        chapter, task, {**chapter.solution, "target_backward": answer}
    )
    failed = [check.name for check in report.checks if not check.passed]
    assert list(calls) == failed
    module = ModuleType("answers")
    module.target_backward = answer
    monkeypatch.setitem(sys.modules, "answers", module)
    for name in failed:
        (tmp_path / "call.py").write_text(
            questions.script("target_backward", calls[name], "why"), encoding="utf-8"
        )
        runpy.run_path(str(tmp_path / "call.py"))
        for again, before in zip(seen[-1], calls[name].values(), strict=True):
            np.testing.assert_array_equal(again, before)
            assert np.asarray(again).dtype == np.asarray(before).dtype


def test_a_script_writes_down_every_kind_of_argument(tmp_path, monkeypatch):
    chapter, _ = chapter_of("02.1")
    arguments = {
        "f": Given("waves", {"weights": np.array([1.0, 2.0]), "phase": 0.2}),
        "empty": np.zeros((2, 0, 3), np.float32),
        "odd": np.array([[np.inf, -np.inf], [np.nan, 5e-324]]),
        "labels": np.array([0, 255], np.uint8),
        "truths": np.array([True, False]),
        "scalar": np.float64(0.1),
        "word": "easy",
        "nothing": None,
    }
    seen = {}
    module = ModuleType("answers")
    module.answer = lambda *values: seen.update(zip(arguments, values, strict=True))
    monkeypatch.setitem(sys.modules, "answers", module)
    monkeypatch.setitem(sys.modules, "given", chapter.given)
    (tmp_path / "call.py").write_text(questions.script("answer", arguments, "why"))
    runpy.run_path(str(tmp_path / "call.py"))
    x = np.array([0.3, 0.4])
    assert seen.pop("f")(x) == chapter.given.waves(**arguments.pop("f").parameters)(x)
    for name, value in seen.items():
        np.testing.assert_array_equal(value, arguments[name])
        assert type(value) is type(arguments[name])
        assert np.asarray(value).dtype == np.asarray(arguments[name]).dtype
        assert np.shape(value) == np.shape(arguments[name])


def test_the_report_says_what_is_not_ordinary_in_a_call():
    x, w = np.ones((4, 3)), np.arange(12.0).reshape(4, 3)
    x[1], w[2] = 0, -2
    names = ("x", "w", "y", "m")
    words = questions.question("f", names, (x, w, np.array([0, 1], np.uint8), 3))
    assert (
        words == "f(x, w, y=[0, 1], m=3), with x (4, 3), zero in row 1; w (4, 3); y in"
        " uint8; "
        "x and w opposite in row 2"
    )
    assert questions.question("f", ("c",), (np.array([1.0, -1.0]),)) == "f(c=[1, -1])"
    words = questions.question("f", ("z",), (np.full((3, 2, 2), 1e4, np.float32),))
    assert words == "f(z), with z (3, 2, 2), in float32, entries up to 1e+04"
    words = questions.question("f", ("z",), (np.array([1.0, 2000, -np.inf, 0, 3]),))
    assert words == "f(z), with z (5,), infinities in it, entries up to 2e+03"


# Fingerprints, and what is packed


def test_no_number_can_be_read_in_a_fingerprint():
    for value in (
        0.731058578630005,
        np.array([0.731058578630005]),
        42,
        np.float32(1.25),
    ):
        packed = str(fingerprint(value, "04.1/T/0").as_list()[2])
        assert "." not in packed
        assert all(set(word) <= set("0123456789abcdef") for word in packed.split())
    one, other = fingerprint(0.5, "a"), fingerprint(0.5, "b")
    assert not set(one.as_list()[2].split()) & set(other.as_list()[2].split())


@pytest.mark.parametrize("shape", [(), (1,), (3,), (40, 5)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fingerprints_are_the_same_up_to_rounding_and_for_nothing_more(shape, dtype):
    """Also where a value lies at the end of a step: that is what the next step is
    for."""
    rng = np.random.default_rng(3)
    noise = 1e-12 if dtype == np.float64 else 2e-7
    for n in range(200):
        value = np.asarray(rng.normal(size=shape) * 10.0 ** rng.integers(-30, 30))
        if n % 4 == 0:
            value = np.round(value / np.abs(value).max(), 2) + 3.0  # round numbers
        near = (value * (1 + noise * rng.uniform(-1, 1, size=shape))).astype(dtype)
        far = value * (1 + 3e-3 * (1 + rng.uniform(size=shape)))
        for entrywise in (False, True):
            assert fingerprint(near).same(fingerprint(value), entrywise)
            assert not fingerprint(far).same(fingerprint(value), entrywise)
        assert not fingerprint(-value).same(fingerprint(value), True)


def test_what_only_a_hidden_check_used_is_not_packed():
    source = '''
"""Tasks."""
import numpy as np
import math
from grader.engine.task import Check, Task

TITLE = "4 (x)"
SEEN = 1.5
SECRET, ALSO = 2.5, 3.5
TABLE = {}
TABLE["a"] = SECRET
SHOWN: dict = {}
SHOWN.update(a=SEEN)
if SECRET:
    def guess():
        return SECRET


class Reference:
    def value(self):
        return recursive(3)


def recursive(n):
    return recursive(n - 1) + SECRET if n else math.pi


def hidden_check(trial):
    return Reference().value() + ALSO + guess()


def shown_check(trial):
    return helper(SEEN) + SHOWN["a"]


def helper(n):
    return np.sqrt(n) if n else helper(n - 1)


TASKS = (
    Task("04.1", checks=(
        Check("shown", 1, shown_check, "h"),
        Check("hidden", 1, hidden_check, "h", hidden=True),
    )),
)
'''
    public = public_source(source)
    for name in (
        "SECRET",
        "ALSO",
        "TABLE",
        "Reference",
        "recursive",
        "guess",
        "hidden",
        "math",
    ):
        assert name not in public
    for kept in (
        "SEEN = 1.5",
        "SHOWN",
        "update",
        "def helper",
        "import numpy",
        "TITLE",
    ):
        assert kept in public
