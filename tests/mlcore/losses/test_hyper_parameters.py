"""Each hyper-parameter is an attribute of its name and refuses what lies outside its
range."""

import dataclasses
import math
import sys
from collections import deque
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest

from mlcore import losses
from mlcore.losses.registry import REGISTRY

from .cases import every_entry

# Not a number in any range.
NEVER = (math.nan, None, "1", True, 1j, [1.0])


@dataclasses.dataclass(frozen=True)
class Range:
    """The default, values at the very ends of the range, and values just outside."""

    default: object
    good: tuple
    bad: tuple
    never: tuple = NEVER


def kind_of(number):
    return type(number).__name__


def below(value):
    return math.nextafter(value, -math.inf)


WORDS = (None, 1, "", "Mean", True)
REDUCTION = Range(
    "mean", ("sum", "none"), ("average",), (*WORDS, np.array(["mean", "sum"]))
)
MARGIN_M = Range(4, (1, 2, 50), (0, -1), (*NEVER, 2.0, math.inf))
LAM = Range(0.0, (0, 5, 1e308, math.inf), (-1e-300, -math.inf))
SCALE = (1e-300, 1, 1e300), (0, -1.0, math.inf)
DISTANCE = Range("euclidean", ("squared", "cosine"), ("l2",), WORDS)
GAMMA = Range(2.0, (0, 0.5, 100), (-1e-300, math.inf))
MARGIN = Range(0.2, (0, 3), (-1e-300, math.inf))

LABEL_SMOOTHING = Range(0.0, (0, 0.5, below(1.0)), (-1e-300, 1, 2.0))
CLASS_WEIGHTS = Range(
    None,
    ((0.0, 1.0), (1e300, 1e-300)),
    (
        (1.0, -1e-300),
        (math.inf, 1.0),
        (1.0, math.nan),
        (),
        [],
        {},
        {1: 1.0, 2: 1.0},
        {0: -1.0},
    ),
    (
        1.0,
        "12",
        b"12",
        bytearray(b"12"),
        memoryview(b"12"),
        {1.0, 2.0},
        frozenset([1.0]),
        (w for w in (1.0, 2.0)),
        iter([1.0, 2.0]),
        map(float, "12"),
        {0: 1.0, 1: 2.0}.values(),
        {"cat": 1.0, "dog": 2.0},
        {0.0: 1.0, 1.0: 2.0},
        {False: 1.0, True: 2.0},
        {0: None, 1: 1.0},
        {0: "1", 1: "2"},
        (None, 1.0),
        (True, 1.0),
        ("1", "2"),
        ((1.0, 2.0),),
        np.array(1.0),
        np.array([[1.0, 2.0]]),
        np.array([1.0, 2.0], object),
        np.array(["1", "2"]),
        np.array([True, False]),
        np.array([1.0, 2j]),
        np.ma.masked_array([1.0, 2.0], [False, True]),
    ),
)
IGNORE_INDEX = Range(None, (-100, 0, 3), (), ("1", 1.0, True, math.nan))

# A loss of classes that are not equally common cannot do without their counts. They are
# as many as the good class weights above.
COUNTS = Range(
    dataclasses.MISSING,
    ((400.0, 4.0), (1e300, 1e-300)),
    (*CLASS_WEIGHTS.bad, (0.0, 1.0), {0: 1, 1: 0}),
    (*CLASS_WEIGHTS.never, None),
)

# The table of contract. `reduction` is on every loss and added below.
RANGES = {
    "SoftmaxCrossEntropy": {
        "label_smoothing": LABEL_SMOOTHING,
        "class_weights": CLASS_WEIGHTS,
        "ignore_index": IGNORE_INDEX,
    },
    "SoftmaxLoss": {
        "label_smoothing": LABEL_SMOOTHING,
        "class_weights": CLASS_WEIGHTS,
        "ignore_index": IGNORE_INDEX,
    },
    "LargeMarginSoftmaxLoss": {"m": MARGIN_M, "lam": LAM},
    "AngularSoftmaxLoss": {"m": MARGIN_M, "lam": LAM},
    "AdditiveMarginSoftmaxLoss": {
        "m": Range(0.35, (0, below(2.0)), (-1e-300, 2)),
        "s": Range(30.0, *SCALE),
    },
    "ArcFaceLoss": {
        "m": Range(0.5, (0, below(math.pi)), (-1e-300, math.pi)),
        "s": Range(64.0, *SCALE),
        "fallback": Range("none", ("linear", "easy"), ("hard",), WORDS),
    },
    "CombinedMarginLoss": {
        "m1": Range(1.0, *SCALE),
        "m2": Range(0.0, (0, below(math.pi)), (-1e-300, math.pi)),
        "m3": Range(0.0, (0, below(2.0)), (-1e-300, 2)),
        "s": Range(64.0, *SCALE),
    },
    "CenterLoss": {"alpha": Range(0.5, (0, 1), (-1e-300, 1.0000000000000002))},
    "FocalLoss": {
        "gamma": GAMMA,
        "alpha": Range(0.25, (0, 1, None), (-1e-300, 1.1), (math.nan, "1", True)),
        "pos_weight": dataclasses.replace(
            CLASS_WEIGHTS,
            good=(*CLASS_WEIGHTS.good, 0, 1e300),
            bad=(*CLASS_WEIGHTS.bad, -1e-300, math.inf),
            never=(*CLASS_WEIGHTS.never[1:], True, math.nan),
        ),
    },
    "SoftmaxFocalLoss": {
        "gamma": GAMMA,
        "class_weights": CLASS_WEIGHTS,
        "ignore_index": IGNORE_INDEX,
    },
    "TripletLoss": {"margin": MARGIN, "distance": DISTANCE},
    "BatchTripletLoss": {
        "margin": MARGIN,
        "mining": Range("hard", ("all", "semi-hard"), ("soft",), WORDS),
        "distance": DISTANCE,
    },
    "CircleLoss": {
        "m": Range(0.25, (0, 1), (-1e-300, 1.1)),
        "gamma": Range(256.0, *SCALE),
        "scope": Range("anchor", ("batch",), ("all",), WORDS),
    },
    "VectorScalingLoss": {
        "counts": COUNTS,
        "tau": Range(1.0, (0, 3, 1e308), (-1e-300, math.inf)),
        "gamma": Range(0.0, (0, 0.3, 1e308), (-1e-300, math.inf)),
        "class_weights": CLASS_WEIGHTS,
    },
    "AsymmetricLoss": {
        "gamma_pos": Range(1.0, (0, 0.5, 100), (-1e-300, math.inf)),
        "gamma_neg": Range(4.0, (0, 0.5, 100), (-1e-300, math.inf)),
        "m": Range(0.05, (0, below(1.0)), (-1e-300, 1)),
    },
    "LDAMLoss": {
        "counts": COUNTS,
        "max_m": Range(0.5, (0, below(2.0)), (-1e-300, 2)),
        "s": Range(30.0, *SCALE),
        "class_weights": CLASS_WEIGHTS,
    },
    "AdaFaceLoss": {
        "m": Range(0.4, (0, below(math.pi / 2)), (-1e-300, math.pi / 2)),
        "h": Range(1 / 3, (0, -1.0, 1e300), (math.inf, -math.inf)),
        "s": Range(64.0, *SCALE),
        "weight": Range(0.01, (1e-300, 1), (0, below(0.0), 1.0000000000000002)),
    },
    "MagFaceLoss": {
        "l_a": Range(10.0, (1e-300, below(110.0)), (0, -1.0, math.inf)),
        "u_a": Range(110.0, (10.1, 1e300), (10.0, 1.0, math.inf)),
        "l_m": Range(0.45, (0, 0.8), (-1e-300, math.pi)),
        "u_m": Range(0.8, (0.45, below(math.pi)), (below(0.45), math.pi)),
        "lam": Range(35.0, (0, 1e300), (-1e-300, math.inf)),
        "s": Range(64.0, *SCALE),
    },
    "CurricularFaceLoss": {
        "m": Range(0.5, (0, below(math.pi)), (-1e-300, math.pi)),
        "s": Range(64.0, *SCALE),
        "weight": Range(0.01, (0, 1), (-1e-300, 1.0000000000000002)),
    },
    "MVSoftmaxLoss": {
        "t": Range(0.2, (0, 1e300), (-1e-300, math.inf)),
        "m": Range(0.35, (0, below(2.0)), (-1e-300, 2)),
        "s": Range(32.0, *SCALE),
        "base": Range("additive", ("angular",), ("arc",), WORDS),
        "form": Range("adaptive", ("fixed",), ("mv",), WORDS),
    },
    "SubCenterArcFaceLoss": {
        "m": Range(0.5, (0, below(math.pi)), (-1e-300, math.pi)),
        "s": Range(64.0, *SCALE),
    },
    "SphereFace2Loss": {
        "lam": Range(0.7, (1e-300, below(1.0)), (0, 1, -1e-300)),
        "r": Range(40.0, *SCALE),
        "m": Range(0.4, (0, 1), (-1e-300, 1.1)),
        "t": Range(3.0, (1, 1e300), (below(1.0), math.inf)),
        "gradient": Range("true", ("detached",), ("half",), WORDS),
    },
    "ContrastiveLoss": {"margin": dataclasses.replace(MARGIN, default=1.0)},
    "NPairLoss": {},
    "NTXentLoss": {"temperature": Range(0.5, *SCALE)},
    "SupConLoss": {
        "temperature": Range(0.1, *SCALE),
        "form": Range("out", ("in",), ("mean",), WORDS),
    },
    "CLIPLoss": {},
    "SigLIPLoss": {},
    "ProxyNCALoss": {
        "scale": Range(1.0, *SCALE),
        "positive": Range(False, (True,), (), (None, 1, 0, "yes", 1.0, math.nan)),
    },
    "ProxyAnchorLoss": {
        "alpha": Range(32.0, *SCALE),
        "delta": Range(0.1, (0, 3), (-1e-300, math.inf)),
    },
}


def ranges(entry):
    return {**RANGES[entry.loss.__name__], "reduction": REDUCTION}


def built(kind, **given):
    """The loss with these hyper-parameters, and what it cannot do without."""
    needed = {
        name: allowed.good[0]
        for name, allowed in RANGES[kind.__name__].items()
        if allowed.default is dataclasses.MISSING
    }
    return kind(**needed | given)


def test_every_loss_of_the_contract_exists():
    """And no other: a new loss needs its ranges here."""
    assert {entry.loss.__name__ for entry in REGISTRY} == set(RANGES)


@every_entry
def test_hyper_parameters_are_those_of_the_contract(entry):
    """No more, no fewer, with these defaults; a loss without a row in RANGES fails
    here."""
    fields = {field.name: field.default for field in dataclasses.fields(entry.loss)}
    assert fields == {name: allowed.default for name, allowed in ranges(entry).items()}


@every_entry
def test_hyper_parameters_are_attributes_of_the_same_name(entry):
    for name, allowed in ranges(entry).items():
        for good in (allowed.default, *allowed.good):
            if good is not dataclasses.MISSING:
                assert getattr(built(entry.loss, **{name: good}), name) == good


@every_entry
def test_values_outside_the_range_are_refused_by_name(entry):
    """Just below, just above, and far off: a ValueError that says which and what
    came."""
    for name, allowed in ranges(entry).items():
        for bad in allowed.bad:
            with pytest.raises(ValueError, match=f"^{name}") as caught:
                built(entry.loss, **{name: bad})
            assert caught.type is ValueError


@every_entry
def test_values_of_a_wrong_kind_are_refused_by_name(entry):
    for name, allowed in ranges(entry).items():
        for bad in allowed.never:
            with pytest.raises((TypeError, ValueError), match=f"^{name}.* must be"):
                built(entry.loss, **{name: bad})


@every_entry
@pytest.mark.parametrize("bad", [10**400, Fraction(10**400)], ids=kind_of)
def test_a_number_that_no_float_can_hold_is_refused_by_name(entry, bad):
    """Python's own "int too large to convert to float" names no argument."""
    for name, allowed in ranges(entry).items():
        if allowed is MARGIN_M or allowed is IGNORE_INDEX:
            continue  # whole numbers, never turned into floats
        for wrong in (bad, (bad, 1.0), (1.0, bad)):
            with pytest.raises((TypeError, ValueError), match=f"^{name}"):
                built(entry.loss, **{name: wrong})


def test_the_largest_float_as_a_whole_number_is_a_number():
    """The control: one that a float can hold is taken."""
    most = int(sys.float_info.max)
    assert losses.ArcFaceLoss(s=most).s == sys.float_info.max
    assert losses.ArcFaceLoss(s=Fraction(1, 2)).s == 0.5


@every_entry
def test_reduction_is_keyword_only(entry):
    """Otherwise the third number of a call might one day become a reduction."""
    count = len(dataclasses.fields(entry.loss)) - 1
    loss = built(entry.loss)
    positional = [getattr(loss, name) for name in RANGES[entry.loss.__name__]]
    assert entry.loss(*positional) == loss
    with pytest.raises(TypeError, match="positional"):
        entry.loss(*positional, "mean")
    assert count == len(positional)


WEIGHED = [
    (entry.loss, name)
    for entry in REGISTRY
    for name in ("class_weights", "pos_weight", "counts")
    if name in RANGES[entry.loss.__name__]
]


@pytest.mark.parametrize(("kind", "name"), WEIGHED)
def test_weights_of_classes_may_be_any_sequence_and_stay_unchangeable(kind, name):
    """A list or array of weights is copied into a tuple: the loss stays comparable and
    constant."""
    weights = [1.0, 2.0]
    loss = built(kind, **{name: weights})
    weights[0] = 5.0
    assert getattr(loss, name) == (1.0, 2.0)
    for same in (
        np.array([1, 2]),
        np.array([1, 2], np.float16),
        range(1, 3),
        deque([1, 2]),
    ):
        twin = built(kind, **{name: same})
        assert twin == loss
        assert hash(twin) == hash(loss)
        assert repr(twin) == repr(loss)


@pytest.mark.parametrize(("kind", "name"), WEIGHED)
def test_weights_of_classes_may_be_an_array_of_any_library(kind, name, xp):
    given = built(kind, **{name: xp.asarray([1.0, 2.0])})
    assert given == built(kind, **{name: (1.0, 2.0)})


@pytest.mark.parametrize(("kind", "name"), WEIGHED)
def test_a_mapping_gives_each_label_its_own_weight(kind, name):
    """As users of Keras write it. The order in which the labels were put in does not
    matter."""
    wanted = built(kind, **{name: (5.0, 1.0, 2.0)})
    for mapping in (
        {0: 5.0, 1: 1.0, 2: 2.0},
        {2: 2.0, 0: 5.0, 1: 1.0},
        {np.int64(1): np.float32(1), np.int64(0): 5, np.int64(2): 2},
        MappingProxyType({0: 5.0, 1: 1.0, 2: 2.0}),
    ):
        assert built(kind, **{name: mapping}) == wanted


def test_a_mapping_without_a_label_names_it():
    """{1: ..., 2: ...} may start at 1 or leave out a class: neither is guessed."""
    for mapping, missing in (
        ({1: 1.0, 2: 1.0}, 0),
        ({0: 1.0, 2: 1.0}, 1),
        ({-1: 1.0}, 0),
    ):
        with pytest.raises(ValueError, match=rf"class_weights .* label {missing}"):
            losses.SoftmaxLoss(class_weights=mapping)
