"""Every bad input raises an error that names the argument, what was expected and what
came."""

import math
import re

import array_api_strict
import numpy as np
import pytest

from .cases import (
    LABELS,
    OPTIONAL,
    arguments,
    changed,
    class_count,
    differentiable,
    evaluate,
    every_entry,
    every_entry_if,
    floating,
    labels_count_classes,
    moved,
    of_samples,
    rows,
    takes,
)


def refused(entry, args, error, *words):
    """Every variant must refuse `args` with exactly this kind of error, and say all
    `words`."""
    for loss in entry.variants:
        with pytest.raises(error) as caught:
            loss.forward(*args.values())
        # No subclass: a UnicodeError is a ValueError too.
        assert caught.type is error
        for word in words:
            assert re.search(rf"(?<!\w){re.escape(word)}", str(caught.value)), (
                f"{word!r} is not in {str(caught.value)!r}"
            )


@every_entry
def test_good_input_is_accepted(entry):
    """The control of this file: what the tests below spoil is good to begin with."""
    for loss in entry.variants:
        assert np.all(np.isfinite(loss.forward(*arguments(entry).values())[0]))


@every_entry
def test_what_is_no_array_is_refused(entry):
    """A list would work by accident in some places and not in others."""
    args = arguments(entry)
    for name in args:
        refused(
            entry,
            changed(args, **{name: (plain := args[name].tolist())}),
            TypeError,
            name,
            type(plain).__name__,
        )
        if name not in OPTIONAL or (name == "b" and args[name].ndim == 0):
            refused(entry, changed(args, **{name: None}), TypeError, name, "NoneType")


@every_entry
@pytest.mark.parametrize("dtype", ["int64", "bool", "complex128", "object"])
def test_floats_of_a_wrong_dtype_are_refused(entry, dtype):
    args = arguments(entry)
    for name in differentiable(args):
        wrong = changed(args, **{name: args[name].astype(dtype)})
        refused(entry, wrong, TypeError, name, "dtype", dtype)


@every_entry_if(takes("y"))
@pytest.mark.parametrize("dtype", ["float64", "bool", "complex128", "object"])
def test_labels_of_a_wrong_dtype_are_refused(entry, dtype):
    """A bool label would be an index mask, a float one would be cut off."""
    args = arguments(entry)
    refused(entry, changed(args, y=args["y"].astype(dtype)), TypeError, "y", dtype)


@every_entry
def test_a_wrong_rank_is_refused(entry):
    """One axis too many or too few, scalars included."""
    args = arguments(entry)
    for name, array in args.items():
        wrong_ranks = [array[None], array[..., None]]
        if array.ndim:
            wrong_ranks += [array[0], array.ravel()[:1].reshape(())]
        for wrong in wrong_ranks:
            refused(entry, changed(args, **{name: wrong}), ValueError, name)


@every_entry
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_non_finite_entries_are_refused_with_their_row(entry, bad, xp):
    """The first bad row, not the last: whoever debugs looks at the data in order."""
    args = arguments(entry)
    for name in floating(args):
        for dtype in (np.float32, np.float64):
            spoilt = args[name].astype(dtype)
            if spoilt.ndim:
                row = min(3, len(spoilt) - 1)
                spoilt[-1, ...] = -bad
                spoilt[row, ...] = bad
                place = f"row {row}"
            else:
                spoilt[...], place = bad, f"got {bad}"
            wrong = moved(changed(args, **{name: spoilt}), xp)
            refused(entry, wrong, FloatingPointError, name, place)


@every_entry
def test_infinities_of_both_signs_are_refused_alike(entry):
    """inf - inf is a warning of its own: a check by sums would raise that instead."""
    args = arguments(entry)
    for name in rows(args):
        spoilt = args[name].copy()
        spoilt.flat[-1], spoilt.flat[0] = math.inf, -math.inf
        refused(
            entry, changed(args, **{name: spoilt}), FloatingPointError, name, "row 0"
        )


@every_entry_if(labels_count_classes)
def test_labels_outside_the_range_are_refused_with_their_place(entry, xp):
    args = arguments(entry)
    classes = class_count(args)
    for bad in (-1, classes, 2**31, -(2**63)):
        y = args["y"].copy()
        y[3:5] = bad
        wrong = moved(changed(args, y=y), xp)
        refused(entry, wrong, ValueError, "y", f"[0, {classes}", "y[3]", str(bad))


@every_entry_if(lambda entry: takes("y")(entry) and not labels_count_classes(entry))
def test_labels_that_only_group_samples_may_be_any_integers(entry):
    args = arguments(entry)
    renamed = changed(args, y=1000 * args["y"] - 5)
    for loss in entry.variants:
        np.testing.assert_array_equal(evaluate(loss, renamed), evaluate(loss, args))


@every_entry_if(takes("targets"))
def test_targets_are_numbers_from_0_to_1_of_any_dtype(entry, xp):
    """Yes, no, or something between. The first bad place is named."""
    args = arguments(entry)
    for dtype in ("bool", "uint8", "int64", "float32", "float64"):
        same = moved(changed(args, targets=args["targets"].astype(dtype)), xp)
        for loss in entry.variants:
            # Of the same library: each sums in an order of its own.
            expected = evaluate(loss, moved(args, xp))
            np.testing.assert_array_equal(evaluate(loss, same), expected)
    for bad in (2.0, -1.0, below(0.0), above(1.0), math.nan, math.inf):
        targets = args["targets"].astype(float)
        targets[3:, 1] = bad
        wrong = moved(changed(args, targets=targets), xp)
        refused(entry, wrong, ValueError, "targets[3, 1]", str(bad))
    integers = changed(args, targets=args["targets"] + 1)
    refused(entry, integers, ValueError, "targets", "[0, 1]")
    for dtype in ("complex128", "object"):
        wrong = changed(args, targets=args["targets"].astype(dtype))
        refused(entry, wrong, TypeError, "targets", dtype)
    too_many = np.concatenate([args["targets"]] * 2, axis=1)
    refused(
        entry,
        changed(args, targets=too_many),
        ValueError,
        "targets",
        "(7, 4)",
        "(7, 8)",
    )


def below(value):
    return math.nextafter(value, -math.inf)


def above(value):
    return math.nextafter(value, math.inf)


@every_entry_if(labels_count_classes)
def test_labels_too_big_for_int64_do_not_wrap_into_the_range(entry):
    args = arguments(entry)
    y = args["y"].astype(np.uint64)
    y[2] = 2**64 - 1
    refused(entry, changed(args, y=y), ValueError, "y[2]", "18446744073709551615")


@every_entry
def test_lengths_that_disagree_are_refused(entry):
    """One sample or one dimension too few in one argument alone."""
    args = arguments(entry)
    first, *others = args
    for name in others:
        if name in of_samples(args) or (name == "b" and args[name].ndim):
            refused(entry, changed(args, **{name: args[name][:-1]}), ValueError, name)
            longer = np.concatenate([args[name], args[name][:1]])
            refused(entry, changed(args, **{name: longer}), ValueError, name)
        if args[name].ndim == 2:
            narrower = changed(args, **{name: args[name][:, :-1]})
            refused(entry, narrower, ValueError, name, first)


@every_entry
def test_an_empty_batch_is_refused(entry):
    """The mean of nothing is not a number. No sample, no dimension, no class: all
    named."""
    args = arguments(entry)
    empty = {n: a[:0] if n in of_samples(args) else a for n, a in args.items()}
    refused(entry, empty, ValueError, next(iter(args)), "empty")
    flat = {n: a[:, :0] if a.ndim == 2 else a for n, a in args.items()}
    refused(entry, flat, ValueError, next(iter(args)), "empty")
    if "w" in args:
        refused(entry, changed(args, w=args["w"][:0]), ValueError, "w", "empty")


@every_entry
def test_two_array_libraries_at_once_are_refused(entry):
    """Each argument in turn in another library than the rest; the error names one of
    the two."""
    args = arguments(entry)
    for name in args:
        mixed = changed(args, **{name: array_api_strict.asarray(args[name])})
        refused(entry, mixed, TypeError, "must come from the same array library")
        with pytest.raises(TypeError) as caught:
            entry.variants[0].forward(*mixed.values())
        assert str(caught.value).split()[0] in args


@every_entry
def test_forward_names_its_arguments_as_the_contract_does(entry):
    """Callers pass them by name."""
    known = {
        "x",
        "w",
        "b",
        "centers",
        "state",
        "logits",
        "anchor",
        "positive",
        "negative",
        *("x1", "x2", "f", "f_plus", "v", "log_t"),
        *LABELS,
    }
    args = arguments(entry)
    assert set(args) <= known
    loss = entry.variants[0]
    assert loss.forward(**args)[0] == loss.forward(*args.values())[0]
