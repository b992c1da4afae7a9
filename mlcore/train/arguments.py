"""What `fit` refuses before the first step, by name: a training should not end in
it."""

from mlcore.arrays import array_namespace, is_array
from mlcore.train.inputs import check_kind
from mlcore.validation import check_labels


def check_parts(**parts):
    """Refuse objects that lack what a training asks of them.

    Parameters
    ----------
    parts : pairs of the object and the names of what it must have

    Raises
    ------
    TypeError
    """
    for name, (value, wanted) in parts.items():
        missing = [one for one in wanted if not hasattr(value, one)]
        if missing or isinstance(value, type):
            got = (
                f"the class {value.__name__}"
                if isinstance(value, type)
                else type(value).__name__
            )
            raise TypeError(
                f"{name} must be an object with {', '.join(wanted)}, got {got}"
            )


def check_functions(**functions):
    """Refuse what is neither None nor a function.

    Raises
    ------
    TypeError
    """
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function or None, got {function!r}")


def heads(head):
    """The function step -> loss of a training, from a loss or such a function.

    It refuses, by its step, a head that is no loss, or whose loss is not one number.
    """
    if isinstance(head, type):
        kind = head.__name__
        raise TypeError(
            f"head must be a loss, or a function step -> loss, got the class {kind}"
        )
    if not callable(head):
        check_head("head", head)
        return lambda step: head

    def head_at(step):
        loss = head(step)
        check_head(f"head({step})", loss)
        return loss

    return head_at


def check_head(name, head):
    """Refuse a `head` that is no loss of one number a batch.

    Raises
    ------
    TypeError, ValueError
    """
    check_parts(**{name: (head, ("forward", "backward"))})
    if getattr(head, "reduction", "mean") == "none":
        raise ValueError(f"{name} must return one number a batch, got reduction='none'")


def check_data(data):
    """Refuse splits that a training would fail on, those it looks at last included.

    Of the validation and the test split only the labels are looked at: their images
    have their turn, behind an epoch and at the end.

    Raises
    ------
    TypeError, ValueError
    """
    check_parts(data=(data, ("train", "test")))
    for name in "train", "validation", "test":
        split = getattr(data, name, None)
        if split is None and name == "validation":
            continue
        if not hasattr(split, "labels"):
            kind = type(split).__name__
            raise TypeError(
                f"data.{name} must be a split with images and labels, got {kind}"
            )
        _check_labels(f"data.{name}.labels", split.labels)
    images, labels = data.train.images, data.train.labels
    check_array("data.train.images", images)
    check_kind("data.train.images", images)
    if len(images) != len(labels):
        raise ValueError(
            f"data.train must hold one label an image, got {len(images):,} images "
            f"and {len(labels):,} labels"
        )


def check_array(name, array):
    """Refuse what is indexed in another way than an array, as a pandas Series is by its
    own index.

    Raises
    ------
    TypeError
    """
    if not is_array(array):
        raise TypeError(f"{name} must be a plain array, got {type(array).__name__}")


def _check_labels(name, labels):
    check_array(name, labels)
    labels = check_labels(name, labels, len(labels) if labels.ndim else 1, None)
    if labels.shape[0] == 0:
        raise ValueError(f"{name} must not be empty")
    if bool(array_namespace(labels).any(labels < 0)):
        raise ValueError(
            f"{name} must be 0, 1, ... for the classes, but some are negative"
        )
