"""The heads that the families compare, each a function of the number of steps."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mlcore import losses, train
from mlcore.optim import Annealing

Head = Callable[[int], Any]

#: The scale of the normalised losses. 30 and 64 of the papers belong to thousands of
#: classes.
SCALE = 16.0


def begun_as_softmax(loss: Any, steps: int) -> Head:
    """`loss` (L- or A-Softmax), which begins as softmax and ends with lam = 1.6.

    With an end at 0.07 the small network stays at 99.0 % of its training digits under
    L-Softmax with m = 4.
    """
    return train.annealed(loss, Annealing(base=1000, gamma=4 / steps, power=4))


def published(m: int, gamma: float, power: float, steps: int) -> Head:
    """L-Softmax with the schedule of lam that its authors released for these data."""
    lam = Annealing(base=1000, gamma=gamma, power=power)
    return train.annealed(losses.LargeMarginSoftmaxLoss(m=m), lam)


def constant(loss: Any, steps: int) -> Any:
    """A head that is the same in every step."""
    return loss


def l_softmax(m: int) -> partial:
    """L-Softmax with the margin `m`."""
    return partial(begun_as_softmax, losses.LargeMarginSoftmaxLoss(m=m))


def a_softmax(m: int) -> partial:
    """A-Softmax with the margin `m`."""
    return partial(begun_as_softmax, losses.AngularSoftmaxLoss(m=m))


def am_softmax(m: float) -> partial:
    """AM-Softmax with the margin `m` and our scale."""
    return partial(constant, losses.AdditiveMarginSoftmaxLoss(m=m, s=SCALE))


HEADS: dict[str, Head] = {
    "softmax": partial(constant, losses.SoftmaxLoss()),
    **{f"l-softmax-m{m}": l_softmax(m) for m in (2, 3, 4)},
    "normalised-softmax": partial(constant, losses.CombinedMarginLoss(s=SCALE)),
    **{f"a-softmax-m{m}": a_softmax(m) for m in (2, 3, 4)},
    "am-softmax": am_softmax(0.35),
    "arcface": partial(constant, losses.ArcFaceLoss(m=0.5, s=SCALE)),
    "combined": partial(
        constant, losses.CombinedMarginLoss(m1=1.0, m2=0.3, m3=0.2, s=SCALE)
    ),
    "focal": partial(constant, losses.LogitHead(losses.SoftmaxFocalLoss(gamma=2.0))),
}

#: The heads of the L-Softmax paper's tables as its authors trained them, for each data
#: set.
PUBLISHED: dict[str, dict[str, Head]] = {
    data: (
        {"softmax": HEADS["softmax"]}
        | {f"l-softmax-m{m}": partial(published, m, *schedule) for m in (2, 3, 4)}
    )
    for data, schedule in {
        "mnist": (2.5e-5, 35),
        "cifar10": (2e-5, 45),
        "cifar10+": (1e-5, 45),
        "cifar100": (2e-5, 45),  # not released: that of CIFAR-10
    }.items()
}
