"""The equations of chapter 16, who computes what, as they stand on the page."""

import itertools
import math

import numpy as np
import pytest
from equations import equation
from numpy.testing import assert_allclose

from margins.judge import departures, errors, golden, judging, ours, public
from margins.judge.__main__ import FOLDER
from margins.judge.settings import PARAMETERS
from mlcore import losses
from mlcore.losses.registry.part_one import PART_ONE

S = 4.0
ANGLES = np.radians(np.arange(1, 180, 7))


def one_sample(head, theta):
    """Loss and dx at one feature, whose second class is at right angles to all."""
    x = np.array([[np.cos(theta), np.sin(theta), 0.0]])
    w = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    loss, saved = head.forward(x, w, np.array([0]))
    return loss, head.backward(saved)[0][0]


HEADS = {
    "arcface": losses.ArcFaceLoss(m=0.5, s=S),
    "am-softmax": losses.AdditiveMarginSoftmaxLoss(m=0.35, s=S),
    "combined": losses.CombinedMarginLoss(m1=1.0, m2=0.3, m3=0.2, s=S),
}


@equation("judge-psi")
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_the_loss_of_one_sample_gives_the_margin_away(head):
    for theta in ANGLES:
        loss, _ = one_sample(head, theta)
        psi = -np.log(np.exp(loss) - 1) / S
        expected = head.margin(np.cos([theta]), np.sin([theta]))[0][0]
        assert psi == pytest.approx(expected, abs=1e-12)


@equation("judge-rho")
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_the_gradient_of_one_sample_gives_the_pull_away(head):
    for theta in ANGLES:
        loss, dx = one_sample(head, theta)
        tangent = np.array([np.sin(theta), -np.cos(theta), 0.0])
        rho = -(tangent @ dx) / (S * (1 - np.exp(-loss)))
        expected = head.margin(np.cos([theta]), np.sin([theta]))[1][0]
        assert rho == pytest.approx(expected, abs=1e-12)


def test_the_probe_tells_the_five_forms_apart_as_the_page_says():
    """Straight-through in the pull alone; the others at a right angle or past pi."""
    settings = {"m": 0.5, "s": S, "fallback": "none"}
    inputs = {"w": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), "y": np.array([0])}

    def loss_and_dx(slip, theta):
        x = np.array([[np.cos(theta), np.sin(theta), 0.0]])
        slips = frozenset([slip] if slip else [])
        found = departures.answer("arcface", settings, {"x": x, **inputs}, slips)
        return found.loss, found.gradients[0][0]

    def differs(slip, theta):
        (a, da), (b, db) = (loss_and_dx(name, theta) for name in (slip, None))
        return abs(a - b) > 1e-9, np.abs(da - db).max() > 1e-9

    for degrees in (20, 80, 100, 140, 160):
        theta = np.radians(degrees)
        past = theta + 0.5 > math.pi
        assert differs("margin without gradient", theta) == (False, True)
        assert differs("linear past pi", theta) == (past, past)
        assert differs("theta + m held at pi", theta) == (past, past)
        easy = differs("margin only where the cosine is positive", theta)
        assert easy == (degrees > 90, degrees > 90)


@equation("judge-digits")
def test_the_digits_are_those_of_the_worst_row():
    rng = np.random.default_rng(0)
    for _ in range(20):
        right = rng.normal(size=(5, 3)) * 10.0 ** rng.integers(-6, 3, (5, 1))
        mine = right * (1 + 10.0 ** rng.uniform(-12, -2, (5, 1)))
        rows = [
            max(abs(a - b) for a, b in zip(mine[i], right[i], strict=True))
            / max(max(abs(right[i])), 1e-3 * np.abs(right).max())
            for i in range(5)
        ]
        expected = -math.log10(max(rows))
        assert judging.agreeing(mine, right) == pytest.approx(expected, rel=1e-9)


def test_seven_digits_lie_between_the_formula_and_every_departure():
    """As the page says: thirteen for the library's losses, fewer than seven else."""
    for loss, slips in departures.SLIPS.items():
        cases = [c for c in golden.read(FOLDER / f"{loss}.json") if not c.edge]
        ours_alone = judging.judge(ours.function(loss), loss, cases, ["float64"])
        assert min(ours_alone.parts.values()) >= 13
        for slip in slips:
            assert min(digits_with(loss, slip, case) for case in cases) < 7, slip


def digits_with(loss, slip, case):
    """The digits that the paper's loss and one with a slip have in common."""
    found = departures.answer(loss, case.parameters, case.inputs, frozenset([slip]))
    pairs = [(found.loss, case.loss)]
    pairs += zip(found.gradients, case.gradients.values(), strict=True)
    if case.centers is not None:
        pairs.append((found.centers, case.centers))
    return min(judging.agreeing(mine, right) for mine, right in pairs)


@equation("judge-ulp")
@pytest.mark.parametrize(
    ("dtype", "t"), [("float64", 53), ("float32", 24), ("float16", 11)]
)
def test_an_ulp_is_a_power_of_two(dtype, t):
    for v in (1.0, 1.5, 3.0, 1000.0, 0.1, 0.25, 7e-3):
        rounded = float(np.asarray(v, dtype=dtype))
        ulp = 2.0 ** (math.floor(math.log2(abs(rounded))) - t + 1)
        assert ulp == float(np.spacing(np.asarray(rounded, dtype=dtype)))
        assert np.finfo(dtype).eps == 2.0 ** (1 - t)


@equation("judge-rounding")
def test_the_most_a_rounding_can_move_is_a_sum_of_sizes():
    """All signs tried on a small case, and what the measurement makes of it."""
    inputs = errors.draw("cross-entropy", "float64", 0, seed=3)
    logits, y = inputs["logits"][:1], inputs["y"][:1]
    head = losses.SoftmaxCrossEntropy()
    (slope,) = head.backward(head.forward(logits, y)[1])
    half = 2.0**-53
    moves = [
        abs(half * np.sum(np.array(sign) * logits[0] * slope[0]))
        for sign in itertools.product((-1, 1), repeat=logits.size)
    ]
    r = half * sum(abs(v * g) for v, g in zip(logits[0], slope[0], strict=True))
    assert max(moves) == pytest.approx(r, rel=1e-12)
    measured = errors.right("cross-entropy", {"logits": logits, "y": y})
    assert_allclose(measured.rounding["loss"], r, rtol=1e-3)


def test_the_numbers_of_the_clamp_worked_by_hand():
    """A feature at right angles, s = 64, m = .5, nine random rows in 16 dimensions."""
    target = 64 * math.cos(math.pi / 2 + 0.5)
    assert round(target) == -31
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20_000, 9, 16))
    rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
    largest = rows[..., 0].max(axis=1).mean()  # the cosine with any fixed direction
    assert round(largest, 2) == 0.37
    assert round(64 * largest) == 24
    assert round(target - 64 * largest) == -54


#: What the page says of the second part's losses; None is "not recognised".
SAID = {
    ("pytorch-metric-learning", "SubCenterArcFaceLoss"): {"linear past pi"},
    ("pytorch-metric-learning", "ContrastiveLoss"): {
        "distances without squares",
        "pulls and pushes averaged apart",
    },
    ("pytorch-metric-learning", "NPairsLoss"): {"vectors normalised first"},
    ("pytorch-metric-learning", "NPairsLoss, features as they are"): set(),
    ("pytorch-metric-learning", "NTXentLoss"): set(),
    ("pytorch-metric-learning", "SupConLoss"): {"nothing without a negative"},
    ("pytorch-metric-learning", "ProxyNCALoss"): {"the own proxy in the sum"},
    ("pytorch-metric-learning", "ProxyAnchorLoss"): set(),
    ("optax", "ntxent"): set(),
    ("open_clip_torch", "ClipLoss"): set(),
    ("open_clip_torch", "SigLipLoss"): set(),
    ("lightly", "NTXentLoss"): set(),
    ("monai", "ContrastiveLoss"): None,
    ("timm", "AsymmetricLossMultiLabel"): None,
    ("timm", "AsymmetricLossMultiLabel, exponents of 0.5"): None,
    ("AdaFace", "AdaFace, of two samples and more"): {
        "cosine clamped at 1e-3",
        "theta - m q held in 0 to pi",
    },
    ("MagFace", "MagLoss, MagLinear"): {"margin only where the cosine is positive"},
    ("CurricularFace", "CurricularFace"): {"linear past pi"},
    ("FaceX-Zoo", "MV_Softmax"): {"margin only where the cosine is positive"},
    ("FaceX-Zoo", "MV_Softmax, is_am"): {"margin only where the cosine is larger"},
    ("opensphere", "SphereFace2"): {"weights replaced by their directions"},
    ("LDAM-DRW", "LDAMLoss"): set(),
    ("ASL", "AsymmetricLoss"): {"probability clamped at 1e-8", "sum for mean"},
    ("SupContrast", "SupConLoss, every anchor with a positive"): {
        "multiplied by temperature / 0.07"
    },
    ("Proxy-Anchor", "Proxy_Anchor"): set(),
}


def test_the_page_says_of_the_second_part_what_the_judge_said():
    rows = {(row["library"], row["name"]): row for row in public.read()["rows"]}
    since = set(PARAMETERS) - {entry.name for entry in PART_ONE}
    assert {key for key, row in rows.items() if row["loss"] in since} == set(SAID)
    for key, slips in SAID.items():
        found = rows[key]["departures"]
        assert (found if found is None else set(found)) == slips, key
    assert "digits of float32" in rows["monai", "ContrastiveLoss"]["said"]
    halves = rows["timm", "AsymmetricLossMultiLabel, exponents of 0.5"]
    assert "Not finite in some case: dlogits" in halves["said"]
    for library in ("AdaFace", "SupContrast"):
        (row,) = [row for (name, _), row in rows.items() if name == library]
        assert "its loss is NaN" in row["said"]
    restated = {row["library"] for row in rows.values() if "github" in row["version"]}
    assert len(restated) == 12
    assert sum(row["loss"] == "nt-xent" for row in rows.values()) == 4


def test_the_angles_at_which_a_clamp_and_a_margin_begin():
    assert round(math.degrees(math.acos(1 - 1e-3)), 1) == 2.6
    assert round(math.degrees(math.acos(0.35)), 1) == 69.5
