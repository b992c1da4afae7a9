"""What a training leaves behind."""

from dataclasses import dataclass


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
        The only number that differs when a training is repeated.
    validation : float or None
        Accuracy on the validation split behind the epoch, where the data have one.
    """

    number: int
    loss: float
    rate: float
    seconds: float
    validation: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What training did; prints as a table.

    Attributes
    ----------
    epochs : tuple of Epoch
    train_accuracy, test_accuracy : float
        After the last epoch, whatever came before: the best of many looks at the test
        set would be a choice made with the test set. `test_accuracy` is None where the
        test set has classes that training has not seen: verification measures those.
    w : array, shape (C, D)
        The head's trained weights. (The network's are in the network.)
    centers : array, shape (C, D), or None
        Where center loss has left its centers.
    stretches : tuple of dict
        Of a training with a checkpoint: where and with what it was trained between two
        interruptions, each with its ``steps``, the first and the last (see
        `train.stretches.this_stretch`).
    """

    epochs: tuple
    train_accuracy: float
    test_accuracy: float
    w: object
    centers: object = None
    stretches: tuple = ()

    def __repr__(self):
        validated = any(e.validation is not None for e in self.epochs)
        rows = [f"{'epoch':>5} {'train loss':>11} {'rate':>9} {'seconds':>8}"]
        rows += [
            f"{e.number:5} {e.loss:11.4f} {e.rate:9.2g} {e.seconds:8.2f}"
            for e in self.epochs
        ]
        if validated:
            column = ["validation", *(f"{e.validation:.4f}" for e in self.epochs)]
            rows = [f"{row} {cell:>11}" for row, cell in zip(rows, column, strict=True)]
        test = "test classes not seen in training"
        if self.test_accuracy is not None:
            test = f"test accuracy {self.test_accuracy:.4f}"
        rows.append(
            f"after the last epoch: train accuracy {self.train_accuracy:.4f}, {test}"
        )
        return "\n".join(rows)
