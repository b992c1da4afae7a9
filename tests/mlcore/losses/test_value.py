"""The value of every loss is the value of its formula."""

import dataclasses
from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from mlcore import losses
from mlcore.losses.base import Loss
from mlcore.losses.registry import REGISTRY

from . import truth
from .cases import (
    arguments,
    assert_close,
    changed,
    evaluate,
    every_entry,
    every_loss,
    every_reduction,
    moved,
    rows,
    with_classes,
)

# Plain loops and array code round differently, by about 1e-15 times the sums' lengths.
TOLERANCE = 1e-12


def public_losses():
    members = (getattr(losses, name) for name in losses.__all__)
    return {m for m in members if isinstance(m, type) and issubclass(m, Loss)}


def test_registry_holds_every_public_loss_once():
    """A loss outside the registry would be tested, drawn and compared nowhere."""
    registered = [entry.loss for entry in REGISTRY]
    assert set(registered) == public_losses()
    assert len(set(registered)) == len(registered)
    assert len({entry.name for entry in REGISTRY}) == len(REGISTRY)


def test_every_loss_class_is_public():
    """Every loss in any file of mlcore/losses is exported, but those that only serve as
    a base."""
    modules = [
        import_module(f"mlcore.losses.{m.name}") for m in iter_modules(losses.__path__)
    ]
    found = {
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type) and issubclass(member, Loss)
    }
    bases = {base for member in found for base in member.__mro__[1:]}
    assert found - (bases - public_losses()) == public_losses()


def test_every_loss_has_a_reference():
    """A loss without a row in `truth.REFERENCES` has no value to be compared with."""
    missing = {entry.name for entry in REGISTRY} - set(truth.REFERENCES)
    assert not missing, f"write a reference for {missing} in margins/judge/formulas.py"
    assert len(truth.REFERENCES) == len(REGISTRY), "a reference is left over"


@every_entry
def test_variants_are_distinct_instances_of_the_entrys_class(entry):
    """Two equal variants would pretend to test two things."""
    assert all(type(variant) is entry.loss for variant in entry.variants)
    assert len(set(entry.variants)) == len(entry.variants) > 0


@every_loss
@every_reduction
def test_value_equals_plain_loops(entry, loss, reduction, xp):
    loss = dataclasses.replace(loss, reduction=reduction)
    for seed in range(3):
        args = arguments(entry, seed)
        expected = truth.value(truth.REFERENCES[entry.name], loss, args)
        assert_close(
            evaluate(loss, moved(args, xp)), expected, TOLERANCE, f"{loss}, seed {seed}"
        )


@every_loss
def test_value_at_unusual_shapes(entry, loss):
    """One sample, one dimension, one class; more classes than samples or dimensions."""
    for n, d, c in ((1, 5, 4), (7, 1, 4), (7, 5, 1), (2, 3, 9), (40, 2, 3)):
        loss = with_classes(loss, c)
        args = arguments(entry, 5, n, d, c)
        expected = truth.value(truth.REFERENCES[entry.name], loss, args)
        assert_close(evaluate(loss, args), expected, TOLERANCE, f"{loss}, {n, d, c}")


@every_loss
def test_value_at_zero_rows(entry, loss):
    """A zero row has cosine 0 with all: a right angle, where psi and a margin still
    count."""
    args = arguments(entry, 6)
    for name in rows(args):
        zeroed = args[name].copy()
        zeroed[1] = 0
        spoilt = changed(args, **{name: zeroed})
        expected = truth.value(truth.REFERENCES[entry.name], loss, spoilt)
        assert_close(
            evaluate(loss, spoilt), expected, TOLERANCE, f"{loss}, {name}[1] = 0"
        )


@every_loss
def test_loops_in_floats_agree_with_fifty_digits(entry, loss):
    """The same reference formulas in exact arithmetic: the yardstick is straight."""
    args = arguments(entry)
    reference = truth.REFERENCES[entry.name]
    exact = truth.exact_value(reference, loss, args)
    assert abs(truth.value(reference, loss, args) - exact) <= TOLERANCE * abs(exact)


@every_entry
def test_reference_tells_the_variants_apart(entry):
    """A hyper-parameter that the loss ignores would make two variants equal on ordinary
    data.

    L-Softmax has one true pair: m = 1 and lam = inf are both softmax.
    """
    args = arguments(entry)
    values = [float(evaluate(variant, args)) for variant in entry.variants]
    same = [
        (a, b)
        for i, a in enumerate(entry.variants)
        for j, b in enumerate(entry.variants)
        if i < j
        and np.isclose(values[i], values[j], rtol=1e-9, atol=0)
        and not _both_plain(a, b)
    ]
    assert not same


def _both_plain(*pair):
    return all(getattr(v, "m", 0) == 1 or getattr(v, "lam", 0) == np.inf for v in pair)
