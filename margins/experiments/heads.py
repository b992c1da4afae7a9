"""The heads that the families of experiments compare, each as a function of the number
of steps."""

from functools import partial

from margins import comparison
from mlcore import losses, train
from mlcore.optim import Annealing

#: The scale of the normalised losses. 30 and 64 of the papers belong to thousands of
#: classes.
SCALE = 16.0


def annealed(loss, steps):
    """`loss` (L- or A-Softmax), which begins as softmax and ends with lam = 1.6.

    With an end at 0.07 the small network stays at 99.0 % of its training digits under
    L-Softmax with m = 4.
    """
    return train.annealed(loss, Annealing(base=1000, gamma=4 / steps, power=4))


def published(m, gamma, power, steps):
    """L-Softmax with the schedule of lam that its authors released for these data."""
    lam = Annealing(base=1000, gamma=gamma, power=power)
    return train.annealed(losses.LargeMarginSoftmaxLoss(m=m), lam)


def constant(loss, steps):
    """A head that is the same in every step."""
    return loss


def l_softmax(m):
    """L-Softmax with the margin `m`."""
    return partial(annealed, losses.LargeMarginSoftmaxLoss(m=m))


def a_softmax(m):
    """A-Softmax with the margin `m`."""
    return partial(annealed, losses.AngularSoftmaxLoss(m=m))


def am_softmax(m):
    """AM-Softmax with the margin `m` and our scale."""
    return partial(constant, losses.AdditiveMarginSoftmaxLoss(m=m, s=SCALE))


HEADS = {
    "softmax": partial(constant, losses.SoftmaxLoss()),
    **{f"l-softmax-m{m}": l_softmax(m) for m in (2, 3, 4)},
    "normalised-softmax": partial(constant, losses.CombinedMarginLoss(s=SCALE)),
    **{f"a-softmax-m{m}": a_softmax(m) for m in (2, 3, 4)},
    "am-softmax": am_softmax(0.35),
    "arcface": partial(constant, losses.ArcFaceLoss(m=0.5, s=SCALE)),
    "combined": partial(
        constant, losses.CombinedMarginLoss(m1=1.0, m2=0.3, m3=0.2, s=SCALE)
    ),
    "focal": partial(
        constant, comparison.LogitHead(losses.SoftmaxFocalLoss(gamma=2.0))
    ),
}

#: The heads of the L-Softmax paper's tables as its authors trained them, for each data
#: set.
PUBLISHED = {
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
