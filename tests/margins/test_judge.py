"""The judge: our own losses are the papers', and every planted slip is named."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from margins.judge import __main__ as command
from margins.judge import departures, exact, golden, judging, report
from margins.judge import ours as own
from margins.judge.settings import PARAMETERS, SOURCES
from tools.judged import __main__ as judged

FOLDER = Path(__file__).parents[1] / "golden"
VECTORS = {loss: golden.read(FOLDER / f"{loss}.json") for loss in PARAMETERS}
ours = own.function


def planted(loss, *slips):
    """An implementation with these slips."""

    def function(*inputs, **parameters):
        names = list(VECTORS[loss][0].inputs)
        floats = [np.asarray(a, float) if a.dtype.kind == "f" else a for a in inputs]
        found = departures.answer(
            loss, parameters, dict(zip(names, floats, strict=True)), frozenset(slips)
        )
        return found[:2] if found.centers is None else tuple(found)

    return function


def test_every_loss_of_the_registry_has_golden_vectors():
    assert set(PARAMETERS) == set(own.CLASSES) == set(SOURCES) == set(departures.SLIPS)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(PARAMETERS)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2e6


@pytest.mark.parametrize("loss", PARAMETERS)
def test_our_losses_agree_on_arrays_of_every_library(loss, xp):
    """In all three dtypes; the strict library has no float16."""
    dtypes = [d for d in golden.DTYPES if hasattr(xp, d)]
    function = ours(loss, lambda a: xp.asarray(a))
    verdict = judging.judge(function, loss, VECTORS[loss], dtypes)
    assert verdict.agrees, report.text(verdict, "ours")
    assert not [o for o in verdict.outcomes if o.error]


def test_the_library_is_judged_by_one_command(tmp_path, capsys):
    assert own.main(["--json", str(tmp_path / "ours.json")]) == 0
    written = json.loads((tmp_path / "ours.json").read_text())
    assert [row["loss"] for row in written["rows"]] == list(PARAMETERS)
    assert all(row["agrees"] for row in written["rows"])
    assert len(capsys.readouterr().out.splitlines()) == len(PARAMETERS)


@pytest.mark.parametrize("loss", PARAMETERS)
def test_our_losses_are_the_papers_everywhere(loss):
    """At the edges too, and to the last digits that the dtype holds."""
    verdict = judging.judge(ours(loss), loss, VECTORS[loss])
    assert verdict.agrees, report.text(verdict, "ours")
    wrong = [o for o in verdict.outcomes if not o.right and o.dtype != "float16"]
    assert not wrong, [
        (o.case.name, o.case.parameters, o.dtype, o.digits) for o in wrong
    ]


PLANTED = [(loss, slip) for loss, slips in departures.SLIPS.items() for slip in slips]


@pytest.mark.parametrize(("loss", "slip"), PLANTED)
def test_a_planted_slip_is_named_and_no_other(loss, slip):
    verdict = judging.judge(planted(loss, slip), loss, VECTORS[loss], ["float64"])
    assert verdict.slips == {slip}
    assert verdict.smallest is not None
    assert slip in report.text(verdict, "planted")


@pytest.mark.parametrize(
    ("loss", "slips"),
    [
        ("arcface", ("margin only where the cosine is positive", "sum for mean")),
        ("arcface", ("margin without gradient", "probability clamped at 1e-30")),
        ("am-softmax", ("features' norms without gradient", "sum for mean")),
        ("focal", ("alpha left out", "the factor without gradient")),
        ("center", ("the half left out", "n for 1 + n")),
        ("triplet", ("squared distances", "averaged over the active")),
    ],
)
def test_two_slips_are_named_together(loss, slips):
    verdict = judging.judge(planted(loss, *slips), loss, VECTORS[loss], ["float64"])
    assert verdict.slips == set(slips)


def test_what_is_in_no_list_is_not_given_a_name():
    """A factor of 1.001 is no slip that we know; the smallest case is shown."""

    def function(x, w, y, m, s, fallback):
        value, gradients = ours("arcface")(x, w, y, m=m, s=s, fallback=fallback)
        return 1.001 * value, gradients

    verdict = judging.judge(function, "arcface", VECTORS["arcface"])
    assert verdict.slips is None
    assert not verdict.agrees
    said = report.text(verdict, "mine")
    assert "not recognised" in said
    assert "smallest case" in said


def test_a_name_is_not_given_where_one_case_disagrees():
    """Easy margin in all cases but one is not the easy margin."""
    easy = planted("arcface", "margin only where the cosine is positive")

    def function(x, w, y, m, s, fallback):
        value, gradients = easy(x, w, y, m=m, s=s, fallback=fallback)
        return value + (len(x) == 7), gradients

    verdict = judging.judge(function, "arcface", VECTORS["arcface"], ["float64"])
    assert verdict.slips is None


@pytest.mark.parametrize("loss", PARAMETERS)
def test_a_sample_of_the_vectors_is_what_the_formulas_say(loss):
    """`make golden` computes all of them again; here one case of each loss."""
    seed = sum(map(ord, loss))
    wanted = VECTORS[loss][seed % len(VECTORS[loss])]
    again = next(
        g for g in golden.compute(loss, wanted.parameters) if g.name == wanted.name
    )
    assert again.loss == wanted.loss
    np.testing.assert_array_equal(again.losses, wanted.losses)
    for name, gradient in wanted.gradients.items():
        np.testing.assert_array_equal(again.gradients[name], gradient)


def test_the_gradients_are_those_of_the_values():
    """A control of the differences: half a step of a wrong sign is seen."""
    (case,) = [g for g in VECTORS["softmax"] if g.name == "ordinary"]
    p = SimpleNamespace(**case.parameters, reduction="mean")
    formula, h = exact.FORMULAS["softmax"], 1e-6
    for sign, differs in ((1, False), (-1, True)):
        up, down = ({k: a.copy() for k, a in case.inputs.items()} for _ in range(2))
        up["x"][0, 0] += h
        down["x"][0, 0] -= h
        slope = (exact.value(formula, p, up) - exact.value(formula, p, down)) / (2 * h)
        error = abs(sign * slope - case.gradients["x"][0, 0])
        assert bool(error > 1e-6) is differs


def test_the_command_says_it_in_words_json_and_a_badge(tmp_path, capsys):
    mine = tmp_path / "mine.py"
    mine.write_text(
        "import numpy as np\n"
        "from mlcore.losses import ArcFaceLoss\n"
        "def arcface(x, w, y):\n"
        "    loss = ArcFaceLoss(m=0.5, s=64.0, fallback='easy', reduction='sum')\n"
        "    value, saved = loss.forward(x, w, y)\n"
        "    return value, loss.backward(saved)\n"
    )
    place, target = f"{mine}:arcface", tmp_path / "verdict.json"
    words = [place, "--loss", "arcface", "--m", "0.5", "--s", "64"]
    assert command.main([*words, "--json", str(target)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "easy_margin" in said
    assert "summed, not averaged" in said
    kept = json.loads(target.read_text())
    assert kept["departures"] == [
        "margin only where the cosine is positive",
        "sum for mean",
    ]
    assert command.main([*words, "--badge"]) == 1
    assert capsys.readouterr().out.count("\n") == 1


def test_hyper_parameters_of_one_s_own_are_computed(tmp_path, capsys):
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from mlcore.losses import AdditiveMarginSoftmaxLoss\n"
        "def cosface(x, w, y):\n"
        "    loss = AdditiveMarginSoftmaxLoss(m=0.2, s=16.0)\n"
        "    value, saved = loss.forward(x, w, y)\n"
        "    return value, loss.backward(saved)\n"
    )
    words = [f"{mine}:cosface", "--loss", "am-softmax", "--m", "0.2", "--s", "16"]
    assert command.main(words) == 0
    assert "computes the formula" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("f = 3\n", (), "no function 'f'"),
        ("def f(x, w, y): return 1.0\n", (), "must return the loss"),
        ("def f(x, w, y): return 1.0, (x,)\n", (), "2 gradients, of x, w"),
        ("def f(x, w, y): return 1.0, (x, x)\n", (), "shape"),
        ("def f(x, w, y): return x, (x, w)\n", (), "one number"),
        ("def f(x, w, y): return 1.0, (x, w)\n", ("--size", "3"), "--size"),
        ("def f(x, w, y): return 1.0, (x, w)\n", ("--m",), "--m"),
        ("def f(x, w, y): return 1.0, (x, w)\n", ("--m", "abc"), "must be a number"),
        ("def f(x, w, y): return 1.0, (x, w)\n", ("--json", "no/x.json"), "folder"),
        ("def f(x, w, y): return 1.0, (x, w)\n", ("--vectors", "no"), "folder"),
        ("def f(x, w, y): return 1.0, (object(), w)\n", (), "NumPy arrays"),
        ("def f(:\n", (), "cannot be imported: SyntaxError"),
        ("1 / 0\n", (), "ZeroDivisionError"),
        ("raise SystemExit(3)\n", (), "SystemExit"),
    ],
)
def test_bad_use_is_told_in_a_sentence(text, words, said, tmp_path, capsys):
    mine = tmp_path / "mine.py"
    mine.write_text(text)
    assert command.main([f"{mine}:f", "--loss", "arcface", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_function_that_raises_is_reported_and_not_a_crash():
    def function(x, w, y):
        raise RuntimeError("no\nfloat64 here")

    verdict = judging.judge(function, "arcface", VECTORS["arcface"][:3])
    assert verdict.slips is None
    assert not verdict.agrees
    assert "It raised 'RuntimeError: no' in 3 of 3 cases" in report.sentence(verdict)


def test_where_it_raises_does_not_hide_what_it_does_elsewhere():
    """A right focal loss that cannot do without alpha is right where it answers."""

    def function(logits, targets, gamma, alpha, pos_weight):
        if alpha is None:
            raise TypeError("alpha must be a number")
        return ours("focal")(
            logits, targets, gamma=gamma, alpha=alpha, pos_weight=pos_weight
        )

    verdict = judging.judge(function, "focal", VECTORS["focal"])
    assert not verdict.agrees
    said = report.sentence(verdict)
    assert "alpha must be a number" in said
    assert said.endswith("It computes the formula, and its gradient.")


def test_what_is_right_in_an_unknown_departure_is_said():
    """The loss of the paper with a gradient of nobody's."""

    def function(x, w, y, m, s, fallback):
        value, (dx, dw) = ours("arcface")(x, w, y, m=m, s=s, fallback=fallback)
        return value, (1.5 * dx, dw)

    verdict = judging.judge(function, "arcface", VECTORS["arcface"])
    assert report.sentence(verdict).endswith("Right everywhere: loss, dw; not: dx.")

    def lost(x, w, y, m, s, fallback):
        value, (dx, dw) = ours("arcface")(x, w, y, m=m, s=s, fallback=fallback)
        return 1.5 * value, (np.nan * dx, dw)

    verdict = judging.judge(lost, "arcface", VECTORS["arcface"])
    assert report.sentence(verdict).endswith("Not finite in some case: dx.")


def test_single_precision_inside_is_no_departure_without_a_word():
    def function(x, w, y, m, s):
        value, gradients = ours("am-softmax")(
            x.astype("float32"), w.astype("float32"), y, m=m, s=s
        )
        return value, gradients

    cases = [g for g in VECTORS["am-softmax"] if "float32" in g.dtypes]
    verdict = judging.judge(function, "am-softmax", cases, ["float64"])
    assert verdict.agrees or "float32" in report.sentence(verdict)


def test_inputs_that_are_written_into_spoil_no_later_case():
    def function(x, w, y, m, s):
        found = ours("am-softmax")(x.copy(), w.copy(), y.copy(), m=m, s=s)
        x[:], w[:], y[:] = 0, 0, 0
        return found

    assert judging.judge(function, "am-softmax", VECTORS["am-softmax"]).agrees


def test_the_table_of_public_losses_can_be_made_again(tmp_path):
    """A row of ours, written and read; the committed rows have the same fields."""
    row = judged.tried("mlcore", "ArcFaceLoss", "arcface", ours("arcface"), {}, [])
    assert row["agrees"]
    judged.write([row], tmp_path / "public.json")
    written = json.loads((tmp_path / "public.json").read_text(encoding="utf-8"))
    assert written["rows"] == [row]
    kept = json.loads(judged.FILE.read_text(encoding="utf-8"))
    assert kept.keys() == written.keys()
    assert all(other.keys() == row.keys() for other in kept["rows"])
    names = {name for other in kept["rows"] for name in other["departures"] or ()}
    assert names <= set(departures.SAID)


def test_a_file_that_is_no_file_of_vectors_is_named(tmp_path):
    path = tmp_path / "arcface.json"
    whole = (FOLDER / "arcface.json").read_text()
    for text in (whole[:1000], "{}", whole.replace('"format": 1', '"format": 99')):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"arcface\.json"):
            golden.read(path)


def test_numbers_come_back_to_the_last_bit():
    values = np.array([0.0, 1.0, -1 / 3, 2.0**-1074, 1.7e308, math.pi, np.nan])
    again = golden._array(golden._hex(values))
    np.testing.assert_array_equal(again, values)
