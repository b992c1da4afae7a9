"""What makes one training differ from another."""

from dataclasses import asdict, replace

from mlcore.optim import SGD, StepSchedule, Warmup
from mlcore.train.identity import digest_of, fingerprint, identity


def default_optimiser(steps, rate=0.05):
    """SGD as the small networks of this book need it, for a training of `steps` steps.

    Learning rate `rate`, reached in a twelfth of the steps and divided by 10 after two
    thirds and again after five sixths; momentum 0.9, weight decay 5e-4, gradient norm
    at most 5. Without the warm-up and the bound L-Softmax with m = 4 overflows within a
    dozen steps on MNIST; either of them is enough. Without the decay the test accuracy
    stays several points lower, since a BatchNorm's running averages trail behind
    weights that still move.
    """
    falls = (max(1, 2 * steps // 3), max(1, 5 * steps // 6))
    schedule = Warmup(StepSchedule(rate, falls, factor=0.1), steps=max(1, steps // 12))
    return SGD(lr=schedule, momentum=0.9, weight_decay=5e-4, clip_norm=5.0)


def annealed(loss, schedule):
    """The function step -> loss that `fit` takes for a head: `loss` with
    ``lam=schedule(step)``.

    Examples
    --------
    >>> from mlcore.losses import LargeMarginSoftmaxLoss
    >>> from mlcore.optim import Annealing
    >>> head = annealed(LargeMarginSoftmaxLoss(m=4), Annealing(base=1000, gamma=0.005, power=5))
    >>> round(head(1).lam, 1), round(head(756).lam, 2)
    (975.4, 0.4)
    """
    return lambda step: replace(loss, lam=schedule(step))


def describe(net, head_at, optimiser, steps):
    """Network, head and optimiser of a training of `steps` steps, in words and numbers.

    Schedules are functions and cannot be compared or printed; their values at three
    steps can.

    Parameters
    ----------
    net : layers.Sequential
    head_at : function step -> loss
    optimiser : optim.SGD
    steps : int

    Returns
    -------
    dict
        Strings, numbers, lists and dicts only.
    """
    some_steps = sorted({1, (steps + 1) // 2, steps})
    constants = asdict(replace(optimiser, lr=0.0))
    del constants["lr"]
    return {
        "network": [repr(layer) for layer in net.layers],
        "dtype": net.dtype,
        "head": {str(step): repr(head_at(step)) for step in some_steps},
        "optimiser": {
            "name": type(optimiser).__name__,
            "rate": {str(step): float(optimiser.rate(step)) for step in some_steps},
            **constants,
        },
    }


def identified(net, head_at, optimiser, steps):
    """What must not have changed when a training of `steps` steps goes on, as strings.

    The head and the learning rate are taken at every step: what a schedule does between
    any few of them is a part of the training too.

    Parameters
    ----------
    net : layers.Sequential
        As it is before the first step.
    head_at : function step -> loss
    optimiser : optim.SGD
    steps : int

    Returns
    -------
    dict

    Raises
    ------
    TypeError
        If the head or the optimiser could change while training: a checkpoint holds
        none of their memory. Better here than in a resumed training that goes another
        way.
    """
    every = range(1, steps + 1)
    arrays = [array for group in (*net.params, *net.running) for array in group]
    return {
        "layers": [identity(f"layer {i}", layer) for i, layer in enumerate(net.layers)],
        "first weights": fingerprint(arrays),
        "schedule of the head": digest_of(_identities("head", map(head_at, every))),
        "schedule of the rate": digest_of(
            repr(float(optimiser.rate(step))) for step in every
        ),
        "other settings of the optimiser": identity(
            "optimiser", replace(optimiser, lr=0.0)
        ),
    }


def _identities(name, values):
    """That of each, computed once for a value that stays for many steps."""
    last = known = None
    for value in values:
        if value is not last:
            last, known = value, identity(name, value)
        yield known
