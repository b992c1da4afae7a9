"""What the tests of all losses share: which losses to try, with what, and how to call
them.

The generic tests know a loss by its registry entry and by the names of forward's
arguments only, so a loss that is added to the registry is tested without another line.
"""

import dataclasses
import inspect
import itertools

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import ProxyAnchorLoss
from mlcore.losses.registry import REGISTRY

# A loss that takes soft targets is tried with them too, as if it were another one. Such
# targets are numbers of another kind than labels: which of the two an entry draws,
# `is_soft` tells.
SOFT = tuple(
    dataclasses.replace(
        entry,
        sample=entry.soft,
        variants=tuple(
            v for v in entry.variants if getattr(v, "ignore_index", None) is None
        ),
    )
    for entry in REGISTRY
    if entry.soft
)


def is_soft(entry):
    return entry.sample is entry.soft


def names_of(entry):
    """The names of forward's arguments."""
    return list(inspect.signature(entry.loss.forward).parameters)[1:]


def takes(*names):
    """Condition: forward takes one of these arguments."""
    return lambda entry: any(name in names_of(entry) for name in names)


def takes_no(name):
    return lambda entry: name not in names_of(entry)


def every_entry_if(condition):
    """Every entry that fulfils `condition`."""
    entries = [
        pytest.param(entry, id=entry.name) for entry in REGISTRY if condition(entry)
    ]
    return pytest.mark.parametrize("entry", entries)


def every_loss_if(condition):
    """Every variant of every entry that fulfils `condition`; also with soft targets."""
    return pytest.mark.parametrize(
        ("entry", "loss"),
        [
            pytest.param(
                entry, variant, id=f"{entry.name}{'-soft' * is_soft(entry)}-{i}"
            )
            for entry in (*REGISTRY, *SOFT)
            if condition(entry)
            for i, variant in enumerate(entry.variants)
        ],
    )


every_entry = every_entry_if(lambda entry: True)
every_loss = every_loss_if(lambda entry: True)
REDUCTIONS = ("mean", "sum", "none")
every_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)

LABELS = ("y", "targets", "same")
# What the loss is not differentiated by: labels, centers and a state. The last two have
# rules of their own.
CONSTANTS = (*LABELS, "centers", "state")
# Arguments with a row a class, not a row a sample.
A_ROW_A_CLASS = ("w", "b", "centers")
NO_ROW_A_SAMPLE = (*A_ROW_A_CLASS, "state")
# Arguments that may be left out.
OPTIONAL = ("b", "state")
# The logarithm of a scale: its magnitude is no length's, but an exponent's.
EXPONENTS = ("log_t",)


def arguments(entry, seed=0, n=7, d=5, c=4):
    """NumPy arguments for forward by name, drawn by the registry."""
    drawn = entry.sample(np.random.default_rng(seed), n, d, c)
    # the last one, a bias, is optional
    return dict(zip(names_of(entry), drawn, strict=False))


def differentiable(args):
    """Names of the arguments that have a gradient, in the order of backward's tuple."""
    return [name for name in args if name not in CONSTANTS]


def floating(args):
    return [name for name in args if name not in LABELS]


def rows(args):
    """Names of the floating arguments with rows: not the scalars, and not a state."""
    return [n for n in floating(args) if args[n].ndim and n != "state"]


def lengths(args):
    """Names of the floating arguments whose magnitude is one of vectors or logits."""
    return [name for name in floating(args) if name not in EXPONENTS]


def of_samples(args):
    """Names of the arguments with a row a sample."""
    return [n for n, a in args.items() if a.ndim and n not in NO_ROW_A_SAMPLE]


def labels_count_classes(entry):
    """Condition: labels must stay below a number of classes. Elsewhere they group
    samples only."""
    return (
        takes("y")(entry)
        and takes("w", "centers", "logits")(entry)
        and not is_soft(entry)
    )


def has_labels(entry):
    """Condition: labels or hard targets are drawn, of any integer dtype."""
    return takes(*LABELS)(entry) and not is_soft(entry)


def class_count(args):
    """The number of classes that labels must stay below."""
    if "logits" in args:
        return args["logits"].shape[1]
    return len(args["w"] if "w" in args else args["centers"])


def changed(args, **new):
    """Some arguments replaced, the order kept."""
    return {name: new.get(name, array) for name, array in args.items()}


def cast(args, dtype):
    """The floating arguments in another dtype."""
    return {n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in args.items()}


def moved(args, xp):
    """The arguments as arrays of the library `xp`."""
    return {name: xp.asarray(array) for name, array in args.items()}


def with_classes(loss, c):
    """The loss for `c` classes: weights of classes and their counts have a length."""
    lengths = {
        name: tuple(itertools.islice(itertools.cycle(weights), c))
        for name in ("class_weights", "pos_weight", "counts")
        if isinstance(weights := getattr(loss, name, None), tuple)
    }
    return dataclasses.replace(loss, **lengths)


def losses_shape(loss, args):
    """That with reduction="none": one loss a sample, a decision, or as documented."""
    if getattr(loss, "scope", "") == "batch":
        return (1,)
    if isinstance(loss, ProxyAnchorLoss):
        return args["w"].shape[:1]
    return next(iter(args.values())).shape[: 2 if "targets" in args else 1]


def may_be_negative(loss):
    """Proxy-NCA's own class is no part of its sum, so its "probability" exceeds 1."""
    return getattr(loss, "positive", True) is False


def evaluate(loss, args):
    """The value of the loss as a NumPy array."""
    return to_numpy(loss.forward(*args.values())[0])


def run(loss, args, dloss=1.0):
    """Value and gradients as NumPy arrays."""
    value, saved = loss.forward(*args.values())
    return to_numpy(value), tuple(to_numpy(g) for g in loss.backward(saved, dloss))


def assert_close(actual, expected, tolerance, what=""):
    """Compare arrays relative to the largest entry of `expected`.

    Entry by entry would ask for correct digits of what is left after cancellation.
    """
    expected = np.asarray(expected, dtype=float)
    assert np.shape(actual) == expected.shape, (
        f"{what}: {np.shape(actual)} != {expected.shape}"
    )
    scale = np.max(np.abs(expected), initial=0.0)
    error = np.max(np.abs(np.asarray(actual, dtype=float) - expected), initial=0.0)
    # "not (error <= ...)" would let NaN pass if it were written the other way round.
    assert error <= tolerance * scale, (
        f"{what}: off by {error:.3g}, largest entry {scale:.3g}"
    )
