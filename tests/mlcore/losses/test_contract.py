"""What every loss promises besides its formula: an immutable object that takes any
array."""

import copy
import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mlcore import losses
from mlcore.arrays import to_numpy

from .cases import (
    LABELS,
    arguments,
    assert_close,
    cast,
    changed,
    differentiable,
    evaluate,
    every_loss,
    every_loss_if,
    every_reduction,
    floating,
    has_labels,
    labels_count_classes,
    losses_shape,
    moved,
    run,
    with_classes,
)


@every_loss
def test_objects_are_immutable(entry, loss):
    """One object serves many calls: nothing may be set on it, neither old nor new."""
    for field in [*(f.name for f in dataclasses.fields(loss)), "new"]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(loss, field, 1)


@every_loss
def test_objects_compare_hash_and_print(entry, loss):
    """Equal hyper-parameters make equal losses; what is printed can be typed in
    again."""
    for twin in (
        copy.copy(loss),
        copy.deepcopy(loss),
        pickle.loads(pickle.dumps(loss)),
    ):
        assert twin == loss
        assert hash(twin) == hash(loss)
    assert eval(repr(loss), {**vars(losses), "inf": np.inf}) == loss
    assert dataclasses.replace(loss, reduction="sum") != loss
    for other in entry.variants:
        assert (other == loss) == (other is loss)


@every_loss
def test_numbers_of_numpy_are_numbers(entry, loss, xp):
    """lam from a schedule in NumPy is an np.float64; it must not lift float32 to
    float64, nor be refused by another library."""
    kinds = {int: np.int64, float: np.float64}
    numbers = {
        f.name: kinds[type(getattr(loss, f.name))](getattr(loss, f.name))
        for f in dataclasses.fields(loss)
        if type(getattr(loss, f.name)) in kinds
    }
    twin = dataclasses.replace(loss, **numbers)
    assert twin == loss
    assert repr(twin) == repr(loss)
    args = moved(cast(arguments(entry), np.float32), xp)
    value, saved = twin.forward(*args.values())
    assert value == loss.forward(*args.values())[0]
    for array in saved:
        assert getattr(array, "dtype", None) != xp.float64


@every_loss
@every_reduction
def test_shapes_dtypes_and_library_of_results(entry, loss, reduction, xp):
    """What comes out is of the library and dtype that went in; the loss of float16 is
    float32."""
    loss = dataclasses.replace(loss, reduction=reduction)
    # array-api-strict has no float16, as the standard has none.
    for dtype in [n for n in ("float16", "float32", "float64") if hasattr(xp, n)]:
        args = moved(cast(arguments(entry), dtype), xp)
        value, saved = loss.forward(*args.values())
        assert str(value.dtype).endswith("float32" if dtype == "float16" else dtype)
        shape = losses_shape(loss, args)
        assert value.shape == (shape if reduction == "none" else ())
        gradients = loss.backward(saved)
        assert isinstance(gradients, tuple)
        names = differentiable(args)
        assert len(gradients) == len(names)
        for name, gradient in zip(names, gradients, strict=True):
            assert type(gradient) is type(args[name]), name
            assert gradient.shape == args[name].shape, name
            assert gradient.dtype == args[name].dtype, name


@every_loss
def test_none_gives_one_loss_a_sample(entry, loss):
    """(N,), for elementwise losses (N, K); a circle over the whole batch has one, and a
    loss whose anchors are proxies one a class."""
    loss = dataclasses.replace(loss, reduction="none")
    args = arguments(entry)
    shape = np.shape(loss.forward(*args.values())[0])
    assert shape == losses_shape(loss, args)


@every_loss
def test_float32_is_close_to_float64(entry, loss):
    """About 1e-7 times a short sum's growth: more would be a hidden cancellation."""
    args = cast(arguments(entry), np.float32)
    value, gradients = run(loss, args)
    expected, exact = run(loss, cast(args, np.float64))
    assert_close(value, expected, 2e-6)
    for name, actual, wanted in zip(
        differentiable(args), gradients, exact, strict=True
    ):
        assert_close(actual, wanted, 2e-6, f"d{name}")


@every_loss
def test_float16_is_float32_inside(entry, loss):
    """Only the results are rounded to float16, so they equal float32's results
    rounded."""
    args = cast(arguments(entry), np.float16)
    value, gradients = run(loss, args)
    expected, exact = run(loss, cast(args, np.float32))
    np.testing.assert_array_equal(value, expected)
    for actual, wanted in zip(gradients, exact, strict=True):
        np.testing.assert_array_equal(actual, wanted.astype(np.float16))


@every_loss
def test_gradients_saturate_in_float16(entry, loss):
    """65504, not infinity: one saturated entry can be clipped, an infinite one spoils
    the sum."""
    args = cast(arguments(entry), np.float16)
    _, gradients = run(loss, args, 1e12)
    for gradient in gradients:
        assert np.max(np.abs(gradient)) == np.finfo(np.float16).max


@every_loss
def test_dtypes_may_be_mixed(entry, loss):
    """float16 features and float64 weights: computed in the wider, each gradient in its
    own."""
    args = arguments(entry)
    *narrow, wide = floating(args)
    mixed = {
        name: array.astype(np.float16) if name in narrow else array
        for name, array in args.items()
    }
    _, gradients = run(loss, mixed)
    _, expected = run(loss, cast(mixed, np.float64))
    names = differentiable(args)
    for name, actual, wanted in zip(names, gradients, expected, strict=True):
        assert actual.dtype == mixed[name].dtype
        tolerance = 1e-12 if name == wide else 1e-3  # half an ulp of float16 is 5e-4
        assert_close(actual, wanted, tolerance, f"d{name}")


@every_loss_if(has_labels)
def test_labels_of_every_integer_dtype(entry, loss, xp):
    args = arguments(entry)
    label = next(name for name in args if name in LABELS)
    value, gradients = run(loss, moved(args, xp))
    for dtype in ("int8", "uint8", "int32", "uint32", "int64", "uint64"):
        labels = args[label].astype(dtype)
        actual, again = run(loss, moved(changed(args, **{label: labels}), xp))
        np.testing.assert_array_equal(actual, value, err_msg=dtype)
        for a, b in zip(again, gradients, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=dtype)


@every_loss
def test_places_in_int32_change_nothing(entry, loss, int32_places):
    """On a platform of 32 bits, where NumPy takes no int64 for a place. The labels here
    are int64, as NumPy's generators draw them there too."""
    args = arguments(entry)
    value, gradients = run(loss, args)
    int32_places()
    again, same = run(loss, args)
    np.testing.assert_array_equal(again, value)
    for a, b in zip(same, gradients, strict=True):
        np.testing.assert_array_equal(a, b)


@every_loss_if(labels_count_classes)
def test_labels_too_big_for_int32_do_not_wrap_into_the_range(entry, loss, int32_places):
    int32_places()
    args = arguments(entry)
    y = args["y"].copy()
    y[2] = 2**32
    with pytest.raises(ValueError, match=r"y\[2\] is 4294967296"):
        loss.forward(*changed(args, y=y).values())


@every_loss_if(labels_count_classes)
def test_narrow_labels_with_more_classes_than_they_can_count(entry, loss, xp):
    """300 classes do not fit into 8 bits: comparing such labels with 300 must not
    overflow."""
    loss = with_classes(loss, 300)
    args = arguments(entry, c=300)
    small = changed(args, y=args["y"] % 100)
    expected = evaluate(loss, moved(small, xp))
    for dtype in ("uint8", "int8"):
        narrow = changed(small, y=small["y"].astype(dtype))
        np.testing.assert_array_equal(evaluate(loss, moved(narrow, xp)), expected)


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "every second row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "every second column": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "negative strides": lambda a: a[::-1].copy()[::-1],
    "transposed memory": lambda a: a.T.copy().T,
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}


@every_loss
def test_memory_layout_does_not_matter(entry, loss):
    """Not even to rounding errors worth the name: BLAS may sum in another order,
    1e-14."""
    args = arguments(entry)
    value, gradients = run(loss, args)
    for layout, rearranged in LAYOUTS.items():
        actual, again = run(
            loss, {n: rearranged(a) if a.ndim else a for n, a in args.items()}
        )
        assert_close(actual, value, 1e-14, layout)
        for a, b in zip(again, gradients, strict=True):
            assert_close(a, b, 1e-14, layout)


@every_loss
@every_reduction
def test_every_library_gives_numpys_numbers(entry, loss, reduction, xp):
    """Through the branches of `mlcore.arrays` that only other libraries take."""
    loss = dataclasses.replace(loss, reduction=reduction)
    args = arguments(entry)
    dloss = np.random.default_rng(8).normal(size=np.shape(evaluate(loss, args)))
    value, gradients = run(loss, args, dloss)
    actual, again = run(loss, moved(args, xp), xp.asarray(dloss))
    assert_close(actual, value, 1e-14)
    for a, b in zip(again, gradients, strict=True):
        assert_close(a, b, 1e-14)


@every_loss
def test_one_object_serves_many_threads(entry, loss):
    """Whatever a call needs travels in `saved`: 8 threads over one object change no
    bit."""

    def work(seed):
        return run(loss, arguments(entry, seed))

    seeds = range(16)
    alone = [work(seed) for seed in seeds]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(work, seeds))
    for (value, gradients), (expected, wanted) in zip(together, alone, strict=True):
        np.testing.assert_array_equal(value, expected)
        for a, b in zip(gradients, wanted, strict=True):
            np.testing.assert_array_equal(a, b)


@every_loss
def test_saved_of_one_object_serves_an_equal_one(entry, loss):
    """The object holds no state: backward of an equal twin gives the same."""
    value, saved = loss.forward(*arguments(entry).values())
    twin = dataclasses.replace(loss)
    assert twin is not loss
    for a, b in zip(loss.backward(saved), twin.backward(saved), strict=True):
        np.testing.assert_array_equal(to_numpy(a), to_numpy(b))
    assert np.all(np.isfinite(value))
