"""Errors in units in the last place: what is measured, and that ours are small."""

import math
import re

import numpy as np
import pytest

from margins import figures
from margins.judge import errors, golden, ours
from margins.judge.settings import PARAMETERS

DTYPES = ("float64", "float32", "float16")
#: Times rounding, of hundreds of cases: a projection takes two products and a
#: difference, each of which rounds a number of the size of what it is applied to. A
#: formula that cancels is at 1e3 and more.
FEW = 8


def one(value, rounding=0.0):
    """What is right, of one number."""
    array = np.asarray(value, dtype=float)
    zero = np.zeros_like(array)
    rows = np.full(np.shape(array.max(axis=-1) if array.ndim else array), rounding)
    return errors.Right({"loss": array}, {"loss": zero}, {"loss": rows})


def test_an_ulp_is_the_distance_of_neighbours():
    wanted = one(1.0)
    for dtype in DTYPES:
        above = 1 + float(np.finfo(dtype).eps)
        assert errors.off(above, "loss", wanted, dtype).ulp == 1
    assert errors.off(0.5, "loss", one(0.5), "float32").ulp == 0


def test_an_entry_is_held_to_the_largest_of_its_row():
    wanted = one([[1.0, 1e-9], [1e-9, 1e-9]])
    eps = 2.0**-52
    found = wanted.values["loss"] + [[0, 3 * eps], [0, 0]]
    assert errors.off(found, "loss", wanted, "float64").ulp == 3
    found = wanted.values["loss"] + [[0, 0], [0, 3 * eps]]
    assert errors.off(found, "loss", wanted, "float64").ulp > 1e8


def test_a_row_that_vanishes_beside_the_others_is_held_to_a_small_share():
    wanted = one([[1.0], [0.0]])
    found = errors.off(np.array([[1.0], [1e-60]]), "loss", wanted, "float64")
    assert found.ulp < 1e-10
    found = errors.off(np.array([[1.0], [1e-40]]), "loss", wanted, "float64")
    assert found.ulp > 1e5


def test_what_the_inputs_rounding_changes_is_no_fault():
    wanted = one(1.0, rounding=64 * 2.0**-52)
    found = errors.off(1 + 96 * 2.0**-52, "loss", wanted, "float64")
    assert found == (96, 1.5)


def test_a_result_that_is_not_finite_is_not_measured():
    assert errors.off(math.nan, "loss", one(1.0), "float64").ulp == math.inf
    assert errors.off(np.array([1, math.inf]), "loss", one([1.0, 2.0]), "float16") == (
        math.inf,
        math.inf,
    )


def test_the_digits_beyond_float64_count():
    """A correctly rounded result is off by up to half an ulp, not by 0."""
    rng = np.random.default_rng(0)
    inputs = {"logits": rng.normal(size=(1, 3)), "y": np.array([1])}
    wanted = errors.right("cross-entropy", inputs)
    rounded = errors.off(wanted.values["loss"], "loss", wanted, "float64")
    assert 0 < rounded.ulp <= 0.5


def test_the_rounding_of_the_inputs_is_the_condition():
    """Of a sum of squares: twice the relative change of a point far from its center."""
    inputs = {"x": np.array([[1024.0]]), "centers": np.array([[0.0]])}
    wanted = errors.right("center", inputs | {"y": np.array([0])})
    eps = np.finfo(float).eps
    assert wanted.rounding["loss"] == pytest.approx(2 * eps / 2 * 2.0**19, rel=1e-3)
    # Close to its center, the difference has lost the digits of both.
    inputs = {"x": np.array([[1024.0]]), "centers": np.array([[1024.0 - 2.0**-10]])}
    wanted = errors.right("center", inputs | {"y": np.array([0])})
    assert wanted.rounding["loss"] / wanted.values["loss"] > 1e5 * eps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", PARAMETERS)
def test_ours_are_off_by_a_few_units(loss, dtype, monkeypatch):
    """On two magnitudes here; ``python -m tools.judged.errors`` tries all."""
    first, *_, last = errors.SCALES[dtype]
    monkeypatch.setitem(errors.SCALES, dtype, (first, last))
    monkeypatch.setattr(errors, "SEEDS", 1)
    rows = errors.measure(loss, dtype, {"mlcore": ours.function(loss)})
    assert rows
    for row in rows:
        assert row["not_finite"] == 0
        # float16 is computed in float32: what is left is the rounding at the end.
        assert row["worst_times_rounding"] <= (0.51 if dtype == "float16" else FEW)


def test_a_plain_formula_is_told_from_a_stable_one():
    """The control: log(1 + exp(z)) of a large z."""

    def plain(logits, targets, **parameters):
        t = np.where(targets == 1, -logits, logits)
        value = np.mean(np.log(1 + np.exp(t)) * np.where(targets == 1, 0.25, 0.75))
        return value, (logits,)

    found = errors.measure("focal", "float32", {"plain": plain})
    assert {row["result"] for row in found} == {"loss", "dlogits"}
    assert max(row["not_finite"] for row in found) > 0
    assert max(row["worst"] or 0 for row in found) > 1e3


# The committed file. It has three writings of each loss, two of them PyTorch's.


def test_every_loss_dtype_and_writing_is_in_the_table():
    contents = errors.read()
    assert re.fullmatch("[0-9a-f]{40}", contents["commit"])
    assert {"mlcore", "numpy", "torch", "mpmath"} <= set(contents["versions"])
    there = {(row["loss"], row["dtype"], row["by"]) for row in contents["rows"]}
    writings = ("mlcore", "torch, plain", "torch, stable")
    assert there == {
        (loss, dtype, by) for loss in PARAMETERS for dtype in DTYPES for by in writings
    }
    for row in contents["rows"]:
        inputs = errors.draw(row["loss"], row["dtype"], 0, 0)
        results = [
            "loss",
            *(f"d{n}" for n in golden.differentiable(row["loss"], inputs)),
        ]
        assert row["result"] in results
        assert row["cases"] >= errors.SEEDS


def test_ours_are_finite_and_a_few_times_rounding_in_the_table():
    for row in errors.read()["rows"]:
        if row["by"] == "mlcore":
            assert row["not_finite"] == 0
            assert row["worst_times_rounding"] <= FEW, row
            if row["dtype"] == "float16":
                assert row["worst"] <= 0.51, row


def test_the_table_has_the_worst_of_each_implementation():
    text = str(errors.table())
    writings = ("mlcore", "torch, plain", "torch, stable")
    for name in (*DTYPES, *writings):
        assert name in text
    worst = max(
        row["worst_times_rounding"]
        for row in errors.read()["rows"]
        if (row["by"], row["dtype"]) == ("mlcore", "float32")
    )
    assert f"{worst:.2g}" in text


@pytest.mark.parametrize("measure", ["worst", "worst_times_rounding"])
def test_the_figure_has_a_dot_for_every_loss(measure):
    fig = figures.error_dots(errors.read()["rows"], measure)
    assert [ax.get_title("left") for ax in fig.axes] == list(DTYPES)
    for ax in fig.axes:
        dots = [line for line in ax.lines if line.get_marker() != "x"]
        assert len(dots) == 3
        assert {len(line.get_xdata()) for line in dots} == {len(PARAMETERS)}
    picture = figures.svg(fig, "The errors of all losses.")
    assert picture.startswith("<svg")


# What chapter 16 says of the file.


def worst(by, dtype, loss):
    rows = errors.read()["rows"]
    own = [r for r in rows if (r["by"], r["dtype"], r["loss"]) == (by, dtype, loss)]
    return max(row["worst"] or 0.0 for row in own)


def test_ours_are_below_a_thousand_units_and_only_n_pair_above_two_hundred():
    """The bound of the page; N-pair's logits are products without a bound."""
    most = {s: max(worst("mlcore", d, s) for d in DTYPES) for s in PARAMETERS}
    assert [s for s in PARAMETERS if most[s] > 200] == ["n-pair"]
    assert 800 < most["n-pair"] < 1000


def test_no_digit_is_right_in_twenty_one_stable_writings():
    """Four of them are unbounded logits. The others call F.normalize, and lose nothing
    where the division is written plainly."""
    lost = [s for s in PARAMETERS if worst("torch, stable", "float64", s) > 1e15]
    assert len(lost) == 21
    logits = ["cross-entropy", "softmax", "vector-scaling", "n-pair"]
    assert set(logits) < set(lost)
    for loss in lost:
        plain = worst("torch, plain", "float64", loss)
        assert plain > 1e15 if loss in logits else plain < 1e4, loss
