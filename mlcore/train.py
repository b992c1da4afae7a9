"""A training loop that can be read from top to bottom."""

import math
import time
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from mlcore.arrays import is_array, like
from mlcore.datasets import scaled
from mlcore.layers.initial import he_normal
from mlcore.losses.directions import inverse, norms
from mlcore.metrics import accuracy
from mlcore.optim import SGD, StepSchedule, Warmup
from mlcore.validation import check_integer


def default_optimiser(steps):
    """SGD as the small networks of this book need it, for a training of `steps` steps.

    Learning rate 0.05, reached in a twelfth of the steps and divided by 10 after two thirds and
    again after five sixths; momentum 0.9, weight decay 5e-4, gradient norm at most 5. Without
    the warm-up and the bound L-Softmax with m = 4 overflows within a dozen steps on MNIST; either
    of them is enough. Without the decay the test accuracy stays several points lower, since a
    BatchNorm's running averages trail behind weights that still move.
    """
    falls = (max(1, 2 * steps // 3), max(1, 5 * steps // 6))
    rate = Warmup(StepSchedule(0.05, falls, factor=0.1), steps=max(1, steps // 12))
    return SGD(lr=rate, momentum=0.9, weight_decay=5e-4, clip_norm=5.0)


def annealed(loss, schedule):
    """The function step -> loss that `fit` takes for a head: `loss` with ``lam=schedule(step)``.

    Examples
    --------
    >>> from mlcore.losses import LargeMarginSoftmaxLoss
    >>> from mlcore.optim import Annealing
    >>> head = annealed(LargeMarginSoftmaxLoss(m=4), Annealing(base=1000, gamma=0.005, power=5))
    >>> round(head(1).lam, 1), round(head(756).lam, 2)
    (975.4, 0.4)
    """
    return lambda step: replace(loss, lam=schedule(step))


@dataclass(frozen=True)
class Epoch:
    """One pass over the training set.

    Attributes
    ----------
    number : int
        Counted from 1.
    loss : float
        Mean over the epoch's samples, each measured just before the step that used it.
    rate : float
        Learning rate of the last step.
    seconds : float
    """

    number: int
    loss: float
    rate: float
    seconds: float


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What training did; prints as a table.

    Attributes
    ----------
    epochs : tuple of Epoch
    train_accuracy, test_accuracy : float
        After the last epoch, whatever came before: the best of many looks at the test set would
        be a choice made with the test set.
    w : array, shape (C, D)
        The head's trained weights. (The network's are in the network.)
    """

    epochs: tuple
    train_accuracy: float
    test_accuracy: float
    w: object

    def __repr__(self):
        rows = [f"{'epoch':>5} {'train loss':>11} {'rate':>9} {'seconds':>8}"]
        rows += [f"{e.number:5} {e.loss:11.4f} {e.rate:9.2g} {e.seconds:8.2f}" for e in self.epochs]
        rows.append(
            f"after the last epoch: train accuracy {self.train_accuracy:.4f}, "
            f"test accuracy {self.test_accuracy:.4f}"
        )
        return "\n".join(rows)


def fit(
    net,
    head,
    data,
    *,
    epochs,
    batch=64,
    optimiser=None,
    seed=0,
    on_epoch=None,
    progress=True,
):
    """Train a network and the weights of the loss on top of it.

    Parameters
    ----------
    net : layers.Sequential
        Maps images to features (N, D). Trained in place.
    head : loss, or function step -> loss
        A loss of the form ``forward(x, w, y)``, ``backward(saved) -> (dx, dw)``. Losses do not
        change, so a schedule is a function that returns the loss of a step, counted from 1;
        `annealed` makes one.
    data : datasets.Dataset
        Anything with ``train`` and ``test``, each with ``images`` and ``labels``, NumPy arrays.
        Images of integers are divided by 255.
    epochs : int >= 1
    batch : int >= 1
        Samples a step. The last batch of an epoch takes what is left over.
    optimiser : optim.SGD, optional
        `default_optimiser` of the number of steps if not given.
    seed : int
        For the first `w` and for the order of the samples.
    on_epoch : callable, optional
        Called as ``on_epoch(epoch, net, w)`` behind each epoch (`epoch` an `Epoch`), to keep
        features for a film, say.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    History

    Raises
    ------
    FloatingPointError
        If the loss or a gradient stops being finite; the message says when and what to try.
    """
    check_integer("epochs", epochs, 1)
    check_integer("batch", batch, 1)
    head_at = head if callable(head) else lambda step: head
    rng = np.random.default_rng(seed)
    w = _first_weights(net, data, rng)
    steps = epochs * math.ceil(len(data.train.labels) / batch)
    optimiser = default_optimiser(steps) if optimiser is None else optimiser
    state = optimiser.init([*net.params, (w,)])
    step, epoch_log = 0, []

    with tqdm(total=steps, disable=not progress, unit="step") as bar:
        for epoch in range(1, epochs + 1):
            begin, total = time.perf_counter(), 0.0
            order = rng.permutation(len(data.train.labels))
            for start in range(0, len(order), batch):
                step += 1
                chosen = order[start : start + batch]
                x, y = _moved(net, data.train.images[chosen], data.train.labels[chosen])
                try:
                    loss, w, state = _step(net, head_at(step), w, x, y, optimiser, state)
                except FloatingPointError as error:
                    raise FloatingPointError(_breakdown(epoch, step, error)) from error
                total += loss * len(chosen)
                bar.update()
            done = Epoch(
                epoch, total / len(order), optimiser.rate(step), time.perf_counter() - begin
            )
            epoch_log.append(done)
            bar.set_postfix(epoch=epoch, loss=f"{done.loss:.4f}")
            if on_epoch is not None:
                on_epoch(done, net, w)

    last = head_at(step)
    return History(
        tuple(epoch_log),
        train_accuracy=evaluate(net, last, w, data.train),
        test_accuracy=evaluate(net, last, w, data.test),
        w=w,
    )


# [train-step]
def _step(net, head, w, x, y, optimiser, state):
    """Forward, backward, and one step of the optimiser. Returns the loss, `w` and the state."""
    features, saved = net.forward(x)
    loss, saved_by_head = head.forward(features, w, y)
    if not math.isfinite(loss):
        raise FloatingPointError(f"the loss must be finite, but is {float(loss)}")
    dfeatures, dw = head.backward(saved_by_head)
    _, grads = net.backward(saved, dfeatures)
    (*net.params, (w,)), state = optimiser.step([*net.params, (w,)], [*grads, (dw,)], state)
    net.update_running(saved)
    return float(loss), w, state


# [/train-step]


def features(net, images, batch=512):
    """Features (N, D) of `images` (NumPy, bytes or floats) at test time."""
    x, _ = _moved(net, images, np.zeros(0, dtype=np.int64))
    return net.predict(x, batch)


def evaluate(net, head, w, split, batch=512):
    """Accuracy of the network with the head's weights `w` on a `datasets.Split`."""
    x, y = _moved(net, split.images, split.labels)
    return accuracy(scores(head, net.predict(x, batch), w), y)


# [scores]
def scores(head, x, w):
    """Test-time logits: inner products without any margin, and with ŵ where the loss has ‖w‖ = 1.

    (Dividing by ‖x‖ as well would not change which class wins.)
    """
    if getattr(head, "normalised_weights", False):
        w = w * inverse(norms(w))[:, None]
    return x @ w.T


# [/scores]


def _first_weights(net, data, rng):
    """Initial w (C, D): C from the labels, D from what the network makes of one image."""
    x, _ = _moved(net, data.train.images[:1], data.train.labels[:1])
    out = net.infer(x)
    if out.ndim != 2:
        raise ValueError(f"net must return features (N, D), got shape {tuple(out.shape)}")
    classes = int(data.train.labels.max()) + 1
    w = he_normal(rng, (classes, out.shape[1]), out.shape[1]).astype(net.dtype)
    return like(w, out)


def _moved(net, images, labels):
    """Images in the network's dtype, and labels, both in its library and on its device."""
    images = scaled(images).astype(net.dtype, copy=False)
    reference = next((p for params in net.params for p in params if is_array(p)), images)
    return like(images, reference), like(labels, reference)


def _breakdown(epoch, step, error):
    return (
        f"training broke down in epoch {epoch}, step {step}: {error}. "
        "Try a lower learning rate, a longer warm-up, SGD(clip_norm=...) if it is off, "
        "or annealing a margin from a large lam"
    )
